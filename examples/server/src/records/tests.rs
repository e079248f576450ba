//! Tests of the records, on SQLite in a temporary folder, or on the database in the variable
//! `TEST_DATABASE` if it is set. Each test has its own account.

use std::sync::Arc;

use cretula::records::{
    Creator, Filename, Image, ImageId, ImageQuery, ImageUpdate, KeyName, RuleSet, SortOrder, Timestamp,
    Variants,
};
use cretula::sign::SigningKey;
use cretula::{Fit, Format, Limits, Variant, VariantOptions};
use tokio::task::JoinSet;

use super::*;
use crate::accounts::Account;
use crate::accounts::tests::settings;

/// A database with one account, which may have 100 images.
pub(crate) struct Opened {
    pub(crate) records: Arc<Records>,
    pub(crate) account: Arc<Account>,
    url: String,
    accounts: Accounts,
    _folder: tempfile::TempDir,
}

impl Opened {
    pub(crate) async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = std::env::var("TEST_DATABASE");
        let url = url.unwrap_or_else(|_| format!("sqlite:{}/a folder/records.db", folder.path().display()));
        let id = ImageId::generate(RuleSet::Reference).unwrap();
        let accounts = Accounts::new(vec![settings(id.as_str())]).unwrap();
        let account = Arc::clone(accounts.iter().next().unwrap());
        let records = Arc::new(Records::open(&url, &accounts).await.unwrap());
        Self { records, account, url, accounts, _folder: folder }
    }

    /// The same database, opened as another process would.
    async fn again(&self) -> Records {
        Records::open(&self.url, &self.accounts).await.unwrap()
    }

    pub(super) async fn count(&self) -> u64 {
        self.records.stat(&self.account).await.unwrap().count.current
    }

    async fn listed(&self, query: &ImageQuery) -> Vec<String> {
        ids(&self.records.list(&self.account, query).await.unwrap().images)
    }
}

