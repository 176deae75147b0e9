//! Everything known of one profile: what it did with each video, and the order in which it watched them.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;

use rpds::RedBlackTreeMapSync;

use super::{Adaptation, Engagement, FeatureValues, Feedback, Impressions, Item, Watch, WatchRules, Watching};
use crate::domain::{Context, Event, EventKind, FeatureWeights};

/// See the module. Cloning shares; videos are kept in the order of their ids, so that sums come out the
/// same on every machine.
#[derive(Debug, Clone, Default)]
pub struct Profile {
    engagements: RedBlackTreeMapSync<Arc<str>, Engaging>,
    history: Arc<Vec<Watch>>,
    /// The circumstances of each watch, up to the last of which any are known: nothing for who never tells any.
    contexts: Option<Arc<Vec<Context>>>,
    /// Its number in what is learned; none for one that teaches nothing.
    number: Option<u32>,
    /// What its choices taught; none where the host never told what it showed.
    adaptation: Option<Arc<Adaptation>>,
    watching: Watching,
    impressions: Impressions,
    feedback: Feedback,
    /// How many videos are to inspire nothing.
    hidden_seeds: usize,
    /// The time of its last event.
    last_event_utc_ms: i64,
    /// The video that it picked or watched last.
    last_chosen: Option<Arc<str>>,
}

/// What was done with a video.
#[derive(Debug, Clone, Default)]
struct Engaging {
    engagement: Engagement,
    /// Where the video stands in the history.
    place: Option<u32>,
}

/// What an event changed in a profile.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Observed {
    /// The profile never did anything with the video before.
    pub is_new: bool,
    /// With this event the video counts as watched or liked, and did not before.
    pub is_watch: bool,
    /// With this event the video was chosen, and was not before.
    pub is_choice: bool,
}

impl Profile {
    /// Empty, with this number in what is learned.
    pub(super) fn numbered(number: u32) -> Profile {
        Profile { number: Some(number), ..Profile::default() }
    }

    /// Folds an event in; `rules` say when a video is started and finished.
    pub fn observe(&mut self, event: &Event, rules: &WatchRules) -> Observed {
        self.watching.observe(event, rules);
        self.impressions.observe(event);
        self.feedback.observe(event);
        self.last_event_utc_ms = event.time_utc_ms;
        let known = self.engagements.get(event.video_id.as_str());
        let Engaging { engagement: before, place } = known.cloned().unwrap_or_default();
        let mut engagement = before.clone();
        engagement.observe(event, rules);
        let is_new = known.is_none() && engagement != before;
        if known.is_none() && !is_new {
            return Observed::default();
        }
        self.hidden_seeds += usize::from(engagement.is_seed_hidden());
        self.hidden_seeds -= usize::from(before.is_seed_hidden());
        let is_watch = engagement.speaks_for() && !before.speaks_for();
        let is_choice = engagement.is_chosen() && !before.is_chosen();
        let place = place.or_else(|| is_watch.then_some(self.history.len() as u32));
        let id = self.key(&event.video_id);
        if event.kind == EventKind::Select || (event.kind.is_playback() && engagement.is_watched()) {
            self.last_chosen = Some(Arc::clone(&id));
        }
        self.engagements.insert_mut(id, Engaging { engagement, place });
        Observed { is_new, is_watch, is_choice }
    }

    /// The id as it is kept, so that one text serves all.
    fn key(&self, id: &str) -> Arc<str> {
        self.engagements.get_key_value(id).map_or_else(|| Arc::from(id), |(key, _)| Arc::clone(key))
    }

    /// The video that it picked or watched last, if any.
    pub fn last_chosen(&self) -> Option<&str> {
        self.last_chosen.as_deref()
    }

    /// What was done with a video; none where nothing was.
    pub fn engagement(&self, video_id: &str) -> Option<&Engagement> {
        self.engagements.get(video_id).map(|engaging| &engaging.engagement)
    }

    /// A video that the last event made a watch of is not to stand in the history.
    pub fn leave_out(&mut self, video_id: &str) {
        if let Some(engaging) = self.engagements.get_mut(video_id) {
            engaging.place = None;
        }
    }

    /// Each video's id with what was done with it, in the order of ids.
    pub fn engagements(&self) -> impl Iterator<Item = (&str, &Engagement)> {
        self.engagements.iter().map(|(id, engaging)| (id.as_ref(), &engaging.engagement))
    }

    /// Each video's id with what was done with it and its place in the history, if it stands there; in the order of ids.
    pub fn engagements_and_places(&self) -> impl Iterator<Item = (&str, &Engagement, Option<usize>)> {
        let of = |engaging: &Engaging| engaging.place.map(|place| place as usize);
        self.engagements.iter().map(move |(id, engaging)| (id.as_ref(), &engaging.engagement, of(engaging)))
    }

    /// What it watched or liked, oldest first, each video once.
    pub fn history(&self) -> &[Watch] {
        &self.history
    }

