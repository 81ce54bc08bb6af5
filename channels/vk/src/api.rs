//! A thin client of the API.
//!
//! Not a library's, for two reasons. A send whose answer was lost is told from one that never left, which libraries fold into
//! one network error. And the live API is ahead of every library's types, while what we do not know must be kept as it came.

use std::time::Duration;

use bytes::Bytes;
use reqwest::multipart::{Form, Part};
use reqwest::{Body, Method, StatusCode, Url};
use serde_json::Value;
use trunkline_channel::http::{Answer, CallError};
use trunkline_channel::{FetchError, Fetched, Http, Secret};

use crate::errors::Refusal;

/// The shapes of everything here are of this version.
pub(crate) const VERSION: &str = "5.199";
/// VK's own limit for documents.
pub(crate) const MAX_FILE_BYTES: u64 = 200_000_000;
/// A long upload over a slow line; the transport gives up on silence earlier.
const UPLOAD_TIMEOUT: Duration = Duration::from_secs(600);

/// One community's way to VK. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Api {
    http: Http,
    base: Url,
    token: Secret,
    call_timeout: Duration,
}

/// Why a call did not end well.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ApiError {
    Call(CallError),
    /// VK said no.
    Refused(Refusal),
    /// A server before the API turned the call away.
    Unavailable {
        status: u16,
        retry_after: Option<Duration>,
    },
    /// An answer that is not VK's own: a proxy's page, half a body.
    Garbled {
        status: u16,
    },
}

impl Api {
    pub fn new(http: Http, base: Url, token: Secret, call_timeout: Duration) -> Self {
        Self { http, base, token, call_timeout }
    }

    /// One method. Parameters go in the body, where no log of addresses sees them.
    pub async fn call(&self, method: &str, parameters: &[(&str, String)]) -> Result<Value, ApiError> {
        let address = format!("{}/method/{method}", self.base.as_str().trim_end_matches('/'));
        let url = Url::parse(&address).map_err(|_| unusable())?;
        let fixed = [("access_token", self.token.expose()), ("v", VERSION)];
        let own = parameters.iter().map(|(name, value)| (*name, value.as_str()));
        let form: Vec<(&str, &str)> = own.chain(fixed).collect();
        let request = self.http.request(Method::POST, url).form(&form).timeout(self.call_timeout);
        read(&self.http.call(request).await.map_err(ApiError::Call)?)
    }

    /// Asks a Long Poll server, whose address VK itself gave. The answer has no envelope.
    pub async fn poll(&self, server: &str, key: &str, ts: &str, wait: Duration, grace: Duration) -> Result<Bytes, ApiError> {
        let mut url = absolute(server)?;
        let wait_s = wait.as_secs().to_string();
        url.query_pairs_mut().extend_pairs([("act", "a_check"), ("key", key), ("ts", ts), ("wait", &wait_s)]);
        let request = self.http.request(Method::GET, url).timeout(wait + grace);
        let answer = self.http.call(request).await.map_err(ApiError::Call)?;
        if !answer.status.is_success() {
            return Err(ApiError::Unavailable { status: answer.status.as_u16(), retry_after: answer.retry_after() });
        }
        Ok(answer.body)
    }

    /// Hands a file to an upload server, whose address VK itself gave. The answer has no envelope.
    pub async fn upload(&self, to: &str, field: &'static str, name: &str, kind: &str, bytes: Bytes) -> Result<Value, ApiError> {
        let length = bytes.len() as u64;
        let part = || Part::stream_with_length(Body::from(bytes.clone()), length).file_name(name.to_owned());
        // A type that is no type is left to VK to find out.
        let part = part().mime_str(kind).unwrap_or_else(|_| part());
        let request = self.http.request(Method::POST, absolute(to)?).multipart(Form::new().part(field, part));
        let answer = self.http.call(request.timeout(UPLOAD_TIMEOUT)).await.map_err(ApiError::Call)?;
        let status = answer.status.as_u16();
        let uploaded: Value = serde_json::from_slice(&answer.body).map_err(|_| ApiError::Garbled { status })?;
        match uploaded.get("error").filter(|error| !error.is_null()) {
            Some(error) if error.is_object() => Err(ApiError::Refused(refusal(error))),
            Some(error) => Err(ApiError::Refused(Refusal { code: UPLOAD_REFUSED, text: text_of(error) })),
            None if !answer.status.is_success() => Err(ApiError::Garbled { status }),
            None => Ok(uploaded),
        }
    }

    /// The bytes of a file out of a message; addresses are signed and need no key.
    pub async fn download(&self, address: &str) -> Result<Fetched, FetchError> {
        let url = Url::parse(address).map_err(|_| FetchError::Gone)?;
        self.http.download(&url, reqwest::header::HeaderMap::new(), MAX_FILE_BYTES).await
    }
}

/// "Invalid photo": what saving a refused upload would be answered with.
const UPLOAD_REFUSED: i64 = 129;

fn absolute(address: &str) -> Result<Url, ApiError> {
    let address = if address.contains("://") { address.to_owned() } else { format!("https://{address}") };
    Url::parse(&address).ok().filter(|url| matches!(url.scheme(), "http" | "https")).ok_or_else(unusable)
}

fn unusable() -> ApiError {
    ApiError::Call(CallError::NotSent("the address of the server is unusable".to_owned()))
}

fn read(answer: &Answer) -> Result<Value, ApiError> {
    let status = answer.status.as_u16();
    // A web server before the API turns calls away with a page of its own; nothing was done then.
    let refused = answer.status.is_client_error() || answer.status == StatusCode::SERVICE_UNAVAILABLE;
    let not_of_the_api = match refused {
        true => ApiError::Unavailable { status, retry_after: answer.retry_after() },
        false => ApiError::Garbled { status },
    };
    let Ok(Value::Object(mut envelope)) = serde_json::from_slice::<Value>(&answer.body) else { return Err(not_of_the_api) };
    match (envelope.remove("response"), envelope.get("error")) {
        (Some(response), _) => Ok(response),
        (None, Some(error)) => Err(ApiError::Refused(refusal(error))),
        (None, None) => Err(not_of_the_api),
    }
}

fn refusal(error: &Value) -> Refusal {
    let code = error.get("error_code").or_else(|| error.get("code")).and_then(Value::as_i64).unwrap_or_default();
    let text = error.get("error_msg").or_else(|| error.get("description")).map(text_of).unwrap_or_default();
    Refusal { code, text }
}

/// Of one recipient's part of an answer: `{"code": …, "description": …}`.
pub(crate) fn recipient_refusal(error: &Value) -> ApiError {
    ApiError::Refused(refusal(error))
}

fn text_of(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

impl std::fmt::Display for ApiError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Call(error) => write!(f, "{error}"),
            Self::Refused(refusal) => write!(f, "{refusal}"),
            Self::Unavailable { status, .. } => write!(f, "VK is not available ({status})"),
            Self::Garbled { status } => write!(f, "the answer ({status}) is not VK's own"),
        }
    }
}
