//! A channel's connector and everything it may touch while it runs.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use axum::Router;
use bytes::Bytes;
use serde::Serialize;
use thiserror::Error;
use tokio_util::sync::CancellationToken;

use crate::capabilities::Capabilities;
use crate::clock::Clock;
use crate::health::HealthReporter;
use crate::inbound::{Peer, Translator};
use crate::outbound::{Amendment, Outbound, SendError, Sent};
use crate::rich::Template;

/// One connected account of a channel. The daemon holds it as `Arc<dyn Connector>`, one for each inbox.
#[async_trait]
pub trait Connector: Send + Sync + 'static {
    fn capabilities(&self) -> &Capabilities;

    /// It fetches by itself, from one place: exactly one process at a time may run it.
    fn polls(&self) -> bool {
        false
    }

    /// The provider's id of the connected account, where one webhook address may carry events of several: see
    /// [`Siblings`].
    fn account(&self) -> Option<String> {
        None
    }

    /// The pure translator of this channel; also used to replay stored raw events.
    fn translator(&self) -> Arc<dyn Translator>;

    /// What is mounted under `/in/<inbox id>`: webhooks. Nothing by default.
    fn routes(&self, _cx: Context) -> Router {
        Router::new()
    }

    /// Polls, idles or just waits until `cx.stop`. When it returns early the supervisor starts it again with a
    /// growing pause, except after [`RunError::Fatal`].
    async fn run(&self, cx: Context) -> Result<(), RunError> {
        cx.stop.cancelled().await;
        Ok(())
    }

    /// Exactly one attempt. Called by the dispatcher, in order per conversation, never twice at once for one delivery.
    async fn send(&self, out: &Outbound) -> Result<Sent, SendError>;

    /// Changes a message that was sent, or reacts to one. Exactly one attempt; repeating it does no harm.
    async fn amend(&self, _amendment: &Amendment) -> Result<(), SendError> {
        Err(SendError::Rejected { code: "unsupported".to_owned(), shown: "This channel cannot change messages.".to_owned() })
    }

    /// Tells the customer something that is not a message. Best effort; never retried. `last_inbound` is the provider id
    /// of the customer's last message, which some providers ask for.
    async fn signal(&self, _to: &Peer, _signal: Signal, _last_inbound: Option<&str>) -> Result<(), SendError> {
        Ok(())
    }

    /// What the provider tells of a person; `None` where it tells nothing.
    async fn profile(&self, _peer: &Peer) -> Result<Option<Profile>, FetchError> {
        Ok(None)
    }

    /// The approved templates of this account, all states.
    async fn templates(&self) -> Result<Vec<Template>, SendError> {
        Ok(Vec::new())
    }

    /// Fetches a remote file of an inbound message.
    async fn fetch(&self, _media: &MediaRef) -> Result<Fetched, FetchError> {
        Err(FetchError::Gone)
    }

    /// The channel doctor: every check a person would make by hand.
    async fn diagnose(&self, cx: &Context) -> Vec<Check>;
}

/// What a running connector may touch.
#[derive(Clone)]
pub struct Context {
    pub inbox: InboxRef,
    pub intake: Arc<dyn Intake>,
    pub cursors: Arc<dyn Cursors>,
    pub siblings: Arc<dyn Siblings>,
    pub clock: Arc<dyn Clock>,
    pub health: HealthReporter,
    pub stop: CancellationToken,
}

