//! Delivery URLs: where a variant of an image is fetched.

use std::ffi::{CString, c_char};

use cretula::records::{DeliveryUrl, ImageId, VariantId};

use crate::error::cretula_error;
use crate::failure::Failure;
use crate::guard;
use crate::handle::{Exclusive, Fixed, HandleType, New, Shared};
use crate::identifiers::rules;
use crate::slice::In;
use crate::status::{CRETULA_ERR_INTERNAL, cretula_status};

/// A delivery URL, taken apart: `https://<host>/<account>/<image>/<variant>`, or its path alone. It may be read by many
/// threads at once.
pub struct cretula_delivery_url {
    _opaque: (),
}

impl HandleType for cretula_delivery_url {
    type Value = Parts;
    type Change = Fixed;
    const TAG: u64 = u64::from_be_bytes(*b"crt:url\n");
    const NAME: &'static str = "cretula_delivery_url";
}

/// The parts in C's words.
pub(crate) struct Parts {
    text: CString,
    host: Option<CString>,
    account_hash: CString,
    image_id: CString,
    variant_id: CString,
    custom_domain: bool,
}

impl TryFrom<&DeliveryUrl> for Parts {
    type Error = Failure;

    fn try_from(url: &DeliveryUrl) -> Result<Self, Failure> {
        // No part may hold a control character.
        let c_text = |text: &str| {
            CString::new(text)
                .map_err(|_| Failure::misuse(CRETULA_ERR_INTERNAL, "a part of a URL holds a NUL"))
        };
        Ok(Self {
            text: c_text(&url.to_string())?,
            host: url.host().map(c_text).transpose()?,
            account_hash: c_text(url.account_hash())?,
            image_id: c_text(url.image_id().as_str())?,
            variant_id: c_text(url.variant_id().as_str())?,
            custom_domain: url.is_on_custom_domain(),
        })
    }
}

/// Takes an absolute http or https URL, or a path, apart, percent-decoded. The query is not looked at: the signature is
/// cretula_keyring_verify's to check, over the bytes as they were received.
///
/// CRETULA_ERR_INVALID_VALUE for anything that is no such URL by the rules of the CRETULA_PROFILE_* `rules`.
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
        let url = DeliveryUrl::parse(url.bytes(url_len, "url")?, self::rules(rules)?)?;
        out.put(Exclusive::new(Parts::try_from(&url)?));
        Ok(())
    })
}

/// Puts a delivery URL together. With a `host_len` of 0 it is a path; `on_custom_domain`, if not 0, puts it below
/// "/cdn-cgi/imagedelivery".
///
/// CRETULA_ERR_INVALID_VALUE if a part breaks its rule.
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
    on_custom_domain: i32,
    rules: i32,
    out: New<cretula_delivery_url>,
    error: New<cretula_error>,
) -> cretula_status {
    guard::status(error, || {
        let out = out.slot().required()?;
        let rules = self::rules(rules)?;
        let image_id = ImageId::existing(image_id.text(image_id_len, "image_id")?, rules)?;
        let variant_id = VariantId::new(variant_id.text(variant_id_len, "variant_id")?, rules)?;
        let account_hash = account_hash.text(account_hash_len, "account_hash")?;
        let mut url = DeliveryUrl::new(account_hash, image_id, variant_id)?;
        if on_custom_domain != 0 {
            url = url.on_custom_domain();
        }
        if host_len > 0 {
            url = url.at_host(host.text(host_len, "host")?)?;
        }
        out.put(Exclusive::new(Parts::try_from(&url)?));
        Ok(())
    })
}

/// The whole URL, percent-encoded; NULL for NULL. Lives as long as `url`.
#[unsafe(no_mangle)]
pub extern "C" fn cretula_delivery_url_text(url: Shared<cretula_delivery_url>) -> In<c_char> {
    guard::infallible(In::null(), || Some(In::borrowed(&url.read().ok()?.until_freed().text)))
}

/// The host, with its port if there is one; NULL for a path. Lives as long as `url`.
#[unsafe(no_mangle)]
pub extern "C" fn cretula_delivery_url_host(url: Shared<cretula_delivery_url>) -> In<c_char> {
    guard::infallible(In::null(), || Some(In::borrowed(url.read().ok()?.until_freed().host.as_ref()?)))
}

/// The account hash. Lives as long as `url`.
#[unsafe(no_mangle)]
pub extern "C" fn cretula_delivery_url_account_hash(url: Shared<cretula_delivery_url>) -> In<c_char> {
    guard::infallible(In::null(), || Some(In::borrowed(&url.read().ok()?.until_freed().account_hash)))
}

/// The image's id, percent-decoded. Lives as long as `url`.
#[unsafe(no_mangle)]
pub extern "C" fn cretula_delivery_url_image_id(url: Shared<cretula_delivery_url>) -> In<c_char> {
    guard::infallible(In::null(), || Some(In::borrowed(&url.read().ok()?.until_freed().image_id)))
}

/// The variant's id, percent-decoded. Lives as long as `url`.
#[unsafe(no_mangle)]
pub extern "C" fn cretula_delivery_url_variant_id(url: Shared<cretula_delivery_url>) -> In<c_char> {
    guard::infallible(In::null(), || Some(In::borrowed(&url.read().ok()?.until_freed().variant_id)))
}

/// Whether it lies below "/cdn-cgi/imagedelivery"; false for NULL.
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
