//! Routes of sessions, of oneself, and of the first set-up.

use axum::extract::State;
use http::{HeaderValue, StatusCode, header};
use serde::{Deserialize, Serialize};
use trunkline_channel::Secret;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::access::identify::{Credential, Identity};
use crate::access::operators::OperatorView;
use crate::access::store::operators as store;
use crate::access::{Caller, cookie, sessions, setup};
use crate::app::App;
use crate::http::{ApiError, ClientAddress, Json};
use crate::services::Services;

pub fn routes() -> OpenApiRouter<Services> {
    OpenApiRouter::new()
        .routes(routes!(sign_in, sign_out_everywhere))
        .routes(routes!(sign_out))
        .routes(routes!(me))
        .routes(routes!(setup_state, set_up))
}

#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct SignIn {
    email: String,
    #[schema(value_type = String)]
    password: Secret,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
struct SignedIn {
    operator: OperatorView,
}

pub(super) type WithCookie<T> = (StatusCode, [(header::HeaderName, HeaderValue); 1], T);

/// Signs an operator in: the session is in the cookie.
#[utoipa::path(post, path = "/api/v1/sessions", tag = "access", request_body = SignIn,
    responses((status = 201, body = SignedIn), (status = 401, description = "wrong_credentials"),
        (status = 429, description = "too many failures")))]
async fn sign_in(
    State(app): State<App>,
    ClientAddress(address): ClientAddress,
    Json(request): Json<SignIn>,
) -> Result<WithCookie<Json<SignedIn>>, ApiError> {
    let (token, operator) = sessions::sign_in(&app, address, &request.email, &request.password).await?;
    let set = [(header::SET_COOKIE, cookie::set(&app.config, &token))];
    Ok((StatusCode::CREATED, set, Json(SignedIn { operator: operator.into() })))
}

/// Signs out here.
#[utoipa::path(delete, path = "/api/v1/sessions/current", tag = "access", responses((status = 204)))]
async fn sign_out(State(app): State<App>, identity: Identity) -> Result<WithCookie<()>, ApiError> {
    if let Credential::Session { hash } = &identity.credential {
        sessions::sign_out(&app, hash).await?;
    }
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, cookie::clear(&app.config))], ()))
}

/// Signs out everywhere.
#[utoipa::path(delete, path = "/api/v1/sessions", tag = "access", responses((status = 204)))]
async fn sign_out_everywhere(State(app): State<App>, caller: Caller) -> Result<WithCookie<()>, ApiError> {
    sessions::sign_out_everywhere(&app, &caller.operator_id).await?;
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, cookie::clear(&app.config))], ()))
}

/// The operator who is asking.
#[utoipa::path(get, path = "/api/v1/me", tag = "access", responses((status = 200, body = OperatorView)))]
async fn me(State(app): State<App>, caller: Caller) -> Result<Json<OperatorView>, ApiError> {
    let row = store::by_id(&app.db, &caller.operator_id).await?.ok_or_else(ApiError::unauthorized)?;
    Ok(Json(row.into()))
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
struct SetupState {
    /// Whether the first admin has still to be made.
    open: bool,
    /// Nothing here is real: the daemon runs as `trunkline demo`.
    demo: bool,
}

/// Whether the daemon waits for its first admin.
#[utoipa::path(get, path = "/api/v1/setup", tag = "access", responses((status = 200, body = SetupState)))]
async fn setup_state(State(app): State<App>) -> Result<Json<SetupState>, ApiError> {
    Ok(Json(SetupState { open: setup::is_open(&app).await?, demo: app.config.demo }))
}

#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct SetUp {
    /// From the link the daemon showed when it started.
    #[schema(value_type = String)]
    token: Secret,
    email: String,
    name: String,
    #[schema(value_type = String)]
    password: Secret,
}

/// Makes the first admin and signs them in; the link works once.
#[utoipa::path(post, path = "/api/v1/setup", tag = "access", request_body = SetUp,
    responses((status = 201, body = SignedIn), (status = 403, description = "stale_setup_link")))]
async fn set_up(State(app): State<App>, Json(request): Json<SetUp>) -> Result<WithCookie<Json<SignedIn>>, ApiError> {
    let SetUp { token, email, name, password } = request;
    let (session, operator) = setup::complete(&app, &token, &email, &name, &password).await?;
    let set = [(header::SET_COOKIE, cookie::set(&app.config, &session))];
    Ok((StatusCode::CREATED, set, Json(SignedIn { operator: operator.into() })))
}
