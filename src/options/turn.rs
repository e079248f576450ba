//! [`Flip`] and [`Rotation`]: how a picture is turned before it is fitted to a box.
//!
//! Plain values. Knows nothing of EXIF: the orientation of the file is applied before.

use std::fmt;
use std::str::FromStr;

use crate::error::{Cause, Error, Result, Stage};
use crate::string_enum::string_enum;

/// Mirrors the picture, before it is rotated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Flip {
    /// As it is.
    #[default]
    None,
    /// Left and right change places.
    Horizontal,
    /// Top and bottom change places.
    Vertical,
    /// Both: the same as a rotation by 180°.
    Both,
}

impl Flip {
    /// All values.
    pub const ALL: [Self; 4] = [Self::None, Self::Horizontal, Self::Vertical, Self::Both];

    /// The name in option texts: `none`, `h`, `v`, `hv`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Horizontal => "h",
            Self::Vertical => "v",
            Self::Both => "hv",
        }
    }
}

string_enum!(Flip, Self::ALL, "flip", "h, v, hv");

/// Rotates the picture clockwise, after it is mirrored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Rotation {
    /// As it is.
    #[default]
    Upright,
    /// By 90°.
    Clockwise90,
    /// By 180°.
    Clockwise180,
    /// By 270°.
    Clockwise270,
}

impl Rotation {
    /// All values.
    pub const ALL: [Self; 4] = [Self::Upright, Self::Clockwise90, Self::Clockwise180, Self::Clockwise270];

    /// Degrees, clockwise.
    pub fn degrees(self) -> u16 {
        match self {
            Self::Upright => 0,
            Self::Clockwise90 => 90,
            Self::Clockwise180 => 180,
            Self::Clockwise270 => 270,
        }
    }
}

impl fmt::Display for Rotation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.degrees().fmt(f)
    }
}

impl FromStr for Rotation {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let found = Self::ALL.into_iter().find(|rotation| text == rotation.degrees().to_string());
        found.ok_or_else(|| {
            let value = text.chars().take(40).collect();
            let cause = Cause::UnknownName { field: "rotate", value, expected: "0, 90, 180, 270" };
            Error::new(Stage::Options, cause)
        })
    }
}
