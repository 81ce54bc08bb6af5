//! Long polling. The offset is the cursor: it is committed together with the updates that it will confirm, so that nothing
//! is confirmed before it is stored and nothing is asked for twice without need.

use std::time::Duration;

use rand::RngExt;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use trunkline_channel::{Context, Cursor, CursorError, Health, IntakeError, Micros, RawEvent, RunError};

use super::{event, health_after, pressed, update_id};
use crate::api::{ApiError, BotApi};
use crate::errors::Class;
use crate::inbound::WANTED;
use crate::settings::Timeouts;

const OFFSET: &str = "updates_offset";
/// When the server was last seen answering, to know what a long silence may have cost.
const SEEN: &str = "updates_seen_at";
/// The provider's most.
const BATCH: u64 = 100;
/// Beyond the poll itself: for the connection and the answer.
const GRACE: Duration = Duration::from_secs(5);
const SEEN_EVERY: Micros = 10 * 60 * 1_000_000;
/// Telegram keeps updates no longer.
const KEPT: Micros = 24 * 3_600 * 1_000_000;
/// Jitter of a pause, as a part of it.
const JITTER: std::ops::RangeInclusive<f64> = 0.8..=1.2;

/// Where polling stands.
struct Poller<'a> {
    api: &'a BotApi,
    timeouts: &'a Timeouts,
    cx: &'a Context,
    /// The first update that is not confirmed; `None` asks for whatever waits.
    offset: Option<i64>,
    seen_at: Option<Micros>,
    failures: u32,
    /// The last question was answered. Only then is the next one left open: that the line is well is told at once.
    answered: bool,
}

#[derive(Deserialize)]
struct WebhookInfo {
    url: String,
}

pub(crate) async fn run(api: &BotApi, own_path: &str, timeouts: &Timeouts, cx: &Context) -> Result<(), RunError> {
    let offset = load(cx, OFFSET).await?;
    let seen_at = load(cx, SEEN).await?;
    let mut poller = Poller { api, timeouts, cx, offset, seen_at, failures: 0, answered: false };
    poller.tell_of_gap();
    remove_own_webhook(api, own_path).await;
    loop {
        let polled = tokio::select! {
            () = cx.stop.cancelled() => return Ok(()),
            polled = poller.ask() => polled,
        };
        let pause = match polled {
            Ok(updates) => {
                poller.failures = 0;
                poller.answered = true;
                cx.health.set(Health::Connected, cx.clock.now());
                poller.note_seen().await?;
                if updates.is_empty() {
                    continue;
                }
                poller.store(&updates).await?;
                continue;
            }
            Err(error) => poller.failed(&error),
        };
        tokio::select! {
            () = cx.stop.cancelled() => return Ok(()),
            () = tokio::time::sleep(pause) => {}
        }
    }
}

