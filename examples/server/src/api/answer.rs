//! Answers of the API that are not refusals: a result in its envelope.
//!
//! In: a result. Out: a response. Refusals: `Failure`.

use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::failure::Failure;

/// `{"result":…,"success":true,"errors":[],"messages":[]}`.
pub(crate) fn success(result: impl Serialize) -> Result<Response, Failure> {
    Ok(json(cretula::records::Response::success(result).to_json()?))
}

/// JSON for one reader: it may hold keys, and changes with the next call.
pub(super) fn json(text: String) -> Response {
    ([(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, "no-store")], text).into_response()
}

/// The result of what has none: `{}`.
#[derive(Serialize)]
pub(super) struct Nothing {}
