//! [`Keyring`]: the active keys, put, rotated and removed by name (contract section 4.1).
//!
//! In: keys. Out: the key of a name, or the key that made a signature, found in a time that does not tell which one.
//! Must not know of URLs or JSON.

use std::fmt;

use subtle::{Choice, ConditionallySelectable, ConstantTimeEq};

use super::key::SigningKey;
use super::signature::Signature;
use crate::error::{Cause, Error, Result, Stage};
use crate::identifiers::KeyName;

/// The active signing keys: at most two unless configured, so that a key can be rotated while URLs of the old one live.
///
/// ```
/// use cretula::records::KeyName;
/// use cretula::sign::{Keyring, SignOptions, SigningKey};
///
/// let mut keys = Keyring::new();
/// keys.put(SigningKey::new(KeyName::default(), "Oix0bbNaT8Rge9PuyxUBrjI6zrgnsyJ5=")?)?;
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
    /// How many keys a ring holds unless configured.
    pub const DEFAULT_CAPACITY: usize = 2;

    /// A ring without keys, for at most [`DEFAULT_CAPACITY`](Self::DEFAULT_CAPACITY) of them. It refuses to sign and
    /// verifies nothing until a key is [put](Self::put).
    pub fn new() -> Self {
        Self::with_capacity(Self::DEFAULT_CAPACITY)
    }

    /// A ring without keys, for at most `capacity` of them (0 counts as 1). Verifying costs one HMAC a key.
    pub fn with_capacity(capacity: usize) -> Self {
        Self { keys: Vec::new(), capacity: capacity.max(1) }
    }

    /// Adds a key; one of the same name is replaced (rotated) in its place. Answers whether it was.
    ///
    /// # Errors
    ///
    /// `LimitExceeded` if the name is new and the ring is full: the ring is as it was.
    pub fn put(&mut self, key: SigningKey) -> Result<bool> {
        if let Some(there) = self.keys.iter_mut().find(|there| there.name() == key.name()) {
            *there = key;
            return Ok(true);
        }
        if self.keys.len() >= self.capacity {
            let advice = "remove one, or make a ring of larger capacity";
            let full = Cause::Full { what: "signing keys", max: self.capacity as u64, advice };
            return Err(Error::new(Stage::Sign, full));
        }
        self.keys.push(key);
        Ok(false)
    }

    /// Removes a key. The last one is replaced by a new, generated `default`, so that signing never stops; answers
    /// whether that happened.
    ///
    /// # Errors
    ///
    /// `NotFound` if there is no key of this name; `Internal` if the operating system has no random bytes for the new
    /// one. The ring is then as it was.
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

    /// The names, in the order in which they were put.
    pub fn names(&self) -> impl ExactSizeIterator<Item = &KeyName> {
        self.keys.iter().map(SigningKey::name)
    }

    /// How many keys there are.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether there is no key.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// How many keys there may be.
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

    /// The first key by which `signature` is that of one of `texts`, each given in pieces.
    ///
    /// Every key is tried on every text and compared in constant time, whatever matched before, so that the time tells
    /// neither where a wrong signature differs nor which key made a right one.
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

/// Names and capacity; never a value.
impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.names().map(KeyName::as_str).collect();
        f.debug_struct("Keyring").field("names", &names).field("capacity", &self.capacity).finish()
    }
}
