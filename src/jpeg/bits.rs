//! A 64-bit reservoir over bytes without stuffing.
//!
//! In: plain bytes. Out: bits, most significant first; zeros past the end, which the owner of the bytes notices by
//! [`Reservoir::left`]. Must not know of codes or markers.

/// Bits about to be read.
#[derive(Debug, Clone)]
pub(super) struct Bits<'a> {
    data: &'a [u8],
    reservoir: Reservoir,
}

/// Where a [`Bits`] stands, without the bytes it stands in.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Reservoir {
    /// The next byte to take in.
    pub(super) at: usize,
    /// Left-aligned. Bits beyond those that count are zero or what the bytes from `at` on hold.
    held: u64,
    /// How many bits count, in the lowest six: what stands above is left over from entries that [`Bits::skip`] was given.
    count: u32,
}

/// What of a table's entry says how many bits it takes: what a shift looks at.
pub(super) const LENGTH: u32 = 63;

impl Reservoir {
    /// Nothing held, `at` the next byte to take in.
    pub(super) fn empty_at(at: usize) -> Self {
        Self { at, ..Self::default() }
    }

    /// Bits not yet read of `len` bytes of data, or `None` if more were read than there are.
    pub(super) fn left(&self, len: usize) -> Option<usize> {
        (len * 8 + (self.count & LENGTH) as usize).checked_sub(self.at * 8)
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
        *at = at.wrapping_add(((!*count & LENGTH) >> 3) as usize);
        *count |= 56;
    }

    /// Makes at least `bits` available, 56 at most.
    #[inline(always)]
    pub(super) fn ensure(&mut self, bits: u32) {
        if self.reservoir.count & LENGTH < bits {
            self.refill();
        }
    }

    /// The next `N` bits, as an index.
    #[inline(always)]
    #[expect(clippy::cast_possible_truncation, reason = "N is at most 16")]
    pub(super) fn peek<const N: u32>(&self) -> usize {
        (self.reservoir.held >> (64 - N)) as usize
    }

    /// Passes over as many bits as the lowest six of `bits` say, which must be available: a table's entry may be given as it
    /// is. Not to mask it saves a step each time where the next thing read waits for it.
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

    /// Passes over as many bits as `entry` says in its lowest six, and reads the last `size` of them.
    #[inline(always)]
    pub(super) fn read_of(&mut self, entry: u32, size: u32) -> u32 {
        self.consume((entry & LENGTH).wrapping_sub(size));
        self.read(size)
    }

    /// Reads a value of `size` additional bits (T.81 F.2.2.1, EXTEND).
    #[inline(always)]
    pub(super) fn read_signed(&mut self, size: u32) -> i32 {
        self.read_signed_of(size, size)
    }

    /// Passes over as many bits as `entry` says in its lowest six, of which the last `size` are a value. What is read next
    /// waits for the length alone, not for the value.
    #[inline(always)]
    #[expect(clippy::cast_possible_truncation, reason = "16 bits at most, and a mask")]
    pub(super) fn read_signed_of(&mut self, entry: u32, size: u32) -> i32 {
        let code = (entry & LENGTH).wrapping_sub(size);
        let held = self.reservoir.held.wrapping_shl(code);
        let raw = (held >> 1).wrapping_shr(63_u32.wrapping_sub(size)) as u32;
        // Values that begin with a 0 are negative.
        let negative = !(held.cast_signed() >> 63) as i32;
        self.consume(entry);
        raw.cast_signed().wrapping_add(negative & 1_i32.wrapping_sub(1_i32.wrapping_shl(size)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn additional_bits_stand_for_values_as_in_t81_table_f1() {
        let read = |raw: u16, size: u32| {
            let data = (u128::from(raw) << (128 - 3 - size)).to_be_bytes();
            let mut bits = Bits::new(&data, Reservoir::default());
            bits.refill();
            bits.read_signed_of(3 + size, size)
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
            assert_eq!(bits.reservoir().left(100), Some(800 - seen.len()));
            if seen.len() > 340 {
                break;
            }
        }
        let plain: Vec<u32> =
            data.iter().flat_map(|b| (0..8).rev().map(move |i| u32::from(b >> i & 1))).collect();
        // Whole words are taken in while there are some; the last few bytes are the owner's to pad.
        assert_eq!(seen[..256], plain[..256]);
        assert!(seen[320..].iter().all(|&bit| bit == 0));
    }
}
