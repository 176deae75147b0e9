//! What is known of each item of a pack, and how much a watch at home counts beside it.

use crate::domain::{Error, Result};

/// A watch at home counts as those of this share of the pack's profiles, and as one at least. Chosen on validation
/// data, see docs/packed-knowledge.md.
pub const HOME_SHARE: f32 = 0.008;

/// See the module.
#[derive(Debug, Clone, PartialEq)]
pub struct Base {
    /// How many profiles watched each item.
    pub watches: Vec<u64>,
    /// How many profiles it was learned from.
    pub profiles: u64,
    /// What a watch at home counts, where one of the pack's profiles counts 1.
    pub home_weight: f32,
}

impl Base {
    /// Refuses a share that is not within 0 to 1.
    pub fn new(watches: Vec<u64>, profiles: u64, home_share: f32) -> Result<Base> {
        if !(0.0..=1.0).contains(&home_share) {
            return Err(Error::invalid(format!("home_share is {home_share}, not within 0 to 1")));
        }
        let home_weight = (home_share * profiles as f32).max(1.0);
        Ok(Base { watches, profiles, home_weight })
    }

    /// How many items there are.
    pub fn items(&self) -> usize {
        self.watches.len()
    }

    /// How many profiles watched an item; 0 of one that the pack has not.
    pub fn watches_of(&self, item: u32) -> u64 {
        self.watches.get(item as usize).copied().unwrap_or(0)
    }

    /// Memory in bytes.
    pub fn bytes(&self) -> usize {
        size_of::<u64>() * self.watches.len()
    }
}
