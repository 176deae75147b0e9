//! AArch64: the dot product extension's kernel, and the one for CPUs without it, such as Cortex-A53
//! and A72. A number of 0 to 15 is a valid signed byte, so both multiply signed with signed and need no
//! correction.
//!
//! Both take rows in blocks of four, so that four sums that do not wait for each other are under way,
//! which an in-order core needs, and so that what was loaded of a query serves four rows. In a batch a
//! block has several queries too, as many as leave all sums in the 32 registers.

use std::arch::aarch64::{
    int8x16_t, int16x8_t, int32x4_t, vaddvq_s32, vandq_u8, vdupq_n_s16, vdupq_n_s32, vdupq_n_u8, vget_low_s8, vld1q_s8,
    vld1q_u8, vmlal_high_s8, vmlal_s8, vpadalq_s16, vreinterpretq_s8_u8, vshrq_n_u8,
};
use std::arch::{asm, is_aarch64_feature_detected};
use std::{array, slice};

use crate::domain::InstructionSet;

use super::{Functions, Kernel, Line};

/// The kernels that this CPU can run, the slowest first. NEON is part of every AArch64 target with
/// floats; for the other, the system is asked once (on Linux by `getauxval`).
pub fn available() -> Vec<Kernel> {
    let mut kernels = vec![Kernel { set: InstructionSet::Neon, functions: functions::<Widening, 2>() }];
    if is_aarch64_feature_detected!("dotprod") {
        kernels.push(Kernel { set: InstructionSet::NeonDot, functions: functions::<DotProduct, 4>() });
    }
    kernels
}

/// How much [`fetch`] asks for: the blocks that a call reads before those it fetched itself arrive.
const FETCHED: usize = 2048;

/// Asks for the beginning of `rows`.
pub fn fetch(place: *const u8, bytes: usize) {
    prefetch(place, bytes.min(FETCHED));
}

const fn functions<B: Block, const QUERIES: usize>() -> Functions {
    Functions { dots: dots::<B>, gathered: gathered::<B>, batch: batch::<B, QUERIES> }
}

/// Rows that are multiplied together.
const ROWS: usize = 4;

/// How many blocks ahead of the one computed memory is asked for. The rows of a block are read side by
/// side, a pattern that the prefetchers of small cores take for no stream, and gathered rows have none.
const BLOCKS_AHEAD: usize = 2;

/// Bytes of a row that are loaded at once.
const STEP: usize = 16;

/// One way to multiply a block of rows with a block of queries.
trait Block {
    /// `[r][q]` = rows[r] · queries[q].
    ///
    /// # Safety
    /// Each row is readable for `stride` bytes, a multiple of [`super::STRIDE_STEP`], and each query for
    /// `2 * stride`; no query element is −128, and the CPU has the instruction set.
    unsafe fn products<const R: usize, const Q: usize>(
        rows: [*const u8; R],
        queries: [*const i8; Q],
        stride: usize,
    ) -> [[i32; Q]; R];
}

/// # Safety
/// The contract of [`Functions`], and the CPU has `B`'s instruction set.
unsafe fn dots<B: Block>(rows: *const u8, count: usize, stride: usize, query: *const i8, out: *mut i32) {
    // SAFETY: a batch of one has the same contract.
    unsafe { batch::<B, 1>(rows, count, stride, query, 1, out) }
}

/// # Safety
/// The contract of [`Functions`], and the CPU has `B`'s instruction set.
unsafe fn gathered<B: Block>(rows: *const &[u8], count: usize, stride: usize, query: *const i8, out: *mut i32) {
    // SAFETY: by the contract there are `count` rows; each is readable for `stride` bytes, and the rest
    // of the contract is handed on.
    unsafe {
        let rows = slice::from_raw_parts(rows, count);
        every_row::<B, 1>(|row| rows[row].as_ptr(), count, stride, query, 1, out);
    }
}

/// # Safety
/// The contract of [`Functions`], and the CPU has `B`'s instruction set.
unsafe fn batch<B: Block, const QUERIES: usize>(
    rows: *const u8,
    count: usize,
    stride: usize,
    query: *const i8,
    queries: usize,
    out: *mut i32,
) {
    // SAFETY: by the contract row `row` lies `row * stride` bytes into the rows, for each below `count`;
    // the rest of the contract is handed on. What lies in memory has an offset that cannot wrap.
    unsafe { every_row::<B, QUERIES>(|row| rows.add(row.wrapping_mul(stride)), count, stride, query, queries, out) }
}

