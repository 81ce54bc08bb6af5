//! From an event to what happened. Everything is read from raw JSON: the live API is ahead of every library's types, and what
//! we do not know must stay visible.

mod attachments;
mod message;
mod service;
mod value;

use serde_json::{Value, json};
use trunkline_channel::rich::{Choice, Referral};
use trunkline_channel::{Direction, Inbound, InboundMessage, Kind, ReceiptStatus, ReceiptTarget, Translation, Translator};

use crate::address::{MessageId, is_person};
use crate::reactions;
pub use message::BUTTON_KEY;
use value::{list, message_name, number, peer, readable, seconds, string};

/// The kinds of event that an inbox needs switched on, by VK's names of them.
pub const WANTED: &[&str] = &[
    "message_new",
    "message_reply",
    "message_edit",
    "message_allow",
    "message_deny",
    "message_typing_state",
    "message_read",
    "message_event",
    "message_reaction_event",
    "user_block",
    "user_unblock",
    "market_order_new",
];

/// Beginnings of kinds that are readable and not for us, with the reason that is shown.
const IGNORED: &[(&str, &str)] = &[
    ("wall_", "the community's wall"),
    ("photo_", "the community's photos"),
    ("video_", "the community's videos"),
    ("audio_", "the community's music"),
    ("board_", "the community's discussions"),
    ("market_", "the community's shop"),
    ("group_", "the community itself"),
    ("like_", "a like"),
    ("poll_", "a vote in the community"),
    ("donut_", "a subscription"),
    ("vkpay_", "a payment"),
    ("app_", "an app"),
    ("lead_forms_", "a form outside the messages"),
    ("user_", "the community's members"),
];

/// Translates the events of one community, or of any where `group_id` is unknown.
#[derive(Debug, Clone, Copy, Default)]
pub struct EventTranslator {
    pub group_id: Option<i64>,
}

impl Translator for EventTranslator {
    fn translate(&self, raw: &[u8]) -> Translation {
        let event: Value = match serde_json::from_slice(raw) {
            Ok(event) => event,
            Err(error) => return Translation::unreadable(format!("not JSON (column {})", error.column())),
        };
        let Some(kind) = string(&event, "type") else { return Translation::unreadable("not an event: it has no type") };
        let other = number(&event, "group_id").filter(|group| self.group_id.is_some_and(|own| own != *group));
        if other.is_some() {
            return Translation::ignored("an event of another community");
        }
        if kind == "confirmation" {
            return Translation::ignored("VK's check of the address");
        }
        let Some(object) = event.get("object").filter(|object| object.is_object()) else {
            return Translation::unreadable(format!("a {kind} without its object"));
        };
        read(kind, object, string(&event, "event_id").unwrap_or_default())
    }

    /// What a long poll answered is cut into its events.
    fn events_of<'r>(&self, raw: &'r [u8]) -> Vec<std::borrow::Cow<'r, [u8]>> {
        let answer: Value = serde_json::from_slice(raw).unwrap_or_default();
        match answer.get("updates").and_then(Value::as_array) {
            Some(updates) => updates.iter().map(|update| update.to_string().into_bytes().into()).collect(),
            None => vec![raw.into()],
        }
    }

    /// VK carries back a number that was made from the delivery and the part of it.
    fn is_echo_of(&self, tag: &str, delivery_id: &str) -> bool {
        tag.parse().is_ok_and(|tag: i64| crate::outbound::random_ids(delivery_id).any(|number| number == tag))
    }
}

fn read(kind: &str, object: &Value, event_id: &str) -> Translation {
    let events = match kind {
        "message_new" => received(object.get("message").unwrap_or(object)),
        "message_reply" => said(object, Direction::Outbound),
        "message_edit" => edited(object),
        "message_read" => return seen(object),
        "message_typing_state" => return typing(object),
        "message_allow" => allowed(object, event_id),
        "message_deny" => user(object).map(|user| vec![reachable(user, false)]),
        "message_event" => pressed(object),
        "message_reaction_event" => return reaction(object),
        "user_block" | "user_unblock" => blocked(kind, object, event_id),
        "market_order_new" => order(object),
        _ => match IGNORED.iter().find(|(prefix, _)| kind.starts_with(prefix)) {
            Some((_, why)) => return Translation::ignored(*why),
            None => unknown(kind, object, event_id),
        },
    };
    match events {
        Some(events) => Translation::of(events),
        None => Translation::unreadable(format!("a {kind} without the fields that every one has")),
    }
}

