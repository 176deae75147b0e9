//! Vectors in memory: exact rows for scoring, 8-bit codes for reasons, bitmaps for filters, and
//! the top-k scan, threads to share it. Knows numbers only: no texts, no ids beyond an order to break ties by.

mod bitmap;
mod code;
mod kernels;
mod matrix;
mod pool;
mod rows;
mod top_k;

pub use bitmap::Bitmap;
pub use code::Code;
pub use kernels::Kernel;
pub use kernels::dot;
pub use matrix::Matrix;
pub use pool::{Pool, Task};
pub use rows::Rows;
pub use top_k::{Scored, TopK, scan};

/// Scales a vector to unit length in place; false when it has no direction and was left alone.
pub fn normalise(vector: &mut [f32]) -> bool {
    let length = vector.iter().map(|&value| f64::from(value).powi(2)).sum::<f64>().sqrt();
    if !length.is_finite() || length == 0.0 {
        return false;
    }
    for value in vector {
        *value = (f64::from(*value) / length) as f32;
    }
    true
}
