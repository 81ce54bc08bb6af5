//! One account's way to the Graph API.
//!
//! Not a library's: a send whose answer was lost must not be repeated without thought, so the wire has to tell "not sent" from
//! "nobody knows"; and what the API says that we do not know must be kept as it came.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use reqwest::multipart::Form;
use reqwest::{Method, RequestBuilder, StatusCode, Url};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use trunkline_channel::http::{Answer, CallError};
use trunkline_channel::{FetchError, Fetched, Http, Secret, SettingsError, signature};

use crate::errors::{GraphError, Refusal};
use crate::usage::Usage;

pub const PUBLIC_API: &str = "https://graph.facebook.com";
/// Lives until July 2028; a newer one may be set.
pub const VERSION: &str = "v25.0";
/// A long upload over a slow line; the transport gives up on silence earlier.
const UPLOAD_TIMEOUT: Duration = Duration::from_secs(300);
/// Whose file servers may see the token.
const OWN_DOMAINS: [&str; 5] = ["facebook.com", "fbsbx.com", "fbcdn.net", "whatsapp.net", "cdninstagram.com"];

/// Cheap to clone.
#[derive(Debug, Clone)]
pub struct Graph {
    http: Http,
    base: Url,
    version: String,
    token: Secret,
    /// Beside the token, where the app demands it.
    proof: Option<String>,
    call_timeout: Duration,
    /// Origins that may see the token though they are not under Meta's domains: the configured ones.
    media: Arc<[url::Origin]>,
    used: Arc<AtomicU64>,
}

/// What Meta tells of a token (`/debug_token`).
#[derive(Debug, Clone, Default, Deserialize)]
pub struct TokenFacts {
    /// The app that the token was made for.
    #[serde(default)]
    pub app_id: Value,
    #[serde(default)]
    pub is_valid: bool,
    /// Seconds since 1970; 0 for never.
    #[serde(default)]
    pub expires_at: i64,
    #[serde(default)]
    pub scopes: Vec<String>,
}

/// The API's address out of the settings.
///
/// # Errors
/// [`SettingsError`] where it is none.
pub fn parse_base(api_url: &str) -> Result<Url, SettingsError> {
    let base = Url::parse(api_url).map_err(|error| SettingsError::new("api_url", error.to_string()))?;
    if matches!(base.scheme(), "http" | "https") && !base.cannot_be_a_base() {
        Ok(base)
    } else {
        Err(SettingsError::new("api_url", "must begin with https:// or http://"))
    }
}

impl Graph {
    /// `media` are addresses of file servers that are not Meta's (stand-ins, partners).
    #[must_use]
    pub fn new(http: &Http, base: Url, version: &str, token: Secret, call_timeout: Duration, media: &[Url]) -> Self {
        let trusted = [base.origin()].into_iter().chain(media.iter().map(Url::origin)).collect();
        Self {
            http: http.trusting([&base]).trusting(media),
            base,
            version: version.to_owned(),
            token,
            proof: None,
            call_timeout,
            media: trusted,
            used: Arc::default(),
        }
    }

    /// Sends `appsecret_proof` with every call: the token alone is then worth nothing to a thief.
    #[must_use]
    pub fn with_proof(mut self, app_secret: &Secret) -> Self {
        self.proof = Some(hex::encode(signature::sign(app_secret, self.token.expose().as_bytes())));
        self
    }

    /// `path` are the parts after the version: `["100200", "messages"]`.
    ///
    /// # Errors
    /// [`GraphError`]
    pub async fn get<T: DeserializeOwned>(&self, path: &[&str], query: &[(&str, &str)]) -> Result<T, GraphError> {
        self.ask(self.request(Method::GET, path, query)?).await
    }

    /// # Errors
    /// [`GraphError`]
    pub async fn post<T: DeserializeOwned>(&self, path: &[&str], query: &[(&str, &str)], body: &Value) -> Result<T, GraphError> {
        self.ask(self.request(Method::POST, path, query)?.json(body)).await
    }

    /// A call with files.
    ///
    /// # Errors
    /// [`GraphError`]
    pub async fn upload<T: DeserializeOwned>(&self, path: &[&str], form: Form) -> Result<T, GraphError> {
        let request = self.request(Method::POST, path, &[])?.multipart(form);
        self.ask(request.timeout(UPLOAD_TIMEOUT.max(self.call_timeout))).await
    }

    /// # Errors
    /// [`GraphError`]
    pub async fn delete<T: DeserializeOwned>(&self, path: &[&str]) -> Result<T, GraphError> {
        self.ask(self.request(Method::DELETE, path, &[])?).await
    }