/// All products of the rows that `address` knows, block by block.
///
/// # Safety
/// The contract of [`Functions`] for the rows at `address(0)` to `address(count - 1)`, and the CPU has
/// `B`'s instruction set.
#[inline(always)]
unsafe fn every_row<B: Block, const QUERIES: usize>(
    address: impl Fn(usize) -> *const u8,
    count: usize,
    stride: usize,
    query: *const i8,
    queries: usize,
    out: *mut i32,
) {
    let mut row = 0;
    while count - row >= ROWS {
        for ahead in (row + BLOCKS_AHEAD * ROWS..count).take(ROWS) {
            prefetch(address(ahead), stride);
        }
        let block: [*const u8; ROWS] = array::from_fn(|index| address(row + index));
        // SAFETY: the block's rows are below `count`, so `out` has `queries` places for each.
        unsafe { every_query::<B, ROWS, QUERIES>(block, stride, query, queries, out.add(row * queries)) };
        row += ROWS;
    }
    while row < count {
        // SAFETY: as above.
        unsafe { every_query::<B, 1, QUERIES>([address(row)], stride, query, queries, out.add(row * queries)) };
        row += 1;
    }
}

/// The products of `R` rows and all queries: `out[r * queries + q]`.
///
/// # Safety
/// The contract of [`Functions`] for these rows, and the CPU has `B`'s instruction set.
#[inline(always)]
unsafe fn every_query<B: Block, const R: usize, const QUERIES: usize>(
    rows: [*const u8; R],
    stride: usize,
    query: *const i8,
    queries: usize,
    out: *mut i32,
) {
    let mut done = 0;
    while queries - done >= QUERIES {
        // SAFETY: `QUERIES` queries follow the ones done, and `out` has a place for each with each row.
        unsafe {
            let block = array::from_fn(|index| query.add((done + index) * 2 * stride));
            let products = B::products::<R, QUERIES>(rows, block, stride);
            store(products, queries, out.add(done));
        }
        done += QUERIES;
    }
    while done < queries {
        // SAFETY: as above, for one query.
        unsafe {
            let products = B::products::<R, 1>(rows, [query.add(done * 2 * stride)], stride);
            store(products, queries, out.add(done));
        }
        done += 1;
    }
}

/// `out[r * queries + q]` = products[r][q].
///
/// # Safety
/// `out` is writable at all these places.
#[inline(always)]
unsafe fn store<const R: usize, const Q: usize>(products: [[i32; Q]; R], queries: usize, out: *mut i32) {
    for (row, of_row) in products.iter().enumerate() {
        for (query, product) in of_row.iter().enumerate() {
            // SAFETY: by the contract.
            unsafe { out.add(row * queries + query).write(*product) };
        }
    }
}

/// Asks for the cache lines of `length` bytes that will be read once.
#[inline(always)]
fn prefetch(start: *const u8, length: usize) {
    for offset in (0..length).step_by(Line::BYTES) {
        let line = start.wrapping_add(offset);
        // SAFETY: the instruction is a hint, which reads nothing and faults at no address.
        unsafe { asm!("prfm pldl1strm, [{line}]", line = in(reg) line, options(nostack, preserves_flags, readonly)) };
    }
}

/// The low and the high numbers of the bytes of each row from `at` on.
///
/// # Safety
/// Each row is readable for [`STEP`] bytes from `at` on.
#[inline(always)]
unsafe fn nibbles<const R: usize>(rows: [*const u8; R], at: usize) -> ([int8x16_t; R], [int8x16_t; R]) {
    // SAFETY: by the contract; NEON is there on every AArch64 target that this file is compiled for.
    unsafe {
        let bytes = rows.map(|row| vld1q_u8(row.add(at)));
        (
            bytes.map(|bytes| vreinterpretq_s8_u8(vandq_u8(bytes, vdupq_n_u8(15)))),
            bytes.map(|bytes| vreinterpretq_s8_u8(vshrq_n_u8::<4>(bytes))),
        )
    }
}

/// What a query has for the low and for the high numbers of a row's bytes from `at` on.
///
/// # Safety
/// The query is readable for `2 * stride` bytes, and `at + STEP` is at most `stride`.
#[inline(always)]
unsafe fn elements(query: *const i8, stride: usize, at: usize) -> (int8x16_t, int8x16_t) {
    // SAFETY: by the contract both loads end inside the query; NEON as for `nibbles`.
    unsafe { (vld1q_s8(query.add(at)), vld1q_s8(query.add(stride + at))) }
}

/// Each register's four sums, added up.
#[inline(always)]
fn totals<const R: usize, const Q: usize>(sums: [[int32x4_t; Q]; R]) -> [[i32; Q]; R] {
    let mut totals = [[0; Q]; R];
    for row in 0..R {
        for query in 0..Q {
            // SAFETY: NEON as for `nibbles`.
            totals[row][query] = unsafe { vaddvq_s32(sums[row][query]) };
        }
    }
    totals
}

/// `sdot`: four products at once, added to 32-bit sums.
struct DotProduct;

