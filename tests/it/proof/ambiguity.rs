//! Sends whose connection is cut at each of five points, on every channel: nothing is lost, and nothing arrives twice that nobody
//! asked for twice.
//!
//! A send is either known not to have gone (it is made again by itself), or it may have gone. Then VK and mail can be asked again
//! under the same id, WhatsApp and Messenger tell us later by themselves, and with Telegram a person decides, who in this play
//! looks at the customer's phone first.

use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

use reqwest::StatusCode;
use serde_json::{Value, json};
use trunkline_stand_ins::faults::Fault;
use trunkline_stand_ins::town::Line;

use super::{PATIENCE, World, answer, delivery, meet, rounds};
use crate::support::{Session, Store, each_store, within};

each_store!(a_cut_send_is_neither_lost_nor_doubled);

/// Of each cut, in `make test`.
const QUICK: usize = 1;
/// Sends that go well before each that is cut: a line that is mostly cut is rightly left alone for a while.
const GOOD: usize = 2;
/// People who get those, in turn, so that no chat gets more than its provider allows.
const OTHERS: usize = 20;
/// A connection of a poll may meet the cut that was meant for a send.
const TRIES: usize = 20;
/// Mail waits a minute before it tries again.
const SETTLED: Duration = Duration::from_secs(150);
/// A provider that tells us by itself does so within this; then a person decides.
const NEWS: Duration = Duration::from_secs(5);

async fn a_cut_send_is_neither_lost_nor_doubled(store: Store) {
    let world = World::open(&store).await;
    let rounds = rounds(QUICK);
    let wanted = std::env::var("TRUNKLINE_CHANNELS").unwrap_or_default();
    let wanted = |line: &&Line| line.can_cut() && (wanted.is_empty() || wanted.split(',').any(|channel| channel == line.channel));
    let plays = world.lines.iter().filter(wanted).map(|line| play(&world.bob, line, rounds));
    let tallies: Vec<Tally> = futures_util::future::join_all(plays).await.into_iter().flatten().collect();
    print(&tallies);
    for tally in &tallies {
        assert_eq!((tally.cut, tally.lost, tally.doubled), (rounds, 0, 0), "{tally:?}");
    }
    assert_eq!(world.daemon.stop().await.code(), Some(0));
}

/// What became of the sends that were cut at one point on one channel.
#[derive(Debug, Default)]
struct Tally {
    channel: String,
    point: String,
    cut: usize,
    /// Known not to have gone.
    repeated: usize,
    /// In doubt, and settled without a person.
    told: usize,
    /// A person decided.
    decided: usize,
    /// Met a second cut; the next attempt was brought forward.
    hastened: usize,
    lost: usize,
    doubled: usize,
}

impl Tally {
    fn add(&mut self, other: &Self) {
        self.cut += other.cut;
        self.repeated += other.repeated;
        self.told += other.told;
        self.decided += other.decided;
        self.hastened += other.hastened;
        self.lost += other.lost;
        self.doubled += other.doubled;
    }
}

async fn play(bob: &Session, line: &Line, rounds: usize) -> Vec<Tally> {
    let people: Vec<String> = (0..Fault::CUTS.len() * rounds + OTHERS).map(line.stranger).collect();
    let theirs = meet(bob, line, &people).await;
    let (others, cut) = people.split_at(OTHERS);
    let mut good = others.iter().cycle().zip(0..);
    let mut sent = Vec::new();
    for (point, people) in Fault::CUTS.iter().zip(cut.chunks(rounds)) {
        for person in people {
            for (other, n) in good.by_ref().take(GOOD) {
                let message = answer(bob, &theirs[other], &format!("good {n}")).await;
                ended(bob, &message).await;
            }
            for attempt in 0..TRIES {
                let text = format!("{point:?} {attempt}");
                line.cut(point);
                let message = answer(bob, &theirs[person], &text).await;
                let outcome = ended(bob, &message).await;
                if outcome != "sent" {
                    sent.push(Sent { point: point.clone(), person: person.clone(), text, message, outcome });
                    break;
                }
            }
        }
    }
    let settled = futures_util::future::join_all(sent.iter().map(|one| one.settle(bob, line))).await;
    let mut tallies: BTreeMap<String, Tally> = BTreeMap::new();
    for (one, became) in sent.iter().zip(settled) {
        let channel = line.channel.to_owned();
        let point = format!("{:?}", one.point);
        tallies.entry(point.clone()).or_insert_with(|| Tally { channel, point, ..Tally::default() }).add(&became);
    }
    tallies.into_values().collect()
}

