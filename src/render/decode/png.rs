//! PNG through `image`: every color type and depth, interlaced or not; palettes and tRNS expanded, 16 bits kept.
//!
//! In: a PNG file. Out: gray, gray and alpha, RGB or RGBA.

use std::io::Cursor;

use ::image::{Limits, codecs::png::PngDecoder};

use super::{read_image, refused};
use crate::error::Result;
use crate::limits::Budget;
use crate::output::Format;
use crate::render::pixels::Pixels;

pub(super) fn decode(bytes: &[u8], budget: &mut Budget<'_>) -> Result<Pixels> {
    // Text and profile chunks are unpacked by the decoder within what is left of the budget.
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(budget.left());
    let decoder =
        PngDecoder::with_limits(Cursor::new(bytes), limits).map_err(|e| refused(Format::Png, &e))?;
    read_image(Format::Png, decoder, budget)
}
