//! News of what we sent. Order is not promised; intake keeps the furthest.

use serde_json::Value;
use trunkline_channel::{Inbound, ReceiptStatus, ReceiptTarget};
use trunkline_meta::{Class, Refusal, moment};

use super::Item;
use super::value::string;
use crate::errors::RULES;

pub fn receipt(status: &Value) -> Item {
    let Some(id) = string(status, "id") else { return Item::Fault("a status without an id") };
    let at = status.get("timestamp").and_then(moment);
    let status_is = match string(status, "status") {
        Some("sent") => ReceiptStatus::Sent,
        Some("delivered") => ReceiptStatus::Delivered,
        Some("read" | "played") => ReceiptStatus::Read,
        Some("failed") => failure(status),
        Some("deleted") => return Item::Events(vec![Inbound::Deleted { external_id: id.to_owned(), at }]),
        Some(_) => return Item::Ignored("a status that is not known here"),
        None => return Item::Fault("a status without a word"),
    };
    // Our delivery's id is there even when the answer to the send, with the message's id, was lost.
    let target = match string(status, "biz_opaque_callback_data") {
        Some(delivery) => ReceiptTarget::Delivery(delivery.to_owned()),
        None => ReceiptTarget::Message(id.to_owned()),
    };
    Item::Events(vec![Inbound::Receipt { target, status: status_is, at }])
}

/// Accepted at first, refused later: WhatsApp's usual way.
fn failure(status: &Value) -> ReceiptStatus {
    let error = &status["errors"][0];
    let refusal = refusal(error);
    // In a group one member's failure is not everybody's.
    let member = string(status, "recipient_participant_id").or_else(|| string(status, "recipient_participant_user_id"));
    let recipient = member.filter(|_| string(status, "recipient_type") == Some("group"));
    ReceiptStatus::Failed {
        code: match refusal.code {
            // The same word as where the send itself is refused for it.
            Some(_) if refusal.class(RULES) == Class::Window => "window_closed".to_owned(),
            Some(code) => code.to_string(),
            None => "failed".to_owned(),
        },
        shown: if refusal.code.is_none() { "WhatsApp could not deliver it.".to_owned() } else { refusal.shown(RULES) },
        recipient: recipient.map(str::to_owned),
    }
}

/// An item of an `errors` list.
pub fn refusal(error: &Value) -> Refusal {
    let details = error.get("error_data").and_then(|data| string(data, "details"));
    Refusal {
        code: error.get("code").and_then(Value::as_i64),
        message: string(error, "message").or_else(|| string(error, "title")).unwrap_or_default().to_owned(),
        details: details.map(str::to_owned),
        ..Refusal::default()
    }
}
