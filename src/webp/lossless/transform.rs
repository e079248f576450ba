//! Transforms (RFC 9649 section 3.4): read, and undone row by row.
//!
//! In: rows as they are coded. Out: rows as they were before the transform. Must not know how pixels are coded.

use super::image_stream::{ImageStream, blocks};
use super::predict::Predictor;
use crate::error::{Result, Stage};
use crate::limits::Budget;
use crate::webp::bits::Bits;
use crate::webp::malformed;

#[derive(Debug)]
pub(super) enum Transform {
    Predictor(Predictor),
    Color(Grid),
    SubtractGreen { width: usize },
    Indexing(Indexing),
}

/// One pixel for each block of the picture.
#[derive(Debug)]
pub(super) struct Grid {
    pub(super) width: usize,
    pub(super) bits: u32,
    pub(super) across: usize,
    pub(super) pixels: Vec<u32>,
}

#[derive(Debug)]
pub(super) struct Indexing {
    width: usize,
    /// As a power of two, how many indices share a coded pixel.
    shared: u32,
    colors: Box<[u32; 256]>,
    /// A row before it is undone.
    packed: Vec<u32>,
}

impl Transform {
    /// Reads a transform that follows those `before`; `size` is that of the pixels to which it applies.
    pub(super) fn read(
        bits: &mut Bits<'_>,
        before: &[Self],
        size: (usize, usize),
        budget: &mut Budget<'_>,
    ) -> Result<Self> {
        let kind = bits.read(2);
        if bits.ended() {
            return Err(malformed("its lossless data end early"));
        }
        if before.iter().any(|transform| transform.kind() == kind) {
            return Err(malformed("a lossless transform stands there twice"));
        }
        Ok(match kind {
            0 => Self::Predictor(Predictor::new(Grid::read(bits, size, budget)?, budget)?),
            1 => Self::Color(Grid::read(bits, size, budget)?),
            2 => Self::SubtractGreen { width: size.0 },
            _ => Self::Indexing(Indexing::read(bits, size.0, budget)?),
        })
    }

    fn kind(&self) -> u32 {
        match self {
            Self::Predictor(_) => 0,
            Self::Color(_) => 1,
            Self::SubtractGreen { .. } => 2,
            Self::Indexing(_) => 3,
        }
    }

    /// How wide the pixels are that the transform was made into.
    pub(super) fn coded_width(&self) -> usize {
        match self {
            Self::Predictor(predictor) => predictor.width(),
            Self::Color(grid) => grid.width,
            Self::SubtractGreen { width } => *width,
            Self::Indexing(indexing) => blocks(indexing.width, indexing.shared),
        }
    }

    /// Undoes it for the row that `line` begins with.
    pub(super) fn undo(&mut self, line: &mut [u32], row: usize) {
        match self {
            Self::Predictor(predictor) => predictor.undo(line, row),
            Self::Color(grid) => undo_color(grid, line, row),
            Self::SubtractGreen { width } => {
                for pixel in line.iter_mut().take(*width) {
                    let green = *pixel >> 8 & 0xff;
                    let others = (*pixel & 0x00ff_00ff).wrapping_add(green << 16 | green);
                    *pixel = *pixel & 0xff00_ff00 | others & 0x00ff_00ff;
                }
            }
            Self::Indexing(indexing) => indexing.undo(line),
        }
    }
}

impl Grid {
    fn read(bits: &mut Bits<'_>, (width, height): (usize, usize), budget: &mut Budget<'_>) -> Result<Self> {
        let size = bits.read(3) + 2;
        let across = blocks(width, size);
        let pixels = ImageStream::read_whole(bits, across, blocks(height, size), budget)?;
        Ok(Self { width, bits: size, across, pixels })
    }

    /// The pixels of the blocks that a row crosses.
    pub(super) fn row(&self, row: usize) -> &[u32] {
        let start = (row >> self.bits) * self.across;
        self.pixels.get(start..start + self.across).unwrap_or_default()
    }
}

/// Section 3.4.2: red and blue have lost what green and red foretell.
fn undo_color(grid: &Grid, line: &mut [u32], row: usize) {
    let line = line.get_mut(..grid.width).unwrap_or_default();
    for (block, &element) in line.chunks_mut(1 << grid.bits).zip(grid.row(row)) {
        let [green_to_red, green_to_blue, red_to_blue, _] = element.to_le_bytes().map(signed);
        for pixel in block {
            let [blue, green, red, alpha] = pixel.to_le_bytes();
            let red = red.wrapping_add(share(green_to_red, green));
            let blue = blue.wrapping_add(share(green_to_blue, green)).wrapping_add(share(red_to_blue, red));
            *pixel = u32::from_le_bytes([blue, green, red, alpha]);
        }
    }
}

fn signed(byte: u8) -> i32 {
    i32::from(byte.cast_signed())
}

#[inline(always)]
fn share(of: i32, color: u8) -> u8 {
    // No overflow: both are of eight bits.
    (of.wrapping_mul(signed(color)) >> 5).to_le_bytes()[0]
}

impl Indexing {
    fn read(bits: &mut Bits<'_>, width: usize, budget: &mut Budget<'_>) -> Result<Self> {
        let count = bits.read(8) as usize + 1;
        let shared = match count {
            0..=2 => 3,
            3..=4 => 2,
            5..=16 => 1,
            _ => 0,
        };
        let coded = ImageStream::read_whole(bits, count, 1, budget)?;
        budget.release(4 * coded.len() as u64);
        let mut colors = Box::new([0; 256]);
        let mut last = 0;
        for (color, difference) in colors.iter_mut().zip(coded) {
            last = super::predict::add(last, difference);
            *color = last;
        }
        let packed = budget.zeroed(Stage::Decode, blocks(width, shared))?;
        Ok(Self { width, shared, colors, packed })
    }

    /// Section 3.4.4: indices, up to eight in the green of a pixel, become colors.
    fn undo(&mut self, line: &mut [u32]) {
        let Self { width, shared, colors, packed } = self;
        let start = line.get(..packed.len()).unwrap_or_default();
        packed.copy_from_slice(start);
        let bits = 8 >> *shared;
        let line = line.get_mut(..*width).unwrap_or_default();
        for (pixels, packed) in line.chunks_mut(1 << *shared).zip(packed.iter()) {
            let mut indices = packed >> 8 & 0xff;
            for pixel in pixels {
                *pixel = colors[(indices & ((1 << bits) - 1)) as usize & 255];
                indices >>= bits;
            }
        }
    }
}
