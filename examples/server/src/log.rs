//! The log: JSON, one line per request, with a request id and without secrets.
//!
//! In: requests on their way to the router, responses on their way back. Out: lines on standard
//! output, the id as a response header, counts for [`Metrics`]. Only the method, the path and
//! harmless parts of the query of a request are logged: no header except its id, and never a body.
//! Must not know what a request is for.

mod redact;

use std::hash::{BuildHasher, RandomState};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Instant;

use axum::Router;
use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use http_body::{Frame, SizeHint};
use tracing::{Instrument, Subscriber};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;

use crate::metrics::Metrics;

const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const LONGEST_ID: usize = 64;

/// The logged status of a client that disconnects before its response, as in nginx.
const CLIENT_CLOSED_REQUEST: u16 = 499;

/// Starts the log of the process. Only warnings of other crates are useful, and their details may
/// contain secrets.
pub(crate) fn start() {
    // An error means that a log is already installed.
    let _ = tracing::subscriber::set_global_default(lines(std::io::stdout));
}

fn lines<W: for<'a> MakeWriter<'a> + Send + Sync + 'static>(writer: W) -> impl Subscriber + Send + Sync {
    let own = (env!("CARGO_CRATE_NAME"), LevelFilter::INFO);
    let wanted = Targets::new().with_default(LevelFilter::WARN).with_targets([own]);
    let lines = tracing_subscriber::fmt::layer().json().flatten_event(true).with_span_list(false);
    tracing_subscriber::registry().with(lines.with_writer(writer)).with(wanted)
}

/// Wraps a router in the log and the counters. This is the outermost layer, so it sees every
/// response.
pub(crate) fn observed(router: Router, metrics: Metrics) -> Router {
    let observer = Observer { metrics, ids: RandomState::new(), count: AtomicU64::new(0) };
    router.layer(from_fn_with_state(Arc::new(observer), observe))
}

struct Observer {
    metrics: Metrics,
    ids: RandomState,
    count: AtomicU64,
}

impl Observer {
    /// The id in the request, if it is safe to log, or else a new one.
    fn id(&self, headers: &HeaderMap) -> String {
        let brought = headers.get(X_REQUEST_ID).and_then(|id| id.to_str().ok());
        if let Some(id) = brought.filter(|id| is_id(id)) {
            return id.to_owned();
        }
        // A keyed hash of a counter: different in every process, and never repeated.
        let count = self.count.fetch_add(1, Ordering::Relaxed);
        format!("{:016x}", self.ids.hash_one(count))
    }
}

fn is_id(text: &str) -> bool {
    (1..=LONGEST_ID).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
}

async fn observe(State(observer): State<Arc<Observer>>, request: Request, next: Next) -> Response {
    let id = observer.id(request.headers());
    let span = tracing::info_span!("request", request_id = id);
    let line = Line::new(&request, observer, span.clone());
    let response = next.run(request).instrument(span).await;

    let line = line.answered(response.status());
    let (mut head, body) = response.into_parts();
    if let Ok(id) = HeaderValue::try_from(id) {
        head.headers.insert(X_REQUEST_ID, id);
    }
    Response::from_parts(head, Body::new(Observed { line, body }))
}

/// The log line of one request. It is written on drop: after the last of the body, or when the
/// client has disconnected.
struct Line {
    method: String,
    path: String,
    route: String,
    arrived: Instant,
    /// Set once the response head is ready: the status, and the time it took.
    answer: Option<(StatusCode, f64)>,
    bytes: u64,
    observer: Arc<Observer>,
    span: tracing::Span,
}

impl Line {
    fn new(request: &Request, observer: Arc<Observer>, span: tracing::Span) -> Self {
        let route = request.extensions().get::<MatchedPath>().map_or("none", MatchedPath::as_str);
        Self {
            method: request.method().as_str().to_owned(),
            path: redact::path_and_query(request.uri()),
            route: route.to_owned(),
            arrived: Instant::now(),
            answer: None,
            bytes: 0,
            observer,
            span,
        }
    }

    fn answered(mut self, status: StatusCode) -> Self {
        let time = self.arrived.elapsed();
        self.observer.metrics.request(&self.route, status, time);
        self.answer = Some((status, time.as_secs_f64()));
        self
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        let (status, seconds) = match self.answer {
            Some((status, seconds)) => (status.as_u16(), seconds),
            None => (CLIENT_CLOSED_REQUEST, self.arrived.elapsed().as_secs_f64()),
        };
        self.observer.metrics.sent(self.bytes);
        let (method, path, ms, bytes) = (&self.method, &self.path, milliseconds(seconds), self.bytes);
        self.span.in_scope(|| tracing::info!(method, path, status, ms, bytes, "request"));
    }
}

/// Rounds to a tenth.
fn milliseconds(seconds: f64) -> f64 {
    (seconds * 10_000.0).round() / 10.0
}

