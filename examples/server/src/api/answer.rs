//! Successful API responses: a result in its envelope.
//!
//! In: a result. Out: a response. `Failure` builds the refusals.

use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::failure::Failure;

/// `{"result":…,"success":true,"errors":[],"messages":[]}`.
pub(crate) fn success(result: impl Serialize) -> Result<Response, Failure> {
    Ok(json(cretula::records::Response::success(result).to_json()?))
}

/// A JSON response for one client only: it may contain keys, and it changes with the next call.
pub(super) fn json(text: String) -> Response {
    ([(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, "no-store")], text).into_response()
}

/// An empty result: `{}`.
#[derive(Serialize)]
pub(super) struct Nothing {}
