//! Mail through the real daemon, with Dovecot and Postfix on the other side.

use reqwest::StatusCode;
use serde_json::{Value, json};
use trunkline_stand_ins::mail::real::RealMail;

use crate::support::{Store, TestDaemon, each_store, eventually};

const SUPPORT: &str = "support@example.test";
const ANN: &str = "ann@example.test";

each_store!(a_mail_is_answered_and_the_reply_comes_back_to_the_same_conversation);

async fn a_mail_is_answered_and_the_reply_comes_back_to_the_same_conversation(store: Store) {
    let servers = RealMail::start(&[(SUPPORT, "support pw"), (ANN, "ann pw")]).await.unwrap();
    let settings = settings(&servers);
    let inbox = [("inboxes.support.channel", "email"), ("inboxes.support.settings", settings.as_str())];
    let daemon = TestDaemon::start_with(&store, &inbox).await;
    let bob = daemon.set_up("bob@example.com", "Bob", "a long password").await;
    // What lies in the mailbox before the first connection is not taken in.
    eventually("the mailbox is connected", async || {
        let (_, inboxes) = bob.get("/api/v1/inboxes").await;
        inboxes.to_string().contains("\"connected\"").then_some(())
    })
    .await;

    servers.inject(ANN, SUPPORT, &mail("<first@example.test>", "Broken lamp", "", "The lamp is broken.")).await.unwrap();
    let conversation = eventually("the mail is in the queue", async || {
        let (_, page) = bob.get("/api/v1/conversations?state=new").await;
        page["items"].as_array()?.iter().find(|found| found["subject"] == "Broken lamp").cloned()
    })
    .await;
    let path = format!("/api/v1/conversations/{}", conversation["id"].as_str().unwrap());
    assert!(conversation.to_string().contains("Ann"), "{conversation}");
    let first = messages(&bob.get(&format!("{path}/messages?after=0")).await.1);
    assert_eq!(first.len(), 1);
    assert_eq!(first[0]["text"].as_str().unwrap().trim(), "The lamp is broken.");

    assert_eq!(bob.post(&format!("{path}/accept"), json!({})).await.0, StatusCode::OK);
    let reply = json!({ "client_id": "answer-1", "text": "We send a new one." });
    let (status, answer) = bob.post(&format!("{path}/messages"), reply).await;
    assert_eq!(status, StatusCode::CREATED, "{answer}");
    let arrived = eventually("the answer is in the customer's mailbox", async || {
        servers.mailbox(ANN).unwrap().into_iter().find(|mail| mail.contains("We send a new one."))
    })
    .await;
    assert_eq!(header(&arrived, "In-Reply-To"), "<first@example.test>");
    assert_eq!(header(&arrived, "References"), "<first@example.test>");
    assert_eq!(header(&arrived, "Subject"), "Re: Broken lamp");
    let ours = header(&arrived, "Message-ID");
    eventually("the answer is sent", async || {
        let (_, page) = bob.get(&format!("{path}/messages?after=0")).await;
        messages(&page).iter().any(|message| message["id"] == answer["id"] && message["status"] == "sent").then_some(())
    })
    .await;

    // Only our own id is named: that the reply finds its way proves that the id is one of ours.
    let thread = format!("In-Reply-To: {ours}\r\nReferences: {ours}\r\n");
    servers.inject(ANN, SUPPORT, &mail("<second@example.test>", "Re: Broken lamp", &thread, "Thank you.")).await.unwrap();
    let all = eventually("the customer's reply is in the conversation", async || {
        let all = messages(&bob.get(&format!("{path}/messages?after=0")).await.1);
        (all.len() == 3).then_some(all)
    })
    .await;
    assert_eq!(all[2]["text"].as_str().unwrap().trim(), "Thank you.");
    assert_eq!(bob.get(&path).await.1["state"], "active");
    assert_eq!(bob.get("/api/v1/conversations").await.1["items"].as_array().unwrap().len(), 1);
    assert_eq!(daemon.stop().await.code(), Some(0));
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

fn mail(id: &str, subject: &str, more: &str, text: &str) -> String {
    format!(
        "From: Ann <{ANN}>\r\nTo: {SUPPORT}\r\nSubject: {subject}\r\nMessage-ID: {id}\r\n\
         Date: Mon, 5 Jan 2026 08:00:00 +0000\r\n{more}\r\n{text}\r\n"
    )
}

fn messages(page: &Value) -> Vec<Value> {
    page["items"].as_array().cloned().unwrap_or_default()
}

/// The value of a header that stands on one line.
fn header(mail: &str, name: &str) -> String {
    let lines = mail.lines().take_while(|line| !line.trim().is_empty());
    let mut found = lines.filter_map(|line| line.split_once(": ")).filter(|(key, _)| key.eq_ignore_ascii_case(name));
    found.next().map(|(_, value)| value.trim().to_owned()).unwrap_or_default()
}
