//! Access tokens for XOAUTH2, refreshed before they expire and after a refusal.
//!
//! Source: RFC 6749 §6; developers.google.com/gmail/imap/xoauth2-protocol.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use reqwest::{Certificate, Client, Url};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use thiserror::Error;
use trunkline_channel::{Clock, Cursor, CursorError, Cursors, Micros, SECRET_CURSOR, Secret};

use crate::tls::Tls;

const PATIENCE: Duration = Duration::from_secs(30);
/// A token that is about to expire is not worth starting a session with.
const MARGIN: Micros = 120 * 1_000_000;
/// What an answer without `expires_in` is taken to mean.
const USUAL_LIFE_SECONDS: u64 = 3_000;
const ANSWER_MAX: usize = 64 * 1024;

/// Where the access tokens of one mailbox come from.
#[derive(Debug)]
pub(crate) struct TokenSource {
    http: Client,
    url: Url,
    client_id: String,
    client_secret: Option<Secret>,
    clock: SharedClock,
    /// Tells the refresh token of the settings: one that came after another one is of no use.
    origin: String,
    state: Mutex<State>,
}

/// Where a refresh token that the provider has changed outlives the process.
#[derive(Clone)]
struct Keeper {
    cursors: Arc<dyn Cursors>,
    inbox_id: String,
}

/// What is kept.
#[derive(Serialize, Deserialize)]
struct Kept {
    /// The origin of the token.
    of: String,
    refresh_token: String,
}

struct SharedClock(Arc<dyn Clock>);

impl std::fmt::Debug for SharedClock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Clock")
    }
}

impl std::fmt::Debug for Keeper {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keeper")
    }
}

#[derive(Debug)]
struct State {
    keeper: Option<Keeper>,
    /// Changed by the provider, and not kept yet.
    unkept: bool,
    /// Some providers give a new one with each answer; the old one may stop working.
    refresh_token: Secret,
    access: Option<(Secret, Micros)>,
}

#[derive(Debug, Error)]
pub(crate) enum TokenError {
    /// Consent was taken back or the refresh token has expired: a person must give it again.
    #[error("the provider refused to renew the access ({0}); connect the mailbox again")]
    Refused(String),
    #[error("the token service cannot be reached now: {0}")]
    Unavailable(String),
}

#[derive(Deserialize)]
struct Granted {
    access_token: Secret,
    expires_in: Option<u64>,
    refresh_token: Option<Secret>,
}

#[derive(Deserialize)]
struct Denied {
    error: String,
}

impl TokenSource {
    /// # Errors
    /// A sentence when the HTTP client cannot be made.
    pub fn new(
        url: Url,
        client_id: String,
        client_secret: Option<Secret>,
        refresh_token: Secret,
        tls: &Tls,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, String> {
        let mut http = Client::builder().timeout(PATIENCE).redirect(reqwest::redirect::Policy::none());
        for certificate in &tls.extra {
            let certificate = Certificate::from_der(certificate).map_err(|error| error.to_string())?;
            http = http.add_root_certificate(certificate);
        }
        let http = http.build().map_err(|error| error.to_string())?;
        let origin = hex::encode(Sha256::digest(refresh_token.expose()));
        let state = Mutex::new(State { keeper: None, unkept: false, refresh_token, access: None });
        Ok(Self { http, url, client_id, client_secret, clock: SharedClock(clock), origin, state })
    }

    /// Goes on with the refresh token that an earlier process was given last, and keeps those to come.
    pub async fn keep_in(&self, cursors: Arc<dyn Cursors>, inbox_id: &str) -> Result<(), CursorError> {
        let text = cursors.load(inbox_id, &cursor_name()).await?;
        let kept = text.and_then(|text| serde_json::from_str::<Kept>(&text).ok()).filter(|kept| kept.of == self.origin);
        {
            let mut state = self.lock();
            state.keeper = Some(Keeper { cursors, inbox_id: inbox_id.to_owned() });
            if let (Some(kept), false) = (kept, state.unkept) {
                state.refresh_token = Secret::new(kept.refresh_token);
            }
        }
        self.keep().await;
        Ok(())
    }

    /// Keeps a changed token. Where that fails now, it is tried again with the next one.
    async fn keep(&self) {
        let (keeper, token) = {
            let state = self.lock();
            match &state.keeper {
                Some(keeper) if state.unkept => (keeper.clone(), state.refresh_token.clone()),
                _ => return,
            }
        };
        let kept = Kept { of: self.origin.clone(), refresh_token: token.expose().to_owned() };
        let value = serde_json::to_string(&kept).unwrap_or_default();
        match keeper.cursors.store(&keeper.inbox_id, Cursor { name: cursor_name(), value }).await {
            Ok(()) => {
                let mut state = self.lock();
                state.unkept = state.refresh_token.expose() != token.expose();
            }
            Err(error) => tracing::warn!(%error, "a changed refresh token is not kept yet"),
        }
    }

    /// A token that is good for some minutes more.
    pub async fn token(&self) -> Result<Secret, TokenError> {
        let kept = self.lock().access.clone();
        match kept {
            Some((token, until)) if self.clock.0.now() + MARGIN < until => Ok(token),
            _ => self.refresh().await,
        }
    }

    /// Forgets the present token: a server has refused it.
    pub fn forget(&self) {
        self.lock().access = None;
    }

    /// Two refreshes at once do no harm, so none waits for the other.
    async fn refresh(&self) -> Result<Secret, TokenError> {
        let refresh_token = self.lock().refresh_token.clone();
        let mut form = vec![
            ("grant_type", "refresh_token"),
            ("client_id", self.client_id.as_str()),
            ("refresh_token", refresh_token.expose()),
        ];
        if let Some(secret) = &self.client_secret {
            form.push(("client_secret", secret.expose()));
        }
        let unavailable = |error: reqwest::Error| TokenError::Unavailable(error.without_url().to_string());
        let mut answer = self.http.post(self.url.clone()).form(&form).send().await.map_err(unavailable)?;
        let status = answer.status();
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(unavailable)? {
            if body.len() + chunk.len() > ANSWER_MAX {
                return Err(TokenError::Unavailable("its answer is too long".to_owned()));
            }
            body.extend_from_slice(&chunk);
        }
        if !status.is_success() {
            return Err(match serde_json::from_slice::<Denied>(&body) {
                Ok(denied) if status.is_client_error() && status.as_u16() != 429 => TokenError::Refused(denied.error),
                _ => TokenError::Unavailable(format!("HTTP {}", status.as_u16())),
            });
        }
        let granted: Granted =
            serde_json::from_slice(&body).map_err(|_| TokenError::Unavailable("its answer cannot be read".to_owned()))?;
        let life = granted.expires_in.unwrap_or(USUAL_LIFE_SECONDS).min(7 * 86_400);
        let until = self.clock.0.now() + i64::try_from(life).unwrap_or_default() * 1_000_000;
        {
            let mut state = self.lock();
            if let Some(rotated) = granted.refresh_token.filter(|token| !token.is_empty()) {
                state.unkept |= rotated.expose() != state.refresh_token.expose();
                state.refresh_token = rotated;
            }
            state.access = Some((granted.access_token.clone(), until));
        }
        self.keep().await;
        Ok(granted.access_token)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn cursor_name() -> String {
    format!("{SECRET_CURSOR}refresh_token")
}

/// The SASL answer of XOAUTH2, before base64.
pub(crate) fn xoauth2(username: &str, token: &Secret) -> String {
    format!("user={username}\x01auth=Bearer {}\x01\x01", token.expose())
}
