//! A request that is sent again because its answer was lost.

use http::{Method, StatusCode};
use serde_json::{Value, json};
use trunkline::access::Role;
use trunkline::db::sql;

use crate::support::edge::{Answer, Edge, PASSWORD};
use crate::support::{Store, each_store};

each_store!(
    a_repeated_request_is_done_once,
    a_key_belongs_to_one_request_and_one_caller,
    a_request_that_runs_is_not_run_again_until_it_is_abandoned,
    secrets_and_failures_are_not_kept,
    answers_are_kept_for_a_day,
);

async fn team(edge: &Edge, cookie: &str, key: &str, name: &str) -> Answer {
    let headers = [("cookie", cookie), ("idempotency-key", key)];
    edge.call(Method::POST, "/api/v1/teams", &headers, Some(json!({"name": name}))).await
}

async fn a_repeated_request_is_done_once(store: Store) {
    let app = store.app().await;
    let edge = Edge::start(&app).await;
    let ann = edge.signed_in("ann", Role::Admin).await;
    let first = team(&edge, &ann, "k1", "Sales").await;
    let again = team(&edge, &ann, "k1", "Sales").await;
    assert_eq!((first.status, again.status), (StatusCode::CREATED, StatusCode::CREATED));
    assert_eq!(first.body, again.body);
    assert_eq!(first.headers["content-type"], again.headers["content-type"]);
    assert!(again.headers.contains_key("idempotency-replayed") && !first.headers.contains_key("idempotency-replayed"));
    // Refusals are repeated as well.
    let refused = team(&edge, &ann, "k2", "Sales").await;
    let again = team(&edge, &ann, "k2", "Sales").await;
    assert_eq!((refused.code(), again.code(), again.status), ("name_taken", "name_taken", StatusCode::CONFLICT));
    assert_eq!(again.headers["content-type"], "application/problem+json");
    // An answer without a body.
    for _ in 0..2 {
        let headers = [("cookie", ann.as_str()), ("idempotency-key", "k3")];
        let answer = edge.call(Method::POST, "/api/v1/me/activity", &headers, None).await;
        assert_eq!((answer.status, answer.body), (StatusCode::NO_CONTENT, Value::Null));
    }

    let at_once = futures_util::future::join_all((0..10).map(|_| team(&edge, &ann, "k4", "Support"))).await;
    let made = at_once.iter().filter(|answer| answer.status == StatusCode::CREATED).count();
    let waiting = at_once.iter().filter(|answer| answer.code() == "in_progress").count();
    assert!(made >= 1 && made + waiting == 10, "{made} {waiting}");
    let teams: i64 = sql("SELECT CAST(COUNT(*) AS BIGINT) FROM teams").scalar(&app.db).await.unwrap();
    assert_eq!(teams, 2);
}

async fn a_key_belongs_to_one_request_and_one_caller(store: Store) {
    let app = store.app().await;
    let edge = Edge::start(&app).await;
    let ann = edge.signed_in("ann", Role::Admin).await;
    let bob = edge.signed_in("bob", Role::Admin).await;
    assert_eq!(team(&edge, &ann, "k", "Sales").await.status, StatusCode::CREATED);
    let other_body = team(&edge, &ann, "k", "Support").await;
    assert_eq!((other_body.status, other_body.code()), (StatusCode::UNPROCESSABLE_ENTITY, "key_reused"));
    let headers = [("cookie", ann.as_str()), ("idempotency-key", "k")];
    let other_path = edge.call(Method::POST, "/api/v1/me/activity", &headers, None).await;
    assert_eq!(other_path.code(), "key_reused");
    assert_eq!(team(&edge, &bob, "k", "Support").await.status, StatusCode::CREATED, "Bob's own key");
    for bad in ["", &"k".repeat(256), "ключ"] {
        assert_eq!(team(&edge, &ann, bad, "x").await.status, StatusCode::BAD_REQUEST, "{bad}");
    }
}

async fn a_request_that_runs_is_not_run_again_until_it_is_abandoned(store: Store) {
    let app = store.app().await;
    let edge = Edge::start(&app).await;
    let ann = edge.signed_in("ann", Role::Admin).await;
    assert_eq!(team(&edge, &ann, "k", "Sales").await.status, StatusCode::CREATED);
    // As a daemon leaves it that died between doing and answering.
    let mut tx = app.db.begin().await.unwrap();
    sql("UPDATE idempotency_keys SET status = NULL, body = NULL").execute(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(team(&edge, &ann, "k", "Sales").await.code(), "in_progress");
    app.clock.advance(std::time::Duration::from_secs(60));
    assert_eq!(team(&edge, &ann, "k", "Sales").await.code(), "name_taken", "run again, by the rules of the operation");
}

async fn secrets_and_failures_are_not_kept(store: Store) {
    let app = store.app().await;
    let edge = Edge::start(&app).await;
    let ann = edge.signed_in("ann", Role::Admin).await;
    let headers = [("cookie", ann.as_str()), ("idempotency-key", "k")];
    let token = async || edge.call(Method::POST, "/api/v1/tokens", &headers, Some(json!({"name": "t"}))).await;
    let (first, second) = (token().await, token().await);
    assert_eq!((first.status, second.status), (StatusCode::CREATED, StatusCode::CREATED));
    assert_ne!(first.body["secret"], second.body["secret"]);
    let new = json!({"email": "bob@example.com", "name": "Bob", "role": "operator", "password": PASSWORD});
    assert_eq!(edge.call(Method::POST, "/api/v1/operators", &headers, Some(new)).await.status, StatusCode::CREATED);
    let kept: Vec<(String, String)> =
        sql("SELECT request_hash, COALESCE(body, '') FROM idempotency_keys").all(&app.db).await.unwrap();
    let text = format!("{kept:?}");
    assert!(kept.len() == 1 && !text.contains(PASSWORD) && !text.contains("tl_"), "{text}");
}

async fn answers_are_kept_for_a_day(store: Store) {
    let app = store.app().await;
    let edge = Edge::start(&app).await;
    let ann = edge.signed_in("ann", Role::Admin).await;
    team(&edge, &ann, "k", "Sales").await;
    app.clock.advance(std::time::Duration::from_secs(24 * 3600 - 1));
    assert_eq!(team(&edge, &ann, "k", "Sales").await.status, StatusCode::CREATED);
    app.clock.advance(std::time::Duration::from_secs(1));
    assert_eq!(team(&edge, &ann, "k", "Sales").await.code(), "name_taken");
}
