//! [`Color`]: a background, padding or border color.
//!
//! In: four samples, or CSS text. Out: the color, and what it looks like on white. Knows nothing of canvases.

use std::fmt;
use std::str::FromStr;

use super::color_names::NAMES;
use crate::decimal::Decimal;
use crate::error::{Cause, Error, Result, Stage};

/// A color in sRGB with 8 bits per sample and straight (not premultiplied) alpha.
///
/// Parses the CSS forms `#rgb`, `#rgba`, `#rrggbb`, `#rrggbbaa`, `rgb()`, `rgba()`, the 148 color names of CSS Color 4 and `transparent`, in any
/// case. [`Display`](fmt::Display) prints `#rrggbb`, or `#rrggbbaa` if the color is not opaque.
///
/// ```
/// use cretula::Color;
/// assert_eq!("RebeccaPurple".parse::<Color>()?, Color::opaque(0x66, 0x33, 0x99));
/// assert_eq!("#0008".parse::<Color>()?.to_string(), "#00000088");
/// # Ok::<(), cretula::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Color {
    /// Red.
    pub red: u8,
    /// Green.
    pub green: u8,
    /// Blue.
    pub blue: u8,
    /// Alpha: 0 is transparent, 255 opaque.
    pub alpha: u8,
}

impl Color {
    /// Opaque white.
    pub const WHITE: Self = Self::opaque(255, 255, 255);

    /// Fully transparent.
    pub const TRANSPARENT: Self = Self { red: 0, green: 0, blue: 0, alpha: 0 };

    /// An opaque color.
    pub const fn opaque(red: u8, green: u8, blue: u8) -> Self {
        Self { red, green, blue, alpha: 255 }
    }

    /// This color composited onto white.
    pub(crate) fn on_white(self) -> [u8; 3] {
        let alpha = u16::from(self.alpha);
        [self.red, self.green, self.blue].map(|sample| {
            let mixed = (u16::from(sample) * alpha + 255 * (255 - alpha) + 127) / 255;
            u8::try_from(mixed).unwrap_or(u8::MAX)
        })
    }

    /// The hexadecimal forms, without `#`.
    fn from_hex(digits: &str) -> Option<Self> {
        // `from_str_radix` takes a sign.
        if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return None;
        }
        let value = u32::from_str_radix(digits, 16).ok()?;
        let nibble = |at: u32| u8::try_from(value >> (4 * at) & 0xf).unwrap_or_default() * 0x11;
        let [red, green, blue, alpha] = match digits.len() {
            3 => [nibble(2), nibble(1), nibble(0), 0xff],
            4 => [nibble(3), nibble(2), nibble(1), nibble(0)],
            6 => (value << 8 | 0xff).to_be_bytes(),
            8 => value.to_be_bytes(),
            _ => return None,
        };
        Some(Self { red, green, blue, alpha })
    }

    /// `rgb(…)` and `rgba(…)`, with commas or blanks: three numbers from 0 to 255 or percentages, and
    /// an alpha from 0 to 1 or as a percentage.
    fn from_function(text: &str) -> Option<Self> {
        let arguments = ["rgba(", "rgb("].into_iter().find_map(|name| {
            let (function, arguments) = text.split_at_checked(name.len())?;
            function.eq_ignore_ascii_case(name).then_some(arguments)
        })?;
        let arguments = arguments.strip_suffix(')')?;
        let separators = [',', '/', ' '];
        let mut values = arguments.split(separators).filter(|value| !value.is_empty());
        let mut sample = |whole: Decimal| {
            let value = values.next()?;
            let (number, whole) = match value.strip_suffix('%') {
                Some(number) => (number, Decimal::from_millionths(100_000_000)),
                None => (value, whole),
            };
            let (number, whole) =
                (u64::from(Decimal::parse(number)?.millionths()), u64::from(whole.millionths()));
            u8::try_from((255 * number + whole / 2) / whole).ok()
        };
        let full = Decimal::from_millionths(255_000_000);
        let (red, green, blue) = (sample(full)?, sample(full)?, sample(full)?);
        let has_alpha = arguments.split(separators).filter(|value| !value.is_empty()).count() == 4;
        let alpha = if has_alpha { sample(Decimal::ONE)? } else { 255 };
        (values.next().is_none()).then_some(Self { red, green, blue, alpha })
    }

    fn from_name(name: &str) -> Option<Self> {
        let name = name.to_ascii_lowercase();
        if name == "transparent" {
            return Some(Self::TRANSPARENT);
        }
        let at = NAMES.binary_search_by_key(&name.as_str(), |&(name, _)| name).ok()?;
        let [_, red, green, blue] = NAMES[at].1.to_be_bytes();
        Some(Self::opaque(red, green, blue))
    }
}

impl Default for Color {
    fn default() -> Self {
        Self::WHITE
    }
}

impl fmt::Display for Color {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{:02x}{:02x}{:02x}", self.red, self.green, self.blue)?;
        if self.alpha == 255 { Ok(()) } else { write!(f, "{:02x}", self.alpha) }
    }
}

impl FromStr for Color {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        match text.strip_prefix('#') {
            Some(digits) => Self::from_hex(digits),
            None => Self::from_name(text).or_else(|| Self::from_function(text)),
        }
        .ok_or_else(|| Error::new(Stage::Options, Cause::Color(text.chars().take(40).collect())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_what_it_prints() {
        for text in ["#102030", "#10203040", "#ffffff", "#00000000"] {
            assert_eq!(text.parse::<Color>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn parses_the_forms_of_css() {
        for (text, expected) in [
            ("#1af", "#11aaff"),
            ("#1AF8", "#11aaff88"),
            ("#FFF", "#ffffff"),
            ("white", "#ffffff"),
            ("AliceBlue", "#f0f8ff"),
            ("yellowgreen", "#9acd32"),
            ("grey", "#808080"),
            ("transparent", "#00000000"),
            ("rgb(240, 40, 145)", "#f02891"),
            ("rgb(240 40 145)", "#f02891"),
            ("RGBA(0,0,0,0.5)", "#00000080"),
            ("rgb(100% 0% 50% / 25%)", "#ff008040"),
        ] {
            assert_eq!(text.parse::<Color>().unwrap().to_string(), expected, "{text}");
        }
    }

    #[test]
    fn refuses_anything_else() {
        for text in [
            "",
            "#",
            "102030",
            "#10",
            "#10203",
            "#1020304",
            "#+02030",
            "#10203g",
            "#ééé",
            "whit",
            " white",
            "rgb(1,2)",
            "rgb(1,2,3,4,5)",
            "rgb(256,2,3)",
            "rgb(-1,2,3)",
            "rgb(1,2,3",
            "rgb 1,2,3",
            "rgba(1,2,3,1.1)",
            "hsl(1,2,3)",
        ] {
            assert!(text.parse::<Color>().is_err(), "{text}");
        }
    }

    #[test]
    fn names_are_sorted_for_the_search() {
        assert_eq!(NAMES.len(), 148);
        assert!(NAMES.is_sorted_by(|a, b| a.0 < b.0));
    }

    #[test]
    fn a_translucent_color_is_composited_onto_white() {
        assert_eq!(Color::TRANSPARENT.on_white(), [255; 3]);
        assert_eq!(Color { red: 0, green: 100, blue: 255, alpha: 128 }.on_white(), [127, 177, 255]);
    }
}
