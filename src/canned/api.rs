//! `/api/v1/canned-responses`.

use axum::extract::State;
use http::StatusCode;
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{CannedResponseChange, CannedResponseView, NewCannedResponse, Rendered};
use crate::access::Caller;
use crate::app::App;
use crate::http::{ApiError, Json, Page, PageQuery, Path, Problem, Query};
use crate::services::Services;

pub fn routes() -> OpenApiRouter<Services> {
    OpenApiRouter::new().routes(routes!(list, create)).routes(routes!(get, change, delete)).routes(routes!(render))
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct ListQuery {
    /// Beginning of the shortcut.
    #[serde(default)]
    q: String,
    limit: Option<i64>,
    cursor: Option<String>,
}

/// Canned responses that the caller can use: personal, of the caller's teams, shared.
#[utoipa::path(get, path = "/api/v1/canned-responses", tag = "canned responses", operation_id = "list_canned_responses",
    params(ListQuery), responses((status = 200, body = Page<CannedResponseView>)))]
async fn list(
    State(app): State<App>,
    caller: Caller,
    Query(query): Query<ListQuery>,
) -> Result<Json<Page<CannedResponseView>>, ApiError> {
    let page = PageQuery { limit: query.limit, cursor: query.cursor };
    Ok(Json(super::list(&app, &caller, &query.q, &page).await?))
}

#[utoipa::path(post, path = "/api/v1/canned-responses", tag = "canned responses", operation_id = "create_canned_response",
    request_body = NewCannedResponse,
    responses((status = 201, body = CannedResponseView), (status = 400, body = Problem), (status = 403, body = Problem)))]
async fn create(
    State(app): State<App>,
    caller: Caller,
    Json(new): Json<NewCannedResponse>,
) -> Result<(StatusCode, Json<CannedResponseView>), ApiError> {
    Ok((StatusCode::CREATED, Json(super::create(&app, &caller, &new).await?)))
}

#[utoipa::path(get, path = "/api/v1/canned-responses/{id}", tag = "canned responses", operation_id = "get_canned_response",
    params(("id" = String, Path)), responses((status = 200, body = CannedResponseView), (status = 404, body = Problem)))]
async fn get(State(app): State<App>, caller: Caller, Path(id): Path<String>) -> Result<Json<CannedResponseView>, ApiError> {
    Ok(Json(super::get(&app, &caller, &id).await?))
}

#[utoipa::path(patch, path = "/api/v1/canned-responses/{id}", tag = "canned responses", operation_id = "change_canned_response",
    params(("id" = String, Path)), request_body = CannedResponseChange,
    responses((status = 200, body = CannedResponseView), (status = 403, body = Problem), (status = 404, body = Problem)))]
async fn change(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    Json(change): Json<CannedResponseChange>,
) -> Result<Json<CannedResponseView>, ApiError> {
    Ok(Json(super::change(&app, &caller, &id, &change).await?))
}

#[utoipa::path(delete, path = "/api/v1/canned-responses/{id}", tag = "canned responses", operation_id = "delete_canned_response",
    params(("id" = String, Path)), responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem)))]
async fn delete(State(app): State<App>, caller: Caller, Path(id): Path<String>) -> Result<StatusCode, ApiError> {
    super::delete(&app, &caller, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct RenderBody {
    conversation_id: String,
}

/// The text with its variables filled in for one conversation.
#[utoipa::path(post, path = "/api/v1/canned-responses/{id}/render", tag = "canned responses",
    operation_id = "render_canned_response", params(("id" = String, Path)), request_body = RenderBody,
    responses((status = 200, body = Rendered), (status = 404, body = Problem)))]
async fn render(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    Json(body): Json<RenderBody>,
) -> Result<Json<Rendered>, ApiError> {
    Ok(Json(super::render_for(&app, &caller, &id, &body.conversation_id).await?))
}
