//! An optional first stage for large catalogues: of each vector the signs of its elements, one bit each,
//! and of all rows only those go on whose signs differ least from the query's (Charikar 2002,
//! "Similarity estimation techniques from rounding algorithms", section 3, with the axes as planes).
//!
//! Unlike the stages behind it this one may lose a row. How many it has to let through so that it loses
//! none of the hundred best is measured on the catalogue's own vectors, when it has become large enough and
//! each time that a tenth as many vectors were written as it had; where even an eighth of all is not enough, it
//! stays switched off.

use super::kernels::hamming;
use super::store::CHUNK_ROWS;
use super::{Bitmap, Rows};
use crate::domain::{CallOptions, Result};

/// Rows below which the stage brings nothing.
pub const FEWEST_ROWS: usize = 100_000;
/// One row in so many goes on: tried in this order.
const DIVISORS: [usize; 4] = [64, 32, 16, 8];
/// The stage is measured anew when one vector in so many was written since.
const WRITTEN_BEFORE_MEASURING: usize = 10;
const WORD_BITS: usize = u64::BITS as usize;

/// See the module.
#[derive(Debug, Clone)]
pub struct Signs {
    bits: Rows<u64>,
    /// One row in so many goes on; none while the stage is switched off.
    divisor: Option<usize>,
    /// Rows that were measured, and vectors written since.
    measured: usize,
    written: usize,
}

impl Signs {
    pub fn new(dimensions: usize) -> Self {
        Signs { bits: Rows::new(dimensions.div_ceil(WORD_BITS), CHUNK_ROWS), divisor: None, measured: 0, written: 0 }
    }

    pub fn bytes(&self) -> usize {
        self.bits.bytes()
    }

    pub fn divisor(&self) -> Option<usize> {
        self.divisor
    }

    pub fn set(&mut self, row: usize, values: &[f32]) {
        self.written += 1;
        write_signs(values, self.bits.row_mut(row));
    }

    /// Whether it is time to measure how many of `rows` rows have to go on.
    pub fn is_due(&self, rows: usize) -> bool {
        rows >= FEWEST_ROWS && self.written >= (self.measured / WRITTEN_BEFORE_MEASURING).max(1)
    }

    /// Switches the stage on or off by what it would do to `samples`: query vectors, each with the rows
    /// of its best among `allowed`, none of which may be lost.
    pub fn measure(&mut self, samples: &[(Vec<f32>, Vec<usize>)], allowed: &Bitmap) -> Result<()> {
        (self.measured, self.written) = (allowed.count(), 0);
        let mut most_needed = 0;
        for (query, best) in samples {
            let (distances, histogram) = self.distances(query, allowed, &CallOptions::default())?;
            let farthest = best.iter().map(|row| usize::from(distances[*row])).max().unwrap_or(0);
            let nearer: usize = histogram[..farthest].iter().sum();
            most_needed = most_needed.max(nearer + 1);
        }
        let enough = |divisor: &usize| allowed.count() / divisor >= most_needed;
        self.divisor = DIVISORS.into_iter().find(enough);
        Ok(())
    }

    /// The rows that go on; none when all do.
    pub fn narrow(&self, query: &[f32], allowed: &Bitmap, call: &CallOptions) -> Result<Option<Bitmap>> {
        let Some(divisor) = self.divisor.filter(|_| allowed.count() >= FEWEST_ROWS) else {
            return Ok(None);
        };
        let (distances, histogram) = self.distances(query, allowed, call)?;
        let wanted = allowed.count() / divisor;
        let mut sum = 0;
        let cut = histogram.iter().position(|count| {
            sum += count;
            sum >= wanted
        });
        call.check()?;
        let cut = cut.unwrap_or(histogram.len()) as u16;
        let mut words = vec![0_u64; distances.len().div_ceil(WORD_BITS)];
        for (index, (word, distances)) in words.iter_mut().zip(distances.chunks(WORD_BITS)).enumerate() {
            let near = distances.iter().enumerate().map(|(bit, distance)| u64::from(*distance <= cut) << bit);
            *word = near.fold(0, |word, bit| word | bit) & allowed.word(index);
        }
        Ok(Some(Bitmap::from_words(&words)))
    }

    /// Each row's distance from the query, and how many of the allowed ones lie at each.
    fn distances(&self, query: &[f32], allowed: &Bitmap, call: &CallOptions) -> Result<(Vec<u16>, Vec<usize>)> {
        let mut signs = vec![0; self.bits.length()];
        write_signs(query, &mut signs);
        let mut distances = vec![0_u16; self.bits.rows()];
        let mut histogram = vec![0; signs.len() * WORD_BITS + 1];
        let between_checks = (BYTES_BETWEEN_CHECKS / (CHUNK_ROWS * size_of_val(&*signs)).max(1)).max(1);
        for (chunk, distances) in distances.chunks_mut(CHUNK_ROWS).enumerate() {
            if chunk.is_multiple_of(between_checks) {
                call.check()?;
            }
            hamming(self.bits.chunk(chunk), &signs, distances);
            for (index, distances) in distances.chunks(WORD_BITS).enumerate() {
                let allowed = allowed.word(chunk * CHUNK_ROWS / WORD_BITS + index);
                for (bit, distance) in distances.iter().enumerate() {
                    histogram[usize::from(*distance)] += (allowed >> bit & 1) as usize;
                }
            }
        }
        Ok((distances, histogram))
    }
}

/// Bytes of signs between two looks at the deadline: less than a tenth of a millisecond.
const BYTES_BETWEEN_CHECKS: usize = 400_000;

/// One bit an element, set where it is negative.
fn write_signs(values: &[f32], words: &mut [u64]) {
    for (word, values) in words.iter_mut().zip(values.chunks(WORD_BITS)) {
        let bits = values.iter().enumerate().map(|(bit, value)| u64::from(*value < 0.0) << bit);
        *word = bits.fold(0, |word, bit| word | bit);
    }
}
