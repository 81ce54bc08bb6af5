//! Telegram through the real daemon, with the stand-in on the other side.

use std::net::SocketAddr;

use reqwest::StatusCode;
use serde_json::{Value, json};
use trunkline_stand_ins::faults::Fault;
use trunkline_stand_ins::phone::{Phone, Said, SaidKind, Shown};
use trunkline_stand_ins::samples;
use trunkline_stand_ins::telegram::TelegramStandIn;

use crate::support::{Session, Store, TestDaemon, each_store, eventually};

const TOKEN: &str = "7100001:AAHtest-test-test-test-test-test-te";
const SECRET: &str = "a-secret-of-our-own";
const ANN: &str = "50012345";
const BOB: (&str, &str, &str) = ("bob@example.com", "Bob", "a long password");

each_store!(
    a_customer_is_answered_with_words_and_files,
    a_restart_in_the_middle_loses_and_repeats_nothing,
    the_same_update_over_many_connections_is_one_message,
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
    let (status, inbox) = bob.post("/api/v1/inboxes", json!({"name": "bot", "channel": "telegram", "settings": settings})).await;
    assert_eq!(status, StatusCode::CREATED, "{inbox}");
    assert!(!inbox.to_string().contains(TOKEN) && !inbox.to_string().contains(SECRET), "{inbox}");
    inbox
}

async fn says(server: &TelegramStandIn, text: &str) -> String {
    server.say(ANN, Said { name: Some("Ann".into()), text: text.into(), ..Said::default() }).await.unwrap()
}

/// The path of the only conversation, as soon as it is there.
async fn conversation(bob: &Session) -> String {
    let id = eventually("the conversation", async || {
        let (_, page) = bob.get("/api/v1/conversations").await;
        let items = page["items"].as_array()?;
        assert!(items.len() < 2, "{page}");
        items.first().and_then(|found| found["id"].as_str()).map(str::to_owned)
    })
    .await;
    format!("/api/v1/conversations/{id}")
}

async fn messages(bob: &Session, path: &str) -> Vec<Value> {
    bob.get(&format!("{path}/messages?after=0")).await.1["items"].as_array().cloned().unwrap_or_default()
}

/// The first message that fits.
async fn message(bob: &Session, path: &str, what: &str, fits: impl Fn(&Value) -> bool) -> Value {
    eventually(what, async || messages(bob, path).await.into_iter().find(|message| fits(message))).await
}

async fn shown(server: &TelegramStandIn, what: &str, fits: impl Fn(&Shown) -> bool) -> Shown {
    eventually(what, async || server.shown(ANN).into_iter().find(|shown| !shown.mine && fits(shown))).await
}

async fn reply(bob: &Session, path: &str, body: Value) -> Value {
    let (status, answer) = bob.post(&format!("{path}/messages"), body).await;
    assert_eq!(status, StatusCode::CREATED, "{answer}");
    answer
}

