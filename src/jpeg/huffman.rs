//! Huffman codes as lookup tables (T.81 annex C, F.2.2.3).
//!
//! In: a table as the file defines it. Out: [`Codes`], one symbol at a time, and [`AcCodes`], which also knows whole
//! coefficients and whole runs of symbols. Must not know of components or scans.

use std::ops::RangeInclusive;

use super::bits::{Bits, LENGTH};
use super::error::ScanError;
use super::tables::HuffmanSpec;

/// Codes up to this length are found in one step.
const SHORT: u32 = 9;

/// One symbol at a time.
#[derive(Debug, Clone)]
pub(super) struct Codes {
    /// By the next 9 bits: symbol and length of the code they begin with, 0 if it is longer.
    short: Box<[u16; 1 << SHORT]>,
    /// For each length, the first value of the next 16 bits that begins no code of it or of a shorter one.
    bounds: [usize; 17],
    /// For each length, what to add to a code's value for the place of its symbol.
    places: [usize; 17],
    symbols: [u8; 256],
}

impl Codes {
    /// `None` if the lengths overfill the space of codes (T.81 C.2).
    pub(super) fn new(spec: &HuffmanSpec) -> Option<Self> {
        let (mut bounds, mut places) = ([0; 17], [0_usize; 17]);
        let (mut code, mut place) = (0_usize, 0_usize);
        for (length, &count) in (1..).zip(&spec.counts) {
            code <<= 1;
            places[length] = place.wrapping_sub(code);
            code += usize::from(count);
            place += usize::from(count);
            if code > 1 << length {
                return None;
            }
            bounds[length] = code << (16 - length);
        }
        let mut codes = Self { short: Box::new([0; 1 << SHORT]), bounds, places, symbols: spec.symbols };
        for index in 0..1 << SHORT {
            if let Some((length, symbol)) = codes.search(index << (16 - SHORT), 1..=SHORT) {
                codes.short[index] = low(usize::from(symbol) << 8 | length as usize);
            }
        }
        Some(codes)
    }

    /// Length and symbol of the code that 16 bits begin with, which is not shorter than `lengths`, if it is no longer.
    fn search(&self, window: usize, lengths: RangeInclusive<u32>) -> Option<(u32, u8)> {
        for length in lengths {
            if window < self.bounds[(length & 31) as usize % 17] {
                let code = window >> (16 - length);
                let place = code.wrapping_add(self.places[length as usize % 17]);
                return Some((length, self.symbols[place & 255]));
            }
        }
        None
    }

    /// Reads one symbol. At least 16 bits must be available.
    #[inline(always)]
    pub(super) fn symbol(&self, bits: &mut Bits<'_>) -> Result<u32, ScanError> {
        let entry = u32::from(self.short[bits.peek::<SHORT>() & ((1 << SHORT) - 1)]);
        if entry != 0 {
            bits.consume(entry);
            return Ok(entry >> 8);
        }
        let (length, symbol) = self.long(bits.peek::<16>())?;
        bits.consume(length);
        Ok(symbol)
    }

    /// Reads the difference of a DC coefficient (T.81 F.2.2.1). At least 32 bits must be available.
    #[inline(always)]
    pub(super) fn difference(&self, bits: &mut Bits<'_>) -> Result<i32, ScanError> {
        let entry = u32::from(self.short[bits.peek::<SHORT>() & ((1 << SHORT) - 1)]);
        let (code, size) =
            if entry != 0 { (entry & LENGTH, entry >> 8) } else { self.long(bits.peek::<16>())? };
        if size > 15 {
            return Err(ScanError::Code);
        }
        Ok(bits.read_signed_of(code + size, size))
    }

    /// Length and symbol of the code that 16 bits begin with, which is not a short one. These are handed over by value, so
    /// that the reservoir can stay in registers.
    #[cold]
    #[inline(never)]
    fn long(&self, window: usize) -> Result<(u32, u32), ScanError> {
        self.search(window, SHORT + 1..=16)
            .map(|(length, symbol)| (length, symbol.into()))
            .ok_or(ScanError::Code)
    }
}

/// An entry of a table.
#[expect(clippy::cast_possible_truncation, reason = "fields are laid out to fit")]
fn low(entry: usize) -> u16 {
    entry as u16
}

/// Bits looked at for codes of AC coefficients: one more is no faster, and three more fall out of the first-level cache.
const LOOK: u32 = 11;

/// The codes of AC coefficients.
#[derive(Debug, Clone)]
pub(super) struct AcCodes {
    pub(super) codes: Codes,
    one: Box<[u16; 1 << LOOK]>,
    run: Box<[u16; 1 << LOOK]>,
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

    /// In a band the additional bits of an end say how many bands it ends (T.81 G.1.2.2).
    fn of_band(code: u32, symbol: u8) -> Self {
        let (run, size) = (usize::from(symbol >> 4), usize::from(symbol & 15));
        let (run, size) = if size == 0 && run != 15 { (Self::END, run) } else { (run, size) };
        Self::packed(code, run, size)
    }

