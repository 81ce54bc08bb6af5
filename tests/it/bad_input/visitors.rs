//! Visitors who come too often, and names nobody has.

use reqwest::StatusCode;
use serde_json::{Value, json};
use trunkline_stand_ins::socket::Socket;

use super::{KEYS, Town, assert_problem, assert_refused};
use crate::support::guests;
use crate::support::{Store, TestDaemon, each_store};

each_store!(names_are_cleaned_or_left_out);

/// Visitors a single address may make in an hour, and sockets one visitor may have at once.
const NEW_VISITORS: usize = 120;
const SOCKETS: usize = 10;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_visitor_who_writes_or_starts_too_often_is_told_to_wait() {
    let mut keys = KEYS.to_vec();
    keys.retain(|(key, _)| !key.ends_with("messages_per_minute"));
    keys.push(("inboxes.website.settings.quotas.messages_per_minute", "3"));
    keys.push(("inboxes.website.settings.quotas.starts_per_hour", "2"));
    let store = Store::sqlite();
    let daemon = TestDaemon::start_with(&store, &keys).await;
    let base = daemon.url("");
    let (eager, _) = guests::start(&base, &guests::visitor(&base).await).await;
    for n in 0..4 {
        let ack = eager.ask("chat:send_message", &json!({"content": "Hello"})).await.unwrap();
        if n < 3 { assert_eq!(ack["ok"], true, "{ack}") } else { assert_refused("the fourth message", &ack, 429) }
    }
    assert_eq!(eager.ask("chat:start", &json!({"client_id": "2"})).await.unwrap()["ok"], true);
    assert_refused("the third start", &eager.ask("chat:start", &json!({"client_id": "3"})).await.unwrap(), 429);
    let (patient, _) = guests::start(&base, &guests::visitor(&base).await).await;
    let ack = patient.ask("chat:send_message", &json!({"content": "Hello"})).await.unwrap();
    assert_eq!(ack["ok"], true, "others are not held back: {ack}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_army_behind_one_address_and_a_visitor_with_many_sockets_are_bounded() {
    let store = Store::sqlite();
    let town = Town::found(&store).await;
    for _ in 1..NEW_VISITORS {
        guests::visitor(&town.base).await;
    }
    let one_more = guests::enter(&town.base, &json!({})).await;
    assert!(one_more.headers()["retry-after"].to_str().unwrap().parse::<u64>().unwrap() > 0);
    assert_problem("one visitor too many", one_more, 429).await;
    let returning = guests::enter(&town.base, &json!({ "token": town.token })).await;
    assert_eq!(returning.status(), StatusCode::OK, "who is known may come in");

    let mut open = Vec::new();
    for _ in 1..SOCKETS {
        open.push(Socket::connect(&town.base, &json!({ "token": town.token }), None).await.unwrap());
    }
    assert!(Socket::connect(&town.base, &json!({ "token": town.token }), None).await.is_err());
    town.is_well("too many sockets").await;
    town.close().await;
}

/// One flood on one socket is refused; it costs nobody else anything.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flood_on_one_socket_is_refused() {
    let store = Store::sqlite();
    let town = Town::found(&store).await;
    let (flood, _) = guests::start(&town.base, &guests::visitor(&town.base).await).await;
    let mut refused = 0;
    for _ in 0..400 {
        let ack = flood.ask("chat:nothing", &json!({})).await.unwrap();
        refused += usize::from(ack["problem"]["status"] == 429);
    }
    assert!(refused >= 100, "{refused}");
    town.is_well("a flood").await;
    town.close().await;
}

async fn names_are_cleaned_or_left_out(store: Store) {
    let town = Town::found(&store).await;
    for (name, shown) in [
        (json!("x".repeat(5_000)), json!("x".repeat(200))),
        (json!(""), Value::Null),
        (json!(" \t\n"), Value::Null),
        (json!("\u{200b}\u{feff}"), Value::Null),
        (json!("\u{202e}nnA"), json!("nnA")),
        (json!("Ann\0\u{1b}[31m"), json!("Ann [31m")),
        (json!("<script>alert(1)</script>"), json!("<script>alert(1)</script>")),
        (json!("Admin"), json!("Admin")),
    ] {
        let answer = guests::enter(&town.base, &json!({ "name": name })).await;
        assert_eq!(answer.status(), StatusCode::OK, "{name}");
        let entered: Value = answer.json().await.unwrap();
        assert_eq!(entered["visitor"]["name"], shown);
        let (socket, id) = guests::start(&town.base, entered["token"].as_str().unwrap()).await;
        assert_eq!(socket.ask("chat:send_message", &json!({"content": "Hello"})).await.unwrap()["ok"], true);
        let seen = town.ann.get(&town.base, &format!("/api/v1/conversations/{id}/messages")).await;
        assert_eq!(seen["items"][0]["sender_type"], "customer", "whatever they call themselves");
    }
    for who in [
        json!({"name": 7}),
        json!({"names": "x"}),
        json!([]),
        json!({"user_id": ["a"]}),
        json!({"user_id": "a", "hmac": "x", "jwt": "y"}),
    ] {
        assert_problem(&who.to_string(), guests::enter(&town.base, &who).await, 400).await;
    }
    for email in ["a@b@c.org", "x\"@evil y\"@internal", "\0@example.com", "no at sign", &"a".repeat(400)] {
        let answer = guests::enter(&town.base, &json!({ "email": email })).await;
        assert!(!answer.status().is_server_error(), "{email}");
        let entered: Value = answer.json().await.unwrap();
        if let Some(token) = entered["token"].as_str() {
            let (socket, _) = guests::start(&town.base, token).await;
            assert_eq!(socket.ask("chat:send_message", &json!({"content": "Hello"})).await.unwrap()["ok"], true, "{email}");
        }
    }
    town.close().await;
}
