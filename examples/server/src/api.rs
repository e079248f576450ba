//! The API: `/accounts/<account>/images/…`, also below `/client/v4`, with the names and shapes of
//! the API reference.
//!
//! In: requests. Out: responses in the API's envelope, including refusals for unknown routes,
//! unsupported methods and missing credentials. Each resource has a file, which implements its
//! semantics and leaves storage to `records`, `objects` and `upload`. Must not know SQL or
//! rendering.

mod answer;
mod blob;
mod config;
mod direct_upload;
mod images;
mod images_v2;
mod keys;
mod record;
mod route;
mod stats;
mod upload_form;
mod variants;

use std::sync::Arc;

use axum::Router;
use axum::body::to_bytes;
use axum::extract::{Request, State};
use axum::http::Method;
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use cretula::records::{ImageId, RuleSet};

pub(crate) use self::answer::success;
pub(crate) use self::record::with_urls;
pub(crate) use self::route::decoded;
use self::route::{Resource, Route};
pub(crate) use self::upload_form::Form;
use crate::App;
use crate::accounts::Account;
use crate::failure::Failure;
use crate::upload;

/// The maximum size of a JSON body. The longest body is an update with metadata: twice the limit on
/// the metadata's source leaves room for whitespace.
const MAX_JSON_BYTES: usize = 128 * 1024;

/// Ids may contain slashes, encoded or not, so paths are split by hand: see [`Route`].
pub(crate) fn router() -> Router<Arc<App>> {
    let mut router = Router::new();
    for path in ["/accounts", "/accounts/", "/accounts/{*rest}", "/client/v4/", "/client/v4/{*rest}"] {
        router = router.route(path, any(answer));
    }
    router.merge(upload::router())
}

async fn answer(State(app): State<Arc<App>>, request: Request) -> Response {
    dispatch(app, request).await.unwrap_or_else(IntoResponse::into_response)
}

async fn dispatch(app: Arc<App>, request: Request) -> Result<Response, Failure> {
    let Route { account, resource } = Route::parse(request.uri().path()).ok_or_else(Failure::no_route)?;
    let account = Arc::clone(app.accounts.authenticate(request.headers(), &account)?);
    let call = Call { app, account };
    // The router strips the body from responses to HEAD.
    let method = if request.method() == Method::HEAD { Method::GET } else { request.method().clone() };
    match (resource, method) {
        (Resource::Images, Method::GET) => images::list(&call, query(&request)).await,
        (Resource::Images, Method::POST) => images::upload(&call, request).await,
        (Resource::Image(id), Method::GET) => images::details(&call, &id).await,
        (Resource::Image(id), Method::PATCH) => images::update(&call, &id, request).await,
        (Resource::Image(id), Method::DELETE) => images::delete(&call, &id).await,
        (Resource::Blob(id), Method::GET) => blob::get(&call, &id).await,
        (Resource::Keys, Method::GET) => keys::list(&call).await,
        (Resource::Key(name), Method::PUT) => keys::put(&call, &name).await,
        (Resource::Key(name), Method::DELETE) => keys::delete(&call, &name).await,
        (Resource::Stats, Method::GET) => stats::get(&call).await,
        (Resource::Variants, Method::GET) => variants::list(&call).await,
        (Resource::Variants, Method::POST) => variants::create(&call, request).await,
        (Resource::Variant(id), Method::GET) => variants::details(&call, &id).await,
        (Resource::Variant(id), Method::PATCH) => variants::update(&call, &id, request).await,
        (Resource::Variant(id), Method::DELETE) => variants::delete(&call, &id).await,
        (Resource::FlatVariant(id), Method::GET) => variants::flat(&call, &id).await,
        (Resource::Config, Method::GET) => config::get(&call).await,
        (Resource::Config, Method::PATCH) => config::update(&call, request).await,
        (Resource::DirectUpload, Method::POST) => direct_upload::create(&call, request).await,
        (Resource::ImagesV2, Method::GET) => images_v2::list(&call, query(&request)).await,
        (resource, _) => Err(Failure::method_not_allowed(resource.methods())),
    }
}

/// A request that is authorized to act for the account.
struct Call {
    app: Arc<App>,
    account: Arc<Account>,
}

impl Call {
    fn rules(&self) -> RuleSet {
        self.app.config.rules
    }

    fn image_id(&self, text: &str) -> Result<ImageId, Failure> {
        Ok(ImageId::existing(text, self.rules())?)
    }
}

fn query(request: &Request) -> &str {
    request.uri().query().unwrap_or_default()
}

/// Reads the JSON body of a request and ignores its `Content-Type`: `curl -d` declares a form.
async fn json_text(request: Request) -> Result<String, Failure> {
    // A client that disconnects while sending the body does not see this response.
    let too_large = |_| Failure::too_large(format!("the body is more than {MAX_JSON_BYTES} bytes"));
    let bytes = to_bytes(request.into_body(), MAX_JSON_BYTES).await.map_err(too_large)?;
    String::from_utf8(bytes.into()).map_err(|_| Failure::invalid("the body is not UTF-8"))
}
