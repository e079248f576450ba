//! What an MCU holds, from bits to coefficients and from coefficients to samples.
//!
//! In: a scan and its tables; bits; coefficients. Out: the coefficients of one MCU that the scale needs, side by side;
//! samples in their planes. Must not know which MCU it is, or who reads it.

use super::super::bits::Bits;
use super::super::fault::Fault;
use super::super::frame::Frame;
use super::super::huffman::{AcCodes, Codes};
use super::super::idct;
use super::super::plane::Plane;
use super::super::processor::Processor;
use super::super::scan::{Scan, ScanComponent};
use super::super::sequential::{Block, ac, dc, pass};
use super::super::shape::Shape;
use super::super::tables::{Quantization, Tables};

/// The components of an MCU, in the scan's order.
pub(super) struct Coder<'a> {
    parts: Vec<Part<'a>>,
}

struct Part<'a> {
    /// Its place in the frame.
    index: usize,
    /// Its blocks, across and down.
    h: usize,
    v: usize,
    /// Coefficients kept a side of a block: 1, 2, 4 or 8.
    side: usize,
    dc: Codes,
    ac: AcCodes,
    quantization: &'a Quantization,
}

impl<'a> Coder<'a> {
    /// `None` if a table is missing or broken.
    pub(super) fn new(frame: &Frame, scan: &Scan, tables: &'a Tables, shapes: &[Shape]) -> Option<Self> {
        let part = |coded: &ScanComponent| {
            let (component, shape) = (frame.components.get(coded.index)?, shapes.get(coded.index)?);
            Some(Part {
                index: coded.index,
                h: component.h,
                v: component.v,
                side: shape.size,
                dc: tables.dc_codes(coded.dc)?,
                ac: tables.ac_codes(coded.ac)?,
                quantization: tables.quantization.get(component.quantization)?.as_deref()?,
            })
        };
        Some(Self { parts: scan.components.iter().map(part).collect::<Option<_>>()? })
    }

    /// Coefficients kept of an MCU.
    pub(super) fn area(&self) -> usize {
        self.parts.iter().map(|part| part.h * part.v * part.side * part.side).sum()
    }

    /// Blocks of an MCU.
    pub(super) fn blocks(&self) -> usize {
        self.parts.iter().map(|part| part.h * part.v).sum()
    }

    /// Reads an MCU into `kept`, which must hold zeros.
    #[inline(always)]
    pub(super) fn read(
        &self,
        bits: &mut Bits<'_>,
        predicted: &mut [i16; 4],
        mut kept: &mut [i16],
    ) -> Result<(), Fault> {
        for (part, predicted) in self.parts.iter().zip(predicted) {
            for _ in 0..part.h * part.v {
                let dc = dc(bits, &part.dc, predicted)?;
                let Some((block, rest)) = kept.split_at_mut_checked(part.side * part.side) else {
                    return Err(Fault::Run);
                };
                kept = rest;
                match part.side {
                    1 => pass(bits, &part.ac, 1)?,
                    // The last position of a corner of 2 by 2 coefficients is 4, that of 4 by 4 is 24.
                    2 => corner::<2>(bits, &part.ac, 5, block)?,
                    4 => corner::<4>(bits, &part.ac, 25, block)?,
                    _ => {
                        if let Some(block) = block.first_chunk_mut::<64>() {
                            ac(bits, &part.ac, 64, block)?;
                        }
                    }
                }
                if let Some(first) = block.first_mut() {
                    *first = dc;
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

    /// Transforms an MCU and puts it at its place: `turn` counts the rows of MCUs that planes have room for, `column` all.
    /// `shift` is what its DC coefficients lack.
    #[inline(always)]
    pub(super) fn put<P: Processor, S: AsRef<[u8]> + AsMut<[u8]>>(
        &self,
        processor: P,
        mut kept: &[i16],
        shift: &[i16; 4],
        planes: &mut [Plane<S>],
        (turn, column): (usize, usize),
    ) {
        for (part, shift) in self.parts.iter().zip(shift) {
            let Some(plane) = planes.get_mut(part.index) else { return };
            let table = part.quantization;
            for (j, i) in (0..part.v).flat_map(|j| (0..part.h).map(move |i| (j, i))) {
                let Some((block, rest)) = kept.split_at_checked(part.side * part.side) else { return };
                kept = rest;
                let (row, column) = (turn * part.v + j, column * part.h + i);
                let dc = block.first().map_or(0, |dc| dc.wrapping_add(*shift));
                match part.side {
                    1 => plane.put(row, column, &[[idct::eighth(dc, table)]]),
                    2 => plane.put(row, column, &idct::quarter(&spread::<2>(block, dc), table)),
                    4 => plane.put(row, column, &processor.half(&spread::<4>(block, dc), table)),
                    _ => plane.put(row, column, &processor.full(&spread::<8>(block, dc), table)),
                }
            }
        }
    }
}

/// Reads the AC coefficients of a corner of `N` by `N`; what of others comes before zigzag position `keep` is dropped.
#[inline(always)]
fn corner<const N: usize>(
    bits: &mut Bits<'_>,
    codes: &AcCodes,
    keep: usize,
    kept: &mut [i16],
) -> Result<(), Fault> {
    let mut block: Block = [0; 64];
    ac(bits, codes, keep, &mut block)?;
    for (kept, line) in kept.chunks_exact_mut(N).zip(block.chunks_exact(8)) {
        for (kept, &value) in kept.iter_mut().zip(line) {
            *kept = value;
        }
    }
    Ok(())
}

/// A block as the transforms take it.
#[inline(always)]
fn spread<const N: usize>(kept: &[i16], dc: i16) -> Block {
    let mut block = [0; 64];
    for (line, kept) in block.chunks_exact_mut(8).zip(kept.chunks_exact(N)) {
        for (value, &kept) in line.iter_mut().zip(kept) {
            *value = kept;
        }
    }
    block[0] = dc;
    block
}
