//! What a widget tells of its visitor over the socket: answers, pages, an address.

use serde_json::{Value, json};
use trunkline_stand_ins::socket::Socket;

use crate::support::session::Session;
use crate::support::{Store, TestDaemon, each_store, eventually};

each_store!(
    answers_become_fields_and_unproved_hints,
    the_page_a_visitor_looks_at_is_kept_with_the_conversation,
    an_address_is_left_once_by_its_own_visitor_where_the_site_wants_it,
    an_answer_waits_for_its_reader_before_it_leaves_by_mail,
);

/// A mail inbox that reaches nobody: what should leave through it stays queued.
const MAIL: &str = "{address=\"support@example.com\",imap={host=\"127.0.0.1\",port=1},smtp={host=\"127.0.0.1\",port=1},auth={kind=\"password\",password=\"x\"}}";
const SITE: &str = "{away_email=true,mail_inbox_id=\"support\",quotas={starts_per_hour=100}}";

struct Chat {
    daemon: TestDaemon,
    bob: Session,
}

impl Chat {
    async fn open(store: &Store) -> Self {
        let keys = [
            ("inboxes.support.channel", "email"),
            ("inboxes.support.settings", MAIL),
            ("inboxes.website.channel", "web_chat"),
            ("inboxes.website.settings", SITE),
            ("access.requests_per_minute", "1000000"),
        ];
        let daemon = TestDaemon::start_with(store, &keys).await;
        let bob = daemon.set_up("bob@example.com", "Bob", "a long password").await;
        Self { daemon, bob }
    }

    async fn visitor(&self) -> Socket {
        let entered = self.daemon.visitor(json!({})).await;
        self.daemon.socket(entered["token"].as_str().unwrap()).await
    }

    async fn conversation(&self, id: &Value) -> Value {
        self.bob.get(&format!("/api/v1/conversations/{}", id.as_str().unwrap())).await.1
    }
}

async fn ask(socket: &Socket, event: &str, payload: Value) -> Value {
    socket.ask(event, &payload).await.unwrap()
}

async fn answers_become_fields_and_unproved_hints(store: Store) {
    let chat = Chat::open(&store).await;
    let socket = chat.visitor().await;
    let answers = json!({"name": "Ann", "email": "ann@example.com", "phone": "+44 20 7946 0000", "topic": "Refund", "order": "17", "consent": true});
    let page = json!({"url": "https://u:p@shop.example/cart", "title": "Cart", "referrer": "https://search.example/?q=lamp"});
    let started = ask(
        &socket,
        "chat:start",
        json!({"client_id": "1", "text": "Hello", "language": "de", "answers": answers, "page": page}),
    )
    .await;
    let conversation = chat.conversation(&started["session_id"]).await;
    assert_eq!((&conversation["subject"], &conversation["contact"]["name"]), (&json!("Refund"), &json!("Ann")), "{conversation}");
    let contact = &conversation["contact"];
    assert_eq!((&contact["handle"], &contact["verified"]), (&json!("ann@example.com"), &json!(false)));
    let fields = json!({"phone": "+44 20 7946 0000", "topic": "Refund", "order": "17", "consent": true});
    assert_eq!(conversation["custom_fields"], fields);
    let seen = &conversation["metadata"]["page"];
    assert_eq!(
        (&seen["url"], &seen["referrer"]),
        (&json!("https://shop.example/cart"), &json!("https://search.example/?q=lamp"))
    );
    let contact = chat.bob.get(&format!("/api/v1/contacts/{}", contact["id"].as_str().unwrap())).await.1;
    assert_eq!((&contact["custom_fields"], &contact["language"]), (&fields, &json!("de")));

    // The same address typed by somebody else suggests something, and merges nothing.
    let other = chat.visitor().await;
    let answers = json!({"email": "ann@example.com", "phone": "0044 20 7946 0000"});
    let second = ask(&other, "chat:start", json!({"client_id": "1", "answers": answers})).await;
    let second = chat.conversation(&second["session_id"]).await;
    assert_ne!(second["contact"]["id"], conversation["contact"]["id"]);
    let path = format!("/api/v1/contacts/{}/merge-suggestions", second["contact"]["id"].as_str().unwrap());
    let suggested = chat.bob.get(&path).await.1.to_string();
    assert!(suggested.contains("ann@example.com") && suggested.contains("442079460000"), "{suggested}");

    let long = "x".repeat(1_001);
    for answers in [json!({"order": long}), json!({"": "x"}), json!({"order": {"deep": 1}}), json!("text")] {
        let refused = ask(&chat.visitor().await, "chat:start", json!({"client_id": "1", "answers": answers})).await;
        assert_eq!(refused["problem"]["status"], 400, "{refused}");
    }
}

