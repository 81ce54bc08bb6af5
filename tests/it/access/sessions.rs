//! Signing in and out, the first set-up, and what a cookie is worth.

use http::{Method, StatusCode, header};
use serde_json::json;
use trunkline::access::{Role, create_admin, setup};
use trunkline_channel::Secret;

use crate::support::edge::{Edge, PASSWORD};
use crate::support::{Store, each_store};

each_store!(
    the_set_up_link_makes_one_admin_once,
    a_set_up_link_ends_after_half_an_hour,
    signing_in_and_out,
    every_refusal_to_sign_in_reads_the_same,
    a_session_slides_while_used_and_ends_when_not,
    errors_of_routing_are_problems,
);

async fn the_set_up_link_makes_one_admin_once(store: Store) {
    let app = store.app().await;
    let edge = Edge::start(&app).await;
    let state = edge.call(Method::GET, "/api/v1/setup", &[], None).await;
    assert_eq!(state.body, json!({"open": true, "demo": false}));
    let link = setup::ensure(&app).await.unwrap().unwrap();
    let other_link = setup::ensure(&app).await.unwrap().unwrap();
    let (page, token) = link.split_once("#token=").unwrap();
    assert_eq!(page, "http://127.0.0.1:8080/setup");
    let request =
        |token: &str, password: &str| json!({"token": token, "email": " Ann@Example.com", "name": "Ann", "password": password});
    let set_up = async |body| edge.call(Method::POST, "/api/v1/setup", &[], Some(body)).await;

    let wrong = set_up(request("guessed", PASSWORD)).await;
    assert_eq!((wrong.status, wrong.code()), (StatusCode::FORBIDDEN, "stale_setup_link"));
    let short = set_up(request(token, "too short")).await;
    assert_eq!((short.status, short.body["errors"][0]["pointer"].as_str()), (StatusCode::BAD_REQUEST, Some("/password")));
    let done = set_up(request(token, PASSWORD)).await;
    assert_eq!(done.status, StatusCode::CREATED, "{}", done.body);
    let me = edge.call(Method::GET, "/api/v1/me", &[("cookie", &done.cookie())], None).await;
    assert_eq!((me.body["email"].as_str(), me.body["role"].as_str()), (Some("ann@example.com"), Some("admin")));

    for token in [token, other_link.split_once("#token=").unwrap().1] {
        assert_eq!(set_up(request(token, PASSWORD)).await.code(), "stale_setup_link");
    }
    assert_eq!(setup::ensure(&app).await.unwrap(), None);
    assert_eq!(edge.call(Method::GET, "/api/v1/setup", &[], None).await.body, json!({"open": false, "demo": false}));
}

async fn a_set_up_link_ends_after_half_an_hour(store: Store) {
    let app = store.app().await;
    let edge = Edge::start(&app).await;
    let link = setup::ensure(&app).await.unwrap().unwrap();
    app.clock.advance(std::time::Duration::from_secs(30 * 60));
    let body =
        json!({"token": link.split_once("#token=").unwrap().1, "email": "ann@example.com", "name": "Ann", "password": PASSWORD});
    assert_eq!(edge.call(Method::POST, "/api/v1/setup", &[], Some(body)).await.code(), "stale_setup_link");
}

async fn signing_in_and_out(store: Store) {
    let app = store.app().await;
    let edge = Edge::start(&app).await;
    create_admin(&app, "ann@example.com", "Ann", &Secret::new(PASSWORD)).await.unwrap();
    let here = edge.sign_in("ANN@example.com ", PASSWORD).await;
    assert_eq!(here.status, StatusCode::CREATED);
    assert_eq!(here.body["operator"]["name"], "Ann");
    assert!(here.body["operator"].get("password_hash").is_none());
    let set = here.headers[header::SET_COOKIE].to_str().unwrap().to_owned();
    assert!(set.starts_with("trunkline_session=") && set.contains("HttpOnly; SameSite=Lax"), "{set}");
    let there = edge.sign_in("ann@example.com", PASSWORD).await;
    assert_ne!(here.cookie(), there.cookie());
    let me = async |cookie: &str| edge.call(Method::GET, "/api/v1/me", &[("cookie", cookie)], None).await.status;

    let out = edge.call(Method::DELETE, "/api/v1/sessions/current", &[("cookie", &here.cookie())], None).await;
    assert_eq!(out.status, StatusCode::NO_CONTENT);
    assert_eq!(me(&here.cookie()).await, StatusCode::UNAUTHORIZED);
    assert_eq!(me(&there.cookie()).await, StatusCode::OK);
    let everywhere = edge.call(Method::DELETE, "/api/v1/sessions", &[("cookie", &there.cookie())], None).await;
    assert_eq!(everywhere.status, StatusCode::NO_CONTENT);
    assert_eq!(me(&there.cookie()).await, StatusCode::UNAUTHORIZED);
    let again = edge
        .call(
            Method::POST,
            "/api/v1/sessions",
            &[("cookie", &there.cookie())],
            Some(json!({"email": "ann@example.com", "password": PASSWORD})),
        )
        .await;
    assert_eq!(again.status, StatusCode::CREATED, "an ended session is not in the way");
}

async fn every_refusal_to_sign_in_reads_the_same(store: Store) {
    let app = store.app().await;
    let edge = Edge::start(&app).await;
    edge.signed_in("ann", Role::Operator).await;
    let known = edge.sign_in("ann@example.com", "not the password").await;
    let unknown = edge.sign_in("bob@example.com", "not the password").await;
    let no_address = edge.sign_in("bob", "not the password").await;
    let empty = edge.sign_in("ann@example.com", "").await;
    for refused in [&known, &unknown, &no_address, &empty] {
        assert_eq!((refused.status, refused.code()), (StatusCode::UNAUTHORIZED, "wrong_credentials"));
        assert_eq!(refused.body, known.body);
        assert!(!refused.headers.contains_key(header::SET_COOKIE));
    }
}

async fn a_session_slides_while_used_and_ends_when_not(store: Store) {
    let app = store.app().await;
    let edge = Edge::start(&app).await;
    let cookie = edge.signed_in("ann", Role::Operator).await;
    let me = async || edge.call(Method::GET, "/api/v1/me", &[("cookie", &cookie)], None).await.status;
    let almost = std::time::Duration::from_secs(335 * 3600);
    for _ in 0..2 {
        app.clock.advance(almost);
        assert_eq!(me().await, StatusCode::OK);
    }
    app.clock.advance(std::time::Duration::from_secs(336 * 3600));
    assert_eq!(me().await, StatusCode::UNAUTHORIZED);
}

async fn errors_of_routing_are_problems(store: Store) {
    let app = store.app().await;
    let edge = Edge::start(&app).await;
    let cookie = edge.signed_in("ann", Role::Operator).await;
    for (method, path, status) in [
        (Method::GET, "/api/v1/nothing", StatusCode::NOT_FOUND),
        (Method::PUT, "/api/v1/me", StatusCode::METHOD_NOT_ALLOWED),
        (Method::GET, "/api/v1/conversations?limit=a", StatusCode::BAD_REQUEST),
        (Method::GET, "/api/v1/conversations/not-an-id", StatusCode::NOT_FOUND),
    ] {
        let answer = edge.call(method, path, &[("cookie", &cookie)], None).await;
        assert_eq!(answer.status, status, "{path}");
        assert_eq!(answer.headers[header::CONTENT_TYPE], "application/problem+json", "{path}");
        assert_eq!(answer.body["status"], status.as_u16());
    }
}
