//! EASE: each item's watches predicted from all others by one ridge regression for all items, in closed
//! form, kept as the largest weights of each row.
//!
//! Source: Steck, "Embarrassingly shallow autoencoders for sparse data" (WWW 2019): with X the watches, P = (XᵀX + λI)⁻¹,
//! B = I − P·diag(1/diag P). Where there are fewer profiles than items, by the identity of Woodbury
//! P = (I − XᵀKX)/λ with K = (XXᵀ + λI)⁻¹, so that nothing larger than profiles × profiles is kept and rows are computed
//! a few at a time. Both are exact. Only items and profiles with a watch count as such.
//!
//! The primal form is solved in single precision, half the memory and half the time, where a bound on the condition of its
//! matrix says that lists cannot tell the difference (Golub and Van Loan, "Matrix computations", 4th edition, 2013, section
//! 2.6); where it does not, and in the dual form, whose differences cancel, in double precision.

use std::cmp::Ordering;
use std::ops::Range;
use std::sync::Arc;

use ndarray::{Array2, ArrayView1, Axis, s};

use super::crew::{Crew, Pieces};
use super::dense::{Real, Symmetric, bytes_to_invert, not_positive_definite};
use super::interactions::{Interactions, Lists};
use super::sparse_weights::SparseWeights;
use super::{MEMORY_LIMIT_BYTES, check_count, check_memory, check_regularisation};
use crate::domain::{CallOptions, Result};
use crate::learning::{Item, Watch};

/// Rows that are computed at once.
const BLOCK: usize = 16;

/// The largest bound on the condition with which single precision does, where there are no fewer profiles than items:
/// errors of the weights grow with its square, to some 1e-4 here where profiles hardly differ, and stay below 1e-6
/// where there are many.
const CONDITION_IN_SINGLE: f64 = 4_096.0;

/// Which of the two equal ways is gone.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum EaseForm {
    /// The one whose matrix is smaller.
    #[default]
    Smaller,
    /// Takes 4 · items² bytes, or 8 where double precision is needed.
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

/// Trains EASE from the histories of profiles, whose items are below `items`, on the calling thread. Progress counts
/// the rows of the matrix, then those of its inverse, then items.
pub fn train_ease(
    histories: &[&[Watch]],
    items: usize,
    options: &EaseOptions,
    call: &CallOptions,
) -> Result<Arc<SparseWeights>> {
    train_ease_with(&Crew::default(), histories, items, options, call)
}

/// What [`train_ease`] does, on the threads of a crew.
pub fn train_ease_with(
    crew: &Crew,
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
    let way = Way::of(&watched, options);
    let needed = for_lists.saturating_add(bytes_to_solve(&watched, way, options.weights_per_item, crew.threads()));
    check_memory(needed, options.memory_limit_bytes)?;
    let call_of_rows = call.part(2 * way.order(&watched), way.steps(&watched));
    let weights = solved(Arc::new(watched), way, f64::from(options.regularisation), crew, call)?;
    Ok(Arc::new(pruned(weights, Arc::new(active), items, options.weights_per_item, crew, &call_of_rows)?))
}

/// How the system is solved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Primal,
    PrimalInSingle,
    Dual,
}

impl Way {
    fn of(watched: &Interactions, options: &EaseOptions) -> Way {
        let fewer_profiles = watched.by_profile.len() < watched.by_item.len();
        match options.form {
            EaseForm::Dual => Way::Dual,
            EaseForm::Smaller if fewer_profiles => Way::Dual,
            _ if fewer_profiles || most_condition(watched, options.regularisation) > CONDITION_IN_SINGLE => Way::Primal,
            _ => Way::PrimalInSingle,
        }
    }

    /// Rows of the matrix that is inverted.
    fn order(self, watched: &Interactions) -> usize {
        if self == Way::Dual { watched.by_profile.len() } else { watched.by_item.len() }
    }

    /// What progress counts in all.
    fn steps(self, watched: &Interactions) -> usize {
        2 * self.order(watched) + watched.by_item.len()
    }
}

/// A bound on the condition number of XᵀX + λI: no eigenvalue is larger than the largest sum of a row, none smaller than λ.
fn most_condition(watched: &Interactions, regularisation: f32) -> f64 {
    let length = |profile: &u32| watched.by_profile.get(*profile as usize).len() as f64;
    let sum = |profiles: &[u32]| profiles.iter().map(length).sum::<f64>();
    1.0 + watched.by_item.iter().map(sum).fold(0.0, f64::max) / f64::from(regularisation)
}

