//! What a site asks before a conversation is asked by the daemon as well, not by its widget alone.

use serde_json::{Value, json};
use trunkline_stand_ins::socket::Socket;

use crate::support::{Store, TestDaemon, each_store};

each_store!(a_conversation_begins_once_what_is_asked_before_it_is_answered);

const FORM: &str = r#"{pre_chat={consent="I agree.",fields=[{name="email",label="E-mail",required=true},
    {name="topic",label="About",kind="select",options=["Order","Refund"],required=true},{name="phone",label="Phone"}]}}"#;

async fn start(visitor: &Socket, client_id: &str, answers: Value) -> Value {
    let event = json!({"client_id": client_id, "content": "Hello", "answers": answers});
    visitor.ask("chat:start", &event).await.unwrap()
}

async fn a_conversation_begins_once_what_is_asked_before_it_is_answered(store: Store) {
    let form = FORM.replace('\n', "");
    let keys = [("inboxes.website.channel", "web_chat"), ("inboxes.website.settings", form.as_str())];
    let daemon = TestDaemon::start_with(&store, &keys).await;
    let ann = daemon.set_up("ann@example.com", "Ann", "a long password").await;
    let token = daemon.visitor(json!({})).await["token"].as_str().unwrap().to_owned();
    let visitor = daemon.socket(&token).await;
    let good = json!({"email": "bob@example.com", "topic": "Refund", "consent": true});
    let with = |name: &str, answer: Value| {
        let mut answers = good.clone();
        answers[name] = answer;
        answers
    };
    for (answers, field) in [
        (json!({}), "email"),
        (with("email", json!("  ")), "email"),
        (with("email", json!("bob")), "email"),
        (with("topic", json!("Something else")), "topic"),
        (with("topic", json!(true)), "topic"),
        (with("phone", json!("none")), "phone"),
        (with("consent", json!(false)), "consent"),
    ] {
        let refused = start(&visitor, "first", answers.clone()).await;
        assert_eq!(refused["ok"], false, "{answers}: {refused}");
        let problem = &refused["problem"];
        assert_eq!((&problem["status"], &problem["code"]), (&json!(422), &json!("invalid_answers")), "{refused}");
        assert_eq!(problem["errors"][0]["pointer"], format!("/answers/{field}"), "{answers}: {refused}");
    }
    // Nor does a message begin one without them.
    let said = json!({"client_id": "m", "content": "Hello"});
    let refused = visitor.ask("chat:send_message", &said).await.unwrap();
    assert_eq!(refused["problem"]["errors"][0]["pointer"], "/answers/email", "{refused}");
    assert_eq!(ann.get("/api/v1/conversations").await.1["items"], json!([]));

    let started = start(&visitor, "first", with("colour", json!("red"))).await;
    assert_eq!(started["ok"], true, "{started}");
    let (_, view) = ann.get(&format!("/api/v1/conversations/{}", started["session_id"].as_str().unwrap())).await;
    assert_eq!((&view["custom_fields"]["topic"], &view["contact"]["handle"]), (&json!("Refund"), &json!("bob@example.com")));
    // In the open conversation nobody is asked again.
    assert_eq!(visitor.ask("chat:send_message", &said).await.unwrap()["ok"], true);
    assert_eq!(start(&visitor, "again", json!({})).await["session_id"], started["session_id"]);

    // What the site's page says of its visitor is known.
    let token = daemon.visitor(json!({"email": "carl@example.com"})).await["token"].as_str().unwrap().to_owned();
    let known = daemon.socket(&token).await;
    assert_eq!(start(&known, "first", json!({"topic": "Order", "consent": true})).await["ok"], true);
    assert_eq!(daemon.stop().await.code(), Some(0));
}
