//! The daemon dies while mail arrives, as by a power cut.

use std::collections::BTreeMap;
use std::time::Duration;

use super::{ANN, EMAIL, PASSWORD, SUPPORT, connected, items, mail, start_daemon, start_servers};
use crate::support::session::Session;
use crate::support::{Store, each_store, eventually, within};

each_store!(every_mail_is_there_once_and_in_order_after_a_kill);

const THREADS: usize = 3;
const MAILS_EACH: usize = 10;
/// A dead process holds its lease for a quarter of a minute where several could run.
const TAKEOVER: Duration = Duration::from_secs(60);

async fn every_mail_is_there_once_and_in_order_after_a_kill(store: Store) {
    let servers = start_servers().await;
    let daemon = start_daemon(&store, &servers).await;
    let bob = daemon.set_up(EMAIL, "Bob", PASSWORD).await;
    connected(&bob).await;
    let killing = async {
        let stored = eventually("some mails are stored", async || {
            let stored: usize = texts(&bob).await.values().map(Vec::len).sum();
            (stored >= 5).then_some(stored)
        })
        .await;
        daemon.kill().await;
        stored
    };
    let (stored, ()) = tokio::join!(killing, send_all(&servers));
    assert!(stored < THREADS * MAILS_EACH, "the daemon died too late to prove anything");

    let daemon = start_daemon(&store, &servers).await;
    let bob = daemon.sign_in(EMAIL, PASSWORD).await;
    within(TAKEOVER, "all mails are stored", async || {
        let stored: usize = texts(&bob).await.values().map(Vec::len).sum();
        (stored >= THREADS * MAILS_EACH).then_some(())
    })
    .await;
    // A mail that is stored twice would come with the ones after it: this one is the last.
    servers.inject(ANN, SUPPORT, &mail("<last@example.test>", "The last", "", "that was all")).await.unwrap();
    let all = eventually("the last mail is stored", async || {
        let all = texts(&bob).await;
        all.contains_key("The last").then_some(all)
    })
    .await;
    assert_eq!(all.len(), THREADS + 1, "{all:?}");
    for thread in 0..THREADS {
        let expected: Vec<String> = (0..MAILS_EACH).map(|n| text(thread, n)).collect();
        assert_eq!(all[&subject(thread)], expected);
    }
    assert!(daemon.metrics().await.contains("trunkline_unaccounted_total 0"));
    assert_eq!(daemon.stop().await.code(), Some(0));
}

/// One mail after the other, each as soon as the one before lies in the mailbox: the servers deliver side by side.
async fn send_all(servers: &trunkline_stand_ins::mail::real::RealMail) {
    for n in 0..MAILS_EACH {
        for thread in 0..THREADS {
            let before = format!("<mail-{thread}-{}@example.test>", n.wrapping_sub(1));
            let more = if n == 0 { String::new() } else { format!("In-Reply-To: {before}\r\nReferences: {before}\r\n") };
            let id = format!("<mail-{thread}-{n}@example.test>");
            servers.inject(ANN, SUPPORT, &mail(&id, &subject(thread), &more, &text(thread, n))).await.unwrap();
            let lies_there = format!("Message-ID: {id}");
            eventually("the mail is in the mailbox", async || {
                servers.mailbox(SUPPORT).ok()?.iter().any(|mail| mail.contains(&lies_there)).then_some(())
            })
            .await;
        }
    }
}

fn subject(thread: usize) -> String {
    format!("Thread {thread}")
}

fn text(thread: usize, n: usize) -> String {
    format!("mail {n} of thread {thread}")
}

/// What was said in each conversation, by its subject; conversations of one subject are told apart by their ids.
async fn texts(bob: &Session) -> BTreeMap<String, Vec<String>> {
    let mut all = BTreeMap::new();
    for conversation in items(&bob.get("/api/v1/conversations").await.1) {
        let id = conversation["id"].as_str().unwrap();
        let (_, page) = bob.get(&format!("/api/v1/conversations/{id}/messages?after=0")).await;
        let said = items(&page).iter().map(|message| message["text"].as_str().unwrap().trim().to_owned()).collect();
        let subject = conversation["subject"].as_str().unwrap().to_owned();
        let key = if all.contains_key(&subject) { format!("{subject} {id}") } else { subject };
        all.insert(key, said);
    }
    all
}
