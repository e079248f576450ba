//! The named [`Variant`], in the words of the API reference
//! ([contract section 1](crate::docs::contract#1-variants)).
//!
//! In: an identifier and options, or JSON. Out: a checked value. Knows nothing of pixels.

use super::variant::VariantOptions;
#[cfg(feature = "serde")]
use crate::error::{Result, Stage};
use crate::identifiers::VariantId;
#[cfg(feature = "serde")]
use crate::json;
#[cfg(feature = "serde")]
use crate::limits::Limits;

/// A named variant: the `Variant` model of the API reference.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Variant {
    /// Its identifier, the last segment of delivery URLs.
    pub id: VariantId,
    /// Its options.
    pub options: VariantOptions,
    /// Whether the variant is served without a signature even if the image requires one. `false` if absent in JSON.
    #[cfg_attr(feature = "serde", serde(rename = "neverRequireSignedURLs", default))]
    pub never_require_signed_urls: bool,
}

impl Variant {
    /// A variant whose images decide whether a signature is required.
    pub fn new(id: VariantId, options: VariantOptions) -> Self {
        Self { id, options, never_require_signed_urls: false }
    }

    /// Sets whether the variant is served without a signature even if the image requires one.
    pub fn never_require_signed_urls(self, never: bool) -> Self {
        Self { never_require_signed_urls: never, ..self }
    }

    /// Parses and checks the JSON of the API reference.
    ///
    /// # Errors
    ///
    /// `InvalidArgument` if the text is not such JSON or a value violates
    /// [contract section 1](crate::docs::contract#1-variants) or [5](crate::docs::contract#5-identifiers-records-limits).
    #[cfg(feature = "serde")]
    pub fn from_json(text: &str, limits: &Limits) -> Result<Self> {
        let variant: Self = json::parse(Stage::Options, "a variant", text)?;
        variant.options.check_stored(limits)?;
        Ok(variant)
    }

    /// Compact JSON in the form of the API reference.
    ///
    /// # Errors
    ///
    /// `InvalidArgument`, never in practice.
    #[cfg(feature = "serde")]
    pub fn to_json(&self) -> Result<String> {
        json::write(Stage::Options, "a variant", self)
    }
}
