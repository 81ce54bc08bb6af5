//! Receiving by webhook.

use std::sync::atomic::Ordering;

use axum::Router;
use serde_json::json;
use tokio::net::TcpListener;
use trunkline_channel::Health;
use trunkline_stand_ins::phone::Phone;

use super::rig::{ANN, Desk, Rig, SECRET, eventually, text};
use crate::address::MessageId;

/// The rig with a listener of its own as the public address.
async fn hooked() -> (Rig, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let public = format!("http://{}", listener.local_addr().unwrap());
    let rig = Rig::start_with(&json!({"mode": "webhook", "webhook_secret": SECRET}), Some(&public)).await;
    let app = Router::new().nest("/in/box", rig.connector.routes(rig.cx.clone()));
    tokio::spawn(async move { axum::serve(listener, app).await });
    (rig, format!("{public}/in/box"))
}

async fn call(desk: &Desk, url: &str, secret: Option<&str>, body: &str) -> (u16, usize) {
    let mut request = reqwest::Client::builder().build().unwrap().post(url).body(body.to_owned());
    if let Some(secret) = secret {
        request = request.header("X-Telegram-Bot-Api-Secret-Token", secret);
    }
    (request.send().await.unwrap().status().as_u16(), desk.updates().len())
}

#[tokio::test]
async fn only_the_secret_opens_the_door() {
    let (rig, url) = hooked().await;
    let update = r#"{"update_id":1,"message":{"message_id":1,"date":1,"chat":{"id":5,"type":"private"},"text":"x"}}"#;
    for secret in [None, Some(""), Some("wrong"), Some("a-secret-of-our-ow"), Some("a-secret-of-our-own2")] {
        assert_eq!(call(&rig.desk, &url, secret, update).await, (403, 0), "{secret:?}");
    }
    assert_eq!(call(&rig.desk, &url, Some(SECRET), update).await, (200, 1));
    assert_eq!(call(&rig.desk, &url, Some(SECRET), update).await, (200, 1), "again");
    // Whatever it is, it is stored: an error would stop the chat behind it.
    assert_eq!(call(&rig.desk, &url, Some(SECRET), "\u{1}no json").await, (200, 2));
    assert_eq!(call(&rig.desk, &url, Some(SECRET), &"x".repeat(1_024 * 1_024 + 1)).await, (413, 2));
    rig.desk.refusals.store(1, Ordering::SeqCst);
    let later = r#"{"update_id":2,"message":{}}"#;
    assert_eq!(call(&rig.desk, &url, Some(SECRET), later).await, (503, 2));
    assert_eq!(call(&rig.desk, &url, Some(SECRET), later).await, (200, 3));
}

#[tokio::test]
async fn a_refusal_says_when_to_come_again() {
    let (rig, url) = hooked().await;
    rig.desk.refusals.store(1, Ordering::SeqCst);
    let request = reqwest::Client::builder().build().unwrap().post(&url).header("X-Telegram-Bot-Api-Secret-Token", SECRET);
    let answer = request.body("{}").send().await.unwrap();
    assert_eq!((answer.status().as_u16(), answer.headers()["retry-after"].to_str().unwrap()), (503, "1"));
}

#[tokio::test]
async fn the_webhook_is_set_and_telegram_s_calls_come_in() {
    let (rig, url) = hooked().await;
    let running = rig.run();
    eventually("registered", || (rig.server.calls("setWebhook").len() == 1).then_some(())).await;
    let set = rig.server.calls("setWebhook")[0].clone();
    assert_eq!((set["url"].as_str(), set["secret_token"].as_str()), (Some(url.as_str()), Some(SECRET)));
    assert!(set["allowed_updates"].as_array().unwrap().contains(&json!("message_reaction")));
    rig.says("Hello").await;
    rig.says("again").await;
    eventually("both", || (rig.desk.texts() == ["Hello", "again"]).then_some(())).await;
    eventually("confirmed", || (rig.server.unconfirmed() == 0).then_some(())).await;
    rig.server.react(ANN, "1", Some("🔥")).await.unwrap();
    eventually("the reaction", || (rig.desk.updates().len() == 3).then_some(())).await;

    let mut asking = text("Which?");
    asking.rich.buttons = vec![trunkline_channel::rich::Button { id: "m".into(), title: "M".into(), url: None }];
    let sent = rig.connector.send(&asking).await.unwrap().external_ids;
    rig.server.press(ANN, &MessageId::parse(&sent[0]).unwrap().message.to_string(), 0).await.unwrap();
    eventually("answered in the answer", || (rig.server.spinning() == 0).then_some(())).await;
    assert_eq!(rig.server.calls("answerCallbackQuery").len(), 1);
    assert_eq!(rig.health(), Health::Connected);
    rig.cx.stop.cancel();
    running.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_stolen_webhook_is_taken_back_and_told() {
    let (rig, url) = hooked().await;
    let running = rig.run();
    eventually("registered", || (rig.server.calls("setWebhook").len() == 1).then_some(())).await;
    let client = reqwest::Client::builder().build().unwrap();
    let steal = format!("{}/bot{}/setWebhook?url=https://other.example/hook", rig.server.url(), rig.server.token());
    client.post(&steal).send().await.unwrap().error_for_status().unwrap();
    eventually("set again", || {
        let calls = rig.server.calls("setWebhook");
        (calls.len() >= 3 && calls.last().is_some_and(|last| last["url"] == url.as_str())).then_some(())
    })
    .await;
    eventually("told", || rig.cx.health.report().notice.filter(|notice| notice.contains("ours is set again"))).await;
    rig.says("after it").await;
    eventually("received", || (rig.desk.texts() == ["after it"]).then_some(())).await;
    rig.cx.stop.cancel();
    running.await.unwrap().unwrap();
}

#[tokio::test]
async fn an_unreachable_webhook_and_a_dead_token_are_told() {
    let public = "http://127.0.0.1:9";
    let rig = Rig::start_with(&json!({"mode": "webhook", "webhook_secret": SECRET}), Some(public)).await;
    rig.says("Hello").await;
    let running = rig.run();
    eventually("told", || matches!(rig.health(), Health::Troubled { reason } if reason.contains("cannot reach")).then_some(()))
        .await;
    assert!(
        rig.connector
            .diagnose(&rig.cx)
            .await
            .iter()
            .any(|check| check.name == "receiving" && check.detail.contains("public_url"))
    );
    rig.server.set_revoked(true);
    eventually("told", || matches!(rig.health(), Health::BadCredentials { .. }).then_some(())).await;
    rig.cx.stop.cancel();
    running.await.unwrap().unwrap();
}
