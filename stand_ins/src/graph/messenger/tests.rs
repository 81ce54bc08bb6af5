use std::time::Duration;

use serde_json::{Value, json};

use super::{Messenger, PAGE_ID, TOKEN, start};
use crate::faults::Fault;
use crate::graph::listener::Listener;
use crate::phone::{Phone, Said, SaidKind};

const ANN: &str = "6200000000000001";

async fn ask(server: &Messenger, method: &str, path: &str, body: Option<Value>) -> (u16, Value) {
    let client = reqwest::Client::builder().build().unwrap();
    let mut request = client.request(method.parse().unwrap(), format!("{}/v25.0/{path}", server.url())).bearer_auth(TOKEN);
    if let Some(body) = body {
        request = request.json(&body);
    }
    let answer = request.send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

async fn send(server: &Messenger, message: Value, more: Value) -> Value {
    let mut body = json!({"recipient": {"id": ANN}, "messaging_type": "RESPONSE", "message": message});
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    ask(server, "POST", "me/messages", Some(body)).await.1
}

/// Code and subcode of an error.
fn error(answer: &Value) -> (Option<i64>, Option<i64>) {
    (answer["error"]["code"].as_i64(), answer["error"]["error_subcode"].as_i64())
}

async fn running() -> (Messenger, Listener) {
    let (server, listener) = (start(([127, 0, 0, 1], 0).into()).await.unwrap(), Listener::start().await);
    server.hook(&listener.url());
    (server, listener)
}

fn text(text: &str) -> Said {
    Said { text: text.into(), ..Said::default() }
}

fn item(body: &Value) -> &Value {
    &body["entry"][0]["messaging"][0]
}

#[tokio::test]
async fn a_send_comes_back_as_an_echo_and_watermarks_follow() {
    let (server, listener) = running().await;
    let question = server.say(ANN, text("Grüße")).await.unwrap();
    let more = json!({"reply_to": {"mid": question}});
    let answer = send(&server, json!({"text": "Hi", "metadata": "dlv_1"}), more).await;
    assert_eq!(answer["recipient_id"], ANN);
    server.read(ANN).await.unwrap();
    let came = listener.wait(4).await;
    assert!(came.iter().all(|came| came.signed && came.raw.is_ascii()));
    let (hello, echo) = (item(&came[0].body), item(&came[1].body));
    assert_eq!((&hello["message"]["mid"], &hello["message"]["text"]), (&json!(question), &json!("Grüße")));
    assert_eq!((&echo["message"]["mid"], &echo["message"]["metadata"]), (&answer["message_id"], &json!("dlv_1")));
    assert_eq!((&echo["sender"]["id"], &echo["message"]["is_echo"]), (&json!(PAGE_ID), &json!(true)));
    let (delivered, read) = (item(&came[2].body), item(&came[3].body));
    assert!(delivered["delivery"].get("mids").is_none());
    assert_eq!((&delivered["delivery"]["watermark"], &read["read"]["watermark"]), (&echo["timestamp"], &echo["timestamp"]));
    let own = server.write_from_inbox(ANN, "from the inbox");
    let echo = item(&listener.wait(5).await[4].body)["message"].clone();
    assert_eq!((&echo["mid"], echo.get("app_id")), (&json!(own), None));
    server.set_echo_first(true);
    let mid = send(&server, json!({"text": "again"}), json!({})).await["message_id"].clone();
    assert!(listener.came().iter().any(|came| item(&came.body)["message"]["mid"] == mid));
}

#[tokio::test]
async fn every_gesture_is_told() {
    let (server, listener) = running().await;
    use SaidKind::{Contact, Document, Location, Photo, Sticker, Text, Video, Voice};
    for kind in [Text, Photo, Voice, Video, Document, Sticker, Location, Contact] {
        server.say(ANN, Said { kind, text: "see".into(), ..Said::default() }).await.unwrap();
    }
    let quick = json!({"text": "Which?", "quick_replies": [{"content_type": "text", "title": "M", "payload": "m"}]});
    let quick = send(&server, quick, json!({})).await["message_id"].as_str().unwrap().to_owned();
    server.press(ANN, &quick, 0).await.unwrap();
    let button = json!({"type": "postback", "title": "S", "payload": "s"});
    let template = json!({"template_type": "button", "text": "Which?", "buttons": [button]});
    let asked = send(&server, json!({"attachment": {"type": "template", "payload": template}}), json!({})).await;
    let asked = asked["message_id"].as_str().unwrap().to_owned();
    server.press(ANN, &asked, 0).await.unwrap();
    server.react(ANN, &asked, Some("❤")).await.unwrap();
    server.react(ANN, &asked, None).await.unwrap();
    let mine = server.phone().shown(ANN)[0].id.clone();
    server.edit(ANN, &mine, "changed").await.unwrap();
    server.delete(ANN, &mine).await.unwrap();
    server.refer(ANN, "summer", None).unwrap();
    server.enforce("block", "spam");
    let came = listener.wait(8 + 2 * 2 + 6 + 2).await;
    let has = |key: &str, wanted: Value| came.iter().any(|came| contains(&item(&came.body)[key], &wanted));
    assert!(has("message", json!({"text": "M", "quick_reply": {"payload": "m"}})));
    assert!(has("postback", json!({"title": "S", "payload": "s"})));
    assert!(has("reaction", json!({"mid": asked, "action": "react", "reaction": "love"})));
    assert!(has("reaction", json!({"mid": asked, "action": "unreact"})));
    assert!(has("message_edit", json!({"mid": mine, "text": "changed", "num_edit": 1})));
    assert!(has("message", json!({"mid": mine, "is_deleted": true})));
    assert!(has("referral", json!({"ref": "summer"})));
    assert!(has("policy-enforcement", json!({"action": "block"})));
}

/// Whether an object has all that another has.
fn contains(object: &Value, wanted: &Value) -> bool {
    wanted.as_object().unwrap().iter().all(|(key, value)| &object[key] == value)
}

#[tokio::test]
async fn windows_people_and_threads_of_others_refuse() {
    let (server, _listener) = running().await;
    let hi = || json!({"text": "Hi"});
    assert_eq!(error(&send(&server, hi(), json!({})).await), (Some(100), Some(2_018_001)));
    server.say(ANN, text("Hello")).await.unwrap();
    let tag = |tag: &str| json!({"messaging_type": "MESSAGE_TAG", "tag": tag});
    assert_eq!(error(&send(&server, hi(), tag("ACCOUNT_UPDATE")).await), (Some(100), None));
    server.app().advance(Duration::from_secs(24 * 3_600));
    assert_eq!(error(&send(&server, hi(), json!({})).await), (Some(10), Some(2_018_278)));
    assert_eq!(error(&send(&server, hi(), tag("HUMAN_AGENT")).await), (None, None));
    server.app().advance(Duration::from_secs(6 * 24 * 3_600));
    assert_eq!(error(&send(&server, hi(), tag("HUMAN_AGENT")).await), (Some(10), Some(2_018_278)));
    server.refer(ANN, "back", None).unwrap();
    assert_eq!(error(&send(&server, hi(), json!({})).await), (None, None));
    server.set_elsewhere(ANN, true);
    assert_eq!(error(&send(&server, hi(), json!({})).await), (Some(10), Some(2_018_300)));
    server.set_elsewhere(ANN, false);
    server.block(ANN, true).await.unwrap();
    assert_eq!(error(&send(&server, hi(), json!({})).await), (Some(551), Some(1_545_041)));
}

#[tokio::test]
async fn messages_that_the_pages_do_not_allow_are_refused() {
    let (server, _listener) = running().await;
    server.say(ANN, text("Hello")).await.unwrap();
    let image = |payload: Value| json!({"attachment": {"type": "image", "payload": payload}});
    let known = image(json!({"url": "https://example.com/a.png", "is_reusable": true}));
    let reusable = send(&server, known, json!({})).await;
    assert!(reusable["attachment_id"].is_string());
    for wrong in [
        json!({}),
        json!({"text": ""}),
        json!({"text": "x".repeat(2_001)}),
        json!({"text": "x", "txt": "y"}),
        json!({"text": 7}),
        json!({"text": "x", "attachment": {"type": "image", "payload": {"url": "https://example.com/a.png"}}}),
        json!({"text": "x", "metadata": "x".repeat(1_001)}),
        json!({"text": "x", "quick_replies": [{"content_type": "text", "title": "a title of 21 letters", "payload": "x"}]}),
        image(json!({})),
        image(json!({"attachment_id": "1"})),
        image(json!({"url": "ftp://example.com/a.png"})),
        json!({"attachment": {"type": "template", "payload": {"template_type": "button", "text": "x", "buttons": []}}}),
    ] {
        assert_eq!(error(&send(&server, wrong.clone(), json!({})).await).0, Some(100), "{wrong}");
    }
    let action = |action: &str| json!({"recipient": {"id": ANN}, "sender_action": action});
    assert_eq!(ask(&server, "POST", "me/messages", Some(action("typing_on"))).await.1, json!({"recipient_id": ANN}));
    assert!(server.sees_typing(ANN));
    assert_eq!(ask(&server, "POST", "me/messages", Some(action("mark_seen"))).await.0, 200);
    assert!(server.has_seen(ANN));
    assert_eq!(ask(&server, "POST", "me/messages", Some(action("wave"))).await.0, 400);
}

#[tokio::test]
async fn files_go_both_ways_and_addresses_end() {
    let (server, listener) = running().await;
    server.say(ANN, Said { kind: SaidKind::Document, ..Said::default() }).await.unwrap();
    let url = item(&listener.wait(1).await[0].body)["message"]["attachments"][0]["payload"]["url"].as_str().unwrap().to_owned();
    let client = reqwest::Client::builder().build().unwrap();
    let got = client.get(&url).send().await.unwrap();
    assert_eq!((got.status().as_u16(), got.bytes().await.unwrap()), (200, crate::samples::document().bytes.into()));
    server.app().advance(Duration::from_secs(4 * 24 * 3_600));
    assert_eq!(client.get(&url).send().await.unwrap().status(), 403);
    server.say(ANN, text("Hello")).await.unwrap();
    let form = |kind: &str| {
        let border = "border";
        let part = |name: &str, value: String| {
            format!("--{border}\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
        };
        let message = json!({"attachment": {"type": kind, "payload": {"is_reusable": true}}}).to_string();
        let file =
            "content-disposition: form-data; name=\"filedata\"; filename=\"a.txt\"\r\ncontent-type: text/plain\r\n\r\norder 7";
        let recipient = part("recipient", json!({"id": ANN}).to_string());
        format!("{recipient}{}--{border}\r\n{file}\r\n--{border}--\r\n", part("message", message))
    };
    let upload = async |kind: &str| -> Value {
        let request = client.post(format!("{}/v25.0/me/messages", server.url())).bearer_auth(TOKEN);
        let request = request.header("content-type", "multipart/form-data; boundary=border").body(form(kind));
        request.send().await.unwrap().json().await.unwrap()
    };
    let sent = upload("file").await;
    let shown = server.phone().shown(ANN).pop().unwrap();
    assert_eq!((shown.file_name.as_deref(), sent["attachment_id"].is_string()), (Some("a.txt"), true));
    assert_eq!(error(&upload("image").await), (Some(100), Some(2_018_047)));
    let again = json!({"attachment": {"type": "file", "payload": {"attachment_id": sent["attachment_id"]}}});
    assert!(send(&server, again, json!({})).await["message_id"].is_string());
}

#[tokio::test]
async fn an_hour_of_failures_switches_the_subscription_off() {
    let (server, listener) = running().await;
    let apps = async || ask(&server, "GET", "me/subscribed_apps", None).await.1["data"].clone();
    assert_eq!(apps().await.as_array().map(Vec::len), Some(1));
    server.app().webhooks().set_scale(100_000);
    listener.served.faults.arm("hook", Fault::html(500), 10_000);
    server.say(ANN, text("Hello")).await.unwrap();
    let off = async {
        while server.app().webhooks().pending() > 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), off).await.unwrap();
    assert_eq!(apps().await, json!([]));
    listener.served.faults.disarm();
    let subscribe = ask(&server, "POST", "me/subscribed_apps?subscribed_fields=messages", None).await.1;
    assert_eq!(subscribe, json!({"success": true}));
    assert_eq!(apps().await[0]["subscribed_fields"], json!(["messages"]));
    server.say(ANN, text("again")).await.unwrap();
    assert_eq!(item(&listener.wait(1).await[0].body)["message"]["text"], "again");
    let wrong = ask(&server, "POST", "me/subscribed_apps?subscribed_fields=poems", None).await.1;
    assert_eq!(error(&wrong).0, Some(100));
}

#[tokio::test]
async fn profiles_may_be_kept() {
    let (server, _listener) = running().await;
    server.say(ANN, Said { name: Some("Bob Stone".into()), text: "Hi".into(), ..Said::default() }).await.unwrap();
    let profile = ask(&server, "GET", &format!("{ANN}?fields=first_name,last_name"), None).await.1;
    assert_eq!(profile, json!({"id": ANN, "first_name": "Bob", "last_name": "Stone"}));
    server.hide_profile(ANN);
    assert_eq!(error(&ask(&server, "GET", ANN, None).await.1), (Some(100), Some(33)));
    assert_eq!(ask(&server, "GET", "me?fields=id,name", None).await.1, json!({"id": PAGE_ID, "name": "Shop"}));
}
