//! What machines write: bounces, absence notes, and answers to answers.

use reqwest::StatusCode;
use serde_json::{Value, json};

use super::{ANN, Desk, SUPPORT, header, items, mail, mail_of};
use crate::support::{Store, each_store, eventually};

each_store!(
    a_bounce_fails_its_message_and_a_retry_sends_it_again,
    an_absence_note_neither_reopens_nor_is_answered,
    a_machine_that_answers_everything_is_not_answered,
);

/// Postfix takes mail for it and learns only then that nobody has this address.
const GONE: &str = "gone@elsewhere.test";

async fn a_bounce_fails_its_message_and_a_retry_sends_it_again(store: Store) {
    let desk = Desk::open(&store).await;
    desk.servers.inject(GONE, SUPPORT, &mail_of(GONE, "<gone@elsewhere.test>", "Where am I?", "", "Hello")).await.unwrap();
    let path = desk.accept("Where am I?").await;
    let answer = desk.answer(&path, "answer", "Here you are.").await;
    let id = answer["id"].as_str().unwrap();

    let failed = delivery_in(&desk, id, "failed", 1).await;
    let shown = failed["shown"].as_str().unwrap_or_default();
    assert!(shown.starts_with(&format!("Not delivered to {GONE}")), "{failed}");
    assert_eq!(failed["code"], "5.1.1", "{failed}");
    let message = desk.messages(&path).await.into_iter().find(|message| message["id"] == id).unwrap();
    assert_eq!(message["status"], "failed");
    assert_eq!(bounces(&desk), 1);
    assert_eq!(items(&desk.bob.get("/api/v1/conversations").await.1).len(), 1, "the bounce is no conversation");

    let retry = format!("/api/v1/deliveries/{}/retry", failed["id"].as_str().unwrap());
    assert_eq!(desk.bob.post(&retry, json!({})).await.0, StatusCode::OK);
    // The server refuses it once more, which proves that it was there once more.
    eventually("the second bounce", async || (bounces(&desk) == 2).then_some(())).await;
    delivery_in(&desk, id, "failed", 2).await;
    desk.close().await;
}

async fn an_absence_note_neither_reopens_nor_is_answered(store: Store) {
    let desk = Desk::open(&store).await;
    desk.servers.inject(ANN, SUPPORT, &mail("<ask@example.test>", "A question", "", "How much is it?")).await.unwrap();
    let path = desk.accept("A question").await;
    desk.answer(&path, "answer", "It is free.").await;
    let ours = header(&desk.arrived(ANN, "It is free.").await, "Message-ID");
    let closed = desk.bob.post(&format!("{path}/close"), json!({"reason": "problem_solved"})).await;
    assert_eq!(closed.0, StatusCode::OK, "{}", closed.1);

    let more =
        format!("In-Reply-To: {ours}\r\nReferences: {ours}\r\nAuto-Submitted: auto-replied\r\nX-Auto-Response-Suppress: All\r\n");
    let note = mail("<away@example.test>", "Automatic reply: A question", &more, "I am away until Monday.");
    desk.servers.inject(ANN, SUPPORT, &note).await.unwrap();
    let note = eventually("the note is in the conversation", async || said(&desk, &path, "I am away until Monday.").await).await;
    assert_eq!((&note["automatic"], &note["sender_type"]), (&json!(true), &json!("customer")));
    assert_eq!(desk.bob.get(&path).await.1["state"], "closed");

    // The same words from a person reopen it.
    let more = format!("In-Reply-To: {ours}\r\nReferences: {ours}\r\n");
    desk.servers.inject(ANN, SUPPORT, &mail("<back@example.test>", "Re: A question", &more, "I am back.")).await.unwrap();
    eventually("a person's mail is in the conversation", async || said(&desk, &path, "I am back.").await).await;
    assert_eq!(desk.bob.get(&path).await.1["state"], "new");
    assert_eq!(items(&desk.bob.get("/api/v1/conversations").await.1).len(), 1);
    assert_eq!(desk.servers.mailbox(ANN).unwrap().len(), 1, "nothing but Bob's answer went out");
    desk.close().await;
}

/// Ann's machine answers whatever it is sent, and does not even say that it is a machine until the second round.
async fn a_machine_that_answers_everything_is_not_answered(store: Store) {
    const ROUNDS: usize = 5;
    let desk = Desk::open(&store).await;
    desk.servers.inject(ANN, SUPPORT, &mail("<ask@example.test>", "Ping", "", "ping")).await.unwrap();
    let path = desk.accept("Ping").await;
    desk.answer(&path, "answer", "pong").await;
    let mut last = header(&desk.arrived(ANN, "pong").await, "Message-ID");
    for round in 0..ROUNDS {
        let id = format!("<machine-{round}@example.test>");
        let marks = ["", "Auto-Submitted: auto-replied\r\n", "Precedence: bulk\r\n", "X-Autoreply: yes\r\n"];
        let mark = marks[round.min(marks.len() - 1)];
        let more = format!("In-Reply-To: {last}\r\nReferences: {last}\r\n{mark}");
        let text = format!("this is machine number {round}");
        desk.servers.inject(ANN, SUPPORT, &mail(&id, "Re: Ping", &more, &text)).await.unwrap();
        let stored = eventually("the machine's mail is stored", async || said(&desk, &path, &text).await).await;
        assert_eq!(stored["automatic"], json!(round > 0), "{stored}");
        last = id;
    }
    // Our own loop mark comes back through a forward that keeps it: it is no message at all.
    let ours = desk.arrived(ANN, "pong").await;
    let mark = header(&ours, "X-Trunkline-Loop");
    assert!(!mark.is_empty(), "{ours}");
    let looped = mail("<looped@example.test>", "Ping", &format!("X-Trunkline-Loop: {mark}\r\n"), "looped back");
    desk.servers.inject(ANN, SUPPORT, &looped).await.unwrap();
    desk.servers.inject(ANN, SUPPORT, &mail("<end@example.test>", "The end", "", "the end")).await.unwrap();
    desk.accept("The end").await;
    let customers = desk.messages(&path).await.into_iter().filter(|message| message["sender_type"] == "customer").count();
    assert_eq!(customers, ROUNDS + 1);
    assert_eq!(items(&desk.bob.get("/api/v1/conversations").await.1).len(), 2);
    assert_eq!(desk.servers.mailbox(ANN).unwrap().len(), 1, "one person's answer, and none of a machine");
    desk.close().await;
}

async fn said(desk: &Desk, path: &str, text: &str) -> Option<Value> {
    desk.messages(path).await.into_iter().find(|message| message["text"].as_str().is_some_and(|found| found.trim() == text))
}

/// The delivery of a message, as soon as it is in that state after so many attempts.
async fn delivery_in(desk: &Desk, message_id: &str, state: &str, attempts: usize) -> Value {
    eventually(&format!("{state} after {attempts}"), async || {
        let (_, history) = desk.bob.get(&format!("/api/v1/messages/{message_id}/delivery")).await;
        let is_there = history["state"] == state && history["history"].as_array()?.len() == attempts;
        is_there.then_some(history)
    })
    .await
}

/// Bounces that lie in our own mailbox.
fn bounces(desk: &Desk) -> usize {
    desk.servers.mailbox(SUPPORT).unwrap().iter().filter(|mail| header(mail, "Subject").starts_with("Undelivered Mail")).count()
}