async fn a_customer_is_answered_with_words_and_files(store: Store) {
    let server = stand_in().await;
    let daemon = TestDaemon::start(&store).await;
    let bob = daemon.set_up(BOB.0, BOB.1, BOB.2).await;
    let inbox = connect(&bob, &server, &json!({})).await;
    let inbox_path = format!("/api/v1/inboxes/{}", inbox["id"].as_str().unwrap());

    let first = says(&server, "Is this in stock?").await;
    let path = conversation(&bob).await;
    let asked = message(&bob, &path, "the question", |message| message["text"] == "Is this in stock?").await;
    assert_eq!(asked["sender_name"], "Ann");
    assert_eq!(bob.post(&format!("{path}/accept"), json!({})).await.0, StatusCode::OK);
    let (_, health) = bob.get(&inbox_path).await;
    assert_eq!(health["health"]["state"], "connected", "{health}");

    // Words, as an answer to the question.
    let answer = reply(&bob, &path, json!({"client_id": "1", "text": "Yes, in M", "reply_to": asked["id"]})).await;
    let seen = shown(&server, "the answer on the phone", |shown| shown.text == "Yes, in M").await;
    assert_eq!(seen.reply_to.as_deref(), Some(first.as_str()));
    message(&bob, &path, "sent", |message| message["id"] == answer["id"] && message["status"] == "sent").await;

    // A picture in, fetched and served with the bytes that were sent.
    server.say(ANN, Said { kind: SaidKind::Photo, text: "this one".into(), ..Said::default() }).await.unwrap();
    let with_picture = message(&bob, &path, "the picture", |message| {
        message["kind"] == "image" && message["attachments"][0]["state"] == "stored"
    })
    .await;
    assert_eq!(
        (&with_picture["text"], &with_picture["attachments"][0]["content_type"]),
        (&json!("this one"), &json!("image/png"))
    );
    let file = daemon.url(with_picture["attachments"][0]["url"].as_str().unwrap());
    let client = reqwest::Client::builder().build().unwrap();
    let bytes = client.get(file).header("cookie", &bob.cookie).send().await.unwrap().bytes().await.unwrap();
    assert_eq!(bytes, samples::photo().bytes);

    // A document out.
    let part = reqwest::multipart::Part::bytes(samples::document().bytes).file_name("offer.pdf");
    let form = reqwest::multipart::Form::new().part("file", part);
    let upload = client.post(daemon.url("/api/v1/uploads")).header("cookie", &bob.cookie).header("origin", daemon.url(""));
    let upload: Value = upload.multipart(form).send().await.unwrap().error_for_status().unwrap().json().await.unwrap();
    reply(&bob, &path, json!({"client_id": "2", "text": "our offer", "attachments": [upload["id"]]})).await;
    let offer = shown(&server, "the document on the phone", |shown| shown.kind == "document").await;
    assert_eq!((offer.text.as_str(), offer.file_name.as_deref()), ("our offer", Some("offer.pdf")));

    // The customer changes their mind, and likes the answer.
    server.edit(ANN, &first, "Is this in stock in M?").await.unwrap();
    message(&bob, &path, "the edit", |message| message["id"] == asked["id"] && message["text"] == "Is this in stock in M?").await;
    server.react(ANN, &seen.id, Some("🔥")).await.unwrap();
    message(&bob, &path, "the reaction", |message| {
        message["id"] == answer["id"] && message["reactions"].to_string().contains('🔥')
    })
    .await;

    // Blocked: the answer fails for good, with the reason; unblocked by the customer's next word.
    server.block(ANN, true).await.unwrap();
    let lost = reply(&bob, &path, json!({"client_id": "3", "text": "Still there?"})).await;
    message(&bob, &path, "failed", |message| message["id"] == lost["id"] && message["status"] == "failed").await;
    server.block(ANN, false).await.unwrap();
    says(&server, "I am back").await;
    message(&bob, &path, "the customer is back", |message| message["text"] == "I am back").await;
    reply(&bob, &path, json!({"client_id": "4", "text": "Welcome back"})).await;
    shown(&server, "reached again", |shown| shown.text == "Welcome back").await;

    // A send whose answer was lost is not made again by itself.
    server.faults().arm("sendMessage", Fault::CutAfterAct, 1);
    let unsure = reply(&bob, &path, json!({"client_id": "5", "text": "Once only"})).await;
    message(&bob, &path, "uncertain", |message| message["id"] == unsure["id"] && message["status"] == "uncertain").await;
    assert_eq!(server.shown(ANN).iter().filter(|shown| shown.text == "Once only").count(), 1);

    let (_, report) = bob.post(&format!("{inbox_path}/diagnose"), json!({})).await;
    assert!(report["checks"].as_array().unwrap().iter().all(|check| check["state"] == "ok"), "{report}");
    let log = daemon.log_text();
    let tail = TOKEN.split(':').nth(1).unwrap();
    assert!(!log.contains(tail) && !log.contains("in stock") && !log.contains("Yes, in M"), "{log}");
    assert_eq!(daemon.stop().await.code(), Some(0));
}

