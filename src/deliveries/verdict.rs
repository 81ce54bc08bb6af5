//! What becomes of a delivery after one attempt: a pure rule over the closed vocabulary of answers.

use std::time::Duration;

use trunkline_channel::{Ambiguity, Capabilities, Micros, SendError, Sent};

use super::State;

/// Refused credentials stop the inbox; it is tried again this seldom, or at once with new settings.
const BAD_CREDENTIALS_PAUSE: Duration = Duration::from_secs(300);
/// Slow-downs and refused credentials do not use up the retry schedule of a message younger than this.
const PATIENCE: Duration = Duration::from_secs(24 * 3600);
/// A provider that asks for more silence than this is not believed.
const LONGEST_HOLD: Duration = Duration::from_secs(24 * 3600);
/// Retries are spread by this part of their waiting time, up and down.
const JITTER: f64 = 0.2;
/// Marks a delivery whose unknown outcome the provider's news may still settle.
pub const RECONCILING: &str = "reconciling";

/// Where one attempt leaves a delivery.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    pub state: State,
    /// When to try again (`retry_wait`) or to stop waiting for news (`sending`).
    pub until: Option<Micros>,
    pub code: Option<String>,
    pub shown: Option<String>,
    /// A word for the history of attempts.
    pub outcome: &'static str,
    pub detail: Option<String>,
    /// Whether the attempt counts against the retry schedule.
    pub counts: bool,
    pub line: LineNews,
}

/// What an attempt says about the inbox as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineNews {
    /// The provider answers.
    Works,
    /// The provider, or the way there, is in trouble.
    Fails,
    /// It answers, and wants nothing from this inbox before that moment.
    SlowedDown(Micros),
    CredentialsRefused(Micros),
}

/// What is known of a delivery when an attempt ends.
#[derive(Debug, Clone, Copy)]
pub struct Attempted {
    /// Attempts that count, this one included.
    pub attempts: i64,
    pub created_at: Micros,
    pub now: Micros,
    /// 0 to 1, for the spread of retries.
    pub random: f64,
}

/// The verdict on an attempt.
#[must_use]
pub fn of(result: &Result<Sent, SendError>, facts: Attempted, caps: &Capabilities) -> Verdict {
    let error = match result {
        Ok(sent) => return taken(sent),
        Err(error) => error,
    };
    let mut verdict = match error {
        SendError::Retry { after, reason } => again(facts, caps, *after, "retry", reason),
        SendError::RateLimited { after, whole_inbox } => {
            let after = (*after).min(LONGEST_HOLD);
            let mut verdict = patiently(facts, caps, after, "rate_limited", "the provider slows us down");
            let until = facts.now.saturating_add(micros(after));
            verdict.line = if *whole_inbox { LineNews::SlowedDown(until) } else { LineNews::Works };
            verdict
        }
        SendError::BadCredentials { code, shown } => {
            let mut verdict = patiently(facts, caps, BAD_CREDENTIALS_PAUSE, "bad_credentials", shown);
            verdict.code = Some(code.clone());
            verdict.line = LineNews::CredentialsRefused(facts.now.saturating_add(micros(BAD_CREDENTIALS_PAUSE)));
            verdict
        }
        SendError::MaybeDelivered { evidence } => ambiguous(facts, caps, evidence),
        SendError::Rejected { code, shown } => over(State::Failed, code, shown, "rejected"),
        SendError::PeerGone { code, shown } => over(State::Failed, code, shown, "peer_gone"),
        SendError::WindowClosed { shown } => over(State::Failed, "window_closed", shown, "window_closed"),
    };
    if matches!(error, SendError::Retry { .. } | SendError::MaybeDelivered { .. }) {
        verdict.line = LineNews::Fails;
    }
    verdict
}

/// The verdict on a delivery whose news did not come in time.
#[must_use]
pub fn no_news() -> Verdict {
    uncertain("no news from the provider")
}

