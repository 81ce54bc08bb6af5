//! SQL of inboxes.

use sqlx::FromRow;
use trunkline_channel::Micros;

use crate::db::{Conn, Db, DbError, Query, Tx, sql};

const COLUMNS: &str = "id, channel, name, source, settings, options, state, held_until, created_at, updated_at";

#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct InboxRow {
    pub id: String,
    pub channel: String,
    pub name: String,
    /// `file` or `api`.
    pub source: String,
    /// Sealed; empty where the file has them.
    pub settings: String,
    pub options: String,
    /// `running`, `paused` or `removed`.
    pub state: String,
    pub held_until: Micros,
    pub created_at: Micros,
    pub updated_at: Micros,
}

/// All that are not removed, by name.
pub async fn all(db: &Db) -> Result<Vec<InboxRow>, DbError> {
    select_all().all(db).await
}

pub async fn all_in(tx: &mut Tx) -> Result<Vec<InboxRow>, DbError> {
    select_all().all(tx).await
}

fn select_all() -> Query {
    sql(format!("SELECT {COLUMNS} FROM inboxes WHERE state <> 'removed' ORDER BY name"))
}

pub async fn by_id<'c>(on: impl Into<Conn<'c>>, id: &str) -> Result<Option<InboxRow>, DbError> {
    sql(format!("SELECT {COLUMNS} FROM inboxes WHERE id = $1 AND state <> 'removed'")).bind(id).optional(on).await
}

/// Also a removed one.
pub async fn by_name<'c>(on: impl Into<Conn<'c>>, name: &str) -> Result<Option<InboxRow>, DbError> {
    sql(format!("SELECT {COLUMNS} FROM inboxes WHERE name = $1")).bind(name).optional(on).await
}

/// When a customer wrote to this inbox last.
pub async fn last_inbound_at(db: &Db, id: &str) -> Result<Option<Micros>, DbError> {
    sql("SELECT MAX(last_inbound_at) FROM conversations WHERE inbox_id = $1")
        .bind(id)
        .one::<(Option<i64>,)>(db)
        .await
        .map(|(at,)| at)
}

pub async fn insert(tx: &mut Tx, row: &InboxRow) -> Result<(), DbError> {
    sql("INSERT INTO inboxes (id, channel, name, source, settings, options, state, created_at, updated_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)")
    .bind(&row.id)
    .bind(&row.channel)
    .bind(&row.name)
    .bind(&row.source)
    .bind(&row.settings)
    .bind(&row.options)
    .bind(&row.state)
    .bind(row.created_at)
    .bind(row.updated_at)
    .execute(tx)
    .await
    .map(|_| ())
}

/// Writes what may change.
pub async fn update(tx: &mut Tx, row: &InboxRow) -> Result<(), DbError> {
    sql("UPDATE inboxes SET name = $1, settings = $2, options = $3, state = $4, updated_at = $5 WHERE id = $6")
        .bind(&row.name)
        .bind(&row.settings)
        .bind(&row.options)
        .bind(&row.state)
        .bind(row.updated_at)
        .bind(&row.id)
        .execute(tx)
        .await
        .map(|_| ())
}
