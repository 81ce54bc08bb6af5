//! News from providers: early, late, repeated, skipping steps.

use trunkline::db::sql;
use trunkline::deliveries::{apply_receipt, received_by_customer, seen_by_customer};
use trunkline_channel::{Ambiguity, ReceiptStatus, ReceiptTarget, SendError};

use super::scripted::{Answer, Scripted, capabilities, inbox, maybe, reply, stands, start, until_calls, until_state};
use crate::support::{Store, TestApp, each_store, eventually};

async fn receive(app: &TestApp, target: ReceiptTarget, status: ReceiptStatus) -> bool {
    let mut tx = app.db.begin().await.unwrap();
    let known = apply_receipt(&mut tx, &app.ids, "i", &target, &status, app.now()).await.unwrap();
    tx.commit().await.unwrap();
    known
}

fn message(text: &str) -> ReceiptTarget {
    ReceiptTarget::Message(format!("p-{text}"))
}

fn bounced() -> ReceiptStatus {
    ReceiptStatus::Failed { code: "5.1.1".into(), shown: "There is no such mailbox.".into(), recipient: None }
}

async fn pending(app: &TestApp) -> i64 {
    sql("SELECT CAST(COUNT(*) AS BIGINT) FROM pending_receipts").scalar(&app.db).await.unwrap()
}

