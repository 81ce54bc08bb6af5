//! Guessing passwords: slow for one account, slow from one address.

use http::{Method, StatusCode, header};
use serde_json::json;
use trunkline::access::Role;

use crate::support::edge::{Edge, PASSWORD};
use crate::support::{Store, each_store};

each_store!(guessing_is_slowed_down, many_sign_ins_at_once_are_held_back);

async fn guessing_is_slowed_down(store: Store) {
    let app = store.app().await;
    let edge = Edge::start(&app).await;
    edge.signed_in("ann", Role::Operator).await;
    for _ in 0..5 {
        assert_eq!(edge.sign_in("ann@example.com", "wrong password").await.status, StatusCode::UNAUTHORIZED);
        assert_eq!(edge.sign_in("nobody@example.com", "wrong password").await.status, StatusCode::UNAUTHORIZED);
    }
    let known = edge.sign_in("ann@example.com", "wrong password").await;
    let unknown = edge.sign_in("nobody@example.com", "wrong password").await;
    for refused in [&known, &unknown] {
        assert_eq!(
            (refused.status, &refused.headers[header::RETRY_AFTER]),
            (StatusCode::TOO_MANY_REQUESTS, &"12".parse().unwrap())
        );
    }
    assert_eq!(known.body, unknown.body);
    assert_eq!(edge.sign_in("ann@example.com", PASSWORD).await.status, StatusCode::TOO_MANY_REQUESTS, "the right one as well");
    app.clock.advance(std::time::Duration::from_secs(12));
    assert_eq!(edge.sign_in("ann@example.com", PASSWORD).await.status, StatusCode::CREATED);
    app.clock.advance(std::time::Duration::from_secs(60));
    for n in 0..20 {
        let account = format!("somebody{n}@example.com");
        assert_eq!(edge.sign_in(&account, "wrong password").await.status, StatusCode::UNAUTHORIZED);
    }
    assert_eq!(edge.sign_in("somebody20@example.com", "wrong password").await.status, StatusCode::TOO_MANY_REQUESTS);
}

async fn many_sign_ins_at_once_are_held_back(store: Store) {
    let app = store.app().await;
    let edge = Edge::start(&app).await;
    edge.signed_in("ann", Role::Operator).await;
    let guesses = (0..200).map(|n| {
        let body = json!({"email": "ann@example.com", "password": format!("wrong password {n}")});
        edge.call(Method::POST, "/api/v1/sessions", &[], Some(body))
    });
    let answers = futures_util::future::join_all(guesses).await;
    let tried = answers.iter().filter(|answer| answer.status == StatusCode::UNAUTHORIZED).count();
    let held_back = answers.iter().filter(|answer| answer.status == StatusCode::TOO_MANY_REQUESTS).count();
    assert_eq!((tried, held_back), (5, 195));
}
