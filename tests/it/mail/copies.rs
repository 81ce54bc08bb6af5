//! Who an answer goes to, and what it is about.

use reqwest::StatusCode;
use serde_json::json;

use super::{ANN, CARL, Desk, SUPPORT, header, items, mail, mail_of};
use crate::support::{Store, each_store, eventually};

each_store!(
    an_answer_goes_to_its_sender_and_to_all_only_when_that_is_said,
    a_head_that_cannot_be_sent_is_refused_and_nothing_leaves
);

async fn an_answer_goes_to_its_sender_and_to_all_only_when_that_is_said(store: Store) {
    let desk = Desk::open(&store).await;
    let cc = format!("Cc: Carl <{CARL}>\r\n");
    desk.servers.inject(ANN, SUPPORT, &mail("<lamp@example.test>", "Broken lamp", &cc, "The lamp is broken.")).await.unwrap();
    let path = desk.accept("Broken lamp").await;
    let asked = desk.messages(&path).await.remove(0);
    assert_eq!((&asked["extra"]["copies"], &asked["extra"]["from"]), (&json!([CARL]), &json!([ANN])));

    desk.answer(&path, "1", "Only for you.").await;
    let alone = desk.arrived(ANN, "Only for you.").await;
    assert_eq!((header(&alone, "Cc"), header(&alone, "Subject")), (String::new(), "Re: Broken lamp".into()));

    let reply = json!({"client_id": "2", "text": "For both of you.", "mail": {"subject": "The new lamp", "cc": [CARL.to_uppercase(), CARL]}});
    let (status, answer) = desk.bob.post(&format!("{path}/messages"), reply.clone()).await;
    assert_eq!(status, StatusCode::CREATED, "{answer}");
    assert_eq!((&answer["extra"]["cc"], &answer["extra"]["subject"]), (&json!([CARL]), &json!("The new lamp")));
    let ours = desk.arrived(CARL, "For both of you.").await;
    assert_eq!((header(&ours, "Cc"), header(&ours, "Subject")), (CARL.into(), "Re: The new lamp".into()));
    assert!(header(&ours, "To").contains(ANN), "{ours}");
    desk.arrived(ANN, "For both of you.").await;
    assert!(!desk.servers.mailbox(CARL).unwrap().iter().any(|mail| mail.contains("Only for you.")));

    // The same again is the same message; under its id, but to somebody else, it is another one.
    assert_eq!(desk.bob.post(&format!("{path}/messages"), reply).await.1["id"], answer["id"]);
    let alone = json!({"client_id": "2", "text": "For both of you."});
    let (status, problem) = desk.bob.post(&format!("{path}/messages"), alone).await;
    assert_eq!((status, &problem["code"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("client_id_reused")));

    // Who got a copy can answer here.
    let thread = format!("In-Reply-To: {}\r\n", header(&ours, "Message-ID"));
    let from_carl = mail_of(CARL, "<carl@example.test>", "Re: The new lamp", &thread, "I have it now.");
    desk.servers.inject(CARL, SUPPORT, &from_carl).await.unwrap();
    eventually("the answer of who got a copy", async || {
        desk.messages(&path)
            .await
            .into_iter()
            .find(|message| message["text"].as_str().is_some_and(|t| t.trim() == "I have it now."))
    })
    .await;
    assert_eq!(items(&desk.bob.get("/api/v1/conversations").await.1).len(), 1);
    desk.close().await;
}

async fn a_head_that_cannot_be_sent_is_refused_and_nothing_leaves(store: Store) {
    let desk = Desk::open(&store).await;
    desk.servers.inject(ANN, SUPPORT, &mail("<lamp@example.test>", "Broken lamp", "", "The lamp is broken.")).await.unwrap();
    let path = desk.accept("Broken lamp").await;
    for (head, code, pointer) in [
        (json!({"cc": [CARL, "carl"]}), "invalid_content", "/mail/cc/1"),
        (json!({"cc": ["carl@example.test\r\nBcc: dora@example.test"]}), "invalid_content", "/mail/cc/0"),
        (json!({"cc": vec![CARL; 51]}), "invalid_content", "/mail/cc"),
        (json!({"subject": "x".repeat(501)}), "invalid_field", "/mail/subject"),
    ] {
        let reply = json!({"client_id": "1", "text": "Hello", "mail": head});
        let (_, problem) = desk.bob.post(&format!("{path}/messages"), reply).await;
        assert_eq!((&problem["code"], &problem["errors"][0]["pointer"]), (&json!(code), &json!(pointer)), "{problem}");
    }
    let note = json!({"client_id": "1", "kind": "note", "text": "Hello", "mail": {"cc": [CARL]}});
    let (status, problem) = desk.bob.post(&format!("{path}/messages"), note).await;
    assert_eq!((status, &problem["errors"][0]["pointer"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("/mail")));
    assert_eq!(desk.messages(&path).await.len(), 1);
    desk.close().await;
}
