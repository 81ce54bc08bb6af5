//! The Callback API: who may call, what is answered, and our place among VK's servers.

use std::sync::atomic::Ordering;

use reqwest::Method;
use serde_json::{Value, json};
use trunkline_channel::Health;

use super::rig::{Reply, Rig, SECRET, TOKEN, eventually, refused, setup};

const PUBLIC: &str = "https://support.example.com";

async fn rig() -> (Rig, String) {
    let rig = Rig::start_with(&json!({"mode": "callback", "secret": SECRET}), Some(PUBLIC)).await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}/", listener.local_addr().unwrap());
    let routes = rig.connector.routes(rig.cx.clone());
    tokio::spawn(async move { axum::serve(listener, routes).await });
    (rig, address)
}

fn event(id: &str, more: &Value) -> Value {
    let mut event = json!({"type": "message_deny", "group_id": 123_456, "event_id": id, "v": "5.199", "secret": SECRET,
        "object": {"user_id": 7}});
    for (key, value) in more.as_object().into_iter().flatten() {
        event[key] = value.clone();
    }
    event
}

async fn call(address: &str, body: String) -> (u16, Option<String>, String) {
    let request = setup(None).http.request(Method::POST, address.parse().unwrap()).body(body);
    let answer = request.send().await.unwrap();
    let wait = answer.headers().get("retry-after").map(|value| value.to_str().unwrap().to_owned());
    (answer.status().as_u16(), wait, answer.text().await.unwrap())
}

#[tokio::test]
async fn only_vk_is_believed_and_ok_means_stored() {
    let (rig, address) = rig().await;
    let forged = [
        event("a", &json!({"secret": "asecretofourown2027"})),
        event("a", &json!({"secret": ""})),
        event("a", &json!({"secret": null})),
        event("a", &json!({"group_id": 5})),
    ];
    for body in forged {
        assert!(matches!(call(&address, body.to_string()).await.0, 400 | 403), "{body}");
    }
    assert_eq!(call(&address, "<html>".into()).await.0, 400);
    assert_eq!(call(&address, "x".repeat(5_000_000)).await.0, 413);
    assert!(rig.desk.keys().is_empty());

    rig.desk.refusals.store(1, Ordering::SeqCst);
    let (status, wait, body) = call(&address, event("a", &json!({})).to_string()).await;
    assert_eq!((status, wait.as_deref()), (503, Some("1")));
    assert_ne!(body, "ok");
    for _ in 0..10 {
        let answer = call(&address, event("a", &json!({})).to_string()).await;
        assert_eq!((answer.0, answer.2.as_str()), (200, "ok"));
    }
    assert_eq!(rig.desk.keys(), ["a"]);
    // What is kept lets nobody call.
    let kept = rig.desk.stored.lock().unwrap()[0].body.clone();
    assert!(!String::from_utf8_lossy(&kept).contains(SECRET));
    assert_eq!(rig.connector.translator().translate(&kept).events.len(), 1);
}

#[tokio::test]
async fn the_address_is_confirmed_with_the_code_of_the_moment() {
    let (rig, address) = rig().await;
    let codes = ["1a2b3c4d", "5e6f7a8b"].map(|code| Reply::Response(json!({ "code": code })));
    rig.vk.says("groups.getCallbackConfirmationCode", codes);
    let confirmation = json!({"type": "confirmation", "group_id": 123_456, "secret": SECRET}).to_string();
    for code in ["1a2b3c4d", "5e6f7a8b"] {
        let answer = call(&address, confirmation.clone()).await;
        assert_eq!((answer.0, answer.2.as_str()), (200, code));
    }
    rig.vk.says("groups.getCallbackConfirmationCode", [Reply::Refused(15)]);
    assert_eq!(call(&address, confirmation).await.0, 503);
    assert!(rig.desk.keys().is_empty());
}

#[tokio::test]
async fn a_press_is_answered_within_the_call() {
    let (rig, address) = rig().await;
    let object = json!({"user_id": 7, "peer_id": 7, "event_id": "press-7", "payload": {}});
    let press = event("p", &json!({"type": "message_event", "object": object}));
    assert_eq!(call(&address, press.to_string()).await.2, "ok");
    assert_eq!(rig.vk.calls("messages.sendMessageEventAnswer").len(), 1);
}

