//! API tokens: shown once, no stronger than their owner, over when revoked or too old.

use http::{Method, StatusCode};
use serde_json::json;
use trunkline::access::Role;
use trunkline::db::sql;

use crate::support::edge::{Answer, Edge};
use crate::support::{Store, each_store};

each_store!(a_token_works_until_it_is_revoked, a_token_ends_when_it_said, nobody_makes_a_token_stronger_than_oneself);

async fn create(edge: &Edge, cookie: &str, body: serde_json::Value) -> Answer {
    edge.call(Method::POST, "/api/v1/tokens", &[("cookie", cookie)], Some(body)).await
}

async fn me(edge: &Edge, secret: &str) -> Answer {
    edge.call_bare(Method::GET, "/api/v1/me", &[("authorization", &format!("Bearer {secret}"))], None).await
}

async fn a_token_works_until_it_is_revoked(store: Store) {
    let app = store.app().await;
    let edge = Edge::start(&app).await;
    let ann = edge.signed_in("ann", Role::Operator).await;
    let bob = edge.signed_in("bob", Role::Operator).await;
    let made = create(&edge, &ann, json!({"name": "importer"})).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
    let (secret, id) = (made.body["secret"].as_str().unwrap(), made.body["token"]["id"].as_str().unwrap());
    assert!(secret.starts_with("tl_") && secret.len() > 40);
    let stored: Vec<(String,)> = sql("SELECT token_hash FROM api_tokens").all(&app.db).await.unwrap();
    assert!(stored.len() == 1 && stored[0].0 != secret && !stored[0].0.contains(&secret[3..]));

    assert_eq!(me(&edge, secret).await.body["name"], "ann");
    // A program has no page whose origin could be asked for.
    let body = Some(json!({"availability": "away"}));
    let by_token = [("authorization", format!("Bearer {secret}"))].map(|(name, value)| (name, value));
    let headers: Vec<(&str, &str)> = by_token.iter().map(|(name, value)| (*name, value.as_str())).collect();
    assert_eq!(edge.call_bare(Method::PUT, "/api/v1/me/availability", &headers, body).await.status, StatusCode::NO_CONTENT);

    let list = async |cookie: &str| edge.call(Method::GET, "/api/v1/tokens", &[("cookie", cookie)], None).await.body;
    let listed = list(&ann).await;
    assert_eq!((&listed["items"][0]["name"], &listed["items"][0]["last_used_at"]), (&json!("importer"), &json!(app.now())));
    assert!(!listed.to_string().contains(secret), "shown once");
    assert_eq!(list(&bob).await["items"], json!([]));

    let path = format!("/api/v1/tokens/{id}");
    assert_eq!(edge.call(Method::DELETE, &path, &[("cookie", &bob)], None).await.status, StatusCode::NOT_FOUND, "not Bob's");
    assert_eq!(me(&edge, secret).await.status, StatusCode::OK);
    assert_eq!(edge.call(Method::DELETE, &path, &[("cookie", &ann)], None).await.status, StatusCode::NO_CONTENT);
    assert_eq!(me(&edge, secret).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(edge.call(Method::DELETE, &path, &[("cookie", &ann)], None).await.status, StatusCode::NOT_FOUND);
}

async fn a_token_ends_when_it_said(store: Store) {
    let app = store.app().await;
    let edge = Edge::start(&app).await;
    let ann = edge.signed_in("ann", Role::Operator).await;
    let past = create(&edge, &ann, json!({"name": "t", "expires_at": app.now()})).await;
    assert_eq!(past.status, StatusCode::BAD_REQUEST);
    let made = create(&edge, &ann, json!({"name": "t", "expires_at": app.now() + 60_000_000})).await;
    let secret = made.body["secret"].as_str().unwrap();
    assert_eq!(me(&edge, secret).await.status, StatusCode::OK);
    app.clock.advance(std::time::Duration::from_secs(60));
    assert_eq!(me(&edge, secret).await.status, StatusCode::UNAUTHORIZED);
}

async fn nobody_makes_a_token_stronger_than_oneself(store: Store) {
    let app = store.app().await;
    let edge = Edge::start(&app).await;
    let supervisor = edge.signed_in("ann", Role::Supervisor).await;
    for (role, status) in [
        ("operator", StatusCode::CREATED),
        ("supervisor", StatusCode::CREATED),
        ("admin", StatusCode::FORBIDDEN),
        ("auditor", StatusCode::FORBIDDEN),
    ] {
        assert_eq!(create(&edge, &supervisor, json!({"name": "t", "role": role})).await.status, status, "{role}");
    }
    let weak = create(&edge, &supervisor, json!({"name": "t", "role": "operator"})).await;
    let bearer = format!("Bearer {}", weak.body["secret"].as_str().unwrap());
    let headers = [("authorization", bearer.as_str())];
    let assign = edge.call_bare(Method::POST, "/api/v1/conversations/x/assign", &headers, Some(json!({}))).await;
    assert_eq!(assign.status, StatusCode::FORBIDDEN, "a supervisor's token with an operator's rights");
    let another = edge.call_bare(Method::POST, "/api/v1/tokens", &headers, Some(json!({"name": "t"}))).await;
    assert_eq!(another.status, StatusCode::FORBIDDEN, "a token makes no token");
}
