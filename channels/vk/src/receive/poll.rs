//! Bots Long Poll. VK has no confirmation here: what is asked for with a newer `ts` is gone. So server, key and `ts` are the
//! cursor, which is committed together with the events before it, and nothing newer is asked for until then.

use std::time::Duration;

use bytes::Bytes;
use rand::RngExt;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;
use trunkline_channel::{Context, Cursor, Health, RawEvent, RunError};

use super::gap::{Gap, load};
use super::{answer_press, completed, event, health_after, pause_after, pressed, store};
use crate::api::{Api, ApiError, VERSION};
use crate::inbound::WANTED;
use crate::settings::Timeouts;

const POSITION: &str = "long_poll";
/// After so many failures in a row another server is asked for: the old one may be gone.
const FAILURES_PER_SERVER: u32 = 3;
/// Jitter of a pause, as a part of it.
const JITTER: std::ops::RangeInclusive<f64> = 0.8..=1.2;

/// Where polling stands at VK.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Position {
    server: String,
    key: String,
    ts: String,
}

#[derive(Deserialize)]
struct Answer<'a> {
    ts: Option<Value>,
    failed: Option<i64>,
    #[serde(borrow, default)]
    updates: Vec<&'a RawValue>,
}

/// What one question was answered.
enum Polled {
    News {
        ts: String,
        updates: Vec<Bytes>,
    },
    /// Part of the history is lost; it goes on from here.
    Lost {
        ts: String,
    },
    KeyExpired,
    AllLost,
}

struct Poller<'a> {
    api: &'a Api,
    group_id: i64,
    timeouts: &'a Timeouts,
    cx: &'a Context,
    gap: Gap<'a>,
    position: Option<Position>,
    failures: u32,
}

pub(crate) async fn run(api: &Api, group_id: i64, timeouts: &Timeouts, cx: &Context) -> Result<(), RunError> {
    let stored = load(cx, POSITION).await?;
    let position: Option<Position> = stored.and_then(|value| serde_json::from_str(&value).ok());
    let gap = Gap::new(api, group_id, cx).await?;
    let mut poller = Poller { api, group_id, timeouts, cx, gap, position, failures: 0 };
    tokio::select! {
        () = cx.stop.cancelled() => return Ok(()),
        () = poller.switch_on() => {}
    }
    loop {
        let stepped = tokio::select! {
            () = cx.stop.cancelled() => return Ok(()),
            stepped = poller.step() => stepped?,
        };
        let Err(error) = stepped else {
            poller.failures = 0;
            cx.health.set(Health::Connected, cx.clock.now());
            continue;
        };
        let pause = poller.failed(&error);
        tokio::select! {
            () = cx.stop.cancelled() => return Ok(()),
            () = tokio::time::sleep(pause) => {}
        }
    }
}

