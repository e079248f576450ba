//! Access: whether a request may see a variant of an image.

use std::ffi::c_char;

use cretula::records::{Access, access};
use cretula::{Fit, Variant, VariantOptions};

use crate::error::cretula_error;
use crate::guard;
use crate::handle::{New, Shared};
use crate::keyring::cretula_keyring;
use crate::slice::{In, Out};
use crate::status::cretula_status;

/// Decides whether `url`, as it was received, may see a variant of an image, at `now` (Unix seconds): CRETULA_OK if it may.
///
/// A signature is needed if `image_requires_signed_urls` is not 0 and `variant_never_requires_signed_urls` is; the answer
/// is then that of cretula_keyring_verify. `expires_at_out`, which may be NULL, gets the last second at which it holds, 0
/// for ever: a cache must not keep the answer longer. That `url` names this image and this variant is the caller's to
/// know, who found them by it.
#[unsafe(no_mangle)]
pub extern "C" fn cretula_access_check(
    keyring: Shared<cretula_keyring>,
    image_requires_signed_urls: i32,
    variant_never_requires_signed_urls: i32,
    url: In<c_char>,
    url_len: usize,
    now: u64,
    expires_at_out: Out<u64>,
    error: New<cretula_error>,
) -> cretula_status {
    guard::status(error, || {
        let expires_at_out = expires_at_out.slot();
        let keyring = keyring.read()?;
        let url = url.bytes(url_len, "url")?;
        // Which variant it is does not matter, nor what is asked of it.
        let mut variant = Variant::new("public".parse()?, VariantOptions::new(Fit::ScaleDown, 1, 1));
        variant.never_require_signed_urls = variant_never_requires_signed_urls != 0;
        match access(image_requires_signed_urls != 0, &variant, &keyring, url, now) {
            Access::Denied(reason) => Err(reason.into()),
            Access::Public => Ok(()),
            Access::Signed { expires, .. } => {
                expires_at_out.put(expires.unwrap_or(0));
                Ok(())
            }
        }
    })
}
