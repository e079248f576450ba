//! [`Derived`]: the files that were made of originals. They are stored, and a cache: losing them loses nothing.
//!
//! In: what is wanted. Out: its bytes, from the store or rendered, once for all who want it at the same time; removal with an
//! image or a variant. Must not know of URLs, or of who may see what.

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
    /// The key of the original.
    object: String,
    etag: ETag,
    recipe: Recipe,
}

impl Wanted {
    pub(super) fn new(image: ImageId, object: String, etag: ETag, recipe: Recipe) -> Self {
        Self { image, object, etag, recipe }
    }
}

/// What is being made at the moment.
#[derive(Default)]
pub(crate) struct Derived {
    /// A failure is shared by all who waited for it.
    flights: Flights<Result<Bytes, Arc<Failure>>>,
    pub(super) seen: Seen,
}

impl Derived {
    /// The bytes of `wanted`.
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
        made.await.unwrap_or_else(|| Err(Failure::internal("the work at a delivery panicked").into()))
    }

    /// Removes what was made of an image, after its row. That a file is left over is only a warning: nobody finds it any more.
    pub(crate) async fn purge_image(&self, app: &App, account: &Account, image: &StoredImage) {
        purge(app, &folder(account, &image.object)).await;
    }

    /// Removes what was made for a variant with these options, of all images of the account, after the variant was changed or
    /// removed. Its new options have other names, so that this frees space and changes no answer.
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

/// From the store, or else rendered and stored.
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
        // What cannot be read can be made.
        Err(failure) => warn("reading a derived file", &failure),
    }
    app.metrics.derived_miss();
    // First the place, then the source: those who wait hold no bytes.
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

/// Stores what was made. If the image was deleted meanwhile, its files were purged before this one was there.
async fn store(app: &App, account: &Account, image: &ImageId, object: &str, key: &str, made: Bytes) {
    if let Err(failure) = app.objects.put(key, made).await {
        return warn("storing a derived file", &failure);
    }
    match app.records.image(account, image).await {
        Ok(Some(current)) if current.object == object => {}
        Ok(_) => purge(app, &folder(account, object)).await,
        Err(failure) => warn("looking whether an image is still there", &failure),
    }
}

/// An original that is not there: the image was deleted since its row was read, or the store has lost it.
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

/// Where the files are that were made of one original: under the last part of its key, which no other original ever has.
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
    async fn what_was_made_of_an_image_that_is_gone_is_not_kept() {
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
