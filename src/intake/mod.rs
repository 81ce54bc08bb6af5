//! The way of a message in: raw event and effects in one transaction, confirmed only after the commit.
//!
//! ```text
//! connector ─ accept ─▶ translate (pure) ─▶ files stored ─▶ queue ─▶ writer: one transaction for all that wait ─▶ receipts
//! ```
//! What cannot be read is stored alone, quarantined, and can be replayed; it never holds back what comes after it.

pub mod api;
mod early;
mod effects;
mod handed;
mod identities;
mod lines;
mod passing;
mod plan;
mod prepare;
pub mod raw;
mod reach;
mod rows;
mod shape;
mod store;
mod threads;
mod writer;

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use trunkline_channel::{Inbound, IntakeError, RawEvent, Receipt, Threads, Translator};

use crate::app::App;
use crate::config::InboxOptions;
use crate::conversations::views::MessageView;
use crate::db::Backend;
use crate::realtime::Hub;
use passing::Passing;
use prepare::Prepared;

pub use effects::{deleted, edited, reaction};
pub use store::message_by_id;

/// What a refused sender is told to wait.
const RETRY_AFTER: Duration = Duration::from_secs(1);
/// Raw events of one call; a connector that has more makes several calls.
pub const MAX_EVENTS_PER_CALL: usize = 256;

/// What intake must know about an inbox; answered by the supervisor of the running connectors.
#[derive(Clone)]
pub struct Line {
    pub channel: String,
    pub translator: Arc<dyn Translator>,
    pub threads: Threads,
    /// The provider can be asked for the name of a customer who came without one.
    pub profiles: bool,
    /// Messages can be edited, deleted or reacted to, and the news of it can overtake the message.
    pub amends: bool,
    pub options: InboxOptions,
}

/// Looks up running (or paused) inboxes, and hears what their providers say of them.
pub trait Lines: Send + Sync + 'static {
    fn line(&self, inbox_id: &str) -> Option<Line>;

    /// News about the account itself. `severe`: a person must do something at the provider.
    fn notice(&self, inbox_id: &str, notice: &Notice);
}

/// News of a provider about an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    pub code: String,
    /// For people.
    pub shown: String,
    pub severe: bool,
}

/// Proof that the caller still holds a polling inbox: checked in the transaction that writes its cursor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    pub holder: String,
    pub term: i64,
}

/// The door to the store; cheap to clone.
#[derive(Clone)]
pub struct Intake {
    app: App,
    lines: Arc<dyn Lines>,
    /// One queue for each writer. What one customer sends always takes the same one.
    queues: Arc<[mpsc::Sender<Job>]>,
}

/// One call's events on their way to the writer.
struct Job {
    inbox_id: String,
    line: Line,
    events: Vec<Prepared>,
    term: Option<Term>,
    /// Apply again although the raw events are known (a replay asked for by a person).
    replay: bool,
    answer: oneshot::Sender<writer::Answer>,
}

impl Intake {
    /// Starts the writers; they end when `stop` is cancelled and everything accepted is committed.
    #[must_use]
    pub fn start(app: App, lines: Arc<dyn Lines>, hub: Hub, stop: CancellationToken) -> (Self, JoinSet<()>) {
        let writers = if app.db.backend() == Backend::Sqlite { 1 } else { app.config.intake.writers.max(1) };
        let mut tasks = JoinSet::new();
        let mut queues = Vec::with_capacity(writers);
        for _ in 0..writers {
            let (queue, jobs) = mpsc::channel(app.config.intake.queue.max(1));
            queues.push(queue);
            let passing = Passing { lines: lines.clone(), hub: hub.clone() };
            tasks.spawn(writer::run(app.clone(), passing, jobs, stop.clone()));
        }
        (Self { app, lines, queues: queues.into() }, tasks)
    }

    /// Events waiting for a writer.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.queues.iter().map(|queue| queue.max_capacity() - queue.capacity()).sum()
    }

    /// As [`trunkline_channel::Intake::accept`], with the term under which a cursor may be written.
    pub async fn accept_under(
        &self,
        inbox_id: &str,
        events: Vec<RawEvent>,
        term: Option<Term>,
    ) -> Result<Vec<Receipt>, IntakeError> {
        if events.len() > MAX_EVENTS_PER_CALL {
            return Err(IntakeError::Overloaded { retry_after: RETRY_AFTER });
        }
        let line = self.lines.line(inbox_id).ok_or(IntakeError::NoInbox)?;
        // Before the work of translating: a full queue refuses early.
        if self.queues.iter().all(|queue| queue.capacity() == 0) {
            return Err(IntakeError::Overloaded { retry_after: RETRY_AFTER });
        }
        let events = prepare::all(&self.app, &line, events).await?;
        let settled = self.submit(inbox_id, line, events, term, false).await?;
        Ok(settled.into_iter().map(|settled| settled.receipt).collect())
    }

    /// One event of a visitor here, who is shown the message as it went into the store. `None` where nothing new was made.
    pub async fn accept_one(&self, inbox_id: &str, event: RawEvent) -> Result<(Receipt, Option<MessageView>), IntakeError> {
        let line = self.lines.line(inbox_id).ok_or(IntakeError::NoInbox)?;
        if self.queues.iter().all(|queue| queue.capacity() == 0) {
            return Err(IntakeError::Overloaded { retry_after: RETRY_AFTER });
        }
        let events = prepare::all(&self.app, &line, vec![event]).await?;
        let settled = self.submit(inbox_id, line, events, None, false).await?.into_iter().next();
        let settled = settled.ok_or(IntakeError::Unavailable { retry_after: RETRY_AFTER })?;
        Ok((settled.receipt, settled.view.map(|view| *view)))
    }

    async fn submit(
        &self,
        inbox_id: &str,
        line: Line,
        events: Vec<Prepared>,
        term: Option<Term>,
        replay: bool,
    ) -> writer::Answer {
        let (answer, receipts) = oneshot::channel();
        let queue = self.queue_of(inbox_id, &events);
        let job = Job { inbox_id: inbox_id.to_owned(), line, events, term, replay, answer };
        queue.try_send(job).map_err(|_| IntakeError::Overloaded { retry_after: RETRY_AFTER })?;
        receipts.await.map_err(|_| IntakeError::Unavailable { retry_after: RETRY_AFTER })?
    }

    /// A poll's batches stay in one queue, because their cursor may only move when all before it is stored.
    fn queue_of(&self, inbox_id: &str, events: &[Prepared]) -> &mpsc::Sender<Job> {
        let mut hasher = DefaultHasher::new();
        inbox_id.hash(&mut hasher);
        let polled = events.len() > 1 || events.iter().any(|event| event.cursor.is_some());
        if let (false, Some(Inbound::Message(message))) =
            (polled, events.first().and_then(|event| event.translation.events.first()))
        {
            message.peer.external_id.hash(&mut hasher);
        }
        let index = usize::try_from(hasher.finish() % self.queues.len() as u64).unwrap_or(0);
        &self.queues[index]
    }
}

#[async_trait]
impl trunkline_channel::Intake for Intake {
    async fn accept(&self, inbox_id: &str, events: Vec<RawEvent>) -> Result<Vec<Receipt>, IntakeError> {
        self.accept_under(inbox_id, events, None).await
    }
}
