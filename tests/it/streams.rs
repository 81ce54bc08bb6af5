//! Sockets and event streams of the real daemon: whoever is slow, signed out or cut off is told so and misses nothing.

use std::time::{Duration, Instant};

use reqwest::{Client, Method, Response, StatusCode};
use serde_json::{Value, json};
use trunkline::app::App;
use trunkline::events::{Audience, EventKind, NewEvent};
use trunkline_stand_ins::socket::Socket;

use crate::support::session::Session;
use crate::support::{Store, TestDaemon, each_store};

const EMAIL: &str = "ann@example.com";
const PASSWORD: &str = "a long password";
const PATIENCE: Duration = Duration::from_secs(30);

each_store!(
    who_does_not_read_is_closed_with_a_reason_and_goes_on_without_a_gap,
    a_disabled_operators_sockets_and_streams_end_at_once,
    a_stream_of_events_goes_on_after_its_last_id_over_a_restart,
);

/// More than the buffers of both kernels and the daemon hold together, and fewer events than a resume gives.
const BIG: usize = 64 * 1024;
const BIG_EVENTS: i64 = 400;

async fn who_does_not_read_is_closed_with_a_reason_and_goes_on_without_a_gap(store: Store) {
    let daemon = TestDaemon::start(&store).await;
    let ann = daemon.set_up(EMAIL, "Ann", PASSWORD).await;
    let app = store.live_app().await;
    let slow = ann.socket().await;
    slow.next_named("server:hello").await.unwrap();
    let quick = ann.socket().await;
    slow.set_reading(false);
    write(&app, 0, BIG_EVENTS, BIG).await;
    // Others are not held up by who does not read.
    let told = numbers(&quick, BIG_EVENTS).await;
    assert_eq!(told.iter().map(|(_, n)| *n).collect::<Vec<_>>(), (0..BIG_EVENTS).collect::<Vec<_>>());
    daemon.line("a slow reader", |line| line.contains("its client does not read").then_some(())).await;

    slow.set_reading(true);
    let (mut got, mut reason) = (Vec::new(), None);
    while let Ok(Some(event)) = tokio::time::timeout(PATIENCE, slow.next()).await {
        match event.name.as_str() {
            "chat:session_updated" => got.push(place(&event.payload)),
            "server:closing" => reason = event.payload["reason"].as_str().map(str::to_owned),
            _ => {}
        }
    }
    assert_eq!(reason.as_deref(), Some("slow_reader"));
    assert!(!got.is_empty() && got.len() < usize::try_from(BIG_EVENTS).unwrap(), "{} of {BIG_EVENTS}", got.len());

    let last = got.last().unwrap().0;
    let again = Socket::connect(&daemon.url(""), &json!({ "after": last }), Some(&ann.cookie)).await.unwrap();
    assert_eq!(again.next_named("server:hello").await.unwrap()["reset"], false);
    got.extend(numbers(&again, BIG_EVENTS - i64::try_from(got.len()).unwrap()).await);
    assert_eq!(got.iter().map(|(_, n)| *n).collect::<Vec<_>>(), (0..BIG_EVENTS).collect::<Vec<_>>());
    assert_eq!(daemon.stop().await.code(), Some(0));
}

async fn a_disabled_operators_sockets_and_streams_end_at_once(store: Store) {
    let daemon = TestDaemon::start(&store).await;
    let ann = daemon.set_up(EMAIL, "Ann", PASSWORD).await;
    let new = json!({"email": "bob@example.com", "name": "Bob", "role": "operator", "password": "another long password"});
    let (status, bob) = ann.post("/api/v1/operators", new).await;
    assert_eq!(status, StatusCode::CREATED, "{bob}");
    let bobs = daemon.sign_in("bob@example.com", "another long password").await;
    let mut sockets = Vec::new();
    for _ in 0..3 {
        let socket = bobs.socket().await;
        socket.next_named("server:hello").await.unwrap();
        sockets.push(socket);
    }
    let mut stream = Stream::open(&daemon, &bobs, None).await;

    let began = Instant::now();
    let path = format!("/api/v1/operators/{}", bob["id"].as_str().unwrap());
    let (status, disabled) = ann.ask(Method::PATCH, &path, Some(json!({"disabled": true}))).await;
    assert_eq!(status, StatusCode::OK, "{disabled}");
    for socket in &sockets {
        assert_eq!(socket.next_named("server:closing").await.unwrap()["reason"], "signed_out");
    }
    while stream.next().await.is_some() {}
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    assert!(Socket::connect(&daemon.url(""), &json!({}), Some(&bobs.cookie)).await.is_err(), "and no way back in");
    assert_eq!(daemon.stop().await.code(), Some(0));
}

