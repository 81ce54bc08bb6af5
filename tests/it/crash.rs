//! The program killed fifty times in the middle of its work, as by a power cut: what it confirmed is there, once and in
//! order, in both directions.
//!
//! Clients do what real ones do: they keep what was not confirmed and say it again, with the same client id, as soon as
//! the daemon is back. A run is repeated by its seed: `TRUNKLINE_SEED=7 cargo test crash -- --nocapture`.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context;
use futures_util::{FutureExt, StreamExt, stream};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use trunkline::db::sql;
use trunkline_stand_ins::socket::Socket;

use crate::support::guests::{self, Admin};
use crate::support::{Store, TestDaemon, each_store, within};

each_store!(what_was_confirmed_survives_fifty_kills);

const KILLS: usize = 50;
const VISITORS: usize = 6;
/// Load before each kill.
const LIFE_MS: RangeInclusive<u64> = 300..=800;
/// Texts a visitor's program sends before the first of them is confirmed.
const IN_FLIGHT: usize = 3;
/// Keeps a visitor's socket below what one socket may send in a while.
const WINDOWS_PER_SOCKET: usize = 50;
const PATIENCE: Duration = Duration::from_secs(30);
/// On PostgreSQL another process may be sending what a dead one had begun: it is left alone for a minute.
const SETTLING: Duration = Duration::from_secs(120);
/// Many more messages than people write: quotas are tested elsewhere.
const KEYS: [(&str, &str); 3] = [
    ("access.requests_per_minute", "1000000"),
    ("inboxes.website.settings.quotas.messages_per_minute", "1000000"),
    ("log.level", "warn,trunkline=info"),
];

async fn what_was_confirmed_survives_fifty_kills(store: Store) {
    let seed = std::env::var("TRUNKLINE_SEED").map_or_else(|_| rand::random(), |seed| seed.parse().unwrap());
    let mut random = StdRng::seed_from_u64(seed);
    let mut daemon = TestDaemon::start_with(&store, &KEYS).await;
    let base = daemon.url("");
    let ann = Admin::set_up(&daemon).await;
    let world = World::new(&base);
    let mut talking = Vec::new();
    let mut conversations = Vec::new();
    for _ in 0..VISITORS {
        let token = guests::visitor(&base).await;
        let (_, conversation) = guests::start(&base, &token).await;
        conversations.push(conversation.clone());
        let visitor = Visitor { token, conversation, confirmed: Vec::new(), said: 0 };
        talking.push(tokio::spawn(visitor.talk(world.clone())));
    }
    let answering = tokio::spawn(answer(ann.clone(), conversations.clone(), world.clone()));

    let mut slowest = Duration::ZERO;
    for kill in 0..KILLS {
        let before = *world.confirmed.borrow();
        sleep(Duration::from_millis(random.random_range(LIFE_MS))).await;
        let mut confirmed = world.confirmed.subscribe();
        let goes_on = timeout(PATIENCE, confirmed.wait_for(|now| *now > before)).await.is_ok();
        assert!(goes_on, "nothing was confirmed before kill {kill} of seed {seed}:\n{}", daemon.log_text());
        daemon.kill().await;
        world.up.send_replace(None);
        let began = Instant::now();
        daemon = TestDaemon::start_with(&store, &KEYS).await;
        slowest = slowest.max(began.elapsed());
        world.up.send_replace(Some(daemon.url("")));
    }
    world.stop.cancel();
    let base = daemon.url("");
    let answers = timeout(PATIENCE, answering).await.expect("the operator ends").unwrap();
    let mut verdict = Verdict::default();
    for ((talk, conversation), answers) in talking.into_iter().zip(&conversations).zip(answers) {
        let visitor = timeout(PATIENCE, talk).await.expect("the visitor ends").unwrap();
        let stored = settled(&ann, &base, conversation).await;
        verdict.numbers(&stored);
        verdict.side(&stored, "customer", &visitor.confirmed);
        verdict.side(&stored, "operator", &answers);
    }
    let Verdict { acknowledged, lost, duplicated, out_of_order, undelivered } = verdict;
    println!(
        "kills={KILLS} acknowledged={acknowledged} lost={lost} duplicated={duplicated} out_of_order={out_of_order} \
         undelivered={undelivered} slowest_start_ms={} seed={seed}",
        slowest.as_millis()
    );
    assert_eq!((lost, duplicated, out_of_order), (0, 0, 0), "seed {seed}");
    assert!(acknowledged > KILLS, "too little was said: {acknowledged}");
    assert!(daemon.metrics().await.contains("trunkline_unaccounted_total 0"));
    assert_eq!(daemon.stop().await.code(), Some(0));
    if store.database().is_empty() {
        let app = store.live_app().await;
        let found: Vec<(String,)> = sql("PRAGMA integrity_check").all(&app.db).await.unwrap();
        assert_eq!(found, [("ok".to_owned(),)], "seed {seed}");
    }
}

