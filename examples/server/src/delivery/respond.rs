//! The responses of the delivery host.
//!
//! In: a file, or a failure. Out: complete responses with the common headers. Must not know where
//! the file comes from.

use axum::body::{Body, Bytes};
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_MAX_AGE, ALLOW, CACHE_CONTROL,
    CONTENT_TYPE, RETRY_AFTER,
};
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;

use super::headers::{self, Validators, X_ERROR_CODE};
use super::recipe::Recipe;
use crate::failure::Failure;

const METHODS: HeaderValue = HeaderValue::from_static("GET, HEAD, OPTIONS");

/// 200 with the file.
pub(super) fn found(body: Bytes, recipe: &Recipe, validators: &Validators, caching: HeaderValue) -> Response {
    let mut response = with_validators(StatusCode::OK, body.into(), recipe, validators, caching);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(recipe.media_type()));
    response
}

/// 304: the client's cached copy is still valid.
pub(super) fn not_modified(recipe: &Recipe, validators: &Validators, caching: HeaderValue) -> Response {
    with_validators(StatusCode::NOT_MODIFIED, Body::empty(), recipe, validators, caching)
}

/// An error as plain text: pages show images, not JSON. Caches must not store it.
pub(super) fn refusal(failure: &Failure) -> Response {
    let (code, message) = (failure.code(), failure.message());
    let mut response = plain(failure.status(), format!("ERROR {code}: {message}\n"));
    let headers = response.headers_mut();
    headers.insert(X_ERROR_CODE, code.into());
    if let Some(seconds) = failure.retry_after() {
        headers.insert(RETRY_AFTER, seconds.into());
    }
    response
}

/// The response to a preflight request: pages of every origin may read deliveries.
pub(super) fn preflight() -> Response {
    let mut response = bare(StatusCode::NO_CONTENT, Body::empty());
    let headers = response.headers_mut();
    headers.insert(ALLOW, METHODS);
    headers.insert(ACCESS_CONTROL_ALLOW_METHODS, METHODS);
    headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static("*"));
    headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("86400"));
    response
}

/// 405, with the allowed methods.
pub(super) fn method_not_allowed() -> Response {
    let mut response =
        plain(StatusCode::METHOD_NOT_ALLOWED, "only GET, HEAD and OPTIONS are allowed here\n".to_owned());
    response.headers_mut().insert(ALLOW, METHODS);
    response
}

fn with_validators(
    status: StatusCode,
    body: Body,
    recipe: &Recipe,
    validators: &Validators,
    caching: HeaderValue,
) -> Response {
    let mut response = bare(status, body);
    let headers = response.headers_mut();
    if recipe.depends_on_connection() {
        headers::vary_by_connection(headers);
    }
    headers.insert(CACHE_CONTROL, caching);
    validators.put_into(headers);
    response
}

fn plain(status: StatusCode, text: String) -> Response {
    let mut response = bare(status, text.into());
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn bare(status: StatusCode, body: Body) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    headers::put_common(response.headers_mut());
    response
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use axum::http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, VARY};

    use super::*;

    #[test]
    fn every_response_has_vary_and_allows_all_origins() {
        let overloaded = Failure::overloaded(Duration::from_millis(1500));
        for response in [preflight(), method_not_allowed(), refusal(&overloaded)] {
            assert_eq!(response.headers()[VARY], "Accept", "{response:?}");
            assert_eq!(response.headers()[ACCESS_CONTROL_ALLOW_ORIGIN], "*", "{response:?}");
        }
    }

    #[tokio::test]
    async fn an_error_is_plain_text_with_its_code() {
        let unknown = Failure::from(cretula::records::Variants::new().get("hero").unwrap_err());
        let response = refusal(&unknown);
        assert_eq!(response.status(), StatusCode::NOT_FOUND);
        assert_eq!(response.headers()[X_ERROR_CODE], "5401");
        assert_eq!(response.headers()[CACHE_CONTROL], "no-store");
        assert_eq!(response.headers()[CONTENT_TYPE], "text/plain; charset=utf-8");
        let body = axum::body::to_bytes(response.into_body(), 1000).await.unwrap();
        assert_eq!(body, format!("ERROR 5401: {}\n", unknown.message()));
    }

    #[test]
    fn refusals_because_of_load_have_retry_after() {
        let response = refusal(&Failure::overloaded(Duration::from_millis(1500)));
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(response.headers()[RETRY_AFTER], "2");
    }

    #[test]
    fn responses_to_other_methods_list_the_allowed_ones() {
        let response = method_not_allowed();
        assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED);
        assert_eq!(response.headers()[ALLOW], "GET, HEAD, OPTIONS");
        let response = preflight();
        assert_eq!(response.status(), StatusCode::NO_CONTENT);
        assert_eq!(response.headers()[ACCESS_CONTROL_ALLOW_METHODS], "GET, HEAD, OPTIONS");
    }
}