impl Block for DotProduct {
    #[inline(always)]
    unsafe fn products<const R: usize, const Q: usize>(
        rows: [*const u8; R],
        queries: [*const i8; Q],
        stride: usize,
    ) -> [[i32; Q]; R] {
        // SAFETY: the contract is the same.
        unsafe { dot_products(rows, queries, stride) }
    }
}

/// # Safety
/// The contract of [`Block::products`].
#[target_feature(enable = "neon,dotprod")]
unsafe fn dot_products<const R: usize, const Q: usize>(
    rows: [*const u8; R],
    queries: [*const i8; Q],
    stride: usize,
) -> [[i32; Q]; R] {
    let mut sums = [[vdupq_n_s32(0); Q]; R];
    for at in (0..stride).step_by(STEP) {
        // SAFETY: `stride` is a multiple of STEP, so STEP bytes from `at` on are part of each row.
        let (low, high) = unsafe { nibbles(rows, at) };
        for query in 0..Q {
            // SAFETY: as for the rows.
            let (for_low, for_high) = unsafe { elements(queries[query], stride, at) };
            for row in 0..R {
                sums[row][query] = dot_product(sums[row][query], low[row], for_low);
            }
            for row in 0..R {
                sums[row][query] = dot_product(sums[row][query], high[row], for_high);
            }
        }
    }
    totals(sums)
}

/// Lane i of the sum grows by the products of bytes 4i to 4i + 3. The intrinsic for it is not stable yet.
#[inline]
#[target_feature(enable = "neon,dotprod")]
fn dot_product(mut sum: int32x4_t, a: int8x16_t, b: int8x16_t) -> int32x4_t {
    // SAFETY: the instruction works on these three registers only, and the CPU has it, as the function's
    // target features say.
    unsafe {
        asm!(
            "sdot {sum:v}.4s, {a:v}.16b, {b:v}.16b",
            sum = inout(vreg) sum,
            a = in(vreg) a,
            b = in(vreg) b,
            options(pure, nomem, nostack, preserves_flags),
        );
    }
    sum
}

/// `smlal`: products added to 16-bit sums, which are widened before they can overflow.
struct Widening;

/// Bytes of a row between two widenings. Each of the eight 16-bit sums takes a product of every fourth
/// number: 2 · 64 numbers make 16 products of at most 15 · 127, which is 30,480 of 32,767.
const BYTES_TO_WIDEN: usize = 64;

impl Block for Widening {
    unsafe fn products<const R: usize, const Q: usize>(
        rows: [*const u8; R],
        queries: [*const i8; Q],
        stride: usize,
    ) -> [[i32; Q]; R] {
        // SAFETY: NEON is there on every AArch64 target that this file is compiled for.
        let mut sums = unsafe { [[vdupq_n_s32(0); Q]; R] };
        for start in (0..stride).step_by(BYTES_TO_WIDEN) {
            // SAFETY: as above.
            let mut narrow = unsafe { [[vdupq_n_s16(0); Q]; R] };
            for at in (start..stride.min(start + BYTES_TO_WIDEN)).step_by(STEP) {
                // SAFETY: `stride` is a multiple of STEP, so STEP bytes from `at` on are part of each row.
                let (low, high) = unsafe { nibbles(rows, at) };
                for query in 0..Q {
                    // SAFETY: as for the rows.
                    let (for_low, for_high) = unsafe { elements(queries[query], stride, at) };
                    for row in 0..R {
                        narrow[row][query] = multiply_add(narrow[row][query], low[row], for_low);
                        narrow[row][query] = multiply_add(narrow[row][query], high[row], for_high);
                    }
                }
            }
            for row in 0..R {
                for query in 0..Q {
                    // SAFETY: as for the first.
                    sums[row][query] = unsafe { vpadalq_s16(sums[row][query], narrow[row][query]) };
                }
            }
        }
        totals(sums)
    }
}

/// Lane i of the sum grows by the products of bytes i and i + 8.
#[inline(always)]
fn multiply_add(sum: int16x8_t, a: int8x16_t, b: int8x16_t) -> int16x8_t {
    // SAFETY: NEON as for `nibbles`.
    unsafe { vmlal_high_s8(vmlal_s8(sum, vget_low_s8(a), vget_low_s8(b)), a, b) }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use crate::domain::InstructionSet;

    use super::Kernel;

    #[test]
    fn the_kernels_are_those_that_the_system_says_the_cpu_can_run() {
        // SAFETY: the function reads a table that the system gave the process.
        let has_dot_product = unsafe { libc::getauxval(libc::AT_HWCAP) } & libc::HWCAP_ASIMDDP != 0;
        let mut expected = vec![InstructionSet::Scalar, InstructionSet::Neon];
        expected.extend(has_dot_product.then_some(InstructionSet::NeonDot));
        let found: Vec<InstructionSet> = Kernel::available().iter().map(Kernel::instruction_set).collect();
        assert_eq!(found, expected);
    }
}
