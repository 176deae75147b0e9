//! The loops that all x86-64 kernels share, written once over [`Lanes`], a register of the instruction
//! set. Every function here is inlined into an entry point that has the set's target features, which
//! `kernel!` writes: called from elsewhere, an intrinsic would be a function call.
//!
//! A row is taken in blocks of up to six registers, a number known when compiling. Split into low and
//! high halves they are up to twelve, which stay where they are while the queries of a batch pass by;
//! and the 16-bit sums of the sets without a dot product instruction are widened before they overflow.

use std::arch::x86_64::*;
use std::ptr;

use crate::vectors::kernels::{Line, STRIDE_STEP};

/// A cache line.
const LINE: usize = 64;

/// How far ahead of the row being read its successors are fetched, in bytes. The memory answers after
/// some 100 ns, in which a core reads 2 KiB; the CPU's own prefetching stops at each page.
const FETCH_AHEAD: usize = 2048;

/// How many rows ahead where rows lie anywhere.
const FETCH_ROWS_AHEAD: usize = 16;

/// Queries of a batch that rows are scored against in one go: as many as leave room in a first-level
/// cache of 32 KiB.
const QUERY_BYTES: usize = 24 << 10;

/// And at most so many.
const QUERIES_AT_ONCE: usize = 32;

/// A register of one instruction set.
///
/// # Safety
/// For all methods the CPU must have the set.
pub trait Lanes: Copy {
    /// The register's size.
    const BYTES: usize;

    unsafe fn zero() -> Self;

    /// `BYTES` bytes from any address, which must be readable.
    unsafe fn load(from: *const u8) -> Self;

    /// [`STRIDE_STEP`] bytes from any address, which must be readable, then zeros. Needed only where a
    /// register is longer than that.
    unsafe fn load_step(from: *const u8) -> Self;

    /// The low and the high halves of all bytes, as bytes.
    unsafe fn split(self) -> (Self, Self);

    /// Adds the products of numbers in 0..=15 and of a query's bytes. What the lanes are is up to the
    /// set; they have room for eight registers' products.
    unsafe fn accumulate(self, numbers: Self, query: Self) -> Self;

    /// `self`, in lanes of 32 bits, with two results of `accumulate`.
    unsafe fn widen(self, one: Self, other: Self) -> Self;

    /// The sum of each register's 32-bit lanes.
    unsafe fn totals(sums: [Self; 4]) -> __m128i;
}

/// Writes an instruction set's entry points.
macro_rules! kernel {
    ($lanes:ty, $features:literal) => {
        /// See [`crate::vectors::kernels`].
        pub const FUNCTIONS: crate::vectors::kernels::Functions =
            crate::vectors::kernels::Functions { dots, gathered, batch };

        /// # Safety
        /// The contract of `Functions`.
        #[target_feature(enable = $features)]
        unsafe fn dots(rows: *const u8, count: usize, stride: usize, query: *const i8, out: *mut i32) {
            // SAFETY: the contracts are the same.
            unsafe { crate::vectors::kernels::x86_64::lanes::dots::<$lanes>(rows, count, stride, query, out) }
        }

        /// # Safety
        /// The contract of `Functions`.
        #[target_feature(enable = $features)]
        unsafe fn gathered(rows: *const &[u8], count: usize, stride: usize, query: *const i8, out: *mut i32) {
            // SAFETY: the contracts are the same.
            unsafe { crate::vectors::kernels::x86_64::lanes::gathered::<$lanes>(rows, count, stride, query, out) }
        }

        /// # Safety
        /// The contract of `Functions`.
        #[target_feature(enable = $features)]
        unsafe fn batch(rows: *const u8, count: usize, stride: usize, query: *const i8, queries: usize, out: *mut i32) {
            // SAFETY: the contracts are the same.
            unsafe { crate::vectors::kernels::x86_64::lanes::batch::<$lanes>(rows, count, stride, query, queries, out) }
        }
    };
}

pub(super) use kernel;

