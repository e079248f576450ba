//! [`Response`]: the envelope of every API response.
//!
//! In: a result, or an error. Out: `{"result","success","errors","messages"}`, and back. Must not
//! know of any particular result.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser};
use serde_json::value::RawValue;

use crate::error::{Error, Result, Stage};
use crate::json;

const WHAT: &str = "a response";

/// An API response: a result, or errors instead of it.
///
/// In JSON, all four fields are always present; `result` is `null` on failure. A success has no
/// errors; a failure has at least one error and no result. Anything else is refused, both on
/// reading and on writing.
///
/// ```
/// use cretula::records::{Response, Stat};
/// let json = r#"{"result":{"count":{"allowed":9,"current":1}},"success":true,"errors":[],"messages":[]}"#;
/// let response = Response::from_json(json, Stat::from_json)?;
/// assert_eq!(response.result.map(|stat| stat.count.allowed), Some(9));
/// let error = Stat::from_json("{}").unwrap_err();
/// let failure = Response::<Stat>::failure(&error).to_json()?;
/// assert!(failure.starts_with(r#"{"result":null,"success":false,"errors":[{"code":5400,"message":"#));
/// # Ok::<(), cretula::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response<T> {
    /// The requested result.
    pub result: Option<T>,
    /// Whether the request succeeded.
    pub success: bool,
    /// Why the request failed.
    pub errors: Vec<Message>,
    /// Further information.
    pub messages: Vec<Message>,
}

impl<T> Response<T> {
    /// Creates a response that contains `result`.
    pub fn success(result: T) -> Self {
        Self { result: Some(result), success: true, errors: Vec::new(), messages: Vec::new() }
    }

    /// Creates a response for a failure, with the code and the message of `error`.
    pub fn failure(error: &Error) -> Self {
        Self { result: None, success: false, errors: vec![Message::from(error)], messages: Vec::new() }
    }

    /// Parses the API reference's JSON, and its result with `read` unless it is `null`:
    /// `Stat::from_json`, or `|json| Image::from_json(json, rules)`.
    ///
    /// # Errors
    ///
    /// `InvalidArgument` if the text is not such JSON, or success, result and errors contradict
    /// each other; any error of `read`.
    pub fn from_json(text: &str, read: impl FnOnce(&str) -> Result<T>) -> Result<Self> {
        let Response { result, success, errors, messages } =
            json::parse::<Response<Box<RawValue>>>(Stage::Records, WHAT, text)?;
        let result = result.map(|raw| read(raw.get())).transpose()?;
        Ok(Self { result, success, errors, messages })
    }

    /// Writes the API reference's JSON in compact form.
    ///
    /// # Errors
    ///
    /// `InvalidArgument` if success, result and errors contradict each other, or the result cannot
    /// be written.
    pub fn to_json(&self) -> Result<String>
    where
        T: Serialize,
    {
        json::write(Stage::Records, WHAT, self)
    }

    fn contradiction(&self) -> Option<&'static str> {
        match (self.success, self.errors.is_empty(), &self.result) {
            (true, false, _) => Some("success is true, yet there are errors"),
            (false, true, _) => Some("success is false, yet there are no errors"),
            (false, false, Some(_)) => Some("success is false, yet there is a result"),
            _ => None,
        }
    }
}

impl<T: Serialize> Serialize for Response<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Fields<'a, T> {
            result: Option<&'a T>,
            success: bool,
            errors: &'a [Message],
            messages: &'a [Message],
        }
        let Self { result, success, errors, messages } = self;
        match self.contradiction() {
            Some(contradiction) => Err(ser::Error::custom(contradiction)),
            None => {
                Fields { result: result.as_ref(), success: *success, errors, messages }.serialize(serializer)
            }
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Response<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(bound = "T: Deserialize<'de>")]
        struct Fields<T> {
            // With `deserialize_with`, the field is required, even if only as `null`.
            #[serde(deserialize_with = "Option::deserialize")]
            result: Option<T>,
            success: bool,
            errors: Vec<Message>,
            messages: Vec<Message>,
        }
        let Fields { result, success, errors, messages } = Fields::deserialize(deserializer)?;
        let response = Self { result, success, errors, messages };
        match response.contradiction() {
            Some(contradiction) => Err(de::Error::custom(contradiction)),
            None => Ok(response),
        }
    }
}

/// An error or message of a [`Response`]:
/// `{"code","message","documentation_url","source":{"pointer"}}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    code: u32,
    message: String,
    documentation_url: Option<String>,
    pointer: Option<String>,
}

impl Message {
    /// Minimum value of a code.
    pub const MIN_CODE: u32 = 1000;

    /// Creates a message.
    ///
    /// # Errors
    ///
    /// `InvalidArgument` if `code` is under [`MIN_CODE`](Self::MIN_CODE).
    pub fn new(code: u32, message: impl Into<String>) -> Result<Self> {
        if code < Self::MIN_CODE {
            return Err(json::invalid(
                Stage::Records,
                "a message",
                format!("code must be {} or more, got {code}", Self::MIN_CODE),
            ));
        }
        Ok(Self { code, message: message.into(), documentation_url: None, pointer: None })
    }

    /// Sets the URL of an explanation.
    pub fn with_documentation_url(self, url: impl Into<String>) -> Self {
        Self { documentation_url: Some(url.into()), ..self }
    }

    /// Sets the JSON pointer to the request field that the message is about.
    pub fn with_pointer(self, pointer: impl Into<String>) -> Self {
        Self { pointer: Some(pointer.into()), ..self }
    }

    /// The service's code, 1000 or more.
    pub fn code(&self) -> u32 {
        self.code
    }

    /// The text.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The URL of an explanation.
    pub fn documentation_url(&self) -> Option<&str> {
        self.documentation_url.as_deref()
    }

    /// The JSON pointer to the request field that the message is about.
    pub fn pointer(&self) -> Option<&str> {
        self.pointer.as_deref()
    }
}

impl From<&Error> for Message {
    fn from(error: &Error) -> Self {
        // Every code of an `Error` has four digits.
        Self { code: error.code(), message: error.to_string(), documentation_url: None, pointer: None }
    }
}

/// The API reference's field names.
#[derive(Serialize, Deserialize)]
struct RawMessage {
    code: u32,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    documentation_url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<Source>,
}

#[derive(Serialize, Deserialize)]
struct Source {
    #[serde(skip_serializing_if = "Option::is_none")]
    pointer: Option<String>,
}

impl Serialize for Message {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { code, message, documentation_url, pointer } = self.clone();
        let source = pointer.map(|pointer| Source { pointer: Some(pointer) });
        RawMessage { code, message, documentation_url, source }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Message {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let RawMessage { code, message, documentation_url, source } = RawMessage::deserialize(deserializer)?;
        let checked = Self::new(code, message).map_err(de::Error::custom)?;
        Ok(Self { documentation_url, pointer: source.and_then(|source| source.pointer), ..checked })
    }
}
