//! What people do with conversations, on both stores.

mod moves;

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use trunkline::access::Caller;
use trunkline::app::App;
use trunkline::conversations::{self, Change, Close, Error, HistoryQuery, ListQuery, NewReply, Priority, Scope, Seer, State};
use trunkline::db::sql;
use trunkline::events;

use crate::support::lines::TestIntake;
use crate::support::people::operator;
use crate::support::{Store, each_store};

each_store! {
    a_reply_is_stored_once_with_its_delivery_and_a_note_without,
    replies_and_customers_at_once_keep_one_order,
    history_reads_both_ways_and_hides_notes_from_the_customer,
    lists_filter_sort_and_page_without_gaps,
    queue_statistics_count_who_waits,
    changes_of_facts_are_bounded,
    seen_marks_only_move_forward,
}

async fn waiting(app: &App, intake: &TestIntake, peer: &str) -> String {
    intake.text("chat", &format!("first-{peer}-{}", app.ids.next()), peer, "hello").await.conversation_id
}

/// A conversation that somebody has accepted.
async fn held(app: &App, intake: &TestIntake, by: &Caller) -> String {
    let id = waiting(app, intake, "ann").await;
    conversations::accept(app, by, &id).await.unwrap();
    id
}

fn reply(client_id: &str, text: &str) -> NewReply {
    NewReply { client_id: client_id.into(), text: text.into(), ..NewReply::default() }
}

fn close() -> Close {
    Close { reason: "problem_solved".into(), summary: Some("all well".into()) }
}

async fn a_reply_is_stored_once_with_its_delivery_and_a_note_without(store: Store) {
    let app = store.app().await;
    let intake = TestIntake::start(&app).await;
    let (bob, eve) = (operator(&app, "bob").await, operator(&app, "eve").await);
    let id = held(&app, &intake, &bob).await;
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let (app, bob, id) = (app.app.clone(), bob.clone(), id.clone());
        tasks.spawn(async move { conversations::reply(&app, &bob, &id, reply("c1", "hi Ann")).await.unwrap().id });
    }
    assert_eq!(tasks.join_all().await.into_iter().collect::<HashSet<_>>().len(), 1, "a double click is one message");
    assert!(matches!(conversations::reply(&app, &bob, &id, reply("c1", "other text")).await, Err(Error::ClientIdReused)));
    assert!(matches!(conversations::reply(&app, &eve, &id, reply("c2", "not mine")).await, Err(Error::NotYours)));
    for bad in [
        reply("", "x"),
        reply("c3", "  "),
        NewReply { kind: Some("shout".into()), ..reply("c4", "x") },
        reply("c5", &"x".repeat(50_001)),
    ] {
        assert!(matches!(conversations::reply(&app, &bob, &id, bad).await, Err(Error::Invalid { .. })));
    }
    let note = NewReply { kind: Some("note".into()), mentions: vec![bob.operator_id.clone()], ..reply("c6", "@bob look") };
    let note = conversations::reply(&app, &eve, &id, note).await.unwrap();
    assert_eq!((note.status.as_str(), note.extra["mentions"][0].as_str()), ("none", Some(bob.operator_id.as_str())));
    let deliveries: i64 = sql("SELECT CAST(COUNT(*) AS BIGINT) FROM deliveries").scalar(&app.db).await.unwrap();
    assert_eq!(deliveries, 1);
    let view = conversations::view(&app, &bob, &id).await.unwrap();
    assert_eq!(
        (view.state, view.waiting_since, view.last_message.unwrap().text.as_str()),
        (State::AwaitingResponse, None, "hi Ann")
    );
    app.clock.advance(Duration::from_secs(5));
    intake.text("chat", "m2", "ann", "thanks").await;
    let view = conversations::view(&app, &bob, &id).await.unwrap();
    assert_eq!((view.state, view.waiting_since), (State::Active, Some(app.now())));
}

async fn replies_and_customers_at_once_keep_one_order(store: Store) {
    let app = store.app().await;
    let intake = Arc::new(TestIntake::start(&app).await);
    let bob = operator(&app, "bob").await;
    let id = held(&app, &intake, &bob).await;
    let mut tasks = tokio::task::JoinSet::new();
    for i in 0..30 {
        let (app, bob, id, intake) = (app.app.clone(), bob.clone(), id.clone(), intake.clone());
        tasks.spawn(async move {
            if i % 2 == 0 {
                conversations::reply(&app, &bob, &id, reply(&format!("c{i}"), "answer")).await.unwrap().number
            } else {
                intake.text("chat", &format!("m{i}"), "ann", "question").await.number
            }
        });
    }
    let mut numbers = tasks.join_all().await;
    numbers.sort_unstable();
    assert_eq!(numbers, (2..=31).collect::<Vec<_>>());
    // The log tells them in the order of their numbers.
    let log = events::store::of_conversation_after(&app.db, &id, 0, true, 200).await.unwrap();
    let told: Vec<i64> = log
        .iter()
        .filter(|event| event.kind == "message.created")
        .map(|event| serde_json::from_str::<serde_json::Value>(&event.payload).unwrap()["message"]["number"].as_i64().unwrap())
        .collect();
    assert_eq!(told, (1..=31).collect::<Vec<_>>());
}

