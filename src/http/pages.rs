//! The embedded pages: the operators' console, the customers' widget and chat page, and their files at `/assets/…`.

use axum::Router;
use axum::extract::{Path, Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};

use super::ApiError;
use crate::services::Services;

/// Only our own files run and load.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; \
     font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'";
/// What the console has beside that: mails in a frame, notifications by a worker, and no text of a stranger as HTML but by
/// the two named ways.
const CONSOLE: &str = "frame-src 'self'; worker-src 'self'; manifest-src 'self'; require-trusted-types-for 'script'; \
     trusted-types svelte-trusted-html trunkline; frame-ancestors 'none'";
/// A year: the name of the file changes with its content.
const FOR_EVER: &str = "public, max-age=31536000, immutable";
/// Sites load the loader with each of their pages; a new one is to reach them soon.
const SHORTLY: &str = "public, max-age=300";
const ALWAYS_ASK: &str = "no-cache";
const NOT_BUILT: &str = "<!doctype html><meta charset=utf-8><title>Trunkline</title><h1>The pages are not built</h1>\
     <p>The API works. To have the pages as well, install Node.js 20.19 or newer, run <code>make web</code> and build the daemon again.</p>\n";

/// Addresses of the console's one page.
const CONSOLE_PATHS: [&str; 12] = [
    "/",
    "/setup",
    "/list/{view}",
    "/c/{id}",
    "/search",
    "/contacts",
    "/contacts/{id}",
    "/admin",
    "/admin/{*rest}",
    "/me",
    "/me/{*rest}",
    "/sw.js",
];

pub fn routes() -> Router<Services> {
    let console = CONSOLE_PATHS.into_iter().fold(Router::new(), |router, path| router.route(path, get(console)));
    console
        .route("/chat", get(chat))
        .route("/chat/{inbox_id}", get(chat))
        .route("/widget/{inbox_id}", get(frame))
        .route("/widget.js", get(loader))
        .route("/favicon.svg", get(file))
        .route("/favicon.ico", get(file))
        .route("/manifest.webmanifest", get(file))
        .route("/icons/{*file}", get(file))
        .route("/assets/{*file}", get(file))
}

/// The console; its worker comes under the same policy, which is the worker's own.
async fn console(request: Request) -> Response {
    served(&request, ALWAYS_ASK, &format!("{POLICY}; {CONSOLE}"), &[OPENER])
}

/// The customers' page for whoever has no site: never inside another one.
async fn chat(request: Request) -> Response {
    served(&request, ALWAYS_ASK, &format!("{POLICY}; frame-ancestors 'self'"), &[OPENER])
}

/// The page that the loader puts into a frame on the sites that the inbox names.
async fn frame(State(services): State<Services>, Path(inbox_id): Path<String>, request: Request) -> Response {
    let Some(site) = services.lines.site(&inbox_id) else {
        return if trunkline_web::is_built() { ApiError::not_found("inbox").into_response() } else { not_built() };
    };
    let framers: String = site.framers().iter().map(|origin| format!(" {origin}")).collect();
    served(&request, ALWAYS_ASK, &format!("{POLICY}; frame-ancestors 'self'{framers}"), &[ANY_SITE])
}

async fn loader(request: Request) -> Response {
    served(&request, SHORTLY, &format!("{POLICY}; frame-ancestors 'none'"), &[ANY_SITE])
}

async fn file(request: Request) -> Response {
    served(&request, ALWAYS_ASK, &format!("{POLICY}; frame-ancestors 'none'"), &[])
}

type Named = (&'static str, &'static str);
/// Windows that open the page get no hold of it.
const OPENER: Named = ("cross-origin-opener-policy", "same-origin");
/// Also for sites that let in only what allows it.
const ANY_SITE: Named = ("cross-origin-resource-policy", "cross-origin");

fn served(request: &Request, kept: &'static str, policy: &str, more: &[Named]) -> Response {
    let asked = request.headers();
    let accept =
        asked.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok()).collect::<Vec<_>>().join(",");
    let Some(asset) = trunkline_web::asset(request.uri().path(), &accept) else {
        return if trunkline_web::is_built() { ApiError::not_found("page").into_response() } else { not_built() };
    };
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(asset.content_type));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(if asset.immutable { FOR_EVER } else { kept }));
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    secure(&mut headers, policy);
    for (name, value) in more {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    if let Ok(etag) = HeaderValue::from_str(&asset.etag) {
        headers.insert(header::ETAG, etag);
    }
    if is_known(asked, &asset.etag) {
        return (StatusCode::NOT_MODIFIED, headers).into_response();
    }
    if let Some(encoding) = asset.encoding {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    (headers, asset.bytes.into_owned()).into_response()
}

fn not_built() -> Response {
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    secure(&mut headers, &format!("{POLICY}; frame-ancestors 'none'"));
    (StatusCode::SERVICE_UNAVAILABLE, headers, NOT_BUILT).into_response()
}

fn secure(headers: &mut HeaderMap, policy: &str) {
    let policy = HeaderValue::from_str(policy).unwrap_or(HeaderValue::from_static("default-src 'none'"));
    headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
}

/// `If-None-Match` by weak comparison (RFC 9110, 13.1.2): a proxy that compressed the answer weakened its tag.
fn is_known(headers: &HeaderMap, etag: &str) -> bool {
    let sent = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    sent.flat_map(|value| value.split(',')).any(|tag| matches!(tag.trim(), "*") || tag.trim().trim_start_matches("W/") == etag)
}
