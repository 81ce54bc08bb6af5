//! Our own sends as providers show them back to us.
//!
//! An echo that carries our mark is a receipt. One without a mark looks like a message that the business wrote in another
//! program, and joins the thread as one; it may come before our own send has returned. Then the id under which the send
//! is registered is taken by the echo's message, and that message disappears in the transaction that registers the id.
//! Nothing is held back meanwhile: an echo that waits for a send would have to be given up some time, and then there
//! would be two messages for ever. `external_ids` is where both meet: echoes enter their id there as sends do, so that of
//! two transactions at the same moment the second waits for the first and sees it.

use serde_json::json;
use trunkline_channel::{Micros, ReceiptStatus, ReceiptTarget};

use super::receipts;
use super::store::echoes as store;
use crate::conversations::store::message_view;
use crate::db::{DbError, Tx};
use crate::events::{Audience, EventKind, NewEvent};
use crate::ids::Ids;

/// The provider's word that it took one of our sends.
#[derive(Debug, Clone)]
pub struct Echo {
    pub inbox_id: String,
    pub external_id: String,
    pub delivery_id: String,
    pub message_id: String,
}

/// Settles the send that a marked echo is of, also one in doubt, and registers the id.
pub async fn echoed(tx: &mut Tx, ids: &Ids, echo: &Echo, now: Micros) -> Result<(), DbError> {
    let target = ReceiptTarget::Delivery(echo.delivery_id.clone());
    receipts::apply_receipt(tx, ids, &echo.inbox_id, &target, &ReceiptStatus::Sent, now).await?;
    receipts::register(tx, ids, &echo.inbox_id, &[(&echo.external_id, &echo.message_id)], now).await
}

/// Takes the messages of unmarked echoes away whose ids turn out to be those of our sends: (id, our message).
pub(super) async fn withdraw(tx: &mut Tx, ids: &Ids, inbox_id: &str, pairs: &[(&str, &str)], now: Micros) -> Result<(), DbError> {
    let external_ids: Vec<&str> = pairs.iter().map(|(external_id, _)| *external_id).collect();
    for echo in store::messages_of_echoes(tx, inbox_id, &external_ids).await? {
        let Some((_, ours)) = pairs.iter().find(|(external_id, _)| *external_id == echo.external_id) else { continue };
        let view = message_view(&mut *tx, &echo.id).await?;
        store::replace(tx, &echo, ours).await?;
        let mut message = json!(view);
        message["text"] = json!("");
        message["attachments"] = json!([]);
        message["deleted_at"] = json!(now);
        // `replaced_by`: there is no trace to be shown, the other message is the same one.
        let payload = json!({ "message": message, "conversation": { "id": echo.conversation_id }, "replaced_by": ours });
        let kind = EventKind::MessageDeleted;
        tx.emit(NewEvent::of_conversation(ids.next(), &echo.conversation_id, kind, Audience::Everyone, payload, now));
    }
    Ok(())
}
