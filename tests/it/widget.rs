//! Web chat over HTTP on both stores: how visitors are let in, what bounds them, and the routes of other front ends.

use http::Method;
use serde_json::{Value, json};
use trunkline::access::Role;
use trunkline::config::{Inbox, InboxOptions};
use trunkline_channel::{Secret, signature};

use crate::support::edge::{Answer, Edge};
use crate::support::{Store, each_store};

const SITE_SECRET: &str = "what only the site's server knows";

each_store!(
    visitors_are_who_they_can_show_to_be,
    a_token_is_worth_nothing_on_another_site,
    only_named_sites_may_embed_the_chat,
    nobody_floods_us_with_conversations,
    other_front_ends_get_through_a_whole_conversation,
    aliases_are_for_those_whom_the_operations_are_for,
    a_widget_is_told_what_to_show,
    outside_of_its_hours_a_business_is_closed_whoever_is_there,
    a_site_may_take_smaller_files_than_the_daemon,
);

/// Two sites: `shop` verifies its users, `blog` does not.
async fn sites(store: &Store) -> Edge {
    let mut config = store.config();
    let site = |settings: Value| Inbox { channel: "web_chat".into(), options: InboxOptions::default(), settings };
    config.inboxes.clear();
    let shop =
        json!({"allowed_origins": ["https://shop.example"], "identity_secret": SITE_SECRET, "quotas": {"starts_per_hour": 3}});
    config.inboxes.insert("shop".into(), site(shop));
    config.inboxes.insert("blog".into(), site(json!({})));
    let app = store.app_with(config, std::sync::Arc::new(trunkline_channel::ManualClock::at(1_767_600_000_000_000))).await;
    Edge::start_with_inboxes(&app).await
}

async fn inbox(edge: &Edge, name: &str) -> String {
    let rows = trunkline::inboxes::all(&edge.services.app.db).await.unwrap();
    rows.into_iter().find(|row| row.name == name).unwrap().id
}

async fn enter(edge: &Edge, inbox_id: &str, who: Value) -> Answer {
    edge.call(Method::POST, &format!("/api/v1/widget/{inbox_id}/visitors"), &[], Some(who)).await
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("text expected, not {value}")).to_owned()
}

async fn visitors_are_who_they_can_show_to_be(store: Store) {
    let edge = sites(&store).await;
    let shop = inbox(&edge, "shop").await;
    let stranger = enter(&edge, &shop, json!({"name": "Ann"})).await;
    assert_eq!((stranger.status.as_u16(), &stranger.body["identity"]), (200, &json!("anonymous")));
    let again = enter(&edge, &shop, json!({"token": stranger.body["token"]})).await;
    assert_eq!(again.body["visitor"], stranger.body["visitor"], "known again");
    let other = enter(&edge, &shop, json!({})).await;
    assert_ne!(other.body["visitor"]["id"], stranger.body["visitor"]["id"]);

    // A claim alone makes nobody a user of the site; the site's signature does, on every device.
    let claimed = enter(&edge, &shop, json!({"user_id": "42"})).await;
    assert_eq!(claimed.body["identity"], "anonymous");
    assert_ne!(claimed.body["visitor"]["id"], "user:42");
    let tag = hex::encode(signature::sign(&Secret::new(SITE_SECRET), b"42"));
    for _ in 0..2 {
        let user = enter(&edge, &shop, json!({"user_id": "42", "hmac": tag})).await;
        assert_eq!((&user.body["identity"], &user.body["visitor"]["id"]), (&json!("verified"), &json!("user:42")));
    }
    let forged = enter(&edge, &shop, json!({"user_id": "43", "hmac": tag})).await;
    assert_eq!(forged.status.as_u16(), 403);
    assert_eq!(enter(&edge, &shop, json!({"token": "a.b.c"})).await.body["identity"], "anonymous", "a bad token is no token");
    assert_eq!(enter(&edge, "nowhere", json!({})).await.status.as_u16(), 404);
}

async fn a_token_is_worth_nothing_on_another_site(store: Store) {
    let edge = sites(&store).await;
    let (shop, blog) = (inbox(&edge, "shop").await, inbox(&edge, "blog").await);
    let at_shop = enter(&edge, &shop, json!({})).await;
    let at_blog = enter(&edge, &blog, json!({"token": at_shop.body["token"]})).await;
    assert_ne!(at_blog.body["visitor"]["id"], at_shop.body["visitor"]["id"]);

    let shown = |answer: &Answer| format!("Bearer {}", text(&answer.body["token"]));
    let started = edge
        .call(Method::POST, "/api/live-chat/start", &[("authorization", &shown(&at_shop))], Some(json!({"subject": "Refund"})))
        .await;
    let id = text(&started.body["session_id"]);
    let history = format!("/api/v1/widget/sessions/{id}/messages");
    let own = edge.call(Method::GET, &history, &[("authorization", &shown(&at_shop))], None).await;
    let foreign = edge.call(Method::GET, &history, &[("authorization", &shown(&at_blog))], None).await;
    assert_eq!((own.status.as_u16(), foreign.status.as_u16()), (200, 404));
}

