//! [`Avx2`]: x86-64 processors with AVX2, BMI1 and BMI2. The loops of the decoder are compiled for
//! them a second time, and the parts that a compiler does not vectorize are written by hand.
//!
//! In and out: see [`Cpu`]. For any input, each function returns the same as its twin in
//! [`Portable`](super::super::cpu::Portable), which a test verifies.
#![allow(unsafe_code, reason = "vector instructions")]

use std::arch::x86_64::*;
use std::ops::{Add, Mul, Sub};

use super::super::block::Block;
use super::super::color;
use super::super::cpu::{Cpu, Work};
use super::super::idct::{self, FIRST_SHIFT, SECOND_SHIFT, Vector, pass4, pass8};
use super::super::tables::Quantization;

/// Proof that the instructions are available.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Avx2(());

impl Avx2 {
    pub(crate) fn detect() -> Option<Self> {
        let there = is_x86_feature_detected!("avx2")
            && is_x86_feature_detected!("bmi1")
            && is_x86_feature_detected!("bmi2");
        there.then_some(Self(()))
    }
}

impl Cpu for Avx2 {
    #[inline(always)]
    fn run<R>(self, work: impl FnOnce() -> R) -> R {
        // SAFETY: an `Avx2` exists only if `detect` found the features.
        unsafe { run(work) }
    }

    #[inline(always)]
    fn perform<W: Work>(self, work: W) -> W::Output {
        // SAFETY: an `Avx2` exists only if `detect` found the features.
        unsafe { perform(work) }
    }

    #[inline(always)]
    fn idct_full(self, block: &Block, table: &Quantization) -> [[u8; 8]; 8] {
        // SAFETY: an `Avx2` exists only if `detect` found the features.
        unsafe { idct_full(block, table) }
    }

    #[inline(always)]
    fn idct_half(self, block: &Block, table: &Quantization) -> [[u8; 4]; 4] {
        // SAFETY: an `Avx2` exists only if `detect` found the features.
        unsafe { idct_half(block, table) }
    }

    #[inline(always)]
    fn ycc_to_rgb_row(self, y: &[u8], cb: &[u8], cr: &[u8], out: &mut [u8]) {
        // SAFETY: an `Avx2` exists only if `detect` found the features.
        unsafe { ycc_to_rgb_row(y, cb, cr, out) }
    }
}

#[target_feature(enable = "avx2,bmi1,bmi2")]
#[inline]
fn run<R>(work: impl FnOnce() -> R) -> R {
    work()
}

#[target_feature(enable = "avx2,bmi1,bmi2")]
#[inline]
fn perform<W: Work>(work: W) -> W::Output {
    work.work()
}

/// Eight 32-bit values, created only in functions that have AVX2.
#[derive(Clone, Copy)]
struct Eight(__m256i);

/// Four 32-bit values, created only in functions that have AVX2.
#[derive(Clone, Copy)]
struct Four(__m128i);

macro_rules! vector {
    ($name:ident, $add:ident, $sub:ident, $mul:ident, $set:ident, $sll:ident, $sra:ident) => {
        impl Add for $name {
            type Output = Self;

            #[inline(always)]
            fn add(self, other: Self) -> Self {
                // SAFETY: such a value exists only in functions that have AVX2.
                Self(unsafe { $add(self.0, other.0) })
            }
        }

        impl Sub for $name {
            type Output = Self;

            #[inline(always)]
            fn sub(self, other: Self) -> Self {
                // SAFETY: such a value exists only in functions that have AVX2.
                Self(unsafe { $sub(self.0, other.0) })
            }
        }

        impl Mul<i32> for $name {
            type Output = Self;

            #[inline(always)]
            fn mul(self, factor: i32) -> Self {
                // SAFETY: such a value exists only in functions that have AVX2.
                Self(unsafe { $mul(self.0, $set(factor)) })
            }
        }

        impl Vector for $name {
            #[inline(always)]
            fn shift_left(self, bits: u32) -> Self {
                // SAFETY: such a value exists only in functions that have AVX2.
                Self(unsafe { $sll(self.0, _mm_cvtsi32_si128(bits.cast_signed())) })
            }

            #[inline(always)]
            fn round_shift_right(self, bits: u32) -> Self {
                let half = 1_i32.wrapping_shl(bits) >> 1;
                // SAFETY: such a value exists only in functions that have AVX2.
                Self(unsafe { $sra($add(self.0, $set(half)), _mm_cvtsi32_si128(bits.cast_signed())) })
            }
        }
    };
}

