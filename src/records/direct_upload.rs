//! [`DirectUploadRequest`] and [`DirectUpload`]: a one-time URL with which a client uploads an image
//! itself.
//!
//! In: the API reference's JSON, or the fields of a form. Out: checked records, and the time at which
//! the URL expires. Must not know the current time or the parts of the URL.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::image::check_may_be_private;
use super::meta::Meta;
use super::timestamp::Timestamp;
use crate::error::{Cause, Error, Result, Stage};
use crate::identifiers::{Creator, ImageId, RuleSet};
use crate::json;

const REQUEST: &str = "a request for a direct upload";
const UPLOAD: &str = "a direct upload";

/// A request for a direct upload. Every field may be absent; unknown ones are ignored.
///
/// ```
/// use cretula::records::{DirectUploadRequest, RuleSet};
/// let json = r#"{"expiry":"2026-01-02T02:20:00Z","metadata":{"album":7}}"#;
/// let request = DirectUploadRequest::from_json(json, RuleSet::Reference)?;
/// let now = "2026-01-02T02:00:00Z".parse()?;
/// assert_eq!(request.expires_at(now)?.to_string(), "2026-01-02T02:20:00.000Z");
/// assert!(request.expires_at("2026-01-02T02:19:00Z".parse()?).is_err()); // less than 2 minutes
/// # Ok::<(), cretula::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct DirectUploadRequest {
    /// The id of the image. `None`: a generated one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<ImageId>,
    /// When the upload is no longer accepted: see [`expires_at`](Self::expires_at).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expiry: Option<Timestamp>,
    /// The metadata of the image.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Meta>,
    /// Whether URLs of the image need a signature.
    #[serde(rename = "requireSignedURLs")]
    pub require_signed_urls: bool,
    /// The owner of the image.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub creator: Option<Creator>,
}

impl DirectUploadRequest {
    /// The least time from the request to the expiry: 2 minutes.
    pub const MIN_MILLIS: i64 = 2 * 60 * 1000;

    /// The time from the request to the expiry if none is given: 30 minutes.
    pub const DEFAULT_MILLIS: i64 = 30 * 60 * 1000;

    /// The most time from the request to the expiry: 6 hours.
    pub const MAX_MILLIS: i64 = 6 * 60 * 60 * 1000;

    /// Parses the API reference's JSON. `null` and an empty `creator` are the same as absent.
    ///
    /// # Errors
    ///
    /// `InvalidArgument` if the text is not such JSON, or a field breaks its rule in `rules`.
    pub fn from_json(text: &str, rules: RuleSet) -> Result<Self> {
        let raw: RawRequest = json::parse(Stage::Records, REQUEST, text)?;
        let texts = Texts { id: raw.id, expiry: raw.expiry, creator: raw.creator };
        let metadata = raw.metadata.map(|raw| Meta::from_json(raw.get())).transpose()?;
        texts.check(metadata, raw.require_signed_urls.unwrap_or_default(), rules)
    }

