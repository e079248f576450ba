//! The predictor transform (RFC 9649 section 3.4.1): each pixel less what its neighbours foretell.
//!
//! In: rows of differences. Out: rows of pixels. Must not know how either is coded.

use super::transform::Grid;
use crate::error::{Result, Stage};
use crate::limits::Budget;

const BLACK: u32 = 0xff00_0000;

#[derive(Debug)]
pub(super) struct Predictor {
    modes: Grid,
    /// The row above, and the first pixel of this one, which is what lies right above the last one's right.
    above: Vec<u32>,
}

/// The sums of all four channels, each by itself.
#[inline(always)]
pub(super) fn add(a: u32, b: u32) -> u32 {
    let odd = (a & 0xff00_ff00).wrapping_add(b & 0xff00_ff00) & 0xff00_ff00;
    let even = (a & 0x00ff_00ff).wrapping_add(b & 0x00ff_00ff) & 0x00ff_00ff;
    odd | even
}

#[inline(always)]
fn average(a: u32, b: u32) -> u32 {
    (((a ^ b) & 0xfefe_fefe) >> 1).wrapping_add(a & b)
}

/// Left or above, whichever is nearer to left plus above less the corner.
#[inline(always)]
fn select(left: u32, above: u32, corner: u32) -> u32 {
    let far = |from: u32| -> u32 {
        from.to_le_bytes().iter().zip(corner.to_le_bytes()).map(|(a, b)| u32::from(a.abs_diff(b))).sum()
    };
    if far(above) < far(left) { left } else { above }
}

#[inline(always)]
fn channels(a: u32, b: u32, c: u32, mix: impl Fn(i32, i32, i32) -> i32) -> u32 {
    let [a, b, c] = [a, b, c].map(u32::to_le_bytes);
    u32::from_le_bytes(std::array::from_fn(|i| {
        let mixed = mix(i32::from(a[i]), i32::from(b[i]), i32::from(c[i]));
        mixed.clamp(0, 255).to_le_bytes()[0]
    }))
}

/// No overflow in either: channels have eight bits.
#[inline(always)]
fn full(left: u32, above: u32, corner: u32) -> u32 {
    channels(left, above, corner, |l, t, c| l.wrapping_add(t).wrapping_sub(c))
}

#[inline(always)]
fn half(a: u32, b: u32) -> u32 {
    channels(a, b, 0, |a, b, _| a.wrapping_add(a.wrapping_sub(b) / 2))
}

impl Predictor {
    pub(super) fn new(modes: Grid, budget: &mut Budget<'_>) -> Result<Self> {
        let above = budget.zeroed(Stage::Decode, modes.width + 1)?;
        Ok(Self { modes, above })
    }

    pub(super) fn width(&self) -> usize {
        self.modes.width
    }

    /// Undoes it for the row that `line` begins with.
    pub(super) fn undo(&mut self, line: &mut [u32], row: usize) {
        let Self { modes, above } = self;
        let line = line.get_mut(..modes.width).unwrap_or_default();
        let Some((first, rest)) = line.split_first_mut() else { return };
        if row == 0 {
            *first = add(*first, BLACK);
            let mut left = *first;
            for pixel in rest {
                left = add(*pixel, left);
                *pixel = left;
            }
        } else {
            *first = add(*first, above.first().copied().unwrap_or(0));
            if let Some(last) = above.last_mut() {
                *last = *first;
            }
            let mut start = 1;
            for (block, &mode) in modes.row(row).iter().enumerate() {
                let end = ((block + 1) << modes.bits).min(modes.width);
                if let Some(above) = above.get(start - 1..=end) {
                    undo_block(line, start..end, above, mode >> 8 & 15);
                }
                start = end.max(1);
            }
        }
        if let Some(above) = above.get_mut(..modes.width) {
            above.copy_from_slice(line);
        }
    }
}

/// Undoes the pixels of `place`; `above` begins above the pixel left of the first, and ends right above the last one's right.
#[inline(always)]
fn undo_block(line: &mut [u32], place: std::ops::Range<usize>, above: &[u32], mode: u32) {
    let Some((left, pixels)) = line.get_mut(place.start - 1..place.end).and_then(<[u32]>::split_first_mut)
    else {
        return;
    };
    let left = *left;
    /// By left, above left, above, above right.
    #[inline(always)]
    fn run(pixels: &mut [u32], mut left: u32, above: &[u32], foretold: impl Fn(u32, u32, u32, u32) -> u32) {
        for (pixel, above) in pixels.iter_mut().zip(above.windows(3)) {
            if let &[corner, top, right] = above {
                left = add(*pixel, foretold(left, corner, top, right));
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
        12 => run(pixels, left, above, |l, c, t, _| full(l, t, c)),
        13 => run(pixels, left, above, |l, c, t, _| half(average(l, t), c)),
        // 14 and 15 are not defined; libwebp takes them for 0.
        _ => run(pixels, left, above, |_, _, _, _| BLACK),
    }
}
