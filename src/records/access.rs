//! [`access`]: who may see a variant of an image (contract section 4.2).
//!
//! In: the image's and the variant's flags, the keys, the received URL, the time. Out: [`Access`]. Must not know of
//! pixels, nor of where the records are kept.

use crate::error::{Error, Result};
use crate::options::Variant;
use crate::sign::Keyring;

use crate::identifiers::KeyName;

/// Whether a request may be served.
#[derive(Debug)]
pub enum Access<'a> {
    /// No signature is needed; the URL was not looked at.
    Public,
    /// The URL carries a valid signature.
    Signed {
        /// The key that made it.
        key: &'a KeyName,
        /// The last Unix second at which it is valid; `None` is forever. A cache must not keep the answer longer.
        expires: Option<u64>,
    },
    /// A signature is needed, and this is what is wrong with the URL's: its kind says missing, malformed, mismatch or
    /// expired.
    Denied(Error),
}

/// Decides whether `url`, as it was received, may see `variant` of an image, at `now` (Unix seconds).
///
/// A signature is needed if the image requires signed URLs and the variant does not lift that. `url` is what
/// [`Keyring::verify`] takes; that it names this image and this variant is the caller's to know, who found them by it.
///
/// ```
/// use cretula::records::{Access, access};
/// use cretula::sign::Keyring;
/// use cretula::{Fit, Variant, VariantOptions};
///
/// let hero = Variant::new("hero".parse()?, VariantOptions::new(Fit::Cover, 1366, 768));
/// let keys = Keyring::new();
/// assert!(matches!(access(false, &hero, &keys, "/h/cat/hero", 0), Access::Public));
/// assert_eq!(access(true, &hero, &keys, "/h/cat/hero", 0).http_status(), 403);
/// # Ok::<(), cretula::Error>(())
/// ```
pub fn access<'a>(
    image_requires_signed_urls: bool,
    variant: &Variant,
    keys: &'a Keyring,
    url: impl AsRef<[u8]>,
    now: u64,
) -> Access<'a> {
    if !image_requires_signed_urls || variant.never_require_signed_urls {
        return Access::Public;
    }
    match keys.verify(url, now) {
        Ok(verified) => Access::Signed { key: verified.key, expires: verified.expires },
        Err(reason) => Access::Denied(reason),
    }
}

impl Access<'_> {
    /// Whether the request may be served.
    pub fn is_allowed(&self) -> bool {
        !matches!(self, Self::Denied(_))
    }

    /// The HTTP status: 200, or that of the denial (403).
    pub fn http_status(&self) -> u16 {
        match self {
            Self::Denied(reason) => reason.http_status(),
            _ => 200,
        }
    }

    /// The hosted service's code for the denial (9425).
    pub fn code(&self) -> Option<u32> {
        match self {
            Self::Denied(reason) => Some(reason.code()),
            _ => None,
        }
    }

    /// The denial as an error, so that `?` can stop at it.
    ///
    /// # Errors
    ///
    /// What [`Access::Denied`] holds.
    pub fn allowed(self) -> Result<()> {
        match self {
            Self::Denied(reason) => Err(reason),
            _ => Ok(()),
        }
    }
}
