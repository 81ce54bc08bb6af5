//! The door that Facebook knocks at.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::Router;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use trunkline_channel::{Context, Secret, signature};

use super::rig::{APP_SECRET, Desk, PAGE, VERIFY, context, settings, setup};

struct Door {
    desk: Arc<Desk>,
    cx: Context,
    url: String,
    client: reqwest::Client,
}

impl Door {
    async fn open() -> Self {
        let desk = Arc::new(Desk::default());
        let cx = context(&desk);
        let connector = settings("http://127.0.0.1:9", &json!({})).build(setup(None)).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/in/box", listener.local_addr().unwrap());
        let app = Router::new().nest("/in/box", connector.routes(cx.clone()));
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { desk, cx, url, client: reqwest::Client::builder().build().unwrap() }
    }

    async fn knock(&self, headers: &[(&str, &str)], body: &str) -> (u16, usize) {
        let request = headers.iter().fold(self.client.post(&self.url), |request, (name, value)| request.header(*name, *value));
        let status = request.body(body.to_owned()).send().await.unwrap().status().as_u16();
        (status, self.desk.stored.lock().unwrap().len())
    }

    async fn signed(&self, body: &str) -> (u16, usize) {
        self.knock(&[("X-Hub-Signature-256", &sign(APP_SECRET, body))], body).await
    }
}

fn sign(secret: &str, body: &str) -> String {
    format!("sha256={}", hex::encode(signature::sign(&Secret::new(secret), body.as_bytes())))
}

fn event(page: &str, mid: &str) -> Value {
    json!({"id": page, "time": 1_795_000_000_123_i64, "messaging": [{"sender": {"id": "5"}, "recipient": {"id": page},
        "timestamp": 1_795_000_000_100_i64, "message": {"mid": mid, "text": "ä/b"}}]})
}

fn body(entries: &[Value]) -> String {
    json!({"object": "page", "entry": entries}).to_string()
}

#[tokio::test]
async fn only_the_signature_of_these_very_bytes_opens_the_door() {
    let door = Door::open().await;
    let wire = body(&[event(PAGE, "m_1")]).replace('ä', "\\u00e4").replace("/b", "\\/b");
    let right = sign(APP_SECRET, &wire);
    let written_anew = serde_json::from_str::<Value>(&wire).unwrap().to_string();
    let upper = right.to_uppercase();
    for headers in [
        vec![],
        vec![("X-Hub-Signature-256", "")],
        vec![("X-Hub-Signature-256", "sha256=")],
        vec![("X-Hub-Signature-256", right.trim_start_matches("sha256="))],
        vec![("X-Hub-Signature-256", upper.as_str())],
        vec![("X-Hub-Signature", right.as_str())],
        vec![("X-Hub-Signature-256", sign("another", &wire).as_str())],
        vec![("X-Hub-Signature-256", sign(APP_SECRET, &written_anew).as_str())],
        vec![("X-Hub-Signature-256", right.as_str()), ("X-Hub-Signature-256", right.as_str())],
    ] {
        assert_eq!(door.knock(&headers, &wire).await, (403, 0), "{headers:?}");
    }
    assert!(door.cx.health.report().last_event_at.is_none());
    assert_eq!(door.signed(&wire).await, (200, 1));
    assert_eq!(door.signed(&wire).await, (200, 1), "again");
    assert!(door.cx.health.report().last_event_at.is_some());
    // Whatever is signed is stored: refusing would make Facebook end the subscription.
    assert_eq!(door.signed("\u{1}no json").await, (200, 2));
    assert_eq!(door.signed(&body(&[])).await, (200, 3));
}

#[tokio::test]
async fn nothing_is_confirmed_before_it_is_stored() {
    let door = Door::open().await;
    door.desk.refusals.store(1, Ordering::SeqCst);
    let wire = body(&[event(PAGE, "m_1")]);
    let answer = door.client.post(&door.url).header("X-Hub-Signature-256", sign(APP_SECRET, &wire)).body(wire.clone()).send();
    let answer = answer.await.unwrap();
    assert_eq!((answer.status().as_u16(), answer.headers()["retry-after"].to_str().unwrap()), (503, "1"));
    assert_eq!(door.signed(&wire).await, (200, 1));
}

#[tokio::test]
async fn each_page_s_inbox_is_handed_what_is_its_own() {
    let door = Door::open().await;
    let both = body(&[event(PAGE, "m_1"), event("999", "m_2"), event("999", "m_3")]);
    assert_eq!(door.signed(&both).await, (200, 2));
    assert_eq!((door.desk.bodies("box").len(), door.desk.bodies("beside").len()), (1, 1));
    // A page that nobody has stays here, to be looked at.
    assert_eq!(door.signed(&body(&[event("404", "m_4")])).await, (200, 3));
    assert_eq!(door.desk.bodies("box").len(), 2);
    // When the second inbox refuses, the call comes again and the first knows it.
    door.desk.refusals.store(1, Ordering::SeqCst);
    let more = body(&[event("999", "m_5"), event(PAGE, "m_6")]);
    assert_eq!(door.signed(&more).await, (503, 3));
    assert_eq!(door.signed(&more).await, (200, 5));
}

#[tokio::test]
async fn the_handshake_is_answered_to_whoever_knows_the_token() {
    let door = Door::open().await;
    let ask = async |mode: &str, token: &str, challenge: &str| {
        let query = [("hub.mode", mode), ("hub.verify_token", token), ("hub.challenge", challenge)];
        let answer = door.client.get(&door.url).query(&query).send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    };
    assert_eq!(ask("subscribe", VERIFY, "1158201444").await, (200, "1158201444".to_owned()));
    for (mode, token, challenge) in [
        ("subscribe", "wrong", "1158201444"),
        ("subscribe", "", "1158201444"),
        ("unsubscribe", VERIFY, "1158201444"),
        ("subscribe", VERIFY, "<script>"),
        ("subscribe", VERIFY, ""),
    ] {
        assert_eq!(ask(mode, token, challenge).await.0, 403, "{mode} {token} {challenge}");
    }
}
