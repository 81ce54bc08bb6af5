//! `/api/v1/articles`.

use axum::extract::State;
use http::StatusCode;
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{ArticleChange, ArticleView, Filter, NewArticle};
use crate::access::Caller;
use crate::app::App;
use crate::http::{ApiError, Json, Page, PageQuery, Path, Problem, Query};
use crate::services::Services;

pub fn routes() -> OpenApiRouter<Services> {
    OpenApiRouter::new().routes(routes!(list, create)).routes(routes!(get, change))
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct ListQuery {
    state: Option<super::State>,
    /// Words of title or body.
    q: Option<String>,
    limit: Option<i64>,
    cursor: Option<String>,
}

/// Articles, latest change first.
#[utoipa::path(get, path = "/api/v1/articles", tag = "articles", operation_id = "list_articles", params(ListQuery),
    responses((status = 200, body = Page<ArticleView>)))]
async fn list(
    State(app): State<App>,
    caller: Caller,
    Query(query): Query<ListQuery>,
) -> Result<Json<Page<ArticleView>>, ApiError> {
    let page = PageQuery { limit: query.limit, cursor: query.cursor };
    Ok(Json(super::list(&app, &caller, &Filter { state: query.state, words: query.q }, &page).await?))
}

#[utoipa::path(post, path = "/api/v1/articles", tag = "articles", operation_id = "create_article", request_body = NewArticle,
    responses((status = 201, body = ArticleView), (status = 400, body = Problem), (status = 403, body = Problem)))]
async fn create(
    State(app): State<App>,
    caller: Caller,
    Json(new): Json<NewArticle>,
) -> Result<(StatusCode, Json<ArticleView>), ApiError> {
    Ok((StatusCode::CREATED, Json(super::create(&app, &caller, &new).await?)))
}

#[utoipa::path(get, path = "/api/v1/articles/{id}", tag = "articles", operation_id = "get_article", params(("id" = String, Path)),
    responses((status = 200, body = ArticleView), (status = 404, body = Problem)))]
async fn get(State(app): State<App>, caller: Caller, Path(id): Path<String>) -> Result<Json<ArticleView>, ApiError> {
    Ok(Json(super::get(&app, &caller, &id).await?))
}

#[utoipa::path(patch, path = "/api/v1/articles/{id}", tag = "articles", operation_id = "change_article", params(("id" = String, Path)),
    request_body = ArticleChange,
    responses((status = 200, body = ArticleView), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem)))]
async fn change(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    Json(change): Json<ArticleChange>,
) -> Result<Json<ArticleView>, ApiError> {
    Ok(Json(super::change(&app, &caller, &id, &change).await?))
}
