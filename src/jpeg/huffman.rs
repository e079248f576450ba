//! Huffman codes as lookup tables (T.81 annex C, F.2.2.3).
//!
//! In: a table as the file defines it. Out: [`Codes`], which decodes one symbol at a time, and
//! [`AcCodes`], which also decodes whole coefficients and skips whole runs of symbols. Must not
//! know of components or scans.

use std::ops::RangeInclusive;

use super::bits::{Bits, LENGTH_MASK};
use super::error::ScanError;

/// A Huffman table as stored in the file: the number of codes of each length from 1 to 16, and the
/// symbols in code order.
#[derive(Debug, Clone)]
pub(super) struct HuffmanSpec {
    pub(super) counts: [u8; 16],
    pub(super) symbols: [u8; 256],
}

/// Codes up to this length are found with one lookup.
const SHORT_BITS: u32 = 9;

/// Decodes one symbol at a time.
#[derive(Debug, Clone)]
pub(super) struct Codes {
    /// Indexed by the next 9 bits: symbol and length of the code they begin with, 0 if it is
    /// longer.
    short_codes: Box<[u16; 1 << SHORT_BITS]>,
    /// For each length, the smallest 16-bit window that begins with no code of this length or a
    /// shorter one.
    limits: [usize; 17],
    /// For each length, the number to add to a code for the index of its symbol.
    symbol_offsets: [usize; 17],
    symbols: [u8; 256],
}

impl Codes {
    /// `None` if there are more codes than their lengths leave room for (T.81 C.2).
    pub(super) fn new(spec: &HuffmanSpec) -> Option<Self> {
        let (mut limits, mut symbol_offsets) = ([0; 17], [0_usize; 17]);
        let (mut code, mut symbol_index) = (0_usize, 0_usize);
        for (length, &count) in (1..).zip(&spec.counts) {
            code <<= 1;
            symbol_offsets[length] = symbol_index.wrapping_sub(code);
            code += usize::from(count);
            symbol_index += usize::from(count);
            if code > 1 << length {
                return None;
            }
            limits[length] = code << (16 - length);
        }
        let mut codes = Self {
            short_codes: Box::new([0; 1 << SHORT_BITS]),
            limits,
            symbol_offsets,
            symbols: spec.symbols,
        };
        for index in 0..1 << SHORT_BITS {
            if let Some((length, symbol)) = codes.search(index << (16 - SHORT_BITS), 1..=SHORT_BITS) {
                codes.short_codes[index] = to_u16(usize::from(symbol) << 8 | length as usize);
            }
        }
        Some(codes)
    }

    /// Length and symbol of the code that a 16-bit window begins with, if its length is in
    /// `lengths`. Shorter codes must have been ruled out.
    fn search(&self, window: usize, lengths: RangeInclusive<u32>) -> Option<(u32, u8)> {
        for length in lengths {
            if window < self.limits[(length & 31) as usize % 17] {
                let code = window >> (16 - length);
                let symbol_index = code.wrapping_add(self.symbol_offsets[length as usize % 17]);
                return Some((length, self.symbols[symbol_index & 255]));
            }
        }
        None
    }

    /// Reads one symbol. At least 16 bits must be available.
    #[inline(always)]
    pub(super) fn symbol(&self, bits: &mut Bits<'_>) -> Result<u32, ScanError> {
        let entry = u32::from(self.short_codes[bits.peek::<SHORT_BITS>() & ((1 << SHORT_BITS) - 1)]);
        if entry != 0 {
            bits.consume(entry);
            return Ok(entry >> 8);
        }
        let (length, symbol) = self.long_code(bits.peek::<16>())?;
        bits.consume(length);
        Ok(symbol)
    }

