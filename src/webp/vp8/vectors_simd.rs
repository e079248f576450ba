//! Where bytes must change places within vectors, which compilers do not find by themselves: by hand for x86-64, whose every
//! processor has SSE2, and as loops for others.
//!
//! In: a block of coefficients and samples, or the samples along an edge. Out: the same for both, which a test holds together.
//! Must not know of anything else.

use super::filter::Across;
use super::transform::Square;

#[cfg(target_arch = "x86_64")]
pub(super) use self::by_hand::{add, columns, rows};
#[cfg(not(target_arch = "x86_64"))]
pub(super) use self::plain::{add, columns, rows};

#[cfg(any(test, not(target_arch = "x86_64")))]
pub(super) mod plain {
    use super::{Across, Square};
    use crate::webp::vp8::transform::clip;

    /// Adds a block's differences to samples (section 14.4). Sums have 16 bits, as those of libwebp's vectors; no encoder's
    /// overflow.
    pub(in super::super) fn add(block: &[i16; 16], square: &mut Square) {
        let mut between = [[0; 4]; 4];
        for (i, column) in between.iter_mut().enumerate() {
            *column = pass([block[i], block[4 + i], block[8 + i], block[12 + i]]);
        }
        for (i, samples) in square.iter_mut().enumerate() {
            let [first, others @ ..] = [0, 1, 2, 3].map(|j: usize| between[j][i]);
            let [second, third, fourth] = others;
            for (sample, sum) in samples.iter_mut().zip(pass([first.wrapping_add(4), second, third, fourth]))
            {
                *sample = clip(i16::from(*sample).saturating_add(sum >> 3));
            }
        }
    }

    /// Section 14.4: times the square root of two times the cosine of an eighth of a turn.
    #[inline(always)]
    fn cosine(value: i16) -> i16 {
        high(value, 20_091).wrapping_add(value)
    }

    /// Times the square root of two times its sine, 35468 of 65536.
    #[inline(always)]
    fn sine(value: i16) -> i16 {
        high(value, 35_468_u16.cast_signed()).wrapping_add(value)
    }

    /// The upper half of a product.
    #[inline(always)]
    fn high(a: i16, b: i16) -> i16 {
        let [.., low, high] = i32::from(a).wrapping_mul(i32::from(b)).to_le_bytes();
        i16::from_le_bytes([low, high])
    }

    /// One direction of the transform.
    #[inline(always)]
    fn pass([first, second, third, fourth]: [i16; 4]) -> [i16; 4] {
        let (a, b) = (first.wrapping_add(third), first.wrapping_sub(third));
        let c = sine(second).wrapping_sub(cosine(fourth));
        let d = cosine(second).wrapping_add(sine(fourth));
        [a.wrapping_add(d), b.wrapping_add(c), b.wrapping_sub(c), a.wrapping_sub(d)]
    }

    /// Eight columns out of sixteen rows.
    pub(in super::super) fn columns(rows: &[[u8; 8]; 16]) -> Across {
        std::array::from_fn(|column| std::array::from_fn(|row| rows[row][column]))
    }

    /// Sixteen rows out of eight columns.
    pub(in super::super) fn rows(columns: &Across) -> [[u8; 8]; 16] {
        std::array::from_fn(|row| std::array::from_fn(|column| columns[column][row]))
    }
}

#[cfg(target_arch = "x86_64")]
mod by_hand {
    #![allow(unsafe_code, reason = "vector instructions")]

    use std::arch::x86_64::*;

    use super::{Across, Square};

    /// Adds a block's differences to samples, as its twin.
    #[inline(always)]
    pub(in super::super) fn add(block: &[i16; 16], square: &mut Square) {
        // SAFETY: every x86-64 processor has SSE2.
        unsafe { add_sse2(block, square) }
    }

