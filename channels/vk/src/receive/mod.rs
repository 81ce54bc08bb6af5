//! Receiving: events are handed to intake as they came, and confirmed only when they are stored.

pub(crate) mod callback;
mod cropped;
pub(crate) mod gap;
pub(crate) mod poll;
pub(crate) mod registration;

use std::time::Duration;

use bytes::Bytes;
use serde_json::Value;
use sha2::{Digest, Sha256};
use trunkline_channel::{Context, Health, IntakeError, Micros, RawEvent, RunError};

use crate::api::{Api, ApiError};
use crate::errors::{Class, TOKEN_DEAD};
use crate::settings::Timeouts;
pub(crate) use cropped::completed;

/// A button spins for a minute; whoever waits for our answer to VK has less time.
const PRESS_TIMEOUT: Duration = Duration::from_secs(3);

/// VK numbers its events itself, the same for both ways of receiving.
pub(crate) fn event(body: Bytes) -> RawEvent {
    let named: Option<String> = serde_json::from_slice(&body).ok().and_then(|event: Value| {
        let id = event.get("event_id")?.as_str().filter(|id| !id.is_empty())?;
        Some(id.to_owned())
    });
    // Few lack a number; the same bytes come again when they come again.
    let key = named.unwrap_or_else(|| format!("?:{}", hex::encode(&Sha256::digest(&body)[..16])));
    RawEvent { key, body, cursor: None }
}

/// Hands events over until they are stored. `false` when it was told to stop before.
pub(crate) async fn store(cx: &Context, events: Vec<RawEvent>) -> Result<bool, RunError> {
    if events.is_empty() {
        return Ok(true);
    }
    loop {
        match cx.intake.accept(&cx.inbox.id, events.clone()).await {
            Ok(_) => break,
            Err(IntakeError::Overloaded { retry_after } | IntakeError::Unavailable { retry_after }) => {
                tokio::select! {
                    () = cx.stop.cancelled() => return Ok(false),
                    () = tokio::time::sleep(retry_after) => {}
                }
            }
            Err(error) => return Err(RunError::Retry(error.to_string())),
        }
    }
    cx.health.saw_event(cx.clock.now());
    Ok(true)
}

/// The pressed callback button of an event, which spins until it is answered: event, person and chat.
pub(crate) fn pressed(body: &[u8]) -> Option<[(&'static str, String); 3]> {
    let event: Value = serde_json::from_slice(body).ok()?;
    let object = event.get("object").filter(|_| event.get("type").and_then(Value::as_str) == Some("message_event"))?;
    let (id, user) = (object.get("event_id")?.as_str()?, object.get("user_id")?.as_i64()?);
    let peer = object.get("peer_id").and_then(Value::as_i64).unwrap_or(user);
    Some([("event_id", id.to_owned()), ("user_id", user.to_string()), ("peer_id", peer.to_string())])
}

/// That a button spins for a while harms nobody, so nothing is tried twice.
pub(crate) async fn answer_press(api: &Api, press: &[(&'static str, String)]) {
    match tokio::time::timeout(PRESS_TIMEOUT, api.call("messages.sendMessageEventAnswer", press)).await {
        Ok(Ok(_)) => {}
        Ok(Err(error)) => tracing::debug!(%error, "vk: a pressed button was not answered"),
        Err(_) => tracing::debug!("vk: a pressed button was not answered in time"),
    }
}

/// What a failed call says about the line.
pub(crate) fn health_after(error: &ApiError) -> Health {
    match error {
        ApiError::Refused(refusal) => match refusal.class() {
            Class::Token => Health::BadCredentials { reason: TOKEN_DEAD.to_owned() },
            Class::Policy => Health::BadCredentials {
                reason: "VK wants an administrator to confirm this access key or to pass a captcha. Open VK, or make a new key."
                    .to_owned(),
            },
            Class::Permission => Health::Misconfigured {
                reason: "The access key lacks a right, or belongs to another community. Make one with the rights to messages, \
                         photos, documents and management."
                    .to_owned(),
            },
            // What is asked for is always well formed: the Long Poll API is off, or the number is not the key's community.
            Class::Content => Health::Misconfigured {
                reason: format!("{refusal}. Check group_id, and switch the Long Poll API on in the community's settings."),
            },
            _ => Health::Troubled { reason: refusal.to_string() },
        },
        other => Health::Troubled { reason: other.to_string() },
    }
}

/// How long to wait after a failed call.
pub(crate) fn pause_after(error: &ApiError, failures: u32, timeouts: &Timeouts, cx: &Context) -> Duration {
    match (health_after(error), error) {
        (Health::BadCredentials { .. } | Health::Misconfigured { .. }, _) => timeouts.stubborn(),
        (_, ApiError::Refused(refusal)) if refusal.class() == Class::Rate => {
            let wait = refusal.wait();
            cx.health.rate_limited(cx.clock.now().saturating_add(micros(wait)));
            wait
        }
        (_, ApiError::Unavailable { retry_after: Some(wait), .. }) => *wait,
        _ => timeouts.pause(failures),
    }
}

fn micros(duration: Duration) -> Micros {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{event, pressed};

    #[test]
    fn a_key_is_vks_own_number_of_the_event() {
        let update = json!({"type": "message_new", "event_id": "ab12", "object": {}});
        assert_eq!(event(update.to_string().into()).key, "ab12");
        let (one, other) = (event(bytes::Bytes::from_static(b"{}")), event(bytes::Bytes::from_static(b"\xff")));
        assert!(one.key.starts_with("?:") && other.key.starts_with("?:") && one.key != other.key);
    }

    #[test]
    fn a_press_is_found_in_its_event_only() {
        let object = json!({"event_id": "e", "user_id": 7});
        let body = json!({"type": "message_event", "object": object}).to_string();
        let press = pressed(body.as_bytes()).unwrap();
        assert_eq!(press.map(|(_, value)| value), ["e", "7", "7"]);
        assert!(pressed(json!({"type": "message_new", "object": object}).to_string().as_bytes()).is_none());
    }
}
