//! Which videos carry a tag: a few of them, enough to tell where among all videos the tag lies, so
//! that looking a tag up costs the same in a catalogue of any size.

use std::sync::Arc;

use rpds::HashTrieMapSync;

/// Between tags in a part's text.
pub const TAG_SEPARATOR: &str = ", ";

/// Videos kept for each tag: the mean of more changes little.
const CARRIERS: usize = 16;

/// What an entry costs beyond its tag's text and its rows, roughly.
const ENTRY_BYTES: usize = 128;

/// Rows by tag. Cloning is cheap and shares everything.
#[derive(Debug, Clone, Default)]
pub struct TagIndex {
    carriers: HashTrieMapSync<Arc<str>, Arc<[usize]>>,
    bytes: usize,
}

impl TagIndex {
    /// Rows of videos with this tag, up to sixteen.
    pub fn carriers(&self, tag: &str) -> &[usize] {
        self.carriers.get(normal(tag).as_str()).map_or(&[], |rows| rows)
    }

    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// The row's video carries the tags of this text, which a separator divides.
    pub fn add(&mut self, tags: &str, row: usize) {
        for tag in tags.split(TAG_SEPARATOR).map(normal).filter(|tag| !tag.is_empty()) {
            let rows = self.carriers.get(tag.as_str()).map_or(&[][..], |rows| rows);
            if rows.len() < CARRIERS && !rows.contains(&row) {
                let more = rows.iter().copied().chain([row]).collect();
                self.put(tag, more);
            }
        }
    }

    /// The row's video carries them no more.
    pub fn remove(&mut self, tags: &str, row: usize) {
        for tag in tags.split(TAG_SEPARATOR).map(normal) {
            let Some(rows) = self.carriers.get(tag.as_str()).filter(|rows| rows.contains(&row)) else {
                continue;
            };
            let fewer: Arc<[usize]> = rows.iter().copied().filter(|other| *other != row).collect();
            self.put(tag, fewer);
        }
    }

    fn put(&mut self, tag: String, rows: Arc<[usize]>) {
        let bytes = |rows: &[usize]| ENTRY_BYTES + tag.len() + size_of_val(rows);
        self.bytes -= self.carriers.get(tag.as_str()).map_or(0, |rows| bytes(rows));
        if rows.is_empty() {
            self.carriers.remove_mut(tag.as_str());
        } else {
            self.bytes += bytes(&rows);
            self.carriers.insert_mut(Arc::from(tag), rows);
        }
    }
}

/// Capitals and blanks around a tag do not matter.
pub(super) fn normal(tag: &str) -> String {
    tag.trim().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn carriers_come_and_go() {
        let mut index = TagIndex::default();
        (0..40).for_each(|row| index.add("Space, 科幻, ", row));
        assert_eq!(index.carriers(" space"), (0..16).collect::<Vec<_>>());
        assert_eq!(index.carriers("科幻").len(), 16);
        index.remove("space, 科幻", 3);
        index.add("SPACE", 41);
        assert_eq!(index.carriers("space").last(), Some(&41));
        (0..42).for_each(|row| index.remove("space, 科幻", row));
        assert!(index.carriers("space").is_empty() && index.bytes() == 0);
    }
}
