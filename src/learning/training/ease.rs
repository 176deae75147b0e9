//! EASE: each item's watches predicted from all others by one ridge regression for all items, in closed
//! form, kept as the largest weights of each row.
//!
//! Source: Steck, "Embarrassingly shallow autoencoders for sparse data" (WWW 2019): with X the watches, P = (XᵀX + λI)⁻¹,
//! B = I − P·diag(1/diag P). Where there are fewer profiles than items, by the identity of Woodbury
//! P = (I − XᵀKX)/λ with K = (XXᵀ + λI)⁻¹, so that nothing larger than profiles × profiles is kept and rows are computed
//! a few at a time. Both are exact. Only items and profiles with a watch count as such.

use std::ops::Range;
use std::sync::Arc;

use ndarray::{Array2, Axis, s};

use super::dense::{bytes_to_invert, invert, not_positive_definite};
use super::interactions::{Interactions, Lists};
use super::sparse_weights::SparseWeights;
use super::{MEMORY_LIMIT_BYTES, check_count, check_memory, check_regularisation};
use crate::domain::{CallOptions, Result};
use crate::learning::packed::largest;
use crate::learning::{Item, Watch};

/// Rows that are computed at once.
const BLOCK: usize = 16;

/// Which of the two equal ways is gone.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum EaseForm {
    /// The one whose matrix is smaller.
    #[default]
    Smaller,
    /// Takes 8 · items² bytes.
    Primal,
    /// Takes 8 · profiles² bytes.
    Dual,
}

/// How EASE is trained.
#[derive(Debug, Clone, PartialEq)]
pub struct EaseOptions {
    /// λ, at least [`super::REGULARISATION_MIN`]: the larger, the less a single viewer counts. 500 by default.
    pub regularisation: f32,
    /// How many weights a row keeps, the largest by magnitude. 200 by default.
    pub weights_per_item: usize,
    pub form: EaseForm,
    pub memory_limit_bytes: usize,
}

impl Default for EaseOptions {
    fn default() -> Self {
        EaseOptions {
            regularisation: 500.0,
            weights_per_item: 200,
            form: EaseForm::Smaller,
            memory_limit_bytes: MEMORY_LIMIT_BYTES,
        }
    }
}

/// Trains EASE from the histories of profiles, whose items are below `items`. Progress counts rows.
pub fn train_ease(
    histories: &[&[Watch]],
    items: usize,
    options: &EaseOptions,
    call: &CallOptions,
) -> Result<Arc<SparseWeights>> {
    check_regularisation(options.regularisation)?;
    check_count("weights_per_item", options.weights_per_item, usize::MAX)?;
    let for_lists = Interactions::bytes(histories, items).saturating_mul(2);
    check_memory(for_lists, options.memory_limit_bytes)?;
    call.check()?;
    let (watched, active) = Interactions::new(histories, items)?.compacted();
    let form = chosen_form(&watched, options.form);
    let needed = for_lists.saturating_add(bytes_to_solve(&watched, form, options.weights_per_item));
    check_memory(needed, options.memory_limit_bytes)?;
    let solution = Solution::new(&watched, form, f64::from(options.regularisation), call)?;
    Ok(Arc::new(pruned(&solution, &active, items, options.weights_per_item, call)?))
}

fn chosen_form(watched: &Interactions, form: EaseForm) -> EaseForm {
    let fewer_profiles = watched.by_profile.len() < watched.by_item.len();
    match form {
        EaseForm::Smaller if fewer_profiles => EaseForm::Dual,
        EaseForm::Smaller => EaseForm::Primal,
        chosen => chosen,
    }
}

fn bytes_to_solve(watched: &Interactions, form: EaseForm, weights_per_item: usize) -> usize {
    let (profiles, items) = (watched.by_profile.len(), watched.by_item.len());
    let order = if form == EaseForm::Dual { profiles } else { items };
    let inverse = order.saturating_mul(order).saturating_mul(size_of::<f64>());
    let block = (2 * profiles + items).saturating_mul(BLOCK * size_of::<f64>());
    // A growing array takes up to twice its length, and three times while it moves.
    let kept = items.saturating_mul(weights_per_item.min(items)).saturating_mul(3 * size_of::<(Item, f32)>());
    inverse.saturating_add(bytes_to_invert(order)).saturating_add(block).saturating_add(kept)
}

/// λI and, for each pair of members, how many lists hold both; the lower triangle.
fn regularised_gram(lists: &Lists, order: usize, regularisation: f64, call: &CallOptions) -> Result<Array2<f64>> {
    let mut gram = Array2::from_diag_elem(order, regularisation);
    for list in lists.iter() {
        call.check()?;
        for (place, row) in list.iter().enumerate() {
            let mut cells = gram.row_mut(*row as usize);
            list[..=place].iter().for_each(|column| cells[*column as usize] += 1.0);
        }
    }
    Ok(gram)
}

