//! Signed URLs: keys, the keyring, and signing and verifying
//! ([contract section 4](crate::docs::contract#4-signed-urls)).
//!
//! In: key values, URLs as raw bytes, the time as an argument. Out: signed URLs, and the key that
//! signed one. Must not know of pixels, records or a clock. Key values leave
//! this module only as [`SecretText`] and `ExposedKeys`, expected signatures never.
//!
//! ```
//! use cretula::ErrorKind;
//! use cretula::sign::{Keyring, SignOptions, SigningKey};
//!
//! let mut keys = Keyring::new();
//! keys.insert(SigningKey::generate("2026-01".parse()?)?)?;
//! let tomorrow = 1_767_312_000; // Unix seconds: the caller provides the time
//! let url = keys.sign("2026-01", "https://img.example/h/cat/hero", &SignOptions::new().expires_at(tomorrow))?;
//!
//! // Rotate: sign with the new key from now on; URLs of the old key stay valid until it is removed.
//! keys.insert(SigningKey::generate("2026-02".parse()?)?)?;
//! assert_eq!(keys.verify(&url, tomorrow)?.key.as_str(), "2026-01");
//! assert_eq!(keys.verify(&url, tomorrow + 1).unwrap_err().kind(), ErrorKind::SignatureExpired);
//! keys.remove("2026-01")?;
//! assert_eq!(keys.verify(&url, tomorrow).unwrap_err().kind(), ErrorKind::SignatureMismatch);
//! # Ok::<(), cretula::Error>(())
//! ```
//!
//! To exchange URLs and keys with the hosted service, see [`hosted`].

mod access;
#[cfg(feature = "serde")]
mod json;
mod key;
mod keyring;
mod signature;
mod token;

#[cfg(feature = "serde")]
#[doc = include_str!("sign/hosted.md")]
pub mod hosted {}

pub use self::access::{Access, Requirement};
#[cfg(feature = "serde")]
pub use json::ExposedKeys;
pub use key::{SecretText, SigningKey};
pub use keyring::Keyring;
pub use signature::SignatureEncoding;
pub use token::{SignOptions, Verified};
