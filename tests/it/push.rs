//! Notifications on both stores, up to what the browser reads: the push service is a stand-in that refuses whatever the
//! standards do not allow.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use http::Method;
use serde_json::{Value, json};
use trunkline::access::Role;
use trunkline::db::{DbError, sql};
use trunkline_channel::SystemClock;
use trunkline_stand_ins::faults::Fault;
use trunkline_stand_ins::push::{PushStandIn, Received};

use crate::support::edge::{Answer, Edge, PASSWORD};
use crate::support::{Store, each_store, eventually};

const SUBSCRIPTIONS: &str = "/api/v1/me/push-subscriptions";

each_store!(
    a_customers_words_reach_whoever_answers_them_and_nobody_else,
    what_is_handed_over_is_told_to_the_receiver,
    everybody_chooses_what_to_be_told,
    what_is_private_stays_in_the_console,
    whoever_is_at_work_is_not_told,
    a_browser_that_has_unsubscribed_is_forgotten,
    a_busy_service_is_asked_again_when_it_said,
    a_browser_can_be_tried_out,
    only_what_a_browser_gives_is_taken,
    a_browser_is_one_persons_at_a_time,
    whoever_has_signed_out_is_not_told,
);

/// A daemon's edge, and the push service its browsers use.
struct Desk {
    edge: Edge,
    service: PushStandIn,
}

/// Somebody signed in, at a browser of their own.
struct Operator {
    cookie: String,
    /// Number of the browser at the service.
    browser: usize,
    id: String,
}

struct Customer {
    conversation_id: String,
    token: String,
}

async fn desk(store: &Store) -> Desk {
    let service = PushStandIn::start(([127, 0, 0, 1], 0).into()).await.unwrap();
    let edge = edge(store, &service).await;
    Desk { edge, service }
}

async fn edge(store: &Store, service: &PushStandIn) -> Edge {
    let mut config = store.config();
    config.push.trusted_services = vec![service.url().to_owned()];
    config.push.contact = "mailto:ops@example.com".to_owned();
    let app = store.app_with(config, Arc::new(SystemClock)).await;
    Edge::start_with_inboxes(&app).await
}

impl Desk {
    async fn call(&self, cookie: &str, method: Method, path: &str, body: Option<Value>) -> Answer {
        self.edge.call(method, path, &[("cookie", cookie)], body).await
    }

    /// Signs somebody in, who is offline like a closed console, and subscribes their browser.
    async fn operator(&self, name: &str) -> Operator {
        let cookie = self.edge.signed_in(name, Role::Operator).await;
        let id = text(&self.call(&cookie, Method::GET, "/api/v1/me", None).await.body["id"]);
        let browser = self.new_browser(&cookie).await;
        let kept = self.call(&cookie, Method::POST, SUBSCRIPTIONS, Some(browser.clone())).await;
        assert_eq!(kept.status.as_u16(), 201, "{}", kept.body);
        Operator { cookie, browser: number(&browser), id }
    }

    async fn online(&self, name: &str) -> Operator {
        let operator = self.operator(name).await;
        let body = json!({"availability": "online"});
        let set = self.call(&operator.cookie, Method::PUT, "/api/v1/me/availability", Some(body)).await;
        assert_eq!(set.status.as_u16(), 204);
        operator
    }

    /// What a browser says after it has subscribed with the daemon's key.
    async fn new_browser(&self, cookie: &str) -> Value {
        let key = self.call(cookie, Method::GET, "/api/v1/push/key", None).await;
        self.service.subscribe(&text(&key.body["key"]))
    }

    async fn chooses(&self, operator: &Operator, notifications: Value) {
        let body = json!({ "notifications": notifications });
        let set = self.call(&operator.cookie, Method::PUT, "/api/v1/me/preferences", Some(body)).await;
        assert!(set.status.is_success(), "{}", set.body);
    }

    async fn customer(&self, name: &str) -> Customer {
        let rows = trunkline::inboxes::all(&self.edge.services.app.db).await.unwrap();
        let site = rows.into_iter().find(|row| row.channel == "web_chat").unwrap().id;
        let begun =
            self.edge.call(Method::POST, "/api/chat/initialize", &[], Some(json!({"inbox_id": site, "name": name}))).await;
        assert_eq!(begun.status.as_u16(), 201, "{}", begun.body);
        Customer { conversation_id: text(&begun.body["conversationId"]), token: format!("Bearer {}", text(&begun.body["token"])) }
    }

