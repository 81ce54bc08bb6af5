//! A call of an API method: parameters in the query, in a form or in a multipart body.

use axum::body::Body;
use axum::extract::{FromRequest, Multipart, Request};
use axum::http::header;
use bytes::Bytes;
use serde_json::Value;

use super::refusal::Refusal;

const MAX_FORM_BYTES: usize = 1_024 * 1_024;

/// One call; all parameters are texts, as they travel.
#[derive(Debug, Clone, Default)]
pub struct Call {
    pub method: String,
    /// In the order they came in, the token among them.
    pub parameters: Vec<(String, String)>,
}

impl Call {
    pub async fn read(method: &str, request: Request<Body>) -> Result<Self, Refusal> {
        let mut call = Self { method: method.to_owned(), parameters: Vec::new() };
        let kind = header(&request, header::CONTENT_TYPE);
        let authorization = header(&request, header::AUTHORIZATION);
        call.take_form(request.uri().query().unwrap_or_default().as_bytes());
        if kind.starts_with("multipart/form-data") {
            call.take_parts(request).await?;
        } else {
            let body: Bytes = axum::body::to_bytes(request.into_body(), MAX_FORM_BYTES).await.map_err(|_| Refusal::code(8))?;
            // VK ignores any other body; one in JSON is a mistake that shall be seen.
            if kind.starts_with("application/json") {
                return Err(Refusal::of(8, "Invalid request: the parameters belong in a form"));
            }
            call.take_form(&body);
        }
        if let (None, Some(token)) = (call.text("access_token"), authorization.strip_prefix("Bearer ")) {
            call.parameters.push(("access_token".to_owned(), token.to_owned()));
        }
        Ok(call)
    }

    /// A call made of parameters that are at hand.
    #[must_use]
    pub fn of(method: &str, parameters: &[(&str, &str)]) -> Self {
        let parameters = parameters.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        Self { method: method.to_owned(), parameters }
    }

    /// A parameter that is there and not empty.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        self.parameters
            .iter()
            .rev()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
            .filter(|value| !value.is_empty())
    }

    pub fn number(&self, name: &str) -> Result<Option<i64>, Refusal> {
        let parsed =
            self.text(name).map(|text| text.trim().parse().map_err(|_| Refusal::parameter(&format!("{name} not integer"))));
        parsed.transpose()
    }

    pub fn required(&self, name: &str) -> Result<i64, Refusal> {
        self.number(name)?.ok_or_else(|| Refusal::parameter(&format!("{name} is undefined")))
    }

    /// A list of numbers parted by commas.
    pub fn numbers(&self, name: &str) -> Result<Vec<i64>, Refusal> {
        let wrong = |_| Refusal::parameter(&format!("{name} should be a list of integers"));
        let Some(text) = self.text(name) else { return Ok(Vec::new()) };
        text.split(',').map(|one| one.trim().parse().map_err(wrong)).collect()
    }

    /// A flag: `1`, or `true` as newer clients write it.
    #[must_use]
    pub fn flag(&self, name: &str) -> bool {
        matches!(self.text(name), Some("1" | "true"))
    }

    /// A parameter that is JSON in a text.
    pub fn json(&self, name: &str, otherwise: &Refusal) -> Result<Option<Value>, Refusal> {
        self.text(name).map(|text| serde_json::from_str(text).map_err(|_| otherwise.clone())).transpose()
    }

    fn take_form(&mut self, form: &[u8]) {
        self.parameters.extend(url::form_urlencoded::parse(form).into_owned());
    }

    async fn take_parts(&mut self, request: Request<Body>) -> Result<(), Refusal> {
        let broken = |_| Refusal::code(8);
        let mut parts = Multipart::from_request(request, &()).await.map_err(|_| Refusal::code(8))?;
        while let Some(part) = parts.next_field().await.map_err(broken)? {
            let name = part.name().unwrap_or_default().to_owned();
            self.parameters.push((name, part.text().await.map_err(broken)?));
        }
        Ok(())
    }
}

fn header(request: &Request<Body>, name: header::HeaderName) -> String {
    request.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
}
