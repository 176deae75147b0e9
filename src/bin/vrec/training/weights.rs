//! `vrec train --learn-weights`: what each feature counts in the pack, learned from the same events, and said.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;
use serde::Serialize;
use vrec::domain::CallOptions;
use vrec::domain::Feature;
use vrec::domain::FeatureWeights;
use vrec::engine::Engine;
use vrec::engine::weights::LEAST_LISTS;
use vrec::engine::weights::LearnedWeights;
use vrec::engine::weights::WeightsOutcome;
use vrec::learning::Items;
use vrec::learning::training::Histories;

use super::TrainArguments;
use super::checkpoint::Checkpoint;
use crate::failure::Exit;
use crate::failure::Failure;
use crate::failure::Outcome;
use crate::output::Output;
use crate::output::counted;

/// What came of learning weights, as it is told and kept.
#[derive(Debug, Serialize, Deserialize)]
pub struct WeightsReport {
    outcome: String,
    choosing_lists: usize,
    confirming_lists: usize,
    ndcg10_before: f64,
    ndcg10_after: f64,
    gain: f64,
    plus_minus: f64,
    weights: BTreeMap<String, f64>,
}

/// Learns the weights, unless the checkpoint has them.
pub fn learn(
    engine: &Engine,
    items: &Items,
    histories: &Arc<Histories>,
    arguments: &TrainArguments,
    checkpoint: Option<&Checkpoint>,
    output: &Output,
    call: &CallOptions,
) -> Outcome<WeightsReport> {
    if let Some(kept) = checkpoint.map(|checkpoint| checkpoint.weights(output)).transpose()?.flatten() {
        return Ok(kept);
    }
    let report = WeightsReport::of(&engine.learn_weights_from(items, histories, &arguments.options(), call)?);
    checkpoint.map_or(Ok(()), |checkpoint| checkpoint.keep_weights(&report))?;
    Ok(report)
}

impl WeightsReport {
    fn of(learned: &LearnedWeights) -> WeightsReport {
        let named = |(feature, weight): (Feature, f32)| (feature.name().to_owned(), as_written(weight));
        WeightsReport {
            outcome: learned.outcome.name().to_owned(),
            choosing_lists: learned.choosing_lists,
            confirming_lists: learned.confirming_lists,
            ndcg10_before: learned.ndcg_before,
            ndcg10_after: learned.ndcg_after(),
            gain: learned.gain.mean,
            plus_minus: learned.gain.plus_minus,
            weights: learned.weights.counting().map(named).collect(),
        }
    }

    /// What each feature is to count.
    pub fn weights(&self) -> Outcome<FeatureWeights> {
        let mut weights = FeatureWeights::NONE;
        for (name, weight) in &self.weights {
            let unknown = || Failure::new(Exit::Damaged, format!("{name:?} is no feature"));
            weights = weights.with(Feature::from_name(name).ok_or_else(unknown)?, *weight as f32);
        }
        Ok(weights)
    }

    pub fn sentence(&self) -> String {
        let lists = |count: usize| counted(count as u64, "list");
        let (before, after) = (self.ndcg10_before, self.ndcg10_after);
        if self.outcome == WeightsOutcome::Learned.name() {
            let named = self.weights.iter().map(|(name, weight)| format!("{name} {weight}"));
            let (weights, plus_minus) = (named.collect::<Vec<_>>().join(", "), self.plus_minus);
            let on = lists(self.confirming_lists);
            return format!(
                "Learned the weights {weights}: nDCG@10 from {before:.4} to {after:.4} (± {plus_minus:.4}) on {on}."
            );
        }
        if self.outcome == WeightsOutcome::TooFew.name() {
            let (found, least) = (lists(self.choosing_lists + self.confirming_lists), LEAST_LISTS);
            return format!(
                "Kept the weights: {found}, and {least} to choose by and {least} to confirm by are needed."
            );
        }
        let on = lists(self.confirming_lists);
        format!("Kept the weights: no others are better beyond chance, nDCG@10 {before:.4} on {on}.")
    }
}

/// The number that people would write: 0.1, not the nearest that 32 bits hold.
fn as_written(weight: f32) -> f64 {
    weight.to_string().parse().unwrap_or(f64::from(weight))
}
