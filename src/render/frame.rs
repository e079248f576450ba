//! The types that flow between the stages: [`Image`], [`Rows`], [`Plane`], [`YuvImage`], and the
//! [`SourceRegion`] that decoded pixels show.
//!
//! Plain data. Knows nothing of files, formats or color spaces.

use crate::damage::Tolerance;
use crate::error::Result;
use crate::geometry::{CropBox, Size};

/// The layout of samples in memory: interleaved, rows without padding, alpha not premultiplied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Layout {
    Gray,
    GrayAlpha,
    Rgb,
    Rgba,
    /// Ink: 0 is none, 255 is full. 8 bits only.
    Cmyk,
}

impl Layout {
    pub(crate) fn channels(self) -> usize {
        match self {
            Self::Gray => 1,
            Self::GrayAlpha => 2,
            Self::Rgb => 3,
            Self::Rgba | Self::Cmyk => 4,
        }
    }

    pub(crate) fn has_alpha(self) -> bool {
        matches!(self, Self::GrayAlpha | Self::Rgba)
    }
}

/// Samples of 8 or 16 bits, full range, native byte order.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Samples {
    Eight(Vec<u8>),
    Sixteen(Vec<u16>),
}

impl Samples {
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Eight(samples) => samples.len(),
            Self::Sixteen(samples) => samples.len(),
        }
    }

    /// Their size in memory, in bytes.
    pub(crate) fn bytes(&self) -> u64 {
        match self {
            Self::Eight(samples) => samples.len() as u64,
            Self::Sixteen(samples) => samples.len() as u64 * 2,
        }
    }
}

/// An image in memory. The number of samples is always width × height × channels.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Image {
    pub(crate) size: Size,
    pub(crate) layout: Layout,
    pub(crate) samples: Samples,
}

impl Image {
    pub(crate) fn eight(size: Size, layout: Layout, samples: Vec<u8>) -> Self {
        Self { size, layout, samples: Samples::Eight(samples) }
    }

    /// The samples, if they have 8 bits.
    pub(crate) fn into_buffer(self) -> Option<Vec<u8>> {
        match self.samples {
            Samples::Eight(samples) => Some(samples),
            Samples::Sixteen(_) => None,
        }
    }
}

/// An image that is decoded while it is read, from top to bottom.
pub(crate) struct Rows<'a> {
    pub(crate) size: Size,
    pub(crate) layout: Layout,
    /// Whether samples have 16 bits.
    pub(crate) sixteen: bool,
    /// Decodes the next rows into a slice of whole rows, in native byte order. Writes every byte.
    pub(crate) read: Box<ReadRows<'a>>,
    /// Bytes that the decoder has reserved and holds as long as it lives.
    pub(crate) reserved: u64,
    /// How the decoder handles damage.
    pub(crate) tolerance: Tolerance,
}

type ReadRows<'a> = dyn FnMut(&mut [u8], &mut Tolerance) -> Result<()> + 'a;

impl Rows<'_> {
    /// Decodes the next rows into `rows`, a slice of whole rows.
    pub(crate) fn read(&mut self, rows: &mut [u8]) -> Result<()> {
        (self.read)(rows, &mut self.tolerance)
    }
}

impl std::fmt::Debug for Rows<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Rows").field("size", &self.size).field("layout", &self.layout).finish_non_exhaustive()
    }
}

/// One component of an image: rows of `stride` samples, of which the first `size.width` count.
#[derive(Debug)]
pub(crate) struct Plane {
    pub(crate) size: Size,
    pub(crate) stride: usize,
    pub(crate) samples: Vec<u8>,
    pub(crate) view: SourceRegion,
}

/// A finished image in Y, Cb and Cr, as JPEG and WebP store it: each plane is [`Layout::Gray`];
/// chroma has half the width and height, rounded up, and its samples are centered among four
/// pixels.
#[derive(Debug)]
pub(crate) struct YuvImage {
    pub(crate) planes: [Image; 3],
    pub(crate) range: YuvRange,
}

/// The range of levels of Y, Cb and Cr.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum YuvRange {
    /// 0 to 255, as in JPEG (T.871 section 7).
    Full,
    /// Luma from 16 to 235, chroma from 16 to 240, as in WebP (ITU-R BT.601).
    Video,
}

impl YuvRange {
    /// Lookup tables for luma and chroma that convert levels to the range `to`, rounded and clamped
    /// to 8 bits.
    pub(crate) fn levels(self, to: Self) -> [[u8; 256]; 2] {
        // Steps from black to white, and from one end of chroma to the other, in each range; then
        // the level that corresponds: black for luma, gray for chroma.
        let (luma, chroma) = match (self, to) {
            (Self::Full, Self::Full) | (Self::Video, Self::Video) => ([1, 1, 0, 0], [1, 1, 128, 128]),
            (Self::Full, Self::Video) => ([219, 255, 0, 16], [224, 255, 128, 128]),
            (Self::Video, Self::Full) => ([255, 219, 16, 0], [255, 224, 128, 128]),
        };
        [luma, chroma].map(|[target_steps, steps, from, to]: [i32; 4]| {
            std::array::from_fn(|level| {
                let level = i32::try_from(level).unwrap_or(255);
                let rounded = (2 * (level - from) * target_steps + steps).div_euclid(2 * steps) + to;
                u8::try_from(rounded.clamp(0, 255)).unwrap_or(u8::MAX)
            })
        })
    }
}

