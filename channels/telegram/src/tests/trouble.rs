//! Servers and lines that fail: what is known of a send afterwards.

use std::time::Duration;

use serde_json::{Value, json};
use trunkline_channel::{CheckState, Outbound, SendError};
use trunkline_stand_ins::faults::Fault;
use trunkline_stand_ins::phone::Phone;

use super::rig::{ANN, Rig, TOKEN, file, text};

fn arrived(rig: &Rig) -> usize {
    rig.server.shown(ANN).iter().filter(|shown| !shown.mine).count()
}

fn answer(status: u16, body: &Value) -> Fault {
    let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
    Fault::Answer { status, headers, body: body.to_string() }
}

#[tokio::test]
async fn a_cut_send_is_never_called_unsent_when_it_may_have_arrived() {
    for fault in Fault::CUTS {
        let rig = Rig::with_ann().await;
        rig.server.faults().arm("sendMessage", fault.clone(), 1);
        let outcome = rig.connector.send(&text("once")).await;
        assert!(matches!(outcome, Err(SendError::MaybeDelivered { .. })), "{fault:?}: {outcome:?}");
        let happened = matches!(fault, Fault::CutAfterAct | Fault::CutInAnswer);
        assert_eq!(arrived(&rig), usize::from(happened), "{fault:?}");
    }
}

#[tokio::test]
async fn a_server_that_is_not_there_was_told_nothing() {
    let rig = Rig::with_ann().await;
    let url = rig.server.url().to_owned();
    let connector = rig.connector.clone();
    drop(rig);
    super::rig::eventually("the port closes", || {
        let address = url.strip_prefix("http://").unwrap().to_owned();
        std::net::TcpStream::connect(address).is_err().then_some(())
    })
    .await;
    assert!(matches!(connector.send(&text("once")).await, Err(SendError::Retry { .. })));
}

#[tokio::test]
async fn a_hanging_server_is_given_up() {
    let rig = Rig::start_with(&json!({"timeouts": {"call_ms": 100}}), None).await;
    rig.says("Hello").await;
    rig.server.faults().arm("sendMessage", Fault::Hang, 1);
    assert!(matches!(rig.connector.send(&text("once")).await, Err(SendError::MaybeDelivered { .. })));
    assert_eq!(arrived(&rig), 1);
}

#[tokio::test]
async fn answers_that_are_not_telegram_s() {
    let rig = Rig::with_ann().await;
    let truncated = Fault::Answer { status: 200, headers: Vec::new(), body: "{\"ok\":true,\"resu".into() };
    let empty = Fault::Answer { status: 200, headers: Vec::new(), body: String::new() };
    for fault in [
        Fault::html(502),
        Fault::html(504),
        Fault::html(500),
        Fault::html(200),
        truncated,
        empty,
        answer(200, &json!({"ok": true})),
    ] {
        rig.server.faults().arm("sendMessage", fault.clone(), 1);
        let outcome = rig.connector.send(&text("once")).await;
        assert!(matches!(outcome, Err(SendError::MaybeDelivered { .. })), "{fault:?}: {outcome:?}");
    }
    for (fault, retried) in [(Fault::html(503), true), (Fault::html(413), false)] {
        rig.server.faults().arm("sendMessage", fault, 1);
        let outcome = rig.connector.send(&text("once")).await;
        assert_eq!(matches!(outcome, Err(SendError::Retry { .. })), retried, "{outcome:?}");
        assert_eq!(matches!(outcome, Err(SendError::Rejected { .. })), !retried, "{outcome:?}");
    }
    assert_eq!(arrived(&rig), 0);
}

