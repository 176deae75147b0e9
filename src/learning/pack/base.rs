//! What is known of each item of a pack.

/// See the module.
#[derive(Debug, Clone, PartialEq)]
pub struct Base {
    /// How many profiles watched each item.
    pub watches: Vec<u64>,
    /// How many profiles it was learned from.
    pub profiles: u64,
    total: u64,
}

impl Base {
    pub fn new(watches: Vec<u64>, profiles: u64) -> Base {
        let total = watches.iter().fold(0, |total: u64, count| total.saturating_add(*count));
        Base { watches, profiles, total }
    }

    /// How many items there are.
    pub fn items(&self) -> usize {
        self.watches.len()
    }

    /// How many profiles watched an item; 0 of one that the pack has not.
    pub fn watches_of(&self, item: u32) -> u64 {
        self.watches.get(item as usize).copied().unwrap_or(0)
    }

    /// The watches of all items together.
    pub fn total(&self) -> u64 {
        self.total
    }

    /// Memory in bytes.
    pub fn bytes(&self) -> usize {
        size_of::<u64>() * self.watches.len()
    }
}
