//! The SQL of news that came before its message.

use serde_json::json;
use trunkline_channel::Micros;

use crate::db::{DbError, Tx, sql};

#[derive(Debug, sqlx::FromRow)]
pub struct Waiting {
    pub id: String,
    pub inbox_id: String,
    pub external_id: String,
    pub payload: String,
    pub at: Micros,
}

/// Nothing is added where `max` wait already.
pub async fn insert(
    tx: &mut Tx,
    id: &str,
    inbox_id: &str,
    external_id: &str,
    payload: &str,
    at: Micros,
    max: i64,
) -> Result<(), DbError> {
    sql("INSERT INTO early_effects (id, inbox_id, external_id, payload, at) \
         SELECT CAST($1 AS TEXT), CAST($2 AS TEXT), CAST($3 AS TEXT), CAST($4 AS TEXT), CAST($5 AS BIGINT) \
         WHERE (SELECT COUNT(*) FROM early_effects WHERE inbox_id = $2 AND external_id = $3) < $6")
    .bind(id)
    .bind(inbox_id)
    .bind(external_id)
    .bind(payload)
    .bind(at)
    .bind(max)
    .execute(tx)
    .await
    .map(|_| ())
}

/// Takes what waited for these messages, (inbox, external id), in the order in which it came.
pub async fn take<'m>(tx: &mut Tx, messages: impl IntoIterator<Item = (&'m str, &'m str)>) -> Result<Vec<Waiting>, DbError> {
    let keys: Vec<_> = messages.into_iter().map(|(inbox, id)| json!({ "i": inbox, "e": id })).collect();
    let taken = sql("DELETE FROM early_effects WHERE id IN (SELECT e.id FROM each($1) AS j \
         JOIN early_effects e ON e.inbox_id = j.value->>'i' AND e.external_id = j.value->>'e') \
         RETURNING id, inbox_id, external_id, payload, at")
    .bind(json!(keys).to_string())
    .all(tx)
    .await?;
    Ok(in_order(taken))
}

/// Takes what waits although its message is there: one received at the same moment, or one of ours whose provider id came late.
pub async fn take_joinable(tx: &mut Tx, limit: i64) -> Result<Vec<Waiting>, DbError> {
    let taken = sql("DELETE FROM early_effects WHERE id IN (SELECT e.id FROM early_effects e \
         WHERE EXISTS (SELECT 1 FROM messages m WHERE m.inbox_id = e.inbox_id AND m.external_id = e.external_id) \
         OR EXISTS (SELECT 1 FROM external_ids x WHERE x.inbox_id = e.inbox_id AND x.external_id = e.external_id) \
         ORDER BY e.id LIMIT $1) \
         RETURNING id, inbox_id, external_id, payload, at")
    .bind(limit)
    .all(tx)
    .await?;
    Ok(in_order(taken))
}

pub async fn drop_before(tx: &mut Tx, before: Micros) -> Result<(), DbError> {
    sql("DELETE FROM early_effects WHERE at < $1").bind(before).execute(tx).await.map(|_| ())
}

fn in_order(mut taken: Vec<Waiting>) -> Vec<Waiting> {
    taken.sort_by(|a, b| a.id.cmp(&b.id));
    taken
}
