//! VK through the real daemon, with the stand-in on the other side.

use std::net::SocketAddr;

use reqwest::StatusCode;
use serde_json::{Value, json};
use trunkline_stand_ins::faults::Fault;
use trunkline_stand_ins::phone::{Phone, Said, SaidKind, Shown};
use trunkline_stand_ins::samples;
use trunkline_stand_ins::vk::{GROUP_ID, SECRET, TOKEN, VkStandIn};

use crate::support::{Session, Store, TestDaemon, each_store, eventually};

const ANN: &str = "50012345";
const BOB: (&str, &str, &str) = ("bob@example.com", "Bob", "a long password");

each_store!(
    a_customer_is_answered_with_words_and_files,
    a_restart_in_the_middle_loses_and_repeats_nothing,
    the_same_event_over_many_connections_is_one_message,
);

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
    let (status, inbox) = bob.post("/api/v1/inboxes", json!({"name": "community", "channel": "vk", "settings": settings})).await;
    assert_eq!(status, StatusCode::CREATED, "{inbox}");
    assert!(!inbox.to_string().contains(TOKEN) && !inbox.to_string().contains(SECRET), "{inbox}");
    inbox
}

/// Waits until it listens: what was said before is not this inbox's.
async fn listening(bob: &Session, inbox: &Value) {
    let path = format!("/api/v1/inboxes/{}", inbox["id"].as_str().unwrap());
    eventually("the connection", async || (bob.get(&path).await.1["health"]["state"] == "connected").then_some(())).await;
}

async fn says(server: &VkStandIn, text: &str) -> String {
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

async fn shown(server: &VkStandIn, what: &str, fits: impl Fn(&Shown) -> bool) -> Shown {
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
    listening(&bob, &inbox).await;
    let inbox_path = format!("/api/v1/inboxes/{}", inbox["id"].as_str().unwrap());

    let first = says(&server, "Is this in stock?").await;
    let path = conversation(&bob).await;
    let asked = message(&bob, &path, "the question", |message| message["text"] == "Is this in stock?").await;
    eventually("the name", async || {
        let (_, people) = bob.get("/api/v1/contacts").await;
        (people["items"][0]["name"] == "Ann").then_some(())
    })
    .await;
    assert_eq!(bob.post(&format!("{path}/accept"), json!({})).await.0, StatusCode::OK);

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

    // Pressed buttons come back with what they stand for.
    let choice = json!({"client_id": "3", "text": "Which?", "extra": {"buttons": [{"id": "blue", "title": "Blue"}]}});
    reply(&bob, &path, choice).await;
    let asked = shown(&server, "the buttons", |shown| shown.buttons == ["Blue"]).await;
    server.press(ANN, &asked.id, 0).await.unwrap();
    message(&bob, &path, "the choice", |message| message["kind"] == "interactive" && message["extra"]["choice"]["id"] == "blue")
        .await;

    // Read.
    server.read(ANN).await.unwrap();
    message(&bob, &path, "read", |message| message["id"] == answer["id"] && message["status"] == "read").await;

    // An administrator writes at VK itself: part of the thread, and nobody's delivery.
    let elsewhere = json!({"id": 90_001, "conversation_message_id": 90_001, "date": 1_795_000_000, "peer_id": 50_012_345,
        "from_id": -GROUP_ID, "admin_author_id": 77, "random_id": 5, "out": 1, "text": "From the site"});
    server.push("message_reply", elsewhere);
    message(&bob, &path, "the echo", |message| message["text"] == "From the site").await;

    // A send whose answer was lost is repeated by itself, and arrives once.
    for (number, cut) in Fault::CUTS.into_iter().enumerate() {
        server.faults().arm("messages.send", cut, 1);
        let text = format!("Once only {number}");
        let sent = reply(&bob, &path, json!({"client_id": format!("cut {number}"), "text": text})).await;
        message(&bob, &path, "sent at last", |message| message["id"] == sent["id"] && message["status"] == "sent").await;
        assert_eq!(server.shown(ANN).iter().filter(|shown| shown.text == text).count(), 1);
    }

    // Blocked: the answer fails for good, with the reason; unblocked by the customer's next word.
    server.block(ANN, true).await.unwrap();
    let lost = reply(&bob, &path, json!({"client_id": "4", "text": "Still there?"})).await;
    message(&bob, &path, "failed", |message| message["id"] == lost["id"] && message["status"] == "failed").await;
    server.block(ANN, false).await.unwrap();
    says(&server, "I am back").await;
    message(&bob, &path, "the customer is back", |message| message["text"] == "I am back").await;
    reply(&bob, &path, json!({"client_id": "5", "text": "Welcome back"})).await;
    shown(&server, "reached again", |shown| shown.text == "Welcome back").await;

    let (_, report) = bob.post(&format!("{inbox_path}/diagnose"), json!({})).await;
    assert!(report["checks"].as_array().unwrap().iter().all(|check| check["state"] == "ok"), "{report}");
    let log = daemon.log_text();
    assert!(!log.contains(TOKEN) && !log.contains("in stock") && !log.contains("Yes, in M"), "{log}");
    assert_eq!(daemon.stop().await.code(), Some(0));
}

async fn a_restart_in_the_middle_loses_and_repeats_nothing(store: Store) {
    let server = stand_in().await;
    let daemon = TestDaemon::start(&store).await;
    let bob = daemon.set_up(BOB.0, BOB.1, BOB.2).await;
    let inbox = connect(&bob, &server, &json!({})).await;
    listening(&bob, &inbox).await;
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

async fn the_same_event_over_many_connections_is_one_message(store: Store) {
    let server = stand_in().await;
    let daemon = TestDaemon::start(&store).await;
    let bob = daemon.set_up(BOB.0, BOB.1, BOB.2).await;
    // The daemon does not know its own port before it has one, so VK's calls are made by hand here.
    let inbox = connect(&bob, &server, &json!({"mode": "callback", "secret": SECRET})).await;
    let url = daemon.url(&format!("/in/{}", inbox["id"].as_str().unwrap()));
    let update = |id: i64, text: &str| {
        json!({"type": "message_new", "group_id": GROUP_ID, "event_id": format!("event-{id}"), "v": "5.199", "object": {"message":
            {"id": id, "conversation_message_id": id, "date": 1_795_000_000, "peer_id": 50_012_345, "from_id": 50_012_345,
            "text": text}}})
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