async fn only_named_sites_may_embed_the_chat(store: Store) {
    let edge = sites(&store).await;
    let path = format!("/api/v1/widget/{}/visitors", inbox(&edge, "shop").await);
    for (origin, status) in [
        ("https://shop.example", 200),
        ("https://evil.example", 403),
        ("https://shop.example.evil.example", 403),
        ("http://shop.example", 403),
        ("https://shop.example:8443", 403),
        ("null", 403),
    ] {
        let headers = [("origin", origin), ("host", "chat.example"), ("sec-fetch-site", "cross-site")];
        let answer = edge.call_bare(Method::POST, &path, &headers, Some(json!({}))).await;
        assert_eq!(answer.status.as_u16(), status, "{origin}");
    }
}

async fn nobody_floods_us_with_conversations(store: Store) {
    let edge = sites(&store).await;
    let shop = inbox(&edge, "shop").await;
    let entered = enter(&edge, &shop, json!({})).await;
    let token = format!("Bearer {}", text(&entered.body["token"]));
    let mut statuses = Vec::new();
    for n in 0..5 {
        let body = json!({"client_id": format!("c{n}")});
        let started = edge.call(Method::POST, "/api/live-chat/start", &[("authorization", &token)], Some(body)).await;
        statuses.push(started.status.as_u16());
        if started.status.as_u16() == 429 {
            assert!(started.headers.contains_key("retry-after"));
        }
    }
    assert_eq!(statuses, [201, 201, 201, 429, 429]);
    let mut refused = 0;
    for _ in 0..200 {
        refused += u32::from(enter(&edge, &shop, json!({})).await.status.as_u16() == 429);
    }
    assert!(refused > 0, "strangers of one address are bounded");
}

async fn other_front_ends_get_through_a_whole_conversation(store: Store) {
    let edge = sites(&store).await;
    let supervisor = edge.signed_in("sue", Role::Supervisor).await;
    let staff = [("cookie", supervisor.as_str())];
    let me = text(&edge.call(Method::GET, "/api/v1/me", &staff, None).await.body["id"]);

    let begun = edge
        .call(
            Method::POST,
            "/api/chat/initialize",
            &[],
            Some(json!({"inbox_id": inbox(&edge, "shop").await, "name": "Ann", "subject": "Refund"})),
        )
        .await;
    assert_eq!((begun.status.as_u16(), &begun.body["session"]["status"]), (201, &json!("pending")), "{}", begun.body);
    let id = text(&begun.body["conversationId"]);
    let token = format!("Bearer {}", text(&begun.body["token"]));
    let customer = [("authorization", token.as_str())];
    let said = json!({"conversationId": id, "clientId": "m1", "content": "Where is it?"});
    for _ in 0..2 {
        let sent = edge.call(Method::POST, "/api/chat/message", &customer, Some(said.clone())).await;
        assert_eq!((sent.status.as_u16(), &sent.body["message"]["text"]), (201, &json!("Where is it?")));
    }

    let waiting = edge.call(Method::GET, "/api/live-chat/agent/sessions?status=pending&sort=wait", &staff, None).await;
    assert_eq!(waiting.body["sessions"][0]["session_id"], json!(id), "{}", waiting.body);
    let statistics = edge.call(Method::GET, "/api/live-chat/queue/stats", &staff, None).await;
    assert_eq!(statistics.body["waiting"], 1);
    let context = edge.call(Method::GET, &format!("/api/live-chat/{id}/customer-context"), &staff, None).await;
    assert_eq!(context.body["conversations"], 1);
    let assigned = edge.call(Method::POST, &format!("/api/live-chat/{id}/assign"), &staff, Some(json!({"agent_id": me}))).await;
    assert_eq!((&assigned.body["status"], &assigned.body["agent_id"]), (&json!("active"), &json!(me)), "{}", assigned.body);
    let load = edge.call(Method::GET, &format!("/api/live-chat/agent/{me}/workload"), &staff, None).await;
    assert_eq!(load.body["active_sessions"], 1);

    let answer = json!({"conversationId": id, "content": "On its way."});
    let answered = edge.call(Method::POST, "/api/chat/message", &staff, Some(answer)).await;
    let message = text(&answered.body["message"]["id"]);
    for status in ["delivered", "read"] {
        let noted =
            edge.call(Method::PUT, &format!("/api/chat/status/{message}"), &customer, Some(json!({"status": status}))).await;
        assert_eq!(noted.status.as_u16(), 204, "{}", noted.body);
    }
    let theirs = edge.call(Method::GET, &format!("/api/chat/history/{id}"), &customer, None).await;
    let texts: Vec<String> = theirs.body["items"].as_array().unwrap().iter().map(|message| text(&message["text"])).collect();
    assert_eq!(texts, ["On its way.", "Where is it?"], "newest first, once each");
    let all = edge.call(Method::GET, "/api/live-chat/admin/all-sessions?status=active", &staff, None).await;
    assert_eq!(all.body["sessions"][0]["session_id"], json!(id));
    let handed =
        edge.call(Method::POST, &format!("/api/live-chat/{id}/transfer"), &staff, Some(json!({"team_id": "none"}))).await;
    assert_eq!(handed.status.as_u16(), 404, "{}", handed.body);
}

