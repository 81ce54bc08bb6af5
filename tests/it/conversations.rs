//! What people do with conversations, on both stores.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use trunkline::access::{Caller, Role};
use trunkline::app::App;
use trunkline::conversations::{
    self, Assign, Change, Close, Error, Escalate, HistoryQuery, ListQuery, NewReply, Priority, Scope, Seer, State, Transfer,
};
use trunkline::db::sql;
use trunkline::events;

use crate::support::lines::TestIntake;
use crate::support::people::{operator, person};
use crate::support::{Store, each_store};

each_store! {
    of_twenty_simultaneous_accepts_exactly_one_wins,
    every_illegal_move_is_refused_with_the_state_it_met,
    a_transfer_waits_for_its_receiver_and_keeps_the_history,
    an_escalation_waits_for_a_supervisor,
    a_supervisor_assigns_and_requeues,
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

fn reply(client_id: &str, text: &str) -> NewReply {
    NewReply { client_id: client_id.into(), text: text.into(), ..NewReply::default() }
}

fn close() -> Close {
    Close { reason: "problem_solved".into(), summary: Some("all well".into()) }
}

async fn of_twenty_simultaneous_accepts_exactly_one_wins(store: Store) {
    let app = store.app().await;
    let intake = TestIntake::start(&app).await;
    let id = waiting(&app, &intake, "ann").await;
    let barrier = Arc::new(tokio::sync::Barrier::new(20));
    let mut tasks = tokio::task::JoinSet::new();
    for i in 0..20 {
        let caller = operator(&app, &format!("op{i}")).await;
        let (app, id, barrier) = (app.app.clone(), id.clone(), barrier.clone());
        tasks.spawn(async move {
            barrier.wait().await;
            (caller.operator_id.clone(), conversations::accept(&app, &caller, &id).await)
        });
    }
    let results = tasks.join_all().await;
    let winners: Vec<_> = results.iter().filter(|(_, result)| result.is_ok()).collect();
    assert_eq!(winners.len(), 1);
    for (_, result) in results.iter().filter(|(_, result)| result.is_err()) {
        assert!(matches!(result, Err(Error::AlreadyAccepted { operator_id, .. }) if *operator_id == winners[0].0), "{result:?}");
    }
    let log = events::store::after(&app.db, 0, 100).await.unwrap();
    assert_eq!(log.iter().filter(|event| event.kind == "conversation.accepted").count(), 1);
}

async fn every_illegal_move_is_refused_with_the_state_it_met(store: Store) {
    let app = store.app().await;
    let intake = TestIntake::start(&app).await;
    let boss = person(&app, "boss", Role::Supervisor).await;
    let other = operator(&app, "other").await;
    let to_other = || Transfer { operator_id: Some(other.operator_id.clone()), ..Transfer::default() };
    let id = waiting(&app, &intake, "ann").await;
    let illegal = |result: Result<_, Error>, expected: State| {
        assert!(matches!(&result, Err(Error::IllegalMove { state, .. }) if *state == expected), "{result:?}");
    };
    illegal(conversations::transfer(&app, &boss, &id, to_other()).await.map(drop), State::New);
    illegal(conversations::reply(&app, &boss, &id, reply("1", "too early")).await.map(drop), State::New);
    illegal(conversations::reopen(&app, &boss, &id).await.map(drop), State::New);
    illegal(conversations::archive(&app, &boss, &id).await.map(drop), State::New);
    conversations::accept(&app, &boss, &id).await.unwrap();
    conversations::accept(&app, &boss, &id).await.expect("accepting one's own again changes nothing");
    conversations::close(&app, &boss, &id, close()).await.unwrap();
    illegal(conversations::close(&app, &boss, &id, close()).await.map(drop), State::Closed);
    illegal(conversations::accept(&app, &boss, &id).await.map(drop), State::Closed);
    conversations::reopen(&app, &boss, &id).await.unwrap();
    conversations::close(&app, &boss, &id, close()).await.unwrap();
    conversations::archive(&app, &boss, &id).await.unwrap();
    for result in [
        conversations::reopen(&app, &boss, &id).await,
        conversations::update(&app, &boss, &id, Change { priority: Some(Priority::High), ..Change::default() }).await,
        conversations::escalate(&app, &boss, &id, Escalate::default()).await,
        conversations::assign(&app, &boss, &id, Assign { operator_id: Some(other.operator_id.clone()), team_id: None }).await,
    ] {
        illegal(result.map(drop), State::Archived);
    }
    illegal(
        conversations::reply(&app, &boss, &id, NewReply { kind: Some("note".into()), ..reply("2", "n") }).await.map(drop),
        State::Archived,
    );
    assert!(matches!(conversations::accept(&app, &boss, "no-such-id").await, Err(Error::NotFound)));
    let again = intake.text("chat", "later", "ann", "me again").await;
    assert_ne!(again.conversation_id, id, "an archived conversation stays as it is");
}

async fn a_transfer_waits_for_its_receiver_and_keeps_the_history(store: Store) {
    let app = store.app().await;
    let intake = TestIntake::start(&app).await;
    let (bob, eve, carl) = (operator(&app, "bob").await, operator(&app, "eve").await, operator(&app, "carl").await);
    let id = waiting(&app, &intake, "ann").await;
    conversations::accept(&app, &bob, &id).await.unwrap();
    let to = |operator: &str, comment: &str| Transfer {
        operator_id: Some(operator.into()),
        team_id: None,
        comment: Some(comment.into()),
    };
    assert!(matches!(conversations::transfer(&app, &carl, &id, to(&eve.operator_id, "x")).await, Err(Error::NotYours)));
    assert!(matches!(conversations::transfer(&app, &bob, &id, to("nobody", "x")).await, Err(Error::NoSuch("operator"))));
    assert!(matches!(conversations::transfer(&app, &bob, &id, Transfer::default()).await, Err(Error::Invalid { .. })));
    let view = conversations::transfer(&app, &bob, &id, to(&eve.operator_id, "knows the matter")).await.unwrap();
    let transfer = view.transfer.unwrap();
    assert_eq!((view.state, transfer.comment.as_deref()), (State::Transferred, Some("knows the matter")));
    assert_eq!(transfer.from.unwrap().id, bob.operator_id);
    assert!(matches!(conversations::accept(&app, &carl, &id).await, Err(Error::NotYours)));
    let view = conversations::accept(&app, &eve, &id).await.unwrap();
    assert_eq!((view.state, view.assignee.unwrap().id), (State::Active, eve.operator_id.clone()));
    let page = conversations::history(&app, Scope::Operator(&eve), &id, &HistoryQuery::default()).await.unwrap();
    assert_eq!(page.items.iter().map(|m| m.sender_type.as_str()).collect::<Vec<_>>(), ["system", "customer"]);
    assert_eq!(page.items[0].extra["comment"], "knows the matter");

    let team = team(&app, "second line", &[&carl]).await;
    conversations::transfer(&app, &eve, &id, Transfer { team_id: Some(team), ..Transfer::default() }).await.unwrap();
    assert!(matches!(conversations::accept(&app, &bob, &id).await, Err(Error::NotYours)));
    conversations::accept(&app, &carl, &id).await.unwrap();
}

async fn an_escalation_waits_for_a_supervisor(store: Store) {
    let app = store.app().await;
    let intake = TestIntake::start(&app).await;
    let (bob, eve) = (operator(&app, "bob").await, operator(&app, "eve").await);
    let boss = person(&app, "boss", Role::Supervisor).await;
    let id = waiting(&app, &intake, "ann").await;
    conversations::accept(&app, &bob, &id).await.unwrap();
    let view = conversations::escalate(&app, &bob, &id, Escalate { comment: Some("refund".into()), ..Escalate::default() })
        .await
        .unwrap();
    assert!(view.transfer.unwrap().escalated && view.assignee.is_none());
    assert!(matches!(conversations::accept(&app, &eve, &id).await, Err(Error::NotYours)));
    assert_eq!(conversations::accept(&app, &boss, &id).await.unwrap().state, State::Active);
}

async fn a_supervisor_assigns_and_requeues(store: Store) {
    let app = store.app().await;
    let intake = TestIntake::start(&app).await;
    let bob = operator(&app, "bob").await;
    let boss = person(&app, "boss", Role::Supervisor).await;
    let id = waiting(&app, &intake, "ann").await;
    let assign = Assign { operator_id: Some(bob.operator_id.clone()), team_id: None };
    let view = conversations::assign(&app, &boss, &id, assign).await.unwrap();
    assert_eq!((view.state, view.assignee.unwrap().name.as_str()), (State::Active, "bob"));
    let team_id = team(&app, "first line", &[&bob]).await;
    let view = conversations::assign(&app, &boss, &id, Assign { operator_id: None, team_id: Some(team_id) }).await.unwrap();
    assert_eq!((view.state, view.assignee), (State::New, None));
    assert!(matches!(conversations::assign(&app, &boss, &id, Assign::default()).await, Err(Error::Invalid { .. })));
}

async fn team(app: &App, name: &str, members: &[&Caller]) -> String {
    let id = app.ids.next();
    let mut tx = app.db.begin().await.unwrap();
    sql("INSERT INTO teams (id, name, created_at) VALUES ($1, $2, 0)").bind(&id).bind(name).execute(&mut tx).await.unwrap();
    for member in members {
        sql("INSERT INTO team_members (team_id, operator_id) VALUES ($1, $2)")
            .bind(&id)
            .bind(&member.operator_id)
            .execute(&mut tx)
            .await
            .unwrap();
    }
    tx.commit().await.unwrap();
    id
}

async fn a_reply_is_stored_once_with_its_delivery_and_a_note_without(store: Store) {
    let app = store.app().await;
    let intake = TestIntake::start(&app).await;
    let (bob, eve) = (operator(&app, "bob").await, operator(&app, "eve").await);
    let id = waiting(&app, &intake, "ann").await;
    conversations::accept(&app, &bob, &id).await.unwrap();
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
    let id = waiting(&app, &intake, "ann").await;
    conversations::accept(&app, &bob, &id).await.unwrap();
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
    let id = waiting(&app, &intake, "ann").await;
    conversations::accept(&app, &bob, &id).await.unwrap();
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
    let id = waiting(&app, &intake, "ann").await;
    conversations::accept(&app, &bob, &id).await.unwrap();
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