impl Poller<'_> {
    /// The events that we want, in the version that we read. A key without the right to do so may still poll.
    async fn switch_on(&self) {
        let mut parameters =
            vec![("group_id", self.group_id.to_string()), ("enabled", "1".to_owned()), ("api_version", VERSION.to_owned())];
        parameters.extend(WANTED.iter().filter(|kind| **kind != "market_order_new").map(|kind| (*kind, "1".to_owned())));
        if let Err(error) = self.api.call("groups.setLongPollSettings", &parameters).await {
            tracing::warn!(inbox = %self.cx.inbox.id, %error, "vk: Long Poll could not be switched on");
        }
    }

    /// One question and what follows from its answer. The outer failure ends the run, the inner one is waited out.
    async fn step(&mut self) -> Result<Result<(), ApiError>, RunError> {
        let position = match self.position.clone() {
            Some(position) => position,
            None => match self.begin().await? {
                Ok(position) => position,
                Err(error) => return Ok(Err(error)),
            },
        };
        let polled = match self.ask(&position).await {
            Ok(polled) => polled,
            Err(error) => return Ok(Err(error)),
        };
        match polled {
            Polled::News { ts, updates } => {
                let presses: Vec<_> = updates.iter().filter_map(|update| pressed(update)).collect();
                self.advance(Position { ts, ..position }, updates).await?;
                for press in presses {
                    answer_press(self.api, &press).await;
                }
                self.gap.note_seen().await?;
                Ok(Ok(()))
            }
            Polled::Lost { ts } => {
                let filled = self.gap.fill().await?;
                if filled.is_ok() {
                    self.advance(Position { ts, ..position }, Vec::new()).await?;
                }
                Ok(filled)
            }
            Polled::KeyExpired => match self.server().await {
                Ok(new) => {
                    self.advance(Position { ts: position.ts, ..new }, Vec::new()).await?;
                    Ok(Ok(()))
                }
                Err(error) => Ok(Err(error)),
            },
            Polled::AllLost => {
                self.position = None;
                Ok(Ok(()))
            }
        }
    }

    /// A new place to poll from; what came before it is read from the history.
    async fn begin(&mut self) -> Result<Result<Position, ApiError>, RunError> {
        let position = match self.server().await {
            Ok(position) => position,
            Err(error) => return Ok(Err(error)),
        };
        if let Err(error) = self.gap.fill().await? {
            return Ok(Err(error));
        }
        self.advance(position.clone(), Vec::new()).await?;
        // From here on nothing is missed, though the first poll may last.
        self.cx.health.set(Health::Connected, self.cx.clock.now());
        Ok(Ok(position))
    }

    /// Stores updates with the position behind them; only then does the position move.
    async fn advance(&mut self, position: Position, updates: Vec<Bytes>) -> Result<(), RunError> {
        if self.position.as_ref() == Some(&position) && updates.is_empty() {
            return Ok(());
        }
        let value = serde_json::to_string(&position).map_err(|error| RunError::Retry(error.to_string()))?;
        let cursor = Cursor { name: POSITION.to_owned(), value };
        let mut events: Vec<RawEvent> = Vec::with_capacity(updates.len());
        for update in updates {
            events.push(event(completed(self.api, update).await));
        }
        match events.last_mut() {
            Some(last) => {
                last.cursor = Some(cursor);
                if !store(self.cx, events).await? {
                    return Ok(());
                }
            }
            None => {
                let stored = self.cx.cursors.store(&self.cx.inbox.id, cursor).await;
                stored.map_err(|error| RunError::Retry(error.to_string()))?;
            }
        }
        self.position = Some(position);
        Ok(())
    }

    async fn server(&self) -> Result<Position, ApiError> {
        let found = self.api.call("groups.getLongPollServer", &[("group_id", self.group_id.to_string())]).await?;
        let text = |key: &str| found.get(key).and_then(of_number_or_text);
        let position = || Some(Position { server: text("server")?, key: text("key")?, ts: text("ts")? });
        position().ok_or(ApiError::Garbled { status: 200 })
    }

    async fn ask(&self, position: &Position) -> Result<Polled, ApiError> {
        let garbled = || ApiError::Garbled { status: 200 };
        let (wait, grace) = (self.timeouts.poll(), self.timeouts.grace());
        let body = self.api.poll(&position.server, &position.key, &position.ts, wait, grace).await?;
        let answer: Answer<'_> = serde_json::from_slice(&body).map_err(|_| garbled())?;
        let ts = answer.ts.as_ref().and_then(of_number_or_text);
        match answer.failed {
            None => {
                let updates = answer.updates.iter().map(|update| Bytes::copy_from_slice(update.get().as_bytes())).collect();
                Ok(Polled::News { ts: ts.ok_or_else(garbled)?, updates })
            }
            Some(1) => Ok(Polled::Lost { ts: ts.ok_or_else(garbled)? }),
            Some(2) => Ok(Polled::KeyExpired),
            // Also what VK adds tomorrow: to begin anew loses nothing that the history has.
            Some(_) => Ok(Polled::AllLost),
        }
    }

    /// Tells the failure and says how long to wait.
    fn failed(&mut self, error: &ApiError) -> Duration {
        self.failures = self.failures.saturating_add(1);
        tracing::warn!(inbox = %self.cx.inbox.id, %error, failures = self.failures, "vk: polling failed");
        self.cx.health.set(health_after(error), self.cx.clock.now());
        if self.failures.is_multiple_of(FAILURES_PER_SERVER) && !matches!(error, ApiError::Refused(_)) {
            self.position = None;
        }
        pause_after(error, self.failures, self.timeouts, self.cx).mul_f64(rand::rng().random_range(JITTER))
    }
}

/// VK writes its positions as text in one answer and as a number in the next.
fn of_number_or_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}
