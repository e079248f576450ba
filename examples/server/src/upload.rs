//! Uploads: turn bytes into an image, atomically.
//!
//! In: a file and the record for it. Out: the stored image. The object is written first, under a
//! unique key, and then the row that names it, so a request that finds a row finds its object. Must
//! not know how either is stored, or about forms and credentials.

mod direct;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::body::Bytes;
use cretula::records::{Filename, Image, Timestamp};
use cretula::{ImageInfo, probe};
use sha2::{Digest, Sha256};
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::timeout;

pub(crate) use self::direct::router;
use crate::App;
use crate::accounts::Account;
use crate::failure::Failure;
use crate::objects;
use crate::records::StoredImage;

/// The maximum number of concurrent uploads in a process: each holds a whole file.
static PLACES: Semaphore = Semaphore::const_new(32);

/// How long an upload may wait for a permit, with its body unread.
const LONGEST_WAIT: Duration = Duration::from_secs(5);

/// A file that will become an image.
#[derive(Debug)]
pub(crate) struct File {
    pub(crate) bytes: Bytes,
    pub(crate) filename: Option<Filename>,
}

/// Waits for the right to hold a file. Dropping it admits the next upload.
pub(crate) async fn admit() -> Result<SemaphorePermit<'static>, Failure> {
    match timeout(LONGEST_WAIT, PLACES.acquire()).await {
        Ok(place) => place.map_err(|_| Failure::internal("uploads are closed")),
        Err(_) => Err(Failure::overloaded(LONGEST_WAIT)),
    }
}

/// Stores a new image.
pub(crate) async fn store(
    app: &App,
    account: &Account,
    file: File,
    record: Image,
) -> Result<StoredImage, Failure> {
    let image = put(app, account, file, record).await?;
    let object = image.object.clone();
    let inserted = app.records.insert(account, image).await;
    settle(app, &object, inserted).await
}

/// Writes the object. No row names it yet.
async fn put(app: &App, account: &Account, file: File, record: Image) -> Result<StoredImage, Failure> {
    let File { bytes, filename } = file;
    let (info, digest) = examine(app, bytes.clone()).await?;
    let object = objects::original_key(account)?;
    let size = bytes.len() as u64;
    app.objects.put(&object, bytes).await?;
    Ok(StoredImage {
        record: Image { filename, ..record },
        object,
        digest,
        bytes: size,
        format: info.format,
        width: info.width,
        height: info.height,
        has_alpha: info.has_alpha,
        frames: info.frames,
    })
}

/// The properties of the file, and its SHA-256. Hashing ten megabytes takes too long for a thread
/// that serves other requests.
async fn examine(app: &App, bytes: Bytes) -> Result<(ImageInfo, String), Failure> {
    let limits = app.renderers.limits().clone();
    let work = move || Ok((probe(&bytes, &limits)?, sha256(&bytes)));
    let examined = tokio::task::spawn_blocking(work).await;
    examined.unwrap_or_else(|_| Err(Failure::internal("the probe of an upload panicked")))
}

/// Removes the object if its row was refused. After any other failure, the row may exist
/// nevertheless; if it does not, the sweep removes the object.
async fn settle(app: &App, object: &str, row: Result<StoredImage, Failure>) -> Result<StoredImage, Failure> {
    match &row {
        Ok(image) => app.metrics.uploaded(image.bytes),
        Err(refused) if refused.status().is_client_error() => remove(app, object).await,
        Err(_) => {}
    }
    row
}

/// Removes the objects of an image, after its row.
pub(crate) async fn remove_objects(app: &App, account: &Account, image: &StoredImage) {
    // A draft has no object yet.
    if !image.record.draft {
        remove(app, &image.object).await;
        app.derived.purge_image(app, account, image).await;
    }
}

/// A failure is only a warning: no row names the object, and the sweep removes it.
async fn remove(app: &App, object: &str) {
    if let Err(failure) = app.objects.delete(object).await {
        tracing::warn!(failure = failure.message(), "removing an original failed");
    }
}

/// The SHA-256 in lowercase hexadecimal.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The current time.
pub(crate) fn now() -> cretula::Result<Timestamp> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_unix_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// Whole seconds since 1970.
pub(crate) fn unix_seconds(time: Timestamp) -> u64 {
    u64::try_from(time.as_unix_millis() / 1000).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_is_sha_256() {
        let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(sha256(b"abc"), expected);
    }

    #[test]
    fn seconds_are_whole() {
        let time = Timestamp::from_unix_millis(1_700_000_000_999).unwrap();
        assert_eq!(unix_seconds(time), 1_700_000_000);
        assert!(now().unwrap() > time);
    }
}
