//! The SQL of the raw event inbox as people see it.

use serde::{Deserialize, Serialize};
use trunkline_channel::Micros;

use crate::db::{Db, DbError, Tx, json_array, sql};

/// A raw event without its body.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct RawRow {
    pub id: String,
    pub inbox_id: String,
    pub event_key: String,
    pub state: String,
    pub reason: Option<String>,
    pub replays: i64,
    pub size: i64,
    pub received_at: Micros,
}

/// Where a page starts: after this row.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RawPosition {
    pub id: String,
}

pub async fn list(
    db: &Db,
    state: Option<&str>,
    inbox_id: Option<&str>,
    after: Option<&RawPosition>,
    limit: i64,
) -> Result<Vec<RawRow>, DbError> {
    let mut query =
        sql("SELECT id, inbox_id, event_key, state, reason, replays, CAST(LENGTH(body) AS BIGINT) AS size, received_at \
                         FROM raw_events WHERE TRUE");
    if let Some(state) = state {
        query = query.push_bound(" AND state = ?", vec![state.into()]);
    }
    if let Some(inbox_id) = inbox_id {
        query = query.push_bound(" AND inbox_id = ?", vec![inbox_id.into()]);
    }
    if let Some(after) = after {
        query = query.push_bound(" AND id < ?", vec![after.id.as_str().into()]);
    }
    query.push_bound(" ORDER BY id DESC LIMIT ?", vec![limit.into()]).all(db).await
}

/// (raw event, message, conversation, number) of the messages that raw events made.
pub async fn messages_of(db: &Db, raw_ids: &[&str]) -> Result<Vec<(String, String, String, i64)>, DbError> {
    sql("SELECT raw_event_id, id, conversation_id, number FROM messages WHERE raw_event_id IN (SELECT value FROM each_text($1)) \
         ORDER BY raw_event_id, number")
    .bind(json_array(raw_ids.iter().copied()))
    .all(db)
    .await
}

pub async fn body(db: &Db, id: &str) -> Result<Option<(String, String, Vec<u8>)>, DbError> {
    sql("SELECT inbox_id, event_key, body FROM raw_events WHERE id = $1").bind(id).optional(db).await
}

/// What came in as a message, with what decides how it is shown.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct RawOfMessage {
    pub channel: String,
    pub deleted_at: Option<Micros>,
    pub body: Vec<u8>,
}

pub async fn of_message(db: &Db, message_id: &str) -> Result<Option<RawOfMessage>, DbError> {
    sql("SELECT b.channel, m.deleted_at, r.body FROM messages m JOIN raw_events r ON r.id = m.raw_event_id \
         JOIN inboxes b ON b.id = r.inbox_id WHERE m.id = $1")
    .bind(message_id)
    .optional(db)
    .await
}

/// Writes the verdict of a replay.
pub async fn set_verdict(tx: &mut Tx, id: &str, state: &str, reason: Option<&str>) -> Result<(), DbError> {
    sql("UPDATE raw_events SET state = $2, reason = $3, replays = replays + 1 WHERE id = $1")
        .bind(id)
        .bind(state)
        .bind(reason)
        .execute(tx)
        .await
        .map(|_| ())
}
