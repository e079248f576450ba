//! [`Image`], [`ImageList`] and [`ImagePage`]: the records about images.
//!
//! In: the API reference's JSON. Out: checked records, and the result of an update. Must not know
//! of pixels, keys or signatures.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use serde_json::value::RawValue;

use super::delivery::DeliveryUrl;
use super::image_update::ImageUpdate;
use super::meta::Meta;
use super::timestamp::Timestamp;
use crate::error::{Result, Stage};
use crate::identifiers::{Creator, Filename, ImageId, RuleSet, broken_rule};
use crate::json;

/// The API reference's `Image` model ([contract section
/// 5](crate::docs::contract#5-identifiers-records-limits)).
///
/// In JSON, `id` is required and `requireSignedURLs` defaults to false; `null` is the same as
/// absent, and unknown fields are ignored. Writing omits fields that are `None`, and `draft` unless
/// it is true; it always includes `requireSignedURLs` and `variants`. `Deserialize` follows
/// [`RuleSet::Reference`]; [`from_json`](Self::from_json) follows the given rule set.
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
    /// The identifier.
    pub id: ImageId,
    /// The owner, as the caller identifies it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub creator: Option<Creator>,
    /// The name of the uploaded file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filename: Option<Filename>,
    /// The caller's own keys and values.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub meta: Option<Meta>,
    /// Whether URLs of this image need a signature, except for variants that never do.
    #[serde(rename = "requireSignedURLs")]
    pub require_signed_urls: bool,
    /// The time of the upload.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uploaded: Option<Timestamp>,
    /// The delivery URL of each variant.
    #[serde(serialize_with = "urls")]
    pub variants: Vec<DeliveryUrl>,
    /// Whether the image waits for its [direct upload](super::DirectUpload) and has no bytes yet.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub draft: bool,
}

impl Image {
    /// Parses the API reference's JSON.
    ///
    /// # Errors
    ///
    /// `InvalidArgument` if the text is not such JSON, or a field breaks its rule in `rules`.
    pub fn from_json(text: &str, rules: RuleSet) -> Result<Self> {
        json::parse::<RawImage>(Stage::Records, "an image", text)?.check(rules)
    }

    /// Writes the API reference's JSON in compact form.
    ///
    /// # Errors
    ///
    /// `InvalidArgument` if serialization fails, which is not expected.
    pub fn to_json(&self) -> Result<String> {
        json::write(Stage::Records, "an image", self)
    }

    /// Applies an update: replaces metadata as a whole, and keeps every field that `update` does
    /// not set.
    ///
    /// The id stays the same, although the hosted service assigns a new one when
    /// `requireSignedURLs` changes.
    ///
    /// # Errors
    ///
    /// `InvalidArgument` if `rules` is [`RuleSet::Hosted`] and the update requires signed URLs for
    /// an image with a custom id: one for which [`looks_generated`](ImageId::looks_generated) is
    /// false.
    pub fn updated(&self, update: &ImageUpdate, rules: RuleSet) -> Result<Self> {
        if update.require_signed_urls == Some(true) {
            check_may_be_private(&self.id, rules)?;
        }
        Ok(Self {
            creator: update.creator.clone().unwrap_or_else(|| self.creator.clone()),
            meta: update.metadata.clone().or_else(|| self.meta.clone()),
            require_signed_urls: update.require_signed_urls.unwrap_or(self.require_signed_urls),
            ..self.clone()
        })
    }
}

/// An image with a custom id cannot require signed URLs under [`RuleSet::Hosted`].
pub(super) fn check_may_be_private(id: &ImageId, rules: RuleSet) -> Result<()> {
    if rules == RuleSet::Reference || id.looks_generated(rules) {
        return Ok(());
    }
    let rule = "is a custom id: requireSignedURLs can only be set on an image with a generated one";
    Err(broken_rule("image id", id.as_str(), rule))
}

fn urls<S: Serializer>(urls: &[DeliveryUrl], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(urls.iter().map(ToString::to_string))
}

/// Follows [`RuleSet::Reference`].
impl<'de> Deserialize<'de> for Image {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        RawImage::deserialize(deserializer)?.check(RuleSet::Reference).map_err(de::Error::custom)
    }
}

/// The API reference's names and types, unchecked.
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
    draft: Option<bool>,
}

impl RawImage {
    fn check(self, rules: RuleSet) -> Result<Image> {
        let urls = self.variants.unwrap_or_default();
        Ok(Image {
            id: ImageId::existing(self.id, rules)?,
            creator: self.creator.map(Creator::new).transpose()?,
            filename: self.filename.map(Filename::new).transpose()?,
            meta: self.meta.map(|raw| Meta::from_json(raw.get())).transpose()?,
            require_signed_urls: self.require_signed_urls.unwrap_or_default(),
            uploaded: self.uploaded.map(|text| text.parse()).transpose()?,
            variants: urls.iter().map(|url| DeliveryUrl::parse(url, rules)).collect::<Result<_>>()?,
            draft: self.draft.unwrap_or_default(),
        })
    }
}

/// A list of images: `{"images":[…]}`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ImageList {
    /// The images, in the order of the list.
    pub images: Vec<Image>,
}

impl ImageList {
    /// Parses the API reference's JSON.
    ///
    /// # Errors
    ///
    /// `InvalidArgument` if the text is not such JSON, or a field of an image breaks its rule in
    /// `rules`.
    pub fn from_json(text: &str, rules: RuleSet) -> Result<Self> {
        #[derive(Deserialize)]
        struct RawList {
            images: Vec<RawImage>,
        }
        let RawList { images } = json::parse(Stage::Records, "a list of images", text)?;
        Ok(Self { images: images.into_iter().map(|raw| raw.check(rules)).collect::<Result<_>>()? })
    }

    /// Writes the API reference's JSON in compact form.
    ///
    /// # Errors
    ///
    /// `InvalidArgument` if serialization fails, which is not expected.
    pub fn to_json(&self) -> Result<String> {
        json::write(Stage::Records, "a list of images", self)
    }
}

/// A page of a list of images, and where the next one begins:
/// `{"images":[…],"continuation_token":…}`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ImagePage {
    /// The images, in the order of the list.
    pub images: Vec<Image>,
    /// The [`continuation_token`](super::ImageQuery::continuation_token) of the query for the next
    /// page; `None`, in JSON `null`, on the last page.
    pub continuation_token: Option<String>,
}

impl ImagePage {
    /// Parses the API reference's JSON.
    ///
    /// # Errors
    ///
    /// `InvalidArgument` if the text is not such JSON, or a field of an image breaks its rule in
    /// `rules`.
    pub fn from_json(text: &str, rules: RuleSet) -> Result<Self> {
        #[derive(Deserialize)]
        struct RawPage {
            images: Vec<RawImage>,
            continuation_token: Option<String>,
        }
        let RawPage { images, continuation_token } = json::parse(Stage::Records, "a page of images", text)?;
        let images = images.into_iter().map(|raw| raw.check(rules)).collect::<Result<_>>()?;
        Ok(Self { images, continuation_token })
    }

    /// Writes the API reference's JSON in compact form.
    ///
    /// # Errors
    ///
    /// `InvalidArgument` if serialization fails, which is not expected.
    pub fn to_json(&self) -> Result<String> {
        json::write(Stage::Records, "a page of images", self)
    }
}
