//! The life of one connector: under a lease where it polls, started again with a growing pause, never taking others down.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::FutureExt;
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;
use trunkline_channel::{
    Cursor, CursorError, Cursors, Health, HealthReporter, Intake as IntakeDoor, IntakeError, Outcome, RawEvent, Receipt,
    RunError, SECRET_CURSOR,
};

use super::lease::Lease;
use super::{Known, Supervisor, alarm, store};
use crate::app::App;
use crate::db::DbError;
use crate::inboxes::sealed;
use crate::intake::{Intake, Term};

/// Pause before a connector that ended is started again; doubled up to the longest.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// A connector that ran this long starts its pauses anew.
const RAN_WELL: Duration = Duration::from_secs(60);
/// Time to end by itself after the stop token.
const GRACE: Duration = Duration::from_secs(10);

/// One version of an inbox, from its start to its stop.
pub(super) struct Run {
    pub supervisor: Supervisor,
    pub known: Arc<Known>,
    /// Cancelled when the version before has ended.
    pub before: Option<CancellationToken>,
}

/// Why one run of a connector is over.
enum Over {
    Stopped,
    LostLease,
    Ended(Result<(), RunError>),
    Panicked,
}

impl Run {
    /// Until the stop; what a person must know is told meanwhile.
    pub async fn live(self) {
        tokio::select! {
            () = self.work() => {}
            () = alarm::follow(&self.supervisor, &self.known) => {}
        }
    }

    async fn work(&self) {
        let ended = self.known.ended.clone().drop_guard();
        if let Some(before) = &self.before
            && timeout(GRACE * 2, before.cancelled()).await.is_err()
        {
            tracing::warn!(inbox = self.known.row.name, "the connector before this one does not end");
        }
        let mut pause = FIRST_PAUSE;
        while !self.known.stop.is_cancelled() {
            let started = Instant::now();
            let over = self.once().await;
            if started.elapsed() > RAN_WELL {
                pause = FIRST_PAUSE;
            }
            let reason = match over {
                Over::Stopped => break,
                Over::LostLease => {
                    tracing::warn!(inbox = self.known.row.name, "another process holds this inbox now");
                    continue;
                }
                Over::Ended(Err(RunError::Fatal(reason))) => {
                    self.fail(&reason);
                    self.known.stop.cancelled().await;
                    break;
                }
                Over::Ended(Err(RunError::Retry(reason))) => reason,
                Over::Ended(Ok(())) => "the connector ended by itself".to_owned(),
                Over::Panicked => "the connector broke down".to_owned(),
            };
            tracing::warn!(
                inbox = self.known.row.name,
                reason,
                pause_s = pause.as_secs(),
                "the connector is started again after a pause"
            );
            self.known.health.set(Health::Troubled { reason }, self.supervisor.0.app.now());
            tokio::select! {
                () = self.known.stop.cancelled() => break,
                () = sleep(pause) => pause = (pause * 2).min(LONGEST_PAUSE),
            }
        }
        drop(ended);
    }

    fn fail(&self, reason: &str) {
        tracing::error!(inbox = self.known.row.name, reason, "the connector cannot run until somebody changes something");
        let now = self.supervisor.0.app.now();
        // The connector may have said more precisely what is wrong.
        if !matches!(self.known.health.report().health, Health::BadCredentials { .. } | Health::Misconfigured { .. }) {
            self.known.health.set(Health::Misconfigured { reason: reason.to_owned() }, now);
        }
    }

    /// One run, under a lease where the channel polls.
    async fn once(&self) -> Over {
        let Some(built) = &self.known.built else { return Over::Stopped };
        let stop = self.known.stop.child_token();
        let app = &self.supervisor.0.app;
        let lease = if built.connector.polls() {
            match Lease::wait_for(app, &self.known.row.id, &self.supervisor.0.holder, &stop).await {
                Some(lease) => Some(lease),
                None => return Over::Stopped,
            }
        } else {
            None
        };
        let term = lease.as_ref().map(Lease::term);
        let Some(cx) = self.supervisor.context(&self.known, stop.clone(), term) else { return Over::Stopped };
        let running = AssertUnwindSafe(built.connector.run(cx)).catch_unwind();
        tokio::pin!(running);
        let keeping = async {
            match &lease {
                Some(lease) => lease.keep().await,
                None => std::future::pending().await,
            }
        };
        let over = tokio::select! {
            ended = &mut running => ended.map_or(Over::Panicked, Over::Ended),
            () = self.known.stop.cancelled() => {
                let _ = timeout(GRACE, &mut running).await;
                Over::Stopped
            }
            // No grace: from now on somebody else may be polling.
            () = keeping => Over::LostLease,
        };
        stop.cancel();
        if let (Some(lease), false) = (&lease, matches!(over, Over::LostLease)) {
            lease.give_back().await;
        }
        if self.known.stop.is_cancelled() { Over::Stopped } else { over }
    }
}

