//! Rows of `amendments`.

use sqlx::FromRow;
use trunkline_channel::Micros;

use crate::db::{Db, DbError, Tx, json_array, sql};
use crate::deliveries::amendments::{AmendmentView, NewAmendment};

/// A change whose turn it is, with what its provider call needs.
#[derive(Debug, Clone, FromRow)]
pub struct TurnRow {
    pub id: String,
    pub message_id: String,
    pub conversation_id: String,
    pub operator_id: String,
    pub change: String,
    pub value: Option<String>,
    pub attempts: i64,
    pub free: i64,
    pub created_at: Micros,
    pub kind: String,
    /// When the message left, or the provider's time of a received one.
    pub sent_at: Option<Micros>,
    /// Of the message's first file.
    pub file_type: Option<String>,
    pub contact_id: String,
    pub identity_id: String,
    pub peer: String,
    pub peer_name: Option<String>,
    pub peer_handle: Option<String>,
    pub peer_verified: bool,
    pub peer_language: Option<String>,
}

#[derive(Debug, Clone, FromRow)]
pub struct ShownRow {
    pub message_id: String,
    pub id: String,
    pub change: String,
    pub value: Option<String>,
    pub state: String,
    pub code: Option<String>,
    pub shown: Option<String>,
    pub at: Micros,
}

impl ShownRow {
    pub fn into_view(self) -> AmendmentView {
        AmendmentView {
            id: self.id,
            change: self.change,
            value: self.value,
            state: self.state,
            code: self.code,
            shown: self.shown,
            at: self.at,
        }
    }
}

/// A newer wish takes the place of older ones that have not been begun; a deletion that of edits, too.
pub async fn insert(tx: &mut Tx, new: &NewAmendment, at: Micros) -> Result<(), DbError> {
    sql("UPDATE amendments SET state = 'replaced', updated_at = $3 WHERE message_id = $1 AND state IN ('queued', 'retry_wait', 'failed') \
         AND (change = $2 OR (change = 'edit' AND $2 = 'delete'))")
    .bind(&new.message_id)
    .bind(new.change)
    .bind(at)
    .execute(&mut *tx)
    .await?;
    sql("INSERT INTO amendments (id, message_id, conversation_id, inbox_id, operator_id, change, value, state, next_at, created_at, updated_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, 'queued', $8, $8, $8)")
    .bind(&new.id)
    .bind(&new.message_id)
    .bind(&new.conversation_id)
    .bind(&new.inbox_id)
    .bind(&new.operator_id)
    .bind(new.change)
    .bind(new.value.as_deref())
    .bind(at)
    .execute(tx)
    .await
    .map(|_| ())
}

/// Takes what is due, the oldest of each message only: what was begun before its process died is simply begun again.
pub async fn claim(
    db: &Db,
    tx: &mut Tx,
    inbox_id: &str,
    now: Micros,
    lease_until: Micros,
    limit: i64,
) -> Result<Vec<TurnRow>, DbError> {
    let taken: Vec<(String,)> = sql(format!(
        "UPDATE amendments SET state = 'sending', attempts = attempts + 1, lease_until = $3, updated_at = $2 WHERE id IN (\
         SELECT a.id FROM amendments a WHERE a.inbox_id = $1 AND a.state IN ('queued', 'sending', 'retry_wait') \
         AND a.next_at <= $2 AND a.lease_until <= $2 AND (SELECT b.held_until FROM inboxes b WHERE b.id = $1) <= $2 \
         AND NOT EXISTS (SELECT 1 FROM amendments e WHERE e.message_id = a.message_id AND e.id < a.id \
         AND e.state IN ('queued', 'sending', 'retry_wait')) ORDER BY a.next_at, a.id LIMIT $4{}) \
         AND state IN ('queued', 'sending', 'retry_wait') AND lease_until <= $2 RETURNING id",
        db.skip_locked()
    ))
    .bind(inbox_id)
    .bind(now)
    .bind(lease_until)
    .bind(limit)
    .all(&mut *tx)
    .await?;
    if taken.is_empty() {
        return Ok(Vec::new());
    }
    sql("SELECT a.id, a.message_id, a.conversation_id, a.operator_id, a.change, a.value, a.attempts, a.free, a.created_at, m.kind, \
         COALESCE(d.sent_at, m.sent_at, m.created_at) AS sent_at, (SELECT f.content_type FROM attachments f WHERE f.message_id = m.id \
         ORDER BY f.position LIMIT 1) AS file_type, c.contact_id, i.id AS identity_id, i.external_id AS peer, COALESCE(i.name, p.name) AS peer_name, \
         i.handle AS peer_handle, i.verified AS peer_verified, p.language AS peer_language \
         FROM amendments a JOIN messages m ON m.id = a.message_id JOIN conversations c ON c.id = a.conversation_id \
         JOIN identities i ON i.id = c.identity_id JOIN contacts p ON p.id = c.contact_id LEFT JOIN deliveries d ON d.message_id = m.id \
         WHERE a.id IN (SELECT value FROM each_text($1)) ORDER BY a.id")
    .bind(json_array(taken.iter().map(|(id,)| id.as_str())))
    .all(tx)
    .await
}

