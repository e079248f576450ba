//! Coefficients kept until all scans are read: of each block, what its component's size needs.
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
    /// Coefficients kept a side of a block, 1, 2, 4 or 8, and of a block.
    side: usize,
    area: usize,
    /// Blocks, padded to whole MCUs.
    across: usize,
    values: Vec<i16>,
    /// Of each block, the zigzag positions that are not zero, kept or not: what refinements of a band go by. Empty where
    /// none are read.
    nonzero: Vec<u64>,
    /// Zigzag position to place among the kept.
    places: [u8; 64],
}

/// The place of what is not kept.
const DROPPED: u8 = u8::MAX;

impl CoefficientBuffer {
    /// Room for the blocks of `rows` rows of MCUs; `refined` says whether refinements of a band are read.
    pub(super) fn new(
        frame: &Frame,
        component: &Component,
        shape: &ComponentGeometry,
        rows: usize,
        refined: bool,
        budget: &mut Budget<'_>,
    ) -> Result<Self> {
        let side = shape.size;
        let across = frame.mcus().0 * component.h;
        let blocks = across * rows * component.v;
        let values = budget.zeroed(Stage::Decode, blocks * side * side)?;
        let nonzero = budget.zeroed(Stage::Decode, if refined && side > 1 { blocks } else { 0 })?;
        let mut places = [DROPPED; 64];
        for (place, &position) in places.iter_mut().zip(&ZIGZAG).take(shape.keep) {
            let (row, column) = (usize::from(position / 8), usize::from(position % 8));
            if row < side && column < side {
                *place = u8::try_from(row * side + column).unwrap_or(DROPPED);
            }
        }
        Ok(Self { side, area: side * side, across, values, nonzero, places })
    }

    /// Memory it takes.
    pub(super) fn bytes(&self) -> u64 {
        (self.values.len() * 2 + self.nonzero.len() * 8) as u64
    }

    /// The zigzag positions that are kept, a bit each.
    pub(super) fn kept(&self) -> u64 {
        (0..64).filter(|&k| self.places[k & 63] != DROPPED).fold(0, |kept, k| kept | 1 << k)
    }

    /// A block to read and write; `None` outside the room.
    #[inline(always)]
    pub(super) fn slot(&mut self, row: usize, column: usize) -> Option<Slot<'_>> {
        // No overflow: sides of pictures have 16 bits.
        let block = row.wrapping_mul(self.across).wrapping_add(column);
        let start = block.wrapping_mul(self.area);
        let values = self.values.get_mut(start..)?.get_mut(..self.area)?;
        Some(Slot { values, nonzero: self.nonzero.get_mut(block), places: &self.places })
    }

    /// The DC coefficient of a block to read and write; `None` outside the room.
    #[inline(always)]
    pub(super) fn dc_mut(&mut self, row: usize, column: usize) -> Option<&mut i16> {
        let block = row.wrapping_mul(self.across).wrapping_add(column);
        self.values.get_mut(block.wrapping_mul(self.area))
    }

    /// The coefficients of blocks of which only DC is kept.
    pub(super) fn dc_line(&self, row: usize, columns: Range<usize>) -> &[i16] {
        let start = row * self.across;
        self.values.get(start + columns.start..start + columns.end).unwrap_or_default()
    }

    /// A block of which a corner of two by two is kept.
    #[inline(always)]
    pub(super) fn corner(&self, row: usize, column: usize) -> [i16; 4] {
        let start = (row * self.across + column) * 4;
        let corner = self.values.get(start..).and_then(<[i16]>::first_chunk);
        corner.copied().unwrap_or_default()
    }

    /// A block as the transforms take it.
    pub(super) fn block(&self, row: usize, column: usize) -> Block {
        let area = self.side * self.side;
        let start = (row * self.across + column) * area;
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
pub(super) struct Slot<'a> {
    values: &'a mut [i16],
    nonzero: Option<&'a mut u64>,
    places: &'a [u8; 64],
}

impl Slot<'_> {
    /// The coefficient at zigzag position `k`, if it is kept.
    #[inline(always)]
    pub(super) fn at(&mut self, k: usize) -> Option<&mut i16> {
        self.values.get_mut(usize::from(self.places[k & 63]))
    }

    /// Sets a coefficient that was zero.
    #[inline(always)]
    pub(super) fn set(&mut self, k: usize, value: i16) {
        if let Some(mask) = &mut self.nonzero {
            **mask |= 1 << (k & 63);
        }
        if let Some(kept) = self.at(k) {
            *kept = value;
        }
    }

    /// Whether an earlier scan, or this one, made position `k` other than zero.
    #[inline(always)]
    pub(super) fn nonzero(&self, k: usize) -> bool {
        self.nonzero.as_ref().is_some_and(|mask| **mask >> (k & 63) & 1 != 0)
    }
}
