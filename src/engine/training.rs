//! Training: what is computed in one go from all profiles' histories, beside what each event brings up
//! to date.

use std::collections::BTreeMap;
use std::sync::Arc;

use ndarray::Array2;
use sha2::{Digest, Sha256};

use super::Engine;
use super::snapshot::Snapshot;
use crate::domain::{CallOptions, Error, Feature, FeatureWeights, Result, Status, ThreadHost};
use crate::learning::training::{
    Crew, EventColumns, Histories, ItemContent, MEMORY_LIMIT_BYTES, Means, Training, train_feature,
};
use crate::learning::{Items, Knowledge, Profile, Trained, Watch};
use crate::store::Store;

/// Tags that count for a video's place: the most common ones, of at least so many videos.
const TAGS: usize = 512;
const LEAST_VIDEOS: usize = 5;

/// Under which name the store keeps what was trained.
pub const STATE: &str = "trained";

/// What a training may use.
#[derive(Debug, Clone, Copy, Default)]
pub struct TrainOptions {
    /// The caller's own included, at most [`crate::domain::limits::TRAINING_THREADS`]. 0 and 1: the caller's alone.
    pub threads: u32,
    /// Starts the others, where there are more than one.
    pub host: Option<ThreadHost>,
    /// The most that a step of the training may take beside what the engine holds. 0: 1 GiB.
    pub memory_limit_bytes: usize,
}

impl TrainOptions {
    pub(super) fn crew(&self) -> Result<Crew> {
        Crew::new(self.threads, self.host)
    }

    /// The limit as a number of bytes.
    pub fn memory_limit(&self) -> usize {
        if self.memory_limit_bytes == 0 { MEMORY_LIMIT_BYTES } else { self.memory_limit_bytes }
    }
}

impl Engine {
    /// Trains on everything recorded so far what the features that have a weight need, uses it from then on, and keeps
    /// it in the store. What is recorded meanwhile is learned as usual and counts in the next training. Without a
    /// watch there is nothing to train, and what was trained before goes. [`Status::Cancelled`] where few profiles were
    /// trained on and one of them was forgotten meanwhile.
    pub fn train(&self, call: &CallOptions) -> Result<()> {
        self.train_with(&TrainOptions::default(), call)
    }

    /// Like [`Engine::train`], with a say in what it may use.
    pub fn train_with(&self, options: &TrainOptions, call: &CallOptions) -> Result<()> {
        self.check_trainable()?;
        let crew = options.crew()?;
        let means = Means { memory_limit_bytes: options.memory_limit(), crew: &crew, call };
        // Numbers stay while it goes on: every video of the catalogue has one.
        self.publish_numbers(Snapshot::begin_training)?;
        let on = self.shared.snapshot.load_full();
        let done = trained(&on, means).and_then(|trained| self.publish_trained(|next| next.set_trained(trained, &on)));
        done.inspect_err(|_| {
            // Where this fails, too, numbers stay that nobody needs.
            let _ = self.publish_numbers(Snapshot::give_up_training);
        })
    }

    /// An empty table for the events of a service, in which the videos of the catalogue have numbers.
    pub fn event_columns(&self) -> EventColumns {
        EventColumns::new(numbered(&self.shared.snapshot.load_full()))
    }

    /// The histories that the events of a service make by this engine's rules, with what its catalogue knows of the videos,
    /// and the numbers of the videos in them.
    pub fn histories(
        &self,
        events: EventColumns,
        options: &TrainOptions,
        call: &CallOptions,
    ) -> Result<(Items, Histories)> {
        let snapshot = self.shared.snapshot.load_full();
        let about = |id: &str| snapshot.catalogue.row(id).and_then(|row| snapshot.catalogue.watched_video(row));
        events.into_histories(*snapshot.rules(), about, &options.crew()?, call)
    }

    /// SHA-256 of all that a training on the events of a service takes from the catalogue.
    pub fn catalogue_hash(&self) -> [u8; 32] {
        let snapshot = self.shared.snapshot.load_full();
        let mut ids: Vec<&str> = snapshot.catalogue.live().iter().map(|row| snapshot.catalogue.id(row)).collect();
        ids.sort_unstable();
        let mut hash = Sha256::new();
        for row in ids.into_iter().filter_map(|id| snapshot.catalogue.row(id)) {
            let tags: Vec<&str> = snapshot.catalogue.tags_of(row).collect();
            let about = (snapshot.catalogue.id(row), tags, snapshot.catalogue.watched_video(row));
            hash.update(format!("{about:?}"));
            snapshot.catalogue.vectors().values(row).iter().for_each(|value| hash.update(value.to_le_bytes()));
        }
        hash.finalize().into()
    }

    /// The training of what the features that have one of these weights need from such histories. Nothing is trained yet,
    /// and nothing of the engine changes.
    pub fn training(
        &self,
        items: Items,
        histories: impl Into<Arc<Histories>>,
        weights: &FeatureWeights,
    ) -> Result<Training> {
        let content = item_content(&self.shared.snapshot.load_full(), &items);
        Training::new(items, histories, weights, Some(content))
    }

