//! [`DeliveryUrl`]: the address of a rendition of an image ([contract section
//! 4.3](crate::docs::contract#43-delivery-urls)).
//!
//! In: an account, an image and a variant or options, or the bytes of a URL. Out: the other. Must not know of
//! keys: signatures are verified over the bytes that were received, not over the result of parsing
//! them.

use std::fmt;
use std::str::FromStr;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode, utf8_percent_encode};

use super::rendition::Rendition;
use crate::error::{Cause, Error, Result, Stage};
use crate::identifiers::{ImageId, RuleSet, VariantId};
use crate::options::VariantOptions;
use crate::url::{CUSTOM_DOMAIN_PREFIX, RawUrl};

/// Bytes to percent-encode: all except those that a path segment may contain (RFC 3986 section 3.3,
/// `pchar`) and `/`, which separates the segments of an id.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'!')
    .remove(b'$')
    .remove(b'&')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')')
    .remove(b'*')
    .remove(b'+')
    .remove(b',')
    .remove(b';')
    .remove(b'=')
    .remove(b':')
    .remove(b'@')
    .remove(b'/');

/// The URL of one variant of one image, `https://<host>/<account>/<image>/<variant>`, or only its
/// path. [Options](VariantOptions) may be in the place of the variant.
///
/// `Display` writes it and percent-encodes the image id; [`parse`](Self::parse) reverses that, so
/// that `parse(x.to_string()) == x`.
///
/// ```
/// use cretula::records::{DeliveryUrl, ImageId, RuleSet, VariantId};
/// let id = ImageId::new("a/50%", RuleSet::Hosted)?;
/// let url = DeliveryUrl::new("Vi7wi5KSItxGFsWRG2Us6Q", id, "public".parse()?)?.at_host("img.example")?;
/// assert_eq!(url.to_string(), "https://img.example/Vi7wi5KSItxGFsWRG2Us6Q/a/50%25/public");
/// assert_eq!(DeliveryUrl::parse(url.to_string(), RuleSet::Hosted)?, url);
///
/// let small: cretula::VariantOptions = "width=400".parse()?;
/// let url = DeliveryUrl::with_rendition("h", "cat".parse()?, small)?.at_origin("http://127.0.0.1:8080")?;
/// assert_eq!(url.to_string(), "http://127.0.0.1:8080/h/cat/width=400");
/// assert_eq!(DeliveryUrl::parse("http://127.0.0.1:8080/h/cat/w=400?sig=x", RuleSet::Hosted)?, url);
/// # Ok::<(), cretula::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct DeliveryUrl {
    origin: Option<Origin>,
    custom_domain: bool,
    account_hash: String,
    image_id: ImageId,
    rendition: Rendition,
}

/// Scheme, host and port.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Origin {
    scheme: &'static str,
    host: String,
}

impl DeliveryUrl {
    /// Creates a path, `/<account>/<image>/<variant>`. The account hash is 1 to 64 of `A-Z a-z 0-9
    /// _ -`.
    ///
    /// # Errors
    ///
    /// `InvalidArgument` if the account hash is invalid, or if a segment is `.` or `..`: browsers
    /// remove such segments, however they are encoded.
    pub fn new(account_hash: impl Into<String>, image_id: ImageId, variant_id: VariantId) -> Result<Self> {
        Self::with_rendition(account_hash, image_id, variant_id)
    }

    /// Like [`new`](Self::new), with [`VariantOptions`] or a [`VariantId`] as the last segment.
    ///
    /// # Errors
    ///
    /// Same as [`new`](Self::new), and `InvalidArgument` if an option is out of its range.
    pub fn with_rendition(
        account_hash: impl Into<String>,
        image_id: ImageId,
        rendition: impl Into<Rendition>,
    ) -> Result<Self> {
        let (account_hash, rendition) = (account_hash.into(), rendition.into());
        check_account_hash(&account_hash)?;
        let last = match &rendition {
            Rendition::Named(id) => id.as_str(),
            Rendition::Options(options) => {
                options.to_string().parse::<VariantOptions>()?;
                ""
            }
        };
        for segment in image_id.as_str().split('/').chain([last]) {
            if segment == "." || segment == ".." {
                return Err(refused(
                    "a path segment must not be . or ..: clients remove it",
                    segment.as_bytes(),
                ));
            }
        }
        Ok(Self { origin: None, custom_domain: false, account_hash, image_id, rendition })
    }

