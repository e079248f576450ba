//! Prefix codes (RFC 9649 section 3.7.2).
//!
//! In: bits. Out: symbols. A code is a two-level table that is no larger than necessary. Must not
//! know what the symbols mean.

use crate::error::{Result, Stage};
use crate::limits::Budget;
use crate::webp::bit_reader::BitReader;
use crate::webp::error::malformed;

/// Maximum number of bits that index the root table.
const ROOT_BITS: u32 = 8;
const MAX_CODE_LENGTH: usize = 15;

/// Size of the largest alphabet, that of green: 256 literals, 24 length prefixes, and at most 2^11
/// cached colors.
pub(super) const MAX_ALPHABET_SIZE: usize = 256 + 24 + (1 << 11);

/// A prefix code.
#[derive(Debug)]
pub(super) struct PrefixCode {
    /// A symbol and the length of its code. If that length is above `bits`, the offset of the
    /// second-level table instead of the symbol, and the maximum code length in it.
    table: Vec<u32>,
    /// Number of bits that index the root table; 0 if there is only one symbol, which takes no
    /// bits.
    bits: u32,
}

impl PrefixCode {
    /// Reads the code lengths (section 3.7.2.1) of symbols below `alphabet`, and builds the tables.
    pub(super) fn read(bits: &mut BitReader<'_>, alphabet: usize, budget: &mut Budget<'_>) -> Result<Self> {
        let mut lengths = [0_u8; MAX_ALPHABET_SIZE];
        let lengths = lengths.get_mut(..alphabet).unwrap_or_default();
        if bits.read_flag() {
            read_simple(bits, lengths)?;
        } else {
            read_lengths(bits, lengths, budget)?;
        }
        if bits.past_end() {
            return Err(malformed("truncated prefix code"));
        }
        Self::from_lengths(lengths, budget)
    }

    /// The only symbol, which takes no bits, if there is just one.
    pub(super) fn single_symbol(&self) -> Option<u32> {
        (self.bits == 0).then(|| self.table.first().map_or(0, |entry| entry >> 8))
    }

    /// Reads the next symbol, of at most 15 bits. The caller must refill `bits` first.
    #[inline(always)]
    pub(super) fn read_symbol(&self, bits: &mut BitReader<'_>) -> usize {
        let entry = self.entry(bits.peek(self.bits) as usize);
        let length = entry & 0xff;
        if length <= self.bits {
            bits.consume(length);
            return (entry >> 8) as usize;
        }
        bits.consume(self.bits);
        let index = bits.peek(length.wrapping_sub(self.bits)) as usize;
        let entry = self.entry(((entry >> 8) as usize).wrapping_add(index));
        bits.consume(entry & 0xff);
        (entry >> 8) as usize
    }

    #[inline(always)]
    fn entry(&self, at: usize) -> u32 {
        self.table.get(at).copied().unwrap_or(0)
    }

