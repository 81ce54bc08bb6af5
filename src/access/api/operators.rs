//! `/api/v1/operators`.

use axum::extract::State;
use http::StatusCode;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::access::Caller;
use crate::access::operators::{self, NewOperator, OperatorChange, OperatorView};
use crate::access::workload::{self, Workload};
use crate::app::App;
use crate::http::{ApiError, Json, Page, PageQuery, Path, Problem, Query};
use crate::services::Services;

pub fn routes() -> OpenApiRouter<Services> {
    OpenApiRouter::new().routes(routes!(list, create)).routes(routes!(get, change)).routes(routes!(workload))
}

/// All operators, the disabled ones as well, oldest first.
#[utoipa::path(get, path = "/api/v1/operators", tag = "operators", operation_id = "list_operators", params(PageQuery),
    responses((status = 200, body = Page<OperatorView>)))]
async fn list(
    State(app): State<App>,
    _caller: Caller,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<OperatorView>>, ApiError> {
    Ok(Json(operators::list(&app, &page).await?))
}

/// Makes an operator, who can sign in at once.
#[utoipa::path(post, path = "/api/v1/operators", tag = "operators", operation_id = "create_operator", request_body = NewOperator,
    responses((status = 201, body = OperatorView), (status = 400, body = Problem), (status = 409, description = "email_taken", body = Problem)))]
async fn create(
    State(app): State<App>,
    _caller: Caller,
    Json(new): Json<NewOperator>,
) -> Result<(StatusCode, Json<OperatorView>), ApiError> {
    Ok((StatusCode::CREATED, Json(operators::create(&app, new).await?)))
}

#[utoipa::path(get, path = "/api/v1/operators/{id}", tag = "operators", operation_id = "get_operator", params(("id" = String, Path)),
    responses((status = 200, body = OperatorView), (status = 404, body = Problem)))]
async fn get(State(app): State<App>, _caller: Caller, Path(id): Path<String>) -> Result<Json<OperatorView>, ApiError> {
    Ok(Json(operators::get(&app, &id).await?))
}

/// Changes an operator. Another role, another password, or being disabled ends all that is signed in as them: sessions,
/// API tokens and sockets.
#[utoipa::path(patch, path = "/api/v1/operators/{id}", tag = "operators", operation_id = "change_operator",
    params(("id" = String, Path)), request_body = OperatorChange,
    responses((status = 200, body = OperatorView), (status = 404, body = Problem),
        (status = 409, description = "email_taken, last_admin", body = Problem)))]
async fn change(
    State(app): State<App>,
    _caller: Caller,
    Path(id): Path<String>,
    Json(change): Json<OperatorChange>,
) -> Result<Json<OperatorView>, ApiError> {
    Ok(Json(operators::change(&app, &id, change).await?))
}

/// How many conversations an operator holds, and how many more they could take.
#[utoipa::path(get, path = "/api/v1/operators/{id}/workload", tag = "operators", params(("id" = String, Path)),
    responses((status = 200, body = Workload), (status = 404, body = Problem)))]
async fn workload(State(app): State<App>, _caller: Caller, Path(id): Path<String>) -> Result<Json<Workload>, ApiError> {
    Ok(Json(workload::of(&app, &id).await?))
}
