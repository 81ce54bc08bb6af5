//! Operators and teams over the API, and what ends when somebody is changed.

use http::{Method, StatusCode};
use serde_json::{Value, json};
use trunkline::access::Role;
use trunkline::db::sql;

use crate::support::edge::{Edge, PASSWORD};
use crate::support::{Store, each_store};

each_store!(
    operators_are_made_listed_and_changed,
    what_nobody_meant_is_refused,
    a_change_of_role_or_password_and_a_disabling_end_everything,
    ones_own_password_is_changed_by_whoever_knows_it,
    the_last_admin_stays,
    teams_have_members,
    availability_and_workload,
    many_sessions_of_one_operator_give_way,
);

const NEW_PASSWORD: &str = "another long password";

async fn me(edge: &Edge, cookie: &str) -> StatusCode {
    edge.call(Method::GET, "/api/v1/me", &[("cookie", cookie)], None).await.status
}

async fn id_of(edge: &Edge, cookie: &str) -> String {
    edge.call(Method::GET, "/api/v1/me", &[("cookie", cookie)], None).await.body["id"].as_str().unwrap().to_owned()
}

async fn operators_are_made_listed_and_changed(store: Store) {
    let app = store.app().await;
    let edge = Edge::start(&app).await;
    let admin = edge.signed_in("ann", Role::Admin).await;
    let call = async |method, path: &str, body| edge.call(method, path, &[("cookie", &admin)], body).await;
    let new = json!({"email": "Bob@example.com", "name": "Bob", "role": "operator", "password": PASSWORD, "skills": ["refunds"]});
    let made = call(Method::POST, "/api/v1/operators", Some(new.clone())).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
    assert_eq!((&made.body["email"], &made.body["capacity"]), (&json!("bob@example.com"), &json!(10)));
    assert!(!made.body.to_string().contains("argon2"), "no hash leaves the house");
    assert_eq!(call(Method::POST, "/api/v1/operators", Some(new)).await.code(), "email_taken");
    assert_eq!(edge.sign_in("bob@example.com", PASSWORD).await.status, StatusCode::CREATED);

    let path = format!("/api/v1/operators/{}", made.body["id"].as_str().unwrap());
    let changed = call(Method::PATCH, &path, Some(json!({"name": "Robert", "capacity": 3, "skills": ["b", "a", "a"]}))).await;
    assert_eq!(changed.status, StatusCode::OK, "{}", changed.body);
    let seen = call(Method::GET, &path, None).await.body;
    assert_eq!((&seen["name"], &seen["capacity"], &seen["skills"]), (&json!("Robert"), &json!(3), &json!(["a", "b"])));
    assert_eq!(call(Method::PATCH, &path, Some(json!({"email": "ann@example.com"}))).await.code(), "email_taken");
    assert_eq!(call(Method::PATCH, "/api/v1/operators/nobody", Some(json!({}))).await.status, StatusCode::NOT_FOUND);

    let first = call(Method::GET, "/api/v1/operators?limit=1", None).await.body;
    assert_eq!(first["items"][0]["name"], "ann");
    let next = format!("/api/v1/operators?limit=1&cursor={}", first["next_cursor"].as_str().unwrap());
    let second = call(Method::GET, &next, None).await.body;
    assert_eq!((&second["items"][0]["name"], &second["next_cursor"]), (&json!("Robert"), &Value::Null));

    let told: Vec<(String,)> =
        sql("SELECT payload FROM events WHERE kind = 'operator.updated' ORDER BY seq").all(&app.db).await.unwrap();
    assert_eq!(told.len(), 2, "made and changed");
    assert!(told.iter().all(|(payload,)| payload.contains("bob@example.com") && !payload.contains("argon2")));
}

async fn what_nobody_meant_is_refused(store: Store) {
    let app = store.app().await;
    let edge = Edge::start(&app).await;
    let admin = edge.signed_in("ann", Role::Admin).await;
    let path = format!("/api/v1/operators/{}", id_of(&edge, &admin).await);
    let rows = async || {
        let text: Vec<(String, String, String)> =
            sql("SELECT id, email, password_hash FROM operators").all(&app.db).await.unwrap();
        text
    };
    let before = rows().await;
    for column in
        ["id", "password_hash", "availability", "last_active_at", "disabled_at", "created_at", "updated_at", "account_id"]
    {
        let changed = edge.call(Method::PATCH, &path, &[("cookie", &admin)], Some(json!({column: "x"}))).await;
        assert_eq!(changed.status, StatusCode::BAD_REQUEST, "{column}: {}", changed.body);
    }
    for (field, value) in [
        ("role", json!("owner")),
        ("capacity", json!(-1)),
        ("capacity", json!(1001)),
        ("name", json!(" ")),
        ("email", json!("ann")),
        ("password", json!("short")),
        ("skills", json!([""])),
    ] {
        let mut body = json!({"email": "bob@example.com", "name": "Bob", "role": "operator", "password": PASSWORD});
        body[field] = value.clone();
        for (method, path, body) in
            [(Method::POST, "/api/v1/operators", body), (Method::PATCH, path.as_str(), json!({field: value}))]
        {
            let answer = edge.call(method, path, &[("cookie", &admin)], Some(body)).await;
            assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{field}: {}", answer.body);
        }
    }
    assert_eq!(rows().await, before);
}

