//! News from providers about what we sent: by provider id, by our own delivery id, or up to a moment; early, late,
//! repeated, or with steps left out.

use serde::{Deserialize, Serialize};
use trunkline_channel::{Micros, ReceiptStatus, ReceiptTarget};

use super::store::{self, DeliveryRow, PendingReceipt};
use super::{State, bell, echoes, emit_updated};
use crate::db::{DbError, Tx};
use crate::ids::Ids;

/// Attempts to change a row that others are changing at the same moment.
const MAX_RACES: usize = 5;
/// Watermarks are rounded by providers and made by their clocks.
const WATERMARK_SLACK: Micros = 1_000_000;
/// Pending news joined at once by the housekeeper.
const JOIN_BATCH: i64 = 100;
/// News about an id that has not become known by then never will be.
const PENDING_KEPT: Micros = 24 * 3600 * 1_000_000;

#[derive(Serialize, Deserialize)]
struct Payload {
    status: ReceiptStatus,
    at: Micros,
}

/// Applies a receipt. `false`: nobody we know; where the target is a provider id it is kept until the id is registered.
pub async fn apply_receipt(
    tx: &mut Tx,
    ids: &Ids,
    inbox_id: &str,
    target: &ReceiptTarget,
    status: &ReceiptStatus,
    at: Micros,
) -> Result<bool, DbError> {
    let rows = match target {
        ReceiptTarget::Message(external_id) => match store::by_external_id(tx, inbox_id, external_id).await? {
            Some(row) => vec![row],
            None => {
                keep(tx, ids, inbox_id, external_id, status, at).await?;
                return Ok(false);
            }
        },
        ReceiptTarget::Delivery(id) => {
            store::by_id(&mut *tx, id).await?.into_iter().filter(|row| row.inbox_id == inbox_id).collect()
        }
        ReceiptTarget::UpTo { peer, at } => {
            let to = if *status == ReceiptStatus::Read { State::Read } else { State::Delivered };
            store::taken_by_peer(tx, inbox_id, peer, at.saturating_add(WATERMARK_SLACK), to).await?
        }
        ReceiptTarget::UpToMessage { peer: _, external_id } => match store::by_external_id(tx, inbox_id, external_id).await? {
            Some(last) => store::taken_in_conversation(tx, &last.conversation_id, last.number).await?,
            None => Vec::new(),
        },
    };
    let known = !rows.is_empty();
    for row in rows {
        apply(tx, ids, row, status, at).await?;
    }
    Ok(known || matches!(target, ReceiptTarget::UpTo { .. }))
}

/// Registers the provider's ids of a message we sent, and applies news that came before them.
pub async fn register_external_ids(
    tx: &mut Tx,
    ids: &Ids,
    inbox_id: &str,
    message_id: &str,
    external_ids: &[String],
    now: Micros,
) -> Result<(), DbError> {
    let pairs: Vec<(&str, &str)> = external_ids.iter().map(|id| (id.as_str(), message_id)).collect();
    register(tx, ids, inbox_id, &pairs, now).await
}

/// Marks what a conversation's customer has seen, up to a message's number, as read.
pub async fn seen_by_customer(tx: &mut Tx, ids: &Ids, conversation_id: &str, up_to: i64, at: Micros) -> Result<(), DbError> {
    reached(tx, ids, conversation_id, up_to, &ReceiptStatus::Read, at).await
}

/// Marks what a customer's program has received, up to a message's number, as delivered.
pub async fn received_by_customer(tx: &mut Tx, ids: &Ids, conversation_id: &str, up_to: i64, at: Micros) -> Result<(), DbError> {
    reached(tx, ids, conversation_id, up_to, &ReceiptStatus::Delivered, at).await
}

/// Our own wire needs no provider's word, and is quicker than the outbox: what is still queued may have arrived.
async fn reached(
    tx: &mut Tx,
    ids: &Ids,
    conversation_id: &str,
    up_to: i64,
    status: &ReceiptStatus,
    at: Micros,
) -> Result<(), DbError> {
    for row in store::reached_in_conversation(tx, conversation_id, up_to, *status == ReceiptStatus::Read).await? {
        apply(tx, ids, row, status, at).await?;
    }
    Ok(())
}

