//! Images, version 1: list, details, upload, update, delete.
//!
//! In: calls. Out: `ImageList`, `Image`, or nothing. Must not know how images are stored.

use std::sync::Arc;

use axum::extract::Request;
use axum::response::Response;
use cretula::records::{DirectUploadRequest, Filename, Image, ImageList, ImageQuery, ImageUpdate};
use tracing::Instrument;

use super::answer::{Nothing, success};
use super::upload_form::Form;
use super::{Call, json_text};
use crate::failure::Failure;
use crate::fetch::{self, FetchLimits};
use crate::upload::{self, File};

/// Lists images in numbered pages, newest first.
pub(super) async fn list(call: &Call, query: &str) -> Result<Response, Failure> {
    let asked = ImageQuery::from_query(query)?;
    let mut known = ImageQuery::default();
    (known.page, known.per_page, known.creator) = (asked.page, asked.per_page, asked.creator);
    let page = call.app.records.list(&call.account, &known).await?;
    success(ImageList { images: call.all_with_urls(page.images).await? })
}

pub(super) async fn details(call: &Call, id: &str) -> Result<Response, Failure> {
    let id = call.image_id(id)?;
    let found = call.app.records.image(&call.account, &id).await?;
    let found = found.ok_or_else(|| cretula::Error::not_found("image", id.as_str()))?;
    success(call.with_urls(found.record).await?)
}

pub(super) async fn upload(call: &Call, request: Request) -> Result<Response, Failure> {
    let _place = upload::admit().await?;
    let mut form = Form::read(request, call.app.renderers.limits().max_input_bytes).await?;
    let record = call.new_record(DirectUploadRequest::from_form(form.texts(), call.rules())?)?;
    let picture = match (form.take_file(), form.text("url")?) {
        (Some(file), None) => file,
        (None, Some(url)) => fetched(call, url).await?,
        (Some(_), Some(_)) => return Err(Failure::invalid("the form has both a file and a url: give one")),
        (None, None) => return Err(Failure::invalid("the form has neither a file nor a url: give one")),
    };
    let stored = upload::store(&call.app, &call.account, picture, record).await?;
    success(call.with_urls(stored.record).await?)
}

async fn fetched(call: &Call, url: &str) -> Result<File, Failure> {
    if !call.app.config.upload_by_url {
        return Err(Failure::invalid(
            "uploads by url are disabled: set upload_by_url = true in the configuration",
        ));
    }
    let bytes = call.app.renderers.limits().max_input_bytes;
    let limits = FetchLimits { bytes, ..FetchLimits::new(call.app.config.allow_private_addresses) };
    let fetched = fetch::fetch(url, &limits).await?;
    // The name comes from the URL and not from the client, so an invalid one is dropped.
    let filename = fetched.filename.and_then(|name| Filename::new(name).ok());
    Ok(File { bytes: fetched.bytes, filename })
}

pub(super) async fn update(call: &Call, id: &str, request: Request) -> Result<Response, Failure> {
    let (id, rules) = (call.image_id(id)?, call.rules());
    let update = ImageUpdate::from_json(&json_text(request).await?)?;
    let change = move |image: &Image| image.updated(&update, rules);
    let updated = call.app.records.update_image(&call.account, &id, change).await?;
    success(call.with_urls(updated.record).await?)
}

/// Deletes the row first, so that no request finds an image that is being removed. Once started,
/// the deletion completes even if the client disconnects.
pub(super) async fn delete(call: &Call, id: &str) -> Result<Response, Failure> {
    let id = call.image_id(id)?;
    let (app, account) = (Arc::clone(&call.app), Arc::clone(&call.account));
    let work = async move {
        let removed = app.records.delete_image(&account, &id).await?;
        upload::remove_objects(&app, &account, &removed).await;
        Ok(())
    };
    let done = tokio::spawn(work.in_current_span()).await;
    done.unwrap_or_else(|_| Err(Failure::internal("a deletion panicked")))?;
    success(Nothing {})
}
