//! From an update to what happened. Everything is read from raw JSON: the live API is ahead of every library's types, and
//! what we do not know must stay visible.

mod content;
mod message;
mod service;
mod value;

use serde_json::{Value, json};
use trunkline_channel::rich::Choice;
use trunkline_channel::{Direction, Inbound, InboundMessage, Kind, Peer, Translation, Translator};

use crate::address::Address;
use value::{Seconds, chat_peer, number, person_name, string, user_peer};

/// The kinds of update that the bot asks for. Some come only when they are named.
pub const WANTED: &[&str] = &[
    "message",
    "edited_message",
    "business_connection",
    "business_message",
    "edited_business_message",
    "deleted_business_messages",
    "guest_message",
    "message_reaction",
    "callback_query",
    "poll_answer",
    "my_chat_member",
];

/// Kinds that are readable and not for us, with the reason that is shown.
const IGNORED: &[(&str, &str)] = &[
    ("channel_post", "a post of a channel"),
    ("edited_channel_post", "a post of a channel"),
    ("message_reaction_count", "a count of anonymous reactions"),
    ("inline_query", "an inline query"),
    ("chosen_inline_result", "an inline query"),
    ("shipping_query", "a payment"),
    ("pre_checkout_query", "a payment"),
    ("purchased_paid_media", "a payment"),
    ("poll", "the state of a poll"),
    ("chat_member", "another member of a group"),
    ("chat_join_request", "another member of a group"),
    ("chat_boost", "a boost"),
    ("removed_chat_boost", "a boost"),
];

/// Translates the updates of one bot, or of any where `bot_id` is unknown.
#[derive(Debug, Clone, Copy, Default)]
pub struct UpdateTranslator {
    /// Messages of this bot in a business account's name are our own.
    pub bot_id: Option<i64>,
}

impl Translator for UpdateTranslator {
    fn translate(&self, raw: &[u8]) -> Translation {
        let update: Value = match serde_json::from_slice(raw) {
            Ok(update) => update,
            Err(error) => return Translation::unreadable(format!("not JSON (column {})", error.column())),
        };
        let Some(fields) = update.as_object() else { return Translation::unreadable("not an update") };
        let mut contents = fields.iter().filter(|(key, _)| *key != "update_id");
        match contents.next() {
            Some((kind, content)) => self.one(kind, content, number(&update, "update_id").unwrap_or_default()),
            None => Translation::ignored("an update without content"),
        }
    }
}

impl UpdateTranslator {
    fn one(self, kind: &str, content: &Value, update_id: i64) -> Translation {
        if let Some((_, why)) = IGNORED.iter().find(|(ignored, _)| *ignored == kind) {
            return Translation::ignored(*why);
        }
        let events = match kind {
            "message" | "business_message" => return message::received(content, self.bot_id),
            "guest_message" => message::unsupported(content, kind, self.bot_id),
            "edited_message" | "edited_business_message" => message::edited(content),
            "deleted_business_messages" => deleted(content),
            "message_reaction" => reaction(content),
            "callback_query" => pressed(content),
            "my_chat_member" => membership(content),
            "business_connection" => connection(content),
            "poll_answer" => vote(content, update_id),
            // Also what Telegram adds tomorrow, where it concerns a message or at least a chat.
            _ => unknown(kind, content, update_id),
        };
        match events {
            Some(events) => Translation::of(events),
            None => Translation::unreadable(format!("a {kind} without the fields that every one has")),
        }
    }
}

fn deleted(content: &Value) -> Option<Vec<Inbound>> {
    let address = Address { topic: None, ..value::address(content)? };
    let ids = content.get("message_ids")?.as_array()?.iter().filter_map(Value::as_i64);
    Some(ids.map(|id| Inbound::Deleted { external_id: address.message(id).to_string(), at: None }).collect())
}

/// What is there now and was not before; nothing where all was taken back.
fn reaction(content: &Value) -> Option<Vec<Inbound>> {
    let address = value::address(content)?;
    let list = |key: &str| content.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let (old, new) = (list("old_reaction"), list("new_reaction"));
    let newest = new.iter().rev().find(|reaction| !old.contains(reaction)).or(new.last());
    let emoji = newest.map(|reaction| match string(reaction, "type") {
        Some("emoji") => string(reaction, "emoji").unwrap_or("❔").to_owned(),
        Some("paid") => "⭐".to_owned(),
        _ => "❔".to_owned(),
    });
    let external_id = address.message(number(content, "message_id")?).to_string();
    Some(vec![Inbound::Reaction { external_id, peer: chat_peer(content)?, emoji, at: content.seconds("date") }])
}

