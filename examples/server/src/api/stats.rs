//! Statistics: the number of images, and its limit.
//!
//! In: calls. Out: `Stat`.

use axum::response::Response;

use super::Call;
use super::answer::success;
use crate::failure::Failure;

pub(super) async fn get(call: &Call) -> Result<Response, Failure> {
    success(call.app.records.stat(&call.account).await?)
}
