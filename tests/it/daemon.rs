//! The program as an administrator meets it: starting, stopping, refusing, and what slow clients can do to it.

use std::time::{Duration, Instant};

use reqwest::StatusCode;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::support::{Store, TestDaemon, each_store, trunkline};

each_store!(it_starts_answers_and_stops, a_killed_daemon_starts_again);

async fn it_starts_answers_and_stops(store: Store) {
    let daemon = TestDaemon::start(&store).await;
    let health = reqwest::get(daemon.url("/healthz")).await.unwrap();
    assert_eq!(health.status(), StatusCode::OK);
    assert!(health.headers().contains_key("x-request-id"));
    let ready: serde_json::Value = reqwest::get(daemon.url("/readyz")).await.unwrap().json().await.unwrap();
    assert_eq!(ready, serde_json::json!({"ready": true, "database": true, "draining": false}));

    let problem = reqwest::get(daemon.url("/api/v1/nowhere")).await.unwrap();
    let id = problem.headers()["x-request-id"].to_str().unwrap().to_owned();
    let problem: serde_json::Value = problem.json().await.unwrap();
    assert_eq!((&problem["code"], &problem["instance"]), (&"not_found".into(), &format!("urn:uuid:{id}").into()));

    let socket = daemon.socket(daemon.visitor(serde_json::json!({})).await["token"].as_str().unwrap()).await;
    socket.next_named("server:hello").await.unwrap();
    let metrics = daemon.metrics().await;
    for line in [
        "trunkline_build_info{version=",
        "trunkline_store_up 1",
        "trunkline_store_connections{state=\"busy\"}",
        "trunkline_sockets_open{side=\"visitor\"} 1",
        "trunkline_unaccounted_total 0",
        "trunkline_outbox_deliveries{state=\"queued\"} 0",
        "trunkline_queue_oldest_wait_seconds{channel=\"web_chat\"} 0",
        "trunkline_http_requests_total{method=\"GET\",route=\"/readyz\",status=\"200\"} 1",
    ] {
        assert!(metrics.contains(line), "{line} is missing from:\n{metrics}");
    }
    let began = Instant::now();
    let log = daemon.logged("listening").await;
    assert_eq!(log["level"], "INFO");
    assert_eq!(daemon.stop().await.code(), Some(0));
    assert!(began.elapsed() < Duration::from_secs(5), "an idle daemon drained for {:?}", began.elapsed());
}

async fn a_killed_daemon_starts_again(store: Store) {
    TestDaemon::start(&store).await.kill().await;
    let again = TestDaemon::start(&store).await;
    assert_eq!(reqwest::get(again.url("/readyz")).await.unwrap().status(), StatusCode::OK);
    assert_eq!(again.stop().await.code(), Some(0));
}

#[tokio::test]
async fn a_second_process_on_the_same_data_is_refused() {
    let store = Store::sqlite();
    let daemon = TestDaemon::start(&store).await;
    let second = trunkline(&store, &["serve"], &[]).await;
    let told = String::from_utf8(second.stderr).unwrap();
    assert_eq!(second.status.code(), Some(1));
    assert!(told.contains("another trunkline process is using"), "{told}");
    assert_eq!(reqwest::get(daemon.url("/readyz")).await.unwrap().status(), StatusCode::OK);
}

#[tokio::test]
async fn what_is_wrong_with_the_configuration_is_told_by_its_key() {
    let store = Store::sqlite();
    for (key, value, expected) in [
        ("server.lisen", "127.0.0.1:1", "server.lisen: there is no such key in the environment; did you mean server.listen?"),
        ("server.drain_s", "0", "server.drain_s: must be 1 to 600"),
        ("store.database", "mysql://hunter2", "store.database: must be empty (SQLite) or begin with postgres://"),
    ] {
        let refused = trunkline(&store, &["serve"], &[(key, value)]).await;
        let told = String::from_utf8(refused.stderr).unwrap();
        assert_eq!(refused.status.code(), Some(1), "{told}");
        assert!(told.contains(expected) && !told.contains("hunter2"), "{told}");
    }
    let taken = TestDaemon::start(&store).await;
    let other = Store::sqlite();
    let refused = trunkline(&other, &["serve"], &[("server.listen", &taken.addr)]).await;
    let told = String::from_utf8(refused.stderr).unwrap();
    assert!(told.contains(&format!("server.listen: cannot listen on {}", taken.addr)), "{told}");
}

