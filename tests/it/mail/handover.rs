//! A web chat that goes on by mail, there and back.

use std::time::Duration;

use serde_json::{Value, json};
use trunkline_stand_ins::socket::Socket;

use super::{ANN, Desk, EMAIL, PASSWORD, SUPPORT, connected, header, items, mail, mail_of, settings, start_servers};
use crate::support::{Store, TestDaemon, each_store, eventually, within};

each_store!(
    what_is_not_read_in_the_chat_leaves_by_mail_and_the_reply_comes_back_to_it,
    nobody_else_gets_in_by_a_message_id,
    an_address_that_does_not_exist_fails_the_message_and_blocks_nobody,
);

/// Three seconds until a mail leaves, and the time of a bounce.
const PATIENCE: Duration = Duration::from_secs(20);
const SITE: &str = "{away_email=true,mail_inbox_id=\"support\",greeting={title=\"Hello\",name=\"The shop\"}}";

/// A mail inbox, a web chat that hands over to it, and Ann at the chat.
struct Chat {
    desk: Desk,
    token: String,
    /// The conversation.
    id: String,
    path: String,
}

impl Chat {
    async fn open(store: &Store, address: &str) -> (Self, Socket) {
        let servers = start_servers().await;
        let mail_settings = settings(&servers);
        let keys = [
            ("inboxes.support.channel", "email"),
            ("inboxes.support.settings", mail_settings.as_str()),
            ("inboxes.website.channel", "web_chat"),
            ("inboxes.website.settings", SITE),
            ("access.requests_per_minute", "1000000"),
        ];
        let daemon = TestDaemon::start_with(store, &keys).await;
        let bob = daemon.set_up(EMAIL, "Bob", PASSWORD).await;
        connected(&bob).await;
        let desk = Desk { servers, daemon, bob };
        let entered = desk.daemon.visitor(json!({})).await;
        let token = entered["token"].as_str().unwrap().to_owned();
        let socket = desk.daemon.socket(&token).await;
        let started =
            socket.ask("chat:start", &json!({"client_id": "1", "subject": "Broken lamp", "text": "Hello"})).await.unwrap();
        let id = started["session_id"].as_str().unwrap().to_owned();
        let path = format!("/api/v1/conversations/{id}");
        assert_eq!(desk.bob.post(&format!("{path}/accept"), json!({})).await.0.as_u16(), 200);
        let left = json!({"session_id": id, "email": address, "name": "Ann"});
        let left = socket.ask("chat:leave_email", &left).await.unwrap();
        assert_eq!((&left["ok"], &left["session"]["mail_handover"]["email"]), (&json!(true), &json!(address)), "{left}");
        (Self { desk, token, id, path }, socket)
    }

    /// Ann closes the page, and the daemon has noticed.
    async fn leave(&self, socket: Socket) {
        drop(socket);
        eventually("nobody is at the chat", async || {
            let metrics = self.desk.daemon.metrics().await;
            metrics
                .lines()
                .any(|line| line.starts_with("trunkline_sockets_open{side=\"visitor\"") && line.ends_with(" 0"))
                .then_some(())
        })
        .await;
    }

    async fn status(&self, message: &Value) -> Value {
        let all = self.desk.messages(&self.path).await;
        all.into_iter().find(|found| found["id"] == message["id"]).map(|found| found["status"].clone()).unwrap_or_default()
    }

    /// The message that says this, as soon as the conversation has it.
    async fn said(&self, text: &str) -> Value {
        eventually(text, async || {
            let all = self.desk.messages(&self.path).await;
            all.into_iter().find(|message| message["text"].as_str().is_some_and(|found| found.trim() == text))
        })
        .await
    }
}