/// Ends an attempt. False when it is not under way any more.
pub async fn settle(
    tx: &mut Tx,
    row: &TurnRow,
    state: &str,
    next_at: Micros,
    free: bool,
    told: (Option<&str>, Option<&str>),
    now: Micros,
) -> Result<bool, DbError> {
    Ok(sql("UPDATE amendments SET state = $3, next_at = $4, free = free + $5, code = $6, shown = $7, updated_at = $8, lease_until = 0 \
         WHERE id = $1 AND attempts = $2 AND state = 'sending'")
    .bind(&row.id)
    .bind(row.attempts)
    .bind(state)
    .bind(next_at)
    .bind(i64::from(free))
    .bind(told.0)
    .bind(told.1)
    .bind(now)
    .execute(tx)
    .await?
        == 1)
}

/// With another connector what failed may go well at once. What the provider has asked to wait still waits.
pub async fn release(db: &Db, inbox_id: &str, now: Micros) -> Result<(), DbError> {
    let mut tx = db.begin().await?;
    sql("UPDATE amendments SET next_at = $2 WHERE inbox_id = $1 AND state = 'retry_wait' AND next_at > $2 \
         AND COALESCE(code, '') <> 'rate_limited'")
    .bind(inbox_id)
    .bind(now)
    .execute(&mut tx)
    .await?;
    tx.commit().await.map(|_| ())
}

/// After a restart of the only process there is, nobody is at it any more.
pub async fn expire_all(tx: &mut Tx) -> Result<u64, DbError> {
    sql("UPDATE amendments SET lease_until = 0 WHERE state = 'sending'").execute(tx).await
}

/// Provider ids of a message's parts, in the order they were given out where the provider counts.
pub async fn external_ids(tx: &mut Tx, message_id: &str) -> Result<Vec<String>, DbError> {
    let rows: Vec<(String,)> = sql("SELECT external_id FROM messages WHERE id = $1 AND external_id IS NOT NULL \
         UNION SELECT external_id FROM external_ids WHERE message_id = $1")
    .bind(message_id)
    .all(tx)
    .await?;
    let mut ids: Vec<String> = rows.into_iter().map(|(id,)| id).collect();
    // Numbers of one length sort like their texts.
    ids.sort_by(|one, other| (one.len(), one).cmp(&(other.len(), other)));
    Ok(ids)
}

/// The last change of each message that is not done: still on its way, or refused.
pub async fn open_of(db: &Db, message_ids: &[&str]) -> Result<Vec<ShownRow>, DbError> {
    sql("SELECT message_id, id, change, value, state, code, shown, updated_at AS at FROM amendments \
         WHERE message_id IN (SELECT value FROM each_text($1)) AND state IN ('queued', 'sending', 'retry_wait', 'failed') ORDER BY id")
    .bind(json_array(message_ids.iter().copied()))
    .all(db)
    .await
}

/// The business shows one reaction: that of another operator gives way.
pub async fn clear_reactions_of_operators(tx: &mut Tx, message_id: &str, but_of: &str) -> Result<(), DbError> {
    sql("DELETE FROM reactions WHERE message_id = $1 AND actor LIKE 'operator:%' AND actor <> $2")
        .bind(message_id)
        .bind(but_of)
        .execute(tx)
        .await
        .map(|_| ())
}
