//! The webhook: one update a call, known by the secret that Telegram repeats.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use serde_json::json;
use trunkline_channel::{Context, Health, IntakeError, Secret};

use super::{event, pressed};

/// One update is a few kilobytes; the largest texts and polls stay far below.
const MAX_BODY_BYTES: usize = 1_024 * 1_024;
const SECRET_HEADER: &str = "x-telegram-bot-api-secret-token";
/// Where intake names no time.
const UNNAMED_WAIT: Duration = Duration::from_secs(5);

struct Gate {
    secret: Secret,
    cx: Context,
}

pub(crate) fn routes(secret: Secret, cx: Context) -> Router {
    Router::new().route("/", post(receive)).layer(DefaultBodyLimit::max(MAX_BODY_BYTES)).with_state(Arc::new(Gate { secret, cx }))
}

async fn receive(State(gate): State<Arc<Gate>>, headers: HeaderMap, body: Bytes) -> Response {
    let told = headers.get(SECRET_HEADER).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if gate.secret.is_empty() || !gate.secret.matches(told) {
        return StatusCode::FORBIDDEN.into_response();
    }
    let cx = &gate.cx;
    // Whatever it is, it is stored as it came: Telegram would send it again and hold up the chat behind it.
    match cx.intake.accept(&cx.inbox.id, vec![event(body.clone())]).await {
        Ok(_) => {
            let now = cx.clock.now();
            cx.health.saw_event(now);
            cx.health.set(Health::Connected, now);
            // A call in the answer costs no connection of its own.
            match pressed(&body) {
                Some(id) => Json(json!({"method": "answerCallbackQuery", "callback_query_id": id})).into_response(),
                None => StatusCode::OK.into_response(),
            }
        }
        Err(IntakeError::Overloaded { retry_after } | IntakeError::Unavailable { retry_after }) => later(retry_after),
        Err(IntakeError::NoInbox | IntakeError::LostLease) => later(UNNAMED_WAIT),
    }
}

fn later(wait: Duration) -> Response {
    let seconds = wait.as_secs().max(1).to_string();
    (StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, seconds)]).into_response()
}
