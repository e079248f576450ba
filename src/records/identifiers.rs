//! Identifiers as types that cannot hold an invalid value (contract section 5).
//!
//! In: text from strangers. Out: [`VariantId`], or an error naming the rule. Must not know of pixels or URLs.

use std::borrow::Borrow;
use std::fmt;
use std::str::FromStr;

use crate::error::{Cause, Error, Result, Stage};

/// Whose rules a field follows: contract section 5 has a column for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Profile {
    /// The API reference's own words.
    #[default]
    Reference,
    /// What the hosted service was observed to accept; stricter for variant ids.
    Hosted,
}

/// The identifier of a variant: 1 to 99 characters, none of `/ , = ? # %` and no control character; in the `hosted`
/// profile only `A-Z a-z 0-9`.
///
/// ```
/// use cretula::records::{Profile, VariantId};
/// assert!("hero-2x".parse::<VariantId>().is_ok());
/// assert!(VariantId::new("hero-2x", Profile::Hosted).is_err());
/// assert!("a/b".parse::<VariantId>().is_err());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct VariantId(String);

impl VariantId {
    /// The most characters (Unicode scalar values) an id has.
    pub const MAX_CHARS: usize = 99;

    /// Checks `text` by the rules of `profile`.
    ///
    /// # Errors
    ///
    /// `InvalidArgument`, naming the rule that is broken.
    pub fn new(text: impl Into<String>, profile: Profile) -> Result<Self> {
        let text = text.into();
        let length = text.chars().count();
        let refuse = |cause| Err(Error::new(Stage::Records, cause));
        let field = "variant id";
        if !(1..=Self::MAX_CHARS).contains(&length) {
            return refuse(Cause::FieldLength { field, length, min: 1, max: Self::MAX_CHARS });
        }
        let (allowed, rule): (fn(char) -> bool, _) = match profile {
            Profile::Reference => (
                |c| !c.is_control() && !"/,=?#%".contains(c),
                "must not contain any of / , = ? # % or a control character",
            ),
            Profile::Hosted => (|c| c.is_ascii_alphanumeric(), "must consist of A-Z, a-z and 0-9"),
        };
        if !text.chars().all(allowed) {
            return refuse(Cause::Field { field, value: text, rule });
        }
        Ok(Self(text))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for VariantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl FromStr for VariantId {
    type Err = Error;

    /// By the rules of [`Profile::Reference`].
    fn from_str(text: &str) -> Result<Self> {
        Self::new(text, Profile::Reference)
    }
}

impl Borrow<str> for VariantId {
    fn borrow(&self) -> &str {
        &self.0
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for VariantId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

#[cfg(feature = "serde")]
impl<'de> serde::Deserialize<'de> for VariantId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::new(text, Profile::Reference).map_err(serde::de::Error::custom)
    }
}
