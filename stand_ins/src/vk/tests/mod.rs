mod amend;
mod upload;

use std::collections::BTreeMap;

use axum::Router;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::routing::post;
use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::{CONFIRMATION, GROUP_ID, SECRET, TOKEN, VkStandIn};
use crate::faults::{Fault, Faults, serve};
use crate::phone::{Phone, Said, SaidKind};

pub(super) const ANN: i64 = 50_012_345;

pub(super) async fn server() -> VkStandIn {
    VkStandIn::start(([127, 0, 0, 1], 0).into()).await.unwrap()
}

pub(super) fn client() -> reqwest::Client {
    reqwest::Client::builder().build().unwrap()
}

/// The whole answer to a call.
pub(super) async fn call(server: &VkStandIn, method: &str, parameters: Value) -> Value {
    let mut form = BTreeMap::from([("access_token".to_owned(), TOKEN.to_owned()), ("v".to_owned(), "5.199".to_owned())]);
    for (key, value) in parameters.as_object().unwrap() {
        form.insert(key.clone(), value.as_str().map_or_else(|| value.to_string(), str::to_owned));
    }
    let url = format!("{}/method/{method}", server.url());
    let answer = client().post(url).form(&form).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    answer.json().await.unwrap()
}

pub(super) fn words(text: &str) -> Said {
    Said { text: text.into(), ..Said::default() }
}

async fn poll(server: &VkStandIn, key: &Value, ts: &Value) -> Value {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let url = format!("{}/wh{GROUP_ID}?act=a_check&key={}&ts={}&wait=0", server.url(), text(key), text(ts));
    client().get(url).send().await.unwrap().json().await.unwrap()
}