    /// Reads the difference of a DC coefficient (T.81 F.2.2.1). At least 32 bits must be available.
    #[inline(always)]
    pub(super) fn difference(&self, bits: &mut Bits<'_>) -> Result<i32, ScanError> {
        let entry = u32::from(self.short_codes[bits.peek::<SHORT_BITS>() & ((1 << SHORT_BITS) - 1)]);
        let (code, size) =
            if entry != 0 { (entry & LENGTH_MASK, entry >> 8) } else { self.long_code(bits.peek::<16>())? };
        if size > 15 {
            return Err(ScanError::Code);
        }
        Ok(bits.read_signed_entry(code + size, size))
    }

    /// Length and symbol of the code that a 16-bit window begins with, which must not be a short
    /// one. Takes and returns values, so that the reservoir can stay in registers.
    #[cold]
    #[inline(never)]
    fn long_code(&self, window: usize) -> Result<(u32, u32), ScanError> {
        self.search(window, SHORT_BITS + 1..=16)
            .map(|(length, symbol)| (length, symbol.into()))
            .ok_or(ScanError::Code)
    }
}

/// Packs a table entry.
#[expect(clippy::cast_possible_truncation, reason = "fields are laid out to fit")]
fn to_u16(entry: usize) -> u16 {
    entry as u16
}

/// Bits used to look up codes of AC coefficients: one more is no faster, and three more do not fit
/// in the first-level cache.
const LOOKUP_BITS: u32 = 11;

/// The codes of AC coefficients.
#[derive(Debug, Clone)]
pub(super) struct AcCodes {
    pub(super) codes: Codes,
    entries: Box<[u16; 1 << LOOKUP_BITS]>,
    skips: Box<[u16; 1 << LOOKUP_BITS]>,
}

/// The symbol that the next bits begin with.
#[derive(Debug, Clone, Copy)]
pub(super) struct AcEntry(u16);

impl AcEntry {
    const END: usize = 63;

    fn new(code: u32, symbol: u8) -> Self {
        let (run, size) = (usize::from(symbol >> 4), usize::from(symbol & 15));
        let run = if size == 0 && run != 15 { Self::END } else { run };
        Self::packed(code, run, size)
    }

    /// In a band, the additional bits of an end-of-band symbol say how many bands it ends (T.81
    /// G.1.2.2).
    fn for_band(code: u32, symbol: u8) -> Self {
        let (run, size) = (usize::from(symbol >> 4), usize::from(symbol & 15));
        let (run, size) = if size == 0 && run != 15 { (Self::END, run) } else { (run, size) };
        Self::packed(code, run, size)
    }

    fn packed(code: u32, run: usize, size: usize) -> Self {
        Self(to_u16(run << 10 | size << 6 | (code as usize + size)))
    }

    /// The entry itself, for [`Bits::read_signed_entry`].
    #[inline(always)]
    pub(super) fn raw(self) -> u32 {
        self.0.into()
    }

    /// Bits of the code and its additional bits, which may extend beyond the lookup: 26 at most. 0
    /// if the code is longer than the lookup, or invalid.
    #[inline(always)]
    pub(super) fn length(self) -> u32 {
        u32::from(self.0) & LENGTH_MASK
    }

    /// Additional bits. None for a run of sixteen zeros (15 of which are before the coefficient)
    /// and, except in a band, for the end of the block.
    #[inline(always)]
    pub(super) fn size(self) -> u32 {
        u32::from(self.0 >> 6 & 15)
    }

    /// Zigzag positions before the coefficient; 63 for the end of the block.
    #[inline(always)]
    pub(super) fn run(self) -> usize {
        usize::from(self.0 >> 10)
    }

    #[inline(always)]
    pub(super) fn is_end(self) -> bool {
        self.run() == Self::END
    }
}

