//! [`bodies_in_time`]: the whole body of a request arrives before a deadline, or the response is
//! 408.
//!
//! In: requests. Out: the same requests, with bodies that fail at the deadline; any response after
//! that becomes 408. The deadline applies to the whole body and not to each pause: a client that
//! sends one byte per second must not hold a connection for a day. Must not know what a body
//! contains.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{Request, State};
use axum::http::HeaderValue;
use axum::http::header::CONNECTION;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use http_body::{Frame, SizeHint};
use tokio::time::{Sleep, sleep};

use crate::failure::Failure;

/// Applies the deadline to a router.
pub(crate) fn bodies_in_time(router: Router, longest: Duration) -> Router {
    router.layer(from_fn_with_state(longest, in_time))
}

async fn in_time(State(longest): State<Duration>, request: Request, next: Next) -> Response {
    if request.body().is_end_stream() {
        return next.run(request).await;
    }
    let late = Arc::new(AtomicBool::new(false));
    let seen = Arc::clone(&late);
    let request = request.map(|body| Body::new(Timed { body, timer: Box::pin(sleep(longest)), late }));
    let response = next.run(request).await;
    if !seen.load(Ordering::Relaxed) {
        return response;
    }
    let mut response = Failure::late_body(longest).into_response();
    // The rest of the body may still arrive; it is not the next request.
    response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    response
}

/// A body that fails when its timer expires.
struct Timed {
    body: Body,
    timer: Pin<Box<Sleep>>,
    late: Arc<AtomicBool>,
}

impl HttpBody for Timed {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        if let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(context) {
            return Poll::Ready(frame);
        }
        if self.timer.as_mut().poll(context).is_pending() {
            return Poll::Pending;
        }
        self.late.store(true, Ordering::Relaxed);
        Poll::Ready(Some(Err(axum::Error::new("the body did not arrive in time"))))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
