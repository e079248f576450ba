//! Tests of drafts: finished once, by their token, in time.

use cretula::records::{Filename, Image};

use crate::accounts::Account;
use crate::records::StoredImage;
use crate::records::tests::{Opened, id, image, refused};

fn draft(account: &Account, id: &str) -> StoredImage {
    let image = image(account, id);
    let record = Image { draft: true, filename: None, require_signed_urls: true, ..image.record };
    StoredImage { record, digest: String::new(), bytes: 0, width: 0, height: 0, frames: 0, ..image }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_draft_is_finished_once() {
    let opened = Opened::new().await;
    let Opened { records, account, .. } = &opened;
    let (cat, now) = (id("cat"), 1_800_000_000);
    records.create_draft(account, draft(account, "cat"), "digest", now + 60).await.unwrap();
    assert_eq!(opened.count().await, 0, "a draft is not an image");
    assert!(records.image(account, &cat).await.unwrap().unwrap().record.draft);
    let again = records.create_draft(account, draft(account, "cat"), "other", now + 60);
    assert_eq!(refused(again.await), (409, 5409));

    assert!(records.draft(account, &cat, "digest", now + 60).await.unwrap().record.require_signed_urls);
    for (digest, now, expected) in [("other", now, 403), ("", now, 403), ("digest", now + 61, 403)] {
        assert_eq!(refused(records.draft(account, &cat, digest, now).await).0, expected, "{digest} {now}");
        let finished = records.finish_draft(account, &cat, digest, now, image(account, "cat"));
        assert_eq!(refused(finished.await).0, expected, "{digest} {now}");
    }
    assert_eq!(refused(records.draft(account, &id("dog"), "digest", now).await).0, 404);
    assert_eq!(opened.count().await, 0);

    let stored = [image(account, "cat"), image(account, "cat")];
    let (one, other) = tokio::join!(
        records.finish_draft(account, &cat, "digest", now, stored[0].clone()),
        records.finish_draft(account, &cat, "digest", now, stored[1].clone())
    );
    let (won, index, lost) = if one.is_ok() { (one, 0, other) } else { (other, 1, one) };
    assert_eq!(refused(lost).0, 403);
    let finished = won.unwrap();
    assert_eq!((finished.record.draft, finished.record.require_signed_urls), (false, true));
    assert_eq!((&finished.object, finished.bytes), (&stored[index].object, 10_000_000));
    assert_eq!(finished.record.filename.as_ref().map(Filename::as_str), Some("cat.jpg"));
    assert_eq!(records.image(account, &cat).await.unwrap(), Some(finished));
    assert_eq!(opened.count().await, 1);
}

#[tokio::test]
async fn drafts_expire() {
    let opened = Opened::new().await;
    let Opened { records, account, .. } = &opened;
    // Long ago: an expired draft does not reserve its id.
    records.create_draft(account, draft(account, "old"), "digest", 1000).await.unwrap();
    records.insert(account, image(account, "old")).await.unwrap();
    assert!(!records.image(account, &id("old")).await.unwrap().unwrap().record.draft);
    records.create_draft(account, draft(account, "older"), "digest", 1000).await.unwrap();
    records.create_draft(account, draft(account, "young"), "digest", u64::MAX).await.unwrap();
    records.remove_expired_drafts(1001).await.unwrap();
    assert_eq!(records.image(account, &id("older")).await.unwrap(), None);
    assert!(records.image(account, &id("young")).await.unwrap().is_some());
    records.delete_image(account, &id("young")).await.unwrap();
    assert_eq!(opened.count().await, 1);
}
