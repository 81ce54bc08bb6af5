//! Long Poll: what is lost, what is not, and where it goes on.

use serde_json::{Value, json};
use trunkline_channel::{Cursor, Health};

use super::rig::{Reply, Rig, eventually};

const SEEN: &str = "events_seen_at";

fn update(id: &str, text: &str) -> Value {
    json!({"type": "message_new", "group_id": 123_456, "event_id": id, "object": {"message":
        {"peer_id": 50_012_345, "from_id": 50_012_345, "conversation_message_id": 1, "text": text, "date": 1}}})
}

fn news(ts: &str, updates: &[Value]) -> Reply {
    Reply::Plain(json!({"ts": ts, "updates": updates}))
}

fn position(rig: &Rig) -> Option<(String, String)> {
    let stored: Value = serde_json::from_str(&rig.desk.cursor("long_poll")?).unwrap();
    Some((stored["key"].as_str()?.to_owned(), stored["ts"].as_str()?.to_owned()))
}

fn asked(rig: &Rig) -> Vec<String> {
    rig.vk.calls("poll").iter().map(|call| format!("{}:{}", call.get("key"), call.get("ts"))).collect()
}

/// That the inbox has listened before.
fn has_listened(rig: &Rig) {
    let at = (rig.cx.clock.now() - 3_600_000_000).to_string();
    rig.desk.cursors.lock().unwrap().push(Cursor { name: SEEN.to_owned(), value: at });
}

fn history(rig: &Rig) {
    let now = rig.cx.clock.now() / 1_000_000;
    let message = |cmid: i64, out: i64, date: i64| json!({"id": cmid, "conversation_message_id": cmid, "peer_id": 50_012_345, "from_id": 50_012_345, "out": out, "date": date, "text": "x"});
    let (new, answer, old) = (message(9, 0, now), message(8, 1, now - 60), message(7, 0, now - 90_000));
    let other = json!({"conversation": {"peer": {"id": 7}}, "last_message": message(1, 0, now - 90_000)});
    let ann = json!({"conversation": {"peer": {"id": 50_012_345}}, "last_message": new});
    rig.vk.says("messages.getConversations", [Reply::Response(json!({"count": 2, "items": [ann, other]}))]);
    rig.vk.says("messages.getHistory", [Reply::Response(json!({"count": 3, "items": [new, answer, old]}))]);
}

