//! SQL of the outbox: single deliveries and receipts here, the dispatcher's batches in [`batch`].

pub mod amendments;
pub mod batch;
pub mod echoes;
pub mod signals;

use sqlx::FromRow;
use trunkline_channel::Micros;

use super::{NewDelivery, State};
use crate::contacts::store::identities::identity_of;
use crate::db::{Conn, Db, DbError, Tx, bulk, json_array, sql};

const COLUMNS: &str = "d.id, d.message_id, d.conversation_id, d.inbox_id, d.number, d.state, d.attempts, d.next_at, d.code, d.shown, \
     d.created_at, d.updated_at, d.sent_at, d.delivered_at, d.read_at";

/// One delivery as it stands.
#[derive(Debug, Clone, FromRow)]
pub struct DeliveryRow {
    pub id: String,
    pub message_id: String,
    pub conversation_id: String,
    pub inbox_id: String,
    pub number: i64,
    pub state: String,
    pub attempts: i64,
    pub next_at: Micros,
    pub code: Option<String>,
    pub shown: Option<String>,
    pub created_at: Micros,
    pub updated_at: Micros,
    pub sent_at: Option<Micros>,
    pub delivered_at: Option<Micros>,
    pub read_at: Option<Micros>,
}

#[derive(Debug, Clone, FromRow)]
pub struct AttemptRow {
    pub attempt: i64,
    pub started_at: Micros,
    pub finished_at: Option<Micros>,
    pub outcome: Option<String>,
    pub detail: Option<String>,
}

/// News that came before the id it is about.
#[derive(Debug, Clone, FromRow)]
pub struct PendingReceipt {
    pub id: String,
    pub inbox_id: String,
    pub external_id: String,
    pub payload: String,
    pub at: Micros,
}

pub async fn insert(tx: &mut Tx, new: &NewDelivery, not_before: Micros) -> Result<(), DbError> {
    sql("INSERT INTO deliveries (id, message_id, conversation_id, inbox_id, number, state, next_at, created_at, updated_at) \
         VALUES ($1, $2, $3, $4, $5, 'queued', $6, $7, $7)")
    .bind(&new.id)
    .bind(&new.message_id)
    .bind(&new.conversation_id)
    .bind(&new.inbox_id)
    .bind(new.number)
    .bind(not_before)
    .bind(new.now)
    .execute(tx)
    .await
    .map(|_| ())
}

pub async fn by_id<'c>(on: impl Into<Conn<'c>>, id: &str) -> Result<Option<DeliveryRow>, DbError> {
    sql(format!("SELECT {COLUMNS} FROM deliveries d WHERE d.id = $1")).bind(id).optional(on).await
}

/// Whether the last attempt itself did not fail: a failure is then what the provider told of it later.
pub async fn went_well(tx: &mut Tx, id: &str) -> Result<bool, DbError> {
    let row: Option<(i64,)> =
        sql("SELECT a.attempt FROM deliveries d JOIN delivery_attempts a ON a.delivery_id = d.id AND a.attempt = d.attempts \
         WHERE d.id = $1 AND (a.outcome IS NULL OR a.outcome = 'sent')")
        .bind(id)
        .optional(tx)
        .await?;
    Ok(row.is_some())
}

pub async fn by_message<'c>(on: impl Into<Conn<'c>>, message_id: &str) -> Result<Option<DeliveryRow>, DbError> {
    sql(format!("SELECT {COLUMNS} FROM deliveries d WHERE d.message_id = $1")).bind(message_id).optional(on).await
}

/// The delivery of which `external_id` is one of the provider's ids.
pub async fn by_external_id(tx: &mut Tx, inbox_id: &str, external_id: &str) -> Result<Option<DeliveryRow>, DbError> {
    sql(format!(
        "SELECT {COLUMNS} FROM external_ids e JOIN deliveries d ON d.message_id = e.message_id WHERE e.inbox_id = $1 AND e.external_id = $2"
    ))
    .bind(inbox_id)
    .bind(external_id)
    .optional(tx)
    .await
}

/// Whether a peer is the one whom a conversation's answers are for, and not somebody with a copy.
pub async fn is_customer(tx: &mut Tx, conversation_id: &str, peer: &str) -> Result<bool, DbError> {
    let found: Option<(i64,)> = sql("SELECT CAST(1 AS BIGINT) FROM conversations c JOIN identities i ON i.id = c.identity_id \
         LEFT JOIN mail_handovers h ON h.conversation_id = c.id WHERE c.id = $1 AND (i.external_id = $2 OR h.email = $2)")
    .bind(conversation_id)
    .bind(peer)
    .optional(tx)
    .await?;
    Ok(found.is_some())
}

