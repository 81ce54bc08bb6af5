//! getUpdates with the server's own ideas about offsets and about two callers.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::{Instant, timeout_at};

use super::Bot;
use super::answer::Refusal;
use super::request::Call;
use super::state::State;

const MAX_LIMIT: i64 = 100;
const MAX_TIMEOUT_S: i64 = 50;
/// An offset further ahead than this is taken for one of an earlier life.
const TOLERATED_AHEAD: i64 = 10;

pub(super) const OTHER_POLL: &str = "terminated by other getUpdates request; make sure that only one bot instance is running";
const BY_WEBHOOK: &str = "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first";

impl Bot {
    pub(super) async fn get_updates(&self, call: &Call) -> Result<Value, Refusal> {
        let wait = call.number("timeout").unwrap_or_default().clamp(0, MAX_TIMEOUT_S);
        let until = Instant::now() + Duration::from_secs(u64::try_from(wait).unwrap_or_default());
        let mine = {
            let mut state = self.lock();
            if state.webhook.is_some() {
                return Err(Refusal::conflict(BY_WEBHOOK));
            }
            if let Some(kinds) = call.parameters.get("allowed_updates").and_then(Value::as_array) {
                state.allowed = Some(kinds.iter().filter_map(|kind| Some(kind.as_str()?.to_owned())).collect());
            }
            state.polls += 1;
            state.poll_conflict = OTHER_POLL;
            state.polls
        };
        self.news.notify_waiters();
        loop {
            let news = self.news.notified();
            tokio::pin!(news);
            // Before the look, so that nothing slips in between.
            news.as_mut().enable();
            {
                let mut state = self.lock();
                if state.polls != mine {
                    return Err(Refusal::conflict(state.poll_conflict));
                }
                let ready = take(&mut state, call);
                if !ready.is_empty() || Instant::now() >= until {
                    return Ok(Value::Array(ready));
                }
            }
            let _ = timeout_at(until, news).await;
        }
    }
}

/// Confirms what the offset confirms and shows what is left.
fn take(state: &mut State, call: &Call) -> Vec<Value> {
    state.forget_old_updates();
    let offset = call.number("offset").unwrap_or_default();
    if offset < 0 {
        let keep = usize::try_from(-offset).unwrap_or(usize::MAX).min(state.queue.len());
        let gone = state.queue.len() - keep;
        state.queue.drain(..gone);
    } else if offset <= state.next_update_id + TOLERATED_AHEAD {
        state.queue.retain(|queued| queued.update_id >= offset);
    }
    let limit = usize::try_from(call.number("limit").unwrap_or(MAX_LIMIT).clamp(1, MAX_LIMIT)).unwrap_or(1);
    state.queue.iter().take(limit).map(|queued| queued.update.clone()).collect()
}

impl Bot {
    pub(super) fn webhook(&self, call: &Call) -> Result<Value, Refusal> {
        let mut state = self.lock();
        let result = match call.method.as_str() {
            "getWebhookInfo" => return Ok(info(&state)),
            "setWebhook" if !call.text("url").unwrap_or_default().is_empty() => {
                let url = call.text("url").unwrap_or_default();
                check_hook(url, call.text("secret_token"))?;
                if let Some(kinds) = call.parameters.get("allowed_updates").and_then(Value::as_array) {
                    state.allowed = Some(kinds.iter().filter_map(|kind| Some(kind.as_str()?.to_owned())).collect());
                }
                state.webhook = Some(super::state::Webhook {
                    url: url.to_owned(),
                    secret: call.text("secret_token").map(str::to_owned),
                    max_connections: call.number("max_connections").unwrap_or(40).clamp(1, 100),
                    last_error: None,
                    gone_since: None,
                });
                state.polls += 1;
                state.poll_conflict = "terminated by setWebhook request";
                json!(true)
            }
            _ => {
                state.webhook = None;
                json!(true)
            }
        };
        if call.parameters.get("drop_pending_updates") == Some(&json!(true)) {
            state.queue.clear();
        }
        state.calls.push((call.method.clone(), call.parameters.clone()));
        drop(state);
        self.news.notify_waiters();
        Ok(result)
    }
}

/// Plain HTTP passes on loopback only, where tests listen.
fn check_hook(url: &str, secret: Option<&str>) -> Result<(), Refusal> {
    let parsed = url::Url::parse(url).map_err(|_| Refusal::bad_request("bad webhook: invalid URL"))?;
    let local = parsed.scheme() == "http" && parsed.host_str().is_some_and(|host| host == "127.0.0.1" || host == "localhost");
    if parsed.scheme() != "https" && !local {
        return Err(Refusal::bad_request("bad webhook: An HTTPS URL must be provided for webhook"));
    }
    if !local && !matches!(parsed.port_or_known_default(), Some(443 | 80 | 88 | 8_443)) {
        return Err(Refusal::bad_request("bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443"));
    }
    let proper = |secret: &str| {
        (1..=256).contains(&secret.len()) && secret.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
    };
    if secret.is_none_or(proper) { Ok(()) } else { Err(Refusal::bad_request("secret token contains unallowed characters")) }
}

fn info(state: &State) -> Value {
    let mut info = json!({"url": "", "has_custom_certificate": false, "pending_update_count": state.queue.len()});
    if let Some(webhook) = &state.webhook {
        info["url"] = json!(webhook.url);
        info["max_connections"] = json!(webhook.max_connections);
        info["ip_address"] = json!("127.0.0.1");
        if let Some((at, message)) = &webhook.last_error {
            info["last_error_date"] = json!(at);
            info["last_error_message"] = json!(message);
        }
    }
    if let Some(kinds) = state.allowed.as_ref().filter(|kinds| !kinds.is_empty()) {
        info["allowed_updates"] = json!(kinds);
    }
    info
}
