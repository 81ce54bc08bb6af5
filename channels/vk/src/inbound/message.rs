//! One message: who, where, when, around what; what hangs on it is `attachments`.

use serde_json::{Map, Value, json};
use trunkline_channel::rich::{Choice, Referral};
use trunkline_channel::{Attachment, Direction, InboundMessage, Kind, text};

use super::attachments::{Piece, geo, piece};
use super::service;
use super::value::{author_hints, list, message_name, number, peer, peer_id, seconds, shown, string};

/// Forwards inside forwards are read this deep.
const MAX_DEPTH: usize = 4;
/// Forwarded messages shown in one message; VK itself forwards a hundred at most, on every level.
const MAX_FORWARDS: usize = 100;
/// VK lets a message carry ten; the rest are of forwarded ones.
const MAX_FILES: usize = 100;
/// The key of the payload that our own buttons carry.
pub const BUTTON_KEY: &str = "button";

/// What a message shows.
#[derive(Default)]
pub(super) struct Content {
    pub kind: Kind,
    pub text: Option<String>,
    pub files: Vec<Attachment>,
    pub extra: Map<String, Value>,
}

/// `None` where the message lacks a peer or a number.
pub(super) fn message(object: &Value, direction: Direction) -> Option<InboundMessage> {
    let (chat, author) = (peer_id(object)?, number(object, "from_id"));
    let Content { kind, text, files, mut extra } = content(object);
    let reply_to = around(object, chat, &mut extra);
    let author = author.filter(|_| direction == Direction::Inbound);
    Some(InboundMessage {
        external_id: message_name(object)?,
        direction,
        peer: peer(chat),
        kind,
        text,
        attachments: files,
        reply_to,
        sent_at: seconds(object, "date"),
        echo_tag: echo_tag(object).filter(|_| direction == Direction::Outbound),
        hints: author_hints(chat, author),
        extra: if extra.is_empty() { Value::Null } else { Value::Object(extra) },
        ..InboundMessage::default()
    })
}

/// The number that came with a send over the API. What an administrator wrote at VK has one too, not of ours.
fn echo_tag(object: &Value) -> Option<String> {
    let written = number(object, "admin_author_id").is_some_and(|author| author != 0);
    number(object, "random_id").filter(|tag| *tag != 0 && !written).map(|tag| tag.to_string())
}

pub(super) fn content(object: &Value) -> Content {
    if let Some(action) = object.get("action").and_then(service::action) {
        return Content { kind: Kind::System, text: Some(action), ..Content::default() };
    }
    let mut content = own_content(object);
    let mut budget = MAX_FORWARDS;
    let forwarded = forwards(object, &mut content, 0, &mut budget);
    if !forwarded.is_empty() {
        content.extra.insert("forwarded".to_owned(), json!(forwarded));
    }
    content.files.truncate(MAX_FILES);
    if let Some(payload) = string(object, "payload") {
        pressed(payload, &mut content);
    }
    if content.text.is_none() && content.files.is_empty() {
        content.kind = Kind::Unsupported;
        content.text = Some("A message without anything that can be shown here".to_owned());
        content.extra.insert("unsupported".to_owned(), json!("empty"));
    }
    content
}

fn own_content(object: &Value) -> Content {
    let said = string(object, "text").map(shown);
    let mut pieces: Vec<Piece> = list(object, "attachments").iter().map(piece).collect();
    pieces.extend(object.get("geo").and_then(geo));
    let mut content = Content { kind: kind_of(said.is_some(), &pieces), text: said, ..Content::default() };
    for piece in pieces {
        let repeated = preview_of(&content, &piece);
        if let Some(line) = piece.line.filter(|_| !repeated) {
            add_line(&mut content, &line);
        }
        content.files.extend(piece.file);
        for (key, value) in piece.extra {
            content.extra.entry(key).or_insert(value);
        }
    }
    content
}

/// A file decides, then a thing with a form of its own. A link under a text is the text's preview.
fn kind_of(with_text: bool, pieces: &[Piece]) -> Kind {
    let of_file = pieces.iter().find(|piece| piece.file.is_some()).map(|piece| piece.kind);
    let told = pieces.iter().map(|piece| piece.kind).find(|kind| !with_text || !matches!(kind, Kind::Link | Kind::Unsupported));
    of_file.or(told).unwrap_or_default()
}

