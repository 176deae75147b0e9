//! Which of a kernel's results are large enough: the comparison that follows every inner product, in a
//! shape that compilers turn into vector instructions. A result r of a row with step s passes when
//! s · (slope · r + offset) >= threshold, and none does when that is no number.

use std::ops::Range;

/// What a query asks of its results.
#[derive(Debug, Clone, Copy, Default)]
pub struct Bar {
    pub slope: f32,
    pub offset: f32,
    pub threshold: f32,
}

const WORD_BITS: usize = u64::BITS as usize;

/// Sets bit i of `words` where the result of row i passes, for one query and as many rows as results.
///
/// # Panics
/// When there are fewer scales than results, or not enough words.
pub fn passing_rows(results: &[i32], scales: &[f32], bar: Bar, words: &mut [u64]) {
    assert!(scales.len() >= results.len() && words.len() * WORD_BITS >= results.len(), "too few scales or words");
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") {
        // SAFETY: the CPU has AVX2, which is all that the function needs beyond safe code.
        return unsafe { rows_with_avx2(results, scales, bar, words) };
    }
    rows(results, scales, bar, words);
}

/// What several queries ask of their results: of each kind as many values as there are queries.
#[derive(Debug, Clone, Copy)]
pub struct Bars<'b> {
    pub slopes: &'b [f32],
    pub offsets: &'b [f32],
    pub thresholds: &'b [f32],
}

impl<'b> Bars<'b> {
    #[inline(always)]
    fn of(self, queries: Range<usize>) -> Bars<'b> {
        Bars {
            slopes: &self.slopes[queries.clone()],
            offsets: &self.offsets[queries.clone()],
            thresholds: &self.thresholds[queries],
        }
    }
}

/// Sets bit q of `words[r]` where result q of row r, `results[r * queries + q]`, passes the bar of query q,
/// for as many rows as words. More than 64 queries share the bits: query q has bit q % 64.
///
/// # Panics
/// When there are fewer results or scales than rows, or bars of one kind than of another.
pub fn passing_queries(results: &[i32], scales: &[f32], bars: Bars<'_>, words: &mut [u64]) {
    let (count, rows) = (bars.slopes.len(), words.len());
    assert!(bars.offsets.len() == count && bars.thresholds.len() == count, "bars of each kind for all queries");
    assert!(scales.len() >= rows && results.len() >= rows * count, "too few scales or results");
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") {
        // SAFETY: as above.
        return unsafe { queries_with_avx2(results, scales, bars, words) };
    }
    queries_from(0, results, scales, bars, words);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn rows_with_avx2(results: &[i32], scales: &[f32], bar: Bar, words: &mut [u64]) {
    rows(results, scales, bar, words);
}

/// Eight queries at a time with all rows: what they ask stays in registers.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn queries_with_avx2(results: &[i32], scales: &[f32], bars: Bars<'_>, words: &mut [u64]) {
    use std::arch::x86_64::*;

    let count = bars.slopes.len();
    let whole = count - count % 8;
    queries_from(whole, results, scales, bars, words);
    for first in (0..whole).step_by(8) {
        let eight = bars.of(first..first + 8);
        // SAFETY: each slice has eight elements.
        let (slopes, offsets, thresholds) = unsafe {
            (
                _mm256_loadu_ps(eight.slopes.as_ptr()),
                _mm256_loadu_ps(eight.offsets.as_ptr()),
                _mm256_loadu_ps(eight.thresholds.as_ptr()),
            )
        };
        for ((word, scale), results) in words.iter_mut().zip(scales).zip(results[first..].chunks(count)) {
            // SAFETY: the slice has eight elements.
            let results = unsafe { _mm256_loadu_si256(results[..8].as_ptr().cast()) };
            let score = _mm256_add_ps(_mm256_mul_ps(slopes, _mm256_cvtepi32_ps(results)), offsets);
            let passes = _mm256_cmp_ps::<_CMP_GE_OQ>(_mm256_mul_ps(_mm256_set1_ps(*scale), score), thresholds);
            *word |= u64::from(_mm256_movemask_ps(passes) as u32) << (first % WORD_BITS);
        }
    }
}