    #[target_feature(enable = "sse2")]
    #[inline]
    fn add_sse2(block: &[i16; 16], square: &mut Square) {
        let [upper, lower] = bytemuck::cast::<_, [__m128i; 2]>(*block);
        let (upper, lower) = pass(upper, lower);
        let rounding = _mm_set_epi16(0, 0, 0, 0, 4, 4, 4, 4);
        let (upper, lower) = pass(_mm_add_epi16(upper, rounding), lower);
        let samples = bytemuck::cast::<_, __m128i>(*square);
        let zero = _mm_setzero_si128();
        let upper = _mm_adds_epi16(_mm_unpacklo_epi8(samples, zero), _mm_srai_epi16::<3>(upper));
        let lower = _mm_adds_epi16(_mm_unpackhi_epi8(samples, zero), _mm_srai_epi16::<3>(lower));
        *square = bytemuck::cast(_mm_packus_epi16(upper, lower));
    }

    /// One direction of the transform, on columns of a block whose rows stand two in a vector, and a turn.
    #[target_feature(enable = "sse2")]
    #[inline]
    fn pass(upper: __m128i, lower: __m128i) -> (__m128i, __m128i) {
        let even = _mm_unpacklo_epi64(upper, lower);
        let odd = _mm_unpackhi_epi64(upper, lower);
        let swap = |halves| _mm_shuffle_epi32::<0b01_00_11_10>(halves);
        let sine = _mm_add_epi16(_mm_mulhi_epi16(odd, _mm_set1_epi16(35_468_u16.cast_signed())), odd);
        let cosine = _mm_add_epi16(_mm_mulhi_epi16(odd, _mm_set1_epi16(20_091)), odd);
        // In each vector, the lower half counts.
        let (a, b) = (_mm_add_epi16(even, swap(even)), _mm_sub_epi16(even, swap(even)));
        let (c, d) = (_mm_sub_epi16(sine, swap(cosine)), _mm_add_epi16(cosine, swap(sine)));
        let (base, change) = (_mm_unpacklo_epi64(a, b), _mm_unpacklo_epi64(d, c));
        let (first, last) = (_mm_add_epi16(base, change), swap(_mm_sub_epi16(base, change)));
        let (even, odd) = (_mm_unpacklo_epi16(first, last), _mm_unpackhi_epi16(first, last));
        (_mm_unpacklo_epi16(even, odd), _mm_unpackhi_epi16(even, odd))
    }

    /// A step of turning 128 bytes: each byte's number, seven bits, is rotated by one.
    #[target_feature(enable = "sse2")]
    #[inline]
    fn rotate(v: [__m128i; 8]) -> [__m128i; 8] {
        let low = |i: usize| _mm_unpacklo_epi8(v[i], v[i + 4]);
        let high = |i: usize| _mm_unpackhi_epi8(v[i], v[i + 4]);
        [low(0), high(0), low(1), high(1), low(2), high(2), low(3), high(3)]
    }

    /// Eight columns out of sixteen rows: the four bits of a row's number change places with the three of a column's.
    #[inline(always)]
    pub(in super::super) fn columns(rows: &[[u8; 8]; 16]) -> Across {
        // SAFETY: every x86-64 processor has SSE2.
        unsafe { columns_sse2(rows) }
    }

    #[target_feature(enable = "sse2")]
    #[inline]
    fn columns_sse2(rows: &[[u8; 8]; 16]) -> Across {
        bytemuck::cast(rotate(rotate(rotate(rotate(bytemuck::cast(*rows))))))
    }

    /// Sixteen rows out of eight columns.
    #[inline(always)]
    pub(in super::super) fn rows(columns: &Across) -> [[u8; 8]; 16] {
        // SAFETY: every x86-64 processor has SSE2.
        unsafe { rows_sse2(columns) }
    }

    #[target_feature(enable = "sse2")]
    #[inline]
    fn rows_sse2(columns: &Across) -> [[u8; 8]; 16] {
        bytemuck::cast(rotate(rotate(rotate(bytemuck::cast(*columns)))))
    }
}
