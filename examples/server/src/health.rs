//! `/health`: the process is alive. `/ready`: the process accepts requests.
//!
//! In: nothing. Out: 200 or 503. The two are separate because they have different consequences: an
//! unhealthy process is restarted, and a process that is not ready gets no requests. So `/health`
//! depends on nothing that can be slow or unavailable. Must not know about load: a busy process is
//! healthy and ready.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CACHE_CONTROL;
use axum::response::IntoResponse;
use axum::routing::get;
use tokio::time::timeout;

use crate::App;
use crate::failure::Failure;

/// Load balancers poll every few seconds, and treat a late response as a failure.
const LONGEST: Duration = Duration::from_secs(2);

/// A key without an object. "Not found" counts as a response of the store.
const NOTHING: &str = "ready";

pub(crate) fn router() -> Router<Arc<App>> {
    Router::new().route("/health", get(|| async { answer(Ok(())) })).route("/ready", get(ready))
}

async fn ready(State(app): State<Arc<App>>) -> impl IntoResponse {
    if app.serving.draining() {
        return answer(Err("draining"));
    }
    let database = answers("database", app.records.ready());
    let objects = answers("object store", app.objects.get(NOTHING));
    let (database, objects) = tokio::join!(database, objects);
    answer(match (database, objects) {
        (true, true) => Ok(()),
        (false, true) => Err("the database does not respond"),
        (true, false) => Err("the object store does not respond"),
        (false, false) => Err("neither the database nor the object store responds"),
    })
}

/// Whether a store responds in time. The cause of a failure goes to the log and not to the client.
async fn answers<T>(store: &str, asked: impl Future<Output = Result<T, Failure>>) -> bool {
    match timeout(LONGEST, asked).await {
        Ok(Ok(_)) => true,
        Ok(Err(failure)) => {
            tracing::error!(store, failure = failure.message(), "not ready");
            false
        }
        Err(_) => {
            tracing::error!(store, seconds = LONGEST.as_secs_f64(), "not ready: no response in time");
            false
        }
    }
}

fn answer(state: Result<(), &'static str>) -> impl IntoResponse {
    let (status, text) = match state {
        Ok(()) => (StatusCode::OK, "ok"),
        Err(reason) => (StatusCode::SERVICE_UNAVAILABLE, reason),
    };
    (status, [(CACHE_CONTROL, "no-store")], format!("{text}\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_store_that_fails_or_hangs_is_not_ready() {
        assert!(answers("database", async { Ok(None::<u8>) }).await);
        assert!(!answers("database", async { Err::<(), _>(Failure::internal("away")) }).await);
        tokio::time::pause();
        assert!(!answers("database", std::future::pending::<Result<(), Failure>>()).await);
    }

    #[test]
    fn responses_must_not_be_cached() {
        for (state, status) in [(Ok(()), StatusCode::OK), (Err("draining"), StatusCode::SERVICE_UNAVAILABLE)]
        {
            let response = answer(state).into_response();
            assert_eq!(response.status(), status);
            assert_eq!(response.headers()[CACHE_CONTROL], "no-store");
        }
    }
}
