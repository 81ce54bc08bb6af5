//! `/api/v1/settings` and `/api/v1/me/preferences`.

use axum::extract::State;
use serde_json::{Map, Value};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Settings;
use crate::access::Caller;
use crate::app::App;
use crate::http::{ApiError, Json, Problem};
use crate::services::Services;

pub fn routes() -> OpenApiRouter<Services> {
    OpenApiRouter::new().routes(routes!(settings)).routes(routes!(preferences, set_preferences))
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
