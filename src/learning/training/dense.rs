//! The inverse of a symmetric positive definite matrix, in its place, by bands of rows that several threads
//! work on and between which a call can end; in single or double precision.
//!
//! Source: the sweep operator (Goodnight, "A tutorial on the SWEEP operator", The American Statistician 33(3), 1979),
//! applied to blocks of the diagonal. Positive definite matrices need no search for pivots. All but the blocks
//! themselves is products of matrices: order³ operations, half of what the inverse of a matrix without symmetry takes.

use std::fmt::Debug;
use std::ops::Range;
use std::sync::Arc;

use nalgebra::{Cholesky, DMatrix};
use ndarray::linalg::general_mat_mul;
use ndarray::{Array2, ArrayView1, ArrayView2, NdFloat, s};
use parking_lot::Mutex;

use super::crew::{Crew, Pieces};
use crate::domain::{CallOptions, Error, Result};

/// Rows of a band, and of the diagonal that are swept at once.
const BAND: usize = 256;

/// Rows of a block that is inverted without cutting it further.
const LEAST: usize = 32;

/// What the elements of a matrix are: `f32` or `f64`.
pub trait Real: NdFloat {
    fn rounded(value: f64) -> Self;
    fn in_double(self) -> f64;
}

impl Real for f32 {
    fn rounded(value: f64) -> f32 {
        value as f32
    }

    fn in_double(self) -> f64 {
        f64::from(self)
    }
}

impl Real for f64 {
    fn rounded(value: f64) -> f64 {
        value
    }

    fn in_double(self) -> f64 {
        self
    }
}

/// What [`Symmetric::inverted`] takes beside the matrix of `order` rows.
pub fn bytes_to_invert<R>(order: usize) -> usize {
    // The columns of the pivot, the same times the inverse of its block, by bands and as one.
    order.saturating_mul(4 * BAND * size_of::<R>())
}

/// A symmetric matrix as bands of rows. Of a row only what stands up to the diagonal counts, until it was inverted.
#[derive(Debug)]
pub struct Symmetric<R> {
    order: usize,
    bands: Vec<Array2<R>>,
}

fn rows_of(band: usize, order: usize) -> Range<usize> {
    band * BAND..order.min((band + 1) * BAND)
}

impl<R: Real> Symmetric<R> {
    /// Of what `rows` gives for each band of rows, as long as the matrix has columns. Progress counts rows.
    pub fn of(
        order: usize,
        crew: &Crew,
        call: &CallOptions,
        rows: impl Fn(Range<usize>) -> Array2<R> + Send + Sync + 'static,
    ) -> Result<Symmetric<R>> {
        let pieces = Pieces { count: order.div_ceil(BAND), units: order };
        let bands = crew.map(pieces, call, move |band| Ok(rows(rows_of(band, order))))?;
        Ok(Symmetric { order, bands })
    }

    pub fn order(&self) -> usize {
        self.order
    }

    pub fn row(&self, row: usize) -> ArrayView1<'_, R> {
        self.bands[row / BAND].row(row % BAND)
    }

    pub fn diagonal(&self) -> Vec<R> {
        (0..self.order).map(|row| self.row(row)[row]).collect()
    }

    /// As one array.
    pub fn into_array(self) -> Array2<R> {
        let mut whole = Array2::zeros((self.order, self.order));
        for (number, band) in self.bands.iter().enumerate() {
            whole.slice_mut(s![rows_of(number, self.order), ..]).assign(band);
        }
        whole
    }

    /// The inverse, of which all of each row counts. Progress counts rows.
    pub fn inverted(self, crew: &Crew, call: &CallOptions) -> Result<Symmetric<R>> {
        let order = self.order;
        let mut bands: Bands<R> = Arc::new(self.bands.into_iter().map(Mutex::new).collect());
        for pivot in 0..bands.len() {
            call.report(pivot * BAND, order);
            sweep(&bands, order, pivot, crew, call)?;
        }
        let owned = Arc::get_mut(&mut bands).map(std::mem::take).unwrap_or_default();
        let mut bands: Vec<Array2<R>> = owned.into_iter().map(Mutex::into_inner).collect();
        // The sweeps leave the negative of the inverse.
        bands.iter_mut().for_each(|band| band.mapv_inplace(|value| -value));
        mirror(&mut bands, order);
        Ok(Symmetric { order, bands })
    }
}

