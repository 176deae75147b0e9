//! Numbers for videos: what is learned of a video is kept under a number, so that a video that is removed and comes
//! back finds what was known of it. A video has one from the first watch, from a training or from its place by content
//! on, until nothing is known of it any more. Then another video may have it, the lowest free one first: which videos
//! have which numbers follows from what is known alone, and a store gives back the same.

use std::sync::Arc;

use rpds::{HashTrieMapSync, RedBlackTreeSetSync, VectorSync};

use super::Item;
use super::id_table::IdTable;
use crate::domain::{CallOptions, Result};

/// What an id that came alone costs in both directions, roughly.
const ENTRY_BYTES: usize = 128;

/// Numbers from here on are given to no video.
const MOST_ITEMS: usize = 1 << 26;

/// Ids and their numbers, from 0 on. Cloning shares.
#[derive(Debug, Clone)]
pub struct Items {
    /// The first numbers, whose ids came all at once.
    first: Arc<IdTable>,
    /// The numbers of the other ids.
    numbers: HashTrieMapSync<Arc<str>, Item>,
    /// Their ids. The last one is not free.
    numbered: VectorSync<Option<Arc<str>>>,
    /// Numbers below this one are not given anew, as something speaks of them all.
    fixed: usize,
    /// Free numbers from there on.
    free: RedBlackTreeSetSync<Item>,
}

impl Default for Items {
    fn default() -> Self {
        Items {
            first: Arc::default(),
            numbers: HashTrieMapSync::new_sync(),
            numbered: VectorSync::new_sync(),
            fixed: 0,
            free: RedBlackTreeSetSync::new_sync(),
        }
    }
}

