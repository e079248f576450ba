//! Portable code, and the reference that vector code is tested against.

use crate::webp::vp8::filter::EdgeSamples;
use crate::webp::vp8::transform::{Subblock, clip};

/// Adds the residue of a block to samples (section 14.4). Sums wrap at 16 bits, as in libwebp's
/// vector code; no encoder's output overflows them.
pub(crate) fn inverse_dct_add(block: &[i16; 16], subblock: &mut Subblock) {
    let mut between = [[0; 4]; 4];
    for (i, column) in between.iter_mut().enumerate() {
        *column = pass([block[i], block[4 + i], block[8 + i], block[12 + i]]);
    }
    for (i, samples) in subblock.iter_mut().enumerate() {
        let [first, others @ ..] = [0, 1, 2, 3].map(|j: usize| between[j][i]);
        let [second, third, fourth] = others;
        for (sample, sum) in samples.iter_mut().zip(pass([first.wrapping_add(4), second, third, fourth])) {
            *sample = clip(i16::from(*sample).saturating_add(sum >> 3));
        }
    }
}

/// Section 14.4: multiplies by √2 · cos(π/8).
#[inline(always)]
fn cosine(value: i16) -> i16 {
    high(value, 20_091).wrapping_add(value)
}

/// Multiplies by √2 · sin(π/8), 35468/65536.
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

/// Transposes 16 rows of 8 samples to 8 columns.
pub(crate) fn rows_to_columns(rows: &[[u8; 8]; 16]) -> EdgeSamples {
    std::array::from_fn(|column| std::array::from_fn(|row| rows[row][column]))
}

/// Transposes 8 columns to 16 rows of 8 samples.
pub(crate) fn columns_to_rows(columns: &EdgeSamples) -> [[u8; 8]; 16] {
    std::array::from_fn(|row| std::array::from_fn(|column| columns[column][row]))
}
