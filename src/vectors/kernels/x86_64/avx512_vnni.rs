//! Registers of 512 bits with the dot product instruction. A row may end with half a register.

use std::arch::x86_64::*;

use super::lanes::{Lanes, kernel};

kernel!(Avx512Vnni, "avx512f,avx512bw,avx512vl,avx512vnni");

#[derive(Clone, Copy)]
struct Avx512Vnni(__m512i);

impl Lanes for Avx512Vnni {
    const BYTES: usize = 64;

    #[inline(always)]
    unsafe fn zero() -> Self {
        // SAFETY: the CPU has AVX-512 with VNNI.
        Avx512Vnni(unsafe { _mm512_setzero_si512() })
    }

    #[inline(always)]
    unsafe fn load(from: *const u8) -> Self {
        // SAFETY: the CPU has AVX-512 with VNNI, and the bytes are readable.
        Avx512Vnni(unsafe { _mm512_loadu_si512(from.cast()) })
    }

    #[inline(always)]
    unsafe fn load_step(from: *const u8) -> Self {
        // SAFETY: the CPU has AVX-512 with VNNI, and the bytes are readable.
        Avx512Vnni(unsafe { _mm512_zextsi256_si512(_mm256_loadu_si256(from.cast())) })
    }

    #[inline(always)]
    unsafe fn split(self) -> (Self, Self) {
        // SAFETY: the CPU has AVX-512 with VNNI.
        unsafe {
            let mask = _mm512_set1_epi8(15);
            let high = _mm512_and_si512(_mm512_srli_epi16::<4>(self.0), mask);
            (Avx512Vnni(_mm512_and_si512(self.0, mask)), Avx512Vnni(high))
        }
    }

    #[inline(always)]
    unsafe fn accumulate(self, numbers: Self, query: Self) -> Self {
        // SAFETY: the CPU has AVX-512 with VNNI.
        Avx512Vnni(unsafe { _mm512_dpbusd_epi32(self.0, numbers.0, query.0) })
    }

    #[inline(always)]
    unsafe fn widen(self, one: Self, other: Self) -> Self {
        // SAFETY: the CPU has AVX-512 with VNNI.
        Avx512Vnni(unsafe { _mm512_add_epi32(self.0, _mm512_add_epi32(one.0, other.0)) })
    }

    #[inline(always)]
    unsafe fn totals(sums: [Self; 4]) -> __m128i {
        // SAFETY: the CPU has AVX-512 with VNNI.
        unsafe {
            let [a, b, c, d] = [sums[0].0, sums[1].0, sums[2].0, sums[3].0];
            let ab = _mm512_add_epi32(_mm512_unpacklo_epi32(a, b), _mm512_unpackhi_epi32(a, b));
            let cd = _mm512_add_epi32(_mm512_unpacklo_epi32(c, d), _mm512_unpackhi_epi32(c, d));
            let all = _mm512_add_epi32(_mm512_unpacklo_epi64(ab, cd), _mm512_unpackhi_epi64(ab, cd));
            let half = _mm256_add_epi32(_mm512_castsi512_si256(all), _mm512_extracti64x4_epi64::<1>(all));
            _mm_add_epi32(_mm256_castsi256_si128(half), _mm256_extracti128_si256::<1>(half))
        }
    }
}
