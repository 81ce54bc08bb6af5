//! `Idempotency-Key`: a POST that is sent again because its answer was lost is done once and answered twice.
//!
//! By draft-ietf-httpapi-idempotency-key-header-07. A key belongs to its caller and to one request: the same key with
//! another request is refused with 422, while the first request runs with 409.

mod store;

use axum::body::{Body, HttpBody, to_bytes};
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::request::Parts;
use http::{HeaderName, HeaderValue, Method, StatusCode, header};
use sha2::{Digest, Sha256};
use trunkline_channel::Micros;

use super::{ApiError, MAX_BODY};
use crate::access::{Identity, Principal};
use crate::app::App;
use crate::db::DbError;

const KEY: HeaderName = HeaderName::from_static("idempotency-key");
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");
/// Characters of a key.
const MAX_KEY: usize = 255;
/// Bytes of an answer that is kept.
const MAX_ANSWER: usize = 256 * 1024;
const SECOND: Micros = 1_000_000;
/// How long an answer is kept.
const KEPT: Micros = 24 * 3600 * SECOND;
/// A request that has not ended by then never will: its daemon is gone, or its client hung up on it.
const ABANDONED: Micros = 60 * SECOND;

/// One use of a key, as long as it is ours.
struct Claim {
    scope: String,
    key: String,
    request_hash: String,
    at: Micros,
}

enum Found {
    Ours(Claim),
    Answered(Response),
}

/// Layer inside the guard, which has put the caller's [`Identity`] into the request.
pub async fn idempotent(State(app): State<App>, request: Request, next: Next) -> Response {
    let Some((scope, key)) = asked_for(&request) else { return next.run(request).await };
    let (claim, request) = match claim(&app, scope, key, request).await {
        Ok((Found::Ours(claim), request)) => (claim, request),
        Ok((Found::Answered(response), _)) => return response,
        Err(error) => return error.into_response(),
    };
    let response = next.run(request).await;
    keep(&app, &claim, response).await
}

/// Scope and key of a request that wants this: a POST of somebody known, with a body that can be compared. Files come
/// in streams too long to be held; sending one again only makes an upload that nobody uses.
fn asked_for(request: &Request) -> Option<(String, HeaderValue)> {
    let headers = request.headers();
    let key = headers.get(KEY).filter(|_| request.method() == Method::POST)?.clone();
    let form = headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"multipart/"));
    let identity = request.extensions().get::<Identity>().filter(|_| !form)?;
    let scope = match &identity.principal {
        Principal::Operator(caller) => format!("operator:{}", caller.operator_id),
        Principal::Visitor(visitor) => format!("visitor:{}:{}", visitor.inbox_id, visitor.external_id),
    };
    Some((scope, key))
}

async fn claim(app: &App, scope: String, key: HeaderValue, request: Request) -> Result<(Found, Request), ApiError> {
    let key = key.to_str().ok().filter(|key| (1..=MAX_KEY).contains(&key.len()));
    let key = key.ok_or_else(|| ApiError::bad_request("Idempotency-Key must be 1 to 255 plain characters"))?.to_owned();
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, MAX_BODY).await.map_err(|_| ApiError::too_large(MAX_BODY))?;
    let claim = Claim { scope, key, request_hash: hash(&parts, &body), at: app.now() };
    let found = take(app, claim).await?;
    Ok((found, Request::from_parts(parts, Body::from(body))))
}

async fn take(app: &App, claim: Claim) -> Result<Found, ApiError> {
    let mut tx = app.db.begin().await?;
    store::forget(&mut tx, claim.at - KEPT).await?;
    if store::insert(&mut tx, &claim).await? {
        tx.commit().await?;
        return Ok(Found::Ours(claim));
    }
    let before = store::find(&mut tx, &claim.scope, &claim.key).await?.ok_or(DbError::Conflict)?;
    if before.request_hash != claim.request_hash {
        let detail = "this Idempotency-Key was used for another request";
        return Err(ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, "key_reused", detail));
    }
    if let Some(status) = before.status {
        tx.commit().await?;
        return Ok(Found::Answered(replay(status, before.body.unwrap_or_default())));
    }
    if before.created_at > claim.at - ABANDONED || !store::take_over(&mut tx, &claim, before.created_at).await? {
        return Err(ApiError::conflict("in_progress", "the first request with this Idempotency-Key is still running"));
    }
    tx.commit().await?;
    Ok(Found::Ours(claim))
}

/// Keeps what the handler answered; what may end differently next time, and what nobody may keep, sets the key free.
/// The work is done: trouble with keeping its answer must not hide it.
async fn keep(app: &App, claim: &Claim, response: Response) -> Response {
    let status = response.status();
    let passing = status.is_server_error() || matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT);
    let secret = response.headers().get(header::CACHE_CONTROL).is_some_and(|value| value == "no-store");
    let short = response.body().size_hint().exact().is_some_and(|size| size <= MAX_ANSWER as u64);
    let (response, kept) = if passing || secret || !short {
        (response, store::release(app, claim).await)
    } else {
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, MAX_ANSWER).await.unwrap_or_default();
        let kept = match std::str::from_utf8(&body) {
            Ok(text) => store::finish(app, claim, status.as_u16(), text).await,
            Err(_) => store::release(app, claim).await,
        };
        (Response::from_parts(parts, Body::from(body)), kept)
    };
    if let Err(error) = kept {
        tracing::warn!(%error, "cannot keep the answer of a request with an idempotency key");
    }
    response
}

fn replay(status: i64, body: String) -> Response {
    let status = u16::try_from(status).ok().and_then(|status| StatusCode::from_u16(status).ok()).unwrap_or(StatusCode::OK);
    let kind = if status.is_client_error() { "application/problem+json" } else { "application/json" };
    let mut response = (status, [(REPLAYED, "true")], body).into_response();
    match response.body().is_end_stream() {
        true => response.headers_mut().remove(header::CONTENT_TYPE),
        false => response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind)),
    };
    response
}

fn hash(parts: &Parts, body: &Bytes) -> String {
    let mut hash = Sha256::new();
    hash.update(parts.method.as_str());
    hash.update([0]);
    hash.update(parts.uri.path_and_query().map_or("", |path| path.as_str()));
    hash.update([0]);
    hash.update(body);
    hex::encode(hash.finalize())
}
