//! An operator at a conversation of a running daemon, and the customer's phone on the other side.

use reqwest::StatusCode;
use serde_json::{Value, json};
use trunkline_stand_ins::phone::{Phone, Shown};

use super::{Session, TestDaemon, eventually};

/// Name, address and password of the operator.
pub const BOB: (&str, &str, &str) = ("bob@example.com", "Bob", "a long password");
/// Far above what a restart takes.
pub const PATIENCE: std::time::Duration = std::time::Duration::from_secs(40);

/// A little less than [`eventually`] waits, to say what is there instead.
const PROMPT: std::time::Duration = std::time::Duration::from_millis(9_900);

/// The first admin of a new daemon.
pub async fn bob(daemon: &TestDaemon) -> Session {
    daemon.set_up(BOB.0, BOB.1, BOB.2).await
}

/// The same after a restart.
pub async fn bob_again(daemon: &TestDaemon) -> Session {
    daemon.sign_in(BOB.0, BOB.2).await
}

/// Connects an inbox; none of these secrets comes back.
pub async fn connect(bob: &Session, channel: &str, settings: &Value, secrets: &[&str]) -> Value {
    let wanted = json!({"name": channel, "channel": channel, "settings": settings});
    let (status, inbox) = bob.post("/api/v1/inboxes", wanted).await;
    assert_eq!(status, StatusCode::CREATED, "{inbox}");
    for secret in secrets {
        assert!(!inbox.to_string().contains(secret), "{inbox}");
    }
    inbox
}

/// The path of the only conversation, as soon as it is there.
pub async fn conversation(bob: &Session) -> String {
    let id = eventually("the conversation", async || {
        let (_, page) = bob.get("/api/v1/conversations").await;
        let items = page["items"].as_array()?;
        assert!(items.len() < 2, "{page}");
        items.first().and_then(|found| found["id"].as_str()).map(str::to_owned)
    })
    .await;
    format!("/api/v1/conversations/{id}")
}

/// The same, accepted.
pub async fn accepted(bob: &Session) -> String {
    let path = conversation(bob).await;
    assert_eq!(bob.post(&format!("{path}/accept"), json!({})).await.0, StatusCode::OK);
    path
}

pub async fn messages(bob: &Session, path: &str) -> Vec<Value> {
    bob.get(&format!("{path}/messages?after=0&limit=100")).await.1["items"].as_array().cloned().unwrap_or_default()
}

/// The first message that fits.
pub async fn message(bob: &Session, path: &str, what: &str, fits: impl Fn(&Value) -> bool) -> Value {
    let found = eventually(what, async || messages(bob, path).await.into_iter().find(|message| fits(message)));
    match tokio::time::timeout(PROMPT, found).await {
        Ok(found) => found,
        Err(_) => panic!("{what}: not within {PROMPT:?} among {:#?}", messages(bob, path).await),
    }
}

pub async fn texts_of_customer(bob: &Session, path: &str) -> Vec<String> {
    let items = messages(bob, path).await;
    let said = items.iter().filter(|message| message["sender_type"] == "customer");
    said.filter_map(|message| Some(message["text"].as_str()?.to_owned())).collect()
}

pub async fn reply(bob: &Session, path: &str, body: Value) -> Value {
    let (status, answer) = bob.post(&format!("{path}/messages"), body).await;
    assert_eq!(status, StatusCode::CREATED, "{answer}");
    answer
}

/// The message, as soon as it has this status.
pub async fn settled(bob: &Session, path: &str, message_id: &Value, status: &str) -> Value {
    message(bob, path, status, |message| message["id"] == *message_id && message["status"] == status).await
}

/// The journey of a message.
pub async fn delivery(bob: &Session, message_id: &Value) -> Value {
    let (status, told) = bob.get(&format!("/api/v1/messages/{}/delivery", message_id.as_str().unwrap())).await;
    assert_eq!(status, StatusCode::OK, "{told}");
    told
}

/// The first message from the business that fits, on the customer's phone.
pub async fn shown(phone: &dyn Phone, customer: &str, what: &str, fits: impl Fn(&Shown) -> bool) -> Shown {
    eventually(what, async || phone.shown(customer).into_iter().find(|shown| !shown.mine && fits(shown))).await
}

/// How many messages of the business with this text the phone has.
pub fn times_shown(phone: &dyn Phone, customer: &str, text: &str) -> usize {
    phone.shown(customer).iter().filter(|shown| !shown.mine && shown.text == text).count()
}

/// Puts a file where a reply can take it from; its id.
pub async fn upload(daemon: &TestDaemon, bob: &Session, name: &str, bytes: Vec<u8>) -> Value {
    let part = reqwest::multipart::Part::bytes(bytes).file_name(name.to_owned());
    let form = reqwest::multipart::Form::new().part("file", part);
    let client = reqwest::Client::builder().build().unwrap();
    let request = client.post(daemon.url("/api/v1/uploads")).header("cookie", &bob.cookie).header("origin", daemon.url(""));
    let upload: Value = request.multipart(form).send().await.unwrap().error_for_status().unwrap().json().await.unwrap();
    upload["id"].clone()
}

/// The bytes of a message's file as the console gets them.
pub async fn download(daemon: &TestDaemon, bob: &Session, attachment: &Value) -> bytes::Bytes {
    let address = daemon.url(attachment["url"].as_str().unwrap());
    let client = reqwest::Client::builder().build().unwrap();
    let answer = client.get(address).header("cookie", &bob.cookie).send().await.unwrap();
    answer.error_for_status().unwrap().bytes().await.unwrap()
}
