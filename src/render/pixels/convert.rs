//! Conversions from and to the types of the crate `image`.

use image::{DynamicImage, GrayAlphaImage, GrayImage, RgbImage, RgbaImage};

use super::{PixelLayout, Pixels};
use crate::error::{Error, Result};

impl TryFrom<DynamicImage> for Pixels {
    type Error = Error;

    /// Samples of more than 8 bits are rounded to 8.
    ///
    /// # Errors
    ///
    /// `InvalidArgument` if a side is 0.
    fn try_from(image: DynamicImage) -> Result<Self> {
        let (width, height) = (image.width(), image.height());
        let color = image.color();
        let (layout, samples) = match (color.has_color(), color.has_alpha()) {
            (false, false) => (PixelLayout::Gray, image.into_luma8().into_raw()),
            (false, true) => (PixelLayout::GrayAlpha, image.into_luma_alpha8().into_raw()),
            (true, false) => (PixelLayout::Rgb, image.into_rgb8().into_raw()),
            (true, true) => (PixelLayout::Rgba, image.into_rgba8().into_raw()),
        };
        Self::new(width, height, layout, samples)
    }
}

impl From<Pixels> for DynamicImage {
    fn from(pixels: Pixels) -> Self {
        let (width, height, layout) = (pixels.width(), pixels.height(), pixels.layout());
        let samples = pixels.into_samples();
        // `Pixels` holds exactly as many samples as these types want.
        match layout {
            PixelLayout::Gray => GrayImage::from_raw(width, height, samples).map(Self::from),
            PixelLayout::GrayAlpha => GrayAlphaImage::from_raw(width, height, samples).map(Self::from),
            PixelLayout::Rgb => RgbImage::from_raw(width, height, samples).map(Self::from),
            PixelLayout::Rgba => RgbaImage::from_raw(width, height, samples).map(Self::from),
        }
        .unwrap_or_default()
    }
}
