//! Numbers for videos: what is learned of a video is kept under a number, given at the first watch and
//! never to another video, so that a video that is removed and comes back finds what was known of it.

use std::sync::Arc;

use rpds::{HashTrieMapSync, VectorSync};

use super::Item;

/// What an id costs in both directions, roughly.
const ENTRY_BYTES: usize = 128;

/// Ids and their numbers, from 0 on. Cloning shares.
#[derive(Debug, Clone, Default)]
pub struct Items {
    numbers: HashTrieMapSync<Arc<str>, Item>,
    numbered: VectorSync<Arc<str>>,
}

impl Items {
    pub fn len(&self) -> usize {
        self.numbered.len()
    }

    pub fn is_empty(&self) -> bool {
        self.numbered.is_empty()
    }

    pub fn number(&self, id: &str) -> Option<Item> {
        self.numbers.get(id).copied()
    }

    /// None for a number that was not given.
    pub fn id(&self, item: Item) -> Option<&str> {
        self.numbered.get(item as usize).map(AsRef::as_ref)
    }

    /// All ids, in the order of their numbers.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.numbered.iter().map(AsRef::as_ref)
    }

    /// Memory in bytes, about.
    pub fn bytes(&self) -> usize {
        self.len() * ENTRY_BYTES
    }

    /// The number of an id, a new one at first sight.
    pub fn number_or_new(&mut self, id: &str) -> Item {
        if let Some(number) = self.number(id) {
            return number;
        }
        let number = self.numbered.len() as Item;
        let id: Arc<str> = Arc::from(id);
        self.numbered.push_back_mut(Arc::clone(&id));
        self.numbers.insert_mut(id, number);
        number
    }
}
