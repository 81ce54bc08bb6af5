//! One thread, there and back.

use super::{ANN, Desk, SUPPORT, header, items, mail};
use crate::support::{Store, each_store, eventually};

each_store!(a_mail_is_answered_and_the_reply_comes_back_to_the_same_conversation);

async fn a_mail_is_answered_and_the_reply_comes_back_to_the_same_conversation(store: Store) {
    let desk = Desk::open(&store).await;
    desk.servers.inject(ANN, SUPPORT, &mail("<first@example.test>", "Broken lamp", "", "The lamp is broken.")).await.unwrap();
    let path = desk.accept("Broken lamp").await;
    assert_eq!(desk.bob.get(&path).await.1["contact"]["name"], "Ann");
    let first = desk.messages(&path).await;
    assert_eq!(first[0]["text"].as_str().unwrap().trim(), "The lamp is broken.");

    let answer = desk.answer(&path, "answer-1", "We send a new one.").await;
    let arrived = desk.arrived(ANN, "We send a new one.").await;
    assert_eq!(header(&arrived, "In-Reply-To"), "<first@example.test>");
    assert_eq!(header(&arrived, "References"), "<first@example.test>");
    assert_eq!(header(&arrived, "Subject"), "Re: Broken lamp");
    let ours = header(&arrived, "Message-ID");
    eventually("the answer is sent", async || {
        let all = desk.messages(&path).await;
        all.iter().any(|message| message["id"] == answer["id"] && message["status"] == "sent").then_some(())
    })
    .await;

    // Only our own id is named: that the reply finds its way proves that the id is one of ours.
    let thread = format!("In-Reply-To: {ours}\r\nReferences: {ours}\r\n");
    desk.servers.inject(ANN, SUPPORT, &mail("<second@example.test>", "Re: Broken lamp", &thread, "Thank you.")).await.unwrap();
    let last = eventually("the customer's reply is in the conversation", async || {
        desk.messages(&path).await.into_iter().rfind(|message| message["text"].as_str().is_some_and(|t| t.trim() == "Thank you."))
    })
    .await;
    assert_eq!(last["sender_type"], "customer");
    assert_eq!(desk.bob.get(&path).await.1["state"], "active");
    assert_eq!(items(&desk.bob.get("/api/v1/conversations").await.1).len(), 1);
    desk.close().await;
}
