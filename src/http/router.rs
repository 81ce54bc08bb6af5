//! All routes of all capabilities, and what every answer has in common.

use axum::Router;
use axum::extract::Request;
use axum::middleware::from_fn_with_state;
use axum::routing::get;
use bytes::Bytes;
use http::{StatusCode, header};
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;

use super::guard::{self, Guard};
use super::openapi::{self, document};
use super::{ApiError, idempotency};
use crate::services::Services;
use crate::{
    access, articles, canned, compat, console, contacts, conversations, deliveries, inboxes, intake, push, realtime, search,
    uploads, widget,
};

/// Where the document that describes the API is served, to everybody.
const DOCUMENT: &str = "/api/openapi.json";

/// The whole API.
pub fn router(services: Services) -> Router {
    let (router, _) = routes().split_for_parts();
    let guard = Guard::new(services.app.clone());
    let router = router
        .merge(services.lines.routes())
        .route_layer(from_fn_with_state(services.app.clone(), idempotency::idempotent))
        .route_layer(from_fn_with_state(guard, guard::guard));
    let document = Bytes::from(document().to_string());
    let router = router.route(DOCUMENT, get(async move || ([(header::CONTENT_TYPE, "application/json")], document)));
    router.fallback(no_such_route).method_not_allowed_fallback(wrong_method).with_state(services)
}

/// The document that describes the API.
#[must_use]
pub fn openapi() -> OpenApi {
    routes().into_openapi()
}

fn routes() -> OpenApiRouter<Services> {
    OpenApiRouter::with_openapi(openapi::base())
        .merge(access::api::routes())
        .merge(conversations::api::routes())
        .merge(deliveries::api::routes())
        .merge(inboxes::api::routes())
        .merge(intake::api::routes())
        .merge(uploads::api::routes())
        .merge(canned::api::routes())
        .merge(articles::api::routes())
        .merge(contacts::api::routes())
        .merge(search::api::routes())
        .merge(push::api::routes())
        .merge(realtime::routes())
        .merge(widget::api::routes())
        .merge(console::api::routes())
        .merge(compat::routes())
}

async fn no_such_route() -> ApiError {
    ApiError::not_found("route")
}

async fn wrong_method(request: Request) -> ApiError {
    let detail = format!("this route does not know {}", request.method());
    ApiError::new(StatusCode::METHOD_NOT_ALLOWED, "wrong_method", detail)
}
