//! SSE2, which is part of every x86-64 processor.

#![allow(unsafe_code, reason = "vector instructions")]

use std::arch::x86_64::*;

use crate::webp::vp8::filter::EdgeSamples;
use crate::webp::vp8::transform::Subblock;

/// Like `portable::inverse_dct_add`.
#[inline(always)]
pub(crate) fn inverse_dct_add(block: &[i16; 16], subblock: &mut Subblock) {
    // SAFETY: every x86-64 processor has SSE2.
    unsafe { inverse_dct_add_sse2(block, subblock) }
}

#[target_feature(enable = "sse2")]
#[inline]
fn inverse_dct_add_sse2(block: &[i16; 16], subblock: &mut Subblock) {
    let [upper, lower] = bytemuck::cast::<_, [__m128i; 2]>(*block);
    let (upper, lower) = pass(upper, lower);
    let rounding = _mm_set_epi16(0, 0, 0, 0, 4, 4, 4, 4);
    let (upper, lower) = pass(_mm_add_epi16(upper, rounding), lower);
    let samples = bytemuck::cast::<_, __m128i>(*subblock);
    let zero = _mm_setzero_si128();
    let upper = _mm_adds_epi16(_mm_unpacklo_epi8(samples, zero), _mm_srai_epi16::<3>(upper));
    let lower = _mm_adds_epi16(_mm_unpackhi_epi8(samples, zero), _mm_srai_epi16::<3>(lower));
    *subblock = bytemuck::cast(_mm_packus_epi16(upper, lower));
}

/// Transforms the columns of a block, then transposes it. Each vector holds two rows.
#[target_feature(enable = "sse2")]
#[inline]
fn pass(upper: __m128i, lower: __m128i) -> (__m128i, __m128i) {
    let even = _mm_unpacklo_epi64(upper, lower);
    let odd = _mm_unpackhi_epi64(upper, lower);
    let swap = |halves| _mm_shuffle_epi32::<0b01_00_11_10>(halves);
    let sine = _mm_add_epi16(_mm_mulhi_epi16(odd, _mm_set1_epi16(35_468_u16.cast_signed())), odd);
    let cosine = _mm_add_epi16(_mm_mulhi_epi16(odd, _mm_set1_epi16(20_091)), odd);
    // Only the lower half of each vector matters.
    let (a, b) = (_mm_add_epi16(even, swap(even)), _mm_sub_epi16(even, swap(even)));
    let (c, d) = (_mm_sub_epi16(sine, swap(cosine)), _mm_add_epi16(cosine, swap(sine)));
    let (base, change) = (_mm_unpacklo_epi64(a, b), _mm_unpacklo_epi64(d, c));
    let (first, last) = (_mm_add_epi16(base, change), swap(_mm_sub_epi16(base, change)));
    let (even, odd) = (_mm_unpacklo_epi16(first, last), _mm_unpackhi_epi16(first, last));
    (_mm_unpacklo_epi16(even, odd), _mm_unpackhi_epi16(even, odd))
}

/// A step of transposing 128 bytes: rotates the seven bits of each byte's index by one.
#[target_feature(enable = "sse2")]
#[inline]
fn rotate(v: [__m128i; 8]) -> [__m128i; 8] {
    let low = |i: usize| _mm_unpacklo_epi8(v[i], v[i + 4]);
    let high = |i: usize| _mm_unpackhi_epi8(v[i], v[i + 4]);
    [low(0), high(0), low(1), high(1), low(2), high(2), low(3), high(3)]
}

/// Transposes 16 rows of 8 samples to 8 columns: in the index of each byte, the four bits of the
/// row and the three bits of the column trade places.
#[inline(always)]
pub(crate) fn rows_to_columns(rows: &[[u8; 8]; 16]) -> EdgeSamples {
    // SAFETY: every x86-64 processor has SSE2.
    unsafe { rows_to_columns_sse2(rows) }
}

#[target_feature(enable = "sse2")]
#[inline]
fn rows_to_columns_sse2(rows: &[[u8; 8]; 16]) -> EdgeSamples {
    bytemuck::cast(rotate(rotate(rotate(rotate(bytemuck::cast(*rows))))))
}

/// Transposes 8 columns to 16 rows of 8 samples.
#[inline(always)]
pub(crate) fn columns_to_rows(columns: &EdgeSamples) -> [[u8; 8]; 16] {
    // SAFETY: every x86-64 processor has SSE2.
    unsafe { columns_to_rows_sse2(columns) }
}

#[target_feature(enable = "sse2")]
#[inline]
fn columns_to_rows_sse2(columns: &EdgeSamples) -> [[u8; 8]; 16] {
    bytemuck::cast(rotate(rotate(rotate(bytemuck::cast(*columns)))))
}
