//! [`Fit`]: the ways to fit a picture to a box.
//!
//! Names only; [`super::place`] holds the arithmetic.

use crate::string_enum::string_enum;

/// How an image is fitted to a box. [Contract section 1.1](crate::docs::contract#11-fit-geometry) gives the exact sizes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum Fit {
    /// Scales down to fit inside the box, keeping the aspect ratio; never enlarges.
    ScaleDown,
    /// Scales to fit inside the box, keeping the aspect ratio; enlarges if necessary.
    Contain,
    /// Scales to fill the box, enlarging if necessary, and crops the overflow, as the
    /// [`Gravity`](crate::Gravity) says.
    Cover,
    /// Like `Cover`, but never enlarges: a source smaller than the box is only cropped.
    Crop,
    /// Like `Contain`, then pads to exactly the box (white, unless a background is given).
    Pad,
    /// Scales to exactly the box, without keeping the aspect ratio.
    Squeeze,
    /// Like `Contain`, but never reduces.
    ScaleUp,
    /// Crops to the aspect ratio of the box and scales down to it; never enlarges: a smaller source
    /// is only cropped.
    AspectCrop,
}

impl Fit {
    /// All values: those of the API reference, in its order, then the others.
    pub const ALL: [Self; 8] = [
        Self::ScaleDown,
        Self::Contain,
        Self::Cover,
        Self::Crop,
        Self::Pad,
        Self::Squeeze,
        Self::ScaleUp,
        Self::AspectCrop,
    ];

    /// The five values of the API reference.
    pub const REFERENCE: [Self; 5] = [Self::ScaleDown, Self::Contain, Self::Cover, Self::Crop, Self::Pad];

    /// The name in JSON and in option texts.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ScaleDown => "scale-down",
            Self::Contain => "contain",
            Self::Cover => "cover",
            Self::Crop => "crop",
            Self::Pad => "pad",
            Self::Squeeze => "squeeze",
            Self::ScaleUp => "scale-up",
            Self::AspectCrop => "aspect-crop",
        }
    }
}

string_enum!(Fit, Self::ALL, "fit", "scale-down, contain, cover, crop, pad, squeeze, scale-up, aspect-crop");
