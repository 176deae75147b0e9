//! Logistic regression in one go: the weights and the bias that make the binary cross-entropy of many examples least.
//! Serves the linear layer on vectors ([`super::train_head`]), and prior weights of features that everyone's
//! examples speak for.
//!
//! Source: the limited-memory BFGS method of Liu and Nocedal, "On the limited memory BFGS method for large scale
//! optimization" (Mathematical Programming 45, 1989), with the two-loop recursion of Nocedal (1980) and steps halved until
//! they are good by Armijo's rule. The function is convex, so that where it starts does not matter.

use std::collections::VecDeque;

use ndarray::ArrayView2;

use super::{MEMORY_LIMIT_BYTES, check_count, check_memory};
use crate::domain::{CallOptions, Error, Result};
use crate::vectors::dot;

/// Changes of weights and gradients that are remembered.
const REMEMBERED: usize = 8;

/// Rows between two looks at the deadline.
const ROWS_BETWEEN_CHECKS: usize = 1_024;

/// A step is halved so often at most: after that, rounding is all that is left to gain.
const HALVINGS: usize = 40;

/// Armijo's share of the promised decrease.
const ARMIJO: f64 = 1e-4;

/// How weights are found.
#[derive(Debug, Clone, PartialEq)]
pub struct LogisticOptions {
    /// λ, 0.000001 to 1,000,000: λ/2·‖w‖² is added to the mean loss; the bias is free. 0.0001 by default.
    pub regularisation: f32,
    /// Most rounds, 1 to 10,000. 200 by default.
    pub iterations: usize,
    /// Ends when no number of the gradient is larger; 0 or more. 0.000001 by default.
    pub tolerance: f64,
    pub memory_limit_bytes: usize,
}

impl Default for LogisticOptions {
    fn default() -> Self {
        LogisticOptions {
            regularisation: 1e-4,
            iterations: 200,
            tolerance: 1e-6,
            memory_limit_bytes: MEMORY_LIMIT_BYTES,
        }
    }
}

/// log-odds = bias + Σ weight · feature.
#[derive(Debug, Clone, PartialEq)]
pub struct LinearHead {
    pub weights: Vec<f32>,
    pub bias: f32,
}

impl LinearHead {
    /// Of as many features as there are weights.
    pub fn log_odds(&self, features: &[f32]) -> f32 {
        self.bias + dot(&self.weights, features)
    }
}

/// Examples × features, computed row by row.
pub(super) trait Rows {
    fn count(&self) -> usize;
    fn width(&self) -> usize;
    /// Writes the features of an example; gives whether it was engaged with.
    fn read(&self, row: usize, features: &mut [f32]) -> bool;
}

struct Dense<'a> {
    features: ArrayView2<'a, f32>,
    engaged: &'a [bool],
}

impl Rows for Dense<'_> {
    fn count(&self) -> usize {
        self.engaged.len()
    }

    fn width(&self) -> usize {
        self.features.ncols()
    }

    fn read(&self, row: usize, features: &mut [f32]) -> bool {
        features.iter_mut().zip(self.features.row(row)).for_each(|(place, value)| *place = *value);
        self.engaged[row]
    }
}

/// Trains weights for `features` (examples × width, finite) that tell which examples were engaged with. Progress counts
/// rounds.
pub fn train_logistic(
    features: ArrayView2<'_, f32>,
    engaged: &[bool],
    options: &LogisticOptions,
    call: &CallOptions,
) -> Result<LinearHead> {
    if features.nrows() != engaged.len() {
        let (rows, labels) = (features.nrows(), engaged.len());
        return Err(Error::invalid(format!("there are {rows} rows of features and {labels} labels")));
    }
    if !features.iter().all(|value| value.is_finite()) {
        return Err(Error::invalid("features must be finite"));
    }
    minimise(&Dense { features, engaged }, options, call)
}

pub(super) fn check_options(options: &LogisticOptions) -> Result<()> {
    if !(1e-6..=1e6).contains(&options.regularisation) {
        let found = options.regularisation;
        return Err(Error::invalid(format!("regularisation is {found}, not within 0.000001 to 1000000")));
    }
    if options.tolerance.is_nan() || options.tolerance < 0.0 {
        return Err(Error::invalid(format!("tolerance is {}, not 0 or more", options.tolerance)));
    }
    check_count("iterations", options.iterations, 10_000)
}

