//! The hub on both stores: nobody misses an event, hears one twice, or makes the daemon grow.

use std::collections::HashSet;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use trunkline::app::App;
use trunkline::db::sql;
use trunkline::events::{Audience, EventKind, NewEvent};
use trunkline::realtime::{After, Hub, MAX_MISSED, Person, Push, QUEUE, Resume, Subscription, resume};

use crate::support::{Store, each_store};

const PATIENCE: Duration = Duration::from_secs(20);

each_store!(
    events_written_side_by_side_come_once_and_in_order,
    who_falls_behind_goes_on_from_the_log,
    who_missed_too_much_is_told_to_start_anew,
    customers_hear_of_their_conversations_only,
    what_was_missed_comes_before_what_happens,
    only_numbers_the_log_still_knows_can_be_resumed,
    events_of_another_process_are_found_by_looking,
);

struct Following {
    hub: Hub,
    stop: CancellationToken,
    _task: JoinHandle<()>,
}

impl Drop for Following {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

async fn follow(app: &App) -> Following {
    let stop = CancellationToken::new();
    let (hub, task) = Hub::start(app, stop.clone()).await.unwrap();
    Following { hub, stop, _task: task }
}

/// Writes events of a conversation in one transaction; `n` counts on from `first`.
async fn write(app: &App, conversation: &str, audience: Audience, first: i64, count: i64) -> i64 {
    let mut tx = app.db.begin().await.unwrap();
    for n in first..first + count {
        let payload = json!({ "n": n });
        let kind = EventKind::ConversationUpdated;
        tx.emit(NewEvent::of_conversation(app.ids.next(), conversation, kind, audience, payload, app.now()));
    }
    tx.commit().await.unwrap()
}

async fn next(subscription: &mut Subscription) -> Push {
    timeout(PATIENCE, subscription.next()).await.expect("something to tell in time").unwrap()
}

/// The next `count` events: their numbers in the log, and what they say.
async fn events(subscription: &mut Subscription, count: usize) -> Vec<(i64, i64)> {
    let mut told = Vec::with_capacity(count);
    while told.len() < count {
        match next(subscription).await {
            Push::Event(event) => told.push((event.seq, event.payload["n"].as_i64().unwrap())),
            other => panic!("an event expected, not {other:?}"),
        }
    }
    told
}

async fn events_written_side_by_side_come_once_and_in_order(store: Store) {
    let app = store.live_app().await;
    let following = follow(&app).await;
    let mut listeners: Vec<_> = (0..3).map(|_| following.hub.subscribe_staff()).collect();
    let (writers, each) = (8, 25);
    let writing = (0..writers).map(|writer| {
        let app = app.clone();
        tokio::spawn(async move {
            for n in 0..each {
                write(&app, &format!("c{writer}"), Audience::Staff, writer * 1000 + n, 1).await;
            }
        })
    });
    for done in writing.collect::<Vec<_>>() {
        done.await.unwrap();
    }
    let total = usize::try_from(writers * each).unwrap();
    for listener in &mut listeners {
        let told = events(listener, total).await;
        assert!(told.windows(2).all(|pair| pair[0].0 < pair[1].0), "in the order of the log");
        let said: HashSet<i64> = told.iter().map(|(_, n)| *n).collect();
        assert_eq!(said.len(), total, "each once");
    }
}

async fn who_falls_behind_goes_on_from_the_log(store: Store) {
    let app = store.live_app().await;
    let following = follow(&app).await;
    let mut listener = following.hub.subscribe_staff();
    let more_than_fits = i64::try_from(QUEUE).unwrap() + 100;
    for first in (0..more_than_fits).step_by(50) {
        write(&app, "c", Audience::Staff, first, 50.min(more_than_fits - first)).await;
    }
    let last = write(&app, "c", Audience::Staff, more_than_fits, 1).await;
    reached(&following.hub, last).await;
    let told = events(&mut listener, QUEUE + 101).await;
    assert_eq!(told.iter().map(|(_, n)| *n).collect::<Vec<_>>(), (0..=more_than_fits).collect::<Vec<_>>());
    // And it is live again.
    write(&app, "c", Audience::Staff, 7777, 1).await;
    assert_eq!(events(&mut listener, 1).await[0].1, 7777);
}

async fn who_missed_too_much_is_told_to_start_anew(store: Store) {
    let app = store.live_app().await;
    let following = follow(&app).await;
    let mut listener = following.hub.subscribe_staff();
    let flood = i64::try_from(QUEUE).unwrap() + MAX_MISSED + 10;
    let last = write(&app, "c", Audience::Staff, 0, flood).await;
    reached(&following.hub, last).await;
    let queued = events(&mut listener, QUEUE).await;
    assert_eq!(queued.last().unwrap().1, i64::try_from(QUEUE).unwrap() - 1);
    match next(&mut listener).await {
        Push::Reset(seq) => assert_eq!(seq, last),
        other => panic!("a reset expected, not {other:?}"),
    }
    write(&app, "c", Audience::Staff, 9999, 1).await;
    assert_eq!(events(&mut listener, 1).await[0].1, 9999, "what happens after a reset comes");
}

async fn customers_hear_of_their_conversations_only(store: Store) {
    let app = store.live_app().await;
    let following = follow(&app).await;
    let mut customer = following.hub.subscribe_customer();
    customer.follow("mine");
    write(&app, "other", Audience::Everyone, 1, 1).await;
    write(&app, "mine", Audience::Staff, 2, 1).await;
    write(&app, "mine", Audience::Everyone, 3, 1).await;
    assert_eq!(events(&mut customer, 1).await[0].1, 3);

    let typing = |conversation: &str| {
        let from = Person { id: "operator:o", subscription: 0 };
        following.hub.volatile(conversation, "chat:typing", json!({ "typing": true }), from);
    };
    typing("other");
    typing("mine");
    match next(&mut customer).await {
        Push::Volatile(volatile) => assert_eq!(&*volatile.conversation_id, "mine"),
        other => panic!("typing expected, not {other:?}"),
    }
    customer.leave("mine");
    write(&app, "mine", Audience::Everyone, 4, 1).await;
    customer.follow("next");
    write(&app, "next", Audience::Everyone, 5, 1).await;
    assert_eq!(events(&mut customer, 1).await[0].1, 5, "a conversation left is quiet");
}

async fn what_was_missed_comes_before_what_happens(store: Store) {
    let app = store.live_app().await;
    let before = write(&app, "c", Audience::Staff, 0, 1).await;
    write(&app, "c", Audience::Staff, 1, 40).await;
    let following = follow(&app).await;
    let mut listener = following.hub.subscribe_staff();
    write(&app, "c", Audience::Staff, 41, 10).await;
    listener.go_back(Resume::From(before));
    write(&app, "c", Audience::Staff, 51, 10).await;
    let told: Vec<i64> = events(&mut listener, 60).await.into_iter().map(|(_, n)| n).collect();
    assert_eq!(told, (1..=60).collect::<Vec<_>>());
}

async fn only_numbers_the_log_still_knows_can_be_resumed(store: Store) {
    let app = store.live_app().await;
    let last = write(&app, "c", Audience::Staff, 0, 20).await;
    let from = async |after: Value| resume(&app.db, serde_json::from_value::<After>(after).unwrap()).await.unwrap();
    assert_eq!(from(json!(last)).await, Resume::From(last));
    assert_eq!(from(json!(last - 5)).await, Resume::From(last - 5));
    for lost in [
        json!(0),
        json!(-1),
        json!(last + 1),
        json!(i64::MAX),
        json!(u64::MAX),
        json!(9_223_372_036_854_775_808_u64),
        json!(1e40),
    ] {
        assert_eq!(from(lost.clone()).await, Resume::Reset, "{lost}");
    }
    let mut tx = app.db.begin().await.unwrap();
    sql("DELETE FROM events WHERE seq <= $1").bind(last - 10).execute(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(from(json!(last - 10)).await, Resume::From(last - 10), "everything after it is there");
    assert_eq!(from(json!(last - 11)).await, Resume::Reset, "one is gone");
}

/// A second process on the same store announces nothing to the first.
async fn events_of_another_process_are_found_by_looking(store: Store) {
    let app = store.live_app().await;
    let following = follow(&app).await;
    let mut listener = following.hub.subscribe_staff();
    let other = store.live_app().await;
    write(&other, "c", Audience::Staff, 42, 1).await;
    assert_eq!(events(&mut listener, 1).await[0].1, 42);
}

async fn reached(hub: &Hub, seq: i64) {
    crate::support::eventually("the hub at the end of the log", async || (hub.position() >= seq).then_some(())).await;
}