    fn packed(code: u32, run: usize, size: usize) -> Self {
        Self(low(run << 10 | size << 6 | (code as usize + size)))
    }

    /// The entry, for [`Bits::read_signed_of`].
    #[inline(always)]
    pub(super) fn entry(self) -> u32 {
        self.0.into()
    }

    /// Bits of the code and its additional bits, which may lie beyond those looked at: 26 at most. 0 if the code is longer
    /// than what was looked at, or there is none.
    #[inline(always)]
    pub(super) fn length(self) -> u32 {
        u32::from(self.0) & LENGTH
    }

    /// Additional bits; none for a run of sixteen zeros (of which 15 are before the coefficient) and, but in a band, for the
    /// end of the block.
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
    pub(super) fn ends(self) -> bool {
        self.run() == Self::END
    }
}

/// Makes the entries of all codes that are no longer than what is looked at.
fn fill(table: &mut [u16; 1 << LOOK], spec: &HuffmanSpec, entry: impl Fn(u32, u8) -> AcEntry) -> Option<()> {
    let (mut rest, mut symbols) = (table.as_mut_slice(), spec.symbols.iter());
    for (length, &count) in (1..=LOOK).zip(&spec.counts) {
        for &symbol in symbols.by_ref().take(count.into()) {
            let (filled, after) = rest.split_at_mut_checked(1 << (LOOK - length))?;
            filled.fill(entry(length, symbol).0);
            rest = after;
        }
    }
    Some(())
}

/// As many whole symbols as the bits looked at begin with.
#[derive(Debug, Clone, Copy)]
pub(super) struct SkipEntry(u16);

impl SkipEntry {
    const FAR: u16 = 127;
    const ENDS: usize = 1 << 15;

    /// For [`Bits::skip`]: the bits they take with all additional bits. The last one's additional bits may lie beyond
    /// those looked at: 26 in all at most.
    #[inline(always)]
    pub(super) fn entry(self) -> u32 {
        self.0.into()
    }

    /// Zigzag positions they pass, the end of the block counted as one; more than there are if there is no whole symbol.
    #[inline(always)]
    pub(super) fn advance(self) -> usize {
        usize::from(self.0 >> 6 & Self::FAR)
    }

    /// Whether the last one ends the block.
    #[inline(always)]
    pub(super) fn ends(self) -> bool {
        self.0 >> 15 != 0
    }
}

impl AcCodes {
    pub(super) fn new(spec: &HuffmanSpec) -> Option<Self> {
        let codes = Codes::new(spec)?;
        let mut table = Self { codes, one: Box::new([0; 1 << LOOK]), run: Box::new([0; 1 << LOOK]) };
        fill(&mut table.one, spec, AcEntry::new)?;
        for index in 0..1 << LOOK {
            table.run[index] = table.find_run(index);
        }
        Some(table)
    }

    #[inline(always)]
    pub(super) fn one(&self, bits: &Bits<'_>) -> AcEntry {
        AcEntry(self.one[bits.peek::<LOOK>() & ((1 << LOOK) - 1)])
    }

    #[inline(always)]
    pub(super) fn run(&self, bits: &Bits<'_>) -> SkipEntry {
        SkipEntry(self.run[bits.peek::<LOOK>() & ((1 << LOOK) - 1)])
    }

    fn find_run(&self, index: usize) -> u16 {
        let (mut length, mut advance) = (0, 0);
        while length < LOOK && advance < 64 {
            let one = AcEntry(self.one[index << length & ((1 << LOOK) - 1)]);
            if one.length() == 0 || one.length() - one.size() > LOOK - length {
                break;
            }
            length += one.length();
            if one.ends() {
                return low(SkipEntry::ENDS | (advance + 1) << 6 | length as usize);
            }
            advance += one.run() + 1;
        }
        if length == 0 { SkipEntry::FAR << 6 } else { low(advance << 6 | length as usize) }
    }
}

/// The codes of a progressive scan's band of AC coefficients.
#[derive(Debug, Clone)]
pub(super) struct BandCodes {
    pub(super) codes: Codes,
    one: Box<[u16; 1 << LOOK]>,
}

impl BandCodes {
    pub(super) fn new(spec: &HuffmanSpec) -> Option<Self> {
        let (codes, mut one) = (Codes::new(spec)?, Box::new([0; 1 << LOOK]));
        fill(&mut one, spec, AcEntry::of_band)?;
        Some(Self { codes, one })
    }

    #[inline(always)]
    pub(super) fn one(&self, bits: &Bits<'_>) -> AcEntry {
        AcEntry(self.one[bits.peek::<LOOK>() & ((1 << LOOK) - 1)])
    }
}
