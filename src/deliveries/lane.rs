//! One inbox's lane: claims what is due, sends it, settles how it ended. Everything in batches.

use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use tokio::sync::Notify;
use tokio::task::{JoinError, JoinSet};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until, timeout};
use tokio_util::sync::CancellationToken;
use trunkline_channel::{Connector, Micros, SendError, Sent};

use super::bell;
use super::breaker::{Allowed, Breaker};
use super::dispatcher::{OutgoingLine, OutgoingLines};
use super::outbound::{self, Job};
use super::pace::{Pace, Wait};
use super::settle::{Ended, settle};
use super::store::batch::{self, ClaimRow, DueRow};
use super::verdict::{self, Attempted, LineNews, RECONCILING, Verdict, micros};
use crate::app::App;
use crate::db::DbError;

/// Sends of one inbox side by side, each to another conversation.
const MAX_UNDER_WAY: usize = 32;
/// A lane looks by itself this often: for other processes' replies and for sends they broke off.
const LOOK: Duration = Duration::from_secs(1);
/// How long a send is trusted to be under way without a sign of life from its process.
const LEASE: Duration = Duration::from_secs(60);
/// Signs of life, well within the lease.
const RENEWAL: Duration = Duration::from_secs(20);
/// No provider takes longer; mail servers may take ten minutes for their last word (RFC 5321, 4.5.3.2.6).
const LONGEST_SEND: Duration = Duration::from_secs(15 * 60);

/// What was sent, by which connector, and how that ended.
type Sending = (Job, Arc<dyn Connector>, Result<Sent, SendError>);

pub struct Lane {
    app: App,
    inbox_id: String,
    lines: Arc<dyn OutgoingLines>,
    stop: CancellationToken,
    bell: Arc<Notify>,
    under_way: JoinSet<Sending>,
    /// Deliveries in `under_way`, for the signs of life.
    leased: Vec<String>,
    /// How sends ended that the store has not taken yet.
    unsettled: Vec<Ended>,
    line: Option<Equipped>,
    /// A connector was taken up whose credentials nothing has been tried with.
    renewed: bool,
}

/// A connector with what this lane has learnt about its provider; forgotten when the connector is replaced.
struct Equipped {
    line: OutgoingLine,
    pace: Pace,
    breaker: Breaker,
    /// Nothing is sent before: refused credentials.
    held_until: Micros,
}

impl Lane {
    pub fn new(app: App, inbox_id: String, lines: Arc<dyn OutgoingLines>, stop: CancellationToken) -> Self {
        let bell = app.db.bell(&bell(&inbox_id));
        Self {
            app,
            inbox_id,
            lines,
            stop,
            bell,
            under_way: JoinSet::new(),
            leased: Vec::new(),
            unsettled: Vec::new(),
            line: None,
            renewed: false,
        }
    }

    /// Works until the stop token, and then until all that is under way has ended.
    pub async fn run(mut self) {
        let mut look = interval(LOOK);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut renewal = interval(RENEWAL);
        renewal.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut wake_at = Instant::now();
        loop {
            if self.stop.is_cancelled() && self.under_way.is_empty() && self.unsettled.is_empty() {
                return;
            }
            tokio::select! {
                Some(first) = self.under_way.join_next(), if !self.under_way.is_empty() => {
                    self.end(first);
                    while let Some(more) = self.under_way.try_join_next() {
                        self.end(more);
                    }
                }
                () = self.bell.notified(), if !self.stop.is_cancelled() => {}
                () = sleep_until(wake_at), if !self.stop.is_cancelled() => {}
                _ = look.tick() => self.logged("recover", Self::recover).await,
                _ = renewal.tick() => self.logged("renew", Self::renew).await,
                () = self.stop.cancelled(), if !self.stop.is_cancelled() => {}
            }
            wake_at = Instant::now() + LOOK;
            if !self.unsettled.is_empty() {
                self.logged("settle", Self::settle_all).await;
            }
            if self.stop.is_cancelled() {
                continue;
            }
            match self.fill().await {
                Ok(Some(wait)) => wake_at = Instant::now() + wait.min(LOOK),
                Ok(None) => {}
                Err(error) => self.complain("claim", &error),
            }
        }
    }

