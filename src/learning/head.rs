//! The head that learns how much each feature of a list counts for one viewer: a logistic regression on engaged or
//! passed over (binary cross-entropy), one example at a time, from weights that are good for everyone.
//!
//! Source: FTRL-Proximal of McMahan et al., "Ad click prediction: a view from the trenches" (KDD 2013), algorithm 1, with
//! steps for each weight by Duchi, Hazan and Singer, "Adaptive subgradient methods for online learning and stochastic
//! optimization" (JMLR 12, 2011). Three things differ. The squared norm is taken around the prior weights rather than
//! around zero, which is a Gaussian prior there: what a viewer's examples say nothing about stays as it came. There
//! is no L1 term, as no weight should vanish. And the minimum is taken over a box around the prior, which for a separable
//! function is clamping each weight.
//!
//! A head is a fold over its viewer's examples, in their order. Nothing is subtracted to take an example back, since
//! sums of rounded numbers do not come back to what they were: the head is learned anew from those that are left
//! ([`Head::learned`]).

use super::training::{Numbers, damaged, put_reals, put_whole};
use crate::domain::{Error, Result};

/// Features beyond this, either way, count as this much: bounds every step. Standardised features seldom reach it.
pub const FEATURE_MAX: f32 = 8.0;

/// The most that one example may count.
pub const IMPORTANCE_MAX: f32 = 10.0;

/// A weight stays between its prior's third and three times it: it never changes its sign, and a feature that a viewer's
/// examples speak against can come back.
const ROOM: f32 = 3.0;

/// How far the bias may move from its prior, in log-odds.
const BIAS_ROOM: f32 = 4.0;

/// The largest weight of a prior, either way.
const LARGEST: f32 = 1_000.0;

/// The first bytes of a saved head, before how many features it has.
const FORMAT: u32 = 0x4845_4131;

/// Where every head starts, and how fast it leaves.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Prior<const FEATURES: usize> {
    /// In log-odds for each unit of the feature. A weight of 0 stays 0: the feature does not count for anyone.
    pub weights: [f32; FEATURES],
    /// In log-odds, where all features are 0: how often anything is engaged with at all.
    pub bias: f32,
    /// λ, 0 to 1,000,000: the precision of the Gaussian around each weight; how much evidence moves it. 10 by default.
    pub precision: f32,
    /// α, 0.000001 to 100: the largest part of a gradient that is gone along. 0.1 by default.
    pub rate: f32,
}

impl<const FEATURES: usize> Prior<FEATURES> {
    /// With the default precision and rate.
    pub fn new(weights: [f32; FEATURES], bias: f32) -> Prior<FEATURES> {
        Prior { weights, bias, precision: 10.0, rate: 0.1 }
    }

    /// Refuses what a head cannot start from. Heads with a prior that was not checked learn nothing useful, and do no
    /// harm else.
    pub fn validate(&self) -> Result<()> {
        if self.weights.iter().chain([&self.bias]).any(|weight| !(-LARGEST..=LARGEST).contains(weight)) {
            return Err(Error::invalid("a prior weight or bias does not lie between -1000 and 1000"));
        }
        if !(0.0..=1e6).contains(&self.precision) {
            return Err(Error::invalid(format!("precision is {}, not within 0 to 1000000", self.precision)));
        }
        if !(1e-6..=100.0).contains(&self.rate) {
            return Err(Error::invalid(format!("rate is {}, not within 0.000001 to 100", self.rate)));
        }
        Ok(())
    }
}

/// What a viewer did with a video that stood in a list.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Example<const FEATURES: usize> {
    /// The features by which the video was scored.
    pub features: [f32; FEATURES],
    /// Engaged with, or passed over.
    pub engaged: bool,
    /// How much it counts, 0 to [`IMPORTANCE_MAX`]; 1 is a plain example.
    pub importance: f32,
}

/// What one weight has learned.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Cell {
    /// Σ (gradient − change of stiffness · distance from the prior).
    pull: f32,
    /// Σ gradient².
    squares: f32,
}

/// See the module: 8 bytes for each feature and 12 more. Weights are worked out when they are asked for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Head<const FEATURES: usize> {
    cells: [Cell; FEATURES],
    bias: Cell,
    examples: u32,
}

impl<const FEATURES: usize> Default for Head<FEATURES> {
    fn default() -> Self {
        Head { cells: [Cell::default(); FEATURES], bias: Cell::default(), examples: 0 }
    }
}

