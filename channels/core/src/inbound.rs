//! What a provider told us, in one shape for all channels.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::clock::Micros;

/// Turns the raw bytes of one provider event into what happened. Pure: no input or output, no clock, no state.
pub trait Translator: Send + Sync {
    /// Never fails as a whole when part of a batch is readable: what is not readable goes to `faults`.
    fn translate(&self, raw: &[u8]) -> Translation;

    /// Cuts what a poll answered into the events that intake would be given one by one; anything else is one event.
    fn events_of<'r>(&self, raw: &'r [u8]) -> Vec<Cow<'r, [u8]>> {
        vec![Cow::Borrowed(raw)]
    }

    /// Whether the echo carrying `tag` ([`InboundMessage::echo_tag`]) is of our own delivery. By default the tag is the
    /// delivery's id; a provider that carries back a number made from it compares that.
    fn is_echo_of(&self, tag: &str, delivery_id: &str) -> bool {
        tag == delivery_id
    }
}

/// The result of translating one raw event (which may be a batch).
#[derive(Debug, Default, Clone, PartialEq, Serialize)]
pub struct Translation {
    pub events: Vec<Inbound>,
    /// Parts that could not be read: the raw event is quarantined and can be replayed.
    pub faults: Vec<Fault>,
    /// Why nothing came of a readable event (an unknown event type, our own echo, …).
    pub ignored: Option<String>,
}

impl Translation {
    #[must_use]
    pub fn of(events: Vec<Inbound>) -> Self {
        Self { events, ..Self::default() }
    }

    #[must_use]
    pub fn ignored(reason: impl Into<String>) -> Self {
        Self { ignored: Some(reason.into()), ..Self::default() }
    }

    #[must_use]
    pub fn unreadable(reason: impl Into<String>) -> Self {
        Self { faults: vec![Fault { at: String::new(), reason: reason.into() }], ..Self::default() }
    }
}

/// One part of a raw event that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// Where in the event, as a JSON pointer or a MIME path; empty for the whole.
    pub at: String,
    /// Why, without content of the message.
    pub reason: String,
}

/// Something that happened at the provider.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", tag = "event")]
pub enum Inbound {
    Message(Box<InboundMessage>),
    /// The author changed a message.
    Edited {
        external_id: String,
        text: Option<String>,
        html: Option<String>,
        at: Option<Micros>,
    },
    Deleted {
        external_id: String,
        at: Option<Micros>,
    },
    /// `emoji` of `None` takes the reaction back.
    Reaction {
        external_id: String,
        peer: Peer,
        emoji: Option<String>,
        at: Option<Micros>,
    },
    /// News about something we sent.
    Receipt {
        target: ReceiptTarget,
        status: ReceiptStatus,
        at: Option<Micros>,
    },
    /// The customer ended the conversation.
    Ended {
        peer: Peer,
        at: Option<Micros>,
    },
    /// The customer is writing. Told to operators, never kept.
    Typing {
        peer: Peer,
    },
    /// The customer blocked us, or let us write again.
    Reachable {
        peer: Peer,
        reachable: bool,
        at: Option<Micros>,
    },
    /// The provider gave a person another id: everything known under `before` belongs to `peer`.
    PeerChanged {
        before: String,
        peer: Peer,
        at: Option<Micros>,
    },
    /// News about the account, not about a customer (quality, review, policy): shown in the inbox's health.
    Notice {
        code: String,
        shown: String,
        severe: bool,
        at: Option<Micros>,
    },
}

/// A message in a customer's thread.
#[derive(Debug, Clone, PartialEq, Serialize, Default)]
pub struct InboundMessage {
    /// The provider's id, unique in this inbox for ever.
    pub external_id: String,
    pub direction: Direction,
    /// The customer (also of an echo: the thread's other side).
    pub peer: Peer,
    pub kind: Kind,
    /// Plain text as shown, without quoted history. U+0000 is allowed here; intake replaces it.
    pub text: Option<String>,
    /// Safe HTML for display, already sanitised.
    pub html: Option<String>,
    /// Text with everything the sender sent, where `text` was trimmed.
    pub full_text: Option<String>,
    pub attachments: Vec<Attachment>,
    /// Provider id of the message this one answers.
    pub reply_to: Option<String>,
    /// Provider time.
    pub sent_at: Option<Micros>,
    /// Written by a machine: never answered automatically, never reopens.
    pub automatic: bool,
    /// Of an echo: what the provider carried back of the send that made it. See [`Translator::is_echo_of`].
    pub echo_tag: Option<String>,
    pub hints: Hints,
    /// Provider facts worth keeping beside the message, under the keys of [`crate::rich`] where they fit.
    pub extra: Value,
}

