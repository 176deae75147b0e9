//! Numbers of videos, by which all tables speak of them, and places by content: who has one, how long it stays, and how
//! both are kept with a video.

use super::Knowledge;
use crate::domain::Result;
use crate::learning::training::damaged;
use crate::learning::{Base, Item, Items, Sequence};

impl Knowledge {
    /// The number of a watched video: at first sight the one that it had `before`, where that is known and free.
    pub fn number_watched(&mut self, id: &str, before: Option<Item>) -> Item {
        match before {
            Some(before) => self.items.number_as(id, before),
            None => self.items.number_or_new(id),
        }
    }

    /// Of what speaks of numbers the longer one knows them all: none is given anew while anything speaks of it.
    pub(super) fn take_items(&mut self, items: Items) {
        if items.len() > self.items.len() {
            self.items = items;
        }
    }

    /// Numbers that nothing speaks of any more are given up, unless a training needs them.
    pub(super) fn release_numbers(&mut self) -> Vec<Item> {
        if self.trainings > 0 {
            return Vec::new();
        }
        let of_base = self.base().map_or(0, Base::items);
        let spoken_of = self.trained_items.max(self.sequence_items).max(self.settled_items);
        self.items.fix(spoken_of.unwrap_or(0).max(of_base));
        self.give_up_unused(0..self.items.len() as Item)
    }

    /// Gives up the numbers among these of videos of which nothing is known, and tells which.
    pub(super) fn give_up_unused(&mut self, items: impl IntoIterator<Item = Item>) -> Vec<Item> {
        let is_unused = |item: &Item| self.items.id(*item).is_some() && !self.is_known(*item);
        let unused: Vec<Item> = items.into_iter().filter(is_unused).collect();
        unused.iter().for_each(|item| self.items.remove(*item));
        if !unused.is_empty() {
            // Histories with other videos may come to have the same numbers.
            self.sequence = self.sequence.take().map(Sequence::without_states);
        }
        unused
    }

    fn is_known(&self, item: Item) -> bool {
        let in_sequence = || self.sequence.as_ref().is_some_and(|sequence| sequence.has_place(item));
        self.items.is_fixed(item) || self.is_watched(item) || self.is_placed_since(item) || in_sequence()
    }

    pub(super) fn is_placed_since(&self, item: Item) -> bool {
        self.trained.content.as_ref().is_some_and(|content| content.is_placed_since(item))
    }

    /// Gives a video its place by content, where that was trained, and tells the video's number; one with a vector of
    /// another length gets none.
    pub fn place<'t>(&mut self, id: &str, vector: &[f32], tags: impl IntoIterator<Item = &'t str>) -> Option<Item> {
        let content = self.trained.content.as_mut().filter(|content| content.dense_width() == vector.len())?;
        let item = self.items.number_or_new(id);
        // Only vectors that are not finite are refused beside, and the catalogue holds none.
        let _ = content.place(item, vector, tags);
        Some(item)
    }

    /// The number of an item, and the place by content that it got since the last training, as bytes: both are kept
    /// with the video.
    pub fn save_place(&self, item: Item) -> Vec<u8> {
        let mut bytes = [item.to_le_bytes().as_slice(), &self.training.to_le_bytes()].concat();
        let content = self.trained.content.as_ref().filter(|content| content.is_placed_since(item));
        content.iter().for_each(|content| bytes.extend(content.save_place(item)));
        bytes
    }

    /// A video's number and place, which [`Knowledge::save_place`] gave. Places of another training count nothing, nor
    /// do numbers then without a network.
    pub fn load_place(&mut self, id: &str, bytes: &[u8]) -> Result<()> {
        let (item, rest) = bytes.split_first_chunk().ok_or_else(damaged)?;
        let (training, place) = rest.split_first_chunk().ok_or_else(damaged)?;
        let before = Item::from_le_bytes(*item);
        if self.sequence_items.is_some() {
            self.items.number_as(id, before);
        }
        let Some(content) = self.trained.content.as_mut() else { return Ok(()) };
        if u64::from_le_bytes(*training) != self.training || place.is_empty() {
            return Ok(());
        }
        let item = self.items.number_as(id, before);
        content.load_place(item, place)
    }

    /// A video leaves the catalogue, and its place by content becomes what the training gave it. Gives its number where
    /// nothing is known of it any more.
    pub fn leave(&mut self, id: &str) -> Option<Item> {
        let item = self.items.number(id)?;
        self.trained.content.iter_mut().for_each(|content| content.take_back_place(item));
        self.sequence.iter_mut().for_each(|sequence| sequence.take_back_place(item));
        self.give_up_unused([item]).pop()
    }

    /// Whether a video needs no place: it was there in the training or got one since, or content was not trained. A pack
    /// trains content elsewhere, where no video got its place.
    pub fn has_place(&self, id: &str) -> bool {
        let was_there = |item| self.trained_items.is_some_and(|items| (item as usize) < items);
        let has = |item| was_there(item) || self.is_placed_since(item);
        self.trained.content.is_none() || self.items.number(id).is_some_and(has)
    }
}
