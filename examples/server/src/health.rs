//! `/health`: the process lives. `/ready`: send it requests.
//!
//! In: nothing. Out: 200 or 503. The two are apart because what follows is different: a process that is not healthy is restarted,
//! one that is not ready is only passed over. So `/health` touches nothing that can be slow or away. Must not know of load: one
//! that is busy is neither.

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

/// Load balancers ask every few seconds, and take a late answer for none.
const LONGEST: Duration = Duration::from_secs(2);

/// A key at which there is nothing. That the store says so is an answer.
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
        (false, true) => Err("the database does not answer"),
        (true, false) => Err("the object store does not answer"),
        (false, false) => Err("neither the database nor the object store answers"),
    })
}

/// Whether a store answers in time; why not is for the log and not for whoever asks.
async fn answers<T>(store: &str, asked: impl Future<Output = Result<T, Failure>>) -> bool {
    match timeout(LONGEST, asked).await {
        Ok(Ok(_)) => true,
        Ok(Err(failure)) => {
            tracing::error!(store, failure = failure.message(), "not ready");
            false
        }
        Err(_) => {
            tracing::error!(store, seconds = LONGEST.as_secs_f64(), "not ready: no answer in time");
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
    async fn a_store_that_fails_or_is_silent_does_not_answer() {
        assert!(answers("database", async { Ok(None::<u8>) }).await);
        assert!(!answers("database", async { Err::<(), _>(Failure::internal("away")) }).await);
        tokio::time::pause();
        assert!(!answers("database", std::future::pending::<Result<(), Failure>>()).await);
    }

    #[test]
    fn no_cache_keeps_an_answer() {
        for (state, status) in [(Ok(()), StatusCode::OK), (Err("draining"), StatusCode::SERVICE_UNAVAILABLE)]
        {
            let response = answer(state).into_response();
            assert_eq!(response.status(), status);
            assert_eq!(response.headers()[CACHE_CONTROL], "no-store");
        }
    }
}
