//! What all profiles together taught: the recommenders that learn from every watch, here; the numbers of videos in
//! `numbers`, what is trained in one go in `training`, the network in `sequence`, what is handed on in `packing`, and what
//! was handed to here in `base`.

mod base;
mod numbers;
mod packing;
mod sequence;
mod training;

use std::sync::Arc;

use base::Standing;

use super::counts::Counts;
use super::pack::Base;
use super::trained::Trained;
use super::training::Histories;
use super::{
    ContextLift, GraphWalk, HomeEvidence, HomeWeight, Item, ItemNeighbours, Items, Observation, Popularity, Profile,
    Recommender, Sequence, Transitions, Trend, UserNeighbours, Watch,
};
use crate::domain::{Event, Feature, FeatureWeights};

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
    /// What a pack brought, on which all of the above stands; none without one.
    base: Option<Arc<Standing>>,
    /// How much what is learned counts beside the base; none without one.
    home_evidence: Option<HomeEvidence>,
    home_weight: HomeWeight,
    sequence: Option<Sequence>,
    /// How many numbers of videos the network speaks of; none where there is none.
    sequence_items: Option<usize>,
    /// How many numbers of videos what was trained speaks of; none where nothing was.
    trained_items: Option<usize>,
    /// How many numbers of videos stay since the base changed last; none where it never did.
    settled_items: Option<usize>,
    /// Tells what was trained from what was trained before; 0 where it was not kept.
    training: u64,
    /// Trainings that are going on.
    trainings: u32,
    /// Profiles that watched anything.
    profiles: u32,
    /// Numbers given to profiles so far, those forgotten since included.
    numbers: u32,
    /// How often anything was forgotten.
    forgotten: u64,
}

fn boxed(learned: &[Box<dyn Recommender>]) -> Vec<Box<dyn Recommender>> {
    learned.iter().map(|recommender| recommender.boxed()).collect()
}

impl Clone for Knowledge {
    fn clone(&self) -> Self {
        Knowledge {
            items: self.items.clone(),
            watches: self.watches.clone(),
            watched_items: self.watched_items,
            learned: boxed(&self.learned),
            trend: self.trend.clone(),
            trained: self.trained.clone(),
            base: self.base.clone(),
            home_evidence: self.home_evidence.clone(),
            home_weight: self.home_weight,
            sequence: self.sequence.clone(),
            sequence_items: self.sequence_items,
            trained_items: self.trained_items,
            settled_items: self.settled_items,
            training: self.training,
            trainings: self.trainings,
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
            base: None,
            home_evidence: None,
            home_weight: HomeWeight::default(),
            sequence: None,
            sequence_items: None,
            trained_items: None,
            settled_items: None,
            training: 0,
            trainings: 0,
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
            trained_items: Some(items.len()),
            settled_items: None,
            training: 0,
            trainings: 0,
            items,
            watches: Counts::of(histories.viewers()),
            watched_items: histories.viewers().filter(|viewers| *viewers > 0).count(),
            learned,
            trend,
            trained,
            base: None,
            home_evidence: None,
            home_weight: HomeWeight::default(),
            sequence: None,
            sequence_items: None,
            profiles,
            numbers: profiles,
            forgotten: 0,
        }
    }

    pub fn items(&self) -> &Items {
        &self.items
    }

    /// How many profiles watched each of the first `count` items, those of the base included.
    pub fn watches(&self, count: usize) -> Vec<u64> {
        let mut watches = self.watches.first(count);
        if let Some(base) = self.base() {
            watches.iter_mut().zip(&base.watches).for_each(|(count, of_base)| *count += of_base);
        }
        watches
    }

    /// Whether anybody watched the item.
    pub fn is_watched(&self, item: Item) -> bool {
        self.watches.get(item) > 0 || self.base().is_some_and(|base| base.watches_of(item) > 0)
    }

    /// How many items anybody watched.
    pub fn watched_items(&self) -> usize {
        self.watched_items
    }

    /// How many profiles watched anything, those of the base included.
    pub fn profiles(&self) -> u32 {
        let of_base = self.base().map_or(0, |base| u32::try_from(base.profiles).unwrap_or(u32::MAX));
        self.profiles.saturating_add(of_base)
    }

    /// The recommenders that know anything: those that learn, then those that were trained, each in the
    /// order of features, and the sequence.
    pub fn recommenders(&self) -> impl Iterator<Item = &dyn Recommender> {
        let before_trend = self.learned.partition_point(|recommender| recommender.feature() < Feature::Trend);
        let (before, after) = self.learned.split_at(before_trend);
        let trend: &dyn Recommender = &self.trend;
        let learned = before.iter().map(AsRef::as_ref).chain([trend]).chain(after.iter().map(AsRef::as_ref));
        let sequence = self.sequence.iter().map(|sequence| sequence as &dyn Recommender);
        learned.chain(self.trained.recommenders()).chain(sequence)
    }