/// Registers (external id, message id) pairs of one inbox.
pub(super) async fn register(tx: &mut Tx, ids: &Ids, inbox_id: &str, pairs: &[(&str, &str)], now: Micros) -> Result<(), DbError> {
    if pairs.is_empty() {
        return Ok(());
    }
    store::insert_external_ids(tx, inbox_id, pairs).await?;
    echoes::withdraw(tx, ids, inbox_id, pairs, now).await?;
    let external_ids: Vec<&str> = pairs.iter().map(|(external_id, _)| *external_id).collect();
    let waiting = store::take_pending(tx, inbox_id, &external_ids).await?;
    join(tx, ids, waiting).await
}

/// Joins news and ids that missed each other, and drops what waited too long.
pub(super) async fn tidy_pending(tx: &mut Tx, ids: &Ids, now: Micros) -> Result<(), DbError> {
    let waiting = store::take_joinable(tx, JOIN_BATCH).await?;
    join(tx, ids, waiting).await?;
    store::drop_pending_before(tx, now.saturating_sub(PENDING_KEPT)).await.map(|_| ())
}

async fn join(tx: &mut Tx, ids: &Ids, waiting: Vec<PendingReceipt>) -> Result<(), DbError> {
    for pending in waiting {
        // Written by `keep` below; what an older version wrote differently is worth no trouble.
        let Ok(Payload { status, at }) = serde_json::from_str(&pending.payload) else { continue };
        if let Some(row) = store::by_external_id(tx, &pending.inbox_id, &pending.external_id).await? {
            apply(tx, ids, row, &status, at).await?;
        }
    }
    Ok(())
}

async fn keep(
    tx: &mut Tx,
    ids: &Ids,
    inbox_id: &str,
    external_id: &str,
    status: &ReceiptStatus,
    at: Micros,
) -> Result<(), DbError> {
    let payload = serde_json::to_string(&Payload { status: status.clone(), at }).unwrap_or_default();
    let pending =
        PendingReceipt { id: ids.next(), inbox_id: inbox_id.to_owned(), external_id: external_id.to_owned(), payload, at };
    store::insert_pending(tx, &pending).await
}

async fn apply(tx: &mut Tx, ids: &Ids, mut row: DeliveryRow, status: &ReceiptStatus, at: Micros) -> Result<(), DbError> {
    let mut whole = None;
    if let ReceiptStatus::Failed { code, shown, recipient: Some(recipient) } = status {
        // What a copy's address refused has still reached the customer; what the customer's refused has not.
        if !store::is_customer(tx, &row.conversation_id, recipient).await? {
            return remark(tx, ids, row, code, shown, at).await;
        }
        whole = Some(ReceiptStatus::Failed { code: code.clone(), shown: shown.clone(), recipient: None });
    }
    let status = whole.as_ref().unwrap_or(status);
    if let ReceiptStatus::Delayed { shown } = status {
        return remark(tx, ids, row, "delayed", shown, at).await;
    }
    for _ in 0..MAX_RACES {
        let Some(to) = State::parse(&row.state).and_then(|state| state.after(status)) else { return Ok(()) };
        // That the provider took it is older news than that it could not deliver it, even where we hear of it later.
        if row.state == State::Failed.as_str() && to == State::Sent && store::went_well(&mut *tx, &row.id).await? {
            return Ok(());
        }
        let (code, shown) = match status {
            ReceiptStatus::Failed { code, shown, .. } => (Some(code.clone()), Some(shown.clone())),
            _ => (None, None),
        };
        let told = DeliveryRow { code, shown, ..row.clone() };
        if store::advance(tx, &told, to, at).await? {
            let moved = DeliveryRow { state: to.as_str().to_owned(), ..told };
            emit_updated(tx, ids, &moved, at);
            // A head that was in doubt is settled now: the next reply may go.
            tx.ring(bell(&moved.inbox_id));
            return Ok(());
        }
        match store::by_id(&mut *tx, &row.id).await? {
            Some(now_is) => row = now_is,
            None => return Ok(()),
        }
    }
    Err(DbError::Conflict)
}

async fn remark(tx: &mut Tx, ids: &Ids, mut row: DeliveryRow, code: &str, shown: &str, at: Micros) -> Result<(), DbError> {
    store::remark(tx, &row.id, code, shown, at).await?;
    row.code = Some(code.to_owned());
    row.shown = Some(shown.to_owned());
    emit_updated(tx, ids, &row, at);
    Ok(())
}
