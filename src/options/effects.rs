//! [`Effects`]: changes to the resized pixels.
//!
//! Plain values. Knows nothing of pixels.

use std::fmt;

use crate::decimal::Decimal;
use crate::error::{Cause, Error, Result, Stage};

/// Effects on the resized picture, in the order in which they are applied
/// ([contract section 7](crate::docs::contract#7-options-beyond-the-references-four)).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Effects {
    /// Factor of every sRGB sample; above 0. 1 changes nothing.
    pub brightness: Decimal,
    /// Factor of every sRGB sample's distance from middle gray; above 0. 1 changes nothing.
    pub contrast: Decimal,
    /// Exponent `1 / gamma` of every sRGB sample; above 0. 1 changes nothing, more is lighter.
    pub gamma: Decimal,
    /// Factor of the distance from gray; 0 is gray, 1 changes nothing.
    pub saturation: Decimal,
    /// Gaussian blur with a standard deviation of half as many output pixels; 1 to 250, or `None`.
    pub blur: Option<Decimal>,
    /// Strength of an unsharp mask on luma; 0 (nothing) to 10.
    pub sharpen: Decimal,
}

impl Effects {
    /// No effects.
    pub const NONE: Self = Self {
        brightness: Decimal::ONE,
        contrast: Decimal::ONE,
        gamma: Decimal::ONE,
        saturation: Decimal::ONE,
        blur: None,
        sharpen: Decimal::ZERO,
    };

    /// No effects.
    pub fn new() -> Self {
        Self::NONE
    }

    /// Whether nothing is changed.
    pub fn is_none(&self) -> bool {
        *self == Self::NONE
    }

    /// Whether only luma changes.
    pub(crate) fn is_luma_only(&self) -> bool {
        Self { sharpen: Decimal::ZERO, ..*self }.is_none()
    }

    /// Sets the brightness.
    pub fn brightness(self, factor: f64) -> Self {
        Self { brightness: Decimal::from_f64(factor), ..self }
    }

    /// Sets the contrast.
    pub fn contrast(self, factor: f64) -> Self {
        Self { contrast: Decimal::from_f64(factor), ..self }
    }

    /// Sets the gamma.
    pub fn gamma(self, gamma: f64) -> Self {
        Self { gamma: Decimal::from_f64(gamma), ..self }
    }

    /// Sets the saturation.
    pub fn saturation(self, factor: f64) -> Self {
        Self { saturation: Decimal::from_f64(factor), ..self }
    }

    /// Sets the blur, 1 to 250.
    pub fn blur(self, blur: f64) -> Self {
        Self { blur: Some(Decimal::from_f64(blur)), ..self }
    }

    /// Sets the strength of sharpening, 0 to 10.
    pub fn sharpen(self, strength: f64) -> Self {
        Self { sharpen: Decimal::from_f64(strength), ..self }
    }

    /// Checks every range.
    pub(crate) fn check(&self) -> Result<()> {
        let most = Decimal::from_millionths(u32::MAX);
        let above_zero = (Decimal::from_millionths(1), most, "a number above 0");
        let ranges = [
            ("brightness", Some(self.brightness), above_zero),
            ("contrast", Some(self.contrast), above_zero),
            ("gamma", Some(self.gamma), above_zero),
            ("saturation", Some(self.saturation), (Decimal::ZERO, most, "a number from 0")),
            ("blur", self.blur, (Decimal::ONE, BLUR_MAX, "a number from 1 to 250")),
            ("sharpen", Some(self.sharpen), (Decimal::ZERO, SHARPEN_MAX, "a number from 0 to 10")),
        ];
        ranges.into_iter().try_for_each(|(key, value, (min, max, expected))| match value {
            Some(value) if !(min..=max).contains(&value) => {
                let cause = Cause::OptionValue { key, value: value.to_string(), expected };
                Err(Error::new(Stage::Options, cause))
            }
            _ => Ok(()),
        })
    }
}

const BLUR_MAX: Decimal = Decimal::from_millionths(250_000_000);
const SHARPEN_MAX: Decimal = Decimal::from_millionths(10_000_000);

impl fmt::Display for Effects {
    /// The effects that change something, as in option texts.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let effects = [
            ("brightness", Some(self.brightness), Some(Decimal::ONE)),
            ("contrast", Some(self.contrast), Some(Decimal::ONE)),
            ("gamma", Some(self.gamma), Some(Decimal::ONE)),
            ("saturation", Some(self.saturation), Some(Decimal::ONE)),
            ("blur", self.blur, None),
            ("sharpen", Some(self.sharpen), Some(Decimal::ZERO)),
        ];
        let changed = effects.into_iter().filter(|(_, value, none)| value != none);
        for (at, (key, value, _)) in changed.enumerate() {
            let comma = if at == 0 { "" } else { "," };
            write!(f, "{comma}{key}={}", value.unwrap_or(Decimal::ZERO))?;
        }
        Ok(())
    }
}

impl Default for Effects {
    fn default() -> Self {
        Self::NONE
    }
}
