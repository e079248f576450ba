//! Signed URLs: keys, their ring, tokens made and checked (contract section 4).
//!
//! In: key values, URLs as raw bytes, the time as an argument. Out: signed URLs, and who signed one. Must not know of
//! pixels, of records, or of a clock. Nothing that leaves this room shows a key or an expected signature.

mod key;
mod keyring;
mod signature;
mod token;
pub(crate) mod url;

pub use key::{SecretText, SigningKey};
pub use keyring::Keyring;
pub use signature::SignatureEncoding;
pub use token::{SignOptions, Verified};
