//! The transforms (RFC 9649 section 3.5): reading, and inverting row by row.
//!
//! In: rows as coded. Out: rows before the transform was applied. Must not know how pixels are
//! coded.

use super::image_stream::{ImageStream, block_count};
use super::predict::{Predictor, add_pixels};
use super::subresolution_image::SubresolutionImage;
use crate::error::{Result, Stage};
use crate::limits::Budget;
use crate::webp::bit_reader::BitReader;
use crate::webp::error::malformed;

#[derive(Debug)]
pub(super) enum Transform {
    Predictor(Predictor),
    Color(SubresolutionImage),
    SubtractGreen { width: usize },
    ColorIndexing(ColorIndexing),
}

#[derive(Debug)]
pub(super) struct ColorIndexing {
    width: usize,
    /// Base-2 logarithm of the number of indices in one coded pixel.
    width_bits: u32,
    colors: Box<[u32; 256]>,
    /// The packed row, before the transform is inverted.
    packed: Vec<u32>,
}

impl Transform {
    /// Reads a transform that follows those in `before`. `size` is the size of the pixels it
    /// applies to.
    pub(super) fn read(
        bits: &mut BitReader<'_>,
        before: &[Self],
        size: (usize, usize),
        budget: &mut Budget<'_>,
    ) -> Result<Self> {
        let kind = bits.read(2);
        if bits.past_end() {
            return Err(malformed("truncated lossless data"));
        }
        if before.iter().any(|transform| transform.kind() == kind) {
            return Err(malformed("a lossless transform occurs twice"));
        }
        Ok(match kind {
            0 => Self::Predictor(Predictor::new(SubresolutionImage::read(bits, size, budget)?, budget)?),
            1 => Self::Color(SubresolutionImage::read(bits, size, budget)?),
            2 => Self::SubtractGreen { width: size.0 },
            _ => Self::ColorIndexing(ColorIndexing::read(bits, size.0, budget)?),
        })
    }

    fn kind(&self) -> u32 {
        match self {
            Self::Predictor(_) => 0,
            Self::Color(_) => 1,
            Self::SubtractGreen { .. } => 2,
            Self::ColorIndexing(_) => 3,
        }
    }

    /// Width of the coded pixels, after the transform was applied.
    pub(super) fn coded_width(&self) -> usize {
        match self {
            Self::Predictor(predictor) => predictor.width(),
            Self::Color(image) => image.width,
            Self::SubtractGreen { width } => *width,
            Self::ColorIndexing(indexing) => block_count(indexing.width, indexing.width_bits),
        }
    }

    /// Inverts the transform for the row at the start of `row_buffer`.
    pub(super) fn undo(&mut self, row_buffer: &mut [u32], row: usize) {
        match self {
            Self::Predictor(predictor) => predictor.undo(row_buffer, row),
            Self::Color(image) => undo_color(image, row_buffer, row),
            Self::SubtractGreen { width } => {
                for pixel in row_buffer.iter_mut().take(*width) {
                    let green = *pixel >> 8 & 0xff;
                    let others = (*pixel & 0x00ff_00ff).wrapping_add(green << 16 | green);
                    *pixel = *pixel & 0xff00_ff00 | others & 0x00ff_00ff;
                }
            }
            Self::ColorIndexing(indexing) => indexing.undo(row_buffer),
        }
    }
}

/// Section 3.5.2: red and blue are stored without the parts predicted from green and red.
fn undo_color(image: &SubresolutionImage, row_buffer: &mut [u32], row: usize) {
    let row_buffer = row_buffer.get_mut(..image.width).unwrap_or_default();
    for (block, &element) in row_buffer.chunks_mut(1 << image.block_bits).zip(image.row(row)) {
        let [green_to_red, green_to_blue, red_to_blue, _] = element.to_le_bytes().map(signed);
        for pixel in block {
            let [blue, green, red, alpha] = pixel.to_le_bytes();
            let red = red.wrapping_add(color_transform_delta(green_to_red, green));
            let blue = blue
                .wrapping_add(color_transform_delta(green_to_blue, green))
                .wrapping_add(color_transform_delta(red_to_blue, red));
            *pixel = u32::from_le_bytes([blue, green, red, alpha]);
        }
    }
}

fn signed(byte: u8) -> i32 {
    i32::from(byte.cast_signed())
}

#[inline(always)]
fn color_transform_delta(factor: i32, color: u8) -> u8 {
    // Both factors have eight bits, so this cannot overflow.
    (factor.wrapping_mul(signed(color)) >> 5).to_le_bytes()[0]
}

impl ColorIndexing {
    fn read(bits: &mut BitReader<'_>, width: usize, budget: &mut Budget<'_>) -> Result<Self> {
        let count = bits.read(8) as usize + 1;
        let width_bits = match count {
            0..=2 => 3,
            3..=4 => 2,
            5..=16 => 1,
            _ => 0,
        };
        let coded = ImageStream::read_all(bits, count, 1, budget)?;
        budget.release(4 * coded.len() as u64);
        let mut colors = Box::new([0; 256]);
        let mut last = 0;
        for (color, difference) in colors.iter_mut().zip(coded) {
            last = add_pixels(last, difference);
            *color = last;
        }
        let packed = budget.zeroed(Stage::Decode, block_count(width, width_bits))?;
        Ok(Self { width, width_bits, colors, packed })
    }

    /// Section 3.5.4: replaces indices, up to eight of them packed into the green of one pixel, by
    /// colors.
    fn undo(&mut self, row_buffer: &mut [u32]) {
        let Self { width, width_bits, colors, packed } = self;
        let start = row_buffer.get(..packed.len()).unwrap_or_default();
        packed.copy_from_slice(start);
        let bits = 8 >> *width_bits;
        let row_buffer = row_buffer.get_mut(..*width).unwrap_or_default();
        for (pixels, packed) in row_buffer.chunks_mut(1 << *width_bits).zip(packed.iter()) {
            let mut indices = packed >> 8 & 0xff;
            for pixel in pixels {
                *pixel = colors[(indices & ((1 << bits) - 1)) as usize & 255];
                indices >>= bits;
            }
        }
    }
}