    /// Adds a host, such as `imagedelivery.net` or `img.example:8443`, which makes the URL
    /// absolute. Its scheme is `https`.
    ///
    /// # Errors
    ///
    /// `InvalidArgument` if the host is not 1 to 255 of `A-Z a-z 0-9 . _ -`, brackets and colons.
    pub fn at_host(self, host: impl Into<String>) -> Result<Self> {
        self.at("https", host.into())
    }

    /// Adds scheme and host, such as `http://127.0.0.1:8080`, which makes the URL absolute.
    ///
    /// # Errors
    ///
    /// `InvalidArgument` if the scheme is neither `https` nor `http`, or the rest is not a host by the
    /// rule of [`at_host`](Self::at_host).
    pub fn at_origin(self, origin: impl AsRef<str>) -> Result<Self> {
        let origin = origin.as_ref();
        let Some((scheme, host)) = origin.split_once("://") else {
            return Err(refused("an origin must be https:// or http:// and a host", origin.as_bytes()));
        };
        self.at(known_scheme(scheme.as_bytes(), origin.as_bytes())?, host.to_owned())
    }

    fn at(self, scheme: &'static str, host: String) -> Result<Self> {
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"._-:[]".contains(&b);
        if !(1..=255).contains(&host.len()) || !host.bytes().all(plain) {
            return Err(refused("a host must be 1 to 255 of A-Z a-z 0-9 . _ - : [ ]", host.as_bytes()));
        }
        Ok(Self { origin: Some(Origin { scheme, host }), ..self })
    }

    /// Puts the path below `/cdn-cgi/imagedelivery`, as a custom domain serves it.
    pub fn on_custom_domain(self) -> Self {
        Self { custom_domain: true, ..self }
    }

    /// Parses an absolute `http` or `https` URL, or a path. The first segment is the account hash,
    /// the last one the variant id or, if it contains `=`, the options; everything between them is
    /// the image id. The query is ignored. The render checks whether the sides are within its limits.
    ///
    /// # Errors
    ///
    /// `InvalidArgument` for any bytes that are not such a URL, naming the broken rule, and for
    /// options that are unknown, given twice or out of range.
    pub fn parse(url: impl AsRef<[u8]>, rules: RuleSet) -> Result<Self> {
        let url = url.as_ref();
        let raw = RawUrl::parse(url).map_err(|rule| refused(rule, url))?;
        let below = raw.below_prefix();
        let path = below.unwrap_or(raw.path).strip_prefix(b"/").unwrap_or_default();
        let mut ends = path.splitn(2, |&b| b == b'/');
        let (account_hash, rest) = (ends.next().unwrap_or_default(), ends.next().unwrap_or_default());
        let account_hash = String::from_utf8_lossy(account_hash);
        check_account_hash(&account_hash)?;
        let mut ends = rest.rsplitn(2, |&b| b == b'/');
        let (last, image_id) = (ends.next().unwrap_or_default(), ends.next());
        let Some(image_id) = image_id else {
            return Err(refused("a path must be /<account>/<image>/<variant or options>", url));
        };

        let rendition = Rendition::of_segment(&String::from_utf8_lossy(last), decoded(last)?, rules)?;
        let image_id = ImageId::existing(decoded(image_id)?, rules)?;
        let built = Self::with_rendition(account_hash, image_id, rendition)?;
        let built = if below.is_some() { built.on_custom_domain() } else { built };
        match raw.host() {
            None => Ok(built),
            Some(host) => {
                let scheme = raw.origin.split(|&b| b == b':').next().unwrap_or_default();
                built.at(known_scheme(scheme, url)?, String::from_utf8_lossy(host).into_owned())
            }
        }
    }

