//! Who is asking: the credentials of a request, checked against the store each time, so that a revoked one ends at once.

use axum::extract::FromRequestParts;
use axum::extract::OptionalFromRequestParts;
use http::request::Parts;
use http::{HeaderMap, header};
use trunkline_channel::Micros;

use super::store::sessions::{self as store, Holder};
use super::{Caller, Error, Role, Visitor, cookie, jwt, secrets, sessions};
use crate::app::App;
use crate::db::DbError;
use crate::http::ApiError;
use crate::services::Services;

/// Whoever stands behind a request or a socket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Principal {
    Operator(Caller),
    Visitor(Visitor),
}

/// How a request showed who it is from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Credential {
    /// The cookie: sent by browsers on their own, so that unsafe requests need proof of their origin.
    Session {
        hash: String,
    },
    ApiToken {
        hash: String,
    },
    VisitorToken,
}

/// A request's identity; kept in its extensions, so that it is looked up once.
#[derive(Debug, Clone)]
pub struct Identity {
    pub principal: Principal,
    pub credential: Credential,
}

/// The identity a request's headers show, `None` when they show nothing. What they do show must be good: a bad
/// Authorization header is refused even where a good cookie came along.
pub async fn identify(app: &App, headers: &HeaderMap) -> Result<Option<Identity>, Error> {
    if let Some(value) = headers.get(header::AUTHORIZATION) {
        let token = bearer(value).ok_or(Error::Unauthorized)?;
        return if token.starts_with(secrets::API_TOKEN_PREFIX) {
            let credential = Credential::ApiToken { hash: secrets::hash(token) };
            by_credential(app, credential).await.map(Some)
        } else {
            let visitor = jwt::visitor(app, token)?;
            Ok(Some(Identity { principal: Principal::Visitor(visitor), credential: Credential::VisitorToken }))
        };
    }
    let Some(token) = cookie::read(headers, &app.config) else { return Ok(None) };
    match by_credential(app, Credential::Session { hash: secrets::hash(token.expose()) }).await {
        // Browsers keep the cookie of an ended session; that must not keep anybody from signing in again.
        Err(Error::Unauthorized) => Ok(None),
        found => found.map(Some),
    }
}

/// The operator behind a session or an API token that is good now.
pub(super) async fn by_credential(app: &App, credential: Credential) -> Result<Identity, Error> {
    let now = app.now();
    let holder = match &credential {
        Credential::Session { hash } => store::holder(&app.db, hash, now).await?,
        Credential::ApiToken { hash } => store::token_holder(&app.db, hash, now).await?,
        Credential::VisitorToken => None,
    }
    .ok_or(Error::Unauthorized)?;
    let (Some(role), Some(granted)) = (Role::parse(&holder.role), Role::parse(&holder.granted_role)) else {
        return Err(Error::Unauthorized);
    };
    if !role.covers(granted) {
        return Err(Error::Unauthorized);
    }
    note_use(app, &credential, &holder, now).await;
    let Holder { operator_id, name, .. } = holder;
    Ok(Identity { principal: Principal::Operator(Caller { operator_id, name, role: granted }), credential })
}

/// Remembers that a credential was used. A store that cannot write must not keep people from reading.
async fn note_use(app: &App, credential: &Credential, holder: &Holder, now: Micros) {
    if holder.last_used_at.is_some_and(|last| now - last < sessions::TOUCH_EVERY) {
        return;
    }
    let noted: Result<(), DbError> = async {
        let mut tx = app.db.begin().await?;
        match credential {
            Credential::Session { hash } => store::touch(&mut tx, hash, now, sessions::expiry(app)).await?,
            Credential::ApiToken { hash } => store::touch_token(&mut tx, hash, now).await?,
            Credential::VisitorToken => {}
        }
        tx.commit().await.map(|_| ())
    }
    .await;
    if let Err(error) = noted {
        tracing::warn!(%error, "cannot note the use of a session or token");
    }
}

/// The token of `Authorization: Bearer …` (RFC 6750 §2.1).
fn bearer(value: &http::HeaderValue) -> Option<&str> {
    let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

async fn of_request(parts: &mut Parts, services: &Services) -> Result<Option<Identity>, ApiError> {
    if let Some(known) = parts.extensions.get::<Identity>() {
        return Ok(Some(known.clone()));
    }
    Ok(identify(&services.app, &parts.headers).await?)
}

impl FromRequestParts<Services> for Identity {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, services: &Services) -> Result<Self, ApiError> {
        of_request(parts, services).await?.ok_or_else(ApiError::unauthorized)
    }
}

impl FromRequestParts<Services> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, services: &Services) -> Result<Self, ApiError> {
        match of_request(parts, services).await?.map(|identity| identity.principal) {
            Some(Principal::Operator(caller)) => Ok(caller),
            Some(Principal::Visitor(_)) => Err(ApiError::forbidden("this is for operators")),
            None => Err(ApiError::unauthorized()),
        }
    }
}

impl FromRequestParts<Services> for Visitor {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, services: &Services) -> Result<Self, ApiError> {
        match of_request(parts, services).await?.map(|identity| identity.principal) {
            Some(Principal::Visitor(visitor)) => Ok(visitor),
            Some(Principal::Operator(_)) => Err(ApiError::forbidden("this is for customers")),
            None => Err(ApiError::unauthorized()),
        }
    }
}

impl FromRequestParts<Services> for Principal {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, services: &Services) -> Result<Self, ApiError> {
        let identity = of_request(parts, services).await?;
        identity.map(|identity| identity.principal).ok_or_else(ApiError::unauthorized)
    }
}

impl OptionalFromRequestParts<Services> for Identity {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, services: &Services) -> Result<Option<Self>, ApiError> {
        of_request(parts, services).await
    }
}
