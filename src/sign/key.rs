//! [`SigningKey`]: a name and a secret value; [`SecretText`]: a text that holds secrets.
//!
//! In: an opaque value, or random bytes. Out: HMAC-SHA256 of the text to be signed. Neither type
//! can be printed, cloned or compared, and both are overwritten when dropped. Must not know of
//! URLs.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::signature::Signature;
use crate::error::{Cause, Error, Result, Stage};
use crate::identifiers::KeyName;
use crate::random;

/// A named secret that signs URLs.
///
/// The value is an opaque text: its UTF-8 bytes are the key, even if it looks like base64
/// ([contract section 4](crate::docs::contract#4-signed-urls)).
///
/// ```
/// use cretula::records::KeyName;
/// use cretula::sign::SigningKey;
/// let key = SigningKey::generate(KeyName::default())?;
/// assert_eq!(key.name().as_str(), "default");
/// # Ok::<(), cretula::Error>(())
/// ```
///
/// It cannot be printed:
///
/// ```compile_fail
/// # use cretula::{records::KeyName, sign::SigningKey};
/// println!("{:?}", SigningKey::generate(KeyName::default()).unwrap());
/// ```
///
/// or cloned:
///
/// ```compile_fail
/// # use cretula::{records::KeyName, sign::SigningKey};
/// let copy = SigningKey::generate(KeyName::default()).unwrap().clone();
/// ```
#[expect(missing_debug_implementations, reason = "secrets are not printed")]
pub struct SigningKey {
    name: KeyName,
    /// Kept only for export.
    #[cfg(feature = "serde")]
    value: Zeroizing<Box<str>>,
    /// HMAC state after the key's two blocks; each use starts from a copy.
    keyed: Hmac<Sha256>,
}

impl SigningKey {
    /// Maximum length of a value in UTF-8 bytes. The hosted service's own values have 32 or 33.
    pub const MAX_VALUE_BYTES: usize = 1024;

    /// Creates a key from an existing value: 1 to 1024 bytes of UTF-8.
    ///
    /// # Errors
    ///
    /// `InvalidArgument` if the value is empty (anybody could sign with it) or too long.
    pub fn new(name: KeyName, value: impl Into<String>) -> Result<Self> {
        Self::from_secret(name, Zeroizing::new(value.into()))
    }

    pub(crate) fn from_secret(name: KeyName, value: Zeroizing<String>) -> Result<Self> {
        let (length, max) = (value.len(), Self::MAX_VALUE_BYTES);
        if !(1..=max).contains(&length) {
            return Err(Error::new(Stage::Sign, Cause::KeyValue { length, max }));
        }
        let keyed = Hmac::new_from_slice(value.as_bytes()).map_err(|_| {
            Error::new(Stage::Sign, Cause::Internal("HMAC refused the length of a key".to_owned()))
        })?;
        Ok(Self {
            name,
            // A copy of exact size: shrinking the text in place could leave a piece of it behind.
            #[cfg(feature = "serde")]
            value: Zeroizing::new(Box::from(value.as_str())),
            keyed,
        })
    }

    /// Creates a key with a new value: the base64 text of 24 bytes from the operating system's
    /// random generator.
    ///
    /// # Errors
    ///
    /// `Internal` if the operating system provides no random bytes.
    pub fn generate(name: KeyName) -> Result<Self> {
        Self::from_secret(name, Self::generate_value()?.0)
    }

    /// Generates only the value of such a key, for callers that keep their keys elsewhere.
    ///
    /// # Errors
    ///
    /// Same as [`generate`](Self::generate).
    pub fn generate_value() -> Result<SecretText> {
        let secret = Zeroizing::new(random::bytes::<24>()?);
        Ok(SecretText(Zeroizing::new(STANDARD.encode(secret.as_slice()))))
    }

    /// The name, which is not secret.
    pub fn name(&self) -> &KeyName {
        &self.name
    }

    /// The value, for `to_json` and `exposed` only.
    #[cfg(feature = "serde")]
    pub(crate) fn expose_value(&self) -> &str {
        &self.value
    }

    /// HMAC-SHA256 over the concatenated pieces.
    pub(super) fn mac(&self, pieces: &[&[u8]]) -> Signature {
        let mut mac = self.keyed.clone();
        for piece in pieces {
            mac.update(piece);
        }
        mac.finalize().into_bytes().into()
    }
}

/// A text that holds secrets, overwritten when dropped. Only [`expose_secret`](Self::expose_secret)
/// shows it:
///
/// ```compile_fail
/// println!("{:?}", cretula::sign::Keyring::new().to_json().unwrap());
/// ```
#[expect(missing_debug_implementations, reason = "secrets are not printed")]
pub struct SecretText(Zeroizing<String>);

impl SecretText {
    #[cfg(feature = "serde")]
    pub(crate) fn new(text: Zeroizing<String>) -> Self {
        Self(text)
    }

    /// The text. Write it only where no one but its owner can read it.
    pub fn expose_secret(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 4231 section 4, test cases 1 to 4, 6 and 7; case 5 truncates. Keys that are not UTF-8
    /// cannot be key values, so those cases test the raw HMAC, the primitive that `SigningKey`
    /// uses.
    #[test]
    fn mac_matches_rfc_4231() {
        let repeated = |byte: u8, count| vec![byte; count];
        let cases: [(Vec<u8>, Vec<u8>, &str); 6] = [
            (
                repeated(0x0b, 20),
                b"Hi There".to_vec(),
                "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
            ),
            (
                b"Jefe".to_vec(),
                b"what do ya want for nothing?".to_vec(),
                "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
            ),
            (
                repeated(0xaa, 20),
                repeated(0xdd, 50),
                "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe",
            ),
            (
                (1..=25).collect(),
                repeated(0xcd, 50),
                "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b",
            ),
            (
                repeated(0xaa, 131),
                b"Test Using Larger Than Block-Size Key - Hash Key First".to_vec(),
                "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
            ),
            (
                repeated(0xaa, 131),
                b"This is a test using a larger than block-size key and a larger than block-size data. The key needs to be hashed before being used by the HMAC algorithm.".to_vec(),
                "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2",
            ),
        ];
        for (key, data, expected) in cases {
            let mut mac = Hmac::<Sha256>::new_from_slice(&key).unwrap();
            mac.update(&data);
            let mut raw = String::new();
            let signature: Signature = mac.finalize().into_bytes().into();
            super::super::signature::write(&signature, Default::default(), &mut raw);
            assert_eq!(raw, expected);
            if let Ok(value) = String::from_utf8(key) {
                let key = SigningKey::new(KeyName::default(), value).unwrap();
                let (front, back) = data.split_at(data.len() / 2);
                assert_eq!(key.mac(&[front, back]), signature);
            }
        }
    }
}
