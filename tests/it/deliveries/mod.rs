//! The outbox on both stores, with a channel that answers as the test says and a clock that the test moves.

mod echoes;
mod inbox_wide;
mod receipts;
pub mod scripted;

use std::time::Duration;

use trunkline::access::{Caller, Role};
use trunkline::db::sql;
use trunkline::deliveries::{Error, actions};
use trunkline_channel::{Ambiguity, Capabilities, SendError, Threads};

use self::scripted::{Answer, Scripted, capabilities, inbox, maybe, reply, retry, stands, start, until_calls, until_state};
use crate::support::{Store, each_store, eventually};

fn bob() -> Caller {
    Caller { operator_id: "bob".into(), name: "Bob".into(), role: Role::Operator }
}

async fn a_later_reply_waits_for_an_earlier_one(store: Store) {
    let app = store.app().await;
    let scripted = Scripted::new(&app, capabilities(Ambiguity::AskOperator));
    inbox(&app, "i").await;
    scripted.then_fails(retry());
    let first = reply(&app, "i", "c", "one").await;
    let running = start(&app, [("i", &scripted)]);
    until_state(&app, &first, "retry_wait").await;
    let second = reply(&app, "i", "c", "two").await;
    let other = reply(&app, "i", "d", "other").await;
    until_state(&app, &other, "sent").await;
    assert_eq!(scripted.texts(), ["one", "other"], "the second waits, another conversation does not");
    assert_eq!(stands(&app, &first).await, ("retry_wait".into(), "queued".into(), 1));

    app.clock.advance(Duration::from_secs(3));
    running.dispatcher.wake();
    until_state(&app, &second, "sent").await;
    assert_eq!(scripted.texts(), ["one", "other", "one", "two"]);
    assert_eq!(stands(&app, &first).await, ("sent".into(), "sent".into(), 2));
    let attempts = scripted.calls().iter().filter(|call| call.text == "one").map(|call| call.out.attempt).collect::<Vec<_>>();
    assert_eq!(attempts, [1, 2]);
}

async fn a_doubt_blocks_until_a_person_settles_it(store: Store) {
    let app = store.app().await;
    let scripted = Scripted::new(&app, capabilities(Ambiguity::AskOperator));
    inbox(&app, "i").await;
    scripted.then_fails(maybe());
    let first = reply(&app, "i", "c", "one").await;
    let second = reply(&app, "i", "c", "two").await;
    let _running = start(&app, [("i", &scripted)]);
    until_state(&app, &first, "uncertain").await;
    // A delivery behind it in the same lane proves that the lane has looked again since.
    let other = reply(&app, "i", "d", "other").await;
    until_state(&app, &other, "sent").await;
    assert_eq!(stands(&app, &second).await.0, "queued");

    let auditor = Caller { role: Role::Auditor, ..bob() };
    assert!(matches!(actions::settle_as_sent(&app, &auditor, &first).await, Err(Error::Forbidden)));
    actions::settle_as_sent(&app, &bob(), &first).await.unwrap();
    until_state(&app, &second, "sent").await;
    assert_eq!(scripted.texts(), ["one", "other", "two"], "nothing was sent twice");
    assert!(matches!(actions::cancel(&app, &bob(), &first).await, Err(Error::WrongState("sent"))));
    assert!(matches!(actions::cancel(&app, &bob(), "nobody").await, Err(Error::NotFound)));
}

async fn a_cancelled_doubt_lets_the_next_reply_go(store: Store) {
    let app = store.app().await;
    let scripted = Scripted::new(&app, capabilities(Ambiguity::AskOperator));
    inbox(&app, "i").await;
    scripted.then(Answer::Panic);
    let first = reply(&app, "i", "c", "one").await;
    let second = reply(&app, "i", "c", "two").await;
    let _running = start(&app, [("i", &scripted)]);
    until_state(&app, &first, "uncertain").await;
    actions::cancel(&app, &bob(), &first).await.unwrap();
    until_state(&app, &second, "sent").await;
    assert_eq!(stands(&app, &first).await, ("cancelled".into(), "cancelled".into(), 1));
}

async fn an_unknown_outcome_follows_the_channels_ability(store: Store) {
    let app = store.app().await;
    let repeats = Scripted::new(&app, capabilities(Ambiguity::Repeat));
    let waits = Scripted::new(&app, capabilities(Ambiguity::Reconcile { wait: Duration::from_secs(600) }));
    for id in ["repeats", "waits"] {
        inbox(&app, id).await;
    }
    repeats.then_fails(maybe());
    waits.then_fails(maybe());
    let repeated = reply(&app, "repeats", "c", "one").await;
    let held = reply(&app, "waits", "d", "two").await;
    let running = start(&app, [("repeats", &repeats), ("waits", &waits)]);
    until_state(&app, &repeated, "retry_wait").await;
    // The waiting begins when the store knows how the send ended.
    eventually("the end of the attempt is written down", || async {
        let (_, attempts) = actions::of_message(&app, &bob(), &held).await.unwrap();
        attempts.iter().any(|attempt| attempt.outcome.is_some()).then_some(())
    })
    .await;

    app.clock.advance(Duration::from_secs(599));
    running.dispatcher.wake();
    until_state(&app, &repeated, "sent").await;
    let ids: Vec<String> = repeats.calls().into_iter().map(|call| call.out.delivery_id).collect();
    assert_eq!(ids, [repeated.clone(), repeated], "repeated with the same id");
    assert_eq!(stands(&app, &held).await, ("sending".into(), "queued".into(), 1), "news may still come");

    app.clock.advance(Duration::from_secs(2));
    until_state(&app, &held, "uncertain").await;
    assert_eq!(waits.calls().len(), 1, "never repeated");
}

