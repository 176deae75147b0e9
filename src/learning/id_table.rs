//! Ids that are known all at once, as those of a pack are: one text and one flat table over it, built in one go and shared
//! from then on. A persistent map would cost an allocation and a walk for each of them.

use std::hash::{BuildHasher, RandomState};

use hashbrown::HashTable;
use twox_hash::XxHash3_64;

use super::Item;
use crate::domain::{CallOptions, Result};

/// Ids that are taken between two looks at the bounds of a call.
const IDS_BETWEEN_CHECKS: usize = 4_096;

/// Ids by number, from 0 on; an empty one stands for a free number. Never changed.
#[derive(Debug, Clone, Default)]
pub struct IdTable {
    text: String,
    /// Where each id ends in the text.
    ends: Vec<usize>,
    /// The numbers, found by the hashes of their ids.
    numbers: HashTable<Item>,
    /// Nobody who makes ids knows it, so that none can make many of one hash.
    seed: u64,
}

impl IdTable {
    /// None where an id stands twice. Fails with the bounds of the call alone.
    pub fn of<'a>(ids: impl IntoIterator<Item = &'a str>, call: &CallOptions) -> Result<Option<IdTable>> {
        let ids = ids.into_iter();
        let count = ids.size_hint().0;
        let mut table = IdTable {
            text: String::new(),
            ends: Vec::with_capacity(count),
            numbers: HashTable::with_capacity(count),
            seed: RandomState::new().hash_one(0),
        };
        for (number, id) in ids.enumerate() {
            call.check_every(IDS_BETWEEN_CHECKS, number)?;
            if !table.push(number as Item, id) {
                return Ok(None);
            }
        }
        Ok(Some(table))
    }

    /// Says whether the id is new, or empty.
    fn push(&mut self, number: Item, id: &str) -> bool {
        self.text.push_str(id);
        self.ends.push(self.text.len());
        if id.is_empty() {
            return true;
        }
        let IdTable { text, ends, numbers, seed } = self;
        let id_of = |number: &Item| id_at(text, ends, *number);
        let hash = |id: &str| XxHash3_64::oneshot_with_seed(*seed, id.as_bytes());
        match numbers.entry(hash(id), |known| id_of(known) == id, |known| hash(id_of(known))) {
            hashbrown::hash_table::Entry::Occupied(_) => false,
            hashbrown::hash_table::Entry::Vacant(place) => {
                place.insert(number);
                true
            }
        }
    }

    /// One past the largest number.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// How many ids there are.
    pub fn count(&self) -> usize {
        self.numbers.len()
    }

    pub fn number(&self, id: &str) -> Option<Item> {
        let hash = XxHash3_64::oneshot_with_seed(self.seed, id.as_bytes());
        self.numbers.find(hash, |known| id_at(&self.text, &self.ends, *known) == id).copied()
    }

    /// The numbers of many ids. The hashes are made first: the memory of one id need not wait for that of another.
    pub fn numbers(&self, ids: &[&str]) -> Vec<Option<Item>> {
        let hashes: Vec<u64> = ids.iter().map(|id| XxHash3_64::oneshot_with_seed(self.seed, id.as_bytes())).collect();
        let find = |(hash, id): (u64, &&str)| {
            self.numbers.find(hash, |known| id_at(&self.text, &self.ends, *known) == *id).copied()
        };
        hashes.into_iter().zip(ids).map(find).collect()
    }

    /// Empty for a free number, and past the last.
    pub fn id(&self, number: Item) -> &str {
        id_at(&self.text, &self.ends, number)
    }

    /// All ids, in the order of their numbers.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        (0..self.len() as Item).map(|number| self.id(number))
    }

    /// Memory in bytes.
    pub fn bytes(&self) -> usize {
        let table = self.numbers.capacity() * (size_of::<Item>() + 1);
        self.text.capacity() + self.ends.capacity() * size_of::<usize>() + table
    }
}

fn id_at<'t>(text: &'t str, ends: &[usize], number: Item) -> &'t str {
    let number = number as usize;
    let start = number.checked_sub(1).and_then(|before| ends.get(before)).copied().unwrap_or(0);
    ends.get(number).and_then(|end| text.get(start..*end)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of<'a>(ids: impl IntoIterator<Item = &'a str>) -> Option<IdTable> {
        IdTable::of(ids, &CallOptions::UNBOUNDED).unwrap()
    }

    #[test]
    fn ids_are_found_by_number_and_numbers_by_id() {
        let names: Vec<String> = (0..5_000).map(|number| format!("é{number}")).collect();
        let ids = names.iter().map(|id| if id == "é7" { "" } else { id });
        let table = of(ids.clone()).unwrap();
        assert_eq!((table.len(), table.count()), (5_000, 4_999));
        assert!(table.ids().eq(ids));
        assert_eq!((table.number("é0"), table.number("é4999"), table.number("é7")), (Some(0), Some(4_999), None));
        assert_eq!((table.number(""), table.id(7), table.id(5_000)), (None, "", ""));
        assert_eq!(table.numbers(&["é9", "", "é7", "é8"]), [Some(9), None, None, Some(8)]);
        assert!(of(["a", "", "b", "", "a"]).is_none());
    }
}
