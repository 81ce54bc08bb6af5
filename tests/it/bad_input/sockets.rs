//! Packets, events and payloads of sockets; going on where nobody was; typing without end.

use std::time::Instant;

use reqwest::Method;
use serde_json::{Value, json};
use trunkline_stand_ins::socket::Socket;

use super::{Town, assert_refused};
use crate::support::guests;
use crate::support::{Store, each_store};

each_store!(
    events_that_do_not_fit_are_refused_in_their_acknowledgement,
    packets_that_are_none_cost_their_sender_the_connection,
    going_on_where_nobody_was_is_a_fresh_start,
    typing_without_end_is_told_twice_a_second,
);

async fn events_that_do_not_fit_are_refused_in_their_acknowledgement(store: Store) {
    let town = Town::found(&store).await;
    let (stranger, _) = guests::start(&town.base, &guests::visitor(&town.base).await).await;
    let of = |id: &str| json!({ "session_id": id });
    let own = town.conversation.as_str();
    let says = |field: &str, value: Value| {
        let mut payload = json!({"session_id": own, "client_id": "c", "content": "Hello"});
        payload[field] = value;
        payload
    };
    for (event, payload, status) in [
        ("chat:nothing", json!({}), 400),
        ("", json!({}), 400),
        ("__proto__", json!({}), 400),
        ("chat:accept_session", of(own), 400),
        ("chat:send_message", Value::Null, 400),
        ("chat:send_message", json!("Hello"), 400),
        ("chat:send_message", json!([["Hello"]]), 400),
        ("chat:send_message", json!({}), 400),
        ("chat:send_message", says("content", json!(7)), 400),
        ("chat:send_message", says("content", json!("")), 400),
        ("chat:send_message", says("content", json!("x".repeat(16_001))), 400),
        ("chat:send_message", says("client_id", json!("a:b")), 400),
        ("chat:send_message", says("client_id", json!("a\0")), 400),
        ("chat:send_message", says("client_id", json!("c".repeat(161))), 400),
        ("chat:send_message", says("type", json!("system")), 400),
        ("chat:send_message", says("attachments", json!(["u"])), 400),
        ("chat:send_message", says("attachments", json!(["\0"])), 400),
        ("chat:send_message", says("attachments", json!(vec!["u"; 1000])), 400),
        ("chat:send_message", says("attachment_url", json!("http://169.254.169.254/latest/meta-data")), 400),
        ("chat:send_message", says("session_id", json!("\0")), 404),
        ("chat:send_message", says("session_id", json!("..")), 404),
        ("chat:send_message", says("session_id", json!([own])), 400),
        ("chat:start", json!({"client_id": "s", "metadata": [1]}), 400),
        ("chat:start", json!({"client_id": "s", "metadata": {"a": "x".repeat(9000)}}), 400),
        ("chat:start", json!({"client_id": "s", "required_skills": vec!["s"; 21]}), 400),
        ("chat:start", json!({"client_id": "s", "subject": "x".repeat(301)}), 400),
        ("chat:join", of(&own.to_uppercase()), 404),
        ("chat:join", of("\0"), 404),
        ("chat:join", json!({ "session_id": 7 }), 400),
        ("chat:seen", json!({"session_id": own, "number": "1"}), 400),
        ("chat:seen", json!({"session_id": own, "message_id": "\0"}), 404),
        ("chat:typing", of("another"), 409),
    ] {
        let what = format!("{event} {payload}").chars().take(90).collect::<String>();
        let ack = town.socket.ask(event, &payload).await.unwrap_or_else(|error| panic!("{what}: {error}"));
        // What is for operators is refused as such or as unknown; never done.
        if event == "chat:accept_session" {
            assert_eq!(ack["ok"], false, "{ack}");
        } else {
            assert_refused(&what, &ack, status);
        }
        town.is_well(&what).await;
    }
    for (event, more) in [("chat:join", json!({})), ("chat:send_message", json!({"content": "x"})), ("chat:end", json!({}))] {
        let mut payload = of(own);
        payload.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        assert_refused("somebody else's conversation", &stranger.ask(event, &payload).await.unwrap(), 404);
    }
    town.close().await;
}