/// What rows of B are read from.
enum Solution<'a> {
    /// P.
    Primal(Array2<f64>),
    Dual {
        watched: &'a Interactions,
        /// K.
        kernel: Array2<f64>,
        /// 1 − diag(XᵀKX), which is λ · diag P.
        diagonal: Vec<f64>,
    },
}

impl Solution<'_> {
    fn new<'a>(
        watched: &'a Interactions,
        form: EaseForm,
        regularisation: f64,
        call: &CallOptions,
    ) -> Result<Solution<'a>> {
        let (lists, order) = match form {
            EaseForm::Dual => (&watched.by_item, watched.by_profile.len()),
            _ => (&watched.by_profile, watched.by_item.len()),
        };
        let mut matrix = regularised_gram(lists, order, regularisation, call)?;
        invert(&mut matrix, call)?;
        if form != EaseForm::Dual {
            return Ok(Solution::Primal(matrix));
        }
        let mut diagonal = Vec::with_capacity(watched.by_item.len());
        for profiles in watched.by_item.iter() {
            call.check()?;
            diagonal.push(1.0 - sum_between(&matrix, profiles));
        }
        Ok(Solution::Dual { watched, kernel: matrix, diagonal })
    }

    fn items(&self) -> usize {
        match self {
            Solution::Primal(inverse) => inverse.nrows(),
            Solution::Dual { diagonal, .. } => diagonal.len(),
        }
    }

    /// Rows of B, with 0 on its diagonal.
    fn rows(&self, rows: Range<usize>) -> Array2<f32> {
        let mut values = match self {
            Solution::Primal(inverse) => {
                let weight = |(row, column)| (-inverse[[rows.start + row, column]] / inverse[[column, column]]) as f32;
                Array2::from_shape_fn((rows.len(), inverse.ncols()), weight)
            }
            Solution::Dual { watched, kernel, diagonal } => dual_rows(watched, kernel, diagonal, rows.clone()),
        };
        rows.enumerate().for_each(|(at, row)| values[[at, row]] = 0.0);
        values
    }
}

fn sum_between(kernel: &Array2<f64>, members: &[u32]) -> f64 {
    let row_sum = |row: &u32| {
        let cells = kernel.row(*row as usize);
        members.iter().map(|column| cells[*column as usize]).sum::<f64>()
    };
    members.iter().map(row_sum).sum()
}

/// Row i of XᵀKX is the sum of the rows of K of i's profiles, summed over the profiles of each column.
fn dual_rows(watched: &Interactions, kernel: &Array2<f64>, diagonal: &[f64], rows: Range<usize>) -> Array2<f32> {
    let mut of_profiles = Array2::<f64>::zeros((rows.len(), kernel.ncols()));
    for (row, mut sum) in rows.zip(of_profiles.axis_iter_mut(Axis(0))) {
        watched.by_item.get(row).iter().for_each(|profile| sum += &kernel.row(*profile as usize));
    }
    let count = of_profiles.nrows();
    // A profile's numbers for all rows stand together, so that one step of the loop serves every row.
    let mut by_profile = vec![[0.0; BLOCK]; kernel.ncols()];
    for (row, sum) in of_profiles.axis_iter(Axis(0)).enumerate() {
        sum.iter().zip(&mut by_profile).for_each(|(value, numbers)| numbers[row] = *value);
    }
    let mut values = Array2::zeros((count, diagonal.len()));
    for (column, (profiles, diagonal)) in watched.by_item.iter().zip(diagonal).enumerate() {
        let mut sums = [0.0; BLOCK];
        for profile in profiles {
            sums.iter_mut().zip(&by_profile[*profile as usize]).for_each(|(sum, value)| *sum += value);
        }
        let cells = values.slice_mut(s![.., column]);
        cells.into_iter().zip(sums).for_each(|(cell, sum)| *cell = (sum / diagonal) as f32);
    }
    values
}

/// Every row, also of items that nobody watched, with its largest weights.
fn pruned(
    solution: &Solution<'_>,
    active: &[Item],
    items: usize,
    keep: usize,
    call: &CallOptions,
) -> Result<SparseWeights> {
    let mut weights = SparseWeights::default();
    for start in (0..solution.items()).step_by(BLOCK) {
        call.check()?;
        call.report(start, solution.items());
        let block = start..solution.items().min(start + BLOCK);
        let rows = solution.rows(block.clone());
        if !rows.iter().all(|weight| weight.is_finite()) {
            return Err(not_positive_definite());
        }
        for (row, values) in block.zip(rows.axis_iter(Axis(0))) {
            while weights.items() < active[row] as usize {
                weights.push_row([]);
            }
            let cells = active.iter().copied().zip(values.iter().copied()).filter(|cell| cell.1 != 0.0);
            weights.push_row(largest(cells.collect(), keep, |cell| cell.1.abs(), |cell| cell.0));
        }
    }
    while weights.items() < items {
        weights.push_row([]);
    }
    call.report(solution.items(), solution.items());
    Ok(weights)
}
