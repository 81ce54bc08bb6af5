//! The one shape of every error answer: `application/problem+json` (RFC 9457).

use std::borrow::Cow;

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;
use serde_json::Value;

use crate::db::DbError;

/// What the caller is told. Built by named constructors; internals never get into it.
#[derive(Debug)]
pub struct ApiError {
    /// Boxed, because a `Result` is as large as its larger side and almost all are good.
    problem: Box<Problem>,
    retry_after_s: Option<u64>,
}

/// The body of an error answer, and of a refused socket event.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Problem {
    /// A stable address that names the kind of problem.
    #[serde(rename = "type")]
    pub kind: String,
    pub title: String,
    pub status: u16,
    pub detail: String,
    /// Short machine-readable word, the end of `type`.
    pub code: String,
    /// The request that was refused: the id of its log line (RFC 9457 §3.1.5).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instance: Option<String>,
    /// What was wrong with which field, as JSON pointers.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
    /// Facts that help the caller, such as who holds the conversation.
    #[serde(skip_serializing_if = "Value::is_null")]
    #[schema(value_type = Object)]
    pub extra: Value,
}

#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct FieldError {
    pub pointer: String,
    pub detail: String,
}

impl ApiError {
    #[must_use]
    pub fn new(status: StatusCode, code: &str, detail: impl Into<Cow<'static, str>>) -> Self {
        let title = status.canonical_reason().unwrap_or("Error").to_owned();
        let problem = Problem {
            kind: format!("https://trunkline.invalid/problems/{code}"),
            title,
            status: status.as_u16(),
            detail: detail.into().into_owned(),
            code: code.to_owned(),
            instance: None,
            errors: Vec::new(),
            extra: Value::Null,
        };
        Self { problem: Box::new(problem), retry_after_s: None }
    }

    #[must_use]
    pub fn bad_request(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad_request", detail)
    }

    /// One field is wrong; `pointer` is a JSON pointer such as `/text`.
    #[must_use]
    pub fn invalid(pointer: &str, detail: impl Into<String>) -> Self {
        let mut error = Self::new(StatusCode::BAD_REQUEST, "invalid_field", format!("{pointer} is not valid"));
        error.problem.errors.push(FieldError { pointer: pointer.to_owned(), detail: detail.into() });
        error
    }

    /// One field is well written and cannot be done; `code` says of which kind that is.
    #[must_use]
    pub fn unprocessable(code: &str, pointer: &str, detail: impl Into<String>) -> Self {
        let mut error = Self::new(StatusCode::UNPROCESSABLE_ENTITY, code, format!("{pointer} cannot be taken"));
        error.problem.errors.push(FieldError { pointer: pointer.to_owned(), detail: detail.into() });
        error
    }

    #[must_use]
    pub fn unauthorized() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "unauthorized", "sign in first")
    }

    #[must_use]
    pub fn forbidden(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "forbidden", detail)
    }

    /// The same answer for "not there" and "not yours".
    #[must_use]
    pub fn not_found(what: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", format!("there is no such {what}"))
    }

    #[must_use]
    pub fn conflict(code: &str, detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::CONFLICT, code, detail)
    }

    #[must_use]
    pub fn too_large(max_bytes: usize) -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", format!("at most {max_bytes} bytes are taken"))
    }

    #[must_use]
    pub fn too_many(retry_after_s: u64) -> Self {
        let mut error = Self::new(StatusCode::TOO_MANY_REQUESTS, "too_many_requests", "slow down and try again later");
        error.retry_after_s = Some(retry_after_s.max(1));
        error
    }

    /// Nothing was stored; the same request may succeed later.
    #[must_use]
    pub fn unavailable(retry_after_s: u64) -> Self {
        let mut error = Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", "not stored; try again later");
        error.retry_after_s = Some(retry_after_s.max(1));
        error
    }

    #[must_use]
    pub fn internal() -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "something went wrong here; it has been logged")
    }

    #[must_use]
    pub fn with(mut self, extra: Value) -> Self {
        self.problem.extra = extra;
        self
    }

    #[must_use]
    pub fn problem(&self) -> &Problem {
        &self.problem
    }

    #[must_use]
    pub fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }
}

/// The store's troubles: logged here, once, with the chain of causes; the caller learns only whether to try again.
impl From<DbError> for ApiError {
    fn from(error: DbError) -> Self {
        let cause = std::error::Error::source(&error).map(ToString::to_string);
        match error {
            DbError::Full | DbError::Unavailable(_) => {
                tracing::error!(error = %error, cause, "the store refuses work");
                Self::unavailable(5)
            }
            DbError::Conflict => Self::unavailable(1),
            DbError::Taken { .. } | DbError::Sql(_) => {
                tracing::error!(error = %error, cause, "statement failed");
                Self::internal()
            }
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(mut self) -> Response {
        self.problem.instance = crate::observe::request_id().map(|id| format!("urn:uuid:{id}"));
        let status = self.status();
        let body = serde_json::to_vec(&*self.problem).unwrap_or_default();
        let mut response = (status, body).into_response();
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(seconds) = self.retry_after_s {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}
