//! SIGTERM in the middle of the day: everybody is told, nothing confirmed is lost, and the exit is clean (F16).

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use http::{Method, StatusCode};
use serde_json::json;
use trunkline_stand_ins::socket::Socket;

use crate::support::edge::Edge;
use crate::support::guests::{self, Admin};
use crate::support::{Store, TestDaemon, each_store, eventually};

each_store!(a_hundred_sockets_are_told_and_what_was_confirmed_is_there, it_is_not_ready_while_it_drains);

const SOCKETS: usize = 100;
const EACH: usize = 10;
/// By when the promise says that it has ended.
const DRAINED_WITHIN: Duration = Duration::from_secs(30);

async fn a_hundred_sockets_are_told_and_what_was_confirmed_is_there(store: Store) {
    let keys = [
        ("access.requests_per_minute", "1000000"),
        ("inboxes.website.settings.quotas.messages_per_minute", "1000000"),
        ("inboxes.website.settings.quotas.starts_per_hour", "1000000"),
    ];
    let daemon = TestDaemon::start_with(&store, &keys).await;
    let base = daemon.url("");
    let ann = Admin::set_up(&daemon).await;
    let mut tokens = Vec::new();
    for _ in 0..SOCKETS / EACH {
        tokens.push(guests::visitor(&base).await);
    }
    let mut visitors = Vec::new();
    for token in &tokens {
        let (first, conversation) = guests::start(&base, token).await;
        visitors.push((first, conversation.clone()));
        for _ in 1..EACH {
            let socket = Socket::connect(&base, &json!({ "token": token }), None).await.unwrap();
            let ack = socket.ask("chat:join", &json!({ "session_id": conversation })).await.unwrap();
            assert_eq!(ack["ok"], true, "{ack}");
            visitors.push((socket, conversation.clone()));
        }
    }
    // Everybody talks until the line is gone; what was confirmed is written down.
    let talking = visitors.into_iter().enumerate().map(|(who, (socket, conversation))| {
        tokio::spawn(async move {
            let mut confirmed = Vec::new();
            for n in 0.. {
                let text = format!("{who}-{n}");
                let said = json!({ "client_id": text, "content": text, "session_id": conversation });
                match socket.ask("chat:send_message", &said).await {
                    Ok(ack) if ack["ok"] == true => confirmed.push(text),
                    Ok(ack) => assert!(matches!(ack["problem"]["status"].as_i64(), Some(429 | 503)), "{ack}"),
                    Err(_) => break,
                }
            }
            let told = socket.next_named("server:draining").await.is_ok();
            (conversation, confirmed, told)
        })
    });
    let talking: Vec<_> = talking.collect();
    eventually("many messages are stored", async || {
        let page = ann.get(&base, "/api/v1/conversations").await;
        let stored: i64 = page["items"].as_array()?.iter().filter_map(|item| item["last_number"].as_i64()).sum();
        (stored > 200).then_some(())
    })
    .await;
    let began = Instant::now();
    assert_eq!(daemon.stop().await.code(), Some(0));
    assert!(began.elapsed() < DRAINED_WITHIN, "{:?}", began.elapsed());

    let daemon = TestDaemon::start_with(&store, &keys).await;
    let base = daemon.url("");
    let mut acknowledged = 0;
    for ended in join_all(talking).await {
        let (conversation, confirmed, told) = ended.unwrap();
        assert!(told, "a socket was not told");
        acknowledged += confirmed.len();
        let stored = texts(&ann, &base, &conversation).await;
        for text in &confirmed {
            assert_eq!(stored.iter().filter(|stored| *stored == text).count(), 1, "{text} was confirmed");
        }
    }
    assert!(acknowledged > 100, "too little was said: {acknowledged}");
    assert!(daemon.metrics().await.contains("trunkline_unaccounted_total 0"));
    assert_eq!(daemon.stop().await.code(), Some(0));
}

/// Every text of a conversation, page after page.
async fn texts(ann: &Admin, base: &str, conversation: &str) -> Vec<String> {
    let (mut all, mut after) = (Vec::new(), 0);
    loop {
        let page = ann.get(base, &format!("/api/v1/conversations/{conversation}/messages?after={after}")).await;
        let items = page["items"].as_array().cloned().unwrap_or_default();
        let Some(last) = items.last() else { return all };
        after = last["number"].as_i64().unwrap();
        all.extend(items.iter().map(|item| item["text"].as_str().unwrap_or_default().to_owned()));
    }
}

/// A probe on a connection that is still open is answered red; a new connection is not taken at all.
async fn it_is_not_ready_while_it_drains(store: Store) {
    let app = store.live_app().await;
    let mut edge = Edge::start(&app).await;
    edge.router = trunkline::http::daemon(edge.services.clone(), axum::Router::new());
    let ready = edge.call(Method::GET, "/readyz", &[], None).await;
    assert_eq!((ready.status, &ready.body["draining"]), (StatusCode::OK, &json!(false)));
    edge.services.draining.0.cancel();
    let red = edge.call(Method::GET, "/readyz", &[], None).await;
    assert_eq!(red.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(red.body, json!({"ready": false, "database": true, "draining": true}));
    assert_eq!(edge.call(Method::GET, "/healthz", &[], None).await.status, StatusCode::OK, "it lives");
}
