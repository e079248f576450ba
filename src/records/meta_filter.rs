//! [`MetaFilter`]: a condition on the metadata of listed images.
//!
//! In: a parameter of a query, `meta.<field>[<operator>]`, and its value. Out: a condition, and whether
//! given metadata match it. Must not know of images or storage.

use std::fmt;

use serde::de::IgnoredAny;
use serde::{Serialize, Serializer};
use serde_json::Value;

use super::meta::Meta;
use crate::error::{Cause, Error, Result, Stage};
use crate::json;

/// A condition on one field of an image's metadata, such as `meta.priority[gte:number]=3`.
///
/// The field is a name, or names joined by dots that lead into objects. An image without metadata, or
/// without that field, or with another type of value, does not match.
///
/// | operator | matches if the value is |
/// |---|---|
/// | `eq`, `eq:string` | this text |
/// | `eq:number`, `eq:boolean` | this number; `true` or `false` |
/// | `gt`, `gte`, `lt`, `lte`, or with `:number` | a number greater than this, at least, less than, at most |
/// | `in`, `in:string`, `in:number` | one of these, separated by a vertical bar |
///
/// ```
/// use cretula::records::{ImageQuery, Meta};
/// let query = ImageQuery::from_query("meta.shot.iso[lt:number]=400")?;
/// let meta: Meta = r#"{"shot":{"iso":100}}"#.parse()?;
/// assert!(query.meta[0].matches(Some(&meta)));
/// assert!(!query.meta[0].matches(None));
/// # Ok::<(), cretula::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct MetaFilter {
    path: Vec<String>,
    test: MetaTest,
}

/// The condition on the value of a field. Numbers are compared as doubles.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum MetaTest {
    /// This text.
    Text(String),
    /// This number.
    Number(f64),
    /// This boolean.
    Boolean(bool),
    /// One of these texts.
    AnyText(Vec<String>),
    /// One of these numbers.
    AnyNumber(Vec<f64>),
    /// A number greater than this.
    Greater(f64),
    /// A number greater than this, or equal.
    GreaterOrEqual(f64),
    /// A number less than this.
    Less(f64),
    /// A number less than this, or equal.
    LessOrEqual(f64),
}

impl MetaFilter {
    /// Reads a parameter of a query, both parts decoded. `None` if its name is not `meta.…`, or if no
    /// field has such a name: the names of a field are not empty, and contain no control character
    /// and none of `< > [ ] { } " \ | ^` and the backtick.
    ///
    /// # Errors
    ///
    /// `InvalidArgument` if there is no such operator, or the value is none of its type.
    pub fn from_parameter(name: &str, value: &str) -> Result<Option<Self>> {
        let Some(name) = name.strip_prefix("meta.") else { return Ok(None) };
        let (field, operator) = name.split_once('[').unwrap_or((name, ""));
        let path: Vec<_> = field.split('.').map(str::to_owned).collect();
        if !path.iter().all(|name| is_name(name)) {
            return Ok(None);
        }
        let operator = operator.strip_suffix(']').unwrap_or(operator);
        Ok(Some(Self { path, test: MetaTest::parse(operator, value)? }))
    }

    /// The name of the field, or the names that lead to it.
    pub fn path(&self) -> impl ExactSizeIterator<Item = &str> {
        self.path.iter().map(String::as_str)
    }

    /// The condition on the value.
    pub fn test(&self) -> &MetaTest {
        &self.test
    }

    /// Name and value of the parameter.
    pub(super) fn parameter(&self) -> (String, String) {
        (format!("meta.{}[{}]", self.path.join("."), self.test.operator()), self.test.to_string())
    }

    /// Whether an image with these metadata is wanted.
    pub fn matches(&self, meta: Option<&Meta>) -> bool {
        let value = meta.and_then(|meta| meta.to_value().ok());
        let leaf = value.as_ref().and_then(|value| self.path.iter().try_fold(value, |at, name| at.get(name)));
        leaf.is_some_and(|leaf| self.test.matches(leaf))
    }
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && !name.contains(|c: char| c.is_control() || "<>[]{}\"\\|^`".contains(c))
}

