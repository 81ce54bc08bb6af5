//! What nobody should send, sent to the real program: each is answered with a clear problem, and the next good message is
//! stored within a second.

mod files;
mod http;
mod links;
mod repeats;
mod sockets;
mod visitors;

use std::time::{Duration, Instant};

use reqwest::{Method, RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};
use trunkline_stand_ins::socket::Socket;

use crate::support::guests::{self, Admin};
use crate::support::{Store, TestDaemon};

/// How long others may be held up by what somebody sent.
const SOON: Duration = Duration::from_secs(1);
/// A file larger than this is refused here.
const MAX_UPLOAD: usize = 65_536;
/// Many good messages from one visitor are said here.
const KEYS: [(&str, &str); 3] = [
    ("uploads.max_bytes", "65536"),
    ("access.requests_per_minute", "100000"),
    ("inboxes.website.settings.quotas.messages_per_minute", "100000"),
];

/// A daemon with an operator and a visitor, whose conversation she has accepted.
struct Town {
    daemon: TestDaemon,
    base: String,
    ann: Admin,
    token: String,
    socket: Socket,
    conversation: String,
}

impl Town {
    async fn found(store: &Store) -> Self {
        Self::found_with(store, &KEYS).await
    }

    async fn found_with(store: &Store, keys: &[(&str, &str)]) -> Self {
        let daemon = TestDaemon::start_with(store, keys).await;
        let base = daemon.url("");
        let ann = Admin::set_up(&daemon).await;
        let token = guests::visitor(&base).await;
        let (socket, conversation) = guests::start(&base, &token).await;
        let town = Self { daemon, base, ann, token, socket, conversation };
        let accepted = town.ask(Method::POST, &town.path("/accept")).send().await.unwrap();
        assert_eq!(accepted.status(), StatusCode::OK);
        town
    }

    /// The address of the conversation, or of something of it.
    fn path(&self, end: &str) -> String {
        format!("/api/v1/conversations/{}{end}", self.conversation)
    }

    /// A request of Ann's.
    fn ask(&self, method: Method, path: &str) -> RequestBuilder {
        self.ann.request(method, &self.base, path)
    }

    /// A request of the visitor's.
    fn ask_as_visitor(&self, method: Method, path: &str) -> RequestBuilder {
        self.ann.client.request(method, format!("{}{path}", self.base)).bearer_auth(&self.token)
    }

    /// The process is alive and others are not held up.
    async fn is_well(&self, after: &str) {
        let began = Instant::now();
        let ack = self.socket.ask("chat:send_message", &json!({"content": "all is well"})).await.unwrap();
        assert_eq!(ack["ok"], true, "after {after}: {ack}");
        assert!(began.elapsed() < SOON, "after {after}, a message took {:?}", began.elapsed());
    }

    /// Stops the daemon, which has nothing to be sorry for.
    async fn close(self) {
        let log = self.daemon.log_text();
        let errors: Vec<&str> =
            log.lines().filter(|line| line.contains("\"level\":\"ERROR\"") || line.contains("panicked")).collect();
        assert!(errors.is_empty(), "{errors:#?}");
        assert_eq!(self.daemon.stop().await.code(), Some(0));
    }
}

/// The answer is a problem of this status and says so in our one shape.
async fn assert_problem(what: &str, answer: Response, status: u16) -> Value {
    let (found, kind) = (answer.status().as_u16(), answer.headers().get("content-type").cloned());
    let body = answer.text().await.unwrap();
    assert_eq!(found, status, "{what}: {body}");
    assert!(kind.is_some_and(|kind| kind == "application/problem+json"), "{what}: {body}");
    let problem: Value = serde_json::from_str(&body).unwrap();
    assert!(problem["status"] == status && problem["code"].is_string() && problem["detail"].is_string(), "{what}: {problem}");
    problem
}

/// A refused event of a socket tells the same shape in its acknowledgement.
#[track_caller]
fn assert_refused(what: &str, ack: &Value, status: u16) {
    assert_eq!(ack["ok"], false, "{what}: {ack}");
    assert_eq!(ack["problem"]["status"], status, "{what}: {ack}");
    assert!(ack["problem"]["code"].is_string() && ack["problem"]["detail"].is_string(), "{what}: {ack}");
}
