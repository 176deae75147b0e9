//! A table of a pack from items to items: the cells that are missed most, and the sums that all cells had, so that
//! a share of a row or column stays what it was.

use super::super::Item;
use super::super::coded_cells::{CodedCells, put_cells};
use super::super::packed::{Packed, Values, damaged, put_varints};
use super::{Base, Told};
use crate::domain::Result;

/// See the module. Never changed.
#[derive(Debug, PartialEq)]
pub struct TableBase {
    pub cells: CodedCells,
    row_sums: Vec<u64>,
    column_sums: Vec<u64>,
}

impl TableBase {
    pub fn row_sum(&self, row: Item) -> f32 {
        self.row_sums.get(row as usize).copied().unwrap_or(0) as f32
    }

    pub fn column_sum(&self, column: Item) -> f32 {
        self.column_sums.get(column as usize).copied().unwrap_or(0) as f32
    }

    pub fn columns(&self) -> usize {
        self.column_sums.len()
    }

    /// Memory in bytes.
    pub fn bytes(&self) -> usize {
        self.cells.bytes() + size_of::<u64>() * (self.row_sums.len() + self.column_sums.len())
    }

    /// Appends the sums of rows and of columns, and the cells.
    pub fn save(bytes: &mut Vec<u8>, told: &Told) {
        put_varints(bytes, &told.row_sums);
        put_varints(bytes, &told.column_sums);
        put_cells(bytes, Values::Counts, &told.rows);
    }

    /// Refuses a cell whose row or column has no sum, by which it would be divided.
    pub fn load(packed: &mut Packed<'_>, base: &Base) -> Result<TableBase> {
        let items = base.items();
        let (row_sums, column_sums) = (packed.varints(items)?, packed.varints(items)?);
        let cells = CodedCells::load(Values::Counts, packed, items, |_| items)?;
        // As a rule all have one, and no cell is to be looked at.
        if !row_sums.contains(&0) && !column_sums.contains(&0) {
            return Ok(TableBase { cells, row_sums, column_sums });
        }
        let is_summed = |row: Item| {
            let mut is_summed = true;
            cells.each_code(row, |column, _| {
                is_summed &= row_sums[row as usize] > 0 && column_sums[column as usize] > 0;
            });
            is_summed
        };
        for row in 0..items {
            packed.check(row)?;
            if !is_summed(row as Item) {
                return Err(damaged());
            }
        }
        Ok(TableBase { cells, row_sums, column_sums })
    }
}
