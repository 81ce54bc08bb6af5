//! What can be done about a message that is there: a reaction. Nothing that was sent can be changed or taken back.

use serde_json::json;
use trunkline_channel::{Amendment, Change, SendError};

use super::recipient::Recipient;
use super::{deliver, rejected};
use crate::errors::of_send;
use crate::inbound::is_message_id;
use crate::number::Number;

/// A reaction is a message of its own; the same one again changes nothing.
pub(crate) async fn react(number: &Number, amendment: &Amendment) -> Result<(), SendError> {
    let Change::React { emoji } = &amendment.change else {
        return Err(rejected("unsupported", "WhatsApp does not let a business change or delete what it sent."));
    };
    let to = Recipient::of(&amendment.to).ok_or_else(|| rejected("address", "This is no number and no user id of WhatsApp."))?;
    let target = amendment.external_ids.last().filter(|id| is_message_id(id));
    let target = target.ok_or_else(|| rejected("unknown", "WhatsApp does not know this message."))?;
    let reaction = json!({"message_id": target, "emoji": emoji.as_deref().unwrap_or_default()});
    let body = json!({"messaging_product": "whatsapp", "type": "reaction", "reaction": reaction});
    deliver(number, &to, body).await.map(|_| ()).map_err(of_send)
}
