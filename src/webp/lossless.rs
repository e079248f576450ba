//! VP8L, lossless WebP (RFC 9649 section 3): a header, up to four transforms, and an entropy-coded
//! image.
//!
//! In: the data of a VP8L chunk, or of an alpha chunk, which has no header. Out: rows of 32-bit
//! ARGB pixels from top to bottom. Pixels are decoded when their row is requested.

mod image_stream;
mod predict;
mod prefix_code;
mod subresolution_image;
#[cfg(test)]
mod tests;
mod transform;

use self::image_stream::ImageStream;
use self::transform::Transform;
use super::bit_reader::BitReader;
use super::error::malformed;
use crate::error::{Result, Stage};
use crate::limits::{Budget, Interrupt};

const SIGNATURE: u32 = 0x2f;

/// A lossless image after its transforms and prefix codes have been read.
#[derive(Debug)]
pub(crate) struct Decoder<'a> {
    bits: BitReader<'a>,
    width: usize,
    height: usize,
    transforms: Vec<Transform>,
    stream: ImageStream,
    interrupt: Interrupt<'a>,
    /// One row, before and after its transforms are inverted.
    row_buffer: Vec<u32>,
    next_row: usize,
    /// Bytes reserved for the whole decoder.
    reserved: u64,
}

impl<'a> Decoder<'a> {
    /// Reads the header of a VP8L chunk, and everything before the pixels.
    pub(crate) fn new<'b: 'a>(data: &'a [u8], budget: &mut Budget<'b>) -> Result<Self> {
        let mut bits = BitReader::new(data);
        if bits.read(8) != SIGNATURE {
            return Err(malformed("invalid lossless signature"));
        }
        let (width, height) = (bits.read(14) as usize + 1, bits.read(14) as usize + 1);
        let _alpha_is_used = bits.read_flag();
        if bits.read(3) != 0 {
            return Err(malformed("unknown lossless version"));
        }
        Self::read_stream(bits, (width, height), budget)
    }

    /// Starts on a stream without a header, as in alpha chunks.
    pub(super) fn without_header<'b: 'a>(
        data: &'a [u8],
        size: (usize, usize),
        budget: &mut Budget<'b>,
    ) -> Result<Self> {
        Self::read_stream(BitReader::new(data), size, budget)
    }

    fn read_stream<'b: 'a>(
        mut bits: BitReader<'a>,
        (width, height): (usize, usize),
        budget: &mut Budget<'b>,
    ) -> Result<Self> {
        let before = budget.spent();
        let mut transforms = Vec::with_capacity(4);
        let mut coded_width = width;
        while bits.read_flag() {
            let transform = Transform::read(&mut bits, &transforms, (coded_width, height), budget)?;
            coded_width = transform.coded_width();
            transforms.push(transform);
        }
        let stream = ImageStream::read(&mut bits, coded_width, height, true, budget)?;
        let row_buffer = budget.zeroed(Stage::Decode, width)?;
        let reserved = budget.spent() - before;
        let interrupt = budget.interrupt();
        Ok(Self { bits, width, height, transforms, stream, interrupt, row_buffer, next_row: 0, reserved })
    }

    /// Width and height.
    pub(crate) fn size(&self) -> (usize, usize) {
        (self.width, self.height)
    }

    /// Number of bytes of the data that have been read.
    pub(crate) fn reached(&self) -> usize {
        self.bits.reached()
    }

    /// Reserved memory, to be released with the decoder.
    pub(crate) fn bytes(&self) -> u64 {
        self.reserved
    }

    /// The next row, ARGB from the most significant byte down.
    pub(crate) fn next_row(&mut self) -> Result<&[u32]> {
        self.interrupt.check_interrupt(Stage::Decode)?;
        let coded = self.stream.row(&mut self.bits, self.next_row)?;
        let start = self.row_buffer.get_mut(..coded.len()).unwrap_or_default();
        start.copy_from_slice(coded);
        for transform in self.transforms.iter_mut().rev() {
            transform.undo(&mut self.row_buffer, self.next_row);
        }
        self.next_row += 1;
        Ok(&self.row_buffer)
    }
}