fn bytes_to_solve(watched: &Interactions, way: Way, weights_per_item: usize, threads: usize) -> usize {
    let (profiles, items) = (watched.by_profile.len(), watched.by_item.len());
    let order = way.order(watched);
    let (of_cell, beside) = match way {
        Way::PrimalInSingle => (size_of::<f32>(), bytes_to_invert::<f32>(order)),
        _ => (size_of::<f64>(), bytes_to_invert::<f64>(order)),
    };
    let inverse = order.saturating_mul(order).saturating_mul(of_cell);
    let block = (2 * profiles + items).saturating_mul(threads * BLOCK * size_of::<f64>());
    // A growing array takes up to twice its length, and three times while it moves.
    let kept = items.saturating_mul(weights_per_item.min(items)).saturating_mul(3 * size_of::<(Item, f32)>());
    inverse.saturating_add(beside).saturating_add(block).saturating_add(kept)
}

/// The inverse of λI and, for each pair of members, how many lists hold both.
fn inverse_of_gram<R: Real>(
    watched: &Arc<Interactions>,
    way: Way,
    regularisation: f64,
    crew: &Crew,
    call: &CallOptions,
) -> Result<Symmetric<R>> {
    let (order, steps, watched) = (way.order(watched), way.steps(watched), Arc::clone(watched));
    let gram = Symmetric::of(order, crew, &call.part(0, steps), move |rows| {
        let (lists, of_member) = match way {
            Way::Dual => (&watched.by_item, &watched.by_profile),
            _ => (&watched.by_profile, &watched.by_item),
        };
        gram_rows(lists, of_member, rows, regularisation)
    })?;
    gram.inverted(crew, &call.part(order, steps))
}

/// Some rows of it, each up to the diagonal: all lists that a row's member is in are counted in whole numbers.
fn gram_rows<R: Real>(lists: &Lists, of_member: &Lists, rows: Range<usize>, regularisation: f64) -> Array2<R> {
    let mut gram = Array2::zeros((rows.len(), of_member.len()));
    let mut counts = vec![0_u32; of_member.len()];
    for (row, mut cells) in rows.zip(gram.axis_iter_mut(Axis(0))) {
        for list in of_member.get(row) {
            let list = lists.get(*list as usize);
            let own = list.partition_point(|member| *member as usize <= row);
            list[..own].iter().for_each(|column| counts[*column as usize] += 1);
        }
        cells.iter_mut().zip(&counts).take(row + 1).for_each(|(cell, count)| *cell = R::rounded(f64::from(*count)));
        cells[row] = R::rounded(f64::from(counts[row]) + regularisation);
        counts[..=row].fill(0);
    }
    gram
}

/// What rows of B are computed from.
trait WeightRows: Send + Sync {
    /// How many rows there are, and how long they are.
    fn items(&self) -> usize;

    /// Some rows, whatever they have on the diagonal.
    fn rows(&self, rows: Range<usize>) -> Array2<f32>;

    /// What a column has beside a symmetric matrix.
    fn scale(&self, column: usize) -> f32;
}

fn solved(
    watched: Arc<Interactions>,
    way: Way,
    regularisation: f64,
    crew: &Crew,
    call: &CallOptions,
) -> Result<Arc<dyn WeightRows>> {
    Ok(match way {
        Way::Primal => Arc::new(Primal::<f64>::new(&watched, way, regularisation, crew, call)?),
        Way::PrimalInSingle => Arc::new(Primal::<f32>::new(&watched, way, regularisation, crew, call)?),
        Way::Dual => Arc::new(Dual::new(watched, regularisation, crew, call)?),
    })
}

struct Primal<R> {
    /// P.
    inverse: Symmetric<R>,
    diagonal: Vec<R>,
}

impl<R: Real> Primal<R> {
    fn new(
        watched: &Arc<Interactions>,
        way: Way,
        regularisation: f64,
        crew: &Crew,
        call: &CallOptions,
    ) -> Result<Primal<R>> {
        let inverse = inverse_of_gram(watched, way, regularisation, crew, call)?;
        Ok(Primal { diagonal: inverse.diagonal(), inverse })
    }
}

impl<R: Real> WeightRows for Primal<R> {
    fn items(&self) -> usize {
        self.diagonal.len()
    }

    fn rows(&self, rows: Range<usize>) -> Array2<f32> {
        let mut values = Array2::zeros((rows.len(), self.items()));
        for (row, mut cells) in rows.zip(values.axis_iter_mut(Axis(0))) {
            let of_row = self.inverse.row(row);
            let weights = of_row.iter().zip(&self.diagonal).map(|(value, diagonal)| -*value / *diagonal);
            cells.iter_mut().zip(weights).for_each(|(cell, weight)| *cell = weight.in_double() as f32);
        }
        values
    }

    fn scale(&self, column: usize) -> f32 {
        (1.0 / self.diagonal[column].in_double()) as f32
    }
}

struct Dual {
    watched: Arc<Interactions>,
    /// K.
    kernel: Arc<Symmetric<f64>>,
    /// 1 − diag(XᵀKX), which is λ · diag P.
    diagonal: Vec<f64>,
}

