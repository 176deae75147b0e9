//! One list from everything that is known: f(x) = Σ wᵢ·aᵢ(x) over named features of a video, for one viewer.
//!
//! A feature's values are z-scores (mean 0, deviation 1 over the videos), so that features of any scale can be added.
//! Candidates are the best by what others watched and the best by taste; both are scored by all features. A video
//! that nobody watched has no score by what others watched: it gets the one that its content lets expect, and some
//! places of each list are kept for such videos ([`super::new_videos`]). The terms wᵢ·aᵢ are the explanation: the
//! watched video that brought most of the largest one is named.

use std::collections::BTreeMap;

use super::candidates::{item_of_row, row_of_item};
use super::expected::Expected;
use super::new_videos::{mixed, places};
use super::reasons::{self, Because};
use super::row_features::{HistoryVectors, RowFeatures};
use super::standard::of_values;
use super::{Catalogue, Searching, nearest};
use crate::domain::{CallOptions, Feature, FeatureWeights, Query, Recommendation, Result};
use crate::learning::{Item, Knowledge, Recommender, Taste, Viewer};
use crate::vectors::{Bitmap, Lists, Scored};

/// Candidates by each way to find them, at least.
const CANDIDATES: usize = 200;

/// Profiles' worth of doubt in what others watched: with as many, it counts half, and taste the other half.
const DOUBT: f32 = 20.0;

/// A list's viewer with all that is known of them.
pub struct Blend<'a> {
    pub knowledge: &'a Knowledge,
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
        let is_of_order = matches!(feature, Feature::Transitions | Feature::ItemNeighbours);
        if is_of_order && !self.viewer.has_order() && self.knowledge.trained().ease.is_some() {
            return 0.0;
        }
        self.weights.of(feature) * self.trust()
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
    /// What its score is multiplied with: the weight over the deviation of all scores.
    factor: f32,
}

/// What the recommenders say of all items.
struct Watched<'a> {
    parts: Vec<Part<'a>>,
    /// Σ wᵢ·aᵢ of each item; of one that nobody watched, what is to be expected.
    scores: Vec<f32>,
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
    let watched = Watched::of(given, query.limit);
    call.check()?;
    let new = new_rows(catalogue, &allowed, given, &watched, query.limit);
    let history = HistoryVectors::of(catalogue, given);
    let slices = history.slices();
    let by_vectors = RowFeatures::of(catalogue, given, &history, &slices);
    let mut candidates = best_watched(catalogue, &allowed, given, &watched, query.limit.max(CANDIDATES));
    call.check()?;
    let queries = by_vectors.queries();
    if !queries.is_empty() {
        let count = query.limit.max(CANDIDATES);
        let near = nearest(catalogue, allowed, queries, Lists::BestOf, (count, None), searching, call)?;
        for scored in near.iter().flatten() {
            candidates.entry(scored.row).or_insert_with(|| watched.of_row(catalogue, given, scored.row));
        }
    }
    new.iter().for_each(|row| {
        candidates.entry(*row).or_insert_with(|| watched.of_row(catalogue, given, *row));
    });
    let score =
        |(row, watched): (usize, f32)| Scored { row, score: watched + by_vectors.score(row), key: catalogue.id(row) };
    let mut scored: Vec<Scored<'_>> = candidates.into_iter().map(score).collect();
    scored.sort_unstable_by(|a, b| b.score.total_cmp(&a.score).then_with(|| a.key.cmp(b.key)));
    let scored = mixed(scored, &new, query.limit);
    call.check()?;
    Ok(scored.iter().map(|scored| explain(catalogue, given, &watched.parts, &by_vectors, scored)).collect())
}

