//! Nothing lost, nothing doubled, nothing held back on the way in.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use trunkline::config::OnClosed;
use trunkline::conversations::{self, Close, HistoryQuery, Scope};
use trunkline::db::sql;
use trunkline::events;
use trunkline::http::PageQuery;
use trunkline::intake::{Term, raw};
use trunkline_channel::{Cursor, Intake as _, IntakeError, Outcome, RawEvent};

use crate::support::lines::{Said, TestIntake, stored};
use crate::support::people::operator;
use crate::support::{Store, each_store};

each_store! {
    a_first_message_makes_everything_it_needs,
    an_event_delivered_ten_times_is_there_once,
    a_hundred_first_messages_at_once_make_one_conversation,
    what_cannot_be_read_is_set_aside_and_can_be_replayed,
    a_closed_conversation_is_reopened_or_left_by_the_inboxs_setting,
    mails_find_their_thread_by_known_ids_and_strangers_do_not,
    a_mail_joins_the_answer_that_was_quicker,
    effects_change_the_message_they_name_and_nothing_else,
    a_cursor_moves_only_for_the_holder_of_the_term,
    nul_and_files_survive_on_both_stores,
    a_full_queue_refuses_early_and_keeps_what_it_took,
    an_older_conversation_that_was_reopened_takes_the_next_message,
}

async fn a_first_message_makes_everything_it_needs(store: Store) {
    let app = store.app().await;
    let intake = TestIntake::start(&app).await;
    let message = intake.text("chat", "m1", "ann", "hello").await;
    assert_eq!(message.number, 1);
    let bob = operator(&app, "bob").await;
    let view = conversations::view(&app, &bob, &message.conversation_id).await.unwrap();
    assert_eq!((view.state.as_str(), view.contact.name.as_deref(), view.last_number), ("new", Some("ann"), 1));
    assert_eq!(view.waiting_since, Some(app.now()));
    let log = events::store::after(&app.db, 0, 10).await.unwrap();
    assert_eq!(log.iter().map(|event| event.kind.as_str()).collect::<Vec<_>>(), ["conversation.created", "message.created"]);
    let page =
        conversations::history(&app, Scope::Operator(&bob), &message.conversation_id, &HistoryQuery::default()).await.unwrap();
    assert_eq!(page.items[0].text, "hello");
}

async fn an_event_delivered_ten_times_is_there_once(store: Store) {
    let app = store.app().await;
    let intake = TestIntake::start(&app).await;
    let first = intake.text("chat", "m1", "ann", "hello").await;
    for _ in 0..9 {
        assert_eq!(intake.text("chat", "m1", "ann", "hello").await, first);
    }
    // The same message under another event key (another poll, another folder) is still the same message.
    let body = serde_json::to_vec(&Said { id: "m1".into(), peer: "ann".into(), ..Said::default() }).unwrap();
    assert_eq!(stored(intake.raw("chat", "another key", body).await.unwrap().outcome), first);
    let count: i64 = sql("SELECT CAST(COUNT(*) AS BIGINT) FROM messages").scalar(&app.db).await.unwrap();
    assert_eq!(count, 1);
}

async fn a_hundred_first_messages_at_once_make_one_conversation(store: Store) {
    let app = store.app().await;
    let intake = Arc::new(TestIntake::start(&app).await);
    let barrier = Arc::new(tokio::sync::Barrier::new(100));
    let mut tasks = tokio::task::JoinSet::new();
    for i in 0..100 {
        let (intake, barrier) = (intake.clone(), barrier.clone());
        tasks.spawn(async move {
            barrier.wait().await;
            intake.text("chat", &format!("m{i}"), "ann", "hello").await
        });
    }
    let made = tasks.join_all().await;
    assert!(made.iter().all(|message| message.conversation_id == made[0].conversation_id));
    let mut numbers: Vec<i64> = made.iter().map(|message| message.number).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=100).collect::<Vec<_>>());
}

