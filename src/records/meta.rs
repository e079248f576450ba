//! [`Meta`]: the caller's own key-value store for an image, as JSON ([contract section
//! 5](crate::docs::contract#5-identifiers-records-limits)).
//!
//! In: untrusted JSON. Out: an object within its bounds, as compact text. Must not know what the
//! keys mean.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use serde::de::{self, Deserializer, MapAccess, Visitor};
use serde::{Deserialize, Serialize, Serializer};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::error::{Cause, Error, Result, Stage};
use crate::json::{self, excerpt};

const WHAT: &str = "meta";

/// A JSON object whose compact form is at most 1024 bytes of UTF-8, at most 16 levels deep, without
/// duplicate keys ([contract section 5](crate::docs::contract#5-identifiers-records-limits)).
///
/// Stores that compact form: keys in their original order, numbers as they were written (`1.50` and
/// an integer of 20 digits stay the same), no whitespace, and in strings only those escapes that
/// JSON requires. Two values are equal if these texts are.
///
/// ```
/// use cretula::records::Meta;
/// let meta: Meta = r#"{ "album": "\u0063ats", "n": 1.50 }"#.parse()?;
/// assert_eq!(meta.as_json(), r#"{"album":"cats","n":1.50}"#);
/// assert!(r#"{"a":1,"\u0061":2}"#.parse::<Meta>().is_err());
/// # Ok::<(), cretula::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Meta(String);

impl Meta {
    /// Maximum length of the compact form in bytes.
    pub const MAX_BYTES: usize = 1024;

    /// Maximum nesting depth of objects and arrays, including the outermost object.
    pub const MAX_DEPTH: usize = 16;

    /// Maximum length of the source in bytes, before whitespace and unnecessary escapes are
    /// removed.
    pub const MAX_SOURCE_BYTES: usize = 65_536;

    /// Parses JSON text.
    ///
    /// # Errors
    ///
    /// `InvalidArgument` if the text is not JSON or not an object, has a duplicate key at any
    /// level, is nested deeper than [`MAX_DEPTH`](Self::MAX_DEPTH), has a number that is too large
    /// for a double, or exceeds [`MAX_BYTES`](Self::MAX_BYTES) in compact form or
    /// [`MAX_SOURCE_BYTES`](Self::MAX_SOURCE_BYTES) before.
    pub fn from_json(text: &str) -> Result<Self> {
        check_bytes(
            "the JSON of meta, with its whitespace and escapes,",
            text.len(),
            Self::MAX_SOURCE_BYTES,
        )?;
        // This pass does not recurse, however deep the text is nested, and its errors have lines
        // and columns.
        let outer: &RawValue = json::parse(Stage::Records, WHAT, text)?;
        if !outer.get().starts_with('{') {
            return Err(invalid(format!("expected an object, got {}", kind(outer))));
        }
        let mut compact = String::with_capacity(outer.get().len());
        write_compact(outer, 1, &mut compact)?;
        check_bytes("the compact JSON of meta", compact.len(), Self::MAX_BYTES)?;
        compact.shrink_to_fit();
        Ok(Self(compact))
    }

    /// The compact JSON text.
    pub fn as_json(&self) -> &str {
        &self.0
    }

    /// Converts a value.
    ///
    /// # Errors
    ///
    /// Same as [`from_json`](Self::from_json).
    pub fn from_value(value: &Value) -> Result<Self> {
        check_depth(value, 1)?;
        Self::from_json(&json::write(Stage::Records, WHAT, value)?)
    }

    /// Converts to a value. A number that is not a 64-bit integer becomes the nearest double.
    ///
    /// # Errors
    ///
    /// `InvalidArgument` if the stored text cannot be parsed, which is not expected.
    pub fn to_value(&self) -> Result<Value> {
        value_of(json::parse(Stage::Records, WHAT, &self.0)?)
    }
}

/// The JSON name of the type of a value that is not an object.
fn kind(value: &RawValue) -> &'static str {
    match value.get().as_bytes().first() {
        Some(b'[') => "an array",
        Some(b'"') => "a string",
        Some(b't' | b'f') => "a boolean",
        Some(b'n') => "null",
        _ => "a number",
    }
}

pub(super) fn check_bytes(field: &'static str, length: usize, max: usize) -> Result<()> {
    if length <= max {
        return Ok(());
    }
    Err(Error::new(Stage::Records, Cause::FieldBytes { field, length, max }))
}

/// An error about the JSON of meta.
pub(super) fn invalid(detail: impl ToString) -> Error {
    json::invalid(Stage::Records, WHAT, detail)
}

pub(super) fn too_deep() -> Error {
    invalid(format!("nested more than {} deep", Meta::MAX_DEPTH))
}

