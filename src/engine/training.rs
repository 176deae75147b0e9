//! Training: what is computed in one go from all profiles' histories, beside what each event brings up
//! to date.

use std::collections::BTreeMap;

use ndarray::Array2;

use super::Engine;
use super::snapshot::Snapshot;
use crate::domain::{CallOptions, Error, Feature, Result, Status};
use crate::learning::training::{
    AlsOptions, ContentFeatures, ContentOptions, EaseOptions, train_als, train_content, train_ease,
};
use crate::learning::{Content, Ease, Factors, FactorsOptions, Profile, Trained, Watch};
use crate::store::Store;

/// Tags that count for a video's place: the most common ones, of at least so many videos.
const TAGS: usize = 512;
const LEAST_VIDEOS: usize = 5;

/// Under which name the store keeps what was trained.
pub const STATE: &str = "trained";

impl Engine {
    /// Trains on everything recorded so far what the features that have a weight need, uses it from then on, and keeps
    /// it in the store. What is recorded meanwhile is learned as usual and counts in the next training. Without a
    /// watch there is nothing to train, and what was trained before goes. [`Status::Cancelled`] where few profiles were
    /// trained on and one of them was forgotten meanwhile.
    pub fn train(&self, call: &CallOptions) -> Result<()> {
        self.shared.check_writable()?;
        if self.shared.options.store.as_ref().is_some_and(|store| store.open.read_only) {
            return Err(Error::new(
                Status::ReadOnly,
                "the store is open for reading, and what is trained could not be kept",
            ));
        }
        // Numbers stay while it goes on: every video of the catalogue has one.
        self.publish_numbers(Snapshot::begin_training)?;
        self.train_on(&self.shared.snapshot.load_full(), call).inspect_err(|_| {
            // Where this fails, too, numbers stay that nobody needs.
            let _ = self.publish_numbers(Snapshot::give_up_training);
        })
    }

    fn publish_numbers(&self, change: impl FnOnce(&mut Snapshot)) -> Result<()> {
        let change = |next: &mut Snapshot| {
            change(next);
            Ok(())
        };
        self.shared.publish(change, |_| Ok(()), || ())
    }

    fn train_on(&self, on: &Snapshot, call: &CallOptions) -> Result<()> {
        let trained = trained(on, call)?;
        let change = |next: &mut Snapshot| {
            next.set_trained(trained, on)?;
            let bytes = self.shared.store.as_ref().map(|_| next.save_trained());
            Ok(move |store: &Store| store.put_state(None, STATE, bytes.as_deref()))
        };
        self.shared.publish_beside(|| self.shared.queue.reading().bytes, change, || ())
    }
}

fn trained(snapshot: &Snapshot, call: &CallOptions) -> Result<Trained> {
    // Profiles by their numbers, which do not depend on the order of a map.
    let mut profiles: Vec<&Profile> = snapshot.profiles().filter(|profile| teaches(profile)).collect();
    profiles.sort_unstable_by_key(|profile| profile.number());
    let histories: Vec<&[Watch]> = profiles.into_iter().map(Profile::history).collect();
    let mut trained = Trained { profiles: histories.len(), ..Trained::default() };
    if histories.is_empty() {
        return Ok(trained);
    }
    let counts = |feature: Feature| snapshot.weights().of(feature) != 0.0;
    let items = snapshot.knowledge().items().len();
    if counts(Feature::Ease) {
        let weights = train_ease(&histories, items, &EaseOptions::default(), call)?;
        trained.ease = Some(Ease::new(weights, Ease::DECAY)?);
    }
    if counts(Feature::Factors) {
        let options = AlsOptions::default();
        let model = train_als(&histories, items, &options, call)?;
        let fold_in = FactorsOptions {
            regularisation: options.regularisation,
            confidence: options.confidence,
            ..FactorsOptions::default()
        };
        trained.factors = Some(Factors::new(model.items, fold_in)?);
    }
    if counts(Feature::Content) {
        trained.content = content(snapshot, &histories, call)?;
    }
    Ok(trained)
}

fn teaches(profile: &Profile) -> bool {
    profile.number().is_some() && !profile.history().is_empty()
}

fn content(snapshot: &Snapshot, histories: &[&[Watch]], call: &CallOptions) -> Result<Option<Content>> {
    let catalogue = &snapshot.catalogue;
    let items = snapshot.knowledge().items();
    let tags = common_tags(snapshot);
    let numbers: BTreeMap<&str, u32> = tags.iter().copied().zip(0..).collect();
    let mut dense = Array2::zeros((items.len(), catalogue.vectors().dimensions()));
    let mut of_items = vec![Vec::new(); items.len()];
    for (item, id) in items.ids().enumerate() {
        if let Some(row) = catalogue.row(id).filter(|row| !catalogue.without_vector().contains(*row)) {
            let vector = catalogue.vectors().values(row);
            dense.row_mut(item).iter_mut().zip(vector.iter()).for_each(|(place, value)| *place = *value);
            of_items[item] = catalogue.tags_of(row).filter_map(|tag| numbers.get(tag).copied()).collect();
        }
    }
    let features = ContentFeatures { dense: dense.view(), tags: &of_items, tag_count: tags.len() };
    let map = train_content(&features, histories, &ContentOptions::default(), call)?;
    Ok(map.map(|map| Content::new(map, &tags)))
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
