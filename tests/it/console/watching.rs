//! Who looks and who types, told to those whose screens show the conversation, and to nobody else.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use trunkline_stand_ins::phone::{Phone, Said};
use trunkline_stand_ins::socket::{Received, Socket};
use trunkline_stand_ins::telegram::TelegramStandIn;

use crate::support::session::Session;
use crate::support::{Store, TestDaemon, each_store, eventually};

const PASSWORD: &str = "a long password";

each_store! {
    colleagues_see_who_looks_until_the_last_screen_closes,
    looking_back_and_forth_is_told_twice_a_second_and_ends_right,
    who_watches_is_told_of_typing_and_who_does_not_is_not,
    the_writing_of_a_note_reaches_colleagues_only,
    watching_and_looking_take_only_what_they_know,
}

/// Ann, an admin, and Bob, an operator, of a daemon; a visitor's conversation, which Ann has accepted.
pub(super) struct Desk {
    pub(super) daemon: TestDaemon,
    pub(super) ann: Session,
    pub(super) bob: Session,
    pub(super) visitor: Socket,
    pub(super) conversation: String,
}

impl Desk {
    pub(super) async fn open(store: &Store) -> Self {
        let daemon = TestDaemon::start_with(store, &[("access.requests_per_minute", "100000")]).await;
        let ann = daemon.set_up("ann@example.com", "Ann", PASSWORD).await;
        let bob = hire(&daemon, &ann, "Bob", "operator").await;
        let token = daemon.visitor(json!({})).await["token"].as_str().unwrap().to_owned();
        let visitor = daemon.socket(&token).await;
        let started = done(&visitor, "chat:start", json!({"client_id": "s", "content": "Hello"})).await;
        let conversation = started["session_id"].as_str().unwrap().to_owned();
        let (status, answer) = ann.post(&format!("/api/v1/conversations/{conversation}/accept"), json!({})).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        Self { daemon, ann, bob, visitor, conversation }
    }

    pub(super) fn this(&self) -> Value {
        json!({ "session_id": self.conversation })
    }

    async fn watching(&self, session: &Session) -> Socket {
        let socket = session.socket().await;
        done(&socket, "agent:watch", json!({ "session_ids": [self.conversation] })).await;
        socket
    }

    async fn joined(&self, session: &Session) -> Socket {
        let socket = session.socket().await;
        done(&socket, "chat:join", self.this()).await;
        socket
    }

    /// Ann answers; everything that was told before has come when the answer is there.
    pub(super) async fn answer(&self, text: &str) {
        let body = json!({ "client_id": text, "text": text });
        let (status, answer) = self.ann.post(&format!("/api/v1/conversations/{}/messages", self.conversation), body).await;
        assert_eq!(status, StatusCode::CREATED, "{answer}");
    }

    pub(super) async fn close(self) {
        assert_eq!(self.daemon.stop().await.code(), Some(0));
    }
}

async fn hire(daemon: &TestDaemon, admin: &Session, name: &str, role: &str) -> Session {
    let email = format!("{}@example.com", name.to_lowercase());
    let new = json!({"email": email, "name": name, "role": role, "password": PASSWORD});
    let (status, answer) = admin.post("/api/v1/operators", new).await;
    assert_eq!(status, StatusCode::CREATED, "{answer}");
    daemon.sign_in(&email, PASSWORD).await
}

pub(super) async fn done(socket: &Socket, event: &str, payload: Value) -> Value {
    let ack = socket.ask(event, &payload).await.unwrap();
    assert_eq!(ack["ok"], true, "{event} {payload}: {ack}");
    ack
}

/// What a socket is told before a message with this text comes.
async fn told_before(socket: &Socket, text: &str) -> Vec<Received> {
    let mut told = Vec::new();
    loop {
        let event = tokio::time::timeout(Duration::from_secs(10), socket.next()).await.expect("something to come").unwrap();
        if event.name == "chat:new_message" && event.payload["message"]["text"] == text {
            return told;
        }
        told.push(event);
    }
}

fn named<'a>(told: &'a [Received], name: &str) -> Vec<&'a Value> {
    told.iter().filter(|event| event.name == name).map(|event| &event.payload).collect()
}

fn names(viewing: &Value) -> Vec<&str> {
    viewing["viewers"].as_array().unwrap().iter().map(|viewer| viewer["name"].as_str().unwrap()).collect()
}

/// The names told next for the conversation.
async fn viewing(socket: &Socket, expected: &[&str]) {
    eventually("the viewers", async || {
        let told = socket.next_named("chat:viewing").await.unwrap();
        (names(&told) == expected).then_some(())
    })
    .await;
}