type Bands<R> = Arc<Vec<Mutex<Array2<R>>>>;

/// Copies what stands below the diagonal to above it.
fn mirror<R: Real>(bands: &mut [Array2<R>], order: usize) {
    for band in 0..bands.len() {
        let rows = rows_of(band, order);
        let (before, from) = bands.split_at_mut(band);
        let Some(own) = from.first_mut() else { return };
        for (above, target) in before.iter_mut().enumerate() {
            target.slice_mut(s![.., rows.clone()]).assign(&own.slice(s![.., rows_of(above, order)]).t());
        }
        let mut square = own.slice_mut(s![.., rows]);
        for row in 0..square.nrows() {
            for column in row + 1..square.ncols() {
                square[[row, column]] = square[[column, row]];
            }
        }
    }
}

/// With D the inverse of the pivot's block and C its columns: takes C·D·Cᵀ from what stands elsewhere, puts C·D in the
/// place of C and −D in that of the block.
fn sweep<R: Real>(bands: &Bands<R>, order: usize, pivot: usize, crew: &Crew, call: &CallOptions) -> Result<()> {
    let count = bands.len();
    let own = rows_of(pivot, order);
    let inverse = Arc::new(inverse_of_block(bands[pivot].lock().slice(s![.., own.clone()]))?);
    let (columns, scaled) = columns_of(pivot, order, bands, &inverse, crew, call)?;
    let of_bands = Arc::clone(bands);
    // The longest bands first, so that no thread is left with one at the end.
    crew.map(Pieces::silent(count), call, move |piece| {
        let band = count - 1 - piece;
        let rows = rows_of(band, order);
        let mut target = of_bands[band].lock();
        if band == pivot {
            target.slice_mut(s![.., ..own.start]).assign(&scaled.slice(s![..own.start, ..]).t());
            target.slice_mut(s![.., own.clone()]).assign(&inverse.mapv(|value| -value));
            return Ok(());
        }
        // What stands before the pivot's columns, and behind them.
        for others in [0..own.start.min(rows.end), own.end.min(rows.end)..rows.end] {
            let by = scaled.slice(s![others.clone(), ..]);
            general_mat_mul(-R::one(), &columns[band], &by.t(), R::one(), &mut target.slice_mut(s![.., others]));
        }
        if band > pivot {
            target.slice_mut(s![.., own.clone()]).assign(&scaled.slice(s![rows, ..]));
        }
        Ok(())
    })?;
    Ok(())
}

/// The columns of the pivot by bands, read from the lower triangle, and in one piece the same times the inverse of its
/// block; nothing for its own rows.
fn columns_of<R: Real>(
    pivot: usize,
    order: usize,
    bands: &Bands<R>,
    inverse: &Arc<Array2<R>>,
    crew: &Crew,
    call: &CallOptions,
) -> Result<(Vec<Array2<R>>, Array2<R>)> {
    let (own, of_bands, by) = (rows_of(pivot, order), Arc::clone(bands), Arc::clone(inverse));
    let both = crew.map(Pieces::silent(bands.len()), call, move |band| {
        let columns = match band {
            above if above < pivot => of_bands[pivot].lock().slice(s![.., rows_of(band, order)]).t().to_owned(),
            same if same == pivot => return Ok((Array2::zeros((0, 0)), Array2::zeros((own.len(), own.len())))),
            _ => of_bands[band].lock().slice(s![.., own.clone()]).to_owned(),
        };
        let scaled = columns.dot(&*by);
        Ok((columns, scaled))
    })?;
    let mut scaled = Array2::zeros((order, inverse.ncols()));
    let columns = both.into_iter().enumerate().map(|(band, (columns, own))| {
        scaled.slice_mut(s![rows_of(band, order), ..]).assign(&own);
        columns
    });
    Ok((columns.collect(), scaled))
}

