//! How learned tables stand in a pack: whole numbers as variable-length integers, rows of cells with the distances
//! between their columns and a code of 8 bits for each value, the sums of rows and columns as whole numbers. Each kind of
//! number stands together, and so does each byte of the distances, which compresses better and is read without a branch. Bytes come from outside: whatever is read is checked, and memory
//! is taken in proportion to the bytes that were seen.
//!
//! Source: variable-length integers and gaps as in Zobel and Moffat, "Inverted files for text search engines" (ACM
//! Computing Surveys 38(2), 2006), section 6; codes with one step a row as in Jacob et al., "Quantization and training of
//! neural networks for efficient integer-arithmetic-only inference" (CVPR 2018), section 2.1, without an offset; codes of
//! counts in segments whose steps double, as in ITU-T recommendation G.711 (1988), section 3.

use ndarray::{Array2, ArrayView1, ArrayView2};

use super::Item;
use crate::domain::{Error, Result, Status};

/// The largest value in steps of those that are more than 0, and of those that may be below.
const MOST_STEPS: f32 = 4_032.0;
const MOST_SIGNED_STEPS: f32 = 127.0;

/// Codes of values that are more than 0 and lie between one power of two and the next.
const OCTAVE: u32 = 32;

/// Of the bytes of a distance between columns one is always there.
const MOST_ZERO_BYTES: u32 = size_of::<Item>() as u32 - 1;

/// The largest step of a row: sums of as many cells as there can be stay finite.
const MOST_STEP: f32 = 1e20;

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

/// What is left of packed bytes. Every method refuses what lies past their end with [`Status::Corrupt`].
#[derive(Debug, Clone)]
pub struct Packed<'a>(&'a [u8]);

impl<'a> Packed<'a> {
    pub fn of(bytes: &'a [u8]) -> Packed<'a> {
        Packed(bytes)
    }

    pub fn bytes(&mut self, count: usize) -> Result<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count).ok_or_else(damaged)?;
        self.0 = rest;
        Ok(taken)
    }

    /// Refuses a number that is written longer than it need be.
    pub fn varint(&mut self) -> Result<u64> {
        // Lengths of rows and of ids, of which an import reads tens of thousands.
        if let [number @ ..0x80, rest @ ..] = self.0 {
            self.0 = rest;
            return Ok(u64::from(*number));
        }
        let (number, rest) = unsigned_varint::decode::u64(self.0).map_err(|_| damaged())?;
        self.0 = rest;
        Ok(number)
    }

    /// A number below `bound`.
    pub fn varint_below(&mut self, bound: u64) -> Result<u64> {
        self.varint().and_then(|number| if number < bound { Ok(number) } else { Err(damaged()) })
    }

    /// How many there are of something that takes at least `least` bytes each.
    pub fn count(&mut self, least: usize) -> Result<usize> {
        let count = self.varint()?;
        if count > (self.0.len() / least.max(1)) as u64 { Err(damaged()) } else { Ok(count as usize) }
    }

    /// A list of `count` numbers with its length in front; refuses another length, and a sum that nobody counted.
    pub fn varints(&mut self, count: usize) -> Result<Vec<u64>> {
        if self.count(1)? != count {
            return Err(damaged());
        }
        let mut sum = 0;
        let mut number = || {
            let number = self.varint_below(MOST_SUM)?;
            sum += number;
            if sum > MOST_SUM { Err(damaged()) } else { Ok(number) }
        };
        (0..count).map(|_| number()).collect()
    }

    pub fn text(&mut self) -> Result<&'a str> {
        let length = self.count(1)?;
        std::str::from_utf8(self.bytes(length)?).map_err(|_| damaged())
    }

    /// Refuses what is not finite.
    pub fn real(&mut self) -> Result<f32> {
        let (first, rest) = self.0.split_first_chunk().ok_or_else(damaged)?;
        self.0 = rest;
        Some(f32::from_le_bytes(*first)).filter(|value| value.is_finite()).ok_or_else(damaged)
    }

    /// Refuses bytes after the end.
    pub fn end(&self) -> Result<()> {
        if self.0.is_empty() { Ok(()) } else { Err(damaged()) }
    }
}

/// Which values the codes of a table stand for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Values {
    /// More than 0: counts, of which the largest of a row may be thousands of times the least. Codes up to 64 stand for as
    /// many steps, from there on 32 codes for each doubling: a value is off by at most a 64th, or half a step. A row
    /// whose largest is at most 4,032 has steps of 1, and keeps whole numbers up to 64 as they are.
    Positive,
    /// Of either sign: weights, in equal steps.
    Signed,
}

