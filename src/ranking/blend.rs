//! One list from everything that is known: f(x) = Σ wᵢ·aᵢ(x) over named features of a video, for one viewer.
//!
//! A feature's values are z-scores (mean 0, deviation 1 over the videos), so that features of any scale can be added,
//! those by what others watched with their tails drawn in ([`super::standard`]).
//! Candidates are the best by what others watched and the best by taste; both are scored by all features. A video
//! that nobody watched has no score by what others watched: it gets the one that its content lets expect, and some
//! places of each list are kept for such videos ([`super::new_videos`]). The terms wᵢ·aᵢ are the explanation: the
//! watched video that brought most of the largest one is named.

use super::expected::Expected;
use super::new_videos::{mixed, places};
use super::reasons::{self, Because};
use super::row_features::{HistoryVectors, RowFeatures};
use super::standard::{Standard, drawn_in, of_values};
use super::{Catalogue, ItemRows, Searching, nearest};
use crate::domain::{CallOptions, Feature, FeatureWeights, Query, Recommendation, Result};
use crate::learning::{Contribution, Item, Knowledge, Recommender, Taste, Viewer};
use crate::vectors::{Bitmap, Lists, Metric, Scored};

/// Candidates by what others watched, at least. Twice as many gave the same figures on validation data.
const CANDIDATES: usize = 100;

/// Candidates near the viewer's vectors, at least. A hundred gave the same figures.
const NEAR_CANDIDATES: usize = 40;

/// What rounding may change of a cosine.
const COSINE_ROUNDING: f32 = 1e-3;

/// Profiles' worth of doubt in what others watched: with as many, it counts half, and taste the other half.
const DOUBT: f32 = 20.0;

/// Features that say little where a history has no order.
const OF_ORDER: [Feature; 2] = [Feature::Transitions, Feature::ItemNeighbours];

/// A list's viewer with all that is known of them.
pub struct Blend<'a> {
    pub knowledge: &'a Knowledge,
    pub item_rows: &'a ItemRows,
    pub viewer: Viewer<'a>,
    pub taste: Option<&'a Taste>,
    pub weights: FeatureWeights,
    /// The largest share of a list that is kept for videos that nobody watched, 0 to 1.
    pub new_video_share: f32,
}

impl Blend<'_> {
    /// How far what others watched is to be trusted, below 1.
    fn trust(&self) -> f32 {
        let profiles = self.knowledge.profiles() as f32;
        profiles / (profiles + DOUBT)
    }

    /// The weight of a feature by what others watched.
    fn weight_of(&self, feature: Feature) -> f32 {
        let own = self.weights.of(feature);
        let weight = match feature {
            Feature::Ease if self.ease_stands_in() => {
                OF_ORDER.iter().fold(own, |sum, other| sum + self.weights.of(*other))
            }
            _ if OF_ORDER.contains(&feature) && self.ease_stands_in() => 0.0,
            _ => own,
        };
        weight * self.trust()
    }

    /// Whether EASE, which asks for no order, has the weights of the features that ask for one.
    fn ease_stands_in(&self) -> bool {
        !self.viewer.has_order() && self.knowledge.trained().ease.is_some() && self.weights.of(Feature::Ease) > 0.0
    }

    /// The weight of a feature that vectors and dates give. What others watched lacks, where few did, goes to taste.
    pub fn weight_of_row_feature(&self, feature: Feature) -> f32 {
        let weight = self.weights.of(feature);
        if feature == Feature::Taste && weight > 0.0 { weight + (1.0 - self.trust()) } else { weight }
    }
}

/// One recommender's part in a list.
struct Part<'a> {
    recommender: &'a dyn Recommender,
    weight: f32,
    /// Of all its scores.
    deviation: f32,
}

impl Part<'_> {
    /// What a part of a score is to a list, beside parts of other recommenders' scores.
    fn term(&self, score: f32) -> f32 {
        self.weight * shaped(self.recommender.feature(), score / self.deviation)
    }
}

