//! Quantization and Huffman tables and the restart interval, as the file last defined them (T.81
//! B.2.4).
//!
//! In: DQT, DHT and DRI segments. Out: table slots. Must not know how codes are looked up.

use super::error::malformed;
use super::huffman::{AcCodes, Codes, HuffmanSpec};
use super::marker::{DHT, DQT, DRI, Segment};
use super::standard::TABLES;
use crate::error::Result;

/// Zigzag position to row-major position in the block (T.81 figure A.6).
#[rustfmt::skip]
pub(super) const ZIGZAG: [u8; 64] = [
     0,  1,  8, 16,  9,  2,  3, 10, 17, 24, 32, 25, 18, 11,  4,  5,
    12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13,  6,  7, 14, 21, 28,
    35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51,
    58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
];

/// A quantization table in row-major order.
pub(super) type Quantization = [i32; 64];

/// The table slots.
#[derive(Debug, Clone)]
pub(super) struct Tables {
    pub(super) quantization: [Option<Box<Quantization>>; 4],
    pub(super) dc: [Option<Box<HuffmanSpec>>; 4],
    pub(super) ac: [Option<Box<HuffmanSpec>>; 4],
    /// MCUs between restart markers; 0 for none.
    pub(super) restart_interval: usize,
}

impl Tables {
    /// No quantization tables, no restarts, and the Huffman tables that apply to files without any.
    pub(super) fn new() -> Self {
        let mut tables = Self {
            quantization: Default::default(),
            dc: Default::default(),
            ac: Default::default(),
            restart_interval: 0,
        };
        // Cannot fail: the tables are constant, and a test decodes with them.
        let _ = tables.define_huffman(TABLES);
        tables
    }

    /// Stores what `segment` defines; other kinds of segments define nothing.
    pub(super) fn define(&mut self, segment: &Segment<'_>) -> Result<()> {
        let defined = match segment.marker {
            DQT => self.define_quantization(segment.payload),
            DHT => self.define_huffman(segment.payload),
            DRI => segment.payload.try_into().ok().map(|interval| {
                self.restart_interval = u16::from_be_bytes(interval).into();
            }),
            _ => Some(()),
        };
        defined.ok_or_else(|| malformed(segment.offset, "invalid table segment"))
    }

    fn define_quantization(&mut self, mut payload: &[u8]) -> Option<()> {
        while let Some((&head, rest)) = payload.split_first() {
            let slot = self.quantization.get_mut(usize::from(head & 15))?;
            let mut table = Box::new([0; 64]);
            let rest = if head >> 4 == 0 {
                let (values, rest) = rest.split_first_chunk::<64>()?;
                for (&position, &value) in ZIGZAG.iter().zip(values) {
                    table[usize::from(position)] = i32::from(value);
                }
                rest
            } else {
                let (values, rest) = rest.split_first_chunk::<128>()?;
                for (&position, value) in ZIGZAG.iter().zip(values.as_chunks::<2>().0) {
                    table[usize::from(position)] = i32::from(u16::from_be_bytes(*value));
                }
                rest
            };
            *slot = Some(table);
            payload = rest;
        }
        Some(())
    }

    fn define_huffman(&mut self, mut payload: &[u8]) -> Option<()> {
        while let Some((&head, rest)) = payload.split_first() {
            let class = match head >> 4 {
                0 => &mut self.dc,
                1 => &mut self.ac,
                _ => return None,
            };
            let slot = class.get_mut(usize::from(head & 15))?;
            let (&counts, rest) = rest.split_first_chunk::<16>()?;
            let total: usize = counts.iter().map(|&count| usize::from(count)).sum();
            let (listed, rest) = rest.split_at_checked(total)?;
            let mut symbols = [0; 256];
            symbols.get_mut(..total)?.copy_from_slice(listed);
            *slot = Some(Box::new(HuffmanSpec { counts, symbols }));
            payload = rest;
        }
        Some(())
    }
}

impl Tables {
    pub(super) fn dc_codes(&self, slot: usize) -> Option<Codes> {
        Codes::new(self.dc.get(slot)?.as_deref()?)
    }

    pub(super) fn ac_codes(&self, slot: usize) -> Option<AcCodes> {
        AcCodes::new(self.ac.get(slot)?.as_deref()?)
    }
}