fn taken(sent: &Sent) -> Verdict {
    let refused: Vec<&str> = sent.recipients.iter().filter(|r| r.refused.is_some()).map(|r| r.handle.as_str()).collect();
    Verdict {
        state: if sent.delivered { State::Delivered } else { State::Sent },
        until: None,
        code: (!refused.is_empty()).then(|| "some_refused".to_owned()),
        shown: (!refused.is_empty()).then(|| format!("Not taken for {}", refused.join(", "))),
        outcome: "sent",
        detail: None,
        counts: true,
        line: LineNews::Works,
    }
}

fn ambiguous(facts: Attempted, caps: &Capabilities, evidence: &str) -> Verdict {
    match caps.ambiguity {
        Ambiguity::AskOperator => uncertain(evidence),
        Ambiguity::Reconcile { wait } => Verdict {
            state: State::Sending,
            until: Some(facts.now.saturating_add(micros(wait))),
            code: Some(RECONCILING.to_owned()),
            ..uncertain(evidence)
        },
        // Repeating is safe, so it is repeated; only when that ends without an answer must a person decide.
        Ambiguity::Repeat => match waiting_time(facts, caps) {
            Some(_) => Verdict { outcome: "maybe", ..again(facts, caps, None, "maybe", evidence) },
            None => uncertain(evidence),
        },
    }
}

fn uncertain(evidence: &str) -> Verdict {
    let shown = format!("It may have been delivered: {evidence}");
    Verdict { detail: Some(evidence.to_owned()), ..over(State::Uncertain, "maybe_delivered", &shown, "maybe") }
}

fn over(state: State, code: &str, shown: &str, outcome: &'static str) -> Verdict {
    Verdict {
        state,
        until: None,
        code: Some(code.to_owned()),
        shown: Some(shown.to_owned()),
        outcome,
        detail: Some(shown.to_owned()),
        counts: true,
        line: LineNews::Works,
    }
}

/// Another try by the channel's schedule, never before the provider's own word; failed when the schedule is used up.
fn again(facts: Attempted, caps: &Capabilities, after: Option<Duration>, outcome: &'static str, reason: &str) -> Verdict {
    let Some(scheduled) = waiting_time(facts, caps) else {
        let shown = format!("Given up after {} attempts: {reason}", facts.attempts);
        return Verdict { detail: Some(reason.to_owned()), ..over(State::Failed, "gave_up", &shown, outcome) };
    };
    let wait = scheduled.max(after.unwrap_or_default().min(LONGEST_HOLD));
    Verdict { until: Some(facts.now.saturating_add(micros(wait))), ..over(State::RetryWait, outcome, reason, outcome) }
}

/// Another try that does not count, unless the message is too old for patience. The provider's word is the time.
fn patiently(facts: Attempted, caps: &Capabilities, wait: Duration, outcome: &'static str, reason: &str) -> Verdict {
    if facts.now.saturating_sub(facts.created_at) > micros(PATIENCE) {
        return again(facts, caps, Some(wait), outcome, reason);
    }
    let until = Some(facts.now.saturating_add(micros(wait)));
    Verdict { until, counts: false, ..over(State::RetryWait, outcome, reason, outcome) }
}

/// Waiting time after this many attempts; `None` when the schedule is used up.
fn waiting_time(facts: Attempted, caps: &Capabilities) -> Option<Duration> {
    let index = usize::try_from(facts.attempts.saturating_sub(1)).unwrap_or(0);
    let spread = 1.0 + JITTER * (2.0 * facts.random.clamp(0.0, 1.0) - 1.0);
    caps.retry_schedule.get(index).map(|wait| wait.mul_f64(spread))
}

/// A span of time in the store's unit.
#[must_use]
pub fn micros(span: Duration) -> Micros {
    i64::try_from(span.as_micros()).unwrap_or(i64::MAX)
}

#[cfg(test)]
#[path = "verdict_tests.rs"]
mod tests;