/// How the first attempt ended.
async fn ended(bob: &Session, message: &str) -> String {
    within(PATIENCE, "the first attempt's end", async || {
        Some(delivery(bob, message).await["history"][0]["outcome"].as_str()?.to_owned())
    })
    .await
}

struct Sent {
    point: Fault,
    person: String,
    text: String,
    message: String,
    outcome: String,
}

impl Sent {
    async fn settle(&self, bob: &Session, line: &Line) -> Tally {
        let mut tally = Tally { cut: 1, ..Tally::default() };
        let told = tokio::time::timeout(NEWS, self.arrival(bob)).await;
        match (self.outcome.as_str(), told) {
            ("retry", _) => tally.repeated += 1,
            (_, Ok(_)) => tally.told += 1,
            (_, Err(_)) => {
                let now = delivery(bob, &self.message).await;
                if now["state"] == "uncertain" {
                    self.decide(bob, line, &now).await;
                    tally.decided += 1;
                } else {
                    tally.told += 1;
                }
            }
        }
        let mut delivered = tokio::time::timeout(SETTLED, self.arrival(bob)).await;
        if delivered.is_err() && self.bring_forward(bob).await {
            tally.hastened += 1;
            delivered = tokio::time::timeout(SETTLED, self.arrival(bob)).await;
        }
        let ids: HashSet<String> = self.on_the_phone(line);
        if delivered.is_err() || ids.is_empty() {
            println!(
                "{} at {:?}: on the phone {} times, {}",
                line.channel,
                self.point,
                ids.len(),
                delivery(bob, &self.message).await
            );
            tally.lost += 1;
        }
        tally.doubled += ids.len().saturating_sub(1);
        tally
    }

    /// Until the delivery says that it arrived.
    async fn arrival(&self, bob: &Session) -> Value {
        within(SETTLED * 2, "an end", async || {
            let now = delivery(bob, &self.message).await;
            matches!(now["state"].as_str()?, "sent" | "delivered" | "read").then_some(now)
        })
        .await
    }

    /// A second attempt may meet the cut that was meant for another's first, and its third is minutes away: not waited for.
    async fn bring_forward(&self, bob: &Session) -> bool {
        let now = delivery(bob, &self.message).await;
        if now["state"] != "retry_wait" || now["attempts"].as_i64() < Some(2) {
            return false;
        }
        let (status, answer) = bob.post(&format!("/api/v1/deliveries/{}/retry", now["id"].as_str().unwrap()), json!({})).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        true
    }

    /// The operator asks the customer.
    async fn decide(&self, bob: &Session, line: &Line, now: &Value) {
        let path = format!("/api/v1/deliveries/{}", now["id"].as_str().unwrap());
        let (status, answer) = match self.on_the_phone(line).is_empty() {
            true => bob.post(&format!("{path}/retry"), json!({})).await,
            false => bob.post(&format!("{path}/settle"), json!({ "as": "sent" })).await,
        };
        assert_eq!(status, StatusCode::OK, "{answer}");
    }

    /// Ids under which the text is there. A mail that came twice under one id is shown once.
    fn on_the_phone(&self, line: &Line) -> HashSet<String> {
        let thread = line.phone.shown(&self.person);
        thread.into_iter().filter(|shown| !shown.mine && shown.text.trim() == self.text).map(|shown| shown.id).collect()
    }
}

fn print(tallies: &[Tally]) {
    println!(
        "{:<10} {:<14} {:>5} {:>9} {:>6} {:>8} {:>9} {:>5} {:>8}",
        "channel", "cut", "times", "repeated", "told", "decided", "hastened", "lost", "doubled"
    );
    for Tally { channel, point, cut, repeated, told, decided, hastened, lost, doubled } in tallies {
        println!("{channel:<10} {point:<14} {cut:>5} {repeated:>9} {told:>6} {decided:>8} {hastened:>9} {lost:>5} {doubled:>8}");
    }
}
