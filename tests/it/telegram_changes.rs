//! What operators do to messages that have left, on Telegram through the real daemon.

use std::net::SocketAddr;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use trunkline_stand_ins::faults::Fault;
use trunkline_stand_ins::phone::{Phone, Said, Shown};
use trunkline_stand_ins::telegram::TelegramStandIn;

use crate::support::{Session, Store, TestDaemon, each_store, eventually, talk};

const TOKEN: &str = "7100001:AAHtest-test-test-test-test-test-te";
const ANN: &str = "50012345";

each_store!(an_operator_edits_reacts_types_and_takes_back, a_change_waits_out_trouble_and_a_refusal_is_told);

struct Desk {
    server: TelegramStandIn,
    daemon: TestDaemon,
    bob: Session,
    inbox: String,
    path: String,
    /// Of the customer's first message: here and at Telegram.
    asked: (String, String),
}

impl Desk {
    /// Ann has written and Bob has accepted.
    async fn open(store: &Store) -> Self {
        let server = TelegramStandIn::start(SocketAddr::from(([127, 0, 0, 1], 0)), TOKEN).await.unwrap();
        let daemon = TestDaemon::start(store).await;
        let bob = talk::bob(&daemon).await;
        let settings = json!({"token": TOKEN, "api_url": server.url(),
            "timeouts": {"call_ms": 5_000, "poll_s": 2, "pause_ms": 50, "longest_pause_ms": 200, "stubborn_ms": 200}});
        let inbox = talk::connect(&bob, "telegram", &settings, &[TOKEN]).await;
        let said = Said { name: Some("Ann".into()), text: "Is this in stock?".into(), ..Said::default() };
        let first = server.say(ANN, said).await.unwrap();
        let path = talk::accepted(&bob).await;
        let inbox = inbox["id"].as_str().unwrap().to_owned();
        let mut desk = Self { server, daemon, bob, inbox, path, asked: (String::new(), first) };
        let asked = desk.message("the question", |message| message["sender_type"] == "customer").await;
        desk.asked.0 = asked["id"].as_str().unwrap().to_owned();
        desk
    }

    async fn message(&self, what: &str, fits: impl Fn(&Value) -> bool) -> Value {
        talk::message(&self.bob, &self.path, what, fits).await
    }

    async fn shown(&self, what: &str, fits: impl Fn(&Shown) -> bool) -> Shown {
        eventually(what, async || self.server.shown(ANN).into_iter().find(&fits)).await
    }

    /// Writes an answer and waits until Telegram has it.
    async fn sent(&self, body: Value) -> String {
        let (status, answer) = self.bob.post(&format!("{}/messages", self.path), body).await;
        assert_eq!(status, StatusCode::CREATED, "{answer}");
        self.message("sent", |message| message["id"] == answer["id"] && message["status"] == "sent").await;
        answer["id"].as_str().unwrap().to_owned()
    }

    async fn change(&self, method: Method, message_id: &str, more: &str, body: Option<Value>) -> (StatusCode, Value) {
        self.bob.ask(method, &format!("{}/messages/{message_id}{more}", self.path), body).await
    }
}