    /// Reads the fields of a form, `(name, value)`: those of the JSON, and `metadata` in the forms of
    /// [`Meta::from_form`]. Empty values are the same as absent, other names are ignored.
    ///
    /// # Errors
    ///
    /// `InvalidArgument` if a field breaks its rule in `rules`, or is given twice.
    pub fn from_form<'a>(
        fields: impl IntoIterator<Item = (&'a str, &'a str), IntoIter: Clone>,
        rules: RuleSet,
    ) -> Result<Self> {
        let fields = fields.into_iter();
        let text = |name: &'static str| {
            let mut values = fields.clone().filter(|(found, _)| *found == name).map(|(_, value)| value);
            let value = values.next();
            match values.next() {
                None => Ok(value.filter(|value| !value.is_empty())),
                Some(second) => Err(refused(name, second, "is given twice")),
            }
        };
        let require_signed_urls = match text("requireSignedURLs")? {
            None => false,
            Some(flag) => flag
                .to_ascii_lowercase()
                .parse()
                .map_err(|_| refused("requireSignedURLs", flag, "must be true or false"))?,
        };
        let owned = |name| Ok(text(name)?.map(str::to_owned));
        let texts = Texts { id: owned("id")?, expiry: owned("expiry")?, creator: owned("creator")? };
        texts.check(Meta::from_form(fields.clone())?, require_signed_urls, rules)
    }

    /// Writes the API reference's JSON in compact form.
    ///
    /// # Errors
    ///
    /// `InvalidArgument` if serialization fails, which is not expected.
    pub fn to_json(&self) -> Result<String> {
        json::write(Stage::Records, REQUEST, self)
    }

    /// When an upload that is requested `now` is no longer accepted.
    ///
    /// # Errors
    ///
    /// `InvalidArgument` if the expiry is less than 2 minutes or more than 6 hours from now.
    pub fn expires_at(&self, now: Timestamp) -> Result<Timestamp> {
        let Some(expiry) = self.expiry else {
            return Timestamp::from_unix_millis(now.as_unix_millis().saturating_add(Self::DEFAULT_MILLIS));
        };
        // Both are in the years 0 to 9999.
        let millis = expiry.as_unix_millis() - now.as_unix_millis();
        if (Self::MIN_MILLIS..=Self::MAX_MILLIS).contains(&millis) {
            return Ok(expiry);
        }
        Err(refused("expiry", &expiry.to_string(), "must be from 2 minutes to 6 hours from now"))
    }
}

/// The API reference's names and types, unchecked.
#[derive(Deserialize)]
struct RawRequest {
    id: Option<String>,
    expiry: Option<String>,
    metadata: Option<Box<RawValue>>,
    #[serde(rename = "requireSignedURLs")]
    require_signed_urls: Option<bool>,
    creator: Option<String>,
}

/// The fields that are texts in JSON and in forms.
struct Texts {
    id: Option<String>,
    expiry: Option<String>,
    creator: Option<String>,
}

impl Texts {
    fn check(
        self,
        metadata: Option<Meta>,
        require_signed_urls: bool,
        rules: RuleSet,
    ) -> Result<DirectUploadRequest> {
        let id = self.id.map(|id| ImageId::new(id, rules)).transpose()?;
        if let Some(id) = id.as_ref().filter(|_| require_signed_urls) {
            check_may_be_private(id, rules)?;
        }
        let creator = self.creator.filter(|creator| !creator.is_empty());
        Ok(DirectUploadRequest {
            id,
            expiry: self.expiry.map(|text| text.parse()).transpose()?,
            metadata,
            require_signed_urls,
            creator: creator.map(Creator::new).transpose()?,
        })
    }
}

/// The answer to a request: the identifier, and the URL that takes the bytes, without other
/// authentication, in one POST: `{"id","uploadURL"}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DirectUpload {
    /// The identifier of the image.
    pub id: ImageId,
    /// The URL. Anyone who knows it can upload.
    #[serde(rename = "uploadURL")]
    pub upload_url: String,
}

impl DirectUpload {
    /// Parses the API reference's JSON.
    ///
    /// # Errors
    ///
    /// `InvalidArgument` if the text is not such JSON, or the id breaks its rule in `rules`.
    pub fn from_json(text: &str, rules: RuleSet) -> Result<Self> {
        #[derive(Deserialize)]
        struct RawUpload {
            id: String,
            #[serde(rename = "uploadURL")]
            upload_url: String,
        }
        let RawUpload { id, upload_url } = json::parse(Stage::Records, UPLOAD, text)?;
        Ok(Self { id: ImageId::existing(id, rules)?, upload_url })
    }

    /// Writes the API reference's JSON in compact form.
    ///
    /// # Errors
    ///
    /// `InvalidArgument` if serialization fails, which is not expected.
    pub fn to_json(&self) -> Result<String> {
        json::write(Stage::Records, UPLOAD, self)
    }
}

fn refused(field: &'static str, value: &str, rule: &'static str) -> Error {
    Error::new(Stage::Records, Cause::Field { field, value: json::excerpt(value), rule })
}
