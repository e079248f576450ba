//! [`Timestamp`]: an instant, as the API reference's `date-time` text
//! ([contract section 5](crate::docs::contract#5-identifiers-records-limits)).
//!
//! In: RFC 3339 text, or Unix milliseconds. Out: the other. Must not know the current time.

use std::fmt;
use std::str::FromStr;

use jiff::SignedDuration;
use jiff::civil::{DateTime, Time, date};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::error::{Cause, Error, Result, Stage};
use crate::json::excerpt;

/// An instant in the years 0 to 9999 UTC, with millisecond precision.
///
/// Parses every RFC 3339 `date-time`: any offset; any fraction, truncated to milliseconds; a leap
/// second as the second before it. Prints UTC with three fractional digits and `Z`.
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

// `jiff::Timestamp` ends a day before the year 9999 does; civil times do not.
const EPOCH: DateTime = date(1970, 1, 1).at(0, 0, 0, 0);

impl Timestamp {
    /// `0000-01-01T00:00:00.000Z`.
    pub const MIN: Self = Self(-62_167_219_200_000);

    /// `9999-12-31T23:59:59.999Z`.
    pub const MAX: Self = Self(253_402_300_799_999);

    /// Creates a timestamp from milliseconds since 1970-01-01T00:00:00Z, not counting leap seconds.
    ///
    /// # Errors
    ///
    /// `InvalidArgument` outside [`MIN`](Self::MIN) to [`MAX`](Self::MAX).
    pub fn from_unix_millis(millis: i64) -> Result<Self> {
        if (Self::MIN.0..=Self::MAX.0).contains(&millis) {
            return Ok(Self(millis));
        }
        Err(refused(&format!("{millis} ms"), "must be in the years 0000 to 9999 UTC"))
    }

    /// Milliseconds since 1970-01-01T00:00:00Z, not counting leap seconds.
    pub fn as_unix_millis(self) -> i64 {
        self.0
    }
}

fn refused(text: &str, rule: &'static str) -> Error {
    Error::new(Stage::Records, Cause::Field { field: "time", value: excerpt(text), rule })
}

/// Splits a `date-time` of RFC 3339, section 5.6, into the local time, with at most three digits of
/// its fraction, and the offset.
fn split_offset(text: &str) -> Option<(&str, &str)> {
    let (seconds, rest) = text.split_at_checked(19)?;
    if !has_form(seconds, "dddd-dd-ddTdd:dd:dd") {
        return None;
    }
    let Some(fraction) = rest.strip_prefix('.') else { return Some((seconds, rest)) };
    let digits = fraction.find(|c: char| !c.is_ascii_digit()).filter(|digits| *digits > 0)?;
    Some((text.get(..20 + digits.min(3))?, fraction.get(digits..)?))
}

/// Whether `text` has the form of `pattern`, in which `d` is a digit; letters match in either case.
fn has_form(text: &str, pattern: &str) -> bool {
    let matches = |(byte, expected): (u8, u8)| match expected {
        b'd' => byte.is_ascii_digit(),
        _ => byte.eq_ignore_ascii_case(&expected),
    };
    text.len() == pattern.len() && text.bytes().zip(pattern.bytes()).all(matches)
}

/// The offset from UTC; positive is east of Greenwich.
fn parse_offset(text: &str) -> Option<SignedDuration> {
    if text.eq_ignore_ascii_case("z") {
        return Some(SignedDuration::ZERO);
    }
    let (sign, time) = text.split_at_checked(1)?;
    let time: Time = has_form(time, "dd:dd").then(|| time.parse().ok())??;
    let offset = time.duration_since(Time::midnight());
    match sign {
        "+" => Some(offset),
        "-" => Some(-offset),
        _ => None,
    }
}

impl FromStr for Timestamp {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let invalid = || refused(text, "is not a date-time of RFC 3339, such as 2014-01-02T02:20:00.123Z");
        let (local, offset) = split_offset(text).ok_or_else(invalid)?;
        let offset = parse_offset(offset).ok_or_else(invalid)?;
        let local: DateTime = local.parse().map_err(|_| invalid())?;
        let millis = (local.duration_since(EPOCH) - offset).as_millis();
        i64::try_from(millis)
            .ok()
            .and_then(|millis| Self::from_unix_millis(millis).ok())
            .ok_or_else(|| refused(text, "must be in the years 0000 to 9999 UTC"))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let utc = EPOCH.checked_add(SignedDuration::from_millis(self.0)).map_err(|_| fmt::Error)?;
        write!(f, "{utc:.3}Z")
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
