//! Huffman codes as lookup tables (T.81 annex C, F.2.2.3).
//!
//! In: a table as the file defines it. Out: [`Codes`], one symbol at a time, and [`AcCodes`], which also knows whole
//! coefficients and whole runs of symbols. Must not know of components or scans.

use super::bits::{Bits, extend};
use super::fault::Fault;
use super::tables::HuffmanSpec;

/// Codes up to this length are found in one step.
const SHORT: u32 = 9;

/// One symbol at a time.
#[derive(Debug, Clone)]
pub(super) struct Codes {
    /// By the next 9 bits: length and symbol of the code they begin with, 0 if it is longer.
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
            if let Some((length, symbol)) = codes.search(index << (16 - SHORT), SHORT) {
                codes.short[index] = pack(length, symbol);
            }
        }
        Some(codes)
    }

    /// Length and symbol of the code that 16 bits begin with, if it is no longer than `longest`.
    fn search(&self, window: usize, longest: u32) -> Option<(u32, u8)> {
        for length in 1..=longest {
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
    pub(super) fn symbol(&self, bits: &mut Bits<'_>) -> Result<u32, Fault> {
        let entry = u32::from(self.short[bits.peek::<SHORT>() & ((1 << SHORT) - 1)]);
        if entry != 0 {
            bits.skip(entry >> 8);
            return Ok(entry & 255);
        }
        self.long_symbol(bits)
    }

    #[cold]
    fn long_symbol(&self, bits: &mut Bits<'_>) -> Result<u32, Fault> {
        let (length, symbol) = self.search(bits.peek::<16>(), 16).ok_or(Fault::Code)?;
        bits.skip(length);
        Ok(symbol.into())
    }
}

#[expect(clippy::cast_possible_truncation, reason = "a length is at most 16")]
fn pack(length: u32, symbol: u8) -> u16 {
    (length as u16) << 8 | u16::from(symbol)
}

/// Bits looked at for a whole coefficient.
const WHOLE: u32 = 10;
/// Bits looked at for a run of symbols to pass over; with 14 and more the table falls out of the first-level cache.
const RUN: u32 = 12;

/// The codes of AC coefficients.
#[derive(Debug, Clone)]
pub(super) struct AcCodes {
    pub(super) codes: Codes,
    whole: Box<[u32; 1 << WHOLE]>,
    run: Box<[u32; 1 << RUN]>,
}

/// What the next bits begin with, if they hold all of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Whole(u32);

impl Whole {
    /// Bits it takes; 0 if the bits looked at do not hold all of it.
    #[inline(always)]
    pub(super) fn length(self) -> u32 {
        self.0 & 15
    }

    /// Zigzag positions before the coefficient; 64 for the end of the block.
    #[inline(always)]
    pub(super) fn run(self) -> usize {
        (self.0 >> 4 & 127) as usize
    }

    /// The coefficient; 0 for a run of sixteen zeros (then 15 are before it) and for the end of the block.
    #[inline(always)]
    pub(super) fn value(self) -> i16 {
        (self.0.cast_signed() >> 16) as i16
    }
}

/// As many whole symbols as the bits looked at begin with.
#[derive(Debug, Clone, Copy)]
pub(super) struct Run(u32);

impl Run {
    /// Bits they take with all additional bits; 0 if there is no whole one. The last one's additional bits may lie
    /// beyond those looked at: 27 in all at most.
    #[inline(always)]
    pub(super) fn length(self) -> u32 {
        self.0 & 255
    }

    /// Zigzag positions they pass.
    #[inline(always)]
    pub(super) fn advance(self) -> usize {
        (self.0 >> 8 & 255) as usize
    }

    /// 1 if the last one ends the block, else 0.
    #[inline(always)]
    pub(super) fn ends(self) -> usize {
        (self.0 >> 16) as usize
    }
}

impl AcCodes {
    pub(super) fn new(spec: &HuffmanSpec) -> Option<Self> {
        let codes = Codes::new(spec)?;
        let mut table = Self { codes, whole: Box::new([0; 1 << WHOLE]), run: Box::new([0; 1 << RUN]) };
        for index in 0..1 << WHOLE {
            table.whole[index] = table.find_whole(index);
        }
        for index in 0..1 << RUN {
            table.run[index] = table.find_run(index << (16 - RUN));
        }
        Some(table)
    }

    #[inline(always)]
    pub(super) fn whole(&self, bits: &Bits<'_>) -> Whole {
        Whole(self.whole[bits.peek::<WHOLE>() & ((1 << WHOLE) - 1)])
    }

    #[inline(always)]
    pub(super) fn run(&self, bits: &Bits<'_>) -> Run {
        Run(self.run[bits.peek::<RUN>() & ((1 << RUN) - 1)])
    }

    fn find_whole(&self, index: usize) -> u32 {
        let Some((length, symbol)) = self.codes.search(index << (16 - WHOLE), WHOLE) else { return 0 };
        let (run, size) = (u32::from(symbol >> 4), u32::from(symbol & 15));
        if size == 0 {
            let run = if run == 15 { run } else { 64 };
            return run << 4 | length;
        }
        let total = length + size;
        if total > WHOLE {
            return 0;
        }
        let raw = index >> (WHOLE - total) & ((1 << size) - 1);
        let value = extend(u32::try_from(raw).unwrap_or_default(), size);
        value.cast_unsigned() << 16 | run << 4 | total
    }

    fn find_run(&self, window: usize) -> u32 {
        let (mut length, mut advance, mut ends) = (0, 0, 0);
        while length < RUN && advance < 64 && ends == 0 {
            let Some((code, symbol)) = self.codes.search(window << length & 0xffff, RUN - length) else {
                break;
            };
            let (run, size) = (u32::from(symbol >> 4), u32::from(symbol & 15));
            length += code + size;
            match (run, size) {
                (15, 0) => advance += 16,
                (_, 0) => ends = 1,
                _ => advance += run + 1,
            }
        }
        ends << 16 | advance << 8 | length
    }
}
