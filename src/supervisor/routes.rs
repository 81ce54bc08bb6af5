//! What connectors serve under `/in/<inbox id>`: looked up for each request, so that inboxes come and go while the
//! daemon runs.

use axum::Router;
use axum::extract::{Path, Request};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use http::Uri;
use tower::ServiceExt;

use super::Supervisor;
use crate::http::ApiError;

impl Supervisor {
    /// The routes of all inboxes, to be merged into the daemon's.
    pub fn routes<S: Clone + Send + Sync + 'static>(&self) -> Router<S> {
        let whole = self.clone();
        let below = self.clone();
        Router::new()
            .route(
                "/in/{inbox_id}",
                any(move |Path(id): Path<String>, request: Request| hand_over(whole, id, String::new(), request)),
            )
            .route(
                "/in/{inbox_id}/{*rest}",
                any(move |Path((id, rest)): Path<(String, String)>, request: Request| hand_over(below, id, rest, request)),
            )
    }
}

async fn hand_over(supervisor: Supervisor, inbox_id: String, rest: String, mut request: Request) -> Response {
    let Some(router) = supervisor.known(&inbox_id).and_then(|known| known.router.clone()) else {
        return ApiError::not_found("inbox").into_response();
    };
    // The part of the path as it was sent, still encoded.
    let path = request.uri().path().splitn(4, '/').nth(3).unwrap_or(&rest);
    let query = request.uri().query().map(|query| format!("?{query}")).unwrap_or_default();
    let Ok(uri) = format!("/{path}{query}").parse::<Uri>() else { return ApiError::not_found("resource").into_response() };
    *request.uri_mut() = uri;
    router.oneshot(request).await.unwrap_or_else(|never| match never {})
}
