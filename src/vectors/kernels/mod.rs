//! Inner products, one file an instruction set, and the choice between them when the library first
//! needs one. The scalar file is the oracle: every other kernel returns the same integers.
//!
//! What they compute: a row is `stride` bytes, and each byte holds two unsigned 4-bit numbers; a query
//! is `2 * stride` signed bytes, the first half for the low halves of a row's bytes and the second half
//! for the high ones. The result is Σ low(row[i])·query[i] + Σ high(row[i])·query[stride + i].
//!
//! With `scalar::dot` and `side_by_side::dot_each`, which sum floats in a fixed order, this is the only place but `ffi` where
//! `unsafe` is allowed. A kernel is reachable only through [`Kernel`], whose methods check all lengths,
//! and a `Kernel` only through [`Kernel::available`], which asks the CPU first.

#![allow(unsafe_code)]

#[cfg(target_arch = "aarch64")]
mod aarch64;
mod hamming;
mod line;
mod passing;
mod population;
mod scalar;
mod side_by_side;
#[cfg(target_arch = "x86_64")]
mod x86_64;

use once_cell::sync::Lazy;

pub use hamming::hamming;
pub use line::{Line, bytes, bytes_mut};
pub use passing::{Bar, Bars, passing_queries, passing_rows};
pub use population::count_ones;
pub use scalar::dot;
pub use side_by_side::dot_each;

use crate::domain::InstructionSet;

/// A row's length in bytes is a multiple of this.
pub const STRIDE_STEP: usize = 32;

/// One instruction set's functions. Their contract, which [`Kernel`]'s methods see to:
/// `stride` is a multiple of [`STRIDE_STEP`], each row is readable for `stride` bytes and each query
/// for `2 * stride`, `out` has room for all results, no query element is −128, a row's and a query's
/// length bound the sums far below 2³¹, and the CPU has the instruction set. No alignment is assumed.
#[derive(Debug, Clone, Copy)]
struct Functions {
    /// `out[r]` for `count` rows, one after the other.
    dots: unsafe fn(rows: *const u8, count: usize, stride: usize, query: *const i8, out: *mut i32),
    /// `out[r]` for `count` rows anywhere in memory.
    gathered: unsafe fn(rows: *const &[u8], count: usize, stride: usize, query: *const i8, out: *mut i32),
    /// `out[r * queries + q]` for `count` rows, one after the other, and queries likewise.
    batch: unsafe fn(rows: *const u8, count: usize, stride: usize, query: *const i8, queries: usize, out: *mut i32),
}

/// The kernel of one instruction set that this CPU has.
#[derive(Debug, Clone, Copy)]
pub struct Kernel {
    set: InstructionSet,
    functions: Functions,
}

static AVAILABLE: Lazy<Vec<Kernel>> = Lazy::new(|| {
    let plain = Kernel { set: InstructionSet::Scalar, functions: scalar::FUNCTIONS };
    #[cfg(target_arch = "x86_64")]
    let others = x86_64::available();
    #[cfg(target_arch = "aarch64")]
    let others = aarch64::available();
    #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
    let others = [];
    std::iter::once(plain).chain(others).collect()
});

impl Kernel {
    /// The kernels that this CPU can run, the slowest (scalar) first.
    pub fn available() -> &'static [Kernel] {
        &AVAILABLE
    }

    /// The fastest one.
    pub fn best() -> Kernel {
        *Kernel::available().last().expect("the scalar kernel is always there")
    }

    /// The kernel of `set`, if this CPU has it.
    pub fn of(set: InstructionSet) -> Option<Kernel> {
        Kernel::available().iter().copied().find(|kernel| kernel.set == set)
    }

    pub fn instruction_set(&self) -> InstructionSet {
        self.set
    }

    /// Asks the memory for `values`, rows for a call of [`Kernel::dots`] soon after. It fetches ahead while it
    /// goes, but cannot know what the caller reads next: the first 2 KiB of the next chunk, asked for
    /// before this one is read, spare it the wait. No more than a hint, and nothing on some CPUs.
    pub fn fetch<T>(&self, values: &[T]) {
        let (place, bytes) = (values.as_ptr().cast::<u8>(), size_of_val(values));
        #[cfg(target_arch = "x86_64")]
        x86_64::fetch(place, bytes);
        #[cfg(target_arch = "aarch64")]
        aarch64::fetch(place, bytes);
        #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
        let _ = (place, bytes);
    }

    /// `out[r]` = row r · query, for as many rows of `stride` bytes as `out` has places.
    ///
    /// # Panics
    /// When a length does not fit the others.
    pub fn dots(&self, rows: &[u8], stride: usize, query: &[i8], out: &mut [i32]) {
        check(stride, query.len(), 1);
        assert!(rows.len() >= out.len().checked_mul(stride).expect("rows fit the memory"), "too few rows");
        // SAFETY: lengths were checked above; the CPU has the instruction set, or there would be no Kernel.
        unsafe { (self.functions.dots)(rows.as_ptr(), out.len(), stride, query.as_ptr(), out.as_mut_ptr()) }
    }

    /// `out[r]` = rows[r] · query, for rows anywhere in memory.
    ///
    /// # Panics
    /// When a length does not fit the others.
    pub fn dots_gathered(&self, rows: &[&[u8]], stride: usize, query: &[i8], out: &mut [i32]) {
        check(stride, query.len(), 1);
        assert!(out.len() == rows.len() && rows.iter().all(|row| row.len() >= stride), "a row is too short");
        // SAFETY: as for `dots`.
        unsafe { (self.functions.gathered)(rows.as_ptr(), rows.len(), stride, query.as_ptr(), out.as_mut_ptr()) }
    }

    /// `out[r * queries + q]` = row r · query q, the queries standing one after the other.
    ///
    /// # Panics
    /// When a length does not fit the others.
    pub fn dots_of_batch(&self, rows: &[u8], stride: usize, queries: &[i8], out: &mut [i32]) {
        let count = queries.len() / (2 * stride);
        check(stride, queries.len(), count);
        assert!(count > 0 && out.len().is_multiple_of(count), "out has no whole number of rows");
        let row_count = out.len() / count;
        assert!(rows.len() >= row_count.checked_mul(stride).expect("rows fit the memory"), "too few rows");
        // SAFETY: as for `dots`.
        unsafe {
            (self.functions.batch)(rows.as_ptr(), row_count, stride, queries.as_ptr(), count, out.as_mut_ptr());
        }
    }
}

