//! Files over HTTP: sent by a form, received so that no browser runs them.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use http::{HeaderMap, Request, StatusCode, header};
use http_body_util::BodyExt;
use serde_json::Value;
use tower::ServiceExt;
use trunkline::access::visitor_token;
use trunkline::config::{Config, Uploads};
use trunkline::lifecycle::Lifecycle;
use trunkline::{services, uploads};
use trunkline_channel::SystemClock;

use super::{customer, message, visitor};
use crate::support::{Store, each_store};

each_store!(a_file_goes_in_by_a_form_and_comes_out_harmless, what_is_not_a_file_is_refused_in_our_own_words);

const SVG: &str = "<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>";

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    fn header(&self, name: header::HeaderName) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }
}

async fn a_file_goes_in_by_a_form_and_comes_out_harmless(store: Store) {
    let (app, router, _running) = start(&store).await;
    for id in ["ann", "bob"] {
        customer(&app, id, id).await;
    }
    let (ann, bob) = (visitor_token(&app, &visitor("ann")).unwrap(), visitor_token(&app, &visitor("bob")).unwrap());
    let sent = send(&router, &ann, "file", "../счёт \".png", SVG.as_bytes()).await;
    assert_eq!(sent.status, StatusCode::CREATED, "{}", String::from_utf8_lossy(&sent.body));
    assert_eq!((&sent.json()["content_type"], &sent.json()["size"]), (&"text/plain".into(), &SVG.len().into()));
    message(&app, "m1", "ann", 1, "look").await;
    let mut tx = app.db.begin().await.unwrap();
    let upload = sent.json()["id"].as_str().unwrap().to_owned();
    let taken = uploads::take(&mut tx, &visitor("ann").upload_owner(), &[upload], "m1", &app.ids).await.unwrap();
    tx.commit().await.unwrap();
    let path = format!("{}?inline=1", taken[0].url);

    let whole = get(&router, &ann, &path, &[]).await;
    assert_eq!((whole.status, whole.body.as_slice()), (StatusCode::OK, SVG.as_bytes()));
    assert_eq!(whole.header(header::X_CONTENT_TYPE_OPTIONS), "nosniff");
    assert_eq!(whole.header(header::CONTENT_TYPE), "text/plain; charset=utf-8");
    assert!(whole.header(header::CONTENT_SECURITY_POLICY).contains("sandbox"));
    assert!(whole.header(header::CONTENT_DISPOSITION).starts_with("attachment; filename="));
    let etag = whole.header(header::ETAG).to_owned();
    assert_eq!(get(&router, &ann, &path, &[("if-none-match", &etag)]).await.status, StatusCode::NOT_MODIFIED);
    let part = get(&router, &ann, &path, &[("range", "bytes=1-3")]).await;
    assert_eq!((part.status, part.body.as_slice()), (StatusCode::PARTIAL_CONTENT, b"svg".as_slice()));
    assert_eq!(part.header(header::CONTENT_RANGE), format!("bytes 1-3/{}", SVG.len()));
    let outside = get(&router, &ann, &path, &[("range", "bytes=5000-")]).await;
    assert_eq!(outside.status, StatusCode::RANGE_NOT_SATISFIABLE);
    let stale = get(&router, &ann, &path, &[("range", "bytes=1-3"), ("if-range", "\"old\"")]).await;
    assert_eq!(stale.status, StatusCode::OK);

    let (not_yours, not_there) =
        (get(&router, &bob, &path, &[]).await, get(&router, &bob, "/api/v1/attachments/none", &[]).await);
    assert_eq!((not_yours.status, not_there.status), (StatusCode::NOT_FOUND, StatusCode::NOT_FOUND));
    assert_eq!(not_yours.json(), not_there.json());
    for staff_only in ["/api/v1/search?q=x", "/api/v1/contacts", "/api/v1/canned-responses", "/api/v1/articles"] {
        let refused = get(&router, &ann, staff_only, &[]).await.status;
        assert!(refused == StatusCode::UNAUTHORIZED || refused == StatusCode::FORBIDDEN, "{staff_only} {refused}");
    }
}

async fn what_is_not_a_file_is_refused_in_our_own_words(store: Store) {
    let (app, router, _running) = start(&store).await;
    let ann = visitor_token(&app, &visitor("ann")).unwrap();
    let large = send(&router, &ann, "file", "a", &[b'x'; 101]).await;
    let larger = send(&router, &ann, "file", "a", &[b'x'; 200_000]).await;
    let unnamed = send(&router, &ann, "other", "a", b"x").await;
    let stranger = send(&router, "nonsense", "file", "a", b"x").await;
    let no_form = call(
        &router,
        Request::post("/api/v1/uploads").header(header::AUTHORIZATION, format!("Bearer {ann}")).body(Body::from("x")).unwrap(),
    )
    .await;
    for (answer, status) in [(large, 413), (larger, 413), (unnamed, 400), (no_form, 400), (stranger, 401)] {
        assert_eq!(answer.status.as_u16(), status);
        assert_eq!(answer.header(header::CONTENT_TYPE), "application/problem+json");
        assert_eq!(answer.json()["status"], status);
    }
    assert_eq!(send(&router, &ann, "file", "a", b"").await.status, StatusCode::CREATED);
    assert_eq!(send(&router, &ann, "file", "a", &[b'x'; 100]).await.status, StatusCode::CREATED);
}

/// The whole API, taking files of at most 100 bytes; it runs as long as the lifecycle is held.
async fn start(store: &Store) -> (trunkline::app::App, Router, Lifecycle) {
    let config = Config { uploads: Uploads { max_bytes: 100 }, ..store.config() };
    let app = store.app_with(config, Arc::new(SystemClock)).await;
    let mut lifecycle = Lifecycle::default();
    let services = services::start(app.clone(), &mut lifecycle).await.unwrap();
    (app, trunkline::http::router(services), lifecycle)
}

async fn send(router: &Router, token: &str, field: &str, name: &str, bytes: &[u8]) -> Answer {
    let name = name.replace('"', "%22");
    let mut body = format!(
        "--cut\r\nContent-Disposition: form-data; name=\"{field}\"; filename=\"{name}\"\r\nContent-Type: image/png\r\n\r\n"
    )
    .into_bytes();
    body.extend_from_slice(bytes);
    body.extend_from_slice(b"\r\n--cut--\r\n");
    let request = Request::post("/api/v1/uploads")
        .header(header::AUTHORIZATION, format!("Bearer {token}"))
        .header(header::CONTENT_TYPE, "multipart/form-data; boundary=cut");
    call(router, request.body(Body::from(body)).unwrap()).await
}

async fn get(router: &Router, token: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
    let request = Request::get(path).header(header::AUTHORIZATION, format!("Bearer {token}"));
    let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    call(router, request.body(Body::empty()).unwrap()).await
}

async fn call(router: &Router, mut request: Request<Body>) -> Answer {
    let client = std::net::SocketAddr::from(([127, 0, 0, 1], 1));
    request.extensions_mut().insert(axum::extract::ConnectInfo(client));
    let response = router.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    Answer { status: parts.status, headers: parts.headers, body: body.collect().await.unwrap().to_bytes().to_vec() }
}