async fn a_send_broken_off_by_a_crash_is_in_doubt_and_not_repeated(store: Store) {
    let app = store.app().await;
    let scripted = Scripted::new(&app, capabilities(Ambiguity::AskOperator));
    inbox(&app, "i").await;
    scripted.then(Answer::Hang);
    let id = reply(&app, "i", "c", "one").await;
    let running = start(&app, [("i", &scripted)]);
    until_calls(&scripted, 1).await;
    assert_eq!(stands(&app, &id).await, ("sending".into(), "queued".into(), 1), "committed before the send");
    drop(running);

    let _again = start(&app, [("i", &scripted)]);
    // Other processes may be alive on PostgreSQL: there the lease has to run out.
    app.clock.advance(Duration::from_secs(61));
    until_state(&app, &id, "uncertain").await;
    assert_eq!(scripted.calls().len(), 1);
    let (_, attempts) = actions::of_message(&app, &bob(), &id).await.unwrap();
    assert_eq!(attempts.iter().map(|a| a.outcome.as_deref()).collect::<Vec<_>>(), [Some("maybe")]);
}

async fn a_person_sends_again_once_however_often_they_click(store: Store) {
    let app = store.app().await;
    let scripted = Scripted::new(&app, capabilities(Ambiguity::AskOperator));
    inbox(&app, "i").await;
    scripted.then_fails(SendError::Rejected { code: "400".into(), shown: "The file is too large.".into() });
    let id = reply(&app, "i", "c", "one").await;
    let _running = start(&app, [("i", &scripted)]);
    until_state(&app, &id, "failed").await;
    assert_eq!(stands(&app, &id).await.1, "failed");

    scripted.then(Answer::Hang);
    for _ in 0..5 {
        actions::retry(&app, &bob(), &id).await.unwrap();
    }
    until_calls(&scripted, 2).await;
    actions::retry(&app, &bob(), &id).await.unwrap();
    scripted.release();
    until_state(&app, &id, "sent").await;
    actions::retry(&app, &bob(), &id).await.unwrap();
    let (row, attempts) = actions::of_message(&app, &bob(), &id).await.unwrap();
    assert_eq!((row.attempts, row.code, row.shown), (2, None, None));
    assert_eq!(attempts.iter().map(|a| a.attempt).collect::<Vec<_>>(), [1, 2], "the numbering goes on");
    assert_eq!(scripted.calls().len(), 2);
}

async fn a_retry_in_waiting_is_brought_forward_not_added(store: Store) {
    let app = store.app().await;
    let scripted = Scripted::new(&app, capabilities(Ambiguity::AskOperator));
    inbox(&app, "i").await;
    scripted.then_fails(retry());
    let id = reply(&app, "i", "c", "one").await;
    let running = start(&app, [("i", &scripted)]);
    until_state(&app, &id, "retry_wait").await;
    actions::retry(&app, &bob(), &id).await.unwrap();
    until_state(&app, &id, "sent").await;
    app.clock.advance(Duration::from_secs(3600));
    running.dispatcher.wake();
    let other = reply(&app, "i", "c", "two").await;
    until_state(&app, &other, "sent").await;
    assert_eq!(scripted.texts(), ["one", "one", "two"]);
}

async fn attempts_end_with_the_schedule(store: Store) {
    let app = store.app().await;
    let scripted = Scripted::new(&app, capabilities(Ambiguity::AskOperator));
    inbox(&app, "i").await;
    scripted.always(Some(retry()));
    let id = reply(&app, "i", "c", "one").await;
    let running = start(&app, [("i", &scripted)]);
    for attempt in 1..=4 {
        until_calls(&scripted, attempt).await;
        until_state(&app, &id, if attempt == 4 { "failed" } else { "retry_wait" }).await;
        app.clock.advance(Duration::from_secs(60));
        running.dispatcher.wake();
    }
    let page = actions::list(&app, &bob(), &actions::Filter::default(), 10).await.unwrap();
    assert_eq!(
        page.iter().map(|row| (row.state.as_str(), row.code.as_deref())).collect::<Vec<_>>(),
        [("failed", Some("gave_up"))]
    );
}