impl<'a> Watched<'a> {
    fn of(given: &Blend<'a>, limit: usize) -> Watched<'a> {
        let items = given.knowledge.items().len();
        let mut scores = vec![0.0; items];
        let mut parts = Vec::new();
        let mut by_content = None;
        let mut own = vec![0.0; items];
        for recommender in given.knowledge.recommenders() {
            let (feature, weight) = (recommender.feature(), given.weight_of(recommender.feature()));
            if weight == 0.0 {
                continue;
            }
            own.fill(0.0);
            recommender.score(&given.viewer, &mut own);
            let Some(standard) = of_values(&own) else { continue };
            let factor = weight / standard.deviation;
            parts.push(Part { recommender, factor });
            if feature == Feature::Content {
                own.iter_mut().for_each(|score| *score = standard.of(*score));
                by_content = Some((weight, std::mem::replace(&mut own, vec![0.0; items])));
            } else {
                scores.iter_mut().zip(&own).for_each(|(sum, score)| *sum += factor * (score - standard.mean));
            }
        }
        let new = match by_content {
            Some((weight, content)) => add_content(given, &mut scores, &content, weight, limit),
            None => {
                let mut rest = scores.iter_mut();
                let watched = given.knowledge.watches().zip(rest.by_ref());
                watched.filter(|(watches, _)| *watches == 0).for_each(|(_, score)| *score = 0.0);
                rest.for_each(|score| *score = 0.0);
                Vec::new()
            }
        };
        Watched { parts, scores, new }
    }

    fn of_row(&self, catalogue: &Catalogue, given: &Blend<'_>, row: usize) -> f32 {
        let item = item_of_row(catalogue, given.knowledge.items(), row);
        item.and_then(|item| self.scores.get(item as usize)).copied().unwrap_or(0.0)
    }
}

/// Puts what content lets expect in the place of scores that nobody's watches gave, adds content to all of them, and
/// returns the items that nobody watched, the best first, as many as a list may need.
fn add_content(given: &Blend<'_>, scores: &mut [f32], content: &[f32], weight: f32, limit: usize) -> Vec<Item> {
    let watches: Vec<u64> = given.knowledge.watches().chain(std::iter::repeat(0)).take(scores.len()).collect();
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
fn new_rows(
    catalogue: &Catalogue,
    allowed: &Bitmap,
    given: &Blend<'_>,
    watched: &Watched<'_>,
    limit: usize,
) -> Vec<usize> {
    let items = given.knowledge.items();
    let count = places(limit, items.len() - given.knowledge.watched_items(), items.len(), given.new_video_share);
    let rows = watched.new.iter().filter_map(|item| row_of_item(catalogue, items, *item));
    rows.filter(|row| allowed.contains(*row)).take(count).collect()
}

/// The best rows by what others watched, with their scores.
fn best_watched(
    catalogue: &Catalogue,
    allowed: &Bitmap,
    given: &Blend<'_>,
    watched: &Watched<'_>,
    count: usize,
) -> BTreeMap<usize, f32> {
    let mut best: Vec<(f32, Item)> = Vec::with_capacity(watched.scores.len());
    best.extend(watched.scores.iter().copied().zip(0..).filter(|(score, _)| *score > 0.0));
    let better = |a: &(f32, Item), b: &(f32, Item)| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1));
    let items = given.knowledge.items();
    let mut found = BTreeMap::new();
    // The watched ones are among the best and mostly not allowed.
    let mut most = count + given.viewer.history.len();
    loop {
        if best.len() > most {
            best.select_nth_unstable_by(most, better);
        }
        let rest = best.split_off(best.len().min(most));
        best.sort_unstable_by(better);
        let rows = best.iter().filter_map(|(score, item)| Some((row_of_item(catalogue, items, *item)?, *score)));
        let missing = count - found.len();
        found.extend(rows.filter(|(row, _)| allowed.contains(*row)).take(missing));
        if found.len() >= count || rest.is_empty() {
            return found;
        }
        best = rest;
        most *= 4;
    }
}

/// Names the watched video with the largest term, whether by what others watched or by taste.
fn explain(
    catalogue: &Catalogue,
    given: &Blend<'_>,
    parts: &[Part<'_>],
    by_vectors: &RowFeatures<'_>,
    scored: &Scored<'_>,
) -> Recommendation {
    let nothing = Taste { vector: Vec::new(), terms: Vec::new() };
    let taste = given.taste.unwrap_or(&nothing);
    let item = item_of_row(catalogue, given.knowledge.items(), scored.row);
    let terms = item.into_iter().flat_map(|item| {
        parts.iter().filter_map(move |part| {
            let contribution = part.recommender.explain(&given.viewer, item)?;
            Some((contribution.because, part.factor * contribution.score))
        })
    });
    let by_watches = terms.max_by(|(_, a), (_, b)| a.total_cmp(b));
    let because = match (by_watches, by_vectors.largest(scored.row)) {
        (Some((because, term)), largest) if largest.is_none_or(|(_, other, _)| term > other) => {
            Some(given.knowledge.items().id(because).unwrap_or_default())
        }
        (_, Some((_, _, Some(row)))) => Some(catalogue.id(row)),
        _ => None,
    };
    // The taste's own reason takes a look at all that was watched.
    let kind = because.map_or(Because::Taste(taste), |_| Because::Text);
    let mut recommendation = reasons::explain(catalogue, scored, &taste.vector, kind);
    because.into_iter().for_each(|id| id.clone_into(&mut recommendation.because_id));
    recommendation
}
