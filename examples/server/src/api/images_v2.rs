//! Images, version 2: the list with a cursor, an order and filters.
//!
//! In: calls. Out: `ImagePage`.

use axum::response::Response;
use cretula::records::{ImagePage, ImageQuery};

use super::Call;
use super::answer::success;
use crate::failure::Failure;

pub(super) async fn list(call: &Call, query: &str) -> Result<Response, Failure> {
    let mut query = ImageQuery::from_query(query)?;
    // Numbered pages exist in version 1 only.
    query.page = ImageQuery::default().page;
    let ImagePage { images, continuation_token } = call.app.records.list(&call.account, &query).await?;
    success(ImagePage { images: call.all_with_urls(images).await?, continuation_token })
}
