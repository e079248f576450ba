//! The page at `/`: drop an image, see every variant of it, sign a URL.
//!
//! In: a path. Out: one of four static files that are part of the binary. Must not know the API or
//! the store: the page calls the API from the browser, like any other client.

use std::sync::Arc;

use axum::Router;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::response::IntoResponse;
use axum::routing::get;

use crate::App;

const HTML: &str = include_str!("../page/index.html");
const CSS: &str = include_str!("../page/page.css");
const JAVASCRIPT: &str = include_str!("../page/page.js");
const ICON: &str = include_str!("../page/icon.svg");

/// Scripts, styles and requests from this origin only; images also from memory. No inline code, no
/// framing of the page, and no form submissions.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; \
                      connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

pub(crate) fn router() -> Router<Arc<App>> {
    Router::new()
        .route("/", get(|| async { file("text/html; charset=utf-8", HTML) }))
        .route("/page.css", get(|| async { file("text/css; charset=utf-8", CSS) }))
        .route("/page.js", get(|| async { file("text/javascript; charset=utf-8", JAVASCRIPT) }))
        .route("/icon.svg", get(|| async { file("image/svg+xml", ICON) }))
}

/// `no-cache`, because the four files must have the same version.
fn file(media_type: &'static str, text: &'static str) -> impl IntoResponse {
    let headers = [
        (CONTENT_TYPE, media_type),
        (CACHE_CONTROL, "no-cache"),
        (CONTENT_SECURITY_POLICY, POLICY),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (REFERRER_POLICY, "no-referrer"),
    ];
    (headers, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_complies_with_its_own_policy() {
        assert!(!POLICY.contains("unsafe") && !POLICY.contains('*') && !POLICY.contains("http"));
        for tag in HTML.split('<').filter(|tag| tag.starts_with("script") || tag.starts_with("style")) {
            assert!(tag.starts_with("script src=\"/"), "inline: <{tag}");
        }
        for attribute in [" style=", " onclick=", " onload=", " onsubmit=", "javascript:"] {
            assert!(!HTML.contains(attribute), "the policy refuses{attribute}");
        }
    }

    #[test]
    fn the_page_uses_no_other_host_and_stores_nothing() {
        for text in [HTML, CSS, JAVASCRIPT] {
            assert!(!text.contains("://"), "a URL of another origin");
        }
        for storage in ["localStorage", "sessionStorage", "indexedDB", "document.cookie", "innerHTML"] {
            assert!(!JAVASCRIPT.contains(storage), "{storage} is not used");
        }
    }

    #[test]
    fn every_element_that_the_script_uses_exists_once() {
        let uses = JAVASCRIPT.split("element(\"").skip(1).filter_map(|rest| rest.split('"').next());
        let mut count = 0;
        for id in uses {
            assert_eq!(HTML.matches(&format!("id=\"{id}\"")).count(), 1, "{id}");
            count += 1;
        }
        assert!(count > 40, "only {count} were found");
    }
}
