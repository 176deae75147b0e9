//! One list from everything that is known: f(x) = Σ wᵢ·aᵢ(x) over named features of a video, for one viewer.
//! Candidates are the best by what others watched and the best by taste; both are scored by all features.
//!
//! A recommender's feature is its score as a z-score over all videos that anybody watched (mean 0, deviation 1), so
//! that recommenders of any scale can be added; the taste's is the cosine. The terms wᵢ·aᵢ are the
//! explanation: the watched video that brought most of the largest one is named.

use std::collections::BTreeMap;

use super::reasons::{self, Because};
use super::{Catalogue, Searching, nearest};
use crate::domain::{CallOptions, Query, Recommendation, Result};
use crate::learning::{Knowledge, Taste, Viewer};
use crate::vectors::{Bitmap, Lists, Scored};

/// The weight of each recommender's z-score.
const RECOMMENDER_WEIGHTS: [(&str, f32); 1] = [("transitions", 0.4)];

/// The weight of the cosine with the taste.
const TASTE_WEIGHT: f32 = 0.5;

/// Candidates by each way to find them, at least.
const CANDIDATES: usize = 200;

/// A list's viewer with all that is known of them.
pub struct Blend<'a> {
    pub knowledge: &'a Knowledge,
    pub viewer: Viewer<'a>,
    pub taste: Option<&'a Taste>,
}

/// What one video scores.
struct Candidate {
    row: usize,
    score: f32,
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
    let count = query.limit.max(CANDIDATES);
    let watched = watched_scores(given);
    call.check()?;
    let mut candidates = BTreeMap::new();
    for (row, score) in best_watched(catalogue, &allowed, given, &watched, count) {
        candidates.insert(row, score);
    }
    call.check()?;
    if let Some(taste) = given.taste {
        let queries = vec![taste.vector.clone()];
        let near = nearest(catalogue, allowed, queries, Lists::OneEach, (count, None), searching, call)?;
        for scored in near.iter().flatten() {
            candidates.entry(scored.row).or_insert_with(|| watched_score(catalogue, given, &watched, scored.row));
        }
    }
    let scored =
        candidates.into_iter().map(|(row, score)| Candidate { row, score: score + taste_score(catalogue, given, row) });
    let mut scored: Vec<Candidate> = scored.collect();
    scored.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| catalogue.id(a.row).cmp(catalogue.id(b.row))));
    scored.truncate(query.limit);
    call.check()?;
    Ok(scored.iter().map(|candidate| explain(catalogue, given, candidate)).collect())
}

/// Σ wᵢ·zᵢ of every item by what others watched.
fn watched_scores(given: &Blend<'_>) -> Vec<f32> {
    let mut sum = vec![0.0; given.knowledge.items().len()];
    for (name, scores) in given.knowledge.scores(&given.viewer) {
        let Some((mean, deviation)) = mean_and_deviation(&scores) else { continue };
        let weight = weight_of(name);
        for (total, score) in sum.iter_mut().zip(&scores) {
            *total += weight * (score - mean) / deviation;
        }
    }
    sum
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

/// The best rows by what others watched, any order.
fn best_watched(
    catalogue: &Catalogue,
    allowed: &Bitmap,
    given: &Blend<'_>,
    scores: &[f32],
    count: usize,
) -> Vec<(usize, f32)> {
    let items = given.knowledge.items();
    let mut order: Vec<u32> = (0..scores.len() as u32).filter(|item| scores[*item as usize] > 0.0).collect();
    order.sort_unstable_by(|a, b| scores[*b as usize].total_cmp(&scores[*a as usize]).then(a.cmp(b)));
    let rows = order.into_iter().filter_map(|item| Some((catalogue.row(items.id(item)?)?, scores[item as usize])));
    rows.filter(|(row, _)| allowed.contains(*row)).take(count).collect()
}

fn watched_score(catalogue: &Catalogue, given: &Blend<'_>, scores: &[f32], row: usize) -> f32 {
    let item = given.knowledge.items().number(catalogue.id(row));
    item.and_then(|item| scores.get(item as usize)).copied().unwrap_or(0.0)
}

fn taste_score(catalogue: &Catalogue, given: &Blend<'_>, row: usize) -> f32 {
    given.taste.map_or(0.0, |taste| TASTE_WEIGHT * crate::vectors::dot(&catalogue.vectors().values(row), &taste.vector))
}

fn explain(catalogue: &Catalogue, given: &Blend<'_>, candidate: &Candidate) -> Recommendation {
    let scored = Scored { row: candidate.row, score: candidate.score, key: catalogue.id(candidate.row) };
    let empty = Taste { vector: Vec::new(), terms: Vec::new() };
    let taste = given.taste.unwrap_or(&empty);
    let mut recommendation = reasons::explain(catalogue, &scored, &taste.vector, Because::Taste(taste));
    let item = given.knowledge.items().number(scored.key);
    let parts = item.into_iter().flat_map(|item| {
        let recommenders = given.knowledge.recommenders().into_iter();
        recommenders.filter_map(move |recommender| recommender.explain(&given.viewer, item))
    });
    if let Some(part) = parts.max_by(|a, b| a.score.total_cmp(&b.score)) {
        recommendation.because_id = given.knowledge.items().id(part.because).unwrap_or_default().to_owned();
    }
    recommendation
}
