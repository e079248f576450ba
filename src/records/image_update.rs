//! [`ImageUpdate`]: the change of an image's record by a PATCH.
//!
//! In: the API reference's JSON. Out: checked fields, each of which may be absent. Must not know of
//! the image that is changed.

use serde::{Deserialize, Deserializer, Serialize, de};
use serde_json::value::RawValue;

use super::meta::Meta;
use crate::error::{Result, Stage};
use crate::identifiers::Creator;
use crate::json;

/// The fields to change: `{"creator","metadata","requireSignedURLs"}`. A field that is absent stays
/// the same, and so do `metadata` and `requireSignedURLs` that are `null`. Unknown fields are
/// ignored.
///
/// ```
/// use cretula::records::{Image, ImageUpdate, RuleSet};
/// let image = Image::from_json(r#"{"id":"cat","creator":"me"}"#, RuleSet::Reference)?;
/// let update = ImageUpdate::from_json(r#"{"creator":""}"#)?;
/// assert_eq!(image.updated(&update, RuleSet::Reference)?.creator, None);
/// # Ok::<(), cretula::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct ImageUpdate {
    /// The new creator; `Some(None)` removes it: in JSON `null`, or an empty text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub creator: Option<Option<Creator>>,
    /// The new metadata, which replaces all of the old; `{}` clears it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Meta>,
    /// Whether URLs of this image need a signature from now on.
    #[serde(rename = "requireSignedURLs", skip_serializing_if = "Option::is_none")]
    pub require_signed_urls: Option<bool>,
}

impl ImageUpdate {
    /// Parses the API reference's JSON. Both rule sets agree on its fields.
    ///
    /// # Errors
    ///
    /// `InvalidArgument` if the text is not such JSON, or a field breaks its rule.
    pub fn from_json(text: &str) -> Result<Self> {
        json::parse::<RawUpdate>(Stage::Records, "an update of an image", text)?.check()
    }

    /// Writes the API reference's JSON in compact form.
    ///
    /// # Errors
    ///
    /// `InvalidArgument` if serialization fails, which is not expected.
    pub fn to_json(&self) -> Result<String> {
        json::write(Stage::Records, "an update of an image", self)
    }
}

/// The API reference's names and types, unchecked.
#[derive(Deserialize)]
struct RawUpdate {
    // With `deserialize_with`, a `null` field differs from an absent one.
    #[serde(default, deserialize_with = "given")]
    creator: Option<Option<String>>,
    metadata: Option<Box<RawValue>>,
    #[serde(rename = "requireSignedURLs")]
    require_signed_urls: Option<bool>,
}

fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

impl RawUpdate {
    fn check(self) -> Result<ImageUpdate> {
        let creator =
            |text: Option<String>| text.filter(|text| !text.is_empty()).map(Creator::new).transpose();
        Ok(ImageUpdate {
            creator: self.creator.map(creator).transpose()?,
            metadata: self.metadata.map(|raw| Meta::from_json(raw.get())).transpose()?,
            require_signed_urls: self.require_signed_urls,
        })
    }
}

impl<'de> Deserialize<'de> for ImageUpdate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        RawUpdate::deserialize(deserializer)?.check().map_err(de::Error::custom)
    }
}
