//! Messages that are too large for an event come cut off, with a mark that says so; the whole one has to be asked for.

use bytes::Bytes;
use serde_json::Value;

use crate::api::Api;

/// The event with the whole message in it; as it came where nothing was cut, or where the whole cannot be had.
pub(crate) async fn completed(api: &Api, body: Bytes) -> Bytes {
    let Some((mut event, peer, cmid)) = cut(&body) else { return body };
    let parameters = [("peer_id", peer.to_string()), ("conversation_message_ids", cmid.to_string())];
    let found = match api.call("messages.getByConversationMessageId", &parameters).await {
        Ok(found) => found,
        Err(error) => {
            tracing::warn!(%error, "vk: a message stays cut off");
            return body;
        }
    };
    let Some(whole) = found.pointer("/items/0").filter(|whole| whole.is_object()) else { return body };
    let place = if event.pointer("/object/message").is_some() { "/object/message" } else { "/object" };
    if let Some(message) = event.pointer_mut(place) {
        *message = whole.clone();
    }
    Bytes::from(event.to_string())
}

/// The event, and where its message is to be found, where it was cut off.
fn cut(body: &Bytes) -> Option<(Value, i64, i64)> {
    const MARK: &[u8] = b"is_cropped";
    // Nearly all events lack the mark and need not be read for it.
    if !body.windows(MARK.len()).any(|window| window == MARK) {
        return None;
    }
    let event: Value = serde_json::from_slice(body).ok()?;
    let message = event.pointer("/object/message").or_else(|| event.get("object"))?;
    if message.get("is_cropped").and_then(Value::as_bool) != Some(true) {
        return None;
    }
    let (peer, cmid) = (message.get("peer_id")?.as_i64()?, message.get("conversation_message_id")?.as_i64()?);
    Some((event, peer, cmid))
}
