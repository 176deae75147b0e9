//! Who watched what, from both sides: the graph of profiles and videos that walks and searches for
//! similar profiles go over.

use super::counts::Counts;
use super::rows::Rows;
use super::saved::{Numbers, damaged};
use super::training::Histories;
use super::{Item, Observation, Watch};
use crate::domain::Result;

/// Which side of the graph a node is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    Profiles,
    Items,
}

/// Each watch twice, four bytes a time. Two are equal when all their watches are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WatchGraph {
    items: Rows<()>,
    profiles: Rows<()>,
    watches_of_profiles: Counts,
    watches_of_items: Counts,
}

impl WatchGraph {
    /// What observing every watch of the histories leaves.
    pub fn of(histories: &Histories) -> WatchGraph {
        let of_profile = |history: &[Watch]| {
            let mut items: Vec<(Item, ())> = history.iter().map(|watch| (watch.item, ())).collect();
            items.sort_unstable();
            items
        };
        let of_item = |item| histories.viewings(item).iter().map(|viewing| (viewing.profile, ())).collect();
        let all = histories.all();
        WatchGraph {
            items: Rows::of(&all.iter().map(|history| of_profile(history)).collect::<Vec<_>>()),
            profiles: Rows::of(&(0..histories.items() as Item).map(of_item).collect::<Vec<_>>()),
            watches_of_profiles: Counts::of(all.iter().map(|history| history.len() as u64)),
            watches_of_items: Counts::of(histories.viewers()),
        }
    }

    pub fn observe(&mut self, observation: &Observation<'_>) {
        self.add(observation.profile, observation.watch.item);
    }

    pub fn undo(&mut self, observation: &Observation<'_>) {
        let (profile, item) = (observation.profile, observation.watch.item);
        if self.watched(profile, item) {
            self.items.change(profile, item, |_| None);
            self.profiles.change(item, profile, |_| None);
            self.watches_of_profiles.remove(profile, 1);
            self.watches_of_items.remove(item, 1);
        }
    }

    fn add(&mut self, profile: u32, item: Item) {
        if !self.watched(profile, item) {
            self.items.change(profile, item, |_| Some(()));
            self.profiles.change(item, profile, |_| Some(()));
            self.watches_of_profiles.add(profile, 1);
            self.watches_of_items.add(item, 1);
        }
    }

    pub fn watched(&self, profile: u32, item: Item) -> bool {
        self.items.get(profile, item).is_some()
    }

    /// One past the largest number on a side.
    pub fn len(&self, side: Side) -> usize {
        self.degrees(side).len()
    }

    /// How many neighbours a node has.
    pub fn degree(&self, side: Side, node: u32) -> usize {
        self.degrees(side).get(node) as usize
    }

    /// The neighbours of a node, at most `most`, at equal steps in the order of their numbers.
    pub fn neighbours(&self, side: Side, node: u32, most: usize) -> impl Iterator<Item = u32> {
        let rows = match side {
            Side::Profiles => &self.items,
            Side::Items => &self.profiles,
        };
        rows.sample(node, most).map(|(neighbour, ())| neighbour)
    }

    fn degrees(&self, side: Side) -> &Counts {
        match side {
            Side::Profiles => &self.watches_of_profiles,
            Side::Items => &self.watches_of_items,
        }
    }

    /// Memory in bytes, about.
    pub fn bytes(&self) -> usize {
        let degrees = self.watches_of_profiles.bytes() + self.watches_of_items.bytes();
        self.items.bytes() + self.profiles.bytes() + degrees
    }

    /// How often each video was watched, which bounds their numbers, and the videos of each profile.
    pub fn save(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.watches_of_items.save(&mut bytes);
        self.items.save(&mut bytes);
        bytes
    }

    /// [`Status::Corrupt`](crate::domain::Status::Corrupt) for bytes that [`WatchGraph::save`] never gives. Takes
    /// memory in proportion to them.
    pub fn load(bytes: &[u8]) -> Result<WatchGraph> {
        let mut numbers = Numbers::of(bytes);
        let watches_of_items = Counts::load(&mut numbers)?;
        let items: Rows<()> = Rows::load(&mut numbers)?;
        numbers.end()?;
        let mut loaded = WatchGraph::default();
        for profile in 0..items.len() as u32 {
            for (item, ()) in items.row(profile) {
                if item as usize >= watches_of_items.len() {
                    return Err(damaged());
                }
                loaded.add(profile, item);
            }
        }
        if loaded.watches_of_items == watches_of_items { Ok(loaded) } else { Err(damaged()) }
    }
}
