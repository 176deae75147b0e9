//! The coordinate search for weights: each in turn along a grid, the others held (as in Hooke and Jeeves 1961), for the
//! mean nDCG@10 of many lists. Who makes the lists is the caller's.

use super::measures::Mean;
use crate::domain::{Feature, FeatureWeights};

/// What a weight is tried at: times itself, or from nothing.
const FACTORS: [f32; 5] = [0.0, 0.5, 0.75, 1.5, 2.0];
const FROM_NOTHING: [f32; 3] = [0.05, 0.15, 0.4];

/// What a change has to gain, list by list, to be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Worth {
    /// More than its standard error; a weight of 0, which makes the blend simpler, only has to cost nothing.
    Likely,
    /// More than half its 95 % confidence interval, whichever weight it is: where the lists say nothing, nothing changes.
    BeyondChance,
}

impl Worth {
    fn is_reached(self, to: f32, gain: Mean) -> bool {
        match self {
            Worth::Likely if to == 0.0 => gain.mean >= 0.0,
            Worth::Likely => gain.mean > gain.standard_error(),
            Worth::BeyondChance => gain.is_gain(),
        }
    }
}

/// A weight that was changed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Step {
    /// From 1 on.
    pub round: usize,
    pub feature: Feature,
    pub from: f32,
    pub to: f32,
    /// The mean with the change.
    pub ndcg: f64,
    /// In nDCG@10, list by list.
    pub gain: Mean,
}

/// What a search came to.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// Such that no single change along the grid makes them better, or those that were reached after all rounds.
    pub weights: FeatureWeights,
    /// The mean nDCG@10 at the start.
    pub before: f64,
    pub steps: Vec<Step>,
}

/// How to search.
#[derive(Debug, Clone, Copy)]
pub struct Search<'a> {
    /// Whose weights have their turn, in this order.
    pub features: &'a [Feature],
    /// How often each has it at most; fewer when nothing changes any more.
    pub rounds: usize,
    pub worth: Worth,
    /// Whose weights are not tried at 0, since the lists cannot show what would be lost.
    pub never_dropped: &'a [Feature],
}

impl Search<'_> {
    /// How often lists are measured at most.
    pub fn most_measured(&self) -> usize {
        1 + self.rounds * self.features.len() * FACTORS.len()
    }

    /// Climbs from `start`. `measure` gives the nDCG@10 of each list with some weights, always of the same lists in the
    /// same order; what it fails with ends the search.
    pub fn climb<E>(
        &self,
        start: FeatureWeights,
        mut measure: impl FnMut(FeatureWeights) -> Result<Vec<f64>, E>,
    ) -> Result<Found, E> {
        let mut weights = start;
        let mut best = measure(weights)?;
        let before = mean(&best);
        let mut steps = Vec::new();
        for round in 1..=self.rounds {
            let taken = steps.len();
            for feature in self.features {
                if let Some((to, gain, lists)) = self.best_of(weights, *feature, &best, &mut measure)? {
                    let from = weights.of(*feature);
                    steps.push(Step { round, feature: *feature, from, to, ndcg: mean(&lists), gain });
                    weights = weights.with(*feature, to);
                    best = lists;
                }
            }
            if steps.len() == taken {
                break;
            }
        }
        Ok(Found { weights, before, steps })
    }

    /// The best other value of a weight, where it is worth the change.
    fn best_of<E>(
        &self,
        weights: FeatureWeights,
        feature: Feature,
        best: &[f64],
        measure: &mut impl FnMut(FeatureWeights) -> Result<Vec<f64>, E>,
    ) -> Result<Option<(f32, Mean, Vec<f64>)>, E> {
        let mut found: Option<(f32, Mean, Vec<f64>)> = None;
        for to in grid(weights.of(feature)) {
            let tried = weights.with(feature, to);
            let is_dropped = to == 0.0 && self.never_dropped.contains(&feature);
            if is_dropped || tried == FeatureWeights::NONE || tried.validate().is_err() {
                continue;
            }
            let lists = measure(tried)?;
            let gain = Mean::of_gains(&lists, best);
            let is_better = found.as_ref().is_none_or(|(_, most, _)| gain.mean > most.mean);
            if is_better && self.worth.is_reached(to, gain) {
                found = Some((to, gain, lists));
            }
        }
        Ok(found)
    }
}

