//! Bots Long Poll.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::{Instant, timeout_at};

use super::state::new_key;
use super::{Call, Community, GROUP_ID, Refusal};

const DEFAULT_WAIT_S: u64 = 25;
const LONGEST_WAIT_S: u64 = 90;

impl Community {
    pub(super) fn long_poll_server(&self, call: &Call) -> Result<Value, Refusal> {
        own_group(call)?;
        let state = self.lock();
        if !state.long_poll.enabled {
            return Err(Refusal::parameter("longpoll for this group is not enabled"));
        }
        let server = format!("{}/wh{GROUP_ID}", self.url());
        Ok(json!({"key": state.key, "server": server, "ts": state.next_ts().to_string()}))
    }

    /// Answers `act=a_check`.
    pub(super) async fn check(&self, query: &BTreeMap<String, String>) -> Value {
        let text = |name: &str| query.get(name).map(String::as_str).unwrap_or_default();
        let wait = text("wait").parse().unwrap_or(DEFAULT_WAIT_S).min(LONGEST_WAIT_S);
        let until = Instant::now() + Duration::from_secs(wait);
        if text("act") != "a_check" {
            return json!({"failed": 2});
        }
        if let Some(failed) = self.fails() {
            return failed;
        }
        loop {
            let news = self.news.notified();
            tokio::pin!(news);
            news.as_mut().enable();
            if let Some(answer) = self.since(text("key"), text("ts")) {
                return answer;
            }
            if timeout_at(until, news).await.is_err() {
                return json!({"ts": text("ts"), "updates": []});
            }
        }
    }

    /// A failure that was asked for. What each means really happens, so that going on as before fails too.
    fn fails(&self) -> Option<Value> {
        let mut state = self.lock();
        let failed = state.failures.pop_front()?;
        match failed {
            1 => {
                let ts = state.next_ts();
                return Some(json!({"failed": 1, "ts": ts}));
            }
            2 => state.key = new_key(),
            _ => {
                state.key = new_key();
                // Numbering starts anew, far from where it was.
                let ts = state.next_ts() + 1_000_000;
                state.history.clear();
                state.history.push_back(super::state::Event { ts, body: Value::Null });
            }
        }
        Some(json!({ "failed": failed }))
    }

    /// What happened since, or `None` when nothing did.
    fn since(&self, key: &str, ts: &str) -> Option<Value> {
        let state = self.lock();
        if key != state.key {
            return Some(json!({"failed": 2}));
        }
        let next = state.next_ts();
        let Some(ts) = ts.parse::<u64>().ok().filter(|ts| *ts <= next) else { return Some(json!({"failed": 3})) };
        let oldest = state.history.front().map_or(next, |event| event.ts);
        if ts < oldest {
            return Some(json!({"failed": 1, "ts": next}));
        }
        let updates: Vec<_> = state.history.iter().filter(|event| event.ts >= ts && !event.body.is_null()).collect();
        if updates.is_empty() {
            return None;
        }
        let updates: Vec<_> = updates.into_iter().map(|event| &event.body).collect();
        Some(json!({"ts": next.to_string(), "updates": updates}))
    }
}

/// The community that the token belongs to is the only one.
pub(super) fn own_group(call: &Call) -> Result<(), Refusal> {
    if call.required("group_id")? == GROUP_ID { Ok(()) } else { Err(Refusal::code(15)) }
}
