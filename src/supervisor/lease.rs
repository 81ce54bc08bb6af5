//! The right to poll an inbox: held by one process at a time, under a term that every write of a cursor is checked
//! against. The database's time decides; the holder stops before its own right ends.

use std::time::Duration;

use tokio::time::{Instant, sleep, sleep_until, timeout_at};
use tokio_util::sync::CancellationToken;
use trunkline_channel::Micros;

use super::store;
use crate::app::App;
use crate::db::DbError;
use crate::intake::Term;

/// How long a right lasts without renewal.
pub const TTL: Duration = Duration::from_secs(15);
/// Between renewals, and between looks at a lease that another process holds.
const RENEWAL: Duration = Duration::from_secs(4);
/// Trust ends this long before the right does: pauses and slow answers are not noticed at once.
const MARGIN: Duration = Duration::from_secs(3);

pub(super) struct Lease {
    app: App,
    inbox_id: String,
    term: Term,
    /// Until when the last success may be trusted, counted from before it was asked for.
    trusted_until: Instant,
}

impl Lease {
    /// Waits until this process may poll; `None` after the stop token.
    pub async fn wait_for(app: &App, inbox_id: &str, holder: &str, stop: &CancellationToken) -> Option<Self> {
        loop {
            let asked = Instant::now();
            match acquire(app, inbox_id, holder).await {
                Ok(Some(number)) => {
                    let term = Term { holder: holder.to_owned(), term: number };
                    let trusted_until = asked + TTL.saturating_sub(MARGIN);
                    return Some(Self { app: app.clone(), inbox_id: inbox_id.to_owned(), term, trusted_until });
                }
                Ok(None) => {}
                Err(error) => tracing::warn!(%error, "a lease waits for the store"),
            }
            tokio::select! {
                () = stop.cancelled() => return None,
                () = sleep(RENEWAL) => {}
            }
        }
    }

    pub fn term(&self) -> Term {
        self.term.clone()
    }

    /// Renews until the right is lost, or can no longer be trusted; then returns.
    pub async fn keep(&self) {
        let mut trusted_until = self.trusted_until;
        let mut next = Instant::now() + RENEWAL;
        loop {
            sleep_until(next.min(trusted_until)).await;
            let asked = Instant::now();
            if asked >= trusted_until {
                return;
            }
            match timeout_at(trusted_until, renew(&self.app, &self.inbox_id, &self.term)).await {
                Ok(Ok(true)) => trusted_until = asked + TTL.saturating_sub(MARGIN),
                Ok(Ok(false)) | Err(_) => return,
                Ok(Err(error)) => tracing::warn!(%error, "a lease cannot be renewed now"),
            }
            next = asked + RENEWAL;
        }
    }

    /// Lets the next process in at once.
    pub async fn give_back(&self) {
        if let Err(error) = expire(&self.app, &self.inbox_id, &self.term).await {
            tracing::warn!(%error, "a lease was not given back; it runs out by itself");
        }
    }
}

async fn acquire(app: &App, inbox_id: &str, holder: &str) -> Result<Option<i64>, DbError> {
    let mut tx = app.db.begin().await?;
    let term = store::acquire(&app.db, &mut tx, inbox_id, holder, ttl()).await?;
    tx.commit().await?;
    Ok(term)
}

async fn renew(app: &App, inbox_id: &str, term: &Term) -> Result<bool, DbError> {
    let mut tx = app.db.begin().await?;
    let renewed = store::renew(&app.db, &mut tx, inbox_id, term, ttl()).await?;
    tx.commit().await?;
    Ok(renewed)
}

async fn expire(app: &App, inbox_id: &str, term: &Term) -> Result<(), DbError> {
    let mut tx = app.db.begin().await?;
    store::renew(&app.db, &mut tx, inbox_id, term, -1).await?;
    tx.commit().await.map(|_| ())
}

fn ttl() -> Micros {
    i64::try_from(TTL.as_micros()).unwrap_or(i64::MAX)
}
