//! [`Rendition`]: the last segment of a delivery URL, which says how the image is rendered.
//!
//! In: the segment, percent-encoded, or a variant's id or options. Out: the other. Must not know of
//! accounts, images or hosts.

use std::fmt;

use crate::error::Result;
use crate::identifiers::{RuleSet, VariantId};
use crate::options::VariantOptions;

/// How an image is rendered: as a named variant, or by options in the place of the name.
///
/// A text with `=` is options, because no variant's id contains it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Rendition {
    /// The variant with this id.
    Named(VariantId),
    /// These options.
    Options(VariantOptions),
}

impl Rendition {
    /// Reads a variant's id or an option text, as [`VariantOptions`] are read.
    ///
    /// # Errors
    ///
    /// `InvalidArgument` for an id that breaks `rules`, or options that are unknown, given twice or out
    /// of their range.
    pub fn parse(text: &str, rules: RuleSet) -> Result<Self> {
        Self::of_segment(text, text.to_owned(), rules)
    }

    /// Reads a segment, `decoded` from `raw`. Options are decoded where they are read.
    pub(super) fn of_segment(raw: &str, decoded: String, rules: RuleSet) -> Result<Self> {
        if decoded.contains('=') {
            return Ok(Self::Options(raw.parse()?));
        }
        VariantId::new(decoded, rules).map(Self::Named)
    }
}

impl From<VariantId> for Rendition {
    fn from(id: VariantId) -> Self {
        Self::Named(id)
    }
}

impl From<VariantOptions> for Rendition {
    fn from(options: VariantOptions) -> Self {
        Self::Options(options)
    }
}

/// The variant's id, or the canonical text of the options.
impl fmt::Display for Rendition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Named(id) => id.fmt(f),
            Self::Options(options) => options.fmt(f),
        }
    }
}
