//! Figures about every channel at once, from the real daemon with the whole town of stand-ins on the other side. `make proof`
//! plays them at full length and prints them; `make test` plays a few rounds.

mod ambiguity;
mod isolation;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use reqwest::StatusCode;
use serde_json::{Value, json};
use trunkline_stand_ins::phone::Said;
use trunkline_stand_ins::town::{self, Line};

use crate::support::{Session, Store, TestDaemon, free_port, within};

/// Many more messages than people write: quotas are tested elsewhere.
const KEYS: [(&str, &str); 2] = [("access.requests_per_minute", "1000000"), ("log.level", "warn,trunkline=info")];
/// Far above what anything here takes that does not wait by design.
const PATIENCE: Duration = Duration::from_secs(60);
const PAGE: usize = 200;
/// How many people at once that is meant for.
const CROWD: usize = 30;

/// How often each thing is done.
fn rounds(quick: usize) -> usize {
    std::env::var("TRUNKLINE_ROUNDS").map_or(quick, |rounds| rounds.parse().expect("TRUNKLINE_ROUNDS is a number"))
}

/// A daemon with a line to everybody in town.
struct World {
    daemon: TestDaemon,
    bob: Arc<Session>,
    lines: Arc<Vec<Line>>,
}

impl World {
    async fn open(store: &Store) -> Self {
        let free = format!("127.0.0.1:{}", free_port());
        let lines = town::start(&format!("http://{free}")).await.unwrap();
        let mut keys = KEYS.to_vec();
        keys.push(("server.listen", &free));
        let daemon = TestDaemon::start_with(store, &keys).await;
        let bob = daemon.set_up("bob@example.com", "Bob", "a long password").await;
        for line in lines.iter().filter(|line| line.channel != "web_chat") {
            let inbox = json!({ "name": line.channel, "channel": line.channel, "settings": line.settings });
            let (status, inbox) = bob.post("/api/v1/inboxes", inbox).await;
            assert_eq!(status, StatusCode::CREATED, "{inbox}");
            line.connect(&daemon.url(&format!("/in/{}", inbox["id"].as_str().unwrap())));
        }
        // A mailbox begins with what comes after the first look into it.
        within(PATIENCE, "the mailbox is open", async || {
            let (_, inboxes) = bob.get("/api/v1/inboxes").await;
            let open = |inbox: &Value| inbox["channel"] != "email" || inbox["health"]["state"] == "connected";
            inboxes["items"].as_array().is_some_and(|all| all.iter().all(open)).then_some(())
        })
        .await;
        Self { daemon, bob: Arc::new(bob), lines: Arc::new(lines) }
    }
}

/// Each of `people` writes; their conversations, accepted, by the person.
async fn meet(bob: &Session, line: &Line, people: &[String]) -> HashMap<String, String> {
    for person in people {
        let said = Said { name: Some("Ann".into()), text: greeting(person), ..Said::default() };
        line.phone.say(person, said).await.unwrap();
    }
    let patience = PATIENCE * u32::try_from(people.len().div_ceil(CROWD)).unwrap();
    let theirs = within(patience, line.channel, async || {
        let open = conversations(bob, line.channel).await;
        let of = |person: &String| open.get(&greeting(person)).map(|id| (person.clone(), id.clone()));
        people.iter().map(of).collect::<Option<HashMap<_, _>>>()
    })
    .await;
    for id in theirs.values() {
        let (status, answer) = bob.post(&format!("/api/v1/conversations/{id}/accept"), json!({})).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
    }
    theirs
}

fn greeting(person: &str) -> String {
    format!("This is {person}")
}

/// The ids of a channel's waiting conversations by their last words.
async fn conversations(bob: &Session, channel: &str) -> HashMap<String, String> {
    let mut found = HashMap::new();
    let mut cursor = String::new();
    loop {
        let (_, page) = bob.get(&format!("/api/v1/conversations?channel={channel}&limit={PAGE}{cursor}")).await;
        for item in page["items"].as_array().into_iter().flatten() {
            let words = item["last_message"]["text"].as_str().unwrap_or_default().trim().to_owned();
            found.insert(words, item["id"].as_str().unwrap().to_owned());
        }
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return found,
        }
    }
}

/// Writes to a customer; the message's id.
async fn answer(bob: &Session, conversation: &str, text: &str) -> String {
    let body = json!({ "client_id": text, "text": text });
    let (status, message) = bob.post(&format!("/api/v1/conversations/{conversation}/messages"), body).await;
    assert_eq!(status, StatusCode::CREATED, "{message}");
    message["id"].as_str().unwrap().to_owned()
}

async fn delivery(bob: &Session, message: &str) -> Value {
    bob.get(&format!("/api/v1/messages/{message}/delivery")).await.1
}
