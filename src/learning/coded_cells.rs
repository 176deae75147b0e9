//! A table of a pack, in memory as it is in the file: rows of cells with the distances between their columns and a code of
//! 8 bits for each value. Each byte of the distances stands together over all cells, and so do the codes, which compresses
//! better and is read without a branch. Nothing is unpacked, and nothing copied, so that an import makes a table in the
//! time that checking it takes, and a television holds 2 or 3 bytes a cell.
//!
//! Source: gaps as in Zobel and Moffat, "Inverted files for text search engines" (ACM Computing Surveys 38(2), 2006),
//! section 6.

use std::ops::Range;

use bytes::Bytes;

use super::Item;
use super::packed::{CODES, Packed, Values, damaged, put_varint, put_varints};
use crate::domain::Result;

/// Of the bytes of a distance between columns one is always there.
const MOST_ZERO_BYTES: u32 = size_of::<Item>() as u32 - 1;

/// A sparse matrix as it stands in a pack, whose values are codes of 8 bits: 2 to 5 bytes a cell and 4 a row. Never
/// changed, and read from the start of a row, column by column.
#[derive(Debug, Clone, PartialEq)]
pub struct CodedCells {
    /// Where each row starts, and where the last one ends.
    starts: Vec<u32>,
    /// Of all cells the lowest byte of the distance from the column before, then the next bytes, as many as the table
    /// has; then their codes.
    planes: Bytes,
    gap_planes: usize,
    /// What each code stands for.
    of_codes: Box<[f32; CODES]>,
}

impl CodedCells {
    /// How many rows there are.
    pub fn rows(&self) -> usize {
        self.starts.len() - 1
    }

    /// How many cells there are.
    pub fn cells(&self) -> usize {
        self.planes.len() / (self.gap_planes + 1)
    }

    fn range(&self, row: Item) -> Range<usize> {
        match self.starts.get(row as usize..row as usize + 2) {
            Some(&[start, end]) => start as usize..end as usize,
            _ => 0..0,
        }
    }

    fn plane(&self, plane: usize, cells: Range<usize>) -> &[u8] {
        &self.planes[plane * self.cells()..][cells]
    }

    /// What `found` gives first of the cells of a row in the order of their columns, with their codes; a row that is not
    /// there has none.
    fn find<T>(&self, row: Item, found: impl FnMut(Item, u8) -> Option<T>) -> Option<T> {
        let range = self.range(row);
        let plane = |plane: usize| self.plane(plane, range.clone());
        let codes = plane(self.gap_planes);
        match self.gap_planes {
            1 => find([plane(0)], codes, found),
            2 => find([plane(0), plane(1)], codes, found),
            3 => find([plane(0), plane(1), plane(2)], codes, found),
            _ => find([plane(0), plane(1), plane(2), plane(3)], codes, found),
        }
    }

    /// Hands over the cells of a row in the order of their columns, with their codes.
    pub fn each_code(&self, row: Item, mut cell: impl FnMut(Item, u8)) {
        self.find(row, |column, code| {
            cell(column, code);
            None::<()>
        });
    }

    /// Hands over the cells of a row in the order of their columns.
    pub fn each(&self, row: Item, mut cell: impl FnMut(Item, f32)) {
        self.each_code(row, |column, code| cell(column, self.value(code)));
    }

    /// Which cells a row has, counted over all rows, and their values.
    pub fn values(&self, row: Item) -> (Range<usize>, impl DoubleEndedIterator<Item = f32> + ExactSizeIterator) {
        let range = self.range(row);
        let codes = self.plane(self.gap_planes, range.clone());
        (range, codes.iter().map(|code| self.value(*code)))
    }

    /// What a code stands for.
    pub fn value(&self, code: u8) -> f32 {
        self.of_codes[usize::from(code)]
    }

    /// 0 where there is no cell.
    pub fn get(&self, row: Item, column: Item) -> f32 {
        let here = |found: Item, code: u8| match found {
            found if found < column => None,
            found if found == column => Some(self.value(code)),
            _ => Some(0.0),
        };
        self.find(row, here).unwrap_or(0.0)
    }