async fn what_cannot_be_read_is_set_aside_and_can_be_replayed(store: Store) {
    let app = store.app().await;
    let intake = TestIntake::start(&app).await;
    let bad = intake.raw("chat", "bad", &b"\xff\x00 not json"[..]).await.unwrap();
    assert!(matches!(bad.outcome, Outcome::Quarantined { .. }));
    let panicked =
        intake.say("chat", Said { id: "p".into(), peer: "ann".into(), instead: Some("panic".into()), ..Said::default() }).await;
    assert!(matches!(panicked, Outcome::Quarantined { .. }), "{panicked:?}");
    let ignored = intake.say("chat", Said { id: "n".into(), instead: Some("nothing".into()), ..Said::default() }).await;
    assert_eq!(ignored, Outcome::Ignored { reason: "nothing to see".into() });
    intake.text("chat", "m1", "ann", "the next one flows").await;

    let listed = |state: &'static str| raw::list(&app, Some(state), None, &PageQuery { limit: Some(10), cursor: None });
    assert_eq!(listed("quarantined").await.unwrap().items.len(), 2);
    assert_eq!(listed("ignored").await.unwrap().items[0].reason.as_deref(), Some("nothing to see"));
    assert_eq!(listed("applied").await.unwrap().items[0].messages[0].number, 1);
    assert_eq!(raw::body(&app, &bad.raw_event_id).await.unwrap(), b"\xff\x00 not json");

    // Three replays before the translator is mended and three after it: one message, and the verdict follows.
    for _ in 0..3 {
        assert!(matches!(raw::replay(&intake.intake, &bad.raw_event_id).await.unwrap(), Outcome::Quarantined { .. }));
    }
    intake.lines.translator.mended.store(true, Ordering::SeqCst);
    let first = stored(raw::replay(&intake.intake, &bad.raw_event_id).await.unwrap());
    for _ in 0..2 {
        assert_eq!(stored(raw::replay(&intake.intake, &bad.raw_event_id).await.unwrap()), first);
    }
    let row = &listed("quarantined").await.unwrap().items;
    assert!(row.iter().all(|row| row.id != bad.raw_event_id));
}

async fn a_closed_conversation_is_reopened_or_left_by_the_inboxs_setting(store: Store) {
    let app = store.app().await;
    let intake = TestIntake::start(&app).await;
    let bob = operator(&app, "bob").await;
    let close = || Close { reason: "problem_solved".into(), summary: None };
    let first = intake.text("chat", "m1", "ann", "one").await;
    conversations::accept(&app, &bob, &first.conversation_id).await.unwrap();
    conversations::close(&app, &bob, &first.conversation_id, close()).await.unwrap();
    // A machine's mail after the farewell is shown but opens nothing.
    let automatic = Said { id: "a1".into(), peer: "ann".into(), automatic: true, ..Said::default() };
    assert_eq!(stored(intake.say("chat", automatic).await).conversation_id, first.conversation_id);
    assert_eq!(conversations::view(&app, &bob, &first.conversation_id).await.unwrap().state.as_str(), "closed");

    let again = intake.text("chat", "m2", "ann", "two").await;
    assert_eq!((again.conversation_id.as_str(), again.number), (first.conversation_id.as_str(), 3));
    let view = conversations::view(&app, &bob, &first.conversation_id).await.unwrap();
    assert_eq!((view.state.as_str(), view.assignee), ("new", None));

    conversations::accept(&app, &bob, &first.conversation_id).await.unwrap();
    conversations::close(&app, &bob, &first.conversation_id, close()).await.unwrap();
    app.clock.advance(Duration::from_secs(31 * 86_400));
    let later = intake.text("chat", "m3", "ann", "three").await;
    assert_ne!(later.conversation_id, first.conversation_id);

    conversations::accept(&app, &bob, &later.conversation_id).await.unwrap();
    conversations::close(&app, &bob, &later.conversation_id, close()).await.unwrap();
    intake.lines.options.lock().unwrap().on_closed = OnClosed::New;
    assert_ne!(intake.text("chat", "m4", "ann", "four").await.conversation_id, later.conversation_id);
}

