//! [`File`]: the blocks of an animated GIF.
//!
//! In: palettes, areas, delays. Out: bytes. Must not know of pixels.

use super::area::Area;
use crate::error::{Result, Stage};
use crate::limits::Budget;
use crate::render::encode::error::out_of_memory;

/// What happens to the area of a frame when its time is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Disposal {
    Keep = 1,
    Clear = 2,
}

/// A frame, except for its pixels.
#[derive(Debug)]
pub(super) struct Frame<'a> {
    pub(super) area: Area,
    /// Hundredths of a second.
    pub(super) delay: u16,
    pub(super) disposal: Disposal,
    /// The index that leaves a pixel as it is.
    pub(super) transparent: Option<u8>,
    /// Its own palette, if it does not use the global one.
    pub(super) colors: Option<&'a [[u8; 3]]>,
}

/// Number of colors in the largest color table.
const MAX_TABLE: usize = 256;

/// Length of signature and screen description, before the global color table.
const HEAD: usize = 13;

/// Where the size of the global color table is.
const PACKED: usize = 10;

#[derive(Debug)]
pub(super) struct File {
    bytes: Vec<u8>,
    /// Bytes of memory that are reserved for them.
    reserved: u64,
    /// Where the last frame's delay is.
    delay_at: Option<usize>,
}

/// The size of a color table for so many colors, as it is written: `2 << bits`.
fn table_bits(colors: usize) -> u8 {
    colors.clamp(2, MAX_TABLE).next_power_of_two().trailing_zeros().to_le_bytes()[0] - 1
}

/// The number of bytes of a color table.
pub(super) fn table_bytes(colors: usize) -> usize {
    3 * colors.clamp(2, MAX_TABLE).next_power_of_two()
}

impl File {
    /// `plays` is 0 for endless.
    pub(super) fn begin(width: u16, height: u16, plays: u32, budget: &mut Budget<'_>) -> Result<Self> {
        let mut file = Self { bytes: Vec::new(), reserved: 0, delay_at: None };
        file.make_room(2048, budget)?;
        let bytes = &mut file.bytes;
        bytes.extend(b"GIF89a");
        bytes.extend([width, height].into_iter().flat_map(u16::to_le_bytes));
        bytes.extend([0, 0, 0]);
        // The global color table, which is known at the end.
        bytes.resize(HEAD + 3 * MAX_TABLE, 0);
        if plays != 1 {
            // It counts repetitions; none means endless.
            let repetitions = u16::try_from(plays.saturating_sub(1)).unwrap_or(u16::MAX);
            bytes.extend(b"\x21\xff\x0bNETSCAPE2.0\x03\x01");
            bytes.extend(repetitions.to_le_bytes());
            bytes.push(0);
        }
        Ok(file)
    }

    /// Reserves memory for `more` bytes, so that they can be written without a check.
    pub(super) fn make_room(&mut self, more: usize, budget: &mut Budget<'_>) -> Result<()> {
        let (length, capacity) = (self.bytes.len(), self.bytes.capacity());
        if length + more <= capacity {
            return Ok(());
        }
        let wanted = (length + more).max(capacity + capacity / 2);
        // While it grows, both are in memory.
        budget.reserve(Stage::Encode, wanted as u64)?;
        let additional = wanted - length;
        self.bytes.try_reserve_exact(additional).map_err(|_| out_of_memory::<u8>(additional))?;
        budget.release(self.reserved);
        self.reserved = wanted as u64;
        Ok(())
    }

    pub(super) fn bytes(&mut self) -> &mut Vec<u8> {
        &mut self.bytes
    }

    /// Writes what comes before the pixels of a frame.
    pub(super) fn begin_frame(&mut self, frame: &Frame<'_>, budget: &mut Budget<'_>) -> Result<()> {
        self.make_room(1024, budget)?;
        let Frame { area, delay, disposal, transparent, colors } = frame;
        let packed = (*disposal as u8) << 2 | u8::from(transparent.is_some());
        let bytes = &mut self.bytes;
        bytes.extend([0x21, 0xf9, 4, packed]);
        self.delay_at = Some(bytes.len());
        bytes.extend(delay.to_le_bytes());
        bytes.extend([transparent.unwrap_or(0), 0, 0x2c]);
        let side = |value: usize| u16::try_from(value).unwrap_or(u16::MAX).to_le_bytes();
        bytes.extend([area.left, area.top, area.width(), area.height()].into_iter().flat_map(side));
        match colors {
            None => bytes.push(0),
            Some(colors) => {
                let total = colors.len().max(transparent.map_or(0, |index| usize::from(index) + 1));
                let end = bytes.len() + 1 + table_bytes(total);
                bytes.push(0x80 | table_bits(total));
                bytes.extend(colors.iter().flatten());
                bytes.resize(end, 0);
            }
        }
        Ok(())
    }

    /// Lets the last frame last longer. Returns whether that is possible.
    pub(super) fn prolong(&mut self, more: u32) -> bool {
        let delay = self.delay_at.and_then(|at| self.bytes.get_mut(at..)?.first_chunk_mut());
        let Some([low, high]) = delay else { return false };
        let Ok(delay) = u16::try_from(u32::from(u16::from_le_bytes([*low, *high])).saturating_add(more))
        else {
            return false;
        };
        [*low, *high] = delay.to_le_bytes();
        true
    }

    /// Writes the end and the global color table. `total` is the number of indices that refer to it;
    /// that of transparent pixels can be beyond the colors.
    pub(super) fn finish(
        mut self,
        colors: impl Iterator<Item = [u8; 3]>,
        total: usize,
        budget: &mut Budget<'_>,
    ) -> Result<Vec<u8>> {
        self.make_room(1, budget)?;
        self.bytes.push(0x3b);
        let length = if total == 0 { 0 } else { table_bytes(total) };
        if length > 0
            && let Some(packed) = self.bytes.get_mut(PACKED)
        {
            // Bit 7: there is a table; bits 4 to 6: samples have 8 bits.
            *packed = 0x80 | 0x70 | table_bits(total);
        }
        let table = self.bytes.iter_mut().skip(HEAD).take(length);
        table.zip(colors.flatten()).for_each(|(slot, sample)| *slot = sample);
        self.bytes.drain(HEAD + length..HEAD + 3 * MAX_TABLE);
        budget.release(self.reserved);
        Ok(self.bytes)
    }
}
