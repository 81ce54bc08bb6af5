//! The address that Meta calls: a GET to prove that it is ours, then signed POSTs.
//!
//! An app has one address for all its pages and numbers. What belongs to an account of another inbox is handed to that
//! inbox; the raw body is kept whole there, and each inbox's translator takes what is its own.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::rejection::QueryRejection;
use axum::extract::{DefaultBodyLimit, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use trunkline_channel::{Context, Health, IntakeError, RawEvent, Secret, signature};

/// Meta sends at most 3 MB (webhooks/create-webhook-endpoint); a little above, so that its rounding is not our loss.
pub const MAX_BODY_BYTES: usize = 4 * 1024 * 1024;
/// A challenge is a short number.
const MAX_CHALLENGE_CHARS: usize = 200;
const SIGNATURE_HEADER: &str = "x-hub-signature-256";
const SIGNATURE_BYTES: usize = 32;
/// Where intake names no time.
const UNNAMED_WAIT: Duration = Duration::from_secs(5);

/// What opens the address, and whose events come through it.
#[derive(Debug, Clone)]
pub struct Gate {
    /// Signs every call.
    pub app_secret: Secret,
    /// Repeated by Meta in the handshake.
    pub verify_token: Secret,
    /// The account of the inbox that the address belongs to.
    pub account: String,
    /// The accounts that a body is about; empty where it names none.
    pub accounts_of: fn(&[u8]) -> Vec<String>,
}

struct Door {
    gate: Gate,
    cx: Context,
}

#[derive(Deserialize)]
struct Handshake {
    #[serde(default, rename = "hub.mode")]
    mode: String,
    #[serde(default, rename = "hub.verify_token")]
    verify_token: String,
    #[serde(default, rename = "hub.challenge")]
    challenge: String,
}

/// What is mounted under the inbox's address.
pub fn routes(gate: Gate, cx: Context) -> Router {
    let door = Arc::new(Door { gate, cx });
    Router::new().route("/", get(prove).post(receive)).layer(DefaultBodyLimit::max(MAX_BODY_BYTES)).with_state(door)
}

/// Whether exactly one signature came and is that of these bytes. The bytes are those on the wire: Meta signs what it sends,
/// escapes and all.
#[must_use]
pub fn is_signed(app_secret: &Secret, headers: &HeaderMap, body: &[u8]) -> bool {
    let mut given = headers.get_all(SIGNATURE_HEADER).iter();
    let (Some(given), None) = (given.next(), given.next()) else { return false };
    let Some(digits) = given.to_str().ok().and_then(|value| value.strip_prefix("sha256=")) else { return false };
    let mut tag = [0; SIGNATURE_BYTES];
    hex::decode_to_slice(digits, &mut tag).is_ok() && signature::verify(app_secret, body, &tag)
}

/// The event of a call. Meta gives calls no id; the same bytes come again when a call is repeated.
#[must_use]
pub fn event(body: Bytes) -> RawEvent {
    RawEvent { key: hex::encode(Sha256::digest(&body)), body, cursor: None }
}

async fn prove(State(door): State<Arc<Door>>, asked: Result<Query<Handshake>, QueryRejection>) -> Response {
    let Ok(Query(asked)) = asked else { return StatusCode::FORBIDDEN.into_response() };
    let expected = &door.gate.verify_token;
    let ours = asked.mode == "subscribe" && !expected.is_empty() && expected.matches(&asked.verify_token);
    // Only a number is given back: whoever knows the token still gets no page of their own from our address.
    let digits = asked.challenge.len() <= MAX_CHALLENGE_CHARS && asked.challenge.chars().all(|c| c.is_ascii_alphanumeric());
    if !ours || asked.challenge.is_empty() || !digits {
        return StatusCode::FORBIDDEN.into_response();
    }
    ([(header::CONTENT_TYPE, "text/plain")], asked.challenge).into_response()
}

async fn receive(State(door): State<Arc<Door>>, headers: HeaderMap, body: Bytes) -> Response {
    if !is_signed(&door.gate.app_secret, &headers, &body) {
        return StatusCode::FORBIDDEN.into_response();
    }
    let cx = &door.cx;
    let event = event(body);
    // When a later inbox refuses, the whole call comes again, and the earlier ones know it by its key.
    for inbox in inboxes(&door.gate, cx, &event.body) {
        match cx.intake.accept(&inbox, vec![event.clone()]).await {
            Ok(_) => {}
            Err(IntakeError::Overloaded { retry_after } | IntakeError::Unavailable { retry_after }) => return later(retry_after),
            Err(IntakeError::NoInbox | IntakeError::LostLease) => return later(UNNAMED_WAIT),
        }
    }
    let now = cx.clock.now();
    cx.health.saw_event(now);
    // A dead token stops sends only: what comes in says nothing of it.
    if matches!(cx.health.report().health, Health::Connecting) {
        cx.health.set(Health::Connected, now);
    }
    StatusCode::OK.into_response()
}

/// Whose the body is, each once. What names no account, or one that nobody has, stays here to be looked at.
fn inboxes(gate: &Gate, cx: &Context, body: &[u8]) -> Vec<String> {
    let mut inboxes: Vec<String> = Vec::new();
    for account in (gate.accounts_of)(body) {
        let other = if account == gate.account { None } else { cx.siblings.inbox_of(&account) };
        let inbox = other.unwrap_or_else(|| cx.inbox.id.clone());
        if !inboxes.contains(&inbox) {
            inboxes.push(inbox);
        }
    }
    if inboxes.is_empty() {
        inboxes.push(cx.inbox.id.clone());
    }
    inboxes
}

fn later(wait: Duration) -> Response {
    let seconds = wait.as_secs().max(1).to_string();
    (StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, seconds)]).into_response()
}

#[cfg(test)]
#[path = "webhook_tests.rs"]
mod tests;
