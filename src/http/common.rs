//! What every answer has in common: a bound on its request, headers that keep browsers careful, and a problem instead of
//! a cut connection where a handler panics.

use std::any::Any;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::response::{IntoResponse, Response};
use http::{HeaderName, HeaderValue, header};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::set_header::SetResponseHeaderLayer;

use super::ApiError;

/// Bytes of a request's body; routes that take files set their own.
pub const MAX_BODY: usize = 2 * 1024 * 1024;

/// For answers that are no page; pages bring their own.
const POLICY: &str = "default-src 'none'; frame-ancestors 'none'";
/// A year.
const TRANSPORT: &str = "max-age=31536000";

/// Wraps all routes. `https`: whether people reach the daemon by it.
pub fn common(router: Router, https: bool) -> Router {
    let unless_set =
        |name: HeaderName, value: &'static str| SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value));
    let router = router
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(unless_set(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .layer(unless_set(header::REFERRER_POLICY, "no-referrer"))
        .layer(unless_set(header::CONTENT_SECURITY_POLICY, POLICY))
        .layer(unless_set(header::CACHE_CONTROL, "no-store"));
    if https { router.layer(unless_set(header::STRICT_TRANSPORT_SECURITY, TRANSPORT)) } else { router }
}

/// The panic itself has been told by the hook of the logs, with its place.
fn panicked(_: Box<dyn Any + Send>) -> Response {
    tracing::error!("a handler panicked");
    ApiError::internal().into_response()
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::body::Body;
    use axum::routing::get;
    use http::{Request, StatusCode, header};
    use tower::ServiceExt;

    use super::common;

    async fn broken() -> &'static str {
        panic!("a bug")
    }

    async fn asked(https: bool, path: &str) -> axum::response::Response {
        let page = get(|| async { ([(header::CONTENT_SECURITY_POLICY, "default-src 'self'")], "page") });
        let router = common(Router::new().route("/broken", get(broken)).route("/page", page), https);
        router.oneshot(Request::get(path).body(Body::empty()).unwrap()).await.unwrap()
    }

    #[tokio::test]
    async fn a_panic_is_answered_with_a_problem() {
        let response = asked(false, "/broken").await;
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(response.headers()[header::CONTENT_TYPE], "application/problem+json");
        assert_eq!(response.headers()[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
    }

    #[tokio::test]
    async fn what_an_answer_says_itself_stays() {
        let response = asked(true, "/page").await;
        let headers = response.headers();
        assert_eq!(headers[header::CONTENT_SECURITY_POLICY], "default-src 'self'");
        assert_eq!(
            (&headers[header::REFERRER_POLICY], &headers[header::CACHE_CONTROL]),
            (&"no-referrer".parse().unwrap(), &"no-store".parse().unwrap())
        );
        assert!(headers.contains_key(header::STRICT_TRANSPORT_SECURITY));
        assert!(!asked(false, "/page").await.headers().contains_key(header::STRICT_TRANSPORT_SECURITY));
    }
}
