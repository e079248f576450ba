//! [`BoolDecoder`]: the boolean entropy decoder (RFC 6386 section 7).
//!
//! In: bytes, and the probability that each bit is 0. Out: bits. Reading past the end yields zeros,
//! and is recorded. Must not know what the bits mean.

#[derive(Debug, Clone)]
pub(super) struct BoolDecoder<'a> {
    bytes: &'a [u8],
    value: u64,
    /// The range minus one: 127 to 254.
    range: u32,
    /// Number of bits in `value` below the eight that are compared; negative if more must be
    /// loaded.
    bits: i32,
    past_end: bool,
}

impl<'a> BoolDecoder<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        let mut decoder = Self { bytes, value: 0, range: 254, bits: -8, past_end: false };
        decoder.load_bytes();
        decoder
    }

    /// Runs `work` on a local copy, whose state the compiler keeps in registers.
    #[inline(always)]
    pub(super) fn with_local_copy<R>(&mut self, work: impl FnOnce(&mut Self) -> R) -> R {
        let mut copy = self.clone();
        let done = work(&mut copy);
        *self = copy;
        done
    }

    /// Whether more bytes were needed than there are.
    pub(super) fn past_end(&self) -> bool {
        self.past_end
    }

    #[inline(always)]
    fn load_bytes(&mut self) {
        if let Some((head, _)) = self.bytes.split_first_chunk::<8>() {
            self.value = self.value << 56 | u64::from_be_bytes(*head) >> 8;
            self.bytes = self.bytes.get(7..).unwrap_or_default();
            self.bits = self.bits.wrapping_add(56);
        } else {
            *self = self.clone().load_last_byte();
        }
    }

    /// Takes `self` by value: otherwise, the state could not stay in registers.
    #[cold]
    fn load_last_byte(mut self) -> Self {
        let byte = match self.bytes.split_first() {
            Some((&byte, rest)) => {
                self.bytes = rest;
                byte
            }
            None => {
                self.past_end = true;
                0
            }
        };
        self.value = self.value << 8 | u64::from(byte);
        self.bits += 8;
        self
    }

    /// Reads a bit that is 0 with a probability of `probability`/256. Nothing overflows: `range`
    /// has eight bits, and the split is below it.
    #[inline(always)]
    pub(super) fn read_bool(&mut self, probability: u8) -> bool {
        let shift = self.shift();
        let split = self.range.wrapping_mul(u32::from(probability)) >> 8;
        let high = self.value >> shift > u64::from(split);
        if high {
            self.value = self.value.wrapping_sub(u64::from(split.wrapping_add(1)) << shift);
            self.renormalize(self.range.wrapping_sub(split));
        } else {
            self.renormalize(split.wrapping_add(1));
        }
        high
    }

    /// Sets a new range, doubled until it has eight bits.
    #[inline(always)]
    fn renormalize(&mut self, range: u32) {
        let count = 7 ^ (range | 1).ilog2();
        self.bits = self.bits.wrapping_sub_unsigned(count);
        self.range = (range << (count & 31)).wrapping_sub(1);
    }

    /// Position in `value` of the bits that are compared.
    #[inline(always)]
    fn shift(&mut self) -> u32 {
        if self.bits < 0 {
            self.load_bytes();
        }
        self.bits.cast_unsigned() & 63
    }

    /// Reads a bit that is equally likely to be 0 or 1.
    pub(super) fn read_flag(&mut self) -> bool {
        self.read_bool(128)
    }

    /// Reads an unsigned number of `bits` bits, most significant bit first.
    pub(super) fn read_literal(&mut self, bits: u32) -> u32 {
        (0..bits).fold(0, |number, _| number << 1 | u32::from(self.read_flag()))
    }

    /// Reads a magnitude of `bits` bits, then its sign.
    pub(super) fn read_signed(&mut self, bits: u32) -> i32 {
        let number = i32::try_from(self.read_literal(bits)).unwrap_or(0);
        if self.read_flag() { -number } else { number }
    }

    /// Reads a flag, and if it is set, a number like [`Self::read_signed`].
    pub(super) fn read_optional(&mut self, bits: u32) -> Option<i32> {
        self.read_flag().then(|| self.read_signed(bits))
    }

    /// Reads a sign bit, equally likely to be 0 or 1, and applies it to `value`. No branch: it
    /// would be unpredictable.
    #[inline(always)]
    pub(super) fn apply_sign(&mut self, value: i32) -> i32 {
        let shift = self.shift();
        let split = self.range >> 1;
        let [low, high, ..] = (self.value >> shift).to_le_bytes();
        // All ones if the bit is 1. In that case, the range also loses one by rounding.
        let mask = u32::from(u16::from_le_bytes([low, high])) > split;
        let mask = 0_u32.wrapping_sub(u32::from(mask));
        self.value = self.value.wrapping_sub(u64::from(split.wrapping_add(1) & mask) << shift);
        self.bits = self.bits.wrapping_sub(1);
        self.range = self.range.wrapping_add(mask) | 1;
        (value ^ mask.cast_signed()).wrapping_sub(mask.cast_signed())
    }
}