vector!(
    Eight,
    _mm256_add_epi32,
    _mm256_sub_epi32,
    _mm256_mullo_epi32,
    _mm256_set1_epi32,
    _mm256_sll_epi32,
    _mm256_sra_epi32
);
vector!(Four, _mm_add_epi32, _mm_sub_epi32, _mm_mullo_epi32, _mm_set1_epi32, _mm_sll_epi32, _mm_sra_epi32);

#[target_feature(enable = "avx2")]
#[inline]
fn load8(row: &[i32; 8]) -> Eight {
    // SAFETY: the row is as long as the vector, and the load requires no alignment.
    Eight(unsafe { _mm256_loadu_si256(std::ptr::from_ref(row).cast()) })
}

#[target_feature(enable = "avx2")]
#[inline]
fn load8_16(row: &[i16; 8]) -> __m128i {
    // SAFETY: the row is as long as the vector, and the load requires no alignment.
    unsafe { _mm_loadu_si128(std::ptr::from_ref(row).cast()) }
}

/// Row `row` of a block, dequantized.
#[target_feature(enable = "avx2")]
#[inline]
fn row8(block: &Block, table: &Quantization, row: usize) -> Eight {
    let (values, factors) = (&block.as_chunks::<8>().0[row], &table.as_chunks::<8>().0[row]);
    Eight(_mm256_mullo_epi32(_mm256_cvtepi16_epi32(load8_16(values)), load8(factors).0))
}

#[target_feature(enable = "avx2")]
#[inline]
fn row4(block: &Block, table: &Quantization, row: usize) -> Four {
    let (values, factors) = (&block.as_chunks::<8>().0[row], &table.as_chunks::<8>().0[row]);
    let factors = _mm256_castsi256_si128(load8(factors).0);
    Four(_mm_mullo_epi32(_mm_cvtepi16_epi32(load8_16(values)), factors))
}

#[target_feature(enable = "avx2")]
#[inline]
fn transposed8(x: [Eight; 8]) -> [Eight; 8] {
    let [x0, x1, x2, x3, x4, x5, x6, x7] = x;
    let (a0, a1) = (_mm256_unpacklo_epi32(x0.0, x1.0), _mm256_unpackhi_epi32(x0.0, x1.0));
    let (a2, a3) = (_mm256_unpacklo_epi32(x2.0, x3.0), _mm256_unpackhi_epi32(x2.0, x3.0));
    let (a4, a5) = (_mm256_unpacklo_epi32(x4.0, x5.0), _mm256_unpackhi_epi32(x4.0, x5.0));
    let (a6, a7) = (_mm256_unpacklo_epi32(x6.0, x7.0), _mm256_unpackhi_epi32(x6.0, x7.0));
    let (b0, b1) = (_mm256_unpacklo_epi64(a0, a2), _mm256_unpackhi_epi64(a0, a2));
    let (b2, b3) = (_mm256_unpacklo_epi64(a1, a3), _mm256_unpackhi_epi64(a1, a3));
    let (b4, b5) = (_mm256_unpacklo_epi64(a4, a6), _mm256_unpackhi_epi64(a4, a6));
    let (b6, b7) = (_mm256_unpacklo_epi64(a5, a7), _mm256_unpackhi_epi64(a5, a7));
    [
        Eight(_mm256_permute2x128_si256::<0x20>(b0, b4)),
        Eight(_mm256_permute2x128_si256::<0x20>(b1, b5)),
        Eight(_mm256_permute2x128_si256::<0x20>(b2, b6)),
        Eight(_mm256_permute2x128_si256::<0x20>(b3, b7)),
        Eight(_mm256_permute2x128_si256::<0x31>(b0, b4)),
        Eight(_mm256_permute2x128_si256::<0x31>(b1, b5)),
        Eight(_mm256_permute2x128_si256::<0x31>(b2, b6)),
        Eight(_mm256_permute2x128_si256::<0x31>(b3, b7)),
    ]
}

