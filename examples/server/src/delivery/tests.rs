//! End-to-end tests of deliveries, each on its own database and folder.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::body::{Body, Bytes, to_bytes};
use axum::http::header::{
    ACCEPT, ALLOW, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, ETAG, IF_MODIFIED_SINCE, IF_NONE_MATCH,
    LAST_MODIFIED, VARY,
};
use axum::http::{HeaderName, Request, StatusCode};
use clap::Parser;
use cretula::records::{Image, RuleSet, VariantUpdate};
use cretula::sign::SignOptions;
use cretula::{Limits, probe};
use tokio::task::JoinSet;
use tower::ServiceExt;

use super::*;
use crate::accounts::Account;
use crate::config::Arguments;
use crate::metrics;
use crate::objects::original_key;
use crate::records::StoredImage;

const ROCKET: &[u8] = include_bytes!("../../../../tests/images/rocket.jpg");

/// A service with one account, and its folder.
pub(super) struct Site {
    folder: tempfile::TempDir,
    pub(super) app: Arc<App>,
    pub(super) account: Arc<Account>,
}

impl Site {
    pub(super) async fn new() -> Self {
        Self::with_rules(RuleSet::Reference).await
    }

    async fn with_rules(rules: RuleSet) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let arguments = Arguments::parse_from(["cretula-server", "--data", folder.path().to_str().unwrap()]);
        let (mut config, accounts) = arguments.load(&mut Vec::new()).unwrap();
        config.rules = rules;
        let account = Arc::clone(accounts.iter().next().unwrap());
        let app = App::start(config, accounts).await.unwrap();
        app.records.change_config(&account, Some(true), None).await.unwrap();
        Self { folder, app, account }
    }

    /// Stores an image.
    pub(super) async fn add(&self, id: &str, private: bool) -> StoredImage {
        let info = probe(ROCKET, &Limits::default()).unwrap();
        let json =
            format!(r#"{{"id":"{id}","requireSignedURLs":{private},"uploaded":"2014-01-02T02:20:00.123Z"}}"#);
        let image = StoredImage {
            record: Image::from_json(&json, self.app.config.rules).unwrap(),
            object: original_key(&self.account).unwrap(),
            digest: crate::upload::sha256(ROCKET),
            bytes: ROCKET.len() as u64,
            format: info.format,
            width: info.width,
            height: info.height,
            has_alpha: info.has_alpha,
            frames: info.frames,
        };
        self.app.objects.put(&image.object, Bytes::from_static(ROCKET)).await.unwrap();
        self.app.records.insert(&self.account, image).await.unwrap()
    }

    fn url(&self, rest: &str) -> String {
        format!("/{}/{rest}", self.account.hash)
    }

    async fn ask(&self, method: &str, url: &str, headers: &[(HeaderName, &str)]) -> Response {
        let mut request = Request::builder().method(method).uri(url);
        for (name, value) in headers {
            request = request.header(name, *value);
        }
        let router = router().with_state(Arc::clone(&self.app));
        router.oneshot(request.body(Body::empty()).unwrap()).await.unwrap()
    }

    async fn get(&self, rest: &str) -> Response {
        self.ask("GET", &self.url(rest), &[]).await
    }

    pub(super) async fn derived(&self) -> Vec<String> {
        self.app.objects.list(&format!("derived/{}/", self.account.id)).await.unwrap()
    }

    /// The value of a metrics sample.
    async fn count(&self, sample: &str) -> u64 {
        let router = metrics::router().with_state(Arc::clone(&self.app));
        let response = router.oneshot(Request::get("/metrics").body(Body::empty()).unwrap()).await.unwrap();
        let text = String::from_utf8(body(response).await.to_vec()).unwrap();
        let value = text.lines().find_map(|line| line.strip_prefix(sample)?.strip_prefix(' '));
        value.unwrap_or_else(|| panic!("{sample}: {text}")).parse().unwrap()
    }

    async fn renders(&self) -> u64 {
        self.count("cretula_renders_total").await
    }
}

