//! What customers say, as messages; and messages as customers see them.

use serde_json::{Value, json};

use super::keyboard;
use super::reactions;
use super::state::{Kept, State};
use crate::phone::{Said, SaidKind, Shown};
use crate::samples;

pub(super) fn content(state: &mut State, files: &str, from: i64, said: &Said) -> Value {
    let mut with = |kind: &str, sample: samples::Sample| {
        let attachment = state.attach(files, from, kind, sample.name, sample.content_type, sample.bytes.into());
        json!({"text": said.text, "attachments": [attachment]})
    };
    match said.kind {
        SaidKind::Text => json!({ "text": said.text }),
        SaidKind::Photo => with("photo", samples::photo()),
        SaidKind::Voice => with("audio_message", samples::voice()),
        SaidKind::Document => with("doc", samples::document()),
        SaidKind::Video => with("video", samples::video()),
        SaidKind::Sticker => {
            let mut message = with("sticker", samples::sticker());
            message["text"] = json!("");
            message
        }
        SaidKind::Location => location(),
        // There are no cards at VK.
        SaidKind::Contact => json!({"text": "Bob, +15550100"}),
    }
}

pub(super) fn location() -> Value {
    json!({"geo": {"type": "point", "coordinates": {"latitude": 52.52, "longitude": 13.405},
        "place": {"id": 0, "title": "Berlin", "country": "Germany", "city": "Berlin"}}})
}

pub(super) fn shown(kept: &Kept) -> Shown {
    let message = &kept.message;
    let attachment = &message["attachments"][0];
    let kind = match attachment["type"].as_str() {
        Some("audio_message") => "voice",
        Some("doc") => "document",
        Some(kind) => kind,
        None if message.get("geo").is_some() => "location",
        None if message.get("template").is_some() => "template",
        None => "text",
    };
    let label = |button: Value| button["action"]["label"].as_str().unwrap_or("Location").to_owned();
    Shown {
        id: message["conversation_message_id"].to_string(),
        mine: kept.by_customer,
        kind: kind.to_owned(),
        text: message["text"].as_str().unwrap_or_default().to_owned(),
        file_name: attachment["doc"]["title"].as_str().map(str::to_owned),
        reply_to: message["reply_message"]["conversation_message_id"].as_i64().map(|id| id.to_string()),
        buttons: keyboard::buttons(message).into_iter().map(label).collect(),
        reaction: kept.reaction.and_then(reactions::emoji).map(str::to_owned),
        edited: kept.edited,
        deleted: kept.deleted,
        at: message["date"].as_i64().unwrap_or_default(),
    }
}
