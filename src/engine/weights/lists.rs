//! The lists that weights are learned by: those that an engine would give which had learned what was not held out.

use std::sync::Arc;

use super::held_out::{Asked, held_out, learned};
use super::measures::ndcg;
use crate::domain::{CallOptions, Error, Feature, FeatureWeights, Query, Ranking, Result, Status};
use crate::engine::lists::taste_of;
use crate::engine::snapshot::Snapshot;
use crate::engine::training::item_content;
use crate::learning::training::{Crew, Histories, Means, Pieces, Training};
use crate::learning::{Engaged, Items, Knowledge, Taste, Viewer, Watch};
use crate::ranking::{Blend, ItemRows, Searching, searchable_rows, with_scores};
use crate::vectors::{Bitmap, Kernel, Metric};

/// Lists that one piece of work makes.
const LISTS: usize = 16;

/// What was learned of one cut, and whom it is asked for.
struct Cut {
    knowledge: Knowledge,
    asked: Vec<Asked>,
}

/// See the module.
pub struct HeldOutLists {
    snapshot: Arc<Snapshot>,
    histories: Arc<Histories>,
    item_rows: ItemRows,
    searchable: Bitmap,
    cuts: Vec<Cut>,
    query: Query,
    kernel: Kernel,
    metric: Metric,
}

/// Where one list stands: the cut, and its place there.
type Place = (usize, usize);

impl HeldOutLists {
    /// Nothing is trained yet. `items` are the numbers of the videos in the histories.
    pub fn new(
        snapshot: Arc<Snapshot>,
        histories: Arc<Histories>,
        items: &Items,
        (kernel, metric): (Kernel, Metric),
        call: &CallOptions,
    ) -> Result<HeldOutLists> {
        let catalogue = &snapshot.catalogue;
        let row = |(item, id): (u32, &str)| catalogue.row(id).map(|row| (item, row));
        let pairs: Vec<(u32, usize)> = (0..).zip(items.ids()).filter_map(row).collect();
        let item_rows = ItemRows::of(&pairs);
        let searchable = searchable_rows(catalogue, None, call)?;
        let cuts = held_out(&histories, &item_rows, &searchable);
        let cuts = cuts.into_iter().map(|asked| Cut { knowledge: Knowledge::new(&FeatureWeights::NONE), asked });
        let cuts = cuts.collect();
        // No places are kept for new videos, which no weight would change.
        let query = Query { ranking: Ranking::Blend, new_video_share: 0.0, ..Query::for_profile("") };
        Ok(HeldOutLists { snapshot, histories, item_rows, searchable, cuts, query, kernel, metric })
    }

    /// How many lists weights are chosen by, or confirmed by.
    pub fn count(&self, confirms: bool) -> usize {
        self.places(confirms).len()
    }

    fn places(&self, confirms: bool) -> Vec<Place> {
        let cuts = self.cuts.iter().enumerate();
        let places = cuts.flat_map(|(cut, Cut { asked, .. })| (0..asked.len()).map(move |place| (cut, place)));
        places.filter(|(cut, place)| self.cuts[*cut].asked[*place].confirms == confirms).collect()
    }

    /// Trains each cut on what is not held out there, so that lists can count these features. What all cuts hold together
    /// stays within the limit of `means`.
    pub fn train(&mut self, items: &Items, features: &FeatureWeights, means: Means<'_>) -> Result<()> {
        let mut held = 0;
        for cut in &mut self.cuts {
            let histories = learned(&self.histories, &cut.asked)?;
            let own = Histories::bytes(histories.watches(), histories.profiles(), histories.items());
            let memory_limit_bytes = left(means.memory_limit_bytes, held + own)?;
            let content = item_content(&self.snapshot, items);
            let mut training = Training::new(items.clone(), histories, features, Some(content))?;
            for part in training.parts().to_vec() {
                training.train(part, Means { memory_limit_bytes, ..means })?;
            }
            cut.knowledge = training.finish();
            held += cut.knowledge.bytes();
            left(means.memory_limit_bytes, held)?;
        }
        Ok(())
    }

    /// The nDCG@10 of each list on one side with these weights.
    pub fn measure(
        self: &Arc<Self>,
        confirms: bool,
        weights: FeatureWeights,
        crew: &Crew,
        call: &CallOptions,
    ) -> Result<Vec<f64>> {
        let (lists, places, call) = (Arc::clone(self), self.places(confirms), call.silent());
        let (count, of_pieces) = (places.len().div_ceil(LISTS), call.clone());
        let measured = crew.map(Pieces::silent(count), &of_pieces, move |piece| {
            let places = &places[piece * LISTS..places.len().min((piece + 1) * LISTS)];
            places.iter().map(|place| lists.ndcg(*place, weights, &call)).collect::<Result<Vec<f64>>>()
        })?;
        Ok(measured.into_iter().flatten().collect())
    }

    fn ndcg(&self, (cut, place): Place, weights: FeatureWeights, call: &CallOptions) -> Result<f64> {
        let Cut { knowledge, asked } = &self.cuts[cut];
        let asked = &asked[place];
        let history = &self.histories.history(asked.profile)[..asked.length];
        let taste = self.taste(history, call)?;
        let viewer =
            Viewer { profile: Some(asked.profile), history, now_utc_ms: asked.now_utc_ms, context: asked.context };
        let (item_rows, taste) = (&self.item_rows, taste.as_ref());
        let given = Blend { knowledge, item_rows, viewer, taste, weights, new_video_share: 0.0, bandit: None };
        let mut allowed = self.searchable.clone();
        history.iter().filter_map(|watch| item_rows.row(watch.item)).for_each(|row| allowed.remove(row));
        let searching = Searching { kernel: self.kernel, metric: self.metric, pool: None };
        with_scores(&self.snapshot.catalogue, &given, self.query.limit, call, |scores| {
            let list = scores.list(allowed, &self.query, None, searching, call)?.list;
            let hits: Vec<bool> = list.iter().map(|scored| scored.row == asked.wanted).collect();
            Ok(ndcg(&hits, 1, self.query.limit))
        })
    }

    /// Histories know what was watched and not how far, so that each watch attracts alike.
    fn taste(&self, history: &[Watch], call: &CallOptions) -> Result<Option<Taste>> {
        let engaged = |(later, watch): (usize, &Watch)| {
            let row = self.item_rows.row(watch.item)?;
            Some(Engaged { row, weight: 1.0, later_watches: Some(later) })
        };
        let engaged: Vec<Engaged> = history.iter().rev().enumerate().filter_map(engaged).collect();
        taste_of(&self.snapshot, &engaged, call)
    }
}

/// What is left of a limit beside what is held.
fn left(limit: usize, held: usize) -> Result<usize> {
    limit.checked_sub(held).ok_or_else(|| {
        let message = format!("learning weights needs more than {held} bytes, memory_limit_bytes is {limit}");
        Error::new(Status::MemoryLimit, message)
    })
}

/// Features whose weights are not learned unless they count already: their part stays where the events are, and no pack has
/// it.
const STAY_AT_HOME: [Feature; 2] = [Feature::UserNeighbours, Feature::GraphWalk];

/// Features whose weights are learned from a start. A network is trained elsewhere, maybe on what is held out here.
pub fn learned_features(start: &FeatureWeights) -> Vec<Feature> {
    let is_learned = |feature: &Feature| match feature {
        Feature::Sequence => false,
        feature => start.of(*feature) != 0.0 || !STAY_AT_HOME.contains(feature),
    };
    Feature::ALL.into_iter().filter(is_learned).collect()
}
