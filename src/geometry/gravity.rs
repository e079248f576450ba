//! [`Gravity`]: which part of a picture survives a crop.
//!
//! In: text, or fractions. Out: a point of the source. Knows nothing of pixels: `auto` is resolved
//! by the renderer.

use std::fmt;
use std::str::FromStr;

use crate::decimal::Decimal;
use crate::error::{Cause, Error, Result, Stage};

/// Where `cover`, `crop` and `aspect-crop` cut
/// ([contract section 7](crate::docs::contract#7-options-beyond-the-references-four)).
///
/// Parses `auto`, `center`, a side (`left`, `right`, `top`, `bottom`), two sides joined by `-`, and
/// `XxY` with fractions from 0 to 1: the point of the source that stays at the same fraction of the
/// result.
///
/// ```
/// use cretula::Gravity;
/// assert_eq!("left".parse::<Gravity>()?, Gravity::point(0.0, 0.5));
/// assert_eq!("top-right".parse::<Gravity>()?, Gravity::point(1.0, 0.0));
/// assert_eq!("0.3x0.7".parse::<Gravity>()?.to_string(), "0.3x0.7");
/// # Ok::<(), cretula::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Gravity {
    /// A point of the displayed source.
    Point {
        /// Fraction of the width, from the left; 0 to 1.
        x: Decimal,
        /// Fraction of the height, from the top; 0 to 1.
        y: Decimal,
    },
    /// The most salient part of the picture.
    Auto,
}

const HALF: Decimal = Decimal::from_millionths(500_000);

/// The names of points. The first name of a point is the one printed.
const NAMES: [(&str, Decimal, Decimal); 13] = [
    ("center", HALF, HALF),
    ("left", Decimal::ZERO, HALF),
    ("right", Decimal::ONE, HALF),
    ("top", HALF, Decimal::ZERO),
    ("bottom", HALF, Decimal::ONE),
    ("top-left", Decimal::ZERO, Decimal::ZERO),
    ("top-right", Decimal::ONE, Decimal::ZERO),
    ("bottom-left", Decimal::ZERO, Decimal::ONE),
    ("bottom-right", Decimal::ONE, Decimal::ONE),
    ("left-top", Decimal::ZERO, Decimal::ZERO),
    ("right-top", Decimal::ONE, Decimal::ZERO),
    ("left-bottom", Decimal::ZERO, Decimal::ONE),
    ("right-bottom", Decimal::ONE, Decimal::ONE),
];

impl Gravity {
    /// The center: the default.
    pub const CENTER: Self = Self::Point { x: HALF, y: HALF };

    /// The fractions of the center.
    pub(crate) const HALVES: (Decimal, Decimal) = (HALF, HALF);

    /// The point at these fractions of width and height, each clamped to 0 to 1.
    pub fn point(x: f64, y: f64) -> Self {
        let fraction = |value: f64| Decimal::from_f64(value).min(Decimal::ONE);
        Self::Point { x: fraction(x), y: fraction(y) }
    }
}

impl Default for Gravity {
    fn default() -> Self {
        Self::CENTER
    }
}

impl fmt::Display for Gravity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Auto => f.write_str("auto"),
            Self::Point { x, y } => match NAMES.iter().find(|name| (name.1, name.2) == (x, y)) {
                Some((name, ..)) => f.write_str(name),
                None => write!(f, "{x}x{y}"),
            },
        }
    }
}

impl FromStr for Gravity {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        if text == "auto" {
            return Ok(Self::Auto);
        }
        if text == "face" {
            let (option, reason) = ("gravity=face", "this library recognizes no faces: use auto or XxY");
            return Err(Error::new(Stage::Options, Cause::UnsupportedOption { option, reason }));
        }
        let named = NAMES.iter().find(|(name, ..)| *name == text).map(|&(_, x, y)| (x, y));
        let fractions = || {
            let (x, y) = text.split_once('x')?;
            let fraction = |text| Decimal::parse(text).filter(|value| *value <= Decimal::ONE);
            Some((fraction(x)?, fraction(y)?))
        };
        let expected = "auto, center, left, right, top, bottom, two sides joined by -, XxY from 0x0 to 1x1";
        let (x, y) = named.or_else(fractions).ok_or_else(|| {
            let value = text.chars().take(40).collect();
            Error::new(Stage::Options, Cause::UnknownName { field: "gravity", value, expected })
        })?;
        Ok(Self::Point { x, y })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_what_it_parses() {
        for (text, printed) in [
            ("auto", "auto"),
            ("center", "center"),
            ("0.5x0.5", "center"),
            ("left-top", "top-left"),
            ("0x1", "bottom-left"),
            ("0.25x1", "0.25x1"),
            ("1x0.333333", "1x0.333333"),
        ] {
            assert_eq!(text.parse::<Gravity>().unwrap().to_string(), printed, "{text}");
        }
    }

    #[test]
    fn refuses_what_is_no_point() {
        for text in
            ["", "x", "1x", "1.1x0", "0x-1", "0.5", "top-top", "top-bottom", "middle", "0.5X0.5", "face"]
        {
            assert!(text.parse::<Gravity>().is_err(), "{text}");
        }
    }
}
