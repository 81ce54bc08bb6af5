//! A token that ends while people write.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::{Channel, Talk};
use crate::support::{Store, eventually, talk};

each_channel!(a_dead_token_stops_nothing_but_the_answers_which_go_out_with_a_new_one);

const ANSWERS: usize = 6;
/// How the new token ends.
const NEXT: &str = "nextnextnext";

async fn a_dead_token_stops_nothing_but_the_answers_which_go_out_with_a_new_one(channel: Channel, store: Store) {
    let talk = Talk::begin(channel, &store).await;
    let socket = talk.bob.socket().await;
    talk.answered("Before it ended").await;
    let alarms_before = alarms(&talk);
    talk.line.end_token();

    // Everything that is written waits; the first says why, in words that name what to do.
    let mut waiting = Vec::new();
    for number in 0..ANSWERS {
        waiting.push(talk.answer(&format!("waiting {number}")).await);
    }
    let told = eventually("the reason", async || {
        let told = talk.delivery(&waiting[0]).await;
        (told["state"] == "retry_wait").then_some(told)
    })
    .await;
    assert!(told["shown"].as_str().is_some_and(|shown| shown.contains("token") || shown.contains("key")), "{told}");
    let health = talk.health("bad_credentials").await;
    assert!(health["reason"].as_str().is_some_and(|reason| !reason.is_empty()), "{health}");

    // Customers are heard all the same, where the provider needs no token to tell of them, and it stays known as broken.
    talk.says("Anybody there?").await;
    if talk.channel.inbound_without_token {
        talk.heard("Anybody there?").await;
        talk.says("Hello?").await;
        talk.heard("Hello?").await;
    }
    assert_eq!(talk.inbox().await["health"]["state"], "bad_credentials", "hearing is not speaking");
    let states: Vec<Value> = states(&talk, &waiting).await;
    assert!(states.iter().all(|state| *state == "retry_wait" || *state == "queued"), "{states:?}");

    // With a new token all of it goes out at once, in order, once each.
    let old = talk.line.settings[talk.channel.token].as_str().unwrap();
    let new: String = old.chars().take(old.len() - NEXT.len()).chain(NEXT.chars()).collect();
    talk.line.set_token(&new);
    let inbox = talk.inbox().await;
    let mut settings = inbox["settings"].clone();
    settings[talk.channel.token] = json!(new);
    let path = format!("/api/v1/inboxes/{}", talk.inbox_id);
    let (status, changed) = talk.bob.ask(Method::PATCH, &path, Some(json!({"settings": settings}))).await;
    assert_eq!(status, StatusCode::OK, "{changed}");
    assert!(!changed.to_string().contains(&new), "{changed}");
    for (number, answer) in waiting.iter().enumerate() {
        talk.sent(answer).await;
        assert_eq!(talk::times_shown(&*talk.line.phone, talk.customer, &format!("waiting {number}")), 1);
    }
    let phone = talk.line.phone.shown(talk.customer);
    let order: Vec<&str> = phone.iter().filter(|shown| !shown.mine).map(|shown| shown.text.as_str()).collect();
    let mut wanted = vec!["Before it ended".to_owned()];
    wanted.extend((0..ANSWERS).map(|number| format!("waiting {number}")));
    assert_eq!(order, wanted);
    talk.health("connected").await;
    talk.heard("Anybody there?").await;

    // One alarm and one end of it, however many waited.
    talk.says("the last word").await;
    let mut alarms = Vec::new();
    loop {
        let event = socket.next().await.expect("the socket stays");
        match event.name.as_str() {
            "inbox:health" => alarms.push(event.payload["state"].as_str().unwrap().to_owned()),
            "chat:new_message" if event.payload.to_string().contains("the last word") => break,
            _ => {}
        }
    }
    assert_eq!(alarms, ["bad_credentials", "connected"]);
    let log = talk.daemon.log_text();
    assert_eq!(self::alarms(&talk), alarms_before + 1, "{log}");
    assert!(!log.contains(NEXT), "{log}");
    talk.end().await;
}

/// Alarms in the log.
fn alarms(talk: &Talk) -> usize {
    talk.daemon.log_text().matches("this inbox needs a person").count()
}

async fn states(talk: &Talk, messages: &[Value]) -> Vec<Value> {
    let mut states = Vec::new();
    for message in messages {
        states.push(talk.delivery(message).await["state"].clone());
    }
    states
}
