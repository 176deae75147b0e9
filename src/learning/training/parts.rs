//! A whole training from the histories of many profiles, part by part: each feature that has a weight is one part,
//! learned or trained on its own, saved on its own, and taken up again from what was saved. Nothing of it knows who the
//! profiles are.

use std::sync::Arc;

use ndarray::Array2;

use super::als::{AlsOptions, AlsSolver, train_als_with};
use super::canonical::Canonical;
use super::content::{ContentFeatures, ContentOptions, train_content_with};
use super::crew::Crew;
use super::ease::{EaseOptions, train_ease_with};
use super::histories::Histories;
use super::{MEMORY_LIMIT_BYTES, check_memory};
use crate::domain::{CallOptions, Error, Feature, FeatureWeights, Result};
use crate::learning::knowledge::learner;
use crate::learning::{
    Content, Ease, Factors, FactorsOptions, Item, Items, Knowledge, PackOptions, Recommender, Sections, Trained, Trend,
    Watch,
};

/// Steps of a vector in a sweep of least squares; see [`AlsSolver`].
const STEPS: usize = 3;

/// What is known of videos, for their places by content: a row or list for each item.
#[derive(Debug, Clone, Default)]
pub struct ItemContent {
    /// Vectors of texts; all zero for an item without one.
    pub dense: Array2<f32>,
    /// The numbers of the tags that count.
    pub tags: Vec<Vec<u32>>,
    /// Their names.
    pub tag_names: Vec<String>,
}

impl ItemContent {
    fn features(&self) -> ContentFeatures<'_> {
        ContentFeatures { dense: self.dense.view(), tags: &self.tags, tag_count: self.tag_names.len() }
    }

    /// Memory in bytes, about.
    fn bytes(&self) -> usize {
        let of_tags = |tags: &Vec<u32>| size_of::<Vec<u32>>() + size_of_val(tags.as_slice());
        size_of_val(self.dense.as_slice().unwrap_or(&[])) + self.tags.iter().map(of_tags).sum::<usize>()
    }

    /// Gives each item its place that anything is known of.
    fn place_all(&self, content: &mut Content) {
        for (item, (vector, tags)) in (0..).zip(self.dense.rows().into_iter().zip(&self.tags)) {
            let is_known = !tags.is_empty() || vector.iter().any(|value| *value != 0.0);
            let names = tags.iter().map(|tag| self.tag_names[*tag as usize].as_str());
            if let Some(vector) = vector.as_slice().filter(|_| is_known) {
                // One that cannot be placed has none.
                let _ = content.place(item, vector, names);
            }
        }
    }
}

/// The memory that one part may take, threads, and the bounds of the call.
#[derive(Clone, Copy)]
pub struct Means<'a> {
    pub memory_limit_bytes: usize,
    pub crew: &'a Crew,
    pub call: &'a CallOptions,
}

impl<'a> Means<'a> {
    /// 1 GiB.
    pub fn new(crew: &'a Crew, call: &'a CallOptions) -> Means<'a> {
        Means { memory_limit_bytes: MEMORY_LIMIT_BYTES, crew, call }
    }
}

/// Trains a feature that is trained in one go, and puts it with the others; does nothing for any other feature. The same
/// histories give the same values, whichever numbers the videos have and whichever profile comes first.
pub fn train_feature(
    feature: Feature,
    histories: &[&[Watch]],
    items: &Items,
    content: Option<&ItemContent>,
    means: Means<'_>,
    trained: &mut Trained,
) -> Result<()> {
    if !matches!(feature, Feature::Ease | Feature::Factors | Feature::Content) {
        return Ok(());
    }
    let Means { memory_limit_bytes, crew, call } = means;
    let content = content.filter(|_| feature == Feature::Content);
    let copied = Canonical::bytes(histories, items.len()).saturating_add(content.map_or(0, ItemContent::bytes));
    check_memory(copied, memory_limit_bytes)?;
    let memory_limit_bytes = memory_limit_bytes - copied;
    let canonical = Canonical::new(histories, items);
    let (histories, items) = (canonical.histories(), items.len());
    match (feature, content) {
        (Feature::Ease, _) => {
            let options = EaseOptions { memory_limit_bytes, ..EaseOptions::default() };
            let weights = train_ease_with(crew, &histories, items, &options, call)?;
            trained.ease = Some(Ease::new(Arc::new(canonical.weights(&weights)), Ease::DECAY)?);
        }
        (Feature::Factors, _) => {
            let solver = AlsSolver::ConjugateGradients(STEPS);
            let options = AlsOptions { memory_limit_bytes, solver, ..AlsOptions::default() };
            let model = train_als_with(crew, &histories, items, &options, call)?;
            let AlsOptions { regularisation, confidence, .. } = options;
            let fold_in = FactorsOptions { regularisation, confidence, ..FactorsOptions::default() };
            trained.factors = Some(Factors::new(canonical.rows(&model.items), fold_in)?);
        }
        (Feature::Content, Some(content)) => {
            let options = ContentOptions { memory_limit_bytes, ..ContentOptions::default() };
            let content = canonical.content(content);
            let map = train_content_with(crew, &content.features(), &histories, &options, call)?;
            let names: Vec<&str> = content.tag_names.iter().map(String::as_str).collect();
            trained.content = map.map(|map| Content::new(map, &names));
        }
        _ => {}
    }
    Ok(())
}

