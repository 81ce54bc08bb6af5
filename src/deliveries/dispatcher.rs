//! The owner of all lanes: one for each inbox, so that a hanging provider holds up nobody but itself.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::{self, JoinSet};
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;
use trunkline_channel::{Connector, HealthReporter, Signal};

use super::lane::Lane;
use super::signals::Signals;
use super::store::batch;
use super::{amendments, bell, receipts};
use crate::app::App;
use crate::db::{Backend, DbError};

/// How often lanes that ended are started again and early receipts are joined.
const HOUSEKEEPING: Duration = Duration::from_secs(5);

/// The way out through one inbox.
#[derive(Clone)]
pub struct OutgoingLine {
    pub connector: Arc<dyn Connector>,
    pub health: HealthReporter,
}

/// Looks up the connectors of running inboxes; answered by their supervisor.
pub trait OutgoingLines: Send + Sync + 'static {
    /// `None` while the inbox is paused or gone: its deliveries wait.
    fn outgoing(&self, inbox_id: &str) -> Option<OutgoingLine>;

    fn inbox_ids(&self) -> Vec<String>;

    /// Changes whenever an answer of the others would.
    fn changes(&self) -> watch::Receiver<u64>;
}

/// Wakes the dispatcher; cheap to clone. Commits of `deliveries::enqueue` wake it by themselves.
#[derive(Clone)]
pub struct Dispatcher {
    app: App,
    lines: Arc<dyn OutgoingLines>,
    signals: Signals,
}

impl Dispatcher {
    /// Starts sending. After `stop` nothing new is begun; the task ends when what is under way has ended. A task that is
    /// aborted leaves deliveries in `sending`, which the next start treats as sends of unknown outcome.
    pub fn start(app: App, lines: Arc<dyn OutgoingLines>, stop: CancellationToken) -> (Self, JoinSet<()>) {
        let mut tasks = JoinSet::new();
        tasks.spawn(run(app.clone(), lines.clone(), stop.clone()));
        let signals = Signals::start(app.clone(), lines.clone(), stop, &mut tasks);
        (Self { app, lines, signals }, tasks)
    }

    /// Tells the customer of a conversation that its operator types, or has seen what was written. Best effort, and
    /// never waits; from anybody but the conversation's operator it says nothing.
    pub fn signal(&self, conversation_id: &str, operator_id: &str, signal: Signal) {
        self.signals.offer(conversation_id, operator_id, signal);
    }

    /// Looks at all outboxes now instead of at the next look.
    pub fn wake(&self) {
        for inbox_id in self.lines.inbox_ids() {
            self.app.db.bell(&bell(&inbox_id)).notify_one();
        }
    }
}

async fn run(app: App, lines: Arc<dyn OutgoingLines>, stop: CancellationToken) {
    // On SQLite this process is the only one: whatever is still `sending` was broken off.
    while app.db.backend() == Backend::Sqlite && !stop.is_cancelled() {
        match expire_all(&app).await {
            Ok(0) => break,
            Ok(broken_off) => {
                tracing::warn!(deliveries = broken_off, "sends were broken off by the last stop");
                break;
            }
            Err(error) => {
                tracing::error!(%error, "cannot look for sends that were broken off");
                tokio::select! {
                    () = stop.cancelled() => {}
                    () = tokio::time::sleep(HOUSEKEEPING) => {}
                }
            }
        }
    }
    let mut lanes: HashMap<String, OpenLane> = HashMap::new();
    let mut tasks: JoinSet<()> = JoinSet::new();
    tasks.spawn(amendments::run(app.clone(), lines.clone(), stop.clone()));
    let mut changes = lines.changes();
    let mut housekeeping = tokio::time::interval(HOUSEKEEPING);
    housekeeping.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while !stop.is_cancelled() {
        open_and_close(&app, &lines, &mut lanes, &mut tasks, &stop);
        tokio::select! {
            () = stop.cancelled() => {}
            changed = changes.changed() => if changed.is_err() {
                break;
            },
            Some(ended) = tasks.join_next_with_id(), if !tasks.is_empty() => {
                let task = match ended {
                    Ok((task, ())) => task,
                    Err(error) => {
                        tracing::error!(panicked = error.is_panic(), "a lane broke down and is opened again");
                        error.id()
                    }
                };
                lanes.retain(|_, lane| lane.task != task);
            },
            _ = housekeeping.tick() => if let Err(error) = tidy(&app).await {
                tracing::warn!(%error, "cannot join early receipts");
            },
        }
    }
    while tasks.join_next().await.is_some() {}
}

struct OpenLane {
    stop: CancellationToken,
    task: task::Id,
}

fn open_and_close(
    app: &App,
    lines: &Arc<dyn OutgoingLines>,
    lanes: &mut HashMap<String, OpenLane>,
    tasks: &mut JoinSet<()>,
    stop: &CancellationToken,
) {
    let wanted = lines.inbox_ids();
    for (inbox_id, lane) in lanes.iter() {
        if !wanted.contains(inbox_id) {
            lane.stop.cancel();
        }
    }
    for inbox_id in wanted {
        if let Entry::Vacant(free) = lanes.entry(inbox_id) {
            let stop = stop.child_token();
            let lane = Lane::new(app.clone(), free.key().clone(), lines.clone(), stop.clone());
            let task = tasks.spawn(lane.run()).id();
            free.insert(OpenLane { stop, task });
        }
    }
}

async fn expire_all(app: &App) -> Result<u64, DbError> {
    let mut tx = app.db.begin().await?;
    let expired = batch::expire_all(&mut tx).await?;
    amendments::expire_all(&mut tx).await?;
    tx.commit().await?;
    Ok(expired)
}

async fn tidy(app: &App) -> Result<(), DbError> {
    let mut tx = app.db.begin().await?;
    receipts::tidy_pending(&mut tx, &app.ids, app.now()).await?;
    tx.commit().await.map(|_| ())
}