impl Dual {
    fn new(watched: Arc<Interactions>, regularisation: f64, crew: &Crew, call: &CallOptions) -> Result<Dual> {
        let kernel = Arc::new(inverse_of_gram(&watched, Way::Dual, regularisation, crew, call)?);
        let (of_items, of_kernel) = (Arc::clone(&watched), Arc::clone(&kernel));
        let diagonal = crew.map(Pieces::silent(watched.by_item.len()), call, move |item| {
            Ok(1.0 - sum_between(&of_kernel, of_items.by_item.get(item)))
        })?;
        Ok(Dual { watched, kernel, diagonal })
    }
}

impl WeightRows for Dual {
    fn items(&self) -> usize {
        self.diagonal.len()
    }

    fn rows(&self, rows: Range<usize>) -> Array2<f32> {
        dual_rows(&self.watched, &self.kernel, &self.diagonal, rows)
    }

    fn scale(&self, column: usize) -> f32 {
        (1.0 / self.diagonal[column]) as f32
    }
}

fn sum_between(kernel: &Symmetric<f64>, members: &[u32]) -> f64 {
    let row_sum = |row: &u32| {
        let cells = kernel.row(*row as usize);
        members.iter().map(|column| cells[*column as usize]).sum::<f64>()
    };
    members.iter().map(row_sum).sum()
}

/// Row i of XᵀKX is the sum of the rows of K of i's profiles, summed over the profiles of each column.
fn dual_rows(watched: &Interactions, kernel: &Symmetric<f64>, diagonal: &[f64], rows: Range<usize>) -> Array2<f32> {
    let mut of_profiles = Array2::<f64>::zeros((rows.len(), kernel.order()));
    for (row, mut sum) in rows.zip(of_profiles.axis_iter_mut(Axis(0))) {
        watched.by_item.get(row).iter().for_each(|profile| sum += &kernel.row(*profile as usize));
    }
    let count = of_profiles.nrows();
    // A profile's numbers for all rows stand together, so that one step of the loop serves every row.
    let mut by_profile = vec![[0.0; BLOCK]; kernel.order()];
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
    weights: Arc<dyn WeightRows>,
    active: Arc<Vec<Item>>,
    items: usize,
    keep: usize,
    crew: &Crew,
    call: &CallOptions,
) -> Result<SparseWeights> {
    let count = weights.items();
    let (of, columns) = (weights, Arc::clone(&active));
    let pieces = Pieces { count: count.div_ceil(BLOCK), units: count };
    let blocks = crew.map(pieces, call, move |block| {
        let items = block * BLOCK..count.min((block + 1) * BLOCK);
        let mut rows = of.rows(items.clone());
        items.clone().enumerate().for_each(|(at, item)| rows[[at, item]] = 0.0);
        let scales: Vec<f32> = items.map(|item| of.scale(item)).collect();
        if !rows.iter().chain(&scales).all(|number| number.is_finite()) || scales.iter().any(|scale| *scale <= 0.0) {
            return Err(not_positive_definite());
        }
        let rows = rows.axis_iter(Axis(0)).map(|row| largest_of_row(row, &columns, keep));
        Ok(scales.into_iter().zip(rows).collect::<Vec<_>>())
    })?;
    let mut weights = SparseWeights::default();
    for (item, (scale, row)) in active.iter().zip(blocks.into_iter().flatten()) {
        while weights.items() < *item as usize {
            weights.push_row(1.0, []);
        }
        weights.push_row(scale, row);
    }
    while weights.items() < items {
        weights.push_row(1.0, []);
    }
    Ok(weights)
}

/// The weights of a row that are largest by magnitude, of equal ones the first, with their columns; none is 0.
fn largest_of_row(weights: ArrayView1<'_, f32>, columns: &[Item], keep: usize) -> Vec<(Item, f32)> {
    // Without their sign, finite numbers are in the order of their bits.
    let size = |weight: &f32| weight.to_bits() & !(1 << 31);
    let mut sizes: Vec<u32> = weights.iter().map(size).collect();
    let last = match sizes.len().checked_sub(keep) {
        Some(place) if keep > 0 => *sizes.select_nth_unstable(place).1,
        _ => 0,
    };
    let mut equal = keep.saturating_sub(sizes.iter().filter(|size| **size > last).count());
    let mut is_kept = |weight: &f32| match size(weight).cmp(&last) {
        Ordering::Less => false,
        Ordering::Equal if equal == 0 => false,
        Ordering::Equal => {
            equal -= 1;
            true
        }
        Ordering::Greater => true,
    };
    let cells = columns.iter().copied().zip(weights.iter().copied());
    cells.filter(|(_, weight)| *weight != 0.0 && is_kept(weight)).collect()
}
