//! The vectors of a catalogue: codes for the scan, and the values as they came (or at half precision,
//! or not at all) for the final scores. Cloning is cheap; a write copies what it touches.

use std::borrow::Cow;

use half::f16;
use half::slice::HalfFloatSliceExt;

use super::kernels::{Kernel, Line, bytes, bytes_mut};
use super::planes::{Bounds, decode, encode, stride_of};
use super::signs::Signs;
use super::{Rows, dot};

/// What is kept of vectors beside their codes. The numbers are part of the ABI.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[repr(i32)]
pub enum ExactValues {
    /// As they came, 4 bytes an element: scores are exact.
    #[default]
    Float32 = 1,
    /// 2 bytes an element: cosines within 0.0005 of exact ones.
    Float16 = 2,
    /// Only the codes: cosines of vectors whose elements are of a kind within some 0.01 of exact ones. Half a step of
    /// 1/127 of the largest element is lost of each, so outliers cost up to √dimensions / 254.
    None = 3,
}

impl ExactValues {
    pub fn from_code(code: i32) -> Option<ExactValues> {
        [ExactValues::Float32, ExactValues::Float16, ExactValues::None].into_iter().find(|kept| *kept as i32 == code)
    }
}

/// Rows whose codes stand together: 192 KiB of either plane at 384 elements. Long enough that a scan runs
/// at the memory's speed, short enough that copying them for a single new row takes microseconds.
pub const CHUNK_ROWS: usize = 1024;
/// Exact values are read one by one, so their chunks may be as small as copying likes them.
const EXACT_CHUNK_ROWS: usize = 32;

/// See the module.
#[derive(Debug, Clone)]
pub struct VectorStore {
    dimensions: usize,
    kept: ExactValues,
    high: Rows<Line>,
    low: Rows<Line>,
    scales: Rows<f32>,
    /// One for each chunk of codes, for all its rows together.
    bounds: Rows<Bounds>,
    float32: Rows<f32>,
    float16: Rows<f16>,
    /// For the first stage of large catalogues, where it is asked for.
    pub(super) signs: Option<Signs>,
}

impl VectorStore {
    /// An empty store of vectors with this many elements; 0 when the first vector will tell.
    pub fn new(dimensions: usize, kept: ExactValues) -> Self {
        let lines = stride_of(dimensions) / Line::BYTES;
        VectorStore {
            dimensions,
            kept,
            high: Rows::new(lines, CHUNK_ROWS),
            low: Rows::new(lines, CHUNK_ROWS),
            scales: Rows::new(1, CHUNK_ROWS),
            bounds: Rows::new(1, CHUNK_ROWS),
            float32: Rows::new(dimensions, EXACT_CHUNK_ROWS),
            float16: Rows::new(dimensions, EXACT_CHUNK_ROWS),
            signs: None,
        }
    }

    /// The same, with the signs that [`Signs`] needs.
    #[must_use]
    pub fn with_signs(mut self) -> Self {
        self.signs = Some(Signs::new(self.dimensions));
        self
    }

    /// An empty store that keeps of vectors what this one does.
    pub fn emptied(&self, dimensions: usize) -> Self {
        let store = VectorStore::new(dimensions, self.kept);
        if self.signs.is_some() { store.with_signs() } else { store }
    }

    /// One row in so many goes past the first stage; none where all do.
    pub fn sign_divisor(&self) -> Option<usize> {
        self.signs.as_ref().and_then(Signs::divisor)
    }

    pub fn dimensions(&self) -> usize {
        self.dimensions
    }

    pub fn kept(&self) -> ExactValues {
        self.kept
    }

    pub fn rows(&self) -> usize {
        self.scales.rows()
    }

    /// Bytes of one row in one plane.
    pub fn stride(&self) -> usize {
        self.high.length() * Line::BYTES
    }

    pub fn chunks(&self) -> usize {
        self.high.chunks()
    }

    /// Bytes held.
    pub fn bytes(&self) -> usize {
        let exact = self.float32.bytes() + self.float16.bytes();
        let signs = self.signs.as_ref().map_or(0, Signs::bytes);
        self.high.bytes() + self.low.bytes() + self.scales.bytes() + self.bounds.bytes() + exact + signs
    }

    /// Appends a vector and returns its row.
    pub fn push(&mut self, values: &[f32]) -> usize {
        let row = self.rows();
        self.set(row, values);
        row
    }