async fn mails_find_their_thread_by_known_ids_and_strangers_do_not(store: Store) {
    let app = store.app().await;
    let intake = TestIntake::start(&app).await;
    let mail = |id: &str, peer: &str, refs: &[&str]| Said {
        id: id.into(),
        peer: peer.into(),
        text: "hi".into(),
        refs: refs.iter().map(|id| (*id).to_owned()).collect(),
        ..Said::default()
    };
    let first = stored(intake.say("mail", Said { copies: vec!["carl".into()], ..mail("<1>", "ann", &[]) }).await);
    let answer = stored(intake.say("mail", mail("<2>", "ann", &["<unknown>", "<1>"])).await);
    assert_eq!((&answer.conversation_id, answer.number), (&first.conversation_id, 2));
    let unrelated = stored(intake.say("mail", mail("<3>", "ann", &[])).await);
    assert_ne!(unrelated.conversation_id, first.conversation_id, "another thread of the same person");
    let copied = stored(intake.say("mail", mail("<4>", "carl", &["<1>"])).await);
    assert_eq!(copied.conversation_id, first.conversation_id, "a copied recipient may answer");
    let bob = operator(&app, "bob").await;
    for said in
        [mail("<5>", "mallory", &["<1>"]), Said { proved: Some(first.conversation_id.clone()), ..mail("<6>", "eve", &[]) }]
    {
        let stranger = stored(intake.say("mail", said).await);
        assert_ne!(stranger.conversation_id, first.conversation_id);
        let view = conversations::view(&app, &bob, &stranger.conversation_id).await.unwrap();
        assert!(view.flag.unwrap().contains(&first.conversation_id));
    }
    let proved = Said { proved: Some(first.conversation_id.clone()), ..mail("<7>", "ann", &[]) };
    assert_eq!(stored(intake.say("mail", proved).await).conversation_id, first.conversation_id);
}

async fn a_mail_joins_the_answer_that_was_quicker(store: Store) {
    let app = store.app().await;
    let intake = TestIntake::start(&app).await;
    let mail = |id: &str, peer: &str, refs: &[&str]| Said {
        id: id.into(),
        peer: peer.into(),
        text: id.into(),
        refs: refs.iter().map(|id| (*id).to_owned()).collect(),
        ..Said::default()
    };
    // In turns: both ways round, each in one call and in two.
    for (name, answer_first, at_once) in [("a", true, false), ("b", true, true), ("c", false, false), ("d", false, true)] {
        let (parent, answer) = (format!("<{name}1>"), format!("<{name}2>"));
        let mut two = [mail(&parent, "ann", &[]), mail(&answer, "ann", &[&parent])];
        if answer_first {
            two.reverse();
        }
        let event = |said: &Said| RawEvent { key: said.id.clone(), body: serde_json::to_vec(said).unwrap().into(), cursor: None };
        let calls: Vec<Vec<RawEvent>> =
            if at_once { vec![two.iter().map(event).collect()] } else { two.iter().map(|said| vec![event(said)]).collect() };
        let mut made = Vec::new();
        for call in calls.clone() {
            made.extend(intake.intake.accept("mail", call).await.unwrap().into_iter().map(|receipt| stored(receipt.outcome)));
        }
        assert_eq!(made[0].conversation_id, made[1].conversation_id, "{name}");
        assert_eq!((made[0].number, made[1].number), (1, 2), "{name}");
        for call in calls {
            for (receipt, before) in intake.intake.accept("mail", call).await.unwrap().into_iter().zip(&made) {
                let again = stored(receipt.outcome);
                assert!(made.contains(&again), "{name}: {again:?} is neither, {before:?} was");
            }
        }
        // The thread goes on as any other.
        let third = stored(intake.say("mail", mail(&format!("<{name}3>"), "ann", &[&parent])).await);
        assert_eq!((&third.conversation_id, third.number), (&made[0].conversation_id, 3), "{name}");
    }

    // A stranger's answer takes nobody's mail; the customer's own does, although it came later.
    let stranger = stored(intake.say("mail", mail("<e2>", "mallory", &["<e1>"])).await);
    let own = stored(intake.say("mail", mail("<e3>", "ann", &["<e2>", "<e1>"])).await);
    assert_ne!(own.conversation_id, stranger.conversation_id);
    let parent = stored(intake.say("mail", mail("<e1>", "ann", &[])).await);
    assert_eq!((&parent.conversation_id, parent.number), (&own.conversation_id, 2));
    let elsewhere = stored(intake.say("chat", mail("<f2>", "ann", &["<f1>"])).await);
    let other = stored(intake.say("mail", mail("<f1>", "ann", &[])).await);
    assert_ne!(other.conversation_id, elsewhere.conversation_id, "another inbox");

    // What people have ended is not begun again by a mail that was late, where the inbox says so.
    let bob = operator(&app, "bob").await;
    let answer = stored(intake.say("mail", mail("<g2>", "ann", &["<g1>"])).await);
    conversations::accept(&app, &bob, &answer.conversation_id).await.unwrap();
    let close = Close { reason: "problem_solved".into(), summary: None };
    conversations::close(&app, &bob, &answer.conversation_id, close).await.unwrap();
    intake.lines.options.lock().unwrap().on_closed = OnClosed::New;
    let parent = stored(intake.say("mail", mail("<g1>", "ann", &[])).await);
    assert_ne!(parent.conversation_id, answer.conversation_id);
}

