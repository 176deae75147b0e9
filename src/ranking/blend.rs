//! One list from everything that is known: f(x) = Σ wᵢ·aᵢ(x) over named features of a video, for one viewer.
//! Candidates are the best by what others watched and the best by taste; both are scored by all features.
//!
//! A recommender's feature is its score as a z-score over all videos that anybody watched (mean 0, deviation 1), so
//! that recommenders of any scale can be added; the taste's is the cosine. The terms wᵢ·aᵢ are the explanation: the
//! watched video that brought most of the largest one is named.

use std::collections::BTreeMap;

use super::reasons::{self, Because};
use super::{Catalogue, Searching, nearest};
use crate::domain::{CallOptions, Query, Recommendation, Result};
use crate::learning::{Item, Knowledge, Recommender, Taste, Viewer};
use crate::vectors::{Bitmap, Lists, Scored, dot};

/// The weight of each recommender's z-score. Chosen on the validation part of the development data, split `loo`:
/// `vrec eval --split loo --valid`.
const RECOMMENDER_WEIGHTS: [(&str, f32); 2] = [("transitions", 0.4), ("ease", 0.6)];

/// The weight of the cosine with the taste: a guess until texts are part of the evaluation.
const TASTE_WEIGHT: f32 = 0.5;

/// Candidates by each way to find them, at least.
const CANDIDATES: usize = 200;

/// A list's viewer with all that is known of them.
pub struct Blend<'a> {
    pub knowledge: &'a Knowledge,
    pub viewer: Viewer<'a>,
    pub taste: Option<&'a Taste>,
}

/// One recommender's part in a list.
struct Feature<'a> {
    recommender: &'a dyn Recommender,
    /// What its score is multiplied with: the weight over the deviation of all scores.
    factor: f32,
}

/// A row and the part of its score that the recommenders gave.
type Candidates = BTreeMap<usize, f32>;

/// The best rows of `allowed` by all features, with their reasons.
pub fn blend(
    catalogue: &Catalogue,
    allowed: Bitmap,
    given: &Blend<'_>,
    query: &Query,
    searching: Searching<'_>,
    call: &CallOptions,
) -> Result<Vec<Recommendation>> {
    let count = query.limit.max(CANDIDATES);
    let (features, watched) = features(given);
    call.check()?;
    let mut candidates = best_watched(catalogue, &allowed, given, &watched, count);
    call.check()?;
    if let Some(taste) = given.taste {
        let queries = vec![taste.vector.clone()];
        let near = nearest(catalogue, allowed, queries, Lists::OneEach, (count, None), searching, call)?;
        for scored in near.iter().flatten() {
            candidates.entry(scored.row).or_insert_with(|| watched_score(catalogue, given, &watched, scored.row));
        }
    }
    let score = |(row, watched): (usize, f32)| Scored {
        row,
        score: watched + taste_score(catalogue, given, row),
        key: catalogue.id(row),
    };
    let mut scored: Vec<Scored<'_>> = candidates.into_iter().map(score).collect();
    scored.sort_unstable_by(|a, b| b.score.total_cmp(&a.score).then_with(|| a.key.cmp(b.key)));
    scored.truncate(query.limit);
    call.check()?;
    Ok(scored.iter().map(|scored| explain(catalogue, given, &features, scored)).collect())
}

/// The recommenders that have something to say, and Σ wᵢ·zᵢ of every item.
fn features<'a>(given: &Blend<'a>) -> (Vec<Feature<'a>>, Vec<f32>) {
    let items = given.knowledge.items().len();
    let mut sum = vec![0.0; items];
    let mut features = Vec::new();
    for recommender in given.knowledge.recommenders() {
        let mut scores = vec![0.0; items];
        recommender.score(&given.viewer, &mut scores);
        let Some((mean, deviation)) = mean_and_deviation(&scores) else { continue };
        let factor = weight_of(recommender.name()) / deviation;
        sum.iter_mut().zip(&scores).for_each(|(total, score)| *total += factor * (score - mean));
        features.push(Feature { recommender, factor });
    }
    (features, sum)
}

fn weight_of(name: &str) -> f32 {
    RECOMMENDER_WEIGHTS.iter().find(|(known, _)| *known == name).map_or(0.0, |(_, weight)| *weight)
}

/// None where all scores are the same and say nothing.
fn mean_and_deviation(scores: &[f32]) -> Option<(f32, f32)> {
    let count = scores.len() as f64;
    let mean = scores.iter().map(|score| f64::from(*score)).sum::<f64>() / count;
    let variance = scores.iter().map(|score| (f64::from(*score) - mean).powi(2)).sum::<f64>() / count;
    let deviation = variance.sqrt();
    (deviation > 1e-12).then_some((mean as f32, deviation as f32))
}

/// The best rows by what others watched.
fn best_watched(
    catalogue: &Catalogue,
    allowed: &Bitmap,
    given: &Blend<'_>,
    scores: &[f32],
    count: usize,
) -> Candidates {
    let score_of = |item: Item| scores.get(item as usize).copied().unwrap_or(0.0);
    let mut order: Vec<Item> = (0..scores.len() as Item).filter(|item| score_of(*item) > 0.0).collect();
    order.sort_unstable_by(|a, b| score_of(*b).total_cmp(&score_of(*a)).then(a.cmp(b)));
    let items = given.knowledge.items();
    let rows = order.into_iter().filter_map(|item| Some((catalogue.row(items.id(item)?)?, score_of(item))));
    rows.filter(|(row, _)| allowed.contains(*row)).take(count).collect()
}

fn watched_score(catalogue: &Catalogue, given: &Blend<'_>, scores: &[f32], row: usize) -> f32 {
    let item = given.knowledge.items().number(catalogue.id(row));
    item.and_then(|item| scores.get(item as usize)).copied().unwrap_or(0.0)
}

fn taste_score(catalogue: &Catalogue, given: &Blend<'_>, row: usize) -> f32 {
    given.taste.map_or(0.0, |taste| TASTE_WEIGHT * dot(&catalogue.vectors().values(row), &taste.vector))
}

/// Names the watched video with the largest term, whether by what others watched or by taste.
fn explain(catalogue: &Catalogue, given: &Blend<'_>, features: &[Feature<'_>], scored: &Scored<'_>) -> Recommendation {
    let nothing = Taste { vector: Vec::new(), terms: Vec::new() };
    let taste = given.taste.unwrap_or(&nothing);
    let because = Because::Taste(taste);
    let mut recommendation = reasons::explain(catalogue, scored, &taste.vector, because);
    let item = given.knowledge.items().number(scored.key);
    let parts = item.into_iter().flat_map(|item| {
        features.iter().filter_map(move |feature| {
            let part = feature.recommender.explain(&given.viewer, item)?;
            Some((part.because, feature.factor * part.score))
        })
    });
    if let Some((because, term)) = parts.max_by(|(_, a), (_, b)| a.total_cmp(b))
        && term > taste_score(catalogue, given, scored.row)
    {
        recommendation.because_id = given.knowledge.items().id(because).unwrap_or_default().to_owned();
    }
    recommendation
}