async fn a_change_of_role_or_password_and_a_disabling_end_everything(store: Store) {
    let app = store.app().await;
    let edge = Edge::start(&app).await;
    let admin = edge.signed_in("ann", Role::Admin).await;
    let mut password = PASSWORD;
    edge.signed_in("bob", Role::Operator).await;
    for change in [json!({"role": "supervisor"}), json!({"password": NEW_PASSWORD}), json!({"disabled": true})] {
        let cookie = edge.sign_in("bob@example.com", password).await.cookie();
        let token = edge.call(Method::POST, "/api/v1/tokens", &[("cookie", &cookie)], Some(json!({"name": "t"}))).await;
        let bearer = format!("Bearer {}", token.body["secret"].as_str().unwrap());
        let by_token = async || edge.call_bare(Method::GET, "/api/v1/me", &[("authorization", &bearer)], None).await.status;
        assert_eq!((me(&edge, &cookie).await, by_token().await), (StatusCode::OK, StatusCode::OK));

        let path = format!("/api/v1/operators/{}", id_of(&edge, &cookie).await);
        let harmless = edge.call(Method::PATCH, &path, &[("cookie", &admin)], Some(json!({"name": "Bob"}))).await;
        assert_eq!(harmless.status, StatusCode::OK);
        assert_eq!((me(&edge, &cookie).await, by_token().await), (StatusCode::OK, StatusCode::OK));

        let changed = edge.call(Method::PATCH, &path, &[("cookie", &admin)], Some(change.clone())).await;
        assert_eq!(changed.status, StatusCode::OK, "{}", changed.body);
        let ended = (StatusCode::UNAUTHORIZED, StatusCode::UNAUTHORIZED);
        assert_eq!((me(&edge, &cookie).await, by_token().await), ended, "{change}");
        if change.get("password").is_some() {
            password = NEW_PASSWORD;
        }
        let again = edge.sign_in("bob@example.com", password).await;
        assert_eq!(again.status == StatusCode::CREATED, change.get("disabled").is_none(), "{change}");
        if change.get("disabled").is_some() {
            assert_eq!(again.code(), "wrong_credentials", "no word about the account");
        }
    }
}

