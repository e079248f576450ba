//! One component's samples.
//!
//! In: blocks of samples or coefficients and their places. Out: lines of samples. Holds two rows of MCUs, one after the
//! other, or all that a window needs. Must not know of entropy codes or color.

use super::coefficients::CoefficientBuffer;
use super::cpu::Cpu;
use super::idct;
use super::scaling::{ComponentGeometry, Span};
use super::tables::Quantization;
use crate::error::{Result, Stage};
use crate::limits::Budget;

/// What a block without coefficients shows.
const GRAY: u8 = 128;

/// Some rows of MCUs of one component.
#[derive(Debug)]
pub(crate) struct Plane<S = Vec<u8>> {
    pub(super) shape: ComponentGeometry,
    samples: S,
    stride: usize,
    /// The component's samples left of the first column.
    left: usize,
    /// Columns and rows of MCUs that there is room for.
    columns: Span,
    rows: Span,
}

impl Plane {
    /// Room for `columns` and `rows` of MCUs.
    pub(super) fn new(
        shape: ComponentGeometry,
        columns: Span,
        rows: Span,
        budget: &mut Budget<'_>,
    ) -> Result<Self> {
        let stride = columns.len() * shape.mcu_width();
        let samples = budget.zeroed(Stage::Decode, stride * rows.len() * shape.mcu_height())?;
        Ok(Self { shape, samples, stride, left: columns.start * shape.mcu_width(), columns, rows })
    }
}

impl<S: AsRef<[u8]> + AsMut<[u8]>> Plane<S> {
    /// Puts a block of `N` by `N` samples at its place: `row` counts the blocks that there is room for, `column` those of
    /// the component.
    #[inline(always)]
    pub(super) fn put<const N: usize>(&mut self, row: usize, column: usize, block: &[[u8; N]; N]) {
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

    /// Puts a block of which nothing is known: all its coefficients are 0.
    #[cold]
    pub(super) fn put_gray(&mut self, row: usize, column: usize) {
        match self.shape.size {
            1 => self.put(row, column, &[[GRAY; 1]; 1]),
            2 => self.put(row, column, &[[GRAY; 2]; 2]),
            4 => self.put(row, column, &[[GRAY; 4]; 4]),
            _ => self.put(row, column, &[[GRAY; 8]; 8]),
        }
    }

    /// Transforms the blocks of a row of MCUs and puts them at their places. `turn` is the row's number among those that
    /// there is room for.
    #[inline(always)]
    pub(super) fn put_row<P: Cpu>(
        &mut self,
        cpu: P,
        store: &CoefficientBuffer,
        row: usize,
        turn: usize,
        table: &Quantization,
    ) {
        let ComponentGeometry { h, v, size, .. } = self.shape;
        for j in 0..v {
            let turn = turn * v + j;
            let columns = self.columns.start * h..self.columns.end * h;
            if size == 1 {
                let line = self.samples.as_mut().get_mut(turn * self.stride..).unwrap_or_default();
                for (sample, &dc) in line.iter_mut().zip(store.dc_line(row * v + j, columns)) {
                    *sample = idct::eighth(dc, table);
                }
                continue;
            }
            if size == 2 {
                for column in columns {
                    let [a, b, c, d] = store.corner(row * v + j, column);
                    self.put(turn, column, &idct::quarter([[a, b], [c, d]], table));
                }
                continue;
            }
            for column in columns {
                let block = &store.block(row * v + j, column);
                match size {
                    4 => self.put(turn, column, &cpu.half(block, table)),
                    _ => self.put(turn, column, &cpu.full(block, table)),
                }
            }
        }
    }

    /// Of the component's lines, those above the first.
    pub(crate) fn top(&self) -> usize {
        self.rows.start * self.shape.mcu_height()
    }

    /// A row of samples, by its number in the whole component; the edge goes on below the last. Of a plane with room for
    /// fewer rows than there are, the last to be put there.
    pub(super) fn line(&self, y: usize) -> &[u8] {
        let room = (self.rows.len() * self.shape.mcu_height()).max(1);
        let y = (y.min(self.shape.height - 1) - self.top()) % room;
        let line = self.samples.as_ref().get(y * self.stride..(y + 1) * self.stride).unwrap_or_default();
        line.get(..self.shape.width - self.left).unwrap_or(line)
    }
}

impl Plane {
    /// Of the component's samples, those left of the first column.
    pub(crate) fn left(&self) -> usize {
        self.left
    }

    /// Samples of a line and lines that belong to the picture.
    pub(crate) fn size(&self) -> (usize, usize) {
        let lines = self.rows.len() * self.shape.mcu_height();
        (self.stride.min(self.shape.width - self.left), lines.min(self.shape.height - self.top()))
    }

    /// Samples from one line to the next.
    pub(crate) fn stride(&self) -> usize {
        self.stride
    }

    /// Samples for one pixel of the picture as coded, across and down.
    pub(crate) fn density(&self) -> (f64, f64) {
        self.shape.density
    }

    pub(crate) fn into_samples(self) -> Vec<u8> {
        self.samples
    }

    /// Memory it takes.
    pub(super) fn bytes(&self) -> u64 {
        self.samples.len() as u64
    }
}

#[cfg(feature = "parallel")]
impl Plane {
    /// As many planes of the same columns as there are `spans`, in memory that fits them.
    pub(super) fn over<'s>(&self, mut samples: &'s mut [u8], spans: &[Span]) -> Vec<Plane<&'s mut [u8]>> {
        let part = |&rows: &Span| {
            let length = rows.len() * self.row_bytes();
            let samples = samples.split_off_mut(..length).unwrap_or_default();
            let Self { shape, stride, left, columns, .. } = *self;
            Plane { shape, samples, stride, left, columns, rows }
        };
        spans.iter().map(part).collect()
    }

    /// Its memory, and a plane like it without.
    pub(super) fn parts(&mut self) -> (Self, &mut [u8]) {
        let Self { shape, stride, left, columns, rows, .. } = *self;
        (Self { shape, samples: Vec::new(), stride, left, columns, rows }, &mut self.samples)
    }

    /// Memory that a row of MCUs takes.
    pub(super) fn row_bytes(&self) -> usize {
        self.stride * self.shape.mcu_height()
    }
}
