//! Variants: list, details (also flat), create, update, delete.
//!
//! In: calls. Out: `Variants`, `VariantResult`, a variant, or nothing. Changing a variant removes
//! the files derived with its old options. Must not know how variants are stored or rendered.

use std::sync::Arc;

use axum::extract::Request;
use axum::response::Response;
use cretula::records::{DeliveryUrl, VariantId, VariantResult, VariantUpdate};
use cretula::{Variant, VariantOptions};
use tracing::Instrument;

use super::answer::{Nothing, success};
use super::{Call, json_text};
use crate::failure::Failure;

pub(super) async fn list(call: &Call) -> Result<Response, Failure> {
    success(&call.app.records.account_state(&call.account).await?.variants)
}

pub(super) async fn details(call: &Call, id: &str) -> Result<Response, Failure> {
    success(VariantResult { variant: find(call, id).await? })
}

/// The variant without its enclosing object.
pub(super) async fn flat(call: &Call, id: &str) -> Result<Response, Failure> {
    success(find(call, id).await?)
}

async fn find(call: &Call, id: &str) -> Result<Variant, Failure> {
    Ok(call.app.records.account_state(&call.account).await?.variants.get(id)?.clone())
}

pub(super) async fn create(call: &Call, request: Request) -> Result<Response, Failure> {
    let (limits, rules) = (call.app.renderers.limits(), call.rules());
    let variant = Variant::from_json(&json_text(request).await?, limits)?;
    check_id(call, &variant.id)?;
    let made = call.app.records.change_variants(&call.account, |variants| {
        variants.create(variant.clone(), limits, rules)?;
        Ok(variant)
    });
    success(VariantResult { variant: made.await? })
}

/// Refuses the ids that cannot end an image URL: `.` and `..`.
fn check_id(call: &Call, id: &VariantId) -> Result<(), Failure> {
    DeliveryUrl::new(&call.account.hash, "image".parse()?, id.clone())?;
    Ok(())
}

pub(super) async fn update(call: &Call, id: &str, request: Request) -> Result<Response, Failure> {
    let limits = call.app.renderers.limits();
    let update = VariantUpdate::from_json(&json_text(request).await?, limits)?;
    let changed = call.app.records.change_variants(&call.account, |variants| {
        let updated = variants.get(id)?.updated(&update);
        let old = variants.update(updated.clone(), limits)?;
        Ok((old, updated))
    });
    let (old, updated) = changed.await?;
    if old.options != updated.options {
        purge(call, old.options);
    }
    success(VariantResult { variant: updated })
}

pub(super) async fn delete(call: &Call, id: &str) -> Result<Response, Failure> {
    let rules = call.rules();
    let removed = call.app.records.change_variants(&call.account, |variants| variants.remove(id, rules));
    purge(call, removed.await?.options);
    success(Nothing {})
}

/// Removes the files derived with options that no variant has any more. Requests no longer find
/// them, and scanning a large store takes time, so this runs in the background.
fn purge(call: &Call, old: VariantOptions) {
    let (app, account) = (Arc::clone(&call.app), Arc::clone(&call.account));
    let work = async move { app.derived.purge_variant(&app, &account, &old).await };
    tokio::spawn(work.in_current_span());
}
