//! Images at their size on the sheet.
//!
//! In: an image file and a size. Out: its pixels. The library scales down; enlarging shows pixels
//! as squares. Must not know where they are shown.

use cretula::{Fit, Format, OutputOptions, Renderer, Request, VariantOptions};
use image::RgbaImage;
use image::imageops::{self, FilterType};

use crate::failure::Failure;

/// The image in `bytes`, whose size is `own`, scaled to `size`.
pub(super) fn at_size(
    renderer: &mut Renderer,
    bytes: &[u8],
    own: (u32, u32),
    size: (u32, u32),
) -> Result<RgbaImage, Failure> {
    let enlarges = size.0 > own.0 || size.1 > own.1;
    let (width, height) = if enlarges { own } else { size };
    let mut options = VariantOptions::new(Fit::Cover, width, height);
    options.anim = false;
    let png = renderer
        .render(bytes, &Request::new(options).output(OutputOptions::new().format(Format::Png)))?
        .bytes;
    let picture = image::load_from_memory_with_format(&png, image::ImageFormat::Png)
        .map_err(|error| Failure::internal(format!("reading a variant back: {error}")))?
        .into_rgba8();
    if !enlarges {
        return Ok(picture);
    }
    Ok(imageops::resize(&picture, size.0, size.1, FilterType::Nearest))
}
