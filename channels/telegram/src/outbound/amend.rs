//! Changing what was sent, and reacting.

use serde_json::{Map, Value, json};
use trunkline_channel::{Amendment, Change, CountBy, Kind, SendError, text};

use super::plan::MAX_CAPTION;
use super::{destination, rejected};
use crate::address::{Address, MessageId};
use crate::api::{ApiError, BotApi};
use crate::connector::{REACTIONS, TEXT};
use crate::errors::Class;

/// One attempt; whatever of it was done before is done.
pub(crate) async fn amend(api: &BotApi, amendment: &Amendment) -> Result<(), SendError> {
    let ids: Option<Vec<MessageId>> = amendment.external_ids.iter().map(|id| MessageId::parse(id)).collect();
    let ids = ids.filter(|ids| !ids.is_empty()).ok_or_else(|| rejected("message", "This message has no number in Telegram."))?;
    match &amendment.change {
        Change::Edit { text } => edit(api, &ids, amendment.kind, text).await,
        Change::Delete => delete(api, &ids).await,
        Change::React { emoji } => react(api, &ids, emoji.as_deref()).await,
    }
}

async fn edit(api: &BotApi, ids: &[MessageId], kind: Kind, new: &str) -> Result<(), SendError> {
    let with_file = matches!(kind, Kind::Image | Kind::Audio | Kind::Voice | Kind::Video | Kind::Animation | Kind::File);
    if with_file && text::length(new, CountBy::Utf16Units) <= MAX_CAPTION {
        let [first, ..] = ids else { return Ok(()) };
        let mut parameters = about(first);
        parameters.insert("caption".to_owned(), json!(new));
        match api.call::<Value>("editMessageCaption", &parameters.into()).await {
            // The text was too long for a caption once, and stands alone.
            Err(ApiError::Refused(refusal)) if refusal.says("there is no caption in the message to edit") => {}
            answer => return settled(answer),
        }
    }
    let parts = text::split(new, TEXT);
    if parts.len() > ids.len() {
        return Err(rejected(
            "message is too long",
            "The new text needs more messages than were sent. Send another one instead.",
        ));
    }
    for (id, part) in ids.iter().zip(&parts) {
        let mut parameters = about(id);
        parameters.insert("text".to_owned(), json!(part));
        settled(api.call::<Value>("editMessageText", &parameters.into()).await)?;
    }
    match ids.get(parts.len()..) {
        Some(left_over) if !left_over.is_empty() && !with_file => delete(api, left_over).await,
        _ => Ok(()),
    }
}

async fn delete(api: &BotApi, ids: &[MessageId]) -> Result<(), SendError> {
    for id in ids {
        let deleted = match &id.business {
            Some(connection) => {
                let parameters = json!({"business_connection_id": connection, "message_ids": [id.message]});
                api.call::<Value>("deleteBusinessMessages", &parameters).await
            }
            None => api.call("deleteMessage", &about(id).into()).await,
        };
        match deleted {
            // Somebody was quicker, perhaps ourselves.
            Err(ApiError::Refused(refusal)) if refusal.says("message to delete not found") => {}
            answer => settled(answer)?,
        }
    }
    Ok(())
}

async fn react(api: &BotApi, ids: &[MessageId], emoji: Option<&str>) -> Result<(), SendError> {
    let [id, ..] = ids else { return Ok(()) };
    if id.business.is_some() {
        return Err(rejected("reaction", "A bot cannot react in a business account's chats."));
    }
    let reaction = match emoji {
        Some(emoji) => {
            // Keyboards add a selector that Telegram's list does not have.
            let bare = emoji.replace('\u{fe0f}', "");
            if !REACTIONS.contains(&bare.as_str()) {
                return Err(rejected("reaction", "Telegram does not know this reaction."));
            }
            json!([{"type": "emoji", "emoji": bare}])
        }
        None => json!([]),
    };
    let mut parameters = about(id);
    parameters.insert("reaction".to_owned(), reaction);
    settled(api.call::<Value>("setMessageReaction", &parameters.into()).await)
}

fn about(id: &MessageId) -> Map<String, Value> {
    let mut parameters = destination(&Address { business: id.business.clone(), chat: id.chat, topic: None });
    parameters.insert("message_id".to_owned(), json!(id.message));
    parameters
}

fn settled(answer: Result<Value, ApiError>) -> Result<(), SendError> {
    match answer {
        Ok(_) => Ok(()),
        Err(ApiError::Refused(refusal)) if refusal.class() == Class::Success => Ok(()),
        Err(error) => Err(error.into()),
    }
}
