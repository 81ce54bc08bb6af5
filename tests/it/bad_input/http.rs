//! Bodies, ids, filters, credentials and origins.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::{Town, assert_problem};
use crate::support::guests::{self, Admin};
use crate::support::{Store, each_store};

each_store!(
    bodies_that_do_not_fit_are_refused,
    ids_of_nothing_are_not_there,
    filters_take_only_what_they_know,
    stale_and_doubled_credentials_count_for_nothing,
);

async fn bodies_that_do_not_fit_are_refused(store: Store) {
    let town = Town::found(&store).await;
    let (messages, seen, whole) = (town.path("/messages"), town.path("/seen"), town.path(""));
    let with = |field: &str, value: Value| {
        let mut body = json!({"client_id": "c", "text": "Hello"});
        body[field] = value;
        body.to_string()
    };
    let mut table: Vec<(&str, &str, Vec<u8>, u16)> = Vec::new();
    for (field, value) in [
        ("id", json!("1")),
        ("account_id", json!(1)),
        ("created_at", json!(0)),
        ("role", json!("admin")),
        ("number", json!(7)),
        ("text", json!(7)),
        ("text", Value::Null),
        ("text", json!(["Hello"])),
        ("text", json!(" \n\t")),
        ("text", json!("x".repeat(50_001))),
        ("client_id", json!("")),
        ("client_id", json!("c".repeat(10_000))),
        ("client_id", json!(1)),
        ("kind", json!("system")),
        ("attachments", json!("u")),
        ("attachments", json!(["u"])),
        ("attachments", json!(["u\0"])),
        ("attachments", json!(vec!["u"; 10_000])),
    ] {
        table.push(("POST", &messages, with(field, value).into_bytes(), 400));
    }
    table.push(("POST", &messages, with("reply_to", json!("../\0")).into_bytes(), 404));
    let deep = |depth: usize| format!(r#"{{"client_id":"c","text":{}"#, "[".repeat(depth)).into_bytes();
    for body in [
        Vec::new(),
        b"null".to_vec(),
        b"[]".to_vec(),
        b"0".to_vec(),
        b"\"x\"".to_vec(),
        b"{\"client_id\":\"c\"".to_vec(),
        b"{\"client_id\":\"c\",\"text\":\"\xff\xfe\"}".to_vec(),
        b"{\"client_id\":\"c\",\"text\":\"\\ud800\"}".to_vec(),
        b"{\"client_id\":\"c\",\"text\":\"a\",\"text\":\"b\"}".to_vec(),
        b"{\"client_id\":\"c\",\"text\":\"a\"} and more".to_vec(),
        deep(127),
        deep(128),
        deep(100_000),
    ] {
        table.push(("POST", &messages, body, 400));
    }
    table.push(("POST", &messages, with("text", json!("x".repeat(2_097_153))).into_bytes(), 413));
    for number in ["1e999", "-1e999", "1.0", "\"1\"", "99999999999999999999", "null", "[1]", "0x1", "NaN"] {
        table.push(("POST", &seen, format!("{{\"number\":{number}}}").into_bytes(), 400));
    }
    table.push(("PATCH", &whole, br#"{"priority":"1;drop table"}"#.to_vec(), 400));
    table.push(("PATCH", &whole, br#"{"custom_fields":{"a":1e999}}"#.to_vec(), 400));
    table.push(("PATCH", &whole, br#"{"state":"closed"}"#.to_vec(), 400));
    table.push(("POST", "/api/v1/sessions", br#"{"email":"a\u0000@b@c","password":"x"}"#.to_vec(), 401));
    for (method, path, body, status) in table {
        let begin = String::from_utf8_lossy(&body).chars().take(80).collect::<String>();
        let method: Method = method.parse().unwrap();
        let answer = town.ask(method, path).header("content-type", "application/json").body(body).send().await.unwrap();
        assert_problem(&begin, answer, status).await;
        town.is_well(&begin).await;
    }
    let as_text = town.ask(Method::POST, &messages).body(with("text", json!("x"))).send().await.unwrap();
    assert_problem("not called JSON", as_text, 415).await;
    let wrong_method = town.ask(Method::DELETE, &messages).send().await.unwrap();
    assert_problem("a method that is not there", wrong_method, 405).await;
    for nowhere in ["/api/v1/nothing", "/api/v1", "/api/v1/conversations/"] {
        assert_problem(nowhere, town.ask(Method::GET, nowhere).send().await.unwrap(), 404).await;
    }
    control_characters_are_text(&town).await;
    town.close().await;
}

/// What people can type is kept; U+0000 is shown as a replacement character, the same on both stores.
async fn control_characters_are_text(town: &Town) {
    for (id, text, kept) in [
        ("a\0", "null \0 inside", "null \u{fffd} inside"),
        ("b", "\u{1b}]0;pwn\u{7}", "\u{1b}]0;pwn\u{7}"),
        ("c", "\r\nFAKE LOG", "\r\nFAKE LOG"),
        ("d", "{{7*7}} ${x} <%= %> %s%n'; DROP TABLE messages; --", "{{7*7}} ${x} <%= %> %s%n'; DROP TABLE messages; --"),
        ("e", "\u{202e}reversed\u{200b}", "\u{202e}reversed\u{200b}"),
    ] {
        for attempt in ["first", "again"] {
            let reply = json!({"client_id": id, "text": text});
            let answer = town.ask(Method::POST, &town.path("/messages")).json(&reply).send().await.unwrap();
            assert_eq!(answer.status(), StatusCode::CREATED, "{text:?} {attempt}");
            assert_eq!(answer.json::<Value>().await.unwrap()["text"], kept, "{attempt}");
        }
    }
    assert!(!town.daemon.log_text().lines().any(|line| line.starts_with("FAKE LOG") || line.contains('\u{1b}')));
    let change = json!({"subject": "a\0b", "tags": ["x\0"], "custom_fields": {"k\0": "v\0"}});
    let changed = town.ask(Method::PATCH, &town.path("")).json(&change).send().await.unwrap();
    assert!(!changed.status().is_server_error(), "{}", changed.text().await.unwrap());
}

async fn ids_of_nothing_are_not_there(store: Store) {
    let town = Town::found(&store).await;
    let own = &town.conversation;
    let stranger = guests::visitor(&town.base).await;
    let long = "a".repeat(5_000);
    let upper = own.to_uppercase();
    let spaced = format!("{own}%20");
    let twice = format!("%25{own}");
    let two = format!("{own},{own}");
    let listed = format!("[%22{own}%22]");
    let ids = [
        upper.as_str(),
        &spaced,
        &twice,
        &two,
        &listed,
        &long,
        "7",
        "-1",
        "0",
        "null",
        "%00",
        "%FF%FE",
        "%2e%2e",
        "..%2f..%2fetc%2fpasswd",
        "%7B%22$ne%22:1%7D",
        "'%20OR%201=1--",
        "*",
        "%25",
        "me",
    ];
    let routes = [
        ("GET", "/api/v1/conversations/{id}"),
        ("GET", "/api/v1/conversations/{id}/messages"),
        ("GET", "/api/v1/conversations/{id}/context"),
        ("POST", "/api/v1/conversations/{id}/accept"),
        ("GET", "/api/v1/contacts/{id}"),
        ("GET", "/api/v1/attachments/{id}"),
        ("GET", "/api/v1/articles/{id}"),
        ("GET", "/api/v1/canned-responses/{id}"),
        ("GET", "/api/v1/inboxes/{id}"),
        ("GET", "/api/v1/raw-events/{id}/body"),
        ("GET", "/api/v1/messages/{id}/delivery"),
    ];
    for (method, route) in routes {
        for id in ids {
            let path = route.replace("{id}", id);
            let answer = town.ask(method.parse().unwrap(), &path).send().await.unwrap();
            assert_problem(&path, answer, 404).await;
        }
    }
    town.is_well("ids of nothing").await;

    let theirs = format!("/api/v1/widget/sessions/{own}/messages");
    let asking = town.ann.client.get(format!("{}{theirs}", town.base)).bearer_auth(&stranger).send().await.unwrap();
    assert_problem("somebody else's conversation", asking, 404).await;
    for path in [town.path(""), town.path("/messages"), "/api/v1/conversations".into(), "/api/v1/operators".into()] {
        let answer = town.ask_as_visitor(Method::GET, &path).send().await.unwrap();
        assert_problem("a visitor at the operators' door", answer, 403).await;
    }
    town.close().await;
}

async fn filters_take_only_what_they_know(store: Store) {
    let town = Town::found(&store).await;
    let many = vec!["new"; 10_000].join(",");
    let conversations = [
        "sort=1;drop%20table",
        "sort=created_at%20desc",
        "state='--",
        "priority=9",
        "limit=0",
        "limit=-1",
        "limit=1e9",
        "limit=99999999999999999999",
        "limit=abc",
        "limit=1&limit=2",
        "cursor=AAAA",
        "cursor=%00",
        "cursor=../..",
        "order_by=id",
        "created_from=1e999",
        "created_to=now",
        "updated_from=soon",
        "waiting_over_s=-1",
        "waiting_over_s=1e999",
        "unread=maybe",
        "troubled=1",
        "queue=false",
        "team=mine&team_id=none",
        "state[]=new",
        "state[$ne]=new",
    ];
    let mut paths: Vec<String> = conversations.iter().map(|query| format!("/api/v1/conversations?{query}")).collect();
    paths.push(format!("/api/v1/conversations?state={many}"));
    for query in ["sort=number", "before=1e999", "after=x", "before=1&after=2", "limit=201", "after=99999999999999999999"] {
        paths.push(format!("{}?{query}", town.path("/messages")));
    }
    for path in ["contacts", "articles", "canned-responses", "operators", "deliveries", "raw-events"] {
        for query in ["sort=1;drop%20table", "limit=0", "limit=201", "cursor=%00"] {
            paths.push(format!("/api/v1/{path}?{query}"));
        }
    }
    for path in paths {
        let shown: String = path.chars().take(90).collect();
        assert_problem(&shown, town.ask(Method::GET, &path).send().await.unwrap(), 400).await;
        town.is_well(&shown).await;
    }
    // Values are values: they find nothing and break nothing.
    for query in
        ["channel=%00", "inbox_id='%20OR%201=1--", "tag=%25", "team=%00", "assignee=%00", "contact_id=..", "skill=%27%22%00"]
    {
        let found = town.ann.get(&town.base, &format!("/api/v1/conversations?{query}")).await;
        assert_eq!(found["items"], json!([]), "{query}");
    }
    for words in ["%00", "%22", "*", "a%20OR", "NEAR(", "%25", "%F0%9F%98%80", "'--", &"x".repeat(190), "col:umn", "-a", "%5C"] {
        let answer = town.ask(Method::GET, &format!("/api/v1/search?q={words}")).send().await.unwrap();
        assert!(matches!(answer.status().as_u16(), 200 | 400), "{words}: {}", answer.text().await.unwrap());
        let contacts = town.ask(Method::GET, &format!("/api/v1/contacts?q={words}")).send().await.unwrap();
        assert!(matches!(contacts.status().as_u16(), 200 | 400), "{words}: {}", contacts.text().await.unwrap());
    }
    let long = format!("/api/v1/search?q={}", "x".repeat(60_000));
    let refused = town.ask(Method::GET, &long).send().await.unwrap().status().as_u16();
    assert!(matches!(refused, 400 | 414 | 431), "{refused}");
    let huge = town.ask(Method::GET, "/api/v1/me").header("x-filler", "x".repeat(600_000)).send().await;
    assert!(huge.is_err() || huge.unwrap().status() == StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE);
    town.is_well("long requests").await;
    town.close().await;
}

async fn stale_and_doubled_credentials_count_for_nothing(store: Store) {
    let town = Town::found(&store).await;
    let gone = Admin::sign_in(&town.daemon).await;
    let out = gone.request(Method::DELETE, &town.base, "/api/v1/sessions/current").send().await.unwrap();
    assert_eq!(out.status(), StatusCode::NO_CONTENT);
    let good = &town.ann.cookie;
    let secure = good.replace("trunkline_session", "__Host-trunkline");
    let client = &town.ann.client;
    let me = format!("{}/api/v1/me", town.base);
    for cookies in [
        gone.cookie.clone(),
        format!("{good}; {good}"),
        format!("{good}; {}", gone.cookie),
        format!("{good}x"),
        secure,
        "trunkline_session=".into(),
        "trunkline_session=%00".into(),
    ] {
        let answer = client.get(&me).header("cookie", &cookies).send().await.unwrap();
        assert_problem(&format!("cookie {}", cookies.len()), answer, 401).await;
    }
    for bearer in ["", "x", "not.a.token", "trk_0000", &format!("{}x", town.token), &town.token.replace('.', "")] {
        let answer = client.get(&me).header("cookie", good).bearer_auth(bearer).send().await.unwrap();
        assert_problem(&format!("token {}", bearer.len()), answer, 401).await;
    }
    assert_eq!(client.get(&me).header("cookie", good).send().await.unwrap().status(), StatusCode::OK);
    town.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn other_sites_cannot_act_with_an_operators_cookie() {
    let store = Store::sqlite();
    let town = Town::found(&store).await;
    let url = format!("{}{}", town.base, town.path("/messages"));
    let note = json!({"client_id": "n", "kind": "note", "text": "x"});
    let send = |name: &'static str, value: String| {
        town.ann.client.post(&url).header("cookie", &town.ann.cookie).header(name, value).json(&note).send()
    };
    for origin in ["https://evil.example", "null", "http://127.0.0.1.evil.example", "http://127.0.0.1:1", "file://"] {
        let problem = assert_problem(origin, send("origin", origin.into()).await.unwrap(), 403).await;
        assert_eq!(problem["code"], "foreign_origin");
        assert!(
            trunkline_stand_ins::socket::Socket::connect_of_page(origin, &town.base, &json!({}), Some(&town.ann.cookie))
                .await
                .is_err()
        );
    }
    assert_problem("another site, as the browser says", send("sec-fetch-site", "cross-site".into()).await.unwrap(), 403).await;
    assert_problem("no origin", send("x-nothing", String::new()).await.unwrap(), 403).await;
    assert_eq!(send("origin", town.base.clone()).await.unwrap().status(), StatusCode::CREATED);
    let inbox = town.ann.get(&town.base, "/api/v1/widget/default").await;
    let enter = format!("{}/api/v1/widget/{}/visitors", town.base, inbox["inbox_id"].as_str().unwrap());
    let entering = town.ann.client.post(enter).header("origin", "https://evil.example").json(&json!({})).send().await.unwrap();
    assert_problem("a site that may not embed the chat", entering, 403).await;
    town.close().await;
}
