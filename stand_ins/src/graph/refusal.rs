//! Errors of the Graph API.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::trace_id;
use crate::faults::Fault;

/// A call that was not carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    pub status: u16,
    pub code: i64,
    pub subcode: Option<i64>,
    pub message: String,
    /// What WhatsApp says more exactly.
    pub details: Option<String>,
}

impl Refusal {
    /// With the status that the Graph API uses for most errors.
    #[must_use]
    pub fn of(code: i64, message: &str) -> Self {
        Self { status: 400, code, subcode: None, message: format!("(#{code}) {message}"), details: None }
    }

    #[must_use]
    pub fn subcode(mut self, subcode: i64) -> Self {
        self.subcode = Some(subcode);
        self
    }

    #[must_use]
    pub fn details(mut self, details: impl Into<String>) -> Self {
        self.details = Some(details.into());
        self
    }

    #[must_use]
    pub fn status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    /// A token that is not ours, or no longer.
    #[must_use]
    pub fn token(subcode: Option<i64>, why: &str) -> Self {
        Self { status: 401, code: 190, subcode, message: format!("Error validating access token: {why}"), details: None }
    }

    /// An id that nobody knows, or that the token may not see.
    #[must_use]
    pub fn no_such_object(id: &str) -> Self {
        let message = format!(
            "Unsupported request. Object with ID '{id}' does not exist, cannot be loaded due to missing permissions, or does \
             not support this operation."
        );
        Self { status: 400, code: 100, subcode: Some(33), message, details: None }
    }

    /// As it stands in the answer.
    #[must_use]
    pub fn body(&self) -> Value {
        let mut error = json!({"message": self.message, "type": "OAuthException", "code": self.code, "fbtrace_id": trace_id()});
        if let Some(subcode) = self.subcode {
            error["error_subcode"] = json!(subcode);
        }
        if let Some(details) = &self.details {
            error["error_data"] = json!({"messaging_product": "whatsapp", "details": details});
        }
        json!({ "error": error })
    }

    /// The same error on request.
    #[must_use]
    pub fn fault(&self) -> Fault {
        let headers = vec![("content-type".to_owned(), "application/json; charset=UTF-8".to_owned())];
        Fault::Answer { status: self.status, headers, body: self.body().to_string() }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        (status, Json(self.body())).into_response()
    }
}
