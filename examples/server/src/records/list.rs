//! Lists of images: pages by cursor or by number.
//!
//! In: a query. Out: a page, and the start of the next one. The library applies the metadata
//! filters, so both databases return the same results; rows are read in batches until enough of
//! them match.

use cretula::records::{ImagePage, ImageQuery, SortOrder};
use sqlx::AssertSqlSafe;

use super::row::{self, columns};
use super::{Records, StoredImage};
use crate::accounts::Account;
use crate::failure::Failure;

/// The number of rows to read at once if most of them may not match.
const ROWS: u32 = 1000;

/// Sorts after the last position in every collation: positions are hexadecimal digits.
const END: &str = "g";

impl Records {
    /// One page. Its continuation token is a position in the order of the list; any other text is
    /// also accepted as a position.
    pub(crate) async fn list(&self, account: &Account, query: &ImageQuery) -> Result<ImagePage, Failure> {
        let wanted = usize::try_from(query.per_page).unwrap_or(usize::MAX);
        let start = if query.sort_order == SortOrder::Ascending { "" } else { END };
        let mut after = query.continuation_token.clone().unwrap_or_else(|| start.to_owned());
        let mut skip = u64::from(query.page.saturating_sub(1)) * u64::from(query.per_page);
        // One row more than the page shows whether there is another page.
        let rows = if query.meta.is_empty() { query.per_page.saturating_add(1) } else { ROWS };
        let mut found: Vec<StoredImage> = Vec::new();
        loop {
            let read = self.rows_after(account, query, &after, rows, skip).await?;
            let last = read.len() < usize::try_from(rows).unwrap_or(usize::MAX);
            skip = 0;
            after = read.last().map_or(after, position);
            found.extend(read.into_iter().filter(|image| matches(query, image)));
            if last || found.len() > wanted {
                break;
            }
        }
        let more = found.len() > wanted;
        found.truncate(wanted);
        let continuation_token = found.last().filter(|_| more).map(position);
        Ok(ImagePage { images: found.into_iter().map(|image| image.record).collect(), continuation_token })
    }

    async fn rows_after(
        &self,
        account: &Account,
        query: &ImageQuery,
        after: &str,
        rows: u32,
        skip: u64,
    ) -> Result<Vec<StoredImage>, Failure> {
        let (comparison, order) = match query.sort_order {
            SortOrder::Ascending => (">", "asc"),
            SortOrder::Descending => ("<", "desc"),
        };
        let creator = match &query.creator {
            None => "",
            Some(None) => "and creator is null",
            // The index covers the first condition.
            Some(Some(_)) => "and substr(creator, 1, 64) = $5 and creator = $6",
        };
        let sql = format!(
            "select {columns} from images where account = $1 and position {comparison} $2 {creator} \
             order by position {order} limit $3 offset $4",
            columns = columns!()
        );
        let mut query_ = sqlx::query(AssertSqlSafe(sql))
            .bind(&*account.id)
            .bind(after)
            .bind(i64::from(rows))
            .bind(row::integer(skip));
        if let Some(Some(creator)) = &query.creator {
            let beginning: String = creator.as_str().chars().take(64).collect();
            query_ = query_.bind(beginning).bind(creator.as_str());
        }
        query_.fetch_all(self.database.reader()).await?.iter().map(row::image).collect()
    }
}

fn matches(query: &ImageQuery, image: &StoredImage) -> bool {
    query.meta.iter().all(|filter| filter.matches(image.record.meta.as_ref()))
}

fn position(image: &StoredImage) -> String {
    row::position(row::millis(&image.record), &image.object)
}
