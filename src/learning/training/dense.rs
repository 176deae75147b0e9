//! The inverse of a symmetric positive definite matrix, in its place and in pieces between which a
//! call can end.
//!
//! Source: the sweep operator (Goodnight, "A tutorial on the SWEEP operator", The American Statistician 33(3), 1979),
//! applied to blocks of the diagonal. Positive definite matrices need no search for pivots. All but the blocks
//! themselves is products of matrices.

use std::ops::Range;

use nalgebra::{Cholesky, DMatrix};
use ndarray::linalg::general_mat_mul;
use ndarray::{Array2, ArrayView2, s};

use crate::domain::{CallOptions, Error, Result};

/// Rows of the diagonal that are swept at once.
const BLOCK: usize = 128;

/// Rows that are updated between two looks at the deadline.
const BAND: usize = 256;

/// What [`invert`] takes beside the matrix of `order` rows.
pub fn bytes_to_invert(order: usize) -> usize {
    order.saturating_mul(2 * BLOCK * size_of::<f64>())
}

/// Replaces a matrix by its inverse. Only its lower triangle is read.
pub fn invert(matrix: &mut Array2<f64>, call: &CallOptions) -> Result<()> {
    let order = matrix.nrows();
    for start in (0..order).step_by(BLOCK) {
        sweep(matrix, start..order.min(start + BLOCK), call)?;
    }
    // The sweeps leave the negative of the inverse, in the lower triangle.
    for row in 0..order {
        for column in 0..=row {
            let value = -matrix[[row, column]];
            matrix[[row, column]] = value;
            matrix[[column, row]] = value;
        }
    }
    Ok(())
}

fn sweep(matrix: &mut Array2<f64>, pivot: Range<usize>, call: &CallOptions) -> Result<()> {
    let inverse = inverse_of_block(matrix.slice(s![pivot.clone(), pivot.clone()]))?;
    let panel = panel(matrix, &pivot);
    let scaled = panel.dot(&inverse);
    for start in (0..matrix.nrows()).step_by(BAND) {
        call.check()?;
        let band = start..matrix.nrows().min(start + BAND);
        let columns = scaled.slice(s![..band.end, ..]);
        let mut target = matrix.slice_mut(s![band.clone(), ..band.end]);
        general_mat_mul(-1.0, &panel.slice(s![band, ..]), &columns.t(), 1.0, &mut target);
    }
    matrix.slice_mut(s![pivot.clone(), ..pivot.start]).assign(&scaled.slice(s![..pivot.start, ..]).t());
    matrix.slice_mut(s![pivot.end.., pivot.clone()]).assign(&scaled.slice(s![pivot.end.., ..]));
    matrix.slice_mut(s![pivot.clone(), pivot]).assign(&-inverse);
    Ok(())
}

/// The columns of the pivot, read from the lower triangle; zero in its own rows, which the update leaves alone.
fn panel(matrix: &Array2<f64>, pivot: &Range<usize>) -> Array2<f64> {
    let mut panel = Array2::zeros((matrix.nrows(), pivot.len()));
    panel.slice_mut(s![..pivot.start, ..]).assign(&matrix.slice(s![pivot.clone(), ..pivot.start]).t());
    panel.slice_mut(s![pivot.end.., ..]).assign(&matrix.slice(s![pivot.end.., pivot.clone()]));
    panel
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

    #[test]
    fn the_inverse_times_the_matrix_is_one() {
        for order in [0, 1, 5, BLOCK, BLOCK + 1, 3 * BLOCK - 7] {
            let root = Array2::from_shape_fn((order, order), |(i, j)| ((i * 31 + j * 17) % 23) as f64 / 23.0);
            let matrix = root.dot(&root.t()) + Array2::<f64>::eye(order);
            let mut inverse = matrix.clone();
            // What stands above the diagonal must not matter.
            (0..order).for_each(|row| inverse.slice_mut(s![row, row + 1..]).fill(f64::NAN));
            invert(&mut inverse, &CallOptions::default()).unwrap();
            let difference = matrix.dot(&inverse) - Array2::<f64>::eye(order);
            assert!(difference.iter().all(|value| value.abs() < 1e-8), "order {order}");
        }
    }

    #[test]
    fn what_has_no_inverse_is_refused() {
        for value in [0.0, -1.0, f64::NAN] {
            let mut matrix = Array2::from_elem((3, 3), value);
            assert!(invert(&mut matrix, &CallOptions::default()).is_err());
        }
    }
}
