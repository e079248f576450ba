//! One component's samples.
//!
//! In: blocks of samples or coefficients, and their positions. Out: lines of samples. Holds two
//! rows of MCUs that are reused in turn, or all rows that a window needs. Must not know of entropy
//! coding or color.

use super::coefficients::CoefficientBuffer;
use super::cpu::Cpu;
use super::idct;
use super::scaling::{ComponentGeometry, Span};
use super::tables::Quantization;
use crate::error::{Result, Stage};
use crate::limits::Budget;

/// The sample value of a block without coefficients.
const GRAY: u8 = 128;

/// Some rows of MCUs of one component.
#[derive(Debug)]
pub(crate) struct Plane<S = Vec<u8>> {
    pub(super) geometry: ComponentGeometry,
    samples: S,
    stride: usize,
    /// The component's samples to the left of the first column.
    left: usize,
    /// The columns and rows of MCUs that the plane can hold.
    columns: Span,
    rows: Span,
}

impl Plane {
    /// A plane for `columns` and `rows` of MCUs.
    pub(super) fn new(
        geometry: ComponentGeometry,
        columns: Span,
        rows: Span,
        budget: &mut Budget<'_>,
    ) -> Result<Self> {
        let stride = columns.len() * geometry.mcu_width();
        let samples = budget.zeroed(Stage::Decode, stride * rows.len() * geometry.mcu_height())?;
        Ok(Self { geometry, samples, stride, left: columns.start * geometry.mcu_width(), columns, rows })
    }
}

impl<S: AsRef<[u8]> + AsMut<[u8]>> Plane<S> {
    /// Stores a block of `N` by `N` samples. `row` counts the rows of blocks in this plane,
    /// `column` those of the whole component.
    #[inline(always)]
    pub(super) fn put_block<const N: usize>(&mut self, row: usize, column: usize, block: &[[u8; N]; N]) {
        // No overflow: sides of pictures have 16 bits.
        let start = row.wrapping_mul(N).wrapping_mul(self.stride);
        let mut at = start.wrapping_add(column.wrapping_mul(N)).wrapping_sub(self.left);
        for samples in block {
            if let Some(target) = self.samples.as_mut().get_mut(at..).and_then(<[u8]>::first_chunk_mut::<N>) {
                *target = *samples;
            }
            at = at.wrapping_add(self.stride);
        }
    }

    /// Stores a block that could not be decoded: all its coefficients are 0.
    #[cold]
    pub(super) fn put_gray_block(&mut self, row: usize, column: usize) {
        match self.geometry.block_size {
            1 => self.put_block(row, column, &[[GRAY; 1]; 1]),
            2 => self.put_block(row, column, &[[GRAY; 2]; 2]),
            4 => self.put_block(row, column, &[[GRAY; 4]; 4]),
            _ => self.put_block(row, column, &[[GRAY; 8]; 8]),
        }
    }

    /// Transforms and stores the blocks of a row of MCUs. `buffer_row` is its index among the rows
    /// that the plane holds.
    #[inline(always)]
    pub(super) fn put_mcu_row<P: Cpu>(
        &mut self,
        cpu: P,
        buffer: &CoefficientBuffer,
        row: usize,
        buffer_row: usize,
        table: &Quantization,
    ) {
        let ComponentGeometry { h, v, block_size, .. } = self.geometry;
        for j in 0..v {
            let buffer_row = buffer_row * v + j;
            let columns = self.columns.start * h..self.columns.end * h;
            if block_size == 1 {
                let line = self.samples.as_mut().get_mut(buffer_row * self.stride..).unwrap_or_default();
                for (sample, &dc) in line.iter_mut().zip(buffer.dc_line(row * v + j, columns)) {
                    *sample = idct::eighth(dc, table);
                }
                continue;
            }
            if block_size == 2 {
                for column in columns {
                    let [a, b, c, d] = buffer.corner(row * v + j, column);
                    self.put_block(buffer_row, column, &idct::quarter([[a, b], [c, d]], table));
                }
                continue;
            }
            for column in columns {
                let block = &buffer.block(row * v + j, column);
                match block_size {
                    4 => self.put_block(buffer_row, column, &cpu.idct_half(block, table)),
                    _ => self.put_block(buffer_row, column, &cpu.idct_full(block, table)),
                }
            }
        }
    }

    /// The component's lines above the first one.
    pub(crate) fn top(&self) -> usize {
        self.rows.start * self.geometry.mcu_height()
    }

    /// A line of samples by its number in the whole component. Below the last line, the edge
    /// repeats. In a plane that holds fewer rows of MCUs than there are, the row stored last at
    /// that index is read.
    pub(super) fn line(&self, y: usize) -> &[u8] {
        let capacity = (self.rows.len() * self.geometry.mcu_height()).max(1);
        let y = (y.min(self.geometry.height - 1) - self.top()) % capacity;
        let line = self.samples.as_ref().get(y * self.stride..(y + 1) * self.stride).unwrap_or_default();
        line.get(..self.geometry.width - self.left).unwrap_or(line)
    }
}

impl Plane {
    /// The component's samples to the left of the first column.
    pub(crate) fn left(&self) -> usize {
        self.left
    }

    /// Samples per line and lines that belong to the picture.
    pub(crate) fn size(&self) -> (usize, usize) {
        let lines = self.rows.len() * self.geometry.mcu_height();
        (self.stride.min(self.geometry.width - self.left), lines.min(self.geometry.height - self.top()))
    }

    /// Samples from one line to the next.
    pub(crate) fn stride(&self) -> usize {
        self.stride
    }

    /// Samples per pixel of the picture as coded, horizontally and vertically.
    pub(crate) fn density(&self) -> (f64, f64) {
        self.geometry.density
    }

    pub(crate) fn into_samples(self) -> Vec<u8> {
        self.samples
    }

    /// Memory in use.
    pub(super) fn bytes(&self) -> u64 {
        self.samples.len() as u64
    }
}

impl Plane {
    /// Planes of the same columns, one for each of `spans`, in `samples`, which must be large
    /// enough for all.
    pub(super) fn split<'s>(&self, mut samples: &'s mut [u8], spans: &[Span]) -> Vec<Plane<&'s mut [u8]>> {
        let part = |&rows: &Span| {
            let length = rows.len() * self.row_bytes();
            let samples = samples.split_off_mut(..length).unwrap_or_default();
            let Self { geometry, stride, left, columns, .. } = *self;
            Plane { geometry, samples, stride, left, columns, rows }
        };
        spans.iter().map(part).collect()
    }

    /// Its samples, and a plane like it without any.
    pub(super) fn take_memory(&mut self) -> (Self, &mut [u8]) {
        let Self { geometry, stride, left, columns, rows, .. } = *self;
        (Self { geometry, samples: Vec::new(), stride, left, columns, rows }, &mut self.samples)
    }

    /// Memory of one row of MCUs.
    pub(super) fn row_bytes(&self) -> usize {
        self.stride * self.geometry.mcu_height()
    }
}