impl<const FEATURES: usize> Head<FEATURES> {
    /// The head after these examples, in this order: from the prior, for the first time or after one was taken back.
    pub fn learned<'a>(
        prior: &Prior<FEATURES>,
        examples: impl IntoIterator<Item = &'a Example<FEATURES>>,
    ) -> Head<FEATURES> {
        let mut head = Head::default();
        examples.into_iter().for_each(|example| head.learn(prior, example));
        head
    }

    /// How many examples it learned from.
    pub fn examples(&self) -> u32 {
        self.examples
    }

    /// Learns one example, with the prior that it always had. An importance of 0 or less, or that is no number, teaches
    /// nothing.
    pub fn learn(&mut self, prior: &Prior<FEATURES>, example: &Example<FEATURES>) {
        if example.importance.is_nan() || example.importance <= 0.0 {
            return;
        }
        let error = self.probability(prior, &example.features) - f32::from(u8::from(example.engaged));
        let slope = example.importance.min(IMPORTANCE_MAX) * error;
        for ((cell, weight), feature) in self.cells.iter_mut().zip(prior.weights).zip(example.features) {
            cell.learn(slope * bounded(feature), prior, room_of(weight));
        }
        self.bias.learn(slope, prior, (-BIAS_ROOM, BIAS_ROOM));
        self.examples = self.examples.saturating_add(1);
    }

    /// The weights, each in its box around the prior's.
    pub fn weights(&self, prior: &Prior<FEATURES>) -> [f32; FEATURES] {
        let mut weights = prior.weights;
        for (weight, cell) in weights.iter_mut().zip(&self.cells) {
            *weight += cell.distance(prior, room_of(*weight));
        }
        weights
    }

    /// The log-odds where all features are 0.
    pub fn bias(&self, prior: &Prior<FEATURES>) -> f32 {
        prior.bias + self.bias.distance(prior, (-BIAS_ROOM, BIAS_ROOM))
    }

    /// bias + Σ wᵢ·aᵢ. Features that are no numbers count as 0.
    pub fn log_odds(&self, prior: &Prior<FEATURES>, features: &[f32; FEATURES]) -> f32 {
        let terms = self.weights(prior).into_iter().zip(features).map(|(weight, feature)| weight * bounded(*feature));
        self.bias(prior) + terms.sum::<f32>()
    }

    /// How likely the video is engaged with, 0 to 1.
    pub fn probability(&self, prior: &Prior<FEATURES>, features: &[f32; FEATURES]) -> f32 {
        sigmoid(self.log_odds(prior, features))
    }

    /// What a saved head takes.
    pub const SAVED_BYTES: usize = 20 + 8 * FEATURES;

    /// Its state, [`Head::SAVED_BYTES`] long; the same bytes for the same state.
    pub fn save(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(Self::SAVED_BYTES);
        put_whole(&mut bytes, FORMAT);
        put_whole(&mut bytes, FEATURES as u32);
        put_whole(&mut bytes, self.examples);
        for cell in self.cells.iter().chain([&self.bias]) {
            put_reals(&mut bytes, &[cell.pull, cell.squares]);
        }
        bytes
    }

    /// [`crate::domain::Status::Corrupt`] for bytes that [`Head::save`] never gives, and for those of a head with
    /// another number of features.
    pub fn load(bytes: &[u8]) -> Result<Head<FEATURES>> {
        let mut numbers = Numbers::new(bytes)?;
        if [numbers.whole()?, numbers.whole()?] != [FORMAT, FEATURES as u32] {
            return Err(damaged());
        }
        let mut head = Head { examples: numbers.whole()?, ..Head::default() };
        for cell in head.cells.iter_mut().chain([&mut head.bias]) {
            *cell = Cell { pull: numbers.real()?, squares: numbers.real()? };
        }
        numbers.end()?;
        if head.is_reachable() { Ok(head) } else { Err(damaged()) }
    }

    /// Whether examples can have led here, each of which adds a bounded square.
    fn is_reachable(&self) -> bool {
        if self.examples == 0 {
            return *self == Head::default();
        }
        // Twice: what many additions may round up.
        let most = 2.0 * f64::from(self.examples) * f64::from(IMPORTANCE_MAX * FEATURE_MAX).powi(2);
        let mut cells = self.cells.iter().chain([&self.bias]);
        cells.all(|cell| cell.squares.is_sign_positive() && f64::from(cell.squares) <= most)
    }
}

impl Cell {
    /// The weight's distance from its prior: where the sum of all that pulls is least, within the room.
    fn distance<const FEATURES: usize>(self, prior: &Prior<FEATURES>, room: (f32, f32)) -> f32 {
        let stiffness = (1.0 + self.squares.sqrt()) / prior.rate + prior.precision;
        (-self.pull / stiffness).max(room.0).min(room.1)
    }

    fn learn<const FEATURES: usize>(&mut self, gradient: f32, prior: &Prior<FEATURES>, room: (f32, f32)) {
        let squares = self.squares + gradient * gradient;
        let stiffer = (squares.sqrt() - self.squares.sqrt()) / prior.rate;
        self.pull += gradient - stiffer * self.distance(prior, room);
        self.squares = squares;
    }
}

/// How far a weight may go from its prior, down and up.
fn room_of(weight: f32) -> (f32, f32) {
    let (third, triple) = (weight / ROOM - weight, weight * ROOM - weight);
    (third.min(triple), third.max(triple))
}