async fn packets_that_are_none_cost_their_sender_the_connection(store: Store) {
    let town = Town::found(&store).await;
    let deep = format!("421[\"chat:send_message\",{}{}]", "[".repeat(100_000), "]".repeat(100_000));
    let huge = format!("421[\"chat:send_message\",{{\"content\":\"{}\"}}]", "x".repeat(1_100_000));
    for packet in [
        "",
        "x",
        "9",
        "4",
        "42",
        "42[",
        "42[]",
        "42{}",
        "42[7]",
        "42[null,{}]",
        "421[\"chat:send_message\"",
        "421[\"chat:send_message\",{\"content\":1e999}]",
        "421[\"chat:send_message\\u0000\",{\"content\":\"x\"}]",
        "42999999999999999999999[\"chat:start\",{}]",
        "451-[\"chat:send_message\",{\"_placeholder\":true,\"num\":0}]",
        "45999999999-[\"chat:send_message\",{\"_placeholder\":true,\"num\":99999999999}]",
        "43999[]",
        "40/admin,",
        "41/nowhere,",
        "40{\"token\":\"again\"}",
        "5",
        "3",
        &deep,
        &huge,
    ] {
        let what = packet.chars().take(60).collect::<String>();
        let sender = Socket::connect(&town.base, &json!({ "token": town.token }), None).await.unwrap();
        // The daemon may cut the line while the packet is still being written.
        let _ = sender.send_raw(packet).await;
        town.is_well(&what).await;
        // Cut or kept: either way it said nothing that was stored.
        drop(sender);
    }
    let said = town.ann.get(&town.base, &town.path("/messages?limit=200")).await;
    let others = said["items"].as_array().unwrap().iter().filter(|message| message["kind"] == "text");
    assert!(others.into_iter().all(|message| message["text"] == "all is well"));
    for auth in [json!([]), json!("x"), json!(7), Value::Null, json!({"token": 7}), json!({"token": "\0"}), json!({"token": ""})]
    {
        assert!(Socket::connect(&town.base, &auth, None).await.is_err(), "{auth}");
    }
    town.is_well("refused sockets").await;
    town.close().await;
}

async fn going_on_where_nobody_was_is_a_fresh_start(store: Store) {
    let town = Town::found(&store).await;
    let afters = ["-1", "0", "99999999", "9223372036854775807", "9223372036854775808", "-9223372036854775809", "1e300", "0.5"];
    for after in afters {
        let after: Value = serde_json::from_str(after).unwrap();
        let join = json!({"session_id": town.conversation, "after": after});
        let ack = town.socket.ask("chat:join", &join).await.unwrap();
        assert_eq!((&ack["ok"], &ack["reset"]), (&json!(true), &json!(true)), "{after}: {ack}");
        let operator = Socket::connect(&town.base, &json!({ "after": after }), Some(&town.ann.cookie)).await.unwrap();
        assert_eq!(operator.next_named("server:hello").await.unwrap()["reset"], true, "{after}");
        let mut events = town.ask(Method::GET, &format!("/api/v1/events?after={after}")).send().await.unwrap();
        let first = events.chunk().await.unwrap().unwrap();
        assert!(String::from_utf8_lossy(&first).contains("event: reset"), "{after}");
        town.is_well(&after.to_string()).await;
    }
    let known = town.socket.ask("chat:join", &json!({"session_id": town.conversation, "after": 1})).await.unwrap();
    assert_eq!(known["reset"], false, "{known}");
    town.close().await;
}

async fn typing_without_end_is_told_twice_a_second(store: Store) {
    const KEYS_PRESSED: usize = 150;
    let town = Town::found(&store).await;
    let operator = town.ann.socket(&town.base).await;
    operator.ask("chat:join", &json!({ "session_id": town.conversation })).await.unwrap();
    let began = Instant::now();
    for _ in 0..KEYS_PRESSED {
        let ack = town.socket.ask("chat:typing", &json!({"session_id": town.conversation, "typing": true})).await.unwrap();
        assert_eq!(ack["ok"], true, "{ack}");
    }
    town.is_well("typing").await;
    let mut told = 0;
    loop {
        let event = operator.next().await.unwrap();
        match event.name.as_str() {
            "chat:typing" => told += 1,
            "chat:new_message" => break,
            _ => {}
        }
    }
    let allowed = began.elapsed().as_millis() / 500 + 1;
    assert!((1..=allowed).contains(&told), "{told} in {:?}", began.elapsed());
    town.close().await;
}