    async fn writes(&self, customer: &Customer, words: &str) {
        let body = json!({"conversationId": customer.conversation_id, "content": words});
        let headers = [("authorization", customer.token.as_str())];
        let sent = self.edge.call(Method::POST, "/api/chat/message", &headers, Some(body)).await;
        assert_eq!(sent.status.as_u16(), 201, "{}", sent.body);
    }

    async fn accepts(&self, operator: &Operator, customer: &Customer) {
        let path = format!("/api/v1/conversations/{}/accept", customer.conversation_id);
        assert_eq!(self.call(&operator.cookie, Method::POST, &path, None).await.status.as_u16(), 200);
    }

    /// The notification with this text, as soon as the browser has it.
    async fn told(&self, operator: &Operator, body: &str) -> Received {
        let ask = async || self.service.received(operator.browser).into_iter().find(|received| received.payload["body"] == body);
        eventually(body, ask).await
    }

    /// Waits until everything that customers have written was judged and all that follows from it is sent.
    async fn settled(&self) {
        let db = &self.edge.services.app.db;
        eventually("nothing waits any more", async || {
            let open: Result<bool, DbError> =
                sql("SELECT (SELECT COUNT(*) FROM push_notices) > 0 OR (SELECT seq FROM log_positions WHERE reader = 'push') \
                 < (SELECT MAX(seq) FROM events WHERE kind = 'message.created' AND audience = 'everyone') AS open")
                .scalar(db)
                .await;
            (!open.unwrap()).then_some(())
        })
        .await;
    }

    async fn subscriptions(&self, operator: &Operator) -> Vec<Value> {
        self.call(&operator.cookie, Method::GET, SUBSCRIPTIONS, None).await.body["items"].as_array().unwrap().clone()
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("text expected, not {value}")).to_owned()
}

/// The browser's number, the end of its endpoint.
fn number(browser: &Value) -> usize {
    text(&browser["endpoint"]).rsplit('/').next().unwrap().parse().unwrap()
}

async fn a_customers_words_reach_whoever_answers_them_and_nobody_else(store: Store) {
    let desk = desk(&store).await;
    let (ann, bob) = (desk.online("ann").await, desk.operator("bob").await);
    let customer = desk.customer("Cara").await;
    desk.writes(&customer, "Where is my parcel?").await;
    let queued = desk.told(&ann, "Where is my parcel?").await;
    assert_eq!((&queued.payload["reason"], &queued.payload["title"]), (&json!("queue"), &json!("Cara")));
    assert_eq!(queued.payload["conversation_id"], json!(customer.conversation_id));
    assert_eq!(queued.topic.as_deref(), Some(customer.conversation_id.replace('-', "").as_str()));
    assert!((3500..=3600).contains(&queued.ttl_s) && queued.urgency.as_deref() == Some("high"), "{queued:?}");
    assert_eq!(queued.contact.as_deref(), Some("mailto:ops@example.com"));

    desk.accepts(&ann, &customer).await;
    desk.writes(&customer, "Still nothing here.").await;
    let own = desk.told(&ann, "Still nothing here.").await;
    assert_eq!(own.payload["reason"], "message");
    assert!(own.payload["seq"].as_i64() > queued.payload["seq"].as_i64());
    desk.settled().await;
    assert_eq!(desk.service.received(bob.browser), [], "offline, and not his");
    assert_eq!(desk.service.refused(), Vec::<String>::new());
    assert!(desk.subscriptions(&ann).await[0]["last_ok_at"].is_i64());
}

