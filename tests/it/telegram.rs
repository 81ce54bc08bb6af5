//! What only Telegram does, through the real daemon with the stand-in on the other side. The rest stands in `channels`.

use std::net::SocketAddr;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use trunkline_stand_ins::faults::Fault;
use trunkline_stand_ins::phone::{Phone, Said};
use trunkline_stand_ins::telegram::TelegramStandIn;

use crate::support::talk::{self, accepted, conversation, message, reply, settled, shown, texts_of_customer};
use crate::support::{Session, Store, TestDaemon, each_store, eventually};

const TOKEN: &str = "7100001:AAHtest-test-test-test-test-test-te";
const SECRET: &str = "a-secret-of-our-own";
const ANN: &str = "50012345";

each_store!(
    a_send_whose_answer_was_lost_is_not_made_again_by_itself,
    the_same_update_over_many_connections_is_one_message,
    a_dead_token_leaves_the_webhook_s_door_open,
);

async fn stand_in() -> TelegramStandIn {
    TelegramStandIn::start(SocketAddr::from(([127, 0, 0, 1], 0)), TOKEN).await.unwrap()
}

/// Connects the bot over the API.
async fn connect(bob: &Session, server: &TelegramStandIn, more: &Value) -> Value {
    let mut settings = json!({"token": TOKEN, "api_url": server.url(),
        "timeouts": {"call_ms": 5_000, "poll_s": 2, "pause_ms": 50, "longest_pause_ms": 200, "stubborn_ms": 200}});
    for (key, value) in more.as_object().into_iter().flatten() {
        settings[key] = value.clone();
    }
    talk::connect(bob, "telegram", &settings, &[TOKEN, SECRET]).await
}

async fn a_send_whose_answer_was_lost_is_not_made_again_by_itself(store: Store) {
    let server = stand_in().await;
    let daemon = TestDaemon::start(&store).await;
    let bob = talk::bob(&daemon).await;
    connect(&bob, &server, &json!({})).await;
    server.say(ANN, Said { text: "Is this in stock?".into(), ..Said::default() }).await.unwrap();
    let path = accepted(&bob).await;
    server.faults().arm("sendMessage", Fault::CutAfterAct, 1);
    let unsure = reply(&bob, &path, json!({"client_id": "1", "text": "Once only"})).await;
    settled(&bob, &path, &unsure["id"], "uncertain").await;
    assert_eq!(talk::times_shown(&*server.phone(), ANN, "Once only"), 1);
    // The operator has asked: it arrived.
    let told = talk::delivery(&bob, &unsure["id"]).await;
    let settle = format!("/api/v1/deliveries/{}/settle", told["id"].as_str().unwrap());
    assert_eq!(bob.post(&settle, json!({"as": "sent"})).await.0, StatusCode::OK);
    reply(&bob, &path, json!({"client_id": "2", "text": "And then"})).await;
    shown(&*server.phone(), ANN, "the next one", |shown| shown.text == "And then").await;
    assert_eq!(talk::times_shown(&*server.phone(), ANN, "Once only"), 1);
    assert_eq!(daemon.stop().await.code(), Some(0));
}

/// What Telegram posts. The daemon does not know its own port before it has one, so its calls are made by hand here.
fn update(id: i64, text: &str) -> Value {
    json!({"update_id": id, "message": {"message_id": id, "date": 1_795_000_000, "text": text,
        "from": {"id": 50_012_345, "is_bot": false, "first_name": "Ann"},
        "chat": {"id": 50_012_345, "type": "private", "first_name": "Ann"}}})
}

/// Posts to an inbox's webhook, each time over a new connection.
fn post(url: &str, secret: &str, body: &Value) -> impl Future<Output = StatusCode> + Send + use<> {
    let client = reqwest::Client::builder().pool_max_idle_per_host(0).build().unwrap();
    let request = client.post(url).header("X-Telegram-Bot-Api-Secret-Token", secret).json(body);
    async move { request.send().await.unwrap().status() }
}

async fn the_same_update_over_many_connections_is_one_message(store: Store) {
    let server = stand_in().await;
    let daemon = TestDaemon::start(&store).await;
    let bob = talk::bob(&daemon).await;
    let inbox = connect(&bob, &server, &json!({"mode": "webhook", "webhook_secret": SECRET})).await;
    let url = daemon.url(&format!("/in/{}", inbox["id"].as_str().unwrap()));
    assert_eq!(post(&url, "wrong", &update(1, "forged")).await, StatusCode::FORBIDDEN);

    let mut calls = tokio::task::JoinSet::new();
    for _ in 0..10 {
        calls.spawn(post(&url, SECRET, &update(1, "first")));
        calls.spawn(post(&url, SECRET, &update(2, "second")));
    }
    while let Some(answer) = calls.join_next().await {
        assert_eq!(answer.unwrap(), StatusCode::OK);
    }
    let path = conversation(&bob).await;
    let mut texts = texts_of_customer(&bob, &path).await;
    texts.sort();
    assert_eq!(texts, ["first", "second"]);
    let reversed: Vec<Value> = (3..=5).rev().map(|id| update(id, &format!("text {id}"))).collect();
    for body in reversed.iter().chain(&reversed) {
        assert_eq!(post(&url, SECRET, body).await, StatusCode::OK);
    }
    assert_eq!(texts_of_customer(&bob, &path).await.len(), 5);
    assert_eq!(daemon.stop().await.code(), Some(0));
}

/// Polling needs the token; a webhook does not.
async fn a_dead_token_leaves_the_webhook_s_door_open(store: Store) {
    let server = stand_in().await;
    let daemon = TestDaemon::start(&store).await;
    let bob = talk::bob(&daemon).await;
    let inbox = connect(&bob, &server, &json!({"mode": "webhook", "webhook_secret": SECRET})).await;
    let inbox_path = format!("/api/v1/inboxes/{}", inbox["id"].as_str().unwrap());
    let url = daemon.url(&format!("/in/{}", inbox["id"].as_str().unwrap()));
    // Known at the provider, too, so that answers have somewhere to go.
    server.say(ANN, Said { text: "/start".into(), ..Said::default() }).await.unwrap();
    assert_eq!(post(&url, SECRET, &update(1, "Is this in stock?")).await, StatusCode::OK);
    let path = accepted(&bob).await;
    server.set_revoked(true);
    let waiting = reply(&bob, &path, json!({"client_id": "1", "text": "Yes"})).await;
    eventually("refused", async || (bob.get(&inbox_path).await.1["health"]["state"] == "bad_credentials").then_some(())).await;
    assert_eq!(post(&url, SECRET, &update(2, "Hello?")).await, StatusCode::OK);
    message(&bob, &path, "heard all the same", |message| message["text"] == "Hello?").await;
    assert_eq!(bob.get(&inbox_path).await.1["health"]["state"], "bad_credentials", "hearing is not speaking");

    let new = "7100001:AAHnext-next-next-next-next-next-ne";
    server.set_token(new);
    let (_, now) = bob.get(&inbox_path).await;
    let mut settings = now["settings"].clone();
    settings["token"] = json!(new);
    let (status, changed) = bob.ask(Method::PATCH, &inbox_path, Some(json!({"settings": settings}))).await;
    assert_eq!(status, StatusCode::OK, "{changed}");
    settled(&bob, &path, &waiting["id"], "sent").await;
    assert_eq!(talk::times_shown(&*server.phone(), ANN, "Yes"), 1);
    assert_eq!(daemon.stop().await.code(), Some(0));
}
