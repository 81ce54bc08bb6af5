//! Every route of the API, called by everybody, through the real router: the answer is of the class that the table says.
//! The routes come from the API document, so that a new one without an entry in the table fails here.

use http::{Method, StatusCode};
use serde_json::json;
use trunkline::access::{Role, Visitor, visitor_token};
use trunkline::db::sql;
use trunkline::http::roles::{For, TABLE, find};

use crate::support::edge::Edge;
use crate::support::{Store, each_store};

each_store!(everybody_calls_every_route);

/// Every method and path of the API document.
fn routes() -> Vec<(Method, String)> {
    let document = serde_json::to_value(trunkline::http::openapi()).unwrap();
    let paths = document["paths"].as_object().unwrap();
    let methods = |(path, item): (&String, &serde_json::Value)| {
        let path = path.clone();
        let methods = item.as_object().unwrap().keys().filter_map(|key| Method::from_bytes(key.to_uppercase().as_bytes()).ok());
        methods
            .filter(|method| ["GET", "POST", "PUT", "PATCH", "DELETE"].contains(&method.as_str()))
            .map(move |method| (method, path.clone()))
            .collect::<Vec<_>>()
    };
    paths.iter().flat_map(methods).collect()
}

#[test]
fn every_route_has_one_entry_and_every_entry_a_route() {
    let routes = routes();
    assert!(routes.len() > 40, "{}", routes.len());
    let missing: Vec<_> = routes.iter().filter(|(method, path)| find(method, path).is_none()).collect();
    assert!(missing.is_empty(), "without an entry: {missing:?}");
    for (method, path, _) in TABLE.iter().filter(|(method, _, _)| *method != "*") {
        assert!(routes.iter().any(|(m, p)| m == method && p == path), "no such route: {method} {path}");
        assert_eq!(TABLE.iter().filter(|(m, p, _)| m == method && p == path).count(), 1, "twice: {method} {path}");
    }
}

#[test]
fn auditors_change_nothing_but_their_own_account() {
    for (method, path, rule) in TABLE {
        let (For::Operators(roles) | For::VisitorsAnd(roles) | For::LinksAnd(roles)) = rule else { continue };
        let own =
            ["/api/v1/sessions", "/api/v1/me", "/api/v1/tokens", "/api/v1/socket-tokens"].iter().any(|own| path.starts_with(own));
        assert!(*method == "GET" || own || !roles.contains(&Role::Auditor), "{method} {path}");
    }
}

async fn everybody_calls_every_route(store: Store) {
    let mut config = store.config();
    config.access.requests_per_minute = 1_000_000;
    let clock = trunkline_channel::ManualClock::at(1_767_600_000_000_000);
    let app = store.app_with(config, std::sync::Arc::new(clock)).await;
    let edge = Edge::start(&app).await;
    let mut people: Vec<(&str, Option<Role>, Vec<(&str, String)>)> = vec![("nobody", None, vec![])];
    for role in [Role::Operator, Role::Supervisor, Role::Admin, Role::Auditor] {
        people.push((role.as_str(), Some(role), vec![("cookie", edge.signed_in(role.as_str(), role).await)]));
    }
    let ended = edge.signed_in("ended", Role::Admin).await;
    edge.call(Method::DELETE, "/api/v1/sessions/current", &[("cookie", &ended)], None).await;
    people.push(("ended session", None, vec![("cookie", ended)]));
    people.push(("unknown token", None, vec![("authorization", "Bearer tl_guessed".to_owned())]));
    people.push(("bad visitor token", None, vec![("authorization", "Bearer a.b.c".to_owned())]));
    let visitor = Visitor { inbox_id: "site".into(), external_id: "v1".into(), name: None, email: None, verified: false };
    let visitor = format!("Bearer {}", visitor_token(&app, &visitor).unwrap());
    people.push(("visitor", None, vec![("authorization", visitor)]));

    for (method, path) in routes() {
        let rule = find(&method, &path).unwrap();
        let url = path
            .replace("{id}", "01900000-0000-7000-8000-000000000000")
            .replace("{inbox_id}", "01900000-0000-7000-8000-000000000000")
            .replace("{message_id}", "01900000-0000-7000-8000-000000000001");
        // What ends the sessions of this test is tested elsewhere; here only that others cannot call it.
        let ends_sessions = method == Method::DELETE && path.starts_with("/api/v1/sessions");
        for (who, role, headers) in &people {
            let (visitors, roles): (bool, &[Role]) = match rule {
                For::Anybody | For::AnySite => (true, &[Role::Operator, Role::Supervisor, Role::Admin, Role::Auditor]),
                For::Visitors => (true, &[]),
                For::Operators(roles) => (false, roles),
                For::VisitorsAnd(roles) | For::LinksAnd(roles) => (true, roles),
            };
            let allowed = matches!(rule, For::Anybody | For::AnySite)
                || role.is_some_and(|role| roles.contains(&role))
                || (*who == "visitor" && visitors);
            if allowed && ends_sessions {
                continue;
            }
            let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
            let body = (method != Method::GET).then(|| json!({"no such field": true}));
            let answer = edge.call(method.clone(), &url, &headers, body).await;
            let got = answer.status;
            let fits = match (allowed, role, *who) {
                (true, _, _) => !matches!(got, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) && !got.is_server_error(),
                (false, Some(_), _) | (false, None, "visitor") => got == StatusCode::FORBIDDEN,
                (false, None, _) => got == StatusCode::UNAUTHORIZED,
            };
            assert!(fits, "{who} calls {method} {path}: {got} {}", answer.body);
        }
    }
    let rows: i64 = sql("SELECT CAST(COUNT(*) AS BIGINT) FROM conversations").scalar(&app.db).await.unwrap();
    assert_eq!(rows, 0);
}
