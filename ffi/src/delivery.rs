//! Delivery URLs, from which a variant of an image is fetched.

use std::ffi::{CString, c_char};

use cretula::records::{DeliveryUrl, ImageId, Rendition};

use crate::error::cretula_error;
use crate::failure::Failure;
use crate::guard;
use crate::handle::{Exclusive, Fixed, HandleType, New, Shared};
use crate::identifiers::rule_set;
use crate::slice::In;
use crate::status::{CRETULA_ERR_INTERNAL, cretula_status};

/// The parts of a delivery URL, `https://<host>/<account>/<image>/<variant>`, or of only its path.
/// Options, such as `width=400,fit=cover`, may be in the place of the variant.
/// Any number of threads may read them at once.
pub struct cretula_delivery_url {
    _opaque: (),
}

impl HandleType for cretula_delivery_url {
    type Value = Parts;
    type Change = Fixed;
    const TAG: u64 = u64::from_be_bytes(*b"crt:url\n");
    const NAME: &'static str = "cretula_delivery_url";
}

/// The parts as C strings.
pub(crate) struct Parts {
    text: CString,
    scheme: Option<CString>,
    host: Option<CString>,
    account_hash: CString,
    image_id: CString,
    variant_id: Option<CString>,
    options: Option<CString>,
    custom_domain: bool,
}

impl TryFrom<&DeliveryUrl> for Parts {
    type Error = Failure;

    fn try_from(url: &DeliveryUrl) -> Result<Self, Failure> {
        // A valid part has no control characters.
        let c_text = |text: &str| {
            CString::new(text)
                .map_err(|_| Failure::misuse(CRETULA_ERR_INTERNAL, "a part of a URL contains a NUL"))
        };
        let options = match url.rendition() {
            Rendition::Named(_) => None,
            Rendition::Options(options) => Some(c_text(&options.to_string())?),
        };
        Ok(Self {
            text: c_text(&url.to_string())?,
            scheme: url.scheme().map(c_text).transpose()?,
            host: url.host().map(c_text).transpose()?,
            account_hash: c_text(url.account_hash())?,
            image_id: c_text(url.image_id().as_str())?,
            variant_id: url.variant_id().map(|id| c_text(id.as_str())).transpose()?,
            options,
            custom_domain: url.is_on_custom_domain(),
        })
    }
}

/// Parses an absolute http or https URL, or a path, by the CRETULA_RULES_* `rules`.
///
/// A last segment that contains "=" is options instead of a variant id. The query is ignored;
/// cretula_keyring_verify checks its signature over the bytes as received.
///
/// CRETULA_ERR_INVALID_VALUE for anything else; CRETULA_ERR_INVALID_ARGUMENT for options that are
/// unknown, given twice or out of range.
#[unsafe(no_mangle)]
pub extern "C" fn cretula_delivery_url_parse(
    url: In<c_char>,
    url_len: usize,
    rules: i32,
    out: New<cretula_delivery_url>,
    error: New<cretula_error>,
) -> cretula_status {
    guard::status(error, || {
        let out = out.slot().required()?;
        let url = DeliveryUrl::parse(url.bytes(url_len, "url")?, rule_set(rules)?)?;
        out.put(Exclusive::new(Parts::try_from(&url)?));
        Ok(())
    })
}

