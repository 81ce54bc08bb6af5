//! The loop that looks after a connection: no events come through it, so nothing is lost while it waits.

use std::time::Duration;

use rand::RngExt;
use serde::Deserialize;
use trunkline_channel::{Context, Health, RunError};

use crate::errors::{Class, GraphError, Rule};

/// Jitter of a pause, as a part of it.
const JITTER: std::ops::RangeInclusive<f64> = 0.8..=1.2;

/// Waiting times; the usual ones suit everybody but tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Timeouts {
    /// One call without files, in milliseconds.
    pub call_ms: u64,
    /// The first pause after a failure, in milliseconds; it doubles.
    pub pause_ms: u64,
    /// The longest pause after failures of the network, in milliseconds.
    pub longest_pause_ms: u64,
    /// Between attempts where only a person can help (dead token), in milliseconds.
    pub stubborn_ms: u64,
    /// Between looks at the account and its subscription, in milliseconds.
    pub check_ms: u64,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self { call_ms: 30_000, pause_ms: 1_000, longest_pause_ms: 60_000, stubborn_ms: 60_000, check_ms: 300_000 }
    }
}

impl Timeouts {
    #[must_use]
    pub fn call(&self) -> Duration {
        Duration::from_millis(self.call_ms)
    }

    /// The pause after this many failures in a row, before jitter.
    fn pause(&self, failures: u32) -> Duration {
        let doubled = self.pause_ms.saturating_mul(2_u64.saturating_pow(failures.saturating_sub(1)));
        Duration::from_millis(doubled.min(self.longest_pause_ms))
    }
}

/// Looks again and again until `cx.stop`, and sets the health that was found.
///
/// # Errors
/// None today; the signature is the connector's.
pub async fn watch<F, Looked>(
    cx: &Context,
    channel: &'static str,
    timeouts: &Timeouts,
    rules: &[Rule],
    mut look: F,
) -> Result<(), RunError>
where
    F: FnMut() -> Looked + Send,
    Looked: Future<Output = Result<Health, GraphError>> + Send,
{
    let mut failures = 0_u32;
    loop {
        let looked = tokio::select! {
            () = cx.stop.cancelled() => return Ok(()),
            looked = look() => looked,
        };
        let (health, pause) = match looked {
            Ok(Health::Connected) => {
                failures = 0;
                (Health::Connected, Duration::from_millis(timeouts.check_ms))
            }
            // What is not well is looked at again soon: it may be mended meanwhile.
            Ok(health) => {
                failures = failures.saturating_add(1);
                (health, timeouts.pause(failures))
            }
            Err(error) => {
                failures = failures.saturating_add(1);
                tracing::warn!(inbox = %cx.inbox.id, channel, %error, failures, "the account could not be looked after");
                (health_after(&error, rules), pause_after(&error, rules, failures, timeouts))
            }
        };
        cx.health.set(health, cx.clock.now());
        let pause = pause.mul_f64(rand::rng().random_range(JITTER));
        tokio::select! {
            () = cx.stop.cancelled() => return Ok(()),
            () = tokio::time::sleep(pause) => {}
        }
    }
}

/// What a failed call says about the line.
#[must_use]
pub fn health_after(error: &GraphError, rules: &[Rule]) -> Health {
    let Some(refusal) = error.refusal() else { return Health::Troubled { reason: error.to_string() } };
    match refusal.class(rules) {
        Class::Token => Health::BadCredentials { reason: refusal.shown(rules) },
        Class::Permission | Class::Policy | Class::Config | Class::Content | Class::Recipient => {
            Health::Misconfigured { reason: refusal.shown(rules) }
        }
        _ => Health::Troubled { reason: refusal.to_string() },
    }
}

fn pause_after(error: &GraphError, rules: &[Rule], failures: u32, timeouts: &Timeouts) -> Duration {
    match (error.class(rules), error.refusal()) {
        (class @ (Class::Rate | Class::PairRate), Some(refusal)) => refusal.wait(class),
        (Class::Temporary, _) => timeouts.pause(failures),
        _ => Duration::from_millis(timeouts.stubborn_ms),
    }
}