impl MetaTest {
    fn parse(operator: &str, value: &str) -> Result<Self> {
        let number = || number(operator, value);
        Ok(match operator {
            "eq" | "eq:string" => Self::Text(value.to_owned()),
            "eq:number" => Self::Number(number()?),
            "eq:boolean" => Self::Boolean(value.parse().map_err(|_| {
                refused(format!("[{operator}] must be true or false, got {:?}", json::excerpt(value)))
            })?),
            "gt" | "gt:number" => Self::Greater(number()?),
            "gte" | "gte:number" => Self::GreaterOrEqual(number()?),
            "lt" | "lt:number" => Self::Less(number()?),
            "lte" | "lte:number" => Self::LessOrEqual(number()?),
            "in" | "in:string" => Self::AnyText(value.split('|').map(str::to_owned).collect()),
            "in:number" => {
                let numbers = value.split('|').map(|one| self::number(operator, one));
                Self::AnyNumber(numbers.collect::<Result<_>>()?)
            }
            _ => {
                return Err(refused(format!(
                    "the operator must be one of eq, gt, gte, lt, lte, in, with or without its type \
                     (:string, :number, :boolean), got {:?}",
                    json::excerpt(operator)
                )));
            }
        })
    }

    fn matches(&self, value: &Value) -> bool {
        match self {
            Self::Text(text) => value.as_str() == Some(text),
            Self::AnyText(texts) => texts.iter().any(|text| value.as_str() == Some(text)),
            Self::Boolean(flag) => value.as_bool() == Some(*flag),
            Self::Number(number) => value.as_f64() == Some(*number),
            Self::AnyNumber(numbers) => numbers.iter().any(|number| value.as_f64() == Some(*number)),
            Self::Greater(bound) => value.as_f64().is_some_and(|number| number > *bound),
            Self::GreaterOrEqual(bound) => value.as_f64().is_some_and(|number| number >= *bound),
            Self::Less(bound) => value.as_f64().is_some_and(|number| number < *bound),
            Self::LessOrEqual(bound) => value.as_f64().is_some_and(|number| number <= *bound),
        }
    }

    fn operator(&self) -> &'static str {
        match self {
            Self::Text(_) => "eq:string",
            Self::Number(_) => "eq:number",
            Self::Boolean(_) => "eq:boolean",
            Self::AnyText(_) => "in:string",
            Self::AnyNumber(_) => "in:number",
            Self::Greater(_) => "gt:number",
            Self::GreaterOrEqual(_) => "gte:number",
            Self::Less(_) => "lt:number",
            Self::LessOrEqual(_) => "lte:number",
        }
    }
}

/// A finite number, as JSON writes it.
fn number(operator: &str, text: &str) -> Result<f64> {
    let is_json = serde_json::from_str::<IgnoredAny>(text).is_ok();
    let number = text.parse::<f64>().ok().filter(|number| is_json && number.is_finite());
    number.ok_or_else(|| refused(format!("[{operator}] must be a number, got {:?}", json::excerpt(text))))
}

fn refused(rule: String) -> Error {
    Error::new(Stage::Records, Cause::Query { rule })
}

/// As its parameter.
impl Serialize for MetaFilter {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// The parameter, not percent-encoded: `meta.shot.iso[lt:number]=400`.
impl fmt::Display for MetaFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, value) = self.parameter();
        write!(f, "{name}={value}")
    }
}

/// The value of the parameter.
impl fmt::Display for MetaTest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Boolean(flag) => flag.fmt(f),
            Self::AnyText(texts) => f.write_str(&texts.join("|")),
            Self::AnyNumber(numbers) => {
                let texts: Vec<_> = numbers.iter().map(f64::to_string).collect();
                f.write_str(&texts.join("|"))
            }
            Self::Number(number)
            | Self::Greater(number)
            | Self::GreaterOrEqual(number)
            | Self::Less(number)
            | Self::LessOrEqual(number) => number.fmt(f),
        }
    }
}
