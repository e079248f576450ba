//! The delivery host: `/<account hash>/<image id>/<variant or options>`, also below
//! `/cdn-cgi/imagedelivery`.
//!
//! In: requests as received. Out: images, 304, or an error as plain text. The order of the steps in
//! [`deliver`] matters: an unauthorized client learns nothing beyond the refusal, and the expensive
//! steps (reading, rendering) come last. Must not know about SQL or the API.

mod coalesce;
mod derived;
mod etag;
mod headers;
mod recipe;
mod respond;
mod route;
mod seen;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::extract::{OriginalUri, State};
use axum::http::{HeaderMap, Method};
use axum::response::Response;
use axum::routing::any;
use cretula::VariantOptions;
use cretula::records::Rendition;
use cretula::sign::{Access, Requirement};

pub(crate) use self::derived::Derived;
use self::derived::Wanted;
use self::headers::{Audience, Validators};
use self::recipe::Recipe;
use self::route::Route;
use crate::App;
use crate::failure::Failure;
use crate::records::Delivery;

/// Handles every path that no other router matches. Paths that are too short for a delivery are not
/// found.
pub(crate) fn router() -> Router<Arc<App>> {
    Router::new()
        .route("/{account_hash}/{*rest}", any(answer))
        .fallback(async || respond::refusal(&Failure::no_route()))
}

async fn answer(
    State(app): State<Arc<App>>,
    method: Method,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
) -> Response {
    match method {
        // The router strips the body from responses to HEAD.
        Method::GET | Method::HEAD => {
            let url = uri.path_and_query().map_or("/", |url| url.as_str());
            deliver(&app, url, &headers).await.unwrap_or_else(|failure| respond::refusal(&failure))
        }
        Method::OPTIONS => respond::preflight(),
        _ => respond::method_not_allowed(),
    }
}

/// Handles one delivery. `url` is the path and query as received.
async fn deliver(app: &Arc<App>, url: &str, headers: &HeaderMap) -> Result<Response, Arc<Failure>> {
    let route = Route::parse(url, app.config.rules)?;
    let account = app.accounts.by_hash(route.account_hash()).ok_or_else(|| Failure::not_found("account"))?;
    let id = route.image_id();
    let delivery = app.records.delivery(account, id).await?.filter(|found| !found.image.record.draft);
    let delivery = delivery.ok_or_else(|| Failure::from(cretula::Error::not_found("image", id.as_str())))?;

    let (options, requirement) = permitted(&delivery, route.rendition())?;
    let time = SystemTime::now();
    let now = time.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let audience = match delivery.account.keyring.authorize(url, now, requirement) {
        Access::Public => Audience::Everyone,
        Access::Signed(verified) => Audience::Holder { expires: verified.expires },
        Access::Denied(reason) => return Err(Failure::from(reason).into()),
    };
    let recipe =
        Recipe::new(options, &delivery.image, headers, app.renderers.limits()).map_err(Failure::from)?;
    let etag = recipe.etag(&delivery.image.digest);
    let since = match route.rendition() {
        Rendition::Named(_) => Some(app.derived.seen.since(&account.id, delivery.account.version, time)),
        Rendition::Options(_) => None,
    };
    let validators = Validators::new(etag.clone(), delivery.image.record.uploaded, since);
    let caching = audience.cache_control(delivery.account.browser_ttl, now);
    if validators.still_hold(headers) {
        return Ok(respond::not_modified(&recipe, &validators, caching));
    }

    let wanted = Wanted::new(id.clone(), delivery.image.object, etag, recipe.clone());
    let body = app.derived.get(app, account, wanted).await?;
    Ok(respond::found(body, &recipe, &validators, caching))
}

/// The options to render with, and whether they require a signature. Client-chosen options require
/// an account that allows them and a public image: a URL is signed for a variant.
fn permitted(delivery: &Delivery, rendition: &Rendition) -> Result<(VariantOptions, Requirement), Failure> {
    let private = delivery.image.record.require_signed_urls;
    match rendition {
        Rendition::Named(id) => {
            let variant = delivery.account.variants.get(id.as_str())?;
            Ok((variant.options, Requirement::of(private, variant)))
        }
        Rendition::Options(_) if private => Err(Failure::private_options()),
        Rendition::Options(_) if !delivery.account.flexible_variants => Err(Failure::no_flexible_variants()),
        Rendition::Options(options) => Ok((*options, Requirement::None)),
    }
}