async fn history_reads_both_ways_and_hides_notes_from_the_customer(store: Store) {
    let app = store.app().await;
    let intake = TestIntake::start(&app).await;
    let bob = operator(&app, "bob").await;
    let id = held(&app, &intake, &bob).await;
    for i in 0..9 {
        let kind = (i % 3 == 0).then(|| "note".to_owned());
        conversations::reply(&app, &bob, &id, NewReply { kind, ..reply(&format!("c{i}"), &format!("text {i}")) }).await.unwrap();
    }
    let page = |query: HistoryQuery| {
        let (app, bob, id) = (app.app.clone(), bob.clone(), id.clone());
        async move { conversations::history(&app, Scope::Operator(&bob), &id, &query).await }
    };
    let newest = page(HistoryQuery { limit: Some(4), ..HistoryQuery::default() }).await.unwrap();
    assert_eq!(newest.items.iter().map(|m| m.number).collect::<Vec<_>>(), [10, 9, 8, 7]);
    let before =
        page(HistoryQuery { before: newest.next_cursor.unwrap().parse().ok(), limit: Some(200), after: None }).await.unwrap();
    assert_eq!((before.items.len(), before.next_cursor), (6, None));
    let after = page(HistoryQuery { after: Some(8), ..HistoryQuery::default() }).await.unwrap();
    assert_eq!(after.items.iter().map(|m| m.number).collect::<Vec<_>>(), [9, 10]);
    for bad in [
        HistoryQuery { limit: Some(0), ..HistoryQuery::default() },
        HistoryQuery { before: Some(1), after: Some(1), limit: None },
    ] {
        assert_eq!(page(bad).await.unwrap_err().status(), 400);
    }
    let ann = trunkline::access::Visitor {
        inbox_id: "chat".into(),
        external_id: "ann".into(),
        name: None,
        email: None,
        verified: false,
    };
    let shown = conversations::history(&app, Scope::Visitor(&ann), &id, &HistoryQuery::default()).await.unwrap();
    assert_eq!(shown.items.len(), 7);
    assert!(shown.items.iter().all(|message| message.kind != "note"));
    let mallory = trunkline::access::Visitor { external_id: "mallory".into(), ..ann };
    assert_eq!(
        conversations::history(&app, Scope::Visitor(&mallory), &id, &HistoryQuery::default()).await.unwrap_err().status(),
        404
    );
}

async fn lists_filter_sort_and_page_without_gaps(store: Store) {
    let app = store.app().await;
    let intake = TestIntake::start(&app).await;
    let bob = operator(&app, "bob").await;
    let mut ids = Vec::new();
    for i in 0..7 {
        app.clock.advance(Duration::from_secs(1));
        ids.push(waiting(&app, &intake, &format!("peer{i}")).await);
    }
    let urgent = Change { priority: Some(Priority::Urgent), tags: Some(vec!["vip".into()]), ..Change::default() };
    conversations::update(&app, &bob, &ids[4], urgent).await.unwrap();
    conversations::accept(&app, &bob, &ids[0]).await.unwrap();
    let all = |query: ListQuery| {
        let (app, bob) = (app.app.clone(), bob.clone());
        async move {
            let mut found = Vec::new();
            let mut query = ListQuery { limit: Some(2), ..query };
            loop {
                let page = conversations::list(&app, &bob, &query).await.unwrap();
                found.extend(page.items.into_iter().map(|view| view.id));
                match page.next_cursor {
                    Some(cursor) => query.cursor = Some(cursor),
                    None => return found,
                }
            }
        }
    };
    let queue =
        ListQuery { state: Some("new".into()), sort: Some(conversations::store::Order::Priority), ..ListQuery::default() };
    let expected: Vec<String> = [4, 1, 2, 3, 5, 6].iter().map(|i| ids[*i].clone()).collect();
    assert_eq!(all(queue).await, expected, "the urgent one first, then who waits longest");
    let waiting =
        ListQuery { state: Some("open".into()), sort: Some(conversations::store::Order::Waiting), ..ListQuery::default() };
    assert_eq!(all(waiting).await, ids);
    assert_eq!(all(ListQuery::default()).await.len(), 7);
    assert_eq!(all(ListQuery { assignee: Some("me".into()), ..ListQuery::default() }).await, [ids[0].clone()]);
    assert_eq!(
        all(ListQuery { assignee: Some("none".into()), channel: Some("chat".into()), ..ListQuery::default() }).await.len(),
        6
    );
    assert_eq!(
        all(ListQuery { tag: Some("vip".into()), priority: Some(Priority::Urgent), ..ListQuery::default() }).await,
        [ids[4].clone()]
    );
    assert_eq!(all(ListQuery { skill: Some("french".into()), ..ListQuery::default() }).await.len(), 0);
    for bad in [
        ListQuery { state: Some("1;drop table".into()), ..ListQuery::default() },
        ListQuery { cursor: Some("!!".into()), ..ListQuery::default() },
        ListQuery { limit: Some(201), ..ListQuery::default() },
    ] {
        assert_eq!(conversations::list(&app, &bob, &bad).await.unwrap_err().status(), 400);
    }
}

