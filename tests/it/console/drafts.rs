//! What was begun in one browser is gone on with in another.

use std::time::Duration;

use http::{Method, StatusCode};
use serde_json::{Value, json};
use trunkline::access::Role;
use trunkline::console::MAX_DRAFT_BYTES;

use crate::support::edge::{Edge, PASSWORD};
use crate::support::lines::TestIntake;
use crate::support::{Store, each_store};

each_store!(drafts_are_ones_own_and_bounded, a_draft_nobody_went_on_with_is_forgotten);

const DAY: Duration = Duration::from_secs(24 * 3_600);

/// A conversation that a customer has begun.
async fn conversation(intake: &TestIntake, of: &str) -> String {
    intake.text("chat", &format!("m-{of}"), of, "Hello").await.conversation_id
}

async fn drafts_are_ones_own_and_bounded(store: Store) {
    let app = store.app().await;
    let edge = Edge::start(&app).await;
    let intake = TestIntake::start(&app).await;
    let path = format!("/api/v1/conversations/{}/drafts", conversation(&intake, "ann").await);
    let other = format!("/api/v1/conversations/{}/drafts", conversation(&intake, "ben").await);
    let (bob, carol) = (edge.signed_in("bob", Role::Operator).await, edge.signed_in("carol", Role::Operator).await);
    let call = async |who: &str, method: Method, path: &str, body: Option<Value>| {
        let answer = edge.call(method, path, &[("cookie", who)], body).await;
        (answer.status, answer.body)
    };
    let of = async |who: &str, path: &str| call(who, Method::GET, path, None).await.1;
    let put = async |who: &str, kind: &str, body: Value| call(who, Method::PUT, &format!("{path}/{kind}"), Some(body)).await;
    let none = json!({"reply": null, "note": null});
    assert_eq!(of(&bob, &path).await, none);

    let begun = json!({"text": "Dear \u{0} Ann ✓", "missing": [1, null]});
    let (status, kept) = put(&bob, "reply", begun.clone()).await;
    assert_eq!((status, &kept["value"], &kept["updated_at"]), (StatusCode::OK, &begun, &json!(app.now())));
    app.clock.advance(Duration::from_secs(1));
    let (_, note) = put(&bob, "note", json!({"text": "careful"})).await;
    assert_eq!(of(&bob, &path).await, json!({"reply": kept, "note": note}));
    let (_, again) = put(&bob, "reply", json!({"text": "Dear Ann,"})).await;
    assert_ne!(kept["updated_at"], again["updated_at"]);
    assert_eq!(of(&bob, &path).await["reply"], again, "the last one counts");
    assert_eq!((of(&carol, &path).await, of(&bob, &other).await), (none.clone(), none.clone()), "of one person and conversation");

    // As large as it may be, and one byte larger.
    let filled = |length: usize| json!({ "text": "a".repeat(length - r#"{"text":""}"#.len()) });
    assert_eq!(put(&carol, "note", filled(MAX_DRAFT_BYTES)).await.0, StatusCode::OK);
    for bad in [filled(MAX_DRAFT_BYTES + 1), json!([]), json!("text"), json!(null)] {
        assert_eq!(put(&carol, "note", bad).await.0, StatusCode::BAD_REQUEST);
    }
    assert_eq!(of(&carol, &path).await["note"]["value"], filled(MAX_DRAFT_BYTES), "what was refused has changed nothing");
    assert_eq!(put(&bob, "summary", json!({})).await.0, StatusCode::NOT_FOUND);
    let nowhere = "/api/v1/conversations/no-such-id/drafts";
    let (status, problem) = call(&bob, Method::PUT, &format!("{nowhere}/reply"), Some(json!({}))).await;
    assert_eq!((status, &problem["code"]), (StatusCode::NOT_FOUND, &json!("not_found")));
    assert_eq!(of(&bob, nowhere).await, none);

    // Sent, twice told.
    for _ in 0..2 {
        assert_eq!(call(&bob, Method::DELETE, &format!("{path}/reply"), None).await.0, StatusCode::NO_CONTENT);
    }
    assert_eq!(of(&bob, &path).await, json!({"reply": null, "note": note}));
}

async fn a_draft_nobody_went_on_with_is_forgotten(store: Store) {
    let app = store.app().await;
    let edge = Edge::start(&app).await;
    let intake = TestIntake::start(&app).await;
    let path = format!("/api/v1/conversations/{}/drafts", conversation(&intake, "ann").await);
    edge.signed_in("bob", Role::Operator).await;
    let kept = async || {
        let (mut tx, rows) = (app.db.begin().await.unwrap(), trunkline::db::sql("SELECT kind FROM drafts"));
        rows.all::<(String,)>(&mut tx).await.unwrap().len()
    };
    let put = async |kind: &str| {
        let bob = edge.sign_in("bob@example.com", PASSWORD).await.cookie();
        let put = edge.call(Method::PUT, &format!("{path}/{kind}"), &[("cookie", &bob)], Some(json!({"text": kind}))).await;
        assert_eq!(put.status, StatusCode::OK, "{}", put.body);
        edge.call(Method::GET, &path, &[("cookie", &bob)], None).await.body
    };
    put("reply").await;
    app.clock.advance(DAY * 14);
    assert_eq!(put("note").await["reply"]["value"], json!({"text": "reply"}));
    app.clock.advance(DAY * 2);
    assert_eq!((put("note").await["reply"].clone(), kept().await), (json!(null), 1));
}
