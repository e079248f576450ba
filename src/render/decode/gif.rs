//! GIF through `image`: the first frame on its transparent canvas.
//!
//! In: a GIF file. Out: RGBA, or RGB when the header rules transparency out.

use std::io::Cursor;

use ::image::codecs::gif::GifDecoder;

use super::{read_image, refused};
use crate::error::{Result, Stage};
use crate::limits::Budget;
use crate::output::Format;
use crate::render::pixels::{Layout, Pixels, Samples, without_alpha};
use crate::render::source::Source;

/// A frame that does not fill the canvas is held beside it, as RGBA.
const WORKING_BYTES: u64 = 4;

pub(super) fn decode(bytes: &[u8], source: &Source<'_>, budget: &mut Budget<'_>) -> Result<Pixels> {
    let working = source.stored.area() * WORKING_BYTES;
    budget.reserve(Stage::Decode, working)?;
    let decoder = GifDecoder::new(Cursor::new(bytes)).map_err(|e| refused(Format::Gif, &e))?;
    let pixels = read_image(Format::Gif, decoder, budget)?;
    budget.release(working);
    match pixels {
        Pixels { size, layout: Layout::Rgba, samples: Samples::Eight(rgba) } if !source.has_alpha => {
            Ok(Pixels::eight(size, Layout::Rgb, without_alpha(rgba)))
        }
        pixels => Ok(pixels),
    }
}
