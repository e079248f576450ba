//! [`Plane`]: the samples of one component, in whole macroblocks, and access to edges for the loop
//! filter.
//!
//! In: macroblocks. Out: rows. Must not know of bits or modes.

use super::filter::{self, EdgeSamples};
use super::header::FilterLimits;
use super::simd;
use crate::error::{Result, Stage};
use crate::limits::Budget;

/// Rows of samples, 16 or 8 per macroblock.
#[derive(Debug)]
pub(crate) struct Plane {
    pub(crate) samples: Vec<u8>,
    pub(crate) stride: usize,
}

/// Which edges of a macroblock are filtered: left, above, and between its subblocks.
#[derive(Debug, Clone, Copy)]
pub(super) struct FilteredEdges {
    pub(super) left: bool,
    pub(super) above: bool,
    pub(super) inner: bool,
    pub(super) simple: bool,
}

impl Plane {
    /// Allocates a plane of `across` by `down` macroblocks with sides of `side` samples.
    pub(super) fn new(across: usize, down: usize, side: usize, budget: &mut Budget<'_>) -> Result<Self> {
        let stride = across * side;
        Ok(Self { samples: budget.zeroed(Stage::Decode, stride * down * side)?, stride })
    }

    /// The first `width` samples of row `y`; empty if there is no such row.
    pub(crate) fn row(&self, y: usize, width: usize) -> &[u8] {
        let start = y * self.stride;
        self.samples.get(start..start + width).unwrap_or_default()
    }

    /// Stores one row of a macroblock.
    #[inline(always)]
    pub(super) fn store_row(&mut self, x: usize, y: usize, row: &[u8]) {
        let start = y * self.stride + x;
        if let Some(place) = self.samples.get_mut(start..start + row.len()) {
            place.copy_from_slice(row);
        }
    }

    /// `H` rows of `W` samples, starting at `(x, y)`.
    #[inline(always)]
    fn block<const W: usize, const H: usize>(&self, x: usize, y: usize) -> [[u8; W]; H] {
        let mut rows = [[0; W]; H];
        let part = self.samples.get(y * self.stride + x..).unwrap_or_default();
        for (row, samples) in rows.iter_mut().zip(part.chunks(self.stride)) {
            if let Some(samples) = samples.first_chunk() {
                *row = *samples;
            }
        }
        rows
    }

    #[inline(always)]
    fn set_block<const W: usize>(&mut self, x: usize, y: usize, rows: &[[u8; W]]) {
        let part = self.samples.get_mut(y * self.stride + x..).unwrap_or_default();
        for (row, samples) in rows.iter().zip(part.chunks_mut(self.stride)) {
            if let Some(samples) = samples.first_chunk_mut() {
                *samples = *row;
            }
        }
    }
}

/// Samples of a macroblock that are filtered together: 16 × 16 of luma, or 8 × 8 of both chroma
/// planes.
pub(super) trait LoopFilter {
    const SIDE: usize;

    /// Edits the samples on both sides of the horizontal edge above row `y`.
    fn edit_horizontal_edge(&mut self, x: usize, y: usize, change: impl FnOnce(&mut EdgeSamples));

    /// Edits the samples on both sides of the vertical edge left of column `x`.
    fn edit_vertical_edge(&mut self, x: usize, y: usize, change: impl FnOnce(&mut EdgeSamples));

    /// Filters the edges of the macroblock at sample `(x, y)`.
    #[inline(always)]
    fn filter(&mut self, x: usize, y: usize, limits: &FilterLimits, edges: FilteredEdges) {
        let limit = limits.edge_limit;
        // The limit for macroblock edges is larger by four.
        let far = limit.saturating_add(4);
        let outer = |across: &mut EdgeSamples| {
            if edges.simple { filter::simple(across, far) } else { filter::macroblock(across, far, limits) }
        };
        let inner = |across: &mut EdgeSamples| {
            if edges.simple { filter::simple(across, limit) } else { filter::subblock(across, limit, limits) }
        };
        if edges.left {
            self.edit_vertical_edge(x, y, outer);
        }
        if edges.inner {
            (4..Self::SIDE).step_by(4).for_each(|further| self.edit_vertical_edge(x + further, y, inner));
        }
        if edges.above {
            self.edit_horizontal_edge(x, y, outer);
        }
        if edges.inner {
            (4..Self::SIDE).step_by(4).for_each(|further| self.edit_horizontal_edge(x, y + further, inner));
        }
    }
}

impl LoopFilter for Plane {
    const SIDE: usize = 16;

    #[inline(always)]
    fn edit_horizontal_edge(&mut self, x: usize, y: usize, change: impl FnOnce(&mut EdgeSamples)) {
        let mut samples = self.block(x, y - 4);
        change(&mut samples);
        self.set_block(x, y - 3, &samples[1..7]);
    }

    #[inline(always)]
    fn edit_vertical_edge(&mut self, x: usize, y: usize, change: impl FnOnce(&mut EdgeSamples)) {
        let mut samples = simd::rows_to_columns(&self.block(x - 4, y));
        change(&mut samples);
        self.set_block(x - 4, y, &simd::columns_to_rows(&samples));
    }
}

impl LoopFilter for [Plane; 2] {
    const SIDE: usize = 8;

    #[inline(always)]
    fn edit_horizontal_edge(&mut self, x: usize, y: usize, change: impl FnOnce(&mut EdgeSamples)) {
        let [u, v] = self.each_ref().map(|plane| plane.block::<8, 8>(x, y - 4));
        let mut samples = [[0; 16]; 8];
        for (both, (u, v)) in samples.iter_mut().zip(u.iter().zip(&v)) {
            both[..8].copy_from_slice(u);
            both[8..].copy_from_slice(v);
        }
        change(&mut samples);
        for (i, plane) in self.iter_mut().enumerate() {
            let rows = [1, 2, 3, 4, 5, 6].map(|row: usize| samples[row].as_chunks::<8>().0[i]);
            plane.set_block(x, y - 3, &rows);
        }
    }

    #[inline(always)]
    fn edit_vertical_edge(&mut self, x: usize, y: usize, change: impl FnOnce(&mut EdgeSamples)) {
        let mut rows = [[0; 8]; 16];
        for (rows, plane) in rows.as_chunks_mut::<8>().0.iter_mut().zip(self.iter()) {
            *rows = plane.block(x - 4, y);
        }
        let mut samples = simd::rows_to_columns(&rows);
        change(&mut samples);
        let rows = simd::columns_to_rows(&samples);
        for (rows, plane) in rows.as_chunks::<8>().0.iter().zip(self) {
            plane.set_block(x - 4, y, rows);
        }
    }
}
