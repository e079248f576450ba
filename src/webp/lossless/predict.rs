//! The predictor transform (RFC 9649 section 3.5.1), which replaces pixels by their difference from
//! a prediction.
//!
//! In: rows of differences. Out: rows of pixels. Must not know how either is coded.

use super::subresolution_image::SubresolutionImage;
use crate::error::{Result, Stage};
use crate::limits::Budget;

const BLACK: u32 = 0xff00_0000;

#[derive(Debug)]
pub(super) struct Predictor {
    modes: SubresolutionImage,
    /// The row above, followed by the first pixel of this row, which stands in for the last pixel's
    /// neighbor above right.
    above: Vec<u32>,
}

/// Adds each of the four channels separately, modulo 256.
#[inline(always)]
pub(super) fn add_pixels(a: u32, b: u32) -> u32 {
    let odd = (a & 0xff00_ff00).wrapping_add(b & 0xff00_ff00) & 0xff00_ff00;
    let even = (a & 0x00ff_00ff).wrapping_add(b & 0x00ff_00ff) & 0x00ff_00ff;
    odd | even
}

#[inline(always)]
fn average(a: u32, b: u32) -> u32 {
    (((a ^ b) & 0xfefe_fefe) >> 1).wrapping_add(a & b)
}

/// Left or above, whichever is closer to left + above - corner.
#[inline(always)]
fn select(left: u32, above: u32, corner: u32) -> u32 {
    let distance = |from: u32| -> u32 {
        from.to_le_bytes().iter().zip(corner.to_le_bytes()).map(|(a, b)| u32::from(a.abs_diff(b))).sum()
    };
    if distance(above) < distance(left) { left } else { above }
}

#[inline(always)]
fn map_channels(a: u32, b: u32, c: u32, mix: impl Fn(i32, i32, i32) -> i32) -> u32 {
    let [a, b, c] = [a, b, c].map(u32::to_le_bytes);
    u32::from_le_bytes(std::array::from_fn(|i| {
        let mixed = mix(i32::from(a[i]), i32::from(b[i]), i32::from(c[i]));
        mixed.clamp(0, 255).to_le_bytes()[0]
    }))
}

/// Channels have eight bits, so neither this nor the next function overflows.
#[inline(always)]
fn clamp_add_subtract_full(left: u32, above: u32, corner: u32) -> u32 {
    map_channels(left, above, corner, |l, t, c| l.wrapping_add(t).wrapping_sub(c))
}

#[inline(always)]
fn clamp_add_subtract_half(a: u32, b: u32) -> u32 {
    map_channels(a, b, 0, |a, b, _| a.wrapping_add(a.wrapping_sub(b) / 2))
}

impl Predictor {
    pub(super) fn new(modes: SubresolutionImage, budget: &mut Budget<'_>) -> Result<Self> {
        let above = budget.zeroed(Stage::Decode, modes.width + 1)?;
        Ok(Self { modes, above })
    }

    pub(super) fn width(&self) -> usize {
        self.modes.width
    }

    /// Inverts the transform for the row at the start of `row_buffer`.
    pub(super) fn undo(&mut self, row_buffer: &mut [u32], row: usize) {
        let Self { modes, above } = self;
        let row_buffer = row_buffer.get_mut(..modes.width).unwrap_or_default();
        let Some((first, rest)) = row_buffer.split_first_mut() else { return };
        if row == 0 {
            *first = add_pixels(*first, BLACK);
            let mut left = *first;
            for pixel in rest {
                left = add_pixels(*pixel, left);
                *pixel = left;
            }
        } else {
            *first = add_pixels(*first, above.first().copied().unwrap_or(0));
            if let Some(last) = above.last_mut() {
                *last = *first;
            }
            let mut start = 1;
            for (block, &mode) in modes.row(row).iter().enumerate() {
                let end = ((block + 1) << modes.block_bits).min(modes.width);
                if let Some(above) = above.get(start - 1..=end) {
                    undo_block(row_buffer, start..end, above, mode >> 8 & 15);
                }
                start = end.max(1);
            }
        }
        if let Some(above) = above.get_mut(..modes.width) {
            above.copy_from_slice(row_buffer);
        }
    }
}

/// Inverts the transform for the pixels of `place`. `above` starts above the left neighbor of the
/// first pixel, and ends above the right neighbor of the last.
#[inline(always)]
fn undo_block(row_buffer: &mut [u32], place: std::ops::Range<usize>, above: &[u32], mode: u32) {
    let Some((left, pixels)) =
        row_buffer.get_mut(place.start - 1..place.end).and_then(<[u32]>::split_first_mut)
    else {
        return;
    };
    let left = *left;
    /// The arguments of `predict` are left, above left, above, and above right.
    #[inline(always)]
    fn run(pixels: &mut [u32], mut left: u32, above: &[u32], predict: impl Fn(u32, u32, u32, u32) -> u32) {
        for (pixel, above) in pixels.iter_mut().zip(above.windows(3)) {
            if let &[corner, top, right] = above {
                left = add_pixels(*pixel, predict(left, corner, top, right));
                *pixel = left;
            }
        }
    }
    match mode {
        1 => run(pixels, left, above, |l, _, _, _| l),
        2 => run(pixels, left, above, |_, _, t, _| t),
        3 => run(pixels, left, above, |_, _, _, r| r),
        4 => run(pixels, left, above, |_, c, _, _| c),
        5 => run(pixels, left, above, |l, _, t, r| average(average(l, r), t)),
        6 => run(pixels, left, above, |l, c, _, _| average(l, c)),
        7 => run(pixels, left, above, |l, _, t, _| average(l, t)),
        8 => run(pixels, left, above, |_, c, t, _| average(c, t)),
        9 => run(pixels, left, above, |_, _, t, r| average(t, r)),
        10 => run(pixels, left, above, |l, c, t, r| average(average(l, c), average(t, r))),
        11 => run(pixels, left, above, |l, c, t, _| select(l, t, c)),
        12 => run(pixels, left, above, |l, c, t, _| clamp_add_subtract_full(l, t, c)),
        13 => run(pixels, left, above, |l, c, t, _| clamp_add_subtract_half(average(l, t), c)),
        // Modes 14 and 15 are undefined; libwebp treats them as mode 0.
        _ => run(pixels, left, above, |_, _, _, _| BLACK),
    }
}
