//! How learned tables stand in a pack: whole numbers as variable-length integers, rows of cells with the distances
//! between their columns and a code of 8 bits for each value, the sums of rows and columns as whole numbers. Each kind of
//! number stands together, and so does each byte of the distances, which compresses better and is read without a branch.
//! Bytes come from outside: whatever is read is checked, and memory is taken in proportion to the bytes that were seen.
//!
//! Source: variable-length integers and gaps as in Zobel and Moffat, "Inverted files for text search engines" (ACM
//! Computing Surveys 38(2), 2006), section 6; codes of cells in segments whose steps double, as in ITU-T recommendation
//! G.711 (1988), section 3; those of matrices with one step a row as in Jacob et al., "Quantization and training of
//! neural networks for efficient integer-arithmetic-only inference" (CVPR 2018), section 2.1, without an offset.

use std::ops::Range;

use bytes::Bytes;
use ndarray::{Array2, ArrayView1, ArrayView2};

use super::Item;
use crate::domain::{CallOptions, Error, Result, Status};

/// The codes of weights that stand for a magnitude; the other bit is the sign.
const MAGNITUDE: u8 = 0x7f;
const SIGN: u8 = 0x80;

/// The largest code of a matrix, in steps of its row.
const MOST_STEPS: f32 = 127.0;

/// Of the bytes of a distance between columns one is always there.
const MOST_ZERO_BYTES: u32 = size_of::<Item>() as u32 - 1;

/// The largest value: products of two stay finite, and sums of as many cells as there can be.
const MOST_VALUE: f32 = 1e10;

/// Rows that are read between two looks at the bounds of a call.
pub const ROWS_BETWEEN_CHECKS: usize = 4_096;

/// No table that was counted holds more; leaves room to count on.
const MOST_SUM: u64 = u64::MAX / 4;

pub fn damaged() -> Error {
    Error::new(Status::Corrupt, "a pack's tables are damaged")
}

/// Appends a number, 7 bits a byte, the lowest first.
pub fn put_varint(bytes: &mut Vec<u8>, number: u64) {
    let mut buffer = unsigned_varint::encode::u64_buffer();
    bytes.extend_from_slice(unsigned_varint::encode::u64(number, &mut buffer));
}

/// Appends a list of numbers, its length in front.
pub fn put_varints(bytes: &mut Vec<u8>, numbers: &[u64]) {
    put_varint(bytes, numbers.len() as u64);
    numbers.iter().for_each(|number| put_varint(bytes, *number));
}

/// Appends a text, its length in front.
pub fn put_text(bytes: &mut Vec<u8>, text: &str) {
    put_varint(bytes, text.len() as u64);
    bytes.extend_from_slice(text.as_bytes());
}

pub fn put_real(bytes: &mut Vec<u8>, value: f32) {
    bytes.extend_from_slice(&value.to_le_bytes());
}

/// What is left of packed bytes. Every method refuses what lies past their end with [`Status::Corrupt`], and those that
/// make tables look at the bounds of the call on their way.
#[derive(Debug, Clone)]
pub struct Packed<'a> {
    left: &'a [u8],
    call: &'a CallOptions,
    /// What they are a part of, where tables may hold on to that.
    whole: Option<&'a Bytes>,
}

impl<'a> Packed<'a> {
    pub fn of(bytes: &'a [u8]) -> Packed<'a> {
        Packed { left: bytes, call: &CallOptions::UNBOUNDED, whole: None }
    }

    /// Read within the bounds of a call; tables hold on to the bytes, so that nothing is copied.
    pub fn within(whole: &'a Bytes, call: &'a CallOptions) -> Packed<'a> {
        Packed { left: whole, call, whole: Some(whole) }
    }

    /// Looks at the bounds of the call once in so many rows, of which `done` are done.
    pub fn check(&self, done: usize) -> Result<()> {
        self.call.check_every(ROWS_BETWEEN_CHECKS, done)
    }

    fn held(&mut self, count: usize) -> Result<Bytes> {
        let bytes = self.bytes(count)?;
        Ok(self.whole.map_or_else(|| Bytes::copy_from_slice(bytes), |whole| whole.slice_ref(bytes)))
    }

