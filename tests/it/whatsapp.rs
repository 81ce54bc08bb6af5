//! What only WhatsApp does, through the real daemon with the stand-in on the other side. The rest stands in `channels`.

use std::net::SocketAddr;
use std::sync::Arc;

use reqwest::StatusCode;
use serde_json::{Value, json};
use trunkline_stand_ins::faults::Fault;
use trunkline_stand_ins::graph::whatsapp::{self, PHONE_NUMBER_ID, SECOND_PHONE_NUMBER_ID, TOKEN, WABA_ID, WhatsApp};
use trunkline_stand_ins::graph::{APP_SECRET, Release, Signing, VERIFY_TOKEN};
use trunkline_stand_ins::phone::{Phone, Said, Shown};
use trunkline_stand_ins::samples;

use crate::support::talk::{self, accepted, conversation, delivery, message, messages, reply, settled, texts_of_customer};
use crate::support::{Session, Store, TestDaemon, each_store, eventually};

const ANN: &str = "15557770001";

each_store!(
    a_send_whose_answer_was_lost_is_settled_by_its_status,
    one_person_stays_one_under_all_their_ids,
    buttons_are_pressed_and_a_template_goes_when_the_window_is_closed,
    a_failure_told_before_the_answer_to_the_send_stands,
    a_template_takes_a_picture_and_the_rest_of_an_address,
    two_numbers_of_an_account_share_one_address,
    every_event_ten_times_over_is_there_once,
);

/// A number with an inbox.
struct Line {
    server: WhatsApp,
    phone: Arc<dyn Phone>,
    inbox: Value,
}

