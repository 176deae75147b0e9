//! The weights of the blend, learned from the histories that training learns from: some watches are held out, lists are
//! asked for as they would have been then, and a coordinate search finds what to change. It needs lists, and so lives above
//! `ranking`; `docs/training.md` is the manual.
//!
//! | File | What lives there |
//! |---|---|
//! | `held_out.rs` | which watches are held out |
//! | `lists.rs` | what is trained without them, and the lists that should find them |
//! | `search.rs` | the search, which `vrec tune` shares |
//! | `measures.rs` | how good a list is, and when a difference is one |

mod held_out;
mod lists;
mod measures;
mod search;

use std::sync::Arc;

use super::Engine;
use super::snapshot::Snapshot;
use super::training::{TrainOptions, numbered, teaching};
use crate::domain::{CallOptions, Feature, FeatureWeights, Result};
use crate::learning::Items;
use crate::learning::training::{Crew, Histories, Means};

pub use held_out::CUTS;
pub use measures::{Mean, ndcg};
pub use search::{Found, Search, Step, Worth};

use lists::{HeldOutLists, learned_features};

/// Lists to choose weights by, and to confirm them by, below which the weights stay as they are.
pub const LEAST_LISTS: usize = 100;

/// How often each weight has its turn.
const ROUNDS: usize = 2;

/// What is watched in the end is mostly what others watched. What these two are for, new videos and households of which
/// little is known, such lists do not show.
const NEVER_DROPPED: [Feature; 2] = [Feature::Content, Feature::Taste];

/// How learning weights ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WeightsOutcome {
    /// Other weights are better beyond chance.
    Learned,
    /// None were found that are.
    Kept,
    /// Fewer than [`LEAST_LISTS`] lists to choose by or to confirm by: nothing was trained or tried.
    TooFew,
}

impl WeightsOutcome {
    /// Its name in options and figures.
    pub fn name(self) -> &'static str {
        match self {
            WeightsOutcome::Learned => "learned",
            WeightsOutcome::Kept => "kept",
            WeightsOutcome::TooFew => "too_few",
        }
    }
}

/// What came of learning weights.
#[derive(Debug, Clone, PartialEq)]
pub struct LearnedWeights {
    pub outcome: WeightsOutcome,
    /// What each feature is to count: the weights at the start unless the outcome is [`WeightsOutcome::Learned`].
    pub weights: FeatureWeights,
    /// What the search changed, whether or not it was confirmed.
    pub steps: Vec<Step>,
    /// Lists that weights were chosen by, and that they were confirmed by.
    pub choosing_lists: usize,
    pub confirming_lists: usize,
    /// The mean nDCG@10 of the confirming lists, which the search has not seen, with the weights at the start.
    pub ndcg_before: f64,
    /// What the weights that the search found gain there, list by list. Zero where it found none.
    pub gain: Mean,
}

impl LearnedWeights {
    /// The mean nDCG@10 of the confirming lists with [`LearnedWeights::weights`].
    pub fn ndcg_after(&self) -> f64 {
        match self.outcome {
            WeightsOutcome::Learned => self.ndcg_before + self.gain.mean,
            _ => self.ndcg_before,
        }
    }
}

impl Engine {
    /// Learns what each feature should count from what this engine's profiles watched. Nothing of the engine changes:
    /// the weights are for [`super::EngineOptions::feature_weights`], for queries and for packs. The same histories and
    /// catalogue give the same weights, whatever the number of threads.
    ///
    /// Takes up to four trainings' time and memory, and some hundred times as many lists as are asked.
    ///
    /// Errors: [`Status::InvalidArgument`] while a pack is in use, whose own weights are from many more;
    /// [`Status::MemoryLimit`] where the trainings would hold more than the options allow; [`Status::Limit`] for too many
    /// threads; [`Status::Cancelled`], [`Status::TimedOut`].
    ///
    /// [`Status::InvalidArgument`]: crate::domain::Status::InvalidArgument
    /// [`Status::MemoryLimit`]: crate::domain::Status::MemoryLimit
    /// [`Status::Limit`]: crate::domain::Status::Limit
    /// [`Status::Cancelled`]: crate::domain::Status::Cancelled
    /// [`Status::TimedOut`]: crate::domain::Status::TimedOut
    pub fn learn_weights(&self, options: &TrainOptions, call: &CallOptions) -> Result<LearnedWeights> {
        let snapshot = self.shared.snapshot.load_full();
        snapshot.knowledge().check_trainable()?;
        let items = numbered(&snapshot);
        let histories = Histories::of_profiles(&teaching(&snapshot), items.len())?;
        self.learn(snapshot, &items, Arc::new(histories), options, call)
    }

    /// The same from the histories of a service, see [`Engine::histories`]; a pack may be in use.
    pub fn learn_weights_from(
        &self,
        items: &Items,
        histories: &Arc<Histories>,
        options: &TrainOptions,
        call: &CallOptions,
    ) -> Result<LearnedWeights> {
        self.learn(self.shared.snapshot.load_full(), items, Arc::clone(histories), options, call)
    }

    fn learn(
        &self,
        snapshot: Arc<Snapshot>,
        items: &Items,
        histories: Arc<Histories>,
        options: &TrainOptions,
        call: &CallOptions,
    ) -> Result<LearnedWeights> {
        call.check()?;
        let crew = options.crew()?;
        let start = *snapshot.weights();
        let searching = (self.shared.options.kernel(), self.shared.options.metric);
        let mut lists = HeldOutLists::new(snapshot, histories, items, searching, call)?;
        if lists.count(false).min(lists.count(true)) < LEAST_LISTS {
            return Ok(learned(WeightsOutcome::TooFew, start, &lists));
        }
        let features = learned_features(&start);
        let all = features.iter().fold(FeatureWeights::NONE, |all, feature| all.with(*feature, 1.0));
        lists.train(items, &all, Means { memory_limit_bytes: options.memory_limit(), crew: &crew, call })?;
        let search =
            Search { features: &features, rounds: ROUNDS, worth: Worth::BeyondChance, never_dropped: &NEVER_DROPPED };
        confirmed(&Arc::new(lists), start, search, &crew, call)
    }
}

/// What the search finds by the lists to choose by, where the others confirm it.
fn confirmed(
    lists: &Arc<HeldOutLists>,
    start: FeatureWeights,
    search: Search<'_>,
    crew: &Crew,
    call: &CallOptions,
) -> Result<LearnedWeights> {
    let mut measured = 0;
    let found = search.climb(start, |weights| {
        call.report(measured, search.most_measured());
        measured += 1;
        lists.measure(false, weights, crew, call)
    })?;
    let before = lists.measure(true, start, crew, call)?;
    let after = match found.steps.is_empty() {
        true => before.clone(),
        false => lists.measure(true, found.weights, crew, call)?,
    };
    call.report(search.most_measured(), search.most_measured());
    let gain = Mean::of_gains(&after, &before);
    let (outcome, weights) = match gain.is_gain() {
        true => (WeightsOutcome::Learned, found.weights),
        false => (WeightsOutcome::Kept, start),
    };
    let ndcg_before = Mean::of(before.into_iter()).mean;
    Ok(LearnedWeights { steps: found.steps, ndcg_before, gain, ..learned(outcome, weights, lists) })
}

fn learned(outcome: WeightsOutcome, weights: FeatureWeights, lists: &HeldOutLists) -> LearnedWeights {
    LearnedWeights {
        outcome,
        weights,
        steps: Vec::new(),
        choosing_lists: lists.count(false),
        confirming_lists: lists.count(true),
        ndcg_before: 0.0,
        gain: Mean::default(),
    }
}
