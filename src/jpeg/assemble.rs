//! From lines of samples to finished rows of pixels.
//!
//! In: planes that hold two rows of MCUs, because upsampling looks at the rows above and below. Out: the window's
//! interleaved pixels. Must not know of blocks.

use super::color::Coding;
use super::cpu::Cpu;
use super::frame::Frame;
use super::plane::Plane;
use super::scaling::{ComponentGeometry, Scale, Span, Window};
use super::upsample::Upsample;
use crate::error::{Result, Stage};
use crate::limits::Budget;

/// The picture being put together.
#[derive(Debug)]
pub(super) struct Assembler<S = Vec<u8>> {
    coding: Coding,
    window: Window,
    /// Pixel rows of an MCU that are complete without the next one.
    mcu_height: usize,
    /// Whether the last row of an MCU must wait for the next.
    leans: bool,
    /// Pixels of the first MCUs that lie left of the window.
    left: usize,
    /// The next pixel row to finish, in the scaled picture.
    next: usize,
    pixels: S,
    /// One row of each component at full width, and scratch.
    upsampled: Vec<Vec<u8>>,
    sums: Vec<u16>,
}

impl Assembler {
    pub(super) fn new(
        frame: &Frame,
        shapes: &[ComponentGeometry],
        coding: Coding,
        scale: Scale,
        window: Window,
        columns: Span,
        budget: &mut Budget<'_>,
    ) -> Result<Self> {
        let unit = scale.eighths() as usize;
        let (mcu_width, mcu_height) = (frame.h_max * unit, frame.v_max * unit);
        let width = columns.len() * mcu_width;
        let mut upsampled = Vec::with_capacity(4);
        for _ in shapes {
            upsampled.push(budget.zeroed(Stage::Decode, width)?);
        }
        let sums = budget.zeroed(Stage::Decode, width)?;
        let pixels = budget.zeroed(Stage::Decode, window.width * window.height * coding.channels())?;
        let leans = shapes.iter().any(|shape| shape.upsample.leans());
        let left = window.x - columns.start * mcu_width;
        Ok(Self { coding, window, mcu_height, leans, left, next: window.y, pixels, upsampled, sums })
    }

    /// The window's pixels, and the memory that is no longer held.
    pub(super) fn into_pixels(self) -> (Vec<u8>, u64) {
        let lines: usize = self.upsampled.iter().map(Vec::len).sum();
        (self.pixels, (lines + self.sums.len() * 2) as u64)
    }

    /// Composers of bands of the window, one below the other, as long as there are rows; each ends at one of `ends`.
    #[cfg(feature = "parallel")]
    pub(super) fn bands(
        &mut self,
        ends: &[usize],
        budget: &mut Budget<'_>,
    ) -> Result<Vec<Assembler<&mut [u8]>>> {
        let Self { coding, window, mcu_height, leans, left, .. } = *self;
        let (mut rest, mut y) = (self.pixels.as_mut_slice(), window.y);
        let mut bands = Vec::with_capacity(ends.len());
        for &end in ends {
            let height = end.min(window.y + window.height).saturating_sub(y);
            let length = height * window.width * coding.channels();
            let pixels = rest.split_off_mut(..length).unwrap_or_default();
            let mut upsampled = Vec::with_capacity(4);
            for line in &self.upsampled {
                upsampled.push(budget.zeroed(Stage::Decode, line.len())?);
            }
            let sums = budget.zeroed(Stage::Decode, self.sums.len())?;
            let window = Window { y, height, ..window };
            bands.push(Assembler {
                coding,
                window,
                mcu_height,
                leans,
                left,
                next: y,
                pixels,
                upsampled,
                sums,
            });
            y += height;
        }
        Ok(bands)
    }
}

impl<S: AsMut<[u8]>> Assembler<S> {
    /// Finishes what pixel rows it can, now that all blocks of row `row` of MCUs are there; `last` says whether it is the
    /// last that the window needs.
    #[inline(always)]
    pub(super) fn finish<P: Cpu, Q: AsRef<[u8]> + AsMut<[u8]>>(
        &mut self,
        cpu: P,
        planes: &[Plane<Q>],
        row: usize,
        last: bool,
    ) {
        let window = self.window;
        let complete = if last {
            window.y + window.height
        } else {
            (row + 1) * self.mcu_height - usize::from(self.leans)
        };
        let end = complete.min(window.y + window.height);
        let stride = window.width * self.coding.channels();
        while self.next < end {
            let y = self.next;
            for (plane, full) in planes.iter().zip(&mut self.upsampled) {
                if plane.shape.upsample == Upsample::None {
                    continue;
                }
                let (near, far) = plane.shape.upsample.rows(y);
                let (near, far) = (plane.line(near), plane.line(far.unwrap_or(near)));
                plane.shape.upsample.row(y, near, far, &mut self.sums, full);
            }
            let mut lines: [&[u8]; 4] = [&[]; 4];
            for ((line, plane), full) in lines.iter_mut().zip(planes).zip(&self.upsampled) {
                let full = if plane.shape.upsample == Upsample::None { plane.line(y) } else { full };
                *line = full.get(self.left..self.left + window.width).unwrap_or_default();
            }
            let at = (y - window.y) * stride;
            if let (Some(out), Some(lines)) =
                (self.pixels.as_mut().get_mut(at..at + stride), lines.get(..planes.len()))
            {
                self.coding.interleave(cpu, lines, out);
            }
            self.next += 1;
        }
    }

    /// The window, and the rows of pixels that an MCU has.
    #[cfg(feature = "parallel")]
    pub(super) fn grid(&self) -> (Window, usize) {
        (self.window, self.mcu_height)
    }
}
