//! Unsharp masking of luma.
//!
//! In: 8-bit pixels and an amount from 0 to 10. Out: the pixels, sharpened in place; alpha stays as
//! it is, and so does hue, because red, green and blue change by the same number of levels. Must
//! not know of other effects.
//!
//! For the amount a and each pixel:
//!
//! - Y = 0.299·R + 0.587·G + 0.114·B, or the gray level.
//! - B is the mean of Y in the 5×5 pixels around it, with the weights 1, 4, 6, 4, 1 in both
//!   directions, times alpha. It is a Gaussian of variance 1.
//! - The change is a/2·(Y − B), rounded.
//! - Y and the change together exceed the range of Y in the 3×3 pixels around by at most a levels.
//!   Invisible pixels do not count for this range, and do not change.
//!
//! Beyond its edges, the picture continues with the nearest pixel. In video range, a level is
//! 219/255 for this bound, and results lie from 16 to 235.

use crate::decimal::Decimal;
use crate::error::{Result, Stage};
use crate::geometry::Size;
use crate::limits::Budget;
use crate::render::frame::{Layout, YuvRange};

/// The bytes of memory that [`apply`] needs besides the image.
pub(super) fn memory(size: Size) -> u64 {
    // Per pixel: five lines of 14 bytes, 12 for the extended row, 12 for sums, weights and changes.
    // The extended row has four more pixels.
    u64::from(size.width).saturating_mul(94).saturating_add(48)
}

/// Sharpens an image.
pub(super) fn apply(
    samples: &mut [u8],
    size: Size,
    layout: Layout,
    amount: Decimal,
    range: YuvRange,
    budget: &mut Budget<'_>,
) -> Result<()> {
    let strength = Strength::new(amount, range);
    match layout {
        Layout::Gray => sharpen::<1, false>(samples, size, strength, budget),
        Layout::GrayAlpha => sharpen::<2, true>(samples, size, strength, budget),
        Layout::Rgb => sharpen::<3, false>(samples, size, strength, budget),
        Layout::Rgba => sharpen::<4, true>(samples, size, strength, budget),
        Layout::Cmyk => Ok(()),
    }
}

#[derive(Debug, Clone, Copy)]
struct Strength {
    /// The factor of Y − B, with 12 fractional bits.
    gain: i32,
    /// How far results may leave the range around them, in sixteenths of a level.
    overshoot: i32,
    /// The lowest and the highest level.
    black: i32,
    white: i32,
}

impl Strength {
    fn new(amount: Decimal, range: YuvRange) -> Self {
        let (black, white) = match range {
            YuvRange::Full => (0, 255),
            YuvRange::Video => (16, 235),
        };
        let millionths = i64::from(amount.millionths().min(10_000_000));
        let scaled = |numerator, denominator: i64| {
            i32::try_from(millionths * numerator / (denominator * 1_000_000)).unwrap_or(0)
        };
        Self { gain: scaled(4096, 2), overshoot: scaled(16 * i64::from(white - black), 255), black, white }
    }
}

/// One row, filtered horizontally. Luma is in sixteenths of a level, and sums are of luma times
/// alpha.
#[derive(Debug)]
struct Line {
    luma: Vec<u16>,
    low: Vec<u16>,
    high: Vec<u16>,
    sums: Vec<u32>,
    /// Sums of alpha; unused without alpha.
    weights: Vec<u32>,
}

/// A row with two more pixels at each end.
#[derive(Debug)]
struct Extended {
    low: Vec<u16>,
    high: Vec<u16>,
    weighted: Vec<u32>,
    alpha: Vec<u32>,
}

/// Pixels processed between interrupt checks.
const CHECK_INTERVAL: usize = 512 << 10;