fn received(object: &Value) -> Option<Vec<Inbound>> {
    let ours = number(object, "out") == Some(1);
    said(object, if ours { Direction::Outbound } else { Direction::Inbound })
}

fn said(object: &Value, direction: Direction) -> Option<Vec<Inbound>> {
    Some(vec![Inbound::Message(Box::new(message::message(object, direction)?))])
}

/// Comes for invisible changes too; whether anything changed is for intake to see.
fn edited(object: &Value) -> Option<Vec<Inbound>> {
    let text = message::content(object).text;
    Some(vec![Inbound::Edited { external_id: message_name(object)?, text, html: None, at: seconds(object, "update_time") }])
}

/// Everything of ours up to a message was read. Our own reading is told the same way.
fn seen(object: &Value) -> Translation {
    let Some((reader, peer)) = number(object, "from_id").zip(number(object, "peer_id")) else {
        return Translation::unreadable("a message_read without a reader");
    };
    if reader < 0 {
        return Translation::ignored("our own reading");
    }
    let Some(cmid) = number(object, "conversation_message_id").filter(|cmid| *cmid > 0) else {
        return Translation::ignored("a reading without the message's number in its conversation");
    };
    let target = ReceiptTarget::UpToMessage { peer: peer.to_string(), external_id: MessageId { peer, cmid }.to_string() };
    Translation::of(vec![Inbound::Receipt { target, status: ReceiptStatus::Read, at: None }])
}

fn typing(object: &Value) -> Translation {
    match number(object, "from_id") {
        Some(writer) if is_person(writer) => Translation::of(vec![Inbound::Typing { peer: peer(writer) }]),
        Some(_) => Translation::ignored("our own typing"),
        None => Translation::unreadable("a message_typing_state without a writer"),
    }
}

fn user(object: &Value) -> Option<i64> {
    number(object, "user_id").filter(|user| is_person(*user))
}

fn reachable(user: i64, reachable: bool) -> Inbound {
    Inbound::Reachable { peer: peer(user), reachable, at: None }
}

/// A message of the system's, for what people do without writing.
fn told(user: i64, external_id: String, text: String) -> InboundMessage {
    InboundMessage { external_id, peer: peer(user), kind: Kind::System, text: Some(text), ..InboundMessage::default() }
}

fn allowed(object: &Value, event_id: &str) -> Option<Vec<Inbound>> {
    let user = user(object)?;
    let mut events = vec![reachable(user, true)];
    if !event_id.is_empty() {
        let mut told = told(user, format!("event:{event_id}"), "allowed this community to write".to_owned());
        if let Some(key) = string(object, "key") {
            let referral = Referral { reference: Some(key.to_owned()), source: Some("allow".to_owned()), ..Referral::default() };
            told.extra = json!({ "referral": referral });
        }
        events.push(Inbound::Message(Box::new(told)));
    }
    Some(events)
}

fn blocked(kind: &str, object: &Value, event_id: &str) -> Option<Vec<Inbound>> {
    let user = user(object)?;
    let done = if kind == "user_block" { "was blocked by the community" } else { "is no longer blocked by the community" };
    let comment = string(object, "comment").map(|comment| format!(": {comment}")).unwrap_or_default();
    let until = seconds(object, "unblock_date").unwrap_or_default();
    let id = if event_id.is_empty() { format!("{kind}:{user}:{until}") } else { format!("event:{event_id}") };
    Some(vec![Inbound::Message(Box::new(told(user, id, format!("{done}{comment}"))))])
}