/// Deliveries to a peer that were taken by the provider up to a moment and have not got as far as `to`.
pub async fn taken_by_peer(
    tx: &mut Tx,
    inbox_id: &str,
    peer: &str,
    until: Micros,
    to: State,
) -> Result<Vec<DeliveryRow>, DbError> {
    sql(format!(
        "SELECT {COLUMNS} FROM conversations c JOIN deliveries d ON d.conversation_id = c.id \
         WHERE c.identity_id = {} AND d.sent_at <= $3 \
         AND CASE d.state WHEN 'sent' THEN TRUE WHEN 'delivered' THEN $4 ELSE FALSE END ORDER BY d.number",
        // A CASE, so that no index over all that was ever sent looks tempting. Also under an id that the provider has taken away since.
        identity_of("$1", "$2", "0")
    ))
    .bind(inbox_id)
    .bind(peer)
    .bind(until)
    .bind(to == State::Read)
    .all(tx)
    .await
}

/// Deliveries of a conversation of our own wire that its customer's program has now, or that the customer has `read`. What
/// waits to leave by mail waits for nothing less than being read.
pub async fn reached_in_conversation(
    tx: &mut Tx,
    conversation_id: &str,
    up_to: i64,
    read: bool,
) -> Result<Vec<DeliveryRow>, DbError> {
    let states = if read {
        " AND d.state IN ('queued', 'sending', 'retry_wait', 'uncertain', 'failed', 'sent', 'delivered')"
    } else {
        " AND (d.state = 'sent' OR d.state IN ('queued', 'sending') \
         AND d.inbox_id = (SELECT c.inbox_id FROM conversations c WHERE c.id = d.conversation_id))"
    };
    sql(format!("SELECT {COLUMNS} FROM deliveries d WHERE d.conversation_id = $1 AND d.number <= $2{states} ORDER BY d.number"))
        .bind(conversation_id)
        .bind(up_to)
        .all(tx)
        .await
}

/// Deliveries of a conversation that its customer has seen by number and that are not marked as read.
pub async fn taken_in_conversation(tx: &mut Tx, conversation_id: &str, up_to: i64) -> Result<Vec<DeliveryRow>, DbError> {
    sql(format!(
        "SELECT {COLUMNS} FROM deliveries d WHERE d.conversation_id = $1 AND d.number <= $2 \
         AND d.state IN ('queued', 'sending', 'sent', 'delivered') ORDER BY d.number"
    ))
    .bind(conversation_id)
    .bind(up_to)
    .all(tx)
    .await
}

pub async fn attempts(db: &Db, delivery_id: &str) -> Result<Vec<AttemptRow>, DbError> {
    sql("SELECT attempt, started_at, finished_at, outcome, detail FROM delivery_attempts WHERE delivery_id = $1 ORDER BY attempt")
        .bind(delivery_id)
        .all(db)
        .await
}

/// Newest first, after the delivery `before`.
pub async fn list(
    db: &Db,
    state: Option<&str>,
    inbox: Option<&str>,
    before: Option<&str>,
    limit: i64,
) -> Result<Vec<DeliveryRow>, DbError> {
    let mut query = sql(format!("SELECT {COLUMNS} FROM deliveries d WHERE TRUE"));
    for (condition, value) in [(" AND d.state = ?", state), (" AND d.inbox_id = ?", inbox), (" AND d.id < ?", before)] {
        if let Some(value) = value {
            query = query.push_bound(condition, vec![value.into()]);
        }
    }
    query.push_bound(" ORDER BY d.id DESC LIMIT ?", vec![limit.into()]).all(db).await
}

/// Moves a delivery and its message on, if it is still in the state that was read. `false`: somebody else was quicker.
pub async fn advance(tx: &mut Tx, row: &DeliveryRow, to: State, now: Micros) -> Result<bool, DbError> {
    let reached = |steps: &[State]| steps.contains(&to).then_some(now);
    let changed = sql("UPDATE deliveries SET state = $1, code = $2, shown = $3, updated_at = $4, lease_until = NULL, \
         sent_at = COALESCE(sent_at, $5), delivered_at = COALESCE(delivered_at, $6), read_at = COALESCE(read_at, $7) \
         WHERE id = $8 AND state = $9")
    .bind(to.as_str())
    .bind(row.code.clone())
    .bind(row.shown.clone())
    .bind(now)
    .bind(reached(&[State::Sent, State::Delivered, State::Read]))
    .bind(reached(&[State::Delivered, State::Read]))
    .bind(reached(&[State::Read]))
    .bind(&row.id)
    .bind(&row.state)
    .execute(&mut *tx)
    .await?;
    if changed == 0 {
        return Ok(false);
    }
    set_message_status(tx, &row.message_id, to).await?;
    Ok(true)
}