/// Calls `$function::<$lanes, BLOCK>` with the longest block, in registers, that divides a row.
macro_rules! with_block {
    ($lanes:ty, $stride:expr, $function:ident($($argument:expr),*)) => {
        match $stride / <$lanes>::BYTES {
            registers if registers.is_multiple_of(6) => $function::<$lanes, 6>($($argument),*),
            registers if registers.is_multiple_of(4) => $function::<$lanes, 4>($($argument),*),
            registers if registers.is_multiple_of(3) => $function::<$lanes, 3>($($argument),*),
            registers if registers.is_multiple_of(2) => $function::<$lanes, 2>($($argument),*),
            _ => $function::<$lanes, 1>($($argument),*),
        }
    };
}

/// # Safety
/// The contract of `Functions`.
#[inline(always)]
pub unsafe fn dots<V: Lanes>(rows: *const u8, count: usize, stride: usize, query: *const i8, out: *mut i32) {
    // SAFETY: row `r` begins `r * stride` bytes after the first. What is fetched ahead may lie past the
    // last row: a prefetch reads nothing that the program could see, and never faults.
    unsafe {
        let quarter = count / 4;
        let place = |r: usize| if r < 4 * quarter { r / 4 + r % 4 * quarter } else { r };
        let row = |r: usize| rows.wrapping_add(place(r).wrapping_mul(stride));
        let ahead = |r: usize| row(r).wrapping_add(FETCH_AHEAD);
        with_block!(V, stride, rows_by_four(row, ahead, place, count, stride, query, out));
    }
}

/// # Safety
/// The contract of `Functions`.
#[inline(always)]
pub unsafe fn gathered<V: Lanes>(rows: *const &[u8], count: usize, stride: usize, query: *const i8, out: *mut i32) {
    // SAFETY: `rows` has `count` places, and both closures are called with less than that.
    unsafe {
        let row = |r: usize| (*rows.add(r)).as_ptr();
        let ahead = |r: usize| row((r + FETCH_ROWS_AHEAD).min(count - 1));
        for r in 0..count.min(FETCH_ROWS_AHEAD) {
            fetch(row(r), stride);
        }
        with_block!(V, stride, rows_by_four(row, ahead, |r| r, count, stride, query, out));
    }
}

/// One query with rows wherever `row` says, fetching at each what `ahead` says; results go where `place` says.
///
/// # Safety
/// The contract of `Functions`, for rows at `row(0)`, …, `row(count - 1)`; `BLOCK` registers divide a
/// row, but for a part less than a register.
#[inline(always)]
unsafe fn rows_by_four<V: Lanes, const BLOCK: usize>(
    row: impl Fn(usize) -> *const u8,
    ahead: impl Fn(usize) -> *const u8,
    place: impl Fn(usize) -> usize,
    count: usize,
    stride: usize,
    query: *const i8,
    out: *mut i32,
) {
    // SAFETY: rows below `count` are read, and `out` is written below it, since `place` is a permutation.
    unsafe {
        for four in 0..count / 4 {
            let r = 4 * four;
            let sums = [
                row_sum::<V, BLOCK>(row(r), ahead(r), stride, query),
                row_sum::<V, BLOCK>(row(r + 1), ahead(r + 1), stride, query),
                row_sum::<V, BLOCK>(row(r + 2), ahead(r + 2), stride, query),
                row_sum::<V, BLOCK>(row(r + 3), ahead(r + 3), stride, query),
            ];
            let mut totals = [0_i32; 4];
            _mm_storeu_si128(totals.as_mut_ptr().cast(), V::totals(sums));
            for (offset, total) in totals.into_iter().enumerate() {
                *out.add(place(r + offset)) = total;
            }
        }
        for r in count - count % 4..count {
            *out.add(r) = total(row_sum::<V, BLOCK>(row(r), row(r), stride, query));
        }
    }
}

