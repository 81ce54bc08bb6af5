use std::time::Duration;

use trunkline_channel::{Ambiguity, Capabilities, CountBy, Rate, RecipientResult, SendError, Sent, TextLimit, Threads};

use super::{Attempted, BAD_CREDENTIALS_PAUSE, LONGEST_HOLD, LineNews, PATIENCE, RECONCILING, micros, of};
use crate::deliveries::State;

const SCHEDULE: [Duration; 3] = [Duration::from_secs(2), Duration::from_secs(10), Duration::from_secs(30)];
const NOW: i64 = 1_800_000_000_000_000;

fn caps(ambiguity: Ambiguity) -> Capabilities {
    let rate = Rate { per_second: 1.0, burst: 1 };
    Capabilities {
        sends: vec![],
        text: TextLimit { max: 10, count_by: CountBy::Characters },
        max_attachment_bytes: 0,
        max_attachments: 0,
        threads: Threads::Single,
        ambiguity,
        realtime: false,
        delivered_receipts: false,
        read_receipts: false,
        typing_interval: None,
        edits: false,
        deletes: false,
        reactions: false,
        reaction_set: &[],
        window: None,
        buttons: None,
        templates: false,
        profiles: false,
        inbox_rate: rate,
        chat_rate: rate,
        retry_schedule: &SCHEDULE,
    }
}

fn after(attempts: i64) -> Attempted {
    Attempted { attempts, created_at: NOW, now: NOW, random: 0.5 }
}

fn maybe() -> Result<Sent, SendError> {
    Err(SendError::MaybeDelivered { evidence: "no answer".into() })
}

fn retry(after: Option<Duration>) -> Result<Sent, SendError> {
    Err(SendError::Retry { after, reason: "connection refused".into() })
}

#[test]
fn an_unknown_outcome_is_repeated_waited_for_or_asked_by_ability() {
    let repeated = of(&maybe(), after(1), &caps(Ambiguity::Repeat));
    assert_eq!((repeated.state, repeated.until), (State::RetryWait, Some(NOW + 2_000_000)));
    let used_up = of(&maybe(), after(4), &caps(Ambiguity::Repeat));
    assert_eq!(used_up.state, State::Uncertain, "never failed when it may have arrived");

    let waiting = of(&maybe(), after(1), &caps(Ambiguity::Reconcile { wait: Duration::from_secs(600) }));
    assert_eq!((waiting.state, waiting.until), (State::Sending, Some(NOW + 600_000_000)));
    assert_eq!(waiting.code.as_deref(), Some(RECONCILING));
    assert_eq!(super::no_news().state, State::Uncertain);

    let asked = of(&maybe(), after(1), &caps(Ambiguity::AskOperator));
    assert_eq!((asked.state, asked.until), (State::Uncertain, None));
    assert!(asked.shown.is_some_and(|shown| shown.contains("may have been delivered")));
}

#[test]
fn retries_follow_the_schedule_and_then_fail() {
    let caps = caps(Ambiguity::AskOperator);
    for (attempt, wait) in [(1, 2), (2, 10), (3, 30)] {
        let verdict = of(&retry(None), after(attempt), &caps);
        assert_eq!((verdict.state, verdict.until), (State::RetryWait, Some(NOW + wait * 1_000_000)), "attempt {attempt}");
    }
    let last = of(&retry(None), after(4), &caps);
    assert_eq!((last.state, last.until, last.code.as_deref()), (State::Failed, None, Some("gave_up")));
}

#[test]
fn retries_are_spread_by_a_fifth_and_never_come_before_the_providers_word() {
    let caps = caps(Ambiguity::AskOperator);
    for (random, wait) in [(0.0, 1_600_000), (1.0, 2_400_000), (7.0, 2_400_000)] {
        let verdict = of(&retry(None), Attempted { random, ..after(1) }, &caps);
        assert_eq!(verdict.until, Some(NOW + wait), "{random}");
    }
    let told = of(&retry(Some(Duration::from_secs(90))), Attempted { random: 0.0, ..after(1) }, &caps);
    assert_eq!(told.until, Some(NOW + 90_000_000));
}

#[test]
fn a_slow_down_is_obeyed_to_the_second_and_uses_up_nothing() {
    let caps = caps(Ambiguity::AskOperator);
    let limited = |whole_inbox| Err(SendError::RateLimited { after: Duration::from_secs(3600), whole_inbox });
    let whole = of(&limited(true), after(99), &caps);
    assert_eq!((whole.state, whole.until, whole.counts), (State::RetryWait, Some(NOW + 3_600_000_000), false));
    assert_eq!(whole.line, LineNews::SlowedDown(NOW + 3_600_000_000));
    let one_chat = of(&limited(false), after(1), &caps);
    assert_eq!((one_chat.line, one_chat.until), (LineNews::Works, Some(NOW + 3_600_000_000)));
    let old = Attempted { created_at: NOW - micros(PATIENCE) - 1, ..after(4) };
    assert_eq!(of(&limited(true), old, &caps).state, State::Failed, "patience has an end");
    let endless = of(&Err(SendError::RateLimited { after: Duration::MAX, whole_inbox: true }), after(1), &caps);
    assert_eq!(endless.until, Some(NOW + micros(LONGEST_HOLD)), "a day at most");
}

#[test]
fn refused_credentials_stop_the_line_and_keep_the_message() {
    let refused = Err(SendError::BadCredentials { code: "535".into(), shown: "password refused".into() });
    let verdict = of(&refused, after(9), &caps(Ambiguity::Repeat));
    assert_eq!((verdict.state, verdict.counts), (State::RetryWait, false));
    assert_eq!(verdict.line, LineNews::CredentialsRefused(NOW + micros(BAD_CREDENTIALS_PAUSE)));
}

#[test]
fn what_concerns_one_recipient_never_counts_against_the_line() {
    let caps = caps(Ambiguity::Repeat);
    let endings = [
        (SendError::Rejected { code: "400".into(), shown: "too long".into() }, "400"),
        (SendError::PeerGone { code: "403".into(), shown: "blocked".into() }, "403"),
        (SendError::WindowClosed { shown: "use a template".into() }, "window_closed"),
    ];
    for (error, code) in endings {
        let verdict = of(&Err(error), after(1), &caps);
        assert_eq!((verdict.state, verdict.line, verdict.code.as_deref()), (State::Failed, LineNews::Works, Some(code)));
    }
    assert_eq!(of(&retry(None), after(1), &caps).line, LineNews::Fails);
    assert_eq!(of(&maybe(), after(1), &caps).line, LineNews::Fails);
}

#[test]
fn a_partly_refused_message_is_sent_and_says_for_whom_not() {
    let to = |handle: &str, refused: Option<&str>| RecipientResult { handle: handle.into(), refused: refused.map(str::to_owned) };
    let sent = Sent { recipients: vec![to("ann@example.com", None), to("bob@example.com", Some("550"))], ..Sent::default() };
    let verdict = of(&Ok(sent), after(1), &caps(Ambiguity::Repeat));
    assert_eq!(verdict.state, State::Sent);
    assert_eq!(verdict.shown.as_deref(), Some("Not taken for bob@example.com"));
    let delivered = Sent { delivered: true, ..Sent::default() };
    assert_eq!(of(&Ok(delivered), after(1), &caps(Ambiguity::Repeat)).state, State::Delivered);
}
