//! Options as text: `width=400,fit=cover,gravity=0.3x0.7`
//! ([contract section 7](crate::docs::contract#7-options-beyond-the-references-four)).
//!
//! In: text as it stands in a URL, or options. Out: options, or their canonical text. Must not know
//! what options do.

use std::fmt;
use std::str::FromStr;

use percent_encoding::percent_decode_str;

use super::color::Color;
use super::keys::{self, Value};
use super::variant::VariantOptions;
use crate::error::{Cause, Error, Result, Stage};

/// The longest text that is parsed, in bytes.
const MAX_LENGTH: usize = 2000;

impl FromStr for VariantOptions {
    type Err = Error;

    /// Parses `key=value` pairs, joined by commas, percent-encoded or not. What is left out has its
    /// default: `scale-down`, the copyright, and no change. Whether the sides are within the limits is
    /// checked when they are known: by [`check`](Self::check), and by every render.
    fn from_str(text: &str) -> Result<Self> {
        let refuse = |rule| {
            let text = text.chars().take(40).collect();
            Error::new(Stage::Options, Cause::OptionText { text, rule })
        };
        if text.len() > MAX_LENGTH {
            return Err(refuse("at most 2000 bytes"));
        }
        let decoded = percent_decode_str(text).decode_utf8().map_err(|_| refuse("not UTF-8"))?;
        if decoded.is_empty() {
            return Err(refuse("at least one option is needed"));
        }
        let mut options = Self::TEXT_DEFAULTS;
        let mut seen = Vec::new();
        for pair in split_outside_parentheses(&decoded) {
            let (key, value) =
                pair.split_once('=').ok_or_else(|| refuse("every option is key=value, joined by commas"))?;
            let key = keys::set(&mut options, key, value)?;
            if seen.contains(&key) {
                return Err(Error::new(Stage::Options, Cause::RepeatedOption(key)));
            }
            seen.push(key);
        }
        keys::settle(&mut options);
        options.check_values()?;
        Ok(options)
    }
}

/// Splits at the commas that are not inside `rgb(…)`.
fn split_outside_parentheses(text: &str) -> impl Iterator<Item = &str> {
    let mut depth = 0_usize;
    text.split(move |character| {
        match character {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        character == ',' && depth == 0
    })
}

impl fmt::Display for VariantOptions {
    /// The canonical text: long names in the contract's order, without options that have the default
    /// of a text. `width=auto` does not exist, so the picture's own size is printed as `fit=scale-down`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut entries = keys::changed(self, &Self::TEXT_DEFAULTS);
        if entries.is_empty() {
            entries.push(("fit", Value::Text(self.fit.to_string())));
        }
        for (at, (key, value)) in entries.into_iter().enumerate() {
            let comma = if at == 0 { "" } else { "," };
            write!(f, "{comma}{key}={value}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Number(number) => number.fmt(f),
            Self::Whole(number) => number.fmt(f),
            Self::Flag(flag) => flag.fmt(f),
            // `#` would begin a URL's fragment.
            Self::Color(Color { red, green, blue, alpha: 255 }) => {
                write!(f, "%23{red:02x}{green:02x}{blue:02x}")
            }
            Self::Color(Color { red, green, blue, alpha }) => {
                write!(f, "%23{red:02x}{green:02x}{blue:02x}{alpha:02x}")
            }
        }
    }
}
