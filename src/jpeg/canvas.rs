//! From blocks of samples to finished rows of pixels.
//!
//! In: blocks, one row of MCUs after the other. Out: the window's interleaved pixels. Holds two rows of MCUs of each
//! component, because upsampling looks at the rows above and below. Must not know of coefficients.

use super::color::Coding;
use super::frame::Frame;
use super::idct;
use super::processor::Processor;
use super::shape::{Scale, Shape, Span, Window};
use super::store::Store;
use super::tables::Quantization;
use super::upsample::Upsample;
use crate::error::{Result, Stage};
use crate::limits::Budget;

/// The picture being put together.
#[derive(Debug)]
pub(super) struct Canvas {
    pub(super) planes: Vec<Plane>,
    /// The MCUs that the window needs.
    pub(super) rows: Span,
    pub(super) columns: Span,
    coding: Coding,
    window: Window,
    /// Pixel rows of an MCU that are complete without the next one, and pixels of its width.
    mcu_height: usize,
    mcu_width: usize,
    /// Whether the last row of an MCU must wait for the next.
    leans: bool,
    /// The next pixel row to finish, in the scaled picture.
    next: usize,
    pixels: Vec<u8>,
    /// One row of each component at full width, and scratch.
    upsampled: Vec<Vec<u8>>,
    sums: Vec<u16>,
    /// What is given back at the end.
    working: u64,
}

/// Two rows of MCUs of one component.
#[derive(Debug)]
pub(super) struct Plane {
    pub(super) shape: Shape,
    samples: Vec<u8>,
    stride: usize,
    /// The component's samples left of the first column.
    left: usize,
}

impl Plane {
    /// Puts a block of `N` by `N` samples at its place: `row` counts the blocks of two rows of MCUs, `column` those of the
    /// component.
    #[inline(always)]
    pub(super) fn put<const N: usize>(&mut self, row: usize, column: usize, block: &[[u8; N]; N]) {
        let mut at = row * N * self.stride + (column * N).wrapping_sub(self.left);
        for samples in block {
            if let Some(target) = self.samples.get_mut(at..).and_then(<[u8]>::first_chunk_mut::<N>) {
                *target = *samples;
            }
            at = at.wrapping_add(self.stride);
        }
    }

    /// Transforms the blocks of a row of MCUs, those of `columns`, and puts them at their places.
    #[inline(always)]
    pub(super) fn put_row<P: Processor>(
        &mut self,
        processor: P,
        store: &Store,
        row: usize,
        columns: Span,
        table: &Quantization,
    ) {
        let Shape { h, v, size, .. } = self.shape;
        for j in 0..v {
            let turn = (row & 1) * v + j;
            for column in columns.start * h..columns.end * h {
                let block = &store.block(row * v + j, column);
                match size {
                    1 => self.put(turn, column, &[[idct::eighth(block[0], table)]]),
                    2 => self.put(turn, column, &idct::quarter(block, table)),
                    4 => self.put(turn, column, &processor.half(block, table)),
                    _ => self.put(turn, column, &processor.full(block, table)),
                }
            }
        }
    }

    /// A row of samples, by its number in the whole component; the edge goes on below the last.
    fn line(&self, y: usize) -> &[u8] {
        let y = y.min(self.shape.height - 1) % (2 * self.shape.mcu_height());
        let line = self.samples.get(y * self.stride..(y + 1) * self.stride).unwrap_or_default();
        line.get(..self.shape.width - self.left).unwrap_or(line)
    }
}

impl Canvas {
    pub(super) fn new(
        frame: &Frame,
        shapes: &[Shape],
        coding: Coding,
        scale: Scale,
        window: Window,
        budget: &mut Budget<'_>,
    ) -> Result<Self> {
        let unit = scale.eighths() as usize;
        let (mcu_width, mcu_height) = (frame.h_max * unit, frame.v_max * unit);
        let (across, down) = frame.mcus();
        let columns = Span::new(window.x, window.width, mcu_width, across);
        let rows = Span::new(window.y, window.height, mcu_height, down);
        let count = columns.end - columns.start;
        let mut working = 0;
        let mut zeroed = |len: usize, budget: &mut Budget<'_>| {
            working += len as u64;
            budget.zeroed::<u8>(Stage::Decode, len)
        };
        let (mut planes, mut upsampled) = (Vec::new(), Vec::new());
        for &shape in shapes {
            let stride = count * shape.mcu_width();
            let samples = zeroed(stride * 2 * shape.mcu_height(), budget)?;
            planes.push(Plane { shape, samples, stride, left: columns.start * shape.mcu_width() });
            upsampled.push(zeroed(count * mcu_width, budget)?);
        }
        let sums = budget.zeroed::<u16>(Stage::Decode, count * mcu_width)?;
        working += sums.len() as u64 * 2;
        let pixels = budget.zeroed(Stage::Decode, window.width * window.height * coding.channels())?;
        let leans = shapes.iter().any(|shape| shape.upsample.leans());
        let next = window.y;
        Ok(Self {
            planes,
            rows,
            columns,
            coding,
            window,
            mcu_height,
            mcu_width,
            leans,
            next,
            pixels,
            upsampled,
            sums,
            working,
        })
    }

    /// Finishes what pixel rows it can, now that all blocks of row `row` of MCUs are there.
    pub(super) fn finish_row<P: Processor>(&mut self, processor: P, row: usize) {
        processor.run(|| self.finish(processor, row));
    }

    #[inline(always)]
    fn finish<P: Processor>(&mut self, processor: P, row: usize) {
        let window = self.window;
        let complete = if row + 1 == self.rows.end {
            window.y + window.height
        } else {
            (row + 1) * self.mcu_height - usize::from(self.leans)
        };
        let end = complete.min(window.y + window.height);
        let start = window.x - self.columns.start * self.mcu_width;
        let stride = window.width * self.coding.channels();
        while self.next < end {
            let y = self.next;
            for (plane, full) in self.planes.iter().zip(&mut self.upsampled) {
                if plane.shape.upsample == Upsample::None {
                    continue;
                }
                let (near, far) = plane.shape.upsample.rows(y);
                let (near, far) = (plane.line(near), plane.line(far.unwrap_or(near)));
                plane.shape.upsample.row(y, near, far, &mut self.sums, full);
            }
            let mut lines: [&[u8]; 4] = [&[]; 4];
            for ((line, plane), full) in lines.iter_mut().zip(&self.planes).zip(&self.upsampled) {
                let full = if plane.shape.upsample == Upsample::None { plane.line(y) } else { full };
                *line = full.get(start..start + window.width).unwrap_or_default();
            }
            let at = (y - window.y) * stride;
            if let (Some(out), Some(lines)) =
                (self.pixels.get_mut(at..at + stride), lines.get(..self.planes.len()))
            {
                self.coding.interleave(processor, lines, out);
            }
            self.next += 1;
        }
    }

    /// The window's pixels.
    pub(super) fn into_pixels(self, budget: &mut Budget<'_>) -> Vec<u8> {
        budget.release(self.working);
        self.pixels
    }
}
