//! What every model does with its JSON: the same errors when it is read and when it is written.
//!
//! In: text, or a value. Out: a value, or text; a refusal says what the text was meant to be. Must not know any model.

use serde::{Deserialize, Serialize};

use crate::error::{Cause, Error, Result, Stage};

/// An error about the JSON of `what`.
pub(super) fn invalid(what: &'static str, detail: impl ToString) -> Error {
    Error::new(Stage::Records, Cause::Json { what, detail: detail.to_string() })
}

/// Reads `what` from `text`.
pub(super) fn parse<'a, T: Deserialize<'a>>(what: &'static str, text: &'a str) -> Result<T> {
    serde_json::from_str(text).map_err(|error| invalid(what, error))
}

/// Writes a value as compact JSON.
pub(super) fn write(what: &'static str, value: &impl Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(|error| invalid(what, error))
}

/// At most 40 characters of a text from a stranger, to name it in a message.
pub(super) fn short(text: &str) -> String {
    text.chars().take(40).collect()
}