/// What the recommenders say of all items.
struct Collaborative<'a> {
    parts: Vec<Part<'a>>,
    /// Σ wᵢ·aᵢ of each item; of one that nobody watched, what is to be expected.
    scores: Vec<f32>,
    /// The sum of a video that has no number: one of which all recommenders say 0.
    unknown: f32,
    /// The z-scores by content, where that counts.
    content: Option<Vec<f32>>,
    /// Items that nobody watched, the best by content first; empty without content.
    new: Vec<Item>,
}

/// The best rows of `allowed` by all features, with their reasons.
pub fn blend(
    catalogue: &Catalogue,
    allowed: Bitmap,
    given: &Blend<'_>,
    query: &Query,
    searching: Searching<'_>,
    call: &CallOptions,
) -> Result<Vec<Recommendation>> {
    let collaborative = Collaborative::of(given, query.limit);
    call.check()?;
    let new = new_rows(&allowed, given, &collaborative, query.limit);
    let history = HistoryVectors::of(catalogue, given);
    let slices = history.slices();
    let by_vectors = RowFeatures::of(catalogue, given, &history, &slices);
    let BestRows { rows: mut candidates, rest } =
        best_rows(&allowed, given, &collaborative, query.limit.max(CANDIDATES));
    candidates.extend(new.iter().copied());
    candidates.sort_unstable();
    candidates.dedup();
    call.check()?;
    let score = |row: usize| {
        let item = given.item_rows.item(row);
        let of_vectors = match collaborative.content_of_new(given, item) {
            Some(content) => by_vectors.score_by_content(row, content),
            None => by_vectors.score(row),
        };
        Scored { row, score: collaborative.of_item(item) + of_vectors, key: catalogue.id(row) }
    };
    let mut scored: Vec<Scored<'_>> = candidates.iter().map(|row| score(*row)).collect();
    scored.sort_unstable();
    let queries = by_vectors.queries();
    let least_cosine = scored.get(query.limit - 1).and_then(|last| by_vectors.taste_of_term(last.score - rest));
    let may_be_near = least_cosine.is_none_or(|least| least <= 1.0) || searching.metric != Metric::Cosine;
    if !queries.is_empty() && may_be_near {
        let bounds = (query.limit.max(NEAR_CANDIDATES), least_cosine.map(|least| least - COSINE_ROUNDING));
        let near = nearest(catalogue, allowed, queries, Lists::BestOf, bounds, searching, call)?;
        let near = near.iter().flatten().map(|scored| scored.row).filter(|row| candidates.binary_search(row).is_err());
        scored.extend(near.map(score));
        scored.sort_unstable();
    }
    let scored = mixed(scored, &new, query.limit);
    call.check()?;
    Ok(explained(catalogue, given, &collaborative.parts, &by_vectors, &scored))
}

/// What a recommender's z-score counts as. Content's is as it is: a sum of many directions has no tail, and what it lets
/// expect is found on a line.
fn shaped(feature: Feature, z_score: f32) -> f32 {
    if feature == Feature::Content { z_score } else { drawn_in(z_score) }
}

/// A recommender's part in a list, item by item.
pub struct RecommenderValues<'a, 'v> {
    pub recommender: &'a dyn Recommender,
    pub weight: f32,
    standard: Standard,
    /// aᵢ of each item.
    pub values: &'v [f32],
}

impl RecommenderValues<'_, '_> {
    /// aᵢ of an item that the recommender knows nothing of.
    fn unknown(&self) -> f32 {
        shaped(self.recommender.feature(), self.standard.of(0.0))
    }
}

