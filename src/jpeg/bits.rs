//! A 64-bit reservoir over bytes without stuffing.
//!
//! In: plain bytes. Out: bits, most significant first; zeros past the end, which the owner of the
//! bytes detects with [`Reservoir::bits_left`]. Must not know of codes or markers.

/// A bit reader.
#[derive(Debug, Clone)]
pub(super) struct Bits<'a> {
    data: &'a [u8],
    reservoir: Reservoir,
}

/// The position of a [`Bits`], without the bytes.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Reservoir {
    /// The next byte to load.
    pub(super) at: usize,
    /// Left-aligned. Bits beyond the valid ones are zero or equal to the bytes from `at` on.
    held: u64,
    /// How many bits are valid, in the lowest six bits; the bits above are left over from table
    /// entries given to [`Bits::consume`].
    count: u32,
}

/// The bits of a table entry that give its length: those that a shift looks at.
pub(super) const LENGTH_MASK: u32 = 63;

impl Reservoir {
    /// An empty reservoir that loads the byte at `at` next.
    pub(super) fn empty_at(at: usize) -> Self {
        Self { at, ..Self::default() }
    }

    /// Unread bits of `len` bytes of data, or `None` if more were read than there are.
    pub(super) fn bits_left(&self, len: usize) -> Option<usize> {
        (len * 8 + (self.count & LENGTH_MASK) as usize).checked_sub(self.at * 8)
    }
}

impl<'a> Bits<'a> {
    pub(super) fn new(data: &'a [u8], reservoir: Reservoir) -> Self {
        Self { data, reservoir }
    }

    pub(super) fn reservoir(&self) -> Reservoir {
        self.reservoir
    }

    /// Makes at least 56 bits available.
    #[inline(always)]
    pub(super) fn refill(&mut self) {
        let Reservoir { at, held, count } = &mut self.reservoir;
        let next = self.data.get(*at..).and_then(<[u8]>::first_chunk).map_or(0, |b| u64::from_be_bytes(*b));
        *held |= next.wrapping_shr(*count);
        *at = at.wrapping_add(((!*count & LENGTH_MASK) >> 3) as usize);
        *count |= 56;
    }

    /// Makes at least `bits` bits available, at most 56.
    #[inline(always)]
    pub(super) fn ensure(&mut self, bits: u32) {
        if self.reservoir.count & LENGTH_MASK < bits {
            self.refill();
        }
    }

    /// The next `N` bits, as an index.
    #[inline(always)]
    #[expect(clippy::cast_possible_truncation, reason = "N is at most 16")]
    pub(super) fn peek<const N: u32>(&self) -> usize {
        (self.reservoir.held >> (64 - N)) as usize
    }

    /// Skips as many bits as the lowest six bits of `bits` say, which must be available. A table
    /// entry can be passed unmasked: this saves an instruction on the path that the next read waits
    /// for.
    #[inline(always)]
    pub(super) fn consume(&mut self, bits: u32) {
        self.reservoir.held = self.reservoir.held.wrapping_shl(bits);
        self.reservoir.count = self.reservoir.count.wrapping_sub(bits);
    }

    /// Reads up to 16 bits, which must be available.
    #[inline(always)]
    #[expect(clippy::cast_possible_truncation, reason = "16 bits at most")]
    pub(super) fn read(&mut self, bits: u32) -> u32 {
        let value = (self.reservoir.held >> 1).wrapping_shr(63_u32.wrapping_sub(bits)) as u32;
        self.consume(bits);
        value
    }

    /// Skips as many bits as the lowest six bits of `entry` say, and returns the last `size` of
    /// them.
    #[inline(always)]
    pub(super) fn read_entry(&mut self, entry: u32, size: u32) -> u32 {
        self.consume((entry & LENGTH_MASK).wrapping_sub(size));
        self.read(size)
    }

    /// Reads a value of `size` additional bits (T.81 F.2.2.1, EXTEND).
    #[inline(always)]
    pub(super) fn read_signed(&mut self, size: u32) -> i32 {
        self.read_signed_entry(size, size)
    }

    /// Skips as many bits as the lowest six bits of `entry` say, the last `size` of which are a
    /// value. The next read waits only for the length, not for the value.
    #[inline(always)]
    #[expect(clippy::cast_possible_truncation, reason = "16 bits at most, and a mask")]
    pub(super) fn read_signed_entry(&mut self, entry: u32, size: u32) -> i32 {
        let code = (entry & LENGTH_MASK).wrapping_sub(size);
        let held = self.reservoir.held.wrapping_shl(code);
        let raw = (held >> 1).wrapping_shr(63_u32.wrapping_sub(size)) as u32;
        // Values whose first bit is 0 are negative.
        let negative = !(held.cast_signed() >> 63) as i32;
        self.consume(entry);
        raw.cast_signed().wrapping_add(negative & 1_i32.wrapping_sub(1_i32.wrapping_shl(size)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn additional_bits_decode_as_in_t81_table_f1() {
        let read = |raw: u16, size: u32| {
            let data = (u128::from(raw) << (128 - 3 - size)).to_be_bytes();
            let mut bits = Bits::new(&data, Reservoir::default());
            bits.refill();
            bits.read_signed_entry(3 + size, size)
        };
        for (size, raw, value) in [(1, 0, -1), (1, 1, 1), (2, 0, -3), (2, 1, -2), (2, 2, 2), (2, 3, 3)] {
            assert_eq!(read(raw, size), value, "{raw} of {size} bits");
        }
        assert_eq!((read(0, 13), read(0x1fff, 13)), (-8191, 8191));
        let mut bits = Bits::new(&[0xff; 8], Reservoir::default());
        bits.refill();
        assert_eq!((bits.read_signed(0), bits.read_signed(15)), (0, 32_767));
    }

    #[test]
    fn every_bit_is_read_once_and_zeros_follow() {
        let data: Vec<u8> = (0..40).map(|i: u8| i.wrapping_mul(73) ^ 0x5a).collect();
        let mut bits = Bits::new(&data, Reservoir::default());
        let mut seen = Vec::new();
        for step in 0.. {
            bits.ensure(24);
            let size = 1 + step % 13;
            let value = bits.read(size);
            seen.extend((0..size).rev().map(|bit| value >> bit & 1));
            assert_eq!(bits.reservoir().bits_left(100), Some(800 - seen.len()));
            if seen.len() > 340 {
                break;
            }
        }
        let plain: Vec<u32> =
            data.iter().flat_map(|b| (0..8).rev().map(move |i| u32::from(b >> i & 1))).collect();
        // Whole words are loaded while there are any; padding the last few bytes is up to the
        // owner.
        assert_eq!(seen[..256], plain[..256]);
        assert!(seen[320..].iter().all(|&bit| bit == 0));
    }
}
