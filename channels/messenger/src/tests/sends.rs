//! What is sent, as the customer sees it.

use std::time::Duration;

use serde_json::{Value, json};
use trunkline_channel::rich::Button;
use trunkline_channel::{Change, Clock, MediaRef, Micros, Outbound, Peer, SendError, Signal, SystemClock};
use trunkline_stand_ins::samples;

use super::rig::{ANN, Rig, amendment, file, text};

const HOUR: Micros = 3_600_000_000;

#[tokio::test]
async fn words_arrive_with_what_they_answer_and_our_mark() {
    let rig = Rig::with_ann().await;
    let question = rig.says("Which size?").await;
    let sent = rig.connector.send(&Outbound { reply_to: Some(question.clone()), ..text("Size M") }).await.unwrap();
    let seen = rig.seen();
    assert_eq!(seen.len(), 1);
    assert_eq!((&seen[0].text, &seen[0].reply_to), (&"Size M".to_owned(), &Some(question)));
    assert_eq!(sent.external_ids, [seen[0].id.clone()]);
    let to_a_link = Some("referral:7300000000000001:1795000000100000".to_owned());
    rig.connector.send(&Outbound { reply_to: to_a_link, ..text("Welcome") }).await.unwrap();
    assert_eq!(rig.server.calls()[1].get("reply_to"), None, "it is no message to Messenger");
    let call = &rig.server.calls()[0];
    assert_eq!(call["message"]["metadata"], "dlv-1");
    assert_eq!(call["messaging_type"], "RESPONSE");
}

#[tokio::test]
async fn a_long_text_arrives_whole_and_only_its_last_part_is_the_delivery() {
    let rig = Rig::with_ann().await;
    let sent = rig.connector.send(&text(&"word ".repeat(900))).await.unwrap();
    assert_eq!(sent.external_ids.len(), 3);
    let joined: Vec<String> = rig.seen().into_iter().map(|shown| shown.text).collect();
    assert_eq!(joined.join(" ").split_whitespace().count(), 900);
    let marks: Vec<Value> = rig.server.calls().iter().map(|call| call["message"]["metadata"].clone()).collect();
    assert_eq!(marks, ["dlv-1#1/3", "dlv-1#2/3", "dlv-1"]);
}

#[tokio::test]
async fn files_are_handed_over_and_then_sent() {
    let rig = Rig::with_ann().await;
    let attachments = vec![
        file("photo.png", "image/png", samples::photo().bytes),
        file("offer.pdf", "application/pdf", samples::document().bytes),
    ];
    let sent = rig.connector.send(&Outbound { attachments, ..text("our offer") }).await.unwrap();
    assert_eq!(sent.external_ids.len(), 3);
    let kinds: Vec<String> = rig.seen().into_iter().map(|shown| shown.kind).collect();
    assert_eq!(kinds, ["text", "photo", "document"]);
    let too_large = Outbound { attachments: vec![file("a.bin", "application/zip", vec![0; 25 * 1_024 * 1_024 + 1])], ..text("") };
    let outcome = rig.connector.send(&too_large).await;
    assert!(matches!(&outcome, Err(SendError::Rejected { code, .. }) if code == "file_size"), "{outcome:?}");
    assert_eq!(rig.seen().len(), 3);
}

#[tokio::test]
async fn buttons_are_shown_and_pressed() {
    let rig = Rig::with_ann().await;
    let mut asking = text("Which size?");
    asking.rich.buttons =
        vec![Button { id: "m".into(), title: "M".into(), url: None }, Button { id: "l".into(), title: "L".into(), url: None }];
    rig.connector.send(&asking).await.unwrap();
    assert_eq!(rig.seen()[0].buttons, ["M", "L"]);
    asking.rich.buttons[1].url = Some("https://shop.example.com/".into());
    rig.connector.send(&asking).await.unwrap();
    assert_eq!(rig.seen()[1].buttons, ["M", "L"]);
}

