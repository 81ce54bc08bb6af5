//! One message: who, where, when, around what; its content is `content`.

use serde_json::{Map, Value, json};
use trunkline_channel::rich::Referral;
use trunkline_channel::{Direction, Inbound, InboundMessage, Kind, Peer, Translation, text};

use super::content::{Content, content};
use super::service;
use super::value::{Seconds, address, author_hints, chat_peer, number, person_name, string};
use crate::address::Address;

pub(super) fn received(message: &Value, bot_id: Option<i64>) -> Translation {
    let own_bot = message.get("sender_business_bot").or_else(|| message.get("from"));
    if bot_id.is_some() && own_bot.and_then(|bot| number(bot, "id")) == bot_id {
        return Translation::ignored("the bot's own message");
    }
    if let Some(moved) = service::moved(message) {
        return Translation::of(vec![moved]);
    }
    match built(message, content(message)) {
        Some(message) => Translation::of(vec![Inbound::Message(Box::new(message))]),
        None => Translation::unreadable("a message without a chat or a number"),
    }
}

/// A message of a kind of update that we only keep.
pub(super) fn unsupported(message: &Value, kind: &str, _bot_id: Option<i64>) -> Option<Vec<Inbound>> {
    let shown = match content(message) {
        Content { text: Some(text), .. } => text,
        Content { .. } => format!("Something that cannot be shown here: {}", super::value::readable(kind)),
    };
    let mut kept = built(message, Content::unsupported(kind, shown))?;
    // Its number may come from another row than the chat's own messages.
    kept.external_id = format!("{kind}:{}", kept.external_id);
    Some(vec![Inbound::Message(Box::new(kept))])
}

/// Comes for invisible changes too; whether anything changed is for intake to see.
pub(super) fn edited(message: &Value) -> Option<Vec<Inbound>> {
    let external_id = address(message)?.message(number(message, "message_id")?).to_string();
    let at = message.seconds("edit_date");
    Some(vec![Inbound::Edited { external_id, text: content(message).text, html: None, at }])
}

fn built(message: &Value, content: Content) -> Option<InboundMessage> {
    let (address, peer) = (address(message)?, chat_peer(message)?);
    let mut extra = content.extra;
    let reply_to = around(message, &address, &mut extra);
    if let Some(referral) = content.text.as_deref().and_then(referral) {
        extra.insert("referral".to_owned(), json!(referral));
    }
    let direction = direction(message, &peer);
    let from = message.get("sender_chat").is_none().then(|| message.get("from")).flatten();
    if let Some(author) = message.get("sender_chat").and_then(|chat| string(chat, "title")).and_then(text::clean_name) {
        extra.insert("author".to_owned(), json!(author));
    }
    Some(InboundMessage {
        external_id: address.message(number(message, "message_id")?).to_string(),
        direction,
        hints: author_hints(&peer, from.filter(|_| direction == Direction::Inbound)),
        peer,
        kind: content.kind,
        text: content.text,
        attachments: content.attachments,
        reply_to,
        sent_at: message.seconds("date"),
        automatic: message.get("is_from_offline").and_then(Value::as_bool).unwrap_or_default(),
        extra: if extra.is_empty() { Value::Null } else { Value::Object(extra) },
        ..InboundMessage::default()
    })
}

/// In a business account's chats its owner writes too, and so do other programs of theirs.
fn direction(message: &Value, peer: &Peer) -> Direction {
    let chat = Address::parse(&peer.external_id).filter(|address| address.business.is_some()).map(|address| address.chat);
    match (chat, message.get("from").and_then(|from| number(from, "id"))) {
        (Some(customer), Some(author)) if customer != author => Direction::Outbound,
        _ => Direction::Inbound,
    }
}

/// What a message refers to. The result is the message it answers, where that is in the same chat.
fn around(message: &Value, address: &Address, extra: &mut Map<String, Value>) -> Option<String> {
    for (field, key) in [("media_group_id", "album"), ("effect_id", "effect"), ("author_signature", "signature")] {
        if let Some(value) = string(message, field) {
            extra.insert(key.to_owned(), json!(value));
        }
    }
    if let Some(via) = message.get("via_bot").and_then(|bot| string(bot, "username")) {
        extra.insert("via".to_owned(), json!(format!("@{via}")));
    }
    if let Some(origin) = message.get("forward_origin") {
        extra.insert("forwarded".to_owned(), json!({"from": origin_name(origin), "at": origin.seconds("date")}));
    }
    let external = message.get("external_reply");
    let origin = external.and_then(|reply| reply.get("origin")).and_then(origin_name);
    let quoted = message.get("quote").and_then(|quote| string(quote, "text"));
    let mut quote = Map::new();
    quote.extend(quoted.map(|text| ("text".to_owned(), json!(text))));
    quote.extend(origin.map(|name| ("from".to_owned(), json!(name))));
    quote.extend(message.get("reply_to_story").map(|_| ("story".to_owned(), json!(true))));
    if !quote.is_empty() {
        extra.insert("quote".to_owned(), Value::Object(quote));
    }
    // In a forum every message "answers" the one that opened its topic.
    let target = message.get("reply_to_message").filter(|target| target.get("forum_topic_created").is_none())?;
    Some(address.message(number(target, "message_id")?).to_string())
}

/// The name of whoever wrote a forwarded or quoted message first.
fn origin_name(origin: &Value) -> Option<String> {
    let hidden = string(origin, "sender_user_name").and_then(text::clean_name);
    let chat = origin.get("sender_chat").or_else(|| origin.get("chat"));
    hidden.or_else(|| person_name(origin.get("sender_user")?)).or_else(|| text::clean_name(string(chat?, "title")?))
}

/// The parameter of the link that a conversation was opened by: `/start <payload>`.
fn referral(text: &str) -> Option<Referral> {
    const LONGEST: usize = 64;
    let (command, payload) = text.split_once(' ')?;
    let named = command == "/start" || command.starts_with("/start@");
    let proper =
        (1..=LONGEST).contains(&payload.len()) && payload.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    (named && proper).then(|| Referral {
        reference: Some(payload.to_owned()),
        source: Some("link".to_owned()),
        ..Referral::default()
    })
}

impl Content {
    pub(super) fn unsupported(kind: &str, shown: String) -> Self {
        let mut extra = Map::new();
        extra.insert("unsupported".to_owned(), json!(kind));
        Self { kind: Kind::Unsupported, text: Some(shown), attachments: Vec::new(), extra }
    }
}
