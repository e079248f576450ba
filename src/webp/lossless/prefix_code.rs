//! Prefix codes (RFC 9649 section 3.7.2): read from the stream, and read with.
//!
//! In: bits. Out: symbols. A code is two levels of tables that are no larger than it needs. Must not know what symbols mean.

use crate::error::{Result, Stage};
use crate::limits::Budget;
use crate::webp::bits::Bits;
use crate::webp::malformed;

/// Bits that the first table is asked by, at most.
const FIRST: u32 = 8;
const LONGEST: usize = 15;

/// One code.
#[derive(Debug)]
pub(super) struct PrefixCode {
    /// Symbol and length of a code; or, where the length is above `bits`, the second table's place and the length of its longest.
    table: Vec<u32>,
    /// Bits that the first table is asked by; 0 if there is one symbol alone, which takes none.
    bits: u32,
}

impl PrefixCode {
    /// Reads a code's lengths (section 3.7.2.1) for symbols below `alphabet`, and makes its tables.
    pub(super) fn read(bits: &mut Bits<'_>, alphabet: usize, budget: &mut Budget<'_>) -> Result<Self> {
        let mut lengths = [0_u8; super::image_stream::MOST_SYMBOLS];
        let lengths = lengths.get_mut(..alphabet).unwrap_or_default();
        if bits.flag() {
            read_simple(bits, lengths)?;
        } else {
            read_lengths(bits, lengths, budget)?;
        }
        if bits.ended() {
            return Err(malformed("its lossless data end within a code"));
        }
        Self::of(lengths, budget)
    }

    /// The one symbol that costs no bits, if there is no other.
    pub(super) fn only(&self) -> Option<u32> {
        (self.bits == 0).then(|| self.table.first().map_or(0, |entry| entry >> 8))
    }

    /// The next symbol, of at most 15 bits, which must be ready.
    #[inline(always)]
    pub(super) fn symbol(&self, bits: &mut Bits<'_>) -> usize {
        let entry = self.entry(bits.peek(self.bits) as usize);
        let length = entry & 0xff;
        if length <= self.bits {
            bits.consume(length);
            return (entry >> 8) as usize;
        }
        bits.consume(self.bits);
        let further = bits.peek(length.wrapping_sub(self.bits)) as usize;
        let entry = self.entry(((entry >> 8) as usize).wrapping_add(further));
        bits.consume(entry & 0xff);
        (entry >> 8) as usize
    }

    #[inline(always)]
    fn entry(&self, at: usize) -> u32 {
        self.table.get(at).copied().unwrap_or(0)
    }