/// By halves: of [A Bᵀ; B C] with S = C − B·A⁻¹·Bᵀ it is [A⁻¹ + A⁻¹·Bᵀ·S⁻¹·B·A⁻¹, ·; −S⁻¹·B·A⁻¹, S⁻¹].
fn inverse_of_block<R: Real>(block: ArrayView2<'_, R>) -> Result<Array2<R>> {
    let order = block.nrows();
    if order <= LEAST {
        return inverse_in_double(block);
    }
    let half = order / 2;
    let mut first = inverse_of_block(block.slice(s![..half, ..half]))?;
    let product = block.slice(s![half.., ..half]).dot(&first);
    let mut complement = block.slice(s![half.., half..]).to_owned();
    general_mat_mul(-R::one(), &product, &block.slice(s![half.., ..half]).t(), R::one(), &mut complement);
    let last = inverse_of_block(complement.view())?;
    let below = -last.dot(&product);
    general_mat_mul(-R::one(), &product.t(), &below, R::one(), &mut first);
    let mut inverse = Array2::zeros((order, order));
    inverse.slice_mut(s![..half, ..half]).assign(&first);
    inverse.slice_mut(s![half.., half..]).assign(&last);
    inverse.slice_mut(s![..half, half..]).assign(&below.t());
    inverse.slice_mut(s![half.., ..half]).assign(&below);
    Ok(inverse)
}

fn inverse_in_double<R: Real>(block: ArrayView2<'_, R>) -> Result<Array2<R>> {
    let copied = DMatrix::from_fn(block.nrows(), block.ncols(), |row, column| block[[row, column]].in_double());
    let inverse = Cholesky::new(copied).ok_or_else(not_positive_definite)?.inverse();
    Ok(Array2::from_shape_fn(block.dim(), |(row, column)| R::rounded(inverse[(row, column)])))
}

pub fn not_positive_definite() -> Error {
    Error::invalid("the system to solve is not positive definite: the regularisation is too small for its values")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inverted<R: Real>(matrix: Array2<R>) -> Result<Array2<R>> {
        let (order, alone, call) = (matrix.nrows(), Crew::default(), CallOptions::default());
        let symmetric = Symmetric::of(order, &alone, &call, move |rows| matrix.slice(s![rows, ..]).to_owned())?;
        Ok(symmetric.inverted(&alone, &call)?.into_array())
    }

    fn check<R: Real>(ridge: f64, most: f64) {
        for order in [0, 1, 5, LEAST + 1, BAND, BAND + 1, 3 * BAND - 7] {
            let root = Array2::from_shape_fn((order, order), |(i, j)| ((i * 31 + j * 17) % 23) as f64 / 23.0);
            let matrix = root.dot(&root.t()) + ridge * Array2::<f64>::eye(order);
            let mut lower = matrix.mapv(R::rounded);
            // What stands above the diagonal must not matter.
            (0..order).for_each(|row| lower.slice_mut(s![row, row + 1..]).fill(R::nan()));
            let found = inverted(lower).unwrap();
            assert!(found == found.t(), "order {order}");
            let difference = matrix.dot(&found.mapv(R::in_double)) - Array2::<f64>::eye(order);
            let largest = difference.iter().fold(0.0, |largest: f64, value| largest.max(value.abs()));
            assert!(largest < most, "order {order}: {largest}");
        }
    }

    #[test]
    fn the_inverse_times_the_matrix_is_one() {
        check::<f64>(1.0, 1e-8);
        check::<f32>(500.0, 1e-3);
    }

    #[test]
    fn what_has_no_inverse_is_refused() {
        for value in [0.0, -1.0, f64::NAN] {
            assert!(inverted(Array2::from_elem((3, 3), value)).is_err());
            assert!(inverted(Array2::from_elem((2 * LEAST, 2 * LEAST), value as f32)).is_err());
        }
    }
}
