//! Our own sends as a provider shows them back: marked and unmarked, early and late, and what the business wrote elsewhere.

use std::sync::Arc;

use serde_json::Value;
use trunkline::db::sql;
use trunkline_channel::{Ambiguity, Outcome, StoredMessage};

use super::scripted::{Answer, Scripted, capabilities, maybe, reply, stands, start, until_calls, until_state};
use crate::support::lines::{Said, TestIntake, stored};
use crate::support::{Store, TestApp, each_store, eventually};

each_store!(
    a_marked_echo_settles_a_send_in_doubt_and_is_no_message,
    a_marked_echo_before_our_send_returned_is_a_receipt,
    an_unmarked_echo_before_our_send_returned_gives_way_to_it,
    an_echo_and_a_send_at_the_same_moment_are_one_message,
    what_the_business_wrote_elsewhere_joins_the_thread,
);

/// What the provider shows of a message of ours; it calls messages by their text, as [`Scripted`] does.
fn echo(text: &str, tag: Option<&str>) -> Said {
    Said {
        id: format!("p-{text}"),
        peer: "ann".into(),
        text: text.into(),
        outbound: true,
        tag: tag.map(str::to_owned),
        ..Said::default()
    }
}

async fn opened(app: &TestApp) -> (TestIntake, String) {
    let intake = TestIntake::start(app).await;
    let conversation = intake.text("chat", "m1", "ann", "hello").await.conversation_id;
    (intake, conversation)
}

async fn texts(app: &TestApp) -> Vec<String> {
    let rows: Vec<(String,)> = sql("SELECT text FROM messages ORDER BY number, id").all(&app.db).await.unwrap();
    rows.into_iter().map(|(text,)| text).collect()
}

async fn a_marked_echo_settles_a_send_in_doubt_and_is_no_message(store: Store) {
    let app = store.app().await;
    let (intake, conversation) = opened(&app).await;
    let scripted = Scripted::new(&app, capabilities(Ambiguity::AskOperator));
    scripted.then_fails(maybe());
    let _running = start(&app, [("chat", &scripted)]);
    let doubtful = reply(&app, "chat", &conversation, "one").await;
    let next = reply(&app, "chat", &conversation, "two").await;
    until_state(&app, &doubtful, "uncertain").await;
    let seen = stored(intake.say("chat", echo("one", Some(&doubtful))).await);
    assert_eq!((&seen.message_id, &seen.conversation_id, seen.number), (&doubtful, &conversation, 2));
    assert_eq!(stands(&app, &doubtful).await, ("sent".into(), "sent".into(), 1));
    until_state(&app, &next, "sent").await;
    // The same echo in another raw event is known by its id, also without its mark.
    let body = serde_json::to_vec(&echo("one", None)).unwrap();
    assert_eq!(stored(intake.raw("chat", "again", body).await.unwrap().outcome), seen);
    // A second part of the same message, after its delivery has ended.
    let part = Said { id: "p-one-2".into(), ..echo("one", Some(&doubtful)) };
    assert_eq!(stored(intake.say("chat", part).await).message_id, doubtful);
    assert_eq!(texts(&app).await, ["hello", "one", "two"]);
}

async fn a_marked_echo_before_our_send_returned_is_a_receipt(store: Store) {
    let app = store.app().await;
    let (intake, conversation) = opened(&app).await;
    let scripted = Scripted::new(&app, capabilities(Ambiguity::AskOperator));
    scripted.then(Answer::Hang);
    let _running = start(&app, [("chat", &scripted)]);
    let id = reply(&app, "chat", &conversation, "one").await;
    until_calls(&scripted, 1).await;
    // News about the id, before anybody knows whose it is.
    let read = Said { id: "p-one".into(), instead: Some("read".into()), ..Said::default() };
    intake.say("chat", read).await;
    intake.say("chat", echo("one", Some(&id))).await;
    assert_eq!(stands(&app, &id).await.0, "read");
    scripted.release();
    let next = reply(&app, "chat", &conversation, "two").await;
    until_state(&app, &next, "sent").await;
    assert_eq!(stands(&app, &id).await, ("read".into(), "read".into(), 1));
    assert_eq!(texts(&app).await, ["hello", "one", "two"]);
}

