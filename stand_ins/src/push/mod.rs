//! A push service and the browsers it serves: it takes what RFC 8030 allows, believes whoever signs by RFC 8292 with the key
//! that the browser subscribed with, and the browser reads what was encrypted for it by RFC 8291.
//!
//! Written from those documents with other libraries than the daemon uses.

mod crypt;
mod vapid;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::faults::{Faults, Served, serve};

/// What every service takes at least (RFC 8030 §7.2); this one takes no more.
const MAX_BODY: usize = 4096;
/// RFC 8030 §5.4.
const MAX_TOPIC: usize = 32;
const URGENCIES: [&str; 4] = ["very-low", "low", "normal", "high"];
/// Where browsers are reached.
const ROUTE: &str = "/send/{browser}";

/// The service on a port of its own; it ends when this is dropped.
pub struct PushStandIn {
    served: Served,
    state: Arc<Mutex<Known>>,
}

#[derive(Default)]
struct Known {
    origin: String,
    browsers: Vec<Browser>,
    received: Vec<Received>,
    refused: Vec<String>,
}

struct Browser {
    keys: crypt::Keys,
    /// The `applicationServerKey` it subscribed with.
    subscribed_with: String,
    ended: bool,
}

/// A notification as its browser read it.
#[derive(Debug, Clone, PartialEq)]
pub struct Received {
    /// Number of the browser, from 0.
    pub browser: usize,
    pub payload: Value,
    pub topic: Option<String>,
    pub ttl_s: u64,
    pub urgency: Option<String>,
    /// The contact its sender gives.
    pub contact: Option<String>,
}

impl PushStandIn {
    /// # Errors
    /// When the port cannot be had.
    pub async fn start(address: SocketAddr) -> anyhow::Result<Self> {
        let state = Arc::new(Mutex::new(Known::default()));
        let router = Router::new().route(ROUTE, post(take)).layer(DefaultBodyLimit::max(MAX_BODY)).with_state(state.clone());
        let served = serve(address, router, Faults::default()).await?;
        lock(&state).origin.clone_from(&served.url);
        Ok(Self { served, state })
    }

    /// Its origin, without a slash at the end.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.served.url
    }

    #[must_use]
    pub fn faults(&self) -> &Faults {
        &self.served.faults
    }

    /// Subscribes one more browser with a sender's key; what `PushSubscription.toJSON()` gives there.
    pub fn subscribe(&self, application_server_key: &str) -> Value {
        let keys = crypt::Keys::random();
        let (p256dh, auth) = (URL_SAFE_NO_PAD.encode(&keys.public), URL_SAFE_NO_PAD.encode(keys.auth));
        let mut known = self.lock();
        let number = known.browsers.len();
        known.browsers.push(Browser { keys, subscribed_with: application_server_key.to_owned(), ended: false });
        let endpoint = format!("{}/send/{number}", self.url());
        json!({"endpoint": endpoint, "expirationTime": null, "keys": {"p256dh": p256dh, "auth": auth}})
    }

    /// Its user takes the permission back.
    pub fn unsubscribe(&self, browser: usize) {
        if let Some(browser) = self.lock().browsers.get_mut(browser) {
            browser.ended = true;
        }
    }

    /// What a browser has read, oldest first.
    #[must_use]
    pub fn received(&self, browser: usize) -> Vec<Received> {
        self.lock().received.iter().filter(|received| received.browser == browser).cloned().collect()
    }

    /// Why requests were refused, oldest first.
    #[must_use]
    pub fn refused(&self) -> Vec<String> {
        self.lock().refused.clone()
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        lock(&self.state)
    }
}

fn lock(state: &Mutex<Known>) -> MutexGuard<'_, Known> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn take(State(state): State<Arc<Mutex<Known>>>, Path(number): Path<usize>, headers: HeaderMap, body: Bytes) -> Response {
    let mut known = lock(&state);
    match read(&known, number, &headers, &body) {
        Ok(received) => {
            known.received.push(received);
            let location = format!("{}/message/{}", known.origin, known.received.len());
            (StatusCode::CREATED, [(header::LOCATION, location)]).into_response()
        }
        Err((status, why)) => {
            known.refused.push(why.to_owned());
            (status, why).into_response()
        }
    }
}

type Refusal = (StatusCode, &'static str);

fn read(known: &Known, number: usize, headers: &HeaderMap, body: &[u8]) -> Result<Received, Refusal> {
    let bad = |why| (StatusCode::BAD_REQUEST, why);
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let browser = known.browsers.get(number).ok_or((StatusCode::NOT_FOUND, "no such browser"))?;
    if browser.ended {
        return Err((StatusCode::GONE, "the browser has unsubscribed"));
    }
    let signed = text("authorization").ok_or((StatusCode::UNAUTHORIZED, "no authorization"))?;
    let sender = vapid::verified(signed, &known.origin).map_err(|why| (StatusCode::FORBIDDEN, why))?;
    if sender.key != browser.subscribed_with {
        return Err((StatusCode::FORBIDDEN, "the browser has subscribed with another key"));
    }
    let ttl_s = text("ttl").and_then(|ttl| ttl.parse().ok()).ok_or(bad("no TTL"))?;
    let topic = text("topic").map(str::to_owned);
    let is_token =
        |topic: &String| topic.len() <= MAX_TOPIC && topic.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    if topic.as_ref().is_some_and(|topic| !is_token(topic)) {
        return Err(bad("the topic is too long or no base64url"));
    }
    let urgency = text("urgency").map(str::to_owned);
    if urgency.as_ref().is_some_and(|urgency| !URGENCIES.contains(&urgency.as_str())) {
        return Err(bad("no such urgency"));
    }
    if text("content-encoding") != Some("aes128gcm") {
        return Err(bad("the content is not encrypted"));
    }
    let plain = browser.keys.decrypted(body).map_err(bad)?;
    let payload = serde_json::from_slice(&plain).map_err(|_| bad("the content is no JSON"))?;
    Ok(Received { browser: number, payload, topic, ttl_s, urgency, contact: sender.contact })
}
