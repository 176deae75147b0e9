//! The network that was trained elsewhere: the numbers that it speaks of, and the places of videos in it.

use super::Knowledge;
use crate::domain::Result;
use crate::learning::trained::{load_items, put_items};
use crate::learning::training::Numbers;
use crate::learning::{Item, Sequence};

impl Knowledge {
    pub fn sequence(&self) -> Option<&Sequence> {
        self.sequence.as_ref()
    }

    /// Takes a network in place of the one there was; none where it cannot be opened here. Each of these videos gets a
    /// number, and those that there are stay as long as there is a network, open or not; it knows the videos that are
    /// placed from now on.
    pub fn set_sequence<'a>(&mut self, sequence: Option<Sequence>, ids: impl IntoIterator<Item = &'a str>) {
        ids.into_iter().for_each(|id| {
            self.items.number_or_new(id);
        });
        self.sequence_items = Some(self.items.len());
        self.items.fix(self.items.len());
        self.sequence = sequence;
    }

    /// Drops the states of the network, which lists make again.
    pub fn forget_states(&self) {
        self.sequence.iter().for_each(Sequence::forget_all);
    }

    /// Goes without a network. Gives the numbers that are free by that.
    pub fn remove_sequence(&mut self) -> Vec<Item> {
        (self.sequence, self.sequence_items) = (None, None);
        self.release_numbers()
    }

    /// The ids of the videos whose numbers the network speaks of, and its files behind them.
    pub fn save_sequence(&self, files: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::new();
        put_items(&mut bytes, &self.items);
        bytes.extend_from_slice(files);
        bytes
    }

    /// The files in what [`Knowledge::save_sequence`] gave.
    pub fn sequence_files(bytes: &[u8]) -> Result<&[u8]> {
        let mut numbers = Numbers::new(bytes)?;
        load_items(&mut numbers)?;
        Ok(numbers.rest())
    }

    /// Takes the numbers that [`Knowledge::save_sequence`] gave, before anything is learned, and gives its files.
    pub fn load_sequence_numbers<'b>(&mut self, bytes: &'b [u8]) -> Result<&'b [u8]> {
        let mut numbers = Numbers::new(bytes)?;
        let items = load_items(&mut numbers)?;
        self.sequence_items = Some(items.len());
        self.take_items(items);
        Ok(numbers.rest())
    }

    /// The network whose numbers were loaded; it knows the videos that are placed from now on.
    pub fn restore_sequence(&mut self, sequence: Sequence) {
        self.sequence = Some(sequence);
    }

    /// Gives a video its place for the network and tells its number; `text` is the vector of its texts, none while it waits
    /// for it. None where there is no network, or it knows nothing of the video.
    pub fn place_in_sequence(&mut self, id: &str, text: Option<&[f32]>) -> Option<Item> {
        let sequence = self.sequence.as_mut()?;
        let number = self.items.number(id);
        if let Some(item) = number.filter(|item| sequence.keeps_place(*item, id)) {
            return Some(item);
        }
        let vector = sequence.model().vector(id, text)?;
        let item = self.items.number_or_new(id);
        sequence.place(item, &vector, number.is_none());
        Some(item)
    }
}
