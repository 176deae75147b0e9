//! The search keys of all titles, by row. Part of the catalogue: cloning is cheap and shares everything, and a change
//! copies only what it touches.
//!
//! A search looks at the keys of every row that the query allows, rather than keep lists of what titles begin with: a
//! look that fails costs some nanoseconds, whatever is typed, adding a title touches nothing but its own row, and no
//! list has to hold the product of all readings.

use std::sync::Arc;

use rpds::VectorSync;

use crate::text::SearchKeys;

/// What a row's keys cost beyond what they hold, roughly.
const ENTRY_BYTES: usize = size_of::<SearchKeys>() + 32;

/// See the module.
#[derive(Debug, Clone)]
pub struct TitleIndex {
    keys: VectorSync<Option<Arc<SearchKeys>>>,
    bytes: usize,
}

impl Default for TitleIndex {
    fn default() -> Self {
        TitleIndex { keys: VectorSync::new_sync(), bytes: 0 }
    }
}

impl TitleIndex {
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// The keys of a row's title; none where no title can be found.
    pub fn keys(&self, row: usize) -> Option<&SearchKeys> {
        self.keys.get(row)?.as_deref()
    }

    /// The row's title is this one now.
    pub fn put(&mut self, row: usize, title: &str) {
        self.set(row, SearchKeys::of(title).map(Arc::new));
    }

    /// The row has no title any more.
    pub fn remove(&mut self, row: usize) {
        self.set(row, None);
    }

    fn set(&mut self, row: usize, keys: Option<Arc<SearchKeys>>) {
        self.bytes -= self.keys(row).map_or(0, entry_bytes);
        self.bytes += keys.as_deref().map_or(0, entry_bytes);
        while self.keys.len() <= row {
            self.keys.push_back_mut(None);
        }
        self.keys.set_mut(row, keys);
    }
}

fn entry_bytes(keys: &SearchKeys) -> usize {
    ENTRY_BYTES + keys.bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_come_and_go() {
        let mut index = TitleIndex::default();
        index.put(2, "人工智能");
        let before = index.clone();
        index.put(2, "Heat");
        index.put(0, "…");
        assert_eq!(index.keys(2), SearchKeys::of("Heat").as_ref());
        assert!(index.keys(0).is_none() && index.keys(1).is_none() && index.keys(9).is_none());
        index.remove(2);
        assert!(index.keys(2).is_none() && index.bytes() == 0);
        assert_eq!(before.keys(2), SearchKeys::of("人工智能").as_ref());
        assert!(before.bytes() > 0);
    }
}
