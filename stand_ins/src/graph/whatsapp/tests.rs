use serde_json::{Value, json};

use super::{PHONE_NUMBER_ID, TOKEN, WABA_ID, WhatsApp, start};
use crate::faults::Fault;
use crate::graph::access::signature;
use crate::graph::listener::Listener;
use crate::graph::{APP_ID, APP_SECRET, Release, Signing, VERIFY_TOKEN};
use crate::phone::{Said, SaidKind};

const ANN: &str = "15557770001";

fn client() -> reqwest::Client {
    reqwest::Client::builder().user_agent("test").build().unwrap()
}

async fn ask(server: &WhatsApp, method: &str, path: &str, body: Option<Value>) -> (u16, Value) {
    let mut request = client().request(method.parse().unwrap(), format!("{}/v25.0/{path}", server.url())).bearer_auth(TOKEN);
    if let Some(body) = body {
        request = request.json(&body);
    }
    let answer = request.send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

async fn send(server: &WhatsApp, kind: &str, said: Value) -> (u16, Value) {
    let body = json!({"messaging_product": "whatsapp", "to": ANN, "type": kind, kind: said, "biz_opaque_callback_data": "dlv_1"});
    ask(server, "POST", &format!("{PHONE_NUMBER_ID}/messages"), Some(body)).await
}

async fn running() -> (WhatsApp, Listener) {
    let (server, listener) = (start(([127, 0, 0, 1], 0).into()).await.unwrap(), Listener::start().await);
    server.hook(&listener.url());
    (server, listener)
}

fn text(text: &str) -> Said {
    Said { text: text.into(), ..Said::default() }
}

/// The one value of a delivery.
fn value(body: &Value) -> &Value {
    &body["entry"][0]["changes"][0]["value"]
}

#[tokio::test]
async fn customers_messages_come_signed_and_escaped() {
    let (server, listener) = running().await;
    let phone = server.phone();
    let first = phone.say(ANN, text("Grüße / 👋")).await.unwrap();
    let came = listener.wait(1).await.remove(0);
    assert!(came.signed && came.raw.is_ascii() && came.raw.windows(2).any(|two| two == b"\\/"));
    let told = value(&came.body);
    assert_eq!(told["messages"][0]["text"]["body"], "Grüße / 👋");
    assert_eq!((told["messages"][0]["id"].as_str(), told["messages"][0]["from"].as_str()), (Some(first.as_str()), Some(ANN)));
    assert_eq!(told["messages"][0]["from_user_id"], told["contacts"][0]["user_id"]);
    server.hide_number(ANN, "@ann");
    server.app().webhooks().set_signing(Signing::Wrong);
    phone.say(ANN, text("hidden")).await.unwrap();
    let came = listener.wait(2).await.remove(1);
    assert!(!came.signed);
    assert!(value(&came.body)["messages"][0].get("from").is_none() && value(&came.body)["contacts"][0].get("wa_id").is_none());
}

#[tokio::test]
async fn a_send_reaches_the_phone_and_its_statuses_come_back() {
    let (server, listener) = running().await;
    let phone = server.phone();
    phone.say(ANN, text("Hello")).await.unwrap();
    let (status, answer) = send(&server, "text", json!({"body": "Hi"})).await;
    assert_eq!((status, answer["contacts"][0]["wa_id"].as_str()), (200, Some(ANN)));
    phone.read(ANN).await.unwrap();
    let came = listener.wait(4).await;
    let statuses: Vec<_> = came.iter().skip(1).map(|came| value(&came.body)["statuses"][0].clone()).collect();
    assert_eq!(
        statuses.iter().map(|status| status["status"].as_str().unwrap()).collect::<Vec<_>>(),
        ["sent", "delivered", "read"]
    );
    assert!(
        statuses
            .iter()
            .all(|status| status["id"] == answer["messages"][0]["id"] && status["biz_opaque_callback_data"] == "dlv_1")
    );
    let shown = phone.shown(ANN);
    assert_eq!(shown.iter().map(|one| (one.mine, one.text.as_str())).collect::<Vec<_>>(), [(true, "Hello"), (false, "Hi")]);
}

#[tokio::test]
async fn statuses_can_come_before_the_answer() {
    let (server, listener) = running().await;
    server.set_statuses_first(true);
    server.phone().say(ANN, text("Hello")).await.unwrap();
    send(&server, "text", json!({"body": "Hi"})).await;
    assert!(listener.came().iter().any(|came| value(&came.body)["statuses"][0]["status"] == "sent"));
}

#[tokio::test]
async fn what_cannot_arrive_fails_later_or_at_once() {
    let (server, listener) = running().await;
    let phone = server.phone();
    let code = |body: &Value| value(body)["statuses"][0]["errors"][0]["code"].as_i64();
    assert_eq!(send(&server, "text", json!({"body": "Hi"})).await.0, 200);
    assert_eq!(code(&listener.wait(1).await[0].body), Some(131_047));
    phone.say(ANN, text("Hello")).await.unwrap();
    server.app().advance(std::time::Duration::from_secs(24 * 3_600 + 1));
    server.set_refuses_at_once(true);
    assert_eq!(send(&server, "text", json!({"body": "Hi"})).await.1["error"]["code"], 131_047);
    let template = json!({"name": "order_ready", "language": {"code": "en_US"}, "components": [{"type": "body",
        "parameters": [{"type": "text", "text": "Ann"}, {"type": "text", "text": "7"}]}]});
    assert_eq!(send(&server, "template", template).await.0, 200);
    assert_eq!(phone.shown(ANN).last().unwrap().text, "Hello Ann, your order 7 is ready.");
    server.set_refuses_at_once(false);
    phone.say(ANN, text("again")).await.unwrap();
    phone.block(ANN, true).await.unwrap();
    assert_eq!(send(&server, "text", json!({"body": "Hi"})).await.0, 200);
    let came = listener.wait(6).await;
    assert_eq!(code(&came.last().unwrap().body), Some(131_026));
    assert!(phone.say(ANN, text("x")).await.is_err());
}

#[tokio::test]
async fn every_gesture_is_told() {
    let (server, listener) = running().await;
    let phone = server.phone();
    use SaidKind::{Contact, Document, Location, Photo, Sticker, Text, Video, Voice};
    for kind in [Text, Photo, Voice, Video, Document, Sticker, Location, Contact] {
        phone.say(ANN, Said { kind, text: "see".into(), ..Said::default() }).await.unwrap();
    }
    let button = json!({"type": "reply", "reply": {"id": "m", "title": "Size M"}});
    let asked = json!({"type": "button", "body": {"text": "Which?"}, "action": {"buttons": [button]}});
    let asked = send(&server, "interactive", asked).await.1["messages"][0]["id"].as_str().unwrap().to_owned();
    phone.press(ANN, &asked, 0).await.unwrap();
    phone.react(ANN, &asked, Some("🔥")).await.unwrap();
    let mine = phone.shown(ANN)[0].id.clone();
    phone.edit(ANN, &mine, "changed").await.unwrap();
    phone.delete(ANN, &mine).await.unwrap();
    server.write_from_app(ANN, "from the phone");
    server.change_number(ANN, "15557770009");
    let came = listener.wait(8 + 2 + 4 + 3).await;
    let kinds: Vec<_> = came.iter().filter_map(|came| value(&came.body)["messages"][0]["type"].as_str()).collect();
    let wanted = [
        "text",
        "image",
        "audio",
        "video",
        "document",
        "sticker",
        "location",
        "contacts",
        "interactive",
        "reaction",
        "edit",
        "revoke",
        "system",
        "system",
    ];
    assert_eq!(kinds, wanted);
    assert!(came.iter().any(|came| came.body["entry"][0]["changes"][0]["field"] == "smb_message_echoes"));
    assert_eq!(send(&server, "reaction", json!({"message_id": mine, "emoji": "👍"})).await.0, 200);
}

#[tokio::test]
async fn media_take_two_steps_and_addresses_end() {
    let (server, listener) = running().await;
    server.phone().say(ANN, Said { kind: SaidKind::Photo, ..Said::default() }).await.unwrap();
    let came = listener.wait(1).await.remove(0);
    let id = value(&came.body)["messages"][0]["image"]["id"].as_str().unwrap().to_owned();
    let (_, looked_up) = ask(&server, "GET", &format!("{id}?phone_number_id={PHONE_NUMBER_ID}"), None).await;
    let url = looked_up["url"].as_str().unwrap();
    assert_eq!(client().get(url).send().await.unwrap().status(), 401);
    let answer = client().get(url).bearer_auth(TOKEN).send().await.unwrap();
    assert_eq!((answer.status().as_u16(), answer.bytes().await.unwrap()), (200, crate::samples::photo().bytes.into()));
    server.app().advance(std::time::Duration::from_secs(301));
    assert_eq!(client().get(url).bearer_auth(TOKEN).send().await.unwrap().status(), 404);
    // What a customer sent cannot be sent on under its id.
    assert_eq!(send(&server, "image", json!({"id": id})).await.1["error"]["code"], 131_009);
    assert_eq!(ask(&server, "GET", "123", None).await.1["error"]["error_subcode"], 33);
}

#[tokio::test]
async fn what_is_held_leaves_in_the_shape_that_was_asked_for() {
    let (server, listener) = running().await;
    let (phone, hook) = (server.phone(), server.app().webhooks());
    hook.hold();
    for word in ["one", "two"] {
        phone.say(ANN, text(word)).await.unwrap();
    }
    server.phone_of(super::SECOND_PHONE_NUMBER_ID).say(ANN, text("three")).await.unwrap();
    hook.release(Release::Together);
    let came = listener.wait(1).await.remove(0);
    let changes = came.body["entry"][0]["changes"].as_array().unwrap();
    assert_eq!(changes.iter().map(|change| change["value"]["messages"].as_array().unwrap().len()).collect::<Vec<_>>(), [2, 1]);
    hook.hold();
    for word in ["one", "two"] {
        phone.say(ANN, text(word)).await.unwrap();
    }
    hook.release(Release::Backwards);
    let words: Vec<_> =
        listener.wait(3).await.iter().skip(1).map(|came| value(&came.body)["messages"][0]["text"]["body"].clone()).collect();
    assert_eq!(words, ["two", "one"]);
    hook.set_copies(2);
    phone.say(ANN, text("twice")).await.unwrap();
    let came = listener.wait(5).await;
    assert_eq!(came[3].raw, came[4].raw);
    // Tried again until it is taken.
    hook.set_copies(1);
    listener.served.faults.arm("hook", Fault::html(502), 2);
    phone.say(ANN, text("again")).await.unwrap();
    listener.wait(6).await;
    assert_eq!(hook.sent().iter().filter(|sent| sent.status == Some(502)).count(), 2);
}

#[tokio::test]
async fn callers_are_checked() {
    let (server, listener) = running().await;
    let url = |path: &str| format!("{}/{path}", server.url());
    let code = async |request: reqwest::RequestBuilder| {
        request.send().await.unwrap().json::<Value>().await.unwrap()["error"]["code"].clone()
    };
    let number = format!("v25.0/{PHONE_NUMBER_ID}");
    assert_eq!(code(client().get(url(&number))).await, 104);
    assert_eq!(code(client().get(url(&number)).bearer_auth("x")).await, 190);
    assert_eq!(code(client().get(url(&format!("v2.0/{PHONE_NUMBER_ID}"))).bearer_auth(TOKEN)).await, 2_635);
    server.app().set_proof_required(true);
    assert_eq!(code(client().get(url(&number)).bearer_auth(TOKEN)).await, 100);
    let proof = signature(APP_SECRET, TOKEN.as_bytes());
    assert!(code(client().get(url(&format!("{number}?appsecret_proof={proof}"))).bearer_auth(TOKEN)).await.is_null());
    server.app().set_proof_required(false);
    let about = ask(&server, "GET", &format!("debug_token?input_token={TOKEN}"), None).await.1;
    assert_eq!((&about["data"]["is_valid"], &about["data"]["app_id"]), (&json!(true), &json!(APP_ID)));
    server.app().set_token_dead(Some(463));
    let (status, refused) = ask(&server, "GET", PHONE_NUMBER_ID, None).await;
    assert_eq!(
        (status, refused["error"]["code"].as_i64(), refused["error"]["error_subcode"].as_i64()),
        (401, Some(190), Some(463))
    );
    server.app().set_token_dead(None);
    assert_eq!(ask(&server, "DELETE", &format!("{WABA_ID}/subscribed_apps"), None).await.0, 200);
    assert_eq!(ask(&server, "GET", &format!("{WABA_ID}/subscribed_apps"), None).await.1["data"], json!([]));
    let shake = async |token: &str| server.app().webhooks().shake_hands(&listener.url(), Some(token)).await.is_ok();
    assert!(shake(VERIFY_TOKEN).await && !shake("wrong").await);
}
