//! Identifiers and short texts as types that cannot hold an invalid value (contract section 5).
//!
//! In: text from strangers. Out: [`ImageId`], [`VariantId`], [`KeyName`], [`Creator`], [`Filename`], or an error naming
//! the rule. Must not know of pixels, URLs or keys. A character is a Unicode scalar value.

use std::borrow::Borrow;
use std::fmt;
use std::str::FromStr;

use crate::error::{Cause, Error, Result, Stage};
use crate::string_enum::string_enum;

mod image_id;

pub use image_id::ImageId;

/// Whose rules a field follows: contract section 5 has a column for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum RuleSet {
    /// The API reference's own words.
    #[default]
    Reference,
    /// What the hosted service documents and was observed to accept: longer image ids with subpaths, plainer variant
    /// ids.
    Hosted,
}

impl RuleSet {
    /// Both, the default first.
    pub const ALL: [Self; 2] = [Self::Reference, Self::Hosted];

    /// Its name, lower case.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Reference => "reference",
            Self::Hosted => "hosted",
        }
    }
}

string_enum!(RuleSet, Self::ALL, "rules", "reference, hosted");

/// What every text type is besides its rule: text that was checked once, when it was made.
macro_rules! checked_text {
    ($type:ident) => {
        impl $type {
            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl FromStr for $type {
            type Err = Error;

            /// By the rules of [`RuleSet::Reference`].
            fn from_str(text: &str) -> Result<Self> {
                Self::new(text, RuleSet::Reference)
            }
        }

        impl Borrow<str> for $type {
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
        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        /// By the rules of [`RuleSet::Reference`].
        #[cfg(feature = "serde")]
        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                Self::new(text, RuleSet::Reference).map_err(serde::de::Error::custom)
            }
        }
    };
}
use checked_text;

/// The identifier of a variant: 1 to 99 characters, none of `/ , = ? # %` and no control character; in the `hosted`
/// profile only `A-Z a-z 0-9`.
///
/// ```
/// use cretula::records::{RuleSet, VariantId};
/// assert!("hero-2x".parse::<VariantId>().is_ok());
/// assert!(VariantId::new("hero-2x", RuleSet::Hosted).is_err());
/// assert!("a/b".parse::<VariantId>().is_err());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct VariantId(String);

checked_text!(VariantId);

impl VariantId {
    /// The most characters an id has.
    pub const MAX_CHARS: usize = 99;

    /// Checks `text` by the rules of `rules`.
    ///
    /// # Errors
    ///
    /// `InvalidArgument`, naming the rule that is broken.
    pub fn new(text: impl Into<String>, rules: RuleSet) -> Result<Self> {
        let text = text.into();
        let field = "variant id";
        check_length(field, &text, 1, Self::MAX_CHARS)?;
        match rules {
            RuleSet::Reference => check_chars(
                field,
                &text,
                |c| !c.is_control() && !"/,=?#%".contains(c),
                "must not contain any of / , = ? # % or a control character",
            )?,
            RuleSet::Hosted => {
                check_chars(field, &text, |c| c.is_ascii_alphanumeric(), "must consist of A-Z, a-z and 0-9")?;
            }
        }
        Ok(Self(text))
    }
}

/// The name of a signing key: 1 to 20 characters, no control character.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyName(String);

checked_text!(KeyName);

impl KeyName {
    /// The most characters a name has.
    pub const MAX_CHARS: usize = 20;

    /// Checks `text`; both profiles agree.
    ///
    /// # Errors
    ///
    /// `InvalidArgument`, naming the rule that is broken.
    pub fn new(text: impl Into<String>, _profile: RuleSet) -> Result<Self> {
        let text = text.into();
        check_length("key name", &text, 1, Self::MAX_CHARS)?;
        check_chars("key name", &text, |c| !c.is_control(), "must not contain a control character")?;
        Ok(Self(text))
    }
}

impl Default for KeyName {
    /// `default`: what the hosted service calls the key it makes itself.
    fn default() -> Self {
        Self("default".to_owned())
    }
}

/// Who an image belongs to, in the caller's own terms: at most 1024 characters of any kind.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Creator(String);

checked_text!(Creator);

impl Creator {
    /// The most characters a creator has.
    pub const MAX_CHARS: usize = 1024;

    /// Checks `text`; both profiles agree.
    ///
    /// # Errors
    ///
    /// `InvalidArgument`, naming the rule that is broken.
    pub fn new(text: impl Into<String>, _profile: RuleSet) -> Result<Self> {
        let text = text.into();
        check_length("creator", &text, 0, Self::MAX_CHARS)?;
        Ok(Self(text))
    }
}

/// The name of the file that was uploaded: at most 255 characters, no `/`, no control character (NUL is one).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Filename(String);

checked_text!(Filename);

impl Filename {
    /// The most characters a file name has.
    pub const MAX_CHARS: usize = 255;

    /// Checks `text`; both profiles agree.
    ///
    /// # Errors
    ///
    /// `InvalidArgument`, naming the rule that is broken.
    pub fn new(text: impl Into<String>, _profile: RuleSet) -> Result<Self> {
        let text = text.into();
        check_length("filename", &text, 0, Self::MAX_CHARS)?;
        let allowed = |c: char| c != '/' && !c.is_control();
        check_chars("filename", &text, allowed, "must not contain / or a control character")?;
        Ok(Self(text))
    }
}

fn check_length(field: &'static str, text: &str, min: usize, max: usize) -> Result<()> {
    let length = text.chars().count();
    if (min..=max).contains(&length) {
        return Ok(());
    }
    Err(Error::new(Stage::Records, Cause::FieldLength { field, length, min, max }))
}

fn check_chars(
    field: &'static str,
    text: &str,
    allowed: impl Fn(char) -> bool,
    rule: &'static str,
) -> Result<()> {
    if text.chars().all(allowed) {
        return Ok(());
    }
    Err(broken(field, text, rule))
}

pub(super) fn broken(field: &'static str, text: &str, rule: &'static str) -> Error {
    Error::new(Stage::Records, Cause::Field { field, value: text.to_owned(), rule })
}