#[tokio::test]
async fn a_random_id_sends_once_and_the_echo_carries_it() {
    let server = server().await;
    server.enable_long_poll();
    let start = call(&server, "groups.getLongPollServer", json!({"group_id": GROUP_ID})).await["response"].clone();
    let refused = call(&server, "messages.send", json!({"peer_id": ANN, "random_id": 7, "message": "Hi"})).await;
    assert_eq!(refused["error"]["error_code"], 901);
    server.say(&ANN.to_string(), words("Hello")).await.unwrap();
    let first = call(&server, "messages.send", json!({"peer_ids": ANN, "random_id": 7, "message": "Hi"})).await;
    let again = call(&server, "messages.send", json!({"peer_id": ANN, "random_id": 7, "message": "Hi"})).await;
    assert_eq!(first["response"][0]["message_id"], again["response"]);
    assert_eq!(first["response"][0]["conversation_message_id"], 2);
    assert_eq!(server.shown(&ANN.to_string()).len(), 2);
    let news = poll(&server, &start["key"], &start["ts"]).await;
    let kinds: Vec<_> = news["updates"].as_array().unwrap().iter().map(|update| update["type"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["message_new", "message_reply"]);
    assert_eq!(news["updates"][1]["object"]["random_id"], 7);
    assert_eq!(news["updates"][1]["object"]["from_id"], -GROUP_ID);
}

#[tokio::test]
async fn what_is_wrong_is_refused_with_vk_s_codes() {
    let server = server().await;
    server.say(&ANN.to_string(), words("Hello")).await.unwrap();
    for (method, parameters, code) in [
        ("messages.nothing", json!({}), 3),
        ("messages.send", json!({"peer_id": ANN, "message": "no random_id"}), 100),
        ("messages.send", json!({"peer_id": ANN, "random_id": 1}), 100),
        ("messages.send", json!({"peer_id": "x", "random_id": 1, "message": "m"}), 100),
        ("messages.send", json!({"peer_id": ANN, "random_id": 1, "message": "x".repeat(4_097)}), 914),
        ("messages.send", json!({"peer_id": ANN, "random_id": 1, "message": "m", "keyboard": "{"}), 911),
        ("messages.send", json!({"peer_id": ANN, "random_id": 1, "attachment": "photo-1_1"}), 100),
        ("messages.send", json!({"peer_id": 2_000_000_009_i64, "random_id": 1, "message": "m"}), 917),
        ("messages.send", json!({"peer_id": ANN, "random_id": 1, "message": "m", "v": "5.90"}), 8),
        ("groups.getLongPollServer", json!({"group_id": 5}), 15),
        ("groups.getLongPollServer", json!({"group_id": GROUP_ID}), 100),
        ("users.get", json!({"user_ids": 1, "access_token": "another"}), 5),
    ] {
        let answer = call(&server, method, parameters.clone()).await;
        assert_eq!(answer["error"]["error_code"], code, "{method} {parameters}: {answer}");
        assert!(!answer.to_string().contains(TOKEN));
    }
    server.refuse("messages.send", 6, 1);
    let send = json!({"peer_id": ANN, "random_id": 2, "message": "m"});
    assert_eq!(call(&server, "messages.send", send.clone()).await["error"]["error_code"], 6);
    assert!(call(&server, "messages.send", send.clone()).await["response"].is_i64());
    server.set_revoked(true);
    assert_eq!(call(&server, "messages.send", send).await["error"]["error_code"], 5);
}

#[tokio::test]
async fn polls_fail_in_vk_s_three_ways() {
    let server = server().await;
    server.enable_long_poll();
    let begin = || async { call(&server, "groups.getLongPollServer", json!({"group_id": GROUP_ID})).await["response"].clone() };
    let old = begin().await;
    server.say(&ANN.to_string(), words("Hello")).await.unwrap();
    server.fail_polls(&[1, 2]);
    let lost = poll(&server, &old["key"], &old["ts"]).await;
    assert_eq!((&lost["failed"], lost["ts"].is_i64()), (&json!(1), true));
    assert_eq!(poll(&server, &old["key"], &old["ts"]).await, json!({"failed": 2}));
    assert_eq!(poll(&server, &old["key"], &old["ts"]).await, json!({"failed": 2}));
    let fresh = begin().await;
    assert_eq!(poll(&server, &fresh["key"], &old["ts"]).await["updates"].as_array().map(Vec::len), Some(1));
    server.fail_polls(&[3]);
    assert_eq!(poll(&server, &fresh["key"], &fresh["ts"]).await, json!({"failed": 3}));
    let anew = begin().await;
    assert_eq!(poll(&server, &anew["key"], &anew["ts"]).await, json!({"ts": anew["ts"], "updates": []}));
}

type Came = (HeaderMap, Value);

/// Takes callbacks as a daemon does.
async fn listener(faults: Faults) -> (crate::faults::Served, mpsc::UnboundedReceiver<Came>) {
    let (sender, came) = mpsc::unbounded_channel::<Came>();
    let take = |State(sender): State<mpsc::UnboundedSender<Came>>, headers: HeaderMap, body: String| async move {
        let body: Value = serde_json::from_str(&body).unwrap();
        let confirmation = body["type"] == "confirmation";
        sender.send((headers, body)).unwrap();
        if confirmation { CONFIRMATION } else { "ok" }
    };
    let router = Router::new().route("/in", post(take)).with_state(sender);
    (serve(([127, 0, 0, 1], 0).into(), router, faults).await.unwrap(), came)
}

#[tokio::test]
async fn callbacks_are_confirmed_and_come_again_until_ok() {
    let server = server().await;
    let (there, mut came) = listener(Faults::default()).await;
    server.hook(&format!("{}/in", there.url));
    let (_, confirmation) = came.recv().await.unwrap();
    assert_eq!(confirmation, json!({"type": "confirmation", "group_id": GROUP_ID, "secret": SECRET}));
    while server.hook_status(&format!("{}/in", there.url)) != Some("ok") {
        tokio::task::yield_now().await;
    }
    there.faults.arm("in", Fault::CutAfterAct, 1);
    let wrong = Fault::Answer { status: 200, headers: Vec::new(), body: "OK!".into() };
    there.faults.arm("in", wrong, 1);
    server.say(&ANN.to_string(), words("Hello")).await.unwrap();
    let (first, event) = came.recv().await.unwrap();
    let (second, repeated) = came.recv().await.unwrap();
    assert_eq!((&event, event["secret"].as_str()), (&repeated, Some(SECRET)));
    assert_eq!(event["object"]["message"]["text"], "Hello");
    assert_eq!(event["event_id"].as_str().map(str::len), Some(40));
    assert!(first.get("x-retry-counter").is_none());
    assert_eq!(second["x-retry-counter"], "2");
}

#[tokio::test]
async fn every_gesture_becomes_its_event() {
    let server = server().await;
    server.enable_long_poll();
    let start = call(&server, "groups.getLongPollServer", json!({"group_id": GROUP_ID})).await["response"].clone();
    let ann = ANN.to_string();
    for kind in [
        SaidKind::Text,
        SaidKind::Photo,
        SaidKind::Voice,
        SaidKind::Video,
        SaidKind::Document,
        SaidKind::Sticker,
        SaidKind::Location,
        SaidKind::Contact,
    ] {
        server.say(&ann, Said { kind, text: "See".into(), ..Said::default() }).await.unwrap();
    }
    server.say(&ann, Said { reply_to: Some("1".into()), ..words("and") }).await.unwrap();
    server.edit(&ann, "1", "Look").await.unwrap();
    let board = json!({"inline": true, "buttons": [[{"action": {"type": "text", "label": "M", "payload": {"a": 1}}},
        {"action": {"type": "callback", "label": "L", "payload": {"a": 2}}}]]});
    call(&server, "messages.send", json!({"peer_id": ANN, "random_id": 1, "message": "Which?", "keyboard": board.to_string()}))
        .await;
    for button in [0, 1] {
        server.press(&ann, "10", button).await.unwrap();
    }
    server.react(&ann, "10", Some("🔥")).await.unwrap();
    server.typing(&ann).await.unwrap();
    server.read(&ann).await.unwrap();
    server.block(&ann, true).await.unwrap();
    let news = poll(&server, &start["key"], &start["ts"]).await;
    let updates = news["updates"].as_array().unwrap();
    let kinds: Vec<_> = updates.iter().map(|update| update["type"].as_str().unwrap()).collect();
    let after = [
        "message_edit",
        "message_reply",
        "message_new",
        "message_event",
        "message_reaction_event",
        "message_typing_state",
        "message_read",
        "message_deny",
    ];
    assert_eq!(kinds, [["message_new"; 9].as_slice(), &after].concat());
    assert_eq!(updates[11]["object"]["message"]["payload"], "{\"a\":1}");
    assert_eq!(updates[12]["object"]["payload"], json!({"a": 2}));
    let url = updates[4]["object"]["message"]["attachments"][0]["doc"]["url"].as_str().unwrap();
    assert!(!url.starts_with(server.url()) && url.starts_with(server.media_url()));
    assert_eq!(client().get(url).send().await.unwrap().bytes().await.unwrap(), crate::samples::document().bytes);
    server.advance(std::time::Duration::from_secs(100 * 3_600));
    assert_eq!(client().get(url).send().await.unwrap().status(), 403);
}