    /// How often each item was watched lately; see [`Trend::lately`].
    pub fn watched_lately(&self, now_utc_ms: i64, half_life_days: f32) -> Vec<f32> {
        self.trend.lately(now_utc_ms, half_life_days)
    }

    /// Memory in bytes, about.
    pub fn bytes(&self) -> usize {
        let base = self.base().map_or(0, Base::bytes);
        let recommenders = self.recommenders().map(Recommender::bytes).sum::<usize>();
        self.items.bytes() + self.watches.bytes() + base + recommenders
    }

    /// A profile that watched nothing yet and will teach, with the next number.
    pub fn new_profile(&mut self) -> Profile {
        self.numbers += 1;
        Profile::numbered(self.numbers - 1)
    }

    /// Appends to a profile's history that it watched the event's video, which has this number, unless that stands
    /// there; gives its place. What it teaches is [`Knowledge::learn`]'s, which is to follow.
    pub fn append(&mut self, profile: &mut Profile, event: &Event, item: Item) -> Option<usize> {
        let watch = Watch { item, time_utc_ms: event.time_utc_ms };
        if !profile.watch(watch, event.context) {
            return None;
        }
        let place = profile.history().len() - 1;
        self.profiles += u32::from(place == 0);
        self.count_watch(item, place);
        Some(place)
    }

    /// Counts that a profile watched an item after so many others.
    fn count_watch(&mut self, item: Item, place: usize) {
        let others = self.watches.get(item);
        self.watched_items += usize::from(!self.is_watched(item));
        self.watches.add(item, 1);
        self.home_evidence.iter_mut().for_each(|evidence| evidence.add(item, others, place));
    }

    fn take_watch_back(&mut self, item: Item, place: usize) {
        self.watches.remove(item, 1);
        self.watched_items -= usize::from(!self.is_watched(item));
        let others = self.watches.get(item);
        self.home_evidence.iter_mut().for_each(|evidence| evidence.remove(item, others, place));
    }

    /// What was learned counts what the household has shown by now.
    fn renew_home_weight(&mut self) {
        let weight = self.home_evidence.as_ref().map_or_else(HomeWeight::default, HomeEvidence::weight);
        if weight != self.home_weight {
            self.home_weight = weight;
            self.learned.iter_mut().for_each(|own| own.set_home_weight(weight));
            self.trend.set_home_weight(weight);
        }
    }

    /// Appends to the history of a profile of which nothing is to be learned, and which has no number, that it watched the
    /// event's video, unless that stands there or has no number; says whether it did.
    pub fn append_unlearned(&self, profile: &mut Profile, event: &Event) -> bool {
        let watch = |item| Watch { item, time_utc_ms: event.time_utc_ms };
        self.items.number(&event.video_id).is_some_and(|item| profile.watch(watch(item), event.context))
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
        self.renew_home_weight();
    }

    /// Unlearns all that a profile taught, from its last watch to its first. What was trained on many profiles keeps
    /// what it has from this one until it is trained again; what was trained on few goes. Gives the numbers of videos of
    /// which nothing is known any more.
    pub fn forget(&mut self, profile: &Profile) -> Vec<Item> {
        self.sequence.iter().for_each(|sequence| sequence.forget(profile.number()));
        let Some(number) = profile.number().filter(|_| !profile.history().is_empty()) else {
            return Vec::new();
        };
        let mut history = profile.history();
        while let [before @ .., watch] = history {
            let context = profile.context(before.len());
            let observation = Observation { profile: number, before, watch: *watch, context };
            self.learned.iter_mut().for_each(|recommender| recommender.undo(&observation));
            self.trend.undo(&observation);
            self.take_watch_back(watch.item, before.len());
            history = before;
        }
        self.renew_home_weight();
        self.profiles -= 1;
        self.release_forgotten(profile.history().iter().map(|watch| watch.item))
    }

    /// Unlearns all that profiles taught, as [`Knowledge::forget`] does; the base stays.
    pub fn forget_all(&mut self, weights: &FeatureWeights) -> Vec<Item> {
        let fresh = self.base.as_ref().map_or_else(|| Knowledge::new(weights), Knowledge::on);
        let before = std::mem::replace(self, fresh);
        (self.items, self.forgotten) = (before.items, before.forgotten);
        (self.trained, self.trained_items, self.settled_items) =
            (before.trained, before.trained_items, before.settled_items);
        (self.training, self.trainings) = (before.training, before.trainings);
        (self.sequence, self.sequence_items) = (before.sequence.map(Sequence::without_states), before.sequence_items);
        self.release_forgotten(0..self.items.len() as Item)
    }

    /// Gives up what was trained on few and the numbers of videos of which nothing is known without it, among them those of
    /// `items`; tells which.
    fn release_forgotten(&mut self, items: impl IntoIterator<Item = Item>) -> Vec<Item> {
        let mut unused = self.forget_trained_on_few();
        unused.extend(self.settle_fewer());
        unused.extend(self.give_up_unused(items));
        unused
    }
}