    pub fn bytes(&mut self, count: usize) -> Result<&'a [u8]> {
        let (taken, rest) = self.left.split_at_checked(count).ok_or_else(damaged)?;
        self.left = rest;
        Ok(taken)
    }

    /// Refuses a number that is written longer than it need be.
    pub fn varint(&mut self) -> Result<u64> {
        // Lengths of rows and of ids, of which an import reads tens of thousands.
        if let [number @ ..0x80, rest @ ..] = self.left {
            self.left = rest;
            return Ok(u64::from(*number));
        }
        let (number, rest) = unsigned_varint::decode::u64(self.left).map_err(|_| damaged())?;
        self.left = rest;
        Ok(number)
    }

    /// A number below `bound`.
    pub fn varint_below(&mut self, bound: u64) -> Result<u64> {
        self.varint().and_then(|number| if number < bound { Ok(number) } else { Err(damaged()) })
    }

    /// How many there are of something that takes at least `least` bytes each.
    pub fn count(&mut self, least: usize) -> Result<usize> {
        let count = self.varint()?;
        if count > (self.left.len() / least.max(1)) as u64 { Err(damaged()) } else { Ok(count as usize) }
    }

    /// A list of `count` numbers with its length in front; refuses another length, and a sum that nobody counted.
    pub fn varints(&mut self, count: usize) -> Result<Vec<u64>> {
        if self.count(1)? != count {
            return Err(damaged());
        }
        let (mut sum, mut numbers) = (0, Vec::with_capacity(count));
        for place in 0..count {
            self.check(place)?;
            let number = self.varint_below(MOST_SUM)?;
            sum += number;
            if sum > MOST_SUM {
                return Err(damaged());
            }
            numbers.push(number);
        }
        Ok(numbers)
    }

    pub fn text(&mut self) -> Result<&'a str> {
        let length = self.count(1)?;
        std::str::from_utf8(self.bytes(length)?).map_err(|_| damaged())
    }

    /// Refuses what is not finite.
    pub fn real(&mut self) -> Result<f32> {
        let (first, rest) = self.left.split_first_chunk().ok_or_else(damaged)?;
        self.left = rest;
        Some(f32::from_le_bytes(*first)).filter(|value| value.is_finite()).ok_or_else(damaged)
    }

    /// A step of which there are at most `most_steps`; refuses what would not stay finite, and what is below 0.
    fn step(&mut self, most_steps: f32) -> Result<f32> {
        Some(self.real()?).filter(|step| (0.0..=MOST_VALUE / most_steps).contains(step)).ok_or_else(damaged)
    }

    /// So many numbers that [`put_numbers`] wrote. Refuses 0, but among weights.
    pub fn numbers(&mut self, values: Values, count: usize) -> Result<Vec<f32>> {
        let of_codes = values.of_codes(values.take_step(self)?);
        let codes = self.bytes(count)?;
        let mut numbers = Vec::with_capacity(count);
        for codes in codes.chunks(ROWS_BETWEEN_CHECKS) {
            self.call.check()?;
            numbers.extend(codes.iter().map(|code| of_codes[usize::from(*code)]));
        }
        // Of step 0 all numbers are 0.
        if values != Values::Weights && numbers.contains(&0.0) {
            return Err(damaged());
        }
        Ok(numbers)
    }

    /// Refuses bytes after the end.
    pub fn end(&self) -> Result<()> {
        if self.left.is_empty() { Ok(()) } else { Err(damaged()) }
    }
}

/// Which values the codes of a table stand for: some codes for each doubling, and below the first of these doublings all
/// whole numbers. A table of few different codes compresses far better than one of many, and lists do not miss the rest
/// of the digits (docs/packed-knowledge.md).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Values {
    /// Whole numbers above 0, 8 codes for each doubling: up to 16 as they are, none off by more than a 16th.
    Counts,
    /// Weights of either sign in steps of the table, 4 codes for each doubling: none off by more than an 8th, but those
    /// below 10⁻⁹ of the largest.
    Weights,
    /// Numbers above 0 in steps of the table, 16 codes for each doubling: none off by more than a 32nd, but those below
    /// 10⁻⁴ of the largest.
    Amounts,
}

impl Values {
    fn octave(self) -> u32 {
        match self {
            Values::Counts => 8,
            Values::Weights => 4,
            Values::Amounts => 16,
        }
    }

    fn most_code(self) -> u8 {
        match self {
            Values::Counts | Values::Amounts => u8::MAX,
            Values::Weights => MAGNITUDE,
        }
    }

    /// What codes are multiplied with, so that the largest number has the largest code; of counts nothing.
    fn put_step(self, bytes: &mut Vec<u8>, numbers: impl Iterator<Item = f32>) -> f32 {
        if self == Values::Counts {
            return 1.0;
        }
        let step = numbers.map(f32::abs).fold(0.0, f32::max) / self.steps_of(self.most_code());
        put_real(bytes, step);
        step
    }

    fn take_step(self, packed: &mut Packed<'_>) -> Result<f32> {
        if self == Values::Counts { Ok(1.0) } else { packed.step(self.steps_of(self.most_code())) }
    }

