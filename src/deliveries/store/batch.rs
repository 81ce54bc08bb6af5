//! The dispatcher's statements: each for many deliveries at once.

use serde_json::{Value, json};
use sqlx::FromRow;
use trunkline_channel::Micros;

use crate::db::{Db, DbError, Tx, bulk, json_array, sql};
use crate::deliveries::State;
use crate::deliveries::verdict::{RECONCILING, Verdict};

/// A delivery whose turn it is, with all that its message says.
#[derive(Debug, Clone, FromRow)]
pub struct DueRow {
    pub id: String,
    pub message_id: String,
    pub conversation_id: String,
    pub number: i64,
    pub created_at: Micros,
    pub kind: String,
    pub text: String,
    pub html: Option<String>,
    pub author: Option<String>,
    pub automatic: bool,
    pub extra: String,
    /// Provider id of the message being answered.
    pub reply_to: Option<String>,
    pub last_inbound_at: Option<Micros>,
    /// Provider id of the customer's last message.
    pub last_inbound: Option<String>,
    pub subject: Option<String>,
    pub contact_id: String,
    pub identity_id: String,
    pub peer: String,
    pub peer_name: Option<String>,
    pub peer_handle: Option<String>,
    pub peer_verified: bool,
    pub peer_language: Option<String>,
    /// The inbox through which it leaves.
    pub inbox_id: String,
    /// What stands under the mails of a conversation that was handed over to mail; its address is then the peer.
    pub footer: Option<String>,
}

/// A delivery that is ours to send now.
#[derive(Debug, Clone, FromRow)]
pub struct ClaimRow {
    pub id: String,
    pub attempts: i64,
    pub round_started: i64,
}

/// A send that was begun and never ended.
#[derive(Debug, Clone, FromRow)]
pub struct ExpiredRow {
    pub id: String,
    pub message_id: String,
    pub conversation_id: String,
    pub number: i64,
    pub attempts: i64,
    pub round_started: i64,
    pub created_at: Micros,
    pub code: Option<String>,
}

#[derive(Debug, Clone, FromRow)]
pub struct AttachmentRow {
    pub message_id: String,
    pub name: String,
    pub content_type: String,
    pub size: i64,
    pub hash: String,
}

#[derive(Debug, Clone, FromRow)]
pub struct ReferenceRow {
    pub external_id: String,
}

/// Heads of their conversations that may be sent now, oldest first. A later reply waits while an earlier one is under
/// way or in doubt; nothing is due while the provider slows the inbox down.
pub async fn due(db: &Db, inbox_id: &str, now: Micros, limit: i64, realtime: bool) -> Result<Vec<DueRow>, DbError> {
    sql("SELECT d.id, d.message_id, d.conversation_id, d.number, d.created_at, m.kind, m.text, m.html, m.sender_name AS author, \
         m.automatic, m.extra, \
         COALESCE(CASE WHEN r.inbox_id = d.inbox_id THEN r.external_id END, \
         (SELECT MIN(e.external_id) FROM external_ids e WHERE e.message_id = r.id AND e.inbox_id = d.inbox_id)) AS reply_to, \
         c.subject, c.last_inbound_at, CASE WHEN $4 THEN (SELECT l.external_id FROM messages l \
         WHERE l.conversation_id = d.conversation_id AND l.sender_type = 'customer' AND l.external_id IS NOT NULL AND l.inbox_id = d.inbox_id \
         ORDER BY l.number DESC LIMIT 1) END AS last_inbound, \
         c.contact_id, i.id AS identity_id, COALESCE(h.email, i.external_id) AS peer, COALESCE(h.name, i.name, p.name) AS peer_name, \
         COALESCE(h.email, i.handle) AS peer_handle, h.email IS NULL AND i.verified AS peer_verified, p.language AS peer_language, \
         d.inbox_id, h.footer \
         FROM deliveries d JOIN messages m ON m.id = d.message_id JOIN conversations c ON c.id = d.conversation_id \
         JOIN identities i ON i.id = c.identity_id JOIN contacts p ON p.id = c.contact_id LEFT JOIN messages r ON r.id = m.reply_to \
         LEFT JOIN mail_handovers h ON h.conversation_id = d.conversation_id AND h.inbox_id = d.inbox_id \
         WHERE d.inbox_id = $1 AND d.state IN ('queued', 'retry_wait') AND d.next_at <= $2 \
         AND (SELECT b.held_until FROM inboxes b WHERE b.id = $1) <= $2 \
         AND NOT EXISTS (SELECT 1 FROM deliveries e WHERE e.conversation_id = d.conversation_id AND e.number < d.number \
         AND e.state IN ('queued', 'sending', 'retry_wait', 'uncertain')) ORDER BY d.next_at, d.id LIMIT $3")
    .bind(inbox_id)
    .bind(now)
    .bind(limit)
    // Visitors of our own wire are told by the log: nobody asks which message was their last.
    .bind(!realtime)
    .all(db)
    .await
}

