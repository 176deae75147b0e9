//! Factors by alternating least squares: a vector for each item and each profile whose products say who
//! watched what, all cells counted, watched ones with more confidence.
//!
//! Source: Hu, Koren, Volinsky, "Collaborative filtering for implicit feedback datasets" (ICDM 2008), with every watch
//! alike: confidence 1 + α for a watched item, 1 for any other. Each vector solves its system exactly, or comes nearer
//! by steps ([`AlsSolver`]), so that a sweep never raises the loss, and [`FoldIn`] gives a profile that was never
//! trained the vector that training would have.

use std::sync::Arc;

use nalgebra::{Cholesky, DMatrix, DVector};
use ndarray::{Array2, ArrayView2, Axis};
use rand::{Rng, SeedableRng};
use rand_pcg::Pcg32;

use super::conjugate::Systems;
use super::crew::{Crew, Pieces};
use super::dense::not_positive_definite;
use super::interactions::{Interactions, Lists};
use super::{FACTORS_MAX, MEMORY_LIMIT_BYTES, check_count, check_memory, check_positive};
use crate::domain::{CallOptions, Result};
use crate::learning::Watch;

/// Rows that one piece of work solves.
const ROWS: usize = 64;

/// Squares of rows, of up to [`FACTORS_MAX`]² cells each, that are added up between two looks at the bounds of a call.
const SQUARES_BETWEEN_CHECKS: usize = 16;

/// How a vector is solved for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum AlsSolver {
    /// Exactly.
    #[default]
    Exact,
    /// By so many steps from where it stands, at least 1: three are as good as exact ones over fifteen sweeps, in a
    /// fraction of the time.
    ConjugateGradients(usize),
}

/// How factors are trained by least squares.
#[derive(Debug, Clone, PartialEq)]
pub struct AlsOptions {
    /// Length of a vector, 1 to [`FACTORS_MAX`]. 64 by default.
    pub factors: usize,
    /// How often all vectors are solved for, 1 to 1,000. 15 by default.
    pub sweeps: usize,
    /// λ, above 0: the weight of the vectors' squared lengths in the loss. 10 by default.
    pub regularisation: f32,
    /// α, above 0: how much more a watched item counts than one that was not. 1 by default.
    pub confidence: f32,
    pub solver: AlsSolver,
    /// Where the items' vectors start.
    pub seed: u64,
    pub memory_limit_bytes: usize,
}

impl Default for AlsOptions {
    fn default() -> Self {
        AlsOptions {
            factors: 64,
            sweeps: 15,
            regularisation: 10.0,
            confidence: 1.0,
            solver: AlsSolver::Exact,
            seed: 1,
            memory_limit_bytes: MEMORY_LIMIT_BYTES,
        }
    }
}

/// Trained factors, a row each.
#[derive(Debug, Clone, PartialEq)]
pub struct FactorModel {
    /// Zero for items that nobody watched.
    pub items: Array2<f32>,
    pub profiles: Array2<f32>,
    /// The loss after each sweep or epoch.
    pub losses: Vec<f64>,
}

/// What a model of so many rows takes, with the histories it is trained from.
pub(super) fn bytes_to_factor(histories: &[&[Watch]], items: usize, factors: usize) -> usize {
    // The vectors of a side stand twice while they are solved for.
    let rows = histories.len().saturating_add(items).saturating_mul(2);
    let cells = rows.saturating_add(8 * factors).saturating_mul(factors);
    cells.saturating_mul(size_of::<f32>()).saturating_add(Interactions::bytes(histories, items))
}

/// Vectors of small numbers, the same for a seed on every machine; zero for items without a watch.
pub(super) fn first_vectors(lists: &Lists, factors: usize, generator: &mut Pcg32) -> Array2<f32> {
    let mut vectors = Array2::zeros((lists.len(), factors));
    let scale = 1.0 / factors as f32;
    for (mut vector, list) in vectors.axis_iter_mut(Axis(0)).zip(lists.iter()) {
        if !list.is_empty() {
            vector.map_inplace(|value| *value = scale * (generator.random::<f32>() - 0.5));
        }
    }
    vectors
}

/// Trains factors from the histories of profiles, whose items are below `items`, on the calling thread. Progress counts
/// sweeps.
pub fn train_als(
    histories: &[&[Watch]],
    items: usize,
    options: &AlsOptions,
    call: &CallOptions,
) -> Result<FactorModel> {
    train_als_with(&Crew::default(), histories, items, options, call)
}

