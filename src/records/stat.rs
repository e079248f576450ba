//! [`Stat`]: how many images are stored, and how many may be.
//!
//! In: the API reference's JSON; numbers of uploaded and deleted images. Out: the new count, or an
//! error. Must not know of any image.

use serde::{Deserialize, Deserializer, Serialize};

use crate::error::{Cause, Error, Result, Stage};
use crate::json;

/// The API reference's `Stat` model: `{"count":{"allowed":100000,"current":1000}}`.
///
/// ```
/// use cretula::records::Stat;
/// let stat = Stat::from_json(r#"{"count":{"allowed":3,"current":2}}"#)?;
/// assert_eq!(stat.after_upload(1)?.count.current, 3);
/// assert!(stat.after_upload(2).is_err());
/// # Ok::<(), cretula::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Stat {
    /// The allowed and the current number of images.
    pub count: Count,
}

/// The numbers of a [`Stat`], in images. Both are required in JSON, where `1000.0` is a whole
/// number, too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Count {
    /// Maximum number of stored images.
    #[serde(deserialize_with = "image_count")]
    pub allowed: u64,
    /// Number of stored images. Exceeds `allowed` if the allowance was lowered.
    #[serde(deserialize_with = "image_count")]
    pub current: u64,
}

impl Stat {
    /// Parses the API reference's JSON.
    ///
    /// # Errors
    ///
    /// `InvalidArgument` if the text is not such JSON, or a number is negative or not whole.
    pub fn from_json(text: &str) -> Result<Self> {
        json::parse(Stage::Records, "a stat", text)
    }

    /// Writes the API reference's JSON in compact form.
    ///
    /// # Errors
    ///
    /// `InvalidArgument` if serialization fails, which is not expected.
    pub fn to_json(&self) -> Result<String> {
        json::write(Stage::Records, "a stat", self)
    }

    /// Computes the count after `images` more are stored.
    ///
    /// # Errors
    ///
    /// `LimitExceeded` if that is more than `allowed`.
    pub fn after_upload(&self, images: u64) -> Result<Self> {
        let Count { allowed, current } = self.count;
        match current.checked_add(images) {
            Some(current) if current <= allowed => Ok(Self { count: Count { allowed, current } }),
            _ => Err(Error::new(Stage::Records, Cause::Allowance { asked: images, current, allowed })),
        }
    }

    /// Computes the count after `images` are deleted.
    ///
    /// # Errors
    ///
    /// `InvalidArgument` if fewer images are stored.
    pub fn after_delete(&self, images: u64) -> Result<Self> {
        let Count { allowed, current } = self.count;
        match current.checked_sub(images) {
            Some(current) => Ok(Self { count: Count { allowed, current } }),
            None => Err(Error::new(Stage::Records, Cause::Deleted { asked: images, current })),
        }
    }
}

fn image_count<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    json::whole_number(deserializer, "a whole number of images, 0 or more", 0)
}