impl Values {
    /// The step of a row: what its codes are multiplied with.
    fn step(self, cells: &[(Item, f32)]) -> f32 {
        let largest = cells.iter().map(|cell| cell.1.abs()).fold(0.0, f32::max);
        match self {
            _ if cells.is_empty() => 0.0,
            Values::Positive if largest <= MOST_STEPS && cells.iter().all(|cell| cell.1.fract() == 0.0) => 1.0,
            Values::Positive => largest / MOST_STEPS,
            Values::Signed => largest / MOST_SIGNED_STEPS,
        }
    }

    /// A count never becomes 0.
    fn code(self, value: f32, step: f32) -> u8 {
        let steps = if step > 0.0 { value / step } else { 0.0 };
        match self {
            Values::Positive => count_code(steps),
            Values::Signed => steps.round().clamp(-MOST_SIGNED_STEPS, MOST_SIGNED_STEPS) as i8 as u8,
        }
    }

    fn value(self, code: u8) -> f32 {
        match self {
            Values::Positive => count_of(code),
            Values::Signed => f32::from(code as i8),
        }
    }
}

/// The code whose count is nearest, 1 at least.
fn count_code(count: f32) -> u8 {
    let count = count.clamp(1.0, MOST_STEPS);
    let doublings = (count as u32 / OCTAVE).checked_ilog2().unwrap_or(0);
    // Rounded up to the next power of two it is the first code of the next doubling.
    let in_octave = (count / (1_u32 << doublings) as f32).round() as u32;
    (OCTAVE * doublings + in_octave) as u8
}

/// The count that a code stands for.
fn count_of(code: u8) -> f32 {
    let doublings = (u32::from(code) / OCTAVE).saturating_sub(1);
    ((u32::from(code) - OCTAVE * doublings) << doublings) as f32
}

/// A sparse matrix whose values are codes of 8 bits with a step for each row: 5 bytes a cell and 8 a row. Never
/// changed.
#[derive(Debug, Clone, PartialEq)]
pub struct CodedCells {
    values: Values,
    /// Where each row starts, and where the last one ends.
    starts: Vec<u32>,
    columns: Vec<Item>,
    codes: Vec<u8>,
    steps: Vec<f32>,
}

impl CodedCells {
    /// Of rows whose cells stand in the order of their columns, with finite values.
    pub fn of(values: Values, rows: impl IntoIterator<Item = Vec<(Item, f32)>>) -> CodedCells {
        let mut made = CodedCells::empty(values);
        for row in rows {
            let step = values.step(&row);
            for (column, value) in row {
                made.columns.push(column);
                made.codes.push(values.code(value, step));
            }
            made.steps.push(step);
            made.starts.push(made.columns.len() as u32);
        }
        made
    }

    fn empty(values: Values) -> CodedCells {
        CodedCells { values, starts: vec![0], columns: Vec::new(), codes: Vec::new(), steps: Vec::new() }
    }

    /// How many rows there are.
    pub fn rows(&self) -> usize {
        self.steps.len()
    }

    /// How many cells there are.
    pub fn cells(&self) -> usize {
        self.columns.len()
    }

    fn range(&self, row: Item) -> std::ops::Range<usize> {
        match self.starts.get(row as usize..row as usize + 2) {
            Some(&[start, end]) => start as usize..end as usize,
            _ => 0..0,
        }
    }

    fn step(&self, row: Item) -> f32 {
        self.steps.get(row as usize).copied().unwrap_or(0.0)
    }

    /// The columns of a row with their codes; none of a row that is not there.
    pub fn codes(&self, row: Item) -> impl Iterator<Item = (Item, u8)> {
        let range = self.range(row);
        self.columns[range.clone()].iter().copied().zip(self.codes[range].iter().copied())
    }

    /// What a code stands for in a row.
    pub fn value(&self, row: Item, code: u8) -> f32 {
        self.step(row) * self.values.value(code)
    }

    /// The cells of a row in the order of their columns; none of a row that is not there.
    pub fn row(&self, row: Item) -> impl DoubleEndedIterator<Item = (Item, f32)> {
        let (range, step, values) = (self.range(row), self.step(row), self.values);
        let codes = self.codes[range.clone()].iter().map(move |code| step * values.value(*code));
        self.columns[range].iter().copied().zip(codes)
    }

    /// 0 where there is no cell.
    pub fn get(&self, row: Item, column: Item) -> f32 {
        let range = self.range(row);
        let found = self.columns[range.clone()].binary_search(&column);
        found.map_or(0.0, |at| self.value(row, self.codes[range.start + at]))
    }

    /// Memory in bytes.
    pub fn bytes(&self) -> usize {
        self.columns.len() * (size_of::<Item>() + 1) + self.rows() * (size_of::<u32>() + size_of::<f32>())
    }

