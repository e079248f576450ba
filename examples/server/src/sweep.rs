//! The sweep: removes what killed processes and abandoned uploads left behind.
//!
//! In: records, objects. Out: removes objects without a row, partial files and expired drafts. An
//! object is written before its row, so new objects are kept. Any number of processes may sweep at
//! once. Must not know what is stored.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use futures_util::TryStreamExt;
use tokio::time::{MissedTickBehavior, interval};

use crate::App;
use crate::failure::Failure;
use crate::objects::{Objects, original_of};
use crate::records::Records;

/// The interval between sweeps, and the minimum age of an object. No upload takes nearly that long
/// between writing its object and its row.
const HOUR: Duration = Duration::from_secs(60 * 60);

/// The number of objects to look up in the database at once.
const BATCH: usize = 200;

/// The result of a sweep.
#[derive(Debug)]
struct Swept {
    objects: u64,
    drafts: u64,
}

/// Sweeps now and every hour.
pub(crate) async fn run(app: Arc<App>) {
    let mut times = interval(HOUR);
    times.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        times.tick().await;
        match sweep(&app.records, &app.objects, SystemTime::now()).await {
            Ok(Swept { objects: 0, drafts: 0 }) => {}
            Ok(Swept { objects, drafts }) => {
                app.metrics.swept(objects);
                tracing::info!(objects, drafts, "swept");
            }
            Err(failure) => tracing::warn!(failure = failure.message(), "the sweep failed"),
        }
    }
}

async fn sweep(records: &Records, objects: &Objects, now: SystemTime) -> Result<Swept, Failure> {
    let seconds = now.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let drafts = records.remove_expired_drafts(seconds).await?;
    let old = now - HOUR;
    let mut removed = objects.remove_leftovers(old).await?;
    removed += remove_unknown(records, objects, "originals", old, Some).await?;
    removed += remove_unknown(records, objects, "derived", old, |key| original_of(&key)).await?;
    Ok(Swept { objects: removed, drafts })
}

/// Removes the objects in a folder whose originals have no row.
async fn remove_unknown(
    records: &Records,
    objects: &Objects,
    folder: &str,
    old: SystemTime,
    original: impl Fn(String) -> Option<String>,
) -> Result<u64, Failure> {
    let mut removed = 0;
    let mut batches = objects.older(folder, old)?.try_chunks(BATCH);
    while let Some(keys) = batches.try_next().await.map_err(|error| error.1)? {
        let pairs = keys.into_iter().filter_map(|key| Some((original(key.clone())?, key)));
        let (originals, keys): (Vec<String>, Vec<String>) = pairs.unzip();
        let known = records.objects_known(&originals).await?;
        for (_, key) in originals.iter().zip(&keys).filter(|(original, _)| !known.contains(*original)) {
            objects.delete(key).await?;
            removed += 1;
        }
    }
    Ok(removed)
}

#[cfg(test)]
#[cfg(all(feature = "folder", feature = "sqlite"))]
mod tests {
    use axum::body::Bytes;

    use super::*;
    use crate::objects::tests::temporary;
    use crate::records::tests::{Opened, image};

    #[tokio::test]
    async fn only_objects_without_a_row_are_removed() {
        let opened = Opened::new().await;
        let Opened { records, account, .. } = &opened;
        let (folder, objects) = temporary();
        let stored = records.insert(account, image(account, "cat")).await.unwrap();
        let random = stored.object.rsplit('/').next().unwrap();
        let ours = [stored.object.clone(), format!("derived/{}/{random}/etag", account.id)];
        let orphans = [
            format!("originals/{}/orphan", account.id),
            format!("derived/{}/orphan/etag", account.id),
            "originals/nobody/orphan".to_owned(),
        ];
        for key in ours.iter().chain(&orphans) {
            objects.put(key, Bytes::from_static(b"bytes")).await.unwrap();
        }
        let half = folder.path().join("objects").join("originals").join(&account.id).join("half#1");
        std::fs::write(&half, "by").unwrap();

        let now = SystemTime::now();
        let young = now + HOUR / 2;
        assert_eq!(sweep(records, &objects, young).await.unwrap().objects, 0);
        for key in ours.iter().chain(&orphans) {
            assert!(objects.get(key).await.unwrap().is_some(), "{key} is young");
        }
        let later = now + 2 * HOUR;
        assert_eq!(sweep(records, &objects, later).await.unwrap().objects, 4);
        for key in &ours {
            assert!(objects.get(key).await.unwrap().is_some(), "{key} has a row");
        }
        for key in &orphans {
            assert!(objects.get(key).await.unwrap().is_none(), "{key} has no row");
        }
        assert!(!half.exists());
    }

    #[tokio::test]
    async fn more_objects_than_one_batch_are_swept() {
        let opened = Opened::new().await;
        let Opened { records, account, .. } = &opened;
        let (_folder, objects) = temporary();
        let stored = records.insert(account, image(account, "cat")).await.unwrap();
        objects.put(&stored.object, Bytes::from_static(b"bytes")).await.unwrap();
        for number in 0..BATCH + 10 {
            objects.put(&format!("originals/{}/{number}", account.id), Bytes::new()).await.unwrap();
        }
        let swept = sweep(records, &objects, SystemTime::now() + 2 * HOUR).await.unwrap();
        assert_eq!(swept.objects, BATCH as u64 + 10);
        assert_eq!(objects.list("originals").await.unwrap(), [stored.object]);
    }
}