    /// Sets or replaces a row's vector; the row is one that exists or the next.
    pub fn set(&mut self, row: usize, values: &[f32]) {
        if self.dimensions == 0 {
            *self = self.emptied(values.len());
        }
        debug_assert_eq!(values.len(), self.dimensions);
        let values = &*self.as_kept(values);
        let (high, low) = (bytes_mut(self.high.row_mut(row)), bytes_mut(self.low.row_mut(row)));
        let (scale, bounds) = encode(values, high, low);
        self.scales.row_mut(row)[0] = scale;
        let of_chunk = &mut self.bounds.row_mut(row / CHUNK_ROWS)[0];
        *of_chunk = of_chunk.or(bounds);
        match self.kept {
            ExactValues::Float32 => self.float32.row_mut(row).copy_from_slice(values),
            ExactValues::Float16 => self.float16.row_mut(row).convert_from_f32_slice(values),
            ExactValues::None => {}
        }
        if let Some(signs) = &mut self.signs {
            signs.set(row, values);
        }
    }

    /// What will be left of the values: codes and bounds are those of what the final score is computed from.
    fn as_kept<'v>(&self, values: &'v [f32]) -> Cow<'v, [f32]> {
        match self.kept {
            ExactValues::Float16 => values.iter().map(|value| f16::from_f32(*value).to_f32()).collect(),
            ExactValues::Float32 | ExactValues::None => Cow::Borrowed(values),
        }
    }

    /// The row's values, as exactly as they are kept.
    pub fn values(&self, row: usize) -> Cow<'_, [f32]> {
        match self.kept {
            ExactValues::Float32 => Cow::Borrowed(self.float32.row(row)),
            ExactValues::Float16 => Cow::Owned(self.float16.row(row).to_f32_vec()),
            ExactValues::None => {
                Cow::Owned(decode(self.high_row(row), self.low_row(row), self.scale(row), self.dimensions))
            }
        }
    }

    /// Asks the memory for the row's values.
    pub fn fetch_values(&self, kernel: Kernel, row: usize) {
        match self.kept {
            ExactValues::Float32 => kernel.fetch(self.float32.row(row)),
            ExactValues::Float16 => kernel.fetch(self.float16.row(row)),
            ExactValues::None => {}
        }
    }

    /// The inner product with what is kept of the row; none when that is its codes.
    pub fn exact_score(&self, row: usize, query: &[f32]) -> Option<f32> {
        match self.kept {
            ExactValues::None => None,
            _ => Some(dot(query, &self.values(row))),
        }
    }

    /// The high plane of a chunk, room for rows to come included.
    pub fn high_chunk(&self, chunk: usize) -> &[u8] {
        bytes(self.high.chunk(chunk))
    }

    pub fn low_chunk(&self, chunk: usize) -> &[u8] {
        bytes(self.low.chunk(chunk))
    }

    pub fn high_row(&self, row: usize) -> &[u8] {
        bytes(self.high.row(row))
    }

    pub fn low_row(&self, row: usize) -> &[u8] {
        bytes(self.low.row(row))
    }

    /// The steps of a chunk's rows; 0 where no row is.
    pub fn chunk_scales(&self, chunk: usize) -> &[f32] {
        self.scales.chunk(chunk)
    }

    pub fn scale(&self, row: usize) -> f32 {
        self.scales.row(row)[0]
    }

    /// What holds for every row of a chunk.
    pub fn chunk_bounds(&self, chunk: usize) -> Bounds {
        self.bounds.row(chunk)[0]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_come_back_as_exactly_as_they_are_kept() {
        let vector: Vec<f32> = (0..130).map(|index| ((index * 31 % 67) as f32 - 33.0) / 400.0).collect();
        for (kept, most) in [(ExactValues::Float32, 0.0), (ExactValues::Float16, 5e-5), (ExactValues::None, 4e-4)] {
            let mut store = VectorStore::new(0, kept);
            for row in 0..1_500 {
                assert_eq!(store.push(&vector), row);
            }
            let before = store.clone();
            store.set(1_499, &vec![1.0; 130]);
            assert_eq!(store.values(1_499).to_vec(), vec![1.0; 130]);
            for (found, exact) in before.values(1_499).iter().zip(&vector) {
                assert!((found - exact).abs() <= most, "{kept:?}: {found} for {exact}");
            }
            assert_eq!((store.rows(), store.chunks(), store.stride()), (1_500, 2, 128));
            assert_eq!(store.exact_score(0, &vector).is_none(), kept == ExactValues::None);
        }
    }
}