#[target_feature(enable = "avx2")]
#[inline]
fn transposed4(x: [Four; 4]) -> [Four; 4] {
    let [x0, x1, x2, x3] = x;
    let (a0, a1) = (_mm_unpacklo_epi32(x0.0, x1.0), _mm_unpackhi_epi32(x0.0, x1.0));
    let (a2, a3) = (_mm_unpacklo_epi32(x2.0, x3.0), _mm_unpackhi_epi32(x2.0, x3.0));
    [
        Four(_mm_unpacklo_epi64(a0, a2)),
        Four(_mm_unpackhi_epi64(a0, a2)),
        Four(_mm_unpacklo_epi64(a1, a3)),
        Four(_mm_unpackhi_epi64(a1, a3)),
    ]
}

/// The shuffle that transposes sixteen bytes as a 4 by 4 square.
#[target_feature(enable = "avx2")]
#[inline]
fn transpose_mask() -> __m128i {
    _mm_setr_epi8(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15)
}

#[target_feature(enable = "avx2")]
#[inline]
fn idct_full(block: &Block, table: &Quantization) -> [[u8; 8]; 8] {
    let pairs = block.as_chunks::<8>().0;
    let first = _mm_insert_epi16::<0>(load8_16(&pairs[0]), 0);
    let mut any = first;
    let mut row = 1;
    while row < 8 {
        any = _mm_or_si128(any, load8_16(&pairs[row]));
        row += 1;
    }
    if _mm_testz_si128(any, any) == 1 {
        return [[idct::eighth(block[0], table); 8]; 8];
    }
    let rows = [
        row8(block, table, 0),
        row8(block, table, 1),
        row8(block, table, 2),
        row8(block, table, 3),
        row8(block, table, 4),
        row8(block, table, 5),
        row8(block, table, 6),
        row8(block, table, 7),
    ];
    let [c0, c1, c2, c3, c4, c5, c6, c7] = pass8(transposed8(pass8(rows, FIRST_SHIFT)), SECOND_SHIFT);
    // The level shift is in 32 bits, where it may wrap as in the twin; then both packings clamp.
    let shift = _mm256_set1_epi32(128);
    let pack = |a: Eight, b: Eight, c: Eight, d: Eight| {
        let ab = _mm256_packs_epi32(_mm256_add_epi32(a.0, shift), _mm256_add_epi32(b.0, shift));
        let cd = _mm256_packs_epi32(_mm256_add_epi32(c.0, shift), _mm256_add_epi32(d.0, shift));
        _mm256_shuffle_epi8(_mm256_packus_epi16(ab, cd), _mm256_broadcastsi128_si256(transpose_mask()))
    };
    let (left, right) = (pack(c0, c1, c2, c3), pack(c4, c5, c6, c7));
    let (outer, inner) = (_mm256_unpacklo_epi32(left, right), _mm256_unpackhi_epi32(left, right));
    let upper = _mm256_permute2x128_si256::<0x20>(outer, inner);
    let lower = _mm256_permute2x128_si256::<0x31>(outer, inner);
    // SAFETY: both are 64 bytes, and any byte is a valid sample.
    unsafe { std::mem::transmute::<[__m256i; 2], [[u8; 8]; 8]>([upper, lower]) }
}

#[target_feature(enable = "avx2")]
#[inline]
fn idct_half(block: &Block, table: &Quantization) -> [[u8; 4]; 4] {
    let rows = [row4(block, table, 0), row4(block, table, 1), row4(block, table, 2), row4(block, table, 3)];
    let [c0, c1, c2, c3] = pass4(transposed4(pass4(rows, FIRST_SHIFT)), SECOND_SHIFT);
    let shift = _mm_set1_epi32(128);
    let left = _mm_packs_epi32(_mm_add_epi32(c0.0, shift), _mm_add_epi32(c1.0, shift));
    let right = _mm_packs_epi32(_mm_add_epi32(c2.0, shift), _mm_add_epi32(c3.0, shift));
    let samples = _mm_shuffle_epi8(_mm_packus_epi16(left, right), transpose_mask());
    // SAFETY: both are 16 bytes, and any byte is a valid sample.
    unsafe { std::mem::transmute::<__m128i, [[u8; 4]; 4]>(samples) }
}