/// The input of an encoder.
#[derive(Debug)]
pub(crate) enum EncoderInput {
    Image(Image),
    YuvImage(YuvImage),
}

impl EncoderInput {
    pub(crate) fn size(&self) -> Size {
        match self {
            Self::Image(image) | Self::YuvImage(YuvImage { planes: [image, ..], .. }) => image.size,
        }
    }

    /// Its size in memory, in bytes.
    pub(crate) fn bytes(&self) -> u64 {
        match self {
            Self::Image(image) => image.samples.bytes(),
            Self::YuvImage(YuvImage { planes, .. }) => planes.iter().map(|plane| plane.samples.bytes()).sum(),
        }
    }

    /// The buffers that later images can reuse.
    pub(crate) fn into_buffers(self) -> impl Iterator<Item = Vec<u8>> {
        let (image, planes) = match self {
            Self::Image(image) => (Some(image), None),
            Self::YuvImage(image) => (None, Some(image.planes)),
        };
        image.into_iter().chain(planes.into_iter().flatten()).filter_map(Image::into_buffer)
    }

    pub(crate) fn has_alpha(&self) -> bool {
        matches!(self, Self::Image(image) if image.layout.has_alpha())
    }
}

/// The region of the source that decoded samples show, and their scale: sample (0, 0) is at (`x`,
/// `y`) of the scaled source.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct SourceRegion {
    /// Samples per source pixel, horizontally.
    pub(crate) scale_x: f64,
    /// Samples per source pixel, vertically.
    pub(crate) scale_y: f64,
    pub(crate) x: f64,
    pub(crate) y: f64,
}

impl SourceRegion {
    /// The whole source, unscaled.
    pub(crate) const WHOLE: Self = Self { scale_x: 1.0, scale_y: 1.0, x: 0.0, y: 0.0 };

    /// The same, for samples of which the first is at (`x`, `y`) of these.
    pub(crate) fn shifted(self, x: u32, y: u32) -> Self {
        Self { x: self.x + f64::from(x), y: self.y + f64::from(y), ..self }
    }

    /// Converts a box of source pixels to the decoded samples. Exact except for the subtraction of
    /// the offset if the scales are powers of two. Does not stretch to a side that was rounded up.
    pub(crate) fn of(self, crop: CropBox) -> CropBox {
        CropBox {
            x: crop.x * self.scale_x - self.x,
            y: crop.y * self.scale_y - self.y,
            width: crop.width * self.scale_x,
            height: crop.height * self.scale_y,
        }
    }
}

/// Fills `pixels` (whole pixels of 8 or 16 bits per sample) with the substitute for missing ones:
/// gray, or transparent if there is alpha.
pub(crate) fn fill_missing(pixels: &mut [u8], layout: Layout) {
    pixels.fill(if layout.has_alpha() { 0 } else { 0x80 });
}

/// `sample · 255 / 65535`, rounded.
pub(crate) fn narrow(sample: u16) -> u8 {
    let rounded = (u32::from(sample) * 255 + 32_767) / 65_535;
    u8::try_from(rounded).unwrap_or(u8::MAX)
}

/// `a · b / 255`, rounded.
pub(crate) fn multiply(a: u8, b: u8) -> u8 {
    let product = (u32::from(a) * u32::from(b) + 127) / 255;
    u8::try_from(product).unwrap_or(u8::MAX)
}

/// The number of samples of an image of this size and layout, or `None` if it overflows `usize`.
pub(crate) fn sample_count(size: Size, layout: Layout) -> Option<usize> {
    usize::try_from(size.area()).ok()?.checked_mul(layout.channels())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn full_range_converts_to_video_range_and_back() {
        let [luma, chroma] = YuvRange::Full.levels(YuvRange::Video);
        assert_eq!((luma[0], luma[128], luma[255]), (16, 126, 235));
        assert_eq!((chroma[0], chroma[128], chroma[255]), (16, 128, 240));
        let [back, chroma_back] = YuvRange::Video.levels(YuvRange::Full);
        assert_eq!((back[0], back[16], back[126], back[235], back[255]), (0, 0, 128, 255, 255));
        assert_eq!((chroma_back[16], chroma_back[128], chroma_back[240]), (1, 128, 255));
        for level in 0..=255_u8 {
            assert!(back[usize::from(luma[usize::from(level)])].abs_diff(level) <= 1);
            assert!(chroma_back[usize::from(chroma[usize::from(level)])].abs_diff(level) <= 1);
            assert_eq!(
                YuvRange::Video.levels(YuvRange::Video).map(|levels| levels[usize::from(level)]),
                [level; 2]
            );
        }
    }
}
