//! VP8L (RFC 9649 section 3): a header, up to four transforms, and one coded picture.
//!
//! In: the data of a VP8L chunk, or of an alpha chunk, which has no header. Out: rows of ARGB pixels, 32 bits each, from top to
//! bottom; pixels are decoded when a row needs them. Must not know what becomes of them.

mod image_stream;
mod predict;
mod prefix_code;
#[cfg(test)]
mod tests;
mod transform;

use self::image_stream::ImageStream;
use self::transform::Transform;
use super::bits::Bits;
use super::malformed;
use crate::error::{Result, Stage};
use crate::limits::{Budget, Interrupt};

const SIGNATURE: u32 = 0x2f;

/// A picture whose transforms and code tables are read.
#[derive(Debug)]
pub(crate) struct Decoder<'a> {
    bits: Bits<'a>,
    width: usize,
    height: usize,
    transforms: Vec<Transform>,
    coded: ImageStream,
    interrupt: Interrupt<'a>,
    /// One row, and what is left of it before its last transform.
    line: Vec<u32>,
    row: usize,
    /// What was reserved for all of it.
    spent: u64,
}

impl<'a> Decoder<'a> {
    /// Reads the header of a VP8L chunk, and all that stands before the pixels.
    pub(crate) fn new(data: &'a [u8], budget: &mut Budget<'a>) -> Result<Self> {
        let mut bits = Bits::new(data);
        if bits.read(8) != SIGNATURE {
            return Err(malformed("its lossless data do not start with their signature"));
        }
        let (width, height) = (bits.read(14) as usize + 1, bits.read(14) as usize + 1);
        let _alpha_is_used = bits.flag();
        if bits.read(3) != 0 {
            return Err(malformed("its lossless data are of a version that is not 0"));
        }
        Self::headless(bits, (width, height), budget)
    }

    /// A stream without a header, as alpha chunks hold.
    pub(super) fn without_header(
        data: &'a [u8],
        size: (usize, usize),
        budget: &mut Budget<'a>,
    ) -> Result<Self> {
        Self::headless(Bits::new(data), size, budget)
    }

    fn headless(
        mut bits: Bits<'a>,
        (width, height): (usize, usize),
        budget: &mut Budget<'a>,
    ) -> Result<Self> {
        let before = budget.spent();
        let mut transforms = Vec::with_capacity(4);
        let mut coded_width = width;
        while bits.flag() {
            let transform = Transform::read(&mut bits, &transforms, (coded_width, height), budget)?;
            coded_width = transform.coded_width();
            transforms.push(transform);
        }
        let coded = ImageStream::read(&mut bits, coded_width, height, true, budget)?;
        let line = budget.zeroed(Stage::Decode, width)?;
        let spent = budget.spent() - before;
        let interrupt = budget.interrupt();
        Ok(Self { bits, width, height, transforms, coded, interrupt, line, row: 0, spent })
    }

    /// Width and height.
    pub(crate) fn size(&self) -> (usize, usize) {
        (self.width, self.height)
    }

    /// Bytes of the data that were read.
    pub(crate) fn reached(&self) -> usize {
        self.bits.reached()
    }

    /// Memory that is held, and to be released with the decoder.
    pub(crate) fn bytes(&self) -> u64 {
        self.spent
    }

    /// The next row, ARGB from the most significant byte on.
    pub(crate) fn next_row(&mut self) -> Result<&[u32]> {
        self.interrupt.check_interrupt(Stage::Decode)?;
        let coded = self.coded.row(&mut self.bits, self.row)?;
        let start = self.line.get_mut(..coded.len()).unwrap_or_default();
        start.copy_from_slice(coded);
        for transform in self.transforms.iter_mut().rev() {
            transform.undo(&mut self.line, self.row);
        }
        self.row += 1;
        Ok(&self.line)
    }
}
