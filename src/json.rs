//! JSON of records and options: parsing, writing, and whole numbers.
//!
//! In: text, or a value. Out: a value, or text; an error says what the text was expected to be.
//! Must not know of any record.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, de};

pub(crate) use crate::error::excerpt;
use crate::error::{Cause, Error, Result, Stage};

/// An error about the JSON of `what`.
pub(crate) fn invalid(stage: Stage, what: &'static str, detail: impl ToString) -> Error {
    Error::new(stage, Cause::Json { what, detail: detail.to_string() })
}

/// Parses `what` from `text`.
pub(crate) fn parse<'a, T: Deserialize<'a>>(stage: Stage, what: &'static str, text: &'a str) -> Result<T> {
    serde_json::from_str(text).map_err(|error| invalid(stage, what, error))
}

/// Writes a value as compact JSON.
pub(crate) fn write(stage: Stage, what: &'static str, value: &impl Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(|error| invalid(stage, what, error))
}

/// Deserializes a whole number of `min` or more. `expected` describes it in errors.
///
/// JSON has no integers: `1000`, `1000.0` and `1e3` are the same number. A number written with a
/// point or an exponent is a double: above 2^53 it may be inexact, and is refused.
pub(crate) fn whole_number<'de, D, T>(deserializer: D, expected: &'static str, min: T) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: TryFrom<u64> + PartialOrd,
{
    deserializer.deserialize_any(WholeNumber { expected, min })
}

struct WholeNumber<T> {
    expected: &'static str,
    min: T,
}

impl<T: TryFrom<u64> + PartialOrd> WholeNumber<T> {
    fn in_range(&self, value: u64) -> Option<T> {
        T::try_from(value).ok().filter(|number| *number >= self.min)
    }
}

impl<T: TryFrom<u64> + PartialOrd> de::Visitor<'_> for WholeNumber<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.expected)
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<T, E> {
        self.in_range(value).ok_or_else(|| E::invalid_value(de::Unexpected::Unsigned(value), &self))
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<T, E> {
        // Formats other than JSON represent every whole number as a signed one.
        match u64::try_from(value) {
            Ok(value) => self.visit_u64(value),
            Err(_) => Err(E::invalid_value(de::Unexpected::Signed(value), &self)),
        }
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<T, E> {
        const MAX_EXACT: f64 = 9_007_199_254_740_992.0;
        let is_whole = value.fract() == 0.0 && (0.0..=MAX_EXACT).contains(&value);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "used only if whole and in range"
        )]
        let number = self.in_range(value as u64).filter(|_| is_whole);
        number.ok_or_else(|| E::invalid_value(de::Unexpected::Float(value), &self))
    }
}