async fn body(response: Response) -> Bytes {
    to_bytes(response.into_body(), 10_000_000).await.unwrap()
}

fn header(response: &Response, name: HeaderName) -> &str {
    response.headers().get(&name).map_or("", |value| value.to_str().unwrap())
}

fn error_code(response: &Response) -> (u16, &str) {
    (response.status().as_u16(), header(response, headers::X_ERROR_CODE))
}

#[tokio::test]
async fn a_variant_is_rendered_once_and_then_stored() {
    let site = Site::new().await;
    let image = site.add("cat", false).await;
    let first = site.ask("GET", &site.url("cat/public"), &[(ACCEPT, "image/webp")]).await;
    assert_eq!(first.status(), StatusCode::OK);
    assert_eq!(header(&first, CONTENT_TYPE), "image/webp");
    assert_eq!(header(&first, CACHE_CONTROL), "public, max-age=172800");
    assert_eq!(header(&first, VARY), "Accept");
    let etag = header(&first, ETAG).to_owned();
    let first = body(first).await;
    assert_eq!(probe(&first, &Limits::default()).unwrap().format.media_type(), "image/webp");

    let [key] = &site.derived().await[..] else { panic!("one file is stored") };
    assert!(key.ends_with(&format!("/{}", etag.trim_matches('"'))), "{key} {etag}");
    // From here on, the original is not needed.
    site.app.objects.delete(&image.object).await.unwrap();
    let second = site.ask("GET", &site.url("cat/public"), &[(ACCEPT, "image/webp")]).await;
    assert_eq!(body(second).await, first);
    assert_eq!(site.renders().await, 1);
}

#[tokio::test]
async fn lost_derived_files_are_rendered_again() {
    let site = Site::new().await;
    site.add("cat", false).await;
    let first = body(site.get("cat/w=99").await).await;
    site.app.objects.delete_below("derived/").await.unwrap();
    assert_eq!(body(site.get("cat/w=99").await).await, first);
    assert_eq!(site.renders().await, 2);
}

#[tokio::test]
async fn a_store_that_rejects_derived_files_costs_only_time() {
    let site = Site::new().await;
    site.add("cat", false).await;
    let objects = site.folder.path().join("objects");
    std::fs::write(objects.join("derived"), "a file instead of the folder").unwrap();
    for renders in 1..3 {
        assert_eq!(site.get("cat/w=99").await.status(), StatusCode::OK);
        assert_eq!(site.renders().await, renders);
    }
}

#[tokio::test]
async fn a_valid_cached_copy_costs_no_render() {
    let site = Site::new().await;
    let image = site.add("cat", false).await;
    for rest in ["cat/public", "cat/w=50"] {
        let first = site.get(rest).await;
        let (etag, date) = (header(&first, ETAG).to_owned(), header(&first, LAST_MODIFIED).to_owned());
        site.app.objects.delete_below("derived/").await.unwrap();
        for condition in [(IF_NONE_MATCH, etag.as_str()), (IF_MODIFIED_SINCE, date.as_str())] {
            let again = site.ask("GET", &site.url(rest), std::slice::from_ref(&condition)).await;
            assert_eq!(again.status(), StatusCode::NOT_MODIFIED, "{condition:?}");
            assert_eq!((header(&again, ETAG), header(&again, VARY)), (etag.as_str(), "Accept"));
            assert_eq!(header(&again, CACHE_CONTROL), "public, max-age=172800");
            assert!(body(again).await.is_empty());
        }
        let other = site.ask("GET", &site.url(rest), &[(IF_NONE_MATCH, &etag), (ACCEPT, "image/webp")]).await;
        assert_eq!(other.status(), StatusCode::OK, "another client gets another file");
    }
    site.app.objects.delete(&image.object).await.unwrap();
    assert_eq!(site.renders().await, 4);
}

