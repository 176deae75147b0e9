//! What all profiles together taught: the numbers of videos, and the recommenders that learn from watches.

use super::{Ease, Items, Observation, Profile, Recommender, Transitions, Watch};
use crate::domain::Event;

/// See the module. Cloning shares.
#[derive(Debug, Clone, Default)]
pub struct Knowledge {
    items: Items,
    transitions: Transitions,
    ease: Ease,
    /// Numbers given to profiles so far.
    profiles: u32,
}

impl Knowledge {
    pub fn items(&self) -> &Items {
        &self.items
    }

    /// The recommenders, in a fixed order.
    pub fn recommenders(&self) -> [&dyn Recommender; 2] {
        [&self.transitions, &self.ease]
    }

    fn recommenders_mut(&mut self) -> [&mut dyn Recommender; 2] {
        [&mut self.transitions, &mut self.ease]
    }

    /// Takes what was trained in place of what was trained before.
    pub fn set_trained(&mut self, ease: Ease) {
        self.ease = ease;
    }

    /// Learns that a profile watched the event's video, and appends it to its history, unless it stands there.
    pub fn observe(&mut self, profile: &mut Profile, event: &Event) -> bool {
        let item = self.items.number_or_new(&event.video_id);
        let number = profile.number().unwrap_or(self.profiles);
        let before = profile.clone();
        let watch = Watch { item, time_utc_ms: event.time_utc_ms };
        let context = event.context;
        if !profile.watch(number, watch, context) {
            return false;
        }
        self.profiles = self.profiles.max(number + 1);
        let observation = Observation { profile: number, before: before.history(), watch, context };
        self.recommenders_mut().into_iter().for_each(|recommender| recommender.observe(&observation));
        true
    }

    /// Unlearns all that a profile taught, from its last watch to its first.
    pub fn forget(&mut self, profile: &Profile) {
        let Some(number) = profile.number() else {
            return;
        };
        let mut history = profile.history();
        while let [before @ .., watch] = history {
            let context = profile.context(before.len());
            let observation = Observation { profile: number, before, watch: *watch, context };
            self.recommenders_mut().into_iter().for_each(|recommender| recommender.undo(&observation));
            history = before;
        }
    }
}