/// A person asks for another round of attempts; waiting ones are only brought forward.
pub async fn send_again(tx: &mut Tx, row: &DeliveryRow, now: Micros) -> Result<bool, DbError> {
    let changed = sql(
        "UPDATE deliveries SET state = 'queued', next_at = $1, updated_at = $1, code = NULL, shown = NULL, lease_until = NULL, \
         round_started = CASE WHEN state = 'retry_wait' THEN round_started ELSE attempts END WHERE id = $2 AND state = $3",
    )
    .bind(now)
    .bind(&row.id)
    .bind(&row.state)
    .execute(&mut *tx)
    .await?;
    if changed == 0 {
        return Ok(false);
    }
    set_message_status(tx, &row.message_id, State::Queued).await?;
    Ok(true)
}

async fn set_message_status(tx: &mut Tx, message_id: &str, state: State) -> Result<(), DbError> {
    sql("UPDATE messages SET status = $1 WHERE id = $2 AND status <> $1")
        .bind(state.status())
        .bind(message_id)
        .execute(tx)
        .await
        .map(|_| ())
}

/// Keeps a remark for the operator without a change of state.
pub async fn remark(tx: &mut Tx, id: &str, code: &str, shown: &str, now: Micros) -> Result<(), DbError> {
    sql("UPDATE deliveries SET code = $1, shown = $2, updated_at = $3 WHERE id = $4")
        .bind(code)
        .bind(shown)
        .bind(now)
        .bind(id)
        .execute(tx)
        .await
        .map(|_| ())
}

pub async fn insert_external_ids(tx: &mut Tx, inbox_id: &str, pairs: &[(&str, &str)]) -> Result<(), DbError> {
    let mut rows = bulk("INSERT INTO external_ids (inbox_id, external_id, message_id)", 3, "ON CONFLICT DO NOTHING");
    for (external_id, message_id) in pairs {
        rows.row([inbox_id.into(), (*external_id).into(), (*message_id).into()]);
    }
    rows.execute(tx).await.map(|_| ())
}

pub async fn insert_pending(tx: &mut Tx, pending: &PendingReceipt) -> Result<(), DbError> {
    sql("INSERT INTO pending_receipts (id, inbox_id, external_id, payload, at) VALUES ($1, $2, $3, $4, $5)")
        .bind(&pending.id)
        .bind(&pending.inbox_id)
        .bind(&pending.external_id)
        .bind(&pending.payload)
        .bind(pending.at)
        .execute(tx)
        .await
        .map(|_| ())
}

/// Takes the news that waited for these ids.
pub async fn take_pending(tx: &mut Tx, inbox_id: &str, external_ids: &[&str]) -> Result<Vec<PendingReceipt>, DbError> {
    let mut taken: Vec<PendingReceipt> = sql("DELETE FROM pending_receipts WHERE inbox_id = $2 \
         AND external_id IN (SELECT value FROM each_text($1)) RETURNING id, inbox_id, external_id, payload, at")
    .bind(json_array(external_ids.iter().copied()))
    .bind(inbox_id)
    .all(tx)
    .await?;
    taken.sort_by(|a, b| a.id.cmp(&b.id));
    Ok(taken)
}

/// Takes news whose id has become known without it being noticed (both came at the same moment).
pub async fn take_joinable(tx: &mut Tx, limit: i64) -> Result<Vec<PendingReceipt>, DbError> {
    let mut taken: Vec<PendingReceipt> = sql("DELETE FROM pending_receipts WHERE id IN (SELECT p.id FROM pending_receipts p \
         JOIN external_ids e ON e.inbox_id = p.inbox_id AND e.external_id = p.external_id ORDER BY p.id LIMIT $1) \
         RETURNING id, inbox_id, external_id, payload, at")
    .bind(limit)
    .all(tx)
    .await?;
    taken.sort_by(|a, b| a.id.cmp(&b.id));
    Ok(taken)
}

pub async fn drop_pending_before(tx: &mut Tx, before: Micros) -> Result<u64, DbError> {
    sql("DELETE FROM pending_receipts WHERE at < $1").bind(before).execute(tx).await
}