/// The next moment at which something may become due by itself.
pub async fn next_due(db: &Db, inbox_id: &str, now: Micros) -> Result<Option<Micros>, DbError> {
    let (next, held): (Option<i64>, i64) = sql("SELECT (SELECT MIN(next_at) FROM deliveries WHERE inbox_id = $1 \
         AND state IN ('queued', 'retry_wait') AND next_at > $2), held_until FROM inboxes WHERE id = $1")
    .bind(inbox_id)
    .bind(now)
    .one(db)
    .await?;
    Ok(if held > now { Some(held) } else { next })
}

/// Takes what is still to be taken; what another process took meanwhile is left out.
pub async fn claim(db: &Db, tx: &mut Tx, ids: &[&str], now: Micros, lease_until: Micros) -> Result<Vec<ClaimRow>, DbError> {
    let claimed: Vec<ClaimRow> = sql(format!(
        "UPDATE deliveries SET state = 'sending', attempts = attempts + 1, lease_until = $2, updated_at = $3, code = NULL, shown = NULL \
         WHERE id IN (SELECT id FROM deliveries WHERE id IN (SELECT value FROM each_text($1)) AND state IN ('queued', 'retry_wait') \
         AND next_at <= $3{}) AND state IN ('queued', 'retry_wait') RETURNING id, attempts, round_started",
        db.skip_locked()
    ))
    .bind(json_array(ids.iter().copied()))
    .bind(lease_until)
    .bind(now)
    .all(&mut *tx)
    .await?;
    let mut attempts = bulk("INSERT INTO delivery_attempts (delivery_id, attempt, started_at)", 3, "");
    for claim in &claimed {
        attempts.row([(&claim.id).into(), claim.attempts.into(), now.into()]);
    }
    attempts.execute(tx).await?;
    Ok(claimed)
}

/// Ends attempts. Returns the deliveries that were still under that very attempt and have moved on.
pub async fn settle(tx: &mut Tx, ended: &[(&str, i64, Verdict)], now: Micros) -> Result<Vec<String>, DbError> {
    let rows: Vec<Value> = ended
        .iter()
        .map(|(id, attempt, verdict)| {
            let waits = verdict.state == State::RetryWait;
            json!({
                "id": id,
                "attempt": attempt,
                "state": verdict.state.as_str(),
                "next_at": if waits { verdict.until } else { None },
                "lease_until": if waits { None } else { verdict.until },
                "free": i64::from(!verdict.counts),
                "code": verdict.code,
                "shown": verdict.shown,
                "outcome": verdict.outcome,
                "detail": verdict.detail,
            })
        })
        .collect();
    let rows = Value::Array(rows).to_string();
    let settled: Vec<(String,)> = sql("UPDATE deliveries SET state = v.state, next_at = COALESCE(v.next_at, deliveries.next_at), \
         lease_until = v.lease_until, round_started = deliveries.round_started + v.free, code = v.code, shown = v.shown, updated_at = $2, \
         sent_at = CASE WHEN v.state IN ('sent', 'delivered') THEN $2 ELSE deliveries.sent_at END, \
         delivered_at = CASE WHEN v.state = 'delivered' THEN $2 ELSE deliveries.delivered_at END \
         FROM (SELECT value->>'id' AS delivery_id, CAST(value->>'attempt' AS BIGINT) AS attempt, value->>'state' AS state, \
         CAST(value->>'next_at' AS BIGINT) AS next_at, CAST(value->>'lease_until' AS BIGINT) AS lease_until, \
         CAST(value->>'free' AS BIGINT) AS free, value->>'code' AS code, value->>'shown' AS shown FROM each($1)) AS v \
         WHERE deliveries.id = v.delivery_id AND deliveries.state = 'sending' AND deliveries.attempts = v.attempt RETURNING deliveries.id")
    .bind(&rows)
    .bind(now)
    .all(&mut *tx)
    .await?;
    sql("UPDATE delivery_attempts SET finished_at = $2, outcome = v.outcome, detail = v.detail \
         FROM (SELECT value->>'id' AS delivery, CAST(value->>'attempt' AS BIGINT) AS number, value->>'outcome' AS outcome, \
         value->>'detail' AS detail FROM each($1)) AS v \
         WHERE delivery_attempts.delivery_id = v.delivery AND delivery_attempts.attempt = v.number")
    .bind(&rows)
    .bind(now)
    .execute(&mut *tx)
    .await?;
    Ok(settled.into_iter().map(|(id,)| id).collect())
}

