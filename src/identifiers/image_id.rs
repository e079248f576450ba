//! [`ImageId`]: how an image is named, by its uploader or by us.
//!
//! In: text, or random bytes. Out: an id that follows its profile's rules. Must not know of URLs.

use std::borrow::Borrow;
use std::fmt;
use std::str::FromStr;

use uuid::Uuid;

use super::{RuleSet, broken, check_chars, check_length, checked_text};
use crate::error::{Error, Result};
use crate::random;

/// The identifier of an image.
///
/// | profile | rule |
/// |---|---|
/// | `reference` | 1 to 32 characters, no `/`, no control character |
/// | `hosted` | 1 to 1024 characters, no control character; `/` separates segments, none of them empty; an extension of the last segment is an image's; an uploader's own id does not look like a UUID |
///
/// An extension is what follows the last dot of the last segment, if it is 1 to 5 ASCII letters and digits and starts
/// with a letter: `a.txt` is refused, `v1.2` and `a.jpg` are not.
///
/// ```
/// use cretula::records::{ImageId, RuleSet};
/// assert!("cat-42".parse::<ImageId>().is_ok());
/// assert!("pets/cat".parse::<ImageId>().is_err());
/// assert!(ImageId::new("pets/cat.jpg", RuleSet::Hosted).is_ok());
/// assert_eq!(ImageId::generate(RuleSet::Reference)?.as_str().len(), 32);
/// # Ok::<(), cretula::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ImageId(String);

checked_text!(ImageId);

impl ImageId {
    /// The most characters an id has in the `reference` profile.
    pub const MAX_CHARS: usize = 32;

    /// The most characters an id has in the `hosted` profile.
    pub const MAX_CHARS_HOSTED: usize = 1024;

    const EXTENSIONS: [&str; 16] = [
        "apng", "avif", "bmp", "gif", "heic", "heif", "ico", "jfif", "jpeg", "jpg", "jxl", "png", "svg",
        "tif", "tiff", "webp",
    ];

    /// Checks an id that an uploader chose.
    ///
    /// # Errors
    ///
    /// `InvalidArgument`, naming the rule that is broken.
    pub fn new(text: impl Into<String>, rules: RuleSet) -> Result<Self> {
        let id = Self::existing(text, rules)?;
        if rules == RuleSet::Hosted && is_uuid(&id.0) {
            return Err(broken("image id", &id.0, "must not look like a UUID: those are generated"));
        }
        Ok(id)
    }

    /// Checks an id that is already in use, in a record or a URL: one that an uploader chose, or a generated one.
    ///
    /// # Errors
    ///
    /// `InvalidArgument`, naming the rule that is broken.
    pub fn existing(text: impl Into<String>, rules: RuleSet) -> Result<Self> {
        let text = text.into();
        let field = "image id";
        let max = match rules {
            RuleSet::Reference => Self::MAX_CHARS,
            RuleSet::Hosted => Self::MAX_CHARS_HOSTED,
        };
        check_length(field, &text, 1, max)?;
        check_chars(field, &text, |c| !c.is_control(), "must not contain a control character")?;
        match rules {
            RuleSet::Reference => check_chars(field, &text, |c| c != '/', "must not contain /")?,
            RuleSet::Hosted => {
                if text.split('/').any(str::is_empty) {
                    return Err(broken(field, &text, "must not start or end with /, nor contain //"));
                }
                if extension(&text)
                    .is_some_and(|e| !Self::EXTENSIONS.contains(&e.to_ascii_lowercase().as_str()))
                {
                    return Err(broken(
                        field,
                        &text,
                        "must not have the extension of a file that is no image",
                    ));
                }
            }
        }
        Ok(Self(text))
    }

    /// A new id of 128 bits from the operating system's random generator: 32 lower-case hexadecimal digits, or the text
    /// of a version 4 UUID in the `hosted` profile.
    ///
    /// # Errors
    ///
    /// `Internal` if the operating system has no random bytes.
    pub fn generate(rules: RuleSet) -> Result<Self> {
        let bytes = random::bytes::<16>()?;
        Ok(Self(match rules {
            RuleSet::Reference => format!("{:032x}", u128::from_be_bytes(bytes)),
            RuleSet::Hosted => uuid::Builder::from_random_bytes(bytes).into_uuid().to_string(),
        }))
    }

    /// Whether it has the shape of the ids that [`generate`](Self::generate) makes: it cannot be told from one.
    pub fn looks_generated(&self, rules: RuleSet) -> bool {
        match rules {
            RuleSet::Reference => {
                self.0.len() == 32 && self.0.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
            }
            RuleSet::Hosted => is_uuid(&self.0),
        }
    }
}

/// 8-4-4-4-12 hexadecimal digits of either case.
fn is_uuid(text: &str) -> bool {
    text.len() == uuid::fmt::Hyphenated::LENGTH && Uuid::try_parse(text).is_ok()
}

fn extension(id: &str) -> Option<&str> {
    let (_, name) = id.rsplit_once('/').unwrap_or(("", id));
    let (_, extension) = name.rsplit_once('.')?;
    let plain = (1..=5).contains(&extension.len()) && extension.bytes().all(|b| b.is_ascii_alphanumeric());
    (plain && extension.starts_with(|c: char| c.is_ascii_alphabetic())).then_some(extension)
}
