//! Drafts: rows of direct uploads whose image has not arrived yet.
//!
//! In: a token's digest, a time. Out: a draft, or, once, the image that replaces it. Must not know
//! about URLs or forms.

#[cfg(test)]
mod tests;

use std::time::{SystemTime, UNIX_EPOCH};

use cretula::records::ImageId;
use sqlx::Row;
use subtle::ConstantTimeEq;

use super::images::{DraftColumns, add_row, count_one_more, not_found};
use super::row::{self, columns};
use super::{Records, StoredImage};
use crate::accounts::Account;
use crate::failure::Failure;

impl Records {
    /// Adds a draft. Refused if there is an image with its id. Drafts do not count, but an account
    /// at its limit gets no new ones.
    pub(crate) async fn create_draft(
        &self,
        account: &Account,
        draft: StoredImage,
        token_digest: &str,
        expires_unix_seconds: u64,
    ) -> Result<(), Failure> {
        self.stat(account).await?.after_upload(1)?;
        let mut transaction = self.database.begin().await?;
        let columns = DraftColumns { token_digest, expires: expires_unix_seconds };
        add_row(&mut transaction, account, &draft, Some(columns)).await?;
        transaction.commit().await?;
        Ok(())
    }

    /// The draft that this token can finish at `now`.
    pub(crate) async fn draft(
        &self,
        account: &Account,
        id: &ImageId,
        token_digest: &str,
        now: u64,
    ) -> Result<StoredImage, Failure> {
        let sql =
            concat!("select draft_expires, ", columns!(), " from images where account = $1 and id = $2");
        let found = sqlx::query(sql).bind(&*account.id).bind(id.as_str());
        let found = found.fetch_optional(self.database.reader()).await?.ok_or_else(|| not_found(id))?;
        let token: Option<String> = found.try_get("draft_token")?;
        let expires: Option<i64> = found.try_get("draft_expires")?;
        let right = token.is_some_and(|token| bool::from(token.as_bytes().ct_eq(token_digest.as_bytes())));
        let in_time = expires.is_some_and(|expires| row::integer(now) <= expires);
        if right && in_time { row::image(&found) } else { Err(Failure::upload_token()) }
    }

    /// Turns the draft that this token can finish at `now` into an image. The properties that users
    /// set when the draft was created stay; the rest comes from `stored`. The token is invalid from
    /// then on.
    pub(crate) async fn finish_draft(
        &self,
        account: &Account,
        id: &ImageId,
        token_digest: &str,
        now: u64,
        stored: StoredImage,
    ) -> Result<StoredImage, Failure> {
        let mut transaction = self.database.begin().await?;
        count_one_more(&mut transaction, account).await?;
        let sql = concat!(
            "update images set position = $1, uploaded = $2, filename = $3, object = $4, digest = $5, bytes = $6, format = $7, \
             width = $8, height = $9, has_alpha = $10, frames = $11, draft_token = null, draft_expires = null \
             where account = $12 and id = $13 and draft_token = $14 and draft_expires >= $15 returning ",
            columns!()
        );
        let query = row::bind_upload(sqlx::query(sql), &stored);
        let query = query.bind(&*account.id).bind(id.as_str()).bind(token_digest).bind(row::integer(now));
        match query.fetch_optional(&mut *transaction).await? {
            Some(finished) => {
                let image = row::image(&finished)?;
                transaction.commit().await?;
                Ok(image)
            }
            None => {
                transaction.rollback().await?;
                // Reports the reason, unless another request finished it at this moment.
                self.draft(account, id, token_digest, now).await?;
                Err(Failure::upload_token())
            }
        }
    }

    /// Removes the expired drafts of all accounts, and returns their number.
    pub(crate) async fn remove_expired_drafts(&self, now: u64) -> Result<u64, Failure> {
        let query = sqlx::query("delete from images where draft_expires < $1").bind(row::integer(now));
        Ok(query.execute(self.database.writer()).await?.rows_affected())
    }
}

/// Unix seconds.
pub(super) fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}
