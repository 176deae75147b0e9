//! Which of a kernel's results are large enough: the comparison that follows every inner product, in a
//! shape that compilers turn into vector instructions. A result r of a row with step s passes when
//! s · (slope · r + offset) >= threshold.

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

/// Bit q of the word is set where result q of one row passes the bar of query q, for up to 64 queries.
///
/// # Panics
/// When there are fewer bars of any kind than results, or more than 64 results.
pub fn passing_queries(results: &[i32], scale: f32, slopes: &[f32], offsets: &[f32], thresholds: &[f32]) -> u64 {
    let count = results.len();
    assert!(count <= WORD_BITS, "more results than bits");
    let (slopes, offsets, thresholds) = (&slopes[..count], &offsets[..count], &thresholds[..count]);
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") {
        // SAFETY: as above.
        return unsafe { queries_with_avx2(results, scale, slopes, offsets, thresholds) };
    }
    queries(results, scale, slopes, offsets, thresholds)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn rows_with_avx2(results: &[i32], scales: &[f32], bar: Bar, words: &mut [u64]) {
    rows(results, scales, bar, words);
}

/// Eight at a time, as one row of a batch has too few results for what a compiler makes of the loop.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn queries_with_avx2(results: &[i32], scale: f32, slopes: &[f32], offsets: &[f32], thresholds: &[f32]) -> u64 {
    use std::arch::x86_64::*;

    let whole = results.len() / 8 * 8;
    let rest = queries(&results[whole..], scale, &slopes[whole..], &offsets[whole..], &thresholds[whole..]);
    let mut bits = if whole < WORD_BITS { rest << whole } else { 0 };
    for first in (0..whole).step_by(8) {
        // SAFETY: all four slices have at least `whole` elements, and `first + 8 <= whole`.
        let (results, slopes, offsets, thresholds) = unsafe {
            (
                _mm256_loadu_si256(results.as_ptr().add(first).cast()),
                _mm256_loadu_ps(slopes.as_ptr().add(first)),
                _mm256_loadu_ps(offsets.as_ptr().add(first)),
                _mm256_loadu_ps(thresholds.as_ptr().add(first)),
            )
        };
        let score = _mm256_add_ps(_mm256_mul_ps(slopes, _mm256_cvtepi32_ps(results)), offsets);
        let passes = _mm256_cmp_ps::<_CMP_GE_OQ>(_mm256_mul_ps(_mm256_set1_ps(scale), score), thresholds);
        bits |= (_mm256_movemask_ps(passes) as u32 as u64) << first;
    }
    bits
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

#[inline(always)]
fn queries(results: &[i32], scale: f32, slopes: &[f32], offsets: &[f32], thresholds: &[f32]) -> u64 {
    let mut flags = [0_u8; WORD_BITS];
    let bars = slopes.iter().zip(offsets).zip(thresholds);
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
            for index in 0..256 {
                let expected = index < count && passes(index);
                assert_eq!(words[index / 64] >> (index % 64) & 1 == 1, expected, "row {index} of {count}");
            }
        }
        let (slopes, offsets): (Vec<f32>, Vec<f32>) = (0..64).map(|q| (q as f32 / 10.0, 3.0 - q as f32)).unzip();
        let thresholds: Vec<f32> = (0..64).map(|q| q as f32 - 20.0).collect();
        for count in [0, 1, 8, 33, 64] {
            let word = passing_queries(&results[..count], 1.5, &slopes, &offsets, &thresholds);
            for q in 0..64 {
                let expected = q < count && 1.5 * (slopes[q] * results[q] as f32 + offsets[q]) >= thresholds[q];
                assert_eq!(word >> q & 1 == 1, expected, "query {q} of {count}");
            }
        }
    }
}
