//! How what was learned stands in a pack: whole numbers as variable-length integers, others as codes of 8 bits, by
//! themselves, in matrices, and in the cells of tables (`coded_cells.rs`). Each kind of number stands together, which
//! compresses better. Bytes come from outside: whatever is read is checked, and memory is taken in proportion to the bytes
//! that were seen.
//!
//! Source: variable-length integers as in Zobel and Moffat, "Inverted files for text search engines" (ACM Computing
//! Surveys 38(2), 2006), section 6; codes in segments whose steps double, as in ITU-T recommendation G.711 (1988), section
//! 3; those of matrices with one step a row as in Jacob et al., "Quantization and training of
//! neural networks for efficient integer-arithmetic-only inference" (CVPR 2018), section 2.1, without an offset.

use bytes::Bytes;
use ndarray::{Array2, ArrayView1, ArrayView2};

use crate::domain::{CallOptions, Error, Result, Status};

/// The codes of weights that stand for a magnitude; the other bit is the sign.
const MAGNITUDE: u8 = 0x7f;
const SIGN: u8 = 0x80;

/// The largest code of a matrix, in steps of its row.
const MOST_STEPS: f32 = 127.0;

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

    /// So many bytes, to hold on to.
    pub fn held(&mut self, count: usize) -> Result<Bytes> {
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
    pub(super) fn put_step(self, bytes: &mut Vec<u8>, numbers: impl Iterator<Item = f32>) -> f32 {
        if self == Values::Counts {
            return 1.0;
        }
        let step = numbers.map(f32::abs).fold(0.0, f32::max) / self.steps_of(self.most_code());
        put_real(bytes, step);
        step
    }

    pub(super) fn take_step(self, packed: &mut Packed<'_>) -> Result<f32> {
        if self == Values::Counts { Ok(1.0) } else { packed.step(self.steps_of(self.most_code())) }
    }

    /// The code that comes nearest. What is above 0 never becomes 0, but for weights.
    pub(super) fn code(self, value: f32, step: f32) -> u8 {
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
    pub(super) fn of_codes(self, step: f32) -> Box<[f32; CODES]> {
        Box::new(std::array::from_fn(|code| match (self, code as u8) {
            (Values::Weights, code) if code & SIGN != 0 => -step * self.steps_of(code & MAGNITUDE),
            (_, code) => step * self.steps_of(code),
        }))
    }
}

pub(super) const CODES: usize = 1 << u8::BITS;

/// Appends numbers by themselves: the step, if there is one, and the codes.
pub fn put_numbers(bytes: &mut Vec<u8>, values: Values, numbers: &[f32]) {
    let step = values.put_step(bytes, numbers.iter().copied());
    bytes.extend(numbers.iter().map(|number| values.code(*number, step)));
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
}
