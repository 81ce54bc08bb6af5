//! Buttons under what operators write to visitors of a site, and what becomes of a press.

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::{Store, TestDaemon, each_store, eventually};

each_store!(a_visitor_presses_a_button_and_the_operator_reads_the_answer);

async fn a_visitor_presses_a_button_and_the_operator_reads_the_answer(store: Store) {
    let daemon = TestDaemon::start(&store).await;
    let ann = daemon.set_up("ann@example.com", "Ann", "a long password").await;
    let enter = async || {
        let token = daemon.visitor(json!({})).await["token"].as_str().unwrap().to_owned();
        let socket = daemon.socket(&token).await;
        let started = socket.ask("chat:start", &json!({"client_id": "s", "content": "Hello"})).await.unwrap();
        (socket, started["session_id"].as_str().unwrap().to_owned())
    };
    let ((visitor, id), (stranger, theirs)) = (enter().await, enter().await);
    let path = format!("/api/v1/conversations/{id}");
    assert_eq!(ann.post(&format!("{path}/accept"), json!({})).await.0, StatusCode::OK);
    let reply = json!({"client_id": "1", "text": "When does it suit you?", "extra": {"buttons": [
        {"id": "am", "title": "In the morning"}, {"id": "pm", "title": "Later"},
        {"id": "", "title": "Opening hours", "url": "https://shop.example/hours"}]}});
    let (status, asked) = ann.post(&format!("{path}/messages"), reply).await;
    assert_eq!(status, StatusCode::CREATED, "{asked}");

    let seen = eventually("the question", async || {
        let told = visitor.next_named("chat:new_message").await.unwrap();
        (told["message"]["id"] == asked["id"]).then(|| told["message"].clone())
    })
    .await;
    assert_eq!(seen["extra"], json!({"buttons": asked["extra"]["buttons"]}), "{seen}");

    let press = |button: &str, client_id: &str| json!({"session_id": id, "client_id": client_id, "reply_to": asked["id"], "choice": button, "content": "something else"});
    for _ in 0..2 {
        let pressed = visitor.ask("chat:send_message", &press("pm", "p")).await.unwrap();
        assert_eq!((&pressed["ok"], &pressed["message"]["text"]), (&json!(true), &json!("Later")), "{pressed}");
    }
    let (_, page) = ann.get(&format!("{path}/messages?after=0")).await;
    let answers: Vec<&Value> = page["items"].as_array().unwrap().iter().filter(|one| one["kind"] == "interactive").collect();
    assert_eq!(answers.len(), 1, "{page}");
    assert_eq!((&answers[0]["sender_type"], &answers[0]["text"]), (&json!("customer"), &json!("Later")));
    assert_eq!(answers[0]["extra"], json!({"choice": {"id": "pm", "title": "Later"}}));

    let refused = visitor.ask("chat:send_message", &press("never", "q")).await.unwrap();
    assert_eq!((&refused["problem"]["status"], &refused["problem"]["errors"][0]["pointer"]), (&json!(422), &json!("/choice")));
    let link = visitor.ask("chat:send_message", &press("", "r")).await.unwrap();
    assert_eq!(link["problem"]["code"], "no_such_button", "{link}");
    let mut foreign = press("pm", "s");
    foreign["session_id"] = json!(theirs);
    assert_eq!(stranger.ask("chat:send_message", &foreign).await.unwrap()["problem"]["status"], 404);
    assert_eq!(daemon.stop().await.code(), Some(0));
}
