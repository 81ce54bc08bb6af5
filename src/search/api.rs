//! `/api/v1/search`.

use axum::extract::State;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{SearchQuery, SearchView};
use crate::access::Caller;
use crate::app::App;
use crate::http::{ApiError, Json, Problem, Query};
use crate::services::Services;

pub fn routes() -> OpenApiRouter<Services> {
    OpenApiRouter::new().routes(routes!(search))
}

/// Search messages, contacts and operators. A page of messages may be short and still have a next one, when filters
/// dropped most of what was looked at.
#[utoipa::path(get, path = "/api/v1/search", tag = "search", params(SearchQuery),
    responses((status = 200, body = SearchView), (status = 400, body = Problem)))]
async fn search(State(app): State<App>, caller: Caller, Query(query): Query<SearchQuery>) -> Result<Json<SearchView>, ApiError> {
    Ok(Json(super::search(&app, &caller, &query).await?))
}
