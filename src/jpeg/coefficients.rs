//! Coefficients that are kept until all scans have been read: for each block, those that its
//! component needs at this size.
//!
//! In: coefficients by block and zigzag position. Out: blocks. Must not know how they are coded.

use std::ops::Range;

use super::block::Block;
use super::frame::{Component, Frame};
use super::scaling::ComponentGeometry;
use super::tables::ZIGZAG;
use crate::error::{Result, Stage};
use crate::limits::Budget;

/// One component's coefficients.
#[derive(Debug)]
pub(super) struct CoefficientBuffer {
    /// Coefficients kept per side of a block (1, 2, 4 or 8), and per block.
    side: usize,
    area: usize,
    /// Blocks per row, padded to whole MCUs.
    stride: usize,
    values: Vec<i16>,
    /// For each block, the zigzag positions that are not zero, whether kept or not: refinements of
    /// a band depend on them. Empty if no refinements are read.
    nonzero: Vec<u64>,
    /// Zigzag position to index among the kept coefficients.
    targets: [u8; 64],
}

/// The index of a coefficient that is not kept.
const DROPPED: u8 = u8::MAX;

impl CoefficientBuffer {
    /// Room for the blocks of `rows` rows of MCUs. `refined` says whether refinements of a band are
    /// read.
    pub(super) fn new(
        frame: &Frame,
        component: &Component,
        geometry: &ComponentGeometry,
        rows: usize,
        refined: bool,
        budget: &mut Budget<'_>,
    ) -> Result<Self> {
        let side = geometry.block_size;
        let stride = frame.mcus().0 * component.h;
        let blocks = stride * rows * component.v;
        let values = budget.zeroed(Stage::Decode, blocks * side * side)?;
        let nonzero = budget.zeroed(Stage::Decode, if refined && side > 1 { blocks } else { 0 })?;
        let mut targets = [DROPPED; 64];
        for (target, &position) in targets.iter_mut().zip(&ZIGZAG).take(geometry.zigzag_end) {
            let (row, column) = (usize::from(position / 8), usize::from(position % 8));
            if row < side && column < side {
                *target = u8::try_from(row * side + column).unwrap_or(DROPPED);
            }
        }
        Ok(Self { side, area: side * side, stride, values, nonzero, targets })
    }

    /// Memory in use.
    pub(super) fn bytes(&self) -> u64 {
        (self.values.len() * 2 + self.nonzero.len() * 8) as u64
    }

    /// The zigzag positions that are kept, one bit each.
    pub(super) fn kept_mask(&self) -> u64 {
        (0..64).filter(|&k| self.targets[k & 63] != DROPPED).fold(0, |kept, k| kept | 1 << k)
    }

    /// A block to read and write; `None` outside the buffer.
    #[inline(always)]
    pub(super) fn block_mut(&mut self, row: usize, column: usize) -> Option<StoredBlock<'_>> {
        // No overflow: sides of pictures have 16 bits.
        let block = row.wrapping_mul(self.stride).wrapping_add(column);
        let start = block.wrapping_mul(self.area);
        let values = self.values.get_mut(start..)?.get_mut(..self.area)?;
        Some(StoredBlock { values, nonzero: self.nonzero.get_mut(block), targets: &self.targets })
    }

    /// The DC coefficient of a block; `None` outside the buffer.
    #[inline(always)]
    pub(super) fn dc_mut(&mut self, row: usize, column: usize) -> Option<&mut i16> {
        let block = row.wrapping_mul(self.stride).wrapping_add(column);
        self.values.get_mut(block.wrapping_mul(self.area))
    }

    /// The coefficients of a row of blocks of which only DC is kept.
    pub(super) fn dc_line(&self, row: usize, columns: Range<usize>) -> &[i16] {
        let start = row * self.stride;
        self.values.get(start + columns.start..start + columns.end).unwrap_or_default()
    }

    /// A block of which 2 by 2 coefficients are kept.
    #[inline(always)]
    pub(super) fn corner(&self, row: usize, column: usize) -> [i16; 4] {
        let start = (row * self.stride + column) * 4;
        let corner = self.values.get(start..).and_then(<[i16]>::first_chunk);
        corner.copied().unwrap_or_default()
    }

    /// A block as the transforms take it.
    pub(super) fn block(&self, row: usize, column: usize) -> Block {
        let area = self.side * self.side;
        let start = (row * self.stride + column) * area;
        let values = self.values.get(start..start + area).unwrap_or_default();
        let mut block = [0; 64];
        for (line, kept) in block.chunks_exact_mut(8).zip(values.chunks_exact(self.side)) {
            for (target, &value) in line.iter_mut().zip(kept) {
                *target = value;
            }
        }
        block
    }
}

/// One block's coefficients.
#[derive(Debug)]
pub(super) struct StoredBlock<'a> {
    values: &'a mut [i16],
    nonzero: Option<&'a mut u64>,
    targets: &'a [u8; 64],
}

impl StoredBlock<'_> {
    /// The coefficient at zigzag position `k`, if it is kept.
    #[inline(always)]
    pub(super) fn get_mut(&mut self, k: usize) -> Option<&mut i16> {
        self.values.get_mut(usize::from(self.targets[k & 63]))
    }

    /// Sets a coefficient that was zero.
    #[inline(always)]
    pub(super) fn set(&mut self, k: usize, value: i16) {
        if let Some(mask) = &mut self.nonzero {
            **mask |= 1 << (k & 63);
        }
        if let Some(kept) = self.get_mut(k) {
            *kept = value;
        }
    }

    /// Whether this scan or an earlier one set position `k` to a nonzero value.
    #[inline(always)]
    pub(super) fn is_nonzero(&self, k: usize) -> bool {
        self.nonzero.as_ref().is_some_and(|mask| **mask >> (k & 63) & 1 != 0)
    }
}