/// What the channel knows about where a message belongs and how it should be handled.
#[derive(Debug, Clone, PartialEq, Serialize, Default)]
pub struct Hints {
    pub subject: Option<String>,
    pub priority: Option<String>,
    pub required_skills: Vec<String>,
    pub metadata: Option<Value>,
    /// What the customer answered before the conversation: fields of a new conversation and of a new contact.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub custom_fields: Option<Value>,
    /// A telephone number as the customer says it; it proves nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// Ids of earlier messages this one refers to, most trusted first.
    pub references: Vec<String>,
    /// A conversation id proved by our own signature in a reference; trusted, but not for a stranger.
    pub conversation_id: Option<String>,
    /// Name of a new thread where a contact may have several ([`crate::Threads::Many`]).
    pub thread: Option<String>,
    /// Other people of the thread, by external id (copied recipients).
    pub participants: Vec<Peer>,
    /// Why this message should be looked at with suspicion.
    pub suspicious: Option<String>,
}

/// A person at the provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct Peer {
    /// Opaque outside the connector that made it; unique in the inbox.
    pub external_id: String,
    /// Other ids of the same person at this provider (a phone number beside a user id): found under any of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<String>,
    pub name: Option<String>,
    /// What people would call the address: a mail address, a phone number, a user name.
    pub handle: Option<String>,
    pub language: Option<String>,
    /// Whether the identity is proved (a signed visitor token), not just claimed.
    #[serde(default)]
    pub verified: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// From the customer to the business.
    #[default]
    Inbound,
    /// Written by the business in another program and seen here as an echo.
    Outbound,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Default, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = MessageKind)]
pub enum Kind {
    #[default]
    Text,
    Image,
    Audio,
    Voice,
    Video,
    /// A short film without sound that plays by itself.
    Animation,
    File,
    Sticker,
    Location,
    Contact,
    /// A pressed button, a chosen list entry, a filled form: `text` is what the customer saw, `extra.choice` what it means.
    Interactive,
    /// A shared link, post or page.
    Link,
    Poll,
    Order,
    Article,
    Template,
    Action,
    Note,
    System,
    /// Something we cannot show; the raw event has it.
    Unsupported,
}

impl Kind {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Image => "image",
            Self::Audio => "audio",
            Self::Voice => "voice",
            Self::Video => "video",
            Self::Animation => "animation",
            Self::File => "file",
            Self::Sticker => "sticker",
            Self::Location => "location",
            Self::Contact => "contact",
            Self::Interactive => "interactive",
            Self::Link => "link",
            Self::Poll => "poll",
            Self::Order => "order",
            Self::Article => "article",
            Self::Template => "template",
            Self::Action => "action",
            Self::Note => "note",
            Self::System => "system",
            Self::Unsupported => "unsupported",
        }
    }
}

/// A file that came with a message.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Attachment {
    /// The sender's name for it, cleaned for display; never a path.
    pub name: String,
    /// The type the sender claims; the daemon looks at the bytes.
    pub claimed_type: Option<String>,
    pub size: Option<u64>,
    /// Shown inside the message, not below it.
    pub inline: bool,
    /// `cid:` of an inline part.
    pub content_id: Option<String>,
    pub media: Media,
}

/// Where the bytes of a file are.
#[derive(Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Media {
    /// Inside the raw event.
    #[serde(skip)]
    Bytes(bytes::Bytes),
    /// Already in the daemon's store (an upload).
    Stored { upload_id: String },
    /// To be fetched by the connector; the reference is opaque to the daemon.
    Remote { reference: String },
}

impl std::fmt::Debug for Media {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Bytes(bytes) => write!(f, "Bytes({} bytes)", bytes.len()),
            Self::Stored { upload_id } => write!(f, "Stored({upload_id})"),
            Self::Remote { .. } => f.write_str("Remote"),
        }
    }
}

/// Which of our messages a receipt is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReceiptTarget {
    /// The provider's id of one message.
    Message(String),
    /// Our own delivery id, carried by the provider and given back (tracker, metadata).
    Delivery(String),
    /// Everything sent to this peer up to a moment.
    UpTo { peer: String, at: Micros },
    /// Everything sent to this peer up to and with this message, by its provider id.
    UpToMessage { peer: String, external_id: String },
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "is")]
pub enum ReceiptStatus {
    Sent,
    Delivered,
    Read,
    /// `code` is the provider's; `shown` is for the operator; `recipient` where only one of several failed.
    Failed {
        code: String,
        shown: String,
        recipient: Option<String>,
    },
    /// Still being tried by the provider (a delay notice).
    Delayed {
        shown: String,
    },
}
