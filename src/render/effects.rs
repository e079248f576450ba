//! Changes how a picture looks: brightness, contrast, gamma, saturation, blur and sharpening, in
//! this order, in sRGB values.
//!
//! In: upright 8-bit pixels before padding, and checked options. Out: pixels of the same size and
//! layout. Must not know of codecs or of other stages.

mod blur;
mod gaussian;
mod power;
mod sharpen;
mod tone;

use crate::decimal::Decimal;
use crate::error::{Error, Result, Stage};
use crate::geometry::Size;
use crate::limits::Budget;
use crate::options::Effects;
use crate::render::frame::{Image, Layout, Samples, YuvRange};

/// The bytes of memory that [`apply`] needs besides the image, at most.
pub(crate) fn memory(effects: &Effects, size: Size, layout: Layout) -> u64 {
    let blur = effects.blur.map_or(0, |value| blur::memory(size, layout, sigma(value)));
    let sharpen = if effects.sharpen == Decimal::ZERO { 0 } else { sharpen::memory(size) };
    blur.max(sharpen)
}

/// Applies all effects. Alpha changes only where the blur spreads it.
pub(crate) fn apply(mut image: Image, effects: &Effects, budget: &mut Budget<'_>) -> Result<Image> {
    if effects.is_none() {
        return Ok(image);
    }
    let (size, layout) = (image.size, image.layout);
    let samples = eight_bits(&mut image)?;
    tone::apply(samples, layout, effects, budget)?;
    if let Some(value) = effects.blur {
        blur::apply(samples, size, layout, sigma(value), budget)?;
    }
    if effects.sharpen != Decimal::ZERO {
        sharpen::apply(samples, size, layout, effects.sharpen, YuvRange::Full, budget)?;
    }
    Ok(image)
}

/// Sharpens the luma of an image in Y, Cb and Cr. Chroma stays as it is, so that the result is what
/// [`apply`] makes of the same picture in RGB.
pub(crate) fn sharpen_luma(
    mut plane: Image,
    amount: Decimal,
    range: YuvRange,
    budget: &mut Budget<'_>,
) -> Result<Image> {
    if amount != Decimal::ZERO {
        let (size, layout) = (plane.size, plane.layout);
        sharpen::apply(eight_bits(&mut plane)?, size, layout, amount, range, budget)?;
    }
    Ok(plane)
}

/// The standard deviation of the blur, in pixels.
fn sigma(value: Decimal) -> f64 {
    value.to_f64() / 2.0
}

fn eight_bits(image: &mut Image) -> Result<&mut [u8]> {
    match (&mut image.samples, image.layout) {
        (_, Layout::Cmyk) => Err(Error::internal(Stage::Effects, "CMYK was not converted")),
        (Samples::Eight(samples), _) => Ok(samples),
        (Samples::Sixteen(_), _) => Err(Error::internal(Stage::Effects, "the effects take 8-bit samples")),
    }
}
