//! What all profiles together taught: the numbers of videos, the recommenders that learn from every
//! watch, those that were trained in one go, and the network that was trained elsewhere.

use std::sync::Arc;

use twox_hash::XxHash3_64;

use super::counts::Counts;
use super::pack::{self, Base, History, PackOptions, Packing, SectionKind, Sections, Sensitivity, Unpacked};
use super::trained::{Trained, load_items, put_items};
use super::training::{Histories, Numbers, damaged};
use super::{
    Content, ContextLift, Ease, Factors, GraphWalk, HomeEvidence, HomeShare, HomeWeight, Item, ItemNeighbours, Items,
    NoisePart, Observation, Popularity, Profile, Recommender, Sequence, Transitions, Trend, UserNeighbours, Watch,
};
use crate::domain::{CallOptions, Error, Event, Feature, FeatureWeights, Result, Status};

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

/// A base, and what was known before anything was learned on it.
#[derive(Debug)]
struct Standing {
    base: Arc<Base>,
    home_evidence: HomeEvidence,
    learned: Vec<Box<dyn Recommender>>,
    trend: Trend,
    trained: Trained,
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

    /// What a pack brought, if anything.
    pub fn base(&self) -> Option<&Base> {
        self.base.as_ref().map(|standing| standing.base.as_ref())
    }