async fn effects_change_the_message_they_name_and_nothing_else(store: Store) {
    let app = store.app().await;
    let intake = TestIntake::start(&app).await;
    let bob = operator(&app, "bob").await;
    let message = intake.text("chat", "m1", "ann", "helo").await;
    let effect = |instead: &str, id: &str, text: &str| Said {
        id: id.into(),
        peer: "ann".into(),
        text: text.into(),
        instead: Some(instead.into()),
        ..Said::default()
    };
    intake.say("chat", effect("edit", "m1", "hello")).await;
    intake.say("chat", effect("react", "m1", "👍")).await;
    intake.say("chat", effect("edit", "never seen", "x")).await;
    let query = HistoryQuery { limit: Some(5), ..HistoryQuery::default() };
    let history = || conversations::history(&app, Scope::Operator(&bob), &message.conversation_id, &query);
    let shown = history().await.unwrap().items.remove(0);
    assert_eq!((shown.text.as_str(), shown.edited_at.is_some(), shown.reactions.len()), ("hello", true, 1));
    let before: String = sql("SELECT text FROM message_revisions").scalar(&app.db).await.unwrap();
    assert_eq!(before, "helo");
    intake.say("chat", effect("delete", "m1", "")).await;
    let shown = history().await.unwrap().items.remove(0);
    assert_eq!((shown.text.as_str(), shown.deleted_at.is_some()), ("", true));
    intake.say("chat", effect("end", "e", "")).await;
    let view = conversations::view(&app, &bob, &message.conversation_id).await.unwrap();
    assert_eq!((view.state.as_str(), view.close_reason.as_deref()), ("closed", Some("ended_by_customer")));
}