    /// Fetches a file. The token goes along where it is `wanted` and the address is one of Meta's, never further.
    ///
    /// # Errors
    /// [`FetchError`]
    pub async fn download(&self, url: &Url, wanted: bool, max_bytes: u64) -> Result<Fetched, FetchError> {
        let mut headers = HeaderMap::new();
        if wanted && self.may_see_token(url) {
            let value = HeaderValue::from_str(&format!("Bearer {}", self.token.expose()));
            let mut value = value.map_err(|_| FetchError::Retry("the token cannot be a header".to_owned()))?;
            value.set_sensitive(true);
            headers.insert(AUTHORIZATION, value);
        }
        self.http.download(url, headers, max_bytes).await
    }

    /// What Meta knows of the token in use.
    ///
    /// # Errors
    /// [`GraphError`]
    pub async fn token_facts(&self) -> Result<TokenFacts, GraphError> {
        #[derive(Deserialize)]
        struct Told {
            data: TokenFacts,
        }
        self.get::<Told>(&["debug_token"], &[("input_token", self.token.expose())]).await.map(|told| told.data)
    }

    /// Percent of the fullest limit, as the last answer told.
    #[must_use]
    pub fn used_percent(&self) -> u64 {
        self.used.load(Ordering::Relaxed)
    }

    fn may_see_token(&self, url: &Url) -> bool {
        let host = url.host_str().unwrap_or_default();
        let metas =
            OWN_DOMAINS.iter().any(|domain| host == *domain || host.strip_suffix(domain).is_some_and(|h| h.ends_with('.')));
        (url.scheme() == "https" && metas) || self.media.contains(&url.origin())
    }

    fn request(&self, method: Method, path: &[&str], query: &[(&str, &str)]) -> Result<RequestBuilder, GraphError> {
        let unusable = || GraphError::Call(CallError::NotSent("the address of the API is unusable".to_owned()));
        let mut url = self.base.clone();
        url.path_segments_mut().map_err(|()| unusable())?.pop_if_empty().push(&self.version).extend(path);
        if !query.is_empty() || self.proof.is_some() {
            let proof = self.proof.iter().map(|proof| ("appsecret_proof", proof.as_str()));
            url.query_pairs_mut().extend_pairs(query.iter().copied().chain(proof));
        }
        Ok(self.http.request(method, url).bearer_auth(self.token.expose()).timeout(self.call_timeout))
    }

    async fn ask<T: DeserializeOwned>(&self, request: RequestBuilder) -> Result<T, GraphError> {
        let answer = self.http.call(request).await.map_err(GraphError::Call)?;
        let usage = Usage::of(&answer.headers);
        self.used.store(usage.percent, Ordering::Relaxed);
        read(&answer, usage)
    }
}

#[derive(Deserialize)]
struct Wrong {
    error: Told,
}

#[derive(Deserialize)]
struct Told {
    code: i64,
    error_subcode: Option<i64>,
    #[serde(default)]
    message: String,
    error_user_msg: Option<String>,
    #[serde(default)]
    error_data: Value,
    fbtrace_id: Option<String>,
    #[serde(default)]
    is_transient: bool,
}

fn read<T: DeserializeOwned>(answer: &Answer, usage: Usage) -> Result<T, GraphError> {
    let status = answer.status.as_u16();
    let retry_after = answer.retry_after().or(usage.regain);
    if let Ok(Wrong { error }) = serde_json::from_slice::<Wrong>(&answer.body) {
        let details = error.error_data["details"].as_str().map(str::to_owned);
        return Err(GraphError::Refused(Box::new(Refusal {
            status,
            code: Some(error.code),
            subcode: error.error_subcode,
            message: error.message,
            details: details.or(error.error_user_msg),
            trace: error.fbtrace_id,
            retry_after,
            transient: error.is_transient,
        })));
    }
    if answer.status.is_success() {
        return serde_json::from_slice(&answer.body).map_err(|_| GraphError::Garbled { status });
    }
    // A web server before the API refuses with a page of its own; nothing was done then.
    if answer.status.is_client_error() || answer.status == StatusCode::SERVICE_UNAVAILABLE {
        return Err(GraphError::Refused(Box::new(Refusal { status, retry_after, ..Refusal::default() })));
    }
    Err(GraphError::Garbled { status })
}

#[cfg(test)]
#[path = "graph_tests.rs"]
mod tests;
