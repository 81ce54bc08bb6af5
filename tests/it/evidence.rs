//! What messages said before, and what their providers sent, over HTTP.

use axum::body::Body;
use http::{Method, Request, StatusCode, header};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tower::ServiceExt;
use trunkline::access::Role;
use trunkline::conversations::{self, Edit, NewReply, Wish};
use trunkline::db::sql;
use trunkline_channel::StoredMessage;

use crate::support::edge::Edge;
use crate::support::lines::{Said, TestIntake, stored};
use crate::support::people::operator;
use crate::support::{Store, each_store};

each_store!(
    earlier_texts_are_kept_in_their_order_whenever_they_come,
    a_deleted_text_is_told_by_its_revisions_alone,
    what_the_provider_sent_is_handed_out_unchanged_and_harmless,
);

fn change(instead: &str, id: &str, text: &str, at: i64) -> Said {
    Said { id: id.into(), peer: "ann".into(), text: text.into(), instead: Some(instead.into()), at: Some(at), ..Said::default() }
}

fn path(message: &StoredMessage, what: &str) -> String {
    format!("/api/v1/conversations/{}/messages/{}/{what}", message.conversation_id, message.message_id)
}

/// (text, until, what ended it) of each revision.
async fn revisions(edge: &Edge, cookie: &str, message: &StoredMessage) -> Vec<(String, i64, String)> {
    let answer = edge.call(Method::GET, &path(message, "revisions"), &[("cookie", cookie)], None).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    let items = answer.body["items"].as_array().unwrap();
    let numbers: Vec<i64> = items.iter().map(|item| item["number"].as_i64().unwrap()).collect();
    assert_eq!(numbers, (1..).take(items.len()).collect::<Vec<i64>>());
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    items.iter().map(|item| (text(&item["text"]), item["at"].as_i64().unwrap(), text(&item["what"]))).collect()
}

fn told(wanted: &[(&str, i64, &str)]) -> Vec<(String, i64, String)> {
    wanted.iter().map(|(text, at, what)| ((*text).to_owned(), *at, (*what).to_owned())).collect()
}

async fn earlier_texts_are_kept_in_their_order_whenever_they_come(store: Store) {
    let app = store.app().await;
    let intake = TestIntake::start(&app).await;
    let edge = Edge::start(&app).await;
    let auditor = edge.signed_in("carol", Role::Auditor).await;
    let after = |seconds: i64| app.now() + seconds * 1_000_000;

    // One before the message itself is there, then the last, then the one between them, twice.
    intake.raw("chat", "1", serde_json::to_vec(&change("edit", "m1", "second", after(10))).unwrap()).await.unwrap();
    let message = intake.text("chat", "m1", "ann", "first").await;
    assert_eq!(revisions(&edge, &auditor, &message).await, told(&[("first", after(10), "edit")]));
    intake.raw("chat", "2", serde_json::to_vec(&change("edit", "m1", "fourth", after(30))).unwrap()).await.unwrap();
    for key in ["3", "4"] {
        intake.raw("chat", key, serde_json::to_vec(&change("edit", "m1", "third", after(20))).unwrap()).await.unwrap();
    }
    let kept = [("first", after(10), "edit"), ("second", after(20), "edit"), ("third", after(30), "edit")];
    assert_eq!(revisions(&edge, &auditor, &message).await, told(&kept));
    // What is said now is no revision, and saying it again makes none.
    intake.raw("chat", "5", serde_json::to_vec(&change("edit", "m1", "fourth", after(40))).unwrap()).await.unwrap();
    assert_eq!(revisions(&edge, &auditor, &message).await.len(), 3);

    // What operators change counts, too.
    let bob = operator(&app, "bob").await;
    let note = NewReply { client_id: "n".into(), kind: Some("note".into()), text: "call her".into(), ..NewReply::default() };
    let note = conversations::reply(&app, &bob, &message.conversation_id, note).await.unwrap();
    let wish = Wish::Edit(Edit { text: "call him".into() });
    conversations::amend(&app, &bob, &message.conversation_id, &note.id, wish).await.unwrap();
    let note = StoredMessage { message_id: note.id, ..message.clone() };
    assert_eq!(revisions(&edge, &auditor, &note).await, told(&[("call her", app.now(), "edit")]));

    let elsewhere = intake.text("chat", "m2", "eve", "hello").await;
    let astray = StoredMessage { message_id: message.message_id.clone(), ..elsewhere };
    for what in ["revisions", "raw"] {
        let refused = edge.call(Method::GET, &path(&astray, what), &[("cookie", &auditor)], None).await;
        assert_eq!((refused.status, refused.code()), (StatusCode::NOT_FOUND, "not_found"), "{what}");
        assert_eq!(edge.call(Method::GET, &path(&message, what), &[], None).await.status, StatusCode::UNAUTHORIZED);
    }
}

