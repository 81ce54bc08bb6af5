//! The outbox. (First step: rows only.)

use trunkline_channel::{Micros, ReceiptStatus, ReceiptTarget};

use crate::db::{DbError, Tx, sql};
use crate::ids::Ids;

/// A delivery to be made, written in the transaction of its message.
#[derive(Debug)]
pub struct NewDelivery {
    pub id: String,
    pub message_id: String,
    pub conversation_id: String,
    pub inbox_id: String,
    pub number: i64,
    pub now: Micros,
}

pub async fn enqueue(tx: &mut Tx, new: NewDelivery) -> Result<(), DbError> {
    sql("INSERT INTO deliveries (id, message_id, conversation_id, inbox_id, number, state, next_at, created_at, updated_at) \
         VALUES ($1, $2, $3, $4, $5, 'queued', $6, $6, $6)")
    .bind(new.id)
    .bind(new.message_id)
    .bind(new.conversation_id)
    .bind(new.inbox_id)
    .bind(new.number)
    .bind(new.now)
    .execute(tx)
    .await
    .map(|_| ())
}

pub async fn apply_receipt(
    _tx: &mut Tx,
    _ids: &Ids,
    _inbox_id: &str,
    _target: &ReceiptTarget,
    _status: &ReceiptStatus,
    _at: Micros,
) -> Result<bool, DbError> {
    Ok(false)
}
