//! Dithering in blocks of 2×2 pixels: the error of a pixel goes to those of its block that come
//! later, and no farther.
//!
//! In: colors, what is shown, and a palette. Out: indices. A block depends on nothing but itself, so
//! a change does not make distant pixels flicker, as it does where errors are passed on without end.

use super::palette::Palette;

/// What is to be done with a pixel.
pub(super) const ABSENT: u8 = 0;
pub(super) const UNCHANGED: u8 = 1;
pub(super) const CHANGED: u8 = 2;

/// The order of the pixels of a block: diagonals first, so that two colors make a chess board.
const ORDER: [usize; 4] = [0, 3, 1, 2];

/// The share of an error that is passed on. More makes grain, less makes bands.
const PASSED: f32 = 0.5;

/// The maximum of a sample's error that is passed on, so that no outlier stains its neighbors.
const MAX_PASSED: f32 = 20.0;

/// A block of 2×2 pixels: top left, top right, bottom left, bottom right.
#[derive(Debug)]
pub(super) struct Block {
    pub(super) wanted: [[u8; 4]; 4],
    /// What is shown; transparent if nothing is.
    pub(super) shown: [[u8; 4]; 4],
    pub(super) tasks: [u8; 4],
}

impl Block {
    /// The indices of a block. A pixel that has not changed, or of which a new index would improve the
    /// squared error by less than `tolerated`, keeps its color: its index is `leave`, or if `complete`,
    /// that of the color nearest to what is shown.
    #[inline(always)]
    pub(super) fn dither(&self, palette: &mut Palette, leave: u8, tolerated: f32, complete: bool) -> [u8; 4] {
        let mut indices = [leave; 4];
        let mut passed = [0.0_f32; 4];
        for place in ORDER {
            if self.tasks[place] == ABSENT {
                continue;
            }
            let (pixel, shown) = (self.wanted[place], self.shown[place]);
            let wanted = plus(float(pixel), passed);
            let mut error = minus(wanted, float(shown));
            let kept_error = if shown[3] == 0 { f32::MAX } else { square(error) };
            let mut keeps = true;
            if self.tasks[place] == CHANGED && kept_error > tolerated {
                let (index, color) = palette.find(pixel, wanted);
                let new = minus(wanted, color);
                if kept_error > square(new) + tolerated {
                    (indices[place], error, keeps) = (index, new, false);
                }
            }
            if complete && keeps {
                let (index, color) = palette.find(shown, float(shown));
                (indices[place], error) = (index, minus(wanted, color));
                // Otherwise, a color would drift away as the palette changes.
                let (index, color) = palette.find(pixel, wanted);
                let new = minus(wanted, color);
                if square(error) > square(new) + tolerated {
                    (indices[place], error) = (index, new);
                }
            }
            passed = error.map(|sample| limited(sample * PASSED));
        }
        indices
    }
}

#[inline(always)]
fn float([red, green, blue, _]: [u8; 4]) -> [f32; 4] {
    [red, green, blue, 0].map(f32::from)
}

#[inline(always)]
fn plus(a: [f32; 4], b: [f32; 4]) -> [f32; 4] {
    std::array::from_fn(|axis| a[axis] + b[axis])
}

#[inline(always)]
fn minus(a: [f32; 4], b: [f32; 4]) -> [f32; 4] {
    std::array::from_fn(|axis| a[axis] - b[axis])
}

#[inline(always)]
fn square(error: [f32; 4]) -> f32 {
    error[0] * error[0] + error[1] * error[1] + error[2] * error[2]
}

#[inline(always)]
fn limited(sample: f32) -> f32 {
    let sample = if sample > -MAX_PASSED { sample } else { -MAX_PASSED };
    if sample < MAX_PASSED { sample } else { MAX_PASSED }
}
