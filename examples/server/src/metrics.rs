//! [`Metrics`]: the counters of the process, as Prometheus text at `/metrics`.
//!
//! In: events, each a call that does not block. Out: text. Values that belong to other parts
//! (renderers, connections, memory) are read at each scrape. No label contains a value chosen by a
//! client, so the number of series is bounded. Must not know how the counted work is done.

mod process;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use prometheus_client::encoding::{EncodeLabelSet, prometheus_text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Metric, Registry};

use crate::App;

/// Bounds of the histograms, in seconds: from a response served from memory to a render that
/// reaches its deadline.
const SECONDS: [f64; 13] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

pub(crate) fn router() -> Router<Arc<App>> {
    Router::new().route("/metrics", get(answer))
}

async fn answer(State(app): State<Arc<App>>) -> Response {
    let metrics = &app.metrics;
    metrics.levels.renderers.set(app.renderers.threads().into());
    metrics.levels.free_places.set(level(app.renderers.free()));
    metrics.levels.queue.set(app.renderers.waiting().into());
    metrics.levels.connections.set(level(app.serving.connections()));
    metrics.levels.draining.set(app.serving.draining().into());
    match metrics.text() {
        Ok(text) => ([(CONTENT_TYPE, prometheus_text::CONTENT_TYPE)], text).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// The counters. Clones share them.
#[derive(Debug, Clone)]
pub(crate) struct Metrics {
    requests: Family<Answered, Counter>,
    request_time: Family<At, Histogram, fn() -> Histogram>,
    sent: Counter,
    uploads: Counter,
    uploaded: Counter,
    derived: Family<Stored, Counter>,
    renders: Counter,
    render_time: Histogram,
    queue_time: Histogram,
    refused: Counter,
    swept: Counter,
    levels: Levels,
    registry: Arc<Registry>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answered {
    route: String,
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct At {
    route: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Stored {
    found: bool,
}

/// The gauges.
#[derive(Debug, Clone)]
struct Levels {
    renderers: Gauge,
    free_places: Gauge,
    queue: Gauge,
    connections: Gauge,
    draining: Gauge,
}

impl Metrics {
    /// All counters at zero.
    pub(crate) fn new() -> Self {
        let mut all = Registry::default();
        all.register_collector(Box::new(process::Process::new()));
        let own = all.sub_registry_with_prefix("cretula");
        let request_time = Family::new_with_constructor(histogram as fn() -> Histogram);
        let levels = Levels {
            renderers: register(own, "renderers", "Render threads", Gauge::default()),
            free_places: register(own, "places_free", "Free render permits", Gauge::default()),
            queue: register(own, "queue_length", "Requests waiting for a render permit", Gauge::default()),
            connections: register(own, "connections", "Open connections", Gauge::default()),
            draining: register(own, "draining", "1 after SIGTERM", Gauge::default()),
        };
        Self {
            requests: register(own, "requests", "Requests answered", Family::default()),
            request_time: register(own, "request_seconds", "Time until the response head", request_time),
            sent: register(own, "sent_bytes", "Bytes of response bodies", Counter::default()),
            uploads: register(own, "uploads", "Images stored", Counter::default()),
            uploaded: register(own, "uploaded_bytes", "Bytes of images stored", Counter::default()),
            derived: register(own, "derived", "Derived files looked up in the store", Family::default()),
            renders: register(own, "renders", "Renders finished, successful or not", Counter::default()),
            render_time: register(own, "render_seconds", "Time of a render", histogram()),
            queue_time: register(
                own,
                "queue_seconds",
                "Time that requests waited for a render permit",
                histogram(),
            ),
            refused: register(own, "refused", "Requests refused because of load", Counter::default()),
            swept: register(
                own,
                "swept_objects",
                "Objects without a row that the sweep removed",
                Counter::default(),
            ),
            levels,
            registry: Arc::new(all),
        }
    }

    /// Counts a request that was answered. `route` is the router's template, never the path.
    pub(crate) fn request(&self, route: &str, status: StatusCode, time: Duration) {
        let route = route.to_owned();
        self.request_time.get_or_create(&At { route: route.clone() }).observe(time.as_secs_f64());
        self.requests.get_or_create(&Answered { route, status: status.as_u16() }).inc();
    }

    /// Counts the bytes of a response body that were handed to the connection.
    pub(crate) fn sent(&self, bytes: u64) {
        self.sent.inc_by(bytes);
    }

    /// Counts a stored image.
    pub(crate) fn uploaded(&self, bytes: u64) {
        self.uploads.inc();
        self.uploaded.inc_by(bytes);
    }

    /// Counts a derived file that was in the store.
    pub(crate) fn derived_hit(&self) {
        self.derived.get_or_create(&Stored { found: true }).inc();
    }

    /// Counts a derived file that was not in the store.
    pub(crate) fn derived_miss(&self) {
        self.derived.get_or_create(&Stored { found: false }).inc();
    }

    /// Counts a finished render, successful or not.
    pub(crate) fn render(&self, time: Duration) {
        self.renders.inc();
        self.render_time.observe(time.as_secs_f64());
    }

    /// Records how long a request waited for a render permit.
    pub(crate) fn waited(&self, time: Duration) {
        self.queue_time.observe(time.as_secs_f64());
    }

    /// Counts a request that was refused because the queue was too long.
    pub(crate) fn refused(&self) {
        self.refused.inc();
    }

    /// Counts objects that the sweep removed.
    pub(crate) fn swept(&self, objects: u64) {
        self.swept.inc_by(objects);
    }

    fn text(&self) -> Result<String, std::fmt::Error> {
        let mut text = String::new();
        prometheus_text::encode(&mut text, &self.registry)?;
        Ok(text)
    }
}

fn histogram() -> Histogram {
    Histogram::new(SECONDS)
}

fn register<M: Metric + Clone>(registry: &mut Registry, name: &str, help: &str, metric: M) -> M {
    registry.register(name, help, metric.clone());
    metric
}

fn level(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(metrics: &Metrics, sample: &str) -> f64 {
        let text = metrics.text().unwrap();
        let line = text.lines().find(|line| line.rsplit_once(' ').is_some_and(|(name, _)| name == sample));
        line.and_then(|line| line.rsplit_once(' ')?.1.parse().ok())
            .unwrap_or_else(|| panic!("{sample}: {text}"))
    }

    #[test]
    fn requests_are_counted_by_route_and_status_with_their_times() {
        let metrics = Metrics::new();
        metrics.request("/{hash}/{*rest}", StatusCode::OK, Duration::from_millis(3));
        metrics.request("/{hash}/{*rest}", StatusCode::OK, Duration::from_millis(300));
        metrics.request("/{hash}/{*rest}", StatusCode::SERVICE_UNAVAILABLE, Duration::ZERO);
        let route = "route=\"/{hash}/{*rest}\"";
        let value = |sample: String| value(&metrics, &sample);
        assert_eq!(value(format!("cretula_requests_total{{{route},status=\"200\"}}")), 2.0);
        assert_eq!(value(format!("cretula_requests_total{{{route},status=\"503\"}}")), 1.0);
        assert_eq!(value(format!("cretula_request_seconds_count{{{route}}}")), 3.0);
        assert_eq!(value(format!("cretula_request_seconds_bucket{{{route},le=\"0.005\"}}")), 2.0);
    }

    #[test]
    fn every_event_reaches_its_own_counter() {
        let metrics = Metrics::new();
        metrics.sent(1);
        metrics.uploaded(2);
        metrics.derived_hit();
        metrics.derived_miss();
        metrics.derived_miss();
        metrics.render(Duration::from_millis(500));
        metrics.waited(Duration::from_millis(250));
        metrics.refused();
        metrics.swept(7);
        for (sample, expected) in [
            ("cretula_sent_bytes_total", 1.0),
            ("cretula_uploads_total", 1.0),
            ("cretula_uploaded_bytes_total", 2.0),
            ("cretula_derived_total{found=\"true\"}", 1.0),
            ("cretula_derived_total{found=\"false\"}", 2.0),
            ("cretula_renders_total", 1.0),
            ("cretula_render_seconds_sum", 0.5),
            ("cretula_queue_seconds_sum", 0.25),
            ("cretula_refused_total", 1.0),
            ("cretula_swept_objects_total", 7.0),
        ] {
            assert_eq!(value(&metrics, sample), expected, "{sample}");
        }
    }

    #[test]
    fn unused_counters_are_zero_and_not_absent() {
        let metrics = Metrics::new();
        for sample in ["cretula_renders_total", "cretula_refused_total", "cretula_render_seconds_count"] {
            assert_eq!(value(&metrics, sample), 0.0, "{sample}");
        }
    }
}
