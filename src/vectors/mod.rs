//! Vectors in memory and the search for the nearest: rows in chunks (`rows`), codes and values
//! (`planes`, `store`, `coded_rows`), kernels, bounds (`query`, `shortlist`), the scan (`search`) and the threads that
//! share it (`pool`), an optional first stage (`signs`), bitmaps for filters. Knows numbers only: no texts,
//! no ids beyond an order to break ties by.

mod bitmap;
mod code;
mod coded_rows;
mod kernels;
mod planes;
mod pool;
mod query;
mod rows;
mod search;
mod shortlist;
mod signs;
mod store;
mod top_k;

pub use bitmap::Bitmap;
pub use code::Code;
pub use coded_rows::CodedRows;
pub use kernels::{Kernel, dot, dot_each};
pub use pool::{Pool, Task};
pub use rows::Rows;
pub use search::{Lists, Metric, Search, measure_signs};
pub use store::{ExactValues, VectorStore};
pub use top_k::{Scored, TopK};

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
