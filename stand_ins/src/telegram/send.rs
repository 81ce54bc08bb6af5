//! The sending methods, with the limits of the public server.

use serde_json::{Map, Value, json};

use super::Bot;
use super::answer::Refusal;
use super::media::attached;
use super::request::Call;
use super::state::State;

const MAX_TEXT: usize = 4_096;
const MAX_CAPTION: usize = 1_024;
const MAX_CALLBACK_DATA_BYTES: usize = 64;
const MAX_VCARD_BYTES: usize = 2_048;
const MAX_QUOTE: usize = 1_024;
const ALBUM: std::ops::RangeInclusive<usize> = 2..=10;

impl Bot {
    pub(super) fn send(&self, call: &Call) -> Result<Value, Refusal> {
        let mut state = self.lock();
        let chat = reach(&state, call)?;
        let mut message = self.base(&mut state, chat, call)?;
        let content = content(&mut state, call)?;
        message.extend(content);
        if let Some(markup) = call.parameters.get("reply_markup").filter(|markup| markup.get("inline_keyboard").is_some()) {
            check_keyboard(markup)?;
            message.insert("reply_markup".to_owned(), markup.clone());
        }
        Ok(state.keep(chat, false, Value::Object(message)))
    }

    pub(super) fn send_album(&self, call: &Call) -> Result<Value, Refusal> {
        let mut state = self.lock();
        let chat = reach(&state, call)?;
        let media = call.parameters.get("media").and_then(Value::as_array).cloned().unwrap_or_default();
        if !ALBUM.contains(&media.len()) {
            return Err(Refusal::bad_request("wrong number of items in the media group: 2-10 expected"));
        }
        let kinds: Vec<&str> = media.iter().filter_map(|item| item["type"].as_str()).collect();
        let alone = |kind: &str| kinds.contains(&kind) && kinds.iter().any(|other| *other != kind);
        if alone("document") || alone("audio") {
            return Err(Refusal::bad_request("documents and audio files can't be mixed with other types of files"));
        }
        let mut parts = Vec::with_capacity(media.len());
        for item in &media {
            let caption = item["caption"].as_str().unwrap_or_default();
            check_length(caption, 0, MAX_CAPTION, "message caption is too long")?;
            let (kind, file) = (item["type"].as_str().unwrap_or_default(), item["media"].as_str().unwrap_or_default());
            let (key, shown) = attached(&mut state, kind, call, file)?;
            let mut part = self.base(&mut state, chat, call)?;
            part.insert(key, shown);
            if !caption.is_empty() {
                part.insert("caption".to_owned(), json!(caption));
            }
            parts.push(part);
        }
        let album = json!(format!("{}{}", self.id, state.now()));
        let kept = parts.into_iter().map(|mut part| {
            part.insert("media_group_id".to_owned(), album.clone());
            state.keep(chat, false, Value::Object(part))
        });
        Ok(Value::Array(kept.collect()))
    }

    pub(super) fn chat_action(&self, call: &Call) -> Result<Value, Refusal> {
        let mut state = self.lock();
        let chat = reach(&state, call)?;
        match call.text("action").unwrap_or_default() {
            "typing" => state.is_typing(chat),
            action if action.starts_with("upload_") || action.starts_with("record_") => {}
            "choose_sticker" | "find_location" => {}
            _ => return Err(Refusal::bad_request("wrong parameter action in request")),
        }
        Ok(json!(true))
    }

    /// Who wrote it, and what it answers.
    fn base(&self, state: &mut State, chat: i64, call: &Call) -> Result<Map<String, Value>, Refusal> {
        let mut message = Map::new();
        message.insert("from".to_owned(), self.me());
        for kept in ["message_thread_id", "business_connection_id"] {
            if let Some(value) = call.parameters.get(kept) {
                message.insert(kept.to_owned(), value.clone());
            }
        }
        if let Some(reply) = call.parameters.get("reply_parameters") {
            check_length(reply["quote"].as_str().unwrap_or_default(), 0, MAX_QUOTE, "message quote is too long")?;
            let target = reply["message_id"].as_i64().and_then(|id| state.message(chat, id)).map(|kept| kept.message.clone());
            match target {
                Some(mut target) => {
                    if let Some(target) = target.as_object_mut() {
                        target.remove("reply_to_message");
                    }
                    message.insert("reply_to_message".to_owned(), target);
                }
                None if reply["allow_sending_without_reply"] == true => {}
                None => return Err(Refusal::bad_request("message to be replied not found")),
            }
        }
        Ok(message)
    }
}

/// The chat of a call, when the bot may write there.
pub(super) fn reach(state: &State, call: &Call) -> Result<i64, Refusal> {
    let id = call.number("chat_id").ok_or_else(|| Refusal::bad_request("chat not found"))?;
    let chat = state.chats.get(&id).ok_or_else(|| Refusal::bad_request("chat not found"))?;
    match chat.migrated_to {
        Some(to) => Err(Refusal::migrated(to)),
        None if chat.blocked && id > 0 => Err(Refusal::forbidden("bot was blocked by the user")),
        None if chat.blocked => Err(Refusal::forbidden("bot was kicked from the group chat")),
        None => Ok(id),
    }
}