    /// Claims what may be sent and begins to send it. Returns how long to wait when something has to.
    async fn fill(&mut self) -> Result<Option<Duration>, DbError> {
        let open = self.equip();
        let now = self.app.now();
        if open && self.renewed {
            batch::release_refused(&self.app.db, &self.inbox_id, now).await?;
            self.renewed = false;
        }
        let Some(equipped) = self.line.as_mut().filter(|_| open) else { return Ok(None) };
        let busy = self.under_way.len() + self.unsettled.len();
        let room = match equipped.breaker.allows(now) {
            _ if equipped.held_until > now => return Ok(Some(between(now, equipped.held_until))),
            Allowed::All => MAX_UNDER_WAY.saturating_sub(busy),
            Allowed::Probe => 1_usize.saturating_sub(busy),
            Allowed::NothingBefore(until) => return Ok(Some(between(now, until))),
        };
        if room == 0 {
            return Ok(None);
        }
        let realtime = equipped.line.connector.capabilities().realtime;
        let due = batch::due(&self.app.db, &self.inbox_id, now, i64::try_from(room).unwrap_or(i64::MAX), realtime).await?;
        if due.is_empty() {
            let next = batch::next_due(&self.app.db, &self.inbox_id, now).await?;
            return Ok(next.map(|next| between(now, next)));
        }
        // Looked at again: what was written after a pause that came while the store was asked must not go out.
        let open = self.equip();
        let Some(equipped) = self.line.as_mut().filter(|_| open) else { return Ok(None) };
        let (allowed, wait) = within_pace(&equipped.pace, due);
        if allowed.is_empty() {
            return Ok(wait);
        }
        let connector = equipped.line.connector.clone();
        let jobs = self.claim(&connector, allowed, now).await?;
        for job in jobs {
            self.leased.push(job.out.delivery_id.clone());
            self.under_way.spawn(attempt(connector.clone(), job));
        }
        Ok(wait)
    }

    /// `sending` is committed here, before any connector is called. Everything that can fail comes before it.
    async fn claim(&self, connector: &Arc<dyn Connector>, due: Vec<DueRow>, now: Micros) -> Result<Vec<Job>, DbError> {
        let jobs = outbound::prepare(&self.app, connector.capabilities(), due).await?;
        let ids: Vec<&str> = jobs.iter().map(|job| job.out.delivery_id.as_str()).collect();
        let mut tx = self.app.db.begin().await?;
        let claims = batch::claim(&self.app.db, &mut tx, &ids, now, now.saturating_add(micros(LEASE))).await?;
        tx.commit().await?;
        let mut claims: HashMap<String, ClaimRow> = claims.into_iter().map(|claim| (claim.id.clone(), claim)).collect();
        Ok(jobs.into_iter().filter_map(|job| claims.remove(&job.out.delivery_id).map(|claim| job.claimed(&claim))).collect())
    }

    /// Takes note of how a send ended; the store is told by [`Self::settle_all`].
    fn end(&mut self, ended: Result<Sending, JoinError>) {
        // Only an abort ends a send without a result; its lease runs out then.
        let Ok((job, connector, result)) = ended else { return };
        self.leased.retain(|id| *id != job.out.delivery_id);
        let now = self.app.now();
        let facts = Attempted { attempts: job.counted, created_at: job.created_at, now, random: rand::random() };
        let Some(equipped) = &mut self.line else {
            self.unsettled.push(Ended::of(job, result, verdict::no_news()));
            return;
        };
        let mut verdict = verdict::of(&result, facts, equipped.line.connector.capabilities());
        let health = &equipped.line.health;
        if !Arc::ptr_eq(&connector, &equipped.line.connector) && matches!(verdict.line, LineNews::CredentialsRefused(_)) {
            // The old ones: the connector that has taken over may have been given others.
            verdict.line = LineNews::Works;
            verdict.until = verdict.until.map(|_| now);
        }
        let works = match verdict.line {
            LineNews::Works => true,
            LineNews::Fails => false,
            LineNews::SlowedDown(until) => {
                health.rate_limited(until);
                true
            }
            LineNews::CredentialsRefused(until) => {
                equipped.held_until = until;
                health.refused(verdict.shown.as_deref().unwrap_or_default(), now);
                true
            }
        };
        if equipped.breaker.note(works, now) {
            tracing::warn!(inbox = self.inbox_id, "sending stops for a while: half of the last sends failed");
        }
        if result.is_ok() {
            health.taken(now);
        } else {
            tracing::info!(
                inbox = self.inbox_id,
                delivery = job.out.delivery_id,
                outcome = verdict.outcome,
                "a send did not end well"
            );
        }
        self.unsettled.push(Ended::of(job, result, verdict));
    }