    /// The host and port, if the URL is absolute.
    pub fn host(&self) -> Option<&str> {
        self.origin.as_ref().map(|origin| origin.host.as_str())
    }

    /// The scheme, `https` or `http`, if the URL is absolute.
    pub fn scheme(&self) -> Option<&'static str> {
        self.origin.as_ref().map(|origin| origin.scheme)
    }

    /// Whether the path starts with `/cdn-cgi/imagedelivery`.
    pub fn is_on_custom_domain(&self) -> bool {
        self.custom_domain
    }

    /// The account hash.
    pub fn account_hash(&self) -> &str {
        &self.account_hash
    }

    /// The image id.
    pub fn image_id(&self) -> &ImageId {
        &self.image_id
    }

    /// How the image is rendered.
    pub fn rendition(&self) -> &Rendition {
        &self.rendition
    }

    /// The variant id, unless the URL has options.
    pub fn variant_id(&self) -> Option<&VariantId> {
        match &self.rendition {
            Rendition::Named(id) => Some(id),
            Rendition::Options(_) => None,
        }
    }
}

/// The URL if it is absolute, or the path.
impl fmt::Display for DeliveryUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(Origin { scheme, host }) = &self.origin {
            write!(f, "{scheme}://{host}")?;
        }
        if self.custom_domain {
            f.write_str(std::str::from_utf8(CUSTOM_DOMAIN_PREFIX).unwrap_or_default())?;
        }
        let image = utf8_percent_encode(self.image_id.as_str(), ESCAPED);
        write!(f, "/{}/{image}/", self.account_hash)?;
        match &self.rendition {
            Rendition::Named(id) => utf8_percent_encode(id.as_str(), ESCAPED).fmt(f),
            // Their text is made for URLs.
            Rendition::Options(options) => options.fmt(f),
        }
    }
}

impl FromStr for DeliveryUrl {
    type Err = Error;

    /// Follows [`RuleSet::Reference`].
    fn from_str(text: &str) -> Result<Self> {
        Self::parse(text, RuleSet::Reference)
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for DeliveryUrl {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Follows [`RuleSet::Reference`].
#[cfg(feature = "serde")]
impl<'de> serde::Deserialize<'de> for DeliveryUrl {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(text, RuleSet::Reference).map_err(serde::de::Error::custom)
    }
}

/// The scheme of `url`, in lower case.
fn known_scheme(scheme: &[u8], url: &[u8]) -> Result<&'static str> {
    let known = ["https", "http"].into_iter().find(|known| scheme.eq_ignore_ascii_case(known.as_bytes()));
    known.ok_or_else(|| refused("its scheme is neither https nor http", url))
}

fn check_account_hash(hash: &str) -> Result<()> {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'-';
    if !(1..=64).contains(&hash.len()) || !hash.bytes().all(plain) {
        return Err(refused("an account hash must be 1 to 64 of A-Z a-z 0-9 _ -", hash.as_bytes()));
    }
    if hash == "cdn-cgi" {
        return Err(refused(
            "cdn-cgi is not an account hash: it is the prefix of custom domains",
            hash.as_bytes(),
        ));
    }
    Ok(())
}

/// Decodes percent-encoded text. A `%` that does not start an escape is refused: it is ambiguous.
fn decoded(segment: &[u8]) -> Result<String> {
    let mut rest = segment;
    while let Some(at) = rest.iter().position(|&b| b == b'%') {
        rest = &rest[at + 1..];
        if !rest.get(..2).is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit)) {
            return Err(refused("a % is not followed by two hexadecimal digits", segment));
        }
    }
    let text = percent_decode(segment).decode_utf8();
    text.map(Into::into).map_err(|_| refused("a segment is not UTF-8", segment))
}

/// An error that names the rule and quotes the start of the input.
fn refused(rule: &str, bytes: &[u8]) -> Error {
    const SHOWN: usize = 100;
    let start = String::from_utf8_lossy(&bytes[..bytes.len().min(SHOWN)]);
    let more = if bytes.len() > SHOWN { "…" } else { "" };
    Error::new(Stage::Records, Cause::DeliveryUrl(format!("{rule}: {start:?}{more}")))
}
