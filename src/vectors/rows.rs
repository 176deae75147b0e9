//! Rows of equal length in immutable chunks. A snapshot shares its chunks with the next one: writing
//! copies the one chunk written to, so readers keep what they have and never wait.
//!
//! Chunks stand in groups, so that cloning costs one count for each group rather than each chunk: a
//! writer of single rows pays for a million as it does for a thousand. A chunk's address stands in its
//! group, so that a scan reads no header on its way from chunk to chunk.

use std::sync::Arc;

/// Chunks in one group.
const GROUP_CHUNKS: usize = 64;
/// Places of the first chunk to begin with; they double as it fills.
const FEWEST_PLACES: usize = 16;

/// See the module. `T` is what a row consists of, all of it `T::default()` where nothing was written.
#[derive(Debug, Clone)]
pub struct Rows<T> {
    /// Elements of one row.
    length: usize,
    /// Rows of one chunk, a power of two (this is its exponent): large enough to scan at full speed, small
    /// enough to copy for one new row.
    chunk_shift: u32,
    rows: usize,
    groups: Vec<Arc<Vec<Arc<[T]>>>>,
}

impl<T: Copy + Default> Rows<T> {
    /// No rows yet, of `length` elements each, `chunk_rows` in a chunk, a power of two.
    pub fn new(length: usize, chunk_rows: usize) -> Self {
        debug_assert!(chunk_rows.is_power_of_two());
        Rows { length, chunk_shift: chunk_rows.trailing_zeros(), rows: 0, groups: Vec::new() }
    }

    /// Rows with these values, one after the other.
    pub fn of(length: usize, chunk_rows: usize, values: &[T]) -> Self {
        let mut made = Rows::new(length, chunk_rows);
        made.grow_to(values.len() / length);
        for (chunk, values) in values.chunks(chunk_rows * length).enumerate() {
            let group = Arc::make_mut(&mut made.groups[chunk / GROUP_CHUNKS]);
            Arc::make_mut(&mut group[chunk % GROUP_CHUNKS])[..values.len()].copy_from_slice(values);
        }
        made
    }

    /// Elements of one row.
    pub fn length(&self) -> usize {
        self.length
    }

    pub fn rows(&self) -> usize {
        self.rows
    }

    pub fn chunk_rows(&self) -> usize {
        1 << self.chunk_shift
    }

    pub fn chunks(&self) -> usize {
        self.rows.div_ceil(self.chunk_rows())
    }

    /// Bytes of the values held, room for rows to come included.
    pub fn bytes(&self) -> usize {
        let first = if self.rows == 0 { 0 } else { self.chunk(0).len() };
        let others = self.chunks().saturating_sub(1) * self.chunk_rows() * self.length;
        (first + others) * size_of::<T>()
    }

    /// All places of a chunk, those past the last row being defaults. The first chunk has no more of them
    /// than a small catalogue needs; every other has them all.
    pub fn chunk(&self, chunk: usize) -> &[T] {
        &self.groups[chunk / GROUP_CHUNKS][chunk % GROUP_CHUNKS]
    }

    /// The row's values. Rows are numbered from zero; one past the end is a programming error.
    pub fn row(&self, row: usize) -> &[T] {
        let start = (row & (self.chunk_rows() - 1)) * self.length;
        &self.chunk(row >> self.chunk_shift)[start..start + self.length]
    }

    /// The row's values for writing, copied first where a snapshot shares them. Rows up to this one
    /// come into being, as defaults.
    pub fn row_mut(&mut self, row: usize) -> &mut [T] {
        self.grow_to(row + 1);
        let start = (row & (self.chunk_rows() - 1)) * self.length;
        let chunk = row >> self.chunk_shift;
        let group = Arc::make_mut(&mut self.groups[chunk / GROUP_CHUNKS]);
        &mut Arc::make_mut(&mut group[chunk % GROUP_CHUNKS])[start..start + self.length]
    }

    fn grow_to(&mut self, rows: usize) {
        if rows <= self.rows {
            return;
        }
        for chunk in self.chunks()..rows.div_ceil(self.chunk_rows()) {
            if chunk.is_multiple_of(GROUP_CHUNKS) {
                self.groups.push(Arc::new(Vec::with_capacity(GROUP_CHUNKS)));
            }
            let places = if chunk == 0 { 0 } else { self.chunk_rows() };
            Arc::make_mut(&mut self.groups[chunk / GROUP_CHUNKS]).push(Self::chunk_of(&[], places * self.length));
        }
        if self.chunk(0).len() < rows.min(self.chunk_rows()) * self.length {
            let places = rows.next_power_of_two().clamp(FEWEST_PLACES.min(self.chunk_rows()), self.chunk_rows());
            let larger = Self::chunk_of(self.chunk(0), places * self.length);
            Arc::make_mut(&mut self.groups[0])[0] = larger;
        }
        self.rows = rows;
    }

    /// A chunk that begins with these values.
    fn chunk_of(values: &[T], length: usize) -> Arc<[T]> {
        // Filled at one go; a chain of two iterators would go from element to element.
        let mut chunk: Arc<[T]> = std::iter::repeat_n(T::default(), length).collect();
        Arc::make_mut(&mut chunk)[..values.len()].copy_from_slice(values);
        chunk
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clone_keeps_what_it_had() {
        let mut rows = Rows::<f32>::new(2, 4);
        for row in 0..600 {
            rows.row_mut(row).copy_from_slice(&[row as f32, 1.0]);
        }
        let before = rows.clone();
        rows.row_mut(300).fill(-1.0);
        rows.row_mut(601).fill(9.0);
        assert_eq!(before.row(300), &[300.0, 1.0]);
        assert_eq!((before.rows(), rows.rows()), (600, 602));
        assert_eq!((rows.row(300), rows.row(600), rows.row(601)), (&[-1.0; 2][..], &[0.0; 2][..], &[9.0; 2][..]));
        let shared = |chunk: usize| std::ptr::eq(before.chunk(chunk), rows.chunk(chunk));
        assert!(shared(0) && shared(74) && !shared(75), "an untouched chunk is shared");
        assert_eq!(rows.chunks(), 151);
        assert_eq!(rows.bytes(), 151 * 4 * 2 * 4);
        let mut few = Rows::<u64>::new(3, 1_024);
        few.row_mut(16)[2] = 5;
        assert_eq!((few.bytes(), few.row(16), few.row(3)), (32 * 3 * 8, &[0, 0, 5][..], &[0; 3][..]));
        few.row_mut(5_000);
        assert_eq!((few.bytes(), few.row(16)), (5 * 1_024 * 3 * 8, &[0, 0, 5][..]));
    }

    #[test]
    fn rows_may_begin_anywhere() {
        let mut rows = Rows::<u8>::new(1, 8);
        rows.row_mut(1_000)[0] = 7;
        assert_eq!((rows.rows(), rows.row(999)[0], rows.row(1_000)[0]), (1_001, 0, 7));
    }
}
