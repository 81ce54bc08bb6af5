//! Facebook Messenger through the real daemon, with the stand-in on the other side.

use std::net::SocketAddr;
use std::sync::Arc;

use reqwest::StatusCode;
use serde_json::{Value, json};
use trunkline_stand_ins::faults::Fault;
use trunkline_stand_ins::graph::messenger::{self, Messenger, PAGE_ID, TOKEN};
use trunkline_stand_ins::graph::{APP_ID, APP_SECRET, Release, Signing, VERIFY_TOKEN};
use trunkline_stand_ins::phone::{Phone, Said, SaidKind, Shown};
use trunkline_stand_ins::samples;

use crate::support::{Session, Store, TestDaemon, each_store, eventually, within};

const ANN: &str = "7300000000000001";
const BOB: (&str, &str, &str) = ("bob@example.com", "Bob", "a long password");
/// Far above what a restart takes.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(40);

each_store!(
    a_customer_of_the_page_is_answered,
    the_business_s_own_hand_and_other_apps_are_seen,
    a_restart_in_the_middle_loses_and_repeats_nothing,
    every_event_ten_times_over_is_there_once,
);

/// A page with an inbox.
struct Line {
    server: Messenger,
    phone: Arc<dyn Phone>,
    inbox: Value,
}

impl Line {
    async fn connect(daemon: &TestDaemon, bob: &Session) -> Self {
        let server = messenger::start(SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap();
        let settings = json!({"page_id": PAGE_ID, "app_id": APP_ID, "access_token": TOKEN, "app_secret": APP_SECRET,
            "verify_token": VERIFY_TOKEN, "api_url": server.url(),
            "timeouts": {"call_ms": 5_000, "pause_ms": 50, "longest_pause_ms": 200, "stubborn_ms": 200, "check_ms": 200}});
        let wanted = json!({"name": "page", "channel": "messenger", "settings": settings});
        let (status, inbox) = bob.post("/api/v1/inboxes", wanted).await;
        assert_eq!(status, StatusCode::CREATED, "{inbox}");
        for secret in [TOKEN, APP_SECRET, VERIFY_TOKEN] {
            assert!(!inbox.to_string().contains(secret), "{inbox}");
        }
        let line = Self { phone: server.phone(), server, inbox };
        line.hook(daemon).await;
        line
    }

    /// Tells Facebook where to call, as the app's dashboard does.
    async fn hook(&self, daemon: &TestDaemon) {
        let url = daemon.url(&format!("/in/{}", self.inbox["id"].as_str().unwrap()));
        eventually("the handshake", async || self.server.app().webhooks().shake_hands(&url, Some(VERIFY_TOKEN)).await.ok()).await;
    }

    async fn says(&self, text: &str) -> String {
        self.phone.say(ANN, Said { text: text.into(), ..Said::default() }).await.unwrap()
    }

    async fn shown(&self, what: &str, fits: impl Fn(&Shown) -> bool) -> Shown {
        eventually(what, async || self.phone.shown(ANN).into_iter().find(|shown| !shown.mine && fits(shown))).await
    }

    fn path(&self) -> String {
        format!("/api/v1/inboxes/{}", self.inbox["id"].as_str().unwrap())
    }
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
    bob.get(&format!("{path}/messages?after=0&limit=100")).await.1["items"].as_array().cloned().unwrap_or_default()
}

/// The first message that fits.
async fn message(bob: &Session, path: &str, what: &str, fits: impl Fn(&Value) -> bool) -> Value {
    eventually(what, async || messages(bob, path).await.into_iter().find(|message| fits(message))).await
}

async fn reply(bob: &Session, path: &str, body: Value) -> Value {
    let (status, answer) = bob.post(&format!("{path}/messages"), body).await;
    assert_eq!(status, StatusCode::CREATED, "{answer}");
    answer
}

async fn settled(bob: &Session, path: &str, message_id: &Value, status: &str) -> Value {
    message(bob, path, status, |message| message["id"] == *message_id && message["status"] == status).await
}

async fn a_customer_of_the_page_is_answered(store: Store) {
    let daemon = TestDaemon::start(&store).await;
    let bob = daemon.set_up(BOB.0, BOB.1, BOB.2).await;
    let line = Line::connect(&daemon, &bob).await;

    let first = line.says("Is this in stock?").await;
    let path = conversation(&bob).await;
    let asked = message(&bob, &path, "the question", |message| message["text"] == "Is this in stock?").await;
    eventually("the name", async || {
        let (_, people) = bob.get("/api/v1/contacts").await;
        (people["items"][0]["name"] == "Ann Lee").then_some(())
    })
    .await;
    assert_eq!(bob.post(&format!("{path}/accept"), json!({})).await.0, StatusCode::OK);

    // Words, as an answer to the question; the echo is the same message, and delivery and reading are told.
    let answer = reply(&bob, &path, json!({"client_id": "1", "text": "Yes, in M", "reply_to": asked["id"]})).await;
    let seen = line.shown("the answer on the phone", |shown| shown.text == "Yes, in M").await;
    assert_eq!(seen.reply_to.as_deref(), Some(first.as_str()));
    settled(&bob, &path, &answer["id"], "delivered").await;
    line.phone.read(ANN).await.unwrap();
    settled(&bob, &path, &answer["id"], "read").await;
    assert_eq!(messages(&bob, &path).await.iter().filter(|message| message["text"] == "Yes, in M").count(), 1);

    // A picture in, fetched and served with the bytes that were sent.
    line.phone.say(ANN, Said { kind: SaidKind::Photo, ..Said::default() }).await.unwrap();
    let with_picture = message(&bob, &path, "the picture", |message| {
        message["kind"] == "image" && message["attachments"][0]["state"] == "stored"
    })
    .await;
    let file = daemon.url(with_picture["attachments"][0]["url"].as_str().unwrap());
    let client = reqwest::Client::builder().build().unwrap();
    let bytes = client.get(file).header("cookie", &bob.cookie).send().await.unwrap().bytes().await.unwrap();
    assert_eq!(bytes, samples::photo().bytes);

    // Words and a document out: two messages there, one here.
    let part = reqwest::multipart::Part::bytes(samples::document().bytes).file_name("offer.pdf");
    let form = reqwest::multipart::Form::new().part("file", part);
    let upload = client.post(daemon.url("/api/v1/uploads")).header("cookie", &bob.cookie).header("origin", daemon.url(""));
    let upload: Value = upload.multipart(form).send().await.unwrap().error_for_status().unwrap().json().await.unwrap();
    let offer = reply(&bob, &path, json!({"client_id": "2", "text": "our offer", "attachments": [upload["id"]]})).await;
    line.shown("the words", |shown| shown.text == "our offer").await;
    line.shown("the document", |shown| shown.kind == "document").await;
    settled(&bob, &path, &offer["id"], "delivered").await;
    assert_eq!(messages(&bob, &path).await.iter().filter(|message| message["sender_type"] == "operator").count(), 2);

    // A chosen button; an edit; a reaction; a message taken back.
    line.server.say_anything(ANN, json!({"text": "L", "quick_reply": {"payload": "l"}})).unwrap();
    message(&bob, &path, "the choice", |message| message["kind"] == "interactive" && message["extra"]["choice"]["id"] == "l")
        .await;
    line.phone.edit(ANN, &first, "Is this in stock in M?").await.unwrap();
    message(&bob, &path, "the edit", |message| message["id"] == asked["id"] && message["text"] == "Is this in stock in M?").await;
    line.phone.react(ANN, &seen.id, Some("❤")).await.unwrap();
    message(&bob, &path, "the reaction", |message| {
        message["id"] == answer["id"] && message["reactions"].to_string().contains('❤')
    })
    .await;
    let slip = line.says("not for you").await;
    let slipped = message(&bob, &path, "the slip", |message| message["text"] == "not for you").await;
    line.phone.delete(ANN, &slip).await.unwrap();
    message(&bob, &path, "taken back", |message| message["id"] == slipped["id"] && !message["deleted_at"].is_null()).await;

    // A send whose answer was lost is settled by its echo, and made once only.
    line.server.faults().arm("/messages", Fault::CutAfterAct, 1);
    let unsure = reply(&bob, &path, json!({"client_id": "4", "text": "Once only"})).await;
    settled(&bob, &path, &unsure["id"], "delivered").await;
    assert_eq!(line.phone.shown(ANN).iter().filter(|shown| shown.text == "Once only").count(), 1);

    // Blocked: the answer fails for good, with the reason.
    line.phone.block(ANN, true).await.unwrap();
    let lost = reply(&bob, &path, json!({"client_id": "5", "text": "Still there?"})).await;
    settled(&bob, &path, &lost["id"], "failed").await;
    line.phone.block(ANN, false).await.unwrap();

    let (_, report) = bob.post(&format!("{}/diagnose", line.path()), json!({})).await;
    assert!(report["checks"].as_array().unwrap().iter().all(|check| check["state"] == "ok"), "{report}");
    let log = daemon.log_text();
    for secret in [TOKEN, APP_SECRET, "in stock", "Yes, in M"] {
        assert!(!log.contains(secret), "{log}");
    }
    assert_eq!(daemon.stop().await.code(), Some(0));
}

async fn the_business_s_own_hand_and_other_apps_are_seen(store: Store) {
    let daemon = TestDaemon::start(&store).await;
    let bob = daemon.set_up(BOB.0, BOB.1, BOB.2).await;
    let line = Line::connect(&daemon, &bob).await;
    line.says("Hello").await;
    let path = conversation(&bob).await;
    message(&bob, &path, "the question", |message| message["text"] == "Hello").await;

    // What was written in the page's own inbox; an event nobody knows; a broken one among others of its call.
    line.server.write_from_inbox(ANN, "Written in the page's inbox");
    let at = 1_795_000_000_000_i64;
    let item = |content: Value| json!({"sender": {"id": ANN}, "recipient": {"id": PAGE_ID}, "timestamp": at, "message": content});
    let unknown = json!({"sender": {"id": ANN}, "recipient": {"id": PAGE_ID}, "timestamp": at, "teleportation": {}});
    let entry = |items: Value| json!({"id": PAGE_ID, "time": at, "messaging": items});
    line.server.app().webhooks().deliver(vec![
        entry(json!([unknown])),
        entry(json!([item(json!({"text": "without an id"}))])),
        entry(json!([item(json!({"mid": "m_b", "text": "behind the broken one"}))])),
    ]);
    let elsewhere = message(&bob, &path, "the echo", |message| message["text"] == "Written in the page's inbox").await;
    assert_eq!(elsewhere["sender_type"], "operator");
    message(&bob, &path, "the unknown", |message| message["kind"] == "unsupported").await;
    message(&bob, &path, "the last of the batch", |message| message["text"] == "behind the broken one").await;

    // Another app takes the conversation, and gives it back.
    assert_eq!(bob.post(&format!("{path}/accept"), json!({})).await.0, StatusCode::OK);
    line.server.set_elsewhere(ANN, true);
    message(&bob, &path, "taken", |message| message["text"].as_str().is_some_and(|text| text.starts_with("Another app has")))
        .await;
    line.says("to the other app").await;
    message(&bob, &path, "seen all the same", |message| message["text"] == "to the other app").await;
    let vain = reply(&bob, &path, json!({"client_id": "1", "text": "in vain"})).await;
    settled(&bob, &path, &vain["id"], "failed").await;
    let (_, told) = bob.get(&format!("/api/v1/messages/{}/delivery", vain["id"].as_str().unwrap())).await;
    assert!(told.to_string().contains("Another app has this conversation"), "{told}");
    line.server.set_elsewhere(ANN, false);
    message(&bob, &path, "given back", |message| message["text"] == "This conversation was handed over to us").await;
    reply(&bob, &path, json!({"client_id": "2", "text": "Here again"})).await;
    line.shown("here again", |shown| shown.text == "Here again").await;

    // The account's own news.
    line.server.enforce("warning", "Spam.");
    eventually("the notice", async || {
        let (_, inbox) = bob.get(&line.path()).await;
        inbox["health"]["notice"].as_str().is_some_and(|notice| notice.contains("Spam.")).then_some(())
    })
    .await;

    // Forged calls change nothing.
    line.server.app().webhooks().set_signing(Signing::Wrong);
    line.says("forged").await;
    eventually("refused", async || line.server.app().webhooks().sent().iter().any(|sent| sent.status == Some(403)).then_some(()))
        .await;
    assert!(messages(&bob, &path).await.iter().all(|message| message["text"] != "forged"));
    assert_eq!(daemon.stop().await.code(), Some(0));
}

async fn a_restart_in_the_middle_loses_and_repeats_nothing(store: Store) {
    let daemon = TestDaemon::start(&store).await;
    let bob = daemon.set_up(BOB.0, BOB.1, BOB.2).await;
    let line = Line::connect(&daemon, &bob).await;
    // Repetitions that Facebook spreads over minutes come within the test.
    line.server.app().webhooks().set_scale(500);
    line.says("one").await;
    let path = conversation(&bob).await;
    assert_eq!(bob.post(&format!("{path}/accept"), json!({})).await.0, StatusCode::OK);
    let answer = reply(&bob, &path, json!({"client_id": "1", "text": "Answered before"})).await;
    settled(&bob, &path, &answer["id"], "delivered").await;
    for number in 0..10 {
        line.says(&format!("before {number}")).await;
    }
    daemon.kill().await;
    line.server.app().webhooks().hold();
    for number in 0..10 {
        line.says(&format!("while away {number}")).await;
    }

    let daemon = TestDaemon::start(&store).await;
    let bob = daemon.sign_in(BOB.0, BOB.2).await;
    line.hook(&daemon).await;
    line.server.app().webhooks().release(Release::Twice);
    let mut late = within(PATIENCE, "all that was written", async || {
        let texts = texts_of_customer(&bob, &path).await;
        (texts.len() >= 21).then_some(texts)
    })
    .await;
    let mut wanted: Vec<String> = std::iter::once("one".to_owned())
        .chain((0..10).map(|number| format!("before {number}")))
        .chain((0..10).map(|number| format!("while away {number}")))
        .collect();
    late.sort();
    wanted.sort();
    assert_eq!(late, wanted, "each once");
    reply(&bob, &path, json!({"client_id": "2", "text": "Answered after"})).await;
    line.shown("answered again", |shown| shown.text == "Answered after").await;
    assert_eq!(line.phone.shown(ANN).iter().filter(|shown| shown.text == "Answered before").count(), 1);
    assert_eq!(daemon.stop().await.code(), Some(0));
}

async fn texts_of_customer(bob: &Session, path: &str) -> Vec<String> {
    let items = messages(bob, path).await;
    let said = items.iter().filter(|message| message["sender_type"] == "customer");
    said.filter_map(|message| Some(message["text"].as_str()?.to_owned())).collect()
}

async fn every_event_ten_times_over_is_there_once(store: Store) {
    let daemon = TestDaemon::start(&store).await;
    let bob = daemon.set_up(BOB.0, BOB.1, BOB.2).await;
    let line = Line::connect(&daemon, &bob).await;
    line.server.app().webhooks().set_copies(10);
    line.says("first").await;
    let path = conversation(&bob).await;
    let first = message(&bob, &path, "the first", |message| message["text"] == "first").await;
    line.server.app().webhooks().hold();
    let edited = line.says("second").await;
    line.phone.edit(ANN, &edited, "second, corrected").await.unwrap();
    line.says("third").await;
    line.server.app().webhooks().release(Release::Backwards);
    eventually("all taken", async || (line.server.app().webhooks().pending() == 0).then_some(())).await;
    message(&bob, &path, "the correction", |message| message["text"] == "second, corrected").await;
    let mut texts = texts_of_customer(&bob, &path).await;
    texts.sort();
    assert_eq!(texts, ["first", "second, corrected", "third"]);
    assert_eq!(bob.post(&format!("{path}/accept"), json!({})).await.0, StatusCode::OK);
    let answer = reply(&bob, &path, json!({"client_id": "1", "text": "answer", "reply_to": first["id"]})).await;
    settled(&bob, &path, &answer["id"], "delivered").await;
    eventually("all taken", async || (line.server.app().webhooks().pending() == 0).then_some(())).await;
    assert_eq!(messages(&bob, &path).await.iter().filter(|message| message["text"] == "answer").count(), 1);
    assert_eq!(daemon.stop().await.code(), Some(0));
}
