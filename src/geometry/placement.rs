//! [`Size`], [`CropBox`], [`Offset`] and [`Placement`]: sizes and positions in pixels.
//!
//! Plain data; [`super::place`] computes it.

use std::fmt;

/// A size in pixels; both sides are at least 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Size {
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
}

impl Size {
    /// A size of `width` by `height` pixels.
    pub const fn new(width: u32, height: u32) -> Self {
        Self { width, height }
    }

    /// The number of pixels.
    pub(crate) fn area(self) -> u64 {
        u64::from(self.width) * u64::from(self.height)
    }

    pub(crate) fn transposed(self) -> Self {
        Self { width: self.height, height: self.width }
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}x{}", self.width, self.height)
    }
}

/// A rectangle of the displayed source, in pixels; edges may fall between pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct CropBox {
    /// Left edge.
    pub x: f64,
    /// Top edge.
    pub y: f64,
    /// Width.
    pub width: f64,
    /// Height.
    pub height: f64,
}

/// A position on the canvas in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Offset {
    /// Pixels from the left.
    pub x: u32,
    /// Pixels from the top.
    pub y: u32,
}

/// How a source is placed: `crop` is resampled to `resize`, which is put at `offset` on the `canvas`.
///
/// The canvas is the size of the output. A placement depends only on the source's displayed size and the options.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Placement {
    /// The displayed size of the source.
    #[cfg_attr(feature = "serde", serde(skip))]
    pub source: Size,
    /// The part of the source that the output shows.
    pub crop: CropBox,
    /// The size that `crop` is resampled to.
    pub resize: Size,
    /// The size of the output.
    pub canvas: Size,
    /// The position of the resampled part on the canvas.
    pub offset: Offset,
}

impl fmt::Display for Placement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { source, crop, resize, canvas, offset } = self;
        write!(
            f,
            "{source} [{}x{}+{}+{}] -> {resize}+{}+{} on {canvas}",
            crop.width, crop.height, crop.x, crop.y, offset.x, offset.y
        )
    }
}

impl Placement {
    /// Whether a part of the source is not shown.
    pub(crate) fn crops(&self) -> bool {
        let Size { width, height } = self.source;
        (self.crop.width, self.crop.height) != (f64::from(width), f64::from(height))
    }

    /// Whether either side of the shown part has more pixels in the output than in the source.
    pub(crate) fn enlarges(&self) -> bool {
        f64::from(self.resize.width) > self.crop.width || f64::from(self.resize.height) > self.crop.height
    }
}
