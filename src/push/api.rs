//! `/api/v1/push/key` and `/api/v1/me/push-subscriptions`.

use axum::extract::State;
use http::StatusCode;
use serde::Serialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::subscriptions::{self, NewSubscription, SubscriptionView, Subscriptions};
use super::{Push, outbox};
use crate::access::Caller;
use crate::http::{ApiError, Json, Path, Problem};
use crate::services::Services;

pub fn routes() -> OpenApiRouter<Services> {
    OpenApiRouter::new().routes(routes!(key)).routes(routes!(list, subscribe)).routes(routes!(unsubscribe)).routes(routes!(test))
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
struct PushKey {
    /// For `pushManager.subscribe` as `applicationServerKey`: an uncompressed point of P-256, base64url.
    key: String,
}

/// The key browsers subscribe with. All daemons of one database have the same, for ever.
#[utoipa::path(get, path = "/api/v1/push/key", tag = "notifications", operation_id = "push_key",
    responses((status = 200, body = PushKey), (status = 503, description = "push_off", body = Problem)))]
async fn key(State(push): State<Push>, _caller: Caller) -> Result<Json<PushKey>, ApiError> {
    let vapid = push.vapid().ok_or(super::Error::Off)?;
    Ok(Json(PushKey { key: vapid.public_key().to_owned() }))
}

/// The browsers one is told through.
#[utoipa::path(get, path = "/api/v1/me/push-subscriptions", tag = "notifications", operation_id = "list_push_subscriptions",
    responses((status = 200, body = Subscriptions)))]
async fn list(State(push): State<Push>, caller: Caller) -> Result<Json<Subscriptions>, ApiError> {
    Ok(Json(subscriptions::list(&push, &caller).await?))
}

/// Adds the browser one sits at; takes what `PushSubscription.toJSON()` gives. The same endpoint once more changes what is
/// known of it, and makes it one's own.
#[utoipa::path(post, path = "/api/v1/me/push-subscriptions", tag = "notifications", operation_id = "put_push_subscription",
    request_body = NewSubscription,
    responses((status = 201, body = SubscriptionView), (status = 400, body = Problem),
        (status = 409, description = "too_many_subscriptions", body = Problem), (status = 503, description = "push_off", body = Problem)))]
async fn subscribe(
    State(push): State<Push>,
    caller: Caller,
    Json(new): Json<NewSubscription>,
) -> Result<(StatusCode, Json<SubscriptionView>), ApiError> {
    Ok((StatusCode::CREATED, Json(subscriptions::put(&push, &caller, new).await?)))
}

/// Tells this browser nothing any more.
#[utoipa::path(delete, path = "/api/v1/me/push-subscriptions/{id}", tag = "notifications",
    operation_id = "delete_push_subscription", params(("id" = String, Path)),
    responses((status = 204), (status = 404, body = Problem)))]
async fn unsubscribe(State(push): State<Push>, caller: Caller, Path(id): Path<String>) -> Result<StatusCode, ApiError> {
    subscriptions::remove(&push, &caller, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Sends a notification to this browser now, whatever one has chosen to be told of.
#[utoipa::path(post, path = "/api/v1/me/push-subscriptions/{id}/test", tag = "notifications",
    operation_id = "test_push_subscription", params(("id" = String, Path)),
    responses((status = 204, description = "the push service has it"), (status = 404, body = Problem),
        (status = 409, description = "subscription_ended: the browser has unsubscribed; it is removed", body = Problem),
        (status = 502, description = "push_failed: the push service did not take it", body = Problem)))]
async fn test(State(push): State<Push>, caller: Caller, Path(id): Path<String>) -> Result<StatusCode, ApiError> {
    outbox::test(&push, &caller, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}
