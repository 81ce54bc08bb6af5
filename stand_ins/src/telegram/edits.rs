//! What changes messages that are there, and the answers to buttons.

use serde_json::{Value, json};

use super::Bot;
use super::answer::Refusal;
use super::request::Call;
use super::send::{check_caption, check_text, reach};
use super::state::State;

/// Older messages cannot be deleted.
const DELETABLE_S: i64 = 48 * 3_600;
/// What bots may react with (`ReactionTypeEmoji`).
const REACTIONS: &str = "❤ 👍 👎 🔥 🥰 👏 😁 🤔 🤯 😱 🤬 😢 🎉 🤩 🤮 💩 🙏 👌 🕊 🤡 🥱 🥴 😍 🐳 ❤\u{200d}🔥 🌚 🌭 💯 🤣 ⚡ 🍌 🏆 💔 🤨 😐 🍓 🍾 💋 🖕 😈 😴 😭 🤓 👻 👨\u{200d}💻 👀 🎃 🙈 😇 😨 🤝 ✍ 🤗 🫡 🎅 🎄 ☃ 💅 🤪 🗿 🆒 💘 🙉 🦄 😘 💊 🙊 😎 👾 🤷\u{200d}♂ 🤷 🤷\u{200d}♀ 😡";

impl Bot {
    pub(super) fn edit_message(&self, call: &Call) -> Result<Value, Refusal> {
        let mut state = self.lock();
        let chat = reach(&state, call)?;
        let (now, id) = (state.now(), call.number("message_id").unwrap_or_default());
        let markup = call.parameters.get("reply_markup").cloned();
        let kept = state.message(chat, id).ok_or_else(|| Refusal::bad_request("message to edit not found"))?;
        if kept.by_customer {
            return Err(Refusal::bad_request("message can't be edited"));
        }
        let (key, text) = if call.method == "editMessageText" {
            if kept.message.get("text").is_none() {
                return Err(Refusal::bad_request("there is no text in the message to edit"));
            }
            let text = call.text("text").unwrap_or_default();
            check_text(text)?;
            ("text", text)
        } else {
            let has_file =
                ["photo", "document", "video", "animation", "audio", "voice"].iter().any(|kind| kept.message.get(kind).is_some());
            if !has_file {
                return Err(Refusal::bad_request("there is no caption in the message to edit"));
            }
            let caption = call.text("caption").unwrap_or_default();
            check_caption(caption)?;
            ("caption", caption)
        };
        if kept.message[key] == text && kept.message.get("reply_markup") == markup.as_ref() {
            return Err(Refusal::bad_request(
                "message is not modified: specified new message content and reply markup are exactly the same as a current content and reply markup of the message",
            ));
        }
        kept.message[key] = json!(text);
        kept.message["edit_date"] = json!(now);
        match (markup, kept.message.as_object_mut()) {
            (Some(markup), Some(message)) => drop(message.insert("reply_markup".to_owned(), markup)),
            (None, Some(message)) => drop(message.remove("reply_markup")),
            (_, None) => {}
        }
        kept.edited = true;
        Ok(kept.message.clone())
    }

    pub(super) fn delete_messages(&self, call: &Call) -> Result<Value, Refusal> {
        let mut state = self.lock();
        let now = state.now();
        let Some(business) = call.text("business_connection_id") else { return delete_in(&mut state, call, now) };
        let ids = call.parameters.get("message_ids").and_then(Value::as_array).cloned().unwrap_or_default();
        // Such a call names no chat: the numbers are the business account's own.
        for kept in state.chats.values_mut().flat_map(|chat| chat.messages.iter_mut()) {
            let ours = kept.message["business_connection_id"] == business && ids.contains(&kept.message["message_id"]);
            kept.deleted = kept.deleted || ours;
        }
        Ok(json!(true))
    }

    pub(super) fn set_reaction(&self, call: &Call) -> Result<Value, Refusal> {
        let mut state = self.lock();
        let chat = reach(&state, call)?;
        let id = call.number("message_id").unwrap_or_default();
        let reactions = call.parameters.get("reaction").and_then(Value::as_array).cloned().unwrap_or_default();
        let kept = state.message(chat, id).ok_or_else(|| Refusal::bad_request("message to react not found"))?;
        let emoji = match reactions.as_slice() {
            [] => None,
            [one] if REACTIONS.split(' ').any(|known| one["emoji"] == known) => one["emoji"].as_str().map(str::to_owned),
            [_] => return Err(Refusal::bad_request("REACTION_INVALID")),
            _ => return Err(Refusal::bad_request("REACTIONS_TOO_MANY")),
        };
        kept.reaction = emoji;
        Ok(json!(true))
    }

    pub(super) fn answer_callback(&self, call: &Call) -> Result<Value, Refusal> {
        let id = call.text("callback_query_id").unwrap_or_default();
        if self.lock().spinning.remove(id) {
            Ok(json!(true))
        } else {
            Err(Refusal::bad_request("query is too old and response timeout expired or query ID is invalid"))
        }
    }

    pub(super) fn get_chat(&self, call: &Call) -> Result<Value, Refusal> {
        let state = self.lock();
        let chat = reach(&state, call)?;
        let mut about = state.chats.get(&chat).map(|chat| chat.about.clone()).unwrap_or_default();
        about["accent_color_id"] = json!(0);
        about["max_reaction_count"] = json!(11);
        about["accepted_gift_types"] = json!({"unlimited_gifts": false, "limited_gifts": false, "unique_gifts": false,
            "premium_subscription": false, "gifts_from_channels": false});
        Ok(about)
    }
}

fn delete_in(state: &mut State, call: &Call, now: i64) -> Result<Value, Refusal> {
    let chat = reach(state, call)?;
    let single = call.method == "deleteMessage";
    let ids: Vec<i64> = match call.parameters.get("message_ids").and_then(Value::as_array) {
        Some(ids) => ids.iter().filter_map(Value::as_i64).collect(),
        None => call.number("message_id").into_iter().collect(),
    };
    for id in ids {
        match state.message(chat, id) {
            Some(kept) if now - kept.message["date"].as_i64().unwrap_or_default() > DELETABLE_S => {
                return Err(Refusal::bad_request("message can't be deleted for everyone"));
            }
            Some(kept) => kept.deleted = true,
            // Of several, those that are not there are passed over.
            None if single => return Err(Refusal::bad_request("message to delete not found")),
            None => {}
        }
    }
    Ok(json!(true))
}