async fn colleagues_see_who_looks_until_the_last_screen_closes(store: Store) {
    let desk = Desk::open(&store).await;
    let watcher = desk.watching(&desk.bob).await;
    let screen = desk.ann.socket().await;
    let ack = done(&screen, "agent:view", desk.this()).await;
    assert_eq!(names(&ack), ["Ann"]);
    let told = watcher.next_named("chat:viewing").await.unwrap();
    assert_eq!((&told["session_id"], names(&told)), (&json!(desk.conversation), vec!["Ann"]));
    assert!(told["viewers"][0]["id"].is_string(), "{told}");

    // Whoever comes later learns it from the answer; a second screen of Ann is no second viewer.
    let late = desk.bob.socket().await;
    let other = "01900000-0000-7000-8000-000000000000";
    let ack = done(&late, "agent:watch", json!({ "session_ids": [desk.conversation, other] })).await;
    assert_eq!(ack["viewers"][&desk.conversation][0]["name"], "Ann");
    assert_eq!(ack["viewers"][other], json!([]));
    let second = desk.ann.socket().await;
    assert_eq!(names(&done(&second, "agent:view", desk.this()).await), ["Ann"]);
    let entered = desk.joined(&desk.bob).await;
    assert_eq!(names(&done(&late, "agent:view", desk.this()).await), ["Ann", "Bob"]);
    for socket in [&watcher, &entered] {
        viewing(socket, &["Ann", "Bob"]).await;
    }
    drop(screen);
    done(&late, "agent:view", json!({ "session_id": null })).await;
    viewing(&watcher, &["Ann"]).await;
    // The line is lost without a word: the look ends with the socket.
    drop(second);
    viewing(&watcher, &[]).await;
    let none = done(&watcher, "agent:watch", json!({ "session_ids": [] })).await;
    assert_eq!(none["viewers"], json!({}));

    done(&late, "agent:view", desk.this()).await;
    viewing(&entered, &["Bob"]).await;
    desk.answer("done").await;
    assert_eq!(named(&told_before(&watcher, "done").await, "chat:viewing"), Vec::<&Value>::new(), "no longer watched");
    assert_eq!(named(&told_before(&desk.visitor, "done").await, "chat:viewing"), Vec::<&Value>::new(), "never to customers");
    desk.close().await;
}

async fn looking_back_and_forth_is_told_twice_a_second_and_ends_right(store: Store) {
    const LOOKS: usize = 80;
    let desk = Desk::open(&store).await;
    let (watcher, screen) = (desk.watching(&desk.bob).await, desk.ann.socket().await);
    let began = Instant::now();
    for _ in 0..LOOKS {
        done(&screen, "agent:view", desk.this()).await;
        done(&screen, "agent:view", json!({ "session_id": null })).await;
    }
    done(&screen, "agent:view", desk.this()).await;
    // What has not been before is how it ends; it may wait for its turn.
    let last = desk.bob.socket().await;
    done(&last, "agent:view", desk.this()).await;
    let mut told = 1;
    while names(&watcher.next_named("chat:viewing").await.unwrap()) != ["Ann", "Bob"] {
        told += 1;
    }
    let allowed = began.elapsed().as_millis() / 500 + 1;
    assert!(told <= allowed, "{told} in {:?}", began.elapsed());
    desk.close().await;
}

async fn who_watches_is_told_of_typing_and_who_does_not_is_not(store: Store) {
    let desk = Desk::open(&store).await;
    let auditor = hire(&desk.daemon, &desk.ann, "Carl", "auditor").await;
    let watchers = [desk.watching(&desk.bob).await, desk.watching(&auditor).await];
    let (idle, writer) = (desk.bob.socket().await, desk.joined(&desk.ann).await);
    let mut typing = desk.this();
    typing["typing"] = json!(true);
    done(&desk.visitor, "chat:typing", typing.clone()).await;
    done(&writer, "chat:typing", typing).await;
    desk.answer("here you are").await;
    for watcher in &watchers {
        let told = told_before(watcher, "here you are").await;
        let typing = named(&told, "chat:typing");
        let who: Vec<&Value> = typing.iter().map(|told| &told["sender_type"]).collect();
        assert_eq!(who, ["customer", "operator"], "{typing:?}");
        assert!(typing[1]["sender_id"].is_string() && typing[1].get("private").is_none(), "{typing:?}");
    }
    let told = told_before(&desk.visitor, "here you are").await;
    assert_eq!(named(&told, "chat:typing").len(), 1, "the customer is told of the operator");
    assert!(named(&told_before(&idle, "here you are").await, "chat:typing").is_empty());
    desk.close().await;
}