async fn what_is_handed_over_is_told_to_the_receiver(store: Store) {
    let desk = desk(&store).await;
    let (ann, bob) = (desk.operator("ann").await, desk.operator("bob").await);
    let customer = desk.customer("Cara").await;
    desk.writes(&customer, "It is about my invoice.").await;
    desk.settled().await;
    desk.accepts(&ann, &customer).await;
    let at = format!("/api/v1/conversations/{}", customer.conversation_id);
    let note = json!({"kind": "note", "text": "Bob, is this yours?", "mentions": [bob.id], "client_id": "n1"});
    let noted = desk.call(&ann.cookie, Method::POST, &format!("{at}/messages"), Some(note)).await;
    assert_eq!(noted.status.as_u16(), 201, "{}", noted.body);
    assert_eq!(desk.told(&bob, "Bob, is this yours?").await.payload["reason"], "mention");

    let to_bob = json!({"operator_id": bob.id, "comment": "Please take it."});
    let handed = desk.call(&ann.cookie, Method::POST, &format!("{at}/transfer"), Some(to_bob)).await;
    assert_eq!(handed.status.as_u16(), 200, "{}", handed.body);
    let told = desk.told(&bob, "A conversation was handed over to you").await;
    assert_eq!((&told.payload["reason"], &told.payload["title"]), (&json!("handed_over"), &json!("Cara")));
    desk.settled().await;
    assert_eq!(desk.service.received(ann.browser), [], "she was offline, and did the rest herself");
}

async fn everybody_chooses_what_to_be_told(store: Store) {
    let desk = desk(&store).await;
    let (ann, bob, eve) = (desk.online("ann").await, desk.operator("bob").await, desk.online("eve").await);
    desk.chooses(&ann, json!({"push": "off"})).await;
    desk.chooses(&bob, json!({"push": "everything"})).await;
    let customer = desk.customer("Cara").await;
    desk.accepts(&eve, &customer).await;
    desk.writes(&customer, "Good morning").await;
    assert_eq!(desk.told(&bob, "Good morning").await.payload["reason"], "message");
    desk.told(&eve, "Good morning").await;
    desk.settled().await;
    assert_eq!(desk.service.received(ann.browser), []);
}

async fn what_is_private_stays_in_the_console(store: Store) {
    let desk = desk(&store).await;
    let ann = desk.online("ann").await;
    desk.chooses(&ann, json!({"push": "mine", "privacy": true})).await;
    let customer = desk.customer("Cara").await;
    desk.writes(&customer, "My card number is 4111").await;
    desk.settled().await;
    let received = desk.service.received(ann.browser);
    assert!(!received.is_empty());
    for notification in received {
        let said = notification.payload.to_string();
        assert!(!said.contains("4111") && !said.contains("Cara"), "{said}");
        assert_eq!(notification.payload["title"], "Somebody waits in the queue");
    }
}

async fn whoever_is_at_work_is_not_told(store: Store) {
    let desk = desk(&store).await;
    let (ann, bob) = (desk.online("ann").await, desk.online("bob").await);
    assert_eq!(desk.call(&ann.cookie, Method::POST, "/api/v1/me/activity", None).await.status.as_u16(), 204);
    let customer = desk.customer("Cara").await;
    desk.writes(&customer, "Anybody there?").await;
    desk.told(&bob, "Anybody there?").await;
    desk.settled().await;
    assert_eq!(desk.service.received(ann.browser), []);

    let app = &desk.edge.services.app;
    let mut tx = app.db.begin().await.unwrap();
    let away = sql("UPDATE operators SET last_active_at = last_active_at - 31000000 WHERE id = $1").bind(&ann.id);
    assert_eq!(away.execute(&mut tx).await.unwrap(), 1);
    tx.commit().await.unwrap();
    desk.writes(&customer, "Hello?").await;
    desk.told(&ann, "Hello?").await;
}

async fn a_browser_that_has_unsubscribed_is_forgotten(store: Store) {
    let desk = desk(&store).await;
    let (ann, bob) = (desk.online("ann").await, desk.online("bob").await);
    desk.service.unsubscribe(ann.browser);
    let customer = desk.customer("Cara").await;
    desk.writes(&customer, "Hello").await;
    eventually("forgotten", async || desk.subscriptions(&ann).await.is_empty().then_some(())).await;
    desk.told(&bob, "Hello").await;
    assert_eq!(desk.subscriptions(&bob).await.len(), 1);
}

