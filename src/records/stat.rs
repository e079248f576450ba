//! [`Stat`]: how many images are stored, of how many that may be.
//!
//! In: the reference's JSON; images that come and go. Out: the next count, or a refusal. Must not know any image.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, de};

use super::json;
use crate::error::{Cause, Error, Result, Stage};

/// The reference's `Stat` model: `{"count":{"allowed":100000,"current":1000}}`.
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
    /// Both numbers.
    pub count: Count,
}

/// The numbers of a [`Stat`], in images. In JSON both are required, and `1000.0` is a whole number too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Count {
    /// How many images may be stored.
    #[serde(deserialize_with = "whole")]
    pub allowed: u64,
    /// How many are. More than allowed, after an allowance was lowered.
    #[serde(deserialize_with = "whole")]
    pub current: u64,
}

impl Stat {
    /// Reads the reference's JSON.
    ///
    /// # Errors
    ///
    /// `InvalidArgument` if the text is not such JSON, or a number is negative or not whole.
    pub fn from_json(text: &str) -> Result<Self> {
        json::parse("a stat", text)
    }

    /// Writes the reference's JSON, compact.
    ///
    /// # Errors
    ///
    /// `InvalidArgument`, never in practice.
    pub fn to_json(&self) -> Result<String> {
        json::write("a stat", self)
    }

    /// The count after `images` more are stored.
    ///
    /// # Errors
    ///
    /// `LimitExceeded` if they would be more than are allowed.
    pub fn after_upload(&self, images: u64) -> Result<Self> {
        let Count { allowed, current } = self.count;
        match current.checked_add(images) {
            Some(current) if current <= allowed => Ok(Self { count: Count { allowed, current } }),
            _ => Err(Error::new(Stage::Records, Cause::Allowance { asked: images, current, allowed })),
        }
    }

    /// The count after `images` are deleted.
    ///
    /// # Errors
    ///
    /// `InvalidArgument` if there are fewer.
    pub fn after_delete(&self, images: u64) -> Result<Self> {
        let Count { allowed, current } = self.count;
        match current.checked_sub(images) {
            Some(current) => Ok(Self { count: Count { allowed, current } }),
            None => Err(Error::new(Stage::Records, Cause::Deleted { asked: images, current })),
        }
    }
}

/// JSON has no integers: `1000`, `1000.0` and `1e3` are the same number. Above 2^53 a point makes it inexact.
fn whole<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    struct Whole;
    impl de::Visitor<'_> for Whole {
        type Value = u64;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a whole number of images, 0 or more")
        }

        fn visit_u64<E: de::Error>(self, value: u64) -> Result<u64, E> {
            Ok(value)
        }

        fn visit_i64<E: de::Error>(self, value: i64) -> Result<u64, E> {
            u64::try_from(value).map_err(|_| E::invalid_value(de::Unexpected::Signed(value), &self))
        }

        fn visit_f64<E: de::Error>(self, value: f64) -> Result<u64, E> {
            const EXACT: f64 = 9_007_199_254_740_992.0;
            if value.fract() != 0.0 || !(0.0..=EXACT).contains(&value) {
                return Err(E::invalid_value(de::Unexpected::Float(value), &self));
            }
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "whole and in range, as just checked"
            )]
            Ok(value as u64)
        }
    }
    deserializer.deserialize_any(Whole)
}
