//! [`Failure`]: the reason why a request failed.
//!
//! In: errors of the library, the database and the object store, and refusals of the server itself.
//! Out: a status, a code, a sentence, and the API's envelope around them. Details from a store go
//! to the log and not to the client. Must not know about routes or records.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use axum::http::header::{ALLOW, CACHE_CONTROL, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode, header::CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use cretula::records::{Message, Response as Envelope};
use serde_json::Value;

/// The reason why a request failed.
#[derive(Debug)]
pub(crate) struct Failure {
    status: StatusCode,
    code: u32,
    message: Cow<'static, str>,
    hint: Hint,
}

/// Additional information in a response header.
#[derive(Debug, Clone, Copy)]
enum Hint {
    None,
    RetryAfter(Duration),
    Allow(&'static str),
    Authenticate,
}

/// The retry delay for databases and stores that may recover in a moment.
const SOON: Duration = Duration::from_secs(1);

impl Failure {
    fn new(status: StatusCode, code: u32, message: impl Into<Cow<'static, str>>) -> Self {
        Self { status, code, message: message.into(), hint: Hint::None }
    }

    /// 400: a value breaks a rule that the library does not check.
    pub(crate) fn invalid(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, 5400, message)
    }

    /// 400: a file could not be fetched by its URL.
    pub(crate) fn fetch(message: impl Into<Cow<'static, str>>) -> Self {
        Self::invalid(message)
    }

    /// 401: the request has no credentials, or wrong ones.
    pub(crate) fn unauthenticated() -> Self {
        let failure = Self::new(StatusCode::UNAUTHORIZED, 10_000, "Authentication error");
        Self { hint: Hint::Authenticate, ..failure }
    }

    /// 403: the credentials belong to another account.
    pub(crate) fn forbidden() -> Self {
        Self::new(StatusCode::FORBIDDEN, 10_000, "Authentication error")
    }

    /// 403: URLs are signed for a variant, so private images cannot be requested with client-chosen
    /// options.
    pub(crate) fn private_options() -> Self {
        let message = "the image is private: its URL must name a variant, not options";
        Self::new(StatusCode::FORBIDDEN, 5403, message)
    }

    /// 403: the account does not allow options in URLs.
    pub(crate) fn no_flexible_variants() -> Self {
        let message = "the account does not allow options in URLs: set flexible_variants, or name a variant";
        Self::new(StatusCode::FORBIDDEN, 5403, message)
    }

    /// 403: the token of a direct upload is wrong, used or expired.
    pub(crate) fn upload_token() -> Self {
        let message = "the upload URL is invalid, already used, or expired: request another";
        Self::new(StatusCode::FORBIDDEN, 5403, message)
    }

    /// 404: the resource does not exist.
    pub(crate) fn not_found(what: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, 5404, format!("there is no such {what}"))
    }

    /// 404: the path is not part of the API.
    pub(crate) fn no_route() -> Self {
        Self::new(StatusCode::NOT_FOUND, 7003, "No route for the URI")
    }

    /// 405: the path is part of the API, but does not support this method.
    pub(crate) fn method_not_allowed(allow: &'static str) -> Self {
        let message = format!("method not allowed; allowed here: {allow}");
        Self { hint: Hint::Allow(allow), ..Self::new(StatusCode::METHOD_NOT_ALLOWED, 10_405, message) }
    }

    /// 408: the body of a request did not arrive in time.
    pub(crate) fn late_body(longest: Duration) -> Self {
        let message = format!("the body did not arrive within {} s", longest.as_secs_f64());
        Self::new(StatusCode::REQUEST_TIMEOUT, 5408, message)
    }

    /// 413: a body, or a part of it, is too large.
    pub(crate) fn too_large(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, 5413, message)
    }

    /// 413: a file fetched by its URL is too large.
    pub(crate) fn fetch_too_large(limit: u64) -> Self {
        Self::too_large(format!("the file at the URL is more than {limit} bytes"))
    }

    /// 500: a bug, or an inconsistent store.
    pub(crate) fn internal(what: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, 5500, what)
    }

    /// 503: the client should retry after about this time.
    pub(crate) fn overloaded(retry_after: Duration) -> Self {
        let failure =
            Self::new(StatusCode::SERVICE_UNAVAILABLE, 5503, "the server is overloaded: retry later");
        Self { hint: Hint::RetryAfter(retry_after), ..failure }
    }

    /// The status of the response.
    pub(crate) fn status(&self) -> StatusCode {
        self.status
    }

    /// The error code: the library's, or for refusals by the server itself usually 5 followed by
    /// the status, as in the library.
    pub(crate) fn code(&self) -> u32 {
        self.code
    }

    /// One sentence for the client.
    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    /// The value of `Retry-After`, rounded up to whole seconds.
    pub(crate) fn retry_after(&self) -> Option<u64> {
        match self.hint {
            Hint::RetryAfter(wait) => Some(wait.as_secs() + u64::from(wait.subsec_nanos() > 0)),
            _ => None,
        }
    }

    fn envelope(&self) -> cretula::Result<String> {
        let errors = vec![Message::new(self.code, self.message.clone())?];
        Envelope::<Value> { result: None, success: false, errors, messages: Vec::new() }.to_json()
    }
}

