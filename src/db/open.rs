//! Opening the store, and refusing one that would lie later.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use sqlx::migrate::{MigrateError, Migrator};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use thiserror::Error;

use super::{Backend, Db, DbError, Pools, sql};

/// Rows of one bulk insert: 64 messages of 18 columns stay far below both databases' limits on values.
pub const MAX_BULK_ROWS: usize = 64;
/// Connections for reading an SQLite store.
const SQLITE_READERS: u32 = 4;
/// Prepared statements kept on each connection.
const STATEMENT_CACHE: usize = 512;
/// Page cache of one SQLite connection, in KiB (negative is SQLite's way of saying so).
const CACHE_KIB: &str = "-8192";
/// A busy page is written to the log many times and to the file once for each checkpoint: 16 MB of log between two.
const CHECKPOINT_PAGES: &str = "4000";
/// How long SQLite waits for a lock held by a backup or another program.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// The first SQLite without the WAL-reset corruption (sqlite.org/changes.html, 3.51.3).
const OLDEST_SQLITE: [u32; 3] = [3, 51, 3];
const OLDEST_POSTGRES: i64 = 150_000;

static SQLITE: Migrator = sqlx::migrate!("migrations/sqlite");
static POSTGRES: Migrator = sqlx::migrate!("migrations/postgres");

#[derive(Debug, Error)]
pub enum OpenError {
    #[error("the database address must start with sqlite: or postgres:")]
    UnknownAddress,
    #[error("SQLite {found} has a known corruption bug; 3.51.3 or newer is needed")]
    OldSqlite { found: String },
    #[error("PostgreSQL {found} is too old; 15 or newer is needed")]
    OldPostgres { found: i64 },
    #[error("PostgreSQL runs with {setting} = {value}: acknowledged messages could be lost; set it to on")]
    UnsafePostgres { setting: &'static str, value: String },
    #[error("another trunkline process is using {}", .0.display())]
    InUse(PathBuf),
    #[error("the database has a newer schema than this program; use a newer trunkline")]
    NewerSchema,
    #[error("cannot open {}", path.display())]
    File { path: PathBuf, source: std::io::Error },
    #[error("cannot migrate the database")]
    Migrate(#[source] MigrateError),
    #[error("cannot open the database")]
    Database(#[from] DbError),
}

/// Opens the store at `sqlite:<file>` or `postgres://…` and checks that it keeps its promises. Does not migrate.
pub async fn open(address: &str, max_connections: u32) -> Result<Db, OpenError> {
    let db = match address.split_once(':').map(|(scheme, _)| scheme) {
        Some("sqlite") => open_sqlite(address).await?,
        Some("postgres" | "postgresql") => open_postgres(address, max_connections).await?,
        _ => return Err(OpenError::UnknownAddress),
    };
    match db.backend() {
        Backend::Sqlite => check_sqlite(&db).await?,
        Backend::Postgres => check_postgres(&db).await?,
    }
    Ok(db)
}

/// Brings the schema up to date. Refuses one that is newer than this program.
pub async fn migrate(db: &Db) -> Result<(), OpenError> {
    let result = match &db.0.pools {
        Pools::Sqlite { write, .. } => SQLITE.run(write).await,
        Pools::Postgres(pool) => POSTGRES.run(pool).await,
    };
    result.map_err(|error| match error {
        MigrateError::VersionMissing(_) => OpenError::NewerSchema,
        other => OpenError::Migrate(other),
    })?;
    let head: i64 = sql("SELECT COALESCE(MAX(seq), 0) FROM events").scalar(db).await?;
    db.announce(head);
    Ok(())
}

/// Keeps a second process away from the same data directory for as long as the file lives.
pub fn lock_data_dir(dir: &Path) -> Result<File, OpenError> {
    let path = dir.join("trunkline.lock");
    let file = File::create(&path).map_err(|source| OpenError::File { path: path.clone(), source })?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(OpenError::InUse(dir.to_owned())),
        Err(TryLockError::Error(source)) => Err(OpenError::File { path, source }),
    }
}

async fn open_sqlite(address: &str) -> Result<Db, OpenError> {
    let options = SqliteConnectOptions::from_str(address)
        .map_err(DbError::from)?
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(BUSY_TIMEOUT)
        // Savepoints and sorting need no files: what they hold is small and worth nothing after a crash.
        .pragma("temp_store", "memory")
        .pragma("cache_size", CACHE_KIB)
        .pragma("wal_autocheckpoint", CHECKPOINT_PAGES)
        .statement_cache_capacity(STATEMENT_CACHE);
    let write = SqlitePoolOptions::new().max_connections(1).min_connections(1).connect_with(options.clone());
    let write = write.await.map_err(DbError::from)?;
    let read = SqlitePoolOptions::new().max_connections(SQLITE_READERS).connect_with(options.pragma("query_only", "on"));
    let read = read.await.map_err(DbError::from)?;
    Ok(Db::new(Pools::Sqlite { write, read }))
}

async fn open_postgres(address: &str, max_connections: u32) -> Result<Db, OpenError> {
    let options = PgConnectOptions::from_str(address)
        .map_err(DbError::from)?
        .application_name("trunkline")
        .statement_cache_capacity(STATEMENT_CACHE);
    let pool = PgPoolOptions::new().max_connections(max_connections).connect_with(options).await.map_err(DbError::from)?;
    Ok(Db::new(Pools::Postgres(pool)))
}

async fn check_sqlite(db: &Db) -> Result<(), OpenError> {
    let found: String = sql("SELECT sqlite_version()").scalar(db).await?;
    let parts: Vec<u32> = found.split('.').filter_map(|part| part.parse().ok()).collect();
    if parts.as_slice() < OLDEST_SQLITE.as_slice() { Err(OpenError::OldSqlite { found }) } else { Ok(()) }
}

async fn check_postgres(db: &Db) -> Result<(), OpenError> {
    let version: String = sql("SELECT current_setting('server_version_num')").scalar(db).await?;
    let found = version.parse().unwrap_or(0);
    if found < OLDEST_POSTGRES {
        return Err(OpenError::OldPostgres { found });
    }
    for setting in ["fsync", "full_page_writes", "synchronous_commit"] {
        let value: String = sql("SELECT current_setting($1)").bind(setting).scalar(db).await?;
        if value == "off" {
            return Err(OpenError::UnsafePostgres { setting, value });
        }
    }
    Ok(())
}
