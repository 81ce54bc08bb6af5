//! Servers and lines that fail: what is known of a send afterwards.

use std::time::Duration;

use serde_json::{Value, json};
use trunkline_channel::{CheckState, Outbound, Peer, SendError};
use trunkline_stand_ins::faults::Fault;
use trunkline_stand_ins::graph::Refusal;
use trunkline_stand_ins::phone::{Said, SaidKind};

use super::rig::{ANN, APP_SECRET, Rig, TOKEN, file, text};

/// The path of a send, which an upload's does not contain.
const SEND: &str = "/messages";

fn answer(status: u16, body: &Value) -> Fault {
    let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
    Fault::Answer { status, headers, body: body.to_string() }
}

#[tokio::test]
async fn a_cut_send_is_never_called_unsent_when_it_may_have_arrived() {
    for fault in Fault::CUTS {
        let rig = Rig::with_ann().await;
        rig.server.faults().arm(SEND, fault.clone(), 1);
        let outcome = rig.connector.send(&text("once")).await;
        assert!(matches!(outcome, Err(SendError::MaybeDelivered { .. })), "{fault:?}: {outcome:?}");
        let happened = matches!(fault, Fault::CutAfterAct | Fault::CutInAnswer);
        assert_eq!(rig.seen().len(), usize::from(happened), "{fault:?}");
    }
}

#[tokio::test]
async fn a_cut_upload_has_told_the_customer_nothing() {
    for fault in Fault::CUTS {
        let rig = Rig::with_ann().await;
        rig.server.faults().arm("message_attachments", fault.clone(), 1);
        let out = Outbound { attachments: vec![file("a.pdf", "application/pdf", "x")], ..text("both or nothing") };
        let outcome = rig.connector.send(&out).await;
        assert!(matches!(outcome, Err(SendError::Retry { .. })), "{fault:?}: {outcome:?}");
        assert!(rig.seen().is_empty());
    }
}

#[tokio::test]
async fn a_hanging_server_is_given_up() {
    let rig = Rig::start_with(&json!({"timeouts": {"call_ms": 100}}), None).await;
    rig.says("Hello").await;
    rig.server.faults().arm(SEND, Fault::Hang, 1);
    assert!(matches!(rig.connector.send(&text("once")).await, Err(SendError::MaybeDelivered { .. })));
    assert_eq!(rig.seen().len(), 1);
}

#[tokio::test]
async fn a_server_that_is_not_there_was_told_nothing() {
    let rig = Rig::start_with(&json!({"api_url": "http://127.0.0.1:9"}), None).await;
    assert!(matches!(rig.connector.send(&text("once")).await, Err(SendError::Retry { .. })));
}

#[tokio::test]
async fn answers_that_are_not_facebook_s() {
    let rig = Rig::with_ann().await;
    let truncated = Fault::Answer { status: 200, headers: Vec::new(), body: "{\"recipient_id\":\"7".into() };
    let empty = Fault::Answer { status: 200, headers: Vec::new(), body: String::new() };
    for fault in
        [Fault::html(502), Fault::html(504), Fault::html(500), Fault::html(200), truncated, empty, answer(200, &json!({"x": 1}))]
    {
        rig.server.faults().arm(SEND, fault.clone(), 1);
        let outcome = rig.connector.send(&text("once")).await;
        assert!(matches!(outcome, Err(SendError::MaybeDelivered { .. })), "{fault:?}: {outcome:?}");
    }
    for (fault, retried) in [(Fault::html(503), true), (Fault::html(413), false)] {
        rig.server.faults().arm(SEND, fault, 1);
        let outcome = rig.connector.send(&text("once")).await;
        assert_eq!(matches!(outcome, Err(SendError::Retry { .. })), retried, "{outcome:?}");
        assert_eq!(matches!(outcome, Err(SendError::Rejected { .. })), !retried, "{outcome:?}");
    }
    assert!(rig.seen().is_empty());
}

#[tokio::test]
async fn a_slow_down_is_obeyed() {
    let rig = Rig::with_ann().await;
    let headers = vec![("retry-after".to_owned(), "7".to_owned())];
    rig.server.faults().arm(SEND, Fault::Answer { status: 429, headers, body: "<html>".into() }, 1);
    let outcome = rig.connector.send(&text("x")).await;
    assert_eq!(outcome, Err(SendError::RateLimited { after: Duration::from_secs(7), whole_inbox: true }));
    let body = Refusal::of(80_006, "There have been too many messages").body().to_string();
    let usage = r#"{"1":[{"type":"messenger","call_count":100,"estimated_time_to_regain_access":3}]}"#;
    let headers = vec![("x-business-use-case-usage".to_owned(), usage.to_owned())];
    rig.server.faults().arm(SEND, Fault::Answer { status: 400, headers, body }, 1);
    let outcome = rig.connector.send(&text("x")).await;
    assert_eq!(outcome, Err(SendError::RateLimited { after: Duration::from_secs(180), whole_inbox: true }));
}

