//! [`BoolDecoder`]: the boolean entropy decoder (RFC 6386 section 7).
//!
//! In: bytes. Out: bits, by how likely each is to be 0. Beyond the end there are zeros, and that it was passed is remembered. Must
//! not know what bits mean.

#[derive(Debug, Clone)]
pub(super) struct BoolDecoder<'a> {
    bytes: &'a [u8],
    value: u64,
    /// Less one: 127 to 254.
    range: u32,
    /// Bits of `value` below the eight that are compared; negative when more must be read.
    bits: i32,
    ended: bool,
}

impl<'a> BoolDecoder<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        let mut decoder = Self { bytes, value: 0, range: 254, bits: -8, ended: false };
        decoder.load();
        decoder
    }

    /// Lets `work` read on a copy, whose state stays in registers.
    #[inline(always)]
    pub(super) fn apart<R>(&mut self, work: impl FnOnce(&mut Self) -> R) -> R {
        let mut copy = self.clone();
        let done = work(&mut copy);
        *self = copy;
        done
    }

    /// Whether a byte was wanted that there is not.
    pub(super) fn ended(&self) -> bool {
        self.ended
    }

    #[inline(always)]
    fn load(&mut self) {
        if let Some((head, _)) = self.bytes.split_first_chunk::<8>() {
            self.value = self.value << 56 | u64::from_be_bytes(*head) >> 8;
            self.bytes = self.bytes.get(7..).unwrap_or_default();
            self.bits = self.bits.wrapping_add(56);
        } else {
            *self = self.clone().load_last();
        }
    }

    /// By value, or the state could not stay in registers.
    #[cold]
    fn load_last(mut self) -> Self {
        let byte = match self.bytes.split_first() {
            Some((&byte, rest)) => {
                self.bytes = rest;
                byte
            }
            None => {
                self.ended = true;
                0
            }
        };
        self.value = self.value << 8 | u64::from(byte);
        self.bits += 8;
        self
    }

    /// The next bit, which is 0 in `probability` of 256 cases. Nothing overflows: `range` has eight bits, and the split lies below it.
    #[inline(always)]
    pub(super) fn bit(&mut self, probability: u8) -> bool {
        let place = self.place();
        let split = self.range.wrapping_mul(u32::from(probability)) >> 8;
        let high = self.value >> place > u64::from(split);
        if high {
            self.value = self.value.wrapping_sub(u64::from(split.wrapping_add(1)) << place);
            self.scale(self.range.wrapping_sub(split));
        } else {
            self.scale(split.wrapping_add(1));
        }
        high
    }

    /// Takes a new range, as many times two as make eight bits of it.
    #[inline(always)]
    fn scale(&mut self, range: u32) {
        let shift = 7 ^ (range | 1).ilog2();
        self.bits = self.bits.wrapping_sub_unsigned(shift);
        self.range = (range << (shift & 31)).wrapping_sub(1);
    }

    /// Where in `value` the bits stand that are compared.
    #[inline(always)]
    fn place(&mut self) -> u32 {
        if self.bits < 0 {
            self.load();
        }
        self.bits.cast_unsigned() & 63
    }

    /// A bit that is 0 as often as 1.
    pub(super) fn flag(&mut self) -> bool {
        self.bit(128)
    }

    /// An unsigned number of `bits` bits, the highest first.
    pub(super) fn number(&mut self, bits: u32) -> u32 {
        (0..bits).fold(0, |number, _| number << 1 | u32::from(self.flag()))
    }

    /// A number of `bits` bits and its sign.
    pub(super) fn signed(&mut self, bits: u32) -> i32 {
        let number = i32::try_from(self.number(bits)).unwrap_or(0);
        if self.flag() { -number } else { number }
    }

    /// As [`Self::signed`], if a flag says that it is there.
    pub(super) fn optional(&mut self, bits: u32) -> Option<i32> {
        self.flag().then(|| self.signed(bits))
    }

    /// `value` or its opposite, by a bit that is 0 as often as 1. No branch: none could be foretold.
    #[inline(always)]
    pub(super) fn with_sign(&mut self, value: i32) -> i32 {
        let place = self.place();
        let split = self.range >> 1;
        let [low, high, ..] = (self.value >> place).to_le_bytes();
        // All ones if the bit is 1. There, the range loses one more by rounding.
        let mask = u32::from(u16::from_le_bytes([low, high])) > split;
        let mask = 0_u32.wrapping_sub(u32::from(mask));
        self.value = self.value.wrapping_sub(u64::from(split.wrapping_add(1) & mask) << place);
        self.bits = self.bits.wrapping_sub(1);
        self.range = self.range.wrapping_add(mask) | 1;
        (value ^ mask.cast_signed()).wrapping_sub(mask.cast_signed())
    }
}
