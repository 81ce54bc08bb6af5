//! What can go wrong in the store, as far as callers act on it.

use thiserror::Error;

#[derive(Debug, Error)]
pub enum DbError {
    /// A unique key is taken; `constraint` is the index (PostgreSQL) or the columns (SQLite).
    #[error("a unique key is taken")]
    Taken { constraint: String },
    /// Another transaction got in the way: doing all of it again is the answer.
    #[error("another transaction got in the way")]
    Conflict,
    /// No room: disk full or file not writable.
    #[error("the store has no room")]
    Full,
    /// No connection, or none in time.
    #[error("the store does not answer")]
    Unavailable(#[source] sqlx::Error),
    #[error("the store refused a statement")]
    Sql(#[source] sqlx::Error),
}

impl DbError {
    /// Whether the same work may succeed in a new transaction at once.
    #[must_use]
    pub fn is_worth_repeating(&self) -> bool {
        matches!(self, Self::Taken { .. } | Self::Conflict)
    }

    /// Whether the store as a whole cannot work now, whatever the statement.
    #[must_use]
    pub fn is_store_trouble(&self) -> bool {
        matches!(self, Self::Full | Self::Unavailable(_))
    }
}

impl From<sqlx::Error> for DbError {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Database(db) => {
                let code = db.code().unwrap_or_default();
                if db.is_unique_violation() {
                    let constraint = db.constraint().map_or_else(|| db.message().to_owned(), str::to_owned);
                    return Self::Taken { constraint };
                }
                // SQLite's extended result codes carry the primary code in the low byte; PostgreSQL's are five characters.
                match (code.len(), code.parse::<u32>().map(|c| c & 0xff), code.as_ref()) {
                    (5, _, "40001" | "40P01" | "55P03") => Self::Conflict,
                    (5, _, "53100" | "53000") => Self::Full,
                    (5, _, "57P01" | "57P02" | "57P03" | "53300" | "25006") => Self::Unavailable(error),
                    (5, _, c) if c.starts_with("08") => Self::Unavailable(error),
                    (1..=4, Ok(5 | 6), _) => Self::Conflict,
                    (1..=4, Ok(13 | 8), _) => Self::Full,
                    (1..=4, Ok(10 | 14), _) => Self::Unavailable(error),
                    _ => Self::Sql(error),
                }
            }
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed => Self::Unavailable(error),
            _ => Self::Sql(error),
        }
    }
}
