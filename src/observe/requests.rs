//! One log line and two figures for each request.

use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::{HeaderName, HeaderValue, Method, StatusCode};
use tracing::Instrument;

use crate::app::App;

tokio::task_local! {
    static CURRENT: String;
}

/// The id of the request that is being answered; `None` outside of one, as in a socket's event.
#[must_use]
pub fn request_id() -> Option<String> {
    CURRENT.try_with(Clone::clone).ok()
}

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Runs a request under an id of its own, which the answer carries. The line holds the route, never the path: paths and
/// queries hold ids and what people searched for.
pub async fn observed(State(app): State<App>, request: Request, next: Next) -> Response {
    let id = app.ids.next();
    let method = known_method(request.method());
    let route = request.extensions().get::<MatchedPath>().map_or_else(|| "none".to_owned(), |path| path.as_str().to_owned());
    let began = Instant::now();
    let span = tracing::info_span!("request", id);
    let mut response = CURRENT.scope(id.clone(), next.run(request)).instrument(span.clone()).await;
    let took = began.elapsed();
    let status = response.status();
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    metrics::counter!("trunkline_http_requests_total", "method" => method, "route" => route.clone(), "status" => status.as_u16().to_string())
        .increment(1);
    metrics::histogram!("trunkline_http_request_seconds", "method" => method, "route" => route.clone()).record(took);
    let ms = took.as_secs_f64() * 1000.0;
    let _entered = span.entered();
    // Probes come every few seconds and say nothing while they succeed.
    if status.is_success() && matches!(route.as_str(), "/healthz" | "/readyz") {
        tracing::debug!(method, route, status = status.as_u16(), ms, "request");
    } else if status == StatusCode::INTERNAL_SERVER_ERROR {
        tracing::error!(method, route, status = status.as_u16(), ms, "request");
    } else {
        tracing::info!(method, route, status = status.as_u16(), ms, "request");
    }
    response
}

/// Methods are tokens that clients may invent: as a label each would be a new series for ever.
fn known_method(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "OTHER",
    }
}
