//! Who watched what, without order or time: the lists of items by profile and of profiles by item, the
//! form in which training reads histories.

use crate::domain::{Error, Result};
use crate::learning::{Item, Watch};

/// Lists of numbers, one after the other in memory; each sorted and without repetitions.
#[derive(Debug, Clone)]
pub struct Lists {
    /// Where each list starts, and where the last one ends.
    starts: Vec<usize>,
    members: Vec<u32>,
}

impl Lists {
    fn collect(lists: impl Iterator<Item = Vec<u32>>) -> Lists {
        let mut all = Lists { starts: vec![0], members: Vec::new() };
        for list in lists {
            all.members.extend(list);
            all.starts.push(all.members.len());
        }
        all
    }

    pub fn len(&self) -> usize {
        self.starts.len() - 1
    }

    /// Number of members of all lists.
    pub fn cells(&self) -> usize {
        self.members.len()
    }

    pub fn get(&self, list: usize) -> &[u32] {
        &self.members[self.starts[list]..self.starts[list + 1]]
    }

    pub fn iter(&self) -> impl Iterator<Item = &[u32]> {
        self.starts.windows(2).map(|ends| &self.members[ends[0]..ends[1]])
    }

    /// The list and the member at a place among all cells.
    pub fn cell(&self, at: usize) -> (usize, u32) {
        (self.starts.partition_point(|start| *start <= at) - 1, self.members[at])
    }

    /// For each of `count` members the lists that it is in.
    fn transposed(&self, count: usize) -> Lists {
        let mut starts = vec![0; count + 1];
        self.members.iter().for_each(|member| starts[*member as usize + 1] += 1);
        (0..count).for_each(|at| starts[at + 1] += starts[at]);
        let mut next = starts.clone();
        let mut members = vec![0; self.cells()];
        for (list, of) in self.iter().enumerate() {
            for member in of {
                let place = &mut next[*member as usize];
                members[*place] = list as u32;
                *place += 1;
            }
        }
        Lists { starts, members }
    }
}

/// See the module.
#[derive(Debug, Clone)]
pub struct Interactions {
    pub by_profile: Lists,
    pub by_item: Lists,
}

impl Interactions {
    /// Estimate of what [`Interactions::new`] takes.
    pub fn bytes(histories: &[&[Watch]], items: usize) -> usize {
        let watches: usize = histories.iter().map(|history| history.len()).sum();
        let lists = histories.len().saturating_mul(2).saturating_add(items.saturating_mul(3));
        watches.saturating_mul(4 * size_of::<u32>()).saturating_add(lists.saturating_mul(size_of::<usize>()))
    }

    /// Refuses an item that is not below `items`.
    pub fn new(histories: &[&[Watch]], items: usize) -> Result<Interactions> {
        for (profile, history) in histories.iter().enumerate() {
            if let Some(watch) = history.iter().find(|watch| watch.item as usize >= items) {
                let (item, within) = (watch.item, format!("histories[{profile}]"));
                return Err(Error::invalid(format!("item is {item}, the number of items is {items}")).within(&within));
            }
        }
        let by_profile = Lists::collect(histories.iter().map(|history| {
            let mut list: Vec<Item> = history.iter().map(|watch| watch.item).collect();
            list.sort_unstable();
            list.dedup();
            list
        }));
        Ok(Interactions { by_item: by_profile.transposed(items), by_profile })
    }

    /// Only the profiles and items with a watch, under numbers of their own, and which items these are.
    pub fn compacted(&self) -> (Interactions, Vec<Item>) {
        let watched = |item: &usize| !self.by_item.get(*item).is_empty();
        let items: Vec<Item> = (0..self.by_item.len()).filter(watched).map(|item| item as Item).collect();
        let mut numbers = vec![0; self.by_item.len()];
        items.iter().zip(0..).for_each(|(item, number)| numbers[*item as usize] = number);
        let active = self.by_profile.iter().filter(|list| !list.is_empty());
        let renumbered = active.map(|list| list.iter().map(|item| numbers[*item as usize]).collect());
        let by_profile = Lists::collect(renumbered);
        (Interactions { by_item: by_profile.transposed(items.len()), by_profile }, items)
    }
}
