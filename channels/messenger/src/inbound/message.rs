//! Messages of both sides, and what becomes of them later: edits, deletions, reactions.

use serde_json::{Map, Value, json};
use trunkline_channel::rich::Choice;
use trunkline_channel::{Attachment, Direction, Inbound, InboundMessage, Kind};

use super::attachments::{self, Contents};
use super::events::referral_of;
use super::value::{flag, id, string};
use super::{Item, Told};
use crate::outbound::PartTag;

pub(super) fn received(item: &Item<'_>, message: &Value) -> Told {
    let Some(external_id) = string(message, "mid").map(str::to_owned) else { return Told::Broken("its id") };
    if flag(message, "is_deleted") {
        return Told::Events(vec![Inbound::Deleted { external_id, at: item.at }]);
    }
    let Some(peer) = item.peer.clone() else { return Told::Broken("a person") };
    let tag = string(message, "metadata").filter(|_| item.outgoing);
    let app = id(message, "app_id").filter(|_| item.outgoing);
    if earlier_part(tag, app.as_deref(), item.app) {
        // The last part's echo stands for the whole message.
        return Told::Ignored("an earlier part of a message of ours".to_owned());
    }
    let said = content(message);
    let mut extra = said.extra;
    extra.extend(app.map(|app| ("app_id".to_owned(), json!(app))));
    if item.standby {
        extra.insert("standby".to_owned(), json!(true));
    }
    Told::Events(vec![Inbound::Message(Box::new(InboundMessage {
        external_id,
        direction: if item.outgoing { Direction::Outbound } else { Direction::Inbound },
        peer,
        kind: said.kind,
        text: said.text,
        attachments: said.attachments,
        reply_to: message.get("reply_to").and_then(|target| string(target, "mid")).map(str::to_owned),
        sent_at: item.at,
        // Another app has the conversation: nobody here is asked to answer.
        automatic: item.standby && !item.outgoing,
        echo_tag: tag.map(str::to_owned),
        extra: if extra.is_empty() { Value::Null } else { Value::Object(extra) },
        ..InboundMessage::default()
    }))])
}

pub(super) fn edited(item: &Item<'_>, edit: &Value) -> Told {
    let Some(external_id) = string(edit, "mid").map(str::to_owned) else { return Told::Broken("the message's id") };
    let text = edit.get("text").and_then(Value::as_str).map(str::to_owned);
    Told::Events(vec![Inbound::Edited { external_id, text, html: None, at: item.at }])
}

pub(super) fn reaction(item: &Item<'_>, reaction: &Value) -> Told {
    let Some(external_id) = string(reaction, "mid").map(str::to_owned) else { return Told::Broken("the message's id") };
    if item.outgoing {
        return Told::Ignored("a reaction of the page".to_owned());
    }
    let Some(peer) = item.peer.clone() else { return Told::Broken("a person") };
    let emoji = (string(reaction, "action") != Some("unreact")).then(|| emoji(reaction));
    Told::Events(vec![Inbound::Reaction { external_id, peer, emoji, at: item.at }])
}

/// The emoji itself, or the one that the word for it stands for.
fn emoji(reaction: &Value) -> String {
    let named = match string(reaction, "reaction") {
        Some("love") => "❤",
        Some("smile") => "😆",
        Some("wow") => "😮",
        Some("sad") => "😢",
        Some("angry") => "😠",
        Some("like") => "👍",
        Some("dislike") => "👎",
        _ => "❔",
    };
    string(reaction, "emoji").unwrap_or(named).to_owned()
}

fn earlier_part(tag: Option<&str>, app: Option<&str>, ours: Option<&str>) -> bool {
    let known = tag.and_then(PartTag::parse).is_some_and(|part| part.number < part.of);
    known && app.is_some() && (ours.is_none() || app == ours)
}

struct Content {
    kind: Kind,
    text: Option<String>,
    attachments: Vec<Attachment>,
    extra: Map<String, Value>,
}

fn content(message: &Value) -> Content {
    let said = string(message, "text").map(str::to_owned);
    let Contents { kind: attached, lines, files, mut extra } = attachments::contents(message, said.as_deref());
    let mut kind = attached.unwrap_or_default();
    let lines: Vec<String> = said.iter().cloned().chain(lines).collect();
    let mut text = (!lines.is_empty()).then(|| lines.join("\n"));
    if let Some(payload) = message.get("quick_reply").and_then(|reply| string(reply, "payload")) {
        // Somebody who answers by the telephone number or mail address of their profile sends it in the payload alone.
        let title = text.unwrap_or_else(|| payload.to_owned());
        extra.insert("choice".to_owned(), json!(Choice { id: payload.to_owned(), title: title.clone(), data: Value::Null }));
        kind = Kind::Interactive;
        text = Some(title);
    }
    extra.extend(message.get("referral").and_then(referral_of).map(|referral| ("referral".to_owned(), json!(referral))));
    extra.extend(message.get("reply_to").and_then(|target| target.get("story")).map(|story| {
        let quote = json!({"story": true, "url": string(story, "url")});
        ("quote".to_owned(), quote)
    }));
    if let Some(commands) = message.get("commands").and_then(Value::as_array) {
        let names: Vec<&str> = commands.iter().filter_map(|command| string(command, "name")).collect();
        extra.insert("commands".to_owned(), json!(names));
        text = text.or_else(|| (!names.is_empty()).then(|| format!("/{}", names.join(" /"))));
    }
    let nothing = text.is_none() && files.is_empty();
    if flag(message, "is_unsupported") || nothing {
        kind = Kind::Unsupported;
        extra.entry("unsupported").or_insert_with(|| json!("message"));
        text = text.or_else(|| Some("Something that Messenger does not hand over.".to_owned()));
    }
    Content { kind, text, attachments: files, extra }
}
