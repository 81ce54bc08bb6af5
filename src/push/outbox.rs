//! Sending what waits: each notice is tried a few times.

use std::time::Duration;

use async_trait::async_trait;
use serde_json::Value;
use trunkline_channel::Micros;

use super::rules::{Reason, Wishes};
use super::send::{Envelope, Outcome, send};
use super::store::notices::{self as store, Notice, Shown};
use super::store::subscriptions::{self, Subscription};
use super::subscriptions::own;
use super::{Error, Push, text};
use crate::access::Caller;
use crate::app::App;
use crate::chores::{self, Chores};
use crate::db::{DbError, Tx};

/// Rung by whoever writes a notice.
pub const BELL: &str = "push";
/// Waiting times after each failure, in microseconds; after the last the notice is given up.
const RETRIES_US: [Micros; 4] = [1_000_000, 10_000_000, 60_000_000, 600_000_000];
/// A test is not worth keeping for a browser that is away for longer.
const TEST_TTL: Duration = Duration::from_secs(60);

#[async_trait]
impl Chores for Push {
    type Chore = Notice;
    const NAME: &'static str = "notifications";
    const BELL: &'static str = BELL;
    const MAX_RUNNING: usize = 8;
    const CLAIM_US: Micros = 60 * 1_000_000;
    const POLL: Duration = Duration::from_secs(1);

    fn app(&self) -> &App {
        Push::app(self)
    }

    async fn due(&self, now: Micros, limit: i64) -> Result<Vec<Notice>, DbError> {
        store::due(&self.app().db, now, limit).await
    }

    async fn claim(&self, tx: &mut Tx, notice: &Notice, until: Micros) -> Result<bool, DbError> {
        store::claim(tx, notice, until).await
    }

    async fn attempt(&self, notice: Notice) -> Result<(), DbError> {
        carry_out(self, &notice).await
    }
}

/// Sends one to a browser of the caller's own, now and once.
pub async fn test(push: &Push, caller: &Caller, id: &str) -> Result<(), Error> {
    push.vapid().ok_or(Error::Off)?;
    let browser = own(push, caller, id).await?;
    let envelope = Envelope { topic: None, ttl: TEST_TTL };
    let outcome = send(push, &browser, &text::test(), &envelope, push.app().now()).await;
    let mut tx = push.app().db.begin().await?;
    let result = match outcome {
        Outcome::Sent => {
            subscriptions::mark_ok(&mut tx, id, push.app().now()).await?;
            Ok(())
        }
        Outcome::Gone => {
            subscriptions::remove(&mut tx, id).await?;
            Err(Error::Ended)
        }
        Outcome::Retry { why, .. } | Outcome::Refused { why } => Err(Error::Failed(why)),
    };
    tx.commit().await?;
    result
}

/// One attempt, and what follows from it.
async fn carry_out(push: &Push, notice: &Notice) -> Result<(), DbError> {
    let app = push.app();
    let now = app.now();
    let browser = subscriptions::by_id(&app.db, &notice.subscription_id).await?;
    let payload = payload(push, notice, now).await?;
    let (Some(browser), Some(payload)) = (browser, payload) else {
        let mut tx = app.db.begin().await?;
        store::finish(&mut tx, notice, now).await?;
        return tx.commit().await.map(|_| ());
    };
    let outcome = post(push, notice, &browser, &payload, now).await;
    settle(push, notice, outcome).await
}

/// What there is still to tell.
async fn payload(push: &Push, notice: &Notice, now: Micros) -> Result<Option<Value>, DbError> {
    let Some(reason) = Reason::parse(&notice.reason).filter(|_| notice.expires_at > now) else { return Ok(None) };
    let shown = store::shown(&push.app().db, notice).await?.filter(|shown| is_news(reason, shown));
    Ok(shown.map(|shown| {
        let wishes = Wishes::of(&serde_json::from_str(&shown.preferences).unwrap_or_default());
        text::payload(notice, reason, &shown, wishes.privacy)
    }))
}