/// An image uploaded at the beginning of 2026.
pub(crate) fn image(account: &Account, id: &str) -> StoredImage {
    let record = Image {
        id: id.parse().unwrap(),
        creator: None,
        filename: Some(Filename::new("cat.jpg").unwrap()),
        meta: Some(r#"{"album":7}"#.parse().unwrap()),
        require_signed_urls: false,
        uploaded: Some(Timestamp::from_unix_millis(1_767_225_600_123).unwrap()),
        draft: false,
        variants: Vec::new(),
    };
    StoredImage {
        record,
        object: crate::objects::original_key(account).unwrap(),
        digest: "00ff".to_owned(),
        bytes: 10_000_000,
        format: Format::WebP,
        width: 12_000,
        height: 1,
        has_alpha: true,
        frames: 3,
    }
}

fn ids(images: &[Image]) -> Vec<String> {
    images.iter().map(|image| image.id.to_string()).collect()
}

pub(super) fn id(text: &str) -> ImageId {
    text.parse().unwrap()
}

pub(super) fn refused<T>(result: Result<T, Failure>) -> (u16, u32) {
    result.err().map_or((200, 0), |failure| (failure.status().as_u16(), failure.code()))
}

#[tokio::test]
async fn stored_images_are_read_back_unchanged() {
    let opened = Opened::new().await;
    let Opened { records, account, .. } = &opened;
    let mut cat = image(account, "cät");
    cat.record.creator = Some(Creator::new("ada").unwrap());
    records.insert(account, cat.clone()).await.unwrap();
    let bare =
        Image { filename: None, meta: None, require_signed_urls: true, ..image(account, "bare").record };
    let bare = StoredImage { record: bare, has_alpha: false, ..image(account, "bare") };
    records.insert(account, bare.clone()).await.unwrap();

    assert_eq!(records.image(account, &id("cät")).await.unwrap(), Some(cat.clone()));
    assert_eq!(records.image(account, &id("bare")).await.unwrap(), Some(bare));
    assert_eq!(records.image(account, &id("nothing")).await.unwrap(), None);
    let delivery = records.delivery(account, &id("cät")).await.unwrap().unwrap();
    assert_eq!(delivery.image, cat);
    assert!(delivery.account.variants.get("public").is_ok());
    assert!(records.delivery(account, &id("nothing")).await.unwrap().is_none());
    let other = opened.again().await;
    assert_eq!(other.image(account, &id("cät")).await.unwrap(), Some(cat));
    records.ready().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn concurrent_uploads_count_exactly_up_to_the_limit() {
    let opened = Opened::new().await;
    // Two processes, and more uploads than the account may have images.
    let both = [Arc::clone(&opened.records), Arc::new(opened.again().await)];
    let mut uploads = JoinSet::new();
    for number in 0..120 {
        let (records, account) = (Arc::clone(&both[number % 2]), Arc::clone(&opened.account));
        uploads.spawn(async move {
            let image = image(&account, &format!("i{number}"));
            refused(records.insert(&account, image).await)
        });
    }
    let answers = uploads.join_all().await;
    assert_eq!(answers.iter().filter(|answer| **answer == (200, 0)).count(), 100);
    assert_eq!(answers.iter().filter(|answer| **answer == (413, 5413)).count(), 20, "{answers:?}");
    assert_eq!(opened.count().await, 100);
    assert_eq!(opened.listed(&ImageQuery::default()).await.len(), 100);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_of_many_concurrent_uploads_gets_the_id() {
    let opened = Opened::new().await;
    let mut uploads = JoinSet::new();
    for _ in 0..16 {
        let (records, account) = (Arc::clone(&opened.records), Arc::clone(&opened.account));
        uploads.spawn(async move { records.insert(&account, image(&account, "cat")).await });
    }
    let (won, lost): (Vec<_>, Vec<_>) = uploads.join_all().await.into_iter().partition(Result::is_ok);
    assert_eq!((won.len(), lost.len()), (1, 15));
    for result in lost {
        assert_eq!(refused(result), (409, 5409));
    }
    let winner = won.into_iter().next().unwrap().unwrap();
    assert_eq!(opened.records.image(&opened.account, &id("cat")).await.unwrap(), Some(winner));
    assert_eq!(opened.count().await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_image_is_deleted_once_and_its_id_becomes_free() {
    let opened = Opened::new().await;
    let Opened { records, account, .. } = &opened;
    let stored = records.insert(account, image(account, "cat")).await.unwrap();
    records.insert(account, image(account, "dog")).await.unwrap();
    let (one, other) = tokio::join!(
        records.delete_image(account, &stored.record.id),
        records.delete_image(account, &stored.record.id)
    );
    let mut both = [refused(one), refused(other)];
    both.sort_unstable();
    assert_eq!(both, [(200, 0), (404, 5404)]);
    assert_eq!(opened.count().await, 1);
    records.insert(account, image(account, "cat")).await.unwrap();
    assert_eq!(records.delete_image(account, &id("dog")).await.unwrap().record.id, id("dog"));
    assert_eq!(opened.count().await, 1);
}

#[tokio::test]
async fn an_update_changes_only_the_properties_that_users_set() {
    let opened = Opened::new().await;
    let Opened { records, account, .. } = &opened;
    let cat = records.insert(account, image(account, "cat")).await.unwrap();
    let update = async |json: &str| {
        let update = ImageUpdate::from_json(json).unwrap();
        let change = |image: &Image| image.updated(&update, RuleSet::Reference);
        let updated = records.update_image(account, &cat.record.id, change).await.unwrap();
        assert_eq!(records.image(account, &cat.record.id).await.unwrap().as_ref(), Some(&updated));
        updated
    };
    let updated = update(r#"{"creator":"ada","requireSignedURLs":true,"metadata":{"a":[1]}}"#).await;
    let record = &updated.record;
    assert_eq!(record.creator.as_ref().map(Creator::as_str), Some("ada"));
    assert_eq!(record.meta.as_ref().map(|meta| meta.as_json()), Some(r#"{"a":[1]}"#));
    assert!(record.require_signed_urls);
    let cleared = update(r#"{"creator":""}"#).await;
    assert_eq!(cleared.record.creator, None);
    assert_eq!(StoredImage { record: cat.record.clone(), ..cleared }, cat);

    let wrong = |_: &Image| Err(cretula::Error::not_found("rule", "x"));
    assert_eq!(refused(records.update_image(account, &cat.record.id, wrong).await).0, 404);
    let nothing = records.update_image(account, &id("nothing"), |image| Ok(image.clone())).await;
    assert_eq!(refused(nothing), (404, 5404));
}

#[tokio::test]
async fn the_cursor_visits_each_image_once_in_both_orders() {
    let opened = Opened::new().await;
    let Opened { records, account, .. } = &opened;
    for number in 0..47_i64 {
        // Three upload times, with many images each.
        let uploaded = Timestamp::from_unix_millis(1_767_225_600_000 + number % 3).unwrap();
        let mut image = image(account, &format!("i{number:02}"));
        image.record.uploaded = Some(uploaded);
        records.insert(account, image).await.unwrap();
    }
    let mut walks = Vec::new();
    for sort_order in [SortOrder::Ascending, SortOrder::Descending] {
        let mut query = ImageQuery { per_page: 10, sort_order, ..ImageQuery::default() };
        let (mut walked, mut sizes) = (Vec::new(), Vec::new());
        loop {
            let page = records.list(account, &query).await.unwrap();
            sizes.push(page.images.len());
            walked.extend(page.images);
            query.continuation_token = page.continuation_token;
            if query.continuation_token.is_none() {
                break;
            }
        }
        assert_eq!(sizes, [10, 10, 10, 10, 7]);
        let times = walked.iter().map(|image| image.uploaded);
        assert!(if sort_order == SortOrder::Ascending { times.is_sorted() } else { times.rev().is_sorted() });
        walks.push(ids(&walked));
    }
    walks[1].reverse();
    assert_eq!(walks[0], walks[1]);
    walks[0].sort();
    walks[0].dedup();
    assert_eq!(walks[0].len(), 47);
    for token in ["", "any text", "é%", "0", "~", "000000000000000"] {
        let query = ImageQuery { continuation_token: Some(token.to_owned()), ..ImageQuery::default() };
        assert!(records.list(account, &query).await.is_ok(), "{token}");
    }
}

#[tokio::test]
async fn a_full_page_is_the_last_one_if_nothing_follows() {
    let opened = Opened::new().await;
    for number in 0..20 {
        let image = image(&opened.account, &format!("i{number:02}"));
        opened.records.insert(&opened.account, image).await.unwrap();
    }
    let page = async |page| {
        let query = ImageQuery { per_page: 10, page, ..ImageQuery::default() };
        let page = opened.records.list(&opened.account, &query).await.unwrap();
        (ids(&page.images), page.continuation_token.is_some())
    };
    let (mut first, more) = page(1).await;
    let (second, no_more) = page(2).await;
    assert_eq!((first.len(), second.len(), more, no_more), (10, 10, true, false));
    first.extend(second);
    assert_eq!(first, opened.listed(&ImageQuery::default()).await);
    assert!(page(3).await.0.is_empty());
    assert!(page(u32::MAX).await.0.is_empty());
}

#[tokio::test]
async fn lists_are_filtered_by_creator_and_metadata() {
    let opened = Opened::new().await;
    let long = "é".repeat(Creator::MAX_CHARS);
    for number in 0..30 {
        let mut image = image(&opened.account, &format!("i{number:02}"));
        image.record.uploaded = Some(Timestamp::from_unix_millis(1_767_225_600_000 + number).unwrap());
        image.record.meta =
            Some(format!(r#"{{"n":{number},"of":{{"three":"{}"}}}}"#, number % 3).parse().unwrap());
        image.record.creator = match number {
            0..5 => Some(Creator::new("ada").unwrap()),
            5 => Some(Creator::new(long.as_str()).unwrap()),
            6 => Some(Creator::new(format!("{}x", long.chars().skip(1).collect::<String>())).unwrap()),
            7 => Some(Creator::new("").unwrap()),
            _ => None,
        };
        opened.records.insert(&opened.account, image).await.unwrap();
    }
    let listed = async |query: &str| {
        let query = ImageQuery::from_query(&format!("sort_order=asc&{query}")).unwrap();
        opened.listed(&query).await
    };
    assert_eq!(listed("creator=ada").await, ["i00", "i01", "i02", "i03", "i04"]);
    assert_eq!(listed(&format!("creator={long}")).await, ["i05"]);
    assert_eq!(listed("creator=").await.len(), 23);
    assert!(listed("creator=ad").await.is_empty());
    assert_eq!(listed("meta.n[gte:number]=28").await, ["i28", "i29"]);
    assert_eq!(listed("meta.of.three[eq]=2&meta.n[lt]=6").await, ["i02", "i05"]);
    assert_eq!(listed("creator=ada&meta.n[in:number]=1|9").await, ["i01"]);

    let query = "per_page=10&sort_order=desc&meta.of.three[in]=0|1";
    let mut query = ImageQuery::from_query(query).unwrap();
    let first = opened.records.list(&opened.account, &query).await.unwrap();
    query.continuation_token = first.continuation_token;
    let second = opened.records.list(&opened.account, &query).await.unwrap();
    let mut walked = ids(&first.images);
    walked.extend(ids(&second.images));
    let expected: Vec<String> = (0..30).rev().filter(|n| n % 3 != 2).map(|n| format!("i{n:02}")).collect();
    assert_eq!((walked, second.continuation_token), (expected, None));
}

#[tokio::test]
async fn known_objects_are_those_with_a_row() {
    let opened = Opened::new().await;
    let Opened { records, account, .. } = &opened;
    let mut keys: Vec<String> = (0..450).map(|number| format!("originals/x/{number}")).collect();
    for name in ["a", "b"] {
        keys.push(records.insert(account, image(account, name)).await.unwrap().object);
    }
    let known = records.objects_known(&keys).await.unwrap();
    assert_eq!(known, keys[450..].iter().cloned().collect());
    assert!(records.objects_known(&[]).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_new_account_has_a_variant_and_a_key() {
    let opened = Opened::new().await;
    let Opened { records, account, .. } = &opened;
    let state = records.account_state(account).await.unwrap();
    let public = &state.variants.get("public").unwrap().options;
    assert_eq!((public.fit, public.width, public.height), (Fit::ScaleDown, Some(1366), Some(768)));
    assert_eq!(state.keyring.names().map(KeyName::as_str).collect::<Vec<_>>(), ["default"]);
    assert_eq!((state.flexible_variants, state.browser_ttl), (false, 60));
}

#[tokio::test]
async fn another_process_sees_each_change_at_once() {
    let opened = Opened::new().await;
    let Opened { records, account, .. } = &opened;
    let other = opened.again().await;
    records.insert(account, image(account, "cat")).await.unwrap();
    let seen = async || other.delivery(account, &id("cat")).await.unwrap().unwrap().account;
    let before = seen().await;

    let hero = Variant::new("hero".parse().unwrap(), VariantOptions::new(Fit::Cover, 1, 1));
    let create =
        |variants: &mut Variants| variants.create(hero.clone(), &Limits::default(), RuleSet::Reference);
    records.change_variants(account, create).await.unwrap();
    assert!(seen().await.variants.get("hero").is_ok());
    assert_eq!(refused(records.change_variants(account, create).await), (409, 5409));

    let key = SigningKey::generate("second".parse().unwrap()).unwrap();
    records.change_keyring(account, |keyring| keyring.insert(key)).await.unwrap();
    assert_eq!(seen().await.keyring.len(), 2);
    let changed = records.change_config(account, Some(true), None).await.unwrap();
    assert_eq!((changed.flexible_variants, changed.browser_ttl), (true, 60));
    other.change_config(account, None, Some(7)).await.unwrap();
    let state = records.account_state(account).await.unwrap();
    assert_eq!((state.flexible_variants, state.browser_ttl, state.keyring.len()), (true, 7, 2));
    assert_eq!(state.version, before.version + 4, "a refused change has no effect");
    let same = records.account_state(account).await.unwrap();
    assert!(Arc::ptr_eq(&state, &same), "it is not parsed again");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn concurrent_changes_are_all_applied() {
    let opened = Opened::new().await;
    let mut changes = JoinSet::new();
    for number in 0..40 {
        let (records, account) = (Arc::clone(&opened.records), Arc::clone(&opened.account));
        changes.spawn(async move {
            let id = format!("v{number}").parse().unwrap();
            let variant = Variant::new(id, VariantOptions::new(Fit::Cover, 1, 1));
            let create =
                |variants: &mut Variants| variants.create(variant, &Limits::default(), RuleSet::Reference);
            records.change_variants(&account, create).await.unwrap();
        });
    }
    changes.join_all().await;
    assert_eq!(opened.records.account_state(&opened.account).await.unwrap().variants.len(), 41);
}
