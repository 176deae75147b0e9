//! What is trained in one go: which numbers it speaks of, that it takes the place of what was trained before, and that
//! forgetting a profile takes what was trained on few.

use twox_hash::XxHash3_64;

use super::Knowledge;
use crate::domain::{Error, Result, Status};
use crate::learning::trained::Trained;
use crate::learning::{Content, Item, Items};

/// Trained on fewer profiles, what one of them watched could be read off: it goes when any profile is forgotten.
pub(super) const ANONYMOUS_PROFILES: usize = 20;

/// What was trained, by the bytes that it is kept as.
pub(super) fn training_of(bytes: &[u8]) -> u64 {
    XxHash3_64::oneshot(bytes)
}

impl Knowledge {
    pub fn trained(&self) -> &Trained {
        &self.trained
    }

    /// Whether a training ended well and was not forgotten since, whatever it found.
    pub fn is_trained(&self) -> bool {
        self.trained_items.is_some()
    }

    /// Refuses training on a base, whose own is from many more.
    pub fn check_trainable(&self) -> Result<()> {
        if self.base.is_some() {
            let message =
                "what is trained comes from the pack in use; revert it first: without the pack it can be trained";
            return Err(Error::invalid(message));
        }
        Ok(())
    }

    /// A training on this begins: each of these videos gets a number, and numbers stay until
    /// [`Knowledge::set_trained`] or [`Knowledge::give_up_training`].
    pub fn begin_training<'a>(&mut self, ids: impl IntoIterator<Item = &'a str>) {
        ids.into_iter().for_each(|id| {
            self.items.number_or_new(id);
        });
        self.trainings += 1;
        self.items.fix(self.items.len());
    }

    /// A training on the events of a service ends on this: its videos get the numbers that they had there, which stay.
    /// [`Status::Cancelled`] where a video has another number by now.
    pub fn begin_training_on(&mut self, items: &Items) -> Result<()> {
        for (item, id) in (0..).zip(items.ids()).filter(|(_, id)| !id.is_empty()) {
            if self.items.number_as(id, item) != item {
                let message = "videos got their numbers in another order during the training; train again";
                return Err(Error::new(Status::Cancelled, message));
            }
        }
        self.trainings += 1;
        self.items.fix(self.items.len());
        Ok(())
    }

    /// A training that began came to nothing. Gives the numbers that are free by that.
    pub fn give_up_training(&mut self) -> Vec<Item> {
        self.trainings = self.trainings.saturating_sub(1);
        self.release_numbers()
    }

    /// Takes what was trained on `on` in place of what was trained before. Refuses what was trained on few profiles
    /// while one of them was forgotten, and anything on a base, whose own is from many more.
    pub fn set_trained(&mut self, trained: Trained, on: &Knowledge) -> Result<()> {
        self.check_trainable()?;
        if trained.profiles < ANONYMOUS_PROFILES && self.forgotten != on.forgotten {
            let message = "a profile or events were forgotten during the training; train again";
            return Err(Error::new(Status::Cancelled, message));
        }
        self.trained = trained;
        self.trainings = self.trainings.saturating_sub(1);
        self.trained_items = Some(self.items.len());
        self.items.fix(self.items.len());
        Ok(())
    }

    /// All videos have their places by what was trained.
    pub fn end_training(&mut self) {
        self.trained.content.iter_mut().for_each(Content::end_training);
    }

    pub(super) fn forget_trained_on_few(&mut self) -> Vec<Item> {
        self.forgotten += 1;
        if self.base.is_some() || self.trained.profiles >= ANONYMOUS_PROFILES {
            return Vec::new();
        }
        (self.trained, self.trained_items, self.training) = (Trained::default(), None, 0);
        self.release_numbers()
    }

    /// What was trained, with the ids of the videos whose numbers it speaks of.
    pub fn save_trained(&mut self) -> Vec<u8> {
        let bytes = self.trained.save(&self.items);
        self.training = training_of(&bytes);
        bytes
    }

    /// What [`Knowledge::save_trained`] gave, in place of what is known; to be called before anything is learned.
    pub fn load_trained(&mut self, bytes: &[u8]) -> Result<()> {
        let (items, trained) = Trained::load(bytes)?;
        (self.trained_items, self.training) = (Some(items.len()), training_of(bytes));
        self.take_items(items);
        self.trained = trained;
        Ok(())
    }
}
