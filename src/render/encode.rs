//! Encodes a finished picture: JPEG, PNG, WebP or GIF, without metadata
//! ([contract section 3](crate::docs::contract#3-output)).
//!
//! In: the finished canvas (8 bits, or 16 for PNG) or YCbCr planes, a format and its options. Out:
//! an encoded file. Must not know of geometry, sources or metadata.

mod animation;
mod difference;
mod error;
mod gif;
mod jpeg;
#[cfg(feature = "webp-lossy")]
mod libwebp;
mod png;
mod quantize;
mod step;
mod webp;

pub(crate) use self::animation::{AnimationEncoder, PICTURES_HELD};

use self::error::{check_side, internal};
use crate::error::{Cause, Error, Result, Stage};
use crate::limits::Budget;
use crate::options::{Format, OutputOptions};
use crate::render::catch_panic::catch_panic;
use crate::render::frame::{EncoderInput, Samples, YuvImage, YuvRange};

/// Whether the encoder of `format` accepts a [`YuvImage`]: only formats that store 4:2:0 chroma do.
pub(crate) fn takes_planes(format: Format, output: &OutputOptions) -> bool {
    match format {
        Format::Jpeg => jpeg::halves_chroma(output.jpeg.quality),
        Format::WebP => !output.writes_lossless_webp(),
        Format::Png | Format::Gif | Format::Avif => false,
    }
}

/// Whether the encoder of `format` writes 16 bits per sample.
pub(crate) fn takes_sixteen(format: Format, output: &OutputOptions) -> bool {
    format == Format::Png && output.png.sixteen && !output.png.has_palette()
}

/// What every encoder holds besides pixels and output: tables, and a row or two.
pub(crate) const OVERHEAD: u64 = 65_536;

/// Encodes `picture` as `format`.
pub(crate) fn encode(
    picture: &EncoderInput,
    format: Format,
    output: &OutputOptions,
    budget: &mut Budget<'_>,
) -> Result<Vec<u8>> {
    let quality = output.jpeg.quality;
    let size = picture.size();
    let name = format.as_str();
    check_side(format, size)?;
    // Planes, rows or indices plus the output take at most twice the pixels and a fixed overhead.
    let mut working = 2 * picture.bytes() + OVERHEAD;
    if format == Format::WebP && output.writes_lossless_webp() {
        working += webp::LOSSLESS_BYTES_PER_PIXEL * size.area();
    }
    let progressive = format == Format::Jpeg && output.jpeg.progressive && jpeg::can_be_progressive(size);
    if progressive {
        working += jpeg::PROGRESSIVE_BYTES_PER_PIXEL * size.area();
    }
    budget.reserve(Stage::Encode, working)?;
    let bytes = catch_panic(Stage::Encode, name, || match picture {
        EncoderInput::YuvImage(planes) => {
            let samples = plane_samples(planes)?;
            match format {
                Format::Jpeg => {
                    let levels =
                        (planes.range != YuvRange::Full).then(|| planes.range.levels(YuvRange::Full));
                    jpeg::encode_planes(samples, size, levels.as_ref(), quality, budget)
                }
                #[cfg(feature = "webp-lossy")]
                Format::WebP => {
                    let levels = &planes.range.levels(YuvRange::Video);
                    libwebp::encode_planes(samples, size, levels, output.webp, budget.interrupt())
                }
                _ => Err(internal("this format cannot be encoded from planes")),
            }
        }
        EncoderInput::Image(pixels) => {
            let samples = match &pixels.samples {
                Samples::Eight(samples) => samples,
                Samples::Sixteen(samples) if format == Format::Png => {
                    return png::encode_sixteen(samples, size, pixels.layout, budget.interrupt());
                }
                Samples::Sixteen(_) => return Err(internal("this encoder takes 8-bit samples")),
            };
            match format {
                Format::Jpeg => jpeg::encode(samples, size, pixels.layout, quality, budget),
                Format::Png => png::encode(samples, size, pixels.layout, output.png, budget),
                Format::WebP => webp::encode(samples, size, pixels.layout, output.webp, budget),
                Format::Gif => gif::encode(samples, size, pixels.layout, budget),
                Format::Avif => Err(Error::new(Stage::Encode, Cause::UnsupportedOutput(name))),
            }
        }
    })?;
    let bytes = if progressive {
        catch_panic(Stage::Encode, name, || jpeg::make_progressive(&bytes, budget))?
    } else {
        bytes
    };
    budget.release(working);
    Ok(bytes)
}

fn plane_samples(planes: &YuvImage) -> Result<[&[u8]; 3]> {
    match planes.planes.each_ref().map(|plane| &plane.samples) {
        [Samples::Eight(y), Samples::Eight(cb), Samples::Eight(cr)] => Ok([y, cb, cr]),
        _ => Err(internal("encoders take 8-bit samples")),
    }
}
