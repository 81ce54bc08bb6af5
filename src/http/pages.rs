//! The embedded pages: operators' at `/` and `/setup`, customers' at `/chat`, their files at `/assets/…`.

use axum::Router;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};

use super::ApiError;

/// Only our own files run and load; nothing may be framed but the customers' page, which sites embed.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; \
     font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'";
/// A year: the name of the file changes with its content.
const FOR_EVER: &str = "public, max-age=31536000, immutable";
const NOT_BUILT: &str = "<!doctype html><meta charset=utf-8><title>Trunkline</title><h1>The pages are not built</h1>\
     <p>The API works. To have the pages as well, install Node.js 20.19 or newer, run <code>make web</code> and build the daemon again.</p>\n";

pub fn routes<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new()
        .route("/", get(page))
        .route("/setup", get(page))
        .route("/chat", get(page))
        .route("/favicon.svg", get(page))
        .route("/assets/{*file}", get(page))
}

async fn page(request: Request) -> Response {
    let path = request.uri().path();
    let Some(asset) = trunkline_web::asset(path) else {
        return if trunkline_web::is_built() { ApiError::not_found("page").into_response() } else { not_built() };
    };
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(asset.content_type));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(if asset.immutable { FOR_EVER } else { "no-cache" }));
    secure(&mut headers, path == "/chat");
    if let Ok(etag) = HeaderValue::from_str(&asset.etag) {
        headers.insert(header::ETAG, etag);
    }
    if is_known(request.headers(), &asset.etag) {
        return (StatusCode::NOT_MODIFIED, headers).into_response();
    }
    (headers, asset.bytes.into_owned()).into_response()
}

fn not_built() -> Response {
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    secure(&mut headers, false);
    (StatusCode::SERVICE_UNAVAILABLE, headers, NOT_BUILT).into_response()
}

fn secure(headers: &mut HeaderMap, may_be_framed: bool) {
    let policy = if may_be_framed { POLICY.to_owned() } else { format!("{POLICY}; frame-ancestors 'none'") };
    let policy = HeaderValue::from_str(&policy).unwrap_or(HeaderValue::from_static("default-src 'none'"));
    headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin"));
}

/// `If-None-Match` by weak comparison (RFC 9110, 13.1.2): a proxy that compressed the answer weakened its tag.
fn is_known(headers: &HeaderMap, etag: &str) -> bool {
    let sent = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    sent.flat_map(|value| value.split(',')).any(|tag| matches!(tag.trim(), "*") || tag.trim().trim_start_matches("W/") == etag)
}
