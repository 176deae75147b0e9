//! Registers of 128 bits: the CPUs of 2008 and later. As in `avx2`, pairs of products are summed in 16 bits.

use std::arch::x86_64::*;

use super::lanes::{Lanes, kernel};

kernel!(Sse41, "ssse3,sse4.1");

#[derive(Clone, Copy)]
struct Sse41(__m128i);

impl Lanes for Sse41 {
    const BYTES: usize = 16;

    #[inline(always)]
    unsafe fn zero() -> Self {
        // SAFETY: the CPU has SSE4.1.
        Sse41(unsafe { _mm_setzero_si128() })
    }

    #[inline(always)]
    unsafe fn load(from: *const u8) -> Self {
        // SAFETY: the CPU has SSE4.1, and the bytes are readable.
        Sse41(unsafe { _mm_loadu_si128(from.cast()) })
    }

    #[inline(always)]
    unsafe fn load_step(from: *const u8) -> Self {
        // SAFETY: the CPU has SSE4.1, and the bytes are readable.
        unsafe { Self::load(from) }
    }

    #[inline(always)]
    unsafe fn split(self) -> (Self, Self) {
        // SAFETY: the CPU has SSE4.1.
        unsafe {
            let mask = _mm_set1_epi8(15);
            (Sse41(_mm_and_si128(self.0, mask)), Sse41(_mm_and_si128(_mm_srli_epi16::<4>(self.0), mask)))
        }
    }

    #[inline(always)]
    unsafe fn accumulate(self, numbers: Self, query: Self) -> Self {
        // SAFETY: the CPU has SSE4.1.
        Sse41(unsafe { _mm_add_epi16(self.0, _mm_maddubs_epi16(numbers.0, query.0)) })
    }

    #[inline(always)]
    unsafe fn widen(self, one: Self, other: Self) -> Self {
        // SAFETY: the CPU has SSE4.1.
        unsafe {
            let ones = _mm_set1_epi16(1);
            let both = _mm_add_epi32(_mm_madd_epi16(one.0, ones), _mm_madd_epi16(other.0, ones));
            Sse41(_mm_add_epi32(self.0, both))
        }
    }

    #[inline(always)]
    unsafe fn totals(sums: [Self; 4]) -> __m128i {
        // SAFETY: the CPU has SSE4.1.
        unsafe { _mm_hadd_epi32(_mm_hadd_epi32(sums[0].0, sums[1].0), _mm_hadd_epi32(sums[2].0, sums[3].0)) }
    }
}
