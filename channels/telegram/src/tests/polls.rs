//! Receiving by long polling.

use std::sync::atomic::Ordering;
use std::time::Duration;

use serde_json::json;
use trunkline_channel::{Cursor, Cursors, Health};
use trunkline_stand_ins::faults::Fault;
use trunkline_stand_ins::phone::Phone;

use super::rig::{ANN, Rig, eventually, settings, setup, text};
use crate::address::MessageId;

#[tokio::test]
async fn what_customers_write_is_stored_once_and_confirmed_after() {
    let rig = Rig::with_ann().await;
    rig.desk.refusals.store(3, Ordering::SeqCst);
    let running = rig.run();
    eventually("the first message", || (rig.desk.texts() == ["Hello"]).then_some(())).await;
    for word in ["one", "two", "three"] {
        rig.says(word).await;
    }
    eventually("all messages", || (rig.desk.texts() == ["Hello", "one", "two", "three"]).then_some(())).await;
    eventually("confirmed", || (rig.server.unconfirmed() == 0).then_some(())).await;
    assert_eq!(rig.desk.cursor("updates_offset").as_deref(), Some("865421005"));
    assert_eq!(rig.health(), Health::Connected);
    assert!(rig.cx.health.report().last_event_at.is_some());
    rig.cx.stop.cancel();
    running.await.unwrap().unwrap();
}

#[tokio::test]
async fn nothing_is_confirmed_that_is_not_stored() {
    let rig = Rig::with_ann().await;
    rig.desk.refusals.store(usize::MAX, Ordering::SeqCst);
    let running = rig.run();
    eventually("asked", || (rig.desk.refusals.load(Ordering::SeqCst) < usize::MAX - 2).then_some(())).await;
    rig.cx.stop.cancel();
    running.await.unwrap().unwrap();
    assert_eq!((rig.server.unconfirmed(), rig.desk.texts().len()), (1, 0));
}

#[tokio::test]
async fn numbers_that_begin_anew_below_are_taken_like_any() {
    let rig = Rig::with_ann().await;
    let running = rig.run();
    eventually("the first", || (rig.desk.texts().len() == 1).then_some(())).await;
    eventually("confirmed", || (rig.server.unconfirmed() == 0).then_some(())).await;
    rig.server.jump(1_000);
    rig.says("after a quiet week").await;
    eventually("the later one with the lower number", || (rig.desk.texts().len() == 2).then_some(())).await;
    eventually("confirmed", || (rig.server.unconfirmed() == 0).then_some(())).await;
    assert_eq!(rig.desk.cursor("updates_offset").as_deref(), Some("1001"));
    rig.server.jump(5_000_000_000);
    rig.says("far above").await;
    eventually("the one far above", || (rig.desk.texts().len() == 3).then_some(())).await;
    rig.cx.stop.cancel();
    running.await.unwrap().unwrap();
}

