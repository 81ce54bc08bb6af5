//! Tables `preferences` and `drafts`.

use trunkline_channel::Micros;

use crate::db::{Db, DbError, Tx, sql};

pub async fn preferences(db: &Db, operator_id: &str) -> Result<Option<String>, DbError> {
    let row: Option<(String,)> =
        sql("SELECT value FROM preferences WHERE operator_id = $1").bind(operator_id).optional(db).await?;
    Ok(row.map(|(value,)| value))
}

pub async fn set_preferences(tx: &mut Tx, operator_id: &str, value: &str, now: Micros) -> Result<(), DbError> {
    sql("INSERT INTO preferences (operator_id, value, updated_at) VALUES ($1, $2, $3) \
         ON CONFLICT (operator_id) DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at")
    .bind(operator_id)
    .bind(value)
    .bind(now)
    .execute(tx)
    .await
    .map(|_| ())
}

#[derive(Debug, sqlx::FromRow)]
pub struct DraftRow {
    pub kind: String,
    pub value: String,
    pub updated_at: Micros,
}

/// Those of an operator in a conversation that were changed after `since`.
pub async fn drafts(db: &Db, operator_id: &str, conversation_id: &str, since: Micros) -> Result<Vec<DraftRow>, DbError> {
    sql("SELECT kind, value, updated_at FROM drafts WHERE operator_id = $1 AND conversation_id = $2 AND updated_at > $3")
        .bind(operator_id)
        .bind(conversation_id)
        .bind(since)
        .all(db)
        .await
}

/// False when there is no such conversation.
pub async fn keep_draft(
    tx: &mut Tx,
    operator_id: &str,
    conversation_id: &str,
    kind: &str,
    value: &str,
    now: Micros,
) -> Result<bool, DbError> {
    let kept = sql("INSERT INTO drafts (operator_id, conversation_id, kind, value, updated_at) \
                    SELECT $1, id, $3, $4, $5 FROM conversations WHERE id = $2 \
                    ON CONFLICT (operator_id, conversation_id, kind) \
                    DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at")
    .bind(operator_id)
    .bind(conversation_id)
    .bind(kind)
    .bind(value)
    .bind(now)
    .execute(tx)
    .await?;
    Ok(kept > 0)
}

pub async fn drop_draft(tx: &mut Tx, operator_id: &str, conversation_id: &str, kind: &str) -> Result<(), DbError> {
    sql("DELETE FROM drafts WHERE operator_id = $1 AND conversation_id = $2 AND kind = $3")
        .bind(operator_id)
        .bind(conversation_id)
        .bind(kind)
        .execute(tx)
        .await
        .map(|_| ())
}

/// An operator's that were last changed before this.
pub async fn forget_drafts(tx: &mut Tx, operator_id: &str, before: Micros) -> Result<(), DbError> {
    sql("DELETE FROM drafts WHERE operator_id = $1 AND updated_at < $2")
        .bind(operator_id)
        .bind(before)
        .execute(tx)
        .await
        .map(|_| ())
}
