//! Who takes part in a conversation, and how far each side has read.

use trunkline_channel::Micros;

use crate::db::{DbError, Tx, sql};

/// Somebody joins (again).
pub async fn add_participant(
    tx: &mut Tx,
    conversation_id: &str,
    kind: &str,
    who: &str,
    role: &str,
    at: Micros,
) -> Result<(), DbError> {
    sql("INSERT INTO participants (conversation_id, kind, ref, role, joined_at) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (conversation_id, kind, ref) DO UPDATE SET role = excluded.role, left_at = NULL")
    .bind(conversation_id)
    .bind(kind)
    .bind(who)
    .bind(role)
    .bind(at)
    .execute(tx)
    .await
    .map(|_| ())
}

/// An operator leaves.
pub async fn leave(tx: &mut Tx, conversation_id: &str, operator_id: &str, at: Micros) -> Result<(), DbError> {
    sql("UPDATE participants SET left_at = $3 WHERE conversation_id = $1 AND kind = 'operator' AND ref = $2 AND left_at IS NULL")
        .bind(conversation_id)
        .bind(operator_id)
        .bind(at)
        .execute(tx)
        .await
        .map(|_| ())
}

/// Moves a side's seen mark forward, not back. False when it was already there.
pub async fn set_seen(tx: &mut Tx, conversation_id: &str, customer: bool, number: i64) -> Result<bool, DbError> {
    let text = if customer {
        "UPDATE conversations SET customer_seen = $2 WHERE id = $1 AND customer_seen < $2 AND last_number >= $2"
    } else {
        "UPDATE conversations SET operator_seen = $2, operator_read = CASE WHEN operator_read < $2 THEN $2 ELSE operator_read END \
         WHERE id = $1 AND operator_seen < $2 AND last_number >= $2"
    };
    Ok(sql(text).bind(conversation_id).bind(number).execute(tx).await? == 1)
}

/// Takes the operators' seen mark back to before the customer's last message, or the last of all where the customer has written
/// none. What the customer is told stays. False when it was not beyond it.
pub async fn set_unseen(tx: &mut Tx, conversation_id: &str) -> Result<bool, DbError> {
    sql("UPDATE conversations SET operator_seen = v.number - 1 FROM (SELECT COALESCE(MAX(CASE WHEN sender_type = 'customer' \
         AND deleted_at IS NULL THEN number END), MAX(number)) AS number FROM messages WHERE conversation_id = $1) AS v \
         WHERE conversations.id = $1 AND conversations.operator_seen >= v.number")
    .bind(conversation_id)
    .execute(tx)
    .await
    .map(|changed| changed == 1)
}