/// The sum of one register's lanes.
///
/// # Safety
/// The CPU has the set.
#[inline(always)]
unsafe fn total<V: Lanes>(sum: V) -> i32 {
    // SAFETY: the same contract.
    unsafe { _mm_cvtsi128_si32(V::totals([sum, V::zero(), V::zero(), V::zero()])) }
}

/// Asks for the cache lines of `bytes` bytes.
#[inline(always)]
pub fn fetch(place: *const u8, bytes: usize) {
    for line in 0..bytes.div_ceil(LINE) {
        // SAFETY: every x86-64 CPU has the instruction, which never faults, whatever the address.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(place.wrapping_add(line * LINE).cast()) };
    }
}

/// A row's products with a query, summed up to the lanes of one register.
///
/// # Safety
/// As for `rows_by_four`.
#[inline(always)]
unsafe fn row_sum<V: Lanes, const BLOCK: usize>(
    row: *const u8,
    ahead: *const u8,
    stride: usize,
    query: *const i8,
) -> V {
    let (mut row, mut ahead) = (row, ahead);
    let (mut low, mut high) = (query.cast::<u8>(), query.cast::<u8>().wrapping_add(stride));
    let block_bytes = BLOCK * V::BYTES;
    // SAFETY: blocks end before `stride`, as does the step; the query has `stride` bytes for either half.
    unsafe {
        let mut sum = V::zero();
        for _ in 0..stride / block_bytes {
            let (mut lows, mut highs) = (V::zero(), V::zero());
            for i in 0..BLOCK {
                let at = i * V::BYTES;
                let (l, h) = V::load(row.add(at)).split();
                lows = lows.accumulate(l, V::load(low.add(at)));
                highs = highs.accumulate(h, V::load(high.add(at)));
            }
            sum = sum.widen(lows, highs);
            fetch(ahead, block_bytes);
            ahead = ahead.wrapping_add(block_bytes);
            (row, low, high) = (row.add(block_bytes), low.add(block_bytes), high.add(block_bytes));
        }
        if V::BYTES > STRIDE_STEP && !stride.is_multiple_of(V::BYTES) {
            let (l, h) = V::load_step(row).split();
            let lows = V::zero().accumulate(l, V::load_step(low));
            let highs = V::zero().accumulate(h, V::load_step(high));
            sum = sum.widen(lows, highs);
        }
        sum
    }
}

/// # Safety
/// The contract of `Functions`.
#[inline(always)]
pub unsafe fn batch<V: Lanes>(
    rows: *const u8,
    count: usize,
    stride: usize,
    query: *const i8,
    queries: usize,
    out: *mut i32,
) {
    let most = (QUERY_BYTES / (2 * stride)).clamp(4, QUERIES_AT_ONCE).min(queries);
    // A load that crosses cache lines takes the time of two, and each query is loaded for each row.
    let mut aligned = vec![Line::default(); most * 2 * stride / Line::BYTES];
    let mut first = 0;
    while first < queries {
        let some = (queries - first).min(most);
        // SAFETY: these queries lie below `queries`, and their results begin as many places further on.
        unsafe {
            let bytes = some * 2 * stride;
            ptr::copy_nonoverlapping(query.add(first * 2 * stride), aligned.as_mut_ptr().cast(), bytes);
            let (query, out) = (aligned.as_ptr().cast(), out.add(first));
            with_block!(V, stride, rows_with_queries(rows, count, stride, query, some, out, queries));
        }
        first += some;
    }
}