    /// The history without the videos that are to inspire nothing: what lists are made from.
    pub fn inspiring_history(&self) -> Cow<'_, [Watch]> {
        if self.hidden_seeds == 0 {
            return Cow::Borrowed(&self.history);
        }
        let hidden = self.hidden_seed_places();
        let inspires = |(place, watch): (usize, &Watch)| (!hidden.contains(&place)).then_some(*watch);
        Cow::Owned(self.history.iter().enumerate().filter_map(inspires).collect())
    }

    /// The places in the history of the videos that are to inspire nothing.
    pub fn hidden_seed_places(&self) -> BTreeSet<usize> {
        if self.hidden_seeds == 0 {
            return BTreeSet::new();
        }
        let hidden = self.engagements_and_places().filter(|(_, engagement, _)| engagement.is_seed_hidden());
        hidden.filter_map(|(_, _, place)| place).collect()
    }

    /// The circumstances of the watch at this place of the history.
    pub fn context(&self, place: usize) -> Context {
        self.contexts.as_ref().and_then(|contexts| contexts.get(place)).copied().unwrap_or_default()
    }

    /// What it is in the middle of.
    pub fn watching(&self) -> &Watching {
        &self.watching
    }

    /// What it was shown and passed over.
    pub fn impressions(&self) -> &Impressions {
        &self.impressions
    }

    /// Which series it hid, and what it snoozed.
    pub fn feedback(&self) -> &Feedback {
        &self.feedback
    }

    /// The time by which impressions fade and snoozes end: that of the list or, where that is 0, of the profile's last
    /// event.
    pub fn time_of_list(&self, now_utc_ms: i64) -> i64 {
        if now_utc_ms == 0 { self.last_event_utc_ms } else { now_utc_ms }
    }

    /// Memory in bytes of what grows with events beside engagements and history, about.
    pub fn state_bytes(&self) -> usize {
        self.watching.bytes() + self.impressions.bytes() + self.feedback.bytes()
    }

    /// A video was shown; says whether this was the profile's first.
    pub fn show(&mut self, video_id: &str) -> bool {
        let is_first = self.adaptation.is_none();
        Arc::make_mut(self.adaptation.get_or_insert_default()).show(video_id);
        is_first
    }

    /// What its choices taught; none where the host never told what it showed.
    pub fn adaptation(&self) -> Option<&Adaptation> {
        self.adaptation.as_deref()
    }

    /// Learns from a choice; see [`Adaptation::choose`].
    pub fn adapt(&mut self, weights: &FeatureWeights, chosen_id: &str, values: &[(Arc<str>, FeatureValues)]) {
        if let Some(adaptation) = &mut self.adaptation {
            let engagement = |id: &str| self.engagements.get(id).map(|engaging| &engaging.engagement);
            Arc::make_mut(adaptation).choose(weights, chosen_id, values, engagement);
        }
    }

    pub fn number(&self) -> Option<u32> {
        self.number
    }

    /// Appends to the history, unless the video stands in it: who stopped liking a video and likes it again has
    /// watched it once.
    pub(super) fn watch(&mut self, watch: Watch, context: Context) -> bool {
        if self.history.iter().any(|earlier| earlier.item == watch.item) {
            return false;
        }
        if context != Context::default() {
            let contexts = Arc::make_mut(self.contexts.get_or_insert_default());
            contexts.resize(self.history.len(), Context::default());
            contexts.push(context);
        }
        Arc::make_mut(&mut self.history).push(watch);
        true
    }

    /// Watched videos have other numbers by now; those that have none leave the history.
    pub fn renumber(&mut self, number: impl Fn(Item) -> Option<Item>) {
        let numbers: Vec<Option<Item>> = self.history.iter().map(|watch| number(watch.item)).collect();
        if self.history.iter().zip(&numbers).all(|(watch, number)| Some(watch.item) == *number) {
            return;
        }
        let mut renumbered = Profile { history: Arc::default(), contexts: None, ..self.clone() };
        let mut places = vec![None; numbers.len()];
        for (place, number) in numbers.into_iter().enumerate() {
            let Some(item) = number else { continue };
            places[place] = Some(renumbered.history.len() as u32);
            renumbered.watch(Watch { item, ..self.history[place] }, self.context(place));
        }
        for (id, engaging) in &self.engagements {
            if let (Some(place), Some(renumbered)) = (engaging.place, renumbered.engagements.get_mut(id.as_ref())) {
                renumbered.place = places[place as usize];
            }
        }
        *self = renumbered;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Device;

    #[test]
    fn each_watch_keeps_its_circumstances() {
        let on = |device| Context { device, ..Context::default() };
        let given = [on(Device::Unknown), on(Device::Tv), on(Device::Unknown), on(Device::Phone), on(Device::Unknown)];
        let mut profile = Profile::default();
        for (item, context) in (0..).zip(given) {
            assert!(profile.watch(Watch { item, time_utc_ms: 0 }, context));
            assert!(!profile.watch(Watch { item, time_utc_ms: 0 }, on(Device::Other)), "the first counts");
        }
        assert_eq!([0, 1, 2, 3, 4].map(|place| profile.context(place)), given);
        assert_eq!(profile.history().len(), given.len());
        assert_eq!(profile.contexts.map_or(0, |contexts| contexts.len()), 4, "none after the last known");
    }
}