/// Hands over those of each recommender that counts and has something to say.
pub fn recommender_values<'a>(given: &Blend<'a>, mut take: impl FnMut(RecommenderValues<'a, '_>)) {
    let mut values = vec![0.0; given.knowledge.items().len()];
    for recommender in given.knowledge.recommenders() {
        let feature = recommender.feature();
        let weight = given.weight_of(feature);
        if weight == 0.0 {
            continue;
        }
        values.fill(0.0);
        recommender.score(&given.viewer, &mut values);
        if let Some(standard) = of_values(&values) {
            let steps = 1.0 / standard.deviation;
            let z_score = |value: f32| (value - standard.mean) * steps;
            match feature {
                Feature::Content => values.iter_mut().for_each(|value| *value = z_score(*value)),
                _ => values.iter_mut().for_each(|value| *value = drawn_in(z_score(*value))),
            }
            take(RecommenderValues { recommender, weight, standard, values: &values });
        }
    }
}

impl<'a> Collaborative<'a> {
    fn of(given: &Blend<'a>, limit: usize) -> Collaborative<'a> {
        let items = given.knowledge.items().len();
        let mut scores = vec![0.0; items];
        let mut parts = Vec::new();
        let (mut by_content, mut unknown) = (None, 0.0);
        recommender_values(given, |own| {
            let (recommender, weight) = (own.recommender, own.weight);
            parts.push(Part { recommender, weight, deviation: own.standard.deviation });
            if recommender.feature() == Feature::Content {
                by_content = Some((weight, own.values.to_vec()));
            } else {
                scores.iter_mut().zip(own.values).for_each(|(sum, value)| *sum += weight * value);
                unknown += weight * own.unknown();
            }
        });
        let new = by_content
            .as_ref()
            .map_or(Vec::new(), |(weight, content)| add_content(given, &mut scores, content, *weight, limit));
        Collaborative { parts, scores, unknown, content: by_content.map(|(_, content)| content), new }
    }

    /// The content's z-score of an item that nobody watched; none where that does not count.
    fn content_of_new(&self, given: &Blend<'_>, item: Option<Item>) -> Option<f32> {
        let (content, item) = (self.content.as_ref()?, item?);
        content.get(item as usize).filter(|_| !given.knowledge.is_watched(item)).copied()
    }

    fn of_item(&self, item: Option<Item>) -> f32 {
        item.and_then(|item| self.scores.get(item as usize)).copied().unwrap_or(self.unknown)
    }
}

/// Puts what content lets expect in the place of scores that nobody's watches gave, adds content to all of them, and
/// returns the items that nobody watched, the best first, as many as a list may need.
fn add_content(given: &Blend<'_>, scores: &mut [f32], content: &[f32], weight: f32, limit: usize) -> Vec<Item> {
    let watches = given.knowledge.watches(scores.len());
    let expected = Expected::of(scores, content, &watches);
    let mut new: Vec<Item> = Vec::new();
    for (item, score) in scores.iter_mut().enumerate() {
        if watches[item] == 0 {
            *score = expected.by(content[item]);
            new.push(item as Item);
        }
        *score += weight * content[item];
    }
    let better = |a: &Item, b: &Item| content[*b as usize].total_cmp(&content[*a as usize]).then(a.cmp(b));
    // Some may not be allowed.
    let most = 4 * limit + CANDIDATES;
    if new.len() > most {
        new.select_nth_unstable_by(most, better);
        new.truncate(most);
    }
    new.sort_unstable_by(better);
    new
}

/// Allowed rows of videos that nobody watched, the best by content first: as many as the list keeps places for.
fn new_rows(allowed: &Bitmap, given: &Blend<'_>, collaborative: &Collaborative<'_>, limit: usize) -> Vec<usize> {
    let items = given.knowledge.items().len();
    let count = places(limit, items - given.knowledge.watched_items(), items, given.new_video_share);
    let rows = collaborative.new.iter().filter_map(|item| given.item_rows.row(*item));
    rows.filter(|row| allowed.contains(*row)).take(count).collect()
}

/// See [`best_rows`].
struct BestRows {
    rows: Vec<usize>,
    /// No other allowed row's score by what others watched is above.
    rest: f32,
}

/// The allowed rows of the best items by what others watched, at most `count`: those that this speaks for.
fn best_rows(allowed: &Bitmap, given: &Blend<'_>, collaborative: &Collaborative<'_>, count: usize) -> BestRows {
    let mut keys = keys_of_best_first(&collaborative.scores);
    let mut left = &mut keys[..];
    // The watched are among the best and mostly not allowed.
    let mut most = count + given.viewer.history.len();
    let mut best = BestRows { rows: Vec::with_capacity(count), rest: collaborative.unknown.max(0.0) };
    while !left.is_empty() {
        if left.len() > most {
            left.select_nth_unstable(most);
        }
        let (first, others) = left.split_at_mut(most.min(left.len()));
        first.sort_unstable();
        for key in first {
            let Some(row) = given.item_rows.row(*key as Item).filter(|row| allowed.contains(*row)) else { continue };
            if best.rows.len() == count {
                best.rest = best.rest.max(score_of_key(*key));
                return best;
            }
            best.rows.push(row);
        }
        left = others;
        most *= 4;
    }
    best
}

/// A key for each item with a score above 0: the lower, the better the score, and of equal ones the lower the item. Scores
/// above 0 stand in the order of their bits.
fn keys_of_best_first(scores: &[f32]) -> Vec<u64> {
    let mut keys = vec![0; scores.len() + 1];
    let mut count = 0;
    for (item, score) in (0_u32..).zip(scores) {
        // Written in any case: half of the scores are above 0, and no processor can tell which.
        keys[count] = u64::from(!score.to_bits()) << 32 | u64::from(item);
        count += usize::from(*score > 0.0);
    }
    keys.truncate(count);
    keys
}

fn score_of_key(key: u64) -> f32 {
    f32::from_bits(!((key >> 32) as u32))
}

/// A watched video, and the term of a score that it brought most of.
type Evidence<'a> = (&'a str, f32);