async fn receipts_lead_forward_and_never_back(store: Store) {
    let app = store.app().await;
    let scripted = Scripted::new(&app, capabilities(Ambiguity::AskOperator));
    inbox(&app, "i").await;
    let _running = start(&app, [("i", &scripted)]);
    let id = reply(&app, "i", "c", "one").await;
    until_state(&app, &id, "sent").await;
    for (status, state) in [
        (ReceiptStatus::Sent, "sent"),
        (ReceiptStatus::Delivered, "delivered"),
        (ReceiptStatus::Sent, "delivered"),
        (bounced(), "delivered"),
        (ReceiptStatus::Read, "read"),
        (ReceiptStatus::Delivered, "read"),
    ] {
        assert!(receive(&app, message("one"), status).await);
        assert_eq!(stands(&app, &id).await, (state.into(), state.into(), 1));
    }
    let skipping = reply(&app, "i", "c", "two").await;
    until_state(&app, &skipping, "sent").await;
    receive(&app, message("two"), ReceiptStatus::Read).await;
    assert_eq!(stands(&app, &skipping).await.0, "read");

    let events: Vec<(String,)> =
        sql("SELECT payload FROM events WHERE kind = 'delivery.updated' AND conversation_id = 'c' ORDER BY seq")
            .all(&app.db)
            .await
            .unwrap();
    let statuses: Vec<String> = events
        .iter()
        .map(|(payload,)| serde_json::from_str::<serde_json::Value>(payload).unwrap()["status"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(statuses, ["sent", "delivered", "read", "sent", "read"], "one event for each change");
}

async fn a_receipt_before_our_send_returns_is_not_lost(store: Store) {
    let app = store.app().await;
    let scripted = Scripted::new(&app, capabilities(Ambiguity::AskOperator));
    inbox(&app, "i").await;
    let _running = start(&app, [("i", &scripted)]);
    // By provider id: not known before the send returns.
    scripted.then(Answer::Hang);
    let by_provider = reply(&app, "i", "c", "one").await;
    until_calls(&scripted, 1).await;
    assert!(!receive(&app, message("one"), ReceiptStatus::Delivered).await);
    assert_eq!(pending(&app).await, 1);
    scripted.release();
    until_state(&app, &by_provider, "delivered").await;
    assert_eq!(pending(&app).await, 0);

    // By our own id: known already; the late answer changes nothing but brings the provider's id.
    scripted.then(Answer::Hang);
    let by_us = reply(&app, "i", "c", "two").await;
    until_calls(&scripted, 2).await;
    assert!(receive(&app, ReceiptTarget::Delivery(by_us.clone()), ReceiptStatus::Delivered).await);
    assert_eq!(stands(&app, &by_us).await.0, "delivered");
    scripted.release();
    eventually("the provider's id is registered", || async {
        receive(&app, message("two"), ReceiptStatus::Read).await.then_some(())
    })
    .await;
    assert_eq!(stands(&app, &by_us).await.0, "read");
}

async fn a_receipt_settles_a_doubt_and_lets_the_next_go(store: Store) {
    let app = store.app().await;
    let scripted = Scripted::new(&app, capabilities(Ambiguity::AskOperator));
    inbox(&app, "i").await;
    scripted.then_fails(maybe());
    let _running = start(&app, [("i", &scripted)]);
    let doubtful = reply(&app, "i", "c", "one").await;
    let next = reply(&app, "i", "c", "two").await;
    until_state(&app, &doubtful, "uncertain").await;
    assert!(receive(&app, ReceiptTarget::Delivery(doubtful.clone()), ReceiptStatus::Delivered).await);
    until_state(&app, &next, "sent").await;
    assert_eq!(stands(&app, &doubtful).await, ("delivered".into(), "delivered".into(), 1));
}

async fn a_watermark_covers_what_was_sent_before_it(store: Store) {
    let app = store.app().await;
    let scripted = Scripted::new(&app, capabilities(Ambiguity::AskOperator));
    inbox(&app, "i").await;
    let _running = start(&app, [("i", &scripted)]);
    let early = reply(&app, "i", "c", "one").await;
    until_state(&app, &early, "sent").await;
    let mark = app.now();
    app.clock.advance(std::time::Duration::from_secs(60));
    let late = reply(&app, "i", "c", "two").await;
    until_state(&app, &late, "sent").await;
    let up_to = |peer: &str| ReceiptTarget::UpTo { peer: peer.into(), at: mark };
    receive(&app, up_to("somebody else"), ReceiptStatus::Read).await;
    assert_eq!(stands(&app, &early).await.0, "sent");
    receive(&app, up_to("ann"), ReceiptStatus::Delivered).await;
    receive(&app, up_to("ann"), ReceiptStatus::Read).await;
    assert_eq!((stands(&app, &early).await.0, stands(&app, &late).await.0), ("read".into(), "sent".into()));
}

async fn a_bounce_fails_the_message_and_a_partial_one_only_remarks(store: Store) {
    let app = store.app().await;
    let scripted = Scripted::new(&app, capabilities(Ambiguity::Repeat));
    inbox(&app, "i").await;
    let _running = start(&app, [("i", &scripted)]);
    let id = reply(&app, "i", "c", "one").await;
    until_state(&app, &id, "sent").await;
    receive(&app, message("one"), ReceiptStatus::Delayed { shown: "Still trying.".into() }).await;
    let partial =
        ReceiptStatus::Failed { code: "550".into(), shown: "Bob's mailbox is full.".into(), recipient: Some("bob".into()) };
    receive(&app, message("one"), partial).await;
    let shown: Option<String> = sql("SELECT shown FROM deliveries WHERE id = $1").bind(&id).scalar(&app.db).await.unwrap();
    assert_eq!((stands(&app, &id).await.0.as_str(), shown.as_deref()), ("sent", Some("Bob's mailbox is full.")));
    receive(&app, message("one"), bounced()).await;
    assert_eq!(stands(&app, &id).await, ("failed".into(), "failed".into(), 1));
    let of_the_customer =
        ReceiptStatus::Failed { code: "550".into(), shown: "No such user.".into(), recipient: Some("ann".into()) };
    let id = reply(&app, "i", "c", "two").await;
    until_state(&app, &id, "sent").await;
    receive(&app, message("two"), of_the_customer).await;
    assert_eq!(stands(&app, &id).await, ("failed".into(), "failed".into(), 1));
}

async fn receipts_of_another_inbox_are_not_ours(store: Store) {
    let app = store.app().await;
    let scripted = Scripted::new(&app, capabilities(Ambiguity::Repeat));
    inbox(&app, "other").await;
    scripted.then_fails(SendError::PeerGone { code: "403".into(), shown: "blocked".into() });
    let _running = start(&app, [("other", &scripted)]);
    let id = reply(&app, "other", "c", "one").await;
    until_state(&app, &id, "failed").await;
    assert!(!receive(&app, ReceiptTarget::Delivery(id.clone()), ReceiptStatus::Read).await);
    assert_eq!(stands(&app, &id).await.0, "failed");
}

async fn what_a_visitor_has_seen_is_read(store: Store) {
    let app = store.app().await;
    let scripted = Scripted::new(&app, capabilities(Ambiguity::Repeat));
    inbox(&app, "i").await;
    let _running = start(&app, [("i", &scripted)]);
    let mut sent = Vec::new();
    for text in ["one", "two", "three"] {
        let id = reply(&app, "i", "c", text).await;
        until_state(&app, &id, "sent").await;
        sent.push(id);
    }
    let mut tx = app.db.begin().await.unwrap();
    seen_by_customer(&mut tx, &app.ids, "c", 2, app.now()).await.unwrap();
    tx.commit().await.unwrap();
    for (id, state) in sent.iter().zip(["read", "read", "sent"]) {
        assert_eq!(stands(&app, id).await.1, state);
    }
    // The visitor's socket is quicker than the outbox.
    scripted.then(Answer::Hang);
    let under_way = reply(&app, "i", "c", "four").await;
    until_calls(&scripted, 4).await;
    let mut tx = app.db.begin().await.unwrap();
    received_by_customer(&mut tx, &app.ids, "c", 4, app.now()).await.unwrap();
    tx.commit().await.unwrap();
    scripted.release();
    let next = reply(&app, "i", "c", "five").await;
    until_state(&app, &next, "sent").await;
    assert_eq!(stands(&app, &under_way).await.1, "delivered");
    assert_eq!(stands(&app, &sent[0]).await.1, "read");
}

each_store!(
    receipts_lead_forward_and_never_back,
    a_receipt_before_our_send_returns_is_not_lost,
    a_receipt_settles_a_doubt_and_lets_the_next_go,
    a_watermark_covers_what_was_sent_before_it,
    a_bounce_fails_the_message_and_a_partial_one_only_remarks,
    receipts_of_another_inbox_are_not_ours,
    what_a_visitor_has_seen_is_read,
);