/// Longest row, in bytes: bounds the sums, since 2 · 2¹⁴ products of at most 15 · 127 stay below 2²⁶.
const MOST_STRIDE: usize = 1 << 14;

fn check(stride: usize, query_bytes: usize, queries: usize) {
    assert!(stride > 0 && stride.is_multiple_of(STRIDE_STEP) && stride <= MOST_STRIDE, "no stride: {stride}");
    assert_eq!(query_bytes, 2 * stride * queries, "the queries do not have the rows' length");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A sequence without a crate for it: Marsaglia 2003, "Xorshift RNGs", section 3.
    struct Random(u64);

    impl Random {
        fn next(&mut self) -> u64 {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            self.0
        }

        fn below(&mut self, bound: usize) -> usize {
            (self.next() % bound as u64) as usize
        }
    }

    /// Random bytes, or the extremes that come nearest to an overflow.
    fn rows(random: &mut Random, length: usize, kind: usize) -> Vec<u8> {
        (0..length).map(|_| [random.next() as u8, 0xFF, 0][kind.min(2)]).collect()
    }

    fn query(random: &mut Random, length: usize, kind: usize) -> Vec<i8> {
        (0..length).map(|_| [(random.next() % 255) as i16 - 127, 127, -127][kind.min(2)] as i8).collect()
    }

    #[test]
    fn every_kernel_agrees_with_the_oracle() {
        let oracle = Kernel::of(InstructionSet::Scalar).unwrap();
        let mut random = Random(0x9E37_79B9_7F4A_7C15);
        for round in 0..1_500 {
            let stride = STRIDE_STEP * (1 + random.below(if round % 50 == 0 { 512 } else { 20 }));
            let most_queries = if round % 20 == 0 { 50 } else { 13 };
            let (count, queries, offset) = (random.below(23), 1 + random.below(most_queries), random.below(64));
            let (row_kind, query_kind) = (random.below(5), random.below(5));
            let rows = rows(&mut random, offset + count * stride, row_kind.saturating_sub(2));
            let query = query(&mut random, offset + 2 * stride * queries, query_kind.saturating_sub(2));
            let (rows, query) = (&rows[offset..], &query[offset..]);
            let mut expected = vec![0; count * queries];
            oracle.dots_of_batch(rows, stride, query, &mut expected);
            for kernel in Kernel::available() {
                let place = format!("{:?}, stride {stride}, {count} rows, {queries} queries", kernel.set);
                let mut found = vec![i32::MIN; count * queries];
                kernel.dots_of_batch(rows, stride, query, &mut found);
                assert_eq!(found, expected, "{place}");
                let first = &query[..2 * stride];
                let of_first: Vec<i32> = expected.iter().step_by(queries).copied().collect();
                let mut found = vec![i32::MIN; count];
                kernel.dots(rows, stride, first, &mut found);
                assert_eq!(found, of_first, "{place}");
                kernel.fetch(rows);
                let mut scattered: Vec<&[u8]> = rows.chunks_exact(stride).collect();
                scattered.reverse();
                kernel.dots_gathered(&scattered, stride, first, &mut found);
                found.reverse();
                assert_eq!(found, of_first, "{place}, gathered");
            }
        }
    }

    #[test]
    fn the_oracle_computes_what_the_module_says() {
        let row: Vec<u8> = (0..32).map(|index| (index % 16) | ((15 - index % 16) << 4)).collect();
        let query: Vec<i8> = (0..64).map(|index| index as i8 - 32).collect();
        let expected: i32 = (0..32_i32).map(|i| i % 16 * (i - 32) + (15 - i % 16) * i).sum();
        let mut out = [0];
        Kernel::of(InstructionSet::Scalar).unwrap().dots(&row, 32, &query, &mut out);
        assert_eq!(out, [expected]);
    }

    #[test]
    fn the_best_kernel_is_the_last() {
        let sets: Vec<InstructionSet> = Kernel::available().iter().map(Kernel::instruction_set).collect();
        assert_eq!(sets[0], InstructionSet::Scalar);
        assert_eq!(Kernel::best().instruction_set(), *sets.last().unwrap());
        for set in InstructionSet::ALL {
            assert_eq!(Kernel::of(set).is_some(), sets.contains(&set), "{set:?}");
        }
        // For whoever runs this under an emulator: which kernels were there to be tested.
        println!("kernels: {sets:?}");
    }

    #[test]
    #[should_panic(expected = "too few rows")]
    fn a_row_that_is_not_there_is_refused() {
        Kernel::best().dots(&[0; 63], 32, &[0; 64], &mut [0; 2]);
    }
}
