//! `/api/v1/settings`, `/api/v1/me/preferences` and the drafts of a conversation.

use axum::extract::State;
use http::StatusCode;
use serde_json::{Map, Value};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{Draft, DraftKind, Drafts, Settings};
use crate::access::Caller;
use crate::app::App;
use crate::http::{ApiError, Json, Path, Problem};
use crate::services::Services;

pub fn routes() -> OpenApiRouter<Services> {
    OpenApiRouter::new()
        .routes(routes!(settings))
        .routes(routes!(preferences, set_preferences))
        .routes(routes!(drafts))
        .routes(routes!(keep_draft, drop_draft))
}

/// What a client needs to know once.
#[utoipa::path(get, path = "/api/v1/settings", tag = "console", responses((status = 200, body = Settings)))]
async fn settings(State(app): State<App>, _caller: Caller) -> Json<Settings> {
    Json(super::settings(&app))
}

/// What the caller has set in the console: an object that the daemon only keeps.
#[utoipa::path(get, path = "/api/v1/me/preferences", tag = "console", responses((status = 200, body = Object)))]
async fn preferences(State(app): State<App>, caller: Caller) -> Result<Json<Map<String, Value>>, ApiError> {
    Ok(Json(super::preferences(&app, &caller).await?))
}

/// Replaces all of the caller's preferences; at most 16 KB.
#[utoipa::path(put, path = "/api/v1/me/preferences", tag = "console", request_body = Object,
    responses((status = 200, body = Object), (status = 400, body = Problem)))]
async fn set_preferences(
    State(app): State<App>,
    caller: Caller,
    Json(value): Json<Value>,
) -> Result<Json<Map<String, Value>>, ApiError> {
    Ok(Json(super::set_preferences(&app, &caller, value).await?))
}

/// What the caller has begun to write in a conversation and not sent. Nobody else sees it.
#[utoipa::path(get, path = "/api/v1/conversations/{id}/drafts", tag = "console", params(("id" = String, Path)),
    responses((status = 200, body = Drafts)))]
async fn drafts(State(app): State<App>, caller: Caller, Path(id): Path<String>) -> Result<Json<Drafts>, ApiError> {
    Ok(Json(super::drafts(&app, &caller, &id).await?))
}

/// Keeps what the caller has begun to write: an object of at most 256 KB, for 15 days from its last change.
#[utoipa::path(put, path = "/api/v1/conversations/{id}/drafts/{kind}", tag = "console",
    params(("id" = String, Path), ("kind" = inline(DraftKind), Path)), request_body = Object,
    responses((status = 200, body = Draft), (status = 400, body = Problem), (status = 404, body = Problem)))]
async fn keep_draft(
    State(app): State<App>,
    caller: Caller,
    Path((id, kind)): Path<(String, DraftKind)>,
    Json(value): Json<Value>,
) -> Result<Json<Draft>, ApiError> {
    Ok(Json(super::keep_draft(&app, &caller, &id, kind, value).await?))
}

/// Forgets it: it was sent, or taken back.
#[utoipa::path(delete, path = "/api/v1/conversations/{id}/drafts/{kind}", tag = "console",
    params(("id" = String, Path), ("kind" = inline(DraftKind), Path)), responses((status = 204)))]
async fn drop_draft(
    State(app): State<App>,
    caller: Caller,
    Path((id, kind)): Path<(String, DraftKind)>,
) -> Result<StatusCode, ApiError> {
    super::drop_draft(&app, &caller, &id, kind).await?;
    Ok(StatusCode::NO_CONTENT)
}
