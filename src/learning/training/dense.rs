//! The inverse of a symmetric positive definite matrix, in its place, by bands of rows that several threads
//! work on and between which a call can end.
//!
//! Source: the sweep operator (Goodnight, "A tutorial on the SWEEP operator", The American Statistician 33(3), 1979),
//! applied to blocks of the diagonal. Positive definite matrices need no search for pivots. All but the blocks
//! themselves is products of matrices, half of what the inverse of a matrix without symmetry takes.

use std::ops::Range;
use std::sync::Arc;

use nalgebra::{Cholesky, DMatrix};
use ndarray::linalg::general_mat_mul;
use ndarray::{Array2, ArrayView1, ArrayView2, s};
use parking_lot::Mutex;

use super::crew::{Crew, Pieces};
use crate::domain::{CallOptions, Error, Result};

/// Rows of a band, and of the diagonal that are swept at once.
const BAND: usize = 128;

/// What [`Symmetric::inverted`] takes beside the matrix of `order` rows.
pub fn bytes_to_invert(order: usize) -> usize {
    order.saturating_mul(4 * BAND * size_of::<f64>())
}

/// A symmetric matrix as bands of rows. Of a row only what stands up to the diagonal counts, until it was inverted.
#[derive(Debug)]
pub struct Symmetric {
    order: usize,
    bands: Vec<Array2<f64>>,
}

fn rows_of(band: usize, order: usize) -> Range<usize> {
    band * BAND..order.min((band + 1) * BAND)
}

impl Symmetric {
    /// Of what `rows` gives for each band of rows, as long as the matrix has columns.
    pub fn of(
        order: usize,
        crew: &Crew,
        call: &CallOptions,
        rows: impl Fn(Range<usize>) -> Array2<f64> + Send + Sync + 'static,
    ) -> Result<Symmetric> {
        let bands = crew.map(Pieces::silent(order.div_ceil(BAND)), call, move |band| Ok(rows(rows_of(band, order))))?;
        Ok(Symmetric { order, bands })
    }

    pub fn order(&self) -> usize {
        self.order
    }

    pub fn row(&self, row: usize) -> ArrayView1<'_, f64> {
        self.bands[row / BAND].row(row % BAND)
    }

    pub fn diagonal(&self) -> Vec<f64> {
        (0..self.order).map(|row| self.row(row)[row]).collect()
    }

    /// As one array.
    pub fn into_array(self) -> Array2<f64> {
        let mut whole = Array2::zeros((self.order, self.order));
        for (number, band) in self.bands.iter().enumerate() {
            whole.slice_mut(s![rows_of(number, self.order), ..]).assign(band);
        }
        whole
    }

    /// The inverse, of which all of each row counts.
    pub fn inverted(self, crew: &Crew, call: &CallOptions) -> Result<Symmetric> {
        let order = self.order;
        let mut bands: Arc<Vec<Mutex<Array2<f64>>>> = Arc::new(self.bands.into_iter().map(Mutex::new).collect());
        for pivot in 0..bands.len() {
            sweep(&bands, order, pivot, crew, call)?;
        }
        let owned = Arc::get_mut(&mut bands).map(std::mem::take).unwrap_or_default();
        let mut bands: Vec<Array2<f64>> = owned.into_iter().map(Mutex::into_inner).collect();
        // The sweeps leave the negative of the inverse.
        bands.iter_mut().for_each(|band| band.mapv_inplace(|value| -value));
        mirror(&mut bands, order);
        Ok(Symmetric { order, bands })
    }
}