    /// The share of the pack's profiles that a watch at home counts as now; none without a pack.
    pub fn home_share(&self) -> Option<f32> {
        self.home_evidence.as_ref().map(HomeEvidence::share)
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

    /// Of what speaks of numbers the longer one knows them all: none is given anew while anything speaks of it.
    fn take_items(&mut self, items: Items) {
        if items.len() > self.items.len() {
            self.items = items;
        }
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

    /// Numbers that nothing speaks of any more are given up, unless a training needs them.
    fn release_numbers(&mut self) -> Vec<Item> {
        if self.trainings > 0 {
            return Vec::new();
        }
        let of_base = self.base().map_or(0, Base::items);
        let spoken_of = self.trained_items.max(self.sequence_items).max(self.settled_items);
        self.items.fix(spoken_of.unwrap_or(0).max(of_base));
        self.give_up_unused(0..self.items.len() as Item)
    }

    /// Gives up the numbers among these of videos of which nothing is known, and tells which.
    fn give_up_unused(&mut self, items: impl IntoIterator<Item = Item>) -> Vec<Item> {
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

    /// The number of an item, and the place by content that it got since the last training, as bytes: both are kept with the
    /// video.
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

    /// All videos have their places by what was trained.
    pub fn end_training(&mut self) {
        self.trained.content.iter_mut().for_each(Content::end_training);
    }

    /// Another base, or none, is in place with everything on it: the numbers that videos have stay as long as it, since
    /// events know those from before, and so do their places by its content, whatever becomes of their vectors.
    pub fn settle(&mut self) {
        self.settled_items = Some(self.items.len());
        self.items.fix(self.items.len());
        if let Some(content) = &mut self.trained.content {
            content.end_training();
            self.trained_items = self.settled_items;
        }
        let bytes = self.settled_content().save(&self.items);
        self.training = training_of(&bytes);
    }

    /// What of the trained is kept with the numbers.
    fn settled_content(&self) -> Trained {
        let Trained { content, profiles, .. } = &self.trained;
        Trained { content: content.clone(), profiles: *profiles, ..Trained::default() }
    }

    /// What is to be kept of what [`Knowledge::settle`] settled; none where nothing is. With content it is to be kept at
    /// once, as places may be others later.
    pub fn save_settled(&self) -> Option<Vec<u8>> {
        self.settled_items?;
        let training = self.training.to_le_bytes();
        Some([training.as_slice(), &self.settled_content().save(&self.items)].concat())
    }

    /// Whether numbers alone are settled: without videos that only forgotten profiles watched they are to be kept anew.
    pub fn has_settled_numbers_alone(&self) -> bool {
        self.settled_items.is_some() && self.trained.content.is_none()
    }

    /// What [`Knowledge::save_settled`] gave on the same base; to be called before anything is learned.
    pub fn load_settled(&mut self, bytes: &[u8]) -> Result<()> {
        let (training, bytes) = bytes.split_first_chunk().ok_or_else(damaged)?;
        let (items, settled) = Trained::load(bytes)?;
        if items.len() < self.items.len() || self.items.ids().zip(items.ids()).any(|(own, kept)| own != kept) {
            return Err(damaged());
        }
        self.settled_items = Some(items.len());
        if self.trained.content.is_some() && settled.content.is_some() {
            (self.trained_items, self.training) = (self.settled_items, u64::from_le_bytes(*training));
            self.trained.content = settled.content;
        }
        self.take_items(items);
        Ok(())
    }

    /// Gives up settled numbers of videos of which nothing is known any more, where numbers alone are settled.
    fn settle_fewer(&mut self) -> Vec<Item> {
        if !self.has_settled_numbers_alone() {
            return Vec::new();
        }
        self.settled_items = None;
        let unused = self.release_numbers();
        self.settled_items = Some(self.items.len());
        self.items.fix(self.items.len());
        unused
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
        let mut unused = self.forget_trained_on_few();
        unused.extend(self.settle_fewer());
        unused.extend(self.give_up_unused(profile.history().iter().map(|watch| watch.item)));
        unused
    }

    /// Unlearns all that profiles taught, as [`Knowledge::forget`] does; the base stays.
    pub fn forget_all(&mut self, weights: &FeatureWeights) -> Vec<Item> {
        let Knowledge {
            items,
            trained,
            trained_items,
            settled_items,
            training,
            sequence,
            sequence_items,
            trainings,
            forgotten,
            ..
        } = self.clone();
        let sequence = sequence.map(Sequence::without_states);
        let fresh = self.base.as_ref().map_or_else(|| Knowledge::new(weights), Knowledge::on);
        *self = Knowledge {
            items,
            trained,
            trained_items,
            settled_items,
            training,
            sequence,
            sequence_items,
            trainings,
            forgotten,
            ..fresh
        };
        let mut unused = self.forget_trained_on_few();
        unused.extend(self.settle_fewer());
        unused.extend(self.give_up_unused(0..self.items.len() as Item));
        unused
    }

    fn forget_trained_on_few(&mut self) -> Vec<Item> {
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

    /// On a base, with nothing learned yet and no items.
    fn on(standing: &Arc<Standing>) -> Knowledge {
        let mut fresh = Knowledge {
            learned: boxed(&standing.learned),
            trend: standing.trend.clone(),
            trained: standing.trained.clone(),
            watched_items: standing.base.items(),
            base: Some(Arc::clone(standing)),
            home_evidence: Some(standing.home_evidence.clone()),
            ..Knowledge::new(&FeatureWeights::NONE)
        };
        fresh.renew_home_weight();
        fresh
    }

    /// What these profiles taught, in sections for a pack; `profiles` are all that learned from, in the order of their
    /// numbers. What was trained on fewer than 20 profiles stays out. [`Status::InvalidArgument`] for options out of
    /// range, and on a base: what was trained came with it, and is not this household's to tell.
    pub fn pack(&self, options: &PackOptions, profiles: &[&Profile], call: &CallOptions) -> Result<Sections> {
        self.pack_from(options, History::of_profiles(profiles, options), call)
    }

    /// The same of what was trained on these histories.
    pub(super) fn pack_histories(
        &self,
        options: &PackOptions,
        histories: &Histories,
        call: &CallOptions,
    ) -> Result<Sections> {
        self.pack_from(options, History::of_histories(histories, options), call)
    }

    fn pack_from(&self, options: &PackOptions, histories: Vec<History>, call: &CallOptions) -> Result<Sections> {
        if self.base.is_some() {
            let message = "what is known here stands on a pack, and is not packed again; revert the pack first, \
                or train on the events of a service and pack that";
            return Err(Error::invalid(message));
        }
        let parts = self.noise_account(options)?;
        let packing = Packing::new(options, histories, &self.items, parts, call)?;
        let trained_on_few = self.trained.profiles < ANONYMOUS_PROFILES;
        let is_trained = |feature| matches!(feature, Feature::Ease | Feature::Factors | Feature::Content);
        let told = self.recommenders().filter(|own| !(trained_on_few && is_trained(own.feature())));
        pack::pack(&packing, &self.items, told)
    }

    /// What the noise of `options` costs, table by table; nothing without noise. Refuses options out of range.
    pub fn noise_account(&self, options: &PackOptions) -> Result<Vec<NoisePart>> {
        options.validate()?;
        let Some(noise) = options.noise else { return Ok(Vec::new()) };
        let of = |own: &dyn Recommender| Some((SectionKind::of(own.feature())?, own.sensitivity(noise.most_watches)?));
        let tables: Vec<(SectionKind, Sensitivity)> = self.recommenders().filter_map(of).collect();
        Ok(noise.parts(&[&[noise.items_sensitivity()], tables.as_slice()].concat()))
    }

    /// What each feature counts, of what [`Knowledge::pack`] gave; none where that does not say.
    pub fn packed_weights(sections: &[(SectionKind, &[u8])]) -> Result<Option<FeatureWeights>> {
        pack::weights(sections)
    }

    /// What [`Knowledge::pack`] gave, as a base for what is learned from then on; features that do not count in `weights`
    /// are left out. A watch at home counts as those of a share of the pack's profiles, and as one at least.
    /// [`Status::Corrupt`] for bytes that were never packed.
    pub fn unpack(
        weights: &FeatureWeights,
        sections: &[(SectionKind, &[u8])],
        home_share: HomeShare,
    ) -> Result<Unpacked> {
        Knowledge::unpack_within(weights, sections, home_share, &CallOptions::default())
    }

    /// The same within the bounds of a call, which are looked at before each table.
    pub fn unpack_within(
        weights: &FeatureWeights,
        sections: &[(SectionKind, &[u8])],
        home_share: HomeShare,
        call: &CallOptions,
    ) -> Result<Unpacked> {
        call.check()?;
        home_share.validate()?;
        let (items, base, packed_weights) = pack::unpack(sections)?;
        let base = Arc::new(base);
        let mut fresh = Knowledge::new(weights);
        for own in &mut fresh.learned {
            call.check()?;
            unpack_into(own.as_mut(), sections, &base)?;
        }
        unpack_into(&mut fresh.trend, sections, &base)?;
        call.check()?;
        let counts = |feature| weights.of(feature) != 0.0;
        let trained = Trained {
            ease: unpacked::<Ease>(sections, &base)?.filter(|_| counts(Feature::Ease)),
            factors: unpacked::<Factors>(sections, &base)?.filter(|_| counts(Feature::Factors)),
            content: unpacked::<Content>(sections, &base)?.filter(|_| counts(Feature::Content)),
            profiles: usize::try_from(base.profiles).unwrap_or(usize::MAX),
        };
        let Knowledge { learned, trend, .. } = fresh;
        let home_evidence = HomeEvidence::new(Arc::clone(&base), home_share);
        let standing = Arc::new(Standing { base, home_evidence, learned, trend, trained });
        // Places by another pack's content are not taken for those by this one's.
        let content = sections.iter().find(|section| section.0 == SectionKind::Content);
        let training = content.map_or(0, |(_, bytes)| training_of(bytes));
        let knowledge = Knowledge { items, training, ..Knowledge::on(&standing) };
        Ok(Unpacked { knowledge, weights: packed_weights })
    }

    /// Takes another base, or none, in place of this one: `new` has learned nothing yet. The histories of all profiles,
    /// guests among them, get the numbers that videos have there, and are learned again; what their choices taught
    /// stays. `new` as it is on return is what was [`Knowledge::unpack`]ed, with what this household taught on top. Looks at
    /// the bounds of the call before each profile; where it ends there, this is as it was, and `profiles` are of no use.
    pub fn adopt(&mut self, mut new: Knowledge, profiles: &mut [Profile], call: &CallOptions) -> Result<()> {
        let mut is_watched = vec![false; self.items.len()];
        let learned = profiles.iter().filter(|profile| profile.number().is_some());
        learned.flat_map(Profile::history).for_each(|watch| is_watched[watch.item as usize] = true);
        for (id, _) in self.items.ids().zip(&is_watched).filter(|(_, is_watched)| **is_watched) {
            new.items.number_or_new(id);
        }
        let numbers: Vec<Option<Item>> = self.items.ids().map(|id| new.items.number(id)).collect();
        for profile in profiles.iter_mut() {
            profile.renumber(|item| numbers.get(item as usize).copied().flatten());
        }
        new.numbers = self.numbers;
        new.forgotten = self.forgotten;
        for profile in &*profiles {
            call.check()?;
            new.learn_all_of(profile);
        }
        *self = new;
        Ok(())
    }

    /// Learns a whole history that has its numbers.
    fn learn_all_of(&mut self, profile: &Profile) {
        if profile.number().is_none() || profile.history().is_empty() {
            return;
        }
        self.profiles += 1;
        (0..).zip(profile.history()).for_each(|(place, watch)| self.count_watch(watch.item, place));
        let watches: Vec<(&Profile, usize)> = (0..profile.history().len()).map(|place| (profile, place)).collect();
        self.learn(&watches);
    }
}

/// Hands a recommender its part of a pack; one whose part is missing learns from nothing.
fn unpack_into(own: &mut dyn Recommender, sections: &[(SectionKind, &[u8])], base: &Arc<Base>) -> Result<()> {
    let Some(kind) = SectionKind::of(own.feature()) else { return own.unpack(&[], base) };
    let section = sections.iter().find(|section| section.0 == kind);
    section.map_or(Ok(()), |(_, bytes)| own.unpack(bytes, base))
}

/// What was trained, where the pack has it.
fn unpacked<R: Recommender + Default>(sections: &[(SectionKind, &[u8])], base: &Arc<Base>) -> Result<Option<R>> {
    let mut own = R::default();
    let kind = SectionKind::of(own.feature());
    let is_there = sections.iter().any(|section| Some(section.0) == kind);
    unpack_into(&mut own, sections, base)?;
    Ok(Some(own).filter(|_| is_there))
}
