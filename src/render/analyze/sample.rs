//! [`Sample`]: a sample of 8 or 16 bits.
//!
//! In: a sample. Out: its value, or its level in 8 bits. Knows nothing of pixels.

/// A sample of 8 or 16 bits, full range.
pub(super) trait Sample: Copy + PartialEq + Into<u32> {
    /// The largest value.
    const MAX: u32;

    /// The level, 0 to 255, rounded down. The product of two fits.
    fn level(self) -> u16;
}

impl Sample for u8 {
    const MAX: u32 = 255;

    fn level(self) -> u16 {
        self.into()
    }
}

impl Sample for u16 {
    const MAX: u32 = 65_535;

    fn level(self) -> u16 {
        self >> 8
    }
}
