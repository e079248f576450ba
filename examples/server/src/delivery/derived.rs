//! [`Derived`]: the files derived from originals. They are stored as a cache: losing them loses no
//! data.
//!
//! In: the file to deliver. Out: its bytes, from the store or rendered, once for all concurrent
//! requests; removal with an image or a variant. Must not know about URLs or access control.

use std::sync::Arc;

use axum::body::Bytes;
use cretula::records::ImageId;
use cretula::{CancelToken, VariantOptions};

use super::coalesce::Flights;
use super::etag::ETag;
use super::recipe::Recipe;
use super::seen::Seen;
use crate::App;
use crate::accounts::Account;
use crate::failure::Failure;
use crate::records::StoredImage;

/// One file to deliver.
pub(super) struct Wanted {
    image: ImageId,
    /// The object key of the original.
    object: String,
    etag: ETag,
    recipe: Recipe,
}

impl Wanted {
    pub(super) fn new(image: ImageId, object: String, etag: ETag, recipe: Recipe) -> Self {
        Self { image, object, etag, recipe }
    }
}

/// The renders in flight.
#[derive(Default)]
pub(crate) struct Derived {
    /// A failure is shared by all requests that waited for it.
    flights: Flights<Result<Bytes, Arc<Failure>>>,
    pub(super) seen: Seen,
}

impl Derived {
    /// Returns the bytes of `wanted`.
    pub(super) async fn get(
        &self,
        app: &Arc<App>,
        account: &Arc<Account>,
        wanted: Wanted,
    ) -> Result<Bytes, Arc<Failure>> {
        let (app, account) = (Arc::clone(app), Arc::clone(account));
        let key = format!("{}{}", folder(&account, &wanted.object), wanted.etag.as_str());
        let stored = key.clone();
        let made = self.flights.join(key, |cancel| async move {
            obtain(&app, &account, wanted, &stored, cancel).await.map_err(Arc::new)
        });
        made.await.unwrap_or_else(|| Err(Failure::internal("a delivery panicked").into()))
    }

    /// Removes the files derived from an image, after its row. A failure is only a warning:
    /// requests no longer find the file.
    pub(crate) async fn purge_image(&self, app: &App, account: &Account, image: &StoredImage) {
        purge(app, &folder(account, &image.object)).await;
    }

    /// Removes the files derived with these options, for all images of the account, after the
    /// variant was changed or removed. Files for its new options have other names, so this frees
    /// space and changes no response.
    pub(crate) async fn purge_variant(&self, app: &App, account: &Account, old: &VariantOptions) {
        let beginning = ETag::beginning(old);
        let keys = match app.objects.list(&account_folder(account)).await {
            Ok(keys) => keys,
            Err(failure) => return warn("listing the files of a variant", &failure),
        };
        for key in keys {
            let name = key.rsplit('/').next().unwrap_or_default();
            if name.starts_with(&beginning)
                && let Err(failure) = app.objects.delete(&key).await
            {
                warn("removing a file of a variant", &failure);
            }
        }
    }
}

/// Reads the file from the store, or renders and stores it.
async fn obtain(
    app: &App,
    account: &Account,
    wanted: Wanted,
    key: &str,
    cancel: CancelToken,
) -> Result<Bytes, Failure> {
    match app.objects.get(key).await {
        Ok(Some(bytes)) => {
            app.metrics.derived_hit();
            return Ok(bytes);
        }
        Ok(None) => {}
        // Renders a file that cannot be read.
        Err(failure) => warn("reading a derived file", &failure),
    }
    app.metrics.derived_miss();
    // Acquires the permit before reading the source: queued requests hold no bytes.
    let permit = app.renderers.admit().await?;
    let Some(original) = app.objects.get(&wanted.object).await? else {
        return Err(missing(app, account, &wanted).await);
    };
    let Wanted { image, object, recipe, .. } = wanted;
    let made = app.renderers.run(permit, move |renderer| recipe.make(renderer, &original, &cancel)).await?;
    let made = Bytes::from(made);
    store(app, account, &image, &object, key, made.clone()).await;
    Ok(made)
}

/// Stores a derived file. Purges again if the image was deleted meanwhile: that purge ran before
/// this file existed.
async fn store(app: &App, account: &Account, image: &ImageId, object: &str, key: &str, made: Bytes) {
    if let Err(failure) = app.objects.put(key, made).await {
        return warn("storing a derived file", &failure);
    }
    match app.records.image(account, image).await {
        Ok(Some(current)) if current.object == object => {}
        Ok(_) => purge(app, &folder(account, object)).await,
        Err(failure) => warn("checking whether an image still exists", &failure),
    }
}

/// The failure for a missing original: the image was deleted after its row was read, or the store
/// lost the object.
async fn missing(app: &App, account: &Account, wanted: &Wanted) -> Failure {
    match app.records.image(account, &wanted.image).await {
        Ok(Some(current)) if current.object == wanted.object => {
            Failure::internal("the original of an image is not in the store")
        }
        Ok(_) => cretula::Error::not_found("image", wanted.image.as_str()).into(),
        Err(failure) => failure,
    }
}

async fn purge(app: &App, folder: &str) {
    if let Err(failure) = app.objects.delete_below(folder).await {
        warn("removing derived files", &failure);
    }
}

fn account_folder(account: &Account) -> String {
    format!("derived/{}/", account.id)
}

/// The folder of the files derived from one original, named by the last part of the original's key,
/// which is unique.
fn folder(account: &Account, object: &str) -> String {
    let original = object.rsplit('/').next().unwrap_or_default();
    format!("{}{original}/", account_folder(account))
}

fn warn(what: &str, failure: &Failure) {
    tracing::warn!(failure = failure.message(), "{what} failed");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::delivery::tests::Site;

    #[tokio::test]
    async fn files_derived_from_a_deleted_image_are_not_kept() {
        let site = Site::new().await;
        let image = site.add("cat", false).await;
        let key = format!("{}etag", folder(&site.account, &image.object));
        let id = &image.record.id;
        let keep = || store(&site.app, &site.account, id, &image.object, &key, Bytes::from_static(b"made"));
        keep().await;
        assert_eq!(site.derived().await, std::slice::from_ref(&key));
        site.app.records.delete_image(&site.account, id).await.unwrap();
        keep().await;
        assert!(site.derived().await.is_empty());
    }
}