fn sharpen<const N: usize, const ALPHA: bool>(
    samples: &mut [u8],
    size: Size,
    strength: Strength,
    budget: &mut Budget<'_>,
) -> Result<()> {
    let before = budget.spent();
    let (width, height) = (size.width as usize, size.height as usize);
    let mut extended = Extended::new(width + 4, budget)?;
    let [mut sums, mut weights] =
        [budget.zeroed(Stage::Effects, width)?, budget.zeroed(Stage::Effects, width)?];
    let mut changes: Vec<i32> = budget.zeroed(Stage::Effects, width)?;
    let mut lines = Vec::with_capacity(5);
    for _ in 0..5 {
        lines.push(Line::new(width, budget)?);
    }
    let mut read = 0;
    for y in 0..height {
        if y % (CHECK_INTERVAL / width + 1) == 0 {
            budget.check_interrupt(Stage::Effects)?;
        }
        // The lines above are kept, because their rows have changed.
        while read < height.min(y + 3) {
            let row = &samples[read * width * N..][..width * N];
            extended.read::<N, ALPHA>(row, &mut lines[read % 5]);
            read += 1;
        }
        let around: [&Line; 5] =
            std::array::from_fn(|i| &lines[(y + i).saturating_sub(2).min(height - 1) % 5]);
        binomial(around.map(|line| &line.sums[..]), &mut sums);
        if ALPHA {
            binomial(around.map(|line| &line.weights[..]), &mut weights);
        }
        find_changes::<ALPHA>(around, &sums, &weights, strength, &mut changes);
        let pixels = samples[y * width * N..][..width * N].as_chunks_mut::<N>().0;
        for (pixel, &change) in pixels.iter_mut().zip(&changes) {
            add::<N, ALPHA>(pixel, change, strength);
        }
    }
    budget.release(budget.spent() - before);
    Ok(())
}

impl Line {
    fn new(width: usize, budget: &mut Budget<'_>) -> Result<Self> {
        Ok(Self {
            luma: budget.zeroed(Stage::Effects, width)?,
            low: budget.zeroed(Stage::Effects, width)?,
            high: budget.zeroed(Stage::Effects, width)?,
            sums: budget.zeroed(Stage::Effects, width)?,
            weights: budget.zeroed(Stage::Effects, width)?,
        })
    }
}

impl Extended {
    fn new(width: usize, budget: &mut Budget<'_>) -> Result<Self> {
        Ok(Self {
            low: budget.zeroed(Stage::Effects, width)?,
            high: budget.zeroed(Stage::Effects, width)?,
            weighted: budget.zeroed(Stage::Effects, width)?,
            alpha: budget.zeroed(Stage::Effects, width)?,
        })
    }

    /// Reads a row and filters it into `line`.
    fn read<const N: usize, const ALPHA: bool>(&mut self, row: &[u8], line: &mut Line) {
        for (luma, pixel) in line.luma.iter_mut().zip(row.as_chunks::<N>().0) {
            *luma = luma_of(pixel);
        }
        let width = line.luma.len();
        if ALPHA {
            for ((x, pixel), &luma) in (2..).zip(row.as_chunks::<N>().0).zip(&line.luma) {
                let alpha = u32::from(pixel[N - 1]);
                self.alpha[x] = alpha;
                self.weighted[x] = u32::from(luma) * alpha;
                (self.low[x], self.high[x]) = if alpha == 0 { (u16::MAX, 0) } else { (luma, luma) };
            }
            extend(&mut self.alpha);
            binomial(shifted(&self.alpha, width), &mut line.weights);
        } else {
            self.low[2..2 + width].copy_from_slice(&line.luma);
            self.high[2..2 + width].copy_from_slice(&line.luma);
            for (weighted, &luma) in self.weighted[2..].iter_mut().zip(&line.luma) {
                *weighted = u32::from(luma);
            }
        }
        extend(&mut self.low);
        extend(&mut self.high);
        extend(&mut self.weighted);
        binomial(shifted(&self.weighted, width), &mut line.sums);
        let [_, left, middle, right, _] = shifted(&self.low, width);
        for (x, low) in line.low.iter_mut().enumerate() {
            *low = left[x].min(middle[x]).min(right[x]);
        }
        let [_, left, middle, right, _] = shifted(&self.high, width);
        for (x, high) in line.high.iter_mut().enumerate() {
            *high = left[x].max(middle[x]).max(right[x]);
        }
    }
}

