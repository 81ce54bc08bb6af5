//! `/api/v1/tokens`: API tokens of programs.

use axum::extract::State;
use http::{StatusCode, header};
use serde::Serialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::access::tokens::{self, NewToken, TokenView, Tokens};
use crate::access::{Caller, Identity};
use crate::app::App;
use crate::http::{ApiError, Json, Path, Problem};
use crate::services::Services;

pub fn routes() -> OpenApiRouter<Services> {
    OpenApiRouter::new().routes(routes!(list, create)).routes(routes!(revoke))
}

/// API tokens that can still be used: one's own; an admin sees everybody's.
#[utoipa::path(get, path = "/api/v1/tokens", tag = "access", operation_id = "list_tokens", responses((status = 200, body = Tokens)))]
async fn list(State(app): State<App>, caller: Caller) -> Result<Json<Tokens>, ApiError> {
    Ok(Json(tokens::list(&app, &caller).await?))
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
struct CreatedToken {
    /// Shown this once; only its hash is kept.
    secret: String,
    token: TokenView,
}

/// Makes an API token for oneself, of one's own role or a lesser one. Only whoever signed in by password can.
#[utoipa::path(post, path = "/api/v1/tokens", tag = "access", operation_id = "create_token", request_body = NewToken,
    responses((status = 201, body = CreatedToken), (status = 400, body = Problem), (status = 403, body = Problem)))]
async fn create(
    State(app): State<App>,
    identity: Identity,
    Json(new): Json<NewToken>,
) -> Result<(StatusCode, [(header::HeaderName, &'static str); 1], Json<CreatedToken>), ApiError> {
    let (secret, token) = tokens::create(&app, &identity, new).await?;
    let created = CreatedToken { secret: secret.expose().to_owned(), token };
    // Secrets are kept nowhere on their way, not even for a repeated request.
    Ok((StatusCode::CREATED, [(header::CACHE_CONTROL, "no-store")], Json(created)))
}

/// Ends an API token of one's own; an admin can end anybody's.
#[utoipa::path(delete, path = "/api/v1/tokens/{id}", tag = "access", operation_id = "revoke_token", params(("id" = String, Path)),
    responses((status = 204), (status = 404, body = Problem)))]
async fn revoke(State(app): State<App>, caller: Caller, Path(id): Path<String>) -> Result<StatusCode, ApiError> {
    tokens::revoke(&app, &caller, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}
