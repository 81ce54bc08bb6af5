//! Mail through the real daemon, with Dovecot and Postfix on the other side.

mod copies;
mod files;
mod first;
mod handover;
mod kill;
mod machines;
mod threads;

use reqwest::StatusCode;
use serde_json::{Value, json};
use trunkline_stand_ins::mail::real::RealMail;

use crate::support::session::Session;
use crate::support::{Store, TestDaemon, eventually};

const SUPPORT: &str = "support@example.test";
const ANN: &str = "ann@example.test";
const CARL: &str = "carl@example.test";
const EMAIL: &str = "bob@example.com";
const PASSWORD: &str = "a long password";

/// A daemon that is connected to a mailbox of real servers, and Bob, who answers what comes.
struct Desk {
    servers: RealMail,
    daemon: TestDaemon,
    bob: Session,
}

impl Desk {
    async fn open(store: &Store) -> Self {
        let servers = start_servers().await;
        let daemon = start_daemon(store, &servers).await;
        let bob = daemon.set_up(EMAIL, "Bob", PASSWORD).await;
        // What lies in the mailbox before the first connection is not taken in.
        connected(&bob).await;
        Self { servers, daemon, bob }
    }

    /// Ann's first mail, as soon as it waits in the queue and Bob has accepted it: the path of the conversation.
    async fn accept(&self, subject: &str) -> String {
        let conversation = eventually("the mail is in the queue", async || {
            let (_, page) = self.bob.get("/api/v1/conversations?state=new").await;
            items(&page).into_iter().find(|found| found["subject"] == subject)
        })
        .await;
        let path = format!("/api/v1/conversations/{}", conversation["id"].as_str().unwrap());
        assert_eq!(self.bob.post(&format!("{path}/accept"), json!({})).await.0, StatusCode::OK);
        path
    }

    /// Bob's answer, as it was stored.
    async fn answer(&self, path: &str, client_id: &str, text: &str) -> Value {
        let reply = json!({ "client_id": client_id, "text": text });
        let (status, answer) = self.bob.post(&format!("{path}/messages"), reply).await;
        assert_eq!(status, StatusCode::CREATED, "{answer}");
        answer
    }

    async fn messages(&self, path: &str) -> Vec<Value> {
        items(&self.bob.get(&format!("{path}/messages?after=0")).await.1)
    }

    /// The mail in a mailbox that holds this text, as soon as it is there.
    async fn arrived(&self, user: &str, text: &str) -> String {
        eventually(text, async || self.servers.mailbox(user).unwrap().into_iter().find(|mail| mail.contains(text))).await
    }

    async fn close(self) {
        assert_eq!(self.daemon.stop().await.code(), Some(0));
    }
}

async fn start_servers() -> RealMail {
    RealMail::start(&[(SUPPORT, "support pw"), (ANN, "ann pw"), (CARL, "carl pw")]).await.unwrap()
}

async fn start_daemon(store: &Store, servers: &RealMail) -> TestDaemon {
    let settings = settings(servers);
    let keys = [
        ("inboxes.support.channel", "email"),
        ("inboxes.support.settings", settings.as_str()),
        // Tests ask more often than people do.
        ("access.requests_per_minute", "1000000"),
    ];
    TestDaemon::start_with(store, &keys).await
}

/// The settings of the inbox, as a value of the environment.
fn settings(servers: &RealMail) -> String {
    format!(
        "{{address=\"{SUPPORT}\",imap={{host=\"127.0.0.1\",port={}}},smtp={{host=\"127.0.0.1\",port={}}},\
         auth={{kind=\"password\",password=\"support pw\"}},extra_ca_file=\"{}\"}}",
        servers.ports.imaps,
        servers.ports.submissions,
        servers.ca_file.display(),
    )
}

async fn connected(bob: &Session) {
    eventually("the mailbox is connected", async || {
        let (_, inboxes) = bob.get("/api/v1/inboxes").await;
        let inboxes = inboxes["items"].as_array().cloned().or_else(|| inboxes.as_array().cloned())?;
        inboxes.iter().any(|inbox| inbox["channel"] == "email" && inbox.to_string().contains("\"connected\"")).then_some(())
    })
    .await;
}

/// A mail of Ann's in plain text.
fn mail(id: &str, subject: &str, more: &str, text: &str) -> String {
    mail_of(ANN, id, subject, more, text)
}

fn mail_of(from: &str, id: &str, subject: &str, more: &str, text: &str) -> String {
    format!(
        "From: Ann <{from}>\r\nTo: {SUPPORT}\r\nSubject: {subject}\r\nMessage-ID: {id}\r\n\
         Date: Mon, 5 Jan 2026 08:00:00 +0000\r\n{more}\r\n{text}\r\n"
    )
}

fn items(page: &Value) -> Vec<Value> {
    page["items"].as_array().cloned().unwrap_or_default()
}

/// The value of a header that stands on one line.
fn header(mail: &str, name: &str) -> String {
    let lines = mail.lines().take_while(|line| !line.trim().is_empty());
    let mut found = lines.filter_map(|line| line.split_once(": ")).filter(|(key, _)| key.eq_ignore_ascii_case(name));
    found.next().map(|(_, value)| value.trim().to_owned()).unwrap_or_default()
}
