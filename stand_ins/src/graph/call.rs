//! A call of the Graph API in any of its dresses: query, form, JSON, multipart.

use axum::body::Body;
use axum::extract::{FromRequest, Multipart};
use axum::http::{HeaderMap, Method, Request, header};
use bytes::Bytes;
use serde_json::{Map, Value};

use super::refusal::Refusal;

/// The largest file that is taken (a document of WhatsApp).
const MAX_UPLOAD_BYTES: usize = 100 * 1_024 * 1_024;
/// Beside the file itself: borders and parameters of a multipart body.
const MAX_BODY_BYTES: usize = MAX_UPLOAD_BYTES + 64 * 1_024;
/// The versions that are alive.
const VERSIONS: std::ops::RangeInclusive<u32> = 21..=26;

#[derive(Debug, Clone)]
pub(super) struct Call {
    pub method: Method,
    /// After the version: ids and edges.
    pub path: Vec<String>,
    /// Of the query and of forms; everything in them is text.
    pub query: Map<String, Value>,
    /// Of a JSON body.
    pub body: Map<String, Value>,
    pub uploads: Vec<Upload>,
    pub headers: HeaderMap,
}

#[derive(Debug, Clone)]
pub(super) struct Upload {
    pub field: String,
    pub file_name: String,
    pub content_type: String,
    pub bytes: Bytes,
}

impl Call {
    pub async fn read(version: &str, path: &str, request: Request<Body>) -> Result<Self, Refusal> {
        check_version(version)?;
        let (head, body) = request.into_parts();
        let path = path.split('/').filter(|part| !part.is_empty()).map(str::to_owned).collect();
        let mut call = Self {
            method: head.method.clone(),
            path,
            query: Map::new(),
            body: Map::new(),
            uploads: Vec::new(),
            headers: head.headers.clone(),
        };
        call.take_form(head.uri.query().unwrap_or_default().as_bytes());
        let kind = head.headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        match kind.as_str() {
            "multipart/form-data" => call.take_parts(Request::from_parts(head, body)).await?,
            "application/json" => call.take_json(&whole(body).await?)?,
            _ => {
                let form = whole(body).await?;
                call.take_form(&form);
            }
        }
        Ok(call)
    }

    /// The path without the version, for choosing what to do.
    pub fn route(&self) -> (&Method, Vec<&str>) {
        (&self.method, self.path.iter().map(String::as_str).collect())
    }

    /// A parameter from wherever it came.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.query.get(name).or_else(|| self.body.get(name)).and_then(Value::as_str)
    }

    /// A header's text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The whole request as one object: forms carry JSON in their texts.
    pub fn parameters(&self) -> Map<String, Value> {
        let mut all = self.body.clone();
        for (name, value) in &self.query {
            let text = value.as_str().unwrap_or_default();
            let parsed = match text.starts_with(['{', '[']) {
                true => serde_json::from_str(text).unwrap_or_else(|_| value.clone()),
                false => value.clone(),
            };
            all.insert(name.clone(), parsed);
        }
        for credential in ["access_token", "appsecret_proof"] {
            all.remove(credential);
        }
        all
    }

    /// The fields of an object that were asked for, or the usual ones (all, when none are usual); the id is always there.
    pub fn fields(&self, object: Value, usual: &[&str]) -> Value {
        let asked: Vec<&str> = self.text("fields").map(|fields| fields.split(',').map(str::trim).collect()).unwrap_or_default();
        let wanted = |name: &str| match asked.is_empty() {
            true => usual.is_empty() || usual.contains(&name),
            false => asked.contains(&name),
        };
        match object {
            Value::Object(object) => object.into_iter().filter(|(name, _)| name == "id" || wanted(name)).collect(),
            other => other,
        }
    }

    fn take_form(&mut self, form: &[u8]) {
        let pairs = url::form_urlencoded::parse(form);
        self.query.extend(pairs.map(|(name, value)| (name.into_owned(), Value::String(value.into_owned()))));
    }

    fn take_json(&mut self, body: &[u8]) -> Result<(), Refusal> {
        if body.is_empty() {
            return Ok(());
        }
        let broken = |_| Refusal::of(100, "The parameters could not be parsed as a JSON object").status(400);
        self.body = serde_json::from_slice(body).map_err(broken)?;
        Ok(())
    }

    async fn take_parts(&mut self, request: Request<Body>) -> Result<(), Refusal> {
        let broken = || Refusal::of(100, "The multipart body could not be read");
        let mut parts = Multipart::from_request(request, &()).await.map_err(|_| broken())?;
        while let Some(part) = parts.next_field().await.map_err(|_| broken())? {
            let (field, file_name) = (part.name().unwrap_or_default().to_owned(), part.file_name().map(str::to_owned));
            let content_type = part.content_type().unwrap_or("application/octet-stream").to_owned();
            let bytes = part.bytes().await.map_err(|_| broken())?;
            if bytes.len() > MAX_UPLOAD_BYTES {
                return Err(Refusal::of(100, "The file is too large").status(413));
            }
            match file_name {
                None => {
                    self.query.insert(field, Value::String(String::from_utf8_lossy(&bytes).into_owned()));
                }
                Some(file_name) => self.uploads.push(Upload { field, file_name, content_type, bytes }),
            }
        }
        Ok(())
    }
}

fn check_version(version: &str) -> Result<(), Refusal> {
    let number = version.strip_prefix('v').and_then(|number| number.strip_suffix(".0")).and_then(|number| number.parse().ok());
    match number {
        Some(number) if VERSIONS.contains(&number) => Ok(()),
        Some(number) if number < *VERSIONS.start() => {
            Err(Refusal::of(2_635, &format!("You are calling a deprecated version of the Ads API ({version})")))
        }
        _ => Err(Refusal { message: "Unknown path components: a version belongs in front".to_owned(), ..Refusal::of(2_500, "") }),
    }
}

async fn whole(body: Body) -> Result<Bytes, Refusal> {
    axum::body::to_bytes(body, MAX_BODY_BYTES).await.map_err(|_| Refusal::of(100, "The request is too large").status(413))
}