async fn aliases_are_for_those_whom_the_operations_are_for(store: Store) {
    let edge = sites(&store).await;
    let auditor = edge.signed_in("audrey", Role::Auditor).await;
    let operator = edge.signed_in("otto", Role::Operator).await;
    let entered = enter(&edge, &inbox(&edge, "blog").await, json!({})).await;
    let token = format!("Bearer {}", text(&entered.body["token"]));
    for (method, path, rule) in trunkline::compat::TABLE {
        let method: Method = method.parse().unwrap();
        let path = path.replace(['{', '}'], "");
        let body = (method != Method::GET).then(|| json!({"content": "x", "status": "read", "conversationId": "id"}));
        let asked =
            async |headers: &[(&str, &str)]| edge.call(method.clone(), &path, headers, body.clone()).await.status.as_u16();
        let open = matches!(rule, trunkline::http::roles::For::AnySite);
        assert_eq!(asked(&[]).await == 401, !open, "nobody: {method} {path}");
        let as_auditor = asked(&[("cookie", &auditor)]).await;
        assert_eq!(as_auditor == 403, method != Method::GET && !open, "auditor: {method} {path}: {as_auditor}");
        let as_visitor = asked(&[("authorization", &token)]).await;
        let staff_only = matches!(rule, trunkline::http::roles::For::Operators(_));
        assert_eq!(as_visitor == 403, staff_only, "visitor: {method} {path}: {as_visitor}");
        let supervises = path.ends_with("/assign") || path.contains("all-sessions") || path.ends_with("/start");
        let as_operator = asked(&[("cookie", &operator)]).await;
        assert_eq!(as_operator == 403, supervises, "operator: {method} {path}: {as_operator}");
        for status in [as_auditor, as_visitor, as_operator] {
            assert!(status < 500 && status != 405, "{method} {path}: {status}");
        }
    }
}

/// A shop with everything a widget can show, closed but on Mondays, and a mail inbox that takes over.
async fn shop(store: &Store, now: i64) -> Edge {
    let mut config = store.config();
    let inbox = |channel: &str, settings: Value| Inbox { channel: channel.into(), options: InboxOptions::default(), settings };
    let shop = json!({
        "allowed_origins": ["https://shop.example"], "max_upload_bytes": 1000, "reply_time": "in a few minutes",
        "greeting": {"title": "Hello!", "name": "Ann"}, "menu": [{"id": "order", "title": "Where is my order?"}],
        "pre_chat": {"fields": [{"name": "topic", "label": "About", "kind": "select", "options": ["Order"]}], "consent": "I agree."},
        "colors": {"accent": "#2f6fed"}, "texts": {"de": {"send": "Senden"}},
        "hours": {"time_zone": "Europe/Berlin", "days": [{"day": "mon", "from": "09:00", "to": "18:00"}]},
        "away_email": true, "mail_inbox_id": "support", "identity_secret": SITE_SECRET,
    });
    let server = json!({"host": "127.0.0.1", "port": 1});
    let support =
        json!({"address": "support@example.com", "imap": server, "smtp": server, "auth": {"kind": "password", "password": "x"}});
    config.inboxes.clear();
    config.inboxes.insert("shop".into(), inbox("web_chat", shop));
    config.inboxes.insert("blog".into(), inbox("web_chat", json!({})));
    config.inboxes.insert("support".into(), inbox("email", support));
    let app = store.app_with(config, std::sync::Arc::new(trunkline_channel::ManualClock::at(now))).await;
    Edge::start_with_inboxes(&app).await
}