pub(super) fn minimise(rows: &impl Rows, options: &LogisticOptions, call: &CallOptions) -> Result<LinearHead> {
    check_options(options)?;
    if rows.count() == 0 {
        return Err(Error::invalid("there are no examples to train with"));
    }
    let numbers = (2 * REMEMBERED + 8).saturating_mul(rows.width() + 1);
    check_memory(numbers.saturating_mul(size_of::<f64>()), options.memory_limit_bytes)?;
    let regularisation = f64::from(options.regularisation);
    let mut here = Point::at(vec![0.0; rows.width() + 1], rows, regularisation, call)?;
    let mut changes = Changes::default();
    for round in 0..options.iterations {
        call.report(round, options.iterations);
        if here.gradient.iter().all(|value| value.abs() <= options.tolerance) {
            break;
        }
        let direction = changes.direction(&here.gradient);
        let Some(next) = here.step_along(&direction, rows, regularisation, call)? else {
            break;
        };
        changes.remember(&here, &next);
        here = next;
    }
    call.report(options.iterations, options.iterations);
    let (bias, weights) = here.weights.split_last().map_or((0.0, &[][..]), |(bias, weights)| (*bias as f32, weights));
    Ok(LinearHead { weights: weights.iter().map(|weight| *weight as f32).collect(), bias })
}

/// Weights, the bias last, with the value and the gradient of what is minimised there.
struct Point {
    weights: Vec<f64>,
    value: f64,
    gradient: Vec<f64>,
}

impl Point {
    fn at(weights: Vec<f64>, rows: &impl Rows, regularisation: f64, call: &CallOptions) -> Result<Point> {
        let width = rows.width();
        let (mut loss, mut gradient) = (0.0, vec![0.0; weights.len()]);
        let mut features = vec![0.0_f32; width];
        for row in 0..rows.count() {
            call.check_every(ROWS_BETWEEN_CHECKS, row)?;
            let target = f64::from(u8::from(rows.read(row, &mut features)));
            let log_odds = weights[width] + inner_product(&features, &weights);
            // ln(1 + eˣ) − target·x, in a form that never overflows.
            loss += log_odds.max(0.0) + (-log_odds.abs()).exp().ln_1p() - target * log_odds;
            let error = 1.0 / (1.0 + (-log_odds).exp()) - target;
            gradient.iter_mut().zip(&features).for_each(|(sum, feature)| *sum += error * f64::from(*feature));
            gradient[width] += error;
        }
        let count = rows.count() as f64;
        gradient.iter_mut().for_each(|sum| *sum /= count);
        gradient.iter_mut().zip(&weights[..width]).for_each(|(sum, weight)| *sum += regularisation * weight);
        let norm: f64 = weights[..width].iter().map(|weight| weight * weight).sum();
        Ok(Point { value: loss / count + regularisation / 2.0 * norm, weights, gradient })
    }

    /// The first good point of ever smaller steps; none where there is none.
    fn step_along(
        &self,
        direction: &[f64],
        rows: &impl Rows,
        regularisation: f64,
        call: &CallOptions,
    ) -> Result<Option<Point>> {
        let promised = product(direction, &self.gradient);
        let mut step = 1.0;
        for _ in 0..HALVINGS {
            let weights = self.weights.iter().zip(direction).map(|(weight, along)| weight + step * along).collect();
            let next = Point::at(weights, rows, regularisation, call)?;
            if next.value <= self.value + ARMIJO * step * promised {
                return Ok((next.value < self.value).then_some(next));
            }
            step /= 2.0;
        }
        Ok(None)
    }
}

/// The last changes of the weights and of the gradient, oldest first.
#[derive(Default)]
struct Changes(VecDeque<(Vec<f64>, Vec<f64>)>);

impl Changes {
    fn remember(&mut self, before: &Point, after: &Point) {
        let difference = |a: &[f64], b: &[f64]| b.iter().zip(a).map(|(b, a)| b - a).collect::<Vec<f64>>();
        let moved = difference(&before.weights, &after.weights);
        let turned = difference(&before.gradient, &after.gradient);
        if product(&moved, &turned) <= 0.0 {
            return;
        }
        if self.0.len() == REMEMBERED {
            self.0.pop_front();
        }
        self.0.push_back((moved, turned));
    }

