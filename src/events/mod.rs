//! The numbered log of everything that happened. Written in the transaction of the change it tells of; realtime, rules
//! and other programs read it.

pub mod store;

use serde::Serialize;
use serde_json::Value;
use trunkline_channel::Micros;

/// What happened. The word before the dot is the stream it belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EventKind {
    ConversationCreated,
    ConversationAccepted,
    ConversationAssigned,
    ConversationTransferred,
    ConversationEscalated,
    ConversationClosed,
    ConversationReopened,
    ConversationArchived,
    ConversationUpdated,
    ConversationSeen,
    MessageCreated,
    MessageEdited,
    MessageDeleted,
    MessageReaction,
    DeliveryUpdated,
    AmendmentUpdated,
    OperatorUpdated,
    ContactUpdated,
    ContactMerged,
    ContactUnmerged,
    RawEventQuarantined,
    InboxHealth,
}

macro_rules! event_names {
    ($($kind:ident = $name:literal,)*) => {
        impl EventKind {
            #[cfg(test)]
            pub const ALL: &[Self] = &[$(Self::$kind,)*];

            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$kind => $name,)* }
            }

            #[must_use]
            pub fn parse(name: &str) -> Option<Self> {
                match name { $($name => Some(Self::$kind),)* _ => None }
            }
        }
    };
}
event_names! {
    ConversationCreated = "conversation.created",
    ConversationAccepted = "conversation.accepted",
    ConversationAssigned = "conversation.assigned",
    ConversationTransferred = "conversation.transferred",
    ConversationEscalated = "conversation.escalated",
    ConversationClosed = "conversation.closed",
    ConversationReopened = "conversation.reopened",
    ConversationArchived = "conversation.archived",
    ConversationUpdated = "conversation.updated",
    ConversationSeen = "conversation.seen",
    MessageCreated = "message.created",
    MessageEdited = "message.edited",
    MessageDeleted = "message.deleted",
    MessageReaction = "message.reaction",
    DeliveryUpdated = "delivery.updated",
    AmendmentUpdated = "amendment.updated",
    OperatorUpdated = "operator.updated",
    ContactUpdated = "contact.updated",
    ContactMerged = "contact.merged",
    ContactUnmerged = "contact.unmerged",
    RawEventQuarantined = "raw_event.quarantined",
    InboxHealth = "inbox.health",
}

/// Who may read an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    /// Operators only (notes, queue moves, deliveries).
    Staff,
    /// The conversation's customer as well.
    Everyone,
}

impl Audience {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Staff => "staff",
            Self::Everyone => "everyone",
        }
    }
}

/// An event on its way into the log.
#[derive(Debug, Clone)]
pub struct NewEvent {
    pub id: String,
    /// `conversation:<id>`, `contact:<id>`, `operators`, `inboxes` or `raw_events`.
    pub stream: String,
    pub kind: EventKind,
    pub audience: Audience,
    pub conversation_id: Option<String>,
    pub payload: Value,
    pub at: Micros,
}

impl NewEvent {
    /// An event of a conversation.
    #[must_use]
    pub fn of_conversation(
        id: String,
        conversation_id: &str,
        kind: EventKind,
        audience: Audience,
        payload: Value,
        at: Micros,
    ) -> Self {
        Self {
            id,
            stream: format!("conversation:{conversation_id}"),
            kind,
            audience,
            conversation_id: Some(conversation_id.to_owned()),
            payload,
            at,
        }
    }
}

/// An event as it stands in the log.
#[derive(Debug, Clone, Serialize, sqlx::FromRow)]
pub struct LoggedEvent {
    pub seq: i64,
    pub id: String,
    pub stream: String,
    pub kind: String,
    #[serde(skip)]
    pub audience: String,
    pub conversation_id: Option<String>,
    /// JSON text, as written.
    #[serde(skip)]
    pub payload: String,
    pub at: Micros,
}
