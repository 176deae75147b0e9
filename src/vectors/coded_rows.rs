//! Vectors kept as their 8-bit codes alone, and inner products with them: for values that are computed, shared and
//! shipped, and need no more than three digits. Scores are the same on every machine, as the kernels compute in
//! integers.

use super::Rows;
use super::kernels::{Kernel, STRIDE_STEP};
use super::planes::{decode, encode};
use super::query::PreparedQuery;

/// Rows that stand together, and that a new row copies.
const CHUNK_ROWS: usize = 512;

/// Bytes of the next chunk that are asked for ahead; every chunk but the first has more.
const FETCHED: usize = 2_048;

/// Rows of one length. Cloning shares; takes a byte an element, four a row, and what fills rows up to 64 elements.
#[derive(Debug, Clone)]
pub struct CodedRows {
    dimensions: usize,
    high: Rows<u8>,
    low: Rows<u8>,
    scales: Rows<f32>,
}

impl CodedRows {
    /// None yet, of `dimensions` elements each.
    pub fn new(dimensions: usize) -> CodedRows {
        let stride = dimensions.div_ceil(2).max(1).next_multiple_of(STRIDE_STEP);
        CodedRows {
            dimensions,
            high: Rows::new(stride, CHUNK_ROWS),
            low: Rows::new(stride, CHUNK_ROWS),
            scales: Rows::new(1, CHUNK_ROWS),
        }
    }

    pub fn dimensions(&self) -> usize {
        self.dimensions
    }

    /// One past the last row that was set.
    pub fn len(&self) -> usize {
        self.scales.rows()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes held, room for rows to come included.
    pub fn bytes(&self) -> usize {
        self.high.bytes() + self.low.bytes() + self.scales.bytes()
    }

    /// Sets a row to finite values; those before it that were never set are all zero.
    pub fn set(&mut self, row: usize, values: &[f32]) {
        debug_assert_eq!(values.len(), self.dimensions);
        let (scale, _) = encode(values, self.high.row_mut(row), self.low.row_mut(row));
        self.scales.row_mut(row)[0] = scale;
    }

    /// Whether a row was set to anything but zeros.
    pub fn is_set(&self, row: usize) -> bool {
        row < self.len() && self.scales.row(row)[0] > 0.0
    }

    /// The values of a row, each within half a step.
    pub fn values(&self, row: usize) -> Vec<f32> {
        decode(self.high.row(row), self.low.row(row), self.scales.row(row)[0], self.dimensions)
    }

    /// The step of a row's code, and its two planes.
    pub fn code(&self, row: usize) -> (f32, &[u8], &[u8]) {
        (self.scales.row(row)[0], self.high.row(row), self.low.row(row))
    }

    /// Bytes of either plane of a row.
    pub fn stride(&self) -> usize {
        self.high.length()
    }

    /// Sets a row to a code: a step that is finite and not below 0, and planes of [`CodedRows::stride`] bytes each.
    pub fn set_code(&mut self, row: usize, step: f32, high: &[u8], low: &[u8]) {
        self.high.row_mut(row).copy_from_slice(high);
        self.low.row_mut(row).copy_from_slice(low);
        self.scales.row_mut(row)[0] = step;
    }

    /// Adds to each element of `out` the inner product of `query` with the row of its number, up to the last row.
    /// Where the elements are of a kind it is within some 0.01 of the product of both lengths.
    pub fn add_products(&self, query: &[f32], out: &mut [f32]) {
        let query = PreparedQuery::new(query.to_vec(), self.stride());
        let (kernel, stride, rows) = (Kernel::best(), self.stride(), self.len().min(out.len()));
        let (mut high, mut low) = ([0; CHUNK_ROWS], [0; CHUNK_ROWS]);
        for (chunk, out) in out[..rows].chunks_mut(CHUNK_ROWS).enumerate() {
            let (high, low) = (&mut high[..out.len()], &mut low[..out.len()]);
            if chunk + 1 < self.high.chunks() {
                [&self.high, &self.low].iter().for_each(|plane| kernel.fetch(&plane.chunk(chunk + 1)[..FETCHED]));
            }
            kernel.dots(self.high.chunk(chunk), stride, &query.codes, high);
            kernel.dots(self.low.chunk(chunk), stride, &query.codes, low);
            let scales = self.scales.chunk(chunk);
            for (((out, scale), high), low) in out.iter_mut().zip(scales).zip(high).zip(low) {
                *out += scale * query.coded_score(*high, *low);
            }
        }
    }

    /// Some rows, to be multiplied more than once.
    pub fn gathered(&self, rows: &[usize]) -> GatheredRows<'_> {
        GatheredRows {
            stride: self.stride(),
            high: rows.iter().map(|row| self.high.row(*row)).collect(),
            low: rows.iter().map(|row| self.low.row(*row)).collect(),
            scales: rows.iter().map(|row| self.scales.row(*row)[0]).collect(),
        }
    }
}

/// See [`CodedRows::gathered`].
pub struct GatheredRows<'r> {
    stride: usize,
    high: Vec<&'r [u8]>,
    low: Vec<&'r [u8]>,
    scales: Vec<f32>,
}

impl GatheredRows<'_> {
    /// The inner product of `query` with each row, as [`CodedRows::add_products`] has it.
    pub fn products(&self, query: &[f32]) -> Vec<f32> {
        let query = PreparedQuery::new(query.to_vec(), self.stride);
        let (mut high, mut low) = (vec![0; self.scales.len()], vec![0; self.scales.len()]);
        Kernel::best().dots_gathered(&self.high, self.stride, &query.codes, &mut high);
        Kernel::best().dots_gathered(&self.low, self.stride, &query.codes, &mut low);
        let halves = high.into_iter().zip(low);
        self.scales.iter().zip(halves).map(|(scale, (high, low))| scale * query.coded_score(high, low)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::dot;
    use super::*;

    fn vector(seed: usize, dimensions: usize) -> Vec<f32> {
        (0..dimensions).map(|index| ((seed * 31 + index * 37) % 101) as f32 / 50.0 - 1.0).collect()
    }

    #[test]
    fn products_are_near_exact_ones() {
        for dimensions in [1, 7, 64, 65, 130] {
            let mut rows = CodedRows::new(dimensions);
            let written: Vec<usize> = (0..600).filter(|row| row % 7 != 3).collect();
            written.iter().for_each(|row| rows.set(*row, &vector(*row, dimensions)));
            let query = vector(9, dimensions);
            let mut scores = vec![1.0; 610];
            rows.add_products(&query, &mut scores);
            assert_eq!(scores[3], 1.0, "never set");
            assert_eq!(scores[605], 1.0, "past the end");
            let gathered = rows.gathered(&written).products(&query);
            for (row, gathered) in written.iter().zip(gathered) {
                let exact = dot(&vector(*row, dimensions), &query);
                assert!((gathered - exact).abs() < 0.01 * dimensions as f32, "row {row} of {dimensions}");
                assert_eq!(scores[*row], 1.0 + gathered);
            }
        }
    }

    #[test]
    fn a_code_can_be_carried_over() {
        let (mut rows, mut other) = (CodedRows::new(3), CodedRows::new(3));
        rows.set(2, &[0.5, -1.0, 0.25]);
        let (step, high, low) = rows.code(2);
        other.set_code(2, step, high, low);
        assert_eq!(other.values(2), rows.values(2));
        assert!((rows.values(2)[0] - 0.5).abs() < 0.5 / 127.0);
        assert!(other.is_set(2) && !other.is_set(1) && !other.is_set(3));
    }
}