/// What [`train_als`] does, on the threads of a crew.
pub fn train_als_with(
    crew: &Crew,
    histories: &[&[Watch]],
    items: usize,
    options: &AlsOptions,
    call: &CallOptions,
) -> Result<FactorModel> {
    check_count("factors", options.factors, FACTORS_MAX)?;
    check_count("sweeps", options.sweeps, 1_000)?;
    check_positive("regularisation", options.regularisation)?;
    check_positive("confidence", options.confidence)?;
    if let AlsSolver::ConjugateGradients(steps) = options.solver {
        check_count("solver", steps, FACTORS_MAX)?;
    }
    check_memory(bytes_to_factor(histories, items, options.factors), options.memory_limit_bytes)?;
    call.check()?;
    let watched = Arc::new(Interactions::new(histories, items)?);
    let first = first_vectors(&watched.by_item, options.factors, &mut Pcg32::seed_from_u64(options.seed));
    let solve = |side, others: &Arc<Array2<f32>>, before: &Arc<Array2<f32>>| {
        solve_all(&watched, side, others, before, options, crew, call)
    };
    let mut items = Arc::new(first);
    let none = Arc::new(Array2::zeros((histories.len(), options.factors)));
    let mut profiles = solve(Side::Profiles, &items, &none)?;
    drop(none);
    let mut losses = Vec::with_capacity(options.sweeps);
    for sweep in 0..options.sweeps {
        call.report(sweep, options.sweeps);
        items = solve(Side::Items, &profiles, &items)?;
        profiles = solve(Side::Profiles, &items, &profiles)?;
        losses.push(loss(&watched.by_profile, &items, &profiles, options, call)?);
    }
    call.report(options.sweeps, options.sweeps);
    Ok(FactorModel { items: Arc::unwrap_or_clone(items), profiles: Arc::unwrap_or_clone(profiles), losses })
}

/// Whose vectors are solved for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Profiles,
    Items,
}

/// The vectors of one side, each the best for those of the other, or better than `before`.
fn solve_all(
    watched: &Arc<Interactions>,
    side: Side,
    others: &Arc<Array2<f32>>,
    before: &Arc<Array2<f32>>,
    options: &AlsOptions,
    crew: &Crew,
    call: &CallOptions,
) -> Result<Arc<Array2<f32>>> {
    let fold_in = FoldIn::new(others.view(), options.regularisation, options.confidence, call)?;
    let systems = Systems::new(fold_in.base_in_short(), options.confidence);
    let (watched, others, before, solver) =
        (Arc::clone(watched), Arc::clone(others), Arc::clone(before), options.solver);
    let count = before.nrows();
    let blocks = crew.map(Pieces::silent(count.div_ceil(ROWS)), call, move |block| {
        let lists = if side == Side::Profiles { &watched.by_profile } else { &watched.by_item };
        let mut vectors = Vec::with_capacity(ROWS * others.ncols());
        for row in block * ROWS..count.min((block + 1) * ROWS) {
            let rows = lists.get(row).iter().filter_map(|other| others.row(*other as usize).to_slice());
            match solver {
                AlsSolver::Exact => {
                    vectors.extend(fold_in.vector(rows.map(|row| (row, 1.0))).ok_or_else(not_positive_definite)?);
                }
                AlsSolver::ConjugateGradients(steps) => {
                    let mut vector = before.row(row).to_vec();
                    let watched: Vec<f32> = rows.flatten().copied().collect();
                    systems.improve(&mut vector, &watched, steps).ok_or_else(not_positive_definite)?;
                    vectors.extend(vector);
                }
            }
        }
        Ok(vectors)
    })?;
    let solved = Array2::from_shape_vec((count, options.factors), blocks.concat());
    solved.map(Arc::new).map_err(|_| not_positive_definite())
}

/// Σ c(p − x·y)² over all cells and λ times the squared lengths. Those of cells without a watch are (x·y)², whose sum over
/// all cells is the sum of products of the two sides' Gram matrices.
fn loss(
    by_profile: &Lists,
    items: &Array2<f32>,
    profiles: &Array2<f32>,
    options: &AlsOptions,
    call: &CallOptions,
) -> Result<f64> {
    let confidence = 1.0 + f64::from(options.confidence);
    let mut sum = gram(items.view(), call)?.dot(&gram(profiles.view(), call)?);
    for (list, profile) in by_profile.iter().zip(profiles.axis_iter(Axis(0))) {
        for item in list {
            let cells = profile.iter().zip(items.row(*item as usize));
            let product: f64 = cells.map(|(a, b)| f64::from(*a) * f64::from(*b)).sum();
            sum += confidence * (1.0 - product).powi(2) - product.powi(2);
        }
    }
    let squares = |values: &Array2<f32>| values.iter().map(|value| f64::from(*value).powi(2)).sum::<f64>();
    Ok(sum + f64::from(options.regularisation) * (squares(items) + squares(profiles)))
}