/// Names the watched video with the largest term, whether by what others watched or by taste.
fn explained(
    catalogue: &Catalogue,
    given: &Blend<'_>,
    parts: &[Part<'_>],
    by_vectors: &RowFeatures<'_>,
    scored: &[Scored<'_>],
) -> Vec<Recommendation> {
    let nothing = Taste { vector: Vec::new(), terms: Vec::new() };
    let taste = given.taste.unwrap_or(&nothing);
    let by_watches = evidence_by_watches(given, parts, scored);
    let explain = |(scored, by_watches): (&Scored<'_>, Option<Evidence<'_>>)| {
        let because = match (by_watches, by_vectors.largest(scored.row)) {
            (Some((because, term)), largest) if largest.is_none_or(|(_, other, _)| term > other) => {
                Because::Video(because)
            }
            (_, Some((_, _, Some(row)))) => Because::Video(catalogue.id(row)),
            _ => Because::Taste(taste),
        };
        reasons::explain(catalogue, scored, &taste.vector, because)
    };
    scored.iter().zip(by_watches).map(explain).collect()
}

/// Of each of `scored` the largest term by what others watched.
fn evidence_by_watches<'a>(given: &Blend<'a>, parts: &[Part<'_>], scored: &[Scored<'_>]) -> Vec<Option<Evidence<'a>>> {
    let mut largest = vec![None; scored.len()];
    let known =
        scored.iter().enumerate().filter_map(|(place, scored)| Some((place, given.item_rows.item(scored.row)?)));
    let (places, items): (Vec<usize>, Vec<Item>) = known.unzip();
    for part in parts {
        for (place, contribution) in places.iter().zip(part.recommender.explain_all(&given.viewer, &items)) {
            let Some(Contribution { because, score }) = contribution else { continue };
            let term = part.term(score);
            if largest[*place].is_none_or(|(_, other)| term >= other) {
                largest[*place] = Some((given.knowledge.items().id(because).unwrap_or_default(), term));
            }
        }
    }
    largest
}