    /// Uses what was trained in one go on the events of a service as [`Engine::train`] does, and keeps it in the store.
    /// What is learned event by event stays that of the engine's own profiles.
    pub fn take_trained(&self, knowledge: &Knowledge) -> Result<()> {
        self.check_trainable()?;
        self.publish_trained(|next| {
            let on = next.clone();
            next.begin_training_on(knowledge.items())?;
            next.set_trained(knowledge.trained().clone(), &on)
        })
    }

    /// Whether [`Engine::train`] and [`Engine::take_trained`] would take anything now: not in a store that is open for
    /// reading, nor while a pack is in use.
    pub fn check_trainable(&self) -> Result<()> {
        self.shared.check_writable()?;
        if self.shared.options.store.as_ref().is_some_and(|store| store.open.read_only) {
            return Err(Error::new(
                Status::ReadOnly,
                "the store is open for reading, and what is trained could not be kept",
            ));
        }
        // What would be refused at the end is not begun.
        self.shared.snapshot.load_full().knowledge().check_trainable()
    }

    fn publish_numbers(&self, change: impl FnOnce(&mut Snapshot)) -> Result<()> {
        let change = |next: &mut Snapshot| {
            change(next);
            Ok(())
        };
        self.shared.publish(change, |_| Ok(()), || ())
    }

    fn publish_trained(&self, set: impl FnOnce(&mut Snapshot) -> Result<()>) -> Result<()> {
        let change = |next: &mut Snapshot| {
            set(next)?;
            let bytes = self.shared.store.as_ref().map(|_| next.save_trained());
            Ok(move |store: &Store| store.put_state(None, STATE, bytes.as_deref()))
        };
        self.shared.publish_beside(|| self.shared.queue.reading().bytes, change, || ())
    }
}

fn trained(snapshot: &Snapshot, means: Means<'_>) -> Result<Trained> {
    let histories: Vec<&[Watch]> = teaching(snapshot).into_iter().map(Profile::history).collect();
    let mut trained = Trained { profiles: histories.len(), ..Trained::default() };
    if histories.is_empty() {
        return Ok(trained);
    }
    let items = snapshot.knowledge().items();
    for (feature, _) in snapshot.weights().counting() {
        let content = (feature == Feature::Content).then(|| item_content(snapshot, items));
        train_feature(feature, &histories, items, content.as_ref(), means, &mut trained)?;
    }
    Ok(trained)
}

/// The profiles that watched anything and teach, by their numbers, which do not depend on the order of a map.
pub(super) fn teaching(snapshot: &Snapshot) -> Vec<&Profile> {
    let teaches = |profile: &&Profile| profile.number().is_some() && !profile.history().is_empty();
    let mut profiles: Vec<&Profile> = snapshot.profiles().filter(teaches).collect();
    profiles.sort_unstable_by_key(|profile| profile.number());
    profiles
}

/// The numbers of all videos of the catalogue, and of those that were watched.
pub(super) fn numbered(snapshot: &Snapshot) -> Items {
    let mut items = snapshot.knowledge().items().clone();
    for row in snapshot.catalogue.live().iter() {
        items.number_or_new(snapshot.catalogue.id(row));
    }
    items
}

/// What the catalogue knows of the videos with these numbers.
pub(super) fn item_content(snapshot: &Snapshot, items: &Items) -> ItemContent {
    let catalogue = &snapshot.catalogue;
    let tag_names = common_tags(snapshot);
    let numbers: BTreeMap<&str, u32> = tag_names.iter().copied().zip(0..).collect();
    let mut dense = Array2::zeros((items.len(), catalogue.vectors().dimensions()));
    let mut tags = vec![Vec::new(); items.len()];
    for (item, id) in items.ids().enumerate() {
        if let Some(row) = catalogue.row(id).filter(|row| !catalogue.without_vector().contains(*row)) {
            let vector = catalogue.vectors().values(row);
            dense.row_mut(item).iter_mut().zip(vector.iter()).for_each(|(place, value)| *place = *value);
            tags[item] = catalogue.tags_of(row).filter_map(|tag| numbers.get(tag).copied()).collect();
        }
    }
    ItemContent { dense, tags, tag_names: tag_names.into_iter().map(str::to_owned).collect() }
}

/// The most common tags, most common first.
fn common_tags(snapshot: &Snapshot) -> Vec<&str> {
    let mut videos: BTreeMap<&str, usize> = BTreeMap::new();
    for row in snapshot.catalogue.live().iter() {
        snapshot.catalogue.tags_of(row).for_each(|tag| *videos.entry(tag).or_default() += 1);
    }
    let mut common: Vec<(&str, usize)> = videos.into_iter().filter(|(_, count)| *count >= LEAST_VIDEOS).collect();
    // A stable sort: tags of as many videos stay in their order.
    common.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    common.into_iter().take(TAGS).map(|(tag, _)| tag).collect()
}