async fn a_restart_in_the_middle_loses_and_repeats_nothing(store: Store) {
    let server = stand_in().await;
    let daemon = TestDaemon::start(&store).await;
    let bob = daemon.set_up(BOB.0, BOB.1, BOB.2).await;
    connect(&bob, &server, &json!({})).await;
    says(&server, "one").await;
    let path = conversation(&bob).await;
    assert_eq!(bob.post(&format!("{path}/accept"), json!({})).await.0, StatusCode::OK);
    for number in 0..20 {
        says(&server, &format!("before {number}")).await;
    }
    let answer = reply(&bob, &path, json!({"client_id": "1", "text": "Answered before"})).await;
    shown(&server, "answered", |shown| shown.text == "Answered before").await;
    // Killed a moment earlier, nobody could say whether it arrived.
    message(&bob, &path, "sent", |message| message["id"] == answer["id"] && message["status"] == "sent").await;
    daemon.kill().await;
    for number in 0..20 {
        says(&server, &format!("while away {number}")).await;
    }

    let daemon = TestDaemon::start(&store).await;
    let bob = daemon.sign_in(BOB.0, BOB.2).await;
    let late = crate::support::within(std::time::Duration::from_secs(40), "all that was written", async || {
        let texts: Vec<String> = messages_of_customer(&bob, &path).await;
        (texts.len() >= 41).then_some(texts)
    })
    .await;
    let wanted: Vec<String> = std::iter::once("one".to_owned())
        .chain((0..20).map(|number| format!("before {number}")))
        .chain((0..20).map(|number| format!("while away {number}")))
        .collect();
    assert_eq!(late, wanted, "each once, in order");
    reply(&bob, &path, json!({"client_id": "2", "text": "Answered after"})).await;
    shown(&server, "answered again", |shown| shown.text == "Answered after").await;
    assert_eq!(server.shown(ANN).iter().filter(|shown| shown.text == "Answered before").count(), 1);
    assert_eq!(daemon.stop().await.code(), Some(0));
}

async fn messages_of_customer(bob: &Session, path: &str) -> Vec<String> {
    let page = bob.get(&format!("{path}/messages?after=0&limit=100")).await.1;
    let items = page["items"].as_array().cloned().unwrap_or_default();
    let said = items.iter().filter(|message| message["sender_type"] == "customer");
    said.filter_map(|message| Some(message["text"].as_str()?.to_owned())).collect()
}

async fn the_same_update_over_many_connections_is_one_message(store: Store) {
    let server = stand_in().await;
    let daemon = TestDaemon::start(&store).await;
    let bob = daemon.set_up(BOB.0, BOB.1, BOB.2).await;
    // The daemon does not know its own port before it has one, so the stand-in's calls are made by hand here.
    let hook = json!({"mode": "webhook", "webhook_secret": SECRET});
    let inbox = connect(&bob, &server, &hook).await;
    let url = daemon.url(&format!("/in/{}", inbox["id"].as_str().unwrap()));
    let update = |id: i64, text: &str| {
        json!({"update_id": id, "message": {"message_id": id, "date": 1_795_000_000, "text": text,
            "from": {"id": 50_012_345, "is_bot": false, "first_name": "Ann"},
            "chat": {"id": 50_012_345, "type": "private", "first_name": "Ann"}}})
    };
    let client = reqwest::Client::builder().pool_max_idle_per_host(0).build().unwrap();
    let post = |secret: &str, body: Value| client.post(&url).header("X-Telegram-Bot-Api-Secret-Token", secret).json(&body).send();
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
    let mut texts = messages_of_customer(&bob, &path).await;
    texts.sort();
    assert_eq!(texts, ["first", "second"]);
    let reversed: Vec<Value> = (3..=5).rev().map(|id| update(id, &format!("text {id}"))).collect();
    for body in reversed.iter().chain(&reversed) {
        assert_eq!(post(SECRET, body.clone()).await.unwrap().status(), StatusCode::OK);
    }
    assert_eq!(messages_of_customer(&bob, &path).await.len(), 5);
    assert_eq!(daemon.stop().await.code(), Some(0));
}
