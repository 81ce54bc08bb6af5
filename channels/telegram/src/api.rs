//! A thin client of the Bot API.
//!
//! Not a library's, for two reasons. A send whose answer was lost must not be repeated without thought, so the wire has to
//! tell "not sent" from "nobody knows", which libraries fold into one network error. And the live API is ahead of every
//! library's types, while what we do not know must be kept as it came.

use std::time::Duration;

use reqwest::multipart::Form;
use reqwest::{Method, RequestBuilder, StatusCode, Url};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_json::value::RawValue;
use trunkline_channel::http::{Answer, CallError};
use trunkline_channel::{FetchError, Fetched, Http, Secret};

use crate::errors::Refusal;

/// What a bot may fetch.
const MAX_DOWNLOAD_BYTES: u64 = 20 * 1_024 * 1_024;
/// A long upload over a slow line; the transport gives up on silence earlier.
const UPLOAD_TIMEOUT: Duration = Duration::from_secs(300);

/// One bot's way to its server. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct BotApi {
    http: Http,
    base: Url,
    token: Secret,
    call_timeout: Duration,
}

/// Why a call did not end well.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ApiError {
    Call(CallError),
    /// The server said no.
    Refused(Refusal),
    /// An answer that is not the server's own: a proxy's page, half a body.
    Garbled {
        status: u16,
    },
}

#[derive(Deserialize)]
struct Envelope<'a> {
    ok: bool,
    #[serde(borrow)]
    result: Option<&'a RawValue>,
    error_code: Option<u16>,
    description: Option<String>,
    parameters: Option<Parameters>,
}

#[derive(Deserialize)]
struct Parameters {
    retry_after: Option<i64>,
    migrate_to_chat_id: Option<i64>,
}

#[derive(Deserialize)]
struct File {
    file_path: Option<String>,
}

impl BotApi {
    pub fn new(http: &Http, base: Url, token: Secret, call_timeout: Duration) -> Self {
        Self { http: http.trusting([&base]), base, token, call_timeout }
    }

    /// A call with JSON parameters.
    pub async fn call<T: DeserializeOwned>(&self, method: &str, parameters: &Value) -> Result<T, ApiError> {
        self.call_for(method, parameters, self.call_timeout).await
    }

    /// … that may take as long as it was asked to.
    pub async fn call_for<T: DeserializeOwned>(&self, method: &str, parameters: &Value, time: Duration) -> Result<T, ApiError> {
        self.ask(self.request(method)?.json(parameters).timeout(time)).await
    }

    /// A call with files.
    pub async fn upload<T: DeserializeOwned>(&self, method: &str, form: Form) -> Result<T, ApiError> {
        self.ask(self.request(method)?.multipart(form).timeout(UPLOAD_TIMEOUT.max(self.call_timeout))).await
    }

    /// The bytes of a file by its id.
    pub async fn download(&self, file_id: &str) -> Result<Fetched, FetchError> {
        let found: Result<File, ApiError> = self.call("getFile", &serde_json::json!({ "file_id": file_id })).await;
        let file = found.map_err(|error| match error {
            ApiError::Refused(refusal) if refusal.says("file is too big") => FetchError::TooLarge(MAX_DOWNLOAD_BYTES + 1),
            // It is also what an id of long ago or of another bot gets; the daemon stops asking in the end.
            other => FetchError::Retry(other.to_string()),
        })?;
        let path = file.file_path.filter(|path| !path.contains("..")).ok_or(FetchError::Gone)?;
        let url = self.address(&format!("file/bot{}/{path}", self.token.expose())).ok_or(FetchError::Gone)?;
        self.http.download(&url, reqwest::header::HeaderMap::new(), MAX_DOWNLOAD_BYTES).await
    }

    fn request(&self, method: &str) -> Result<RequestBuilder, ApiError> {
        let url = self.address(&format!("bot{}/{method}", self.token.expose()));
        let url = url.ok_or_else(|| ApiError::Call(CallError::NotSent("the address of the server is unusable".to_owned())))?;
        Ok(self.http.request(Method::POST, url))
    }

    /// Joined by hand: the colon of a token would make a scheme of it.
    fn address(&self, path: &str) -> Option<Url> {
        Url::parse(&format!("{}/{path}", self.base.as_str().trim_end_matches('/'))).ok()
    }

    async fn ask<T: DeserializeOwned>(&self, request: RequestBuilder) -> Result<T, ApiError> {
        let answer = self.http.call(request).await.map_err(ApiError::Call)?;
        read(&answer)
    }
}

fn read<T: DeserializeOwned>(answer: &Answer) -> Result<T, ApiError> {
    let status = answer.status.as_u16();
    let Ok(envelope) = serde_json::from_slice::<Envelope<'_>>(&answer.body) else {
        // A web server before the API refuses with a page of its own; nothing was done then.
        let refused = answer.status.is_client_error() || answer.status == StatusCode::SERVICE_UNAVAILABLE;
        return Err(if refused {
            ApiError::Refused(Refusal::of_page(status, answer.retry_after()))
        } else {
            ApiError::Garbled { status }
        });
    };
    if envelope.ok {
        let result = envelope.result.map_or("null", RawValue::get);
        return serde_json::from_str(result).map_err(|_| ApiError::Garbled { status });
    }
    let (retry_after, migrate_to) = envelope.parameters.map_or((None, None), |told| (told.retry_after, told.migrate_to_chat_id));
    Err(ApiError::Refused(Refusal {
        code: envelope.error_code.unwrap_or(status),
        description: envelope.description.unwrap_or_default(),
        retry_after: retry_after
            .and_then(|seconds| u64::try_from(seconds).ok())
            .map(Duration::from_secs)
            .or(answer.retry_after()),
        migrate_to,
    }))
}

impl std::fmt::Display for ApiError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Call(error) => write!(f, "{error}"),
            Self::Refused(refusal) => write!(f, "{refusal}"),
            Self::Garbled { status } => write!(f, "the answer ({status}) is not Telegram's own"),
        }
    }
}