/// Builds a delivery URL. If `host_len` is 0, it is a path. The scheme is https, unless `host` begins
/// with one, such as "http://127.0.0.1:8080". A `variant_id` with "=" is not an id but options, such as
/// "width=400". `on_custom_domain` puts the path below "/cdn-cgi/imagedelivery".
///
/// CRETULA_ERR_INVALID_VALUE if a part violates its rule, CRETULA_ERR_INVALID_ARGUMENT if an option does.
#[unsafe(no_mangle)]
pub extern "C" fn cretula_delivery_url_new(
    host: In<c_char>,
    host_len: usize,
    account_hash: In<c_char>,
    account_hash_len: usize,
    image_id: In<c_char>,
    image_id_len: usize,
    variant_id: In<c_char>,
    variant_id_len: usize,
    on_custom_domain: bool,
    rules: i32,
    out: New<cretula_delivery_url>,
    error: New<cretula_error>,
) -> cretula_status {
    guard::status(error, || {
        let out = out.slot().required()?;
        let rules = rule_set(rules)?;
        let image_id = ImageId::existing(image_id.text(image_id_len, "image_id")?, rules)?;
        let rendition = Rendition::parse(variant_id.text(variant_id_len, "variant_id")?, rules)?;
        let account_hash = account_hash.text(account_hash_len, "account_hash")?;
        let mut url = DeliveryUrl::with_rendition(account_hash, image_id, rendition)?;
        if on_custom_domain {
            url = url.on_custom_domain();
        }
        if host_len > 0 {
            let host = host.text(host_len, "host")?;
            url = if host.contains("://") { url.at_origin(host)? } else { url.at_host(host)? };
        }
        out.put(Exclusive::new(Parts::try_from(&url)?));
        Ok(())
    })
}

/// The whole URL, percent-encoded; NULL for NULL. Valid until `url` is freed.
#[unsafe(no_mangle)]
pub extern "C" fn cretula_delivery_url_text(url: Shared<cretula_delivery_url>) -> In<c_char> {
    guard::infallible(In::null(), || Some(In::borrowed(&url.read().ok()?.until_freed().text)))
}

/// The scheme, "https" or "http"; NULL for a path. Valid until `url` is freed.
#[unsafe(no_mangle)]
pub extern "C" fn cretula_delivery_url_scheme(url: Shared<cretula_delivery_url>) -> In<c_char> {
    guard::infallible(In::null(), || Some(In::borrowed(url.read().ok()?.until_freed().scheme.as_ref()?)))
}

/// The host, with a port if there is one; NULL for a path. Valid until `url` is freed.
#[unsafe(no_mangle)]
pub extern "C" fn cretula_delivery_url_host(url: Shared<cretula_delivery_url>) -> In<c_char> {
    guard::infallible(In::null(), || Some(In::borrowed(url.read().ok()?.until_freed().host.as_ref()?)))
}

/// The account hash. Valid until `url` is freed.
#[unsafe(no_mangle)]
pub extern "C" fn cretula_delivery_url_account_hash(url: Shared<cretula_delivery_url>) -> In<c_char> {
    guard::infallible(In::null(), || Some(In::borrowed(&url.read().ok()?.until_freed().account_hash)))
}

/// The image id, percent-decoded. Valid until `url` is freed.
#[unsafe(no_mangle)]
pub extern "C" fn cretula_delivery_url_image_id(url: Shared<cretula_delivery_url>) -> In<c_char> {
    guard::infallible(In::null(), || Some(In::borrowed(&url.read().ok()?.until_freed().image_id)))
}

/// The variant id, percent-decoded; NULL if the URL has options. Valid until `url` is freed.
#[unsafe(no_mangle)]
pub extern "C" fn cretula_delivery_url_variant_id(url: Shared<cretula_delivery_url>) -> In<c_char> {
    guard::infallible(In::null(), || Some(In::borrowed(url.read().ok()?.until_freed().variant_id.as_ref()?)))
}

/// The options in the place of the variant, in normal form; NULL if the URL has a variant. Valid until
/// `url` is freed.
#[unsafe(no_mangle)]
pub extern "C" fn cretula_delivery_url_options(url: Shared<cretula_delivery_url>) -> In<c_char> {
    guard::infallible(In::null(), || Some(In::borrowed(url.read().ok()?.until_freed().options.as_ref()?)))
}

/// Whether the URL is below "/cdn-cgi/imagedelivery"; false for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn cretula_delivery_url_is_on_custom_domain(url: Shared<cretula_delivery_url>) -> bool {
    guard::infallible(false, || Some(url.read().ok()?.custom_domain))
}

/// Frees a delivery URL. NULL is ignored.
#[unsafe(no_mangle)]
pub extern "C" fn cretula_delivery_url_free(url: Exclusive<cretula_delivery_url>) {
    guard::infallible((), || {
        url.free();
        None
    });
}