fn bounded(feature: f32) -> f32 {
    if feature.is_nan() { 0.0 } else { feature.clamp(-FEATURE_MAX, FEATURE_MAX) }
}

/// 1 / (1 + e⁻ˣ), in a form that never overflows.
pub(super) fn sigmoid(log_odds: f32) -> f32 {
    let small = (-log_odds.abs()).exp();
    (if log_odds < 0.0 { small } else { 1.0 }) / (1.0 + small)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example(features: [f32; 2], engaged: bool) -> Example<2> {
        Example { features, engaged, importance: 1.0 }
    }

    #[test]
    fn without_examples_it_is_the_prior() {
        let prior = Prior::new([0.5, -0.25], -1.0);
        let head = Head::default();
        assert_eq!((head.weights(&prior), head.bias(&prior)), ([0.5, -0.25], -1.0));
        assert_eq!(head.log_odds(&prior, &[2.0, 4.0]), -1.0);
        assert!((head.probability(&prior, &[2.0, 0.0]) - 0.5).abs() < 1e-6);
    }

    #[test]
    fn two_steps_worked_out_by_hand() {
        // α = 0.5, λ = 2. At first p = 1/2, so the gradients are −1/2·(2, 0) and −1/2 for the bias.
        let prior = Prior { weights: [1.0, 1.0], bias: -2.0, precision: 2.0, rate: 0.5 };
        let mut head = Head::default();
        head.learn(&prior, &example([2.0, 0.0], true));
        // The first weight: squares 1, pull −1, stiffness (1 + 1)/0.5 + 2 = 6.
        assert!((head.weights(&prior)[0] - (1.0 + 1.0 / 6.0)).abs() < 1e-6);
        assert_eq!(head.weights(&prior)[1], 1.0);
        // The bias: squares 1/4, pull −1/2, stiffness 1.5/0.5 + 2 = 5.
        assert!((head.bias(&prior) - -1.9).abs() < 1e-6);
        head.learn(&prior, &example([1.0, 0.0], false));
        let gradient = 1.0 / (1.0 + (1.9_f64 - 7.0 / 6.0).exp());
        let squares = 1.0 + gradient * gradient;
        let pull = -1.0 + gradient - (squares.sqrt() - 1.0) / 0.5 / 6.0;
        let expected = 1.0 - pull / ((1.0 + squares.sqrt()) / 0.5 + 2.0);
        assert!((f64::from(head.weights(&prior)[0]) - expected).abs() < 1e-6);
    }

    #[test]
    fn weights_stay_between_a_third_and_three_times_the_prior() {
        let prior = Prior { precision: 0.0, rate: 10.0, ..Prior::new([0.6, -0.3], 0.0) };
        let driven = |engaged| {
            let examples = vec![example([8.0, 8.0], engaged); 2_000];
            Head::learned(&prior, &examples).weights(&prior)
        };
        let near = |found: [f32; 2], expected: [f32; 2]| found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-6);
        assert!(near(driven(true), [1.8, -0.1]), "{:?}", driven(true));
        assert!(near(driven(false), [0.2, -0.9]), "{:?}", driven(false));
    }

    #[test]
    fn priors_out_of_range_are_refused() {
        let prior = Prior::new([1.0, 0.0], 0.0);
        assert!(prior.validate().is_ok());
        for refused in [
            Prior { rate: 0.0, ..prior },
            Prior { rate: f32::NAN, ..prior },
            Prior { precision: -1.0, ..prior },
            Prior { bias: f32::INFINITY, ..prior },
            Prior { weights: [f32::NAN, 0.0], ..prior },
        ] {
            assert!(refused.validate().is_err(), "{refused:?}");
            let _learned = Head::learned(&refused, &[example([1.0, 1.0], true); 2]);
        }
    }

    #[test]
    fn what_is_no_example_teaches_nothing() {
        let prior = Prior::new([1.0, 0.0], 0.0);
        let mut head = Head::default();
        for importance in [0.0, -1.0, f32::NAN] {
            head.learn(&prior, &Example { importance, ..example([1.0, 1.0], true) });
        }
        assert_eq!(head, Head::default());
        head.learn(&prior, &Example { importance: f32::INFINITY, ..example([f32::NAN, f32::INFINITY], true) });
        assert!(head.weights(&prior).iter().all(|weight| weight.is_finite()));
        assert_eq!(head.weights(&prior), [1.0, 0.0], "no number, and a feature that never counts");
        assert_eq!(head.examples(), 1);
    }

    #[test]
    fn a_head_of_fourteen_features_takes_less_than_two_hundred_bytes() {
        assert!(size_of::<Head<14>>() < 200 && Head::<14>::SAVED_BYTES < 200);
    }

    #[test]
    fn the_sigmoid_has_no_end() {
        assert_eq!([f32::NEG_INFINITY, -200.0, 0.0, 200.0].map(sigmoid), [0.0, 0.0, 0.5, 1.0]);
        assert!((sigmoid(-3.0) + sigmoid(3.0) - 1.0).abs() < 1e-6);
    }
}
