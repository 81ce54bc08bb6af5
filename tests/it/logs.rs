//! Nothing that people write, nor who they are, nor what opens doors, gets into log or figures: every value that must not
//! is marked, sent through the daemon at its most talkative, and looked for.

use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::support::{Store, TestDaemon, each_store, eventually, free_port};

/// Stands in everything that must not be told; escape sequences ride along.
const MARK: &str = "canary7";

each_store!(nothing_that_people_write_is_told);

async fn nothing_that_people_write_is_told(store: Store) {
    let daemon = TestDaemon::start_with(&store, &[("log.level", "trace")]).await;
    let password = format!("{MARK} password, long enough");
    let ann = daemon.set_up(&format!("ann-{MARK}@example.com"), &format!("Ann {MARK}"), &password).await;
    let client = reqwest::Client::builder().build().unwrap();
    let wrong = json!({"email": format!("bob-{MARK}@example.com"), "password": format!("{MARK} wrong password")});
    let refused = client.post(daemon.url("/api/v1/sessions")).json(&wrong).send().await.unwrap();
    assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
    for path in
        [format!("/api/v1/{MARK}"), format!("/in/{MARK}"), format!("/api/v1/conversations/{MARK}?q={MARK}"), format!("/{MARK}")]
    {
        let answer =
            client.get(daemon.url(&path)).bearer_auth(format!("token-{MARK}")).header("x-note", MARK).send().await.unwrap();
        assert!(answer.status().is_client_error(), "{path}: {}", answer.status());
    }
    let broken =
        client.post(daemon.url("/api/v1/sessions")).header("content-type", "application/json").body(format!("{{\"{MARK}\": "));
    assert!(broken.send().await.unwrap().status().is_client_error());

    let who = json!({"name": format!("Bob {MARK} \u{1b}]0;x\u{7}"), "email": format!("bob-{MARK}@example.com")});
    let visitor = daemon.visitor(who).await;
    let token = visitor["token"].as_str().unwrap().to_owned();
    let socket = daemon.socket(&token).await;
    let started =
        json!({"client_id": format!("1-{MARK}"), "subject": format!("{MARK} subject"), "text": format!("{MARK}\r\nfirst")});
    let started = socket.ask("chat:start", &started).await.unwrap();
    let id = started["session_id"].as_str().unwrap_or_else(|| panic!("{started}")).to_owned();
    for (name, payload) in [
        ("chat:join", json!({"session_id": id})),
        ("chat:send_message", json!({"session_id": id, "client_id": "2", "type": "text", "content": format!("{MARK} said")})),
        ("chat:typing", json!({"session_id": id, "typing": true})),
        ("chat:nonsense", json!({ MARK: MARK })),
        ("chat:send_message", json!({"session_id": MARK, "content": [MARK]})),
    ] {
        socket.ask(name, &payload).await.unwrap();
    }
    assert!(trunkline_stand_ins::socket::Socket::connect(&daemon.url(""), &json!({"token": MARK}), None).await.is_err());

    let conversation = format!("/api/v1/conversations/{id}");
    assert_eq!(ann.post(&format!("{conversation}/accept"), json!({})).await.0, StatusCode::OK);
    for kind in ["text", "note"] {
        let reply = json!({"client_id": format!("{kind}-{MARK}"), "kind": kind, "text": format!("{MARK} reply")});
        let (status, body) = ann.post(&format!("{conversation}/messages"), reply).await;
        assert_eq!(status, StatusCode::CREATED, "{body}");
    }
    let seen = eventually("the search finds what was said", || async {
        let (status, body) = ann.get(&format!("/api/v1/search?q={MARK}")).await;
        (status == StatusCode::OK && body.to_string().contains(MARK)).then_some(())
    });
    seen.await;
    // A mailbox whose servers refuse connections: its connector fails, says so, and keeps its password to itself.
    let closed = free_port();
    let server = json!({"host": "127.0.0.1", "port": closed});
    let settings = json!({"address": format!("desk-{MARK}@example.com"), "imap": server, "smtp": server, "auth": {"kind": "password", "password": format!("{MARK} mail")}});
    let (status, body) = ann.post("/api/v1/inboxes", json!({"name": "Mail", "channel": "email", "settings": settings})).await;
    assert_eq!(status, StatusCode::CREATED, "{body}");
    let diagnosis = format!("/api/v1/inboxes/{}/diagnose", body["id"].as_str().unwrap());
    assert_eq!(ann.post(&diagnosis, json!({})).await.0, StatusCode::OK);
    let canned = json!({"shortcut": "hi", "title": MARK, "content": format!("{MARK} hello")});
    ann.post("/api/v1/canned-responses", canned).await;
    let closed = json!({"reason": "problem_solved", "summary": format!("{MARK} summary")});
    assert_eq!(ann.post(&format!("{conversation}/close"), closed).await.0, StatusCode::OK);
    assert!(ann.ask(Method::DELETE, "/api/v1/sessions/current", None).await.0.is_success());

    let metrics = daemon.metrics().await;
    let session = ann.cookie.split_once('=').unwrap().1.to_owned();
    daemon.signal("TERM").await;
    daemon.logged("stopped").await;
    let log = daemon.log_text();
    assert!(log.contains("\"TRACE\"") || log.contains("\"DEBUG\""), "the log is at its most talkative");
    for (what, text) in [("log", &log), ("metrics", &metrics)] {
        for secret in [MARK, &token, &session, "\u{1b}"] {
            let told: Vec<&str> = text.lines().filter(|line| line.contains(secret)).collect();
            assert!(told.is_empty(), "the {what} tells {secret}:\n{}", told.join("\n"));
        }
    }
}