async fn a_stream_of_events_goes_on_after_its_last_id_over_a_restart(store: Store) {
    let daemon = TestDaemon::start(&store).await;
    let ann = daemon.set_up(EMAIL, "Ann", PASSWORD).await;
    let app = store.live_app().await;
    let mut stream = Stream::open(&daemon, &ann, None).await;
    write(&app, 0, 5, 10).await;
    let mut told = Vec::new();
    while told.len() < 3 {
        told.extend(stream.next_number().await);
    }
    drop(stream);
    write(&app, 5, 5, 10).await;

    let mut stream = Stream::open(&daemon, &ann, Some(told[2].0)).await;
    while told.len() < 10 {
        told.extend(stream.next_number().await);
    }
    let last = told[9].0;
    assert_eq!(daemon.stop().await.code(), Some(0));
    while stream.next().await.is_some() {}

    let daemon = TestDaemon::start(&store).await;
    write(&app, 10, 5, 10).await;
    let mut stream = Stream::open(&daemon, &ann, Some(last)).await;
    while told.len() < 15 {
        told.extend(stream.next_number().await);
    }
    assert_eq!(told.iter().map(|(_, n)| *n).collect::<Vec<_>>(), (0..15).collect::<Vec<_>>(), "no gap and nothing twice");

    let mut lost = Stream::open(&daemon, &ann, Some(i64::MAX)).await;
    assert_eq!(lost.next().await.map(|event| event.kind), Some("reset".to_owned()));
    drop((stream, lost));
    assert_eq!(daemon.stop().await.code(), Some(0));
}

/// Events of a conversation; `n` counts on from `first`.
async fn write(app: &App, first: i64, count: i64, size: usize) {
    for n in first..first + count {
        let mut tx = app.db.begin().await.unwrap();
        let payload = json!({ "n": n, "conversation": {"id": "c"}, "filling": "x".repeat(size) });
        let (kind, audience) = (EventKind::ConversationUpdated, Audience::Staff);
        tx.emit(NewEvent::of_conversation(app.ids.next(), "c", kind, audience, payload, app.now()));
        tx.commit().await.unwrap();
    }
}

fn place(payload: &Value) -> (i64, i64) {
    (payload["seq"].as_i64().unwrap(), payload["n"].as_i64().unwrap())
}

/// The next of our events on a socket: number in the log, and what it says.
async fn numbers(socket: &Socket, count: i64) -> Vec<(i64, i64)> {
    let mut told = Vec::new();
    for _ in 0..count {
        told.push(place(&socket.next_named("chat:session_updated").await.unwrap()));
    }
    told
}

/// A reader of `GET /api/v1/events`.
struct Stream {
    answer: Response,
    unread: String,
}

#[derive(Debug)]
struct Sent {
    id: i64,
    kind: String,
    data: Value,
}

impl Stream {
    async fn open(daemon: &TestDaemon, session: &Session, last: Option<i64>) -> Self {
        let mut request = Client::new().get(daemon.url("/api/v1/events")).header("cookie", &session.cookie);
        if let Some(last) = last {
            request = request.header("last-event-id", last.to_string());
        }
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        Self { answer, unread: String::new() }
    }

    /// The next event; nothing when the stream has ended.
    async fn next(&mut self) -> Option<Sent> {
        loop {
            if let Some((event, rest)) = self.unread.split_once("\n\n") {
                let field =
                    |name: &str| event.lines().find_map(|line| line.strip_prefix(name)).map(|value| value.trim().to_owned());
                let sent = field("data:").map(|data| Sent {
                    id: field("id:").unwrap().parse().unwrap(),
                    kind: field("event:").unwrap(),
                    data: serde_json::from_str(&data).unwrap(),
                });
                self.unread = rest.to_owned();
                match sent {
                    Some(sent) => return Some(sent),
                    None => continue,
                }
            }
            let piece = tokio::time::timeout(PATIENCE, self.answer.chunk()).await.expect("something to come");
            self.unread.push_str(std::str::from_utf8(&piece.ok().flatten()?).unwrap());
        }
    }

    /// The next of our events, or nothing when it is somebody else's.
    async fn next_number(&mut self) -> Option<(i64, i64)> {
        let sent = self.next().await.expect("the stream goes on");
        sent.data["n"].as_i64().map(|n| (sent.id, n))
    }
}
