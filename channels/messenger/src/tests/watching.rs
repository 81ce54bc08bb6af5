//! Webhook and subscription: made, kept, and told of when they are not there.

use std::time::Duration;

use axum::Router;
use serde_json::json;
use tokio::net::TcpListener;
use trunkline_channel::{CheckState, FetchError, Health, Inbound, Kind, Media, MediaRef};
use trunkline_stand_ins::phone::{Said, SaidKind};
use trunkline_stand_ins::samples;

use super::rig::{ANN, APP, PAGE, Rig, TOKEN, VERIFY, eventually};

/// The rig with a listener of its own as the public address, running.
async fn hooked() -> (Rig, String, tokio::task::JoinHandle<Result<(), trunkline_channel::RunError>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let public = format!("http://{}", listener.local_addr().unwrap());
    let rig = Rig::start_with(&json!({}), Some(&public)).await;
    let app = Router::new().nest("/in/box", rig.connector.routes(rig.cx.clone()));
    tokio::spawn(async move { axum::serve(listener, app).await });
    let running = rig.run();
    (rig, format!("{public}/in/box"), running)
}

fn state(checks: &[trunkline_channel::Check], name: &str) -> Option<CheckState> {
    checks.iter().find(|check| check.name == name).map(|check| check.state)
}

#[tokio::test]
async fn the_webhook_is_set_and_events_come_in() {
    let (rig, url, running) = hooked().await;
    eventually("the webhook", || (rig.server.app().webhooks().url().as_deref() == Some(url.as_str())).then_some(())).await;
    rig.says("Hello").await;
    rig.says("again").await;
    eventually("both", || (rig.desk.bodies("box").len() == 2).then_some(())).await;
    eventually("connected", || (rig.health() == Health::Connected).then_some(())).await;

    rig.phone.say(ANN, Said { kind: SaidKind::Photo, ..Said::default() }).await.unwrap();
    let raw = eventually("the photo's event", || rig.desk.bodies("box").get(2).cloned()).await;
    let translation = rig.connector.translator().translate(&raw);
    let Some(Inbound::Message(photo)) = translation.events.first() else { panic!("{translation:?}") };
    let Media::Remote { reference } = &photo.attachments[0].media else { panic!("{photo:?}") };
    assert_eq!((photo.kind, photo.attachments[0].name.as_str()), (Kind::Image, "photo.png"));
    let fetched = rig.connector.fetch(&MediaRef(reference.clone())).await.unwrap();
    assert_eq!(fetched.bytes, samples::photo().bytes);
    rig.server.app().advance(Duration::from_secs(30 * 24 * 3_600));
    assert!(matches!(rig.connector.fetch(&MediaRef(reference.clone())).await, Err(FetchError::Gone)), "the address has ended");

    let checks = rig.connector.diagnose(&rig.cx).await;
    for name in ["token", "token_expiry", "permissions", "subscription", "webhook", "last_event"] {
        assert_eq!(state(&checks, name), Some(CheckState::Ok), "{name}: {checks:?}");
    }
    rig.cx.stop.cancel();
    running.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_subscription_that_ended_is_made_again_and_told() {
    let (rig, _, running) = hooked().await;
    eventually("connected", || (rig.health() == Health::Connected).then_some(())).await;
    let client = reqwest::Client::builder().build().unwrap();
    let subscription = format!("{}/v25.0/{PAGE}/subscribed_apps", rig.server.url());
    client.delete(&subscription).query(&[("access_token", TOKEN)]).send().await.unwrap().error_for_status().unwrap();
    eventually("told", || rig.cx.health.report().notice.filter(|notice| notice.contains("stopped telling us"))).await;
    let asked = client.get(&subscription).query(&[("access_token", TOKEN)]).send().await.unwrap();
    let listed: serde_json::Value = asked.json().await.unwrap();
    assert!(listed["data"][0]["id"] == APP && listed.to_string().contains("message_echoes"), "{listed}");
    rig.says("after it").await;
    eventually("received", || (!rig.desk.bodies("box").is_empty()).then_some(())).await;
    rig.cx.stop.cancel();
    running.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_webhook_of_somebody_else_is_left_and_told() {
    let public = "http://127.0.0.1:9";
    let rig = Rig::start_with(&json!({}), Some(public)).await;
    rig.server.hook("http://127.0.0.1:9/other");
    let checks = rig.connector.diagnose(&rig.cx).await;
    assert_eq!(state(&checks, "webhook"), Some(CheckState::Warning), "{checks:?}");
    rig.server.hook("http://127.0.0.1:9/in/another-inbox");
    let checks = rig.connector.diagnose(&rig.cx).await;
    assert_eq!(state(&checks, "webhook"), Some(CheckState::Ok), "{checks:?}");
    let running = rig.run();
    eventually("connected", || (rig.health() == Health::Connected).then_some(())).await;
    assert_eq!(rig.server.app().webhooks().url().as_deref(), Some("http://127.0.0.1:9/in/another-inbox"));
    rig.cx.stop.cancel();
    running.await.unwrap().unwrap();
}

#[tokio::test]
async fn what_a_person_must_mend_is_told() {
    // Facebook does not reach us.
    let rig = Rig::start_with(&json!({}), Some("http://127.0.0.1:9")).await;
    let running = rig.run();
    eventually("told", || matches!(rig.health(), Health::Misconfigured { reason } if reason.contains("webhook")).then_some(()))
        .await;
    let told = serde_json::to_string(&rig.cx.health.report()).unwrap();
    assert!(told.contains("server.public_url") && !told.contains(VERIFY), "{told}");
    rig.server.app().set_token_dead(Some(460));
    eventually("told", || matches!(rig.health(), Health::BadCredentials { reason } if reason.contains("password")).then_some(()))
        .await;
    rig.server.app().set_token_dead(None);
    eventually("mended", || matches!(rig.health(), Health::Misconfigured { .. }).then_some(())).await;
    rig.cx.stop.cancel();
    running.await.unwrap().unwrap();

    // The secret is of another app: no call is believed either way.
    let rig = Rig::start_with(&json!({"app_secret": "another"}), None).await;
    let checks = rig.connector.diagnose(&rig.cx).await;
    assert_eq!(state(&checks, "webhook"), Some(CheckState::Failed), "{checks:?}");
}