/// The API's envelope.
impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let headers = [(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, "no-store")];
        let mut response = match self.envelope() {
            Ok(text) => (self.status, headers, text).into_response(),
            Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        };
        let (name, value) = match self.hint {
            Hint::None => return response,
            Hint::RetryAfter(_) => (RETRY_AFTER, self.retry_after().unwrap_or_default().into()),
            Hint::Allow(methods) => (ALLOW, HeaderValue::from_static(methods)),
            Hint::Authenticate => (WWW_AUTHENTICATE, HeaderValue::from_static("Bearer")),
        };
        response.headers_mut().insert(name, value);
        response
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Failure {}

impl From<cretula::Error> for Failure {
    fn from(error: cretula::Error) -> Self {
        let status = StatusCode::from_u16(error.http_status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        Self::new(status, error.code(), error.to_string())
    }
}

impl From<sqlx::Error> for Failure {
    fn from(error: sqlx::Error) -> Self {
        // PostgreSQL error codes: text with NUL, and text too long for an index (an id of over 2
        // KB, with several bytes per character).
        let state = error.as_database_error().and_then(|error| error.code());
        match state.as_deref() {
            Some("22021") => return Self::invalid("the database cannot store text that contains NUL"),
            Some("54000") => return Self::invalid("the id has more bytes than the database can index"),
            _ => tracing::error!(%error, "the database failed"),
        }
        match error {
            sqlx::Error::PoolTimedOut | sqlx::Error::Io(_) => Self::overloaded(SOON),
            _ => Self::internal("the database failed"),
        }
    }
}

impl From<object_store::Error> for Failure {
    fn from(error: object_store::Error) -> Self {
        tracing::error!(%error, "the object store failed");
        Self::internal("the object store failed")
    }
}

#[cfg(test)]
mod tests {
    use axum::body::to_bytes;

    use super::*;

    async fn answer(failure: Failure) -> (StatusCode, axum::http::HeaderMap, Value) {
        let (head, body) = failure.into_response().into_parts();
        let body = to_bytes(body, 10_000).await.unwrap();
        (head.status, head.headers, serde_json::from_slice(&body).unwrap())
    }

    #[tokio::test]
    async fn a_response_is_the_envelope_with_one_error() {
        let (status, headers, body) = answer(Failure::no_route()).await;
        assert_eq!((status, &headers[CACHE_CONTROL]), (StatusCode::NOT_FOUND, &"no-store".parse().unwrap()));
        let expected = r#"{"result":null,"success":false,"errors":[{"code":7003,"message":"No route for the URI"}],"messages":[]}"#;
        assert_eq!(body, serde_json::from_str::<Value>(expected).unwrap());
    }

    #[tokio::test]
    async fn hints_are_headers() {
        let (status, headers, _) = answer(Failure::overloaded(Duration::from_millis(1001))).await;
        assert_eq!((status.as_u16(), &headers[RETRY_AFTER]), (503, &"2".parse().unwrap()));
        let (status, headers, _) = answer(Failure::method_not_allowed("GET, HEAD")).await;
        assert_eq!((status.as_u16(), &headers[ALLOW]), (405, &"GET, HEAD".parse().unwrap()));
        let (status, headers, _) = answer(Failure::unauthenticated()).await;
        assert_eq!((status.as_u16(), &headers[WWW_AUTHENTICATE]), (401, &"Bearer".parse().unwrap()));
        let (_, headers, _) = answer(Failure::forbidden()).await;
        assert!(!headers.contains_key(WWW_AUTHENTICATE));
    }

    #[test]
    fn library_errors_keep_their_status_code_and_message() {
        let error = cretula::records::Variants::new().get("hero").unwrap_err();
        let (code, words) = (error.code(), error.to_string());
        let failure = Failure::from(error);
        assert_eq!((failure.status(), failure.code()), (StatusCode::NOT_FOUND, code));
        assert_eq!(failure.message(), words);
        let cancelled = cretula::CancelToken::new();
        cancelled.cancel();
        let png = include_bytes!("../../../tests/images/rocket.jpg");
        let request = cretula::Request::new(cretula::VariantOptions::original_size());
        let stopped = cretula::Renderer::new().render_all(png, &[request], Some(&cancelled)).unwrap_err();
        assert_eq!(Failure::from(stopped).status().as_u16(), 499);
    }

    #[test]
    fn store_errors_are_not_shown_to_clients() {
        let failure = Failure::from(sqlx::Error::Protocol("password for user x".to_owned()));
        assert_eq!((failure.status().as_u16(), failure.code()), (500, 5500));
        assert!(!failure.message().contains("password"));
        assert_eq!(Failure::from(sqlx::Error::PoolTimedOut).status().as_u16(), 503);
    }
}
