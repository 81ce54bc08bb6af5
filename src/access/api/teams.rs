//! `/api/v1/teams`.

use axum::extract::State;
use http::StatusCode;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::access::Caller;
use crate::access::teams::{self, NewTeam, TeamChange, TeamView, Teams};
use crate::app::App;
use crate::http::{ApiError, Json, Path, Problem};
use crate::services::Services;

pub fn routes() -> OpenApiRouter<Services> {
    OpenApiRouter::new().routes(routes!(list, create)).routes(routes!(change, delete)).routes(routes!(add_member, remove_member))
}

/// All teams with their members, by name.
#[utoipa::path(get, path = "/api/v1/teams", tag = "operators", operation_id = "list_teams", responses((status = 200, body = Teams)))]
async fn list(State(app): State<App>, _caller: Caller) -> Result<Json<Teams>, ApiError> {
    Ok(Json(teams::list(&app).await?))
}

#[utoipa::path(post, path = "/api/v1/teams", tag = "operators", operation_id = "create_team", request_body = NewTeam,
    responses((status = 201, body = TeamView), (status = 409, description = "name_taken", body = Problem)))]
async fn create(
    State(app): State<App>,
    _caller: Caller,
    Json(new): Json<NewTeam>,
) -> Result<(StatusCode, Json<TeamView>), ApiError> {
    Ok((StatusCode::CREATED, Json(teams::create(&app, new).await?)))
}

#[utoipa::path(patch, path = "/api/v1/teams/{id}", tag = "operators", operation_id = "change_team", params(("id" = String, Path)),
    request_body = TeamChange, responses((status = 200, body = TeamView), (status = 404, body = Problem), (status = 409, body = Problem)))]
async fn change(
    State(app): State<App>,
    _caller: Caller,
    Path(id): Path<String>,
    Json(change): Json<TeamChange>,
) -> Result<Json<TeamView>, ApiError> {
    Ok(Json(teams::change(&app, &id, change).await?))
}

/// Removes a team that nothing refers to.
#[utoipa::path(delete, path = "/api/v1/teams/{id}", tag = "operators", operation_id = "delete_team", params(("id" = String, Path)),
    responses((status = 204), (status = 404, body = Problem), (status = 409, description = "team_in_use", body = Problem)))]
async fn delete(State(app): State<App>, _caller: Caller, Path(id): Path<String>) -> Result<StatusCode, ApiError> {
    teams::delete(&app, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Puts an operator into a team; one who is in it stays in it.
#[utoipa::path(put, path = "/api/v1/teams/{id}/members/{operator_id}", tag = "operators",
    params(("id" = String, Path), ("operator_id" = String, Path)), responses((status = 204), (status = 404, body = Problem)))]
async fn add_member(
    State(app): State<App>,
    _caller: Caller,
    Path((id, operator_id)): Path<(String, String)>,
) -> Result<StatusCode, ApiError> {
    teams::add_member(&app, &id, &operator_id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes an operator out of a team.
#[utoipa::path(delete, path = "/api/v1/teams/{id}/members/{operator_id}", tag = "operators",
    params(("id" = String, Path), ("operator_id" = String, Path)), responses((status = 204), (status = 404, body = Problem)))]
async fn remove_member(
    State(app): State<App>,
    _caller: Caller,
    Path((id, operator_id)): Path<(String, String)>,
) -> Result<StatusCode, ApiError> {
    teams::remove_member(&app, &id, &operator_id).await?;
    Ok(StatusCode::NO_CONTENT)
}
