//! [`Database`]: connections to SQLite or PostgreSQL.
//!
//! In: a URL. Out: pools of connections to a database whose tables are up to date. Must not know
//! what is in the tables.

use std::path::Path;
use std::time::Duration;

use percent_encoding::percent_decode_str;
use sqlx::any::{AnyPoolOptions, install_default_drivers};
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::{Any, AnyPool, SqlSafeStr, Transaction};

use crate::failure::Failure;

/// How long a request may wait for a connection from the pool.
const LONGEST_WAIT: Duration = Duration::from_secs(5);

/// PostgreSQL runs a process for each connection; readers of SQLite share its file.
const POSTGRES_CONNECTIONS: u32 = 12;
const SQLITE_READERS: u32 = 4;

/// Two pools: SQLite has one writer at a time, and requests that wait for a single connection are
/// served in order, whereas those that find the file locked retry at random. On PostgreSQL, both
/// are the same pool.
pub(super) struct Database {
    reader: AnyPool,
    writer: AnyPool,
}

impl Database {
    pub(super) async fn open(url: &str) -> Result<Self, Failure> {
        install_default_drivers();
        let database = match url.strip_prefix("sqlite:") {
            Some(path) => Self::open_sqlite(path).await?,
            None => {
                let pool = pool(POSTGRES_CONNECTIONS).connect(url).await?;
                Self { reader: pool.clone(), writer: pool }
            }
        };
        migrations().run(&database.writer).await.map_err(|error| {
            tracing::error!(%error, "migrating the tables failed");
            Failure::internal("the database tables cannot be migrated")
        })?;
        Ok(database)
    }

    async fn open_sqlite(path: &str) -> Result<Self, Failure> {
        let (file, _) = path.split_once('?').unwrap_or((path, ""));
        let file = percent_decode_str(file.trim_start_matches("//")).decode_utf8_lossy();
        if let Some(folder) = Path::new(&*file).parent() {
            std::fs::create_dir_all(folder)
                .map_err(|error| Failure::internal(format!("{}: {error}", folder.display())))?;
        }
        let url = format!("sqlite:{path}{}", if path.contains('?') { "" } else { "?mode=rwc" });
        let writer = pool(1).connect(&url).await?;
        // Readers see the last commit during a write. The setting is stored in the file.
        sqlx::query("pragma journal_mode = wal").execute(&writer).await?;
        let reader = pool(SQLITE_READERS).connect(&url).await?;
        Ok(Self { reader, writer })
    }

    /// The pool for a single statement that reads.
    pub(super) fn reader(&self) -> &AnyPool {
        &self.reader
    }

    /// The pool for a single statement that writes.
    pub(super) fn writer(&self) -> &AnyPool {
        &self.writer
    }

    /// Begins a transaction, whose first statement must write: on SQLite, a transaction that has
    /// read first cannot wait for the lock. Dropping it before the commit rolls it back.
    pub(super) async fn begin(&self) -> Result<Transaction<'static, Any>, Failure> {
        Ok(self.writer.begin().await?)
    }
}

fn pool(connections: u32) -> AnyPoolOptions {
    AnyPoolOptions::new().max_connections(connections).acquire_timeout(LONGEST_WAIT)
}

/// Existing migrations never change; new ones are appended.
fn migrations() -> Migrator {
    let steps = [("tables", include_str!("tables.sql"))];
    let migrations = (1..).zip(steps).map(|(version, (name, sql))| {
        Migration::new(version, name.into(), MigrationType::Simple, sql.into_sql_str(), false)
    });
    Migrator::with_migrations(migrations.collect())
}
