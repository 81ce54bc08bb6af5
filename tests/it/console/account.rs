//! What a client needs to know once, and what operators set about themselves.

use std::sync::Arc;

use http::{Method, StatusCode};
use serde_json::{Value, json};
use trunkline::access::Role;
use trunkline::console::MAX_PREFERENCES_BYTES;
use trunkline_channel::SystemClock;

use crate::support::edge::Edge;
use crate::support::{Store, each_store};

each_store! {
    settings_say_what_the_business_has_decided,
    preferences_are_ones_own_and_bounded,
    people_change_their_own_name_and_nothing_else,
}

async fn settings_say_what_the_business_has_decided(store: Store) {
    let mut config = store.config();
    config.server.public_url = "https://chat.example.com/".into();
    config.console.close_reasons = vec!["refunded".into()];
    config.console.warn_after_s = 60;
    let app = store.app_with(config, Arc::new(SystemClock)).await;
    let edge = Edge::start(&app).await;
    let cookie = edge.signed_in("auditor", Role::Auditor).await;
    let settings = edge.call(Method::GET, "/api/v1/settings", &[("cookie", &cookie)], None).await;
    assert_eq!(
        (settings.status, settings.body),
        (
            StatusCode::OK,
            json!({
                "version": env!("CARGO_PKG_VERSION"), "demo": false, "public_url": "https://chat.example.com",
                "waiting": {"warn_after_s": 60, "breach_after_s": 900},
                "close_reasons": ["problem_solved", "customer_not_responding", "transferred_to_specialist", "refunded"],
                "max_upload_bytes": app.config.uploads.max_bytes, "max_attachments": 20, "max_text_chars": 50_000,
                "max_preferences_bytes": 16_384,
            })
        )
    );
    let nobody = edge.call(Method::GET, "/api/v1/settings", &[], None).await;
    assert_eq!(nobody.status, StatusCode::UNAUTHORIZED);
}

async fn preferences_are_ones_own_and_bounded(store: Store) {
    let app = store.live_app().await;
    let edge = Edge::start(&app).await;
    let (ann, bob) = (edge.signed_in("ann", Role::Operator).await, edge.signed_in("bob", Role::Auditor).await);
    let path = "/api/v1/me/preferences";
    let of = async |cookie: &str| edge.call(Method::GET, path, &[("cookie", cookie)], None).await.body;
    let put = async |cookie: &str, body: Value| edge.call(Method::PUT, path, &[("cookie", cookie)], Some(body)).await;
    assert_eq!(of(&ann).await, json!({}));
    let anns = json!({"language": "de", "shortcuts": {"j": "next\u{0}"}, "rules": [1, null, "✓"]});
    let stored = put(&ann, anns.clone()).await;
    assert_eq!((stored.status, &stored.body), (StatusCode::OK, &anns));
    put(&bob, json!({"theme": "dark"})).await;
    assert_eq!((of(&ann).await, of(&bob).await), (anns, json!({"theme": "dark"})));
    put(&bob, json!({"theme": "light"})).await;
    // As large as they may be, and one byte larger.
    let filled = |length: usize| json!({ "x": "a".repeat(length - r#"{"x":""}"#.len()) });
    assert_eq!(put(&ann, filled(MAX_PREFERENCES_BYTES)).await.status, StatusCode::OK);
    let mut deep = json!(1);
    for _ in 0..200 {
        deep = json!([deep]);
    }
    for bad in [filled(MAX_PREFERENCES_BYTES + 1), json!([]), json!("text"), json!(7), json!(null), deep] {
        let refused = put(&ann, bad).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{}", refused.body);
        assert!(refused.body["detail"].as_str().is_some_and(|detail| detail.len() < 500), "{}", refused.body);
    }
    assert_eq!(of(&ann).await, filled(MAX_PREFERENCES_BYTES), "what was refused has changed nothing");
    assert_eq!(of(&bob).await, json!({"theme": "light"}));
}

async fn people_change_their_own_name_and_nothing_else(store: Store) {
    let app = store.live_app().await;
    let edge = Edge::start(&app).await;
    let (ann, bob) = (edge.signed_in("ann", Role::Operator).await, edge.signed_in("bob", Role::Operator).await);
    let me = async |cookie: &str| edge.call(Method::GET, "/api/v1/me", &[("cookie", cookie)], None).await.body;
    let patch = async |body: Value| edge.call(Method::PATCH, "/api/v1/me", &[("cookie", &ann)], Some(body)).await;
    let mut feed = edge.services.hub.subscribe_staff();
    let changed = patch(json!({"name": " Ann Example "})).await;
    assert_eq!((changed.status, &changed.body["name"]), (StatusCode::OK, &json!("Ann Example")));
    let told = tokio::time::timeout(std::time::Duration::from_secs(10), feed.next()).await.unwrap().unwrap();
    assert!(
        matches!(&told, trunkline::realtime::Push::Event(event) if event.payload["operator"]["name"] == "Ann Example"),
        "{told:?}"
    );
    assert_eq!(me(&ann).await["name"], "Ann Example", "the session goes on");
    assert_eq!(me(&bob).await["name"], "bob");
    for bad in [
        json!({"name": "  "}),
        json!({"name": "a\nb"}),
        json!({"name": "x".repeat(201)}),
        json!({"name": 7}),
        json!({"name": null}),
        json!({}),
        json!({"name": "Ann", "role": "admin"}),
    ] {
        let refused = patch(bad).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{}", refused.body);
    }
    let still = me(&ann).await;
    assert_eq!((&still["name"], &still["role"]), (&json!("Ann Example"), &json!("operator")));
}
