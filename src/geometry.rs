//! Geometry: sizes, [`Fit`], and [`Placement`], computed with exact integer arithmetic
//! ([contract section 1.1](crate::docs::contract#11-fit-geometry)).
//!
//! In: two sizes and a fit. Out: which part of the source is shown, at what size, where on which canvas. Every size of the
//! library is computed here. Knows nothing of pixels, formats or limits.

use std::fmt;

use crate::error::{Cause, Error, Result, Stage};
use crate::string_enum::string_enum;

/// How an image is fitted to a box. [Contract section 1.1](crate::docs::contract#11-fit-geometry) gives the exact sizes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
pub enum Fit {
    /// Scales down to fit inside the box, keeping the aspect ratio; never enlarges.
    ScaleDown,
    /// Scales to fit inside the box, keeping the aspect ratio; enlarges if necessary.
    Contain,
    /// Scales to fill the box, enlarging if necessary, and crops the overflow, centered.
    Cover,
    /// Like `Cover`, but never enlarges: a source smaller than the box is only cropped.
    Crop,
    /// Like `Contain`, then pads to exactly the box (white, unless a background is given).
    Pad,
}

impl Fit {
    /// All five, in the API reference's order.
    pub const ALL: [Self; 5] = [Self::ScaleDown, Self::Contain, Self::Cover, Self::Crop, Self::Pad];

    /// The API reference's name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ScaleDown => "scale-down",
            Self::Contain => "contain",
            Self::Cover => "cover",
            Self::Crop => "crop",
            Self::Pad => "pad",
        }
    }
}

string_enum!(Fit, Self::ALL, "fit", "scale-down, contain, cover, crop, pad");

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
    /// Whether either side of the shown part has more pixels in the output than in the source.
    pub(crate) fn enlarges(&self) -> bool {
        f64::from(self.resize.width) > self.crop.width || f64::from(self.resize.height) > self.crop.height
    }
}

/// The box that a variant is fitted to. A side that is left out follows the aspect ratio.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Bounds {
    pub(crate) width: Option<u32>,
    pub(crate) height: Option<u32>,
}

/// Places a source of the displayed size `source` (EXIF orientation applied) in `bounds`.
///
/// # Errors
///
/// `InvalidArgument` if a side is 0, or if both sides of `bounds` are left out.
pub(crate) fn place(source: Size, bounds: Bounds, fit: Fit) -> Result<Placement> {
    let sides = [
        ("source width", Some(source.width)),
        ("source height", Some(source.height)),
        ("width", bounds.width),
        ("height", bounds.height),
    ];
    if let Some((field, _)) = sides.into_iter().find(|(_, side)| *side == Some(0)) {
        return Err(Error::new(Stage::Fit, Cause::Side { field, value: "0".to_owned(), max: u32::MAX }));
    }
    match bounds {
        Bounds { width: Some(width), height: Some(height) } => {
            Ok(in_box(source, Size::new(width, height), fit))
        }
        Bounds { width: Some(width), height: None } => {
            Ok(by_scale(source, Scale { to: width, from: source.width }, fit))
        }
        Bounds { width: None, height: Some(height) } => {
            Ok(by_scale(source, Scale { to: height, from: source.height }, fit))
        }
        Bounds { width: None, height: None } => Err(Error::new(Stage::Fit, Cause::NoSide)),
    }
}

/// The whole source at the scale that one side asks for; there is nothing to crop and nothing to pad.
fn by_scale(source: Size, scale: Scale, fit: Fit) -> Placement {
    let scale = match fit {
        Fit::ScaleDown | Fit::Crop => scale.at_most_one(),
        Fit::Contain | Fit::Cover | Fit::Pad => scale,
    };
    let resize = scale.size(source);
    let crop = CropBox { x: 0.0, y: 0.0, width: source.width.into(), height: source.height.into() };
    Placement { source, crop, resize, canvas: resize, offset: Offset { x: 0, y: 0 } }
}

fn in_box(source: Size, bounds: Size, fit: Fit) -> Placement {
    let Size { width, height } = source;
    let inside = Scale::inside(source, bounds);
    let outside = Scale::outside(source, bounds);
    let (scale, resize) = match fit {
        Fit::ScaleDown => (inside.at_most_one(), inside.at_most_one().size(source)),
        Fit::Contain | Fit::Pad => (inside, inside.size(source)),
        Fit::Cover => (outside, bounds),
        Fit::Crop => {
            let size = outside.at_most_one().size(source);
            let clipped = Size::new(size.width.min(bounds.width), size.height.min(bounds.height));
            (outside.at_most_one(), clipped)
        }
    };
    let (x, crop_width, y, crop_height) = match fit {
        Fit::Cover | Fit::Crop => {
            let (x, crop_width) = scale.centered(width, bounds.width);
            let (y, crop_height) = scale.centered(height, bounds.height);
            (x, crop_width, y, crop_height)
        }
        Fit::ScaleDown | Fit::Contain | Fit::Pad => (0.0, width.into(), 0.0, height.into()),
    };
    let canvas = if fit == Fit::Pad { bounds } else { resize };
    let offset = Offset { x: (canvas.width - resize.width) / 2, y: (canvas.height - resize.height) / 2 };
    Placement {
        source,
        crop: CropBox { x, y, width: crop_width, height: crop_height },
        resize,
        canvas,
        offset,
    }
}

/// A scale as the exact ratio `to / from` of two sides.
#[derive(Debug, Clone, Copy)]
struct Scale {
    to: u32,
    from: u32,
}

impl Scale {
    /// `min(W/w, H/h)`.
    fn inside(source: Size, bounds: Size) -> Self {
        if Self::width_binds(source, bounds) {
            Self { to: bounds.width, from: source.width }
        } else {
            Self { to: bounds.height, from: source.height }
        }
    }

    /// `max(W/w, H/h)`.
    fn outside(source: Size, bounds: Size) -> Self {
        if Self::width_binds(source, bounds) {
            Self { to: bounds.height, from: source.height }
        } else {
            Self { to: bounds.width, from: source.width }
        }
    }

    /// `W/w <= H/h`.
    fn width_binds(source: Size, bounds: Size) -> bool {
        u64::from(bounds.width) * u64::from(source.height)
            <= u64::from(bounds.height) * u64::from(source.width)
    }

    fn at_most_one(self) -> Self {
        if self.to > self.from { Self { to: 1, from: 1 } } else { self }
    }

    /// Both sides at this scale.
    fn size(self, of: Size) -> Size {
        Size::new(self.side(of.width), self.side(of.height))
    }

    /// `side · s`, rounded half up, at least 1.
    fn side(self, side: u32) -> u32 {
        let (to, from) = (u128::from(self.to), u128::from(self.from));
        let rounded = (2 * u128::from(side) * to + from) / (2 * from);
        u32::try_from(rounded).unwrap_or(u32::MAX).max(1)
    }

    /// The centered interval of a source side that fills `bound` at this scale, clipped to the source: (start, length).
    fn centered(self, side: u32, bound: u32) -> (f64, f64) {
        let full = u64::from(side) * u64::from(self.to);
        let shown = (u64::from(bound) * u64::from(self.from)).min(full);
        (ratio(full - shown, 2 * u64::from(self.to)), ratio(shown, self.to.into()))
    }
}

/// A ratio of integers as the nearest `f64`, exact wherever the division is.
#[expect(clippy::cast_precision_loss, reason = "rationals below 2^53 for every side an image can have")]
fn ratio(numerator: u64, denominator: u64) -> f64 {
    numerator as f64 / denominator as f64
}
