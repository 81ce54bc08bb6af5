//! A call of the Bot API in any of its dresses: query, form, JSON, multipart.

use std::collections::HashMap;

use axum::body::Body;
use axum::extract::{FromRequest, Multipart};
use axum::http::{Method, Request, header};
use bytes::Bytes;
use serde_json::{Map, Value};

use super::answer::Refusal;
use super::spec::spec;

/// What the public server takes in one request.
pub const MAX_UPLOAD_BYTES: usize = 50 * 1_024 * 1_024;
/// Beside the file itself: borders and parameters of a multipart body.
const MAX_BODY_BYTES: usize = MAX_UPLOAD_BYTES + 64 * 1_024;

/// One call's parameters and files.
#[derive(Debug, Clone, Default)]
pub struct Call {
    /// As the documentation writes it.
    pub method: String,
    pub parameters: Map<String, Value>,
    /// By the name of the part.
    pub uploads: HashMap<String, Upload>,
}

#[derive(Debug, Clone)]
pub struct Upload {
    pub file_name: String,
    pub content_type: Option<String>,
    pub bytes: Bytes,
}

impl Call {
    /// Reads a request and holds it against the specification.
    pub async fn read(method: &str, request: Request<Body>) -> Result<Self, Refusal> {
        let method = spec().method(method).ok_or_else(|| Refusal::of(404, "Not Found"))?.to_owned();
        let mut call = Self { method, ..Self::default() };
        let query = request.uri().query().unwrap_or_default().to_owned();
        call.take_form(query.as_bytes());
        let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        match kind.as_str() {
            _ if request.method() == Method::GET => {}
            "multipart/form-data" => call.take_parts(request).await?,
            "application/json" => call.take_json(&whole(request).await?)?,
            _ => call.take_form(&whole(request).await?),
        }
        spec().read_texts(&call.method, &mut call.parameters);
        spec().check_parameters(&call.method, &call.parameters).map_err(|why| Refusal::bad_request(&why))?;
        Ok(call)
    }

    /// A call that came as the answer to a webhook.
    pub fn of_json(body: &Map<String, Value>) -> Result<Self, Refusal> {
        let name = body.get("method").and_then(Value::as_str).unwrap_or_default();
        let method = spec().method(name).ok_or_else(|| Refusal::of(404, "Not Found"))?.to_owned();
        let parameters: Map<String, Value> = body.iter().filter(|(key, _)| *key != "method").map(pair).collect();
        spec().check_parameters(&method, &parameters).map_err(|why| Refusal::bad_request(&why))?;
        Ok(Self { method, parameters, uploads: HashMap::new() })
    }

    pub fn text(&self, name: &str) -> Option<&str> {
        self.parameters.get(name).and_then(Value::as_str)
    }

    pub fn number(&self, name: &str) -> Option<i64> {
        self.parameters.get(name).and_then(Value::as_i64)
    }

    /// The upload that a parameter points to with `attach://`.
    pub fn upload(&self, reference: &str) -> Option<&Upload> {
        self.uploads.get(reference.strip_prefix("attach://")?)
    }

    fn take_form(&mut self, form: &[u8]) {
        let pairs = url::form_urlencoded::parse(form);
        self.parameters.extend(pairs.map(|(name, value)| (name.into_owned(), Value::String(value.into_owned()))));
    }

    fn take_json(&mut self, body: &[u8]) -> Result<(), Refusal> {
        if body.is_empty() {
            return Ok(());
        }
        let parsed: Map<String, Value> =
            serde_json::from_slice(body).map_err(|_| Refusal::bad_request("can't parse JSON object"))?;
        self.parameters.extend(parsed);
        Ok(())
    }

    async fn take_parts(&mut self, request: Request<Body>) -> Result<(), Refusal> {
        let broken = |_| Refusal::of(413, "Request Entity Too Large");
        let mut parts = Multipart::from_request(request, &()).await.map_err(|_| Refusal::bad_request("no multipart body"))?;
        while let Some(part) = parts.next_field().await.map_err(broken)? {
            let (name, file_name) = (part.name().unwrap_or_default().to_owned(), part.file_name().map(str::to_owned));
            let content_type = part.content_type().map(str::to_owned);
            let bytes = part.bytes().await.map_err(broken)?;
            if bytes.len() > MAX_UPLOAD_BYTES {
                return Err(Refusal::of(413, "Request Entity Too Large"));
            }
            match file_name {
                None => {
                    self.parameters.insert(name, Value::String(String::from_utf8_lossy(&bytes).into_owned()));
                }
                Some(file_name) => {
                    // A part under the name of a parameter is that parameter; others are only pointed to.
                    if self.names_parameter(&name) {
                        self.parameters.insert(name.clone(), Value::String(format!("attach://{name}")));
                    }
                    self.uploads.insert(name, Upload { file_name, content_type, bytes });
                }
            }
        }
        Ok(())
    }

    fn names_parameter(&self, name: &str) -> bool {
        matches!(name, "photo" | "document" | "video" | "animation" | "audio" | "voice" | "thumbnail" | "certificate")
    }
}

fn pair((key, value): (&String, &Value)) -> (String, Value) {
    (key.clone(), value.clone())
}

async fn whole(request: Request<Body>) -> Result<Bytes, Refusal> {
    axum::body::to_bytes(request.into_body(), MAX_BODY_BYTES).await.map_err(|_| Refusal::of(413, "Request Entity Too Large"))
}
