//! The inner products of one vector with several: the same bytes as `scalar::dot`, in less time, since sums of four
//! rows run side by side and hide each other's latency. For attention over a history, and for centroids.

use super::scalar::{LANES, dot_in_order, fold};

/// Rows whose sums are kept in registers at once.
const ROWS: usize = 4;

/// `out[r]` = a · rows[r], each over the length of the shorter, for as many rows as there are places; see
/// [`super::dot`].
pub fn dot_each(a: &[f32], rows: &[&[f32]], out: &mut [f32]) {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") {
        // SAFETY: the CPU has AVX2, which is all that the function needs beyond safe code.
        return unsafe { dot_each_with_avx2(a, rows, out) };
    }
    dot_each_in_order(a, rows, out);
}

/// Compiled for wider registers; without fused operations, which would round differently.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn dot_each_with_avx2(a: &[f32], rows: &[&[f32]], out: &mut [f32]) {
    dot_each_in_order(a, rows, out);
}

#[inline(always)]
fn dot_each_in_order(a: &[f32], rows: &[&[f32]], out: &mut [f32]) {
    let count = rows.len().min(out.len());
    let (fours, rest) = rows[..count].as_chunks::<ROWS>();
    let (four_places, rest_places) = out[..count].as_chunks_mut::<ROWS>();
    for (rows, places) in fours.iter().zip(four_places) {
        if rows.iter().all(|row| row.len() == a.len()) {
            *places = dot_four(a, rows);
        } else {
            *places = rows.map(|row| dot_in_order(a, row));
        }
    }
    for (row, place) in rest.iter().zip(rest_places) {
        *place = dot_in_order(a, row);
    }
}

/// Of rows as long as `a`.
#[inline(always)]
fn dot_four(a: &[f32], rows: &[&[f32]; ROWS]) -> [f32; ROWS] {
    let (blocks, a_tail) = a.as_chunks::<LANES>();
    let [first, second, third, fourth] = rows.map(|row| row.as_chunks::<LANES>().0);
    let mut sums = [[0.0_f32; LANES]; ROWS];
    for ((((x, first), second), third), fourth) in blocks.iter().zip(first).zip(second).zip(third).zip(fourth) {
        for (sums, y) in sums.iter_mut().zip([first, second, third, fourth]) {
            for lane in 0..LANES {
                sums[lane] += x[lane] * y[lane];
            }
        }
    }
    let mut products = [0.0; ROWS];
    for ((product, sums), row) in products.iter_mut().zip(&sums).zip(rows) {
        let tail: f32 = a_tail.iter().zip(&row[row.len() - a_tail.len()..]).map(|(x, y)| x * y).sum();
        *product = fold(sums) + tail;
    }
    products
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vectors::dot;

    #[test]
    fn gives_the_same_bytes_as_one_after_the_other() {
        for length in [0, 1, 15, 16, 17, 384, 1_000] {
            let a: Vec<f32> = (0..length).map(|at| ((at * 37 % 101) as f32 - 50.0) / 50.0).collect();
            let rows: Vec<Vec<f32>> = (0..11)
                .map(|row| (0..length + row / 10).map(|at| ((at * 53 + row * 7) % 97) as f32 / 48.0 - 1.0).collect())
                .collect();
            let rows: Vec<&[f32]> = rows.iter().map(Vec::as_slice).collect();
            for count in 0..=rows.len() {
                let (mut out, mut plain) = (vec![f32::NAN; count], vec![f32::NAN; count]);
                dot_each(&a, &rows, &mut out);
                dot_each_in_order(&a, &rows, &mut plain);
                for ((found, plain), row) in out.iter().zip(&plain).zip(&rows) {
                    assert_eq!(found.to_bits(), dot(&a, row).to_bits(), "{count} rows of {length}");
                    assert_eq!(found.to_bits(), plain.to_bits(), "{count} rows of {length}");
                }
            }
        }
    }
}