async fn a_widget_is_told_what_to_show(store: Store) {
    // Monday, 2026-11-23, 12:00 and 17:30 in Berlin, as microseconds.
    const NOON: i64 = 1_795_431_600_000_000;
    let edge = shop(&store, NOON).await;
    let path = format!("/api/v1/widget/{}", inbox(&edge, "shop").await);
    let site = [("origin", "https://shop.example"), ("sec-fetch-site", "cross-site")];
    let face = edge.call_bare(Method::GET, &path, &site, None).await;
    assert_eq!((face.status.as_u16(), &face.headers["cache-control"]), (200, &"public, max-age=10".parse().unwrap()));
    assert_eq!((&face.body["name"], &face.body["greeting"]["title"]), (&json!("Ann"), &json!("Hello!")));
    assert_eq!((&face.body["menu"][0]["id"], &face.body["colors"]["accent"]), (&json!("order"), &json!("#2f6fed")));
    assert_eq!(face.body["pre_chat"]["fields"][0]["options"], json!(["Order"]));
    assert_eq!((&face.body["files"]["max_bytes"], &face.body["mail_handover"]), (&json!(1000), &json!(true)));
    assert_eq!((&face.body["availability"], &face.body["opens_at"]), (&json!("away"), &Value::Null));
    assert!(face.body["languages"].as_array().unwrap().contains(&json!("de")) && face.body["texts"]["de"]["send"] == "Senden");
    assert!(!face.body.to_string().contains(SITE_SECRET), "the secret is nobody's");

    let otto = edge.signed_in("otto", Role::Operator).await;
    let here = json!({"availability": "online"});
    let set = edge.call(Method::PUT, "/api/v1/me/availability", &[("cookie", &otto)], Some(here)).await;
    assert!(set.status.is_success(), "{}", set.body);
    assert_eq!(edge.call_bare(Method::GET, &path, &site, None).await.body["availability"], "online");

    let foreign = edge.call_bare(Method::GET, &path, &[("origin", "https://evil.example"), ("host", "chat.example")], None).await;
    assert_eq!(foreign.status.as_u16(), 403);
    let bare = edge.call(Method::GET, &format!("/api/v1/widget/{}", inbox(&edge, "blog").await), &[], None).await;
    assert_eq!((&bare.body["greeting"], &bare.body["mail_handover"]), (&Value::Null, &json!(false)));
    let mail = format!("/api/v1/widget/{}", inbox(&edge, "support").await);
    assert_eq!(edge.call(Method::GET, &mail, &[], None).await.status.as_u16(), 404, "no web chat");
}

async fn outside_of_its_hours_a_business_is_closed_whoever_is_there(store: Store) {
    // The Sunday before, 12:00 in Berlin.
    const SUNDAY: i64 = 1_795_345_200_000_000;
    let edge = shop(&store, SUNDAY).await;
    let otto = edge.signed_in("otto", Role::Operator).await;
    edge.call(Method::PUT, "/api/v1/me/availability", &[("cookie", &otto)], Some(json!({"availability": "online"}))).await;
    let face = edge.call(Method::GET, &format!("/api/v1/widget/{}", inbox(&edge, "shop").await), &[], None).await;
    let monday_at_nine = SUNDAY + 21 * 3_600 * 1_000_000;
    assert_eq!((&face.body["availability"], &face.body["opens_at"]), (&json!("closed"), &json!(monday_at_nine)));
}

async fn a_site_may_take_smaller_files_than_the_daemon(store: Store) {
    let edge = shop(&store, 1_795_431_600_000_000).await;
    for (name, most, status) in [("shop", 1000, 201), ("shop", 1001, 413), ("blog", 1001, 201)] {
        let entered = enter(&edge, &inbox(&edge, name).await, json!({})).await;
        let token = format!("Bearer {}", text(&entered.body["token"]));
        let file = "x".repeat(most);
        let form = format!("--b\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\n\r\n{file}\r\n--b--\r\n");
        let request = http::Request::post("/api/v1/uploads")
            .header("authorization", token)
            .header("content-type", "multipart/form-data; boundary=b")
            .body(axum::body::Body::from(form));
        let answer = tower::ServiceExt::oneshot(edge.router.clone(), request.unwrap()).await.unwrap();
        assert_eq!(answer.status().as_u16(), status, "{name} {most}");
    }
}
