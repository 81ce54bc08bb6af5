//! One message: who, when, around what; its content is `content`.

use serde_json::{Map, Value, json};
use trunkline_channel::rich::Referral;
use trunkline_channel::{Direction, Hints, Inbound, InboundMessage, Kind, Peer};
use trunkline_meta::moment;

use super::Item;
use super::content::{Content, content, words};
use super::people::{People, group};
use super::value::{flag, readable, string};

pub fn received(message: &Value, people: &People<'_>, direction: Direction) -> Item {
    let Some(id) = string(message, "id") else { return Item::Fault("a message without an id") };
    let Some((peer, author)) = sides(message, people, direction) else { return Item::Fault("a message without a sender") };
    let at = message.get("timestamp").and_then(moment);
    let inner = |key: &str| message.get(key).unwrap_or(&Value::Null);
    let about = |key: &str, field: &str| string(inner(key), field).map(str::to_owned);
    match string(message, "type").unwrap_or_default() {
        "reaction" if direction == Direction::Outbound => Item::Ignored("a reaction of the business"),
        "reaction" => match about("reaction", "message_id") {
            Some(external_id) => {
                Item::Events(vec![Inbound::Reaction { external_id, peer, emoji: about("reaction", "emoji"), at }])
            }
            None => Item::Fault("a reaction to nothing"),
        },
        "edit" => match about("edit", "original_message_id") {
            Some(external_id) => {
                let text = words(inner("edit").get("message").unwrap_or(&Value::Null));
                Item::Events(vec![Inbound::Edited { external_id, text, html: None, at }])
            }
            None => Item::Fault("an edit of nothing"),
        },
        "revoke" => match about("revoke", "original_message_id") {
            Some(external_id) => Item::Events(vec![Inbound::Deleted { external_id, at }]),
            None => Item::Fault("a revocation of nothing"),
        },
        "system" => Item::Events(system(message, peer, people)),
        _ => {
            let hints = Hints { participants: author.into_iter().collect(), ..Hints::default() };
            let mut built = of(id, peer, content(message), message);
            built.direction = direction;
            built.hints = hints;
            built.echo_tag =
                string(message, "biz_opaque_callback_data").filter(|_| direction == Direction::Outbound).map(str::to_owned);
            Item::Events(vec![Inbound::Message(Box::new(built))])
        }
    }
}

/// Before the ids of events that are lines of the thread but no messages at WhatsApp.
const CALL: &str = "call:";
const PREFERENCE: &str = "preference:";

/// Whether it is an id of WhatsApp's own, which can be answered, reacted to and marked as read.
pub(crate) fn is_message_id(id: &str) -> bool {
    !id.is_empty() && !id.starts_with(CALL) && !id.starts_with(PREFERENCE)
}

/// A customer calls the number. Calls are not taken here, and the customer waits for a word.
pub fn called(call: &Value, people: &People<'_>) -> Item {
    let Some(id) = string(call, "id") else { return Item::Fault("a call without an id") };
    if string(call, "event") != Some("connect") || string(call, "direction") == Some("BUSINESS_INITIATED") {
        return Item::Ignored("the course of a call");
    }
    let Some(peer) = people.peer(string(call, "from"), string(call, "from_user_id")) else {
        return Item::Fault("a call without a caller");
    };
    let text = "📞 Called on WhatsApp. Calls cannot be taken here.";
    let content = Content::plain(Kind::Unsupported, text.to_owned()).with("unsupported", json!("call"));
    Item::Events(vec![Inbound::Message(Box::new(of(&format!("{CALL}{id}"), peer, content, call)))])
}

/// Whether a customer wants advertising.
pub fn preference(item: &Value, people: &People<'_>) -> Item {
    let Some(peer) = people.peer(string(item, "wa_id"), string(item, "user_id")) else {
        return Item::Fault("a preference of nobody");
    };
    let (category, value) = (string(item, "category").unwrap_or("messages"), string(item, "value").unwrap_or_default());
    let when = item.get("timestamp").and_then(moment).unwrap_or_default() / 1_000_000;
    let text = match value {
        "stop" => format!("Does not want {} any more.", readable(category)),
        "resume" => format!("Wants {} again.", readable(category)),
        other => format!("{}: {}", readable(category), readable(other)),
    };
    let content = Content::plain(Kind::System, text).with("preference", json!({"category": category, "value": value}));
    let id = format!("{PREFERENCE}{}:{category}:{value}:{when}", peer.external_id);
    Item::Events(vec![Inbound::Message(Box::new(of(&id, peer, content, item)))])
}