async fn an_operator_edits_reacts_types_and_takes_back(store: Store) {
    let desk = Desk::open(&store).await;
    let socket = desk.bob.socket().await;
    let id = desk.path.rsplit('/').next().unwrap();
    socket.ask("chat:join", &json!({"session_id": id})).await.unwrap();

    // Buttons, as the channel takes them; a press comes back as a message.
    let buttons = json!({"client_id": "1", "text": "Which size?",
        "extra": {"buttons": [{"id": "m", "title": "M"}, {"title": "Sizes", "url": "https://example.com/sizes"}]}});
    let question = desk.sent(buttons).await;
    let seen = desk.shown("the question with buttons", |shown| shown.text == "Which size?").await;
    assert_eq!(seen.buttons, ["M", "Sizes"]);
    desk.server.press(ANN, &seen.id, 0).await.unwrap();
    let choice = desk.message("the choice", |message| message["kind"] == "interactive").await;
    assert_eq!(choice["extra"]["choice"]["id"], "m", "{choice}");
    let place = json!({"client_id": "2", "kind": "location", "extra": {"location": {"latitude": 52.5, "longitude": 13.4}}});
    desk.sent(place).await;
    desk.shown("the place", |shown| shown.kind == "location").await;
    let too_long = json!({"client_id": "3", "text": "?", "extra": {"buttons": [{"id": "m".repeat(65), "title": "M"}]}});
    let (status, refused) = desk.bob.post(&format!("{}/messages", desk.path), too_long).await;
    assert_eq!((status, &refused["code"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("not_supported")), "{refused}");

    // Another text, on the phone and here, with an event.
    let (status, asked) = desk.change(Method::PATCH, &question, "", Some(json!({"text": "Which size, please?"}))).await;
    assert_eq!((status, &asked["amendment"]["change"]), (StatusCode::ACCEPTED, &json!("edit")), "{asked}");
    desk.shown("the new text", |shown| shown.text == "Which size, please?" && shown.edited).await;
    let now = desk.message("the edit here", |message| message["text"] == "Which size, please?").await;
    assert!(now["edited_at"].is_i64() && now["amendment"].is_null(), "{now}");
    eventually("the change is told as done", async || {
        let told = socket.next_named("chat:amendment").await.unwrap();
        (told["amendment"]["state"] == "done" && told["message_id"] == json!(question)).then_some(())
    })
    .await;

    // A reaction, another one in its place, none.
    let (asked, at_telegram) = &desk.asked;
    for emoji in ["👍", "🔥"] {
        let (status, answer) = desk.change(Method::PUT, asked, "/reaction", Some(json!({"emoji": emoji}))).await;
        assert_eq!(status, StatusCode::ACCEPTED, "{answer}");
        desk.shown("the reaction", |shown| shown.id == *at_telegram && shown.reaction.as_deref() == Some(emoji)).await;
        desk.message("the reaction here", |message| {
            message["id"] == json!(asked) && message["reactions"].as_array().unwrap().iter().any(|mark| mark["emoji"] == emoji)
        })
        .await;
    }
    let (status, refused) = desk.change(Method::PUT, asked, "/reaction", Some(json!({"emoji": "🦖"}))).await;
    assert_eq!((status, &refused["code"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("not_supported")), "{refused}");
    assert_eq!(desk.change(Method::DELETE, asked, "/reaction", None).await.0, StatusCode::ACCEPTED);
    desk.shown("no reaction", |shown| shown.id == *at_telegram && shown.reaction.is_none()).await;
    desk.message("no reaction here", |message| message["id"] == json!(asked) && message["reactions"] == json!([])).await;

    // Typing, and taken back.
    socket.ask("chat:typing", &json!({"session_id": id, "typing": true})).await.unwrap();
    eventually("typing on the phone", async || desk.server.sees_typing(ANN).then_some(())).await;
    assert_eq!(desk.change(Method::DELETE, &question, "", None).await.0, StatusCode::ACCEPTED);
    desk.message("gone here", |message| message["id"] == json!(question) && message["deleted_at"].is_i64()).await;
    eventually("gone on the phone", async || {
        let left = desk.server.shown(ANN).into_iter().any(|shown| shown.id == seen.id && !shown.deleted);
        (!left).then_some(())
    })
    .await;
    let (status, gone) = desk.change(Method::PATCH, &question, "", Some(json!({"text": "again"}))).await;
    assert_eq!((status, &gone["code"]), (StatusCode::CONFLICT, &json!("deleted")), "{gone}");
    let (status, theirs) = desk.change(Method::DELETE, asked, "", None).await;
    assert_eq!((status, &theirs["code"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("not_supported")), "{theirs}");
    let (status, none) = desk.bob.get(&format!("/api/v1/inboxes/{}/templates", desk.inbox)).await;
    assert_eq!((status, &none["code"]), (StatusCode::CONFLICT, &json!("not_supported")), "{none}");
    assert_eq!(desk.daemon.stop().await.code(), Some(0));
}

async fn a_change_waits_out_trouble_and_a_refusal_is_told(store: Store) {
    let desk = Desk::open(&store).await;
    let answer = desk.sent(json!({"client_id": "1", "text": "Yes"})).await;

    // Broken off after Telegram did it: repeated, as that does no harm.
    desk.server.faults().arm("editMessageText", Fault::CutAfterAct, 1);
    assert_eq!(desk.change(Method::PATCH, &answer, "", Some(json!({"text": "Yes, in M"}))).await.0, StatusCode::ACCEPTED);
    desk.message("changed", |message| message["text"] == "Yes, in M").await;
    desk.shown("changed on the phone", |shown| shown.text == "Yes, in M").await;

    // Not before it was sent: there is nothing to change yet.
    desk.server.block(ANN, true).await.unwrap();
    let (_, lost) = desk.bob.post(&format!("{}/messages", desk.path), json!({"client_id": "2", "text": "Hello?"})).await;
    let lost_id = lost["id"].as_str().unwrap();
    desk.message("failed", |message| message["id"] == lost["id"] && message["status"] == "failed").await;
    let (status, refused) = desk.change(Method::PATCH, lost_id, "", Some(json!({"text": "Hi?"}))).await;
    assert_eq!((status, &refused["code"]), (StatusCode::CONFLICT, &json!("not_sent")), "{refused}");
    // The send has shown that Ann blocks the bot, and that she is back, her next word shows.
    let (_, view) = desk.bob.get(&desk.path).await;
    assert!(view["contact"]["blocked_at"].is_i64(), "{view}");
    desk.server.block(ANN, false).await.unwrap();
    desk.server.say(ANN, Said { text: "I am back".into(), ..Said::default() }).await.unwrap();
    eventually("reachable", async || desk.bob.get(&desk.path).await.1["contact"]["blocked_at"].is_null().then_some(())).await;

    // Refused for good: the old text stays, with the reason.
    desk.server.faults().arm("editMessageText", refusal(), 1);
    assert_eq!(desk.change(Method::PATCH, &answer, "", Some(json!({"text": "No"}))).await.0, StatusCode::ACCEPTED);
    let kept = desk.message("refused", |message| message["amendment"]["state"] == "failed").await;
    assert_eq!((&kept["text"], &kept["amendment"]["value"]), (&json!("Yes, in M"), &json!("No")), "{kept}");
    assert!(kept["amendment"]["shown"].is_string(), "{kept}");
    let log = desk.daemon.log_text();
    assert!(!log.contains("in M") && !log.contains("I am back"), "{log}");
    assert_eq!(desk.daemon.stop().await.code(), Some(0));
}

fn refusal() -> Fault {
    let body = json!({"ok": false, "error_code": 400, "description": "Bad Request: message can't be edited"});
    Fault::Answer { status: 400, headers: Vec::new(), body: body.to_string() }
}
