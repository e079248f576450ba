//! [`SubresolutionImage`]: the data of a transform that differ from block to block.
//!
//! In: bits. Out: the pixels of the blocks that a row crosses. Must not know what the pixels mean.

use super::image_stream::{ImageStream, block_count};
use crate::error::Result;
use crate::limits::Budget;
use crate::webp::bit_reader::BitReader;

/// A subresolution image: one pixel for each block of the image.
#[derive(Debug)]
pub(super) struct SubresolutionImage {
    /// Width of the image in pixels.
    pub(super) width: usize,
    pub(super) block_bits: u32,
    width_in_blocks: usize,
    pixels: Vec<u32>,
}

impl SubresolutionImage {
    pub(super) fn read(
        bits: &mut BitReader<'_>,
        (width, height): (usize, usize),
        budget: &mut Budget<'_>,
    ) -> Result<Self> {
        let block_bits = bits.read(3) + 2;
        let width_in_blocks = block_count(width, block_bits);
        let pixels = ImageStream::read_all(bits, width_in_blocks, block_count(height, block_bits), budget)?;
        Ok(Self { width, block_bits, width_in_blocks, pixels })
    }

    /// The pixels of the blocks that a row crosses.
    pub(super) fn row(&self, row: usize) -> &[u32] {
        let start = (row >> self.block_bits) * self.width_in_blocks;
        self.pixels.get(start..start + self.width_in_blocks).unwrap_or_default()
    }
}