/// Intake under the term of one run.
pub(super) struct Fenced {
    pub intake: Intake,
    pub health: HealthReporter,
    pub app: App,
    pub term: Option<Term>,
}

#[async_trait]
impl IntakeDoor for Fenced {
    async fn accept(&self, inbox_id: &str, events: Vec<RawEvent>) -> Result<Vec<Receipt>, IntakeError> {
        let receipts = self.intake.accept_under(inbox_id, events, self.term.clone()).await?;
        if receipts.iter().any(|receipt| !matches!(receipt.outcome, Outcome::Duplicate { .. })) {
            self.health.saw_event(self.app.now());
        }
        Ok(receipts)
    }
}

/// Cursors under the term of one run.
pub(super) struct FencedCursors {
    pub app: App,
    pub term: Option<Term>,
}

#[async_trait]
impl Cursors for FencedCursors {
    async fn load(&self, inbox_id: &str, name: &str) -> Result<Option<String>, CursorError> {
        let stored = store::cursor(&self.app.db, inbox_id, name).await.map_err(unavailable)?;
        if !name.starts_with(SECRET_CURSOR) {
            return Ok(stored);
        }
        // One that this installation cannot read is as good as none: the connector begins with its settings.
        let opened = stored.and_then(|sealed| sealed::open(&self.app.keys.sealing, inbox_id, &sealed).ok());
        Ok(opened.and_then(|value| value.as_str().map(str::to_owned)))
    }

    async fn store(&self, inbox_id: &str, mut cursor: Cursor) -> Result<(), CursorError> {
        if cursor.name.starts_with(SECRET_CURSOR) {
            let secret = std::mem::take(&mut cursor.value).into();
            cursor.value = sealed::seal(&self.app.keys.sealing, inbox_id, &secret).map_err(|_| CursorError::Unavailable)?;
        }
        let mut tx = self.app.db.begin().await.map_err(unavailable)?;
        if let Some(term) = &self.term
            && !store::holds(&mut tx, inbox_id, term).await.map_err(unavailable)?
        {
            return Err(CursorError::LostLease);
        }
        store::set_cursor(&mut tx, inbox_id, &cursor, self.app.now()).await.map_err(unavailable)?;
        tx.commit().await.map(|_| ()).map_err(unavailable)
    }
}

fn unavailable(error: DbError) -> CursorError {
    tracing::warn!(%error, "a cursor waits for the store");
    CursorError::Unavailable
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use trunkline_channel::{Cursor, CursorError, Cursors, ManualClock, Secret};

    use super::{FencedCursors, Term, store};
    use crate::app::App;
    use crate::blobs::Blobs;
    use crate::db::{self, sql};
    use crate::keys::Keys;

    #[tokio::test]
    async fn a_holder_whose_term_is_over_cannot_write_a_cursor() {
        let dir = tempfile::tempdir().unwrap();
        let db = db::open(&format!("sqlite:{}", dir.path().join("t.db").display()), 1).await.unwrap();
        db::migrate(&db).await.unwrap();
        let keys = Keys::derive(&Secret::new("k"));
        let clock = Arc::new(ManualClock::at(0));
        let app = App::new(
            crate::config::load(None).unwrap(),
            db,
            clock,
            Blobs::new(dir.path().to_owned()),
            keys,
            crate::app::http_client().unwrap(),
        );
        let mut tx = app.db.begin().await.unwrap();
        sql("INSERT INTO inboxes (id, channel, name, source, settings, state, created_at, updated_at) VALUES ('i', 'x', 'i', 'api', '', 'running', 0, 0)")
            .execute(&mut tx)
            .await
            .unwrap();
        let first = store::acquire(&app.db, &mut tx, "i", "a", 1_000_000).await.unwrap().unwrap();
        tx.commit().await.unwrap();
        let at = |value: &str| Cursor { name: "uid".into(), value: value.into() };
        let under = |holder: &str, term| FencedCursors { app: app.clone(), term: Some(Term { holder: holder.into(), term }) };
        under("a", first).store("i", at("7")).await.unwrap();
        let secret = Cursor { name: "secret:token".into(), value: "hunter2".into() };
        under("a", first).store("i", secret).await.unwrap();
        let stored = store::cursor(&app.db, "i", "secret:token").await.unwrap().unwrap();
        assert!(!stored.contains("hunter2"), "{stored}");
        assert_eq!(under("a", first).load("i", "secret:token").await.unwrap().as_deref(), Some("hunter2"));

        let mut tx = app.db.begin().await.unwrap();
        let second = store::acquire(&app.db, &mut tx, "i", "b", 1_000_000).await.unwrap().unwrap();
        tx.commit().await.unwrap();
        assert!(second > first);
        assert!(matches!(under("a", first).store("i", at("8")).await, Err(CursorError::LostLease)));
        under("b", second).store("i", at("9")).await.unwrap();
        assert_eq!(under("a", first).load("i", "uid").await.unwrap().as_deref(), Some("9"));
    }
}
