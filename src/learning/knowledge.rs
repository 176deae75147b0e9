//! What all profiles together taught: the numbers of videos, the recommenders that learn from every
//! watch, and those that were trained in one go.

use twox_hash::XxHash3_64;

use super::counts::Counts;
use super::trained::Trained;
use super::training::{Histories, damaged};
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
    /// How many numbers of videos what was trained speaks of; none where nothing was.
    trained_items: Option<usize>,
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

impl Clone for Knowledge {
    fn clone(&self) -> Self {
        Knowledge {
            items: self.items.clone(),
            watches: self.watches.clone(),
            watched_items: self.watched_items,
            learned: self.learned.iter().map(|recommender| recommender.boxed()).collect(),
            trend: self.trend.clone(),
            trained: self.trained.clone(),
            trained_items: self.trained_items,
            training: self.training,
            trainings: self.trainings,
            profiles: self.profiles,
            numbers: self.numbers,
            forgotten: self.forgotten,
        }
    }
}

/// What was trained, by the bytes that it is kept as.
fn training_of(bytes: &[u8]) -> u64 {
    XxHash3_64::oneshot(bytes)
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
            trained_items: None,
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
            training: 0,
            trainings: 0,
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

    /// Whether a training ended well and was not forgotten since, whatever it found.
    pub fn is_trained(&self) -> bool {
        self.trained_items.is_some()
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
    /// while one of them was forgotten.
    pub fn set_trained(&mut self, trained: Trained, on: &Knowledge) -> Result<()> {
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

    /// Numbers that nothing speaks of any more are given up, unless a training needs them.
    fn release_numbers(&mut self) -> Vec<Item> {
        if self.trainings > 0 {
            return Vec::new();
        }
        self.items.fix(self.trained_items.unwrap_or(0));
        self.give_up_unused(0..self.items.len() as Item)
    }

    /// Gives up the numbers among these of videos of which nothing is known, and tells which.
    fn give_up_unused(&mut self, items: impl IntoIterator<Item = Item>) -> Vec<Item> {
        let is_unused = |item: &Item| self.items.id(*item).is_some() && !self.is_known(*item);
        let unused: Vec<Item> = items.into_iter().filter(is_unused).collect();
        unused.iter().for_each(|item| self.items.remove(*item));
        unused
    }

    fn is_known(&self, item: Item) -> bool {
        self.items.is_fixed(item) || self.is_watched(item) || self.is_placed_since(item)
    }

    fn is_placed_since(&self, item: Item) -> bool {
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

    /// The place that an item got since the last training, with its number, as bytes: both are kept with the video.
    pub fn save_place(&self, item: Item) -> Vec<u8> {
        let Some(content) = self.trained.content.as_ref() else { return Vec::new() };
        let mut bytes = [item.to_le_bytes().as_slice(), &self.training.to_le_bytes()].concat();
        bytes.extend(content.save_place(item));
        bytes
    }

    /// A video's number and place, which [`Knowledge::save_place`] gave. Those of another training count nothing.
    pub fn load_place(&mut self, id: &str, bytes: &[u8]) -> Result<()> {
        let (item, rest) = bytes.split_first_chunk().ok_or_else(damaged)?;
        let (training, place) = rest.split_first_chunk().ok_or_else(damaged)?;
        let Some(content) = self.trained.content.as_mut() else { return Ok(()) };
        if u64::from_le_bytes(*training) != self.training {
            return Ok(());
        }
        let item = self.items.number_as(id, Item::from_le_bytes(*item));
        content.load_place(item, place)
    }

    /// All videos have their places by what was trained.
    pub fn end_training(&mut self) {
        self.trained.content.iter_mut().for_each(Content::end_training);
    }

    /// A video leaves the catalogue, and its place by content becomes what the training gave it. Gives its number where
    /// nothing is known of it any more.
    pub fn leave(&mut self, id: &str) -> Option<Item> {
        let item = self.items.number(id)?;
        self.trained.content.iter_mut().for_each(|content| content.take_back_place(item));
        self.give_up_unused([item]).pop()
    }

    /// Whether a video needs no place: it was there in the training or got one since, or content was not trained.
    pub fn has_place(&self, id: &str) -> bool {
        let has = |item| self.items.is_fixed(item) || self.is_placed_since(item);
        self.trained.content.is_none() || self.items.number(id).is_some_and(has)
    }

    /// A profile that watched nothing yet and will teach, with the next number.
    pub fn new_profile(&mut self) -> Profile {
        self.numbers += 1;
        Profile::numbered(self.numbers - 1)
    }

    /// The number of a watched video: at first sight the one that it had `before`, where that is known and free.
    pub fn number_watched(&mut self, id: &str, before: Option<Item>) -> Item {
        match before {
            Some(before) => self.items.number_as(id, before),
            None => self.items.number_or_new(id),
        }
    }

    /// Appends to a profile's history that it watched the event's video, which has this number, unless that stands
    /// there; gives its place. What it teaches is [`Knowledge::learn`]'s, which is to follow.
    pub fn append(&mut self, profile: &mut Profile, event: &Event, item: Item) -> Option<usize> {
        let watch = Watch { item, time_utc_ms: event.time_utc_ms };
        if !profile.watch(watch, event.context) {
            return None;
        }
        self.profiles += u32::from(profile.history().len() == 1);
        self.watched_items += usize::from(self.watches.get(item) == 0);
        self.watches.add(item, 1);
        Some(profile.history().len() - 1)
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
    }

    /// Unlearns all that a profile taught, from its last watch to its first. What was trained on many profiles keeps
    /// what it has from this one until it is trained again; what was trained on few goes. Gives the numbers of videos of
    /// which nothing is known any more.
    pub fn forget(&mut self, profile: &Profile) -> Vec<Item> {
        let Some(number) = profile.number().filter(|_| !profile.history().is_empty()) else {
            return Vec::new();
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
        let mut unused = self.forget_trained_on_few();
        unused.extend(self.give_up_unused(profile.history().iter().map(|watch| watch.item)));
        unused
    }

    /// Unlearns all that profiles taught, as [`Knowledge::forget`] does.
    pub fn forget_all(&mut self, weights: &FeatureWeights) -> Vec<Item> {
        let Knowledge { items, trained, trained_items, training, trainings, forgotten, .. } = self.clone();
        *self = Knowledge { items, trained, trained_items, training, trainings, forgotten, ..Knowledge::new(weights) };
        let mut unused = self.forget_trained_on_few();
        unused.extend(self.give_up_unused(0..self.items.len() as Item));
        unused
    }

    fn forget_trained_on_few(&mut self) -> Vec<Item> {
        self.forgotten += 1;
        if self.trained.profiles >= ANONYMOUS_PROFILES {
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
        self.items = items;
        self.trained = trained;
        Ok(())
    }
}