async fn queue_statistics_count_who_waits(store: Store) {
    let app = store.app().await;
    let intake = TestIntake::start(&app).await;
    let bob = operator(&app, "bob").await;
    assert_eq!(conversations::statistics(&app).await.unwrap().longest_wait_s, 0);
    let first = waiting(&app, &intake, "ann").await;
    app.clock.advance(Duration::from_secs(60));
    waiting(&app, &intake, "carl").await;
    app.clock.advance(Duration::from_secs(30));
    let statistics = conversations::statistics(&app).await.unwrap();
    assert_eq!((statistics.waiting, statistics.longest_wait_s, statistics.mean_wait_s), (2, 90, 60));
    assert_eq!((statistics.by_priority["medium"].waiting, statistics.by_channel["chat"].longest_wait_s), (2, 90));
    conversations::accept(&app, &bob, &first).await.unwrap();
    let statistics = conversations::statistics(&app).await.unwrap();
    assert_eq!((statistics.waiting, statistics.by_state["active"]), (1, 1));
}

async fn changes_of_facts_are_bounded(store: Store) {
    let app = store.app().await;
    let intake = TestIntake::start(&app).await;
    let bob = operator(&app, "bob").await;
    let id = waiting(&app, &intake, "ann").await;
    let fields = serde_json::json!({ "order": "A\0-17" }).as_object().cloned();
    let change = Change {
        subject: Some("Lost parcel".into()),
        custom_fields: fields,
        tags: Some(vec![" b ".into(), "a".into(), "b".into()]),
        ..Change::default()
    };
    let view = conversations::update(&app, &bob, &id, change).await.unwrap();
    assert_eq!((view.subject.as_deref(), view.tags), (Some("Lost parcel"), vec!["a".to_owned(), "b".to_owned()]));
    assert!(view.custom_fields["order"].is_string());
    for bad in [
        Change { subject: Some("x".repeat(501)), ..Change::default() },
        Change { tags: Some(vec![String::new()]), ..Change::default() },
        Change { tags: Some((0..51).map(|i| i.to_string()).collect()), ..Change::default() },
        Change { custom_fields: serde_json::json!({ "k": "x".repeat(20_000) }).as_object().cloned(), ..Change::default() },
    ] {
        assert!(matches!(conversations::update(&app, &bob, &id, bad).await, Err(Error::Invalid { .. })));
    }
}

async fn seen_marks_only_move_forward(store: Store) {
    let app = store.app().await;
    let intake = TestIntake::start(&app).await;
    let (bob, eve) = (operator(&app, "bob").await, operator(&app, "eve").await);
    let id = held(&app, &intake, &bob).await;
    assert!(conversations::seen(&app, Seer::Operator(&bob), &id, 1).await.unwrap());
    assert!(!conversations::seen(&app, Seer::Operator(&bob), &id, 1).await.unwrap());
    assert!(!conversations::seen(&app, Seer::Operator(&bob), &id, 99).await.unwrap(), "nobody sees what is not there");
    assert!(!conversations::seen(&app, Seer::Operator(&eve), &id, 1).await.unwrap());
    let ann = trunkline::access::Visitor {
        inbox_id: "chat".into(),
        external_id: "ann".into(),
        name: None,
        email: None,
        verified: false,
    };
    assert!(conversations::seen(&app, Seer::Visitor(&ann), &id, 1).await.unwrap());
    let other = trunkline::access::Visitor { external_id: "other".into(), ..ann };
    assert!(matches!(conversations::seen(&app, Seer::Visitor(&other), &id, 1).await, Err(Error::NotFound)));
}
