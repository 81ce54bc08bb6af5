//! Who holds a conversation, and how it changes hands.

use std::sync::Arc;

use trunkline::access::{Caller, Role};
use trunkline::app::App;
use trunkline::conversations::{self, Assign, Change, Error, Escalate, HistoryQuery, NewReply, Priority, Scope, State, Transfer};
use trunkline::db::sql;
use trunkline::events;

use super::{close, held, reply, waiting};
use crate::support::lines::TestIntake;
use crate::support::people::{operator, person};
use crate::support::{Store, each_store};

each_store! {
    of_twenty_simultaneous_accepts_exactly_one_wins,
    every_illegal_move_is_refused_with_the_state_it_met,
    a_transfer_waits_for_its_receiver_and_keeps_the_history,
    an_escalation_waits_for_a_supervisor,
    a_supervisor_assigns_and_requeues,
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
    let id = held(&app, &intake, &bob).await;
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
    let id = held(&app, &intake, &bob).await;
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
