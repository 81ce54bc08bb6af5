//! Small work that waits in a table until its time has come: claimed by whichever daemon is first, a few at once. A claim
//! runs out, so that what a stopped daemon left is taken again.

use std::time::Duration;

use async_trait::async_trait;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use trunkline_channel::Micros;

use crate::app::App;
use crate::db::{DbError, Tx};

/// One kind of such work.
#[async_trait]
pub trait Chores: Clone + Send + Sync + 'static {
    type Chore: Send + Sync + 'static;

    /// What the log calls it.
    const NAME: &'static str;
    /// Rung by whoever writes down a new one.
    const BELL: &'static str;
    /// Under way at once.
    const MAX_RUNNING: usize;
    /// Nobody else takes a claimed one before this: longer than an attempt can last.
    const CLAIM_US: Micros;
    /// Due ones are looked for at least this often.
    const POLL: Duration;

    fn app(&self) -> &App;

    /// Those whose time has come, at most `limit`.
    async fn due(&self, now: Micros, limit: i64) -> Result<Vec<Self::Chore>, DbError>;

    /// False when another daemon was first.
    async fn claim(&self, tx: &mut Tx, chore: &Self::Chore, until: Micros) -> Result<bool, DbError>;

    /// One attempt, with what follows from it. An error leaves the chore to be taken again when its claim has run out.
    async fn attempt(&self, chore: Self::Chore) -> Result<(), DbError>;
}

/// Works until `stop`. What is under way then is given up.
pub async fn run<C: Chores>(chores: C, stop: CancellationToken) {
    let bell = chores.app().db.bell(C::BELL);
    let mut running = JoinSet::new();
    while !stop.is_cancelled() {
        if let Err(error) = start_due(&chores, &mut running).await {
            tracing::warn!(%error, chore = C::NAME, "cannot look for what is due");
        }
        tokio::select! {
            () = stop.cancelled() => {}
            () = bell.notified() => {}
            Some(_) = running.join_next() => {}
            () = tokio::time::sleep(C::POLL) => {}
        }
    }
    running.shutdown().await;
}

/// How long to wait after this many failures; `None` when the schedule has ended.
#[must_use]
pub fn wait(schedule: &[Micros], failures: i64) -> Option<Micros> {
    usize::try_from(failures - 1).ok().and_then(|index| schedule.get(index).copied())
}

/// Claims due ones for the free places and starts them.
async fn start_due<C: Chores>(chores: &C, running: &mut JoinSet<()>) -> Result<(), DbError> {
    while running.try_join_next().is_some() {}
    let free = C::MAX_RUNNING.saturating_sub(running.len());
    if free == 0 {
        return Ok(());
    }
    let now = chores.app().now();
    let due = chores.due(now, i64::try_from(free).unwrap_or(1)).await?;
    if due.is_empty() {
        return Ok(());
    }
    let mut tx = chores.app().db.begin().await?;
    let mut claimed = Vec::with_capacity(due.len());
    for chore in due {
        if chores.claim(&mut tx, &chore, now + C::CLAIM_US).await? {
            claimed.push(chore);
        }
    }
    tx.commit().await?;
    for chore in claimed {
        let chores = chores.clone();
        running.spawn(async move {
            if let Err(error) = chores.attempt(chore).await {
                tracing::warn!(%error, chore = C::NAME, "cannot settle what was done");
            }
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::wait;

    #[test]
    fn the_schedule_begins_with_the_first_failure_and_ends() {
        let waits: Vec<_> = (0..=3).map(|failures| wait(&[5, 9], failures)).collect();
        assert_eq!(waits, [None, Some(5), Some(9), None]);
    }
}
