//! Changing what was sent, and reacting.

use serde_json::Value;
use trunkline_channel::{Amendment, Change, Kind, SendError};

use super::plan::texts;
use super::{rejected, upload};
use crate::address::MessageId;
use crate::api::{Api, ApiError, recipient_refusal};
use crate::reactions;

/// One attempt; whatever of it was done before is done.
pub(crate) async fn amend(api: &Api, amendment: &Amendment) -> Result<(), SendError> {
    let ids: Option<Vec<MessageId>> = amendment.external_ids.iter().map(|id| MessageId::parse(id)).collect();
    let ids = ids.filter(|ids| !ids.is_empty()).ok_or_else(|| rejected("message", "This message has no number in VK."))?;
    let done = match &amendment.change {
        Change::Edit { text } => edit(api, &ids, amendment.kind, text).await,
        Change::Delete => delete(api, &ids).await,
        Change::React { emoji } => react(api, &ids, emoji.as_deref()).await,
    };
    // Repeating a change does no harm, so not knowing is only a reason to repeat it.
    done.map_err(|error| match error {
        SendError::MaybeDelivered { evidence } => SendError::Retry { after: None, reason: evidence },
        other => other,
    })
}

async fn edit(api: &Api, ids: &[MessageId], kind: Kind, new: &str) -> Result<(), SendError> {
    let with_file = !matches!(kind, Kind::Text | Kind::Interactive);
    let parts = texts(new);
    if parts.len() > ids.len() {
        return Err(rejected("too_long", "The new text needs more messages than were sent. Send another one instead."));
    }
    for (id, part) in ids.iter().zip(&parts) {
        let mut parameters = about(id);
        parameters.extend([("message", part.clone()), ("keep_forward_messages", flag()), ("keep_snippets", flag())]);
        // An edit without its files would take them away.
        if with_file && let Some(attached) = attached(api, id).await? {
            parameters.push(("attachment", attached));
        }
        api.call("messages.edit", &parameters).await?;
    }
    match ids.get(parts.len()..) {
        Some(left_over) if !left_over.is_empty() && !with_file => delete(api, left_over).await,
        _ => Ok(()),
    }
}

/// The files of a message by the names under which they can be sent again.
async fn attached(api: &Api, id: &MessageId) -> Result<Option<String>, SendError> {
    let parameters = [("peer_id", id.peer.to_string()), ("conversation_message_ids", id.cmid.to_string())];
    let found = api.call("messages.getByConversationMessageId", &parameters).await?;
    let attachments = found.pointer("/items/0/attachments").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let names = attachments.iter().filter_map(|attachment| {
        let kind = attachment.get("type")?.as_str()?;
        let sent_as = if kind == "audio_message" { "doc" } else { kind };
        upload::name(sent_as, attachment.get(kind)?)
    });
    let names: Vec<String> = names.collect();
    Ok((!names.is_empty()).then(|| names.join(",")))
}

async fn delete(api: &Api, ids: &[MessageId]) -> Result<(), SendError> {
    for id in ids {
        let parameters = [("peer_id", id.peer.to_string()), ("cmids", id.cmid.to_string()), ("delete_for_all", flag())];
        let answer = api.call("messages.delete", &parameters).await?;
        if let Some(error) = answer.get(0).and_then(|entry| entry.get("error")).filter(|error| error.is_object()) {
            return Err(recipient_refusal(error).into());
        }
    }
    Ok(())
}

async fn react(api: &Api, ids: &[MessageId], emoji: Option<&str>) -> Result<(), SendError> {
    let [id, ..] = ids else { return Ok(()) };
    let mut parameters = about(id);
    let method = match emoji {
        Some(emoji) => {
            let number = reactions::number(emoji).ok_or_else(|| rejected("reaction", "VK does not know this reaction."))?;
            parameters.push(("reaction_id", number.to_string()));
            "messages.sendReaction"
        }
        None => "messages.deleteReaction",
    };
    let answer: Result<Value, ApiError> = api.call(method, &parameters).await;
    Ok(answer.map(drop)?)
}

fn about(id: &MessageId) -> Vec<(&'static str, String)> {
    vec![("peer_id", id.peer.to_string()), ("cmid", id.cmid.to_string())]
}

fn flag() -> String {
    "1".to_owned()
}
