//! What only Messenger does, through the real daemon with the stand-in on the other side. The rest stands in `channels`.

use std::net::SocketAddr;
use std::sync::Arc;

use reqwest::StatusCode;
use serde_json::{Value, json};
use trunkline_stand_ins::faults::Fault;
use trunkline_stand_ins::graph::messenger::{self, Messenger, PAGE_ID, TOKEN};
use trunkline_stand_ins::graph::{APP_ID, APP_SECRET, Release, Signing, VERIFY_TOKEN};
use trunkline_stand_ins::phone::{Phone, Said, Shown};

use crate::support::talk::{self, accepted, conversation, delivery, message, messages, reply, settled, texts_of_customer};
use crate::support::{Session, Store, TestDaemon, each_store, eventually};

const ANN: &str = "7300000000000001";

each_store!(
    a_send_whose_answer_was_lost_is_settled_by_its_echo,
    the_business_s_own_hand_and_other_apps_are_seen,
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
        let inbox = talk::connect(bob, "messenger", &settings, &[TOKEN, APP_SECRET, VERIFY_TOKEN]).await;
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
        talk::shown(&*self.phone, ANN, what, fits).await
    }

    fn path(&self) -> String {
        format!("/api/v1/inboxes/{}", self.inbox["id"].as_str().unwrap())
    }
}

async fn a_send_whose_answer_was_lost_is_settled_by_its_echo(store: Store) {
    let daemon = TestDaemon::start(&store).await;
    let bob = talk::bob(&daemon).await;
    let line = Line::connect(&daemon, &bob).await;
    line.says("Is this in stock?").await;
    let path = accepted(&bob).await;
    // Messenger does not tell names with messages.
    eventually("the name", async || {
        let (_, people) = bob.get("/api/v1/contacts").await;
        (people["items"][0]["name"] == "Ann Lee").then_some(())
    })
    .await;
    line.server.faults().arm("/messages", Fault::CutAfterAct, 1);
    let unsure = reply(&bob, &path, json!({"client_id": "1", "text": "Once only"})).await;
    settled(&bob, &path, &unsure["id"], "delivered").await;
    assert_eq!(talk::times_shown(&*line.phone, ANN, "Once only"), 1);
    assert_eq!(messages(&bob, &path).await.iter().filter(|message| message["text"] == "Once only").count(), 1);
    assert_eq!(daemon.stop().await.code(), Some(0));
}

async fn the_business_s_own_hand_and_other_apps_are_seen(store: Store) {
    let daemon = TestDaemon::start(&store).await;
    let bob = talk::bob(&daemon).await;
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
    let told = delivery(&bob, &vain["id"]).await;
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

async fn every_event_ten_times_over_is_there_once(store: Store) {
    let daemon = TestDaemon::start(&store).await;
    let bob = talk::bob(&daemon).await;
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
