//! (Picture, format, quality, effort) -> bytes of a file without metadata (contract section 3).
//!
//! In: the finished 8-bit canvas, or planes. Out: an encoded file. Must not know of geometry, sources or metadata.

mod gif;
mod jpeg;
#[cfg(feature = "webp-lossy")]
mod libwebp;
mod png;
mod webp;

use crate::error::{Cause, Error, Result, Stage};
use crate::limits::Budget;
use crate::options::{Format, OutputOptions};
use crate::render::catch_panic::catch_panic;
use crate::render::frame::{EncoderInput, Samples, YuvImage, YuvRange};

/// Whether an encoder takes [`YuvImage`]: those formats that code chroma so.
pub(crate) fn takes_planes(format: Format, output: &OutputOptions) -> bool {
    match format {
        Format::Jpeg => jpeg::halves_chroma(output.jpeg.quality),
        Format::WebP => !output.writes_lossless_webp(),
        Format::Png | Format::Gif | Format::Avif => false,
    }
}

/// What lossy formats look to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Lossy {
    /// 1 to 100.
    pub(crate) quality: u8,
    /// 1 to 6, for WebP.
    #[cfg_attr(not(feature = "webp-lossy"), expect(dead_code, reason = "no lossy WebP"))]
    pub(crate) effort: u8,
}

/// Encodes `picture` as `format`.
pub(crate) fn encode(
    picture: &EncoderInput,
    format: Format,
    output: &OutputOptions,
    budget: &mut Budget<'_>,
) -> Result<Vec<u8>> {
    let max = format.capabilities().max_side;
    let quality = output.jpeg.quality;
    let lossy = Lossy { quality: output.webp.quality, effort: output.webp.effort };
    let size = picture.size();
    let (width, height) = (size.width, size.height);
    let name = format.as_str();
    if width > max || height > max {
        return Err(Error::new(Stage::Encode, Cause::OutputSide { width, height, format: name, max }));
    }
    // Encoders hold planes, rows or indices, and the output: together no more than twice the pixels and a little.
    let working = 2 * picture.bytes() + 65_536;
    budget.reserve(Stage::Encode, working)?;
    let bytes = catch_panic(Stage::Encode, name, || match picture {
        EncoderInput::YuvImage(planes) => {
            let samples = samples_of(planes)?;
            match format {
                Format::Jpeg => {
                    let levels =
                        (planes.range != YuvRange::Full).then(|| planes.range.levels(YuvRange::Full));
                    jpeg::encode_planes(samples, size, levels.as_ref(), quality, budget)
                }
                #[cfg(feature = "webp-lossy")]
                Format::WebP => {
                    let levels = &planes.range.levels(YuvRange::Video);
                    libwebp::encode_planes(samples, size, levels, lossy, budget.interrupt())
                }
                _ => Err(bug("no planes for this format")),
            }
        }
        EncoderInput::Image(pixels) => {
            let Samples::Eight(samples) = &pixels.samples else {
                return Err(bug("encoders take 8-bit samples"));
            };
            match format {
                Format::Jpeg => jpeg::encode(samples, size, pixels.layout, quality, budget),
                Format::Png => png::encode(samples, size, pixels.layout, budget.interrupt()),
                Format::WebP => webp::encode(samples, size, pixels.layout, lossy, budget),
                Format::Gif => gif::encode(samples, size, pixels.layout, budget),
                Format::Avif => Err(Error::new(Stage::Encode, Cause::UnsupportedOutput(name))),
            }
        }
    })?;
    budget.release(working);
    Ok(bytes)
}

fn samples_of(planes: &YuvImage) -> Result<[&[u8]; 3]> {
    match planes.planes.each_ref().map(|plane| &plane.samples) {
        [Samples::Eight(y), Samples::Eight(cb), Samples::Eight(cr)] => Ok([y, cb, cr]),
        _ => Err(bug("encoders take 8-bit samples")),
    }
}

fn bug(error: impl std::fmt::Display) -> Error {
    Error::new(Stage::Encode, Cause::Internal(error.to_string()))
}
