//! Routes of one's own account: availability, activity, password, tokens for sockets.

use axum::extract::State;
use http::{StatusCode, header};
use serde::{Deserialize, Serialize};
use trunkline_channel::{Micros, Secret};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::sessions::WithCookie;
use crate::access::operators::{self, OperatorChange};
use crate::access::{Availability, Caller, Identity, OperatorView, cookie, passwords, socket};
use crate::app::App;
use crate::http::{ApiError, Json, Problem};
use crate::services::Services;

pub fn routes() -> OpenApiRouter<Services> {
    OpenApiRouter::new()
        .routes(routes!(change_oneself))
        .routes(routes!(set_availability))
        .routes(routes!(note_activity))
        .routes(routes!(change_password))
        .routes(routes!(socket_token))
}

#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct ChangeOneself {
    name: String,
}

/// Changes what colleagues and customers call the caller.
#[utoipa::path(patch, path = "/api/v1/me", tag = "access", request_body = ChangeOneself,
    responses((status = 200, body = OperatorView), (status = 400, body = Problem)))]
async fn change_oneself(
    State(app): State<App>,
    caller: Caller,
    Json(request): Json<ChangeOneself>,
) -> Result<Json<OperatorView>, ApiError> {
    let change = OperatorChange { name: Some(request.name), ..OperatorChange::default() };
    Ok(Json(operators::change(&app, &caller.operator_id, change).await?))
}

#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct SetAvailability {
    availability: Availability,
}

/// Says whether one can be given work now.
#[utoipa::path(put, path = "/api/v1/me/availability", tag = "access", request_body = SetAvailability, responses((status = 204)))]
async fn set_availability(
    State(app): State<App>,
    caller: Caller,
    Json(request): Json<SetAvailability>,
) -> Result<StatusCode, ApiError> {
    crate::access::set_availability(&app, &caller, request.availability).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A sign of life: whoever was away is back.
#[utoipa::path(post, path = "/api/v1/me/activity", tag = "access", responses((status = 204)))]
async fn note_activity(State(app): State<App>, caller: Caller) -> Result<StatusCode, ApiError> {
    crate::access::note_activity(&app, &caller).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct ChangePassword {
    #[schema(value_type = String)]
    current_password: Secret,
    #[schema(value_type = String)]
    new_password: Secret,
}

/// Changes one's password. Everything signed in by the old one ends: all sessions and API tokens; the answer's cookie
/// is a new session.
#[utoipa::path(put, path = "/api/v1/me/password", tag = "access", request_body = ChangePassword,
    responses((status = 204), (status = 401, description = "wrong_credentials", body = Problem)))]
async fn change_password(
    State(app): State<App>,
    caller: Caller,
    Json(request): Json<ChangePassword>,
) -> Result<WithCookie<()>, ApiError> {
    let token = passwords::change_own(&app, &caller, &request.current_password, &request.new_password).await?;
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, cookie::set(&app.config, &token))], ()))
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
struct SocketToken {
    token: String,
    expires_at: Micros,
}

/// A short-lived token to open a socket with, for clients that cannot send the cookie along. It stands for the session
/// or API token that asked for it, and ends with it.
#[utoipa::path(post, path = "/api/v1/socket-tokens", tag = "access", responses((status = 201, body = SocketToken)))]
async fn socket_token(
    State(app): State<App>,
    identity: Identity,
) -> Result<(StatusCode, [(header::HeaderName, &'static str); 1], Json<SocketToken>), ApiError> {
    let (token, expires_at) = socket::socket_token(&app, &identity)?;
    // Secrets are kept nowhere on their way, not even for a repeated request.
    Ok((StatusCode::CREATED, [(header::CACHE_CONTROL, "no-store")], Json(SocketToken { token, expires_at })))
}
