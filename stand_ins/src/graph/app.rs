//! The app: the skeleton that serves a product of the Graph API.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, Path, Request, State};
use axum::http::HeaderValue;
use axum::response::{IntoResponse, Response};
use axum::routing::{any, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio_util::sync::{CancellationToken, DropGuard};

use super::access::{Access, app_token};
use super::call::Call;
use super::hook::{self, Hook, Release, Signing};
use super::refusal::Refusal;
use super::{APP_ID, APP_SECRET, VERIFY_TOKEN, trace_id};
use crate::faults::{Faults, Served, serve};
use crate::phone::Phone;

/// What both products have.
pub struct App {
    pub(super) access: Mutex<Access>,
    pub(super) hook: Arc<Hook>,
    /// Seconds that the clock is ahead of the machine's.
    ahead_s: Mutex<i64>,
    /// Where the app is served.
    url: Mutex<String>,
}

/// One product of the Graph API.
#[async_trait]
pub(super) trait Product: Send + Sync + 'static {
    fn app(&self) -> &App;
    /// The customers' side.
    fn phone(self: &Arc<Self>) -> Arc<dyn Phone>;
    /// Carries out a call that was let in.
    async fn act(&self, call: &Call) -> Result<Value, Refusal>;
    /// A file under a path that is not of the API.
    fn file(&self, call: &Call) -> Result<(String, bytes::Bytes), Refusal>;
    /// Controls of the product alone.
    fn control(self: &Arc<Self>) -> Router;
}

/// A product on a port of its own; it ends when this is dropped.
pub(super) struct Running {
    pub served: Served,
    _stop: DropGuard,
}

impl App {
    pub(super) fn new(access: Access, hook: Hook) -> Self {
        Self { access: Mutex::new(access), hook: Arc::new(hook), ahead_s: Mutex::new(0), url: Mutex::new(String::new()) }
    }

    /// Where and how webhooks go.
    #[must_use]
    pub fn webhooks(&self) -> &Hook {
        &self.hook
    }

    /// Kills the token as `460` (password), `463` (expired), `467` (logged out); `None` revives it.
    pub fn set_token_dead(&self, subcode: Option<i64>) {
        self.access().dead = subcode;
    }

    /// Another token of the same account; the one before is dead.
    pub fn set_token(&self, token: &str) {
        let mut access = self.access();
        token.clone_into(&mut access.token);
        access.dead = None;
    }

    /// Seconds since 1970 at which the token says it will end; 0 for never.
    pub fn set_token_expiry(&self, at: i64) {
        self.access().expires_at = at;
    }

    /// The app demands `appsecret_proof` with every call.
    pub fn set_proof_required(&self, required: bool) {
        self.access().proof_required = required;
    }

    /// Moves the server's clock.
    pub fn advance(&self, by: Duration) {
        let mut ahead = self.ahead_s.lock().unwrap_or_else(PoisonError::into_inner);
        *ahead += i64::try_from(by.as_secs()).unwrap_or(i64::MAX / 2);
    }

    /// Milliseconds since 1970. A stand-in plays the world outside, whose clock is nobody's to set.
    pub(super) fn now_ms(&self) -> i64 {
        let since = std::time::UNIX_EPOCH.elapsed().unwrap_or_default();
        let ahead = *self.ahead_s.lock().unwrap_or_else(PoisonError::into_inner);
        i64::try_from(since.as_millis()).unwrap_or(i64::MAX / 2) + ahead * 1_000
    }

    pub(super) fn now(&self) -> i64 {
        self.now_ms() / 1_000
    }

