//! [`Objects`]: originals and derived files, in a folder or in an S3 store.
//!
//! In: keys and bytes. Out: bytes. Keys are `originals/<account>/<random>` and
//! `derived/<account>/<the original's random>/<name>`. Writes are atomic: in a folder, a file gets
//! its name when it is complete, and survives a power failure. Must not know about images or
//! account settings.

mod leftovers;
#[cfg(feature = "s3")]
mod s3;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::SystemTime;

use axum::body::Bytes;
use cretula::records::{ImageId, RuleSet};
use futures_util::stream::BoxStream;
use futures_util::{StreamExt, TryStreamExt};
#[cfg(feature = "folder")]
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{Error, ObjectStore, ObjectStoreExt};

use crate::accounts::Account;
use crate::failure::Failure;

/// The object store.
pub(crate) struct Objects {
    store: Arc<dyn ObjectStore>,
    /// The path of the store, if it is a folder.
    folder: Option<PathBuf>,
}

impl Objects {
    /// Opens `file:DIR`, which is created if it does not exist, or
    /// `s3://BUCKET?endpoint=URL&region=NAME`. Errors are worded for the operator.
    pub(crate) fn open(url: &str) -> Result<Self, String> {
        if let Some(folder) = url.strip_prefix("file:") {
            return Self::in_folder(PathBuf::from(folder.trim_start_matches("//")));
        }
        if url.starts_with("s3:") {
            return Self::in_bucket(url);
        }
        Err(format!("objects must be file:DIR or s3://BUCKET?endpoint=URL&region=NAME, got {url:?}"))
    }

    #[cfg(feature = "folder")]
    fn in_folder(folder: PathBuf) -> Result<Self, String> {
        let failed = |error: &dyn std::fmt::Display| format!("objects: {}: {error}", folder.display());
        std::fs::create_dir_all(&folder).map_err(|error| failed(&error))?;
        let store = LocalFileSystem::new_with_prefix(&folder).map_err(|error| failed(&error))?;
        let store = Arc::new(store.with_fsync(true).with_automatic_cleanup(true));
        Ok(Self { store, folder: Some(folder) })
    }

    #[cfg(not(feature = "folder"))]
    fn in_folder(_: PathBuf) -> Result<Self, String> {
        Err("objects in a folder need the feature folder: build with --features folder".to_owned())
    }

    #[cfg(feature = "s3")]
    fn in_bucket(url: &str) -> Result<Self, String> {
        Ok(Self { store: s3::open(url)?, folder: None })
    }

    #[cfg(not(feature = "s3"))]
    fn in_bucket(_: &str) -> Result<Self, String> {
        Err("objects in S3 need the feature s3: build with --features s3".to_owned())
    }

