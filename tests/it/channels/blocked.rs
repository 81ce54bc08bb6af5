//! A customer who wants to hear nothing more, and one who comes back.

use serde_json::json;

use super::{Channel, Talk};
use crate::support::{Store, eventually};

each_channel!(a_blocked_answer_fails_with_the_reason_and_the_next_word_opens_again);

async fn a_blocked_answer_fails_with_the_reason_and_the_next_word_opens_again(channel: Channel, store: Store) {
    let talk = Talk::begin(channel, &store).await;
    talk.line.phone.block(talk.customer, true).await.unwrap();
    let lost = talk.answer("Still there?").await;
    talk.settled(&lost, "failed").await;
    let told = talk.delivery(&lost).await;
    assert_eq!(told["state"], "failed", "{told}");
    let reason = told["shown"].as_str().unwrap_or_default().to_lowercase();
    assert!(reason.contains("block") || reason.contains("forb") || reason.contains("allow"), "in plain words: {told}");
    assert!(told["history"].as_array().unwrap().len() == 1, "nobody who blocks is asked twice: {told}");
    if talk.channel.block_told {
        eventually("known as blocked", async || talk.contact().await["blocked_at"].is_i64().then_some(())).await;
    }
    assert_eq!(talk.inbox().await["health"]["state"], "connected", "one customer's will is no trouble of the line");

    talk.line.phone.block(talk.customer, false).await.unwrap();
    talk.says("I am back").await;
    talk.heard("I am back").await;
    eventually("reachable", async || talk.contact().await["blocked_at"].is_null().then_some(())).await;
    talk.answered("Welcome back").await;

    // The lost one can be sent again by hand, and then arrives.
    let path = format!("/api/v1/deliveries/{}/retry", told["id"].as_str().unwrap());
    let (status, answer) = talk.bob.post(&path, json!({})).await;
    assert!(status.is_success(), "{answer}");
    talk.shown("the lost one", |shown| shown.text == "Still there?").await;
    talk.sent(&lost).await;
    talk.end().await;
}
