//! [`Image`]: owned samples and their layout, what flows between the stages; and the [`SourceRegion`] of the source that they
//! show.
//!
//! Plain data. Knows nothing of files, formats or color spaces.

use crate::damage::Tolerance;
use crate::error::Result;
use crate::geometry::{CropBox, Size};

/// How the samples of a pixel lie in memory: interleaved, rows without padding, alpha not premultiplied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Layout {
    Gray,
    GrayAlpha,
    Rgb,
    Rgba,
    /// Ink: 0 is none, the maximum is full. Eight bits only.
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

/// Samples of 8 or of 16 bits, full range, native byte order.
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

    /// The memory they take.
    pub(crate) fn bytes(&self) -> u64 {
        match self {
            Self::Eight(samples) => samples.len() as u64,
            Self::Sixteen(samples) => samples.len() as u64 * 2,
        }
    }
}

/// An image in memory. The number of samples always is width × height × channels.
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

    /// Its samples, if they are bytes.
    pub(crate) fn into_buffer(self) -> Option<Vec<u8>> {
        match self.samples {
            Samples::Eight(samples) => Some(samples),
            Samples::Sixteen(_) => None,
        }
    }
}

/// A picture that is decoded while it is read, from top to bottom.
pub(crate) struct Rows<'a> {
    pub(crate) size: Size,
    pub(crate) layout: Layout,
    /// Whether samples have 16 bits.
    pub(crate) sixteen: bool,
    /// Fills whole rows, the next ones, with samples in native byte order: each byte of them is written.
    pub(crate) read: Box<Read<'a>>,
    /// What the decoder does about damage.
    pub(crate) tolerance: Tolerance,
}

type Read<'a> = dyn FnMut(&mut [u8], &mut Tolerance) -> Result<()> + 'a;

impl Rows<'_> {
    pub(crate) fn read(&mut self, rows: &mut [u8]) -> Result<()> {
        (self.read)(rows, &mut self.tolerance)
    }
}

impl std::fmt::Debug for Rows<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Rows").field("size", &self.size).field("layout", &self.layout).finish_non_exhaustive()
    }
}

/// One component of a picture: rows of `stride` samples, of which the first `size.width` count.
#[derive(Debug)]
pub(crate) struct Plane {
    pub(crate) size: Size,
    pub(crate) stride: usize,
    pub(crate) samples: Vec<u8>,
    pub(crate) view: SourceRegion,
}

/// A finished picture as JPEG and WebP code it: Y, Cb and Cr, each [`Layout::Gray`], chroma with half the samples a side,
/// rounded up, each in the middle of its four pixels.
#[derive(Debug)]
pub(crate) struct YuvImage {
    pub(crate) planes: [Image; 3],
    pub(crate) range: YuvRange,
}

/// Between which levels Y, Cb and Cr lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum YuvRange {
    /// JPEG's: 0 to 255 (T.871 section 7).
    Full,
    /// WebP's: luma from 16 to 235, chroma from 16 to 240 (ITU-R BT.601).
    Video,
}

impl YuvRange {
    /// What becomes of each level of luma and of chroma in another range, rounded and kept within 8 bits.
    pub(crate) fn levels(self, to: Self) -> [[u8; 256]; 2] {
        // Steps from black to white, and from one end of chroma to the other; both scales keep a level: black, and gray.
        let (luma, chroma) = match (self, to) {
            (Self::Full, Self::Full) | (Self::Video, Self::Video) => ([1, 1, 0, 0], [1, 1, 128, 128]),
            (Self::Full, Self::Video) => ([219, 255, 0, 16], [224, 255, 128, 128]),
            (Self::Video, Self::Full) => ([255, 219, 16, 0], [255, 224, 128, 128]),
        };
        [luma, chroma].map(|[up, down, from, to]: [i32; 4]| {
            std::array::from_fn(|level| {
                let level = i32::try_from(level).unwrap_or(255);
                let rounded = (2 * (level - from) * up + down).div_euclid(2 * down) + to;
                u8::try_from(rounded.clamp(0, 255)).unwrap_or(u8::MAX)
            })
        })
    }
}

/// What an encoder is given.
#[derive(Debug)]
pub(crate) enum EncoderInput {
    Image(Image),
    YuvImage(YuvImage),
}

impl EncoderInput {
    pub(crate) fn size(&self) -> Size {
        match self {
            Self::Image(pixels) | Self::YuvImage(YuvImage { planes: [pixels, ..], .. }) => pixels.size,
        }
    }

    /// The memory it takes.
    pub(crate) fn bytes(&self) -> u64 {
        match self {
            Self::Image(pixels) => pixels.samples.bytes(),
            Self::YuvImage(YuvImage { planes, .. }) => planes.iter().map(|plane| plane.samples.bytes()).sum(),
        }
    }

    /// The buffers of its samples that later pictures can use.
    pub(crate) fn into_buffers(self) -> impl Iterator<Item = Vec<u8>> {
        let (pixels, planes) = match self {
            Self::Image(pixels) => (Some(pixels), None),
            Self::YuvImage(planes) => (None, Some(planes.planes)),
        };
        pixels.into_iter().chain(planes.into_iter().flatten()).filter_map(Image::into_buffer)
    }

    pub(crate) fn has_alpha(&self) -> bool {
        matches!(self, Self::Image(pixels) if pixels.layout.has_alpha())
    }
}

/// Which part of a picture a decoder handed out, and how much smaller: so many samples for one of its pixels, from
/// (`x`, `y`) on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct SourceRegion {
    pub(crate) across: f64,
    pub(crate) down: f64,
    pub(crate) x: f64,
    pub(crate) y: f64,
}

impl SourceRegion {
    /// All of it as it is.
    pub(crate) const WHOLE: Self = Self { across: 1.0, down: 1.0, x: 0.0, y: 0.0 };

    /// A box of the picture's own pixels as it lies among those handed out. Exact but for the offset's subtraction where
    /// `across` and `down` are powers of two; a side that was rounded up is not stretched to.
    pub(crate) fn of(self, crop: CropBox) -> CropBox {
        CropBox {
            x: crop.x * self.across - self.x,
            y: crop.y * self.down - self.y,
            width: crop.width * self.across,
            height: crop.height * self.down,
        }
    }
}

/// Fills `pixels`, whole ones of 8 or 16 bits a sample, with what stands for those that are missing: gray, or nothing where
/// there is alpha.
pub(crate) fn fill_missing(pixels: &mut [u8], layout: Layout) {
    pixels.fill(if layout.has_alpha() { 0 } else { 0x80 });
}

/// `v · 255 / 65535`, rounded.
pub(crate) fn narrow(sample: u16) -> u8 {
    let rounded = (u32::from(sample) * 255 + 32_767) / 65_535;
    u8::try_from(rounded).unwrap_or(u8::MAX)
}

/// `a · b / 255`, rounded.
pub(crate) fn multiply(a: u8, b: u8) -> u8 {
    let product = (u32::from(a) * u32::from(b) + 127) / 255;
    u8::try_from(product).unwrap_or(u8::MAX)
}

/// The number of samples an image of this size and layout has, or `None` beyond `usize`.
pub(crate) fn sample_count(size: Size, layout: Layout) -> Option<usize> {
    usize::try_from(size.area()).ok()?.checked_mul(layout.channels())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn full_range_becomes_that_of_video_and_back() {
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
