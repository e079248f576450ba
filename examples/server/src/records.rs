//! [`Records`]: accounts, images, variants and keys in SQL, on SQLite or PostgreSQL.
//!
//! In: an account, and what to read or change. Out: records, which every process sees from then on.
//! Each change is one transaction that begins with a write, which locks the row, so counts are
//! exact and there are no deadlocks. Must not know about bytes, HTTP or rendering.

mod account;
mod database;
mod drafts;
mod images;
mod list;
mod row;
#[cfg(test)]
pub(crate) mod tests;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use cretula::Format;
use cretula::records::Image;

pub(crate) use self::account::AccountState;
use self::database::Database;
use crate::accounts::Accounts;
use crate::failure::Failure;

/// The database, and the last state that was read of each account.
pub(crate) struct Records {
    database: Database,
    states: Mutex<HashMap<String, Arc<AccountState>>>,
}

/// An image with the properties of its original.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StoredImage {
    /// The record without the URLs of its variants.
    pub(crate) record: Image,
    /// The key of the original.
    pub(crate) object: String,
    /// SHA-256 of the original, in lower-case hexadecimal digits.
    pub(crate) digest: String,
    /// The size of the original.
    pub(crate) bytes: u64,
    pub(crate) format: Format,
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) has_alpha: bool,
    pub(crate) frames: u32,
}

/// Everything that one delivery needs.
#[derive(Debug)]
pub(crate) struct Delivery {
    pub(crate) image: StoredImage,
    pub(crate) account: Arc<AccountState>,
}

impl Records {
    /// Opens the database, migrates its tables, and creates the accounts that it does not have yet.
    pub(crate) async fn open(url: &str, accounts: &Accounts) -> Result<Self, Failure> {
        let records = Self { database: Database::open(url).await?, states: Mutex::default() };
        for account in accounts.iter() {
            records.add_account(account).await?;
        }
        Ok(records)
    }

    /// Checks that the database responds.
    pub(crate) async fn ready(&self) -> Result<(), Failure> {
        sqlx::query("select id from accounts limit 1").fetch_optional(self.database.reader()).await?;
        Ok(())
    }
}
