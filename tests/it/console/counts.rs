//! The numbers beside the console's lists, and the lists they are of.

use std::time::Duration;

use trunkline::access::{Caller, Role};
use trunkline::app::App;
use trunkline::conversations::{
    self, Assign, Close, Counts, Escalate, ListQuery, NewReply, Seer, Transfer, accept, assign, close, counts, escalate, transfer,
};
use trunkline::db::sql;

use crate::support::lines::TestIntake;
use crate::support::people::{operator, person};
use crate::support::{Store, each_store};

each_store! {
    counts_are_the_lengths_of_the_lists_they_name,
    lists_know_the_unread_the_troubled_and_who_waits_long,
}

async fn new(app: &App, intake: &TestIntake, peer: &str) -> String {
    intake.text("chat", &format!("{peer}-{}", app.ids.next()), peer, "hello").await.conversation_id
}

async fn team(app: &App, name: &str, member: &Caller) -> String {
    let mut tx = app.db.begin().await.unwrap();
    sql("INSERT INTO teams (id, name, created_at) VALUES ($1, $1, 0)").bind(name).execute(&mut tx).await.unwrap();
    let joins = sql("INSERT INTO team_members (team_id, operator_id) VALUES ($1, $2)").bind(name).bind(&member.operator_id);
    joins.execute(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
    name.to_owned()
}

async fn list(app: &App, caller: &Caller, query: ListQuery) -> Vec<String> {
    let page = conversations::list(app, caller, &ListQuery { limit: Some(200), ..query }).await.unwrap();
    page.items.into_iter().map(|view| view.id).collect()
}

/// The same numbers, by the lists that each of them names.
async fn by_lists(app: &App, caller: &Caller) -> Counts {
    let open = || ListQuery { state: Some("open".into()), ..ListQuery::default() };
    let mine = || ListQuery { assignee: Some("me".into()), ..open() };
    let length = async |query| i64::try_from(list(app, caller, query).await.len()).unwrap();
    Counts {
        queue: length(ListQuery { queue: Some(true), ..ListQuery::default() }).await,
        mine: length(mine()).await,
        mine_unread: length(ListQuery { unread: Some(true), ..mine() }).await,
        team: length(ListQuery { team: Some("mine".into()), ..open() }).await,
        unassigned: length(ListQuery { assignee: Some("none".into()), ..open() }).await,
        all_open: length(open()).await,
        closed: length(ListQuery { state: Some("closed".into()), ..ListQuery::default() }).await,
        troubled: length(ListQuery { troubled: Some(true), ..open() }).await,
    }
}

async fn fail_delivery(app: &App, conversation_id: &str, state: &str) {
    let mut tx = app.db.begin().await.unwrap();
    let failing = sql("UPDATE deliveries SET state = $2 WHERE conversation_id = $1").bind(conversation_id).bind(state);
    assert_eq!(failing.execute(&mut tx).await.unwrap(), 1);
    tx.commit().await.unwrap();
}

async fn answer(app: &App, caller: &Caller, id: &str) {
    let new = NewReply { client_id: app.ids.next(), text: "hi".into(), ..NewReply::default() };
    conversations::reply(app, caller, id, new).await.unwrap();
}

async fn counts_are_the_lengths_of_the_lists_they_name(store: Store) {
    let app = store.app().await;
    let intake = TestIntake::start(&app).await;
    let (bob, eve) = (operator(&app, "bob").await, operator(&app, "eve").await);
    let boss = person(&app, "boss", Role::Supervisor).await;
    let (first, second) = (team(&app, "first", &bob).await, team(&app, "second", &eve).await);
    let none = Counts { queue: 0, mine: 0, mine_unread: 0, team: 0, unassigned: 0, all_open: 0, closed: 0, troubled: 0 };
    assert_eq!(counts(&app, &bob).await.unwrap(), none);

    let mut ids = Vec::new();
    for peer in 0..9 {
        ids.push(new(&app, &intake, &format!("peer{peer}")).await);
    }
    // 0 stays new. 1 and 2 are Bob's: one unread, one seen, answered and failed.
    for id in &ids[1..7] {
        accept(&app, &bob, id).await.unwrap();
    }
    answer(&app, &bob, &ids[2]).await;
    fail_delivery(&app, &ids[2], "failed").await;
    let to_eve = Transfer { operator_id: Some(eve.operator_id.clone()), ..Transfer::default() };
    transfer(&app, &bob, &ids[3], to_eve).await.unwrap();
    transfer(&app, &bob, &ids[4], Transfer { team_id: Some(second.clone()), ..Transfer::default() }).await.unwrap();
    escalate(&app, &bob, &ids[5], Escalate::default()).await.unwrap();
    answer(&app, &bob, &ids[6]).await;
    fail_delivery(&app, &ids[6], "uncertain").await;
    close(&app, &bob, &ids[6], Close { reason: "problem_solved".into(), summary: None }).await.unwrap();
    assign(&app, &boss, &ids[7], Assign { operator_id: None, team_id: Some(first) }).await.unwrap();
    assign(&app, &boss, &ids[8], Assign { operator_id: None, team_id: Some(second) }).await.unwrap();

    let everybodys = Counts { unassigned: 5, all_open: 8, closed: 1, troubled: 1, ..none };
    let expected = [
        (&bob, Counts { queue: 2, mine: 2, mine_unread: 1, team: 1, ..everybodys.clone() }),
        (&eve, Counts { queue: 4, mine: 1, mine_unread: 1, team: 2, ..everybodys.clone() }),
        (&boss, Counts { queue: 2, ..everybodys }),
    ];
    for (caller, expected) in expected {
        assert_eq!(counts(&app, caller).await.unwrap(), expected, "{}", caller.name);
        assert_eq!(by_lists(&app, caller).await, expected, "{}", caller.name);
    }
    assert_eq!(
        list(&app, &boss, ListQuery { queue: Some(true), ..ListQuery::default() }).await,
        [ids[5].clone(), ids[0].clone()]
    );

    // What was seen is unread again when the customer writes more; a note of a colleague changes nothing.
    conversations::seen(&app, Seer::Operator(&bob), &ids[1], 1).await.unwrap();
    let note = NewReply { client_id: "n".into(), text: "look".into(), kind: Some("note".into()), ..NewReply::default() };
    conversations::reply(&app, &eve, &ids[1], note).await.unwrap();
    assert_eq!(counts(&app, &bob).await.unwrap().mine_unread, 0);
    intake.text("chat", "more", "peer2", "and another thing").await;
    assert_eq!(counts(&app, &bob).await.unwrap().mine_unread, 1);
}

async fn lists_know_the_unread_the_troubled_and_who_waits_long(store: Store) {
    let app = store.app().await;
    let intake = TestIntake::start(&app).await;
    let bob = operator(&app, "bob").await;
    let mut ids = Vec::new();
    for peer in 0..4 {
        ids.push(new(&app, &intake, &format!("peer{peer}")).await);
        app.clock.advance(Duration::from_secs(60));
    }
    let ends = app.now();
    accept(&app, &bob, &ids[0]).await.unwrap();
    answer(&app, &bob, &ids[0]).await;
    fail_delivery(&app, &ids[0], "uncertain").await;
    let of = |mut query: ListQuery| {
        query.sort = Some(conversations::store::Order::Waiting);
        list(&app, &bob, query)
    };
    let none = ListQuery::default;
    assert_eq!(of(ListQuery { troubled: Some(true), ..none() }).await, [ids[0].clone()]);
    assert_eq!(of(ListQuery { troubled: Some(false), ..none() }).await, ids[1..]);
    assert_eq!(of(ListQuery { unread: Some(true), ..none() }).await, ids[1..]);
    assert_eq!(of(ListQuery { unread: Some(false), ..none() }).await, [ids[0].clone()]);
    assert_eq!(of(ListQuery { waiting_over_s: Some(120), ..none() }).await, ids[1..3], "answered ones do not wait");
    assert_eq!(of(ListQuery { waiting_over_s: Some(i64::MAX), ..none() }).await, Vec::<String>::new());
    assert_eq!(of(ListQuery { team: Some("none".into()), ..none() }).await.len(), 4);
    assert_eq!(of(ListQuery { team: Some("first".into()), ..none() }).await.len(), 0);
    assert_eq!(of(ListQuery { updated_from: Some(ends), ..none() }).await, [ids[0].clone()]);
    let (from, to) = (ends - 180_000_000, ends - 120_000_000);
    assert_eq!(of(ListQuery { updated_from: Some(from), updated_to: Some(to), ..none() }).await, [ids[1].clone()]);
    let pages = ListQuery { unread: Some(true), limit: Some(2), ..none() };
    let first = conversations::list(&app, &bob, &pages).await.unwrap();
    let second = conversations::list(&app, &bob, &ListQuery { cursor: first.next_cursor, ..pages }).await.unwrap();
    let found: Vec<&String> = first.items.iter().chain(&second.items).map(|view| &view.id).collect();
    assert_eq!((found, second.next_cursor), (vec![&ids[3], &ids[2], &ids[1]], None));
    for bad in [ListQuery { waiting_over_s: Some(-1), ..none() }, ListQuery { queue: Some(false), ..none() }] {
        assert_eq!(conversations::list(&app, &bob, &bad).await.unwrap_err().status(), 400);
    }
}
