//! The daemon dies while mail arrives, as by a power cut.

use std::collections::BTreeMap;
use std::time::Duration;

use super::{ANN, EMAIL, PASSWORD, SUPPORT, connected, items, mail, start_daemon, start_servers};
use crate::support::session::Session;
use crate::support::{Store, each_store, eventually, within};

each_store!(every_mail_is_there_once_in_its_thread_after_a_kill);

const THREADS: usize = 3;
const MAILS_EACH: usize = 10;
/// A dead process holds its lease for a quarter of a minute where several could run.
const TAKEOVER: Duration = Duration::from_secs(60);

async fn every_mail_is_there_once_in_its_thread_after_a_kill(store: Store) {
    let servers = start_servers().await;
    let daemon = start_daemon(&store, &servers).await;
    let bob = daemon.set_up(EMAIL, "Bob", PASSWORD).await;
    connected(&bob).await;
    send(&servers, 0..MAILS_EACH / 2).await;
    eventually("some mails are stored", async || {
        let stored: usize = texts(&bob).await.values().map(Vec::len).sum();
        (stored >= 5).then_some(())
    })
    .await;
    // It dies over the rest of the first half or between the mails of the second.
    tokio::join!(daemon.kill(), send(&servers, MAILS_EACH / 2..MAILS_EACH));

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
        let mut said = all[&subject(thread)].clone();
        // Dovecot numbers mails of one second as it finds them in the folder.
        said.sort();
        let expected: Vec<String> = (0..MAILS_EACH).map(|n| text(thread, n)).collect();
        assert_eq!(said, expected);
    }
    assert!(daemon.metrics().await.contains("trunkline_unaccounted_total 0"));
    assert_eq!(daemon.stop().await.code(), Some(0));
}

/// One mail after the other, each as soon as the one before lies in the mailbox: the servers deliver side by side.
async fn send(servers: &trunkline_stand_ins::mail::real::RealMail, numbers: std::ops::Range<usize>) {
    for n in numbers {
        for thread in 0..THREADS {
            let earlier: Vec<String> = (0..n).map(|n| format!("<mail-{thread}-{n}@example.test>")).collect();
            let more = match earlier.last() {
                None => String::new(),
                Some(last) => format!("In-Reply-To: {last}\r\nReferences: {}\r\n", earlier.join(" ")),
            };
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
