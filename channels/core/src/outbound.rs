//! What we ask a provider to deliver, and the closed vocabulary of its answers.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use serde::Serialize;
use serde_json::Value;
use thiserror::Error;

use crate::clock::Micros;
use crate::inbound::{Kind, Peer};
use crate::rich::Rich;

/// One message to one customer. `send` makes exactly one attempt.
#[derive(Debug, Clone)]
pub struct Outbound {
    /// Stable over all attempts: what idempotency keys and Message-IDs are made from.
    pub delivery_id: String,
    pub message_id: String,
    pub conversation_id: String,
    /// 1 for the first attempt.
    pub attempt: u32,
    pub to: Peer,
    pub kind: Kind,
    pub text: String,
    pub html: Option<String>,
    pub attachments: Vec<OutboundAttachment>,
    /// Provider id of the message being answered.
    pub reply_to: Option<String>,
    pub thread: ThreadContext,
    /// When the customer wrote last: what windows for free messages are counted from.
    pub last_inbound_at: Option<Micros>,
    /// Buttons, a place, a contact card or a template: read from `extra` and checked by the daemon.
    pub rich: Rich,
    /// The operator's public name.
    pub author: Option<String>,
    /// Written by a machine: marked so that other machines do not answer it.
    pub automatic: bool,
    pub extra: Value,
}

/// What a channel with threads needs to stay in one.
#[derive(Debug, Clone, Default)]
pub struct ThreadContext {
    pub subject: Option<String>,
    /// Provider ids of the conversation's messages, oldest first; bounded by the daemon.
    pub references: Vec<String>,
    /// Provider id of the customer's last message.
    pub last_inbound: Option<String>,
    /// Who else this message goes to.
    pub copies: Vec<Peer>,
}

/// A change of a message that was sent before. `amend` makes exactly one attempt.
#[derive(Debug, Clone)]
pub struct Amendment {
    /// Stable over all attempts.
    pub id: String,
    pub to: Peer,
    /// Provider ids of the message's parts, in order; of a reaction to a customer's message, its one id.
    pub external_ids: Vec<String>,
    /// What kind of message it was: where the text is a caption, providers want another call.
    pub kind: Kind,
    /// When the message was sent (provider windows for edits and deletions count from here).
    pub sent_at: Option<Micros>,
    pub change: Change,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "change")]
pub enum Change {
    Edit {
        text: String,
    },
    Delete,
    /// `None` takes our reaction back.
    React {
        emoji: Option<String>,
    },
}

#[derive(Debug, Clone)]
pub struct OutboundAttachment {
    pub name: String,
    /// Sniffed from the bytes.
    pub content_type: String,
    pub size: u64,
    pub blob: Arc<dyn Blob>,
}

/// The bytes of a stored file.
#[async_trait]
pub trait Blob: Send + Sync + std::fmt::Debug {
    async fn read(&self) -> std::io::Result<Bytes>;
}

/// The provider took the message.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Sent {
    /// Provider ids, one for each part a long message was split into.
    pub external_ids: Vec<String>,
    /// The channel knows that the customer has it, not just the provider.
    pub delivered: bool,
    /// Where a message had several recipients and some were refused.
    pub recipients: Vec<RecipientResult>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RecipientResult {
    pub handle: String,
    /// `None` when it was taken.
    pub refused: Option<String>,
}

/// Why a send did not end well. Nothing outside a connector looks into the texts: they are for people.
#[derive(Debug, Clone, PartialEq, Eq, Error, Serialize)]
#[serde(rename_all = "snake_case", tag = "error")]
pub enum SendError {
    /// Certainly not delivered; worth another try, not before `after`.
    #[error("not sent, can be tried again: {reason}")]
    Retry { after: Option<Duration>, reason: String },
    /// The provider slows the whole inbox (or this chat) down.
    #[error("slowed down by the provider for {after:?}")]
    RateLimited { after: Duration, whole_inbox: bool },
    /// It may have arrived; what happens next is [`crate::Ambiguity`].
    #[error("may have been delivered: {evidence}")]
    MaybeDelivered { evidence: String },
    /// The provider will never take this message.
    #[error("rejected with {code}")]
    Rejected { code: String, shown: String },
    /// The customer cannot be reached any more (blocked, deleted, unknown address).
    #[error("the customer cannot be reached: {code}")]
    PeerGone { code: String, shown: String },
    #[error("credentials refused: {code}")]
    BadCredentials { code: String, shown: String },
    /// The provider's window for free messages is over; `shown` names the legal way out.
    #[error("the window for free messages is closed")]
    WindowClosed { shown: String },
}