/// The thread's other side, and in a group the member who wrote.
fn sides(message: &Value, people: &People<'_>, direction: Direction) -> Option<(Peer, Option<Peer>)> {
    let one = |number: &str, user: &str| people.peer(string(message, number), string(message, user));
    if let Some(id) = string(message, "group_id") {
        return Some((group(id), one("from", "from_user_id").filter(|_| direction == Direction::Inbound)));
    }
    let customer = match direction {
        Direction::Inbound => one("from", "from_user_id"),
        Direction::Outbound => one("to", "to_user_id"),
    };
    customer.map(|peer| (peer, None))
}

fn of(id: &str, peer: Peer, content: Content, message: &Value) -> InboundMessage {
    let mut extra = content.extra;
    let reply_to = around(message, &mut extra);
    InboundMessage {
        external_id: id.to_owned(),
        peer,
        kind: content.kind,
        text: content.text,
        attachments: content.attachments,
        reply_to,
        sent_at: message.get("timestamp").and_then(moment),
        extra: if extra.is_empty() { Value::Null } else { Value::Object(extra) },
        ..InboundMessage::default()
    }
}

/// What a message refers to. The result is the message it answers.
fn around(message: &Value, extra: &mut Map<String, Value>) -> Option<String> {
    if let Some(referral) = message.get("referral").filter(|referral| referral.is_object()) {
        let text = |key| string(referral, key).map(str::to_owned);
        let came_by = Referral {
            reference: text("source_id").or_else(|| text("ref")),
            source: text("source_type"),
            title: text("headline").or_else(|| text("body")),
            url: text("source_url"),
        };
        extra.insert("referral".to_owned(), json!(came_by));
        if let Some(click) = string(referral, "ctwa_clid") {
            extra.insert("click".to_owned(), json!(click));
        }
    }
    let context = message.get("context")?;
    if flag(context, "forwarded") || flag(context, "frequently_forwarded") {
        extra.insert("forwarded".to_owned(), json!({ "frequently": flag(context, "frequently_forwarded") }));
    }
    if let Some(product) = context.get("referred_product") {
        let told = json!({"catalog": string(product, "catalog_id"), "id": string(product, "product_retailer_id")});
        extra.insert("product".to_owned(), told);
    }
    string(context, "id").map(str::to_owned)
}

/// Something about the customer, told inside the thread. A new number or id takes everything known along.
fn system(message: &Value, peer: Peer, people: &People<'_>) -> Vec<Inbound> {
    let told = message.get("system").unwrap_or(&Value::Null);
    let kind = string(told, "type").unwrap_or_default();
    let now = match kind {
        "user_changed_number" | "customer_changed_number" => {
            people.peer(string(told, "wa_id").or_else(|| string(told, "new_wa_id")), string(told, "user_id"))
        }
        "user_changed_user_id" => {
            people.peer(string(told, "wa_id"), string(told, "user_id").or_else(|| string(told, "new_user_id")))
        }
        _ => None,
    };
    let before = string(told, "old_user_id").or_else(|| string(told, "previous_user_id")).unwrap_or(&peer.external_id).to_owned();
    let mut events = Vec::new();
    let now = now.filter(|now| now.external_id != before);
    if let Some(now) = &now {
        let at = message.get("timestamp").and_then(moment);
        events.push(Inbound::PeerChanged { before, peer: now.clone(), at });
    }
    let text = string(told, "body").map_or_else(|| format!("WhatsApp says: {}", readable(kind)), str::to_owned);
    let content = Content::plain(Kind::System, text).with("system", json!(kind));
    let id = string(message, "id").unwrap_or_default();
    events.push(Inbound::Message(Box::new(of(id, now.unwrap_or(peer), content, message))));
    events
}
