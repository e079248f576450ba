//! [`ImageId`]: the name of an image, chosen by its uploader or generated.
//!
//! In: text, or random bytes. Out: an id that follows its rule set. Must not know of URLs.

use uuid::Uuid;

use super::checked_text::{broken_rule, check_chars, check_length, checked_text};
use super::rule_set::RuleSet;
use crate::error::Result;
use crate::random;

/// The identifier of an image.
///
/// | rule set | rule |
/// |---|---|
/// | `reference` | 1 to 32 characters, no `/`, no control character |
/// | `hosted` | 1 to 1024 characters, no control character; `/` separates non-empty segments; an extension of the last segment must be that of an image format; an id chosen by an uploader must not look like a UUID |
///
/// The extension is the text after the last dot of the last segment, if it consists of 1 to 5 ASCII
/// letters and digits and starts with a letter: `a.txt` is refused, `v1.2` and `a.jpg` are not.
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

checked_text!(ImageId, RuleSet::Reference);

impl ImageId {
    /// Maximum number of characters under [`RuleSet::Reference`].
    pub const MAX_CHARS: usize = 32;

    /// Maximum number of characters under [`RuleSet::Hosted`].
    pub const MAX_CHARS_HOSTED: usize = 1024;

    const EXTENSIONS: [&str; 16] = [
        "apng", "avif", "bmp", "gif", "heic", "heif", "ico", "jfif", "jpeg", "jpg", "jxl", "png", "svg",
        "tif", "tiff", "webp",
    ];

    /// Creates an id that an uploader has chosen.
    ///
    /// # Errors
    ///
    /// `InvalidArgument`, naming the broken rule.
    pub fn new(text: impl Into<String>, rules: RuleSet) -> Result<Self> {
        let id = Self::existing(text, rules)?;
        if rules == RuleSet::Hosted && is_uuid(&id.0) {
            return Err(broken_rule(
                "image id",
                &id.0,
                "must not look like a UUID: those are reserved for generated ids",
            ));
        }
        Ok(id)
    }

    /// Creates an id that is already in use, in a record or a URL: chosen by an uploader, or
    /// generated.
    ///
    /// # Errors
    ///
    /// `InvalidArgument`, naming the broken rule.
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
                    return Err(broken_rule(field, &text, "must not start or end with /, nor contain //"));
                }
                if extension(&text)
                    .is_some_and(|e| !Self::EXTENSIONS.contains(&e.to_ascii_lowercase().as_str()))
                {
                    return Err(broken_rule(
                        field,
                        &text,
                        "must not have the extension of a file that is not an image",
                    ));
                }
            }
        }
        Ok(Self(text))
    }

    /// Generates an id of 128 bits from the operating system's random generator: 32 lower-case
    /// hexadecimal digits or, under [`RuleSet::Hosted`], the text of a version 4 UUID (122 random
    /// bits).
    ///
    /// # Errors
    ///
    /// `Internal` if the operating system provides no random bytes.
    pub fn generate(rules: RuleSet) -> Result<Self> {
        let bytes = random::bytes::<16>()?;
        Ok(Self(match rules {
            RuleSet::Reference => format!("{:032x}", u128::from_be_bytes(bytes)),
            RuleSet::Hosted => uuid::Builder::from_random_bytes(bytes).into_uuid().to_string(),
        }))
    }

    /// Whether the id has the form of those that [`generate`](Self::generate) creates.
    pub fn looks_generated(&self, rules: RuleSet) -> bool {
        match rules {
            RuleSet::Reference => {
                self.0.len() == 32 && self.0.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
            }
            RuleSet::Hosted => is_uuid(&self.0),
        }
    }
}

/// Whether `text` is 8-4-4-4-12 hexadecimal digits, in either case.
fn is_uuid(text: &str) -> bool {
    text.len() == uuid::fmt::Hyphenated::LENGTH && Uuid::try_parse(text).is_ok()
}

fn extension(id: &str) -> Option<&str> {
    let (_, name) = id.rsplit_once('/').unwrap_or(("", id));
    let (_, extension) = name.rsplit_once('.')?;
    let plain = (1..=5).contains(&extension.len()) && extension.bytes().all(|b| b.is_ascii_alphanumeric());
    (plain && extension.starts_with(|c: char| c.is_ascii_alphabetic())).then_some(extension)
}