/// Not when the message was taken back or somebody has accepted meanwhile.
fn is_news(reason: Reason, shown: &Shown) -> bool {
    let waits = shown.assignee_id.is_none() && matches!(shown.state.as_str(), "new" | "transferred");
    shown.deleted_at.is_none() && (reason != Reason::Queue || waits)
}

async fn post(push: &Push, notice: &Notice, browser: &Subscription, payload: &Value, now: Micros) -> Outcome {
    let left = u64::try_from((notice.expires_at - now) / 1_000_000).unwrap_or(0);
    // An id without its dashes is just as long as a topic may be (RFC 8030 §5.4).
    let topic = notice.conversation_id.replace('-', "");
    send(push, browser, payload, &Envelope { topic: Some(&topic), ttl: Duration::from_secs(left) }, now).await
}

async fn settle(push: &Push, notice: &Notice, outcome: Outcome) -> Result<(), DbError> {
    let now = push.app().now();
    let id = notice.subscription_id.as_str();
    let mut tx = push.app().db.begin().await?;
    match outcome {
        Outcome::Sent => {
            subscriptions::mark_ok(&mut tx, id, now).await?;
            store::finish(&mut tx, notice, now).await?;
        }
        Outcome::Gone => {
            subscriptions::remove(&mut tx, id).await?;
            tracing::info!(subscription_id = id, "a browser has unsubscribed");
        }
        Outcome::Retry { after, why } => match next_try(notice.attempts, after, now).filter(|at| *at < notice.expires_at) {
            Some(at) => store::put_off(&mut tx, notice, notice.attempts + 1, at).await?,
            None => give_up(&mut tx, notice, &why, now).await?,
        },
        Outcome::Refused { why } => give_up(&mut tx, notice, &why, now).await?,
    }
    tx.commit().await.map(|_| ())
}

async fn give_up(tx: &mut Tx, notice: &Notice, why: &str, now: Micros) -> Result<(), DbError> {
    tracing::warn!(subscription_id = notice.subscription_id, why, "a notification was given up");
    metrics::counter!("trunkline_push_given_up_total").increment(1);
    subscriptions::mark_failed(tx, &notice.subscription_id).await?;
    store::finish(tx, notice, now).await
}

/// When to try again after this many failures before this one; the service's own word wins where it is longer.
fn next_try(failed: i64, after: Option<Duration>, now: Micros) -> Option<Micros> {
    let wait = chores::wait(&RETRIES_US, failed + 1)?;
    let asked = after.and_then(|after| i64::try_from(after.as_micros()).ok()).unwrap_or(0);
    Some(now.saturating_add(wait.max(asked)))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{RETRIES_US, Shown, is_news, next_try};
    use crate::push::rules::Reason;

    #[test]
    fn a_service_is_tried_again_until_the_schedule_ends_and_gets_the_pause_it_asks_for() {
        let waits: Vec<_> = (0..5).map(|failed| next_try(failed, None, 0)).collect();
        assert_eq!(waits.iter().flatten().copied().collect::<Vec<_>>(), RETRIES_US);
        assert_eq!(waits[4], None);
        assert_eq!(next_try(0, Some(Duration::from_secs(7)), 5), Some(7_000_005));
        assert_eq!(next_try(1, Some(Duration::from_secs(7)), 0), Some(10_000_000), "never sooner than the schedule");
    }

    #[test]
    fn what_was_taken_back_or_accepted_meanwhile_is_no_news() {
        let waiting = Shown { state: "new".into(), ..Shown::default() };
        let accepted = Shown { state: "active".into(), assignee_id: Some("bob".into()), ..Shown::default() };
        assert!(is_news(Reason::Queue, &waiting) && !is_news(Reason::Queue, &accepted) && is_news(Reason::Message, &accepted));
        assert!(!is_news(Reason::Message, &Shown { deleted_at: Some(1), ..accepted }));
    }
}