async fn what_is_not_read_in_the_chat_leaves_by_mail_and_the_reply_comes_back_to_it(store: Store) {
    let (chat, socket) = Chat::open(&store, ANN).await;
    let desk = &chat.desk;
    // Read in the chat: no mail.
    let first = desk.answer(&chat.path, "a-1", "Which lamp?").await;
    let seen = json!({"session_id": chat.id, "number": first["number"]});
    assert_eq!(socket.ask("chat:seen", &seen).await.unwrap()["ok"], true);
    eventually("the first answer is read", async || (chat.status(&first).await == "read").then_some(())).await;
    // Arrived and not read: it waits.
    let second = desk.answer(&chat.path, "a-2", "The small one?").await;
    let arrived = json!({"session_id": chat.id, "message_id": second["id"]});
    assert_eq!(socket.ask("chat:delivered", &arrived).await.unwrap()["ok"], true);
    assert_eq!(chat.status(&second).await, "queued");

    // Away: what waits leaves together with what comes, each once and in order.
    chat.leave(socket).await;
    desk.answer(&chat.path, "a-3", "We send a new one.").await;
    let one = desk.arrived(ANN, "The small one?").await;
    let two = desk.arrived(ANN, "We send a new one.").await;
    assert_eq!((header(&one, "Subject").as_str(), header(&one, "In-Reply-To").as_str()), ("Broken lamp", ""));
    assert_eq!(header(&two, "In-Reply-To"), header(&one, "Message-ID"), "each follows the one before it");
    assert!(two.contains("You left this address in the chat of The shop."), "{two}");
    eventually("the second answer is sent", async || (chat.status(&second).await == "sent").then_some(())).await;

    let thread = format!("In-Reply-To: {0}\r\nReferences: {0}\r\n", header(&two, "Message-ID"));
    desk.servers.inject(ANN, SUPPORT, &mail("<back@example.test>", "Re: Broken lamp", &thread, "Thank you.")).await.unwrap();
    let reply = chat.said("Thank you.").await;
    assert_eq!((&reply["sender_type"], &reply["extra"]["via"]), (&json!("customer"), &json!("email")), "{reply}");
    let conversations = items(&desk.bob.get("/api/v1/conversations").await.1);
    assert_eq!((conversations.len(), &conversations[0]["channel"]), (1, &json!("web_chat")));
    assert_eq!(items(&desk.bob.get("/api/v1/contacts").await.1).len(), 1, "the mail makes nobody new");
    let fourth = desk.answer(&chat.path, "a-4", "You are welcome.").await;
    let three = desk.arrived(ANN, "You are welcome.").await;
    assert_eq!(
        (header(&three, "In-Reply-To").as_str(), header(&three, "Subject").as_str()),
        ("<back@example.test>", "Re: Broken lamp")
    );

    // Back in the chat they see it all.
    let socket = desk.daemon.socket(&chat.token).await;
    assert_eq!(socket.ask("chat:join", &json!({"session_id": chat.id})).await.unwrap()["ok"], true);
    let history = reqwest::Client::new()
        .get(desk.daemon.url(&format!("/api/v1/widget/sessions/{}/messages?after=0", chat.id)))
        .header("authorization", format!("Bearer {}", chat.token));
    let history: Value = history.send().await.unwrap().json().await.unwrap();
    let told: Vec<(String, Value)> = items(&history)
        .iter()
        .map(|message| (message["text"].as_str().unwrap_or_default().trim().to_owned(), message["extra"]["via"].clone()))
        .collect();
    let expected = ["Hello", "While this chat is closed, answers go to ann@example.test.", "Which lamp?", "The small one?"];
    let expected = expected.into_iter().chain(["We send a new one.", "Thank you.", "You are welcome."]);
    let via = |text: &str| if text == "Thank you." { json!("email") } else { Value::Null };
    assert_eq!(told, expected.map(|text| (text.to_owned(), via(text))).collect::<Vec<_>>());
    let seen = json!({"session_id": chat.id, "number": fourth["number"]});
    assert_eq!(socket.ask("chat:seen", &seen).await.unwrap()["ok"], true);
    eventually("all is read", async || (chat.status(&fourth).await == "read").then_some(())).await;
    assert_eq!(desk.servers.mailbox(ANN).unwrap().len(), 3, "nothing was sent twice, and nothing that was read before");
    chat.desk.close().await;
}

async fn nobody_else_gets_in_by_a_message_id(store: Store) {
    let (chat, socket) = Chat::open(&store, ANN).await;
    chat.leave(socket).await;
    let desk = &chat.desk;
    desk.answer(&chat.path, "a-1", "Which lamp?").await;
    let sent = desk.arrived(ANN, "Which lamp?").await;
    let thread = format!("In-Reply-To: {0}\r\nReferences: {0}\r\n", header(&sent, "Message-ID"));
    let stranger = mail_of("mallory@example.test", "<in@example.test>", "Re: Broken lamp", &thread, "Send it to me.");
    desk.servers.inject("mallory@example.test", SUPPORT, &stranger).await.unwrap();
    let own = eventually("the stranger's conversation", async || {
        let all = items(&desk.bob.get("/api/v1/conversations").await.1);
        all.into_iter().find(|conversation| conversation["channel"] == "email")
    })
    .await;
    assert!(own["flag"].as_str().unwrap_or_default().contains("somebody else"), "{own}");
    assert!(desk.messages(&chat.path).await.iter().all(|message| !message.to_string().contains("Send it to me.")));
    chat.desk.close().await;
}

async fn an_address_that_does_not_exist_fails_the_message_and_blocks_nobody(store: Store) {
    let (chat, socket) = Chat::open(&store, "gone@elsewhere.test").await;
    chat.leave(socket).await;
    let desk = &chat.desk;
    let answer = desk.answer(&chat.path, "a-1", "Which lamp?").await;
    within(PATIENCE, "the answer has failed", async || (chat.status(&answer).await == "failed").then_some(())).await;
    let conversation = desk.bob.get(&chat.path).await.1;
    assert_eq!((&conversation["contact"]["blocked_at"], &conversation["contact"]["verified"]), (&Value::Null, &json!(false)));
    assert_eq!(items(&desk.bob.get("/api/v1/conversations").await.1).len(), 1, "the bounce is no conversation");
    // Whoever comes back reads it in the chat all the same.
    let socket = desk.daemon.socket(&chat.token).await;
    let seen = json!({"session_id": chat.id, "number": answer["number"]});
    assert_eq!(socket.ask("chat:seen", &seen).await.unwrap()["ok"], true);
    eventually("the answer is read", async || (chat.status(&answer).await == "read").then_some(())).await;
    chat.desk.close().await;
}
