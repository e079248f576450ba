//! [`ETag`]: the name of a derived file, in responses and in storage.
//!
//! In: everything that the file depends on. Out: equal names for equal files, computed without
//! reading or rendering anything. The name begins with the options, so that the files of one
//! variant can be found among those of all images. Must not know about HTTP messages.

use std::fmt;

use axum::http::HeaderValue;
use cretula::{RENDERING_VERSION, VariantOptions};
use sha2::{Digest, Sha256};

/// A strong validator: 48 hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct ETag(String);

impl ETag {
    /// The name of the file rendered from the original with the digest `source` for a variant with
    /// the options `asked`, which resolved to `made` (quality) and `output` (format, or a
    /// description) for this client.
    pub(super) fn new(source: &str, asked: &VariantOptions, made: &VariantOptions, output: &str) -> Self {
        let version = RENDERING_VERSION.to_string();
        let mut hash = Sha256::new();
        for part in [version.as_str(), source, &made.to_string(), output] {
            // Length prefixes keep the parts apart.
            hash.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            hash.update(part);
        }
        let mut name = Self::beginning(asked);
        push_hex(&mut name, hash.finalize().get(..16).unwrap_or_default());
        Self(name)
    }

    /// The common prefix of the names of all files for a variant with the options `asked`: 16
    /// digits.
    pub(super) fn beginning(asked: &VariantOptions) -> String {
        let mut name = String::with_capacity(48);
        push_hex(&mut name, Sha256::digest(asked.to_string()).get(..8).unwrap_or_default());
        name
    }

    /// The name without quotes.
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether a value of `If-None-Match` matches it: a list of validators, compared weakly (RFC
    /// 9110, section 13.1.2), or `*`.
    pub(super) fn is_in(&self, value: &HeaderValue) -> bool {
        let mut members = value.as_bytes().split(|&byte| byte == b',').map(<[u8]>::trim_ascii);
        members.any(|member| {
            let opaque = member.strip_prefix(b"W/").unwrap_or(member);
            let name = opaque.strip_prefix(b"\"").and_then(|rest| rest.strip_suffix(b"\""));
            member == b"*" || name == Some(self.0.as_bytes())
        })
    }
}

/// The quoted form, as in a header.
impl fmt::Display for ETag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.0)
    }
}

fn push_hex(text: &mut String, bytes: &[u8]) {
    for nibble in bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]) {
        text.extend(char::from_digit(nibble.into(), 16));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(text: &str) -> VariantOptions {
        text.parse().unwrap()
    }

    fn etag(source: &str, made: &str, output: &str) -> ETag {
        ETag::new(source, &options("w=9"), &options(made), output)
    }

    #[test]
    fn everything_that_the_file_depends_on_changes_the_name() {
        let name = etag("aa", "w=9", "webp");
        assert_eq!(name, etag("aa", "width=9,fit=scale-down", "webp"), "options are canonical");
        for other in [etag("ab", "w=9", "webp"), etag("aa", "w=8", "webp"), etag("aa", "w=9", "jpeg")] {
            assert_ne!(name, other);
        }
        assert_ne!(name, ETag::new("aa", &options("w=8"), &options("w=9"), "webp"));
        assert_ne!(etag("aa", "w=9", "webp"), etag("aaw", "w=9", "ebp"));
    }

    #[test]
    fn a_name_has_48_digits_and_begins_with_the_requested_options() {
        let name = etag("aa", "w=9,q=50", "webp");
        assert_eq!(name.as_str().len(), 48);
        assert!(name.as_str().bytes().all(|byte| byte.is_ascii_hexdigit()));
        assert!(name.as_str().starts_with(&ETag::beginning(&options("w=9"))));
        assert!(!name.as_str().starts_with(&ETag::beginning(&options("w=9,q=50"))));
        assert_eq!(name.to_string(), format!("\"{}\"", name.as_str()));
    }

    #[test]
    fn if_none_match_is_a_list_compared_weakly() {
        let name = etag("aa", "w=9", "webp");
        for (value, expected) in [
            (name.to_string(), true),
            (format!("W/{name}"), true),
            (format!("\"a\" ,W/\"b\",  {name}"), true),
            ("*".to_owned(), true),
            ("\"a\", *".to_owned(), true),
            (name.as_str().to_owned(), false),
            (format!("\"{}", name.as_str()), false),
            (format!("w/{name}"), false),
            ("\"*\"".to_owned(), false),
            (format!("\"x{}\"", name.as_str()), false),
            (String::new(), false),
        ] {
            assert_eq!(name.is_in(&HeaderValue::try_from(value.as_str()).unwrap()), expected, "{value}");
        }
    }
}
