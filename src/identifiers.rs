//! Identifiers and short texts as types that cannot hold an invalid value
//! ([contract section 5](crate::docs::contract#5-identifiers-records-limits)).
//!
//! In: untrusted text. Out: [`ImageId`], [`VariantId`], [`KeyName`], [`Creator`], [`Filename`], or
//! an error that names the broken rule. Must not know of pixels, URLs or keys. A character is a
//! Unicode scalar value.

mod checked_text;
mod image_id;
mod rule_set;

#[cfg(feature = "serde")]
pub(crate) use self::checked_text::broken_rule;
use self::checked_text::{check_chars, check_length, checked_text};
pub use self::image_id::ImageId;
pub use self::rule_set::RuleSet;
use crate::error::Result;

/// The identifier of a variant: 1 to 99 characters, none of `/ , = ? # %` and no control character.
/// [`RuleSet::Hosted`] allows only `A-Z a-z 0-9`.
///
/// ```
/// use cretula::records::{RuleSet, VariantId};
/// assert!("hero-2x".parse::<VariantId>().is_ok());
/// assert!(VariantId::new("hero-2x", RuleSet::Hosted).is_err());
/// assert!("a/b".parse::<VariantId>().is_err());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct VariantId(String);

checked_text!(VariantId, RuleSet::Reference);

impl VariantId {
    /// Maximum number of characters.
    pub const MAX_CHARS: usize = 99;

    /// Creates an id if `text` follows `rules`.
    ///
    /// # Errors
    ///
    /// `InvalidArgument`, naming the broken rule.
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
    /// Maximum number of characters.
    pub const MAX_CHARS: usize = 20;

    /// Creates a name if `text` follows the rule.
    ///
    /// # Errors
    ///
    /// `InvalidArgument`, naming the broken rule.
    pub fn new(text: impl Into<String>) -> Result<Self> {
        let text = text.into();
        check_length("key name", &text, 1, Self::MAX_CHARS)?;
        check_chars("key name", &text, |c| !c.is_control(), "must not contain a control character")?;
        Ok(Self(text))
    }
}

impl Default for KeyName {
    /// `default`: the hosted service's name for the key that it creates itself.
    fn default() -> Self {
        Self("default".to_owned())
    }
}

/// The owner of an image, as the caller identifies it: at most 1024 characters of any kind.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Creator(String);

checked_text!(Creator);

impl Creator {
    /// Maximum number of characters.
    pub const MAX_CHARS: usize = 1024;

    /// Creates a creator if `text` follows the rule.
    ///
    /// # Errors
    ///
    /// `InvalidArgument`, naming the broken rule.
    pub fn new(text: impl Into<String>) -> Result<Self> {
        let text = text.into();
        check_length("creator", &text, 0, Self::MAX_CHARS)?;
        Ok(Self(text))
    }
}

/// The name of the uploaded file: at most 255 characters, no `/` and no control character (such as
/// NUL).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Filename(String);

checked_text!(Filename);

impl Filename {
    /// Maximum number of characters.
    pub const MAX_CHARS: usize = 255;

    /// Creates a file name if `text` follows the rule.
    ///
    /// # Errors
    ///
    /// `InvalidArgument`, naming the broken rule.
    pub fn new(text: impl Into<String>) -> Result<Self> {
        let text = text.into();
        check_length("filename", &text, 0, Self::MAX_CHARS)?;
        let allowed = |c: char| c != '/' && !c.is_control();
        check_chars("filename", &text, allowed, "must not contain / or a control character")?;
        Ok(Self(text))
    }
}
