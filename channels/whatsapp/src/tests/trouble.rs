//! Servers and lines that fail: what is known of a send afterwards.

use std::time::Duration;

use serde_json::{Value, json};
use trunkline_channel::{Outbound, SendError};
use trunkline_stand_ins::faults::Fault;
use trunkline_stand_ins::graph::Refusal;
use trunkline_stand_ins::samples;

use super::rig::{ANN, Rig, eventually, file, text};

fn answer(status: u16, body: &Value) -> Fault {
    let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
    Fault::Answer { status, headers, body: body.to_string() }
}

#[tokio::test]
async fn a_cut_send_is_never_called_unsent_when_it_may_have_arrived() {
    for fault in Fault::CUTS {
        let rig = Rig::with_ann().await;
        rig.server.faults().arm("messages", fault.clone(), 1);
        let outcome = rig.connector.send(&text("once")).await;
        assert!(matches!(outcome, Err(SendError::MaybeDelivered { .. })), "{fault:?}: {outcome:?}");
        let happened = matches!(fault, Fault::CutAfterAct | Fault::CutInAnswer);
        assert_eq!(rig.received().len(), usize::from(happened), "{fault:?}");
        if happened {
            // What the answer could not tell, the status tells: the delivery's own id.
            eventually("the status", || {
                let told = rig.events().iter().map(|event| format!("{event:?}")).collect::<String>();
                told.contains("Delivery(\"delivery-1\")").then_some(())
            })
            .await;
        }
    }
}

#[tokio::test]
async fn a_server_that_is_not_there_was_told_nothing() {
    let rig = Rig::with_ann().await;
    let (address, connector) = (rig.server.url().strip_prefix("http://").unwrap().to_owned(), rig.connector.clone());
    drop(rig);
    eventually("the port closes", || std::net::TcpStream::connect(&address).is_err().then_some(())).await;
    assert!(matches!(connector.send(&text("once")).await, Err(SendError::Retry { .. })));
}

#[tokio::test]
async fn a_hanging_server_is_given_up() {
    let rig = Rig::with_ann_and(&json!({"timeouts": {"call_ms": 100}})).await;
    rig.server.faults().arm("messages", Fault::Hang, 1);
    assert!(matches!(rig.connector.send(&text("once")).await, Err(SendError::MaybeDelivered { .. })));
    assert_eq!(rig.received().len(), 1);
}

#[tokio::test]
async fn answers_that_are_not_meta_s() {
    let rig = Rig::with_ann().await;
    let truncated = Fault::Answer { status: 200, headers: Vec::new(), body: "{\"messages\":[{\"id".into() };
    let empty = Fault::Answer { status: 200, headers: Vec::new(), body: String::new() };
    for fault in [
        Fault::html(502),
        Fault::html(504),
        Fault::html(500),
        Fault::html(200),
        truncated,
        empty,
        answer(200, &json!({"messages": []})),
        answer(200, &json!({"messages": [{"id": 7}]})),
        answer(502, &Refusal::of(2, "Service temporarily unavailable").body()),
    ] {
        rig.server.faults().arm("messages", fault.clone(), 1);
        let outcome = rig.connector.send(&text("once")).await;
        assert!(matches!(outcome, Err(SendError::MaybeDelivered { .. })), "{fault:?}: {outcome:?}");
    }
    for (fault, retried) in [(Fault::html(503), true), (Fault::html(413), false)] {
        rig.server.faults().arm("messages", fault, 1);
        let outcome = rig.connector.send(&text("once")).await;
        assert_eq!(matches!(outcome, Err(SendError::Retry { .. })), retried, "{outcome:?}");
        assert_eq!(matches!(outcome, Err(SendError::Rejected { .. })), !retried, "{outcome:?}");
    }
    assert!(rig.received().is_empty());
}

