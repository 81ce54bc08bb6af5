//! Against servers on loopback, which the guard must refuse unless they are trusted.

use std::time::Duration;

use axum::Router;
use axum::http::{HeaderMap as Headers, StatusCode, header};
use axum::response::Redirect;
use axum::routing::get;
use reqwest::header::{HeaderMap, HeaderValue};
use reqwest::{Method, Url};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::{CallError, Http};
use crate::connector::FetchError;

async fn served() -> Url {
    let whole = |headers: Headers| async move { if headers.contains_key("x-token") { "with token" } else { "a file" } };
    let app = Router::new()
        .route("/file", get(whole))
        .route("/gone", get(|| async { StatusCode::GONE }))
        .route("/busy", get(|| async { (StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, "7")], "later") }))
        .route("/moved", get(|| async { Redirect::temporary("/file") }))
        .route("/loop", get(|| async { Redirect::temporary("/loop") }))
        .route("/inside", get(|| async { Redirect::temporary("http://127.0.0.1:9/secret") }));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await });
    Url::parse(&format!("http://{address}/")).unwrap()
}

fn http() -> Http {
    Http::new("trunkline-test").unwrap()
}

#[tokio::test]
async fn files_come_from_trusted_origins_and_redirects_are_checked_again() {
    let base = served().await;
    let at = |path: &str| base.join(path).unwrap();
    let stranger = http().download(&at("file"), HeaderMap::new(), 100).await;
    assert!(matches!(stranger, Err(FetchError::Refused)));
    let http = http().trusting([&base]);
    assert_eq!(&http.download(&at("moved"), HeaderMap::new(), 100).await.unwrap().bytes[..], b"a file");
    let mut headers = HeaderMap::new();
    headers.insert("x-token", HeaderValue::from_static("t"));
    assert_eq!(&http.download(&at("file"), headers.clone(), 100).await.unwrap().bytes[..], b"with token");
    assert_eq!(&http.download(&at("moved"), headers, 100).await.unwrap().bytes[..], b"a file");
    assert!(matches!(http.download(&at("inside"), HeaderMap::new(), 100).await, Err(FetchError::Refused)));
    assert!(matches!(http.download(&at("loop"), HeaderMap::new(), 100).await, Err(FetchError::Retry(_))));
    assert!(matches!(http.download(&at("gone"), HeaderMap::new(), 100).await, Err(FetchError::Gone)));
    assert!(matches!(http.download(&at("file"), HeaderMap::new(), 3).await, Err(FetchError::TooLarge(6))));
    assert!(matches!(http.download(&at("busy"), HeaderMap::new(), 100).await, Err(FetchError::Retry(_))));
}

#[tokio::test]
async fn a_name_that_leads_inside_is_refused() {
    let url = Url::parse("http://localhost:9/").unwrap();
    assert!(matches!(http().download(&url, HeaderMap::new(), 100).await, Err(FetchError::Refused)));
}

#[tokio::test]
async fn a_request_to_a_strangers_address_stays_outside() {
    let base = served().await;
    assert!(http().guarded_request(Method::POST, base.join("busy").unwrap()).is_none(), "a literal address is refused at once");
    let named = http().guarded_request(Method::POST, Url::parse("http://localhost:9/").unwrap()).unwrap();
    assert!(matches!(http().call(named).await, Err(CallError::NotSent(_))));
    let trusting = http().trusting([&base]);
    let moved = trusting.guarded_request(Method::GET, base.join("inside").unwrap()).unwrap();
    assert_eq!(trusting.call(moved).await.unwrap().status.as_u16(), 307, "a redirect is an answer");
}

#[tokio::test]
async fn an_answer_of_any_status_is_an_answer() {
    let base = served().await;
    let http = http();
    let answer = http.call(http.request(Method::GET, base.join("busy").unwrap())).await.unwrap();
    assert_eq!((answer.status.as_u16(), answer.retry_after()), (503, Some(Duration::from_secs(7))));
    assert_eq!(&answer.body[..], b"later");
}

#[tokio::test]
async fn a_refused_connection_is_not_sent_and_a_cut_one_is_unknown() {
    let http = http();
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = Url::parse(&format!("http://{}/token-in-path", closed.local_addr().unwrap())).unwrap();
    drop(closed);
    let refused = http.call(http.request(Method::POST, url)).await.unwrap_err();
    assert!(matches!(&refused, CallError::NotSent(reason) if !reason.contains("token-in-path")), "{refused:?}");

    for part in ["", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhalf"] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = Url::parse(&format!("http://{}/token-in-path", listener.local_addr().unwrap())).unwrap();
        let server = tokio::spawn(async move {
            let (mut socket, _) = listener.accept().await.unwrap();
            let mut request = [0; 1024];
            let read = socket.read(&mut request).await.unwrap();
            assert!(read > 0);
            socket.write_all(part.as_bytes()).await.unwrap();
        });
        let cut = http.call(http.request(Method::POST, url).body("x")).await.unwrap_err();
        assert!(matches!(&cut, CallError::Unknown(reason) if !reason.contains("token-in-path")), "{part:?}: {cut:?}");
        server.await.unwrap();
    }
}
