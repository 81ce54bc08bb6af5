//! Reading raw JSON, and the people and chats in it.

use serde_json::Value;
use trunkline_channel::{Hints, Micros, Peer, text};

use crate::address::Address;

pub fn string<'v>(value: &'v Value, key: &str) -> Option<&'v str> {
    value.get(key).and_then(Value::as_str)
}

pub fn number(value: &Value, key: &str) -> Option<i64> {
    value.get(key).and_then(Value::as_i64)
}

/// Telegram's times, which are seconds; a time of 0 stands for none.
pub trait Seconds {
    fn seconds(&self, key: &str) -> Option<Micros>;
}

impl Seconds for Value {
    fn seconds(&self, key: &str) -> Option<Micros> {
        number(self, key).filter(|seconds| *seconds > 0)?.checked_mul(1_000_000)
    }
}

/// Where a message or a change of one belongs.
pub fn address(content: &Value) -> Option<Address> {
    let chat = number(content.get("chat")?, "id")?;
    let in_topic = content.get("is_topic_message").and_then(Value::as_bool).unwrap_or_default();
    let topic = number(content, "message_thread_id").filter(|_| in_topic);
    let business = string(content, "business_connection_id").filter(|id| !id.contains(':')).map(str::to_owned);
    Some(Address { business, chat, topic })
}

/// The other side of a chat: a person, or a whole group.
pub fn chat_peer(content: &Value) -> Option<Peer> {
    let chat = content.get("chat")?;
    let private = string(chat, "type") == Some("private");
    // In a private chat with the bot the sender is the customer and brings their language along.
    let speaker = content.get("from").filter(|from| private && number(from, "id") == number(chat, "id"));
    Some(Peer {
        external_id: address(content)?.to_string(),
        name: string(chat, "title").and_then(text::clean_name).or_else(|| person_name(chat)),
        handle: string(chat, "username").map(|name| format!("@{name}")),
        language: speaker.and_then(|from| string(from, "language_code")).map(str::to_owned),
        ..Peer::default()
    })
}

/// A person's private chat with the bot, which has the person's number.
pub fn user_peer(user: &Value) -> Option<Peer> {
    Some(Peer {
        external_id: number(user, "id")?.to_string(),
        name: person_name(user),
        handle: string(user, "username").map(|name| format!("@{name}")),
        language: string(user, "language_code").map(str::to_owned),
        ..Peer::default()
    })
}

pub fn person_name(person: &Value) -> Option<String> {
    let parts: Vec<&str> = ["first_name", "last_name"].iter().filter_map(|key| string(person, key)).collect();
    text::clean_name(&parts.join(" "))
}

/// Of a group's message, who in it spoke.
pub fn author_hints(peer: &Peer, from: Option<&Value>) -> Hints {
    let author = from.and_then(user_peer).filter(|author| {
        let chat = Address::parse(&peer.external_id).map(|address| address.chat.to_string());
        chat.is_some_and(|chat| chat != author.external_id)
    });
    Hints { participants: author.into_iter().collect(), ..Hints::default() }
}

/// `forum_topic_created` as people would read it.
pub fn readable(field: &str) -> String {
    field.replace('_', " ")
}
