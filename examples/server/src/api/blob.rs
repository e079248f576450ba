//! The base image: the original bytes of the upload.
//!
//! In: calls. Out: the original, only for clients that may act for the account.

use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use axum::response::{IntoResponse, Response};

use super::Call;
use crate::failure::Failure;

pub(super) async fn get(call: &Call, id: &str) -> Result<Response, Failure> {
    let id = call.image_id(id)?;
    let not_found = || Failure::from(cretula::Error::not_found("image", id.as_str()));
    let found = call.app.records.image(&call.account, &id).await?;
    let found = found.filter(|found| !found.record.draft).ok_or_else(not_found)?;
    let Some(bytes) = call.app.objects.get(&found.object).await? else {
        // The image was deleted after its row was read, or its object is lost.
        return match call.app.records.image(&call.account, &id).await? {
            Some(current) if current.object == found.object => {
                Err(Failure::internal("the original of an image is not in the store"))
            }
            _ => Err(not_found()),
        };
    };
    let headers = [
        (CONTENT_TYPE, found.format.media_type()),
        (CACHE_CONTROL, "no-store"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    Ok((headers, bytes).into_response())
}
