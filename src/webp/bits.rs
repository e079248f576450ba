//! [`Bits`]: a bit stream that is read from each byte's least significant bit on.
//!
//! In: bytes. Out: numbers. What is read beyond the end is zeros, and is remembered. Must not know what the bits mean.

#[derive(Debug)]
pub(super) struct Bits<'a> {
    bytes: &'a [u8],
    at: usize,
    value: u64,
    /// Bits of `value` that count; those above may hold what comes next already.
    count: u32,
    ended: bool,
}

impl<'a> Bits<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0, value: 0, count: 0, ended: false }
    }

    /// Bytes that were taken in.
    pub(super) fn reached(&self) -> usize {
        self.at.min(self.bytes.len())
    }

    /// Whether more was read than there is.
    pub(super) fn ended(&self) -> bool {
        self.ended
    }

    /// Has at least 56 bits ready, or all that are left.
    #[inline(always)]
    pub(super) fn refill(&mut self) {
        if let Some(word) = self.bytes.get(self.at..).and_then(<[u8]>::first_chunk) {
            self.value |= u64::from_le_bytes(*word) << self.count;
            self.at = self.at.wrapping_add(((63 - self.count) >> 3) as usize);
            self.count |= 56;
        } else {
            self.refill_slowly();
        }
    }

    #[cold]
    fn refill_slowly(&mut self) {
        while self.count <= 55
            && let Some(&byte) = self.bytes.get(self.at)
        {
            self.value |= u64::from(byte) << self.count;
            self.at += 1;
            self.count += 8;
        }
    }

    /// The next `count` bits, at most 32, which stay.
    #[inline(always)]
    pub(super) fn peek(&self, count: u32) -> u32 {
        #[expect(clippy::cast_possible_truncation, reason = "masked")]
        let low = (self.value & ((1 << count) - 1)) as u32;
        low
    }

    /// Goes on by `count` bits.
    #[inline(always)]
    pub(super) fn consume(&mut self, count: u32) {
        if count > self.count {
            self.end();
        } else {
            self.value >>= count;
            self.count = self.count.wrapping_sub(count);
        }
    }

    #[cold]
    fn end(&mut self) {
        (self.value, self.count, self.ended) = (0, 0, true);
    }

    /// The next `count` bits, at most 32.
    #[inline(always)]
    pub(super) fn read(&mut self, count: u32) -> u32 {
        if self.count < count {
            self.refill();
        }
        let value = self.peek(count);
        self.consume(count);
        value
    }

    /// The next bit.
    pub(super) fn flag(&mut self) -> bool {
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
        let mut bits = Bits::new(&bytes);
        let mut at = 0;
        for count in (0..).map(|i| [1, 7, 13, 32, 3, 0, 24][i % 7]) {
            if at + count > 800 {
                break;
            }
            let wanted = (0..count).map(|i| bit(at + i) << i).sum::<u32>();
            assert_eq!(bits.read(u32::try_from(count).unwrap()), wanted, "at {at}");
            at += count;
        }
        assert!(!bits.ended());
        bits.read(u32::try_from(800 - at).unwrap());
        assert!(!bits.ended());
        assert_eq!((bits.read(1), bits.ended()), (0, true));
    }
}