/// The other inboxes of the same channel. A provider may send the events of all accounts of an app to one address; the
/// connector that receives them hands each to the inbox of its account.
pub trait Siblings: Send + Sync {
    /// The running inbox of this account ([`Connector::account`]).
    fn inbox_of(&self, account: &str) -> Option<String>;
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InboxRef {
    pub id: String,
    pub name: String,
}

/// The door to the store: returns only after the events are durable.
#[async_trait]
pub trait Intake: Send + Sync {
    /// Stores raw events and applies what they mean. One receipt for each event, in order. Events already seen
    /// (same inbox, same key) are answered with [`Outcome::Duplicate`]. On an error nothing may be confirmed to the
    /// provider: none of the events is promised to be stored.
    async fn accept(&self, inbox_id: &str, events: Vec<RawEvent>) -> Result<Vec<Receipt>, IntakeError>;
}

/// One event as the provider sent it.
#[derive(Debug, Clone)]
pub struct RawEvent {
    /// The provider's natural key of the event; unique in the inbox for ever.
    pub key: String,
    pub body: Bytes,
    /// Committed together with the event: where to go on after a restart.
    pub cursor: Option<Cursor>,
}

/// A cursor whose name begins with this holds a secret: the daemon seals its value before it stores it.
pub const SECRET_CURSOR: &str = "secret:";

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    pub name: String,
    pub value: String,
}

/// Reads back what was committed with events, or sets a cursor when there was no event to carry it.
#[async_trait]
pub trait Cursors: Send + Sync {
    async fn load(&self, inbox_id: &str, name: &str) -> Result<Option<String>, CursorError>;
    async fn store(&self, inbox_id: &str, cursor: Cursor) -> Result<(), CursorError>;
}

#[derive(Debug, Clone, Error)]
pub enum CursorError {
    #[error("the store did not answer")]
    Unavailable,
    /// Another holder has taken over this inbox: stop at once.
    #[error("another process holds this inbox now")]
    LostLease,
}

/// What became of one raw event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Receipt {
    pub raw_event_id: String,
    pub outcome: Outcome,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "outcome")]
pub enum Outcome {
    /// Applied; the messages it made (none for receipts, reactions and the like).
    Applied {
        messages: Vec<StoredMessage>,
    },
    /// Seen before: nothing changed. The messages it made the first time.
    Duplicate {
        messages: Vec<StoredMessage>,
    },
    Ignored {
        reason: String,
    },
    Quarantined {
        reason: String,
    },
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StoredMessage {
    pub message_id: String,
    pub conversation_id: String,
    pub external_id: String,
    /// The message's place in its conversation, from 1.
    pub number: i64,
}

#[derive(Debug, Clone, Error)]
pub enum IntakeError {
    /// Too much is waiting: try again after this long.
    #[error("intake is full")]
    Overloaded { retry_after: Duration },
    /// The store refuses work (full disk, lost connection).
    #[error("the store is not available")]
    Unavailable { retry_after: Duration },
    #[error("the inbox does not exist or is paused")]
    NoInbox,
    #[error("another process holds this inbox now")]
    LostLease,
}

#[derive(Debug, Error)]
pub enum RunError {
    /// Worth starting again after a pause.
    #[error("{0}")]
    Retry(String),
    /// Starting again cannot help until a person changes something.
    #[error("{0}")]
    Fatal(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    Typing,
    Seen,
}

/// A connector's own reference to a remote file, as it stood in [`crate::Media::Remote`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MediaRef(pub String);

/// What a provider tells of a person. Nothing in it replaces what a colleague wrote.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Profile {
    pub name: Option<String>,
    pub handle: Option<String>,
    pub language: Option<String>,
}

#[derive(Debug, Clone)]
pub struct Fetched {
    pub bytes: Bytes,
    pub claimed_type: Option<String>,
}

#[derive(Debug, Clone, Error)]
pub enum FetchError {
    #[error("the file could not be fetched now: {0}")]
    Retry(String),
    #[error("the file is too large ({0} bytes)")]
    TooLarge(u64),
    #[error("the file is not there any more")]
    Gone,
    /// The address is not one that may be asked (not http or https, or inside our own network).
    #[error("the address of the file is not allowed")]
    Refused,
}

/// One line of the channel doctor's report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Check {
    #[schema(value_type = String)]
    pub name: &'static str,
    pub state: CheckState,
    /// What was found and, where it is bad, what to do; no secrets.
    pub detail: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CheckState {
    Ok,
    Warning,
    Failed,
}
