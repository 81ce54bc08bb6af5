//! What a channel can do, as data: the console shows it, the dispatcher obeys it.

use std::time::Duration;

use serde::Serialize;

use crate::inbound::Kind;

/// Everything the daemon needs to know about a channel's abilities and limits.
#[derive(Debug, Clone, Serialize)]
pub struct Capabilities {
    /// Kinds of message that can be sent.
    pub sends: Vec<Kind>,
    /// Longest text of one provider message; longer texts are split by the connector.
    pub text: TextLimit,
    /// Largest file that can be sent, in bytes; 0 means files cannot be sent.
    pub max_attachment_bytes: u64,
    /// How many attachments one message may carry.
    pub max_attachments: usize,
    pub threads: Threads,
    pub ambiguity: Ambiguity,
    /// The daemon's own realtime is the wire: visitors connect to it and are told of answers by the event log.
    pub realtime: bool,
    pub delivered_receipts: bool,
    pub read_receipts: bool,
    /// Whether `signal(Typing)` reaches the customer, and how often it is worth repeating.
    pub typing_interval: Option<Duration>,
    pub edits: bool,
    pub deletes: bool,
    pub reactions: bool,
    /// Time after the customer's last message in which free messages may be sent; `None` where there is no limit.
    pub reply_window: Option<Duration>,
    /// What the provider takes from one inbox, and from one chat.
    pub inbox_rate: Rate,
    pub chat_rate: Rate,
    /// Waiting times after the first, second, … temporary failure; after the last the delivery has failed.
    #[serde(skip)]
    pub retry_schedule: &'static [Duration],
}

/// How long a text may be, in the provider's own count.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct TextLimit {
    pub max: usize,
    pub count_by: CountBy,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CountBy {
    Utf16Units,
    Characters,
    Bytes,
}

/// Whether a contact has one line in this inbox or many threads side by side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Threads {
    /// One open conversation per contact.
    Single,
    /// Each thread is a conversation of its own (mail).
    Many,
}

/// What happens after a send whose outcome is unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "then")]
pub enum Ambiguity {
    /// The provider drops a repeated send with the same id: repeat.
    Repeat,
    /// A receipt or echo will tell: wait this long, then ask the operator.
    Reconcile { wait: Duration },
    /// Nobody will tell: ask the operator at once.
    AskOperator,
}

/// At most `burst` sends at once and `per_second` in the long run.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Rate {
    pub per_second: f64,
    pub burst: u32,
}
