//! What a channel can do, as data: the console shows it, the dispatcher obeys it.

use std::time::Duration;

use serde::Serialize;

use crate::inbound::Kind;

/// Everything the daemon needs to know about a channel's abilities and limits.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
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
    #[schema(value_type = Option<Lasting>)]
    pub typing_interval: Option<Duration>,
    pub edits: bool,
    pub deletes: bool,
    pub reactions: bool,
    /// The only emoji that can be reacted with; empty where any can.
    #[schema(value_type = Vec<String>)]
    pub reaction_set: &'static [&'static str],
    /// When free messages may be sent; `None` where there is no limit.
    pub window: Option<Window>,
    /// What buttons a message may carry; `None` where it cannot.
    pub buttons: Option<ButtonLimits>,
    /// Approved templates can be listed ([`crate::Connector::templates`]) and sent at any time.
    pub templates: bool,
    /// `profile` is worth asking for a customer without a name.
    pub profiles: bool,
    /// What the provider takes from one inbox, and from one chat.
    pub inbox_rate: Rate,
    pub chat_rate: Rate,
    /// Waiting times after the first, second, … temporary failure; after the last the delivery has failed.
    #[serde(skip)]
    pub retry_schedule: &'static [Duration],
}

/// The time after the customer's last message in which free messages may be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Window {
    #[serde(serialize_with = "as_seconds")]
    #[schema(value_type = u64)]
    pub free: Duration,
    /// Longer, for answers written by a person (Messenger's human agent).
    #[serde(serialize_with = "as_optional_seconds")]
    #[schema(value_type = Option<u64>)]
    pub human: Option<Duration>,
    /// What an operator can still do afterwards, in plain words.
    #[schema(value_type = String)]
    pub way_out: &'static str,
}

impl Window {
    /// The longest time in which a person may answer.
    #[must_use]
    pub fn whole(&self) -> Duration {
        self.human.map_or(self.free, |human| human.max(self.free))
    }
}

fn as_seconds<S: serde::Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u64(duration.as_secs())
}

// serde hands a reference to the field as it is.
#[expect(clippy::ref_option, reason = "serde's signature")]
fn as_optional_seconds<S: serde::Serializer>(duration: &Option<Duration>, serializer: S) -> Result<S::Ok, S::Error> {
    duration.map(|duration| duration.as_secs()).serialize(serializer)
}

/// What buttons a message may carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct ButtonLimits {
    pub max: usize,
    pub max_title_chars: usize,
    /// In bytes of UTF-8.
    pub max_id_bytes: usize,
    /// A button may open a web page instead of answering.
    pub links: bool,
}

/// How long a text may be, in the provider's own count.
#[derive(Debug, Clone, Copy, Serialize, utoipa::ToSchema)]
pub struct TextLimit {
    pub max: usize,
    pub count_by: CountBy,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CountBy {
    Utf16Units,
    Characters,
    Bytes,
}

/// Whether a contact has one line in this inbox or many threads side by side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Threads {
    /// One open conversation per contact.
    Single,
    /// Each thread is a conversation of its own (mail).
    Many,
}

/// What happens after a send whose outcome is unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case", tag = "then")]
pub enum Ambiguity {
    /// The provider drops a repeated send with the same id: repeat.
    Repeat,
    /// A receipt or echo will tell: wait this long, then ask the operator.
    Reconcile {
        #[schema(value_type = Lasting)]
        wait: Duration,
    },
    /// Nobody will tell: ask the operator at once.
    AskOperator,
}

/// How a [`Duration`] is written.
#[derive(utoipa::ToSchema)]
pub struct Lasting {
    pub secs: u64,
    pub nanos: u32,
}

/// At most `burst` sends at once and `per_second` in the long run.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Rate {
    pub per_second: f64,
    pub burst: u32,
}
