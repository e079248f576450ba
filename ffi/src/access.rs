//! Access: whether a request may see a variant of an image.

use std::ffi::c_char;

use cretula::sign::{Access, Requirement};

use crate::buffer::{cretula_buffer, into_buffer};
use crate::error::cretula_error;
use crate::guard;
use crate::handle::{New, Shared};
use crate::keyring::cretula_keyring;
use crate::slice::{In, Out};
use crate::status::cretula_status;

/// Decides whether the request for `url` may see a variant of an image at `now` (Unix seconds):
/// CRETULA_OK if it may.
///
/// A signature is required if `image_requires_signed_urls` is set and
/// `variant_never_requires_signed_urls` is not. It is then verified as by cretula_keyring_verify,
/// over the URL as received. Without a required signature, the outputs are an empty buffer and 0.
///
/// Does not check that the URL refers to this image and variant: look both up from the URL you pass
/// here. A cache must not keep the response beyond `expires_at_out`, if that is not 0. Both outputs
/// may be NULL.
#[unsafe(no_mangle)]
pub extern "C" fn cretula_keyring_authorize(
    keyring: Shared<cretula_keyring>,
    image_requires_signed_urls: bool,
    variant_never_requires_signed_urls: bool,
    url: In<c_char>,
    url_len: usize,
    now: u64,
    key_name_out: Out<cretula_buffer>,
    expires_at_out: Out<u64>,
    error: New<cretula_error>,
) -> cretula_status {
    guard::status(error, || {
        let (key_name_out, expires_at_out) = (key_name_out.slot(), expires_at_out.slot());
        let keyring = keyring.read()?;
        let url = url.bytes(url_len, "url")?;
        let requirement = if image_requires_signed_urls && !variant_never_requires_signed_urls {
            Requirement::Signature
        } else {
            Requirement::None
        };
        match keyring.authorize(url, now, requirement) {
            Access::Denied(reason) => Err(reason.into()),
            Access::Public => Ok(()),
            Access::Signed(verified) => {
                expires_at_out.put(verified.expires.unwrap_or(0));
                if key_name_out.is_wanted() {
                    key_name_out.put(into_buffer(verified.key.as_str().into()));
                }
                Ok(())
            }
        }
    })
}
