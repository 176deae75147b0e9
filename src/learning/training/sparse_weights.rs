//! A sparse matrix of real weights between items, trained once and never changed: rows of (column, weight)
//! in the order of their columns, all in three arrays. Divided by the scales of their columns the weights are symmetric, as
//! EASE's are, whose B is a symmetric P over its diagonal: so a pack need hold each pair only once.

use super::numbers::{Numbers, damaged, put_reals, put_whole};
use crate::domain::Result;
use crate::learning::Item;

/// See the module. The row is the watched item, the column the one it speaks for.
#[derive(Debug, Clone, PartialEq)]
pub struct SparseWeights {
    /// Where each row starts, and where the last one ends.
    starts: Vec<usize>,
    columns: Vec<Item>,
    weights: Vec<f32>,
    /// Of each column, above 0.
    scales: Vec<f32>,
}

impl Default for SparseWeights {
    fn default() -> Self {
        SparseWeights { starts: vec![0], columns: Vec::new(), weights: Vec::new(), scales: Vec::new() }
    }
}

impl SparseWeights {
    /// Without rows yet, and with room for so many with so many weights.
    pub(in crate::learning) fn with_capacity(items: usize, cells: usize) -> SparseWeights {
        let mut starts = Vec::with_capacity(items + 1);
        starts.push(0);
        SparseWeights {
            starts,
            columns: Vec::with_capacity(cells),
            weights: Vec::with_capacity(cells),
            scales: Vec::with_capacity(items),
        }
    }

    /// The row after those there are; columns in their order, and the scale of the column with the row's number.
    pub(in crate::learning) fn push_row(&mut self, scale: f32, cells: impl IntoIterator<Item = (Item, f32)>) {
        for (column, weight) in cells {
            self.columns.push(column);
            self.weights.push(weight);
        }
        self.starts.push(self.columns.len());
        self.scales.push(scale);
    }

    /// What the weights of a column are multiplied with: w(i, j) / scale(j) = w(j, i) / scale(i). 1 of an item that was
    /// not trained.
    pub fn scale(&self, column: Item) -> f32 {
        self.scales.get(column as usize).copied().unwrap_or(1.0)
    }

    /// Memory in bytes.
    pub(in crate::learning) fn bytes(&self) -> usize {
        let of_cell = size_of::<Item>() + size_of::<f32>();
        self.cells() * of_cell + self.items() * (size_of::<usize>() + size_of::<f32>())
    }

    /// Number of rows.
    pub fn items(&self) -> usize {
        self.starts.len() - 1
    }

    /// Number of weights.
    pub fn cells(&self) -> usize {
        self.columns.len()
    }

    /// The weights of a row in the order of their columns; none of an item that was not trained.
    pub fn row(&self, item: Item) -> impl Iterator<Item = (Item, f32)> {
        let range = self.range(item);
        self.columns[range.clone()].iter().copied().zip(self.weights[range].iter().copied())
    }

    /// 0 where there is no weight.
    pub fn get(&self, row: Item, column: Item) -> f32 {
        let range = self.range(row);
        let found = self.columns[range.clone()].binary_search(&column);
        found.map_or(0.0, |at| self.weights[range.start + at])
    }

    fn range(&self, item: Item) -> std::ops::Range<usize> {
        let row = item as usize;
        if row < self.items() { self.starts[row]..self.starts[row + 1] } else { 0..0 }
    }

    /// The number of rows, the scales, and each row as its number of cells, its columns and its weights; see [`Numbers`].
    pub(in crate::learning) fn save(&self, bytes: &mut Vec<u8>) {
        bytes.reserve(4 * (1 + 2 * self.items() + 2 * self.cells()));
        put_whole(bytes, self.items() as u32);
        put_reals(bytes, &self.scales);
        for row in self.starts.windows(2).map(|ends| ends[0]..ends[1]) {
            put_whole(bytes, row.len() as u32);
            self.columns[row.clone()].iter().for_each(|column| put_whole(bytes, *column));
            put_reals(bytes, &self.weights[row]);
        }
    }

    /// Refuses columns out of their order or past the last item, weights that are not finite, and scales that are not
    /// above 0.
    pub(in crate::learning) fn load(numbers: &mut Numbers<'_>) -> Result<SparseWeights> {
        let items = numbers.whole()?;
        let scales = numbers.reals(items as usize)?;
        if scales.iter().any(|scale| *scale <= 0.0) {
            return Err(damaged());
        }
        // No more than the bytes can hold: a length of each row, and of each weight its column and itself.
        let most_cells = numbers.count().saturating_sub(items as usize) / 2;
        let mut loaded = SparseWeights::with_capacity(items as usize, most_cells);
        loaded.scales = scales;
        for _ in 0..items {
            let first = loaded.columns.len();
            for _ in 0..numbers.whole()? {
                loaded.columns.push(numbers.whole()?);
            }
            let row = &loaded.columns[first..];
            if !row.is_sorted_by(|a, b| a < b) || row.last().is_some_and(|last| *last >= items) {
                return Err(damaged());
            }
            let weights = numbers.reals(row.len())?;
            loaded.weights.extend(weights);
            loaded.starts.push(loaded.columns.len());
        }
        Ok(loaded)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn weights() -> SparseWeights {
        let mut weights = SparseWeights::default();
        (0..100).for_each(|_| weights.push_row(1.0, (0..7).map(|column| (column, 0.5))));
        weights
    }

    #[test]
    fn loaded_weights_have_room_for_what_there_is_and_no_more() {
        let (weights, mut bytes) = (weights(), Vec::new());
        weights.save(&mut bytes);
        let loaded = SparseWeights::load(&mut Numbers::new(&bytes).unwrap()).unwrap();
        assert_eq!(loaded, weights);
        assert_eq!([loaded.columns.capacity(), loaded.weights.capacity()], [700; 2]);
        assert_eq!(loaded.starts.capacity(), 101);
    }

    #[test]
    fn a_number_of_weights_beyond_the_bytes_is_refused() {
        let mut bytes = Vec::new();
        weights().save(&mut bytes);
        // The length of the first row stands behind the number of rows and the scales.
        for (place, claimed) in [(0, 101), (0, u32::MAX), (4 * 101, 8), (4 * 101, u32::MAX)] {
            let mut damaged = bytes.clone();
            damaged[place..place + 4].copy_from_slice(&claimed.to_le_bytes());
            assert!(SparseWeights::load(&mut Numbers::new(&damaged).unwrap()).is_err(), "{claimed} at {place}");
        }
    }
}