    /// Builds the canonical code of these lengths. It must be complete, or have only one symbol.
    fn from_lengths(lengths: &[u8], budget: &mut Budget<'_>) -> Result<Self> {
        let mut counts = [0_u32; MAX_CODE_LENGTH + 1];
        for &length in lengths {
            counts[usize::from(length & 15)] += 1;
        }
        counts[0] = 0;
        let used: u32 = counts.iter().sum();
        if used == 1 {
            let symbol = lengths.iter().position(|&length| length > 0).unwrap_or(0);
            budget.reserve(Stage::Decode, size_of::<Self>() as u64 + 4)?;
            return Ok(Self { table: vec![table_entry(symbol, 0)], bits: 0 });
        }
        let (mut next, mut code, mut left) = ([0_u32; MAX_CODE_LENGTH + 1], 0_u32, 1_i64);
        for length in 1..=MAX_CODE_LENGTH {
            code = (code + counts[length - 1]) << 1;
            next[length] = code;
            left = 2 * left - i64::from(counts[length]);
            if left < 0 {
                return Err(malformed("over-subscribed prefix code"));
            }
        }
        if left > 0 {
            return Err(malformed("incomplete prefix code"));
        }
        let longest = counts.iter().rposition(|&count| count > 0).unwrap_or(0);
        let bits = u32::try_from(longest).unwrap_or(0).min(ROOT_BITS);
        let codes = |mut next: [u32; MAX_CODE_LENGTH + 1]| {
            lengths.iter().enumerate().filter(|(_, length)| **length > 0).map(move |(symbol, &length)| {
                let code = &mut next[usize::from(length & 15)];
                let reversed = code.reverse_bits() >> (32 - u32::from(length));
                *code += 1;
                (symbol, u32::from(length), reversed as usize)
            })
        };
        // Bits beyond the root table's, for all codes that share their first bits.
        let mut extra_bits = [0_u32; 1 << ROOT_BITS];
        let first = 1_usize << bits;
        for (_, length, code) in codes(next) {
            let longest = &mut extra_bits[code & (first - 1)];
            *longest = (*longest).max(length.saturating_sub(bits));
        }
        let (mut size, mut offsets) = (first, [0_usize; 1 << ROOT_BITS]);
        for (offset, &extra_bits) in
            offsets.iter_mut().zip(&extra_bits).take(first).filter(|(_, extra_bits)| **extra_bits > 0)
        {
            *offset = size;
            size += 1 << extra_bits;
        }
        budget.reserve(Stage::Decode, size_of::<Self>() as u64)?;
        let mut table: Vec<u32> = budget.zeroed(Stage::Decode, size)?;
        for (entry, (&offset, &extra_bits)) in
            table.iter_mut().zip(offsets.iter().zip(&extra_bits)).take(first)
        {
            if extra_bits > 0 {
                *entry = table_entry(offset, bits + extra_bits);
            }
        }
        for (symbol, length, code) in codes(next) {
            let start = code & (first - 1);
            let (offset, code, length, size) = if length <= bits {
                (0, code, length, first)
            } else {
                (offsets[start], code >> bits, length - bits, 1 << extra_bits[start])
            };
            let part = table.get_mut(offset..offset + size).unwrap_or_default();
            for entry in part.iter_mut().skip(code).step_by(1 << length) {
                *entry = table_entry(symbol, length);
            }
        }
        Ok(Self { table, bits })
    }
}

fn table_entry(value: usize, length: u32) -> u32 {
    u32::try_from(value).unwrap_or(0) << 8 | length
}

/// A simple code, of one or two symbols.
fn read_simple(bits: &mut BitReader<'_>, lengths: &mut [u8]) -> Result<()> {
    let two = bits.read_flag();
    let eight_bits = bits.read_flag();
    let first = bits.read(if eight_bits { 8 } else { 1 });
    let second = two.then(|| bits.read(8));
    for symbol in [Some(first), second].into_iter().flatten() {
        let length = lengths.get_mut(symbol as usize);
        *length.ok_or_else(|| malformed("prefix-code symbol out of range"))? = 1;
    }
    Ok(())
}

/// The order in which the code length code's lengths are stored.
const CODE_LENGTH_ORDER: [usize; 19] = [17, 18, 0, 1, 2, 3, 4, 5, 16, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15];

/// A normal code, whose lengths are themselves coded.
fn read_lengths(bits: &mut BitReader<'_>, lengths: &mut [u8], budget: &mut Budget<'_>) -> Result<()> {
    let wrong = || malformed("prefix code has more lengths than symbols");
    let mut own = [0_u8; 19];
    let count = bits.read(4) as usize + 4;
    for &symbol in CODE_LENGTH_ORDER.get(..count).ok_or_else(wrong)? {
        own[symbol] = u8::try_from(bits.read(3)).unwrap_or(0);
    }
    let mut left = lengths.len();
    if bits.read_flag() {
        let width = 2 + 2 * bits.read(3);
        left = bits.read(width) as usize + 2;
        if left > lengths.len() {
            return Err(wrong());
        }
    }
    let before = budget.spent();
    let code = PrefixCode::from_lengths(&own, budget)?;
    let (mut at, mut last) = (0, 8);
    while at < lengths.len() && left > 0 {
        left -= 1;
        bits.refill();
        let (length, times) = match code.read_symbol(bits) {
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