    /// How many rows there are, and how many cells each has; the steps of those that have any; how many bytes each distance
    /// between columns takes, and the lowest bytes of all distances, then the next ones; the codes.
    pub fn save(&self, bytes: &mut Vec<u8>) {
        let lengths: Vec<u64> = self.starts.windows(2).map(|ends| u64::from(ends[1] - ends[0])).collect();
        put_varints(bytes, &lengths);
        let steps = self.steps.iter().zip(&lengths).filter(|(_, length)| **length > 0);
        steps.for_each(|(step, _)| put_real(bytes, *step));
        let gaps = self.gaps();
        let largest = gaps.iter().copied().max().unwrap_or(0);
        let planes = size_of::<Item>() - (largest.leading_zeros() / u8::BITS).min(MOST_ZERO_BYTES) as usize;
        put_varint(bytes, planes as u64);
        (0..planes).for_each(|plane| bytes.extend(gaps.iter().map(|gap| gap.to_le_bytes()[plane])));
        bytes.extend_from_slice(&self.codes);
    }

    /// Of each cell how many columns lie between it and the one before it in its row.
    fn gaps(&self) -> Vec<Item> {
        let of_row = |row: Item| {
            let columns = &self.columns[self.range(row)];
            let least = [0].into_iter().chain(columns.iter().map(|column| column + 1));
            columns.iter().zip(least).map(|(column, least)| column - least)
        };
        (0..self.rows() as Item).flat_map(of_row).collect()
    }

    /// Refuses another number of rows than `rows`, columns from `columns` on, counts of 0, and steps that would not
    /// stay finite.
    pub fn load(values: Values, packed: &mut Packed<'_>, rows: usize, columns: usize) -> Result<CodedCells> {
        let lengths = packed.varints(rows)?;
        let mut loaded = CodedCells::empty(values);
        loaded.steps.reserve_exact(rows);
        loaded.starts.reserve_exact(rows);
        let mut end = 0;
        for length in &lengths {
            let step = if *length == 0 { 0.0 } else { packed.real()? };
            loaded.steps.push(Some(step).filter(|step| (0.0..=MOST_STEP).contains(step)).ok_or_else(damaged)?);
            end += length;
            loaded.starts.push(u32::try_from(end).map_err(|_| damaged())?);
        }
        let planes = packed.varint_below(size_of::<Item>() as u64 + 1)?;
        if planes == 0 {
            return Err(damaged());
        }
        let cells = usize::try_from(end).map_err(|_| damaged())?;
        let mut plane = || packed.bytes(cells);
        loaded.columns = match planes {
            1 => columns_of([plane()?], &lengths, columns),
            2 => columns_of([plane()?, plane()?], &lengths, columns),
            3 => columns_of([plane()?, plane()?, plane()?], &lengths, columns),
            _ => columns_of([plane()?, plane()?, plane()?, plane()?], &lengths, columns),
        }
        .ok_or_else(damaged)?;
        loaded.codes = packed.bytes(loaded.columns.len())?.to_vec();
        if values == Values::Positive && loaded.codes.contains(&0) {
            return Err(damaged());
        }
        Ok(loaded)
    }
}

/// The columns of rows of these lengths, from the bytes of the distances between them, the lowest plane first: without a
/// branch for any cell. None where one is from `bound` on.
fn columns_of<const PLANES: usize>(planes: [&[u8]; PLANES], lengths: &[u64], bound: usize) -> Option<Vec<Item>> {
    let mut columns = Vec::with_capacity(planes[0].len());
    let mut rest = planes;
    for length in lengths {
        // They add up to the length of each plane.
        let row = rest.map(|plane| &plane[..*length as usize]);
        rest = rest.map(|plane| &plane[*length as usize..]);
        let mut least = 0_u64;
        columns.extend((0..row[0].len()).map(|cell| {
            let gap = (0..PLANES).fold(0, |gap, plane| gap | u64::from(row[plane][cell]) << (u8::BITS * plane as u32));
            least += gap + 1;
            (least - 1) as Item
        }));
        if least > bound as u64 {
            return None;
        }
    }
    Some(columns)
}

/// Appends a matrix by rows: the steps of all, then the codes.
pub fn put_matrix(bytes: &mut Vec<u8>, matrix: ArrayView2<'_, f32>) {
    let cells = |row: ArrayView1<'_, f32>| row.iter().zip(0..).map(|(value, column)| (column, *value)).collect();
    let coded = CodedCells::of(Values::Signed, matrix.rows().into_iter().map(cells));
    coded.steps.iter().for_each(|step| put_real(bytes, *step));
    bytes.extend_from_slice(&coded.codes);
}

