//! What each feature is worth: the blend without it, and it alone. All lists come from one engine that has learned every
//! feature, so that nothing but the weights differs.

use serde_json::json;
use vrec::domain::Feature;
use vrec::domain::FeatureWeights;
use vrec::engine::weights::Mean;

use super::measures::Measures;
use super::measures::mean_of;
use super::model::EngineModel;
use super::report::Found;
use super::report::figure;
use super::report::of_lists;
use crate::failure::Outcome;
use crate::output::Column;
use crate::output::Output;

/// The blend with some of its features.
pub struct Part {
    feature: Feature,
    /// Whether the feature is all there is, rather than all that is missing.
    is_alone: bool,
    measures: Vec<Measures>,
    cold_measures: Option<Vec<Measures>>,
}

impl Part {
    fn name(&self) -> String {
        format!("{}_{}", if self.is_alone { "only" } else { "without" }, self.feature.name())
    }
}

/// Weights with which an engine learns every feature; those that count keep theirs.
pub fn every_feature(weights: FeatureWeights) -> FeatureWeights {
    let unused = Feature::ALL.into_iter().filter(|feature| weights.of(*feature) == 0.0);
    unused.fold(weights, |weights, feature| weights.with(feature, 1.0))
}

/// Leaves out each feature that counts, then takes every feature alone.
pub fn run(whole: &EngineModel<'_>) -> Outcome<Vec<Part>> {
    let without = whole.weights.counting().map(|(feature, _)| (feature, false, whole.weights.with(feature, 0.0)));
    let only = Feature::ALL.into_iter().map(|feature| (feature, true, FeatureWeights::only(feature)));
    let part = |(feature, is_alone, weights)| {
        let model = EngineModel { weights, ..*whole };
        let (lists, cold) = super::all_lists(&model, whole.task)?;
        Ok(Part { feature, is_alone, measures: of_lists(&lists), cold_measures: cold.as_deref().map(of_lists) })
    };
    without.chain(only).map(part).collect()
}

/// A table or objects, then the figures. Nothing where there are no parts.
pub fn show(split: &str, whole: &Found, parts: &[Part], output: &mut Output) -> Outcome {
    if parts.is_empty() {
        return Ok(());
    }
    let all = whole.measures();
    if output.is_json() {
        for part in parts {
            let (recall, ndcg) = means(&part.measures);
            let against = difference(&part.measures, &all);
            output.json(&json!({
                "blend": part.name(), "recall10": recall.mean, "ndcg10": ndcg.mean,
                "ndcg10_difference": against.mean, "plus_minus": against.plus_minus,
                "cold_only_ndcg10": part.cold_measures.as_deref().map(|cold| means(cold).1.mean),
            }))?;
        }
    } else {
        let columns = ["Recall@10", "nDCG@10", "against all", "± (95 %)"].map(Column::right);
        let cold = parts[0].cold_measures.as_ref().map(|_| Column::right("cold only"));
        let columns: Vec<Column> = std::iter::once(Column::left("Blend")).chain(columns).chain(cold).collect();
        output.table(&columns, &parts.iter().map(|part| row(part, &all)).collect::<Vec<_>>())?;
    }
    for part in parts {
        figure(output, &format!("{split}.{}.ndcg10", part.name()), means(&part.measures).1.mean)?;
        if let Some(cold) = &part.cold_measures {
            figure(output, &format!("cold_only.{}.ndcg10", part.name()), means(cold).1.mean)?;
        }
    }
    Ok(())
}

fn row(part: &Part, all: &[Measures]) -> Vec<String> {
    let (recall, ndcg) = means(&part.measures);
    let against = difference(&part.measures, all);
    let cold = part.cold_measures.as_deref().map(|cold| format!("{:.4}", means(cold).1.mean));
    let numbers = [recall.mean, ndcg.mean].map(|mean| format!("{mean:.4}"));
    let against = [format!("{:+.4}", against.mean), format!("{:.4}", against.plus_minus)];
    [vec![part.name()], numbers.into(), against.into(), cold.into_iter().collect()].concat()
}

/// Of recall@10 and nDCG@10.
fn means(measures: &[Measures]) -> (Mean, Mean) {
    (mean_of(measures, |one| one.recall10), mean_of(measures, |one| one.ndcg10))
}

/// How much nDCG@10 differs from another list's, user by user.
pub fn difference(measures: &[Measures], from: &[Measures]) -> Mean {
    Mean::of(measures.iter().zip(from).map(|(one, other)| one.ndcg10 - other.ndcg10))
}
