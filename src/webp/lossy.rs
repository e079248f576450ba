//! Rows of a lossy image: VP8's planes as ARGB, chroma upsampled and converted as libwebp does,
//! with alpha.
//!
//! In: planes, alpha. Out: rows of 32-bit ARGB pixels from top to bottom. Must not know of bits.

use super::alpha;
use super::vp8::{Frame, Plane};
use crate::damage::Tolerance;
use crate::error::{Result, Stage};
use crate::limits::Budget;

/// A decoded image before its conversion from YUV.
#[derive(Debug)]
pub(crate) struct Lossy {
    width: usize,
    height: usize,
    planes: [Plane; 3],
    /// One byte per pixel; empty if the image is opaque.
    alpha: Vec<u8>,
    /// One row of each chroma plane, at the width of luma.
    chroma: [Vec<u8>; 2],
    line: Vec<u32>,
    row: usize,
    /// Bytes reserved for the whole image.
    spent: u64,
}

impl Lossy {
    /// Decodes a frame and its alpha chunk. `end` is the offset in the file where their data end.
    pub(crate) fn decode<'a, 'b: 'a>(
        frame: Frame<'a>,
        alpha: Option<&'a [u8]>,
        end: usize,
        tolerance: &mut Tolerance,
        budget: &mut Budget<'b>,
    ) -> Result<Self> {
        let before = budget.spent();
        let (width, height) = frame.size();
        let planes = frame.decode(end, tolerance, budget)?;
        let alpha = match alpha {
            Some(chunk) => alpha::decode(chunk, (width, height), end, tolerance, budget)?,
            None => Vec::new(),
        };
        let mut line = || budget.zeroed(Stage::Decode, width);
        let chroma = [line()?, line()?];
        let line = budget.zeroed(Stage::Decode, width)?;
        Ok(Self { width, height, planes, alpha, chroma, line, row: 0, spent: budget.spent() - before })
    }

    /// The next row, ARGB.
    pub(crate) fn next_row(&mut self) -> &[u32] {
        let Self { width, height, planes: [luma, u, v], chroma, line, row, .. } = self;
        // The chroma row that covers this luma row, and the nearest other one.
        let near = *row / 2;
        let far = if row.is_multiple_of(2) { near.saturating_sub(1) } else { near + 1 };
        let far = far.min(height.div_ceil(2).saturating_sub(1));
        for (plane, full) in [u, v].into_iter().zip(chroma.iter_mut()) {
            let [near, far] = [near, far].map(|row| plane.row(row, width.div_ceil(2)));
            upsample(near, far, full);
        }
        let [u, v] = &*chroma;
        for (((pixel, &y), &u), &v) in line.iter_mut().zip(luma.row(*row, *width)).zip(u).zip(v) {
            *pixel = yuv_to_argb(y, u, v);
        }
        let alpha = self.alpha.get(*row * *width..).unwrap_or_default();
        for (pixel, alpha) in line.iter_mut().zip(alpha) {
            *pixel = *pixel & 0x00ff_ffff | u32::from(*alpha) << 24;
        }
        *row += 1;
        line
    }

    /// Returns the memory for later images.
    pub(crate) fn recycle(self, budget: &mut Budget<'_>) {
        budget.release(self.spent);
        self.planes.into_iter().for_each(|plane| budget.recycle(plane.samples));
        budget.recycle(self.alpha);
    }
}

/// Doubles the samples of a row and interpolates between two rows: the four nearest samples have
/// the weights 9/16, 3/16, 3/16 and 1/16.
fn upsample(near: &[u8], far: &[u8], full: &mut [u8]) {
    let sum = |near: u8, far: u8| 3 * u16::from(near) + u16::from(far);
    let mix = |here: u16, there: u16| ((3 * here + there + 8) >> 4).to_le_bytes()[0];
    let sums = near.iter().zip(far).map(|(&near, &far)| sum(near, far));
    let (Some(first), Some(last)) = (sums.clone().next(), sums.clone().next_back()) else { return };
    let neighbors = sums.clone().zip(sums.clone().skip(1));
    if let Some(edge) = full.first_mut() {
        *edge = mix(first, first);
    }
    let (pairs, rest) = full.get_mut(1..).unwrap_or_default().as_chunks_mut::<2>();
    for (pair, (left, right)) in pairs.iter_mut().zip(neighbors) {
        *pair = [mix(left, right), mix(right, left)];
    }
    if let Some(edge) = rest.first_mut() {
        *edge = mix(last, last);
    }
}

/// Video range to full range, BT.601, with libwebp's constants: 14 bits, of which 8 are dropped
/// first.
#[inline(always)]
fn yuv_to_argb(y: u8, u: u8, v: u8) -> u32 {
    let part = |sample: u8, factor: i32| i32::from(sample).wrapping_mul(factor) >> 8;
    let clip = |value: i32| (value >> 6).clamp(0, 255).cast_unsigned();
    let y = part(y, 19_077);
    let red = clip(y.wrapping_add(part(v, 26_149)).wrapping_sub(14_234));
    let green = clip(y.wrapping_sub(part(u, 6_419)).wrapping_sub(part(v, 13_320)).wrapping_add(8_708));
    let blue = clip(y.wrapping_add(part(u, 33_050)).wrapping_sub(17_685));
    0xff00_0000 | red << 16 | green << 8 | blue
}