#[tokio::test]
async fn a_changed_variant_has_a_new_file() {
    let site = Site::new().await;
    site.add("cat", false).await;
    let first = site.get("cat/public").await;
    let (etag, date) = (header(&first, ETAG).to_owned(), header(&first, LAST_MODIFIED).to_owned());
    let at = httpdate::parse_http_date(&date).unwrap();
    // Waits until the second in which it was first seen is over: HTTP dates have a resolution of
    // one second.
    while SystemTime::now() < at + Duration::from_secs(1) {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let update = VariantUpdate::from_json(r#"{"options":{"width":30}}"#, &Limits::default()).unwrap();
    let change = site.app.records.change_variants(&site.account, |variants| {
        let updated = variants.get("public")?.updated(&update);
        variants.update(updated, &Limits::default())
    });
    let old = change.await.unwrap();
    for condition in [(IF_NONE_MATCH, etag.as_str()), (IF_MODIFIED_SINCE, date.as_str())] {
        let second = site.ask("GET", &site.url("cat/public"), std::slice::from_ref(&condition)).await;
        assert_eq!(second.status(), StatusCode::OK, "{condition:?}");
        assert_ne!(header(&second, ETAG), etag);
        assert_eq!(probe(&body(second).await, &Limits::default()).unwrap().width, 30);
    }
    assert_eq!(site.derived().await.len(), 2);
    site.app.derived.purge_variant(&site.app, &site.account, &old.options).await;
    let left = site.derived().await;
    assert!(left.len() == 1 && !left[0].ends_with(etag.trim_matches('"')), "{left:?}");
}

#[tokio::test]
async fn private_images_require_a_signed_url() {
    let site = Site::new().await;
    site.add("cat", true).await;
    assert_eq!(error_code(&site.get("cat/public").await), (403, "9425"));
    assert_eq!(error_code(&site.get("cat/public?sig=00").await), (403, "9425"));
    assert_eq!(error_code(&site.get("cat/w=50").await), (403, "5403"));

    let state = site.app.records.account_state(&site.account).await.unwrap();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let sign = |url: &str, expires| {
        state.keyring.sign("default", url, &SignOptions::new().expires_at(expires)).unwrap()
    };
    let signed = sign(&site.url("cat/public"), now + 100);
    let response = site.ask("GET", &signed, &[]).await;
    assert_eq!(response.status(), StatusCode::OK);
    let age = header(&response, CACHE_CONTROL).strip_prefix("private, max-age=").unwrap();
    assert!((90..=100).contains(&age.parse::<u64>().unwrap()), "{age}");
    let etag = header(&response, ETAG).to_owned();

    let custom_domain = format!("/cdn-cgi/imagedelivery{signed}");
    assert_eq!(site.ask("GET", &custom_domain, &[]).await.status(), StatusCode::OK);
    let expired = sign(&site.url("cat/public"), now - 1);
    let refused = site.ask("GET", &expired, &[(IF_NONE_MATCH, &etag)]).await;
    assert_eq!(
        error_code(&refused),
        (403, "9425"),
        "an unauthorized client does not learn that a copy is valid"
    );
    assert_eq!(header(&refused, CACHE_CONTROL), "no-store");
    let options = sign(&site.url("cat/w=50"), now + 100);
    assert_eq!(error_code(&site.ask("GET", &options, &[]).await), (403, "5403"));
}

#[tokio::test]
async fn options_require_an_account_that_allows_them() {
    let site = Site::new().await;
    site.add("cat", false).await;
    let response = site.get("cat/w=64,f=json").await;
    assert_eq!(header(&response, CONTENT_TYPE), "application/json");
    let described = String::from_utf8(body(response).await.to_vec()).unwrap();
    assert!(described.starts_with(r#"{"width":64,"height":43,"original":{"#), "{described}");
    assert_eq!(error_code(&site.get("cat/w=12001").await), (400, "5400"));
    assert_eq!(error_code(&site.get("cat/w=5,f=avif").await), (415, "9520"));
    site.app.records.change_config(&site.account, Some(false), None).await.unwrap();
    assert_eq!(error_code(&site.get("cat/w=64").await), (403, "5403"));
}

#[tokio::test]
async fn missing_resources_are_404_and_other_methods_are_405() {
    let site = Site::new().await;
    site.add("cat", false).await;
    assert_eq!(error_code(&site.get("dog/public").await), (404, "5404"));
    assert_eq!(error_code(&site.get("cat/hero").await), (404, "5401"));
    assert_eq!(error_code(&site.ask("GET", "/nobody/cat/public", &[]).await), (404, "5404"));
    assert_eq!(error_code(&site.ask("GET", "/nobody", &[]).await), (404, "7003"));
    assert_eq!(error_code(&site.get("cat").await), (400, "5400"));
    for method in ["POST", "PUT", "DELETE", "PATCH"] {
        let response = site.ask(method, &site.url("cat/public"), &[]).await;
        assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED);
        assert_eq!((header(&response, ALLOW), header(&response, VARY)), ("GET, HEAD, OPTIONS", "Accept"));
    }
    let preflight = site.ask("OPTIONS", &site.url("cat/public"), &[]).await;
    assert_eq!(preflight.status(), StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn head_is_get_without_the_body() {
    let site = Site::new().await;
    site.add("cat", false).await;
    let got = site.get("cat/public").await;
    let head = site.ask("HEAD", &site.url("cat/public"), &[]).await;
    for name in [CONTENT_TYPE, CONTENT_LENGTH, ETAG, LAST_MODIFIED, CACHE_CONTROL, VARY] {
        assert!(!header(&head, name.clone()).is_empty(), "{name}");
        assert_eq!(header(&head, name.clone()), header(&got, name));
    }
    assert!(body(head).await.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sixty_four_equal_requests_render_once() {
    let site = Arc::new(Site::new().await);
    site.add("cat", false).await;
    let mut requests = JoinSet::new();
    for _ in 0..64 {
        let site = Arc::clone(&site);
        requests.spawn(async move { body(site.get("cat/w=600,h=400,fit=cover,f=png").await).await });
    }
    let answers = requests.join_all().await;
    assert!(answers.iter().all(|answer| *answer == answers[0] && !answer.is_empty()));
    assert_eq!(site.renders().await, 1);
}

#[tokio::test]
async fn a_deleted_image_leaves_nothing() {
    let site = Site::new().await;
    let (cat, dog) = (site.add("cat", false).await, site.add("dog", false).await);
    for rest in ["cat/public", "cat/w=50", "dog/public"] {
        assert_eq!(site.get(rest).await.status(), StatusCode::OK);
    }
    site.app.records.delete_image(&site.account, &cat.record.id).await.unwrap();
    site.app.derived.purge_image(&site.app, &site.account, &cat).await;
    let [left] = &site.derived().await[..] else { panic!("only the other image's file is left") };
    assert!(left.contains(dog.object.rsplit('/').next().unwrap()), "{left}");
    assert_eq!(error_code(&site.get("cat/public").await), (404, "5404"));
}

#[tokio::test]
async fn plain_and_encoded_slashes_name_the_same_image_but_signatures_cover_bytes() {
    let site = Site::with_rules(RuleSet::Hosted).await;
    site.add("a/b", true).await;
    let state = site.app.records.account_state(&site.account).await.unwrap();
    let sign = |rest| state.keyring.sign("default", &site.url(rest), &SignOptions::new()).unwrap();
    let (plain, encoded) = (sign("a/b/public"), sign("a%2Fb/public"));
    let mut names = Vec::new();
    for url in [&plain, &encoded] {
        let response = site.ask("GET", url, &[]).await;
        assert_eq!(response.status(), StatusCode::OK, "{url}");
        names.push(header(&response, ETAG).to_owned());
    }
    assert_eq!(names[0], names[1]);
    let mixed = encoded.replace("%2F", "/");
    assert_eq!(error_code(&site.ask("GET", &mixed, &[]).await), (403, "9425"));
}