/// Pixels converted together.
const TILE: usize = 16;

/// [`color::rgb`] in 16 bits: `(2 · c · factor >> 16) + 1 >> 1` is `c · factor + 2^15 >> 16`.
#[target_feature(enable = "avx2")]
#[inline]
fn ycc_to_rgb_row(y: &[u8], cb: &[u8], cr: &[u8], out: &mut [u8]) {
    let (ys, y_rest) = y.as_chunks::<TILE>();
    let (cbs, cb_rest) = cb.as_chunks::<TILE>();
    let (crs, cr_rest) = cr.as_chunks::<TILE>();
    let (tiles, rest) = out.as_chunks_mut::<{ 3 * TILE }>();
    for (((tile, y), cb), cr) in tiles.iter_mut().zip(ys).zip(cbs).zip(crs) {
        *tile = ycc_tile(y, cb, cr);
    }
    color::ycc_to_rgb_row(y_rest, cb_rest, cr_rest, rest);
}

#[target_feature(enable = "avx2")]
#[inline]
fn widened(samples: &[u8; TILE]) -> __m256i {
    // SAFETY: the tile is as long as the vector, and the load requires no alignment.
    _mm256_cvtepu8_epi16(unsafe { _mm_loadu_si128(samples.as_ptr().cast()) })
}

#[target_feature(enable = "avx2")]
#[inline]
fn ycc_tile(y: &[u8; TILE], cb: &[u8; TILE], cr: &[u8; TILE]) -> [u8; 3 * TILE] {
    let (one, middle) = (_mm256_set1_epi16(1), _mm256_set1_epi16(128));
    let y = widened(y);
    let (cb, cr) = (_mm256_sub_epi16(widened(cb), middle), _mm256_sub_epi16(widened(cr), middle));
    let (cb2, cr2) = (_mm256_add_epi16(cb, cb), _mm256_add_epi16(cr, cr));
    let scaled = |twice: __m256i, factor: i16| {
        let high = _mm256_mulhi_epi16(twice, _mm256_set1_epi16(factor));
        _mm256_srai_epi16::<1>(_mm256_add_epi16(high, one))
    };
    let red = _mm256_add_epi16(_mm256_add_epi16(y, cr), scaled(cr2, 26_345));
    let blue = _mm256_add_epi16(_mm256_add_epi16(y, cb2), scaled(cb2, -14_942));
    // For each pixel the factor of Cb, then that of Cr.
    let factors = _mm256_set1_epi32(18_734 << 16 | (-22_554 & 0xffff));
    let sum = |pairs: __m256i| {
        let rounded = _mm256_add_epi32(_mm256_madd_epi16(pairs, factors), _mm256_set1_epi32(1 << 15));
        _mm256_srai_epi32::<16>(rounded)
    };
    let green = _mm256_packs_epi32(sum(_mm256_unpacklo_epi16(cb, cr)), sum(_mm256_unpackhi_epi16(cb, cr)));
    let green = _mm256_add_epi16(_mm256_sub_epi16(y, cr), green);
    let narrow = |wide: __m256i| {
        let (low, high) = (_mm256_castsi256_si128(wide), _mm256_extracti128_si256::<1>(wide));
        _mm_packus_epi16(low, high)
    };
    let (red, green, blue) = (narrow(red), narrow(green), narrow(blue));
    // For each third of the output bytes, the sample of each color that goes there; -1 leaves the
    // byte to another color.
    let interleave = |r: __m128i, g: __m128i, b: __m128i| {
        let pair = _mm_or_si128(_mm_shuffle_epi8(red, r), _mm_shuffle_epi8(green, g));
        _mm_or_si128(pair, _mm_shuffle_epi8(blue, b))
    };
    let thirds = [
        interleave(
            _mm_setr_epi8(0, -1, -1, 1, -1, -1, 2, -1, -1, 3, -1, -1, 4, -1, -1, 5),
            _mm_setr_epi8(-1, 0, -1, -1, 1, -1, -1, 2, -1, -1, 3, -1, -1, 4, -1, -1),
            _mm_setr_epi8(-1, -1, 0, -1, -1, 1, -1, -1, 2, -1, -1, 3, -1, -1, 4, -1),
        ),
        interleave(
            _mm_setr_epi8(-1, -1, 6, -1, -1, 7, -1, -1, 8, -1, -1, 9, -1, -1, 10, -1),
            _mm_setr_epi8(5, -1, -1, 6, -1, -1, 7, -1, -1, 8, -1, -1, 9, -1, -1, 10),
            _mm_setr_epi8(-1, 5, -1, -1, 6, -1, -1, 7, -1, -1, 8, -1, -1, 9, -1, -1),
        ),
        interleave(
            _mm_setr_epi8(-1, 11, -1, -1, 12, -1, -1, 13, -1, -1, 14, -1, -1, 15, -1, -1),
            _mm_setr_epi8(-1, -1, 11, -1, -1, 12, -1, -1, 13, -1, -1, 14, -1, -1, 15, -1),
            _mm_setr_epi8(10, -1, -1, 11, -1, -1, 12, -1, -1, 13, -1, -1, 14, -1, -1, 15),
        ),
    ];
    // SAFETY: both are 48 bytes, and any byte is a valid sample.
    unsafe { std::mem::transmute::<[__m128i; 3], [u8; 3 * TILE]>(thirds) }
}

