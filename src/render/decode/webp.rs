//! WebP through `image`: lossy, lossless, alpha; of an animation the first frame.
//!
//! In: a WebP file. Out: RGB or RGBA.

use std::io::Cursor;

use ::image::codecs::webp::WebPDecoder;

use super::{read_image, refused};
use crate::error::{Result, Stage};
use crate::limits::Budget;
use crate::output::Format;
use crate::render::pixels::Pixels;
use crate::render::source::Source;

/// What the decoder holds a pixel beside its output: ARGB of a lossless image or a frame, or planes and alpha of a
/// lossy one.
const WORKING_BYTES: u64 = 4;

pub(super) fn decode(bytes: &[u8], source: &Source<'_>, budget: &mut Budget<'_>) -> Result<Pixels> {
    let working = source.stored.area() * WORKING_BYTES;
    budget.reserve(Stage::Decode, working)?;
    let decoder = WebPDecoder::new(Cursor::new(bytes)).map_err(|e| refused(Format::WebP, &e))?;
    let pixels = read_image(Format::WebP, decoder, budget)?;
    budget.release(working);
    Ok(pixels)
}
