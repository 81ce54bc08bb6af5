//! One statement with its values, run on whichever database is open.
//!
//! Placeholders are `$1`, `$2`, …, which both drivers know. `each($1)` opens a JSON array of objects as a table whose
//! rows are called `value`, `each_text($1)` one of texts: a batch of any size is then one statement.

use std::borrow::Cow;

use sqlx::postgres::{PgArguments, PgRow, Postgres};
use sqlx::query::Query as SqlxQuery;
use sqlx::sqlite::{Sqlite, SqliteArguments, SqliteRow};
use sqlx::{AssertSqlSafe, FromRow, PgConnection, PgPool, SqliteConnection, SqlitePool};
use trunkline_channel::text::without_nul;

use super::{Backend, Db, DbError, MAX_BULK_ROWS, Pools, Tx};

/// A row type that both drivers can fill; derived by `sqlx::FromRow`.
pub trait Row: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin {}
impl<T> Row for T where T: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin {}

/// A value of a statement. `None` keeps its type, which PostgreSQL insists on.
#[derive(Debug, Clone)]
pub enum Arg {
    Text(Option<String>),
    Int(Option<i64>),
    Bool(bool),
    Bytes(bytes::Bytes),
}

macro_rules! arg_from {
    ($($from:ty => $value:ident $to:expr;)*) => { $(impl From<$from> for Arg { fn from($value: $from) -> Self { $to } })* };
}
arg_from! {
    String => v Self::Text(Some(v));
    &String => v Self::Text(Some(v.clone()));
    &str => v Self::Text(Some(v.to_owned()));
    Option<String> => v Self::Text(v);
    Option<&str> => v Self::Text(v.map(str::to_owned));
    i64 => v Self::Int(Some(v));
    Option<i64> => v Self::Int(v);
    bool => v Self::Bool(v);
    bytes::Bytes => v Self::Bytes(v);
}

/// Where a statement runs: a pool for single reads, a connection inside a transaction.
pub enum Conn<'c> {
    SqlitePool(&'c SqlitePool),
    PgPool(&'c PgPool),
    Sqlite(&'c mut SqliteConnection),
    Postgres(&'c mut PgConnection),
}

impl Conn<'_> {
    /// The same place for one more statement.
    pub fn again(&mut self) -> Conn<'_> {
        match self {
            Self::SqlitePool(pool) => Conn::SqlitePool(pool),
            Self::PgPool(pool) => Conn::PgPool(pool),
            Self::Sqlite(conn) => Conn::Sqlite(conn),
            Self::Postgres(conn) => Conn::Postgres(conn),
        }
    }
}

impl<'c> From<&'c Db> for Conn<'c> {
    fn from(db: &'c Db) -> Self {
        match &db.0.pools {
            Pools::Sqlite { read, .. } => Self::SqlitePool(read),
            Pools::Postgres(pool) => Self::PgPool(pool),
        }
    }
}

impl<'c> From<&'c mut Tx> for Conn<'c> {
    fn from(tx: &'c mut Tx) -> Self {
        tx.conn()
    }
}

/// A statement waiting for its values.
#[derive(Debug, Clone)]
pub struct Query {
    text: Cow<'static, str>,
    args: Vec<Arg>,
}

/// Starts a statement. The text is ours: values of users only ever go through [`Query::bind`].
pub fn sql(text: impl Into<Cow<'static, str>>) -> Query {
    Query { text: text.into(), args: Vec::new() }
}

impl Query {
    #[must_use]
    pub fn bind(mut self, value: impl Into<Arg>) -> Self {
        self.args.push(value.into());
        self
    }

    /// The place-holder that the next bound value will have; for statements built from parts.
    #[must_use]
    pub fn next_placeholder(&self) -> String {
        format!("${}", self.args.len() + 1)
    }

    #[must_use]
    pub fn push(mut self, text: &str) -> Self {
        self.text.to_mut().push_str(text);
        self
    }

