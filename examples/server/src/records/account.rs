//! [`AccountState`]: the variants, signing keys and settings of an account.
//!
//! In: changes. Out: the state after them. It is read with each request but parsed only if its
//! version has changed, so every process sees a change at once at little cost. Must not know about
//! images.

use std::collections::HashMap;
use std::sync::{Arc, MutexGuard, PoisonError};

use cretula::records::{KeyName, RuleSet, Variants};
use cretula::sign::{Keyring, SigningKey};
use cretula::{Fit, Limits, Variant, VariantOptions};
use sqlx::any::AnyRow;
use sqlx::{Any, Row, Transaction};

use super::Records;
use crate::accounts::Account;
use crate::failure::Failure;

/// The variants, keys and settings of an account at one version.
#[derive(Debug)]
pub(crate) struct AccountState {
    pub(crate) version: i64,
    pub(crate) variants: Variants,
    pub(crate) keyring: Keyring,
    pub(crate) flexible_variants: bool,
    /// In seconds.
    pub(crate) browser_ttl: u32,
}

/// The columns that [`read`] reads.
macro_rules! state_columns {
    () => {
        "version, variants, signing_keys, flexible_variants, browser_ttl"
    };
}

impl Records {
    /// Creates an account, unless it exists, with the initial state of every account of the hosted
    /// service.
    pub(super) async fn add_account(&self, account: &Account) -> Result<(), Failure> {
        let (variants, keys) = first_state()?;
        let sql = "insert into accounts (id, version, images, variants, signing_keys, flexible_variants, browser_ttl) \
                   values ($1, 1, 0, $2, $3, $4, $5) on conflict (id) do nothing";
        let query = sqlx::query(sql).bind(&*account.id).bind(variants.to_json()?).bind(secret(&keys)?);
        let query = query.bind(i64::from(account.flexible_variants)).bind(i64::from(account.browser_ttl));
        query.execute(self.database.writer()).await?;
        Ok(())
    }

    /// The current state.
    pub(crate) async fn account_state(&self, account: &Account) -> Result<Arc<AccountState>, Failure> {
        let sql = concat!("select ", state_columns!(), " from accounts where id = $1");
        let found = sqlx::query(sql).bind(&*account.id).fetch_one(self.database.reader()).await?;
        match self.cached(account, found.try_get("version")?) {
            Some(state) => Ok(state),
            None => Ok(self.keep(account, read(&found)?)),
        }
    }

    /// The state at this version or a later one.
    pub(super) async fn state_of_version(
        &self,
        account: &Account,
        version: i64,
    ) -> Result<Arc<AccountState>, Failure> {
        match self.cached(account, version) {
            Some(state) => Ok(state),
            None => self.account_state(account).await,
        }
    }

    /// Changes the variants; changes nothing if `change` fails.
    pub(crate) async fn change_variants<T>(
        &self,
        account: &Account,
        change: impl FnOnce(&mut Variants) -> cretula::Result<T> + Send,
    ) -> Result<T, Failure> {
        self.change(account, |state| change(&mut state.variants)).await.map(|(value, _)| value)
    }

    /// Changes the signing keys; changes nothing if `change` fails.
    pub(crate) async fn change_keyring<T>(
        &self,
        account: &Account,
        change: impl FnOnce(&mut Keyring) -> cretula::Result<T> + Send,
    ) -> Result<T, Failure> {
        self.change(account, |state| change(&mut state.keyring)).await.map(|(value, _)| value)
    }

    /// Changes the settings that are `Some`.
    pub(crate) async fn change_config(
        &self,
        account: &Account,
        flexible_variants: Option<bool>,
        browser_ttl: Option<u32>,
    ) -> Result<Arc<AccountState>, Failure> {
        let changed = self.change(account, |state| {
            state.flexible_variants = flexible_variants.unwrap_or(state.flexible_variants);
            state.browser_ttl = browser_ttl.unwrap_or(state.browser_ttl);
            Ok(())
        });
        changed.await.map(|(_, state)| state)
    }

    async fn change<T>(
        &self,
        account: &Account,
        change: impl FnOnce(&mut AccountState) -> cretula::Result<T> + Send,
    ) -> Result<(T, Arc<AccountState>), Failure> {
        let mut transaction = self.database.begin().await?;
        let sql =
            concat!("update accounts set version = version + 1 where id = $1 returning ", state_columns!());
        let found = sqlx::query(sql).bind(&*account.id).fetch_one(&mut *transaction).await?;
        let mut state = read(&found)?;
        let value = change(&mut state)?;
        write(&mut transaction, account, &state).await?;
        transaction.commit().await?;
        Ok((value, self.keep(account, state)))
    }

    fn cached(&self, account: &Account, version: i64) -> Option<Arc<AccountState>> {
        self.states().get(&account.id).filter(|state| state.version >= version).cloned()
    }

    /// Keeps the state that was read, unless a later one is kept already.
    fn keep(&self, account: &Account, read: AccountState) -> Arc<AccountState> {
        let (read, mut states) = (Arc::new(read), self.states());
        match states.get(&account.id) {
            Some(known) if known.version >= read.version => Arc::clone(known),
            _ => {
                states.insert(account.id.clone(), Arc::clone(&read));
                read
            }
        }
    }

    fn states(&self) -> MutexGuard<'_, HashMap<String, Arc<AccountState>>> {
        self.states.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The variant `public` and one key, named `default`.
fn first_state() -> cretula::Result<(Variants, Keyring)> {
    let mut variants = Variants::new();
    let public = Variant::new("public".parse()?, VariantOptions::new(Fit::ScaleDown, 1366, 768));
    variants.create(public, &Limits::default(), RuleSet::Reference)?;
    let mut keys = Keyring::new();
    keys.insert(SigningKey::generate(KeyName::default())?)?;
    Ok((variants, keys))
}

fn secret(keys: &Keyring) -> cretula::Result<String> {
    Ok(keys.to_json()?.expose_secret().to_owned())
}

async fn write(
    transaction: &mut Transaction<'static, Any>,
    account: &Account,
    state: &AccountState,
) -> Result<(), Failure> {
    let sql = "update accounts set variants = $1, signing_keys = $2, flexible_variants = $3, browser_ttl = $4 where id = $5";
    let query = sqlx::query(sql).bind(state.variants.to_json()?).bind(secret(&state.keyring)?);
    let query = query.bind(i64::from(state.flexible_variants)).bind(i64::from(state.browser_ttl));
    query.bind(&*account.id).execute(&mut **transaction).await?;
    Ok(())
}

/// Parses the state in a row. A row that cannot be parsed was not written by this program.
fn read(row: &AnyRow) -> Result<AccountState, Failure> {
    let variants: String = row.try_get("variants")?;
    let keys: String = row.try_get("signing_keys")?;
    let unreadable = |error: cretula::Error| {
        tracing::error!(%error, "the row of an account cannot be read");
        Failure::internal("the record of an account cannot be read")
    };
    Ok(AccountState {
        version: row.try_get("version")?,
        // The reference rules accept the variants of both rule sets.
        variants: Variants::from_json(&variants, &Limits::default(), RuleSet::Reference)
            .map_err(unreadable)?,
        keyring: Keyring::from_json(&keys).map_err(unreadable)?,
        flexible_variants: row.try_get::<i64, _>("flexible_variants")? != 0,
        browser_ttl: u32::try_from(row.try_get::<i64, _>("browser_ttl")?).unwrap_or(u32::MAX),
    })
}