#[tokio::test]
async fn a_slow_down_is_obeyed_to_the_second() {
    let rig = Rig::with_ann().await;
    for (parameters, wait) in [
        (json!({"retry_after": 7}), 7),
        (json!({"retry_after": 3_600}), 3_600),
        (json!({"retry_after": -3}), 5),
        (json!({}), 5),
        (json!({"retry_after": 99_999_999}), 24 * 3_600),
    ] {
        let body =
            json!({"ok": false, "error_code": 429, "description": "Too Many Requests: retry after", "parameters": parameters});
        rig.server.faults().arm("sendMessage", answer(429, &body), 1);
        let outcome = rig.connector.send(&text("x")).await;
        assert_eq!(outcome, Err(SendError::RateLimited { after: Duration::from_secs(wait), whole_inbox: false }));
    }
    let headers = vec![("retry-after".to_owned(), "9".to_owned())];
    rig.server.faults().arm("sendMessage", Fault::Answer { status: 429, headers, body: "<html>".into() }, 1);
    assert!(matches!(rig.connector.send(&text("x")).await, Err(SendError::RateLimited { after, .. }) if after.as_secs() == 9));
}

#[tokio::test]
async fn a_message_of_parts_that_breaks_is_not_begun_again() {
    let rig = Rig::with_ann().await;
    let parts = Outbound { attachments: vec![file("a.pdf", "application/pdf", "x")], ..text(&"x".repeat(1_100)) };
    rig.server.faults().arm("sendDocument", Fault::html(503), 1);
    let outcome = rig.connector.send(&parts).await;
    assert!(
        matches!(&outcome, Err(SendError::MaybeDelivered { evidence }) if evidence.starts_with("1 of 2 parts")),
        "{outcome:?}"
    );
    assert_eq!(arrived(&rig), 1);
}

#[tokio::test]
async fn customers_who_cannot_be_reached() {
    let rig = Rig::with_ann().await;
    rig.server.block(ANN, true).await.unwrap();
    assert!(matches!(rig.connector.send(&text("x")).await, Err(SendError::PeerGone { shown, .. }) if shown.contains("blocked")));
    let stranger = trunkline_channel::Peer { external_id: "404404".into(), ..trunkline_channel::Peer::default() };
    assert!(matches!(rig.connector.send(&Outbound { to: stranger, ..text("x") }).await, Err(SendError::PeerGone { .. })));
    let odd = trunkline_channel::Peer { external_id: "ann@example.com".into(), ..trunkline_channel::Peer::default() };
    assert!(matches!(rig.connector.send(&Outbound { to: odd, ..text("x") }).await, Err(SendError::Rejected { .. })));
}

#[tokio::test]
async fn a_dead_token_is_told_plainly_and_shown_to_nobody() {
    let rig = Rig::with_ann().await;
    rig.server.set_revoked(true);
    let outcome = rig.connector.send(&text("x")).await;
    assert!(matches!(&outcome, Err(SendError::BadCredentials { shown, .. }) if shown.contains("@BotFather")));
    let checks = rig.connector.diagnose(&rig.cx).await;
    assert!(checks.iter().any(|check| check.name == "token" && check.state == CheckState::Failed));
    rig.server.set_revoked(false);
    let mut told = format!("{outcome:?} {checks:?}");
    for fault in [Fault::CutAfterHead, Fault::html(502)] {
        rig.server.faults().arm("sendMessage", fault, 1);
        told += &format!("{:?}", rig.connector.send(&text("x")).await);
    }
    assert!(!told.contains(TOKEN.split(':').nth(1).unwrap()), "{told}");
}

#[tokio::test]
async fn the_doctor_looks_at_token_receiving_and_backlog() {
    let rig = Rig::with_ann().await;
    let checks = rig.connector.diagnose(&rig.cx).await;
    let state = |name: &str| checks.iter().find(|check| check.name == name).map(|check| check.state);
    assert_eq!(
        (state("token"), state("receiving"), state("backlog")),
        (Some(CheckState::Ok), Some(CheckState::Ok), Some(CheckState::Ok))
    );
    assert_eq!(state("last_event"), Some(CheckState::Warning));
}
