//! PNG through `image`: 8 bits, gray, gray and alpha, RGB or RGBA.
//!
//! In: any layout but ink. Out: a PNG file. Compression is the codec's fast level with adaptive filters: on photographs
//! it makes smaller files than the balanced one, thirty times faster.

use ::image::codecs::png::{CompressionType, FilterType, PngEncoder};
use ::image::{ExtendedColorType, ImageEncoder};

use super::bug;
use crate::error::Result;
use crate::fit::Size;
use crate::render::pixels::Layout;

pub(super) fn encode(samples: &[u8], size: Size, layout: Layout) -> Result<Vec<u8>> {
    let color = match layout {
        Layout::Gray => ExtendedColorType::L8,
        Layout::GrayAlpha => ExtendedColorType::La8,
        Layout::Rgb => ExtendedColorType::Rgb8,
        Layout::Rgba => ExtendedColorType::Rgba8,
        Layout::Cmyk => return Err(bug("PNG cannot hold ink")),
    };
    let mut bytes = Vec::new();
    PngEncoder::new_with_quality(&mut bytes, CompressionType::Fast, FilterType::Adaptive)
        .write_image(samples, size.width, size.height, color)
        .map_err(bug)?;
    Ok(bytes)
}
