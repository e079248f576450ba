//! [`VariantUpdate`]: the change of a variant by a PATCH.
//!
//! In: the API reference's JSON. Out: the variant, changed. Must not know of the other variants.

use serde::Deserialize;

use crate::error::{Result, Stage};
use crate::json;
use crate::limits::Limits;
use crate::options::{OptionsUpdate, Variant};

/// The fields of a variant to change: `{"options":{…},"neverRequireSignedURLs"}`.
///
/// A field that is absent or `null` stays the same, and so does an option that is absent. An option
/// that is `null` gets its default; `fit` and `metadata` have none. `trim` with all its parts is one
/// option. Unknown fields are ignored, and so is `id`: a variant keeps its id.
///
/// ```
/// use cretula::records::VariantUpdate;
/// use cretula::{Fit, Limits, Variant, VariantOptions};
/// let hero = Variant::new("hero".parse()?, VariantOptions::new(Fit::Cover, 1366, 768));
/// let update = VariantUpdate::from_json(r#"{"options":{"width":640,"height":null}}"#, &Limits::default())?;
/// let updated = hero.updated(&update);
/// assert_eq!(updated.options, VariantOptions::with_width(Fit::Cover, 640));
/// # Ok::<(), cretula::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VariantUpdate {
    options: OptionsUpdate,
    never_require_signed_urls: Option<bool>,
}

impl VariantUpdate {
    /// Parses the API reference's JSON. Both rule sets agree on its fields.
    ///
    /// # Errors
    ///
    /// `InvalidArgument` if the text is not such JSON, or an option breaks a rule of contract
    /// sections [1](crate::docs::contract#1-variants) or
    /// [7](crate::docs::contract#7-options-beyond-the-references-four).
    pub fn from_json(text: &str, limits: &Limits) -> Result<Self> {
        #[derive(Deserialize)]
        struct RawUpdate {
            options: Option<OptionsUpdate>,
            #[serde(rename = "neverRequireSignedURLs")]
            never_require_signed_urls: Option<bool>,
        }
        let raw: RawUpdate = json::parse(Stage::Records, "an update of a variant", text)?;
        let options = raw.options.unwrap_or(OptionsUpdate::NONE);
        options.check(limits)?;
        Ok(Self { options, never_require_signed_urls: raw.never_require_signed_urls })
    }
}

impl Variant {
    /// The variant with `update` applied. [`Variants::update`](super::Variants::update) refuses it if
    /// neither width nor height is left.
    pub fn updated(&self, update: &VariantUpdate) -> Self {
        Self {
            options: update.options.applied_to(&self.options),
            never_require_signed_urls: update
                .never_require_signed_urls
                .unwrap_or(self.never_require_signed_urls),
            ..self.clone()
        }
    }
}