/// Copies what stands below the diagonal to above it.
fn mirror(bands: &mut [Array2<f64>], order: usize) {
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

fn sweep(
    bands: &Arc<Vec<Mutex<Array2<f64>>>>,
    order: usize,
    pivot: usize,
    crew: &Crew,
    call: &CallOptions,
) -> Result<()> {
    let count = bands.len();
    let own = rows_of(pivot, order);
    let inverse = Arc::new(inverse_of_block(bands[pivot].lock().slice(s![.., own.clone()]))?);
    // The columns of the pivot, read from the lower triangle, and the same times the inverse of the block; nothing for its
    // own rows.
    let (of_bands, of_panel, by) = (Arc::clone(bands), own.clone(), Arc::clone(&inverse));
    let panels = crew.map(Pieces::silent(count), call, move |band| {
        let rows = rows_of(band, order);
        let panel = match band {
            above if above < pivot => of_bands[pivot].lock().slice(s![.., rows]).t().to_owned(),
            same if same == pivot => return Ok((Array2::zeros((0, 0)), Array2::zeros((0, 0)))),
            _ => of_bands[band].lock().slice(s![.., of_panel.clone()]).to_owned(),
        };
        let scaled = panel.dot(&*by);
        Ok((panel, scaled))
    })?;
    let panels = Arc::new(panels);
    let of_bands = Arc::clone(bands);
    // The longest bands first, so that no thread is left with one at the end.
    crew.map(Pieces::silent(count), call, move |piece| {
        let band = count - 1 - piece;
        let mut target = of_bands[band].lock();
        let panel = &panels[band].0;
        let updated = panels[..=band].iter().enumerate().filter(|(at, _)| band != pivot && *at != pivot);
        for (at, (_, scaled)) in updated {
            let mut cells = target.slice_mut(s![.., rows_of(at, order)]);
            general_mat_mul(-1.0, panel, &scaled.t(), 1.0, &mut cells);
        }
        match band {
            above if above < pivot => {}
            same if same == pivot => {
                for (at, (_, scaled)) in panels[..pivot].iter().enumerate() {
                    target.slice_mut(s![.., rows_of(at, order)]).assign(&scaled.t());
                }
                target.slice_mut(s![.., own.clone()]).assign(&-&*inverse);
            }
            _ => target.slice_mut(s![.., own.clone()]).assign(&panels[band].1),
        }
        Ok(())
    })?;
    Ok(())
}

fn inverse_of_block(block: ArrayView2<'_, f64>) -> Result<Array2<f64>> {
    let copied = DMatrix::from_fn(block.nrows(), block.ncols(), |row, column| block[[row, column]]);
    let inverse = Cholesky::new(copied).ok_or_else(not_positive_definite)?.inverse();
    Ok(Array2::from_shape_fn(block.dim(), |(row, column)| inverse[(row, column)]))
}

pub fn not_positive_definite() -> Error {
    Error::invalid("the system to solve is not positive definite: the regularisation is too small for its values")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inverted(matrix: Array2<f64>) -> Result<Array2<f64>> {
        let (order, alone, call) = (matrix.nrows(), Crew::default(), CallOptions::default());
        let symmetric = Symmetric::of(order, &alone, &call, move |rows| matrix.slice(s![rows, ..]).to_owned())?;
        Ok(symmetric.inverted(&alone, &call)?.into_array())
    }

    #[test]
    fn the_inverse_times_the_matrix_is_one() {
        for order in [0, 1, 5, BAND, BAND + 1, 3 * BAND - 7] {
            let root = Array2::from_shape_fn((order, order), |(i, j)| ((i * 31 + j * 17) % 23) as f64 / 23.0);
            let matrix = root.dot(&root.t()) + Array2::<f64>::eye(order);
            let mut lower = matrix.clone();
            // What stands above the diagonal must not matter.
            (0..order).for_each(|row| lower.slice_mut(s![row, row + 1..]).fill(f64::NAN));
            let difference = matrix.dot(&inverted(lower).unwrap()) - Array2::<f64>::eye(order);
            assert!(difference.iter().all(|value| value.abs() < 1e-8), "order {order}");
        }
    }

    #[test]
    fn what_has_no_inverse_is_refused() {
        for value in [0.0, -1.0, f64::NAN] {
            assert!(inverted(Array2::from_elem((3, 3), value)).is_err());
        }
    }
}