async fn two_dispatchers_send_everything_once_and_in_order(store: Store) {
    const CONVERSATIONS: usize = 10;
    const REPLIES: usize = 12;
    let (one, two) = (store.app().await, store.app().await);
    let scripted = Scripted::new(&one, capabilities(Ambiguity::AskOperator));
    inbox(&one, "i").await;
    let _running = (start(&one, [("i", &scripted)]), start(&two, [("i", &scripted)]));
    let mut last = String::new();
    for n in 0..REPLIES {
        for c in 0..CONVERSATIONS {
            last = reply(if n % 2 == 0 { &one } else { &two }, "i", &format!("c{c}"), &format!("{c}:{n:02}")).await;
        }
    }
    until_state(&one, &last, "sent").await;
    until_calls(&scripted, CONVERSATIONS * REPLIES).await;
    let texts = scripted.texts();
    assert_eq!(texts.len(), CONVERSATIONS * REPLIES, "none twice");
    for c in 0..CONVERSATIONS {
        let of_one: Vec<&String> = texts.iter().filter(|text| text.starts_with(&format!("{c}:"))).collect();
        assert!(of_one.is_sorted(), "{of_one:?}");
    }
}

async fn a_connector_is_given_what_it_needs_to_stay_in_the_thread(store: Store) {
    let app = store.app().await;
    let caps = Capabilities { threads: Threads::Many, ..capabilities(Ambiguity::Repeat) };
    let scripted = Scripted::new(&app, caps);
    inbox(&app, "i").await;
    let _running = start(&app, [("i", &scripted)]);
    let first = reply(&app, "i", "c", "one").await;
    until_state(&app, &first, "sent").await;
    let mut tx = app.db.begin().await.unwrap();
    for statement in [
        "INSERT INTO messages (id, conversation_id, number, inbox_id, sender_type, kind, text, status, external_id, created_at) \
         VALUES ('m2', 'c', 2, 'i', 'customer', 'text', 'and?', 'received', 'in-2', 0)",
        "UPDATE conversations SET last_number = 2 WHERE id = 'c'",
        "INSERT INTO participants (conversation_id, kind, ref, role, joined_at) VALUES ('c', 'copy', 'dora@example.com', 'copy', 0)",
    ] {
        sql(statement).execute(&mut tx).await.unwrap();
    }
    tx.commit().await.unwrap();
    let stored = app.blobs.put(&bytes::Bytes::from_static(b"a file")).await.unwrap();
    scripted.then_fails(retry());
    let second = reply(&app, "i", "c", "two").await;
    until_state(&app, &second, "retry_wait").await;
    let mut tx = app.db.begin().await.unwrap();
    sql("INSERT INTO attachments (id, message_id, position, name, content_type, size, hash, state) VALUES ('a', $1, 0, 'a.txt', 'text/plain', 6, $2, 'stored')")
        .bind(&second)
        .bind(&stored.hash)
        .execute(&mut tx)
        .await
        .unwrap();
    sql("UPDATE messages SET reply_to = 'm2', extra = $2 WHERE id = $1")
        .bind(&second)
        .bind(r#"{"subject": "Another order", "cc": ["carl@example.com"]}"#)
        .execute(&mut tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    actions::retry(&app, &bob(), &second).await.unwrap();
    until_state(&app, &second, "sent").await;

    let out = scripted.calls().pop().unwrap().out;
    assert_eq!((out.to.external_id.as_str(), out.to.name.as_deref(), out.author.as_deref()), ("ann", Some("Ann"), Some("Bob")));
    assert_eq!(scripted.calls()[0].out.thread.subject.as_deref(), Some("An order"));
    assert_eq!(scripted.calls()[0].out.thread.copies, []);
    assert_eq!(out.thread.subject.as_deref(), Some("Another order"));
    assert_eq!(out.thread.references, ["p-one", "in-2"]);
    assert_eq!((out.thread.last_inbound.as_deref(), out.reply_to.as_deref()), (Some("in-2"), Some("in-2")));
    // Whoever is in the thread gets a copy of what says so, and of nothing else.
    assert_eq!(out.thread.copies.iter().map(|peer| peer.external_id.as_str()).collect::<Vec<_>>(), ["carl@example.com"]);
    let file = &out.attachments[0];
    assert_eq!((file.name.as_str(), file.size, file.blob.read().await.unwrap().as_ref()), ("a.txt", 6, b"a file".as_ref()));
}

each_store!(
    a_later_reply_waits_for_an_earlier_one,
    a_doubt_blocks_until_a_person_settles_it,
    a_cancelled_doubt_lets_the_next_reply_go,
    an_unknown_outcome_follows_the_channels_ability,
    a_send_broken_off_by_a_crash_is_in_doubt_and_not_repeated,
    a_person_sends_again_once_however_often_they_click,
    a_retry_in_waiting_is_brought_forward_not_added,
    attempts_end_with_the_schedule,
    two_dispatchers_send_everything_once_and_in_order,
    a_connector_is_given_what_it_needs_to_stay_in_the_thread,
);
