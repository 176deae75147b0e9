//! Registers of 256 bits without a dot product instruction. A pair of products is at most
//! 2 · 15 · 127 = 3,810, so that eight of them fit the 16 bits that `maddubs` sums in; the sums are
//! widened after six.

use std::arch::x86_64::*;

use super::lanes::{Lanes, kernel};

kernel!(Avx2, "avx2");

#[derive(Clone, Copy)]
struct Avx2(__m256i);

impl Lanes for Avx2 {
    const BYTES: usize = 32;

    #[inline(always)]
    unsafe fn zero() -> Self {
        // SAFETY: the CPU has AVX2.
        Avx2(unsafe { _mm256_setzero_si256() })
    }

    #[inline(always)]
    unsafe fn load(from: *const u8) -> Self {
        // SAFETY: the CPU has AVX2, and the bytes are readable.
        Avx2(unsafe { _mm256_loadu_si256(from.cast()) })
    }

    #[inline(always)]
    unsafe fn load_step(from: *const u8) -> Self {
        // SAFETY: the CPU has AVX2, and the bytes are readable.
        unsafe { Self::load(from) }
    }

    #[inline(always)]
    unsafe fn split(self) -> (Self, Self) {
        // SAFETY: the CPU has AVX2.
        let (low, high) = unsafe { split(self.0) };
        (Avx2(low), Avx2(high))
    }

    #[inline(always)]
    unsafe fn accumulate(self, numbers: Self, query: Self) -> Self {
        // SAFETY: the CPU has AVX2.
        Avx2(unsafe { _mm256_add_epi16(self.0, _mm256_maddubs_epi16(numbers.0, query.0)) })
    }

    #[inline(always)]
    unsafe fn widen(self, one: Self, other: Self) -> Self {
        // SAFETY: the CPU has AVX2.
        unsafe {
            let ones = _mm256_set1_epi16(1);
            let both = _mm256_add_epi32(_mm256_madd_epi16(one.0, ones), _mm256_madd_epi16(other.0, ones));
            Avx2(_mm256_add_epi32(self.0, both))
        }
    }

    #[inline(always)]
    unsafe fn totals(sums: [Self; 4]) -> __m128i {
        // SAFETY: the CPU has AVX2.
        unsafe { totals(sums.map(|sum| sum.0)) }
    }
}

/// See `Lanes::split`.
///
/// # Safety
/// The CPU has AVX2.
#[inline(always)]
pub unsafe fn split(bytes: __m256i) -> (__m256i, __m256i) {
    // SAFETY: the CPU has AVX2.
    unsafe {
        let mask = _mm256_set1_epi8(15);
        (_mm256_and_si256(bytes, mask), _mm256_and_si256(_mm256_srli_epi16::<4>(bytes), mask))
    }
}

/// See `Lanes::totals`.
///
/// # Safety
/// The CPU has AVX2.
#[inline(always)]
pub unsafe fn totals(sums: [__m256i; 4]) -> __m128i {
    // SAFETY: the CPU has AVX2.
    unsafe {
        let [a, b, c, d] = sums;
        let ab = _mm256_add_epi32(_mm256_unpacklo_epi32(a, b), _mm256_unpackhi_epi32(a, b));
        let cd = _mm256_add_epi32(_mm256_unpacklo_epi32(c, d), _mm256_unpackhi_epi32(c, d));
        let all = _mm256_add_epi32(_mm256_unpacklo_epi64(ab, cd), _mm256_unpackhi_epi64(ab, cd));
        _mm_add_epi32(_mm256_castsi256_si128(all), _mm256_extracti128_si256::<1>(all))
    }
}
