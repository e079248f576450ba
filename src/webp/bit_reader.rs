//! [`BitReader`]: reads a bit stream from the least significant bit of each byte.
//!
//! In: bytes. Out: numbers. Reading past the end yields zeros, and is recorded.

#[derive(Debug)]
pub(super) struct BitReader<'a> {
    bytes: &'a [u8],
    at: usize,
    value: u64,
    /// Number of valid bits in `value`. The bits above may already hold the following data.
    count: u32,
    past_end: bool,
}

impl<'a> BitReader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0, value: 0, count: 0, past_end: false }
    }

    /// Number of bytes that have been read.
    pub(super) fn reached(&self) -> usize {
        self.at.min(self.bytes.len())
    }

    /// Whether more bits were read than there are.
    pub(super) fn past_end(&self) -> bool {
        self.past_end
    }

    /// Makes at least 56 bits available, or all that are left.
    #[inline(always)]
    pub(super) fn refill(&mut self) {
        if let Some(word) = self.bytes.get(self.at..).and_then(<[u8]>::first_chunk) {
            self.value |= u64::from_le_bytes(*word) << self.count;
            self.at = self.at.wrapping_add(((63 - self.count) >> 3) as usize);
            self.count |= 56;
        } else {
            self.refill_bytewise();
        }
    }

    #[cold]
    fn refill_bytewise(&mut self) {
        while self.count <= 55
            && let Some(&byte) = self.bytes.get(self.at)
        {
            self.value |= u64::from(byte) << self.count;
            self.at += 1;
            self.count += 8;
        }
    }

    /// The next `count` bits, at most 32, without consuming them.
    #[inline(always)]
    pub(super) fn peek(&self, count: u32) -> u32 {
        #[expect(clippy::cast_possible_truncation, reason = "masked")]
        let low = (self.value & ((1 << count) - 1)) as u32;
        low
    }

    /// Skips `count` bits.
    #[inline(always)]
    pub(super) fn consume(&mut self, count: u32) {
        if count > self.count {
            self.mark_past_end();
        } else {
            self.value >>= count;
            self.count = self.count.wrapping_sub(count);
        }
    }

    #[cold]
    fn mark_past_end(&mut self) {
        (self.value, self.count, self.past_end) = (0, 0, true);
    }

    /// Reads the next `count` bits, at most 32.
    #[inline(always)]
    pub(super) fn read(&mut self, count: u32) -> u32 {
        if self.count < count {
            self.refill();
        }
        let value = self.peek(count);
        self.consume(count);
        value
    }

    /// Reads the next bit.
    pub(super) fn read_flag(&mut self) -> bool {
        self.read(1) == 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_grouping_reads_the_same_bits() {
        let bytes: Vec<u8> = (0..100_u8).map(|i| i.wrapping_mul(37) ^ 0x5a).collect();
        let bit = |at: usize| u32::from(bytes[at / 8] >> (at % 8) & 1);
        let mut bits = BitReader::new(&bytes);
        let mut at = 0;
        for count in (0..).map(|i| [1, 7, 13, 32, 3, 0, 24][i % 7]) {
            if at + count > 800 {
                break;
            }
            let wanted = (0..count).map(|i| bit(at + i) << i).sum::<u32>();
            assert_eq!(bits.read(u32::try_from(count).unwrap()), wanted, "at {at}");
            at += count;
        }
        assert!(!bits.past_end());
        bits.read(u32::try_from(800 - at).unwrap());
        assert!(!bits.past_end());
        assert_eq!((bits.read(1), bits.past_end()), (0, true));
    }
}
