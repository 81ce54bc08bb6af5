//! The store: SQLite or PostgreSQL behind one SQL text.
//!
//! Only this folder and each capability's `store.rs` contain SQL. What differs between the two databases (opening,
//! migrating, JSON tables, full-text search, the order of the event log) lives here.

mod bells;
mod error;
mod open;
mod query;
mod search;
mod tx;

use std::sync::Arc;

use sqlx::{PgPool, SqlitePool};
use tokio::sync::{Notify, watch};

use bells::Bells;
pub use error::DbError;
pub use open::{MAX_BULK_ROWS, OpenError, lock_data_dir, migrate, open};
pub use query::{Arg, Bulk, Conn, Query, Row, bulk, json_array, sql};
pub use search::{Index, matching_rows, words, words_like};
pub use tx::Tx;

/// The open store; cheap to clone.
#[derive(Clone)]
pub struct Db(Arc<Inner>);

struct Inner {
    pools: Pools,
    /// The highest event number committed by this process, or seen in the log.
    head: watch::Sender<i64>,
    bells: Bells,
}

enum Pools {
    /// One writer, several readers: SQLite takes one write transaction at a time, so waiting is done in our queue.
    Sqlite {
        write: SqlitePool,
        read: SqlitePool,
    },
    Postgres(PgPool),
}

/// Which database this is, for the few statements that must know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backend {
    Sqlite,
    Postgres,
}

impl Db {
    fn new(pools: Pools) -> Self {
        Self(Arc::new(Inner { pools, head: watch::Sender::new(0), bells: Bells::default() }))
    }

    #[must_use]
    pub fn backend(&self) -> Backend {
        match self.0.pools {
            Pools::Sqlite { .. } => Backend::Sqlite,
            Pools::Postgres(_) => Backend::Postgres,
        }
    }

    /// A write transaction. On SQLite it waits for the one writer.
    pub async fn begin(&self) -> Result<Tx, DbError> {
        Tx::begin(self).await
    }

    /// Told after each commit that wrote events; a hint, the log is the truth.
    #[must_use]
    pub fn head(&self) -> watch::Receiver<i64> {
        self.0.head.subscribe()
    }

    /// Announces that the log has reached `seq` (by a commit here or news from another process).
    pub fn announce(&self, seq: i64) {
        self.0.head.send_if_modified(|head| {
            let later = seq > *head;
            *head = seq.max(*head);
            later
        });
    }

    /// The bell that transactions ring with [`Tx::ring`]; one waiter for each.
    #[must_use]
    pub fn bell(&self, name: &str) -> Arc<Notify> {
        self.0.bells.named(name)
    }

    /// Whether the store answers a trivial question.
    pub async fn ping(&self) -> Result<(), DbError> {
        sql("SELECT CAST(1 AS BIGINT)").scalar::<i64>(self).await.map(|_| ())
    }

    /// Connections that are open, and how many of them nobody uses now.
    #[must_use]
    pub fn connections(&self) -> (u32, u32) {
        let of = |size: u32, idle: usize| (size, u32::try_from(idle).unwrap_or(u32::MAX));
        match &self.0.pools {
            Pools::Sqlite { write, read } => of(write.size() + read.size(), write.num_idle() + read.num_idle()),
            Pools::Postgres(pool) => of(pool.size(), pool.num_idle()),
        }
    }

    /// Waits for running statements and closes all connections.
    pub async fn close(&self) {
        match &self.0.pools {
            Pools::Sqlite { write, read } => {
                read.close().await;
                write.close().await;
            }
            Pools::Postgres(pool) => pool.close().await,
        }
    }

    /// Locks the rows a sub-select picks and passes over those that another process is just taking. SQLite has one
    /// writer at a time and needs no word for it.
    #[must_use]
    pub fn skip_locked(&self) -> &'static str {
        match self.backend() {
            Backend::Sqlite => "",
            Backend::Postgres => " FOR UPDATE SKIP LOCKED",
        }
    }

    /// The database's own time in microseconds, as an expression: the one clock that several processes share.
    #[must_use]
    pub fn now_expression(&self) -> &'static str {
        match self.backend() {
            Backend::Sqlite => "CAST(unixepoch('subsec') * 1000000 AS BIGINT)",
            Backend::Postgres => "CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS BIGINT)",
        }
    }

    /// Writes a consistent copy of an SQLite store to a new file. Other processes go on; this one's writes wait.
    pub async fn copy_to(&self, file: &std::path::Path) -> Result<(), DbError> {
        let Pools::Sqlite { write, .. } = &self.0.pools else {
            return Err(DbError::Sql(sqlx::Error::Configuration("only SQLite is copied as a file".into())));
        };
        // Readers' connections refuse it: to them it is a write.
        let mut conn = write.acquire().await?;
        sql("VACUUM INTO $1").bind(file.to_string_lossy().into_owned()).execute(Conn::Sqlite(&mut conn)).await.map(|_| ())
    }
}