async fn a_cursor_moves_only_for_the_holder_of_the_term(store: Store) {
    let app = store.app().await;
    let intake = TestIntake::start(&app).await;
    let mut tx = app.db.begin().await.unwrap();
    sql("INSERT INTO leases (inbox_id, holder, term, expires_at) VALUES ('chat', 'me', 7, 0)").execute(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
    let event = |key: &str| RawEvent {
        key: key.into(),
        body: serde_json::to_vec(&Said { id: key.into(), peer: "ann".into(), ..Said::default() }).unwrap().into(),
        cursor: Some(Cursor { name: "offset".into(), value: key.into() }),
    };
    let term = |term| Some(Term { holder: "me".into(), term });
    intake.intake.accept_under("chat", vec![event("1"), event("2")], term(7)).await.unwrap();
    let refused = intake.intake.accept_under("chat", vec![event("3")], term(6)).await;
    assert!(matches!(refused, Err(IntakeError::LostLease)));
    let cursor: String =
        sql("SELECT value FROM cursors WHERE inbox_id = 'chat' AND name = 'offset'").scalar(&app.db).await.unwrap();
    assert_eq!(cursor, "2");
    let unknown = intake.intake.accept_under("nowhere", vec![event("4")], None).await;
    assert!(matches!(unknown, Err(IntakeError::NoInbox)));
}

async fn nul_and_files_survive_on_both_stores(store: Store) {
    let app = store.app().await;
    let intake = TestIntake::start(&app).await;
    let said =
        Said { id: "m1".into(), peer: "ann".into(), text: "a\0b".into(), file: Some("../x.html".into()), ..Said::default() };
    let message = stored(intake.say("chat", said).await);
    let bob = operator(&app, "bob").await;
    let page =
        conversations::history(&app, Scope::Operator(&bob), &message.conversation_id, &HistoryQuery::default()).await.unwrap();
    assert_eq!(page.items[0].text, "a\u{fffd}b");
    let file = &page.items[0].attachments[0];
    assert_eq!((file.name.as_str(), file.content_type.as_str(), file.state.as_str()), ("x.html", "application/pdf", "stored"));
}

async fn a_full_queue_refuses_early_and_keeps_what_it_took(store: Store) {
    let mut config = store.config();
    config.intake.queue = 4;
    config.intake.writers = 1;
    // One connection, so that a transaction held open here stops the writer on PostgreSQL as it does on SQLite.
    config.store.max_connections = 1;
    let app = store.app_with(config, Arc::new(trunkline_channel::SystemClock)).await;
    let intake = Arc::new(TestIntake::start(&app).await);
    let blocking = app.db.begin().await.unwrap();
    let mut tasks = tokio::task::JoinSet::new();
    for i in 0..50 {
        let intake = intake.clone();
        let body = serde_json::to_vec(&Said { id: format!("m{i}"), peer: "ann".into(), ..Said::default() }).unwrap();
        tasks.spawn(async move { intake.raw("chat", &format!("m{i}"), body).await });
    }
    // Refusals come at once; what was taken waits for the store.
    let mut refused = 0;
    while refused < 40 {
        let answer = tokio::time::timeout(Duration::from_secs(10), tasks.join_next()).await.unwrap().unwrap().unwrap();
        assert!(matches!(answer, Err(IntakeError::Overloaded { .. })), "{answer:?}");
        refused += 1;
    }
    blocking.rollback().await.unwrap();
    let mut taken = 0;
    while let Some(answer) = tasks.join_next().await {
        match answer.unwrap() {
            Ok(_) => taken += 1,
            Err(error) => assert!(matches!(error, IntakeError::Overloaded { .. }), "{error:?}"),
        }
    }
    let stored: i64 = sql("SELECT CAST(COUNT(*) AS BIGINT) FROM messages").scalar(&app.db).await.unwrap();
    assert!(taken > 0 && stored == taken, "taken {taken}, stored {stored}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_refuses_and_recovers_by_itself() {
    let store = Store::sqlite();
    let app = store.app().await;
    let intake = TestIntake::start(&app).await;
    let limit = |pages: i64| {
        let app = app.app.clone();
        async move {
            let mut tx = app.db.begin().await.unwrap();
            sql(format!("PRAGMA max_page_count = {pages}")).all::<(i64,)>(&mut tx).await.unwrap();
            tx.commit().await.unwrap();
        }
    };
    let pages: i64 = sql("PRAGMA page_count").scalar(&app.db).await.unwrap();
    limit(pages + 8).await;
    let mut taken = Vec::new();
    let refused = loop {
        let id = format!("m{}", taken.len());
        let said = Said { id: id.clone(), peer: "ann".into(), text: "x".repeat(2_000), ..Said::default() };
        match intake.raw("chat", &id, serde_json::to_vec(&said).unwrap()).await {
            Ok(receipt) => taken.push(stored(receipt.outcome).message_id),
            Err(error) => break error,
        }
    };
    assert!(matches!(refused, IntakeError::Unavailable { .. }), "{refused:?}");
    let count: i64 = sql("SELECT COUNT(*) FROM messages").scalar(&app.db).await.unwrap();
    assert_eq!(count, i64::try_from(taken.len()).unwrap(), "nothing taken is missing, nothing refused is stored");
    limit(1_000_000).await;
    intake.text("chat", "after", "ann", "room again").await;
}

async fn an_older_conversation_that_was_reopened_takes_the_next_message(store: Store) {
    let app = store.app().await;
    let intake = TestIntake::start(&app).await;
    let bob = operator(&app, "bob").await;
    let close = || Close { reason: "problem_solved".into(), summary: None };
    intake.lines.options.lock().unwrap().on_closed = OnClosed::New;
    let older = intake.text("chat", "m1", "ann", "one").await.conversation_id;
    conversations::accept(&app, &bob, &older).await.unwrap();
    conversations::close(&app, &bob, &older, close()).await.unwrap();
    app.clock.advance(Duration::from_secs(60));
    let newer = intake.text("chat", "m2", "ann", "two").await.conversation_id;
    assert_ne!(newer, older);
    conversations::accept(&app, &bob, &newer).await.unwrap();
    conversations::close(&app, &bob, &newer, close()).await.unwrap();
    conversations::reopen(&app, &bob, &older).await.unwrap();
    for on_closed in [OnClosed::New, OnClosed::Reopen] {
        intake.lines.options.lock().unwrap().on_closed = on_closed;
        assert_eq!(intake.text("chat", &format!("{on_closed:?}"), "ann", "three").await.conversation_id, older);
    }
}
