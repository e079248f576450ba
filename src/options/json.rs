//! Options as JSON: the keys and values of the texts, as members of one object.
//!
//! In: the `options` of a variant. Out: [`VariantOptions`], and back. `fit`, `width`, `height` and
//! `metadata` are read as the API reference defines them; the other keys are those of
//! [`super::keys`]. Unknown keys are ignored.

use std::collections::BTreeMap;

use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value as Json;

use super::keys::{self, Value};
use super::metadata::MetadataPolicy;
use super::variant::VariantOptions;
use crate::geometry::Fit;
use crate::json;

/// The options that the API reference defines.
const REFERENCE: [&str; 4] = ["fit", "width", "height", "metadata"];

#[derive(Deserialize)]
struct Object {
    fit: Fit,
    #[serde(default, deserialize_with = "side")]
    width: Option<u32>,
    #[serde(default, deserialize_with = "side")]
    height: Option<u32>,
    metadata: MetadataPolicy,
    #[serde(flatten)]
    others: BTreeMap<String, Json>,
}

/// A side of the box: JSON has no integers, so `320.0` is a side and `1.5` is not.
pub(super) fn side<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u32>, D::Error> {
    json::whole_number(deserializer, "a whole number of pixels, 1 or more", 1).map(Some)
}

impl<'de> Deserialize<'de> for VariantOptions {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Object { fit, width, height, metadata, others } = Object::deserialize(deserializer)?;
        let mut options = Self { fit, width, height, metadata, ..Self::TEXT_DEFAULTS };
        for (key, value) in others.iter().filter(|(_, value)| !value.is_null()) {
            for (key, value) in pairs(key, value) {
                if keys::is_known(&key) {
                    keys::set(&mut options, &key, &value).map_err(serde::de::Error::custom)?;
                }
            }
        }
        keys::settle(&mut options);
        Ok(options)
    }
}

/// A member as the pairs of an option text. Objects group what texts join: a point, four sides, the
/// keys of a border.
pub(super) fn pairs(key: &str, value: &Json) -> Vec<(String, String)> {
    let Json::Object(members) = value else { return vec![(key.to_owned(), text(value))] };
    let get = |name: &str| members.get(name).map(text);
    let sides = || {
        let side = |name| get(name).or_else(|| get("width")).unwrap_or_else(|| "0".to_owned());
        ["top", "right", "bottom", "left"].map(side).join(";")
    };
    match (key, members.get("border")) {
        ("gravity", _) => {
            let axis = |name| get(name).unwrap_or_else(|| "0.5".to_owned());
            vec![(key.to_owned(), format!("{}x{}", axis("x"), axis("y")))]
        }
        ("trim", Some(Json::Object(border))) => {
            let border_keys = border.iter().map(|(name, value)| (format!("trim.border.{name}"), text(value)));
            [("trim".to_owned(), "border".to_owned())].into_iter().chain(border_keys).collect()
        }
        ("trim", Some(Json::Bool(true))) => vec![(key.to_owned(), "border".to_owned())],
        ("trim", _) => vec![(key.to_owned(), sides())],
        ("border", _) => {
            let color = get("color").map(|color| ("border.color".to_owned(), color));
            [(key.to_owned(), sides())].into_iter().chain(color).collect()
        }
        _ => vec![(key.to_owned(), value.to_string())],
    }
}

/// A value as an option text has it.
fn text(value: &Json) -> String {
    match value {
        Json::String(text) => text.clone(),
        other => other.to_string(),
    }
}

impl Serialize for VariantOptions {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("fit", &self.fit)?;
        for (key, side) in [("width", self.width), ("height", self.height)] {
            if let Some(side) = side {
                map.serialize_entry(key, &side)?;
            }
        }
        map.serialize_entry("metadata", &self.metadata)?;
        let others = keys::changed(self, &Self::TEXT_DEFAULTS);
        for (key, value) in others.into_iter().filter(|(key, _)| !REFERENCE.contains(key)) {
            match value {
                Value::Text(text) => map.serialize_entry(key, &text)?,
                Value::Number(number) => map.serialize_entry(key, &number.to_f64())?,
                Value::Whole(number) => map.serialize_entry(key, &number)?,
                Value::Flag(flag) => map.serialize_entry(key, &flag)?,
                Value::Color(color) => map.serialize_entry(key, &color.to_string())?,
            }
        }
        map.end()
    }
}
