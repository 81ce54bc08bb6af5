//! `/api/v1/widget`: how a page of a site gets to its conversation. What is said goes over the socket.

use axum::extract::State;
use http::{HeaderMap, HeaderName, StatusCode, header};
use serde::Serialize;
use tower_http::cors::{AllowOrigin, CorsLayer};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::face::{self, FaceView};
use super::visitors::{Entered, Identify, check_origin, enter};
use crate::access::Visitor;
use crate::conversations::{self, HistoryQuery, MessageView, Scope};
use crate::http::{ApiError, ClientAddress, Json, Page, Path, Problem, Query};
use crate::services::Services;

/// A browser asks again after this many seconds whether a site may speak to us.
const PREFLIGHT_S: u64 = 600;
/// Whether somebody is there changes by the minute.
const FACE_KEPT: &str = "public, max-age=10";
/// What pages of sites may ask for.
const OPEN: [&str; 7] = [
    "/api/v1/widget",
    "/api/v1/uploads",
    "/api/v1/attachments",
    "/api/live-chat/",
    "/api/chat",
    "/api/chat-upload",
    "/socket.io",
];

pub fn routes() -> OpenApiRouter<Services> {
    OpenApiRouter::new().routes(routes!(default_inbox)).routes(routes!(shown)).routes(routes!(visitors)).routes(routes!(history))
}

/// Lets pages of exactly the sites that the inboxes name speak to the widget's routes and to the socket. No credentials
/// are allowed along: visitors show their token themselves.
pub fn cors(services: &Services) -> CorsLayer {
    let services = services.clone();
    let allowed = AllowOrigin::predicate(move |origin, request| {
        let path = request.uri.path();
        let open = OPEN.iter().any(|p| path.starts_with(p));
        open && origin.to_str().is_ok_and(|origin| any_site_allows(&services, origin))
    });
    CorsLayer::new()
        .allow_origin(allowed)
        .allow_methods([http::Method::GET, http::Method::POST, http::Method::PUT])
        .allow_headers([http::header::AUTHORIZATION, http::header::CONTENT_TYPE])
        .max_age(std::time::Duration::from_secs(PREFLIGHT_S))
}

fn any_site_allows(services: &Services, origin: &str) -> bool {
    let own = &services.app.config.server.public_url;
    let sites = services.lines.inbox_ids().into_iter().filter_map(|id| services.lines.site(&id));
    sites.into_iter().any(|site| site.allows_origin(origin, own))
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
struct DefaultInbox {
    inbox_id: String,
}

/// The web chat inbox of the daemon's own page: the first that runs.
#[utoipa::path(get, path = "/api/v1/widget/default", tag = "widget",
    responses((status = 200, body = DefaultInbox), (status = 404, body = Problem)))]
async fn default_inbox(State(services): State<Services>) -> Result<Json<DefaultInbox>, ApiError> {
    let inbox_id = super::default_inbox(&services).ok_or_else(|| ApiError::not_found("running web chat"))?;
    Ok(Json(DefaultInbox { inbox_id }))
}

/// What a widget shows before anything is said.
#[utoipa::path(get, path = "/api/v1/widget/{inbox_id}", tag = "widget", params(("inbox_id" = String, Path)),
    responses((status = 200, body = FaceView), (status = 403, body = Problem), (status = 404, body = Problem)))]
async fn shown(
    State(services): State<Services>,
    Path(inbox_id): Path<String>,
    headers: HeaderMap,
) -> Result<([(HeaderName, &'static str); 1], Json<FaceView>), ApiError> {
    check_origin(&services, &inbox_id, &headers)?;
    Ok(([(header::CACHE_CONTROL, FACE_KEPT)], Json(face::face(&services, &inbox_id).await?)))
}

/// Lets a visitor in: known again by a token, identified by the site, or a stranger.
#[utoipa::path(post, path = "/api/v1/widget/{inbox_id}/visitors", tag = "widget", params(("inbox_id" = String, Path)),
    request_body = Identify, responses((status = 200, body = Entered), (status = 403, body = Problem), (status = 429, body = Problem)))]
async fn visitors(
    State(services): State<Services>,
    Path(inbox_id): Path<String>,
    ClientAddress(address): ClientAddress,
    headers: HeaderMap,
    Json(who): Json<Identify>,
) -> Result<(StatusCode, Json<Entered>), ApiError> {
    check_origin(&services, &inbox_id, &headers)?;
    let (_, entered) = enter(&services, &inbox_id, address, who).await?;
    Ok((StatusCode::OK, Json(entered)))
}

/// A visitor's own conversation, without what is the staff's.
#[utoipa::path(get, path = "/api/v1/widget/sessions/{id}/messages", tag = "widget", params(("id" = String, Path), HistoryQuery),
    responses((status = 200, body = Page<MessageView>), (status = 404, body = Problem)))]
async fn history(
    State(services): State<Services>,
    visitor: Visitor,
    Path(id): Path<String>,
    Query(query): Query<HistoryQuery>,
) -> Result<Json<Page<MessageView>>, ApiError> {
    Ok(Json(conversations::history(&services.app, Scope::Visitor(&visitor), &id, &query).await?))
}