    /// Minus the gradient, times what the changes tell of the inverse curvature.
    fn direction(&self, gradient: &[f64]) -> Vec<f64> {
        let mut direction: Vec<f64> = gradient.iter().map(|value| -value).collect();
        let mut taken = Vec::with_capacity(self.0.len());
        for (moved, turned) in self.0.iter().rev() {
            let share = product(moved, &direction) / product(moved, turned);
            direction.iter_mut().zip(turned).for_each(|(along, turned)| *along -= share * turned);
            taken.push(share);
        }
        if let Some((moved, turned)) = self.0.back() {
            let scale = product(moved, turned) / product(turned, turned);
            direction.iter_mut().for_each(|along| *along *= scale);
        }
        for ((moved, turned), share) in self.0.iter().zip(taken.into_iter().rev()) {
            let back = share - product(turned, &direction) / product(moved, turned);
            direction.iter_mut().zip(moved).for_each(|(along, moved)| *along += back * moved);
        }
        direction
    }
}

fn product(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// In four sums, so that additions need not wait for each other.
fn inner_product(features: &[f32], weights: &[f64]) -> f64 {
    let mut sums = [0.0; 4];
    let (blocks, rest) = features.as_chunks::<4>();
    let (weight_blocks, weight_rest) = weights[..features.len()].as_chunks::<4>();
    for (features, weights) in blocks.iter().zip(weight_blocks) {
        for lane in 0..4 {
            sums[lane] += f64::from(features[lane]) * weights[lane];
        }
    }
    let tail: f64 = rest.iter().zip(weight_rest).map(|(feature, weight)| f64::from(*feature) * weight).sum();
    sums.iter().sum::<f64>() + tail
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, array};

    use super::*;

    fn trained(features: &Array2<f32>, engaged: &[bool], regularisation: f32) -> LinearHead {
        let options = LogisticOptions { regularisation, tolerance: 1e-10, ..LogisticOptions::default() };
        train_logistic(features.view(), engaged, &options, &CallOptions::default()).unwrap()
    }

    #[test]
    fn one_feature_of_zero_or_one_has_a_closed_form() {
        // 3 of 4 with the feature, 1 of 4 without: log-odds ln 3 and −ln 3.
        let features = array![[1.0], [1.0], [1.0], [1.0], [0.0], [0.0], [0.0], [0.0]];
        let engaged = [true, true, true, false, true, false, false, false];
        let head = trained(&features, &engaged, 1e-6);
        assert!((head.bias + 3.0_f32.ln()).abs() < 1e-3, "{head:?}");
        assert!((head.log_odds(&[1.0]) - 3.0_f32.ln()).abs() < 1e-3, "{head:?}");
    }

    #[test]
    fn the_gradient_vanishes_at_the_weights_found() {
        let features =
            Array2::from_shape_fn((60, 5), |(row, column)| ((row * 7 + column * 13) % 11) as f32 / 5.0 - 1.0);
        let engaged: Vec<bool> = (0..60).map(|row| row * 5 % 7 < 3).collect();
        let head = trained(&features, &engaged, 0.01);
        for column in 0..=5 {
            let mut slope = if column < 5 { 0.01 * f64::from(head.weights[column]) } else { 0.0 };
            for (row, engaged) in features.rows().into_iter().zip(&engaged) {
                let row = row.to_vec();
                let error = 1.0 / (1.0 + f64::from(-head.log_odds(&row)).exp()) - f64::from(u8::from(*engaged));
                slope += error * f64::from(if column < 5 { row[column] } else { 1.0 }) / 60.0;
            }
            assert!(slope.abs() < 1e-6, "{column}: {slope}");
        }
    }

    #[test]
    fn what_cannot_be_trained_with_is_refused() {
        let call = CallOptions::default();
        let features = array![[1.0], [f32::NAN]];
        let default = LogisticOptions::default();
        assert!(train_logistic(features.view(), &[true, false], &default, &call).is_err());
        let features = array![[1.0], [0.0]];
        assert!(train_logistic(features.view(), &[true], &default, &call).is_err());
        let empty = Array2::zeros((0, 3));
        assert!(train_logistic(empty.view(), &[], &default, &call).is_err());
        for refused in [
            LogisticOptions { regularisation: 0.0, ..default.clone() },
            LogisticOptions { iterations: 0, ..default.clone() },
            LogisticOptions { tolerance: f64::NAN, ..default.clone() },
            LogisticOptions { memory_limit_bytes: 8, ..default.clone() },
        ] {
            assert!(train_logistic(features.view(), &[true, false], &refused, &call).is_err(), "{refused:?}");
        }
    }
}
