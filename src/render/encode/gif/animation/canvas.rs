//! [`Canvas`]: what a viewer shows, and what was wanted where it was written.
//!
//! In: pictures, and the indices that are written. Out: which pixels are to be written. Must not
//! know of palettes and files.

use std::ops::Range;

use super::area::Area;
use super::dither::{ABSENT, CHANGED, UNCHANGED};
use crate::error::{Result, Stage};
use crate::geometry::Size;
use crate::limits::Budget;

/// Pixels with alpha below this are transparent.
const OPAQUE_ALPHA: u8 = 128;

/// The index for a pixel that stays as it is.
pub(super) const LEAVE: u8 = u8::MAX;

/// Pixels processed between interrupt checks.
const CHECK_INTERVAL: usize = 64 << 10;

#[derive(Debug)]
pub(super) struct Canvas {
    pub(super) width: usize,
    pub(super) height: usize,
    /// The color of each pixel as it is shown; zeros if none is.
    pub(super) shown: Vec<[u8; 4]>,
    /// The color that was wanted when the pixel was written last.
    wanted: Vec<[u8; 4]>,
    /// First what is to be done with each pixel, then its index.
    pub(super) indices: Vec<u8>,
}

#[inline(always)]
pub(super) fn is_opaque(pixel: [u8; 4]) -> bool {
    pixel[3] >= OPAQUE_ALPHA
}

/// An opaque pixel's color.
#[inline(always)]
pub(super) fn opaque([red, green, blue, _]: [u8; 4]) -> [u8; 4] {
    [red, green, blue, u8::MAX]
}

impl Canvas {
    /// Its bytes in memory for each pixel.
    pub(super) const BYTES_PER_PIXEL: u64 = 4 + 4 + 1;

    pub(super) fn new(size: Size, budget: &mut Budget<'_>) -> Result<Self> {
        let (width, height) = (size.width as usize, size.height as usize);
        let pixels = width * height;
        Ok(Self {
            width,
            height,
            shown: budget.zeroed(Stage::Encode, pixels)?,
            wanted: budget.zeroed(Stage::Encode, pixels)?,
            indices: budget.zeroed(Stage::Encode, pixels)?,
        })
    }

    pub(super) fn area(&self) -> Area {
        Area { left: 0, top: 0, right: self.width, bottom: self.height }
    }

    /// The pixels of row `y` of an area.
    pub(super) fn row(&self, area: Area, y: usize) -> Range<usize> {
        y * self.width + area.left..y * self.width + area.right
    }

    /// The pixels that are shown by `picture` and not by `after`.
    pub(super) fn vanishing(
        &self,
        picture: &[[u8; 4]],
        after: &[[u8; 4]],
        budget: &Budget<'_>,
    ) -> Result<Area> {
        let mut area = Area::EMPTY;
        for y in 0..self.height {
            self.check_interrupt(y, budget)?;
            let row = self.row(self.area(), y);
            let (pixels, after) = (&picture[row.clone()], &after[row]);
            if pixels != after {
                let vanishes = |(pixel, after): (&[u8; 4], &[u8; 4])| is_opaque(*pixel) && !is_opaque(*after);
                area.add_row(y, pixels.iter().zip(after).map(vanishes));
            }
        }
        Ok(area)
    }

    /// Finds out which pixels of `picture` differ by more than `tolerance` from what was wanted when
    /// they were written. Returns the area that holds them, and their number.
    pub(super) fn compare(
        &mut self,
        picture: &[[u8; 4]],
        tolerance: u8,
        budget: &Budget<'_>,
    ) -> Result<(Area, usize)> {
        let (mut area, mut count) = (Area::EMPTY, 0);
        for y in 0..self.height {
            self.check_interrupt(y, budget)?;
            let row = self.row(self.area(), y);
            let tasks = &mut self.indices[row.clone()];
            let changed = compare(&picture[row.clone()], &self.wanted[row], tolerance, tasks);
            if changed > 0 {
                area.add_row(y, tasks.iter().map(|task| *task == CHANGED));
                count += changed;
            }
        }
        Ok((area, count))
    }

    /// The part of `area` that holds what is written.
    pub(super) fn written(&self, area: Area) -> Area {
        let mut written = Area::EMPTY;
        for y in area.top..area.bottom {
            let row = &self.indices[self.row(Area { left: 0, right: self.width, ..area }, y)];
            let inside = |(x, index): (usize, &u8)| *index != LEAVE && (area.left..area.right).contains(&x);
            written.add_row(y, row.iter().enumerate().map(inside));
        }
        written
    }

    /// Notes what row `y` of an area shows from now on.
    pub(super) fn show(&mut self, area: Area, y: usize, picture: &[[u8; 4]], colors: &[[u8; 4]; 256]) {
        let row = self.row(area, y);
        let pixels = self.shown[row.clone()].iter_mut().zip(&mut self.wanted[row.clone()]);
        for ((shown, wanted), (&index, &pixel)) in
            pixels.zip(self.indices[row.clone()].iter().zip(&picture[row]))
        {
            let new = if index == LEAVE { 0 } else { u32::MAX };
            *shown = choose(new, colors[usize::from(index)], *shown);
            *wanted = choose(new, opaque(pixel), *wanted);
        }
    }

    /// Notes that an area shows nothing from now on.
    pub(super) fn clear(&mut self, area: Area) {
        for y in area.top..area.bottom {
            let row = self.row(area, y);
            self.shown[row.clone()].fill([0; 4]);
            self.wanted[row].fill([0; 4]);
        }
    }

    /// Checks the interrupt now and then while rows are processed.
    pub(super) fn check_interrupt(&self, y: usize, budget: &Budget<'_>) -> Result<()> {
        if y.is_multiple_of(CHECK_INTERVAL / self.width.max(1) + 1) {
            budget.check_interrupt(Stage::Encode)?;
        }
        Ok(())
    }
}

/// One color where `mask` has ones, the other where it has zeros: not a branch, which would be
/// mispredicted for every other pixel.
#[inline(always)]
fn choose(mask: u32, one: [u8; 4], other: [u8; 4]) -> [u8; 4] {
    (u32::from_le_bytes(one) & mask | u32::from_le_bytes(other) & !mask).to_le_bytes()
}

/// Writes what is to be done with each pixel. Returns how many have changed.
fn compare(pixels: &[[u8; 4]], wanted: &[[u8; 4]], tolerance: u8, tasks: &mut [u8]) -> usize {
    const PIXELS: usize = 32;
    let mut changed = 0;
    let chunks = pixels.chunks(PIXELS).zip(wanted.chunks(PIXELS)).zip(tasks.chunks_mut(PIXELS));
    for ((pixels, wanted), tasks) in chunks {
        // Bytes by which samples differ too much; that of alpha is ignored.
        let mut excess = [[0_u8; 4]; PIXELS];
        let samples = pixels.as_flattened().iter().zip(wanted.as_flattened());
        for (excess, (sample, wanted)) in excess.as_flattened_mut().iter_mut().zip(samples) {
            *excess = sample.abs_diff(*wanted).saturating_sub(tolerance);
        }
        for ((task, excess), (pixel, wanted)) in tasks.iter_mut().zip(excess).zip(pixels.iter().zip(wanted)) {
            let differs = (u32::from_le_bytes(excess) & 0xff_ffff != 0) | (wanted[3] == 0);
            *task = if differs { CHANGED } else { UNCHANGED };
            *task = if is_opaque(*pixel) { *task } else { ABSENT };
            changed += usize::from(*task == CHANGED);
        }
    }
    changed
}