#[cfg(test)]
mod tests {
    use super::super::super::cpu::Portable;
    use super::*;

    /// Pseudorandom numbers (xorshift).
    fn numbers() -> impl FnMut() -> u32 {
        let mut state = 0x2545_f491_u32;
        move || {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            state
        }
    }

    #[test]
    #[expect(clippy::cast_possible_wrap, reason = "any number will do")]
    fn transforms_equal_their_twins_for_any_coefficients() {
        let Some(avx2) = Avx2::detect() else { return };
        let mut next = numbers();
        let extremes = [i16::MIN, i16::MAX, -1, 0, 1];
        for round in 0..30_000_u32 {
            let (mut block, mut table): (Block, Quantization) = ([0; 64], [1; 64]);
            let bits = next() % 17;
            for (value, factor) in block.iter_mut().zip(&mut table) {
                *value = match round % 4 {
                    0 => extremes[next() as usize % 5],
                    1 if !next().is_multiple_of(4) => 0,
                    _ => (next() as i32 >> 16 >> bits) as i16,
                };
                *factor = if round % 8 < 4 { 1 + next() % 255 } else { next() % 65_536 } as i32;
            }
            if round % 16 == 5 {
                block[1..].fill(0);
            }
            assert_eq!(
                avx2.idct_full(&block, &table),
                Portable.idct_full(&block, &table),
                "{block:?} {table:?}"
            );
            assert_eq!(
                avx2.idct_half(&block, &table),
                Portable.idct_half(&block, &table),
                "{block:?} {table:?}"
            );
        }
    }

    #[test]
    #[expect(clippy::cast_possible_truncation, reason = "any number will do")]
    fn color_conversion_equals_its_twin_at_any_place_in_a_row() {
        let Some(avx2) = Avx2::detect() else { return };
        let all: Vec<u8> = (0..=255).collect();
        let mut next = numbers();
        for cb in 0..=255 {
            for cr in 0..=255 {
                let length = 241 + (next() % 16) as usize;
                let y = &all[256 - length..];
                let (cb, cr) = (vec![cb; length], vec![cr; length]);
                let (mut ours, mut theirs) = (vec![0; 3 * length], vec![0; 3 * length]);
                avx2.ycc_to_rgb_row(y, &cb, &cr, &mut ours);
                Portable.ycc_to_rgb_row(y, &cb, &cr, &mut theirs);
                assert_eq!(ours, theirs, "{cb:?} {cr:?}");
            }
        }
        for length in 0..100 {
            let [y, cb, cr] = [0; 3].map(|_: u8| (0..length).map(|_| next() as u8).collect::<Vec<_>>());
            let (mut ours, mut theirs) = (vec![0; 3 * length], vec![0; 3 * length]);
            avx2.ycc_to_rgb_row(&y, &cb, &cr, &mut ours);
            Portable.ycc_to_rgb_row(&y, &cb, &cr, &mut theirs);
            assert_eq!(ours, theirs);
        }
    }
}
