//! Receiving: updates are handed to intake as they came, and confirmed only when they are stored.

pub(crate) mod poll;
pub(crate) mod registration;
pub(crate) mod webhook;

use bytes::Bytes;
use serde_json::Value;
use sha2::{Digest, Sha256};
use trunkline_channel::{Health, RawEvent};

use crate::api::ApiError;
use crate::errors::Class;

/// A bot's updates as events. Numbers of updates begin anew after a quiet week, perhaps lower than before: so a key names
/// also what the update is about, and nothing is ever thought old because of its number.
pub(crate) fn event(body: Bytes) -> RawEvent {
    let update: Value = serde_json::from_slice(&body).unwrap_or_default();
    RawEvent { key: key(&update, &body), body, cursor: None }
}

fn key(update: &Value, body: &[u8]) -> String {
    let number = update_id(update).map_or_else(|| "?".to_owned(), |id| id.to_string());
    let content = update.as_object().and_then(|fields| fields.iter().find(|(name, _)| *name != "update_id"));
    let named = content.and_then(|(kind, content)| {
        let about = match content["id"].as_str() {
            Some(id) => id.to_owned(),
            None => {
                let (chat, message) = (content["chat"]["id"].as_i64()?, content["message_id"].as_i64());
                let date = content["edit_date"].as_i64().or_else(|| content["date"].as_i64())?;
                format!("{chat}:{}:{date}", message.unwrap_or_default())
            }
        };
        Some(format!("{number}:{kind}:{about}"))
    });
    // Few kinds have neither; the same bytes come again when they come again.
    named.unwrap_or_else(|| format!("{number}:{}", hex::encode(&Sha256::digest(body)[..16])))
}

pub(crate) fn update_id(update: &Value) -> Option<i64> {
    update.get("update_id").and_then(Value::as_i64)
}

/// The pressed button of an update, which spins until it is answered.
pub(crate) fn pressed(body: &[u8]) -> Option<String> {
    let update: Value = serde_json::from_slice(body).ok()?;
    update.get("callback_query")?.get("id")?.as_str().map(str::to_owned)
}

/// What a failed call says about the line.
pub(crate) fn health_after(error: &ApiError) -> Health {
    match error {
        ApiError::Refused(refusal) if refusal.class() == Class::Token => Health::BadCredentials {
            reason: "Telegram does not know this bot's token. Ask @BotFather for a new one and put it into the inbox.".to_owned(),
        },
        ApiError::Refused(refusal) if refusal.says("can't use getUpdates method while webhook is active") => {
            Health::Misconfigured {
                reason: "Another program has set a webhook for this bot. Remove it there, or give this inbox a bot of its own."
                    .to_owned(),
            }
        }
        ApiError::Refused(refusal) if refusal.class() == Class::Config => Health::Misconfigured {
            reason:
                "Another program reads this bot's messages with the same token. Stop it, or give this inbox a bot of its own."
                    .to_owned(),
        },
        other => Health::Troubled { reason: other.to_string() },
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{event, pressed};

    fn key(update: &serde_json::Value) -> String {
        event(update.to_string().into()).key
    }

    #[test]
    fn a_key_is_the_same_for_the_same_update_and_another_for_any_other() {
        let message = json!({"update_id": 5, "message": {"message_id": 7, "chat": {"id": -3}, "date": 100}});
        assert_eq!(key(&message), "5:message:-3:7:100");
        let edited =
            json!({"update_id": 6, "edited_message": {"message_id": 7, "chat": {"id": -3}, "date": 100, "edit_date": 101}});
        assert_eq!(key(&edited), "6:edited_message:-3:7:101");
        // The number came again after a quiet week.
        let later = json!({"update_id": 5, "message": {"message_id": 90, "chat": {"id": -3}, "date": 900_000}});
        assert_ne!(key(&later), key(&message));
        assert_eq!(key(&json!({"update_id": 8, "callback_query": {"id": "43", "from": {"id": 1}}})), "8:callback_query:43");
        assert_ne!(key(&json!({"update_id": 9, "x": {"a": 1}})), key(&json!({"update_id": 9, "x": {"a": 2}})));
        assert!(event(bytes::Bytes::from_static(b"\xff")).key.starts_with("?:"));
        assert_eq!(pressed(br#"{"callback_query": {"id": "43"}}"#).as_deref(), Some("43"));
    }
}
