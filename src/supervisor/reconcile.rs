//! Brings the connectors that run in line with the inboxes that are stored.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::task::{self as tokio_task, JoinSet};
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;
use trunkline_channel::{Health, HealthReporter};

use super::task::Run;
use super::{Known, Supervisor};
use crate::db::DbError;
use crate::inboxes::{self, InboxRow};

/// Changes that another process made are seen after this long.
const LOOK: Duration = Duration::from_secs(5);

/// Requests for a look at the stored inboxes, on their way to the owner of the connectors.
pub struct Looks(mpsc::Receiver<oneshot::Sender<()>>);

impl Looks {
    pub(super) fn new(asked: mpsc::Receiver<oneshot::Sender<()>>) -> Self {
        Self(asked)
    }
}

/// The owner of all connector tasks.
pub(super) async fn supervise(supervisor: Supervisor, mut looks: Looks, stop: CancellationToken) {
    let mut tasks: JoinSet<()> = JoinSet::new();
    let mut names: HashMap<tokio_task::Id, String> = HashMap::new();
    let mut look = interval(LOOK);
    look.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let mut asked = Vec::new();
        tokio::select! {
            () = stop.cancelled() => break,
            _ = look.tick() => {}
            Some(done) = looks.0.recv() => asked.push(done),
            Some(ended) = tasks.join_next_with_id(), if !tasks.is_empty() => {
                let (id, panicked) = match ended {
                    Ok((id, ())) => (id, false),
                    Err(error) => (error.id(), error.is_panic()),
                };
                let name = names.remove(&id).unwrap_or_default();
                if panicked {
                    tracing::error!(inbox = name, "the task of an inbox broke down");
                    // Forgotten, it is built and started anew.
                    supervisor.0.lines.write().unwrap_or_else(PoisonError::into_inner).remove(&name);
                }
            }
        }
        match reconcile(&supervisor, &mut tasks, &mut names, &stop).await {
            Ok(false) => {}
            Ok(true) => supervisor.0.changes.send_modify(|n| *n += 1),
            Err(error) => tracing::warn!(%error, "cannot look at the stored inboxes"),
        }
        for done in asked {
            let _ = done.send(());
        }
    }
    while tasks.join_next().await.is_some() {}
}

/// Brings what runs in line with what is stored. Returns whether anything changed.
async fn reconcile(
    supervisor: &Supervisor,
    tasks: &mut JoinSet<()>,
    names: &mut HashMap<tokio_task::Id, String>,
    stop: &CancellationToken,
) -> Result<bool, DbError> {
    let rows = inboxes::all(&supervisor.0.app.db).await?;
    let mut changed = false;
    for id in supervisor.inbox_ids() {
        if !rows.iter().any(|row| row.id == id) {
            let removed = supervisor.0.lines.write().unwrap_or_else(PoisonError::into_inner).remove(&id);
            if let Some(known) = removed {
                known.stop.cancel();
            }
            supervisor.0.app.abilities.set(&id, None);
            changed = true;
        }
    }
    for row in rows {
        let before = supervisor.known(&row.id);
        // A slow-down by the provider changes the row, not the line.
        if before.as_ref().is_some_and(|known| known.row.updated_at == row.updated_at) {
            continue;
        }
        changed = true;
        let known = load(supervisor, row, stop);
        let id = known.row.id.clone();
        if let Some(before) = &before {
            before.stop.cancel();
        }
        if known.runs() && known.built.is_some() {
            let run =
                Run { supervisor: supervisor.clone(), known: known.clone(), before: before.map(|before| before.ended.clone()) };
            names.insert(tasks.spawn(run.live()).id(), id.clone());
        } else {
            known.ended.cancel();
        }
        supervisor.0.lines.write().unwrap_or_else(PoisonError::into_inner).insert(id, known);
    }
    Ok(changed)
}

/// Builds the connector of a stored inbox; settings that do not work are an inbox that says so.
fn load(supervisor: &Supervisor, row: InboxRow, stop: &CancellationToken) -> Arc<Known> {
    let app = &supervisor.0.app;
    let health = HealthReporter::default();
    let built = match inboxes::build(app, &row) {
        Ok(built) => Some(built),
        Err(error) => {
            tracing::error!(inbox = row.name, %error, "the settings of this inbox do not work");
            health.set(Health::Misconfigured { reason: error.to_string() }, app.now());
            None
        }
    };
    app.abilities.set(&row.id, built.as_ref().map(|built| built.connector.capabilities().clone()));
    if row.state == "paused" && built.is_some() {
        health.set(Health::Paused, app.now());
    }
    let mut known = Known { row, built, router: None, health, stop: stop.child_token(), ended: CancellationToken::new() };
    if let (Some(built), Some(cx)) = (&known.built, supervisor.context(&known, known.stop.clone(), None)) {
        known.router = known.runs().then(|| built.connector.routes(cx));
    }
    Arc::new(known)
}
