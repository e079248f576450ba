//! (Pixels, format, quality) -> bytes of a file without metadata (contract section 3).
//!
//! In: the finished 8-bit canvas. Out: an encoded file. Must not know of geometry, sources or metadata.

mod gif;
mod jpeg;
#[cfg(feature = "webp-lossy")]
mod libwebp;
mod png;
mod webp;

use crate::error::{Cause, Error, Result, Stage};
use crate::limits::Budget;
use crate::output::Format;
use crate::render::contain::contained;
use crate::render::pixels::{Pixels, Samples};

/// Encodes `pixels` as `format`; `quality` is 1 to 100, for the lossy formats.
pub(crate) fn encode(
    pixels: &Pixels,
    format: Format,
    quality: u8,
    budget: &mut Budget<'_>,
) -> Result<Vec<u8>> {
    let max = match format {
        Format::Jpeg | Format::Gif => 65_535,
        Format::WebP => 16_383,
        Format::Png | Format::Avif => u32::MAX,
    };
    let (width, height) = (pixels.size.width, pixels.size.height);
    let name = format.as_str();
    if width > max || height > max {
        return Err(Error::new(Stage::Encode, Cause::OutputSide { width, height, format: name, max }));
    }
    let Samples::Eight(samples) = &pixels.samples else {
        return Err(bug("encoders take 8-bit samples"));
    };
    // Encoders hold planes, rows or indices, and the output: together no more than twice the pixels and a little.
    let working = 2 * pixels.samples.bytes() + 65_536;
    budget.reserve(Stage::Encode, working)?;
    let bytes = contained(Stage::Encode, name, || match format {
        Format::Jpeg => jpeg::encode(samples, pixels.size, pixels.layout, quality),
        Format::Png => png::encode(samples, pixels.size, pixels.layout),
        Format::WebP => webp::encode(samples, pixels.size, pixels.layout, quality, budget),
        Format::Gif => gif::encode(samples, pixels.size, pixels.layout, budget),
        Format::Avif => Err(Error::new(Stage::Encode, Cause::UnsupportedOutput(name))),
    })?;
    budget.release(working);
    Ok(bytes)
}

fn bug(error: impl std::fmt::Display) -> Error {
    Error::new(Stage::Encode, Cause::Internal(error.to_string()))
}