/// Shows on the messages how their deliveries stand: (message id, status).
pub async fn set_statuses(tx: &mut Tx, statuses: &[(&str, &str)]) -> Result<(), DbError> {
    if statuses.is_empty() {
        return Ok(());
    }
    let rows: Vec<Value> = statuses.iter().map(|(id, status)| json!({ "id": id, "status": status })).collect();
    sql("UPDATE messages SET status = v.status FROM (SELECT value->>'id' AS message_id, value->>'status' AS status FROM each($1)) AS v \
         WHERE messages.id = v.message_id")
    .bind(Value::Array(rows).to_string())
    .execute(tx)
    .await
    .map(|_| ())
}

/// Says that these sends are still under way.
pub async fn renew(tx: &mut Tx, ids: &[&str], lease_until: Micros) -> Result<(), DbError> {
    sql("UPDATE deliveries SET lease_until = $2 WHERE id IN (SELECT value FROM each_text($1)) AND state = 'sending'")
        .bind(json_array(ids.iter().copied()))
        .bind(lease_until)
        .execute(tx)
        .await
        .map(|_| ())
}

pub async fn expired(db: &Db, inbox_id: &str, now: Micros, limit: i64) -> Result<Vec<ExpiredRow>, DbError> {
    sql("SELECT id, message_id, conversation_id, number, attempts, round_started, created_at, code FROM deliveries \
         WHERE state = 'sending' AND inbox_id = $1 AND lease_until < $2 ORDER BY id LIMIT $3")
    .bind(inbox_id)
    .bind(now)
    .bind(limit)
    .all(db)
    .await
}

/// After a restart of the only process there is, nobody is sending any more.
pub async fn expire_all(tx: &mut Tx) -> Result<u64, DbError> {
    sql("UPDATE deliveries SET lease_until = 0 WHERE state = 'sending' AND COALESCE(code, '') <> $1")
        .bind(RECONCILING)
        .execute(tx)
        .await
}

/// What waits because credentials were refused is due now: there may be others.
pub async fn release_refused(db: &Db, inbox_id: &str, now: Micros) -> Result<(), DbError> {
    let mut tx = db.begin().await?;
    sql("UPDATE deliveries SET next_at = $2 WHERE inbox_id = $1 AND state = 'retry_wait' AND next_at > $2 \
         AND EXISTS (SELECT 1 FROM delivery_attempts a WHERE a.delivery_id = deliveries.id AND a.attempt = deliveries.attempts \
         AND a.outcome = 'bad_credentials')")
    .bind(inbox_id)
    .bind(now)
    .execute(&mut tx)
    .await?;
    tx.commit().await.map(|_| ())
}

/// Keeps the provider's slow-down over restarts and for all processes; an earlier end never replaces a later one.
pub async fn hold(tx: &mut Tx, inbox_id: &str, until: Micros) -> Result<(), DbError> {
    sql("UPDATE inboxes SET held_until = $1 WHERE id = $2 AND held_until < $1")
        .bind(until)
        .bind(inbox_id)
        .execute(tx)
        .await
        .map(|_| ())
}

pub async fn attachments(db: &Db, message_ids: &[&str]) -> Result<Vec<AttachmentRow>, DbError> {
    sql("SELECT message_id, name, content_type, size, hash FROM attachments \
         WHERE message_id IN (SELECT value FROM each_text($1)) AND state = 'stored' AND hash IS NOT NULL ORDER BY message_id, position")
    .bind(json_array(message_ids.iter().copied()))
    .all(db)
    .await
}

/// Provider ids of a conversation's last messages before the delivery's, newest first: those that its inbox knows.
pub async fn references(db: &Db, row: &DueRow, limit: i64) -> Result<Vec<ReferenceRow>, DbError> {
    sql("SELECT COALESCE(CASE WHEN m.inbox_id = $4 THEN m.external_id END, e.external_id) AS external_id \
         FROM messages m LEFT JOIN external_ids e ON e.message_id = m.id AND e.inbox_id = $4 \
         WHERE m.conversation_id = $1 AND m.number < $2 AND ((m.inbox_id = $4 AND m.external_id IS NOT NULL) OR e.external_id IS NOT NULL) \
         ORDER BY m.number DESC, external_id LIMIT $3")
    .bind(&row.conversation_id)
    .bind(row.number)
    .bind(limit)
    .bind(&row.inbox_id)
    .all(db)
    .await
}

/// Other ids that the provider knows these people by: (identity, id).
pub async fn aliases(db: &Db, identity_ids: &[&str]) -> Result<Vec<(String, String)>, DbError> {
    sql("SELECT identity_id, external_id FROM identity_aliases WHERE identity_id IN (SELECT value FROM each_text($1)) \
         AND until IS NULL ORDER BY external_id")
    .bind(json_array(identity_ids.iter().copied()))
    .all(db)
    .await
}
