//! [`Keyring::authorize`]: whether a URL may be served
//! ([contract section 4.2](crate::docs::contract#42-who-needs-a-signature)).
//!
//! In: the keys, the received URL, the time, and whether a signature is required. Out: [`Access`].
//! Must not know of pixels, or of where records are stored.

use super::keyring::Keyring;
use super::token::Verified;
use crate::error::{Error, Result};
use crate::options::Variant;

/// Whether a request may be served, and why.
#[derive(Debug)]
pub enum Access<'a> {
    /// No signature is needed. The URL was not examined.
    Public,
    /// The URL carries a valid signature.
    Signed(Verified<'a>),
    /// A signature is needed, and the URL's is missing, malformed, mismatched or expired, as the
    /// error's kind says.
    Denied(Error),
}

/// Whether a URL must be signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Requirement {
    /// Anyone may see it.
    None,
    /// Only who has a signed URL may see it.
    Signature,
}

impl Requirement {
    /// The requirement for `variant` of an image: a signature if the image requires signed URLs, unless the variant never does.
    pub fn of(image_requires_signed_urls: bool, variant: &Variant) -> Self {
        if image_requires_signed_urls && !variant.never_require_signed_urls {
            Self::Signature
        } else {
            Self::None
        }
    }
}

impl Keyring {
    /// Decides whether the received `url` may be served at `now` (Unix seconds).
    ///
    /// A URL that must be signed is passed to [`verify`](Self::verify). This function does not check that the URL refers to the
    /// image and variant that `requirement` was made for: look both up from the URL you pass here.
    ///
    /// ```
    /// use cretula::sign::{Access, Keyring, Requirement};
    /// use cretula::{Fit, Variant, VariantOptions};
    ///
    /// let hero = Variant::new("hero".parse()?, VariantOptions::new(Fit::Cover, 1366, 768));
    /// let keys = Keyring::new();
    /// let public = Requirement::of(false, &hero);
    /// assert!(matches!(keys.authorize("/h/cat/hero", 0, public), Access::Public));
    /// let private = Requirement::of(true, &hero);
    /// assert_eq!(keys.authorize("/h/cat/hero", 0, private).http_status(), 403);
    /// # Ok::<(), cretula::Error>(())
    /// ```
    pub fn authorize(&self, url: impl AsRef<[u8]>, now: u64, requirement: Requirement) -> Access<'_> {
        match requirement {
            Requirement::None => Access::Public,
            Requirement::Signature => match self.verify(url, now) {
                Ok(verified) => Access::Signed(verified),
                Err(reason) => Access::Denied(reason),
            },
        }
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
