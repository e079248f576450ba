//! Images: find, add, change, remove and count.
//!
//! In: an account, an id, a record. Out: records. Must not know about lists or drafts.

use std::collections::HashSet;

use cretula::Error;
use cretula::records::{Count, Image, ImageId, Stat};
use sqlx::{Any, AssertSqlSafe, Row, Transaction};

use super::row::{self, columns};
use super::{Delivery, Records, StoredImage};
use crate::accounts::Account;
use crate::failure::Failure;

const INSERT: &str = "insert into images (account, id, position, uploaded, filename, object, digest, bytes, format, width, \
                      height, has_alpha, frames, creator, meta, require_signed_urls, draft_token, draft_expires) \
                      values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18) \
                      on conflict (account, id) do nothing";

impl Records {
    /// Everything that a delivery needs, in one query; a second one follows if the account has
    /// changed since it was last read.
    pub(crate) async fn delivery(
        &self,
        account: &Account,
        id: &ImageId,
    ) -> Result<Option<Delivery>, Failure> {
        let sql = concat!(
            "select (select version from accounts where id = $1) as version, ",
            columns!(),
            " from images where account = $1 and id = $2"
        );
        let found = sqlx::query(sql).bind(&*account.id).bind(id.as_str());
        let Some(found) = found.fetch_optional(self.database.reader()).await? else { return Ok(None) };
        let account = self.state_of_version(account, found.try_get("version")?).await?;
        Ok(Some(Delivery { image: row::image(&found)?, account }))
    }

    /// Returns an image or a draft.
    pub(crate) async fn image(
        &self,
        account: &Account,
        id: &ImageId,
    ) -> Result<Option<StoredImage>, Failure> {
        let sql = concat!("select ", columns!(), " from images where account = $1 and id = $2");
        let found = sqlx::query(sql).bind(&*account.id).bind(id.as_str());
        found.fetch_optional(self.database.reader()).await?.as_ref().map(row::image).transpose()
    }

    /// Adds an image. Refused if there is one with its id, or if the account is at its limit.
    pub(crate) async fn insert(&self, account: &Account, image: StoredImage) -> Result<StoredImage, Failure> {
        let mut transaction = self.database.begin().await?;
        count_one_more(&mut transaction, account).await?;
        add_row(&mut transaction, account, &image, None).await?;
        transaction.commit().await?;
        Ok(image)
    }

    /// Changes the properties of an image that users set: its creator, its metadata, whether it is
    /// private.
    pub(crate) async fn update_image(
        &self,
        account: &Account,
        id: &ImageId,
        change: impl FnOnce(&Image) -> cretula::Result<Image> + Send,
    ) -> Result<StoredImage, Failure> {
        let mut transaction = self.database.begin().await?;
        let lock =
            concat!("update images set meta = meta where account = $1 and id = $2 returning ", columns!());
        let found = sqlx::query(lock).bind(&*account.id).bind(id.as_str());
        let found = found.fetch_optional(&mut *transaction).await?.ok_or_else(|| not_found(id))?;
        let image = row::image(&found)?;
        let record = change(&image.record)?;
        let write = "update images set creator = $1, meta = $2, require_signed_urls = $3 where account = $4 and id = $5";
        let write = row::bind_said(sqlx::query(write), &record).bind(&*account.id).bind(id.as_str());
        write.execute(&mut *transaction).await?;
        transaction.commit().await?;
        Ok(StoredImage { record, ..image })
    }

    /// Removes an image or a draft, and returns it.
    pub(crate) async fn delete_image(&self, account: &Account, id: &ImageId) -> Result<StoredImage, Failure> {
        let mut transaction = self.database.begin().await?;
        add_to_count(&mut transaction, account, -1).await?;
        let sql = concat!("delete from images where account = $1 and id = $2 returning ", columns!());
        let found = sqlx::query(sql).bind(&*account.id).bind(id.as_str());
        let found = found.fetch_optional(&mut *transaction).await?.ok_or_else(|| not_found(id))?;
        let image = row::image(&found)?;
        if image.record.draft {
            add_to_count(&mut transaction, account, 1).await?;
        }
        transaction.commit().await?;
        Ok(image)
    }

    /// The number of images, and its limit.
    pub(crate) async fn stat(&self, account: &Account) -> Result<Stat, Failure> {
        let found = sqlx::query("select images from accounts where id = $1").bind(&*account.id);
        let current: i64 = found.fetch_one(self.database.reader()).await?.try_get("images")?;
        Ok(stat(account, current))
    }

    /// The keys among these that belong to originals.
    pub(crate) async fn objects_known(&self, keys: &[String]) -> Result<HashSet<String>, Failure> {
        let mut known = HashSet::new();
        for keys in keys.chunks(200) {
            let places: Vec<String> = (1..=keys.len()).map(|number| format!("${number}")).collect();
            let sql = format!("select object from images where object in ({})", places.join(", "));
            let query = keys.iter().fold(sqlx::query(AssertSqlSafe(sql)), |query, key| query.bind(&**key));
            for row in query.persistent(false).fetch_all(self.database.reader()).await? {
                known.insert(row.try_get("object")?);
            }
        }
        Ok(known)
    }
}

pub(super) fn not_found(id: &ImageId) -> Failure {
    Error::not_found("image", id.as_str()).into()
}

fn stat(account: &Account, current: i64) -> Stat {
    let current = u64::try_from(current).unwrap_or_default();
    Stat { count: Count { allowed: account.allowed_images, current } }
}

/// Counts an image that is about to be added, which locks the account. Refused if the account is at
/// its limit.
pub(super) async fn count_one_more(
    transaction: &mut Transaction<'static, Any>,
    account: &Account,
) -> Result<(), Failure> {
    let now = add_to_count(transaction, account, 1).await?;
    stat(account, now - 1).after_upload(1)?;
    Ok(())
}

async fn add_to_count(
    transaction: &mut Transaction<'static, Any>,
    account: &Account,
    more: i64,
) -> Result<i64, Failure> {
    let sql = "update accounts set images = images + $1 where id = $2 returning images";
    let counted = sqlx::query(sql).bind(more).bind(&*account.id).fetch_one(&mut **transaction).await?;
    Ok(counted.try_get("images")?)
}

/// The columns of a draft: the digest of its token, and its expiry in Unix seconds.
pub(super) struct DraftColumns<'a> {
    pub(super) token_digest: &'a str,
    pub(super) expires: u64,
}

/// Adds a row. Refused if there is one with its id, unless that is an expired draft.
pub(super) async fn add_row(
    transaction: &mut Transaction<'static, Any>,
    account: &Account,
    image: &StoredImage,
    draft: Option<DraftColumns<'_>>,
) -> Result<(), Failure> {
    let id = image.record.id.as_str();
    for attempt in 0..2 {
        let query = sqlx::query(INSERT).bind(&*account.id).bind(id);
        let query = row::bind_said(row::bind_upload(query, image), &image.record);
        let query = query
            .bind(draft.as_ref().map(|draft| draft.token_digest.to_owned()))
            .bind(draft.as_ref().map(|draft| row::integer(draft.expires)));
        if query.execute(&mut **transaction).await?.rows_affected() == 1 {
            return Ok(());
        }
        if attempt == 0 {
            let sql = "delete from images where account = $1 and id = $2 and draft_expires < $3";
            let expired =
                sqlx::query(sql).bind(&*account.id).bind(id).bind(row::integer(super::drafts::now()));
            expired.execute(&mut **transaction).await?;
        }
    }
    Err(Error::already_exists("image", id).into())
}
