//! WebP through `image` and the decoder under it: lossy, lossless, alpha; of an animation the first frame.
//!
//! In: a WebP file. Out: RGB or RGBA, or the planes of a lossy still image without alpha.

use std::io::Cursor;

use ::image::codecs::webp::WebPDecoder;
use image_webp::vp8::Vp8Decoder;

use super::{Decoded, read_image, refused};
use crate::error::{Cause, Error, Result, Stage};
use crate::fit::Size;
use crate::limits::Budget;
use crate::output::Format;
use crate::render::pixels::{Plane, Range, View};
use crate::render::source::Source;

/// What the decoder holds a pixel beside its output: ARGB of a lossless image or a frame, or planes and alpha of a
/// lossy one.
const WORKING_BYTES: u64 = 4;

pub(super) fn decode(
    bytes: &[u8],
    source: &Source<'_>,
    planes: bool,
    budget: &mut Budget<'_>,
) -> Result<Decoded<'static>> {
    let working = source.stored.area() * WORKING_BYTES;
    budget.reserve(Stage::Decode, working)?;
    let decoded = match source.vp8 {
        Some(frame) if planes => decode_planes(frame, source.stored, budget)?,
        _ => {
            let decoder = WebPDecoder::new(Cursor::new(bytes)).map_err(|e| refused(Format::WebP, &e))?;
            read_image(Format::WebP, decoder, budget)?.into()
        }
    };
    budget.release(working);
    Ok(decoded)
}

/// Decodes a VP8 key frame (RFC 6386) whose size is said to be `size`.
fn decode_planes(frame: &[u8], size: Size, budget: &mut Budget<'_>) -> Result<Decoded<'static>> {
    let malformed = |detail: String| {
        Error::new(Stage::Decode, Cause::Malformed { format: Format::WebP.as_str(), detail })
    };
    let frame = Vp8Decoder::decode_frame(Cursor::new(frame)).map_err(|error| malformed(error.to_string()))?;
    let coded = Size::new(frame.width.into(), frame.height.into());
    if coded != size {
        return Err(malformed(format!("its frame is {coded} pixels, its header says {size}")));
    }
    // Planes are padded to whole macroblocks of 16 pixels.
    let stride = size.width.next_multiple_of(16) as usize;
    let half = Size::new(size.width.div_ceil(2), size.height.div_ceil(2));
    let plane = |samples: Vec<u8>, size: Size, stride: usize, density: f64| {
        let view = View { across: density, down: density, ..View::WHOLE };
        Plane { size, stride, samples, view }
    };
    let planes = [
        plane(frame.ybuf, size, stride, 1.0),
        plane(frame.ubuf, half, stride / 2, 0.5),
        plane(frame.vbuf, half, stride / 2, 0.5),
    ];
    budget.reserve(Stage::Decode, planes.iter().map(|plane| plane.samples.len() as u64).sum())?;
    Ok(Decoded::Planes(planes, Range::Video))
}