async fn a_deleted_text_is_told_by_its_revisions_alone(store: Store) {
    let app = store.app().await;
    let intake = TestIntake::start(&app).await;
    let edge = Edge::start(&app).await;
    let cookie = edge.signed_in("bob", Role::Operator).await;
    let after = |seconds: i64| app.now() + seconds * 1_000_000;
    let message = intake.text("chat", "m1", "ann", "my unlucky charm").await;
    intake.say("chat", change("delete", "m1", "", after(20))).await;
    // An edit that was made before the deletion and comes after it is part of the story, and brings no text back.
    intake.say("chat", change("edit", "m1", "my lucky charm", after(10))).await;
    intake.raw("chat", "later", serde_json::to_vec(&change("edit", "m1", "nobody says this", after(30))).unwrap()).await.unwrap();
    let kept = [("my unlucky charm", after(10), "edit"), ("my lucky charm", after(20), "delete")];
    assert_eq!(revisions(&edge, &cookie, &message).await, told(&kept));

    let of_conversation = format!("/api/v1/conversations/{}", message.conversation_id);
    for path in [
        of_conversation.clone(),
        format!("{of_conversation}/messages"),
        format!("{of_conversation}/context"),
        path(&message, "full"),
        "/api/v1/conversations".to_owned(),
        "/api/v1/search?q=lucky".to_owned(),
        "/api/v1/search?q=unlucky".to_owned(),
    ] {
        let answer = edge.call(Method::GET, &path, &[("cookie", &cookie)], None).await;
        assert!(!answer.body.to_string().contains("charm"), "{path}: {}", answer.body);
    }
    let texts: Vec<(String,)> = sql("SELECT text FROM messages").all(&app.db).await.unwrap();
    assert_eq!(texts, [(String::new(),)]);
    let raw = edge.call(Method::GET, &path(&message, "raw"), &[("cookie", &cookie)], None).await;
    assert_eq!((raw.status, raw.code()), (StatusCode::CONFLICT, "deleted"));
}

async fn what_the_provider_sent_is_handed_out_unchanged_and_harmless(store: Store) {
    let app = store.app().await;
    let intake = TestIntake::start(&app).await;
    let edge = Edge::start(&app).await;
    let cookie = edge.signed_in("bob", Role::Operator).await;
    let mut tx = app.db.begin().await.unwrap();
    sql("UPDATE inboxes SET channel = 'email' WHERE id = 'mail'").execute(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
    for (inbox, content_type, disposition) in [
        ("chat", "text/plain; charset=utf-8", "inline; filename=\"{}.txt\""),
        ("mail", "message/rfc822", "attachment; filename=\"{}.eml\""),
    ] {
        let said = Said { id: "m1".into(), peer: "ann".into(), text: "<script>alert(1)</script>".into(), ..Said::default() };
        let sent = serde_json::to_vec(&said).unwrap();
        let message = stored(intake.say(inbox, said).await);
        let request = Request::get(path(&message, "raw")).header("cookie", &cookie).body(Body::empty()).unwrap();
        let answer = edge.router.clone().oneshot(request).await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        let of = |name| answer.headers()[&name].to_str().unwrap().to_owned();
        assert_eq!(of(header::CONTENT_TYPE), content_type);
        assert_eq!(of(header::CONTENT_DISPOSITION), disposition.replace("{}", &message.message_id));
        assert_eq!(of(header::X_CONTENT_TYPE_OPTIONS), "nosniff");
        assert!(of(header::CONTENT_SECURITY_POLICY).contains("sandbox"));
        assert_eq!(answer.into_body().collect().await.unwrap().to_bytes(), sent);
    }
    // What was written here, nobody sent.
    let message = intake.text("chat", "m1", "ann", "").await;
    let bob = operator(&app, "dora").await;
    let note = NewReply { client_id: "n".into(), kind: Some("note".into()), text: "hm".into(), ..NewReply::default() };
    let note = conversations::reply(&app, &bob, &message.conversation_id, note).await.unwrap();
    let note = StoredMessage { message_id: note.id, ..message };
    let none = edge.call(Method::GET, &path(&note, "raw"), &[("cookie", &cookie)], None).await;
    assert_eq!((none.status, &none.body["code"]), (StatusCode::NOT_FOUND, &json!("not_found")));
}