/// What all clients know: where the daemon is, if it is there, and when to stop.
#[derive(Clone)]
struct World {
    up: Arc<watch::Sender<Option<String>>>,
    /// Messages of both sides that the daemon has confirmed.
    confirmed: Arc<watch::Sender<usize>>,
    stop: CancellationToken,
}

impl World {
    fn new(base: &str) -> Self {
        let up = Arc::new(watch::Sender::new(Some(base.to_owned())));
        Self { up, confirmed: Arc::new(watch::Sender::new(0)), stop: CancellationToken::new() }
    }

    /// Does something with the daemon as soon as it is up; `None` when it failed or the daemon went away.
    async fn with_daemon<T>(&self, work: impl AsyncFnOnce(&str) -> anyhow::Result<T>) -> Option<T> {
        let mut up = self.up.subscribe();
        let base = up.wait_for(Option::is_some).await.ok()?.clone()?;
        tokio::select! {
            done = work(&base) => done.ok(),
            _ = up.wait_for(|now| now.as_ref() != Some(&base)) => None,
        }
    }

    fn count(&self) {
        self.confirmed.send_modify(|confirmed| *confirmed += 1);
    }
}

/// Somebody who never stops talking.
struct Visitor {
    token: String,
    conversation: String,
    /// For each text that was confirmed, the number it was given.
    confirmed: Vec<i64>,
    /// Texts sent so far, confirmed or not.
    said: usize,
}

impl Visitor {
    async fn talk(mut self, world: World) -> Self {
        while !(world.stop.is_cancelled() && self.confirmed.len() == self.said) {
            let _ = world.with_daemon(async |base| self.say(base, &world).await).await;
        }
        self
    }

    /// Begins with what is not confirmed yet. Ends with an error where the client would connect anew.
    async fn say(&mut self, base: &str, world: &World) -> anyhow::Result<()> {
        let socket = Socket::connect(base, &json!({ "token": self.token }), None).await?;
        for _ in 0..WINDOWS_PER_SOCKET {
            if !world.stop.is_cancelled() {
                self.said = self.said.max(self.confirmed.len() + IN_FLIGHT);
            }
            let texts: Vec<Value> = (self.confirmed.len()..self.said)
                .map(|n| json!({"session_id": self.conversation, "client_id": format!("c-{n}"), "content": n.to_string()}))
                .collect();
            let asks: Vec<_> = texts.iter().map(|text| socket.ask("chat:send_message", text).boxed()).collect();
            // Polled in order, so that they leave in order.
            let mut acks = stream::iter(asks).buffered(IN_FLIGHT);
            while let Some(ack) = acks.next().await {
                let ack = ack?;
                self.confirmed.push(ack["message"]["number"].as_i64().with_context(|| format!("refused: {ack}"))?);
                world.count();
            }
        }
        Ok(())
    }
}

/// Accepts all conversations and answers in turn; for each the numbers that its answers were given.
async fn answer(ann: Admin, conversations: Vec<String>, world: World) -> Vec<Vec<i64>> {
    for id in &conversations {
        let (status, told) = insist(&ann, &world, &format!("/api/v1/conversations/{id}/accept"), &json!({})).await;
        // Accepted just before a kill: then nobody but Ann has it.
        let mine = status == StatusCode::CONFLICT && told["extra"]["assignee"]["name"] == "Ann";
        assert!(status == StatusCode::OK || mine, "{status}: {told}");
    }
    let mut numbers = vec![Vec::new(); conversations.len()];
    while !world.stop.is_cancelled() {
        for (id, numbers) in conversations.iter().zip(&mut numbers) {
            let text = numbers.len().to_string();
            let reply = json!({"client_id": format!("r-{text}"), "text": text});
            let (status, told) = insist(&ann, &world, &format!("/api/v1/conversations/{id}/messages"), &reply).await;
            assert_eq!(status, StatusCode::CREATED, "{told}");
            numbers.push(told["number"].as_i64().unwrap());
            world.count();
        }
    }
    numbers
}