#[inline(always)]
fn rows(results: &[i32], scales: &[f32], bar: Bar, words: &mut [u64]) {
    for ((results, scales), word) in results.chunks(WORD_BITS).zip(scales.chunks(WORD_BITS)).zip(words) {
        let mut flags = [0_u8; WORD_BITS];
        for ((flag, result), scale) in flags.iter_mut().zip(results).zip(scales) {
            *flag = u8::from(scale * (bar.slope * *result as f32 + bar.offset) >= bar.threshold);
        }
        *word = bits_of(&flags);
    }
}

/// Sets the words to the bits of the queries from `first` on: all of them, or fewer than eight.
#[inline(always)]
fn queries_from(first: usize, results: &[i32], scales: &[f32], bars: Bars<'_>, words: &mut [u64]) {
    let count = bars.slopes.len();
    for ((word, scale), results) in words.iter_mut().zip(scales).zip(results.chunks_exact(count)) {
        *word = 0;
        for start in (first..count).step_by(WORD_BITS) {
            let end = count.min(start + WORD_BITS);
            *word |= bits_of_row(&results[start..end], *scale, bars.of(start..end)) << (start % WORD_BITS);
        }
    }
}

#[inline(always)]
fn bits_of_row(results: &[i32], scale: f32, bars: Bars<'_>) -> u64 {
    let mut flags = [0_u8; WORD_BITS];
    let bars = bars.slopes.iter().zip(bars.offsets).zip(bars.thresholds);
    for ((flag, result), ((slope, offset), threshold)) in flags.iter_mut().zip(results).zip(bars) {
        *flag = u8::from(scale * (slope * *result as f32 + offset) >= *threshold);
    }
    bits_of(&flags)
}

/// 64 bytes of 0 or 1 as bits. The factor moves the lowest bit of byte i to bit 56 + i.
#[inline(always)]
fn bits_of(flags: &[u8; WORD_BITS]) -> u64 {
    let (eights, _) = flags.as_chunks::<8>();
    let bytes = eights.iter().map(|eight| u64::from_le_bytes(*eight).wrapping_mul(0x0102_0408_1020_4080) >> 56);
    bytes.enumerate().fold(0, |bits, (index, byte)| bits | byte << (8 * index))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_are_set_where_results_pass() {
        let results: Vec<i32> = (0..200).map(|index| index * 7_919 % 1_000 - 500).collect();
        let scales: Vec<f32> = (0..200).map(|index| 0.5 + (index % 3) as f32).collect();
        let bar = Bar { slope: 0.1, offset: 1.0, threshold: 12.5 };
        let passes = |index: usize| scales[index] * (0.1 * results[index] as f32 + 1.0) >= 12.5;
        for count in [0, 1, 63, 64, 65, 200] {
            let mut words = [0; 4];
            passing_rows(&results[..count], &scales, bar, &mut words);
            let mut portable = [0; 4];
            rows(&results[..count], &scales, bar, &mut portable);
            assert_eq!(portable, words, "{count} rows");
            for index in 0..256 {
                let expected = index < count && passes(index);
                assert_eq!(words[index / 64] >> (index % 64) & 1 == 1, expected, "row {index} of {count}");
            }
        }
        let (slopes, offsets): (Vec<f32>, Vec<f32>) = (0..70).map(|q| (q as f32 / 10.0, 3.0 - q as f32)).unzip();
        let thresholds: Vec<f32> = (0..70).map(|q| q as f32 - 20.0).collect();
        for count in [1, 8, 33, 64, 70] {
            let bars = Bars { slopes: &slopes, offsets: &offsets, thresholds: &thresholds }.of(0..count);
            let mut words = vec![u64::MAX; results.len() / count];
            passing_queries(&results, &scales, bars, &mut words);
            let mut portable = vec![u64::MAX; words.len()];
            queries_from(0, &results, &scales, bars, &mut portable);
            assert_eq!(portable, words, "{count} queries");
            for (row, word) in words.into_iter().enumerate() {
                let passes = |q: usize| {
                    scales[row] * (slopes[q] * results[row * count + q] as f32 + offsets[q]) >= thresholds[q]
                };
                let expected = (0..count).filter(|q| passes(*q)).fold(0, |bits, q| bits | 1 << (q % 64));
                assert_eq!(word, expected, "row {row} of {count} queries");
            }
        }
    }
}