#[tokio::test]
async fn our_server_is_added_kept_and_watched() {
    let (rig, _) = rig().await;
    let url = format!("{PUBLIC}/in/box");
    let ours = |status: &str| {
        let items = json!([{"id": 3, "url": "https://other.example.com/", "status": "ok", "secret_key": ""},
            {"id": 4, "url": url, "status": status, "secret_key": SECRET}]);
        Reply::Response(json!({"count": 2, "items": items}))
    };
    rig.vk.says("groups.getCallbackServers", [Reply::Response(json!({"count": 0, "items": []})), ours("ok")]);
    rig.vk.says("groups.addCallbackServer", [Reply::Response(json!({"server_id": 4}))]);
    rig.run();
    let wanted = eventually("the settings", || rig.vk.calls("groups.setCallbackSettings").into_iter().next()).await;
    assert_eq!((wanted.get("server_id"), wanted.get("message_event"), wanted.get("api_version")), ("4", "1", "5.199"));
    let added = rig.vk.calls("groups.addCallbackServer").remove(0);
    assert_eq!((added.get("url"), added.get("secret_key")), (url.as_str(), SECRET));
    eventually("the connection", || (rig.health() == Health::Connected).then_some(())).await;
    rig.vk.says("groups.getCallbackServers", [ours("failed")]);
    eventually("the trouble", || matches!(rig.health(), Health::Troubled { .. }).then_some(())).await;
    rig.vk.says("groups.getCallbackServers", [ours("ok")]);
    eventually("the recovery", || (rig.health() == Health::Connected).then_some(())).await;
    assert_eq!(rig.vk.calls("groups.addCallbackServer").len(), 1);
    rig.cx.stop.cancel();
}

#[tokio::test]
async fn the_doctor_says_what_is_wrong() {
    let rig = Rig::start().await;
    rig.vk.says("groups.getById", [Reply::Response(json!({"groups": [{"id": 5, "name": "Other"}]}))]);
    rig.vk.says(
        "groups.getTokenPermissions",
        [Reply::Response(json!({"mask": 4, "permissions": [{"name": "photos", "setting": 4}]}))],
    );
    rig.vk.says("groups.getLongPollSettings", [Reply::Response(json!({"is_enabled": false, "events": {}}))]);
    let told = serde_json::to_value(rig.connector.diagnose(&rig.cx).await).unwrap();
    let states: Vec<&str> = told.as_array().unwrap().iter().map(|check| check["state"].as_str().unwrap()).collect();
    assert_eq!(states, ["failed", "failed", "failed", "warning"], "{told}");
    rig.vk.says("groups.getById", [Reply::Response(json!({"groups": [{"id": 123_456, "name": "Shop"}]}))]);
    let rights = ["messages", "photos", "docs", "manage"].map(|name| json!({ "name": name }));
    rig.vk.says("groups.getTokenPermissions", [Reply::Response(json!({"mask": 4, "permissions": rights}))]);
    rig.vk.says("groups.getLongPollSettings", [Reply::Response(json!({"is_enabled": true, "events": {"message_new": 1}}))]);
    let told = serde_json::to_value(rig.connector.diagnose(&rig.cx).await).unwrap();
    let states: Vec<&str> = told.as_array().unwrap().iter().map(|check| check["state"].as_str().unwrap()).collect();
    assert_eq!(states, ["ok", "ok", "ok", "warning"], "{told}");
    assert!(!told.to_string().contains(TOKEN));
}

#[test]
fn settings_that_cannot_work_are_refused() {
    let full = json!({"group_id": 123_456, "token": TOKEN, "mode": "callback", "secret": SECRET});
    let table = [
        ("group_id", json!(-5), "group_id"),
        ("token", json!(""), "token"),
        ("secret", json!("short"), "secret"),
        ("secret", json!("with spaces and more"), "secret"),
        ("api_url", json!("ftp://example.com"), "api_url"),
        ("trusted_media_urls", json!(["x"]), "trusted_media_urls"),
    ];
    for (key, value, named) in table {
        let mut settings = full.clone();
        settings[key] = value;
        assert_eq!(refused(&settings, Some(PUBLIC)).key, named);
    }
    assert_eq!(refused(&full, None).key, "mode");
}
