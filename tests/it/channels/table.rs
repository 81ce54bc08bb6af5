//! What each messenger can do and tell, by its own documentation: what the scenarios expect of it.

use serde_json::{Value, json};

/// One of the four, as the customer's side knows it.
pub struct Channel {
    pub name: &'static str,
    /// Settings with pauses of a test's length.
    pub settings: Value,
    /// The setting that holds the token.
    pub token: &'static str,
    /// The business is told of deliveries, and of reading.
    pub delivered: bool,
    pub read: bool,
    /// The customer is told that the business has read.
    pub seen: bool,
    /// The business is told that the customer types.
    pub customer_types: bool,
    /// The business is told that the customer took a message back.
    pub customer_deletes: bool,
    /// A customer's film comes as a file, not as a link.
    pub video_in: bool,
    /// What a voice note of a customer is; one channel does not tell it from music.
    pub voice_in: &'static str,
    /// There are contact cards; elsewhere people write them down.
    pub cards: bool,
    /// The business may send a place; elsewhere a link to a map.
    pub places: bool,
    /// How a film of the business is shown.
    pub video_out: &'static str,
    /// Sent messages can be edited and taken back.
    pub changes: bool,
    /// Free messages end a day after the customer's last one, with this way out.
    pub way_out: Option<&'static str>,
    /// Events are posted to a webhook; elsewhere they are fetched.
    pub hooked: bool,
    /// A refused answer says for certain that it was blocked; elsewhere it may also be an old phone.
    pub block_told: bool,
    /// The provider hands events over even where the token is dead.
    pub inbound_without_token: bool,
    /// Characters of one message.
    pub text: usize,
    /// Posted to the stand-in, makes the customer send what nobody knows.
    pub unknown: fn(&str) -> (String, Value),
}

fn polled() -> Value {
    json!({"call_ms": 5_000, "poll_s": 2, "pause_ms": 50, "longest_pause_ms": 200, "stubborn_ms": 200})
}

fn watched() -> Value {
    json!({"call_ms": 5_000, "pause_ms": 50, "longest_pause_ms": 200, "stubborn_ms": 200, "check_ms": 200})
}

pub fn telegram() -> Channel {
    Channel {
        name: "telegram",
        settings: json!({"timeouts": polled()}),
        token: "token",
        delivered: false,
        read: false,
        seen: false,
        customer_types: false,
        customer_deletes: false,
        video_in: true,
        voice_in: "voice",
        cards: true,
        places: true,
        video_out: "video",
        changes: true,
        way_out: None,
        hooked: false,
        block_told: true,
        inbound_without_token: false,
        text: 4_096,
        unknown: |customer| {
            let person = json!({"id": customer.parse::<i64>().unwrap(), "is_bot": false, "first_name": "Ann", "type": "private"});
            let message = json!({"message_id": 99_001, "date": 1_795_000_000, "from": person, "chat": person,
                "hologram": {"depth": 3}});
            ("/_control/updates".to_owned(), json!({"message": message}))
        },
    }
}

pub fn vk() -> Channel {
    Channel {
        name: "vk",
        settings: json!({"timeouts": polled()}),
        token: "token",
        delivered: false,
        read: true,
        seen: true,
        customer_types: true,
        customer_deletes: false,
        video_in: false,
        voice_in: "voice",
        cards: false,
        places: true,
        video_out: "document",
        changes: true,
        way_out: None,
        hooked: false,
        block_told: true,
        inbound_without_token: true,
        text: 4_096,
        unknown: |customer| {
            let person = customer.parse::<i64>().unwrap();
            let message = json!({"id": 99_001, "conversation_message_id": 99_001, "date": 1_795_000_000, "peer_id": person,
                "from_id": person, "text": "", "attachments": [{"type": "hologram", "hologram": {"depth": 3}}]});
            ("/_control/events".to_owned(), json!({"type": "message_new", "object": {"message": message}}))
        },
    }
}

pub fn whatsapp() -> Channel {
    Channel {
        name: "whatsapp",
        settings: json!({"timeouts": watched()}),
        token: "access_token",
        delivered: true,
        read: true,
        seen: true,
        customer_types: false,
        customer_deletes: true,
        video_in: true,
        voice_in: "voice",
        cards: true,
        places: true,
        video_out: "video",
        changes: false,
        way_out: Some("template"),
        hooked: true,
        block_told: false,
        inbound_without_token: true,
        text: 4_096,
        unknown: |customer| {
            let path = format!("/_control/customers/{customer}/message");
            (path, json!({"type": "hologram", "hologram": {"depth": 3}}))
        },
    }
}

pub fn messenger() -> Channel {
    Channel {
        name: "messenger",
        settings: json!({"timeouts": watched()}),
        token: "access_token",
        delivered: true,
        read: true,
        seen: true,
        customer_types: false,
        customer_deletes: true,
        video_in: true,
        voice_in: "audio",
        cards: false,
        places: false,
        video_out: "video",
        changes: false,
        way_out: Some("writes again"),
        hooked: true,
        block_told: true,
        inbound_without_token: true,
        text: 1_999,
        unknown: |customer| {
            let path = format!("/_control/customers/{customer}/message");
            (path, json!({"attachments": [{"type": "hologram", "payload": {"depth": 3}}]}))
        },
    }
}
