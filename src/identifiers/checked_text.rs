//! [`checked_text!`]: a type of text that is checked once, when it is created; and the checks
//! themselves.
//!
//! In: a type with `new`; text. Out: the trait implementations that all such types share; an error
//! that names the broken rule.

use crate::error::{Cause, Error, Result, Stage};

/// Implements the traits of a text type over a `new` that checks. `$rules` is the rule set that
/// `FromStr` and `Deserialize` pass to a `new` that takes one.
macro_rules! checked_text {
    ($type:ident $(, $rules:expr)?) => {
        impl $type {
            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl ::std::fmt::Display for $type {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.pad(&self.0)
            }
        }

        impl ::std::str::FromStr for $type {
            type Err = $crate::error::Error;

            $(#[doc = concat!("Follows [`", stringify!($rules), "`].")])?
            fn from_str(text: &str) -> $crate::error::Result<Self> {
                Self::new(text $(, $rules)?)
            }
        }

        impl ::std::borrow::Borrow<str> for $type {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl AsRef<str> for $type {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        #[cfg(feature = "serde")]
        impl ::serde::Serialize for $type {
            fn serialize<S: ::serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        $(#[doc = concat!("Follows [`", stringify!($rules), "`].")])?
        #[cfg(feature = "serde")]
        impl<'de> ::serde::Deserialize<'de> for $type {
            fn deserialize<D: ::serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <String as ::serde::Deserialize>::deserialize(deserializer)?;
                Self::new(text $(, $rules)?).map_err(::serde::de::Error::custom)
            }
        }
    };
}
pub(super) use checked_text;

pub(super) fn check_length(field: &'static str, text: &str, min: usize, max: usize) -> Result<()> {
    let length = text.chars().count();
    if (min..=max).contains(&length) {
        return Ok(());
    }
    Err(Error::new(Stage::Records, Cause::FieldLength { field, length, min, max }))
}

pub(super) fn check_chars(
    field: &'static str,
    text: &str,
    allowed: impl Fn(char) -> bool,
    rule: &'static str,
) -> Result<()> {
    if text.chars().all(allowed) {
        return Ok(());
    }
    Err(broken_rule(field, text, rule))
}

/// The error for a value of `field` that breaks `rule`.
pub(crate) fn broken_rule(field: &'static str, value: &str, rule: &'static str) -> Error {
    Error::new(Stage::Records, Cause::Field { field, value: value.to_owned(), rule })
}
