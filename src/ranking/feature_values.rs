//! The features of single videos as a list would score them, for what learns from choices.

use super::Catalogue;
use super::blend::{Blend, standard_scores};
use super::row_features::{HistoryVectors, RowFeatures};
use crate::domain::Feature;
use crate::learning::{FEATURES, FeatureValues};

/// Of each row the features that count, as z-scores; 0 for one that does not count or says nothing of the row.
pub fn feature_values(catalogue: &Catalogue, given: &Blend<'_>, rows: &[usize]) -> Vec<FeatureValues> {
    let mut values = vec![[0.0; FEATURES]; rows.len()];
    let items: Vec<Option<u32>> = rows.iter().map(|row| given.item_rows.item(*row)).collect();
    standard_scores(given, |scored| {
        let feature = scored.recommender.feature();
        let knows = |item: u32| feature == Feature::Content || given.knowledge.is_watched(item);
        for (item, values) in items.iter().zip(&mut values) {
            let known = item.filter(|item| knows(*item)).and_then(|item| scored.scores.get(item as usize));
            values[feature as usize] = known.map_or(0.0, |score| scored.standard.of(*score));
        }
    });
    let history = HistoryVectors::of(catalogue, given);
    let slices = history.slices();
    let by_vectors = RowFeatures::of(catalogue, given, &history, &slices);
    for (row, values) in rows.iter().zip(&mut values) {
        by_vectors.values(*row).for_each(|(feature, value)| values[feature as usize] = value);
    }
    values
}
