//! PNG through `image`: every color type and depth, interlaced or not; palettes and tRNS expanded, 16 bits kept.
//!
//! In: a PNG file. Out: gray, gray and alpha, RGB or RGBA.

use std::io::Cursor;

use ::image::{Limits, codecs::png::PngDecoder};

use super::{read_image, refused};
use crate::error::{Result, Stage};
use crate::limits::Budget;
use crate::output::Format;
use crate::render::pixels::Pixels;

/// What the decoder may spend on rows and on unpacking profile and text, which it reads though we do not ask it to.
const ANCILLARY_BYTES: u64 = 8 << 20;

pub(super) fn decode(bytes: &[u8], budget: &mut Budget<'_>) -> Result<Pixels> {
    budget.reserve(Stage::Decode, ANCILLARY_BYTES)?;
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(ANCILLARY_BYTES);
    let decoder =
        PngDecoder::with_limits(Cursor::new(bytes), limits).map_err(|e| refused(Format::Png, &e))?;
    let pixels = read_image(Format::Png, decoder, budget)?;
    budget.release(ANCILLARY_BYTES);
    Ok(pixels)
}