/// Posts until the daemon has answered; "later" is no answer.
async fn insist(ann: &Admin, world: &World, path: &str, body: &Value) -> (StatusCode, Value) {
    loop {
        let answered = world
            .with_daemon(async |base| {
                let answer = ann.request(Method::POST, base, path).json(body).send().await?;
                Ok((answer.status(), answer.json().await?))
            })
            .await;
        match answered {
            Some((StatusCode::SERVICE_UNAVAILABLE, _)) | None => {}
            Some(answer) => return answer,
        }
    }
}

/// The whole conversation, as soon as nothing in it is on its way any more.
async fn settled(ann: &Admin, base: &str, conversation: &str) -> Vec<Value> {
    within(SETTLING, "every answer comes to an end", async || {
        let stored = history(ann, base, conversation).await;
        stored.iter().all(|message| message["status"] != "queued").then_some(stored)
    })
    .await
}

async fn history(ann: &Admin, base: &str, conversation: &str) -> Vec<Value> {
    let mut stored = Vec::new();
    let mut after = "0".to_owned();
    loop {
        let path = format!("/api/v1/conversations/{conversation}/messages?limit=200&after={after}");
        let page = ann.get(base, &path).await;
        stored.extend(page["items"].as_array().unwrap().iter().cloned());
        match page["next_cursor"].as_str() {
            Some(cursor) => cursor.clone_into(&mut after),
            None => return stored,
        }
    }
}

/// What the comparison of the clients' ledgers with the store found.
#[derive(Debug, Default)]
struct Verdict {
    acknowledged: usize,
    /// Confirmed, and not in the store.
    lost: usize,
    /// More than once in the store.
    duplicated: usize,
    /// Gaps in the numbers, texts before earlier ones, messages whose number is not the one that was confirmed.
    out_of_order: usize,
    /// Answers that ended visibly without having been delivered.
    undelivered: usize,
}

impl Verdict {
    fn numbers(&mut self, stored: &[Value]) {
        self.out_of_order += (1..).zip(stored).filter(|(expected, message)| message["number"] != json!(expected)).count();
    }

    fn side(&mut self, stored: &[Value], sender_type: &str, confirmed: &[i64]) {
        let theirs: Vec<(usize, &Value)> = stored
            .iter()
            .filter(|message| message["sender_type"] == sender_type && message["kind"] == "text")
            .map(|message| (message["text"].as_str().unwrap().parse().unwrap(), message))
            .collect();
        let distinct: BTreeSet<usize> = theirs.iter().map(|(text, _)| *text).collect();
        self.acknowledged += confirmed.len();
        self.lost += (0..confirmed.len()).filter(|text| !distinct.contains(text)).count();
        self.duplicated += theirs.len() - distinct.len();
        self.out_of_order += theirs.windows(2).filter(|pair| pair[0].0 >= pair[1].0).count();
        self.out_of_order +=
            theirs.iter().filter(|(text, m)| confirmed.get(*text).is_none_or(|n| m["number"] != json!(n))).count();
        for (_, message) in theirs {
            match message["status"].as_str().unwrap() {
                "received" | "sent" | "delivered" | "read" => {}
                "failed" | "uncertain" => self.undelivered += 1,
                other => panic!("an answer ended as {other}: {message}"),
            }
        }
    }
}

#[test]
fn the_comparison_finds_each_kind_of_fault() {
    let message = |number: i64, text: &str| json!({"number": number, "sender_type": "customer", "kind": "text", "text": text, "status": "received"});
    let judge = |stored: &[Value], confirmed: &[i64]| {
        let mut verdict = Verdict::default();
        verdict.numbers(stored);
        verdict.side(stored, "customer", confirmed);
        (verdict.lost, verdict.duplicated, verdict.out_of_order)
    };
    assert_eq!(judge(&[message(1, "0"), message(2, "1")], &[1, 2]), (0, 0, 0));
    assert_eq!(judge(&[message(1, "0")], &[1, 2]), (1, 0, 0));
    assert_eq!(judge(&[message(1, "0"), message(2, "1"), message(3, "1")], &[1, 2]), (0, 1, 2));
    assert_eq!(judge(&[message(1, "1"), message(2, "0")], &[2, 1]), (0, 0, 1));
    assert_eq!(judge(&[message(1, "0"), message(3, "1")], &[1, 3]), (0, 0, 1), "a gap");
    assert_eq!(judge(&[message(1, "0"), message(2, "1")], &[1, 3]), (0, 0, 1), "not the confirmed number");
}