/// A pressed button. It carries no time of its own.
fn pressed(content: &Value) -> Option<Vec<Inbound>> {
    let (query, from) = (string(content, "id")?, content.get("from")?);
    let shown = content.get("message").filter(|message| value::address(message).is_some());
    let peer = shown.map_or_else(|| user_peer(from), chat_peer)?;
    let data = string(content, "data").or_else(|| string(content, "game_short_name")).unwrap_or_default();
    let title = shown.and_then(|message| title_of(message, data)).unwrap_or(data).to_owned();
    let reply_to = shown.and_then(|message| Some(value::address(message)?.message(number(message, "message_id")?).to_string()));
    let choice = Choice { id: data.to_owned(), title: title.clone(), data: Value::Null };
    Some(vec![Inbound::Message(Box::new(InboundMessage {
        external_id: format!("callback:{query}"),
        direction: Direction::Inbound,
        hints: value::author_hints(&peer, Some(from)),
        peer,
        kind: Kind::Interactive,
        text: Some(title),
        reply_to,
        extra: json!({ "choice": choice }),
        ..InboundMessage::default()
    }))])
}

/// The title of the button with this data, which the message still carries.
fn title_of<'m>(message: &'m Value, data: &str) -> Option<&'m str> {
    let rows = message.get("reply_markup")?.get("inline_keyboard")?.as_array()?;
    let mut buttons = rows.iter().filter_map(Value::as_array).flatten();
    buttons.find(|button| string(button, "callback_data") == Some(data)).and_then(|button| string(button, "text"))
}

/// Blocked or unblocked by a person; removed from a group or let in again.
fn membership(content: &Value) -> Option<Vec<Inbound>> {
    let status = string(content.get("new_chat_member")?, "status")?;
    let reachable = !matches!(status, "kicked" | "left");
    Some(vec![Inbound::Reachable { peer: chat_peer(content)?, reachable, at: content.seconds("date") }])
}

fn connection(content: &Value) -> Option<Vec<Inbound>> {
    let who = person_name(content.get("user")?).unwrap_or_else(|| "A business account".to_owned());
    let enabled = content.get("is_enabled").and_then(Value::as_bool).unwrap_or_default();
    let shown = if enabled { format!("{who} has connected this bot.") } else { format!("{who} has disconnected this bot.") };
    let code = "business_connection".to_owned();
    Some(vec![Inbound::Notice { code, shown, severe: !enabled, at: content.seconds("date") }])
}

/// A vote in an open poll. A bot learns the numbers of the options, not their words.
fn vote(content: &Value, update_id: i64) -> Option<Vec<Inbound>> {
    let poll = string(content, "poll_id")?;
    // A channel votes as itself.
    let voter = content.get("voter_chat").map(|chat| json!({ "chat": chat }));
    let peer = content.get("user").and_then(user_peer).or_else(|| chat_peer(voter.as_ref()?))?;
    let chosen: Vec<i64> = content.get("option_ids")?.as_array()?.iter().filter_map(Value::as_i64).collect();
    let numbers = chosen.iter().map(|option| (option + 1).to_string()).collect::<Vec<_>>().join(", ");
    let text = if chosen.is_empty() { "took the vote back".to_owned() } else { format!("voted for option {numbers}") };
    let choice = Choice { id: numbers, title: text.clone(), data: json!({"poll": poll, "options": chosen}) };
    Some(vec![Inbound::Message(Box::new(InboundMessage {
        external_id: format!("vote:{poll}:{update_id}"),
        peer,
        kind: Kind::Interactive,
        text: Some(text),
        extra: json!({ "choice": choice }),
        ..InboundMessage::default()
    }))])
}

fn unknown(kind: &str, content: &Value, update_id: i64) -> Option<Vec<Inbound>> {
    if number(content, "message_id").is_some() && value::address(content).is_some() {
        return message::unsupported(content, kind, None);
    }
    let peer: Option<Peer> = chat_peer(content).or_else(|| user_peer(content.get("from").or_else(|| content.get("user"))?));
    let Some(peer) = peer else {
        let shown = format!("Telegram sent something that is not known here yet: {kind}.");
        return Some(vec![Inbound::Notice { code: kind.to_owned(), shown, severe: false, at: None }]);
    };
    Some(vec![Inbound::Message(Box::new(InboundMessage {
        external_id: format!("update:{update_id}:{}", peer.external_id),
        peer,
        kind: Kind::Unsupported,
        text: Some(format!("Something that cannot be shown here: {}", value::readable(kind))),
        sent_at: content.seconds("date"),
        extra: json!({ "unsupported": kind }),
        ..InboundMessage::default()
    }))])
}