/// A body that counts the bytes read from it.
struct Observed {
    line: Line,
    body: Body,
}

impl HttpBody for Observed {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(context));
        if let Some(Ok(frame)) = &frame
            && let Some(data) = frame.data_ref()
        {
            self.line.bytes += u64::try_from(data.len()).unwrap_or(u64::MAX);
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use std::io::{self, Write};
    use std::sync::Mutex;

    use axum::routing::get;
    use tower::ServiceExt;

    use super::*;

    #[derive(Clone, Default)]
    struct Memory(Arc<Mutex<Vec<u8>>>);

    impl Write for Memory {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// The log of a request that passes through a small router.
    async fn logged(request: Request) -> (String, Option<Response>) {
        let memory = Memory::default();
        let writer = memory.clone();
        let _guard = tracing::subscriber::set_default(lines(move || writer.clone()));
        let router = Router::new()
            .route("/{hash}/{*rest}", get(|| async { "12345" }))
            .route("/inside", get(|| async { tracing::warn!("inside") }))
            .route("/never", get(std::future::pending::<()>));
        let answering = observed(router, Metrics::new()).oneshot(request);
        let answered = tokio::time::timeout(std::time::Duration::from_millis(50), answering).await;
        let answered = match answered {
            Ok(Ok(response)) => {
                let (head, body) = response.into_parts();
                let body = axum::body::to_bytes(body, 1000).await.unwrap();
                Some(Response::from_parts(head, body.into()))
            }
            _ => None,
        };
        let text = String::from_utf8(memory.0.lock().unwrap().clone()).unwrap();
        (text, answered)
    }

    fn get_request(url: &str) -> axum::http::request::Builder {
        Request::builder().uri(url)
    }

    #[tokio::test]
    async fn a_request_is_one_line_without_secrets() {
        let request = get_request("/hash/id/public?exp=9&sig=5ec2e7")
            .header("authorization", "Bearer 5ec2e7")
            .header("x-auth-key", "5ec2e7")
            .header("x-request-id", "from-the_proxy-7")
            .body(Body::empty())
            .unwrap();
        let (text, answered) = logged(request).await;
        assert_eq!(answered.unwrap().headers()[X_REQUEST_ID], "from-the_proxy-7");
        assert_eq!(text.lines().count(), 1, "{text}");
        let line: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(line["method"], "GET");
        assert_eq!(line["path"], "/hash/id/public?exp=9&sig=…");
        assert_eq!((&line["status"], &line["bytes"]), (&200.into(), &5.into()));
        assert_eq!(line["span"]["request_id"], "from-the_proxy-7");
        assert!(line["ms"].is_number(), "{text}");
        assert!(!text.contains("5ec2e7"), "{text}");
    }

    #[tokio::test]
    async fn other_lines_of_a_request_have_its_id() {
        let (text, answered) = logged(get_request("/inside").body(Body::empty()).unwrap()).await;
        let id = answered.unwrap().headers()[X_REQUEST_ID].to_str().unwrap().to_owned();
        let lines: Vec<serde_json::Value> =
            text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!((lines.len(), &lines[0]["message"]), (2, &"inside".into()), "{text}");
        assert!(lines.iter().all(|line| line["span"]["request_id"] == *id), "{text}");
    }

    #[tokio::test]
    async fn a_client_that_disconnects_is_logged() {
        let (text, answered) = logged(get_request("/never").body(Body::empty()).unwrap()).await;
        assert!(answered.is_none());
        assert!(text.contains("\"status\":499"), "{text}");
    }

    #[tokio::test]
    async fn requests_without_a_route_are_logged_and_counted() {
        let metrics = Metrics::new();
        let router = observed(Router::new(), metrics.clone());
        let response = router.oneshot(get_request("/none").body(Body::empty()).unwrap()).await.unwrap();
        assert_eq!(response.status(), StatusCode::NOT_FOUND);
        assert!(response.headers().contains_key(X_REQUEST_ID));
    }

    #[test]
    fn unsafe_ids_are_replaced_and_generated_ids_are_unique() {
        let observer =
            Observer { metrics: Metrics::new(), ids: RandomState::new(), count: AtomicU64::new(0) };
        let id = |brought: &str| {
            let headers = [(X_REQUEST_ID, HeaderValue::from_bytes(brought.as_bytes()).unwrap())];
            observer.id(&HeaderMap::from_iter(headers))
        };
        let longest = "x".repeat(LONGEST_ID);
        for good in ["a", "A-b_9", &longest] {
            assert_eq!(id(good), good);
        }
        let mut made = vec![observer.id(&HeaderMap::new())];
        for bad in ["", "a b", "a\"b", "ä", "a.b", &format!("{longest}x")] {
            made.push(id(bad));
        }
        assert!(made.iter().all(|id| id.len() == 16 && is_id(id)), "{made:?}");
        made.sort();
        made.dedup();
        assert_eq!(made.len(), 7);
    }
}
