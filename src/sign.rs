//! Signed URLs: keys, their ring, tokens made and checked (contract section 4).
//!
//! In: key values, URLs as raw bytes, the time as an argument. Out: signed URLs, and who signed one. Must not know of
//! pixels, of records, or of a clock. Nothing that leaves this room shows a key or an expected signature.
//!
//! ```
//! use cretula::ErrorKind;
//! use cretula::sign::{Keyring, SignOptions, SigningKey};
//!
//! let mut keys = Keyring::new();
//! keys.put(SigningKey::generate("2026-01".parse()?)?)?;
//! let tomorrow = 1_767_312_000; // Unix seconds: the time is always the caller's
//! let url = keys.sign("2026-01", "https://img.example/h/cat/hero", &SignOptions::new().expires_at(tomorrow))?;
//!
//! // Rotate: the new key signs from now on, the old one's URLs stay valid until it is removed.
//! keys.put(SigningKey::generate("2026-02".parse()?)?)?;
//! assert_eq!(keys.verify(&url, tomorrow)?.key.as_str(), "2026-01");
//! assert_eq!(keys.verify(&url, tomorrow + 1).unwrap_err().kind(), ErrorKind::SignatureExpired);
//! keys.remove("2026-01")?;
//! assert_eq!(keys.verify(&url, tomorrow).unwrap_err().kind(), ErrorKind::SignatureMismatch);
//! # Ok::<(), cretula::Error>(())
//! ```
//!
//! How URLs and keys cross between this library and the hosted service: [`hosted`].

#[cfg(feature = "serde")]
mod json;
mod key;
mod keyring;
mod signature;
mod token;

#[cfg(feature = "serde")]
#[doc = include_str!("sign/hosted.md")]
pub mod hosted {}

#[cfg(feature = "serde")]
pub use json::ExposedKeys;
pub use key::{SecretText, SigningKey};
pub use keyring::Keyring;
pub use signature::SignatureEncoding;
pub use token::{SignOptions, Verified};
