//! [`Keyring`]: the active keys, inserted, rotated and removed by name ([contract section
//! 4.1](crate::docs::contract#41-keys)).
//!
//! In: keys. Out: the key of a given name, or the key that made a signature, found in a time that
//! does not depend on which key it is. Must not know of URLs or JSON.

use std::fmt;

use subtle::{Choice, ConditionallySelectable, ConstantTimeEq};

use super::key::SigningKey;
use super::signature::Signature;
use crate::error::{Cause, Error, Result, Stage};
use crate::identifiers::KeyName;

/// The active signing keys: at most two by default, so that a key can be rotated while URLs signed
/// with the old one are still in use.
///
/// ```
/// use cretula::records::KeyName;
/// use cretula::sign::{Keyring, SignOptions, SigningKey};
///
/// let mut keys = Keyring::new();
/// keys.insert(SigningKey::new(KeyName::default(), "Oix0bbNaT8Rge9PuyxUBrjI6zrgnsyJ5=")?)?;
/// let url = keys.sign("default", "https://img.example/h/cat/hero", &SignOptions::new().expires_at(1_631_289_275))?;
/// assert_eq!(keys.verify(&url, 1_631_289_275)?.key.as_str(), "default");
/// assert!(keys.verify(&url, 1_631_289_276).is_err());
/// # Ok::<(), cretula::Error>(())
/// ```
pub struct Keyring {
    keys: Vec<SigningKey>,
    capacity: usize,
}

impl Keyring {
    /// Maximum number of keys unless configured.
    pub const DEFAULT_CAPACITY: usize = 2;

    /// Creates an empty keyring for at most [`DEFAULT_CAPACITY`](Self::DEFAULT_CAPACITY) keys. It
    /// cannot sign and verifies nothing until a key is [inserted](Self::insert).
    pub fn new() -> Self {
        Self::with_capacity(Self::DEFAULT_CAPACITY)
    }

    /// Creates an empty keyring for at most `capacity` keys (0 counts as 1). Verifying costs one
    /// HMAC per key.
    pub fn with_capacity(capacity: usize) -> Self {
        Self { keys: Vec::new(), capacity: capacity.max(1) }
    }

    /// Inserts a key. A key of the same name is replaced (rotated) in its place. Returns whether
    /// there was one.
    ///
    /// # Errors
    ///
    /// `LimitExceeded` if the name is new and the keyring is full; the keyring is then unchanged.
    pub fn insert(&mut self, key: SigningKey) -> Result<bool> {
        if let Some(old) = self.keys.iter_mut().find(|old| old.name() == key.name()) {
            *old = key;
            return Ok(true);
        }
        if self.keys.len() >= self.capacity {
            let advice = "remove one, or create a keyring of larger capacity";
            let full = Cause::Full { what: "signing keys", max: self.capacity as u64, advice };
            return Err(Error::new(Stage::Sign, full));
        }
        self.keys.push(key);
        Ok(false)
    }

    /// Removes a key. If it is the last one, a newly generated `default` replaces it, so that
    /// signing never stops. Returns whether that happened.
    ///
    /// # Errors
    ///
    /// `NotFound` if there is no key of this name; `Internal` if the operating system provides no
    /// random bytes for the new key. The keyring is then unchanged.
    pub fn remove(&mut self, name: &str) -> Result<bool> {
        let at = self.position(name)?;
        let last = self.keys.len() == 1;
        if last {
            self.keys[at] = SigningKey::generate(KeyName::default())?;
        } else {
            self.keys.remove(at);
        }
        Ok(last)
    }

    /// The names, in order of insertion.
    pub fn names(&self) -> impl ExactSizeIterator<Item = &KeyName> {
        self.keys.iter().map(SigningKey::name)
    }

    /// The number of keys.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether there is no key.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// Maximum number of keys.
    pub fn capacity(&self) -> usize {
        self.capacity
    }

    pub(super) fn key(&self, name: &str) -> Result<&SigningKey> {
        Ok(&self.keys[self.position(name)?])
    }

    #[cfg(feature = "serde")]
    pub(crate) fn keys(&self) -> &[SigningKey] {
        &self.keys
    }

    fn position(&self, name: &str) -> Result<usize> {
        self.keys.iter().position(|key| key.name().as_str() == name).ok_or_else(|| {
            let name = name.chars().take(KeyName::MAX_CHARS).collect();
            Error::new(Stage::Sign, Cause::NotFound { what: "signing key", name })
        })
    }

    /// The first key with which `signature` signs one of `texts`, each given in pieces.
    ///
    /// Every key is tried on every text and compared in constant time, whatever matched before, so
    /// that the time reveals neither where a wrong signature differs nor which key made a right
    /// one.
    pub(super) fn signer_of(&self, texts: &[&[&[u8]]], signature: &Signature) -> Option<&KeyName> {
        let (mut found, mut index) = (Choice::from(0), 0_u64);
        for (at, key) in (0_u64..).zip(&self.keys) {
            for text in texts {
                let equal = key.mac(text).ct_eq(signature);
                index.conditional_assign(&at, equal & !found);
                found |= equal;
            }
        }
        let key = self.keys.get(usize::try_from(index).ok()?)?;
        bool::from(found).then(|| key.name())
    }
}

impl Default for Keyring {
    fn default() -> Self {
        Self::new()
    }
}

/// Shows names and capacity, never a value.
impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.names().map(KeyName::as_str).collect();
        f.debug_struct("Keyring").field("names", &names).field("capacity", &self.capacity).finish()
    }
}