/// Fills in the entries of all codes that are no longer than the lookup.
fn fill(
    table: &mut [u16; 1 << LOOKUP_BITS],
    spec: &HuffmanSpec,
    entry: impl Fn(u32, u8) -> AcEntry,
) -> Option<()> {
    let (mut rest, mut symbols) = (table.as_mut_slice(), spec.symbols.iter());
    for (length, &count) in (1..=LOOKUP_BITS).zip(&spec.counts) {
        for &symbol in symbols.by_ref().take(count.into()) {
            let (filled, after) = rest.split_at_mut_checked(1 << (LOOKUP_BITS - length))?;
            filled.fill(entry(length, symbol).0);
            rest = after;
        }
    }
    Some(())
}

/// All whole symbols that the next bits begin with.
#[derive(Debug, Clone, Copy)]
pub(super) struct SkipEntry(u16);

impl SkipEntry {
    const FAR: u16 = 127;
    const END: usize = 1 << 15;

    /// The entry itself, for [`Bits::consume`]: the length of all codes and additional bits. The
    /// additional bits of the last symbol may extend beyond the lookup: 26 bits in all at most.
    #[inline(always)]
    pub(super) fn raw(self) -> u32 {
        self.0.into()
    }

    /// Zigzag positions that the symbols skip, counting the end of the block as one; more than a
    /// block has if there is no whole symbol.
    #[inline(always)]
    pub(super) fn advance(self) -> usize {
        usize::from(self.0 >> 6 & Self::FAR)
    }

    /// Whether the last symbol ends the block.
    #[inline(always)]
    pub(super) fn is_end(self) -> bool {
        self.0 >> 15 != 0
    }
}

impl AcCodes {
    pub(super) fn new(spec: &HuffmanSpec) -> Option<Self> {
        let codes = Codes::new(spec)?;
        let mut table =
            Self { codes, entries: Box::new([0; 1 << LOOKUP_BITS]), skips: Box::new([0; 1 << LOOKUP_BITS]) };
        fill(&mut table.entries, spec, AcEntry::new)?;
        for index in 0..1 << LOOKUP_BITS {
            table.skips[index] = table.find_skip(index);
        }
        Some(table)
    }

    #[inline(always)]
    pub(super) fn entry(&self, bits: &Bits<'_>) -> AcEntry {
        AcEntry(self.entries[bits.peek::<LOOKUP_BITS>() & ((1 << LOOKUP_BITS) - 1)])
    }

    #[inline(always)]
    pub(super) fn skip_entry(&self, bits: &Bits<'_>) -> SkipEntry {
        SkipEntry(self.skips[bits.peek::<LOOKUP_BITS>() & ((1 << LOOKUP_BITS) - 1)])
    }

    fn find_skip(&self, index: usize) -> u16 {
        let (mut length, mut advance) = (0, 0);
        while length < LOOKUP_BITS && advance < 64 {
            let entry = AcEntry(self.entries[index << length & ((1 << LOOKUP_BITS) - 1)]);
            if entry.length() == 0 || entry.length() - entry.size() > LOOKUP_BITS - length {
                break;
            }
            length += entry.length();
            if entry.is_end() {
                return to_u16(SkipEntry::END | (advance + 1) << 6 | length as usize);
            }
            advance += entry.run() + 1;
        }
        if length == 0 { SkipEntry::FAR << 6 } else { to_u16(advance << 6 | length as usize) }
    }
}

/// The codes of a progressive scan's band of AC coefficients.
#[derive(Debug, Clone)]
pub(super) struct BandCodes {
    pub(super) codes: Codes,
    entries: Box<[u16; 1 << LOOKUP_BITS]>,
}

impl BandCodes {
    pub(super) fn new(spec: &HuffmanSpec) -> Option<Self> {
        let (codes, mut entries) = (Codes::new(spec)?, Box::new([0; 1 << LOOKUP_BITS]));
        fill(&mut entries, spec, AcEntry::for_band)?;
        Some(Self { codes, entries })
    }

    #[inline(always)]
    pub(super) fn entry(&self, bits: &Bits<'_>) -> AcEntry {
        AcEntry(self.entries[bits.peek::<LOOKUP_BITS>() & ((1 << LOOKUP_BITS) - 1)])
    }
}
