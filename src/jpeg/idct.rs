//! The inverse DCT at full, half, quarter and eighth size.
//!
//! In: quantized coefficients and their table. Out: samples. At full size this is the accurate
//! integer transform of libjpeg, bit for bit. Reduced sizes transform only the lowest coefficients:
//! the frequencies that the smaller grid can hold, without aliases of the others. Coefficients of
//! malformed files wrap. Must not know where blocks go.

use std::array::from_fn;
use std::ops::{Add, Mul, Sub};

use super::block::Block;
use super::tables::Quantization;

/// `N` values side by side, with wrapping arithmetic.
#[derive(Debug, Clone, Copy)]
struct Lanes<const N: usize>([i32; N]);

impl<const N: usize> Add for Lanes<N> {
    type Output = Self;

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        Self(from_fn(|i| self.0[i].wrapping_add(other.0[i])))
    }
}

impl<const N: usize> Sub for Lanes<N> {
    type Output = Self;

    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        Self(from_fn(|i| self.0[i].wrapping_sub(other.0[i])))
    }
}

impl<const N: usize> Mul<i32> for Lanes<N> {
    type Output = Self;

    #[inline(always)]
    fn mul(self, factor: i32) -> Self {
        Self(from_fn(|i| self.0[i].wrapping_mul(factor)))
    }
}

/// Values side by side, as many as one pass transforms at once, with wrapping arithmetic.
pub(super) trait Vector:
    Copy + Add<Output = Self> + Sub<Output = Self> + Mul<i32, Output = Self>
{
    /// Multiplies by `2^bits`.
    fn shift_left(self, bits: u32) -> Self;

    /// Divides by `2^bits`, rounding half up.
    fn round_shift_right(self, bits: u32) -> Self;
}

impl<const N: usize> Vector for Lanes<N> {
    #[inline(always)]
    fn shift_left(self, bits: u32) -> Self {
        Self(self.0.map(|value| value.wrapping_shl(bits)))
    }

    #[inline(always)]
    fn round_shift_right(self, bits: u32) -> Self {
        let half = 1_i32.wrapping_shl(bits) >> 1;
        Self(self.0.map(|value| value.wrapping_add(half) >> (bits & 31)))
    }
}

/// Fraction bits of the constants, and of the values between the passes.
const CONST_BITS: u32 = 13;
const PASS1_BITS: u32 = 2;

/// The number of bits that each pass shifts its results right by.
pub(super) const FIRST_SHIFT: u32 = CONST_BITS - PASS1_BITS;
pub(super) const SECOND_SHIFT: u32 = CONST_BITS + PASS1_BITS + 3;

/// `x · 2^13`, rounded.
const FIX_0_298631336: i32 = 2446;
const FIX_0_390180644: i32 = 3196;
const FIX_0_541196100: i32 = 4433;
const FIX_0_765366865: i32 = 6270;
const FIX_0_899976223: i32 = 7373;
const FIX_1_175875602: i32 = 9633;
const FIX_1_501321110: i32 = 12299;
const FIX_1_847759065: i32 = 15137;
const FIX_1_961570560: i32 = 16069;
const FIX_2_053119869: i32 = 16819;
const FIX_2_562915447: i32 = 20995;
const FIX_3_072711026: i32 = 25172;

/// One pass over eight values per lane, after Loeffler, Ligtenberg and Moschytz.
#[inline(always)]
pub(super) fn pass8<V: Vector>(x: [V; 8], bits: u32) -> [V; 8] {
    let z = (x[2] + x[6]) * FIX_0_541196100;
    let low = z - x[6] * FIX_1_847759065;
    let high = z + x[2] * FIX_0_765366865;
    let (sum, difference) = ((x[0] + x[4]).shift_left(CONST_BITS), (x[0] - x[4]).shift_left(CONST_BITS));
    let (even0, even1, even2, even3) = (sum + high, difference + low, difference - low, sum - high);

    let z5 = (x[7] + x[3] + x[5] + x[1]) * FIX_1_175875602;
    let z1 = (x[7] + x[1]) * FIX_0_899976223;
    let z2 = (x[5] + x[3]) * FIX_2_562915447;
    let z3 = z5 - (x[7] + x[3]) * FIX_1_961570560;
    let z4 = z5 - (x[5] + x[1]) * FIX_0_390180644;
    let odd0 = x[1] * FIX_1_501321110 - z1 + z4;
    let odd1 = x[3] * FIX_3_072711026 - z2 + z3;
    let odd2 = x[5] * FIX_2_053119869 - z2 + z4;
    let odd3 = x[7] * FIX_0_298631336 - z1 + z3;
    [
        (even0 + odd0).round_shift_right(bits),
        (even1 + odd1).round_shift_right(bits),
        (even2 + odd2).round_shift_right(bits),
        (even3 + odd3).round_shift_right(bits),
        (even3 - odd3).round_shift_right(bits),
        (even2 - odd2).round_shift_right(bits),
        (even1 - odd1).round_shift_right(bits),
        (even0 - odd0).round_shift_right(bits),
    ]
}

