//! What all profiles together taught: the numbers of videos, the recommenders that learn from every
//! watch, and those that were trained in one go.

use super::counts::Counts;
use super::trained::Trained;
use super::training::Histories;
use super::{
    Content, ContextLift, GraphWalk, Item, ItemNeighbours, Items, Observation, Popularity, Profile, Recommender,
    Transitions, Trend, UserNeighbours, Watch,
};
use crate::domain::{Error, Event, Feature, FeatureWeights, Result, Status};

/// Trained on fewer profiles, what one of them watched could be read off: it goes when any profile is forgotten.
const ANONYMOUS_PROFILES: usize = 20;

/// See the module. Cloning shares.
#[derive(Debug)]
pub struct Knowledge {
    items: Items,
    /// How many profiles watched each item.
    watches: Counts,
    /// Items of which that is not 0.
    watched_items: usize,
    /// In the order of features, without the trend.
    learned: Vec<Box<dyn Recommender>>,
    /// Learned in any case: what is watched lately is a row of every home screen.
    trend: Trend,
    trained: Trained,
    /// Profiles that watched anything.
    profiles: u32,
    /// Numbers given to profiles so far, those forgotten since included.
    numbers: u32,
    /// How often anything was forgotten.
    forgotten: u64,
}

impl Clone for Knowledge {
    fn clone(&self) -> Self {
        Knowledge {
            items: self.items.clone(),
            watches: self.watches.clone(),
            watched_items: self.watched_items,
            learned: self.learned.iter().map(|recommender| recommender.boxed()).collect(),
            trend: self.trend.clone(),
            trained: self.trained.clone(),
            profiles: self.profiles,
            numbers: self.numbers,
            forgotten: self.forgotten,
        }
    }
}

/// What learns a feature from each watch where it counts; none for one that is trained, or that vectors give.
pub(super) fn learner(feature: Feature) -> Option<Box<dyn Recommender>> {
    Some(match feature {
        Feature::Transitions => Box::new(Transitions::default()),
        Feature::ItemNeighbours => Box::new(ItemNeighbours::default()),
        Feature::UserNeighbours => Box::new(UserNeighbours::default()),
        Feature::GraphWalk => Box::new(GraphWalk::default()),
        Feature::Popularity => Box::new(Popularity::default()),
        Feature::Context => Box::new(ContextLift::default()),
        _ => return None,
    })
}

impl Knowledge {
    /// Nothing yet; learns the features that have a weight, and the trend.
    pub fn new(weights: &FeatureWeights) -> Knowledge {
        Knowledge {
            items: Items::default(),
            watches: Counts::default(),
            watched_items: 0,
            learned: weights.counting().filter_map(|(feature, _)| learner(feature)).collect(),
            trend: Trend::default(),
            trained: Trained::default(),
            profiles: 0,
            numbers: 0,
            forgotten: 0,
        }
    }

    /// Of what was learned and trained from histories, whose profiles have the numbers from 0 on.
    pub(super) fn assembled(
        items: Items,
        histories: &Histories,
        learned: Vec<Box<dyn Recommender>>,
        trend: Trend,
        trained: Trained,
    ) -> Knowledge {
        let profiles = histories.profiles() as u32;
        Knowledge {
            items,
            watches: Counts::of(histories.viewers()),
            watched_items: histories.viewers().filter(|viewers| *viewers > 0).count(),
            learned,
            trend,
            trained,
            profiles,
            numbers: profiles,
            forgotten: 0,
        }
    }

    pub fn items(&self) -> &Items {
        &self.items
    }

    /// How many profiles watched each of the first `count` items.
    pub fn watches(&self, count: usize) -> Vec<u64> {
        self.watches.first(count)
    }

    /// Whether anybody watched the item.
    pub fn is_watched(&self, item: Item) -> bool {
        self.watches.get(item) > 0
    }

    /// How many items anybody watched.
    pub fn watched_items(&self) -> usize {
        self.watched_items
    }

    /// How many profiles watched anything.
    pub fn profiles(&self) -> u32 {
        self.profiles
    }

    /// The recommenders that know anything: those that learn, then those that were trained, each in the order of features.
    pub fn recommenders(&self) -> impl Iterator<Item = &dyn Recommender> {
        let before_trend = self.learned.partition_point(|recommender| recommender.feature() < Feature::Trend);
        let (before, after) = self.learned.split_at(before_trend);
        let trend: &dyn Recommender = &self.trend;
        let learned = before.iter().map(AsRef::as_ref).chain([trend]).chain(after.iter().map(AsRef::as_ref));
        learned.chain(self.trained.recommenders())
    }

    /// How often each item was watched lately; see [`Trend::lately`].
    pub fn watched_lately(&self, now_utc_ms: i64, half_life_days: f32) -> Vec<f32> {
        self.trend.lately(now_utc_ms, half_life_days)
    }

    /// Memory in bytes, about.
    pub fn bytes(&self) -> usize {
        self.items.bytes() + self.watches.bytes() + self.recommenders().map(Recommender::bytes).sum::<usize>()
    }

    pub fn trained(&self) -> &Trained {
        &self.trained
    }

