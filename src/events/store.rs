//! Reading the log.

use super::{EventKind, LoggedEvent};
use crate::db::{Db, DbError, json_array, sql};

/// Events after `seq`, oldest first.
pub async fn after(db: &Db, seq: i64, limit: i64) -> Result<Vec<LoggedEvent>, DbError> {
    sql("SELECT seq, id, stream, kind, audience, conversation_id, payload, at FROM events WHERE seq > $1 ORDER BY seq LIMIT $2")
        .bind(seq)
        .bind(limit)
        .all(db)
        .await
}

/// Events of these kinds after `seq`, oldest first.
pub async fn of_kinds_after(db: &Db, kinds: &[EventKind], seq: i64, limit: i64) -> Result<Vec<LoggedEvent>, DbError> {
    sql("SELECT seq, id, stream, kind, audience, conversation_id, payload, at FROM events \
         WHERE seq > $1 AND kind IN (SELECT value FROM each_text($2)) ORDER BY seq LIMIT $3")
    .bind(seq)
    .bind(json_array(kinds.iter().map(|kind| kind.as_str())))
    .bind(limit)
    .all(db)
    .await
}

/// Events of one conversation after `seq`, oldest first; only those its customer may read unless `staff`.
pub async fn of_conversation_after(
    db: &Db,
    conversation_id: &str,
    seq: i64,
    staff: bool,
    limit: i64,
) -> Result<Vec<LoggedEvent>, DbError> {
    sql("SELECT seq, id, stream, kind, audience, conversation_id, payload, at FROM events \
         WHERE conversation_id = $1 AND seq > $2 AND ($3 OR audience = 'everyone') ORDER BY seq LIMIT $4")
    .bind(conversation_id)
    .bind(seq)
    .bind(staff)
    .bind(limit)
    .all(db)
    .await
}

/// Number of the last event, and of the oldest one still kept.
pub async fn bounds(db: &Db) -> Result<(i64, i64), DbError> {
    sql("SELECT COALESCE(MAX(seq), 0), COALESCE(MIN(seq), 0) FROM events").one(db).await
}