    async fn settle_all(&mut self) -> Result<(), DbError> {
        settle(&self.app, &self.inbox_id, &self.unsettled).await?;
        self.unsettled.clear();
        Ok(())
    }

    /// Deals with sends that a process began and never ended: their outcome is unknown.
    async fn recover(&mut self) -> Result<(), DbError> {
        self.equip();
        let Some(equipped) = &self.line else { return Ok(()) };
        let now = self.app.now();
        let expired = batch::expired(&self.app.db, &self.inbox_id, now, i64::try_from(MAX_UNDER_WAY).unwrap_or(i64::MAX)).await?;
        let caps = equipped.line.connector.capabilities();
        let ended: Vec<Ended> = expired
            .into_iter()
            .filter(|row| !self.leased.contains(&row.id))
            .map(|row| {
                let counted = row.attempts.saturating_sub(row.round_started);
                let facts = Attempted { attempts: counted, created_at: row.created_at, now, random: rand::random() };
                let verdict: Verdict = if row.code.as_deref() == Some(RECONCILING) {
                    verdict::no_news()
                } else {
                    verdict::of(
                        &Err(SendError::MaybeDelivered { evidence: "the sending was broken off".to_owned() }),
                        facts,
                        caps,
                    )
                };
                Ended::expired(row, verdict)
            })
            .collect();
        settle(&self.app, &self.inbox_id, &ended).await
    }

    async fn renew(&mut self) -> Result<(), DbError> {
        if self.leased.is_empty() {
            return Ok(());
        }
        let ids: Vec<&str> = self.leased.iter().map(String::as_str).collect();
        let mut tx = self.app.db.begin().await?;
        batch::renew(&mut tx, &ids, self.app.now().saturating_add(micros(LEASE))).await?;
        tx.commit().await.map(|_| ())
    }

    /// Takes up the inbox's present connector; `false` while there is none. The last one still says how its own sends
    /// are judged.
    fn equip(&mut self) -> bool {
        let Some(line) = self.lines.outgoing(&self.inbox_id) else {
            if self.under_way.is_empty() {
                self.line = None;
            }
            return false;
        };
        if self.line.as_ref().is_none_or(|known| !Arc::ptr_eq(&known.line.connector, &line.connector)) {
            let pace = Pace::of(line.connector.capabilities(), self.app.clock.clone());
            self.line = Some(Equipped { line, pace, breaker: Breaker::default(), held_until: 0 });
            self.renewed = true;
        }
        true
    }

    async fn logged(&mut self, step: &str, work: impl AsyncFnOnce(&mut Self) -> Result<(), DbError>) {
        if let Err(error) = work(self).await {
            self.complain(step, &error);
        }
    }

    fn complain(&self, step: &str, error: &DbError) {
        tracing::warn!(inbox = self.inbox_id, step, %error, "the outbox waits for the store");
    }
}

/// One attempt. A panic or endless silence of a connector is an unknown outcome like any other.
async fn attempt(connector: Arc<dyn Connector>, job: Job) -> Sending {
    let sending = AssertUnwindSafe(connector.send(&job.out)).catch_unwind();
    let unknown = |evidence: &str| Err(SendError::MaybeDelivered { evidence: evidence.to_owned() });
    let result = match timeout(LONGEST_SEND, sending).await {
        Ok(Ok(result)) => result,
        Ok(Err(_panic)) => unknown("the connector broke down while sending"),
        Err(_elapsed) => unknown("no answer in 15 minutes"),
    };
    (job, connector, result)
}

fn within_pace(pace: &Pace, due: Vec<DueRow>) -> (Vec<DueRow>, Option<Duration>) {
    let mut allowed = Vec::with_capacity(due.len());
    let mut shortest: Option<Duration> = None;
    for row in due {
        match pace.take(&row.conversation_id) {
            Ok(()) => allowed.push(row),
            Err(Wait::Chat(wait)) => shortest = Some(shortest.map_or(wait, |known| known.min(wait))),
            Err(Wait::Inbox(wait)) => return (allowed, Some(shortest.map_or(wait, |known| known.min(wait)))),
        }
    }
    (allowed, shortest)
}

fn between(now: Micros, until: Micros) -> Duration {
    Duration::from_micros(until.saturating_sub(now).max(0).unsigned_abs())
}

#[cfg(test)]
#[path = "lane_testing.rs"]
pub mod testing;
