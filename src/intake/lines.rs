//! Lines that the system writes into a thread, for the staff.

use serde_json::{Value, json};

use crate::app::App;
use crate::conversations::store::{self as conversations, NewMessage};
use crate::db::{DbError, Tx};
use crate::events::{Audience, EventKind, NewEvent};

/// Adds a line to a conversation. It counts for no one: not as an answer, not as something to be answered.
pub async fn system_line(
    app: &App,
    tx: &mut Tx,
    conversation_id: &str,
    inbox_id: &str,
    text: &str,
    extra: &Value,
) -> Result<(), DbError> {
    let id = app.ids.next();
    let message = NewMessage {
        id: &id,
        conversation_id,
        inbox_id,
        sender_type: "system",
        sender_id: None,
        sender_name: None,
        kind: "system",
        text,
        status: "none",
        client_id: None,
        reply_to: None,
        extra,
        at: app.now(),
    };
    conversations::append(tx, &message, false).await?;
    let view = conversations::message_view(&mut *tx, &id).await?;
    let payload = json!({ "message": view, "conversation": { "id": conversation_id } });
    let kind = EventKind::MessageCreated;
    tx.emit(NewEvent::of_conversation(app.ids.next(), conversation_id, kind, Audience::Staff, payload, app.now()));
    Ok(())
}