impl Items {
    /// Ids in the order of their numbers, which are fixed; empty for a free number. None where an id stands twice.
    pub fn of<'a>(ids: impl IntoIterator<Item = &'a str>) -> Option<Items> {
        // Nothing bounds the call, which is all that could fail.
        Items::of_within(ids, &CallOptions::UNBOUNDED).ok().flatten()
    }

    /// The same within the bounds of a call, which are all that it fails with.
    pub fn of_within<'a>(ids: impl IntoIterator<Item = &'a str>, call: &CallOptions) -> Result<Option<Items>> {
        let first = IdTable::of(ids, call)?.map(Arc::new);
        Ok(first.map(|first| Items { fixed: first.len(), first, ..Items::default() }))
    }

    /// One past the largest number.
    pub fn len(&self) -> usize {
        self.first.len() + self.numbered.len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many videos have a number.
    pub fn count(&self) -> usize {
        self.first.count() + self.numbers.size()
    }

    pub fn number(&self, id: &str) -> Option<Item> {
        self.first.number(id).or_else(|| self.numbers.get(id).copied())
    }

    /// The numbers of many ids, in less time.
    pub fn numbers(&self, ids: &[&str]) -> Vec<Option<Item>> {
        let mut numbers = self.first.numbers(ids);
        if !self.numbers.is_empty() {
            let missing = numbers.iter_mut().zip(ids).filter(|(number, _)| number.is_none());
            missing.for_each(|(number, id)| *number = self.numbers.get(*id).copied());
        }
        numbers
    }

    /// None for a number that is free.
    pub fn id(&self, item: Item) -> Option<&str> {
        match (item as usize).checked_sub(self.first.len()) {
            None => Some(self.first.id(item)).filter(|id| !id.is_empty()),
            Some(place) => self.numbered.get(place)?.as_deref(),
        }
    }

    /// All ids, in the order of their numbers; empty for a free number.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.first.ids().chain(self.numbered.iter().map(|id| id.as_deref().unwrap_or_default()))
    }

    /// Memory in bytes, about.
    pub fn bytes(&self) -> usize {
        self.first.bytes() + self.numbered.len() * ENTRY_BYTES
    }

    /// The number of an id, the lowest free one at first sight.
    pub fn number_or_new(&mut self, id: &str) -> Item {
        if let Some(number) = self.number(id) {
            return number;
        }
        match self.free.first().copied() {
            Some(number) => self.take_free(id, number),
            None => self.append(id, self.len() as Item),
        }
    }

    /// The number of an id: at first sight the one that it had before, unless another video has that by now.
    pub fn number_as(&mut self, id: &str, before: Item) -> Item {
        let place = before as usize;
        if self.number(id).is_some() || place < self.fixed || place >= MOST_ITEMS {
            return self.number_or_new(id);
        }
        if self.free.contains(&before) {
            return self.take_free(id, before);
        }
        if place < self.len() {
            return self.number_or_new(id);
        }
        while self.len() < place {
            self.free.insert_mut(self.len() as Item);
            self.numbered.push_back_mut(None);
        }
        self.append(id, before)
    }

    /// From here on numbers below this one are given to no other video; those from there on that are free may be.
    pub fn fix(&mut self, below: usize) {
        if (below..self.first.len()).any(|number| self.first.id(number as Item).is_empty()) {
            self.part_first();
        }
        self.fixed = below;
        let free = (below..self.len()).map(|number| number as Item).filter(|number| self.id(*number).is_none());
        self.free = free.collect();
        self.drop_free_end();
    }

    /// Whether something speaks of all numbers up to this one, see [`Items::fix`].
    pub fn is_fixed(&self, item: Item) -> bool {
        (item as usize) < self.fixed
    }

    /// Nothing is known of this video any more.
    pub fn remove(&mut self, item: Item) {
        if (item as usize) < self.first.len() {
            self.part_first();
        }
        let place = item as usize - self.first.len();
        let Some(Some(id)) = self.numbered.get(place).cloned() else { return };
        self.numbers.remove_mut(&id);
        self.numbered.set_mut(place, None);
        if !self.is_fixed(item) {
            self.free.insert_mut(item);
        }
        self.drop_free_end();
    }

    /// What came at once is kept one by one from now on, since some of it goes.
    fn part_first(&mut self) {
        let first = std::mem::take(&mut self.first);
        let others = std::mem::replace(&mut self.numbered, VectorSync::new_sync());
        for (number, id) in (0..).zip(first.ids()) {
            match id {
                "" => self.numbered.push_back_mut(None),
                id => drop(self.append(id, number)),
            }
        }
        others.iter().for_each(|id| self.numbered.push_back_mut(id.clone()));
    }

    fn drop_free_end(&mut self) {
        while self.len() > self.fixed && self.numbered.last().is_some_and(Option::is_none) {
            self.numbered.drop_last_mut();
            self.free.remove_mut(&(self.len() as Item));
        }
    }

    fn append(&mut self, id: &str, number: Item) -> Item {
        let id: Arc<str> = Arc::from(id);
        self.numbered.push_back_mut(Some(Arc::clone(&id)));
        self.numbers.insert_mut(id, number);
        number
    }

    fn take_free(&mut self, id: &str, number: Item) -> Item {
        let id: Arc<str> = Arc::from(id);
        self.free.remove_mut(&number);
        // None of the first is free.
        self.numbered.set_mut(number as usize - self.first.len(), Some(Arc::clone(&id)));
        self.numbers.insert_mut(id, number);
        number
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(items: &Items) -> Vec<&str> {
        items.ids().collect()
    }

    #[test]
    fn the_lowest_free_number_is_given_first() {
        let mut items = Items::default();
        assert_eq!(["a", "b", "c", "d"].map(|id| items.number_or_new(id)), [0, 1, 2, 3]);
        items.remove(2);
        items.remove(1);
        assert_eq!((ids(&items), items.count(), items.number("b")), (vec!["a", "", "", "d"], 2, None));
        assert_eq!(["e", "d", "f", "g"].map(|id| items.number_or_new(id)), [1, 3, 2, 4]);
        items.remove(3);
        items.remove(4);
        items.remove(4);
        assert_eq!(ids(&items), ["a", "e", "f"], "free numbers at the end go");
    }

    #[test]
    fn numbers_from_before_come_back_in_any_order() {
        let mut items = Items::default();
        assert_eq!([("d", 3), ("a", 0), ("b", 1)].map(|(id, before)| items.number_as(id, before)), [3, 0, 1]);
        assert_eq!(ids(&items), ["a", "b", "", "d"]);
        assert_eq!(items.number_or_new("c"), 2);
        assert_eq!([("d", 0), ("e", 3), ("f", u32::MAX)].map(|(id, before)| items.number_as(id, before)), [3, 4, 5]);
    }

    #[test]
    fn numbers_that_something_speaks_of_are_given_to_no_other() {
        let mut items = Items::of(["a", "", "c"]).unwrap();
        assert!(Items::of(["a", "a"]).is_none());
        items.remove(2);
        assert_eq!([items.number_or_new("d"), items.number_as("e", 1)], [3, 4]);
        items.remove(4);
        items.remove(3);
        assert_eq!(ids(&items), ["a", "", ""]);
        items.fix(0);
        assert_eq!(ids(&items), ["a"]);
        assert_eq!(items.number_or_new("f"), 1);
    }
}