    /// Appends ` text`, with each `?` replaced by the place-holder of the next of `values`.
    #[must_use]
    pub fn push_bound(mut self, text: &str, values: Vec<Arg>) -> Self {
        let mut values = values.into_iter();
        for (i, part) in text.split('?').enumerate() {
            if i > 0 {
                let placeholder = self.next_placeholder();
                self.text.to_mut().push_str(&placeholder);
                self.args.extend(values.next());
            }
            self.text.to_mut().push_str(part);
        }
        self
    }

    /// Runs it and tells how many rows it changed.
    pub async fn execute<'c>(self, on: impl Into<Conn<'c>>) -> Result<u64, DbError> {
        Ok(match on.into() {
            Conn::SqlitePool(pool) => self.sqlite().execute(pool).await?.rows_affected(),
            Conn::Sqlite(conn) => self.sqlite().execute(conn).await?.rows_affected(),
            Conn::PgPool(pool) => self.postgres().execute(pool).await?.rows_affected(),
            Conn::Postgres(conn) => self.postgres().execute(conn).await?.rows_affected(),
        })
    }

    pub async fn all<'c, T: Row>(self, on: impl Into<Conn<'c>>) -> Result<Vec<T>, DbError> {
        let decode_sqlite = |rows: Vec<SqliteRow>| rows.iter().map(T::from_row).collect::<Result<_, _>>();
        let decode_pg = |rows: Vec<PgRow>| rows.iter().map(T::from_row).collect::<Result<_, _>>();
        Ok(match on.into() {
            Conn::SqlitePool(pool) => decode_sqlite(self.sqlite().fetch_all(pool).await?)?,
            Conn::Sqlite(conn) => decode_sqlite(self.sqlite().fetch_all(conn).await?)?,
            Conn::PgPool(pool) => decode_pg(self.postgres().fetch_all(pool).await?)?,
            Conn::Postgres(conn) => decode_pg(self.postgres().fetch_all(conn).await?)?,
        })
    }

    pub async fn optional<'c, T: Row>(self, on: impl Into<Conn<'c>>) -> Result<Option<T>, DbError> {
        Ok(self.all::<T>(on).await?.into_iter().next())
    }

    /// The one row that must be there.
    pub async fn one<'c, T: Row>(self, on: impl Into<Conn<'c>>) -> Result<T, DbError> {
        self.optional(on).await?.ok_or(DbError::Sql(sqlx::Error::RowNotFound))
    }

    /// The first column of the one row.
    pub async fn scalar<'c, T>(self, on: impl Into<Conn<'c>>) -> Result<T, DbError>
    where
        (T,): Row,
    {
        Ok(self.one::<(T,)>(on).await?.0)
    }

    fn sqlite(self) -> SqlxQuery<'static, Sqlite, SqliteArguments> {
        let mut query = sqlx::query(AssertSqlSafe(in_dialect(self.text, Backend::Sqlite)));
        for arg in self.args {
            query = match arg {
                Arg::Text(v) => query.bind(v.map(storable)),
                Arg::Int(v) => query.bind(v),
                Arg::Bool(v) => query.bind(v),
                Arg::Bytes(v) => query.bind(Vec::from(v)),
            };
        }
        query
    }

    fn postgres(self) -> SqlxQuery<'static, Postgres, PgArguments> {
        let mut query = sqlx::query(AssertSqlSafe(in_dialect(self.text, Backend::Postgres)));
        for arg in self.args {
            query = match arg {
                Arg::Text(v) => query.bind(v.map(storable)),
                Arg::Int(v) => query.bind(v),
                Arg::Bool(v) => query.bind(v),
                Arg::Bytes(v) => query.bind(Vec::from(v)),
            };
        }
        query
    }
}

