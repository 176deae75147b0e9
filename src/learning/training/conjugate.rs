//! Vectors of factors by a few steps toward the solution of their system, from where they stand: what training gains in
//! time over exact solutions it loses nowhere, since the other side moves before the next sweep anyway.
//!
//! Source: Takács, Pilászy, Tikk, "Applications of the conjugate gradient method for implicit feedback collaborative
//! filtering" (RecSys 2011), section 3: the system is never made, only multiplied with, in time in proportion to the
//! watches times the factors.

use ndarray::Array2;

use crate::vectors::dot;

/// Squared length of a residual from which on nothing is left to gain.
const SOLVED: f32 = 1e-20;

/// The system of every vector of one side, but for its own watches: YᵀY + λI, and α.
#[derive(Debug)]
pub struct Systems {
    base: Array2<f32>,
    confidence: f32,
}

impl Systems {
    pub fn new(base: Array2<f32>, confidence: f32) -> Systems {
        Systems { base, confidence }
    }

    /// Moves a vector toward the best one for its watched vectors, which stand one after the other. None where numbers
    /// overflow.
    pub fn improve(&self, vector: &mut [f32], watched: &[f32], steps: usize) -> Option<()> {
        let mut residual = vec![0.0; vector.len()];
        self.multiply(vector, watched, &mut residual);
        residual.iter_mut().for_each(|value| *value = -*value);
        for row in watched.chunks_exact(vector.len()) {
            add(&mut residual, 1.0 + self.confidence, row);
        }
        let mut direction = residual.clone();
        let mut product = vec![0.0; vector.len()];
        let mut left = dot(&residual, &residual);
        for _ in 0..steps {
            if left < SOLVED {
                break;
            }
            self.multiply(&direction, watched, &mut product);
            let length = left / dot(&direction, &product);
            add(vector, length, &direction);
            add(&mut residual, -length, &product);
            let now = dot(&residual, &residual);
            let kept = now / left;
            direction.iter_mut().zip(&residual).for_each(|(old, new)| *old = new + kept * *old);
            left = now;
        }
        vector.iter().all(|value| value.is_finite()).then_some(())
    }

    /// The matrix of the system times a vector.
    fn multiply(&self, vector: &[f32], watched: &[f32], product: &mut [f32]) {
        for (value, row) in product.iter_mut().zip(self.base.rows()) {
            *value = row.as_slice().map_or(0.0, |row| dot(row, vector));
        }
        for row in watched.chunks_exact(vector.len()) {
            add(product, self.confidence * dot(row, vector), row);
        }
    }
}

fn add(sum: &mut [f32], weight: f32, values: &[f32]) {
    sum.iter_mut().zip(values).for_each(|(sum, value)| *sum += weight * value);
}
