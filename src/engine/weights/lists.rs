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

/// What was learned of one cut, and the lists that are asked for there.
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
        let untrained = |asked| Cut { knowledge: Knowledge::new(&FeatureWeights::NONE), asked };
        let cuts = held_out(&histories, &item_rows, &searchable).into_iter().map(untrained).collect();
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
        let limit = means.memory_limit_bytes;
        let mut held = 0;
        for place in 0..self.cuts.len() {
            let memory_limit_bytes = limit.checked_sub(held).ok_or_else(|| too_much(limit))?;
            let trained = self.trained(place, items, features, Means { memory_limit_bytes, ..means });
            let is_over = |error: &Error| error.status == Status::MemoryLimit;
            self.cuts[place].knowledge =
                trained.map_err(|error| if is_over(&error) { too_much(limit) } else { error })?;
            held += self.cuts[place].knowledge.bytes();
        }
        if held > limit { Err(too_much(limit)) } else { Ok(()) }
    }

    fn trained(&self, cut: usize, items: &Items, features: &FeatureWeights, means: Means<'_>) -> Result<Knowledge> {
        let histories = learned(&self.histories, &self.cuts[cut].asked)?;
        let own = Histories::bytes(histories.watches(), histories.profiles(), histories.items());
        let limit = means.memory_limit_bytes;
        let memory_limit_bytes = limit.checked_sub(own).ok_or_else(|| too_much(limit))?;
        let content = item_content(&self.snapshot, items);
        let mut training = Training::new(items.clone(), histories, features, Some(content))?;
        for part in training.parts().to_vec() {
            training.train(part, Means { memory_limit_bytes, ..means })?;
        }
        Ok(training.finish())
    }

    /// The nDCG@10 of each list on one side with these weights.
    pub fn measure(
        self: &Arc<Self>,
        confirms: bool,
        weights: FeatureWeights,
        crew: &Crew,
        call: &CallOptions,
    ) -> Result<Vec<f64>> {
        let (lists, places, own_call) = (Arc::clone(self), self.places(confirms), call.silent());
        let pieces = Pieces::silent(places.len().div_ceil(LISTS));
        let measured = crew.map(pieces, call, move |piece| {
            let places = &places[piece * LISTS..places.len().min((piece + 1) * LISTS)];
            places.iter().map(|place| lists.ndcg(*place, weights, &own_call)).collect::<Result<Vec<f64>>>()
        })?;
        Ok(measured.into_iter().flatten().collect())
    }

    fn ndcg(&self, (cut, place): Place, weights: FeatureWeights, call: &CallOptions) -> Result<f64> {
        let Cut { knowledge, asked } = &self.cuts[cut];
        let asked = &asked[place];
        let history = &self.histories.history(asked.profile)[..asked.length];
        let taste = self.taste(history, call)?;
        let Asked { profile, now_utc_ms, context, .. } = *asked;
        let viewer = Viewer { profile: Some(profile), history, now_utc_ms, context, call };
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

/// The limit is on all that the cuts hold, where a training knows of its own part alone.
fn too_much(limit: usize) -> Error {
    let message = format!("learning weights needs more for its trainings than memory_limit_bytes, which is {limit}");
    Error::new(Status::MemoryLimit, message)
}

/// Features whose weights are not learned unless they count already: their part stays where the events are, and no pack has
/// it.
const STAY_AT_HOME: [Feature; 2] = [Feature::UserNeighbours, Feature::GraphWalk];

/// Features whose weights stay. A network is trained elsewhere, maybe on what is held out here; and a cut has what others
/// watched later, from which the trend would know what was to become popular.
const NOT_JUDGED: [Feature; 2] = [Feature::Trend, Feature::Sequence];

/// Features whose weights are learned from a start.
pub fn learned_features(start: &FeatureWeights) -> Vec<Feature> {
    let is_carried = |feature: &Feature| start.of(*feature) != 0.0 || !STAY_AT_HOME.contains(feature);
    let is_learned = |feature: &Feature| is_carried(feature) && !NOT_JUDGED.contains(feature);
    Feature::ALL.into_iter().filter(is_learned).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::domain::{Event, EventKind, Video};
    use crate::engine::{Engine, EngineOptions, TrainOptions};

    const VIDEOS: usize = 24;

    fn engine() -> Engine {
        let engine = Engine::new(EngineOptions::default()).unwrap();
        let number = |video: usize, axis: usize| ((video * 31 + axis * 17) % 23) as f32 - 11.0;
        let video = |video: usize| Video {
            id: format!("v{video}"),
            tags: vec![format!("g{}", video % 3)],
            vector: Some((0..6).map(|axis| number(video, axis)).collect()),
            ..Video::default()
        };
        engine.add_videos(&(0..VIDEOS).map(video).collect::<Vec<_>>(), &CallOptions::default()).unwrap();
        engine
    }

    /// Eight different watches of each of 25 users.
    fn events() -> Vec<Event> {
        let event = |user: usize, place: usize| Event {
            profile: format!("user {user:02}"),
            video_id: format!("v{}", (user * user + place * [1, 5, 7, 11][user % 4]) % VIDEOS),
            time_utc_ms: 1_700_000_000_000 + 3_600_000 * (place * 30 + user) as i64,
            ..Event::of(EventKind::Complete)
        };
        (0..25).flat_map(|user| (0..8).map(move |place| event(user, place))).collect()
    }

    #[test]
    fn lists_are_those_of_an_engine_that_never_heard_of_what_is_held_out() {
        let (all, call, crew) = (engine(), CallOptions::default(), Crew::default());
        let mut columns = all.event_columns();
        events().iter().for_each(|event| columns.push(event, usize::MAX).unwrap());
        let (items, histories) = all.histories(columns, &TrainOptions::default(), &call).unwrap();
        let snapshot = all.shared.snapshot.load_full();
        let searching = (all.shared.options.kernel(), Metric::Cosine);
        let mut lists = HeldOutLists::new(snapshot, Arc::new(histories), &items, searching, &call).unwrap();
        let weights = FeatureWeights::default();
        lists.train(&items, &weights, Means::new(&crew, &call)).unwrap();
        let lists = Arc::new(lists);
        assert_eq!(lists.cuts.len(), 3);
        for (number, cut) in lists.cuts.iter().enumerate() {
            // Users got their numbers in their order, as here all of them have watched.
            let length = |event: &Event| {
                let profile = event.profile[5..].parse::<u32>().unwrap();
                cut.asked.iter().find(|asked| asked.profile == profile).map_or(8, |asked| asked.length)
            };
            let mut places: BTreeMap<String, usize> = BTreeMap::new();
            let mut is_known = |event: &Event| {
                let place = places.entry(event.profile.clone()).or_default();
                *place += 1;
                *place <= length(event)
            };
            let known: Vec<Event> = events().into_iter().filter(|event| is_known(event)).collect();
            let own = engine();
            own.record(&known).unwrap();
            own.train(&call).unwrap();
            for (place, asked) in cut.asked.iter().enumerate() {
                let query = Query {
                    ranking: Ranking::Blend,
                    new_video_share: 0.0,
                    now_utc_ms: asked.now_utc_ms,
                    ..Query::for_profile(&format!("user {:02}", asked.profile))
                };
                let wanted = &lists.snapshot.catalogue.id(asked.wanted);
                let found = own.recommend(&query, &call).unwrap();
                let hits: Vec<bool> = found.iter().map(|item| item.id == **wanted).collect();
                let measured = lists.ndcg((number, place), weights, &call).unwrap();
                assert_eq!(measured, ndcg(&hits, 1, 10), "cut {number}, {asked:?}, {found:?}");
            }
        }
        let both = [true, false].map(|confirms| lists.measure(confirms, weights, &crew, &call).unwrap());
        assert_eq!(both.each_ref().map(Vec::len), [true, false].map(|confirms| lists.count(confirms)));
        assert!(both.concat().iter().any(|ndcg| *ndcg > 0.0));
    }

    #[test]
    fn what_stays_at_home_or_cannot_be_judged_is_not_learned() {
        let features = learned_features(&FeatureWeights::default());
        let left_out = [Feature::UserNeighbours, Feature::GraphWalk, Feature::Trend, Feature::Sequence];
        assert!(Feature::ALL.iter().all(|feature| features.contains(feature) != left_out.contains(feature)));
        let counting = learned_features(&FeatureWeights::only(Feature::GraphWalk).with(Feature::Trend, 1.0));
        assert!(counting.contains(&Feature::GraphWalk) && !counting.contains(&Feature::Trend));
    }
}
