//! [`access`]: whether a URL may be served without a signature, and if not, whether its signature
//! is valid ([contract section 4.2](crate::docs::contract#42-who-needs-a-signature)).
//!
//! In: the image's and the variant's flags, the keys, the received URL, the time. Out: [`Access`].
//! Must not know of pixels, or of where records are stored.

use crate::error::{Error, Result};
use crate::identifiers::KeyName;
use crate::options::Variant;
use crate::sign::Keyring;

/// Whether a request may be served, and why.
#[derive(Debug)]
pub enum Access<'a> {
    /// No signature is needed. The URL was not examined.
    Public,
    /// The URL carries a valid signature.
    Signed {
        /// The key that made the signature.
        key: &'a KeyName,
        /// The last Unix second at which the URL is valid; `None` if it does not expire. A cache
        /// must not keep the response any longer.
        expires: Option<u64>,
    },
    /// A signature is needed, and the URL's is missing, malformed, mismatched or expired, as the
    /// error's kind says.
    Denied(Error),
}

/// Decides whether the received `url` may be served for `variant` of an image at `now` (Unix
/// seconds).
///
/// A signature is needed if the image requires signed URLs, unless the variant never does. `url` is
/// passed to [`Keyring::verify`]. This function does not check that the URL refers to this image
/// and variant: look both up from the URL you pass here.
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

    /// The HTTP status: 200, or that of the error (403).
    pub fn http_status(&self) -> u16 {
        match self {
            Self::Denied(reason) => reason.http_status(),
            _ => 200,
        }
    }

    /// The hosted service's code for the error (9425).
    pub fn code(&self) -> Option<u32> {
        match self {
            Self::Denied(reason) => Some(reason.code()),
            _ => None,
        }
    }

    /// Turns a denial into an error, for use with `?`.
    ///
    /// # Errors
    ///
    /// The error of [`Access::Denied`].
    pub fn allowed(self) -> Result<()> {
        match self {
            Self::Denied(reason) => Err(reason),
            _ => Ok(()),
        }
    }
}
