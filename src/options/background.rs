//! [`Background`]: the color under padding and behind transparency.
//!
//! In: four samples, or text. Out: the color, and how it looks on white. Knows nothing of canvases.

use std::fmt;
use std::str::FromStr;

use crate::error::{Cause, Error, Result, Stage};

/// The color under padding and behind transparency: sRGB, 8 bits each, alpha not premultiplied.
///
/// Where the output format has no alpha, a translucent background lies on white. A fully transparent one has no color: its
/// samples are written as 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Background {
    /// Red.
    pub red: u8,
    /// Green.
    pub green: u8,
    /// Blue.
    pub blue: u8,
    /// Alpha: 0 is transparent, 255 opaque.
    pub alpha: u8,
}

impl Background {
    /// Opaque white, the default.
    pub const WHITE: Self = Self::opaque(255, 255, 255);

    /// An opaque color.
    pub const fn opaque(red: u8, green: u8, blue: u8) -> Self {
        Self { red, green, blue, alpha: 255 }
    }

    /// What this color looks like on white.
    pub(crate) fn on_white(self) -> [u8; 3] {
        let alpha = u16::from(self.alpha);
        [self.red, self.green, self.blue].map(|sample| {
            let mixed = (u16::from(sample) * alpha + 255 * (255 - alpha) + 127) / 255;
            u8::try_from(mixed).unwrap_or(u8::MAX)
        })
    }
}

impl Default for Background {
    fn default() -> Self {
        Self::WHITE
    }
}

impl fmt::Display for Background {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{:02x}{:02x}{:02x}", self.red, self.green, self.blue)?;
        if self.alpha == 255 { Ok(()) } else { write!(f, "{:02x}", self.alpha) }
    }
}

impl FromStr for Background {
    type Err = Error;

    /// Reads `#rrggbb` or `#rrggbbaa`.
    fn from_str(text: &str) -> Result<Self> {
        let refuse = || {
            let shown = text.chars().take(40).collect();
            Error::new(Stage::Options, Cause::Background(shown))
        };
        let digits = text.strip_prefix('#').ok_or_else(refuse)?;
        if !matches!(digits.len(), 6 | 8) || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(refuse());
        }
        let value = u32::from_str_radix(digits, 16).map_err(|_| refuse())?;
        let [red, green, blue, alpha] =
            if digits.len() == 6 { (value << 8 | 0xff).to_be_bytes() } else { value.to_be_bytes() };
        Ok(Self { red, green, blue, alpha })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn background_reads_what_it_prints_and_refuses_the_rest() {
        for text in ["#102030", "#10203040", "#ffffff", "#00000000"] {
            assert_eq!(text.parse::<Background>().unwrap().to_string(), text);
        }
        for text in ["", "#", "102030", "#1020", "#1020304", "#+02030", "#10203g", "#ééé", "white"] {
            assert!(text.parse::<Background>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_translucent_background_lies_on_white() {
        assert_eq!(Background { red: 0, green: 0, blue: 0, alpha: 0 }.on_white(), [255; 3]);
        assert_eq!(Background { red: 0, green: 100, blue: 255, alpha: 128 }.on_white(), [127, 177, 255]);
    }
}
