//! Rows of equal length in immutable chunks. A snapshot shares its chunks with the next one:
//! writing copies only the chunk written to, so readers keep what they have and never wait.

use std::sync::Arc;

/// Rows of one chunk: large enough to scan at full speed, small enough to copy for one new row.
const CHUNK_ROWS: usize = 256;

/// A matrix that is cheap to clone and copied chunk by chunk on writing.
#[derive(Debug, Clone, Default)]
pub struct Matrix {
    dimensions: usize,
    rows: usize,
    chunks: Vec<Arc<Vec<f32>>>,
}

impl Matrix {
    /// An empty matrix of rows with this many elements; 0 when the first row will tell.
    pub fn new(dimensions: usize) -> Self {
        Matrix { dimensions, rows: 0, chunks: Vec::new() }
    }

    pub fn dimensions(&self) -> usize {
        self.dimensions
    }

    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Bytes of the values held.
    pub fn bytes(&self) -> usize {
        self.chunks.iter().map(|chunk| chunk.capacity() * size_of::<f32>()).sum()
    }

    /// The row's values. Rows are numbered from zero; one past the end is a programming error.
    pub fn row(&self, row: usize) -> &[f32] {
        let start = row % CHUNK_ROWS * self.dimensions;
        &self.chunks[row / CHUNK_ROWS][start..start + self.dimensions]
    }

    /// Appends a row and returns its number.
    pub fn push(&mut self, values: &[f32]) -> usize {
        if self.dimensions == 0 {
            self.dimensions = values.len();
        }
        debug_assert_eq!(values.len(), self.dimensions);
        let row = self.rows;
        if row.is_multiple_of(CHUNK_ROWS) {
            self.chunks.push(Arc::default());
        }
        self.own_chunk(row).extend_from_slice(values);
        self.rows += 1;
        row
    }

    /// Replaces a row's values.
    pub fn set(&mut self, row: usize, values: &[f32]) {
        let start = row % CHUNK_ROWS * self.dimensions;
        let dimensions = self.dimensions;
        let chunk = self.own_chunk(row);
        chunk[start..start + dimensions].copy_from_slice(values);
    }

    /// The row's chunk for writing: a copy when it is shared, always with room for all its rows.
    fn own_chunk(&mut self, row: usize) -> &mut Vec<f32> {
        let chunk = &mut self.chunks[row / CHUNK_ROWS];
        if Arc::get_mut(chunk).is_none_or(|own| own.capacity() == 0) {
            let mut copy = Vec::with_capacity(CHUNK_ROWS * self.dimensions);
            copy.extend_from_slice(chunk);
            *chunk = Arc::new(copy);
        }
        Arc::make_mut(chunk)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clone_keeps_what_it_had() {
        let mut matrix = Matrix::new(2);
        for row in 0..600 {
            assert_eq!(matrix.push(&[row as f32, 1.0]), row);
        }
        let before = matrix.clone();
        matrix.set(300, &[-1.0, -1.0]);
        matrix.push(&[9.0, 9.0]);
        assert_eq!(before.row(300), &[300.0, 1.0]);
        assert_eq!(before.rows(), 600);
        assert_eq!(matrix.row(300), &[-1.0, -1.0]);
        assert!(Arc::ptr_eq(&before.chunks[0], &matrix.chunks[0]), "an untouched chunk is shared");
    }
}
