//! Factors by ranking pairs: a profile's watched item shall come before one that it did not watch.
//!
//! Source: Rendle, Freudenthaler, Gantner, Schmidt-Thieme, "BPR: Bayesian personalized ranking from implicit feedback"
//! (UAI 2009), by stochastic gradient descent: of every watch, drawn at random with repetition, and an item drawn at
//! random that the profile did not watch, with matrix factorisation and no bias.

use ndarray::{ArrayViewMut1, s};
use rand::{Rng, SeedableRng};
use rand_pcg::Pcg32;

use super::als::{FactorModel, bytes_to_factor, first_vectors};
use super::interactions::{Interactions, Lists};
use super::{FACTORS_MAX, MEMORY_LIMIT_BYTES, check_count, check_memory, check_positive};
use crate::domain::{CallOptions, Error, Result};
use crate::learning::{Item, Watch};
use crate::vectors::dot;

/// Steps between two looks at the deadline.
const STEPS_BETWEEN_CHECKS: usize = 4_096;

/// Draws of an item that was not watched before a pair is given up, for profiles that watched nearly all.
const DRAWS: usize = 32;

/// How factors are trained from pairs.
#[derive(Debug, Clone, PartialEq)]
pub struct BprOptions {
    /// Length of a vector, 1 to [`FACTORS_MAX`]. 64 by default.
    pub factors: usize,
    /// Each draws as many pairs as there are watches; 1 to 10,000. 100 by default.
    pub epochs: usize,
    /// Length of a step, above 0. 0.05 by default.
    pub learning_rate: f32,
    /// Above 0: how strongly each step shortens the vectors. 0.01 by default.
    pub regularisation: f32,
    /// Where vectors start and what is drawn.
    pub seed: u64,
    pub memory_limit_bytes: usize,
}

impl Default for BprOptions {
    fn default() -> Self {
        BprOptions {
            factors: 64,
            epochs: 100,
            learning_rate: 0.05,
            regularisation: 0.01,
            seed: 1,
            memory_limit_bytes: MEMORY_LIMIT_BYTES,
        }
    }
}

/// Trains factors from the histories of profiles, whose items are below `items`. A loss is the mean of −ln σ(difference)
/// over an epoch's pairs, before their steps. Progress counts epochs.
pub fn train_bpr(
    histories: &[&[Watch]],
    items: usize,
    options: &BprOptions,
    call: &CallOptions,
) -> Result<FactorModel> {
    check_count("factors", options.factors, FACTORS_MAX)?;
    check_count("epochs", options.epochs, 10_000)?;
    check_positive("learning_rate", options.learning_rate)?;
    check_positive("regularisation", options.regularisation)?;
    check_memory(bytes_to_factor(histories, items, options.factors), options.memory_limit_bytes)?;
    call.check()?;
    let watched = Interactions::new(histories, items)?;
    let mut generator = Pcg32::seed_from_u64(options.seed);
    let mut model = FactorModel {
        items: first_vectors(&watched.by_item, options.factors, &mut generator),
        profiles: first_vectors(&watched.by_profile, options.factors, &mut generator),
        losses: Vec::with_capacity(options.epochs),
    };
    for epoch in 0..options.epochs {
        call.report(epoch, options.epochs);
        let loss = run_epoch(&watched, &mut model, options, &mut generator, call)?;
        model.losses.push(loss);
    }
    call.report(options.epochs, options.epochs);
    if model.items.iter().chain(&model.profiles).all(|value| value.is_finite()) {
        return Ok(model);
    }
    Err(Error::invalid("the factors grow without bound: learning_rate is too large"))
}

fn run_epoch(
    watched: &Interactions,
    model: &mut FactorModel,
    options: &BprOptions,
    generator: &mut Pcg32,
    call: &CallOptions,
) -> Result<f64> {
    let (mut sum, mut pairs) = (0.0, 0);
    for step in 0..watched.by_profile.cells() {
        if step % STEPS_BETWEEN_CHECKS == 0 {
            call.check()?;
        }
        if let Some(pair) = draw(&watched.by_profile, watched.by_item.len(), generator) {
            sum += f64::from(take_step(model, pair, options));
            pairs += 1_usize;
        }
    }
    Ok(sum / pairs.max(1) as f64)
}

/// A profile, an item that it watched, and one that it did not.
struct Pair {
    profile: usize,
    watched: usize,
    other: usize,
}

/// None for a profile that seems to have watched everything.
fn draw(by_profile: &Lists, items: usize, generator: &mut Pcg32) -> Option<Pair> {
    let at = generator.random_range(0..by_profile.cells() as u64) as usize;
    let (profile, watched) = by_profile.cell(at);
    let list = by_profile.get(profile);
    let other = (0..DRAWS).map(|_| generator.random_range(0..items as Item));
    let other = other.into_iter().find(|other| list.binary_search(other).is_err())?;
    Some(Pair { profile, watched: watched as usize, other: other as usize })
}

/// Moves the three vectors along the gradient; gives −ln σ(difference) as it was before.
fn take_step(model: &mut FactorModel, pair: Pair, options: &BprOptions) -> f32 {
    let (watched, other) = model.items.multi_slice_mut((s![pair.watched, ..], s![pair.other, ..]));
    step_of_vectors(model.profiles.row_mut(pair.profile), watched, other, options)
}

fn step_of_vectors(
    mut profile: ArrayViewMut1<'_, f32>,
    mut watched: ArrayViewMut1<'_, f32>,
    mut other: ArrayViewMut1<'_, f32>,
    options: &BprOptions,
) -> f32 {
    let (Some(profile), Some(watched), Some(other)) =
        (profile.as_slice_mut(), watched.as_slice_mut(), other.as_slice_mut())
    else {
        return 0.0;
    };
    let difference = dot(profile, watched) - dot(profile, other);
    let slope = 1.0 / (1.0 + difference.exp());
    let (rate, shrink) = (options.learning_rate, options.regularisation);
    for ((p, w), o) in profile.iter_mut().zip(watched).zip(other) {
        let (before, apart) = (*p, *w - *o);
        *p += rate * (slope * apart - shrink * before);
        *w += rate * (slope * before - shrink * *w);
        *o += rate * (-slope * before - shrink * *o);
    }
    // ln(1 + e⁻ˣ) in a form that never overflows.
    (-difference).max(0.0) + (-difference.abs()).exp().ln_1p()
}