    /// Memory in bytes.
    pub fn bytes(&self) -> usize {
        self.planes.len() + self.starts.len() * size_of::<u32>() + CODES * size_of::<f32>()
    }

    /// Refuses another number of rows than `rows`, a column from what `columns` says of its row on, counts of 0, and
    /// steps that would not stay finite.
    pub fn load(
        values: Values,
        packed: &mut Packed<'_>,
        rows: usize,
        columns: impl Fn(usize) -> usize,
    ) -> Result<CodedCells> {
        let step = values.take_step(packed)?;
        let lengths = packed.varints(rows)?;
        let mut starts = Vec::with_capacity(rows + 1);
        starts.push(0);
        let mut end = 0;
        for (row, length) in lengths.into_iter().enumerate() {
            packed.check(row)?;
            end += length;
            starts.push(u32::try_from(end).map_err(|_| damaged())?);
        }
        let (cells, gap_planes) = (end as usize, packed.varint_below(size_of::<Item>() as u64 + 1)? as usize);
        let planes = packed.held(cells.checked_mul(gap_planes + 1).ok_or_else(damaged)?)?;
        let (gaps, codes) = planes.split_at(cells * gap_planes);
        let has_zero_plane = gap_planes > 1 && gaps[cells * (gap_planes - 1)..].iter().all(|byte| *byte == 0);
        // A table has one form: a plane stands there, and none for nothing.
        if gap_planes == 0 || has_zero_plane || (values != Values::Weights && codes.contains(&0)) {
            return Err(damaged());
        }
        let loaded = CodedCells { starts, planes, gap_planes, of_codes: values.of_codes(step) };
        for row in 0..rows {
            packed.check(row)?;
            if loaded.width(row as Item) > columns(row) as u64 {
                return Err(damaged());
            }
        }
        Ok(loaded)
    }

    /// The last column of a row and one more; 0 for a row without cells.
    fn width(&self, row: Item) -> u64 {
        let range = self.range(row);
        let gaps = |plane: usize| sum(self.plane(plane, range.clone())) << (u8::BITS * plane as u32);
        range.len() as u64 + (0..self.gap_planes).map(gaps).sum::<u64>()
    }
}

/// See [`CodedCells::find`]; the planes are of one row, the lowest bytes first.
fn find<const PLANES: usize, T>(
    gaps: [&[u8]; PLANES],
    codes: &[u8],
    mut found: impl FnMut(Item, u8) -> Option<T>,
) -> Option<T> {
    // As many, which the compiler then knows.
    let gaps = gaps.map(|plane| &plane[..codes.len()]);
    let mut next: Item = 0;
    for (cell, code) in codes.iter().enumerate() {
        let byte = |plane: usize| Item::from(gaps[plane][cell]) << (u8::BITS * plane as u32);
        // All columns were checked to be below a bound.
        let column = next.wrapping_add((0..PLANES).fold(0, |gap, plane| gap | byte(plane)));
        next = column.wrapping_add(1);
        if let Some(found) = found(column, *code) {
            return Some(found);
        }
    }
    None
}

/// Of so many bytes at most the sum is below 2¹⁶, which adds many of them at once.
const SUMMED_AT_ONCE: usize = 256;

fn sum(bytes: &[u8]) -> u64 {
    let piece = |bytes: &[u8]| bytes.iter().fold(0_u16, |sum, byte| sum.wrapping_add(u16::from(*byte)));
    bytes.chunks(SUMMED_AT_ONCE).map(|bytes| u64::from(piece(bytes))).sum()
}