fn mean(lists: &[f64]) -> f64 {
    Mean::of(lists.iter().copied()).mean
}

fn grid(weight: f32) -> Vec<f32> {
    if weight == 0.0 {
        return FROM_NOTHING.to_vec();
    }
    FACTORS.into_iter().map(|factor| rounded(weight * factor)).collect()
}

/// To two significant digits: more would be a fit to chance.
fn rounded(weight: f32) -> f32 {
    format!("{weight:.1e}").parse().unwrap_or(weight)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grids_are_rounded_and_leave_nothing_out() {
        assert_eq!(grid(0.0), FROM_NOTHING);
        assert_eq!(grid(0.3), [0.0, 0.15, 0.23, 0.45, 0.6]);
        assert_eq!(grid(-2.0), [-0.0, -1.0, -1.5, -3.0, -4.0]);
    }

    /// Lists that are the better the nearer the weight of EASE is to 0.8, beside a weight that nothing depends on.
    fn measure(weights: FeatureWeights) -> Result<Vec<f64>, String> {
        let distance = f64::from((weights.of(Feature::Ease) - 0.8).abs());
        Ok((0..100).map(|list| 1.0 / (1.0 + distance) + f64::from(list % 2) * 1e-3 * distance).collect())
    }

    fn search(worth: Worth) -> Search<'static> {
        Search { features: &[Feature::Ease, Feature::Taste], rounds: 4, worth, never_dropped: &[] }
    }

    fn start() -> FeatureWeights {
        FeatureWeights::only(Feature::Taste).with(Feature::Ease, 0.2)
    }

    #[test]
    fn the_best_weight_is_climbed_to_and_silent_ones_stay() {
        let found = search(Worth::BeyondChance).climb(start(), measure).unwrap();
        assert_eq!(found.weights, start().with(Feature::Ease, 0.8));
        let steps: Vec<(usize, f32, f32)> = found.steps.iter().map(|step| (step.round, step.from, step.to)).collect();
        assert_eq!(steps, [(1, 0.2, 0.4), (2, 0.4, 0.8)]);
        assert!(found.steps.iter().all(|step| step.feature == Feature::Ease && step.gain.is_gain()));
        assert!(found.before < found.steps[0].ndcg && found.steps[0].ndcg < found.steps[1].ndcg);
    }

    #[test]
    fn what_costs_nothing_is_dropped_for_a_simpler_blend_unless_it_must_not() {
        let found = search(Worth::Likely).climb(start(), measure).unwrap();
        assert_eq!(found.weights, FeatureWeights::only(Feature::Ease).with(Feature::Ease, 0.8));
        let kept = Search { never_dropped: &[Feature::Taste], ..search(Worth::Likely) };
        assert_ne!(kept.climb(start(), measure).unwrap().weights.of(Feature::Taste), 0.0);
    }

    #[test]
    fn a_failure_ends_the_search_and_its_length_is_bounded() {
        let (mut measured, search) = (0, search(Worth::BeyondChance));
        let failing = |_| {
            measured += 1;
            if measured == 3 { Err("three") } else { Ok(vec![0.0; 10]) }
        };
        assert_eq!(search.climb(start(), failing), Err("three"));
        let mut measured = 0;
        let counting = |weights| {
            measured += 1;
            measure(weights)
        };
        search.climb(start(), counting).unwrap();
        assert!((2..=search.most_measured()).contains(&measured), "{measured}");
    }
}