async fn a_busy_service_is_asked_again_when_it_said(store: Store) {
    let desk = desk(&store).await;
    let ann = desk.online("ann").await;
    let headers = vec![("retry-after".to_owned(), "2".to_owned())];
    desk.service.faults().arm("/send/", Fault::Answer { status: 503, headers, body: String::new() }, 1);
    let customer = desk.customer("Cara").await;
    desk.writes(&customer, "Hello").await;
    desk.told(&ann, "Hello").await;
    let asked = desk.service.faults().seen("/send/");
    assert!(asked[1].at - asked[0].at >= Duration::from_secs(2), "{asked:?}");
    assert_eq!(desk.subscriptions(&ann).await[0]["failures"], 0);

    // A refusal is final: nothing is gained by saying the same again.
    desk.service.faults().arm("/send/", Fault::Answer { status: 400, headers: Vec::new(), body: String::new() }, 1);
    desk.writes(&customer, "Once more").await;
    eventually("given up", async || (desk.subscriptions(&ann).await[0]["failures"] == 1).then_some(())).await;
    desk.settled().await;
    assert!(desk.service.received(ann.browser).iter().all(|received| received.payload["body"] != "Once more"));
}

async fn a_browser_can_be_tried_out(store: Store) {
    let desk = desk(&store).await;
    let (ann, bob) = (desk.operator("ann").await, desk.operator("bob").await);
    let id = text(&desk.subscriptions(&ann).await[0]["id"]);
    let path = format!("{SUBSCRIPTIONS}/{id}/test");
    assert_eq!(desk.call(&bob.cookie, Method::POST, &path, None).await.status.as_u16(), 404, "not his");
    assert_eq!(desk.call(&ann.cookie, Method::POST, &path, None).await.status.as_u16(), 204);
    let received = desk.service.received(ann.browser);
    assert_eq!((received.len(), &received[0].payload["reason"]), (1, &json!("test")));

    desk.service.faults().arm("/send/", Fault::html(502), 1);
    let failed = desk.call(&ann.cookie, Method::POST, &path, None).await;
    assert_eq!((failed.status.as_u16(), failed.code()), (502, "push_failed"));
    desk.service.unsubscribe(ann.browser);
    let ended = desk.call(&ann.cookie, Method::POST, &path, None).await;
    assert_eq!((ended.status.as_u16(), ended.code()), (409, "subscription_ended"));
    assert!(desk.subscriptions(&ann).await.is_empty());
}

async fn only_what_a_browser_gives_is_taken(store: Store) {
    let desk = desk(&store).await;
    let ann = desk.operator("ann").await;
    let good = desk.new_browser(&ann.cookie).await;
    let with = |pointer: &str, value: Value| {
        let mut changed = good.clone();
        *changed.pointer_mut(pointer).unwrap() = value;
        changed
    };
    for endpoint in [
        "http://push.example.com/send/1",
        "https://127.0.0.1/send/1",
        "https://[::1]/send/1",
        "https://10.0.0.1/",
        "https://169.254.169.254/latest/meta-data",
        "https://ann:secret@push.example.com/",
        "ftp://push.example.com/",
        "push.example.com",
        "",
        &format!("https://push.example.com/{}", "a".repeat(3000)),
    ] {
        let refused = desk.call(&ann.cookie, Method::POST, SUBSCRIPTIONS, Some(with("/endpoint", endpoint.into()))).await;
        assert_eq!((refused.status.as_u16(), refused.code()), (400, "invalid_field"), "{endpoint}");
    }
    for (pointer, wrong) in [("/keys/p256dh", "AAAA"), ("/keys/auth", "AAAA"), ("/keys/p256dh", "\u{0}"), ("/keys/auth", "%")] {
        let refused = desk.call(&ann.cookie, Method::POST, SUBSCRIPTIONS, Some(with(pointer, wrong.into()))).await;
        assert_eq!(refused.status.as_u16(), 400, "{pointer}");
        assert_eq!(refused.body["errors"][0]["pointer"], pointer);
    }
    // The one she has, and nineteen more.
    for n in 2..=21 {
        let browser = desk.new_browser(&ann.cookie).await;
        let kept = desk.call(&ann.cookie, Method::POST, SUBSCRIPTIONS, Some(browser)).await;
        assert_eq!(kept.status.as_u16(), if n <= 20 { 201 } else { 409 }, "{n}: {}", kept.body);
    }
    assert_eq!(desk.subscriptions(&ann).await.len(), 20);
}