impl Poller<'_> {
    async fn ask(&self) -> Result<Vec<Box<RawValue>>, ApiError> {
        let wait = if self.answered { self.timeouts.poll() } else { Duration::ZERO };
        let mut parameters = json!({"timeout": wait.as_secs(), "limit": BATCH, "allowed_updates": WANTED});
        if let Some(offset) = self.offset {
            parameters["offset"] = json!(offset);
        }
        self.api.call_for("getUpdates", &parameters, wait + GRACE).await
    }

    /// Hands a batch over until it is stored; only then is the offset moved.
    async fn store(&mut self, updates: &[Box<RawValue>]) -> Result<(), RunError> {
        let mut events: Vec<RawEvent> =
            updates.iter().map(|update| event(bytes::Bytes::copy_from_slice(update.get().as_bytes()))).collect();
        // The last one's number and not the highest: numbers may begin anew below.
        let last = updates.iter().rev().find_map(|update| update_id(&serde_json::from_str::<Value>(update.get()).ok()?));
        let next = last.map(|last| last.saturating_add(1));
        if let (Some(event), Some(next)) = (events.last_mut(), next) {
            event.cursor = Some(Cursor { name: OFFSET.to_owned(), value: next.to_string() });
        }
        let buttons: Vec<String> = events.iter().filter_map(|event| pressed(&event.body)).collect();
        loop {
            match self.cx.intake.accept(&self.cx.inbox.id, events.clone()).await {
                Ok(_) => break,
                Err(IntakeError::Overloaded { retry_after } | IntakeError::Unavailable { retry_after }) => {
                    tokio::select! {
                        () = self.cx.stop.cancelled() => return Ok(()),
                        () = tokio::time::sleep(retry_after) => {}
                    }
                }
                Err(error) => return Err(RunError::Retry(error.to_string())),
            }
        }
        self.offset = next.or(self.offset);
        self.cx.health.saw_event(self.cx.clock.now());
        answer_buttons(self.api, &buttons).await;
        Ok(())
    }

    /// Tells the failure and says how long to wait.
    fn failed(&mut self, error: &ApiError) -> Duration {
        self.failures = self.failures.saturating_add(1);
        self.answered = false;
        let now = self.cx.clock.now();
        let health = health_after(error);
        tracing::warn!(inbox = %self.cx.inbox.id, %error, failures = self.failures, "telegram: polling failed");
        let usual = self.timeouts.pause(self.failures).mul_f64(rand::rng().random_range(JITTER));
        let pause = match (&health, error) {
            (Health::BadCredentials { .. } | Health::Misconfigured { .. }, _) => self.timeouts.stubborn(),
            (_, ApiError::Refused(refusal)) if refusal.class() == Class::Rate => {
                let wait = refusal.wait();
                self.cx.health.rate_limited(now.saturating_add(i64::try_from(wait.as_micros()).unwrap_or(i64::MAX)));
                wait
            }
            _ => usual,
        };
        self.cx.health.set(health, now);
        pause
    }

    async fn note_seen(&mut self) -> Result<(), RunError> {
        let now = self.cx.clock.now();
        if self.seen_at.is_some_and(|at| now.saturating_sub(at) < SEEN_EVERY) {
            return Ok(());
        }
        match self.cx.cursors.store(&self.cx.inbox.id, Cursor { name: SEEN.to_owned(), value: now.to_string() }).await {
            Ok(()) => self.seen_at = Some(now),
            // Not worth stopping for.
            Err(CursorError::Unavailable) => {}
            Err(CursorError::LostLease) => return Err(RunError::Retry(CursorError::LostLease.to_string())),
        }
        Ok(())
    }

    /// What was lost must not look like silence.
    fn tell_of_gap(&self) {
        let now = self.cx.clock.now();
        let silent = self.seen_at.map(|at| now.saturating_sub(at)).filter(|silent| *silent > KEPT);
        if let Some(silent) = silent {
            let hours = silent / 3_600_000_000;
            self.cx.health.noticed(format!(
                "Telegram was not asked for messages for {hours} hours. It keeps them for 24: older ones are lost, and only the \
                 customers know of them."
            ));
        }
    }
}

async fn load(cx: &Context, name: &str) -> Result<Option<i64>, RunError> {
    let stored = cx.cursors.load(&cx.inbox.id, name).await.map_err(|error| RunError::Retry(error.to_string()))?;
    Ok(stored.and_then(|value| value.parse().ok()))
}

/// An inbox that was switched from webhook to polling leaves its own webhook behind. Anybody else's is left alone and told of.
async fn remove_own_webhook(api: &BotApi, own_path: &str) {
    let Ok(info) = api.call::<WebhookInfo>("getWebhookInfo", &json!({})).await else { return };
    if info.url.ends_with(own_path)
        && let Err(error) = api.call::<bool>("deleteWebhook", &json!({})).await
    {
        tracing::warn!(%error, "telegram: an old webhook was not removed");
    }
}

/// A button spins until its press is answered; that it stays so for a while harms nobody, so nothing is tried twice.
async fn answer_buttons(api: &BotApi, buttons: &[String]) {
    for button in buttons {
        let answered = api.call::<bool>("answerCallbackQuery", &json!({ "callback_query_id": button })).await;
        if let Err(error) = answered {
            tracing::debug!(%error, "telegram: a pressed button was not answered");
        }
    }
}