/// One pass over four values per lane.
#[inline(always)]
pub(super) fn pass4<V: Vector>(x: [V; 4], bits: u32) -> [V; 4] {
    let (sum, difference) = ((x[0] + x[2]).shift_left(CONST_BITS), (x[0] - x[2]).shift_left(CONST_BITS));
    let z = (x[1] + x[3]) * FIX_0_541196100;
    let (outer, inner) = (z + x[1] * FIX_0_765366865, z - x[3] * FIX_1_847759065);
    [
        (sum + outer).round_shift_right(bits),
        (difference + inner).round_shift_right(bits),
        (difference - inner).round_shift_right(bits),
        (sum - outer).round_shift_right(bits),
    ]
}

#[inline(always)]
fn transposed<const N: usize>(rows: [Lanes<N>; N]) -> [Lanes<N>; N] {
    from_fn(|i| Lanes(from_fn(|j| rows[j].0[i])))
}

/// The level shift (T.81 A.3.1), clamped to the range of a sample.
#[inline(always)]
#[expect(clippy::cast_sign_loss, reason = "clamped")]
fn sample(value: i32) -> u8 {
    value.wrapping_add(128).clamp(0, 255) as u8
}

/// The first `N` coefficients of a row, dequantized.
#[inline(always)]
fn dequantized<const N: usize>(block: &Block, table: &Quantization, row: usize) -> Lanes<N> {
    Lanes(from_fn(|i| i32::from(block[(row * 8 + i) & 63]).wrapping_mul(table[(row * 8 + i) & 63])))
}

/// A block as 8 by 8 samples.
#[inline(always)]
pub(super) fn full(block: &Block, table: &Quantization) -> [[u8; 8]; 8] {
    if block[1..].iter().fold(0, |any, &value| any | value) == 0 {
        return [[eighth(block[0], table); 8]; 8];
    }
    let rows = from_fn(|row| dequantized::<8>(block, table, row));
    let columns = transposed(pass8(rows, FIRST_SHIFT));
    transposed(pass8(columns, SECOND_SHIFT)).map(|row| row.0.map(sample))
}

/// A block as 4 by 4 samples.
#[inline(always)]
pub(super) fn half(block: &Block, table: &Quantization) -> [[u8; 4]; 4] {
    let rows = from_fn(|row| dequantized::<4>(block, table, row));
    let columns = transposed(pass4(rows, FIRST_SHIFT));
    transposed(pass4(columns, SECOND_SHIFT)).map(|row| row.0.map(sample))
}

/// A block as 2 by 2 samples, from 2 by 2 coefficients. Written out because closures over arrays
/// were not inlined by the callers and took as long again as their work.
#[inline(always)]
pub(super) fn quarter([top, bottom]: [[i16; 2]; 2], table: &Quantization) -> [[u8; 2]; 2] {
    let value = |coefficient: i16, at: usize| i32::from(coefficient).wrapping_mul(table[at]);
    let ([a, b], [c, d]) = (top, bottom);
    let (a, b, c, d) = (value(a, 0), value(b, 1), value(c, 8), value(d, 9));
    let upper = (a.wrapping_add(c), b.wrapping_add(d));
    let lower = (a.wrapping_sub(c), b.wrapping_sub(d));
    let eighth = |sum: i32| sample(sum.wrapping_add(4) >> 3);
    let pair =
        |(left, right): (i32, i32)| [eighth(left.wrapping_add(right)), eighth(left.wrapping_sub(right))];
    [pair(upper), pair(lower)]
}

/// A block as one sample, from only the DC coefficient.
#[inline(always)]
pub(super) fn eighth(dc: i16, table: &Quantization) -> u8 {
    sample(i32::from(dc).wrapping_mul(table[0]).wrapping_add(4) >> 3)
}