async fn the_page_a_visitor_looks_at_is_kept_with_the_conversation(store: Store) {
    let chat = Chat::open(&store).await;
    let socket = chat.visitor().await;
    let early = ask(&socket, "chat:page", json!({"url": "https://shop.example/"})).await;
    assert_eq!(early["ok"], true, "nothing to keep it with, and no harm: {early}");
    let page = json!({"url": "https://shop.example/", "referrer": "https://search.example/"});
    let id =
        ask(&socket, "chat:start", json!({"client_id": "1", "metadata": {"plan": "gold"}, "page": page})).await["session_id"]
            .clone();
    assert_eq!(ask(&socket, "chat:page", json!({"url": "https://shop.example/lamp", "title": "The\nlamp"})).await["ok"], true);
    let metadata = chat.conversation(&id).await["metadata"].clone();
    assert_eq!((&metadata["plan"], &metadata["page"]["url"]), (&json!("gold"), &json!("https://shop.example/lamp")));
    assert_eq!(
        (&metadata["page"]["title"], &metadata["page"]["referrer"]),
        (&json!("The lamp"), &json!("https://search.example/"))
    );

    let stranger = chat.visitor().await;
    let foreign = ask(&stranger, "chat:page", json!({"session_id": id, "url": "https://evil.example/"})).await;
    assert_eq!(foreign["problem"]["status"], 404, "{foreign}");
    let script = ask(&socket, "chat:page", json!({"url": "javascript:alert(1)"})).await;
    assert_eq!(script["problem"]["status"], 400, "{script}");
    let mut refused = 0;
    for n in 0..80 {
        let seen = ask(&socket, "chat:page", json!({"url": format!("https://shop.example/{n}")})).await;
        refused += u32::from(seen["problem"]["status"] == 429);
    }
    assert!(refused > 0, "no one reads so fast");
}

async fn an_address_is_left_once_by_its_own_visitor_where_the_site_wants_it(store: Store) {
    let chat = Chat::open(&store).await;
    let socket = chat.visitor().await;
    let id = ask(&socket, "chat:start", json!({"client_id": "1", "text": "Hello"})).await["session_id"].clone();
    for wrong in ["", "ann", "ann@", "ann@host", "ann@example.com\r\nBcc: bob@example.com"] {
        let refused = ask(&chat.visitor().await, "chat:leave_email", json!({"session_id": id, "email": wrong})).await;
        assert_eq!(refused["problem"]["status"], 400, "{wrong:?}: {refused}");
    }
    let foreign = ask(&chat.visitor().await, "chat:leave_email", json!({"session_id": id, "email": "eve@example.com"})).await;
    assert_eq!(foreign["problem"]["status"], 404, "{foreign}");

    let leave =
        async |email: &str| ask(&socket, "chat:leave_email", json!({"session_id": id, "email": email, "name": "Ann"})).await;
    let left = leave("Ann@Example.com").await;
    assert_eq!(left["session"]["mail_handover"], json!({"email": "ann@example.com"}), "{left}");
    assert_eq!(leave("ann@example.com").await["ok"], true, "the same again changes nothing");
    assert_eq!(leave("other@example.com").await["problem"]["code"], "address_left");
    for _ in 0..3 {
        leave("ann@example.com").await;
    }
    assert_eq!(leave("ann@example.com").await["problem"]["status"], 429);

    let conversation = chat.conversation(&id).await;
    assert_eq!(
        (&conversation["mail_handover"]["email"], &conversation["contact"]["name"]),
        (&json!("ann@example.com"), &json!("Ann"))
    );
    assert_eq!(
        (&conversation["contact"]["handle"], &conversation["contact"]["verified"]),
        (&json!("ann@example.com"), &json!(false))
    );
    let path = format!("/api/v1/conversations/{}/messages?after=0", id.as_str().unwrap());
    let messages = chat.bob.get(&path).await.1["items"].as_array().unwrap().clone();
    let lines: Vec<&Value> = messages.iter().filter(|message| message["extra"]["action"] == "mail_handover").collect();
    assert_eq!((lines.len(), &lines[0]["kind"]), (1, &json!("system")), "{messages:?}");
    let told = socket.next_named("chat:session_updated").await.unwrap();
    assert_eq!(told["session"]["mail_handover"]["email"], "ann@example.com", "{told}");
}

async fn an_answer_waits_for_its_reader_before_it_leaves_by_mail(store: Store) {
    let chat = Chat::open(&store).await;
    let socket = chat.visitor().await;
    let id = ask(&socket, "chat:start", json!({"client_id": "1", "text": "Hello"})).await["session_id"].clone();
    let path = format!("/api/v1/conversations/{}", id.as_str().unwrap());
    assert!(chat.bob.post(&format!("{path}/accept"), json!({})).await.0.is_success());
    let answer = async |client_id: &str| {
        let reply = json!({"client_id": client_id, "text": "Which lamp?"});
        chat.bob.post(&format!("{path}/messages"), reply).await.1["id"].as_str().unwrap().to_owned()
    };
    let delivery = async |message: &str| chat.bob.get(&format!("/api/v1/messages/{message}/delivery")).await.1;
    let before = answer("a-1").await;
    eventually("without an address it is there at once", async || (delivery(&before).await["state"] != "queued").then_some(()))
        .await;
    ask(&socket, "chat:leave_email", json!({"session_id": id, "email": "ann@example.com"})).await;
    let after = answer("a-2").await;
    let inboxes = chat.bob.get("/api/v1/inboxes").await.1;
    let inboxes = inboxes["items"].as_array().or(inboxes.as_array()).unwrap().clone();
    let mail = inboxes.iter().find(|inbox| inbox["channel"] == "email").unwrap();
    let waits = delivery(&after).await;
    assert_eq!((&waits["state"], &waits["inbox_id"]), (&json!("queued"), &mail["id"]), "{waits}");
    let has = json!({"session_id": id, "message_id": after});
    assert_eq!(ask(&socket, "chat:delivered", has.clone()).await["ok"], true);
    assert_eq!(delivery(&after).await["state"], "queued", "to have it is not to have read it");
    assert_eq!(ask(&socket, "chat:seen", has).await["ok"], true);
    let read = delivery(&after).await;
    assert_eq!(
        (&read["state"], read["history"].as_array().map(Vec::len)),
        (&json!("read"), Some(0)),
        "no mail was tried: {read}"
    );
}