/// A pressed callback button. It carries neither a time nor the button's title.
fn pressed(object: &Value) -> Option<Vec<Inbound>> {
    let (user, event) = (user(object)?, string(object, "event_id")?);
    let chat = number(object, "peer_id").filter(|chat| *chat != 0).unwrap_or(user);
    let payload = object.get("payload").unwrap_or(&Value::Null);
    // The schema says text, the wire says an object.
    let data: Value = payload.as_str().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_else(|| payload.clone());
    let raw = payload.as_str().map_or_else(|| payload.to_string(), str::to_owned);
    let id = string(&data, BUTTON_KEY).map_or(raw, str::to_owned);
    let cmid = number(object, "conversation_message_id").filter(|cmid| *cmid > 0);
    let choice = Choice { id: id.clone(), title: id.clone(), data };
    Some(vec![Inbound::Message(Box::new(InboundMessage {
        external_id: format!("press:{event}"),
        peer: peer(chat),
        kind: Kind::Interactive,
        text: Some(id),
        reply_to: cmid.map(|cmid| MessageId { peer: chat, cmid }.to_string()),
        hints: value::author_hints(chat, Some(user)),
        extra: json!({ "choice": choice }),
        ..InboundMessage::default()
    }))])
}

fn reaction(object: &Value) -> Translation {
    let fields = (number(object, "reacted_id"), number(object, "peer_id"), number(object, "cmid"));
    let (Some(reacted), Some(chat), Some(cmid)) = fields else {
        return Translation::unreadable("a message_reaction_event without the fields that every one has");
    };
    if reacted < 0 {
        return Translation::ignored("our own reaction");
    }
    let emoji = number(object, "reaction_id").filter(|id| *id > 0).map(|id| reactions::emoji(id).to_owned());
    let external_id = MessageId { peer: chat, cmid }.to_string();
    Translation::of(vec![Inbound::Reaction { external_id, peer: peer(reacted), emoji, at: None }])
}

/// An order in the community's shop, line by line.
fn order(object: &Value) -> Option<Vec<Inbound>> {
    let (user, id) = (user(object)?, number(object, "id")?);
    let number_shown = string(object, "display_order_id").map_or_else(|| id.to_string(), str::to_owned);
    let total = object.get("total_price").and_then(|price| string(price, "text"));
    let mut text = format!("🧾 Order {number_shown}{}", total.map(|total| format!(", {total}")).unwrap_or_default());
    for item in list(object, "preview_order_items") {
        let title = string(item, "title").or_else(|| string(item.get("item")?, "title")).unwrap_or("?");
        text.push_str(&format!("\n• {} × {title}", number(item, "quantity").unwrap_or(1)));
    }
    if let Some(comment) = string(object, "comment") {
        text.push('\n');
        text.push_str(comment);
    }
    let order = json!({"id": id, "number": number_shown, "total": total});
    let extra = json!({ "order": order });
    let told = told(user, format!("order:{user}:{id}"), text);
    let sent_at = seconds(object, "date");
    Some(vec![Inbound::Message(Box::new(InboundMessage { kind: Kind::Order, sent_at, extra, ..told }))])
}

/// What VK adds tomorrow, where it concerns a message or at least a person; the rest is told to whoever runs the inbox.
fn unknown(kind: &str, object: &Value, event_id: &str) -> Option<Vec<Inbound>> {
    let shown = || format!("Something that cannot be shown here: {}", readable(kind));
    let author = ["from_id", "user_id", "peer_id"].into_iter().find_map(|key| number(object, key).filter(|id| is_person(*id)));
    let Some(author) = author.filter(|_| !event_id.is_empty()) else {
        let shown = format!("VK sent something that is not known here yet: {kind}.");
        return Some(vec![Inbound::Notice { code: kind.to_owned(), shown, severe: false, at: None }]);
    };
    let mut kept = told(author, format!("event:{event_id}"), string(object, "text").map_or_else(shown, value::shown));
    kept.kind = Kind::Unsupported;
    kept.sent_at = seconds(object, "date");
    kept.extra = json!({ "unsupported": kind });
    Some(vec![Inbound::Message(Box::new(kept))])
}
