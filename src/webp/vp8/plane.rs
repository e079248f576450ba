//! [`Plane`]: one component's samples, in whole macroblocks, and its edges' places for the filter.
//!
//! In: macroblocks. Out: rows. Must not know of bits or modes.

use super::filter::{self, Across};
use super::header::Strength;
use super::vectors_simd as vectors;
use crate::error::{Result, Stage};
use crate::limits::Budget;

/// Samples in rows, 16 or 8 a macroblock.
#[derive(Debug)]
pub(crate) struct Plane {
    pub(crate) samples: Vec<u8>,
    pub(crate) stride: usize,
}

/// Which of a macroblock's edges are filtered: those to its left and above it, those within.
#[derive(Debug, Clone, Copy)]
pub(super) struct Edges {
    pub(super) left: bool,
    pub(super) above: bool,
    pub(super) inner: bool,
    pub(super) simple: bool,
}

impl Plane {
    /// Room for so many macroblocks of `side` samples a side.
    pub(super) fn new(across: usize, down: usize, side: usize, budget: &mut Budget<'_>) -> Result<Self> {
        let stride = across * side;
        Ok(Self { samples: budget.zeroed(Stage::Decode, stride * down * side)?, stride })
    }

    /// The first `width` samples of row `y`; nothing where there is none.
    pub(in crate::webp) fn line(&self, y: usize, width: usize) -> &[u8] {
        let start = y * self.stride;
        self.samples.get(start..start + width).unwrap_or_default()
    }

    /// Puts a macroblock's row where it belongs.
    #[inline(always)]
    pub(super) fn put(&mut self, x: usize, y: usize, row: &[u8]) {
        let start = y * self.stride + x;
        if let Some(place) = self.samples.get_mut(start..start + row.len()) {
            place.copy_from_slice(row);
        }
    }

    /// `H` rows of `W` samples, from `(x, y)` on.
    #[inline(always)]
    fn rows<const W: usize, const H: usize>(&self, x: usize, y: usize) -> [[u8; W]; H] {
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
    fn set_rows<const W: usize>(&mut self, x: usize, y: usize, rows: &[[u8; W]]) {
        let part = self.samples.get_mut(y * self.stride + x..).unwrap_or_default();
        for (row, samples) in rows.iter().zip(part.chunks_mut(self.stride)) {
            if let Some(samples) = samples.first_chunk_mut() {
                *samples = *row;
            }
        }
    }
}

/// A macroblock's samples whose edges are filtered together: 16 of luma a side, or 8 of both chromas.
pub(super) trait Filtered {
    const SIDE: usize;

    /// Changes what lies across the edge above row `y`.
    fn along(&mut self, x: usize, y: usize, change: impl FnOnce(&mut Across));

    /// Changes what lies across the edge left of column `x`.
    fn down(&mut self, x: usize, y: usize, change: impl FnOnce(&mut Across));

    /// Filters the edges of the macroblock at sample `(x, y)`.
    #[inline(always)]
    fn filter(&mut self, x: usize, y: usize, strength: &Strength, edges: Edges) {
        let limit = strength.limit;
        // Between macroblocks, four more.
        let far = limit.saturating_add(4);
        let outer = |across: &mut Across| {
            if edges.simple { filter::simple(across, far) } else { filter::outer(across, far, strength) }
        };
        let inner = |across: &mut Across| {
            if edges.simple { filter::simple(across, limit) } else { filter::inner(across, limit, strength) }
        };
        if edges.left {
            self.down(x, y, outer);
        }
        if edges.inner {
            (4..Self::SIDE).step_by(4).for_each(|further| self.down(x + further, y, inner));
        }
        if edges.above {
            self.along(x, y, outer);
        }
        if edges.inner {
            (4..Self::SIDE).step_by(4).for_each(|further| self.along(x, y + further, inner));
        }
    }
}

impl Filtered for Plane {
    const SIDE: usize = 16;

    #[inline(always)]
    fn along(&mut self, x: usize, y: usize, change: impl FnOnce(&mut Across)) {
        let mut across = self.rows(x, y - 4);
        change(&mut across);
        self.set_rows(x, y - 3, &across[1..7]);
    }

    #[inline(always)]
    fn down(&mut self, x: usize, y: usize, change: impl FnOnce(&mut Across)) {
        let mut across = vectors::columns(&self.rows(x - 4, y));
        change(&mut across);
        self.set_rows(x - 4, y, &vectors::rows(&across));
    }
}

impl Filtered for [Plane; 2] {
    const SIDE: usize = 8;

    #[inline(always)]
    fn along(&mut self, x: usize, y: usize, change: impl FnOnce(&mut Across)) {
        let [u, v] = self.each_ref().map(|plane| plane.rows::<8, 8>(x, y - 4));
        let mut across = [[0; 16]; 8];
        for (both, (u, v)) in across.iter_mut().zip(u.iter().zip(&v)) {
            both[..8].copy_from_slice(u);
            both[8..].copy_from_slice(v);
        }
        change(&mut across);
        for (i, plane) in self.iter_mut().enumerate() {
            let rows = [1, 2, 3, 4, 5, 6].map(|row: usize| across[row].as_chunks::<8>().0[i]);
            plane.set_rows(x, y - 3, &rows);
        }
    }

    #[inline(always)]
    fn down(&mut self, x: usize, y: usize, change: impl FnOnce(&mut Across)) {
        let mut rows = [[0; 8]; 16];
        for (rows, plane) in rows.as_chunks_mut::<8>().0.iter_mut().zip(self.iter()) {
            *rows = plane.rows(x - 4, y);
        }
        let mut across = vectors::columns(&rows);
        change(&mut across);
        let rows = vectors::rows(&across);
        for (rows, plane) in rows.as_chunks::<8>().0.iter().zip(self) {
            plane.set_rows(x - 4, y, rows);
        }
    }
}