#[tokio::test]
async fn every_class_of_refusal_becomes_what_it_means() {
    let rig = Rig::with_ann().await;
    let refused = async |refusal: Refusal| {
        rig.server.faults().arm("messages", refusal.fault(), 1);
        rig.connector.send(&text("x")).await.unwrap_err()
    };
    let slow = |seconds, whole_inbox| SendError::RateLimited { after: Duration::from_secs(seconds), whole_inbox };
    assert_eq!(refused(Refusal::of(131_056, "pair")).await, slow(6, false));
    assert_eq!(refused(Refusal::of(130_429, "too fast").status(429)).await, slow(30, true));
    assert!(
        matches!(refused(Refusal::token(Some(463), "expired")).await, SendError::BadCredentials { shown, .. } if shown.contains("expired"))
    );
    for code in [10, 200, 131_005, 368, 131_031, 131_042] {
        assert!(matches!(refused(Refusal::of(code, "x").status(403)).await, SendError::BadCredentials { .. }), "{code}");
    }
    // A country that is closed to us is no reason to stop for all customers.
    for code in [131_026, 131_030, 131_050, 130_497] {
        assert!(matches!(refused(Refusal::of(code, "x")).await, SendError::PeerGone { .. }), "{code}");
    }
    let shown = refused(Refusal::of(131_009, "x").details("Param text is odd")).await;
    assert!(matches!(shown, SendError::Rejected { code, shown } if code == "131009" && shown.contains("Param text is odd")));
    assert!(matches!(refused(Refusal::of(131_047, "x")).await, SendError::WindowClosed { .. }));
    for code in [1, 2, 131_000, 131_016, 135_000] {
        assert!(matches!(refused(Refusal::of(code, "x").status(500)).await, SendError::Retry { .. }), "{code}");
    }
    let mut told = Refusal::of(4, "x").fault();
    if let Fault::Answer { headers, .. } = &mut told {
        headers.push(("retry-after".to_owned(), "77".to_owned()));
    }
    rig.server.faults().arm("messages", told, 1);
    assert_eq!(rig.connector.send(&text("x")).await, Err(slow(77, true)));
    assert!(rig.received().is_empty());
}

#[tokio::test]
async fn a_message_of_parts_that_breaks_is_not_begun_again() {
    let rig = Rig::with_ann().await;
    let long = text(&"x".repeat(9_000));
    let first = answer(200, &json!({"messages": [{"id": "wamid.FIRST"}]}));
    for failure in [Fault::html(503), Refusal::of(131_009, "x").fault(), Fault::CutAfterAct] {
        rig.server.faults().arm("messages", first.clone(), 1);
        rig.server.faults().arm("messages", failure.clone(), 1);
        let outcome = rig.connector.send(&long).await;
        let told = matches!(&outcome, Err(SendError::MaybeDelivered { evidence }) if evidence.starts_with("1 of 3 parts"));
        assert!(told, "{failure:?}: {outcome:?}");
    }
    let two = Outbound { attachments: vec![file("a.png", "image/png", samples::photo().bytes)], ..text(&"x".repeat(1_100)) };
    rig.server.faults().arm("media", Refusal::of(131_053, "Media upload error").fault(), 1);
    let before = rig.received().len();
    assert!(matches!(rig.connector.send(&two).await, Err(SendError::Rejected { .. })));
    assert_eq!(rig.received().len(), before, "uploads come before all sends");
}

#[tokio::test]
async fn a_lost_upload_is_simply_made_again() {
    for fault in [Fault::CutAfterAct, Fault::CutInAnswer, Fault::html(502), Fault::html(200)] {
        let rig = Rig::with_ann().await;
        let picture = Outbound { attachments: vec![file("a.png", "image/png", samples::photo().bytes)], ..text("look") };
        rig.server.faults().arm("media", fault.clone(), 1);
        let outcome = rig.connector.send(&picture).await;
        assert!(matches!(outcome, Err(SendError::Retry { .. })), "{fault:?}: {outcome:?}");
        rig.connector.send(&picture).await.unwrap();
        assert_eq!(rig.received().len(), 1);
    }
}

#[tokio::test]
async fn a_customer_who_cannot_be_reached_is_told_of_later() {
    let rig = Rig::with_ann().await;
    rig.server.phone().block(ANN, true).await.unwrap();
    rig.connector.send(&text("Still there?")).await.unwrap();
    let failed = eventually("the failure", || {
        rig.events().into_iter().map(|event| format!("{event:?}")).find(|told| told.contains("Failed"))
    })
    .await;
    assert!(failed.contains("131026") && failed.contains("delivery-1") && failed.contains("blocked"), "{failed}");
}