/// Σ v·vᵀ over the rows.
fn gram(rows: ArrayView2<'_, f32>, call: &CallOptions) -> Result<DMatrix<f64>> {
    let mut gram = DMatrix::zeros(rows.ncols(), rows.ncols());
    let mut row = Vec::with_capacity(rows.ncols());
    for (place, vector) in rows.axis_iter(Axis(0)).enumerate() {
        call.check_every(SQUARES_BETWEEN_CHECKS, place)?;
        if vector.iter().all(|value| *value == 0.0) {
            continue;
        }
        row.clear();
        row.extend(vector.iter().map(|value| f64::from(*value)));
        add_square(&mut gram, &row, 1.0);
    }
    gram.fill_upper_triangle_with_lower_triangle();
    Ok(gram)
}

/// Adds w·v·vᵀ to the lower triangle.
fn add_square(matrix: &mut DMatrix<f64>, vector: &[f64], weight: f64) {
    for (column, mut cells) in matrix.column_iter_mut().enumerate() {
        let factor = weight * vector[column];
        let lower = cells.as_mut_slice().iter_mut().zip(vector).skip(column);
        lower.for_each(|(cell, value)| *cell += factor * value);
    }
}

/// Finds the vector of one more row, as training does, from the trained vectors of what it watched.
#[derive(Debug, Clone)]
pub struct FoldIn {
    /// YᵀY + λI.
    base: DMatrix<f64>,
    confidence: f64,
}

impl FoldIn {
    /// For the trained vectors of the other side, a row each, with the options that they were trained with.
    /// Fails with the bounds of the call alone.
    pub fn new(
        trained: ArrayView2<'_, f32>,
        regularisation: f32,
        confidence: f32,
        call: &CallOptions,
    ) -> Result<FoldIn> {
        let mut base = gram(trained, call)?;
        (0..base.nrows()).for_each(|at| base[(at, at)] += f64::from(regularisation));
        Ok(FoldIn { base, confidence: f64::from(confidence) })
    }

    /// For vectors without elements.
    pub fn of_nothing() -> FoldIn {
        FoldIn { base: DMatrix::zeros(0, 0), confidence: 0.0 }
    }

    /// The base in single precision.
    fn base_in_short(&self) -> Array2<f32> {
        Array2::from_shape_fn(self.base.shape(), |at| self.base[at] as f32)
    }

    /// The vector for watched rows, each with what it counts (0 to 1, 1 in training). None where numbers overflow.
    pub fn vector<'a>(&self, watched: impl Iterator<Item = (&'a [f32], f64)>) -> Option<Vec<f32>> {
        let (system, right) = self.system(watched);
        if right.iter().all(|value| *value == 0.0) {
            return Some(vec![0.0; right.len()]);
        }
        let solved = Cholesky::new(system)?.solve(&right);
        let vector: Vec<f32> = solved.iter().map(|value| *value as f32).collect();
        vector.iter().all(|value| value.is_finite()).then_some(vector)
    }

    /// The matrix, of which the lower triangle counts, and the right side of the system that the vector solves.
    fn system<'a>(&self, watched: impl Iterator<Item = (&'a [f32], f64)>) -> (DMatrix<f64>, DVector<f64>) {
        let mut matrix = self.base.clone();
        let mut right = DVector::zeros(matrix.nrows());
        let mut row = Vec::with_capacity(matrix.nrows());
        for (vector, count) in watched {
            row.clear();
            row.extend(reals(vector));
            add_square(&mut matrix, &row, count * self.confidence);
            right.iter_mut().zip(&row).for_each(|(sum, value)| *sum += count * (1.0 + self.confidence) * value);
        }
        (matrix, right)
    }

    /// What `target`'s product with the vector for `watched` is the sum of, a part for each that is watched, in their
    /// order (section 5 of the source). None where numbers overflow.
    pub fn parts<'a>(
        &self,
        watched: impl Iterator<Item = (&'a [f32], f64)> + Clone,
        target: &[f32],
    ) -> Option<Vec<f32>> {
        let system = Cholesky::new(self.system(watched.clone()).0)?;
        let toward = system.solve(&DVector::from_iterator(target.len(), reals(target)));
        let part = |(row, count): (&[f32], f64)| {
            let product: f64 = reals(row).zip(toward.iter()).map(|(a, b)| a * b).sum();
            (count * (1.0 + self.confidence) * product) as f32
        };
        Some(watched.map(part).collect())
    }
}

fn reals(values: &[f32]) -> impl ExactSizeIterator<Item = f64> {
    values.iter().map(|value| f64::from(*value))
}
