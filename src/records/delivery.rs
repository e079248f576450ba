//! A stand-in for delivery URLs, until the module of that name is here.
//!
//! In: text. Out: the same text, if it is an https URL. Must not know of images.

use std::fmt;

use super::Profile;
use crate::error::{Cause, Error, Result, Stage};

/// A delivery URL.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct DeliveryUrl(String);

impl DeliveryUrl {
    /// Reads a URL.
    ///
    /// # Errors
    ///
    /// `InvalidArgument` if it is no https URL.
    pub fn parse(url: impl AsRef<[u8]>, _profile: Profile) -> Result<Self> {
        match std::str::from_utf8(url.as_ref()) {
            Ok(text) if text.starts_with("https://") => Ok(Self(text.to_owned())),
            _ => Err(Error::new(
                Stage::Records,
                Cause::DeliveryUrl("it does not start with https://".to_owned()),
            )),
        }
    }
}

impl fmt::Display for DeliveryUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}