    /// Returns the bytes at `key`, if there is an object.
    pub(crate) async fn get(&self, key: &str) -> Result<Option<Bytes>, Failure> {
        match self.store.get(&path(key)?).await {
            Ok(found) => match found.bytes().await {
                Ok(bytes) => Ok(Some(bytes)),
                // Removed while it was being read.
                Err(Error::NotFound { .. }) => Ok(None),
                Err(error) => Err(error.into()),
            },
            Err(Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Writes an object atomically.
    pub(crate) async fn put(&self, key: &str, bytes: Bytes) -> Result<(), Failure> {
        self.store.put(&path(key)?, bytes.into()).await?;
        Ok(())
    }

    /// Removes an object. Succeeds if there is none.
    pub(crate) async fn delete(&self, key: &str) -> Result<(), Failure> {
        match self.store.delete(&path(key)?).await {
            Ok(()) | Err(Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Removes all objects in the folder `prefix`.
    pub(crate) async fn delete_below(&self, prefix: &str) -> Result<(), Failure> {
        for key in self.list(prefix).await? {
            self.delete(&key).await?;
        }
        Ok(())
    }

    /// The keys of all objects in the folder `prefix`.
    pub(crate) async fn list(&self, prefix: &str) -> Result<Vec<String>, Failure> {
        let found = self.store.list(Some(&path(prefix)?));
        Ok(found.map_ok(|object| object.location.into()).try_collect().await?)
    }

    /// The keys in the folder `prefix` that were written before `time`, as a stream: there may be
    /// very many.
    pub(crate) fn older(
        &self,
        prefix: &str,
        time: SystemTime,
    ) -> Result<BoxStream<'static, Result<String, Failure>>, Failure> {
        let found = self.store.list(Some(&path(prefix)?));
        let old =
            found.try_filter(move |object| std::future::ready(SystemTime::from(object.last_modified) < time));
        Ok(old.map_ok(|object| object.location.into()).err_into().boxed())
    }

    /// Removes the partial files of writes that were interrupted before `time`, which no listing
    /// contains, and returns their number.
    pub(crate) async fn remove_leftovers(&self, time: SystemTime) -> Result<u64, Failure> {
        match &self.folder {
            Some(folder) => leftovers::remove(folder.clone(), time).await,
            None => Ok(0),
        }
    }
}

/// A new, unique key for an original.
pub(crate) fn original_key(account: &Account) -> cretula::Result<String> {
    // 128 random bits in hexadecimal, from the library's id generator.
    let random = ImageId::generate(RuleSet::Reference)?;
    Ok(format!("originals/{}/{random}", account.id))
}

/// The key of the original that `derived` was made from, if `derived` is the key of a derived file.
pub(crate) fn original_of(derived: &str) -> Option<String> {
    match derived.split('/').collect::<Vec<_>>()[..] {
        ["derived", account, random, _] => Some(format!("originals/{account}/{random}")),
        _ => None,
    }
}

fn path(key: &str) -> Result<Path, Failure> {
    Path::parse(key).map_err(|_| Failure::internal("an object key is invalid"))
}

#[cfg(test)]
#[cfg(feature = "folder")]
pub(crate) mod tests {
    use std::time::Duration;

    use super::*;

    /// A store in a temporary folder, which is removed when the first value is dropped.
    pub(crate) fn temporary() -> (tempfile::TempDir, Objects) {
        let folder = tempfile::tempdir().unwrap();
        let objects = Objects::open(&format!("file:{}/objects", folder.path().display())).unwrap();
        (folder, objects)
    }

    fn bytes(text: &'static str) -> Bytes {
        Bytes::from_static(text.as_bytes())
    }

    #[tokio::test]
    async fn an_object_exists_until_it_is_deleted() {
        let (_folder, objects) = temporary();
        let key = "originals/account/00ff";
        assert_eq!(objects.get(key).await.unwrap(), None);
        objects.put(key, bytes("one")).await.unwrap();
        objects.put(key, bytes("two")).await.unwrap();
        assert_eq!(objects.get(key).await.unwrap(), Some(bytes("two")));
        objects.delete(key).await.unwrap();
        objects.delete(key).await.unwrap();
        assert_eq!(objects.get(key).await.unwrap(), None);
    }

    #[tokio::test]
    async fn a_folder_does_not_match_longer_names() {
        let (_folder, objects) = temporary();
        for key in ["derived/a/1/x", "derived/a/1/y", "derived/a/12/x", "derived/ab/1/x"] {
            objects.put(key, bytes("made")).await.unwrap();
        }
        let mut listed = objects.list("derived/a/").await.unwrap();
        listed.sort();
        assert_eq!(listed, ["derived/a/1/x", "derived/a/1/y", "derived/a/12/x"]);
        objects.delete_below("derived/a/1/").await.unwrap();
        assert_eq!(objects.list("derived/a/").await.unwrap(), ["derived/a/12/x"]);
        assert!(objects.list("derived/nobody/").await.unwrap().is_empty());
    }

    #[tokio::test]
    async fn new_objects_are_not_listed_as_older() {
        let (_folder, objects) = temporary();
        objects.put("originals/a/1", bytes("new")).await.unwrap();
        let older = |time| objects.older("originals", time).unwrap().try_collect::<Vec<_>>();
        let (now, hour) = (SystemTime::now(), Duration::from_secs(3600));
        assert!(older(now - hour).await.unwrap().is_empty());
        assert_eq!(older(now + hour).await.unwrap(), ["originals/a/1"]);
    }

    #[tokio::test]
    async fn keys_cannot_escape_the_store() {
        let (_folder, objects) = temporary();
        for key in ["../x", "originals/../../x", "a//b"] {
            assert!(objects.put(key, bytes("x")).await.is_err(), "{key}");
        }
    }

    #[test]
    fn a_derived_file_names_its_original() {
        assert_eq!(original_of("derived/a/00ff/etag").as_deref(), Some("originals/a/00ff"));
        assert_eq!(original_of("originals/a/00ff"), None);
        assert_eq!(original_of("derived/a/00ff/b/c"), None);
    }

    #[test]
    fn invalid_store_urls_are_refused() {
        for url in ["data/objects", "http://a", "s4://a"] {
            assert!(Objects::open(url).err().is_some_and(|why| why.contains(url)), "{url}");
        }
    }
}
