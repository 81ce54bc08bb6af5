//! The Callback API: one event a call, known by the secret that VK repeats in its body.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use serde::Deserialize;
use trunkline_channel::{Context, Health, IntakeError, Secret};

use super::{answer_press, completed, event, pressed};
use crate::api::Api;

/// Large enough for a message with a hundred forwarded ones.
const MAX_BODY_BYTES: usize = 4 * 1_024 * 1_024;
/// Where intake names no time.
const UNNAMED_WAIT: Duration = Duration::from_secs(5);
/// VK takes nothing else for done.
const DONE: &str = "ok";

struct Gate {
    api: Api,
    group_id: i64,
    secret: Secret,
    cx: Context,
}

#[derive(Deserialize)]
struct Envelope {
    #[serde(rename = "type")]
    kind: String,
    group_id: i64,
    #[serde(default)]
    secret: String,
}

pub(crate) fn routes(api: Api, group_id: i64, secret: Secret, cx: Context) -> Router {
    let gate = Arc::new(Gate { api, group_id, secret, cx });
    Router::new().route("/", post(receive)).layer(DefaultBodyLimit::max(MAX_BODY_BYTES)).with_state(gate)
}

async fn receive(State(gate): State<Arc<Gate>>, body: Bytes) -> Response {
    let Ok(envelope) = serde_json::from_slice::<Envelope>(&body) else { return StatusCode::BAD_REQUEST.into_response() };
    if gate.secret.is_empty() || !gate.secret.matches(&envelope.secret) || envelope.group_id != gate.group_id {
        return StatusCode::FORBIDDEN.into_response();
    }
    if envelope.kind == "confirmation" {
        return confirm(&gate).await;
    }
    let cx = &gate.cx;
    let kept = completed(&gate.api, without_secret(&body, &gate.secret)).await;
    match cx.intake.accept(&cx.inbox.id, vec![event(kept)]).await {
        Ok(_) => {
            let now = cx.clock.now();
            cx.health.saw_event(now);
            cx.health.set(Health::Connected, now);
            if let Some(press) = pressed(&body) {
                answer_press(&gate.api, &press).await;
            }
            DONE.into_response()
        }
        Err(IntakeError::Overloaded { retry_after } | IntakeError::Unavailable { retry_after }) => later(retry_after),
        Err(IntakeError::NoInbox | IntakeError::LostLease) => later(UNNAMED_WAIT),
    }
}

/// The code changes whenever a server is added or edited, so it is asked for every time.
async fn confirm(gate: &Gate) -> Response {
    let found = gate.api.call("groups.getCallbackConfirmationCode", &[("group_id", gate.group_id.to_string())]).await;
    match found.as_ref().map(|found| found.get("code").and_then(serde_json::Value::as_str)) {
        Ok(Some(code)) => code.to_owned().into_response(),
        Ok(None) => later(UNNAMED_WAIT),
        Err(error) => {
            tracing::warn!(inbox = %gate.cx.inbox.id, %error, "vk: the address could not be confirmed");
            later(UNNAMED_WAIT)
        }
    }
}

/// What is stored and shown must not let anybody write to this address. The secret has letters and digits only, so it stands in
/// the body as it is.
fn without_secret(body: &Bytes, secret: &Secret) -> Bytes {
    match std::str::from_utf8(body) {
        Ok(text) => Bytes::from(text.replace(&format!("\"{}\"", secret.expose()), "\"\"")),
        Err(_) => body.clone(),
    }
}

fn later(wait: Duration) -> Response {
    let seconds = wait.as_secs().max(1).to_string();
    (StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, seconds)]).into_response()
}