/// VK hangs a preview on every text that holds an address; the address need not be read twice.
fn preview_of(content: &Content, piece: &Piece) -> bool {
    let url = piece.extra.get("link").and_then(|link| string(link, "url"));
    url.zip(content.text.as_deref()).is_some_and(|(url, text)| text.contains(url))
}

fn add_line(content: &mut Content, line: &str) {
    let text = content.text.get_or_insert_default();
    if !text.is_empty() {
        text.push('\n');
    }
    text.push_str(line);
}

/// Forwarded messages, with those inside them; their words and files are shown as part of the message.
fn forwards(object: &Value, into: &mut Content, depth: usize, budget: &mut usize) -> Vec<Value> {
    let mut found = Vec::new();
    if depth >= MAX_DEPTH {
        return found;
    }
    for forwarded in list(object, "fwd_messages") {
        if *budget == 0 {
            break;
        }
        *budget -= 1;
        let inner = own_content(forwarded);
        let from = number(forwarded, "from_id");
        let who = from.map_or_else(|| "somebody".to_owned(), profile_name);
        let line = format!("{}↪ {who}: {}", "  ".repeat(depth), inner.text.as_deref().unwrap_or_default());
        add_line(into, line.trim_end());
        if into.kind == Kind::Text && into.files.is_empty() && !inner.files.is_empty() {
            into.kind = inner.kind;
        }
        into.files.extend(inner.files);
        let nested = forwards(forwarded, into, depth + 1, budget);
        found.push(json!({"from": from, "at": seconds(forwarded, "date"), "text": inner.text, "forwarded": nested}));
    }
    found
}

/// `id50012345`, or `club123456` for a community: what VK itself calls whoever has no name of their own.
pub(super) fn profile_name(id: i64) -> String {
    if id < 0 { format!("club{}", id.unsigned_abs()) } else { format!("id{id}") }
}

/// A pressed text button: the message's text is its label. A payload that is no JSON is kept as it came.
fn pressed(payload: &str, content: &mut Content) {
    let data: Value = serde_json::from_str(payload).unwrap_or(Value::Null);
    let id = string(&data, BUTTON_KEY).unwrap_or(payload).to_owned();
    let title = content.text.clone().unwrap_or_else(|| id.clone());
    content.extra.insert("choice".to_owned(), json!(Choice { id, title, data }));
    content.kind = Kind::Interactive;
}

/// What a message refers to. The result is the message it answers, where that is in the same chat.
fn around(object: &Value, chat: i64, extra: &mut Map<String, Value>) -> Option<String> {
    if string(object, "ref").is_some() || string(object, "ref_source").is_some() {
        let referral = Referral {
            reference: string(object, "ref").map(str::to_owned),
            source: string(object, "ref_source").or(Some("link")).map(str::to_owned),
            ..Referral::default()
        };
        extra.insert("referral".to_owned(), json!(referral));
    }
    if let Some(id) = number(object, "id").filter(|id| *id > 0) {
        extra.insert("message_id".to_owned(), json!(id));
    }
    for flag in ["is_expired", "is_cropped"] {
        if object.get(flag).and_then(Value::as_bool).unwrap_or_default() {
            extra.insert(flag.trim_start_matches("is_").to_owned(), json!(true));
        }
    }
    if let Some(author) = number(object, "admin_author_id").filter(|author| *author > 0) {
        extra.insert("author".to_owned(), json!(profile_name(author)));
    }
    let answered = object.get("reply_message")?;
    let quoted = own_content(answered).text.map(|quoted| text::without_nul(&quoted));
    let from = number(answered, "from_id").map(profile_name);
    extra.insert("quote".to_owned(), json!({"text": quoted, "from": from}));
    let elsewhere = number(answered, "peer_id").is_some_and(|peer| peer != chat && peer != 0);
    let cmid = number(answered, "conversation_message_id").filter(|cmid| *cmid > 0 && !elsewhere)?;
    Some(crate::address::MessageId { peer: chat, cmid }.to_string())
}