async fn ones_own_password_is_changed_by_whoever_knows_it(store: Store) {
    let app = store.app().await;
    let edge = Edge::start(&app).await;
    let here = edge.signed_in("ann", Role::Auditor).await;
    let there = edge.sign_in("ann@example.com", PASSWORD).await.cookie();
    let change = async |current: &str, new: &str| {
        let body = json!({"current_password": current, "new_password": new});
        edge.call(Method::PUT, "/api/v1/me/password", &[("cookie", &here)], Some(body)).await
    };
    assert_eq!(change("not it, really", NEW_PASSWORD).await.code(), "wrong_credentials");
    assert_eq!(change(PASSWORD, "short").await.status, StatusCode::BAD_REQUEST);
    let changed = change(PASSWORD, NEW_PASSWORD).await;
    assert_eq!(changed.status, StatusCode::NO_CONTENT, "{}", changed.body);
    assert_eq!(me(&edge, &changed.cookie()).await, StatusCode::OK, "a new session");
    assert_eq!((me(&edge, &here).await, me(&edge, &there).await), (StatusCode::UNAUTHORIZED, StatusCode::UNAUTHORIZED));
    assert_eq!(edge.sign_in("ann@example.com", PASSWORD).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(edge.sign_in("ann@example.com", NEW_PASSWORD).await.status, StatusCode::CREATED);
}

async fn the_last_admin_stays(store: Store) {
    let app = store.app().await;
    let edge = Edge::start(&app).await;
    let ann = edge.signed_in("ann", Role::Admin).await;
    let ann_path = format!("/api/v1/operators/{}", id_of(&edge, &ann).await);
    let change = async |path: &str, body| edge.call(Method::PATCH, path, &[("cookie", &ann)], Some(body)).await;
    assert_eq!(change(&ann_path, json!({"disabled": true})).await.code(), "last_admin");
    assert_eq!(change(&ann_path, json!({"role": "operator"})).await.code(), "last_admin");
    let bob = edge.signed_in("bob", Role::Admin).await;
    let bob_path = format!("/api/v1/operators/{}", id_of(&edge, &bob).await);

    // Each disables the other at the same moment: one of them stays.
    let by_bob = [("cookie", bob.as_str())];
    let (first, second) = tokio::join!(
        change(&bob_path, json!({"disabled": true})),
        edge.call(Method::PATCH, &ann_path, &by_bob, Some(json!({"disabled": true}))),
    );
    let done = [&first, &second].iter().filter(|answer| answer.status == StatusCode::OK).count();
    assert_eq!(done, 1, "{} {}", first.body, second.body);
    let left: i64 = sql("SELECT CAST(COUNT(*) AS BIGINT) FROM operators WHERE role = 'admin' AND disabled_at IS NULL")
        .scalar(&app.db)
        .await
        .unwrap();
    assert_eq!(left, 1);
}

async fn teams_have_members(store: Store) {
    let app = store.app().await;
    let edge = Edge::start(&app).await;
    let admin = edge.signed_in("ann", Role::Admin).await;
    let ann = id_of(&edge, &admin).await;
    let call = async |method, path: &str, body| edge.call(method, path, &[("cookie", &admin)], body).await;
    let made = call(Method::POST, "/api/v1/teams", Some(json!({"name": "Sales"}))).await;
    assert_eq!(made.status, StatusCode::CREATED);
    assert_eq!(call(Method::POST, "/api/v1/teams", Some(json!({"name": " Sales"}))).await.code(), "name_taken");
    let path = format!("/api/v1/teams/{}", made.body["id"].as_str().unwrap());
    let member = format!("{path}/members/{ann}");
    for _ in 0..2 {
        assert_eq!(call(Method::PUT, &member, None).await.status, StatusCode::NO_CONTENT);
    }
    assert_eq!(call(Method::PUT, &format!("{path}/members/nobody"), None).await.status, StatusCode::NOT_FOUND);
    let renamed = call(Method::PATCH, &path, Some(json!({"name": "Support"}))).await;
    assert_eq!(renamed.body["members"], json!([{"id": ann, "name": "ann"}]));
    let all = call(Method::GET, "/api/v1/teams", None).await.body;
    assert_eq!((&all["items"][0]["name"], all["items"].as_array().unwrap().len()), (&json!("Support"), 1));
    assert_eq!(call(Method::DELETE, &member, None).await.status, StatusCode::NO_CONTENT);
    assert_eq!(call(Method::DELETE, &member, None).await.status, StatusCode::NOT_FOUND);
    assert_eq!(call(Method::DELETE, &path, None).await.status, StatusCode::NO_CONTENT);
    assert_eq!(call(Method::DELETE, &path, None).await.status, StatusCode::NOT_FOUND);
}

async fn availability_and_workload(store: Store) {
    let app = store.app().await;
    let edge = Edge::start(&app).await;
    let ann = edge.signed_in("ann", Role::Operator).await;
    let call = async |method, path: &str, body| edge.call(method, path, &[("cookie", &ann)], body).await;
    let set = call(Method::PUT, "/api/v1/me/availability", Some(json!({"availability": "away"}))).await;
    assert_eq!(set.status, StatusCode::NO_CONTENT);
    assert_eq!(
        call(Method::PUT, "/api/v1/me/availability", Some(json!({"availability": "asleep"}))).await.status,
        StatusCode::BAD_REQUEST
    );
    let path = format!("/api/v1/operators/{}/workload", id_of(&edge, &ann).await);
    let load = call(Method::GET, &path, None).await.body;
    assert_eq!(
        (&load["availability"], &load["active_conversations"], &load["free_slots"]),
        (&json!("away"), &json!(0), &json!(10))
    );
    assert_eq!(call(Method::POST, "/api/v1/me/activity", None).await.status, StatusCode::NO_CONTENT);
    let me = call(Method::GET, "/api/v1/me", None).await.body;
    assert_eq!((&me["availability"], &me["last_active_at"]), (&json!("online"), &json!(app.now())));
}

async fn many_sessions_of_one_operator_give_way(store: Store) {
    let app = store.app().await;
    let edge = Edge::start(&app).await;
    let oldest = edge.signed_in("ann", Role::Operator).await;
    app.clock.advance(std::time::Duration::from_secs(1));
    for _ in 0..49 {
        assert_eq!(edge.sign_in("ann@example.com", PASSWORD).await.status, StatusCode::CREATED);
    }
    assert_eq!(me(&edge, &oldest).await, StatusCode::OK);
    edge.sign_in("ann@example.com", PASSWORD).await;
    assert_eq!(me(&edge, &oldest).await, StatusCode::UNAUTHORIZED);
}