    /// A canonical code of these lengths; it must use all its bits, or have one symbol alone.
    fn of(lengths: &[u8], budget: &mut Budget<'_>) -> Result<Self> {
        let mut counts = [0_u32; LONGEST + 1];
        for &length in lengths {
            counts[usize::from(length & 15)] += 1;
        }
        counts[0] = 0;
        let used: u32 = counts.iter().sum();
        if used == 1 {
            let symbol = lengths.iter().position(|&length| length > 0).unwrap_or(0);
            budget.reserve(Stage::Decode, size_of::<Self>() as u64 + 4)?;
            return Ok(Self { table: vec![packed(symbol, 0)], bits: 0 });
        }
        let (mut next, mut code, mut left) = ([0_u32; LONGEST + 1], 0_u32, 1_i64);
        for length in 1..=LONGEST {
            code = (code + counts[length - 1]) << 1;
            next[length] = code;
            left = 2 * left - i64::from(counts[length]);
            if left < 0 {
                return Err(malformed("a lossless code has more symbols than bits"));
            }
        }
        if left > 0 {
            return Err(malformed("a lossless code has fewer symbols than bits"));
        }
        let longest = counts.iter().rposition(|&count| count > 0).unwrap_or(0);
        let bits = u32::try_from(longest).unwrap_or(0).min(FIRST);
        let codes = |mut next: [u32; LONGEST + 1]| {
            lengths.iter().enumerate().filter(|(_, length)| **length > 0).map(move |(symbol, &length)| {
                let code = &mut next[usize::from(length & 15)];
                let reversed = code.reverse_bits() >> (32 - u32::from(length));
                *code += 1;
                (symbol, u32::from(length), reversed as usize)
            })
        };
        // How long codes are that share their first bits.
        let mut beyond = [0_u32; 1 << FIRST];
        let first = 1_usize << bits;
        for (_, length, code) in codes(next) {
            let longest = &mut beyond[code & (first - 1)];
            *longest = (*longest).max(length.saturating_sub(bits));
        }
        let (mut size, mut places) = (first, [0_usize; 1 << FIRST]);
        for (place, &beyond) in places.iter_mut().zip(&beyond).take(first).filter(|(_, beyond)| **beyond > 0)
        {
            *place = size;
            size += 1 << beyond;
        }
        budget.reserve(Stage::Decode, size_of::<Self>() as u64)?;
        let mut table: Vec<u32> = budget.zeroed(Stage::Decode, size)?;
        for (entry, (&place, &beyond)) in table.iter_mut().zip(places.iter().zip(&beyond)).take(first) {
            if beyond > 0 {
                *entry = packed(place, bits + beyond);
            }
        }
        for (symbol, length, code) in codes(next) {
            let start = code & (first - 1);
            let (place, code, length, size) = if length <= bits {
                (0, code, length, first)
            } else {
                (places[start], code >> bits, length - bits, 1 << beyond[start])
            };
            let part = table.get_mut(place..place + size).unwrap_or_default();
            for entry in part.iter_mut().skip(code).step_by(1 << length) {
                *entry = packed(symbol, length);
            }
        }
        Ok(Self { table, bits })
    }
}

fn packed(value: usize, length: u32) -> u32 {
    u32::try_from(value).unwrap_or(0) << 8 | length
}

/// One or two symbols.
fn read_simple(bits: &mut Bits<'_>, lengths: &mut [u8]) -> Result<()> {
    let two = bits.flag();
    let wide = bits.flag();
    let first = bits.read(if wide { 8 } else { 1 });
    let second = two.then(|| bits.read(8));
    for symbol in [Some(first), second].into_iter().flatten() {
        let length = lengths.get_mut(symbol as usize);
        *length.ok_or_else(|| malformed("a lossless code has a symbol that there is not"))? = 1;
    }
    Ok(())
}

/// The order in which the lengths of the code of lengths stand.
const ORDER: [usize; 19] = [17, 18, 0, 1, 2, 3, 4, 5, 16, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15];

/// Lengths that are themselves coded.
fn read_lengths(bits: &mut Bits<'_>, lengths: &mut [u8], budget: &mut Budget<'_>) -> Result<()> {
    let wrong = || malformed("a lossless code has more lengths than symbols");
    let mut own = [0_u8; 19];
    let count = bits.read(4) as usize + 4;
    for &place in ORDER.get(..count).ok_or_else(wrong)? {
        own[place] = u8::try_from(bits.read(3)).unwrap_or(0);
    }
    let mut left = lengths.len();
    if bits.flag() {
        let width = 2 + 2 * bits.read(3);
        left = bits.read(width) as usize + 2;
        if left > lengths.len() {
            return Err(wrong());
        }
    }
    let before = budget.spent();
    let code = PrefixCode::of(&own, budget)?;
    let (mut at, mut last) = (0, 8);
    while at < lengths.len() && left > 0 {
        left -= 1;
        bits.refill();
        let (length, times) = match code.symbol(bits) {
            length @ 0..16 => (u8::try_from(length).unwrap_or(0), 1),
            16 => (last, 3 + bits.read(2) as usize),
            17 => (0, 3 + bits.read(3) as usize),
            _ => (0, 11 + bits.read(7) as usize),
        };
        if length > 0 {
            last = length;
        }
        lengths.get_mut(at..at + times).ok_or_else(wrong)?.fill(length);
        at += times;
    }
    let spent = budget.spent() - before;
    budget.release(spent);
    Ok(())
}
