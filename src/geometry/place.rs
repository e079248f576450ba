//! The arithmetic of fits: exact ratios of integers, rounded once.
//!
//! In: sizes, a fit and a point. Out: a [`Placement`]. Must not know where the sizes come from.

use super::fit::Fit;
use super::placement::{CropBox, Offset, Placement, Size};
use crate::decimal::Decimal;
use crate::error::{Cause, Error, Result, Stage};

/// The box that a variant is fitted to. A side that is left out follows the aspect ratio.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Bounds {
    pub(crate) width: Option<u32>,
    pub(crate) height: Option<u32>,
}

/// Places a source of the displayed size `source` (EXIF orientation applied) in `bounds`. If there
/// is more than the box can show, the point at the fractions `focus` of the source stays at these
/// fractions of the result. Without bounds, the source keeps its size.
///
/// # Errors
///
/// `InvalidArgument` if a side is 0.
pub(crate) fn place(source: Size, bounds: Bounds, fit: Fit, focus: (Decimal, Decimal)) -> Result<Placement> {
    let sides = [
        ("source width", Some(source.width)),
        ("source height", Some(source.height)),
        ("width", bounds.width),
        ("height", bounds.height),
    ];
    if let Some((field, _)) = sides.into_iter().find(|(_, side)| *side == Some(0)) {
        return Err(Error::new(Stage::Fit, Cause::Side { field, value: "0".to_owned(), max: u32::MAX }));
    }
    Ok(match bounds {
        Bounds { width: Some(width), height: Some(height) } => {
            in_box(source, Size::new(width, height), fit, focus)
        }
        Bounds { width: Some(width), height: None } => {
            by_scale(source, Scale { to: width, from: source.width }, fit)
        }
        Bounds { width: None, height: Some(height) } => {
            by_scale(source, Scale { to: height, from: source.height }, fit)
        }
        Bounds { width: None, height: None } => by_scale(source, Scale::ONE, fit),
    })
}

/// The whole source at the scale that one side asks for; there is nothing to crop and nothing to
/// pad.
fn by_scale(source: Size, scale: Scale, fit: Fit) -> Placement {
    let scale = match fit {
        Fit::ScaleDown | Fit::Crop | Fit::AspectCrop => scale.at_most_one(),
        Fit::ScaleUp => scale.at_least_one(),
        Fit::Contain | Fit::Cover | Fit::Pad | Fit::Squeeze => scale,
    };
    let resize = scale.size(source);
    Placement { source, crop: whole(source), resize, canvas: resize, offset: Offset { x: 0, y: 0 } }
}

fn in_box(source: Size, bounds: Size, fit: Fit, focus: (Decimal, Decimal)) -> Placement {
    let inside = Scale::inside(source, bounds);
    let outside = Scale::outside(source, bounds);
    let cut = |scale: Scale| {
        let (x, width) = scale.cut(source.width, bounds.width, focus.0);
        let (y, height) = scale.cut(source.height, bounds.height, focus.1);
        CropBox { x, y, width, height }
    };
    let (crop, resize) = match fit {
        Fit::ScaleDown => (whole(source), inside.at_most_one().size(source)),
        Fit::Contain | Fit::Pad => (whole(source), inside.size(source)),
        Fit::ScaleUp => (whole(source), inside.at_least_one().size(source)),
        Fit::Squeeze => (whole(source), bounds),
        Fit::Cover => (cut(outside), bounds),
        Fit::Crop => {
            let scale = outside.at_most_one();
            let size = scale.size(source);
            (cut(scale), Size::new(size.width.min(bounds.width), size.height.min(bounds.height)))
        }
        Fit::AspectCrop if outside.enlarges() => {
            let size = outside.inverse().size(bounds);
            let size = Size::new(size.width.min(source.width), size.height.min(source.height));
            (whole_pixels(source, size, focus), size)
        }
        Fit::AspectCrop => (cut(outside), bounds),
    };
    let canvas = if fit == Fit::Pad { bounds } else { resize };
    let offset = Offset { x: (canvas.width - resize.width) / 2, y: (canvas.height - resize.height) / 2 };
    Placement { source, crop, resize, canvas, offset }
}

fn whole(source: Size) -> CropBox {
    CropBox { x: 0.0, y: 0.0, width: source.width.into(), height: source.height.into() }
}

/// A crop of `size` that begins at whole pixels, so that they are copied.
fn whole_pixels(source: Size, size: Size, focus: (Decimal, Decimal)) -> CropBox {
    let start = |side: u32, shown: u32, at: Decimal| {
        let (numerator, denominator) = fraction(at);
        f64::from(u32::try_from(u64::from(side - shown) * numerator / denominator).unwrap_or(u32::MAX))
    };
    CropBox {
        x: start(source.width, size.width, focus.0),
        y: start(source.height, size.height, focus.1),
        width: size.width.into(),
        height: size.height.into(),
    }
}

/// A scale as the exact ratio `to / from` of two sides.
#[derive(Debug, Clone, Copy)]
struct Scale {
    to: u32,
    from: u32,
}

impl Scale {
    const ONE: Self = Self { to: 1, from: 1 };

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

    fn enlarges(self) -> bool {
        self.to > self.from
    }

    fn at_most_one(self) -> Self {
        if self.enlarges() { Self::ONE } else { self }
    }

    fn at_least_one(self) -> Self {
        if self.enlarges() { self } else { Self::ONE }
    }

    fn inverse(self) -> Self {
        Self { to: self.from, from: self.to }
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

    /// The interval of a source side that fills `bound` at this scale, clipped to the source:
    /// (start, length). The start is the fraction `at` of what is left over.
    fn cut(self, side: u32, bound: u32, at: Decimal) -> (f64, f64) {
        let full = u64::from(side) * u64::from(self.to);
        let shown = (u64::from(bound) * u64::from(self.from)).min(full);
        let (numerator, denominator) = fraction(at);
        let start = ratio(
            u128::from(full - shown) * u128::from(numerator),
            u128::from(denominator) * u128::from(self.to),
        );
        (start, ratio(shown.into(), self.to.into()))
    }
}

/// A decimal in lowest terms: halves and quarters stay exact in large pictures.
fn fraction(decimal: Decimal) -> (u64, u64) {
    let (whole, unit) = (u64::from(decimal.millionths()), u64::from(Decimal::ONE.millionths()));
    let (mut a, mut b) = (unit, whole);
    while b != 0 {
        (a, b) = (b, a % b);
    }
    (whole / a, unit / a)
}

/// A ratio of integers as the nearest `f64`, exact wherever the division is.
#[expect(clippy::cast_precision_loss, reason = "rationals below 2^53 for every side an image can have")]
fn ratio(numerator: u128, denominator: u128) -> f64 {
    numerator as f64 / denominator as f64
}
