//! Receiving: Meta's calls, customers' files, and the eye on the account.

use std::sync::atomic::Ordering;

use serde_json::json;
use trunkline_channel::{CheckState, FetchError, Health, Inbound, Media, MediaRef, ReceiptStatus, ReceiptTarget};
use trunkline_stand_ins::faults::Fault;
use trunkline_stand_ins::graph::whatsapp::SECOND_PHONE_NUMBER_ID;
use trunkline_stand_ins::graph::{Refusal, Signing, VERIFY_TOKEN};
use trunkline_stand_ins::phone::{Said, SaidKind};
use trunkline_stand_ins::samples;

use super::rig::{ANN, Rig, build, eventually, settings, text};

fn words(rig: &Rig) -> Vec<String> {
    let message = |event| if let Inbound::Message(message) = event { message.text } else { None };
    rig.events().into_iter().filter_map(message).collect()
}

#[tokio::test]
async fn what_meta_signs_comes_in_and_nothing_else() {
    let rig = Rig::with_ann().await;
    rig.says("Grüße / 👋").await;
    eventually("both", || (words(&rig) == ["Hello", "Grüße / 👋"]).then_some(())).await;
    for signing in [Signing::Wrong, Signing::Missing] {
        rig.server.app().webhooks().set_signing(signing);
        rig.says("forged").await;
        eventually("refused", || {
            rig.server.app().webhooks().sent().last().is_some_and(|sent| sent.status == Some(403)).then_some(())
        })
        .await;
    }
    rig.server.app().webhooks().set_signing(Signing::Right);
    // A call that could not be stored comes again.
    rig.desk.refusals.store(1, Ordering::SeqCst);
    rig.says("kept").await;
    eventually("all but the forged", || (words(&rig).contains(&"kept".to_owned())).then_some(())).await;
    assert_eq!(rig.health(), Health::Connected);
}

#[tokio::test]
async fn each_number_s_events_go_to_its_own_inbox() {
    let rig = Rig::with_ann().await;
    let said = Said { text: "to the second".into(), ..Said::default() };
    rig.server.phone_of(SECOND_PHONE_NUMBER_ID).say(ANN, said).await.unwrap();
    eventually("the second number's", || {
        let stored = rig.desk.stored.lock().unwrap();
        stored.iter().any(|(inbox, _)| inbox == "second").then_some(())
    })
    .await;
    assert!(!words(&rig).contains(&"to the second".to_owned()), "another number's words are not ours");
}

#[tokio::test]
async fn a_customer_s_files_are_fetched_in_two_steps() {
    let rig = Rig::with_ann().await;
    rig.server.phone().say(ANN, Said { kind: SaidKind::Photo, text: "this".into(), ..Said::default() }).await.unwrap();
    let reference = eventually("the picture", || {
        rig.events().into_iter().find_map(|event| match event {
            Inbound::Message(message) => match message.attachments.first()?.media.clone() {
                Media::Remote { reference } => Some(MediaRef(reference)),
                _ => None,
            },
            _ => None,
        })
    })
    .await;
    let fetched = rig.connector.fetch(&reference).await.unwrap();
    assert_eq!((fetched.bytes.to_vec(), fetched.claimed_type.as_deref()), (samples::photo().bytes, Some("image/png")));
    // The address ended between the steps: another is asked for.
    rig.server.faults().arm("/cdn/", Fault::html(404), 1);
    assert!(rig.connector.fetch(&reference).await.is_ok());
    rig.server.faults().arm("/cdn/", Fault::html(404), 2);
    assert!(matches!(rig.connector.fetch(&reference).await, Err(FetchError::Gone)));
    rig.server.faults().arm("/cdn/", Fault::html(502), 1);
    assert!(matches!(rig.connector.fetch(&reference).await, Err(FetchError::Retry(_))));
    let lookup = |body: &serde_json::Value| Fault::Answer { status: 200, headers: Vec::new(), body: body.to_string() };
    rig.server.faults().arm(&reference.0, lookup(&json!({"url": "http://x/", "file_size": 104_857_601})), 1);
    assert!(matches!(rig.connector.fetch(&reference).await, Err(FetchError::TooLarge(104_857_601))));
    // Wherever an answer points: never into our own network.
    rig.server.faults().arm(&reference.0, lookup(&json!({"url": "http://127.0.0.1:9/x"})), 1);
    assert!(matches!(rig.connector.fetch(&reference).await, Err(FetchError::Refused)));
    rig.server.faults().arm(&reference.0, Refusal::token(None, "dead").fault(), 1);
    assert!(matches!(rig.connector.fetch(&reference).await, Err(FetchError::Retry(_))));
    assert!(matches!(rig.connector.fetch(&MediaRef("999999".into())).await, Err(FetchError::Gone)));
}