#[tokio::test]
async fn every_listed_error_is_known_over_the_wire() {
    let rig = Rig::with_ann().await;
    let table: Value = serde_json::from_str(include_str!("../../tests/errors.json")).unwrap();
    for entry in table["errors"].as_array().unwrap() {
        let mut refusal = Refusal::of(entry["code"].as_i64().unwrap(), "something");
        refusal.subcode = entry["subcode"].as_i64();
        rig.server.faults().arm(SEND, refusal.fault(), 1);
        let outcome = rig.connector.send(&text("x")).await.unwrap_err();
        let class = match outcome {
            SendError::BadCredentials { .. } => ["token", "permission", "policy"].as_slice(),
            SendError::WindowClosed { .. } => &["window"],
            SendError::PeerGone { .. } => &["recipient"],
            SendError::Rejected { .. } => &["content", "config"],
            SendError::RateLimited { .. } => &["rate"],
            SendError::Retry { .. } => &["temporary"],
            SendError::MaybeDelivered { .. } => &[],
        };
        assert!(class.contains(&entry["class"].as_str().unwrap()), "{entry}: {class:?}");
    }
    assert!(rig.seen().is_empty());
}

#[tokio::test]
async fn a_message_of_parts_that_breaks_is_not_begun_again() {
    let rig = Rig::with_ann().await;
    let parts = Outbound { attachments: vec![file("a.pdf", "application/pdf", "x")], ..text("first") };
    let first = rig.connector.send(&text("a part of nothing")).await;
    assert!(first.is_ok());
    // The upload and the words pass; the file's own message does not.
    let sends = rig.server.faults().seen(SEND).len();
    rig.server.faults().arm("message_attachments", Fault::html(503), 1);
    assert!(matches!(rig.connector.send(&parts).await, Err(SendError::Retry { .. })));
    assert_eq!(rig.server.faults().seen(SEND).len(), sends, "not begun");
    let long = text(&"word ".repeat(900));
    rig.phone.block(ANN, false).await.unwrap();
    let outcome = tokio::join!(rig.connector.send(&long), async {
        while rig.server.faults().seen(SEND).len() <= sends {
            tokio::task::yield_now().await;
        }
        rig.server.faults().arm(SEND, Fault::html(503), 1);
    })
    .0;
    match outcome {
        Err(SendError::MaybeDelivered { evidence }) => assert!(evidence.contains("of 3 parts arrived"), "{evidence}"),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn customers_who_cannot_be_reached() {
    let rig = Rig::with_ann().await;
    rig.phone.block(ANN, true).await.unwrap();
    assert!(matches!(rig.connector.send(&text("x")).await, Err(SendError::PeerGone { shown, .. }) if shown.contains("blocked")));
    let stranger = Peer { external_id: "404404".into(), ..Peer::default() };
    assert!(matches!(rig.connector.send(&Outbound { to: stranger, ..text("x") }).await, Err(SendError::PeerGone { .. })));
}

#[tokio::test]
async fn a_dead_token_is_told_plainly_and_shown_to_nobody() {
    let rig = Rig::with_ann().await;
    rig.phone.say(ANN, Said { kind: SaidKind::Photo, ..Said::default() }).await.unwrap();
    rig.server.app().set_token_dead(Some(463));
    let outcome = rig.connector.send(&text("x")).await;
    assert!(matches!(&outcome, Err(SendError::BadCredentials { shown, .. }) if shown.contains("expired")), "{outcome:?}");
    let checks = rig.connector.diagnose(&rig.cx).await;
    assert!(checks.iter().any(|check| check.name == "token" && check.state == CheckState::Failed), "{checks:?}");
    rig.server.app().set_token_dead(None);
    let mut told = format!("{outcome:?} {checks:?}");
    for fault in [Fault::CutAfterHead, Fault::html(502)] {
        rig.server.faults().arm(SEND, fault, 1);
        told += &format!("{:?}", rig.connector.send(&text("x")).await);
    }
    assert!(!told.contains(TOKEN) && !told.contains(APP_SECRET), "{told}");
}