/// A matrix of so many rows and columns.
pub fn take_matrix(packed: &mut Packed<'_>, rows: usize, columns: usize) -> Result<Array2<f32>> {
    let steps = packed.bytes(rows.saturating_mul(size_of::<f32>()))?;
    let mut steps = Packed::of(steps);
    let codes = packed.bytes(rows.saturating_mul(columns))?;
    let mut values = Vec::with_capacity(codes.len());
    for row in 0..rows {
        let step = Some(steps.real()?).filter(|step| (0.0..=MOST_STEP).contains(step)).ok_or_else(damaged)?;
        values.extend(codes[row * columns..][..columns].iter().map(|code| step * Values::Signed.value(*code)));
    }
    Array2::from_shape_vec((rows, columns), values).map_err(|_| damaged())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn saved(table: &CodedCells) -> Vec<u8> {
        let mut bytes = Vec::new();
        table.save(&mut bytes);
        bytes
    }

    fn loaded(values: Values, bytes: &[u8], rows: usize, columns: usize) -> Result<CodedCells> {
        let mut packed = Packed::of(bytes);
        let table = CodedCells::load(values, &mut packed, rows, columns)?;
        packed.end().map(|()| table)
    }

    fn rows(values: Values) -> impl Strategy<Value = Vec<Vec<(Item, f32)>>> {
        let value = match values {
            Values::Positive => (0.01f32..1e6).boxed(),
            Values::Signed => (-3.0f32..3.0).boxed(),
        };
        let row = prop::collection::btree_map(0u32..300, value, 0..40);
        prop::collection::vec(row.prop_map(|row| row.into_iter().collect()), 0..20)
    }

    proptest! {
        #[test]
        fn a_saved_table_is_the_table(rows in rows(Values::Positive), signed in rows(Values::Signed)) {
            for (values, rows) in [(Values::Positive, rows), (Values::Signed, signed)] {
                let table = CodedCells::of(values, rows.clone());
                prop_assert_eq!(&loaded(values, &saved(&table), rows.len(), 300).unwrap(), &table);
                for (row, cells) in (0..).zip(&rows) {
                    let largest = cells.iter().map(|cell| cell.1.abs()).fold(0.0, f32::max);
                    for (column, value) in cells {
                        let off = (table.get(row, *column) - value).abs();
                        let most = match values {
                            Values::Positive => (value / 63.0).max(largest / 4_000.0),
                            Values::Signed => largest / 250.0,
                        };
                        prop_assert!(off <= most, "{} of {}, the largest is {}", off, value, largest);
                    }
                    prop_assert_eq!(table.row(row).count(), cells.len());
                }
            }
        }

        #[test]
        fn damaged_tables_are_refused_or_are_tables(
            rows in rows(Values::Positive), at in any::<prop::sample::Index>(), byte in any::<u8>(), cut in any::<bool>(),
        ) {
            let table = CodedCells::of(Values::Positive, rows.clone());
            let mut bytes = saved(&table);
            let place = at.index(bytes.len());
            if cut { bytes.truncate(place) } else { bytes[place] = byte }
            if let Ok(found) = loaded(Values::Positive, &bytes, rows.len(), 300) {
                prop_assert!(!cut);
                prop_assert!((0..rows.len() as Item).all(|row| found.row(row).all(|cell| cell.0 < 300 && cell.1.is_finite())));
                prop_assert_eq!(saved(&found), bytes, "there is one way to write a table");
            }
        }

        #[test]
        fn any_bytes_are_refused_or_read(bytes in prop::collection::vec(any::<u8>(), 0..200), rows in 0usize..9) {
            let _ = loaded(Values::Signed, &bytes, rows, 50);
        }
    }

    #[test]
    fn small_counts_are_kept_as_they_are() {
        let table =
            CodedCells::of(Values::Positive, [vec![(0, 1.0), (7, 64.0), (8, 4_032.0)], Vec::new(), vec![(2, 3.0)]]);
        assert_eq!([table.get(0, 0), table.get(0, 7), table.get(0, 8)], [1.0, 64.0, 4_032.0]);
        assert_eq!([table.get(1, 0), table.get(2, 2)], [0.0, 3.0]);
    }

    #[test]
    fn codes_of_counts_are_the_nearest() {
        assert!((1..=255).all(|code| count_code(count_of(code)) == code), "each code stands for a count of its own");
        for count in 1..=4_032 {
            let off = (count_of(count_code(count as f32)) - count as f32).abs();
            let least = (1..=255).map(|code| (count_of(code) - count as f32).abs()).fold(f32::MAX, f32::min);
            assert!(off == least && off <= count as f32 / 64.0, "{count}");
        }
    }

    #[test]
    fn a_row_count_beyond_the_bytes_takes_no_memory() {
        let mut bytes = Vec::new();
        put_varint(&mut bytes, u64::from(u32::MAX));
        let error = loaded(Values::Positive, &bytes, u32::MAX as usize, 10).unwrap_err();
        assert_eq!(error.status, Status::Corrupt);
    }
}