async fn an_unmarked_echo_before_our_send_returned_gives_way_to_it(store: Store) {
    let app = store.app().await;
    let (intake, conversation) = opened(&app).await;
    let scripted = Scripted::new(&app, capabilities(Ambiguity::AskOperator));
    scripted.then(Answer::Hang);
    let _running = start(&app, [("chat", &scripted)]);
    let ours = reply(&app, "chat", &conversation, "one").await;
    until_calls(&scripted, 1).await;
    let theirs = stored(intake.say("chat", echo("one", None)).await);
    assert_ne!(theirs.message_id, ours);
    let reaction =
        Said { id: "p-one".into(), peer: "ann".into(), text: "👍".into(), instead: Some("react".into()), ..Said::default() };
    intake.say("chat", reaction).await;
    let answer = Said { id: "m2".into(), peer: "ann".into(), reply_to: Some("p-one".into()), ..Said::default() };
    let answer = stored(intake.say("chat", answer).await);
    scripted.release();
    until_state(&app, &ours, "sent").await;
    assert_eq!(texts(&app).await, ["hello", "one", ""]);
    let kept: (String,) = sql("SELECT message_id FROM reactions").one(&app.db).await.unwrap();
    assert_eq!(kept.0, ours, "what was done to the echo is done to our message");
    let reply_to: Option<String> =
        sql("SELECT reply_to FROM messages WHERE id = $1").bind(&answer.message_id).scalar(&app.db).await.unwrap();
    assert_eq!(reply_to.as_deref(), Some(ours.as_str()));
    let told: String = sql("SELECT payload FROM events WHERE kind = 'message.deleted'").scalar(&app.db).await.unwrap();
    let told: Value = serde_json::from_str(&told).unwrap();
    assert_eq!(
        (told["message"]["id"].as_str(), told["replaced_by"].as_str()),
        (Some(theirs.message_id.as_str()), Some(ours.as_str()))
    );
    let body = serde_json::to_vec(&echo("one", None)).unwrap();
    assert_eq!(stored(intake.raw("chat", "again", body).await.unwrap().outcome).message_id, ours);
}

async fn an_echo_and_a_send_at_the_same_moment_are_one_message(store: Store) {
    let app = store.app().await;
    let (intake, conversation) = opened(&app).await;
    let intake = Arc::new(intake);
    let scripted = Scripted::new(&app, capabilities(Ambiguity::AskOperator));
    let _running = start(&app, [("chat", &scripted)]);
    let mut expected = vec!["hello".to_owned()];
    for round in 0..20 {
        let text = format!("{round:02}");
        scripted.then(Answer::Hang);
        let id = reply(&app, "chat", &conversation, &text).await;
        until_calls(&scripted, round + 1).await;
        let (told, said) = (intake.clone(), echo(&text, None));
        let telling = tokio::spawn(async move { told.say("chat", said).await });
        scripted.release();
        let outcome = telling.await.unwrap();
        assert!(matches!(outcome, Outcome::Applied { .. } | Outcome::Duplicate { .. }), "{outcome:?}");
        until_state(&app, &id, "sent").await;
        expected.push(text);
    }
    eventually("one message of each", || async { (texts(&app).await == expected).then_some(()) }).await;
}

async fn what_the_business_wrote_elsewhere_joins_the_thread(store: Store) {
    let app = store.app().await;
    let (intake, conversation) = opened(&app).await;
    let elsewhere = |id: &str| Said { id: id.into(), ..echo("from the phone", Some("another program's mark")) };
    let first: StoredMessage = stored(intake.say("chat", elsewhere("x1")).await);
    assert_eq!((&first.conversation_id, first.number), (&conversation, 2));
    let facts = || async {
        sql("SELECT state, waiting_since, last_sender FROM conversations WHERE id = $1")
            .bind(&conversation)
            .one::<(String, Option<i64>, String)>(&app.db)
            .await
            .unwrap()
    };
    assert_eq!(facts().await, ("new".into(), None, "operator".into()), "the customer has an answer");
    let end = Said { id: "end".into(), peer: "ann".into(), instead: Some("end".into()), ..Said::default() };
    intake.say("chat", end).await;
    assert_eq!(stored(intake.say("chat", elsewhere("x2")).await).conversation_id, conversation);
    assert_eq!(facts().await.0, "closed", "our own words reopen nothing");
}
