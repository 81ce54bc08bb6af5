//! A token service for XOAUTH2 (RFC 6749 §6).

use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::{Form, State};
use axum::http::StatusCode;
use axum::routing::post;
use axum::{Json, Router};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// Gives out `token-1`, `token-2`, … for the refresh token `refresh-0` and, once rotation is on, for the last one given.
pub struct TokenStandIn {
    port: u16,
    state: Arc<Mutex<Grants>>,
    stop: CancellationToken,
}

struct Grants {
    given: u32,
    refresh: String,
    life_seconds: u64,
    rotates: bool,
    revoked: bool,
    broken: bool,
}

#[derive(serde::Deserialize)]
struct Asked {
    grant_type: String,
    refresh_token: String,
}

impl TokenStandIn {
    /// # Errors
    /// When no port can be opened.
    pub async fn start(life_seconds: u64) -> anyhow::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let port = listener.local_addr()?.port();
        let grants =
            Grants { given: 0, refresh: "refresh-0".to_owned(), life_seconds, rotates: false, revoked: false, broken: false };
        let state = Arc::new(Mutex::new(grants));
        let stop = CancellationToken::new();
        let app = Router::new().route("/token", post(grant)).with_state(state.clone());
        let ended = stop.clone();
        tokio::spawn(async move { axum::serve(listener, app).with_graceful_shutdown(ended.cancelled_owned()).await });
        Ok(Self { port, state, stop })
    }

    #[must_use]
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}/token", self.port)
    }

    /// How many tokens were given so far.
    #[must_use]
    pub fn given(&self) -> u32 {
        self.lock().given
    }

    /// From now on every answer carries a new refresh token and the old one is void.
    pub fn rotate(&self) {
        self.lock().rotates = true;
    }

    /// Consent is taken back: `invalid_grant`.
    pub fn revoke(&self) {
        self.lock().revoked = true;
    }

    /// Whether requests are answered with 503.
    pub fn set_broken(&self, broken: bool) {
        self.lock().broken = broken;
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Grants> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for TokenStandIn {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

async fn grant(State(grants): State<Arc<Mutex<Grants>>>, Form(asked): Form<Asked>) -> (StatusCode, Json<Value>) {
    let mut grants = grants.lock().unwrap_or_else(PoisonError::into_inner);
    if grants.broken {
        return (StatusCode::SERVICE_UNAVAILABLE, Json(json!({})));
    }
    if grants.revoked || asked.grant_type != "refresh_token" || asked.refresh_token != grants.refresh {
        return (StatusCode::BAD_REQUEST, Json(json!({ "error": "invalid_grant" })));
    }
    grants.given += 1;
    let mut answer = json!({
        "access_token": format!("token-{}", grants.given),
        "expires_in": grants.life_seconds,
        "token_type": "Bearer",
    });
    if grants.rotates {
        grants.refresh = format!("refresh-{}", grants.given);
        answer["refresh_token"] = json!(grants.refresh);
    }
    (StatusCode::OK, Json(answer))
}
