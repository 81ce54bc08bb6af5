//! What only VK does, through the real daemon with the stand-in on the other side. The rest stands in `channels`.

use std::net::SocketAddr;

use reqwest::StatusCode;
use serde_json::{Value, json};
use trunkline_stand_ins::faults::Fault;
use trunkline_stand_ins::phone::{Phone, Said};
use trunkline_stand_ins::vk::{GROUP_ID, SECRET, TOKEN, VkStandIn};

use crate::support::talk::{self, accepted, conversation, message, reply, settled, texts_of_customer};
use crate::support::{Session, Store, TestDaemon, each_store, eventually};

const ANN: &str = "50012345";
const ANN_ID: i64 = 50_012_345;

each_store!(a_lost_answer_is_asked_for_again_and_the_site_s_own_are_seen, the_same_event_over_many_connections_is_one_message);

async fn stand_in() -> VkStandIn {
    VkStandIn::start(SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap()
}

/// Connects the community over the API.
async fn connect(bob: &Session, server: &VkStandIn, more: &Value) -> Value {
    let mut settings = json!({"group_id": GROUP_ID, "token": TOKEN, "api_url": server.url(),
        "trusted_media_urls": [server.media_url()],
        "timeouts": {"call_ms": 5_000, "poll_s": 2, "pause_ms": 50, "longest_pause_ms": 200, "stubborn_ms": 200}});
    for (key, value) in more.as_object().into_iter().flatten() {
        settings[key] = value.clone();
    }
    talk::connect(bob, "vk", &settings, &[TOKEN, SECRET]).await
}

async fn a_lost_answer_is_asked_for_again_and_the_site_s_own_are_seen(store: Store) {
    let server = stand_in().await;
    let daemon = TestDaemon::start(&store).await;
    let bob = talk::bob(&daemon).await;
    let inbox = connect(&bob, &server, &json!({})).await;
    let inbox_path = format!("/api/v1/inboxes/{}", inbox["id"].as_str().unwrap());
    // What was said before it listens is not this inbox's.
    let listening = async || (bob.get(&inbox_path).await.1["health"]["state"] == "connected").then_some(());
    eventually("the connection", listening).await;
    server.say(ANN, Said { name: Some("Ann".into()), text: "Is this in stock?".into(), ..Said::default() }).await.unwrap();
    let path = accepted(&bob).await;
    // VK does not tell names with messages.
    eventually("the name", async || {
        let (_, people) = bob.get("/api/v1/contacts").await;
        (people["items"][0]["name"] == "Ann").then_some(())
    })
    .await;

    // An administrator writes at VK itself: part of the thread, and nobody's delivery.
    server.admin_reply(ANN_ID, "From the site");
    let echo = message(&bob, &path, "the echo", |message| message["text"] == "From the site").await;
    assert_eq!(echo["sender_type"], "operator");

    // A send whose answer was lost is repeated by itself, and arrives once.
    for (number, cut) in Fault::CUTS.into_iter().enumerate() {
        server.faults().arm("messages.send", cut, 1);
        let text = format!("Once only {number}");
        let sent = reply(&bob, &path, json!({"client_id": format!("cut {number}"), "text": text})).await;
        settled(&bob, &path, &sent["id"], "sent").await;
        assert_eq!(talk::times_shown(&*server.phone(), ANN, &text), 1);
    }
    assert_eq!(daemon.stop().await.code(), Some(0));
}

async fn the_same_event_over_many_connections_is_one_message(store: Store) {
    let server = stand_in().await;
    let daemon = TestDaemon::start(&store).await;
    let bob = talk::bob(&daemon).await;
    // The daemon does not know its own port before it has one, so VK's calls are made by hand here.
    let inbox = connect(&bob, &server, &json!({"mode": "callback", "secret": SECRET})).await;
    let url = daemon.url(&format!("/in/{}", inbox["id"].as_str().unwrap()));
    let update = |id: i64, text: &str| {
        json!({"type": "message_new", "group_id": GROUP_ID, "event_id": format!("event-{id}"), "v": "5.199", "object": {"message":
            {"id": id, "conversation_message_id": id, "date": 1_795_000_000, "peer_id": ANN_ID, "from_id": ANN_ID, "text": text}}})
    };
    let client = reqwest::Client::builder().pool_max_idle_per_host(0).build().unwrap();
    let post = |secret: &str, mut body: Value| {
        body["secret"] = json!(secret);
        client.post(&url).json(&body).send()
    };
    assert_eq!(post("wrong", update(1, "forged")).await.unwrap().status(), StatusCode::FORBIDDEN);

    let mut calls = tokio::task::JoinSet::new();
    for _ in 0..10 {
        calls.spawn(post(SECRET, update(1, "first")));
        calls.spawn(post(SECRET, update(2, "second")));
    }
    while let Some(answer) = calls.join_next().await {
        assert_eq!(answer.unwrap().unwrap().status(), StatusCode::OK);
    }
    let path = conversation(&bob).await;
    let mut texts = texts_of_customer(&bob, &path).await;
    texts.sort();
    assert_eq!(texts, ["first", "second"]);
    let reversed: Vec<Value> = (3..=5).rev().map(|id| update(id, &format!("text {id}"))).collect();
    for body in reversed.iter().chain(&reversed) {
        assert_eq!(post(SECRET, body.clone()).await.unwrap().status(), StatusCode::OK);
    }
    assert_eq!(texts_of_customer(&bob, &path).await.len(), 5);
    assert_eq!(daemon.stop().await.code(), Some(0));
}
