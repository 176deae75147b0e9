//! Registers of 256 bits with the dot product instruction: four products summed in 32 bits at once.

use std::arch::x86_64::*;

use super::avx2;
use super::lanes::{Lanes, kernel};

kernel!(AvxVnni, "avx2,avxvnni");

#[derive(Clone, Copy)]
struct AvxVnni(__m256i);

impl Lanes for AvxVnni {
    const BYTES: usize = 32;

    #[inline(always)]
    unsafe fn zero() -> Self {
        // SAFETY: the CPU has AVX2 and AVX-VNNI.
        AvxVnni(unsafe { _mm256_setzero_si256() })
    }

    #[inline(always)]
    unsafe fn load(from: *const u8) -> Self {
        // SAFETY: the CPU has AVX2 and AVX-VNNI, and the bytes are readable.
        AvxVnni(unsafe { _mm256_loadu_si256(from.cast()) })
    }

    #[inline(always)]
    unsafe fn load_step(from: *const u8) -> Self {
        // SAFETY: the CPU has AVX2 and AVX-VNNI, and the bytes are readable.
        unsafe { Self::load(from) }
    }

    #[inline(always)]
    unsafe fn split(self) -> (Self, Self) {
        // SAFETY: the CPU has AVX2 and AVX-VNNI.
        let (low, high) = unsafe { avx2::split(self.0) };
        (AvxVnni(low), AvxVnni(high))
    }

    #[inline(always)]
    unsafe fn accumulate(self, numbers: Self, query: Self) -> Self {
        // SAFETY: the CPU has AVX2 and AVX-VNNI.
        AvxVnni(unsafe { _mm256_dpbusd_avx_epi32(self.0, numbers.0, query.0) })
    }

    #[inline(always)]
    unsafe fn widen(self, one: Self, other: Self) -> Self {
        // SAFETY: the CPU has AVX2 and AVX-VNNI.
        AvxVnni(unsafe { _mm256_add_epi32(self.0, _mm256_add_epi32(one.0, other.0)) })
    }

    #[inline(always)]
    unsafe fn totals(sums: [Self; 4]) -> __m128i {
        // SAFETY: the CPU has AVX2 and AVX-VNNI.
        unsafe { avx2::totals(sums.map(|sum| sum.0)) }
    }
}