#[tokio::test]
async fn nothing_newer_is_asked_for_before_it_is_stored() {
    let rig = Rig::start().await;
    rig.vk.says(
        "poll",
        [
            news("11", &[update("a", "one"), update("b", "two")]),
            Reply::Plain(json!({"ts": 12, "updates": [update("c", "three")]})),
        ],
    );
    rig.desk.refusals.store(3, std::sync::atomic::Ordering::SeqCst);
    let running = rig.run();
    eventually("three events", || (rig.desk.keys() == ["a", "b", "c"]).then_some(())).await;
    eventually("the next poll", || (asked(&rig) == ["k1:10", "k1:11", "k1:12"]).then_some(())).await;
    assert_eq!(position(&rig), Some(("k1".into(), "12".into())));
    assert_eq!(rig.health(), Health::Connected);
    assert!(rig.vk.calls("groups.setLongPollSettings")[0].get("message_new") == "1");
    rig.cx.stop.cancel();
    running.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_restart_goes_on_from_what_was_stored() {
    let rig = Rig::start().await;
    let value = json!({"server": format!("{}/poll", rig.vk.url), "key": "old", "ts": "77"}).to_string();
    rig.desk.cursors.lock().unwrap().push(Cursor { name: "long_poll".to_owned(), value });
    rig.run();
    eventually("the first poll", || (asked(&rig) == ["old:77"]).then_some(())).await;
    assert!(rig.vk.calls("groups.getLongPollServer").is_empty());
    rig.cx.stop.cancel();
}

#[tokio::test]
async fn an_expired_key_is_renewed_at_the_same_place() {
    let rig = Rig::start().await;
    let server = json!({"server": format!("{}/poll", rig.vk.url), "key": "k2", "ts": "500"});
    let first = json!({"server": format!("{}/poll", rig.vk.url), "key": "k1", "ts": "10"});
    rig.vk.says("groups.getLongPollServer", [Reply::Response(first), Reply::Response(server)]);
    rig.vk.says("poll", [Reply::Plain(json!({"failed": 2}))]);
    rig.run();
    eventually("the poll with the new key", || (asked(&rig) == ["k1:10", "k2:10"]).then_some(())).await;
    assert_eq!(position(&rig), Some(("k2".into(), "10".into())));
    rig.cx.stop.cancel();
}

#[tokio::test]
async fn lost_history_is_read_back_from_the_conversations() {
    for (failed, expected) in [(json!({"failed": 1, "ts": 160}), "k1:160"), (json!({"failed": 3}), "k1:10")] {
        let rig = Rig::start().await;
        let value = json!({"server": format!("{}/poll", rig.vk.url), "key": "k1", "ts": "20"}).to_string();
        rig.desk.cursors.lock().unwrap().push(Cursor { name: "long_poll".to_owned(), value });
        has_listened(&rig);
        history(&rig);
        rig.vk.says("poll", [Reply::Plain(failed)]);
        rig.run();
        eventually("the next poll", || (asked(&rig) == ["k1:20", expected]).then_some(())).await;
        // Oldest first, only what is new, and nothing of conversations that rest.
        assert_eq!(rig.desk.keys(), ["history:50012345:8", "history:50012345:9"]);
        assert_eq!(rig.vk.calls("messages.getHistory").len(), 1);
        let translated: Vec<String> = rig
            .desk
            .stored
            .lock()
            .unwrap()
            .iter()
            .map(|event| {
                let translation = rig.connector.translator().translate(&event.body);
                format!("{:?}", translation.events).split("direction: ").nth(1).unwrap().chars().take(3).collect()
            })
            .collect();
        assert_eq!(translated, ["Out", "Inb"]);
        rig.cx.stop.cancel();
    }
}

#[tokio::test]
async fn a_new_inbox_leaves_the_past_alone() {
    let rig = Rig::start().await;
    history(&rig);
    rig.vk.says("poll", [news("11", &[])]);
    rig.run();
    eventually("the second poll", || (asked(&rig).len() == 2).then_some(())).await;
    assert!(rig.vk.calls("messages.getConversations").is_empty());
    eventually("the note of having listened", || rig.desk.cursor(SEEN)).await;
    rig.cx.stop.cancel();
}

#[tokio::test]
async fn broken_lines_and_dead_keys_are_told_and_tried_again() {
    let rig = Rig::start().await;
    rig.vk.says("poll", [Reply::Page(502, "<html>"), Reply::Page(200, "<html>"), news("11", &[update("a", "one")])]);
    rig.run();
    eventually("the event", || (rig.desk.keys() == ["a"]).then_some(())).await;
    rig.cx.stop.cancel();

    let rig = Rig::start().await;
    rig.vk.says("groups.getLongPollServer", [Reply::Refused(5)]);
    rig.run();
    eventually("the bad credentials", || matches!(rig.health(), Health::BadCredentials { .. }).then_some(())).await;
    rig.vk.says("groups.getLongPollServer", [Reply::Refused(15)]);
    eventually("the missing right", || matches!(rig.health(), Health::Misconfigured { .. }).then_some(())).await;
    let server = json!({"server": format!("{}/poll", rig.vk.url), "key": "k1", "ts": "10"});
    rig.vk.says("groups.getLongPollServer", [Reply::Response(server)]);
    rig.vk.says("poll", [news("11", &[update("b", "two")])]);
    eventually("the event after it", || (rig.desk.keys() == ["b"]).then_some(())).await;
    rig.cx.stop.cancel();
}

#[tokio::test]
async fn a_silent_server_is_left_for_another() {
    let rig = Rig::start().await;
    // It holds every poll for longer than it was asked to, and never answers.
    rig.run();
    eventually("another server", || (rig.vk.calls("groups.getLongPollServer").len() >= 2).then_some(())).await;
    rig.cx.stop.cancel();
}

#[tokio::test]
async fn a_pressed_button_is_answered_once_it_is_stored() {
    let rig = Rig::start().await;
    let press = json!({"type": "message_event", "group_id": 123_456, "event_id": "e1", "object":
        {"user_id": 50_012_345, "peer_id": 50_012_345, "event_id": "press-7", "payload": {"button": "a"}}});
    rig.vk.says("poll", [news("11", &[press])]);
    rig.run();
    let call = eventually("the answer", || rig.vk.calls("messages.sendMessageEventAnswer").into_iter().next()).await;
    assert_eq!((call.get("event_id"), rig.desk.keys()), ("press-7", vec!["e1".to_owned()]));
    rig.cx.stop.cancel();
}

#[tokio::test]
async fn a_message_that_was_cut_off_is_asked_for_whole() {
    let rig = Rig::start().await;
    let mut cut = update("a", "The beginn");
    cut["object"]["message"]["is_cropped"] = json!(true);
    let mut lost = update("b", "The end");
    lost["object"]["message"]["is_cropped"] = json!(true);
    let mut whole = update("", "The beginning and the end")["object"]["message"].clone();
    whole["is_cropped"] = json!(false);
    let found = Reply::Response(json!({"count": 1, "items": [whole]}));
    rig.vk.says("messages.getByConversationMessageId", [found, Reply::Refused(10)]);
    rig.vk.says("poll", [news("11", &[cut, lost])]);
    rig.run();
    eventually("both", || (rig.desk.keys() == ["a", "b"]).then_some(())).await;
    let stored = rig.desk.stored.lock().unwrap().clone();
    let texts: Vec<String> =
        stored.iter().map(|event| format!("{:?}", rig.connector.translator().translate(&event.body))).collect();
    assert!(texts[0].contains("The beginning and the end") && texts[1].contains("The end"), "{texts:?}");
    rig.cx.stop.cancel();
}