async fn the_writing_of_a_note_reaches_colleagues_only(store: Store) {
    let desk = Desk::open(&store).await;
    let (watcher, writer) = (desk.watching(&desk.bob).await, desk.joined(&desk.ann).await);
    let mut note = desk.this();
    note["private"] = json!(true);
    done(&writer, "chat:typing", note).await;
    desk.answer("first").await;
    let told = told_before(&watcher, "first").await;
    let typing = named(&told, "chat:typing");
    assert_eq!((typing.len(), &typing[0]["private"], &typing[0]["sender_name"]), (1, &json!(true), &json!("Ann")));
    assert!(named(&told_before(&desk.visitor, "first").await, "chat:typing").is_empty());
    // A note that is being written does not hold back that an answer is.
    done(&writer, "chat:typing", desk.this()).await;
    desk.answer("second").await;
    assert_eq!(named(&told_before(&desk.visitor, "second").await, "chat:typing").len(), 1);

    // Nor is the provider of another channel told.
    let server = TelegramStandIn::start(SocketAddr::from(([127, 0, 0, 1], 0)), "7100001:AAHtest-test-test-test-test-test-te")
        .await
        .unwrap();
    let settings = json!({"token": server.token(), "api_url": server.url(), "timeouts": {"poll_s": 1, "pause_ms": 50}});
    let (status, bot) =
        desk.ann.post("/api/v1/inboxes", json!({"name": "bot", "channel": "telegram", "settings": settings})).await;
    assert_eq!(status, StatusCode::CREATED, "{bot}");
    server.say("50012345", Said { text: "Hello".into(), ..Said::default() }).await.unwrap();
    let chat = eventually("the chat", async || {
        let (_, page) = desk.ann.get("/api/v1/conversations?channel=telegram").await;
        page["items"][0]["id"].as_str().map(str::to_owned)
    })
    .await;
    let path = format!("/api/v1/conversations/{chat}");
    assert_eq!(desk.ann.post(&format!("{path}/accept"), json!({})).await.0, StatusCode::OK);
    done(&writer, "chat:join", json!({ "session_id": chat })).await;
    done(&writer, "chat:typing", json!({ "session_id": chat, "private": true })).await;
    let (status, sent) = desk.ann.post(&format!("{path}/messages"), json!({"client_id": "t", "text": "Hi"})).await;
    assert_eq!(status, StatusCode::CREATED, "{sent}");
    eventually("the answer at the provider", async || (!server.calls("sendMessage").is_empty()).then_some(())).await;
    assert_eq!(server.calls("sendChatAction").len(), 0);
    done(&writer, "chat:typing", json!({ "session_id": chat })).await;
    eventually("typing at the provider", async || (server.calls("sendChatAction").len() == 1).then_some(())).await;
    desk.close().await;
}

async fn watching_and_looking_take_only_what_they_know(store: Store) {
    let desk = Desk::open(&store).await;
    let auditor = hire(&desk.daemon, &desk.ann, "Carl", "auditor").await.socket().await;
    let screen = desk.ann.socket().await;
    for (event, payload, status) in [
        ("agent:watch", json!({}), 400),
        ("agent:watch", json!({"session_ids": "x"}), 400),
        ("agent:watch", json!({"session_ids": [7]}), 400),
        ("agent:watch", json!({"session_ids": vec!["x"; 201]}), 400),
        ("agent:watch", json!({"session_ids": ["x".repeat(65)]}), 400),
        ("agent:view", json!({"session_id": 7}), 400),
        ("agent:view", json!([desk.conversation]), 400),
        ("agent:view", json!({"session_id": "01900000-0000-7000-8000-000000000000"}), 404),
        ("agent:view", json!({"session_id": "\0"}), 404),
        ("chat:typing", json!({"session_id": desk.conversation, "private": "yes"}), 400),
        ("chat:typing", desk.this(), 409),
    ] {
        let ack = screen.ask(event, &payload).await.unwrap();
        assert_eq!((&ack["ok"], &ack["problem"]["status"]), (&json!(false), &json!(status)), "{event}: {ack}");
    }
    for (socket, event) in [(&desk.visitor, "agent:watch"), (&desk.visitor, "agent:view"), (&auditor, "agent:view")] {
        let ack = socket.ask(event, &json!({"session_id": desk.conversation, "session_ids": []})).await.unwrap();
        assert_eq!((&ack["ok"], &ack["problem"]["status"]), (&json!(false), &json!(403)), "{event}: {ack}");
    }
    // The most that can be watched; and a view that was refused has not taken the place of the one before.
    let many: Vec<String> = (0..199).map(|n| format!("c{n}")).chain([desk.conversation.clone()]).collect();
    done(&screen, "agent:watch", json!({ "session_ids": many })).await;
    done(&screen, "agent:view", desk.this()).await;
    screen.ask("agent:view", &json!({"session_id": "nowhere"})).await.unwrap();
    let seen = done(&auditor, "agent:watch", json!({ "session_ids": [desk.conversation] })).await;
    assert_eq!(seen["viewers"][&desk.conversation][0]["name"], "Ann");
    let (status, _) = desk.ann.ask(Method::GET, "/api/v1/conversations/counts", None).await;
    assert_eq!(status, StatusCode::OK);
    desk.close().await;
}
