//! The search keys of all titles, by row. Part of the catalogue: cloning is cheap and shares everything, and a change
//! copies only what it touches.
//!
//! A search looks at every row that the query allows, rather than keep lists of what titles begin with: signatures lie
//! side by side and pass over most rows in some nanoseconds, whatever is typed, adding a title touches little but its
//! own row, and no list has to hold the product of all readings.

use std::sync::Arc;

use crate::text::{SearchKeys, Signature};

/// Rows that lie side by side, which is what a change copies.
const CHUNK: usize = 256;

/// What a title's keys cost beyond what they hold, roughly.
const KEYS_BYTES: usize = size_of::<SearchKeys>() + 32;

/// See the module.
#[derive(Debug, Clone, Default)]
pub struct TitleIndex {
    /// All full but the last.
    chunks: Vec<Arc<Vec<Entry>>>,
    titles: usize,
    key_bytes: usize,
}

/// A row's title; the signature stands beside its neighbours', the keys by themselves.
#[derive(Debug, Clone, Default)]
struct Entry {
    signature: Signature,
    keys: Option<Arc<SearchKeys>>,
}

impl TitleIndex {
    /// Bytes held; none while there is no title.
    pub fn bytes(&self) -> usize {
        let rows = self.chunks.last().map_or(0, |last| (self.chunks.len() - 1) * CHUNK + last.len());
        if self.titles == 0 { 0 } else { rows * size_of::<Entry>() + self.key_bytes }
    }

    /// The keys of a row's title, where its signature is one that may match.
    pub fn keys(&self, row: usize, may_match: impl FnOnce(&Signature) -> bool) -> Option<&SearchKeys> {
        let entry = self.chunks.get(row / CHUNK)?.get(row % CHUNK)?;
        entry.keys.as_deref().filter(|_| may_match(&entry.signature))
    }

    /// The row's title is this one now.
    pub fn put(&mut self, row: usize, title: &str) {
        self.set(row, SearchKeys::of(title));
    }

    /// The row has no title any more.
    pub fn remove(&mut self, row: usize) {
        self.set(row, None);
    }

    fn set(&mut self, row: usize, keys: Option<SearchKeys>) {
        let signature = keys.as_ref().map_or_else(Signature::default, Signature::of);
        let entry = self.entry(row);
        let former = std::mem::replace(entry, Entry { signature, keys: keys.map(Arc::new) });
        let counted = |entry: &Entry| entry.keys.as_ref().map_or((0, 0), |keys| (1, KEYS_BYTES + keys.bytes()));
        let ((before, bytes_before), (after, bytes_after)) = (counted(&former), counted(entry));
        self.titles = self.titles + after - before;
        self.key_bytes = self.key_bytes + bytes_after - bytes_before;
    }

    /// A row's entry, to be changed; rows up to it are made.
    fn entry(&mut self, row: usize) -> &mut Entry {
        let (chunk, place) = (row / CHUNK, row % CHUNK);
        while self.chunks.len() <= chunk {
            self.chunks.last_mut().into_iter().for_each(|last| Arc::make_mut(last).resize_with(CHUNK, Entry::default));
            self.chunks.push(Arc::default());
        }
        let entries = Arc::make_mut(&mut self.chunks[chunk]);
        entries.resize_with(entries.len().max(place + 1), Entry::default);
        &mut entries[place]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_come_and_go() {
        let mut index = TitleIndex::default();
        let keys = |index: &TitleIndex, row: usize| index.keys(row, |_| true).cloned();
        index.put(2, "人工智能");
        let before = index.clone();
        index.put(2, "Heat");
        index.put(CHUNK, "…");
        assert_eq!(keys(&index, 2), SearchKeys::of("Heat"));
        assert!([0, 1, CHUNK, 9 * CHUNK].iter().all(|row| keys(&index, *row).is_none()));
        assert!(index.keys(2, |_| false).is_none());
        index.remove(2);
        assert!(keys(&index, 2).is_none() && index.bytes() == 0);
        assert_eq!(keys(&before, 2), SearchKeys::of("人工智能"));
        assert!(before.bytes() > 0);
    }
}
