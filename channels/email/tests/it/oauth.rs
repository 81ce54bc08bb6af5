//! XOAUTH2: tokens are renewed in time, after a refusal, and with the rotated refresh token.

use serde_json::json;
use trunkline_channel::{Health, SendError};
use trunkline_stand_ins::mail::{ImapOptions, SmtpOptions, TokenStandIn};

use crate::support::{Rig, answer, mail, until};

async fn rig(tokens: &TokenStandIn, sasl_ir: bool) -> Rig {
    let mut rig = Rig::new(ImapOptions { sasl_ir, ..ImapOptions::default() }, SmtpOptions::default()).await;
    rig.settings["auth"] = json!({ "kind": "xoauth2", "client_id": "client", "client_secret": "secret", "refresh_token": "refresh-0", "token_url": tokens.url() });
    rig
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mailbox_with_tokens_receives_and_sends() {
    for sasl_ir in [true, false] {
        let tokens = TokenStandIn::start(3_600).await.unwrap();
        let mut rig = rig(&tokens, sasl_ir).await;
        rig.imap.set_tokens(&["token-1", "token-2"]);
        rig.smtp.set_tokens(&["token-1", "token-2"]);
        rig.settled().await;
        rig.imap.deliver(mail("<1@x>", "hello"));
        until("the mail is in", || rig.store.ids().len() == 1).await;
        rig.connector().send(&answer("d1", "customer@example.test", "hello")).await.unwrap();
        assert_eq!(rig.smtp.ledger().len(), 1);
        rig.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_token_is_renewed_once_at_once() {
    let tokens = TokenStandIn::start(3_600).await.unwrap();
    let mut rig = rig(&tokens, true).await;
    // The first token is already taken back when it is used: challenge, empty line, refusal, renewal.
    rig.imap.set_tokens(&["token-2"]);
    rig.settings["timeouts"]["refused_ms"] = json!(600_000);
    rig.settled().await;
    assert_eq!((tokens.given(), rig.health.report().health), (2, Health::Connected));
    rig.stop().await;
    rig.smtp.set_tokens(&["token-4"]);
    rig.connector().send(&answer("d1", "customer@example.test", "hello")).await.unwrap();
    assert_eq!(tokens.given(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rotated_refresh_token_is_used_from_then_on_and_short_tokens_are_renewed_each_time() {
    let tokens = TokenStandIn::start(1).await.unwrap();
    tokens.rotate();
    let rig = rig(&tokens, true).await;
    rig.smtp.set_tokens(&["token-1", "token-2", "token-3"]);
    let connector = rig.connector();
    for n in 1..=3 {
        connector.send(&answer(&format!("d{n}"), "customer@example.test", "hello")).await.unwrap();
        assert_eq!(tokens.given(), n);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rotated_refresh_token_outlives_the_process_and_gives_way_to_a_new_one_of_the_settings() {
    let tokens = TokenStandIn::start(3_600).await.unwrap();
    tokens.rotate();
    let mut rig = rig(&tokens, true).await;
    rig.imap.set_tokens(&["token-1", "token-2", "token-3"]);
    for start in 1..=3 {
        // Each process begins with the token of the settings, which is void after the first answer.
        rig.start();
        until("it is connected", || rig.health.report().health == Health::Connected).await;
        assert_eq!(tokens.given(), start);
        rig.stop().await;
        rig.health.set(Health::Connecting, 0);
    }
    // Somebody has connected the mailbox anew: what was kept for the old consent counts no more, and this one is refused.
    rig.settings["auth"]["refresh_token"] = json!("refresh-of-another-consent");
    rig.start();
    until("it is told", || matches!(rig.health.report().health, Health::BadCredentials { .. })).await;
    assert_eq!(tokens.given(), 3);
    rig.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn consent_taken_back_is_told_and_a_service_that_is_down_is_waited_for() {
    let tokens = TokenStandIn::start(3_600).await.unwrap();
    let mut rig = rig(&tokens, true).await;
    tokens.set_broken(true);
    rig.start();
    until("it is told", || matches!(rig.health.report().health, Health::Troubled { .. })).await;
    let result = rig.connector().send(&answer("d1", "customer@example.test", "hello")).await;
    assert!(matches!(result, Err(SendError::Retry { .. })), "{result:?}");
    tokens.set_broken(false);
    tokens.revoke();
    until("it is told", || matches!(rig.health.report().health, Health::BadCredentials { .. })).await;
    let result = rig.connector().send(&answer("d1", "customer@example.test", "hello")).await;
    assert!(matches!(result, Err(SendError::BadCredentials { .. })), "{result:?}");
    rig.stop().await;
}
