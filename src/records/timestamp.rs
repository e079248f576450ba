//! [`Timestamp`]: when something happened, as the reference's `date-time` text (contract section 5).
//!
//! In: RFC 3339 text, or Unix milliseconds. Out: the other. Must not know what time it is.

use std::fmt;
use std::str::FromStr;

use jiff::SignedDuration;
use jiff::civil::{DateTime, date};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::json::short;
use crate::error::{Cause, Error, Result, Stage};

/// An instant in the years 0 to 9999 UTC, to the millisecond.
///
/// Reads every RFC 3339 `date-time`: any offset, any fraction (what is finer than a millisecond is cut off), a leap
/// second as the second before it. Writes UTC with three digits and `Z`.
///
/// ```
/// use cretula::records::Timestamp;
/// let uploaded: Timestamp = "2014-01-02t04:20:00.1239+02:00".parse()?;
/// assert_eq!(uploaded.to_string(), "2014-01-02T02:20:00.123Z");
/// assert_eq!(uploaded.as_unix_millis(), 1_388_629_200_123);
/// # Ok::<(), cretula::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Timestamp(i64);

const EPOCH: DateTime = date(1970, 1, 1).at(0, 0, 0, 0);

impl Timestamp {
    /// `0000-01-01T00:00:00.000Z`.
    pub const MIN: Self = Self(-62_167_219_200_000);

    /// `9999-12-31T23:59:59.999Z`.
    pub const MAX: Self = Self(253_402_300_799_999);

    /// Milliseconds since 1970-01-01T00:00:00Z, without leap seconds.
    ///
    /// # Errors
    ///
    /// `InvalidArgument` outside [`MIN`](Self::MIN) and [`MAX`](Self::MAX).
    pub fn from_unix_millis(millis: i64) -> Result<Self> {
        if (Self::MIN.0..=Self::MAX.0).contains(&millis) {
            return Ok(Self(millis));
        }
        Err(refused(&format!("{millis} ms"), "must lie in the years 0000 to 9999 UTC"))
    }

    /// Milliseconds since 1970-01-01T00:00:00Z, without leap seconds.
    pub fn as_unix_millis(self) -> i64 {
        self.0
    }
}

fn refused(text: &str, rule: &'static str) -> Error {
    Error::new(Stage::Records, Cause::Field { field: "time", value: short(text), rule })
}

/// The parts of a `date-time` of RFC 3339, section 5.6: the first 19 bytes, the fraction, the offset.
fn parts(text: &str) -> Option<(&str, &str, &str)> {
    let (civil, rest) = text.split_at_checked(19)?;
    let shape = civil.bytes().zip("dddd-dd-ddTdd:dd:dd".bytes()).all(|(byte, wanted)| match wanted {
        b'd' => byte.is_ascii_digit(),
        wanted => byte.eq_ignore_ascii_case(&wanted),
    });
    let (fraction, offset) = match rest.strip_prefix('.') {
        None => ("", rest),
        Some(rest) => {
            let end = rest.find(|c: char| !c.is_ascii_digit())?;
            rest.split_at_checked(end).filter(|(fraction, _)| !fraction.is_empty())?
        }
    };
    shape.then_some((civil, fraction, offset))
}

/// Seconds east of Greenwich.
fn offset_seconds(offset: &str) -> Option<i64> {
    if offset.eq_ignore_ascii_case("z") {
        return Some(0);
    }
    let (sign, rest) = match offset.split_at_checked(1)? {
        ("+", rest) => (1, rest),
        ("-", rest) => (-1, rest),
        _ => return None,
    };
    let two = |digits: &str, below: i64| -> Option<i64> {
        let plain = digits.len() == 2 && digits.bytes().all(|b| b.is_ascii_digit());
        digits.parse().ok().filter(|n| plain && *n < below)
    };
    let (hours, minutes) = rest.split_once(':')?;
    Some(sign * (two(hours, 24)? * 3600 + two(minutes, 60)? * 60))
}

/// The first three digits of a fraction of a second, as if it had them all.
fn milliseconds(fraction: &str) -> i64 {
    let digits = fraction.bytes().map(|b| i64::from(b.wrapping_sub(b'0'))).chain(std::iter::repeat(0));
    digits.take(3).fold(0, |sum, digit| sum * 10 + digit)
}

impl FromStr for Timestamp {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let invalid = || refused(text, "is not a date-time of RFC 3339, such as 2014-01-02T02:20:00.123Z");
        let (civil, fraction, offset) = parts(text).ok_or_else(invalid)?;
        let offset = offset_seconds(offset).ok_or_else(invalid)?;
        let local: DateTime = civil.parse().map_err(|_| invalid())?;
        let seconds = local.duration_since(EPOCH).as_secs() - offset;
        Self::from_unix_millis(seconds * 1000 + milliseconds(fraction))
            .map_err(|_| refused(text, "must lie in the years 0000 to 9999 UTC"))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let utc = EPOCH.checked_add(SignedDuration::from_millis(self.0)).map_err(|_| fmt::Error)?;
        let (year, month, day) = (utc.year(), utc.month(), utc.day());
        let (hour, minute, second, millisecond) = (utc.hour(), utc.minute(), utc.second(), utc.millisecond());
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{millisecond:03}Z")
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}