fn content(state: &mut State, call: &Call) -> Result<Map<String, Value>, Refusal> {
    let mut content = Map::new();
    let take = |names: &[&str]| -> Value {
        names
            .iter()
            .filter_map(|name| Some(((*name).to_owned(), call.parameters.get(*name)?.clone())))
            .collect::<Map<_, _>>()
            .into()
    };
    match call.method.as_str() {
        "sendMessage" => {
            let text = call.text("text").unwrap_or_default();
            check_text(text)?;
            check_entities(text, call.parameters.get("entities"))?;
            content.insert("text".to_owned(), json!(text));
        }
        "sendLocation" => {
            check_place(call)?;
            content.insert("location".to_owned(), take(&["latitude", "longitude", "horizontal_accuracy"]));
        }
        "sendVenue" => {
            check_place(call)?;
            let mut venue = take(&["title", "address"]);
            venue["location"] = take(&["latitude", "longitude"]);
            content.insert("location".to_owned(), venue["location"].clone());
            content.insert("venue".to_owned(), venue);
        }
        "sendContact" => {
            if call.text("vcard").is_some_and(|card| card.len() > MAX_VCARD_BYTES) {
                return Err(Refusal::bad_request("VCARD_TOO_LONG"));
            }
            content.insert("contact".to_owned(), take(&["phone_number", "first_name", "last_name", "vcard"]));
        }
        method => {
            let kind = method.strip_prefix("send").unwrap_or_default().to_ascii_lowercase();
            let caption = call.text("caption").unwrap_or_default();
            check_length(caption, 0, MAX_CAPTION, "message caption is too long")?;
            let reference = call.text(&kind).ok_or_else(|| Refusal::of(404, "Not Found"))?;
            let (key, file) = attached(state, &kind, call, reference)?;
            content.insert(key, file);
            if !caption.is_empty() {
                content.insert("caption".to_owned(), json!(caption));
            }
        }
    }
    Ok(content)
}

pub(super) fn check_text(text: &str) -> Result<(), Refusal> {
    if text.trim().is_empty() {
        return Err(Refusal::bad_request("message text is empty"));
    }
    check_length(text, 1, MAX_TEXT, "message is too long")
}

pub(super) fn check_caption(caption: &str) -> Result<(), Refusal> {
    check_length(caption, 0, MAX_CAPTION, "message caption is too long")
}

/// In UTF-16 units, as everything of Telegram's is counted.
fn check_length(text: &str, min: usize, max: usize, why: &str) -> Result<(), Refusal> {
    let length = text.encode_utf16().count();
    if (min..=max).contains(&length) { Ok(()) } else { Err(Refusal::bad_request(why)) }
}

fn check_entities(text: &str, entities: Option<&Value>) -> Result<(), Refusal> {
    let length = i64::try_from(text.encode_utf16().count()).unwrap_or(i64::MAX);
    let inside = |entity: &Value| {
        let (offset, units) = (entity["offset"].as_i64().unwrap_or(-1), entity["length"].as_i64().unwrap_or(-1));
        offset >= 0 && units > 0 && offset.saturating_add(units) <= length
    };
    let entities = entities.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    if entities.iter().all(inside) { Ok(()) } else { Err(Refusal::bad_request("can't parse entities: wrong offset")) }
}

fn check_place(call: &Call) -> Result<(), Refusal> {
    let within = |name: &str, limit: f64| call.parameters.get(name).and_then(Value::as_f64).is_some_and(|at| at.abs() <= limit);
    if within("latitude", 90.0) && within("longitude", 180.0) { Ok(()) } else { Err(Refusal::bad_request("wrong coordinates")) }
}

fn check_keyboard(markup: &Value) -> Result<(), Refusal> {
    let rows = markup["inline_keyboard"].as_array().map(Vec::as_slice).unwrap_or_default();
    for button in rows.iter().filter_map(Value::as_array).flatten() {
        if button["text"].as_str().is_none_or(|title| title.trim().is_empty()) {
            return Err(Refusal::bad_request("inline keyboard button text is empty"));
        }
        match (button["callback_data"].as_str(), button["url"].as_str()) {
            (Some(data), None) if (1..=MAX_CALLBACK_DATA_BYTES).contains(&data.len()) => {}
            (Some(_), None) => return Err(Refusal::bad_request("BUTTON_DATA_INVALID")),
            (None, Some(url)) if url.starts_with("http://") || url.starts_with("https://") || url.starts_with("tg://") => {}
            (None, Some(_)) => return Err(Refusal::bad_request("BUTTON_URL_INVALID")),
            _ => return Err(Refusal::bad_request("can't parse inline keyboard button: Text buttons are unallowed")),
        }
    }
    Ok(())
}