#[tokio::test]
async fn a_send_s_way_is_told_by_statuses() {
    let rig = Rig::with_ann().await;
    let sent = rig.connector.send(&text("Yes")).await.unwrap().external_ids;
    rig.server.phone().read(ANN).await.unwrap();
    let of = |status: ReceiptStatus| {
        let target = ReceiptTarget::Delivery("delivery-1".to_owned());
        move |event: &Inbound| matches!(event, Inbound::Receipt { target: to, status: told, .. } if *to == target && *told == status)
    };
    for status in [ReceiptStatus::Sent, ReceiptStatus::Delivered, ReceiptStatus::Read] {
        let is = of(status.clone());
        eventually("the status", || rig.events().iter().any(&is).then_some(())).await;
    }
    rig.server.phone().react(ANN, &sent[0], Some("🔥")).await.unwrap();
    eventually("the reaction", || {
        rig.events()
            .iter()
            .any(|event| matches!(event, Inbound::Reaction { external_id, .. } if *external_id == sent[0]))
            .then_some(())
    })
    .await;
    let echo = rig.server.write_from_app(ANN, "from the phone");
    eventually("the echo", || {
        let is = |event: &Inbound| matches!(event, Inbound::Message(message) if message.external_id == echo && message.peer.aliases == [ANN]);
        rig.events().iter().any(is).then_some(())
    })
    .await;
}

#[tokio::test]
async fn the_webhook_is_set_up_and_the_account_looked_after() {
    let rig = Rig::start().await;
    let running = rig.run();
    eventually("registered", || (rig.server.app().webhooks().url().as_deref() == Some(rig.url.as_str())).then_some(())).await;
    eventually("connected", || (rig.health() == Health::Connected).then_some(())).await;
    rig.says("Hello").await;
    eventually("the first word", || (words(&rig) == ["Hello"]).then_some(())).await;

    // A dead token stops sends, not what comes in; a new one at Meta is noticed by itself.
    rig.server.app().set_token_dead(Some(463));
    eventually("a dead token", || matches!(rig.health(), Health::BadCredentials { .. }).then_some(())).await;
    rig.says("still heard").await;
    eventually("the second word", || (words(&rig).len() == 2).then_some(())).await;
    assert!(matches!(rig.health(), Health::BadCredentials { .. }), "what comes in says nothing of the token");
    let checks = rig.connector.diagnose(&rig.cx).await;
    let number = checks.iter().find(|check| check.name == "number").unwrap();
    assert!(number.state == CheckState::Failed && number.detail.contains("expired"), "{number:?}");
    rig.cx.stop.cancel();
    running.await.unwrap().unwrap();
}

#[tokio::test]
async fn an_ended_subscription_is_made_again() {
    let rig = Rig::start().await;
    let running = rig.run();
    eventually("connected", || (rig.health() == Health::Connected).then_some(())).await;
    let client = reqwest::Client::builder().build().unwrap();
    let url = format!("{}/v25.0/{}/subscribed_apps", rig.server.url(), trunkline_stand_ins::graph::whatsapp::WABA_ID);
    client.delete(url).bearer_auth(trunkline_stand_ins::graph::whatsapp::TOKEN).send().await.unwrap().error_for_status().unwrap();
    eventually("told", || rig.cx.health.report().notice.filter(|notice| notice.contains("subscription"))).await;
    rig.says("again").await;
    eventually("what comes after", || words(&rig).contains(&"again".to_owned()).then_some(())).await;
    rig.cx.stop.cancel();
    running.await.unwrap().unwrap();
}

#[tokio::test]
async fn an_address_that_meta_cannot_reach_is_told_plainly() {
    let rig = Rig::start_with(&json!({"verify_token": "another-token-of-ours"})).await;
    // The address answers for another token than the one that is registered.
    let other = build(
        &settings(rig.server.url(), &json!({"verify_token": VERIFY_TOKEN})),
        Some(rig.url.strip_suffix("/in/box").unwrap()),
    );
    let (other, cx) = (other.unwrap(), rig.cx.clone());
    let running = tokio::spawn(async move { other.run(cx).await });
    eventually("told", || {
        matches!(rig.health(), Health::Misconfigured { reason } if reason.contains("public_url")).then_some(())
    })
    .await;
    rig.cx.stop.cancel();
    running.await.unwrap().unwrap();
}

#[tokio::test]
async fn the_doctor_finds_a_healthy_number_healthy() {
    let rig = Rig::with_ann().await;
    eventually("the first word", || (words(&rig).len() == 1).then_some(())).await;
    let checks = rig.connector.diagnose(&rig.cx).await;
    assert!(checks.iter().all(|check| check.state == CheckState::Ok), "{checks:?}");
    let names: Vec<&str> = checks.iter().map(|check| check.name).collect();
    assert_eq!(names, ["number", "token_expiry", "permissions", "webhook", "templates", "limits", "last_event"]);
}

#[test]
fn a_number_that_could_be_written_to_by_anybody_does_not_start() {
    for (key, value) in [
        ("app_secret", ""),
        ("access_token", ""),
        ("verify_token", "short"),
        ("phone_number_id", "+15550001111"),
        ("business_account_id", ""),
        ("api_url", "ftp://example.com"),
        ("list_button", "a list button that is far too long"),
    ] {
        let error = build(&settings("http://127.0.0.1:9", &json!({ key: value })), None).err().unwrap();
        assert_eq!(error.key, key);
    }
    let wrong = build(&settings("http://127.0.0.1:9", &json!({"trusted_media_urls": ["no url"]})), None).err().unwrap();
    assert_eq!(wrong.key, "trusted_media_urls");
    assert!(build(&settings("http://127.0.0.1:9", &json!({})), None).is_ok());
    assert!(serde_json::from_value::<crate::Settings>(json!({"phone_number_id": "1"})).is_err());
}
