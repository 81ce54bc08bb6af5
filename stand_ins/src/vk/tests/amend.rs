use std::time::Duration;

use serde_json::{Value, json};

use super::{ANN, call, server, words};
use crate::phone::Phone;
use crate::vk::{Permission, VkStandIn};

/// A conversation of the customer's message 1 and the community's message 2.
async fn conversation() -> VkStandIn {
    let server = server().await;
    server.say(&ANN.to_string(), words("Hello")).await.unwrap();
    let board = json!({"inline": true, "buttons": [[{"action": {"type": "callback", "label": "L", "payload": {"a": 2}}}]]});
    let send = json!({"peer_id": ANN, "random_id": 1, "message": "Hi", "keyboard": board.to_string()});
    assert!(call(&server, "messages.send", send).await["response"].is_i64());
    server
}

fn code(answer: &Value) -> i64 {
    answer["error"]["error_code"].as_i64().unwrap_or_default()
}

#[tokio::test]
async fn messages_are_changed_while_they_are_young() {
    let server = conversation().await;
    let edit = |cmid: i64| json!({"peer_id": ANN, "cmid": cmid, "message": "Hi there"});
    assert_eq!(call(&server, "messages.edit", edit(2)).await["response"], 1);
    assert_eq!(code(&call(&server, "messages.edit", edit(1)).await), 920);
    let shown = server.shown(&ANN.to_string());
    assert_eq!((shown[1].text.as_str(), shown[1].edited, shown[1].buttons.len()), ("Hi there", true, 0));
    let delete = |cmid: i64| json!({"peer_id": ANN, "cmids": cmid, "delete_for_all": 1});
    assert_eq!(call(&server, "messages.delete", delete(1)).await["response"][0]["error"]["code"], 924);
    server.advance(Duration::from_secs(25 * 3_600));
    assert_eq!(code(&call(&server, "messages.edit", edit(2)).await), 909);
    assert_eq!(call(&server, "messages.delete", delete(2)).await["response"][0]["error"]["code"], 924);
    call(&server, "messages.send", json!({"peer_id": ANN, "random_id": 2, "message": "Bye"})).await;
    assert_eq!(call(&server, "messages.delete", delete(3)).await["response"][0]["response"], 1);
    assert!(server.shown(&ANN.to_string())[2].deleted);
}

#[tokio::test]
async fn typing_reading_reactions_and_buttons_reach_the_customer() {
    let server = conversation().await;
    let ann = ANN.to_string();
    assert_eq!(call(&server, "messages.setActivity", json!({"peer_id": ANN, "type": "typing"})).await["response"], 1);
    assert!(server.sees_typing(&ann));
    assert_eq!(call(&server, "messages.markAsRead", json!({"peer_id": ANN, "up_to_cmid": 1})).await["response"], 1);
    assert_eq!(server.read_up_to(ANN), 1);
    let react = json!({"peer_id": ANN, "cmid": 1, "reaction_id": 2});
    assert_eq!(call(&server, "messages.sendReaction", react).await["response"], 1);
    assert_eq!(server.shown(&ann)[0].reaction.as_deref(), Some("🔥"));
    call(&server, "messages.deleteReaction", json!({"peer_id": ANN, "cmid": 1})).await;
    assert_eq!(server.shown(&ann)[0].reaction, None);
    server.enable_long_poll();
    server.press(&ann, "2", 0).await.unwrap();
    assert_eq!(server.spinning(), 1);
    let event = server.lock().history.back().unwrap().body["object"]["event_id"].clone();
    let answer = |data: Value| json!({"event_id": event, "user_id": ANN, "peer_id": ANN, "event_data": data.to_string()});
    assert_eq!(code(&call(&server, "messages.sendMessageEventAnswer", answer(json!({"type": "shout"}))).await), 100);
    let snackbar = json!({"type": "show_snackbar", "text": "Done"});
    assert_eq!(call(&server, "messages.sendMessageEventAnswer", answer(snackbar.clone())).await["response"], 1);
    assert_eq!((server.spinning(), server.snackbars()), (0, vec![snackbar]));
}

#[tokio::test]
async fn who_may_not_be_written_to_is_told_apart() {
    let server = conversation().await;
    for (permission, expected) in [(Permission::Taken, 901), (Permission::Private, 902), (Permission::Blacklisted, 900)] {
        server.set_permission(ANN, permission);
        let send = json!({"peer_id": ANN, "random_id": 5, "message": "m"});
        assert_eq!(code(&call(&server, "messages.send", send).await), expected);
        let many = json!({"peer_ids": ANN, "random_id": 5, "message": "m"});
        assert_eq!(call(&server, "messages.send", many).await["response"][0]["error"]["code"], expected);
        let asked = call(&server, "messages.isMessagesFromGroupAllowed", json!({"group_id": 123_456, "user_id": ANN})).await;
        assert_eq!(asked["response"]["is_allowed"], 0);
    }
}

#[tokio::test]
async fn chats_have_no_ids_and_histories_are_read_back() {
    let server = conversation().await;
    let chat = 2_000_000_001;
    server.add_chat(chat, "Buyers").unwrap();
    server.receive(chat, ANN, json!({"text": "All?"})).unwrap();
    let forward = json!({"peer_id": chat, "conversation_message_ids": [2], "is_reply": true});
    let send = json!({"peer_ids": chat, "random_id": 9, "message": "Yes", "forward": forward.to_string()});
    let sent = call(&server, "messages.send", send).await;
    assert_eq!(sent["response"][0], json!({"peer_id": chat, "message_id": 0, "conversation_message_id": 3}));
    assert_eq!(server.message(chat, 3).unwrap()["reply_message"]["text"], "All?");
    server.admin_reply(ANN, "By hand");
    let conversations = call(&server, "messages.getConversations", json!({"count": 5})).await["response"].clone();
    assert_eq!((&conversations["count"], &conversations["items"][0]["conversation"]["peer"]["id"]), (&json!(2), &json!(ANN)));
    let history = call(&server, "messages.getHistory", json!({"peer_id": ANN, "count": 2})).await["response"].clone();
    assert_eq!((&history["count"], &history["items"][0]["text"]), (&json!(3), &json!("By hand")));
    let start = history["items"][1]["id"].clone();
    let after = json!({"peer_id": ANN, "start_message_id": start, "rev": 1});
    assert_eq!(call(&server, "messages.getHistory", after).await["response"]["items"].as_array().map(Vec::len), Some(2));
}
