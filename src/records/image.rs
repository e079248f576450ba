//! [`Image`], [`ImageList`] and [`ImageUpdate`]: what is known of an image besides its bytes.
//!
//! In: the reference's JSON. Out: checked records, and what an update makes of one. Must not know of pixels, keys or
//! signatures.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use serde_json::value::RawValue;

use super::{Creator, DeliveryUrl, Filename, ImageId, Meta, RuleSet, Timestamp, json};
use crate::error::Result;
use crate::identifiers::broken;

/// The reference's `Image` model (contract section 5).
///
/// In JSON `id` is required and `requireSignedURLs` is false unless it is there; `null` is the same as absent, and
/// unknown fields are ignored. Written, what is `None` is left out; `requireSignedURLs` and `variants` never are.
/// `Deserialize` follows [`RuleSet::Reference`]; [`from_json`](Self::from_json) follows either.
///
/// ```
/// use cretula::records::{Image, RuleSet};
/// let image = Image::from_json(r#"{"id":"cat","meta":{"album":7}}"#, RuleSet::Reference)?;
/// assert!(!image.require_signed_urls);
/// assert_eq!(image.to_json()?, r#"{"id":"cat","meta":{"album":7},"requireSignedURLs":false,"variants":[]}"#);
/// # Ok::<(), cretula::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Image {
    /// By which it is named.
    pub id: ImageId,
    /// Who it belongs to, in the caller's terms.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub creator: Option<Creator>,
    /// The name of the file that was uploaded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filename: Option<Filename>,
    /// The caller's own keys and values.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub meta: Option<Meta>,
    /// Whether a URL needs a signature to see it, unless the variant never does.
    #[serde(rename = "requireSignedURLs")]
    pub require_signed_urls: bool,
    /// When it was uploaded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uploaded: Option<Timestamp>,
    /// The delivery URL of each variant.
    #[serde(serialize_with = "urls")]
    pub variants: Vec<DeliveryUrl>,
}

impl Image {
    /// Reads the reference's JSON.
    ///
    /// # Errors
    ///
    /// `InvalidArgument` if the text is not such JSON, or a field breaks its rule in `rules`.
    pub fn from_json(text: &str, rules: RuleSet) -> Result<Self> {
        json::parse::<RawImage>("an image", text)?.check(rules)
    }

    /// Writes the reference's JSON, compact.
    ///
    /// # Errors
    ///
    /// `InvalidArgument`, never in practice.
    pub fn to_json(&self) -> Result<String> {
        json::write("an image", self)
    }

    /// The image as `update` makes it: metadata is replaced whole, what `update` does not say stays.
    ///
    /// The id stays too, although the hosted service gives an image a new one when `requireSignedURLs` changes.
    ///
    /// # Errors
    ///
    /// `InvalidArgument` if signed URLs are required of an image with a custom id in the `hosted` profile: an id that
    /// [`looks_generated`](ImageId::looks_generated) is not custom.
    pub fn updated(&self, update: &ImageUpdate, rules: RuleSet) -> Result<Self> {
        let custom = rules == RuleSet::Hosted && !self.id.looks_generated(rules);
        if custom && update.require_signed_urls == Some(true) {
            let rule = "is a custom id: requireSignedURLs can only be set on an image with a generated one";
            return Err(broken("image id", self.id.as_str(), rule));
        }
        Ok(Self {
            creator: update.creator.clone().or_else(|| self.creator.clone()),
            meta: update.metadata.clone().or_else(|| self.meta.clone()),
            require_signed_urls: update.require_signed_urls.unwrap_or(self.require_signed_urls),
            ..self.clone()
        })
    }
}

fn urls<S: Serializer>(urls: &[DeliveryUrl], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(urls.iter().map(ToString::to_string))
}

/// By the rules of [`RuleSet::Reference`].
impl<'de> Deserialize<'de> for Image {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        RawImage::deserialize(deserializer)?.check(RuleSet::Reference).map_err(de::Error::custom)
    }
}

/// The names and types of the reference, no rule checked.
#[derive(Deserialize)]
struct RawImage {
    id: String,
    creator: Option<String>,
    filename: Option<String>,
    meta: Option<Box<RawValue>>,
    #[serde(rename = "requireSignedURLs")]
    require_signed_urls: Option<bool>,
    uploaded: Option<String>,
    variants: Option<Vec<String>>,
}

impl RawImage {
    fn check(self, rules: RuleSet) -> Result<Image> {
        let urls = self.variants.unwrap_or_default();
        Ok(Image {
            id: ImageId::existing(self.id, rules)?,
            creator: self.creator.map(|text| Creator::new(text, rules)).transpose()?,
            filename: self.filename.map(|text| Filename::new(text, rules)).transpose()?,
            meta: self.meta.map(|raw| Meta::from_json(raw.get())).transpose()?,
            require_signed_urls: self.require_signed_urls.unwrap_or_default(),
            uploaded: self.uploaded.map(|text| text.parse()).transpose()?,
            variants: urls.iter().map(|url| DeliveryUrl::parse(url, rules)).collect::<Result<_>>()?,
        })
    }
}

/// A list of images: `{"images":[…]}`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ImageList {
    /// In the order of the list.
    pub images: Vec<Image>,
}

impl ImageList {
    /// Reads the reference's JSON.
    ///
    /// # Errors
    ///
    /// `InvalidArgument` if the text is not such JSON, or a field of an image breaks its rule in `rules`.
    pub fn from_json(text: &str, rules: RuleSet) -> Result<Self> {
        #[derive(Deserialize)]
        struct RawList {
            images: Vec<RawImage>,
        }
        let RawList { images } = json::parse("a list of images", text)?;
        Ok(Self { images: images.into_iter().map(|raw| raw.check(rules)).collect::<Result<_>>()? })
    }

    /// Writes the reference's JSON, compact.
    ///
    /// # Errors
    ///
    /// `InvalidArgument`, never in practice.
    pub fn to_json(&self) -> Result<String> {
        json::write("a list of images", self)
    }
}

/// What an update asks: `{"creator","metadata","requireSignedURLs"}`, each of which may be absent or `null` and then
/// changes nothing. Unknown fields are ignored.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ImageUpdate {
    /// The new creator.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub creator: Option<Creator>,
    /// What replaces all metadata; `{}` empties it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Meta>,
    /// Whether URLs need a signature from now on.
    #[serde(rename = "requireSignedURLs", skip_serializing_if = "Option::is_none")]
    pub require_signed_urls: Option<bool>,
}

impl ImageUpdate {
    /// Reads the reference's JSON. Both profiles agree on its fields.
    ///
    /// # Errors
    ///
    /// `InvalidArgument` if the text is not such JSON, or a field breaks its rule.
    pub fn from_json(text: &str) -> Result<Self> {
        #[derive(Deserialize)]
        struct RawUpdate {
            creator: Option<String>,
            metadata: Option<Box<RawValue>>,
            #[serde(rename = "requireSignedURLs")]
            require_signed_urls: Option<bool>,
        }
        let raw: RawUpdate = json::parse("an update of an image", text)?;
        Ok(Self {
            creator: raw.creator.map(|text| Creator::new(text, RuleSet::Reference)).transpose()?,
            metadata: raw.metadata.map(|raw| Meta::from_json(raw.get())).transpose()?,
            require_signed_urls: raw.require_signed_urls,
        })
    }

    /// Writes the reference's JSON, compact.
    ///
    /// # Errors
    ///
    /// `InvalidArgument`, never in practice.
    pub fn to_json(&self) -> Result<String> {
        json::write("an update of an image", self)
    }
}
