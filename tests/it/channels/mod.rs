//! What every messenger must do, through the real daemon with the stand-in on the other side: each scenario is played on
//! Telegram, VK, WhatsApp and Messenger, and on both stores. What only one of them does stands in the file of its name.

mod table;

/// Makes `name::telegram::sqlite`, `name::telegram::postgres`, `name::vk::sqlite`, … of each `async fn(Channel, Store)`.
macro_rules! each_channel {
    ($($name:ident),* $(,)?) => { $(
        mod $name {
            each_channel!(@of $name: telegram, vk, whatsapp, messenger);
        }
    )* };
    (@of $name:ident: $($channel:ident),*) => { $(
        mod $channel {
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                super::super::$name($crate::channels::table::$channel(), $crate::support::Store::sqlite()).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                super::super::$name($crate::channels::table::$channel(), $crate::support::Store::postgres().await).await;
            }
        }
    )* };
}

mod blocked;
mod changes;
mod dead_token;
mod doctor;
mod kinds_in;
mod kinds_out;
mod restart;
mod signals;
mod window;

use std::sync::atomic::{AtomicU32, Ordering};

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use trunkline_stand_ins::phone::{Said, SaidKind, Shown};
use trunkline_stand_ins::town::{self, Line};

use crate::support::{Session, Store, TestDaemon, talk, within};
use table::Channel;

/// A customer who has written, and the operator who has accepted.
struct Talk {
    channel: Channel,
    line: Line,
    customer: &'static str,
    daemon: TestDaemon,
    bob: Session,
    inbox_id: String,
    /// Of the conversation.
    path: String,
    /// The customer's first message: here, and at the provider.
    asked: (Value, String),
    written: AtomicU32,
}

impl Talk {
    async fn begin(channel: Channel, store: &Store) -> Self {
        let line = town::messenger_line(channel.name).await.unwrap();
        let daemon = TestDaemon::start(store).await;
        let bob = talk::bob(&daemon).await;
        let mut settings = line.settings.clone();
        settings.as_object_mut().unwrap().extend(channel.settings.as_object().unwrap().clone());
        let secret = settings[channel.token].as_str().unwrap();
        let inbox = talk::connect(&bob, channel.name, &settings, &[secret]).await;
        let inbox_id = inbox["id"].as_str().unwrap().to_owned();
        let customer = line.customers[0].id;
        let (path, asked) = (String::new(), (Value::Null, String::new()));
        let mut talk = Self { channel, line, customer, daemon, bob, inbox_id, path, asked, written: AtomicU32::new(0) };
        talk.open_line().await;
        let first = talk.says("Is this in stock?").await;
        talk.path = talk::accepted(&talk.bob).await;
        let asked = talk.message("the question", |message| message["text"] == "Is this in stock?").await;
        talk.asked = (asked["id"].clone(), first);
        talk
    }

    /// Waits until it listens: what was said before may not be this inbox's.
    async fn open_line(&self) {
        self.line.connect(&self.daemon.url(&format!("/in/{}", self.inbox_id)));
        self.health("connected").await;
    }

    async fn inbox(&self) -> Value {
        self.bob.get(&format!("/api/v1/inboxes/{}", self.inbox_id)).await.1
    }

    /// The health, as soon as it is in this state.
    async fn health(&self, state: &str) -> Value {
        within(talk::PATIENCE, state, async || {
            Some(self.inbox().await["health"].clone()).filter(|health| health["state"] == state)
        })
        .await
    }

    async fn say(&self, kind: SaidKind, text: &str) -> String {
        let said = Said { name: Some("Ann".into()), text: text.into(), kind, ..Said::default() };
        self.line.phone.say(self.customer, said).await.unwrap()
    }

    async fn says(&self, text: &str) -> String {
        self.say(SaidKind::Text, text).await
    }

    async fn message(&self, what: &str, fits: impl Fn(&Value) -> bool) -> Value {
        talk::message(&self.bob, &self.path, what, fits).await
    }

    /// The customer's message with this text, as soon as it is there.
    async fn heard(&self, text: &str) -> Value {
        self.message(text, |message| message["sender_type"] == "customer" && message["text"] == text).await
    }

    /// Writes an answer; the message.
    async fn reply(&self, mut body: Value) -> Value {
        body["client_id"] = json!(format!("answer {}", self.written.fetch_add(1, Ordering::Relaxed)));
        talk::reply(&self.bob, &self.path, body).await
    }

    async fn answer(&self, text: &str) -> Value {
        self.reply(json!({ "text": text })).await
    }

    /// Writes an answer that nothing may be sent for.
    async fn refused(&self, mut body: Value) -> Value {
        body["client_id"] = json!("refused");
        let (status, problem) = self.bob.post(&format!("{}/messages", self.path), body).await;
        assert_eq!((status, &problem["code"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("not_supported")), "{problem}");
        problem
    }

    /// Writes an answer and waits until the phone shows it; the message and what is shown.
    async fn answered(&self, text: &str) -> (Value, Shown) {
        let answer = self.answer(text).await;
        let seen = self.shown(text, |shown| shown.text == text).await;
        (self.sent(&answer).await, seen)
    }

    /// Waits until a message is as far as the provider tells by itself.
    async fn sent(&self, message: &Value) -> Value {
        self.settled(message, if self.channel.delivered { "delivered" } else { "sent" }).await
    }

    async fn settled(&self, message: &Value, status: &str) -> Value {
        talk::settled(&self.bob, &self.path, &message["id"], status).await
    }

    async fn delivery(&self, message: &Value) -> Value {
        talk::delivery(&self.bob, &message["id"]).await
    }

    async fn shown(&self, what: &str, fits: impl Fn(&Shown) -> bool) -> Shown {
        talk::shown(&*self.line.phone, self.customer, what, fits).await
    }

    async fn upload(&self, name: &str, bytes: Vec<u8>) -> Value {
        talk::upload(&self.daemon, &self.bob, name, bytes).await
    }

    /// Changes a message (`""`) or reacts to it (`"/reaction"`).
    async fn change(&self, method: Method, message_id: &Value, more: &str, body: Option<Value>) -> (StatusCode, Value) {
        self.bob.ask(method, &format!("{}/messages/{}{more}", self.path, message_id.as_str().unwrap()), body).await
    }

    async fn contact(&self) -> Value {
        self.bob.get(&self.path).await.1["contact"].clone()
    }

    /// Ends the daemon, whose log tells neither secrets nor what people wrote.
    async fn end(self) {
        let log = self.daemon.log_text();
        let secret = self.line.settings[self.channel.token].as_str().unwrap().split(':').next_back().unwrap();
        for private in [secret, "in stock", "Is this"] {
            assert!(!log.contains(private), "{private}: {log}");
        }
        assert_eq!(self.daemon.stop().await.code(), Some(0));
    }
}
