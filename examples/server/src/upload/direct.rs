//! Direct uploads: `POST /upload/<account hash>/<image id>?token=…` with a form finishes a draft,
//! once.
//!
//! In: a form from a client that has the URL and no other credentials, usually a browser on another
//! origin. Out: the image, or a refusal before the form is read. Must not know how drafts are
//! created.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
};
use axum::http::{HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use cretula::records::{Image, ImageId};

use super::{admit, now, put, settle, sha256, unix_seconds};
use crate::App;
use crate::accounts::Account;
use crate::api::{Form, decoded, success, with_urls};
use crate::failure::Failure;

const METHODS: &str = "POST, OPTIONS";

pub(crate) fn router() -> Router<Arc<App>> {
    Router::new().route("/upload/{*rest}", any(answer))
}

async fn answer(State(app): State<Arc<App>>, request: Request) -> Response {
    let mut response = match *request.method() {
        Method::POST => finish(&app, request).await.unwrap_or_else(IntoResponse::into_response),
        Method::OPTIONS => preflight(),
        _ => Failure::method_not_allowed(METHODS).into_response(),
    };
    response.headers_mut().insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    response
}

fn preflight() -> Response {
    let headers = [(ACCESS_CONTROL_ALLOW_METHODS, METHODS), (ACCESS_CONTROL_ALLOW_HEADERS, "*")];
    (StatusCode::NO_CONTENT, headers).into_response()
}

async fn finish(app: &App, request: Request) -> Result<Response, Failure> {
    let (account, id) = target(app, request.uri().path())?;
    let token = sha256(token(request.uri().query().unwrap_or_default()).as_bytes());
    let draft = app.records.draft(account, &id, &token, unix_seconds(now()?)).await?;

    let _place = admit().await?;
    let mut form = Form::read(request, app.renderers.limits().max_input_bytes).await?;
    let file = form.take_file().ok_or_else(|| Failure::invalid("the form has no file"))?;
    let time = now()?;
    let record = Image { draft: false, uploaded: Some(time), ..draft.record };
    let image = put(app, account, file, record).await?;
    let object = image.object.clone();
    let finished = app.records.finish_draft(account, &id, &token, unix_seconds(time), image).await;
    let stored = settle(app, &object, finished).await?;
    success(with_urls(app, account, stored.record).await?)
}

/// The account and the image that a path names.
fn target<'a>(app: &'a App, path: &str) -> Result<(&'a Arc<Account>, ImageId), Failure> {
    let (hash, id) = parts(path).ok_or_else(Failure::no_route)?;
    let account = app.accounts.by_hash(hash).ok_or_else(|| Failure::not_found("account"))?;
    Ok((account, ImageId::existing(id, app.config.rules)?))
}

/// The account hash and the image id in a path.
fn parts(path: &str) -> Option<(&str, String)> {
    let (hash, id) = path.strip_prefix("/upload/")?.split_once('/')?;
    let segments: Vec<&str> = id.split('/').collect();
    Some((hash, decoded(&segments)?))
}

/// The token in a query; empty if there is none, which matches no draft.
fn token(query: &str) -> &str {
    query.split('&').find_map(|pair| pair.strip_prefix("token=")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_names_an_account_and_an_image() {
        assert_eq!(parts("/upload/hash/a"), Some(("hash", "a".to_owned())));
        assert_eq!(parts("/upload/hash/a/b%2Fc"), Some(("hash", "a/b/c".to_owned())));
        for path in ["/upload/hash", "/upload/hash/", "/upload/hash//a", "/upload/hash/%ff", "/other/hash/a"]
        {
            assert_eq!(parts(path), None, "{path}");
        }
    }

    #[test]
    fn the_token_is_a_parameter() {
        assert_eq!(token("token=abc"), "abc");
        assert_eq!(token("a=b&token=abc&c=d"), "abc");
        assert_eq!(token("a=token=abc&tokens=1"), "");
        assert_eq!(token(""), "");
    }

    #[test]
    fn browsers_on_other_origins_may_upload() {
        let response = preflight();
        assert_eq!(response.status(), StatusCode::NO_CONTENT);
        assert_eq!(response.headers()[ACCESS_CONTROL_ALLOW_METHODS], METHODS);
    }
}