/// Checks a value of any depth before it is serialized recursively.
fn check_depth(value: &Value, depth: usize) -> Result<()> {
    match value {
        Value::Array(_) | Value::Object(_) if depth > Meta::MAX_DEPTH => Err(too_deep()),
        Value::Array(items) => items.iter().try_for_each(|item| check_depth(item, depth + 1)),
        Value::Object(entries) => entries.values().try_for_each(|item| check_depth(item, depth + 1)),
        _ => Ok(()),
    }
}

/// Appends `value` without whitespace. `depth` counts objects and arrays from the outermost one.
fn write_compact(value: &RawValue, depth: usize, out: &mut String) -> Result<()> {
    let text = value.get();
    match text.as_bytes().first() {
        Some(b'{' | b'[') if depth > Meta::MAX_DEPTH => return Err(too_deep()),
        Some(b'{') => {
            let Entries(entries) = read(text)?;
            let mut known = BTreeSet::new();
            out.push('{');
            for (key, value) in &entries {
                if !known.insert(key) {
                    return Err(invalid(format!("duplicate key {:?}", excerpt(key))));
                }
                if known.len() > 1 {
                    out.push(',');
                }
                write_string(key, out)?;
                out.push(':');
                write_compact(value, depth + 1, out)?;
            }
            out.push('}');
        }
        Some(b'[') => {
            let items: Vec<&RawValue> = read(text)?;
            out.push('[');
            for (index, item) in items.into_iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write_compact(item, depth + 1, out)?;
            }
            out.push(']');
        }
        Some(b'"') => write_string(&read::<String>(text)?, out)?,
        Some(b'-' | b'0'..=b'9') => {
            // A parser that only has doubles would read infinity, which JSON cannot represent.
            if !text.parse::<f64>().is_ok_and(f64::is_finite) {
                return Err(invalid(format!("the number {} is too large for a double", excerpt(text))));
            }
            out.push_str(text);
        }
        _ => out.push_str(text),
    }
    Ok(())
}

/// Converts a text that was checked before. `serde_json` itself may read a double that is off by
/// one unit in the last place, and refuses the largest double if its last digit is rounded up.
fn value_of(raw: &RawValue) -> Result<Value> {
    let text = raw.get();
    Ok(match text.as_bytes().first() {
        Some(b'{') => {
            let Entries(entries) = read(text)?;
            let read = |(key, raw)| Ok((key, value_of(raw)?));
            Value::Object(entries.into_iter().map(read).collect::<Result<_>>()?)
        }
        Some(b'[') => {
            let items: Vec<&RawValue> = read(text)?;
            Value::Array(items.into_iter().map(value_of).collect::<Result<_>>()?)
        }
        Some(b'-' | b'0'..=b'9') => {
            // Only a double can represent negative zero.
            let integer = (text != "-0").then(|| text.parse::<u64>().map(Value::from));
            let integer = integer.map(|integer| integer.or_else(|_| text.parse::<i64>().map(Value::from)));
            match integer {
                Some(Ok(integer)) => integer,
                _ => text.parse::<f64>().map_or(Value::Null, Value::from),
            }
        }
        _ => read(text)?,
    })
}

pub(super) fn write_string(text: &str, out: &mut String) -> Result<()> {
    out.push_str(&json::write(Stage::Records, WHAT, &text)?);
    Ok(())
}

/// Parses a part of a text. Its grammar was checked with the whole, so the only possible error is
/// an unpaired surrogate; a position within the part would mislead.
fn read<'a, T: Deserialize<'a>>(part: &'a str) -> Result<T> {
    serde_json::from_str(part).map_err(|error| {
        let (what, place) =
            (error.to_string(), format!(" at line {} column {}", error.line(), error.column()));
        invalid(format!("{} in {:?}", what.trim_end_matches(&place), excerpt(part)))
    })
}

/// The entries of an object in order, including duplicates, which a map would silently merge.
struct Entries<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Entries<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Entries<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Entries<'de>, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Entries(entries))
            }
        }
        deserializer.deserialize_map(Reader)
    }
}

impl fmt::Display for Meta {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl FromStr for Meta {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        Self::from_json(text)
    }
}

/// Serializes as the object itself, not as text.
impl Serialize for Meta {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let raw: &RawValue = serde_json::from_str(&self.0).map_err(serde::ser::Error::custom)?;
        raw.serialize(serializer)
    }
}

/// Deserializes only from JSON: from a `serde_json` reader, or from a `serde_json::Value`.
impl<'de> Deserialize<'de> for Meta {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        Self::from_json(raw.get()).map_err(de::Error::custom)
    }
}