#[tokio::test]
async fn duplicates_have_the_same_key_and_odd_updates_pass() {
    let rig = Rig::with_ann().await;
    let update = json!({"message": {"message_id": 90, "date": 1_795_000_000, "chat": {"id": 50_012_345, "type": "private"}, "text": "again"}});
    for _ in 0..10 {
        rig.server.push_numbered(865_421_700, &update);
    }
    rig.server.push_numbered(865_421_800, &json!({"a_kind_of_tomorrow": {"x": 1}}));
    let running = rig.run();
    eventually("the last", || (rig.desk.updates().iter().any(|update| update["update_id"] == 865_421_800)).then_some(())).await;
    assert_eq!(rig.desk.texts(), ["Hello", "again"]);
    rig.cx.stop.cancel();
    running.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_pressed_button_stops_spinning_once_it_is_stored() {
    let rig = Rig::with_ann().await;
    let running = rig.run();
    let mut asking = text("Which?");
    asking.rich.buttons = vec![trunkline_channel::rich::Button { id: "m".into(), title: "M".into(), url: None }];
    let sent = rig.connector.send(&asking).await.unwrap().external_ids;
    let number = MessageId::parse(&sent[0]).unwrap().message.to_string();
    rig.server.press(ANN, &number, 0).await.unwrap();
    eventually("stored", || rig.desk.updates().iter().any(|update| update["callback_query"]["data"] == "m").then_some(())).await;
    eventually("answered", || (rig.server.spinning() == 0).then_some(())).await;
    assert_eq!(rig.server.calls("answerCallbackQuery").len(), 1);
    rig.cx.stop.cancel();
    running.await.unwrap().unwrap();
}

#[tokio::test]
async fn troubles_are_told_and_end_by_themselves() {
    let rig = Rig::with_ann().await;
    let slow =
        json!({"ok": false, "error_code": 429, "description": "Too Many Requests", "parameters": {"retry_after": 0}}).to_string();
    for fault in
        [Fault::html(502), Fault::CutAfterAct, Fault::CutInAnswer, Fault::Answer { status: 429, headers: Vec::new(), body: slow }]
    {
        rig.server.faults().arm("getUpdates", fault, 1);
    }
    let running = rig.run();
    eventually("received in spite of it", || (rig.desk.texts().len() == 1).then_some(())).await;
    eventually("connected", || (rig.health() == Health::Connected).then_some(())).await;
    assert!(rig.cx.health.report().last_error.is_some() && rig.cx.health.report().rate_limited_until.is_some());

    rig.server.set_revoked(true);
    eventually("told", || matches!(rig.health(), Health::BadCredentials { .. }).then_some(())).await;
    rig.server.set_revoked(false);
    rig.says("back").await;
    eventually("received again", || (rig.desk.texts().len() == 2).then_some(())).await;
    rig.cx.stop.cancel();
    running.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_dead_token_is_not_asked_with_in_a_hurry() {
    let timeouts = json!({"timeouts": {"poll_s": 1, "pause_ms": 1, "stubborn_ms": 60_000}});
    let rig = Rig::start_with(&timeouts, None).await;
    rig.server.set_revoked(true);
    let running = rig.run();
    eventually("told", || matches!(rig.health(), Health::BadCredentials { .. }).then_some(())).await;
    rig.cx.stop.cancel();
    running.await.unwrap().unwrap();
    assert_eq!(rig.server.faults().seen("getUpdates").len(), 1);
}

#[tokio::test]
async fn another_program_with_the_token_is_named() {
    let rig = Rig::with_ann().await;
    let client = reqwest::Client::builder().build().unwrap();
    let hook = format!("{}/bot{}/setWebhook?url=https://other.example/hook", rig.server.url(), rig.server.token());
    client.post(&hook).send().await.unwrap().error_for_status().unwrap();
    let running = rig.run();
    let reason = eventually("told", || match rig.health() {
        Health::Misconfigured { reason } => Some(reason),
        _ => None,
    })
    .await;
    assert!(reason.contains("webhook"), "{reason}");
    let away = format!("{}/bot{}/deleteWebhook", rig.server.url(), rig.server.token());
    client.post(away).send().await.unwrap().error_for_status().unwrap();
    eventually("received", || (rig.desk.texts().len() == 1).then_some(())).await;
    // A second poller pushes ours out; ours comes back.
    let other = format!("{}/bot{}/getUpdates?timeout=0&offset=-1", rig.server.url(), rig.server.token());
    eventually("a conflict", || {
        tokio::spawn(client.get(&other).send());
        matches!(rig.health(), Health::Misconfigured { reason } if reason.contains("same token")).then_some(())
    })
    .await;
    eventually("connected again", || (rig.health() == Health::Connected).then_some(())).await;
    rig.cx.stop.cancel();
    running.await.unwrap().unwrap();
}

#[tokio::test]
async fn an_own_webhook_of_earlier_days_is_taken_away() {
    let rig = Rig::with_ann().await;
    let client = reqwest::Client::builder().build().unwrap();
    let hook = format!("{}/bot{}/setWebhook?url=https://chat.example.com/in/box", rig.server.url(), rig.server.token());
    client.post(&hook).send().await.unwrap().error_for_status().unwrap();
    let running = rig.run();
    eventually("received", || (rig.desk.texts().len() == 1).then_some(())).await;
    rig.cx.stop.cancel();
    running.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_restart_goes_on_where_it_stopped_and_a_long_silence_is_told() {
    let rig = Rig::with_ann().await;
    let running = rig.run();
    eventually("the first", || (rig.desk.texts().len() == 1).then_some(())).await;
    rig.cx.stop.cancel();
    running.await.unwrap().unwrap();
    assert!(rig.cx.health.report().notice.is_none());
    rig.says("while we were away").await;
    let long_ago = rig.cx.clock.now() - 49 * 3_600 * 1_000_000;
    rig.desk.store("box", Cursor { name: "updates_seen_at".into(), value: long_ago.to_string() }).await.unwrap();

    let again = settings(rig.server.url(), &json!({})).build(setup(None)).unwrap();
    let cx = super::rig::context(&rig.desk);
    let (stop, health) = (cx.stop.clone(), cx.health.clone());
    let running = tokio::spawn(async move { again.run(cx).await });
    eventually("the second", || (rig.desk.texts() == ["Hello", "while we were away"]).then_some(())).await;
    assert!(health.report().notice.is_some_and(|notice| notice.contains("49 hours")));
    stop.cancel();
    running.await.unwrap().unwrap();
}

#[test]
fn pauses_grow_to_a_limit() {
    let timeouts = crate::Timeouts::default();
    let pauses: Vec<u64> = (1..=8).map(|failures| timeouts.pause(failures).as_secs()).collect();
    assert_eq!(pauses, [1, 2, 4, 8, 16, 32, 60, 60]);
    assert!(timeouts.stubborn() >= Duration::from_secs(30));
}
