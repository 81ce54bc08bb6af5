//! The way to a provider: one client with limits for everything, and a guard for addresses that others chose.

mod guard;

use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use reqwest::header::{CONTENT_TYPE, HeaderMap, LOCATION, RETRY_AFTER};
use reqwest::{Client, Method, RequestBuilder, StatusCode, Url};
use thiserror::Error;

use crate::connector::{FetchError, Fetched};
use crate::outbound::SendError;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// The longest silence of a provider in the middle of an answer.
const READ_TIMEOUT: Duration = Duration::from_secs(30);
/// A whole call, with its upload; long polls set their own.
const CALL_TIMEOUT: Duration = Duration::from_secs(60);
/// Answers of an API are small; files have their own limit.
const MAX_ANSWER_BYTES: usize = 8 * 1024 * 1024;
const MAX_REDIRECTS: usize = 5;
/// A provider that asks for a longer pause is believed only so far.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(24 * 3_600);

/// A provider's HTTP client. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Http {
    /// For addresses from the configuration, which may be anywhere.
    open: Client,
    /// For addresses out of customers' messages: public ones only.
    guarded: Client,
    /// Origins from the configuration: files may come from them even when they are not public.
    trusted: Arc<[url::Origin]>,
}

/// A whole answer.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CallError {
    /// No byte of the request reached the provider.
    #[error("not sent: {0}")]
    NotSent(String),
    /// The provider may have acted on it.
    #[error("no answer: {0}")]
    Unknown(String),
}

#[derive(Debug, Error)]
#[error("the HTTP client cannot be made: {0}")]
pub struct HttpError(#[from] reqwest::Error);

impl Http {
    /// # Errors
    /// When the machine has no usable TLS set-up.
    pub fn new(user_agent: &str) -> Result<Self, HttpError> {
        let basic = || {
            Client::builder()
                .user_agent(user_agent)
                .connect_timeout(CONNECT_TIMEOUT)
                .read_timeout(READ_TIMEOUT)
                .redirect(reqwest::redirect::Policy::none())
        };
        let guarded = basic().no_proxy().dns_resolver(Arc::new(guard::PublicOnly)).build()?;
        Ok(Self { open: basic().build()?, guarded, trusted: Arc::from([]) })
    }

    /// The same client, which may also fetch files from the origins of these addresses (the provider's own, from the
    /// configuration).
    #[must_use]
    pub fn trusting<'u>(&self, urls: impl IntoIterator<Item = &'u Url>) -> Self {
        let trusted = self.trusted.iter().cloned().chain(urls.into_iter().map(Url::origin)).collect();
        Self { trusted, ..self.clone() }
    }

    /// A request to an address from the configuration, or to one that the provider's own API gave (for uploads, polls).
    /// Never to one out of a customer's message.
    pub fn request(&self, method: Method, url: Url) -> RequestBuilder {
        self.open.request(method, url).timeout(CALL_TIMEOUT)
    }

    /// A request to an address that somebody else chose: http and https only, public addresses only (or trusted origins).
    /// `None` where the address is refused as it stands; a name that leads inside fails at connecting. Redirects are not
    /// followed.
    #[must_use]
    pub fn guarded_request(&self, method: Method, url: Url) -> Option<RequestBuilder> {
        if self.may_open(&url) {
            return Some(self.request(method, url));
        }
        self.may_ask(&url).then(|| self.guarded.request(method, url).timeout(CALL_TIMEOUT))
    }

    /// Whether an address that somebody else chose may be asked, as far as it can be seen from the address alone.
    #[must_use]
    pub fn may_ask(&self, url: &Url) -> bool {
        self.may_open(url) || guard::is_allowed(url)
    }

    /// Sends a request and reads its whole answer, whatever its status.
    ///
    /// # Errors
    /// [`CallError`], which tells whether the provider may have acted.
    pub async fn call(&self, request: RequestBuilder) -> Result<Answer, CallError> {
        let response = request.send().await.map_err(CallError::of)?;
        let (status, headers) = (response.status(), response.headers().clone());
        match read(response, MAX_ANSWER_BYTES).await {
            Ok(body) => Ok(Answer { status, headers, body }),
            Err(ReadError::TooLarge) => Err(CallError::Unknown("the answer is too large".to_owned())),
            Err(ReadError::Broken(reason)) => Err(CallError::Unknown(reason)),
        }
    }

    /// Fetches a file from an address that somebody else chose: http and https only, public addresses only (or trusted
    /// origins), every redirect checked again, no more than `max_bytes`. `headers` go to the first address only.
    ///
    /// # Errors
    /// [`FetchError`]; `Gone` for 403, 404 and 410, as expired links answer.
    pub async fn download(&self, url: &Url, headers: HeaderMap, max_bytes: u64) -> Result<Fetched, FetchError> {
        let (mut url, mut headers) = (url.clone(), headers);
        for _ in 0..=MAX_REDIRECTS {
            let client = if self.may_open(&url) { &self.open } else { &self.guarded };
            if !self.may_open(&url) && !guard::is_allowed(&url) {
                return Err(FetchError::Refused);
            }
            let response = client.get(url.clone()).headers(std::mem::take(&mut headers)).send().await.map_err(of_fetch)?;
            let status = response.status();
            if status.is_redirection() {
                let target = response.headers().get(LOCATION).and_then(|to| to.to_str().ok()).and_then(|to| url.join(to).ok());
                url = target.ok_or_else(|| FetchError::Retry("a redirect leads nowhere".to_owned()))?;
                continue;
            }
            return file(response, max_bytes).await;
        }
        Err(FetchError::Retry("too many redirects".to_owned()))
    }

    fn may_open(&self, url: &Url) -> bool {
        matches!(url.scheme(), "http" | "https") && self.trusted.contains(&url.origin())
    }
}

