use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use reqwest::Url;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use trunkline_channel::http::CallError;
use trunkline_channel::{Http, Secret};

use super::{Graph, parse_base};
use crate::errors::GraphError;

/// Answers with the status and body that the path asks for, or tells the request.
async fn server() -> Url {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = Url::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
    let answer = async |request: Request| {
        let path = request.uri().path().to_owned();
        let header =
            |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
        let told = json!({"path": path, "query": request.uri().query(), "authorization": header("authorization")});
        let error = json!({"error": {"message": "(#4) x", "code": 4, "error_subcode": 5, "fbtrace_id": "A1",
            "error_data": {"details": "why"}}});
        let mut headers = HeaderMap::new();
        headers.insert("x-app-usage", r#"{"call_count":42}"#.parse().unwrap());
        match path.rsplit('/').next().unwrap_or_default() {
            "refused" => (StatusCode::BAD_REQUEST, headers, error.to_string()),
            "slow" => {
                headers.insert("retry-after", "7".parse().unwrap());
                (StatusCode::TOO_MANY_REQUESTS, headers, "<html>slow</html>".to_owned())
            }
            "page" => (StatusCode::OK, headers, "<html></html>".to_owned()),
            "broken" => (StatusCode::INTERNAL_SERVER_ERROR, headers, "<html></html>".to_owned()),
            "missing" => (StatusCode::NOT_FOUND, headers, "<html></html>".to_owned()),
            _ => (StatusCode::OK, headers, told.to_string()),
        }
        .into_response()
    };
    tokio::spawn(async move { axum::serve(listener, Router::new().fallback(answer)).await });
    url
}

fn graph(url: Url) -> Graph {
    Graph::new(&Http::new("test").unwrap(), url, "v25.0", Secret::new("token"), Duration::from_secs(5), &[])
}

#[tokio::test]
async fn a_call_carries_the_version_the_token_and_where_wanted_its_proof() {
    let url = server().await;
    let told: Value = graph(url.clone()).get(&["1/../2", "messages"], &[("fields", "a,b")]).await.unwrap();
    assert_eq!(told, json!({"path": "/v25.0/1%2F..%2F2/messages", "query": "fields=a%2Cb", "authorization": "Bearer token"}));
    let proven = graph(url).with_proof(&Secret::new("secret"));
    let told: Value = proven.post(&["me"], &[], &json!({})).await.unwrap();
    // printf token | openssl dgst -sha256 -hmac secret
    let proof = "e941110e3d2bfe82621f0e3e1434730d7305d106c5f68c87165d0b27a4611a4a";
    assert_eq!(told["query"], format!("appsecret_proof={proof}"));
    assert_eq!(proven.used_percent(), 42);
}

#[tokio::test]
async fn refusals_pages_and_half_answers_are_told_apart() {
    let graph = graph(server().await);
    let ask = async |path: &str| graph.get::<Value>(&[path], &[]).await.unwrap_err();
    let GraphError::Refused(refusal) = ask("refused").await else { panic!("a refusal") };
    assert_eq!((refusal.code, refusal.subcode, refusal.details.as_deref()), (Some(4), Some(5), Some("why")));
    assert_eq!(refusal.to_string(), "Meta answered 4/5 (trace A1)");
    let GraphError::Refused(slow) = ask("slow").await else { panic!("a refusal") };
    assert_eq!((slow.status, slow.code, slow.retry_after), (429, None, Some(Duration::from_secs(7))));
    assert!(matches!(ask("missing").await, GraphError::Refused(page) if page.status == 404 && page.code.is_none()));
    assert_eq!(ask("page").await, GraphError::Garbled { status: 200 });
    assert_eq!(ask("broken").await, GraphError::Garbled { status: 500 });
}

#[tokio::test]
async fn a_closed_port_is_not_sent() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = Url::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
    drop(listener);
    let error = graph(url).get::<Value>(&["me"], &[]).await.unwrap_err();
    assert!(matches!(error, GraphError::Call(CallError::NotSent(_))));
}

#[test]
fn the_token_is_shown_to_meta_s_servers_only() {
    let graph = graph(parse_base("https://graph.example.com/base/").unwrap());
    for (url, may) in [
        ("https://lookaside.fbsbx.com/whatsapp/?mid=1", true),
        ("https://graph.example.com/file", true),
        ("http://lookaside.fbsbx.com/", false),
        ("https://evilfbsbx.com/", false),
        ("https://fbsbx.com.example.org/", false),
        ("https://graph.example.com:8443/", false),
    ] {
        assert_eq!(graph.may_see_token(&Url::parse(url).unwrap()), may, "{url}");
    }
    assert!(parse_base("ftp://x").is_err() && parse_base("mailto:x").is_err() && parse_base("").is_err());
}