/// See the module.
#[derive(Debug)]
pub struct Training {
    items: Items,
    histories: Arc<Histories>,
    content: Option<ItemContent>,
    /// In the order of features, without the trend.
    learned: Vec<Box<dyn Recommender>>,
    trend: Trend,
    trained: Trained,
    parts: Vec<Feature>,
}

/// Cells that a watch can add to a recommender's tables.
fn cells_of_a_watch(feature: Feature) -> usize {
    match feature {
        Feature::Transitions | Feature::Context => 10,
        Feature::ItemNeighbours => 100,
        Feature::UserNeighbours | Feature::GraphWalk | Feature::Trend => 2,
        _ => 0,
    }
}

impl Training {
    /// Nothing learned yet. `items` are the numbers of the videos in the histories; of `weights` it counts which are 0;
    /// without `content` that feature is no part.
    pub fn new(
        items: Items,
        histories: impl Into<Arc<Histories>>,
        weights: &FeatureWeights,
        content: Option<ItemContent>,
    ) -> Result<Training> {
        let histories = histories.into();
        if histories.items() != items.len() {
            let (counted, named) = (histories.items(), items.len());
            return Err(Error::invalid(format!("the histories are of {counted} items, {named} have an id")));
        }
        let counts = |feature: &Feature| weights.of(*feature) != 0.0;
        let has_content = content.as_ref().is_some_and(|content| content.tags.len() == items.len());
        let is_part = |feature: &Feature| match feature {
            Feature::Trend => true,
            Feature::Content => has_content && counts(feature),
            Feature::Ease | Feature::Factors => counts(feature),
            feature => counts(feature) && learner(*feature).is_some(),
        };
        Ok(Training {
            learned: Feature::ALL.into_iter().filter(is_part).filter_map(learner).collect(),
            parts: Feature::ALL.into_iter().filter(is_part).collect(),
            trained: Trained { profiles: histories.profiles(), ..Trained::default() },
            trend: Trend::default(),
            histories,
            items,
            content,
        })
    }

    /// The parts, in the order of their features; each is to be trained or restored.
    pub fn parts(&self) -> &[Feature] {
        &self.parts
    }

    pub fn histories(&self) -> &Histories {
        &self.histories
    }

    /// The videos by the numbers that they have in the histories.
    pub fn items(&self) -> &Items {
        &self.items
    }

    /// Trains a part. On an error the others are as they were, and this one is of no use until it is trained again.
    pub fn train(&mut self, part: Feature, means: Means<'_>) -> Result<()> {
        let histories = Arc::clone(&self.histories);
        let Some(recommender) = self.learning(part) else {
            let content = self.content.as_ref();
            return train_feature(part, &histories.all(), &self.items, content, means, &mut self.trained);
        };
        check_memory(bytes_to_learn(part, &histories, means.crew.threads()), means.memory_limit_bytes)?;
        recommender.learn_histories(&histories, means.crew, means.call)
    }

    /// What learns the part watch by watch; none for one that is trained in one go.
    fn learning(&mut self, part: Feature) -> Option<&mut dyn Recommender> {
        if part == Feature::Trend {
            return Some(&mut self.trend);
        }
        let found = self.learned.iter_mut().find(|recommender| recommender.feature() == part)?;
        Some(found.as_mut())
    }

    /// The state of a part that was trained; nothing where nothing came of it.
    pub fn state(&self, part: Feature) -> Vec<u8> {
        let trend: &dyn Recommender = &self.trend;
        let all = self.learned.iter().map(AsRef::as_ref).chain([trend]).chain(self.trained.recommenders());
        all.into_iter().find(|recommender| recommender.feature() == part).map_or(Vec::new(), Recommender::save)
    }

    /// Takes up a part from its state; on an error it is as it was.
    pub fn restore(&mut self, part: Feature, state: &[u8]) -> Result<()> {
        if state.is_empty() {
            return Ok(());
        }
        if let Some(recommender) = self.learning(part) {
            return recommender.load(state);
        }
        self.trained.restore(part, state)
    }

    /// What was trained and what is counted of the histories, in sections for a pack; see [`Knowledge::pack`]. The
    /// parts that are learned watch by watch need no training for it, since they are counted anew.
    pub fn pack(self, options: &PackOptions, call: &CallOptions) -> Result<Sections> {
        let histories = Arc::clone(&self.histories);
        self.finish().pack_histories(options, &histories, call)
    }

    /// All that was learned and trained, with the places of all videos that anything is known of.
    pub fn finish(mut self) -> Knowledge {
        if let (Some(content), Some(known)) = (&mut self.trained.content, &self.content) {
            known.place_all(content);
            content.end_training();
        }
        Knowledge::assembled(self.items, &self.histories, self.learned, self.trend, self.trained)
    }
}

/// What a recommender's tables may take while they are made: the cells, and again where they are kept.
fn bytes_to_learn(feature: Feature, histories: &Histories, threads: usize) -> usize {
    let items = histories.items();
    let cells = histories.watches().saturating_mul(cells_of_a_watch(feature)).min(items.saturating_mul(items));
    // A row's counts, and its cells once more while they are gathered.
    let per_thread = items.saturating_mul(size_of::<u32>() + 2 * size_of::<(Item, u32)>());
    let of_watches = histories.watches().saturating_mul(size_of::<Item>());
    let of_cells = cells.saturating_mul(2 * size_of::<(Item, u32)>());
    of_cells.saturating_add(of_watches).saturating_add(per_thread.saturating_mul(threads))
}