/// Appends a table, whose rows have their cells in the order of the columns, with finite values: the step, if there is
/// one; how many rows there are, and how many cells each has; how many bytes each distance between columns takes, and the
/// lowest bytes of all distances, then the next ones; the codes.
pub fn put_cells(bytes: &mut Vec<u8>, values: Values, rows: &[Vec<(Item, f32)>]) {
    let step = values.put_step(bytes, rows.iter().flatten().map(|cell| cell.1));
    put_varints(bytes, &rows.iter().map(|row| row.len() as u64).collect::<Vec<u64>>());
    let gaps: Vec<Item> = rows.iter().flat_map(|row| gaps(row)).collect();
    let largest = gaps.iter().copied().max().unwrap_or(0);
    let planes = size_of::<Item>() - (largest.leading_zeros() / u8::BITS).min(MOST_ZERO_BYTES) as usize;
    put_varint(bytes, planes as u64);
    (0..planes).for_each(|plane| bytes.extend(gaps.iter().map(|gap| gap.to_le_bytes()[plane])));
    bytes.extend(rows.iter().flatten().map(|cell| values.code(cell.1, step)));
}

/// Of each cell of a row how many columns lie between it and the one before it.
fn gaps(row: &[(Item, f32)]) -> impl Iterator<Item = Item> {
    let least = [0].into_iter().chain(row.iter().map(|cell| cell.0 + 1));
    row.iter().zip(least).map(|(cell, least)| cell.0 - least)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Status;
    use proptest::prelude::*;

    fn saved(values: Values, rows: &[Vec<(Item, f32)>]) -> Vec<u8> {
        let mut bytes = Vec::new();
        put_cells(&mut bytes, values, rows);
        bytes
    }

    fn loaded(values: Values, bytes: &[u8], rows: usize, columns: usize) -> Result<CodedCells> {
        let mut packed = Packed::of(bytes);
        let table = CodedCells::load(values, &mut packed, rows, |_| columns)?;
        packed.end().map(|()| table)
    }

    fn coded(values: Values, rows: &[Vec<(Item, f32)>], columns: usize) -> CodedCells {
        loaded(values, &saved(values, rows), rows.len(), columns).unwrap()
    }

    fn as_row(table: &CodedCells, row: Item) -> Vec<(Item, f32)> {
        let mut cells = Vec::new();
        table.each(row, |column, value| cells.push((column, value)));
        cells
    }

    fn as_rows(table: &CodedCells) -> Vec<Vec<(Item, f32)>> {
        (0..table.rows() as Item).map(|row| as_row(table, row)).collect()
    }

    fn rows(values: Values) -> impl Strategy<Value = Vec<Vec<(Item, f32)>>> {
        let value = match values {
            Values::Counts => (0.0f32..30.0).prop_map(|log2| log2.exp2().floor()).boxed(),
            _ => (any::<bool>(), -20.0f32..3.0)
                .prop_map(|(is_below, log2)| if is_below { -log2.exp2() } else { log2.exp2() })
                .boxed(),
        };
        let row = prop::collection::btree_map(0u32..300, value, 0..40);
        prop::collection::vec(row.prop_map(|row| row.into_iter().collect()), 0..20)
    }

    proptest! {
        #[test]
        fn a_saved_table_is_the_table(counts in rows(Values::Counts), weights in rows(Values::Weights)) {
            for (values, rows, most) in [(Values::Counts, counts, 1.0 / 16.0), (Values::Weights, weights, 1.0 / 8.0)] {
                let table = coded(values, &rows, 300);
                prop_assert_eq!(saved(values, &as_rows(&table)), saved(values, &rows));
                for (row, cells) in (0..).zip(&rows) {
                    for (column, value) in cells {
                        let off = (table.get(row, *column) - value).abs();
                        prop_assert!(off <= most * value.abs(), "{} of {}", off, value);
                    }
                    prop_assert_eq!(as_row(&table, row).len(), cells.len());
                }
            }
        }

        #[test]
        fn damaged_tables_are_refused_or_are_tables(
            rows in rows(Values::Counts), at in any::<prop::sample::Index>(), byte in any::<u8>(), cut in any::<bool>(),
        ) {
            let mut bytes = saved(Values::Counts, &rows);
            let place = at.index(bytes.len());
            if cut { bytes.truncate(place) } else { bytes[place] = byte }
            if let Ok(found) = loaded(Values::Counts, &bytes, rows.len(), 300) {
                prop_assert!(!cut);
                let found = as_rows(&found);
                prop_assert!(found.iter().flatten().all(|cell| cell.0 < 300 && cell.1.is_finite()));
                prop_assert_eq!(saved(Values::Counts, &found), bytes, "there is one way to write a table");
            }
        }

        #[test]
        fn any_bytes_are_refused_or_read(bytes in prop::collection::vec(any::<u8>(), 0..200), rows in 0usize..9) {
            if let Ok(found) = loaded(Values::Weights, &bytes, rows, 50) {
                prop_assert!(as_rows(&found).iter().flatten().all(|cell| cell.1.is_finite()));
            }
        }
    }

    #[test]
    fn small_counts_are_kept_as_they_are() {
        let table = coded(Values::Counts, &[vec![(0, 1.0), (7, 16.0), (8, 4_096.0)], Vec::new(), vec![(2, 3.0)]], 9);
        assert_eq!([table.get(0, 0), table.get(0, 7), table.get(0, 8)], [1.0, 16.0, 4_096.0]);
        assert_eq!([table.get(1, 0), table.get(2, 2)], [0.0, 3.0]);
    }

    #[test]
    fn columns_are_found_however_far_apart_and_refused_at_the_bound() {
        for (planes, last) in [(1, 0xff), (2, 0x100), (2, 0xffff), (3, 0x1_0000), (3, 0xff_ffff), (4, Item::MAX - 1)] {
            let rows = [vec![], vec![(0, 1.0), (last, 2.0)], vec![], vec![(last, 3.0)], vec![]];
            let (bytes, columns) = (saved(Values::Counts, &rows), last as usize + 1);
            assert_eq!(usize::from(bytes[1 + rows.len()]), planes, "{last}");
            let table = loaded(Values::Counts, &bytes, rows.len(), columns).unwrap();
            assert_eq!(as_rows(&table), rows);
            assert_eq!([table.get(1, last), table.get(1, last - 1), table.get(9, last)], [2.0, 0.0, 0.0]);
            assert!(loaded(Values::Counts, &bytes, rows.len(), columns - 1).is_err(), "{last}");
        }
    }

    #[test]
    fn a_table_has_one_form() {
        for rows in [vec![], vec![vec![]], vec![vec![(3, 1.0)]]] {
            let (bytes, cells) = (saved(Values::Counts, &rows), rows.iter().flatten().count());
            let place = 1 + rows.len();
            assert_eq!(bytes[place], 1);
            for planes in [0, 2, 3, 4, 5] {
                let more = vec![0; cells * (planes.max(1) - 1)];
                let other = [
                    &bytes[..place],
                    &[planes as u8],
                    &bytes[place + 1..][..cells],
                    &more,
                    &bytes[place + 1 + cells..],
                ];
                assert!(loaded(Values::Counts, &other.concat(), rows.len(), 9).is_err(), "{planes} of {rows:?}");
            }
        }
    }

    #[test]
    fn weights_far_below_the_largest_are_nothing() {
        let table = coded(Values::Weights, &[vec![(0, 0.5), (1, -1e-12), (2, 0.0), (3, -0.5)], vec![(0, 0.0)]], 4);
        assert_eq!(as_row(&table, 0).iter().map(|cell| cell.1).collect::<Vec<f32>>(), [0.5, 0.0, 0.0, -0.5]);
        assert_eq!(coded(Values::Weights, &[vec![(0, 0.0)]], 1).get(0, 0), 0.0);
    }

    #[test]
    fn a_row_count_beyond_the_bytes_takes_no_memory() {
        let mut bytes = Vec::new();
        put_varint(&mut bytes, u64::from(u32::MAX));
        let error = loaded(Values::Counts, &bytes, u32::MAX as usize, 10).unwrap_err();
        assert_eq!(error.status, Status::Corrupt);
    }
}