/// Replaces our words for opening a JSON array by the database's own.
fn in_dialect(text: Cow<'static, str>, backend: Backend) -> String {
    if !text.contains("each") {
        return text.into_owned();
    }
    match backend {
        Backend::Sqlite => text.replace("each_text(", "each(").replace("each(", "json_each("),
        Backend::Postgres => {
            let text = text.replace("each_text(", "jsonb_array_elements_text(").replace("each(", "jsonb_array_elements(");
            let mut parts = text.split("jsonb_array_elements");
            let mut out = parts.next().unwrap_or_default().to_owned();
            for part in parts {
                // The array is a text; only its use says that it is JSON.
                let (call, rest) = part.split_once(')').unwrap_or((part, ""));
                out.push_str("jsonb_array_elements");
                out.push_str(call);
                out.push_str("::jsonb)");
                out.push_str(rest);
            }
            out
        }
    }
}

/// U+0000 ends here at the latest: PostgreSQL refuses it, so that an id or a filter with one would fail the statement.
fn storable(text: String) -> String {
    if text.contains('\0') { without_nul(&text) } else { text }
}

/// A JSON array of texts, for `each($1)`. In it U+0000 is escaped, which `jsonb` refuses as well.
#[must_use]
pub fn json_array<'a>(values: impl IntoIterator<Item = &'a str>) -> String {
    values.into_iter().map(without_nul).collect::<serde_json::Value>().to_string()
}

/// Many rows for one table, inserted with as few statements as the bound on their size allows.
#[derive(Debug)]
pub struct Bulk {
    head: &'static str,
    tail: &'static str,
    width: usize,
    args: Vec<Arg>,
}

/// `head` ends before `VALUES` (`INSERT INTO t (a, b)`), `tail` follows the rows (`ON CONFLICT DO NOTHING`).
#[must_use]
pub fn bulk(head: &'static str, width: usize, tail: &'static str) -> Bulk {
    Bulk { head, tail, width, args: Vec::new() }
}

impl Bulk {
    pub fn row<const N: usize>(&mut self, values: [Arg; N]) {
        debug_assert_eq!(N, self.width);
        self.args.extend(values);
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.args.is_empty()
    }

    pub async fn execute(self, tx: &mut Tx) -> Result<u64, DbError> {
        let mut changed = 0;
        for query in self.statements() {
            changed += query.execute(&mut *tx).await?;
        }
        Ok(changed)
    }

    /// For statements with `RETURNING`.
    pub async fn all<T: Row>(self, tx: &mut Tx) -> Result<Vec<T>, DbError> {
        let mut rows = Vec::new();
        for query in self.statements() {
            rows.extend(query.all::<T>(&mut *tx).await?);
        }
        Ok(rows)
    }

    /// Sizes are powers of two, so that few different statements exist and all stay prepared.
    fn statements(self) -> Vec<Query> {
        let mut statements = Vec::new();
        let mut args = self.args;
        while !args.is_empty() {
            let waiting = args.len() / self.width;
            let rows = if waiting >= MAX_BULK_ROWS { MAX_BULK_ROWS } else { 1 << waiting.ilog2() };
            let rest = args.split_off(rows * self.width);
            let mut text = format!("{} VALUES ", self.head);
            for row in 0..rows {
                text.push_str(if row == 0 { "(" } else { ", (" });
                for column in 0..self.width {
                    let separator = if column == 0 { "$" } else { ", $" };
                    text.push_str(&format!("{separator}{}", row * self.width + column + 1));
                }
                text.push(')');
            }
            text.push(' ');
            text.push_str(self.tail);
            statements.push(Query { text: text.into(), args });
            args = rest;
        }
        statements
    }
}

#[cfg(test)]
mod tests {
    use super::{Backend, in_dialect};

    #[test]
    fn arrays_open_in_each_databases_own_words() {
        let text = "SELECT 1 FROM each($1) AS j WHERE x IN (SELECT value FROM each_text($12))";
        assert_eq!(
            in_dialect(text.into(), Backend::Sqlite),
            "SELECT 1 FROM json_each($1) AS j WHERE x IN (SELECT value FROM json_each($12))"
        );
        assert_eq!(
            in_dialect(text.into(), Backend::Postgres),
            "SELECT 1 FROM jsonb_array_elements($1::jsonb) AS j WHERE x IN (SELECT value FROM jsonb_array_elements_text($12::jsonb))"
        );
    }
}
