//! Sparse matrices of whole numbers that grow by single cells, with the sums of their rows and columns.

use super::Item;
use super::counts::Counts;
use super::rows::{Growth, Rows};
use super::saved::{Numbers, damaged};
use crate::domain::Result;

/// See the module. Two are equal when all their cells are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SparseRows {
    rows: Rows<u32>,
    row_sums: Counts,
    column_sums: Counts,
}

impl SparseRows {
    /// Of the cells of each row, in the order of their columns.
    pub fn of(rows: &[Vec<(Item, u32)>]) -> SparseRows {
        let sum = |row: &Vec<(Item, u32)>| row.iter().map(|cell| u64::from(cell.1)).sum();
        let columns = rows.iter().filter_map(|row| row.last()).map(|last| last.0 as usize + 1).max();
        let mut column_sums = vec![0; columns.unwrap_or(0)];
        rows.iter().flatten().for_each(|(column, count)| column_sums[*column as usize] += u64::from(*count));
        SparseRows {
            rows: Rows::of(rows),
            row_sums: Counts::of(rows.iter().map(sum)),
            column_sums: Counts::of(column_sums.into_iter()),
        }
    }

    /// The cells of a row; none of one that was never written.
    pub fn row(&self, row: Item) -> impl Iterator<Item = (Item, u32)> {
        self.rows.row(row)
    }

    pub fn row_sum(&self, row: Item) -> u64 {
        self.row_sums.get(row)
    }

    pub fn column_sum(&self, column: Item) -> u64 {
        self.column_sums.get(column)
    }

    pub fn get(&self, row: Item, column: Item) -> u32 {
        self.rows.count(row, column)
    }

    /// Adds to a cell. A count that would grow past its largest value stays there.
    pub fn add(&mut self, row: Item, column: Item, count: u32) {
        let added = self.rows.add(row, column, count);
        self.row_sums.add(row, u64::from(added));
        self.column_sums.add(column, u64::from(added));
    }

    /// What [`SparseRows::add`] does with each, in any order.
    pub fn add_all(&mut self, growths: &[Growth]) {
        self.rows.add_all(growths, |row, column, added| {
            self.row_sums.add(row, u64::from(added));
            self.column_sums.add(column, u64::from(added));
        });
    }

    /// One past the last column whose sum is not 0.
    pub fn columns(&self) -> usize {
        self.column_sums.len()
    }

    /// Takes from a cell what was added to it, at most what it holds.
    pub fn remove(&mut self, row: Item, column: Item, count: u32) {
        let removed = self.rows.remove(row, column, count);
        self.row_sums.remove(row, u64::from(removed));
        self.column_sums.remove(column, u64::from(removed));
    }

    /// Memory in bytes, about.
    pub fn bytes(&self) -> usize {
        self.rows.bytes() + self.row_sums.bytes() + self.column_sums.bytes()
    }

    /// The sums of the columns, which bound what a column may be, and the rows.
    pub fn save(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(8 * (self.column_sums.len() + self.rows.cells()));
        self.column_sums.save(&mut bytes);
        self.rows.save(&mut bytes);
        bytes
    }

    /// [`Status::Corrupt`](crate::domain::Status::Corrupt) for bytes that [`SparseRows::save`] never gives. Takes
    /// memory in proportion to them.
    pub fn load(bytes: &[u8]) -> Result<SparseRows> {
        let mut numbers = Numbers::of(bytes);
        let column_sums = Counts::load(&mut numbers)?;
        let rows = Rows::load(&mut numbers)?;
        numbers.end()?;
        let mut loaded = SparseRows { rows, ..SparseRows::default() };
        for row in 0..loaded.rows.len() as Item {
            for (column, count) in loaded.rows.row(row) {
                if column as usize >= column_sums.len() {
                    return Err(damaged());
                }
                loaded.row_sums.add(row, u64::from(count));
                loaded.column_sums.add(column, u64::from(count));
            }
        }
        if loaded.column_sums == column_sums { Ok(loaded) } else { Err(damaged()) }
    }
}