impl Line {
    async fn connect(daemon: &TestDaemon, bob: &Session) -> Self {
        let server = whatsapp::start(SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap();
        let inbox = inbox_of(bob, &server, PHONE_NUMBER_ID).await;
        let line = Self { phone: server.phone(), server, inbox };
        line.hook(daemon).await;
        line
    }

    /// Tells Meta where to call, as the app's dashboard does; the daemon does not know its port before it has one.
    async fn hook(&self, daemon: &TestDaemon) {
        let url = daemon.url(&format!("/in/{}", self.inbox["id"].as_str().unwrap()));
        eventually("the handshake", async || self.server.app().webhooks().shake_hands(&url, Some(VERIFY_TOKEN)).await.ok()).await;
    }

    async fn says(&self, text: &str) -> String {
        self.phone.say(ANN, Said { name: Some("Ann".into()), text: text.into(), ..Said::default() }).await.unwrap()
    }

    async fn shown(&self, what: &str, fits: impl Fn(&Shown) -> bool) -> Shown {
        talk::shown(&*self.phone, ANN, what, fits).await
    }

    fn path(&self) -> String {
        format!("/api/v1/inboxes/{}", self.inbox["id"].as_str().unwrap())
    }
}

async fn inbox_of(bob: &Session, server: &WhatsApp, number: &str) -> Value {
    let settings = json!({"phone_number_id": number, "business_account_id": WABA_ID, "access_token": TOKEN,
        "app_secret": APP_SECRET, "verify_token": VERIFY_TOKEN, "api_url": server.url(), "register_webhook": false,
        "timeouts": {"call_ms": 5_000, "pause_ms": 50, "longest_pause_ms": 200, "stubborn_ms": 200, "check_ms": 200}});
    let (status, inbox) = bob.post("/api/v1/inboxes", json!({"name": number, "channel": "whatsapp", "settings": settings})).await;
    assert_eq!(status, StatusCode::CREATED, "{inbox}");
    for secret in [TOKEN, APP_SECRET, VERIFY_TOKEN] {
        assert!(!inbox.to_string().contains(secret), "{inbox}");
    }
    inbox
}

async fn a_send_whose_answer_was_lost_is_settled_by_its_status(store: Store) {
    let daemon = TestDaemon::start(&store).await;
    let bob = talk::bob(&daemon).await;
    let line = Line::connect(&daemon, &bob).await;
    line.says("Is this in stock?").await;
    let path = accepted(&bob).await;
    line.server.faults().arm("/messages", Fault::CutAfterAct, 1);
    let unsure = reply(&bob, &path, json!({"client_id": "1", "text": "Once only"})).await;
    settled(&bob, &path, &unsure["id"], "delivered").await;
    assert_eq!(talk::times_shown(&*line.phone, ANN, "Once only"), 1);

    // Who has blocked the number, or left WhatsApp, is told of later: the send itself was taken.
    line.phone.block(ANN, true).await.unwrap();
    let lost = reply(&bob, &path, json!({"client_id": "2", "text": "Still there?"})).await;
    settled(&bob, &path, &lost["id"], "failed").await;
    let told = delivery(&bob, &lost["id"]).await;
    assert_eq!((&told["history"][0]["outcome"], &told["code"]), (&json!("sent"), &json!("131026")), "{told}");
    let log = daemon.log_text();
    for secret in [TOKEN, APP_SECRET, VERIFY_TOKEN, ANN, "in stock", "Once only"] {
        assert!(!log.contains(secret), "{secret}: {log}");
    }
    assert_eq!(daemon.stop().await.code(), Some(0));
}

async fn buttons_are_pressed_and_a_template_goes_when_the_window_is_closed(store: Store) {
    let daemon = TestDaemon::start(&store).await;
    let bob = talk::bob(&daemon).await;
    let line = Line::connect(&daemon, &bob).await;
    line.says("Which sizes are there?").await;
    let path = accepted(&bob).await;
    let (_, open) = bob.get(&path).await;
    assert!(open["reply_window"]["free_until"].is_i64(), "{open}");

    let buttons = json!([{"id": "m", "title": "M"}, {"id": "l", "title": "L"}]);
    reply(&bob, &path, json!({"client_id": "1", "text": "These two:", "extra": {"buttons": buttons}})).await;
    let offered = line.shown("the buttons", |shown| shown.buttons == ["M", "L"]).await;
    line.phone.press(ANN, &offered.id, 1).await.unwrap();
    message(&bob, &path, "the choice", |message| message["extra"]["choice"]["id"] == "l").await;

    // Meta's clock decides, whatever ours says.
    line.server.app().advance(std::time::Duration::from_secs(25 * 3_600));
    let late = reply(&bob, &path, json!({"client_id": "2", "text": "It is here"})).await;
    settled(&bob, &path, &late["id"], "failed").await;
    let told = delivery(&bob, &late["id"]).await;
    assert!(told["shown"].as_str().unwrap().contains("template"), "{told}");

    let (status, templates) = bob.get(&format!("{}/templates", line.path())).await;
    assert_eq!(status, StatusCode::OK, "{templates}");
    assert!(templates.to_string().contains("order_ready"), "{templates}");
    let parameters = json!([{"text": "Ann"}, {"text": "4711"}]);
    let template = json!({"name": "order_ready", "language": "en_US", "parameters": parameters});
    let sent = reply(&bob, &path, json!({"client_id": "3", "kind": "template", "extra": {"template": template}})).await;
    settled(&bob, &path, &sent["id"], "delivered").await;
    line.shown("the template", |shown| shown.kind == "template" && shown.text.contains("4711")).await;
    assert_eq!(daemon.stop().await.code(), Some(0));
}

async fn a_failure_told_before_the_answer_to_the_send_stands(store: Store) {
    let daemon = TestDaemon::start(&store).await;
    let bob = talk::bob(&daemon).await;
    let line = Line::connect(&daemon, &bob).await;
    line.says("Write to me!").await;
    let path = accepted(&bob).await;
    line.server.set_statuses_first(true);
    line.phone.block(ANN, true).await.unwrap();
    let lost = reply(&bob, &path, json!({"client_id": "1", "text": "Here I am"})).await;
    settled(&bob, &path, &lost["id"], "failed").await;
    let told = eventually("the end of the attempt", async || {
        Some(delivery(&bob, &lost["id"]).await).filter(|told| told["history"][0]["outcome"] == "sent")
    })
    .await;
    assert_eq!(told["state"], "failed", "{told}");

    // So that it can be sent again.
    line.phone.block(ANN, false).await.unwrap();
    let path_of_retry = format!("/api/v1/deliveries/{}/retry", told["id"].as_str().unwrap());
    assert!(bob.post(&path_of_retry, json!({})).await.0.is_success());
    line.shown("the lost one", |shown| shown.text == "Here I am").await;
    settled(&bob, &path, &lost["id"], "delivered").await;
    assert_eq!(daemon.stop().await.code(), Some(0));
}

async fn a_template_takes_a_picture_and_the_rest_of_an_address(store: Store) {
    let daemon = TestDaemon::start(&store).await;
    let bob = talk::bob(&daemon).await;
    let line = Line::connect(&daemon, &bob).await;
    line.says("Anything new?").await;
    let path = accepted(&bob).await;
    let (_, templates) = bob.get(&format!("{}/templates", line.path())).await;
    let offer = templates["items"].as_array().unwrap().iter().find(|one| one["name"] == "new_in").unwrap();
    assert_eq!((&offer["header_file"], &offer["button_variables"]), (&json!("image"), &json!([0])), "{offer}");

    let photo = talk::upload(&daemon, &bob, "shoes.jpg", samples::photo().bytes).await;
    let buttons = json!([{"index": 0, "text": "shoes"}]);
    let template = json!({"name": "new_in", "language": "en_US", "parameters": [{"text": "Shoes"}], "buttons": buttons});
    let body = |client_id: &str, files: &[&Value]| json!({"client_id": client_id, "kind": "template", "attachments": files, "extra": {"template": template}});
    let (status, refused) = bob.post(&format!("{path}/messages"), body("1", &[&photo, &photo])).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{refused}");
    assert_eq!(refused["errors"][0]["pointer"], "/attachments", "{refused}");
    let sent = reply(&bob, &path, body("2", &[&photo])).await;
    settled(&bob, &path, &sent["id"], "delivered").await;
    let shown = line.shown("the offer", |shown| shown.kind == "template").await;
    assert_eq!((shown.text.as_str(), shown.buttons), ("New in: Shoes", vec!["See".to_owned()]));
    assert_eq!(daemon.stop().await.code(), Some(0));
}

async fn one_person_stays_one_under_all_their_ids(store: Store) {
    let daemon = TestDaemon::start(&store).await;
    let bob = talk::bob(&daemon).await;
    let line = Line::connect(&daemon, &bob).await;
    line.says("with my number").await;
    let path = accepted(&bob).await;

    // What was written in the phone app is seen; so is a number that is hidden from now on.
    line.server.write_from_app(ANN, "Written in the phone app");
    let echo = message(&bob, &path, "the echo", |message| message["text"] == "Written in the phone app").await;
    assert_eq!(echo["sender_type"], "operator");
    line.server.hide_number(ANN, "@ann");
    line.says("without my number").await;
    message(&bob, &path, "in the same conversation", |message| message["text"] == "without my number").await;
    line.server.change_number(ANN, "15557770009");
    line.says("with another number").await;
    message(&bob, &path, "still in it", |message| message["text"] == "with another number").await;
    reply(&bob, &path, json!({"client_id": "1", "text": "Found you"})).await;
    line.shown("the answer", |shown| shown.text == "Found you").await;
    let (_, people) = bob.get("/api/v1/contacts").await;
    assert_eq!(people["items"].as_array().map(Vec::len), Some(1), "{people}");

    // The account's own news, and calls that nobody signed.
    line.server
        .tell_field("account_update", &json!({"event": "ACCOUNT_RESTRICTION", "violation_info": {"violation_type": "SPAM"}}));
    eventually("the notice", async || {
        let (_, inbox) = bob.get(&line.path()).await;
        inbox["health"]["notice"].as_str().is_some_and(|notice| notice.contains("spam")).then_some(())
    })
    .await;
    line.server.app().webhooks().set_signing(Signing::Wrong);
    line.says("forged").await;
    eventually("refused", async || line.server.app().webhooks().sent().iter().any(|sent| sent.status == Some(403)).then_some(()))
        .await;
    assert!(messages(&bob, &path).await.iter().all(|message| message["text"] != "forged"));
    assert_eq!(daemon.stop().await.code(), Some(0));
}

async fn two_numbers_of_an_account_share_one_address(store: Store) {
    let daemon = TestDaemon::start(&store).await;
    let bob = talk::bob(&daemon).await;
    let line = Line::connect(&daemon, &bob).await;
    let second = inbox_of(&bob, &line.server, SECOND_PHONE_NUMBER_ID).await;
    line.server.app().webhooks().hold();
    line.says("to the first").await;
    let said = Said { text: "to the second".into(), ..Said::default() };
    line.server.phone_of(SECOND_PHONE_NUMBER_ID).say(ANN, said).await.unwrap();
    // Both in one call, as Meta may do it.
    line.server.app().webhooks().release(Release::Together);
    let found = eventually("both conversations", async || {
        let (_, page) = bob.get("/api/v1/conversations").await;
        page["items"].as_array().filter(|items| items.len() == 2).cloned()
    })
    .await;
    for (inbox, text) in [(&line.inbox, "to the first"), (&second, "to the second")] {
        let its = found.iter().find(|found| found["inbox"]["id"] == inbox["id"] || found["inbox_id"] == inbox["id"]);
        let its = its.unwrap_or_else(|| panic!("{found:?}"));
        let path = format!("/api/v1/conversations/{}", its["id"].as_str().unwrap());
        assert_eq!(texts_of_customer(&bob, &path).await, [text]);
    }
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
    // Statuses ten times over and before the answer to the send.
    line.server.set_statuses_first(true);
    let answer = reply(&bob, &path, json!({"client_id": "1", "text": "answer", "reply_to": first["id"]})).await;
    settled(&bob, &path, &answer["id"], "delivered").await;
    eventually("all taken", async || (line.server.app().webhooks().pending() == 0).then_some(())).await;
    assert_eq!(messages(&bob, &path).await.iter().filter(|message| message["text"] == "answer").count(), 1);
    assert_eq!(line.phone.shown(ANN).iter().filter(|shown| shown.text == "answer").count(), 1);
    assert_eq!(daemon.stop().await.code(), Some(0));
}