#[tokio::test]
async fn reactions_signs_and_what_pages_cannot_do() {
    let rig = Rig::with_ann().await;
    let hello = rig.phone.shown(ANN)[0].id.clone();
    let react = |emoji: Option<&str>| Change::React { emoji: emoji.map(str::to_owned) };
    rig.connector.amend(&amendment(&hello, react(Some("❤")))).await.unwrap();
    assert_eq!(rig.phone.shown(ANN)[0].reaction.as_deref(), Some("❤"));
    rig.connector.amend(&amendment(&hello, react(None))).await.unwrap();
    assert_eq!(rig.phone.shown(ANN)[0].reaction, None);
    let referral = amendment("referral:7300000000000001:1795000000100000", react(Some("❤")));
    assert!(matches!(rig.connector.amend(&referral).await, Err(SendError::Rejected { .. })), "it is no message to Messenger");
    for change in [Change::Delete, Change::Edit { text: "x".into() }] {
        assert!(matches!(rig.connector.amend(&amendment(&hello, change)).await, Err(SendError::Rejected { .. })));
    }
    let ann = Peer { external_id: ANN.into(), ..Peer::default() };
    rig.connector.signal(&ann, Signal::Typing, None).await.unwrap();
    assert!(rig.phone.sees_typing(ANN));
    rig.connector.signal(&ann, Signal::Seen, None).await.unwrap();
}

#[tokio::test]
async fn after_a_day_only_people_may_answer_and_after_a_week_nobody() {
    let rig = Rig::with_ann().await;
    let ago = |hours: Micros| Some(SystemClock.now() - hours * HOUR);
    let late = Outbound { last_inbound_at: ago(25), ..text("late") };
    assert!(matches!(rig.connector.send(&late).await, Err(SendError::WindowClosed { .. })));
    assert!(rig.server.calls().is_empty(), "Facebook was not asked");

    let rig = Rig::start_with(&json!({"human_agent": true}), None).await;
    rig.says("Hello").await;
    rig.server.set_human_agent(true);
    rig.server.app().advance(Duration::from_secs(25 * 3_600));
    rig.connector.send(&late).await.unwrap();
    let calls = rig.server.calls();
    assert_eq!((&calls[0]["messaging_type"], &calls[0]["tag"]), (&json!("MESSAGE_TAG"), &json!("HUMAN_AGENT")));
    let machine = Outbound { automatic: true, ..late.clone() };
    assert!(matches!(rig.connector.send(&machine).await, Err(SendError::WindowClosed { .. })));
    let too_late = Outbound { last_inbound_at: ago(8 * 24), ..text("too late") };
    assert!(matches!(rig.connector.send(&too_late).await, Err(SendError::WindowClosed { .. })));
}

#[tokio::test]
async fn where_only_facebook_s_clock_says_closed_the_longer_right_is_used() {
    let rig = Rig::start_with(&json!({"human_agent": true}), None).await;
    rig.says("Hello").await;
    rig.server.set_human_agent(true);
    rig.server.app().advance(Duration::from_secs(25 * 3_600));
    let fresh = Outbound { last_inbound_at: Some(SystemClock.now()), ..text("in time, we thought") };
    rig.connector.send(&fresh).await.unwrap();
    assert_eq!(rig.seen().len(), 1);
    let machine = Outbound { automatic: true, ..fresh };
    assert!(matches!(rig.connector.send(&machine).await, Err(SendError::WindowClosed { .. })));
    assert_eq!(rig.seen().len(), 1);
}

#[tokio::test]
async fn a_name_is_asked_for_and_addresses_of_our_own_network_are_not() {
    let rig = Rig::with_ann().await;
    let address = format!("http://127.0.0.1:{}/nowhere", 9);
    assert!(rig.connector.fetch(&MediaRef(address)).await.is_err(), "inside our own network");
    assert!(rig.connector.fetch(&MediaRef("no address".into())).await.is_err());
    let ann = Peer { external_id: ANN.into(), ..Peer::default() };
    let profile = rig.connector.profile(&ann).await.unwrap().unwrap();
    assert_eq!(profile.name.as_deref(), Some("Ann Lee"));
    for odd in ["", "me", "user_ref:x", "../me"] {
        let odd = Peer { external_id: odd.into(), ..Peer::default() };
        assert!(matches!(rig.connector.profile(&odd).await, Ok(None)));
    }
    let stranger = Peer { external_id: "404404".into(), ..Peer::default() };
    assert!(matches!(rig.connector.profile(&stranger).await, Ok(None)));
    rig.server.hide_profile(ANN);
    assert!(matches!(rig.connector.profile(&ann).await, Ok(None)));
}
