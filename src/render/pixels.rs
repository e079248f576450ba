//! [`Pixels`]: decoded images that come from the caller or go to the caller.
//!
//! In: samples. Out: a checked value; with the feature `image`, conversions from and to the types of the crate `image`.

#[cfg(feature = "image")]
mod convert;

use crate::error::{Cause, Error, Result, Stage};
use crate::geometry::Size;
use crate::render::frame::{Layout, sample_count};
use crate::render::warning::Warning;

/// The samples of a pixel, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PixelLayout {
    /// One gray sample.
    Gray,
    /// Gray, alpha.
    GrayAlpha,
    /// Red, green, blue.
    Rgb,
    /// Red, green, blue, alpha.
    Rgba,
}

impl PixelLayout {
    /// Every layout.
    pub const ALL: [Self; 4] = [Self::Gray, Self::GrayAlpha, Self::Rgb, Self::Rgba];

    /// Samples per pixel.
    pub fn channels(self) -> usize {
        self.layout().channels()
    }

    pub(super) fn layout(self) -> Layout {
        match self {
            Self::Gray => Layout::Gray,
            Self::GrayAlpha => Layout::GrayAlpha,
            Self::Rgb => Layout::Rgb,
            Self::Rgba => Layout::Rgba,
        }
    }
}

/// An image in memory: 8-bit sRGB samples, interleaved, rows from top to bottom without padding, straight alpha.
///
/// ```
/// use cretula::{Fit, Format, OutputOptions, PixelLayout, Pixels, Renderer, Request, VariantOptions};
///
/// let red = Pixels::new(2, 1, PixelLayout::Rgb, vec![255, 0, 0, 255, 0, 0])?;
/// let request = Request::new(VariantOptions::new(Fit::Pad, 4, 4)).output(OutputOptions::new().format(Format::Png));
/// let rendered = Renderer::new().render_pixels(&red, &request)?;
/// assert_eq!((rendered.info.width, rendered.info.height), (4, 4));
/// # Ok::<(), cretula::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pixels {
    size: Size,
    layout: PixelLayout,
    samples: Vec<u8>,
}

impl Pixels {
    /// An image of `width` by `height` pixels.
    ///
    /// # Errors
    ///
    /// `InvalidArgument` if a side is 0 or `samples` does not hold exactly `width * height * layout.channels()` bytes.
    pub fn new(width: u32, height: u32, layout: PixelLayout, samples: Vec<u8>) -> Result<Self> {
        for (field, side) in [("width", width), ("height", height)] {
            if side == 0 {
                let cause = Cause::Side { field, value: side.to_string(), max: u32::MAX };
                return Err(Error::new(Stage::Options, cause));
            }
        }
        let size = Size::new(width, height);
        if sample_count(size, layout.layout()) != Some(samples.len()) {
            let (length, channels) = (samples.len(), layout.channels());
            return Err(Error::new(Stage::Options, Cause::Samples { length, width, height, channels }));
        }
        Ok(Self { size, layout, samples })
    }

    /// Width in pixels.
    pub fn width(&self) -> u32 {
        self.size.width
    }

    /// Height in pixels.
    pub fn height(&self) -> u32 {
        self.size.height
    }

    /// The samples of a pixel.
    pub fn layout(&self) -> PixelLayout {
        self.layout
    }

    /// The samples.
    pub fn samples(&self) -> &[u8] {
        &self.samples
    }

    /// The samples, without a copy.
    pub fn into_samples(self) -> Vec<u8> {
        self.samples
    }

    pub(super) fn size(&self) -> Size {
        self.size
    }
}

/// [`Renderer::decode`](crate::Renderer::decode)'s result.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DecodedImage {
    /// The image: RGBA, upright, at full size.
    pub pixels: Pixels,
    /// What could not be honored; the image was decoded all the same.
    pub warnings: Vec<Warning>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_must_fill_the_size() {
        assert!(Pixels::new(2, 3, PixelLayout::Rgba, vec![0; 24]).is_ok());
        for (width, height, length) in
            [(2, 3, 23), (2, 3, 25), (0, 3, 0), (2, 0, 0), (u32::MAX, u32::MAX, 24)]
        {
            assert!(Pixels::new(width, height, PixelLayout::Rgba, vec![0; length]).is_err());
        }
    }
}