async fn a_browser_is_one_persons_at_a_time(store: Store) {
    let desk = desk(&store).await;
    let (ann, bob) = (desk.online("ann").await, desk.online("bob").await);
    // Bob signs in at Ann's computer.
    let shared = desk.subscriptions(&ann).await[0]["endpoint"].clone();
    let mut browser = desk.new_browser(&bob.cookie).await;
    browser["endpoint"] = shared.clone();
    for _ in 0..2 {
        let kept = desk.call(&bob.cookie, Method::POST, SUBSCRIPTIONS, Some(browser.clone())).await;
        assert_eq!((kept.status.as_u16(), &kept.body["endpoint"]), (201, &shared));
    }
    assert!(desk.subscriptions(&ann).await.is_empty());
    let own = desk.subscriptions(&bob).await;
    assert_eq!(own.len(), 2, "once, beside the one he had");
    for subscription in own {
        let path = format!("{SUBSCRIPTIONS}/{}", text(&subscription["id"]));
        assert_eq!(desk.call(&ann.cookie, Method::DELETE, &path, None).await.status.as_u16(), 404);
        assert_eq!(desk.call(&bob.cookie, Method::DELETE, &path, None).await.status.as_u16(), 204);
        assert_eq!(desk.call(&bob.cookie, Method::DELETE, &path, None).await.status.as_u16(), 404);
    }
    assert!(desk.subscriptions(&bob).await.is_empty());
}

async fn whoever_has_signed_out_is_not_told(store: Store) {
    let desk = desk(&store).await;
    let (ann, bob, eve) = (desk.online("ann").await, desk.online("bob").await, desk.online("eve").await);
    let ended = desk.call(&ann.cookie, Method::DELETE, "/api/v1/sessions/current", None).await;
    assert_eq!(ended.status.as_u16(), 204);
    let ended = desk.call(&eve.cookie, Method::DELETE, "/api/v1/sessions", None).await;
    assert_eq!(ended.status.as_u16(), 204);
    let customer = desk.customer("Cara").await;
    desk.writes(&customer, "Hello").await;
    desk.told(&bob, "Hello").await;
    desk.settled().await;
    assert_eq!(desk.service.received(ann.browser), []);
    assert_eq!(desk.service.received(eve.browser), []);
    // At her next visit Ann's browser is there still; Eve has to subscribe hers again.
    let back = async |name: &str| desk.edge.sign_in(&format!("{name}@example.com"), PASSWORD).await;
    let (ann, eve) = (back("ann").await.cookie(), back("eve").await.cookie());
    let kept =
        async |cookie: &str| desk.call(cookie, Method::GET, SUBSCRIPTIONS, None).await.body["items"].as_array().unwrap().len();
    assert_eq!((kept(&ann).await, kept(&eve).await), (1, 0));
}

/// Two daemons of one database share the key, and each event is told by one of them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_daemons_tell_everything_once() {
    let store = Store::postgres().await;
    let desk = desk(&store).await;
    let second = edge(&store, &desk.service).await;
    let ann = desk.online("ann").await;
    let headers = [("cookie", ann.cookie.as_str())];
    let key = async |edge: &Edge| text(&edge.call(Method::GET, "/api/v1/push/key", &headers, None).await.body["key"]);
    assert_eq!(key(&desk.edge).await, key(&second).await);

    let second = Desk { edge: second, service: PushStandIn::start(([127, 0, 0, 1], 0).into()).await.unwrap() };
    for n in 0..12 {
        let at = if n % 2 == 0 { &desk } else { &second };
        let customer = at.customer(&format!("Cara {n}")).await;
        at.writes(&customer, &format!("words {n}")).await;
    }
    for n in 0..12 {
        desk.told(&ann, &format!("words {n}")).await;
    }
    desk.settled().await;
    let received = desk.service.received(ann.browser);
    let events: HashSet<i64> = received.iter().map(|received| received.payload["seq"].as_i64().unwrap()).collect();
    assert_eq!(events.len(), received.len(), "no event twice");
    assert_eq!(desk.service.refused(), Vec::<String>::new());
}