#[tokio::test]
async fn a_check_tells_what_serve_would_stumble_over_and_changes_nothing() {
    let store = Store::sqlite();
    let fine = trunkline(&store, &["check"], &[]).await;
    let report = String::from_utf8(fine.stdout).unwrap();
    assert!(fine.status.success() && report.contains("ok      inboxes.website"), "{report}");
    assert_eq!(std::fs::read_dir(store.data_dir()).unwrap().count(), 0);
    let wrong = trunkline(&store, &["check"], &[("inboxes.website.channel", "fax")]).await;
    let report = String::from_utf8(wrong.stdout).unwrap();
    assert!(!wrong.status.success() && report.contains("FAILED  inboxes.website: there is no channel \"fax\""), "{report}");
}

/// Half a request costs the daemon a connection for a second here, and never more; `axum::serve` would wait for ever.
#[tokio::test]
async fn clients_that_send_half_of_something_are_cut() {
    let store = Store::sqlite();
    let keys = [("server.header_timeout_s", "1"), ("server.body_timeout_s", "1")];
    let daemon = TestDaemon::start_with(&store, &keys).await;
    for sent in [
        "",
        "PRI * HTTP/2.0\r\n",
        "GET /healthz HTTP/1.1\r\nHost: x\r\n",
        "POST /api/v1/sessions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{\"email\":",
        "POST /api/v1/sessions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"ema",
    ] {
        let mut stream = TcpStream::connect(&daemon.addr).await.unwrap();
        stream.write_all(sent.as_bytes()).await.unwrap();
        let began = Instant::now();
        let mut answer = Vec::new();
        let end = timeout(Duration::from_secs(10), stream.read_to_end(&mut answer)).await;
        assert!(end.is_ok(), "{sent:?} held its connection; answered {}", String::from_utf8_lossy(&answer));
        assert!(!answer.starts_with(b"HTTP/1.1 2"), "{sent:?}");
        assert!(began.elapsed() < Duration::from_secs(5));
    }
}

#[tokio::test]
async fn connections_beyond_the_cap_wait_and_are_not_lost() {
    let store = Store::sqlite();
    let daemon = TestDaemon::start_with(&store, &[("server.max_connections", "2"), ("server.header_timeout_s", "2")]).await;
    let mut held = Vec::new();
    for _ in 0..2 {
        let mut stream = TcpStream::connect(&daemon.addr).await.unwrap();
        stream.write_all(b"GET /healthz HTTP/1.1\r\n").await.unwrap();
        held.push(stream);
    }
    let third = reqwest::get(daemon.url("/healthz"));
    assert_eq!(timeout(Duration::from_secs(10), third).await.unwrap().unwrap().status(), StatusCode::OK);
}

/// A running upload gets its share of the drain time, not more, and the exit stays clean.
#[tokio::test]
async fn a_request_that_does_not_end_cannot_hold_up_the_stop() {
    let store = Store::sqlite();
    let daemon = TestDaemon::start_with(&store, &[("server.drain_s", "2")]).await;
    let _held = half_a_request(&daemon).await;
    let began = Instant::now();
    assert_eq!(daemon.stop().await.code(), Some(0));
    assert!(began.elapsed() < Duration::from_secs(4), "{:?}", began.elapsed());
}

#[tokio::test]
async fn a_second_signal_ends_it_at_once() {
    let store = Store::sqlite();
    let mut daemon = TestDaemon::start_with(&store, &[("server.drain_s", "25")]).await;
    let _held = half_a_request(&daemon).await;
    daemon.signal("INT").await;
    daemon.logged("draining").await;
    daemon.signal("INT").await;
    assert_eq!(daemon.ended().await.code(), Some(130));
}

/// Sends the first half of a request's headers and returns when the daemon has the connection.
async fn half_a_request(daemon: &TestDaemon) -> TcpStream {
    let mut stream = TcpStream::connect(&daemon.addr).await.unwrap();
    // A whole request first: its answer proves that the connection is served.
    stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    let mut answer = [0; 12];
    stream.read_exact(&mut answer).await.unwrap();
    assert_eq!(&answer, b"HTTP/1.1 200");
    stream
        .write_all(b"POST /api/v1/sessions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{")
        .await
        .unwrap();
    stream
}