/// Rows one after the other, each unpacked once for all queries, of which there are at most
/// [`QUERIES_AT_ONCE`]. A row's results stand `pitch` places after the ones of the row before.
///
/// # Safety
/// The contract of `Functions`, but for the places of the results; `BLOCK` registers divide a row, but
/// for a part less than a register.
#[inline(always)]
unsafe fn rows_with_queries<V: Lanes, const BLOCK: usize>(
    rows: *const u8,
    count: usize,
    stride: usize,
    query: *const i8,
    queries: usize,
    out: *mut i32,
    pitch: usize,
) {
    let blocks = stride / (BLOCK * V::BYTES);
    // SAFETY: row `r` and its results are below `count`; blocks end before `stride`, as does the step.
    unsafe {
        let mut room = [V::zero(); QUERIES_AT_ONCE];
        let sums = &mut room[..queries];
        for r in 0..count {
            let row = rows.add(r * stride);
            fetch(row.wrapping_add(FETCH_AHEAD), stride);
            for block in 0..blocks {
                let at = block * BLOCK * V::BYTES;
                let (mut low, mut high) = ([V::zero(); BLOCK], [V::zero(); BLOCK]);
                for i in 0..BLOCK {
                    (low[i], high[i]) = V::load(row.add(at + i * V::BYTES)).split();
                }
                block_with_queries::<V, BLOCK, false>((low, high), stride, query.add(at), sums, at > 0);
            }
            if V::BYTES > STRIDE_STEP && !stride.is_multiple_of(V::BYTES) {
                let at = blocks * BLOCK * V::BYTES;
                let (low, high) = V::load_step(row.add(at)).split();
                block_with_queries::<V, 1, true>(([low], [high]), stride, query.add(at), sums, at > 0);
            }
            write_totals(sums, out.add(r * pitch));
        }
    }
}

/// One block of a row with the same block of all queries, whose sums are set, or grow where there were
/// blocks `before`. One query at a time, as the numbers leave no more registers than that takes.
///
/// # Safety
/// For each sum there is a query with the block at its start and `stride` bytes further on, all `2 * stride`
/// bytes apart.
#[inline(always)]
unsafe fn block_with_queries<V: Lanes, const BLOCK: usize, const STEP: bool>(
    numbers: ([V; BLOCK], [V; BLOCK]),
    stride: usize,
    query: *const i8,
    sums: &mut [V],
    before: bool,
) {
    let mut query = query;
    for sum in sums {
        // SAFETY: as many queries as sums.
        unsafe {
            let old = if before { *sum } else { V::zero() };
            *sum = block_sum::<V, BLOCK, STEP>(old, numbers, stride, query);
        }
        query = query.wrapping_add(2 * stride);
    }
}

/// Writes the sum of each register's lanes.
///
/// # Safety
/// `out` has a place for each.
#[inline(always)]
unsafe fn write_totals<V: Lanes>(sums: &[V], out: *mut i32) {
    let (fours, rest) = sums.as_chunks::<4>();
    // SAFETY: as many places as sums.
    unsafe {
        for (four, sums) in fours.iter().enumerate() {
            _mm_storeu_si128(out.add(4 * four).cast(), V::totals(*sums));
        }
        for (one, sum) in rest.iter().enumerate() {
            *out.add(4 * fours.len() + one) = total(*sum);
        }
    }
}

/// A sum with a block's products with one query.
///
/// # Safety
/// As for `block_with_queries`.
#[inline(always)]
unsafe fn block_sum<V: Lanes, const BLOCK: usize, const STEP: bool>(
    sum: V,
    (low, high): ([V; BLOCK], [V; BLOCK]),
    stride: usize,
    query: *const i8,
) -> V {
    let (low_query, high_query) = (query.cast::<u8>(), query.cast::<u8>().wrapping_add(stride));
    // SAFETY: the query's block is readable in either half.
    unsafe {
        let (mut lows, mut highs) = (V::zero(), V::zero());
        for i in 0..BLOCK {
            let at = i * V::BYTES;
            lows = lows.accumulate(low[i], load::<V, STEP>(low_query.add(at)));
            highs = highs.accumulate(high[i], load::<V, STEP>(high_query.add(at)));
        }
        sum.widen(lows, highs)
    }
}

/// A register, or a step alone.
///
/// # Safety
/// So many bytes must be readable.
#[inline(always)]
unsafe fn load<V: Lanes, const STEP: bool>(from: *const u8) -> V {
    // SAFETY: the same contract.
    unsafe { if STEP { V::load_step(from) } else { V::load(from) } }
}
