//! [`McuCodec`]: one MCU, from bits to coefficients and from coefficients to samples.
//!
//! In: a scan and its tables; bits; coefficients. Out: the coefficients of one MCU that the scale
//! needs, side by side; samples in their planes. Must not know which MCU it is.

use super::super::bits::Bits;
use super::super::block::{Block, Selection, ac, dc, skip_ac};
use super::super::cpu::Cpu;
use super::super::error::ScanError;
use super::super::frame::Frame;
use super::super::huffman::{AcCodes, Codes};
use super::super::idct;
use super::super::plane::Plane;
use super::super::scaling::ComponentGeometry;
use super::super::scan_header::{ScanComponent, ScanHeader};
use super::super::tables::{Quantization, Tables};

/// The components of an MCU, in the scan's order.
pub(super) struct McuCodec<'a> {
    parts: Vec<Part<'a>>,
}

struct Part<'a> {
    /// Its index in the frame.
    index: usize,
    /// Its blocks per MCU, horizontally and vertically.
    h: usize,
    v: usize,
    /// Coefficients kept per side of a block: 1, 2, 4 or 8.
    side: usize,
    selection: Selection,
    dc: Codes,
    ac: AcCodes,
    quantization: &'a Quantization,
}

impl<'a> McuCodec<'a> {
    /// `None` if a table is missing or malformed.
    pub(super) fn new(
        frame: &Frame,
        scan: &ScanHeader,
        tables: &'a Tables,
        geometries: &[ComponentGeometry],
    ) -> Option<Self> {
        let part = |coded: &ScanComponent| {
            let (component, geometry) = (frame.components.get(coded.index)?, geometries.get(coded.index)?);
            Some(Part {
                index: coded.index,
                h: component.h,
                v: component.v,
                side: geometry.block_size,
                selection: Selection::new(geometry.zigzag_end),
                dc: tables.dc_codes(coded.dc)?,
                ac: tables.ac_codes(coded.ac)?,
                quantization: tables.quantization.get(component.quantization)?.as_deref()?,
            })
        };
        Some(Self { parts: scan.components.iter().map(part).collect::<Option<_>>()? })
    }

    /// Coefficients kept per MCU.
    pub(super) fn area(&self) -> usize {
        self.parts.iter().map(|part| part.h * part.v * part.side * part.side).sum()
    }

    /// Blocks per MCU.
    pub(super) fn blocks(&self) -> usize {
        self.parts.iter().map(|part| part.h * part.v).sum()
    }

    /// Reads an MCU into `kept`.
    #[inline(always)]
    pub(super) fn read(
        &self,
        bits: &mut Bits<'_>,
        predicted: &mut [i16; 4],
        mut kept: &mut [i16],
    ) -> Result<(), ScanError> {
        for (part, predicted) in self.parts.iter().zip(predicted) {
            for _ in 0..part.h * part.v {
                let dc = dc(bits, &part.dc, predicted)?;
                let Some((target, rest)) = kept.split_at_mut_checked(part.side * part.side) else {
                    return Err(ScanError::RunPastBlock);
                };
                kept = rest;
                if part.side == 1 {
                    target[0] = dc;
                    skip_ac(bits, &part.ac, 1)?;
                    continue;
                }
                let mut block = [0; 64];
                block[0] = dc;
                ac(bits, &part.ac, &part.selection, &mut block)?;
                match part.side {
                    2 => gather::<2>(&block, target),
                    4 => gather::<4>(&block, target),
                    _ => gather::<8>(&block, target),
                }
            }
        }
        Ok(())
    }

    /// The last DC coefficient of each component in an MCU.
    pub(super) fn last(&self, kept: &[i16]) -> [i16; 4] {
        let (mut last, mut at) = ([0; 4], 0);
        for (part, last) in self.parts.iter().zip(&mut last) {
            let area = part.side * part.side;
            at += part.h * part.v * area;
            *last = kept.get(at.wrapping_sub(area)).copied().unwrap_or(0);
        }
        last
    }

    /// Transforms an MCU and stores its samples. `buffer_row` is the index of its row among those
    /// that the planes hold, `column` its column in the picture. `dc_offset` is added to its DC
    /// coefficients.
    #[inline(always)]
    pub(super) fn put<P: Cpu, S: AsRef<[u8]> + AsMut<[u8]>>(
        &self,
        cpu: P,
        mut kept: &[i16],
        dc_offset: &[i16; 4],
        planes: &mut [Plane<S>],
        (buffer_row, column): (usize, usize),
    ) {
        for (part, dc_offset) in self.parts.iter().zip(dc_offset) {
            let Some(plane) = planes.get_mut(part.index) else { return };
            let table = part.quantization;
            for (j, i) in (0..part.v).flat_map(|j| (0..part.h).map(move |i| (j, i))) {
                let Some((block, rest)) = kept.split_at_checked(part.side * part.side) else { return };
                kept = rest;
                let (row, column) = (buffer_row * part.v + j, column * part.h + i);
                let dc = block.first().map_or(0, |dc| dc.wrapping_add(*dc_offset));
                match part.side {
                    1 => plane.put_block(row, column, &[[idct::eighth(dc, table)]]),
                    2 => plane.put_block(row, column, &idct::quarter(corner(block, dc), table)),
                    4 => plane.put_block(row, column, &cpu.idct_half(&spread::<4>(block, dc), table)),
                    _ => plane.put_block(row, column, &cpu.idct_full(&spread::<8>(block, dc), table)),
                }
            }
        }
    }
}

/// Keeps a corner of `N` by `N` coefficients.
#[inline(always)]
fn gather<const N: usize>(block: &Block, kept: &mut [i16]) {
    for (kept, line) in kept.as_chunks_mut::<N>().0.iter_mut().zip(block.as_chunks::<8>().0) {
        if let Some(line) = line.first_chunk() {
            *kept = *line;
        }
    }
}

/// A corner of 2 by 2 coefficients as the transform takes it.
#[inline(always)]
fn corner(kept: &[i16], dc: i16) -> [[i16; 2]; 2] {
    let &[_, right, below, across] = kept.first_chunk().unwrap_or(&[0; 4]);
    [[dc, right], [below, across]]
}

/// A block as the transforms take it.
#[inline(always)]
fn spread<const N: usize>(kept: &[i16], dc: i16) -> Block {
    let mut block = [0; 64];
    for (line, kept) in block.as_chunks_mut::<8>().0.iter_mut().zip(kept.as_chunks::<N>().0) {
        if let Some(line) = line.first_chunk_mut() {
            *line = *kept;
        }
    }
    block[0] = dc;
    block
}
