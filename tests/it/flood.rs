//! More than anybody can take (F23): refused politely, what was accepted is stored, and memory stays where it is.

use std::time::Duration;

use futures_util::future::join_all;
use reqwest::{Client, Method, StatusCode};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::support::guests::{self, Admin};
use crate::support::{Store, TestDaemon, each_store, resident_kb};

each_store!(a_flood_is_refused_politely_and_what_was_accepted_is_stored);

const NOTES: usize = 1_500;
const SLOW_CLIENTS: usize = 400;
const SIDE_BY_SIDE: usize = 64;
/// Far above what the daemon needs, far below what a queue without a bound would take.
const MAX_RESIDENT_KB: u64 = 600 * 1024;

async fn a_flood_is_refused_politely_and_what_was_accepted_is_stored(store: Store) {
    let keys = [("server.header_timeout_s", "3"), ("server.body_timeout_s", "3"), ("access.requests_per_minute", "900")];
    let daemon = TestDaemon::start_with(&store, &keys).await;
    let base = daemon.url("");
    let ann = Admin::set_up(&daemon).await;
    let token = guests::visitor(&base).await;
    let (_socket, conversation) = guests::start(&base, &token).await;
    let accepted =
        ann.request(Method::POST, &base, &format!("/api/v1/conversations/{conversation}/accept")).send().await.unwrap();
    assert_eq!(accepted.status(), StatusCode::OK);

    // Half requests, half headers and half bodies, that hold their connections.
    let slow = (0..SLOW_CLIENTS).map(|n| {
        let address = daemon.addr.clone();
        tokio::spawn(async move {
            let half = match n % 2 {
                0 => "GET /healthz HTTP/1.1\r\nHost: x\r\n",
                _ => "POST /api/v1/sessions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{",
            };
            let mut stream = TcpStream::connect(address).await.unwrap();
            stream.write_all(half.as_bytes()).await.unwrap();
            // Cut, whether by an end or by a reset.
            timeout(Duration::from_secs(15), stream.read_to_end(&mut Vec::new())).await.is_ok()
        })
    });
    let slow: Vec<_> = slow.collect();

    let path = format!("{base}/api/v1/conversations/{conversation}/messages");
    let client = Client::builder().pool_max_idle_per_host(SIDE_BY_SIDE).build().unwrap();
    let (mut stored, mut refused) = (Vec::new(), 0);
    for first in (0..NOTES).step_by(SIDE_BY_SIDE) {
        let sending = (first..(first + SIDE_BY_SIDE).min(NOTES)).map(|n| {
            let text = format!("note {n}");
            let note = json!({ "client_id": text, "kind": "note", "text": text });
            let request = client.post(&path).header("cookie", &ann.cookie).header("origin", &base).json(&note);
            async move { (text, request.send().await.unwrap()) }
        });
        for (text, answer) in join_all(sending).await {
            match answer.status() {
                StatusCode::CREATED => stored.push(text),
                StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => {
                    assert!(answer.headers().contains_key("retry-after"));
                    refused += 1;
                }
                other => panic!("{text}: {other}"),
            }
        }
    }
    assert!(refused > 0 && stored.len() > 100, "stored {} refused {refused}", stored.len());
    for cut in join_all(slow).await {
        assert!(cut.unwrap(), "a slow client still holds its connection");
    }
    let resident = resident_kb(daemon.pid());
    assert!(resident < MAX_RESIDENT_KB, "{resident} KB");

    let app = store.live_app().await;
    let mut found: Vec<(String,)> =
        trunkline::db::sql("SELECT text FROM messages WHERE kind = 'note'").all(&app.db).await.unwrap();
    found.sort();
    stored.sort();
    assert_eq!(found.into_iter().map(|(text,)| text).collect::<Vec<_>>(), stored, "accepted and stored are the same");
    assert_eq!(daemon.stop().await.code(), Some(0));
}