/// In sixteenths of a level.
fn luma_of<const N: usize>(pixel: &[u8; N]) -> u16 {
    let luma = match pixel[..] {
        [red, green, blue, ..] => {
            // The sum of the weights is 2^16.
            (u32::from(red) * 19_595 + u32::from(green) * 38_470 + u32::from(blue) * 7471 + (1 << 11)) >> 12
        }
        [gray, ..] => u32::from(gray) << 4,
        [] => 0,
    };
    u16::try_from(luma).unwrap_or(u16::MAX)
}

/// Repeats the first and the last pixel.
fn extend<T: Copy>(extended: &mut [T]) {
    let end = extended.len() - 2;
    let (first, last) = (extended[2], extended[end - 1]);
    extended[..2].fill(first);
    extended[end..].fill(last);
}

/// The row as seen from two pixels to the left up to two pixels to the right.
fn shifted<T>(extended: &[T], width: usize) -> [&[T]; 5] {
    std::array::from_fn(|shift| &extended[shift..shift + width])
}

/// Sums with the weights 1, 4, 6, 4, 1: below 2^29 for luma times alpha in both directions.
fn binomial(terms: [&[u32]; 5], sums: &mut [u32]) {
    let [a, b, c, d, e] = terms.map(|term| &term[..sums.len()]);
    for (x, sum) in sums.iter_mut().enumerate() {
        let near = b[x].wrapping_add(d[x]).wrapping_mul(4).wrapping_add(c[x].wrapping_mul(6));
        *sum = a[x].wrapping_add(e[x]).wrapping_add(near);
    }
}

/// Finds by how many levels each pixel of the middle line changes.
fn find_changes<const ALPHA: bool>(
    around: [&Line; 5],
    sums: &[u32],
    weights: &[u32],
    strength: Strength,
    changes: &mut [i32],
) {
    let width = changes.len();
    let [_, above, line, below, _] = around;
    let [low_above, low, low_below] = [above, line, below].map(|line| &line.low[..width]);
    let [high_above, high, high_below] = [above, line, below].map(|line| &line.high[..width]);
    let (luma, sums, weights) = (&line.luma[..width], &sums[..width], &weights[..width]);
    for (x, change) in changes.iter_mut().enumerate() {
        // In 1/256 levels.
        let blurred = if ALPHA {
            let weight = weights[x].max(1);
            (sums[x].wrapping_mul(16).wrapping_add(weight / 2)) / weight
        } else {
            sums[x].wrapping_add(8) >> 4
        };
        let luma = i32::from(luma[x]);
        let detail = (luma << 4).wrapping_sub(blurred.cast_signed());
        let wanted = detail.wrapping_mul(strength.gain).wrapping_add(1 << 19) >> 20;
        let low = low[x].min(low_above[x]).min(low_below[x]);
        let high = high[x].max(high_above[x]).max(high_below[x]);
        let up = i32::from(high).wrapping_add(strength.overshoot).wrapping_sub(luma) >> 4;
        let down = luma.wrapping_add(strength.overshoot).wrapping_sub(i32::from(low)) >> 4;
        *change = wanted.min(up).max(down.wrapping_neg());
    }
}

fn add<const N: usize, const ALPHA: bool>(pixel: &mut [u8; N], change: i32, strength: Strength) {
    if ALPHA && pixel[N - 1] == 0 {
        return;
    }
    for level in pixel.iter_mut().take(if ALPHA { N - 1 } else { N }) {
        let before = i32::from(*level);
        let sharpened =
            before.wrapping_add(change).max(strength.black.min(before)).min(strength.white.max(before));
        *level = u8::try_from(sharpened).unwrap_or(u8::MAX);
    }
}

#[cfg(test)]
mod tests;
