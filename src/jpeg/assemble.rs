//! From lines of samples to finished rows of pixels.
//!
//! In: planes that hold two rows of MCUs, because upsampling reads the rows above and below. Out:
//! the window's interleaved pixels. Must not know of blocks.

use super::color::Coding;
use super::cpu::Cpu;
use super::frame::Frame;
use super::plane::Plane;
use super::scaling::{ComponentGeometry, Scale, Span, Window};
use super::upsample::Upsample;
use crate::error::{Result, Stage};
use crate::limits::Budget;

/// The picture under construction.
#[derive(Debug)]
pub(super) struct Assembler<S = Vec<u8>> {
    coding: Coding,
    window: Window,
    /// Pixel rows of an MCU.
    mcu_height: usize,
    /// Whether the last pixel row of an MCU needs the next MCU.
    reads_neighbor_rows: bool,
    /// Pixels of the first MCUs that are to the left of the window.
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
        geometries: &[ComponentGeometry],
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
        for _ in geometries {
            upsampled.push(budget.zeroed(Stage::Decode, width)?);
        }
        let sums = budget.zeroed(Stage::Decode, width)?;
        let pixels = budget.zeroed(Stage::Decode, window.width * window.height * coding.channels())?;
        let reads_neighbor_rows = geometries.iter().any(|geometry| geometry.upsample.reads_neighbor_rows());
        let left = window.x - columns.start * mcu_width;
        Ok(Self {
            coding,
            window,
            mcu_height,
            reads_neighbor_rows,
            left,
            next: window.y,
            pixels,
            upsampled,
            sums,
        })
    }

    /// The window's pixels, and the bytes of memory that are no longer held.
    pub(super) fn into_pixels(self) -> (Vec<u8>, u64) {
        let lines: usize = self.upsampled.iter().map(Vec::len).sum();
        (self.pixels, (lines + self.sums.len() * 2) as u64)
    }

    /// Assemblers for bands of the window, one below the other, the last pixel row of each given by
    /// `ends`.
    pub(super) fn bands(
        &mut self,
        ends: &[usize],
        budget: &mut Budget<'_>,
    ) -> Result<Vec<Assembler<&mut [u8]>>> {
        let Self { coding, window, mcu_height, reads_neighbor_rows, left, .. } = *self;
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
                reads_neighbor_rows,
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
    /// Finishes every pixel row that can be finished once row `row` of MCUs is complete. `last`
    /// says whether this is the last row that the window needs.
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
            (row + 1) * self.mcu_height - usize::from(self.reads_neighbor_rows)
        };
        let end = complete.min(window.y + window.height);
        let stride = window.width * self.coding.channels();
        while self.next < end {
            let y = self.next;
            for (plane, full) in planes.iter().zip(&mut self.upsampled) {
                if plane.geometry.upsample == Upsample::None {
                    continue;
                }
                let (near, far) = plane.geometry.upsample.rows(y);
                let (near, far) = (plane.line(near), plane.line(far.unwrap_or(near)));
                plane.geometry.upsample.row(y, near, far, &mut self.sums, full);
            }
            let mut lines: [&[u8]; 4] = [&[]; 4];
            for ((line, plane), full) in lines.iter_mut().zip(planes).zip(&self.upsampled) {
                let full = if plane.geometry.upsample == Upsample::None { plane.line(y) } else { full };
                *line = full.get(self.left..self.left + window.width).unwrap_or_default();
            }
            let at = (y - window.y) * stride;
            if let (Some(out), Some(lines)) =
                (self.pixels.as_mut().get_mut(at..at + stride), lines.get(..planes.len()))
            {
                interleave(self.coding, cpu, lines, out);
            }
            self.next += 1;
        }
    }

    /// The window, and the pixel rows of an MCU.
    pub(super) fn grid(&self) -> (Window, usize) {
        (self.window, self.mcu_height)
    }
}

/// Interleaves one row. YCbCr becomes RGB, all other codings are left as they are.
#[inline(always)]
fn interleave<P: Cpu>(coding: Coding, cpu: P, rows: &[&[u8]], out: &mut [u8]) {
    match (coding, rows) {
        (Coding::Gray, [gray]) => out.copy_from_slice(gray),
        (Coding::YCbCr, [y, cb, cr]) => cpu.ycc_to_rgb_row(y, cb, cr, out),
        (_, [a, b, c]) => {
            for (((out, &a), &b), &c) in out.as_chunks_mut::<3>().0.iter_mut().zip(*a).zip(*b).zip(*c) {
                *out = [a, b, c];
            }
        }
        (_, [a, b, c, d]) => {
            let pixels = out.as_chunks_mut::<4>().0.iter_mut();
            for ((((out, &a), &b), &c), &d) in pixels.zip(*a).zip(*b).zip(*c).zip(*d) {
                *out = [a, b, c, d];
            }
        }
        _ => {}
    }
}
