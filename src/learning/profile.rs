//! Everything known of one profile: what it did with each video, and the order in which it watched them.

use std::sync::Arc;

use rpds::RedBlackTreeMapSync;

use super::{Adaptation, Engagement, FeatureValues, Watch, WatchRules, Watching};
use crate::domain::{Context, Event, FeatureWeights};

/// See the module. Cloning shares; videos are kept in the order of their ids, so that sums come out the
/// same on every machine.
#[derive(Debug, Clone, Default)]
pub struct Profile {
    engagements: RedBlackTreeMapSync<Arc<str>, Engaging>,
    history: Arc<Vec<Watch>>,
    /// The circumstances of each watch, up to the last of which any are known: nothing for who never tells any.
    contexts: Option<Arc<Vec<Context>>>,
    /// Its number in what is learned; none before its first watch.
    number: Option<u32>,
    /// What its choices taught; none where the host never told what it showed.
    adaptation: Option<Arc<Adaptation>>,
    watching: Watching,
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
    /// Folds an event in; `rules` say when a video is started and finished.
    pub fn observe(&mut self, event: &Event, rules: &WatchRules) -> Observed {
        self.watching.observe(event, rules);
        let known = self.engagements.get(event.video_id.as_str());
        let Engaging { engagement: before, place } = known.cloned().unwrap_or_default();
        let mut engagement = before.clone();
        engagement.observe(event, rules);
        let is_new = known.is_none() && engagement != before;
        if known.is_none() && !is_new {
            return Observed::default();
        }
        let is_watch = engagement.speaks_for() && !before.speaks_for();
        let is_choice = engagement.is_chosen() && !before.is_chosen();
        let place = place.or_else(|| is_watch.then_some(self.history.len() as u32));
        self.engagements.insert_mut(Arc::from(event.video_id.as_str()), Engaging { engagement, place });
        Observed { is_new, is_watch, is_choice }
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

    /// The circumstances of the watch at this place of the history.
    pub fn context(&self, place: usize) -> Context {
        self.contexts.as_ref().and_then(|contexts| contexts.get(place)).copied().unwrap_or_default()
    }

    /// What it is in the middle of.
    pub fn watching(&self) -> &Watching {
        &self.watching
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
    pub(super) fn watch(&mut self, number: u32, watch: Watch, context: Context) -> bool {
        if self.history.iter().any(|earlier| earlier.item == watch.item) {
            return false;
        }
        self.number = Some(number);
        if context != Context::default() {
            let contexts = Arc::make_mut(self.contexts.get_or_insert_default());
            contexts.resize(self.history.len(), Context::default());
            contexts.push(context);
        }
        Arc::make_mut(&mut self.history).push(watch);
        true
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
            assert!(profile.watch(0, Watch { item, time_utc_ms: 0 }, context));
            assert!(!profile.watch(0, Watch { item, time_utc_ms: 0 }, on(Device::Other)), "the first counts");
        }
        assert_eq!([0, 1, 2, 3, 4].map(|place| profile.context(place)), given);
        assert_eq!(profile.history().len(), given.len());
        assert_eq!(profile.contexts.map_or(0, |contexts| contexts.len()), 4, "none after the last known");
    }
}