async fn file(response: reqwest::Response, max_bytes: u64) -> Result<Fetched, FetchError> {
    let status = response.status();
    match status {
        StatusCode::FORBIDDEN | StatusCode::NOT_FOUND | StatusCode::GONE => return Err(FetchError::Gone),
        _ if !status.is_success() => return Err(FetchError::Retry(format!("the provider answered {status}"))),
        _ => {}
    }
    if let Some(length) = response.content_length().filter(|length| *length > max_bytes) {
        return Err(FetchError::TooLarge(length));
    }
    let claimed_type = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let limit = usize::try_from(max_bytes).unwrap_or(usize::MAX);
    match read(response, limit).await {
        Ok(bytes) => Ok(Fetched { bytes, claimed_type }),
        Err(ReadError::TooLarge) => Err(FetchError::TooLarge(max_bytes.saturating_add(1))),
        Err(ReadError::Broken(reason)) => Err(FetchError::Retry(reason)),
    }
}

enum ReadError {
    TooLarge,
    Broken(String),
}

async fn read(mut response: reqwest::Response, limit: usize) -> Result<Bytes, ReadError> {
    let mut body = BytesMut::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if body.len() + chunk.len() > limit => return Err(ReadError::TooLarge),
            Ok(Some(chunk)) => body.extend_from_slice(&chunk),
            Ok(None) => return Ok(body.freeze()),
            Err(error) => return Err(ReadError::Broken(shown(error))),
        }
    }
}

impl Answer {
    /// `Retry-After` in seconds, bounded; dates are not understood.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        let seconds = self.headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
        Some(Duration::from_secs(seconds).min(MAX_RETRY_AFTER))
    }
}

impl CallError {
    fn of(error: reqwest::Error) -> Self {
        // Before a connection stands no byte can have left.
        let unsent = error.is_connect() || error.is_builder();
        let reason = shown(error);
        if unsent { Self::NotSent(reason) } else { Self::Unknown(reason) }
    }
}

impl From<CallError> for SendError {
    fn from(error: CallError) -> Self {
        match error {
            CallError::NotSent(reason) => Self::Retry { after: None, reason },
            CallError::Unknown(evidence) => Self::MaybeDelivered { evidence },
        }
    }
}

impl From<CallError> for FetchError {
    fn from(error: CallError) -> Self {
        Self::Retry(error.to_string())
    }
}

fn of_fetch(error: reqwest::Error) -> FetchError {
    if guard::is_refusal(&error) { FetchError::Refused } else { FetchError::Retry(shown(error)) }
}

/// What went wrong, without the address: it may hold a token.
fn shown(error: reqwest::Error) -> String {
    let kind = if error.is_timeout() {
        "the provider did not answer in time"
    } else if error.is_connect() {
        "no connection to the provider"
    } else {
        "the connection to the provider broke"
    };
    // The innermost cause is the system's or TLS's own word; the outer ones repeat the address.
    let error = error.without_url();
    let mut cause: &dyn std::error::Error = &error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    format!("{kind}: {cause}")
}

#[cfg(test)]
mod tests;
