//! [`Database`]: connections to SQLite or PostgreSQL.
//!
//! In: a URL. Out: pools of connections to a database whose tables are up to date. Must not know what is in the tables.

use std::path::Path;
use std::time::Duration;

use percent_encoding::percent_decode_str;
use sqlx::any::{AnyPoolOptions, install_default_drivers};
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::{Any, AnyPool, SqlSafeStr, Transaction};

use crate::failure::Failure;

/// How long a request may wait for a connection.
const LONGEST_WAIT: Duration = Duration::from_secs(5);

/// PostgreSQL has a process for each connection; readers of SQLite share its file.
const POSTGRES_CONNECTIONS: u32 = 12;
const SQLITE_READERS: u32 = 4;

/// Two pools: SQLite has one writer at a time, and those who wait for one connection are served in order, while those who find a
/// file locked try again at random. On PostgreSQL they are the same.
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
            tracing::error!(%error, "bringing the tables up to date failed");
            Failure::internal("the tables of the database cannot be brought up to date")
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
        // Readers see the last commit while another is written. The file remembers it.
        sqlx::query("pragma journal_mode = wal").execute(&writer).await?;
        let reader = pool(SQLITE_READERS).connect(&url).await?;
        Ok(Self { reader, writer })
    }

    /// For one statement that reads.
    pub(super) fn reader(&self) -> &AnyPool {
        &self.reader
    }

    /// For one statement that writes.
    pub(super) fn writer(&self) -> &AnyPool {
        &self.writer
    }

    /// For several statements, the first of which must write: on SQLite, a transaction that has read first cannot wait for the
    /// lock. Dropped before its commit, it changes nothing.
    pub(super) async fn begin(&self) -> Result<Transaction<'static, Any>, Failure> {
        Ok(self.writer.begin().await?)
    }
}

fn pool(connections: u32) -> AnyPoolOptions {
    AnyPoolOptions::new().max_connections(connections).acquire_timeout(LONGEST_WAIT)
}

/// What has been done to databases is never changed here, only added to.
fn migrations() -> Migrator {
    let steps = [("tables", include_str!("tables.sql"))];
    let migrations = (1..).zip(steps).map(|(version, (name, sql))| {
        Migration::new(version, name.into(), MigrationType::Simple, sql.into_sql_str(), false)
    });
    Migrator::with_migrations(migrations.collect())
}
