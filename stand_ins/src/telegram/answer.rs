//! Answers of the Bot API.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

/// A call that was not carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    pub code: u16,
    pub description: String,
    pub migrate_to: Option<i64>,
}

impl Refusal {
    #[must_use]
    pub fn of(code: u16, description: &str) -> Self {
        Self { code, description: description.to_owned(), migrate_to: None }
    }

    #[must_use]
    pub fn bad_request(why: &str) -> Self {
        Self::of(400, &format!("Bad Request: {why}"))
    }

    #[must_use]
    pub fn forbidden(why: &str) -> Self {
        Self::of(403, &format!("Forbidden: {why}"))
    }

    #[must_use]
    pub fn conflict(why: &str) -> Self {
        Self::of(409, &format!("Conflict: {why}"))
    }

    #[must_use]
    pub fn migrated(to: i64) -> Self {
        Self { migrate_to: Some(to), ..Self::bad_request("group chat was upgraded to a supergroup chat") }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut body = json!({"ok": false, "error_code": self.code, "description": self.description});
        if let Some(to) = self.migrate_to {
            body["parameters"] = json!({"migrate_to_chat_id": to});
        }
        let status = StatusCode::from_u16(self.code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        (status, Json(body)).into_response()
    }
}

/// The envelope of a success.
pub fn success(result: &Value) -> Response {
    Json(json!({"ok": true, "result": result})).into_response()
}
