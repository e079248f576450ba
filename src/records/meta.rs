//! [`Meta`]: the caller's own key-value store beside an image, as JSON (contract section 5).
//!
//! In: JSON from strangers. Out: an object within its bounds, as compact text. Must not know what the keys mean.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use serde::de::{self, Deserializer, MapAccess, Visitor};
use serde::{Deserialize, Serialize, Serializer};
use serde_json::Value;
use serde_json::value::RawValue;

use super::json::{invalid, parse, short};
use crate::error::{Cause, Error, Result, Stage};

const WHAT: &str = "meta";

/// A JSON object whose compact form is at most 1024 bytes of UTF-8, at most 16 deep, without a key that is there twice
/// (contract section 5).
///
/// It holds that compact form: keys in the order they came in, numbers as they were written (`1.50` and an integer of
/// 20 digits stay what they are), no whitespace, and in strings only what JSON demands is escaped. Two are equal if
/// these texts are.
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
    /// The most bytes of the compact form.
    pub const MAX_BYTES: usize = 1024;

    /// The most objects and arrays that lie in one another, the outermost one included.
    pub const MAX_DEPTH: usize = 16;

    /// The most bytes of JSON that are looked at, before whitespace and needless escapes are taken out.
    pub const MAX_SOURCE_BYTES: usize = 65_536;

    /// Reads JSON text.
    ///
    /// # Errors
    ///
    /// `InvalidArgument` if the text is not JSON, not an object, has a key twice at any level, is deeper than
    /// [`MAX_DEPTH`](Self::MAX_DEPTH), has a number that is too large for a double, or is over
    /// [`MAX_BYTES`](Self::MAX_BYTES) when compact or over [`MAX_SOURCE_BYTES`](Self::MAX_SOURCE_BYTES) as it is.
    pub fn from_json(text: &str) -> Result<Self> {
        check_bytes(
            "the JSON of meta, with its whitespace and escapes,",
            text.len(),
            Self::MAX_SOURCE_BYTES,
        )?;
        // This pass does not recurse, however deep the text is, and knows lines and columns.
        let outer: &RawValue = parse(WHAT, text)?;
        if !outer.get().starts_with('{') {
            return Err(invalid(WHAT, format!("expected an object, got {}", kind(outer))));
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

    /// Reads a value.
    ///
    /// # Errors
    ///
    /// As [`from_json`](Self::from_json).
    pub fn from_value(value: &Value) -> Result<Self> {
        check_depth(value, 1)?;
        Self::from_json(&super::json::write(WHAT, value)?)
    }

    /// The same object as a value. A number that is no integer of 64 bits becomes the nearest double there.
    ///
    /// # Errors
    ///
    /// `InvalidArgument`, never in practice: what this type holds was read before.
    pub fn to_value(&self) -> Result<Value> {
        value_of(parse(WHAT, &self.0)?)
    }
}

/// What JSON calls a value that is no object.
fn kind(value: &RawValue) -> &'static str {
    match value.get().as_bytes().first() {
        Some(b'[') => "an array",
        Some(b'"') => "a string",
        Some(b't' | b'f') => "a boolean",
        Some(b'n') => "null",
        _ => "a number",
    }
}

fn check_bytes(field: &'static str, length: usize, max: usize) -> Result<()> {
    if length <= max {
        return Ok(());
    }
    Err(Error::new(Stage::Records, Cause::FieldBytes { field, length, max }))
}

fn too_deep() -> Error {
    invalid(WHAT, format!("nested more than {} deep", Meta::MAX_DEPTH))
}

/// Before a value of any depth is written by a recursive writer.
fn check_depth(value: &Value, depth: usize) -> Result<()> {
    match value {
        Value::Array(_) | Value::Object(_) if depth > Meta::MAX_DEPTH => Err(too_deep()),
        Value::Array(items) => items.iter().try_for_each(|item| check_depth(item, depth + 1)),
        Value::Object(entries) => entries.values().try_for_each(|item| check_depth(item, depth + 1)),
        _ => Ok(()),
    }
}

/// Appends `value` without whitespace. An object or array is the `depth`th from outside.
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
                    return Err(invalid(WHAT, format!("the key {:?} is there twice", short(key))));
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
            // A reader that has doubles only would see infinity, which JSON cannot say.
            if !text.parse::<f64>().is_ok_and(f64::is_finite) {
                return Err(invalid(WHAT, format!("the number {} is too large for a double", short(text))));
            }
            out.push_str(text);
        }
        _ => out.push_str(text),
    }
    Ok(())
}

/// The value of what was checked before. `serde_json` itself may read a double one unit in the last place off, and refuses the
/// largest if it is written with a last digit that is rounded.
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
            // A double can be less than nothing by nothing.
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

fn write_string(text: &str, out: &mut String) -> Result<()> {
    out.push_str(&super::json::write(WHAT, &text)?);
    Ok(())
}

/// Reads a part. Its grammar was checked with the whole, so what can be wrong is half of a surrogate pair; a position
/// in the part would mislead.
fn read<'a, T: Deserialize<'a>>(part: &'a str) -> Result<T> {
    serde_json::from_str(part).map_err(|error| {
        let (what, place) =
            (error.to_string(), format!(" at line {} column {}", error.line(), error.column()));
        invalid(WHAT, format!("{} in {:?}", what.trim_end_matches(&place), short(part)))
    })
}

/// The entries of an object in their order, with those that a map would silently merge.
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

/// As the object itself, not as text.
impl Serialize for Meta {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let raw: &RawValue = serde_json::from_str(&self.0).map_err(serde::ser::Error::custom)?;
        raw.serialize(serializer)
    }
}

/// From JSON only: from a `serde_json` reader, or from a `serde_json::Value`.
impl<'de> Deserialize<'de> for Meta {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        Self::from_json(raw.get()).map_err(de::Error::custom)
    }
}
