//! The portable kernel: plain Rust in a shape that compilers turn into vector instructions.

use std::slice;

use super::Functions;

/// See [`super`]: the oracle of all others.
pub const FUNCTIONS: Functions = Functions { dots, gathered, batch };

/// # Safety
/// The contract of [`Functions`].
unsafe fn dots(rows: *const u8, count: usize, stride: usize, query: *const i8, out: *mut i32) {
    // SAFETY: a batch of one has the same contract.
    unsafe { batch(rows, count, stride, query, 1, out) }
}

/// # Safety
/// The contract of [`Functions`].
unsafe fn gathered(rows: *const &[u8], count: usize, stride: usize, query: *const i8, out: *mut i32) {
    // SAFETY: by the contract there are `count` rows and results, and 2 * stride bytes of query.
    let (rows, query, out) = unsafe {
        (
            slice::from_raw_parts(rows, count),
            slice::from_raw_parts(query, 2 * stride),
            slice::from_raw_parts_mut(out, count),
        )
    };
    for (row, result) in rows.iter().zip(out) {
        *result = nibble_dot(&row[..stride], query);
    }
}

/// # Safety
/// The contract of [`Functions`].
unsafe fn batch(rows: *const u8, count: usize, stride: usize, query: *const i8, queries: usize, out: *mut i32) {
    // SAFETY: by the contract all three are as long as this, and `out` is nobody else's.
    let (rows, query, out) = unsafe {
        (
            slice::from_raw_parts(rows, count * stride),
            slice::from_raw_parts(query, 2 * stride * queries),
            slice::from_raw_parts_mut(out, count * queries),
        )
    };
    for (row, results) in rows.chunks_exact(stride).zip(out.chunks_exact_mut(queries)) {
        for (one, result) in query.chunks_exact(2 * stride).zip(results) {
            *result = nibble_dot(row, one);
        }
    }
}

fn nibble_dot(row: &[u8], query: &[i8]) -> i32 {
    let (low, high) = query.split_at(row.len());
    let products = row.iter().zip(low.iter().zip(high));
    // The contract rules an overflow out; a check for it would keep the loop from vector instructions.
    products
        .map(|(byte, (low, high))| i32::from(byte & 15) * i32::from(*low) + i32::from(byte >> 4) * i32::from(*high))
        .fold(0, i32::wrapping_add)
}

/// Independent sums: enough to hide the latency of an addition, and a fixed order of summing, so
/// that the result is the same bytes on every machine.
pub(super) const LANES: usize = 16;

/// Σ aᵢ·bᵢ over the length of the shorter: the same bytes on every machine, whatever it computes with.
pub fn dot(a: &[f32], b: &[f32]) -> f32 {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") {
        // SAFETY: the CPU has AVX2, which is all that the function needs beyond safe code.
        return unsafe { dot_with_avx2(a, b) };
    }
    dot_in_order(a, b)
}

/// Compiled for wider registers; without fused operations, which would round differently.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn dot_with_avx2(a: &[f32], b: &[f32]) -> f32 {
    dot_in_order(a, b)
}

#[inline(always)]
pub(super) fn dot_in_order(a: &[f32], b: &[f32]) -> f32 {
    let length = a.len().min(b.len());
    let (a, b) = (&a[..length], &b[..length]);
    let mut sums = [0.0_f32; LANES];
    let (a_blocks, b_blocks) = (a.chunks_exact(LANES), b.chunks_exact(LANES));
    let tail: f32 = a_blocks.remainder().iter().zip(b_blocks.remainder()).map(|(x, y)| x * y).sum();
    for (x, y) in a_blocks.zip(b_blocks) {
        for lane in 0..LANES {
            sums[lane] += x[lane] * y[lane];
        }
    }
    fold(&sums) + tail
}

/// The sum of all lanes, by halves. Out of line: seen together with it, compilers arrange the loop before it for the last
/// halving, in pairs, and take twice the time.
#[inline(never)]
pub(super) fn fold(sums: &[f32; LANES]) -> f32 {
    let mut sums = *sums;
    let mut width = LANES / 2;
    while width > 0 {
        for lane in 0..width {
            sums[lane] += sums[lane + width];
        }
        width /= 2;
    }
    sums[0]
}

#[cfg(test)]
mod tests {
    use super::{dot, dot_in_order};

    #[test]
    fn agrees_with_double_precision() {
        for length in [0, 1, 15, 16, 17, 384, 1_000] {
            let a: Vec<f32> = (0..length).map(|i| ((i * 37 % 101) as f32 - 50.0) / 50.0).collect();
            let b: Vec<f32> = (0..length).map(|i| ((i * 53 % 97) as f32 - 48.0) / 48.0).collect();
            let exact: f64 = a.iter().zip(&b).map(|(&x, &y)| f64::from(x) * f64::from(y)).sum();
            assert!((f64::from(dot(&a, &b)) - exact).abs() < 1e-4, "length {length}");
            assert_eq!(dot(&a, &b).to_bits(), dot_in_order(&a, &b).to_bits(), "length {length}");
        }
    }
}
