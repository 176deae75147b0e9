//! Sparse matrices of whole numbers that grow by single cells: rows of (column, count), sorted, shared
//! between clones until one of them is written to, and the sums of rows and columns.

use std::sync::Arc;

use rpds::VectorSync;

use super::Item;
use crate::domain::{Error, Result, Status};

/// One row: columns in their order, none with a count of 0.
type Row = Vec<(Item, u32)>;

/// See the module. Two are equal when all their cells are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SparseRows {
    rows: VectorSync<Arc<Row>>,
    row_sums: VectorSync<u64>,
    column_sums: VectorSync<u64>,
}

impl SparseRows {
    /// The cells of a row; none of one that was never written.
    pub fn row(&self, row: Item) -> &[(Item, u32)] {
        self.rows.get(row as usize).map_or(&[], |row| row)
    }

    pub fn row_sum(&self, row: Item) -> u64 {
        self.row_sums.get(row as usize).copied().unwrap_or(0)
    }

    pub fn column_sum(&self, column: Item) -> u64 {
        self.column_sums.get(column as usize).copied().unwrap_or(0)
    }

    pub fn get(&self, row: Item, column: Item) -> u32 {
        let cells = self.row(row);
        cells.binary_search_by_key(&column, |cell| cell.0).map_or(0, |at| cells[at].1)
    }

    /// Adds to a cell. A count that would grow past its largest value stays there.
    pub fn add(&mut self, row: Item, column: Item, count: u32) {
        let count = count.min(u32::MAX - self.get(row, column));
        if count == 0 {
            return;
        }
        self.change_row(row, |cells| match cells.binary_search_by_key(&column, |cell| cell.0) {
            Ok(at) => cells[at].1 += count,
            Err(at) => cells.insert(at, (column, count)),
        });
        change_sum(&mut self.row_sums, row, |sum| sum + u64::from(count));
        change_sum(&mut self.column_sums, column, |sum| sum + u64::from(count));
    }

    /// Takes from a cell what was added to it, at most what it holds.
    pub fn remove(&mut self, row: Item, column: Item, count: u32) {
        let count = count.min(self.get(row, column));
        if count == 0 {
            return;
        }
        self.change_row(row, |cells| {
            if let Ok(at) = cells.binary_search_by_key(&column, |cell| cell.0) {
                cells[at].1 -= count;
                if cells[at].1 == 0 {
                    cells.remove(at);
                }
            }
        });
        change_sum(&mut self.row_sums, row, |sum| sum - u64::from(count));
        change_sum(&mut self.column_sums, column, |sum| sum - u64::from(count));
        self.forget_empty_ends();
    }

    /// Number of cells.
    pub fn cells(&self) -> usize {
        self.rows.iter().map(|row| row.len()).sum()
    }

    fn change_row(&mut self, row: Item, change: impl FnOnce(&mut Row)) {
        grow(&mut self.rows, row as usize);
        if let Some(cells) = self.rows.get_mut(row as usize) {
            change(Arc::make_mut(cells));
        }
    }

    /// So that what is taken back leaves no trace.
    fn forget_empty_ends(&mut self) {
        while self.rows.last().is_some_and(|row| row.is_empty()) {
            self.rows.drop_last_mut();
        }
        for sums in [&mut self.row_sums, &mut self.column_sums] {
            while sums.last() == Some(&0) {
                sums.drop_last_mut();
            }
        }
    }

    /// Little-endian numbers of 32 bits: how many columns have a sum, the halves of each sum, how many rows there
    /// are, and each row as its number of cells and the cells.
    pub fn save(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(8 + 8 * self.column_sums.len() + 4 * self.rows.len() + 8 * self.cells());
        let mut put = |number: u32| bytes.extend_from_slice(&number.to_le_bytes());
        put(self.column_sums.len() as u32);
        for sum in &self.column_sums {
            put((*sum & u64::from(u32::MAX)) as u32);
            put((*sum >> 32) as u32);
        }
        put(self.rows.len() as u32);
        for row in &self.rows {
            put(row.len() as u32);
            row.iter().for_each(|(column, count)| {
                put(*column);
                put(*count);
            });
        }
        bytes
    }

    /// [`Status::Corrupt`] for bytes that [`SparseRows::save`] never gives. Takes memory in proportion to them.
    pub fn load(bytes: &[u8]) -> Result<SparseRows> {
        let damaged = || Error::new(Status::Corrupt, "learned counts are damaged");
        let mut numbers = bytes.chunks_exact(4).map(|four| u32::from_le_bytes([four[0], four[1], four[2], four[3]]));
        let mut next = || numbers.next().ok_or_else(damaged);
        let columns = next()?;
        for _ in 0..u64::from(columns) * 2 {
            next()?;
        }
        let mut loaded = SparseRows::default();
        for row in 0..next()? {
            for _ in 0..next()? {
                let (column, count) = (next()?, next()?);
                if column >= columns {
                    return Err(damaged());
                }
                loaded.add(row, column, count);
            }
        }
        // Sums, the order of cells, empty ends: all of it at once.
        if loaded.save() == bytes { Ok(loaded) } else { Err(damaged()) }
    }
}

fn grow<T: Default>(list: &mut VectorSync<T>, place: usize) {
    while list.len() <= place {
        list.push_back_mut(T::default());
    }
}

fn change_sum(sums: &mut VectorSync<u64>, place: Item, change: impl FnOnce(u64) -> u64) {
    grow(sums, place as usize);
    if let Some(sum) = sums.get_mut(place as usize) {
        *sum = change(*sum);
    }
}