    pub(super) fn url(&self) -> String {
        self.url.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Lets a call with the account's token in.
    pub(super) fn check(&self, call: &Call) -> Result<(), Refusal> {
        self.access().check(call)
    }

    fn access(&self) -> MutexGuard<'_, Access> {
        self.access.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Serves a product and its webhooks.
pub(super) async fn run<P: Product>(product: &Arc<P>, address: SocketAddr) -> anyhow::Result<Running> {
    let router = Router::new()
        .route("/_control/webhook", post(webhook::<P>))
        .route("/_control/events", post(events::<P>))
        .route("/_control/advance", post(advance::<P>))
        .route("/cdn/{*path}", any(file::<P>))
        .route("/{version}/{*path}", any(call::<P>))
        .layer(DefaultBodyLimit::disable())
        .with_state(product.clone())
        .merge(crate::phone::control(product.phone()))
        .merge(product.control());
    let served = serve(address, router, Faults::default()).await?;
    served.url.clone_into(&mut product.app().url.lock().unwrap_or_else(PoisonError::into_inner));
    let stop = CancellationToken::new();
    tokio::spawn(hook::run(product.app().hook.clone(), stop.clone()));
    Ok(Running { served, _stop: stop.drop_guard() })
}

async fn call<P: Product>(
    State(product): State<Arc<P>>,
    Path((version, path)): Path<(String, String)>,
    request: Request<Body>,
) -> Response {
    let answered = async {
        let call = Call::read(&version, &path, request).await?;
        match of_the_app(product.app(), &call).await {
            Some(answer) => answer,
            None => {
                product.app().check(&call)?;
                product.act(&call).await
            }
        }
    };
    let mut answer = answered.await.map_or_else(IntoResponse::into_response, |body| Json(body).into_response());
    let usage = r#"{"call_count":1,"total_time":1,"total_cputime":1}"#;
    let headers = answer.headers_mut();
    headers.insert("x-app-usage", HeaderValue::from_static(usage));
    if let (Ok(version), Ok(trace)) = (HeaderValue::from_str(&version), HeaderValue::from_str(&trace_id())) {
        headers.insert("facebook-api-version", version);
        headers.insert("x-fb-trace-id", trace.clone());
        headers.insert("x-fb-request-id", trace);
    }
    answer
}

/// What is asked about the app and not about an account of it.
async fn of_the_app(app: &App, call: &Call) -> Option<Result<Value, Refusal>> {
    let (method, path) = call.route();
    match (method.as_str(), path.as_slice()) {
        ("GET", ["debug_token"]) => Some(app.access().describe(call)),
        ("GET" | "POST", ["oauth", "access_token"]) => {
            let known = call.text("client_id") == Some(APP_ID) && call.text("client_secret") == Some(APP_SECRET);
            Some(match known {
                true => Ok(json!({"access_token": app_token(), "token_type": "bearer"})),
                false => Err(Refusal::of(1, "Error validating client secret.")),
            })
        }
        ("GET", [APP_ID, "subscriptions"]) => Some(Access::check_app(call).map(|()| {
            let object = app.hook.object();
            json!({"data": app.hook.url().map(|url| json!({"object": object, "callback_url": url, "active": true})).into_iter().collect::<Vec<_>>()})
        })),
        ("POST", [APP_ID, "subscriptions"]) => {
            let subscribed = async {
                Access::check_app(call)?;
                let url = call.text("callback_url").ok_or_else(|| Refusal::of(100, "callback_url is required"))?;
                let shaken = app.hook.shake_hands(url, call.text("verify_token")).await;
                shaken.map_err(|why| Refusal::of(2_200, &format!("Callback verification failed: {why}")))?;
                Ok(json!({"success": true}))
            };
            Some(subscribed.await)
        }
        _ => None,
    }
}

/// Files need the token in WhatsApp and only their address in Messenger: the product decides.
async fn file<P: Product>(State(product): State<Arc<P>>, Path(path): Path<String>, request: Request<Body>) -> Response {
    let answered = async {
        let call = Call::read("v25.0", &path, request).await?;
        product.file(&call)
    };
    match answered.await {
        Ok((content_type, bytes)) => ([("content-type", content_type)], bytes).into_response(),
        Err(refusal) => refusal.into_response(),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Webhook {
    url: Option<String>,
    /// With another token than ours, or with `shake_hands` alone, the address is asked first.
    verify_token: Option<String>,
    #[serde(default)]
    shake_hands: bool,
    #[serde(default)]
    hold: bool,
    release: Option<Release>,
    copies: Option<usize>,
    signing: Option<Signing>,
    escaped: Option<bool>,
    scale: Option<u32>,
}

async fn webhook<P: Product>(State(product): State<Arc<P>>, Json(wish): Json<Webhook>) -> Response {
    let hook = &product.app().hook;
    if let Some(url) = &wish.url {
        if wish.shake_hands || wish.verify_token.is_some() {
            let token = wish.verify_token.as_deref().unwrap_or(VERIFY_TOKEN);
            if let Err(error) = hook.shake_hands(url, Some(token)).await {
                return (axum::http::StatusCode::BAD_REQUEST, Json(json!({"error": error.to_string()}))).into_response();
            }
        }
        hook.set_url(url);
    }
    wish.copies.into_iter().for_each(|copies| hook.set_copies(copies));
    wish.signing.into_iter().for_each(|signing| hook.set_signing(signing));
    wish.escaped.into_iter().for_each(|escaped| hook.set_escaped(escaped));
    wish.scale.into_iter().for_each(|scale| hook.set_scale(scale));
    if wish.hold {
        hook.hold();
    }
    wish.release.into_iter().for_each(|how| hook.release(how));
    Json(json!({"ok": true, "pending": hook.pending()})).into_response()
}

async fn advance<P: Product>(State(product): State<Arc<P>>, Json(body): Json<Value>) -> Response {
    product.app().advance(Duration::from_secs(body["seconds"].as_u64().unwrap_or_default()));
    Json(json!({"ok": true})).into_response()
}

async fn events<P: Product>(State(product): State<Arc<P>>, Json(body): Json<Value>) -> Response {
    match body["entry"].as_array() {
        Some(entries) => {
            product.app().hook.deliver(entries.clone());
            Json(json!({"ok": true})).into_response()
        }
        None => (axum::http::StatusCode::BAD_REQUEST, Json(json!({"error": "entry is missing"}))).into_response(),
    }
}