    /// Takes what was trained on `on` in place of what was trained before. Refuses what was trained on few profiles
    /// while one of them was forgotten.
    pub fn set_trained(&mut self, trained: Trained, on: &Knowledge) -> Result<()> {
        if trained.profiles < ANONYMOUS_PROFILES && self.forgotten != on.forgotten {
            let message = "a profile or events were forgotten during the training; train again";
            return Err(Error::new(Status::Cancelled, message));
        }
        self.trained = trained;
        Ok(())
    }

    /// Gives each of these videos a number that has none.
    pub fn number_videos<'a>(&mut self, ids: impl IntoIterator<Item = &'a str>) {
        ids.into_iter().for_each(|id| {
            self.items.number_or_new(id);
        });
    }

    /// Gives a video its place by content, where that was trained; one with a vector of another length gets none.
    pub fn place<'t>(&mut self, id: &str, vector: &[f32], tags: impl IntoIterator<Item = &'t str>) {
        if let Some(content) = self.trained.content.as_mut().filter(|content| content.dense_width() == vector.len()) {
            let item = self.items.number_or_new(id);
            // Only vectors that are not finite are refused beside, and the catalogue holds none.
            let _ = content.place(item, vector, tags);
        }
    }

    /// Whether a video needs no place: it has one, or content was not trained.
    pub fn has_place(&self, id: &str) -> bool {
        let has = |content: &Content| self.items.number(id).is_some_and(|item| content.has_place(item));
        self.trained.content.as_ref().is_none_or(has)
    }

    /// Appends to a profile's history that it watched the event's video, unless that stands there; gives its place. What
    /// it teaches is [`Knowledge::learn`]'s, which is to follow.
    pub fn append(&mut self, profile: &mut Profile, event: &Event) -> Option<usize> {
        let item = self.items.number_or_new(&event.video_id);
        let number = profile.number().unwrap_or(self.numbers);
        let is_first = profile.number().is_none();
        let watch = Watch { item, time_utc_ms: event.time_utc_ms };
        if !profile.watch(Some(number), watch, event.context) {
            return None;
        }
        self.profiles += u32::from(is_first);
        self.numbers = self.numbers.max(number + 1);
        self.watched_items += usize::from(self.watches.get(item) == 0);
        self.watches.add(item, 1);
        Some(profile.history().len() - 1)
    }

    /// Appends to the history of a profile of which nothing is to be learned, and which gets no number, that it watched the
    /// event's video, unless that stands there or has no number; says whether it did.
    pub fn append_unlearned(&self, profile: &mut Profile, event: &Event) -> bool {
        let watch = |item| Watch { item, time_utc_ms: event.time_utc_ms };
        self.items.number(&event.video_id).is_some_and(|item| profile.watch(None, watch(item), event.context))
    }

    /// Learns watches that were appended, in their order: each by its profile and its place in that one's history, after
    /// which others may stand by now.
    pub fn learn<'a>(&mut self, watches: &[(&'a Profile, usize)]) {
        let observation = |(profile, place): &(&'a Profile, usize)| {
            let [before @ .., watch] = profile.history().get(..=*place)? else { return None };
            Some(Observation { profile: profile.number()?, before, watch: *watch, context: profile.context(*place) })
        };
        let observations: Vec<Observation<'_>> = watches.iter().filter_map(observation).collect();
        self.learned.iter_mut().for_each(|recommender| recommender.observe_all(&observations));
        self.trend.observe_all(&observations);
    }

    /// Unlearns all that a profile taught, from its last watch to its first. What was trained on many profiles keeps
    /// what it has from this one until it is trained again; what was trained on few goes.
    pub fn forget(&mut self, profile: &Profile) {
        let Some(number) = profile.number() else {
            return;
        };
        let mut history = profile.history();
        while let [before @ .., watch] = history {
            let context = profile.context(before.len());
            let observation = Observation { profile: number, before, watch: *watch, context };
            self.learned.iter_mut().for_each(|recommender| recommender.undo(&observation));
            self.trend.undo(&observation);
            self.watches.remove(watch.item, 1);
            self.watched_items -= usize::from(self.watches.get(watch.item) == 0);
            history = before;
        }
        self.profiles -= 1;
        self.forget_trained_on_few();
    }

    /// Unlearns all that profiles taught, as [`Knowledge::forget`] does; videos keep their numbers.
    pub fn forget_all(&mut self, weights: &FeatureWeights) {
        let (items, trained, forgotten) =
            (std::mem::take(&mut self.items), std::mem::take(&mut self.trained), self.forgotten);
        *self = Knowledge { items, trained, forgotten, ..Knowledge::new(weights) };
        self.forget_trained_on_few();
    }

    fn forget_trained_on_few(&mut self) {
        self.forgotten += 1;
        if self.trained.profiles < ANONYMOUS_PROFILES {
            self.trained = Trained::default();
        }
    }

    /// What was trained, with the ids of the videos whose numbers it speaks of.
    pub fn save_trained(&self) -> Vec<u8> {
        self.trained.save(&self.items)
    }

    /// What [`Knowledge::save_trained`] gave, in place of what is known; to be called before anything is learned.
    pub fn load_trained(&mut self, bytes: &[u8]) -> Result<()> {
        let (items, trained) = Trained::load(bytes)?;
        self.items = items;
        self.trained = trained;
        Ok(())
    }
}