    /// The code that comes nearest. What is above 0 never becomes 0, but for weights.
    fn code(self, value: f32, step: f32) -> u8 {
        let steps = if step > 0.0 { value.abs() / step } else { 0.0 };
        match self {
            Values::Counts | Values::Amounts => self.code_of(steps).max(1),
            Values::Weights if value < 0.0 => self.code_of(steps) | SIGN,
            Values::Weights => self.code_of(steps),
        }
    }

    fn code_of(self, steps: f32) -> u8 {
        let steps = steps.min(self.steps_of(self.most_code()));
        let doublings = (steps as u64 / u64::from(self.octave())).checked_ilog2().unwrap_or(0);
        // Rounded up to the next power of two it is the first code of the next doubling.
        let in_octave = (steps / (1_u64 << doublings) as f32).round() as u32;
        (self.octave() * doublings + in_octave) as u8
    }

    fn steps_of(self, code: u8) -> f32 {
        let doublings = (u32::from(code) / self.octave()).saturating_sub(1);
        (u64::from(u32::from(code) - self.octave() * doublings) << doublings) as f32
    }

    /// What each code stands for.
    fn of_codes(self, step: f32) -> Box<[f32; CODES]> {
        Box::new(std::array::from_fn(|code| match (self, code as u8) {
            (Values::Weights, code) if code & SIGN != 0 => -step * self.steps_of(code & MAGNITUDE),
            (_, code) => step * self.steps_of(code),
        }))
    }
}

const CODES: usize = 1 << u8::BITS;

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

/// Appends numbers by themselves: the step, if there is one, and the codes.
pub fn put_numbers(bytes: &mut Vec<u8>, values: Values, numbers: &[f32]) {
    let step = values.put_step(bytes, numbers.iter().copied());
    bytes.extend(numbers.iter().map(|number| values.code(*number, step)));
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

/// Appends a matrix by rows: the steps of all, then the codes.
pub fn put_matrix(bytes: &mut Vec<u8>, matrix: ArrayView2<'_, f32>) {
    let step = |row: ArrayView1<'_, f32>| row.iter().map(|value| value.abs()).fold(0.0, f32::max) / MOST_STEPS;
    let steps: Vec<f32> = matrix.rows().into_iter().map(step).collect();
    steps.iter().for_each(|step| put_real(bytes, *step));
    for (row, step) in matrix.rows().into_iter().zip(&steps) {
        let steps = |value: &f32| if *step > 0.0 { value / step } else { 0.0 };
        bytes.extend(row.iter().map(|value| steps(value).round().clamp(-MOST_STEPS, MOST_STEPS) as i8 as u8));
    }
}

/// A matrix of so many rows and columns.
pub fn take_matrix(packed: &mut Packed<'_>, rows: usize, columns: usize) -> Result<Array2<f32>> {
    let steps = packed.bytes(rows.saturating_mul(size_of::<f32>()))?;
    let mut steps = Packed::of(steps);
    let codes = packed.bytes(rows.saturating_mul(columns))?;
    let mut values = Vec::with_capacity(codes.len());
    for row in 0..rows {
        packed.check(row)?;
        let step = steps.step(MOST_STEPS)?;
        values.extend(codes[row * columns..][..columns].iter().map(|code| step * f32::from(*code as i8)));
    }
    Array2::from_shape_vec((rows, columns), values).map_err(|_| damaged())
}

#[cfg(test)]
mod tests {
    use super::*;
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
    fn codes_are_the_nearest() {
        for values in [Values::Counts, Values::Weights, Values::Amounts] {
            let all: Vec<u8> = (1..=values.most_code()).collect();
            assert!(all.iter().all(|code| values.code_of(values.steps_of(*code)) == *code), "each has its own number");
            for steps in 1..=4_096 {
                let off = |code: u8| (values.steps_of(code) - steps as f32).abs();
                let least = all.iter().map(|code| off(*code)).fold(f32::MAX, f32::min);
                assert_eq!(off(values.code_of(steps as f32)), least, "{steps}");
            }
        }
    }

    #[test]
    fn numbers_come_back_within_a_32nd() {
        let numbers: Vec<f32> = (0..400).map(|place| 1.02_f32.powi(place)).collect();
        let mut bytes = Vec::new();
        put_numbers(&mut bytes, Values::Amounts, &numbers);
        let found = Packed::of(&bytes).numbers(Values::Amounts, numbers.len()).unwrap();
        numbers.iter().zip(&found).for_each(|(number, found)| assert!((number - found).abs() <= number / 32.0));
        assert!(Packed::of(&bytes).numbers(Values::Amounts, numbers.len() + 1).is_err());
        bytes[9] = 0;
        assert!(Packed::of(&bytes).numbers(Values::Amounts, numbers.len()).is_err(), "a scale is above 0");
        let without_step = [0, 0, 0, 0, 1];
        assert!(Packed::of(&without_step).numbers(Values::Amounts, 1).is_err(), "of whatever step");
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
