//! One line in trouble, the others as if nothing were: a provider that never answers, and one that says "slow down".

use std::collections::HashMap;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use trunkline_stand_ins::faults::Fault;
use trunkline_stand_ins::town::Line;

use super::{PATIENCE, World, answer, delivery, meet, rounds};
use crate::support::{Session, Store, each_store, within};

each_store!(a_hanging_line_holds_up_no_other, nobody_is_asked_while_they_rest);

/// Answers measured on each line, before and during, in `make test`.
const QUICK: usize = 8;
/// One mail a second is what a mailbox takes.
const PACE: Duration = Duration::from_millis(1_100);
const PEOPLE: usize = 10;
/// How far a figure of so few answers moves by itself on a busy machine; the share counts beyond it.
const GRAIN: Duration = Duration::from_millis(30);
const VICTIM: &str = "telegram";
/// How long the provider wants to be left alone.
const REST: Duration = Duration::from_secs(3);
/// Telegram means the chat, the others the whole account.
const ONE_CHAT: &str = "telegram";

async fn a_hanging_line_holds_up_no_other(store: Store) {
    let world = World::open(&store).await;
    let rounds = rounds(QUICK);
    let (victim, others): (Vec<&Line>, Vec<&Line>) = world.lines.iter().partition(|line| line.channel == VICTIM);
    let people = acquaintances(&world.bob, victim[0]).await;
    let theirs = join_all(others.iter().map(|line| acquaintances(&world.bob, line))).await;
    let measured =
        async || join_all(others.iter().zip(&theirs).map(|(line, theirs)| pace(&world.bob, line, theirs, rounds))).await;

    let before = measured().await;
    let faults = victim[0].faults.as_ref().expect("the victim speaks HTTP");
    faults.arm(victim[0].send_path, Fault::Hang, usize::MAX);
    for conversation in people.values() {
        answer(&world.bob, conversation, "never answered").await;
    }
    within(PATIENCE, "a send that hangs", async || (!faults.seen(victim[0].send_path).is_empty()).then_some(())).await;
    let during = measured().await;

    println!("{:<10} {:>10} {:>10} {:>7}", "channel", "p95 before", "p95 during", "ratio");
    for (line, (before, during)) in others.iter().zip(before.into_iter().zip(during)) {
        let ratio = during.as_secs_f64() / before.as_secs_f64();
        println!("{:<10} {before:>10.1?} {during:>10.1?} {ratio:>7.2}", line.channel);
        assert!(during <= before.mul_f64(1.1) + GRAIN, "{}: {before:?} became {during:?}", line.channel);
    }
    world.daemon.kill().await;
}

/// People of a line, with their conversations.
async fn acquaintances(bob: &Session, line: &Line) -> HashMap<String, String> {
    let people: Vec<String> = (0..PEOPLE).map(line.stranger).collect();
    meet(bob, line, &people).await
}

/// p95 from the operator's click to the customer's phone, one answer at a time.
async fn pace(bob: &Session, line: &Line, theirs: &HashMap<String, String>, rounds: usize) -> Duration {
    let mut taken = Vec::new();
    let mut clock = tokio::time::interval(PACE);
    for (n, (person, conversation)) in theirs.iter().cycle().take(rounds).enumerate() {
        clock.tick().await;
        let text = format!("answer {n} {:?}", line.phone.shown(person).len());
        let began = Instant::now();
        answer(bob, conversation, &text).await;
        within(PATIENCE, line.channel, async || {
            line.phone.shown(person).iter().any(|shown| !shown.mine && shown.text.trim() == text).then_some(())
        })
        .await;
        taken.push(began.elapsed());
    }
    taken.sort_unstable();
    taken[(taken.len() * 95 / 100).min(taken.len() - 1)]
}

async fn nobody_is_asked_while_they_rest(store: Store) {
    let world = World::open(&store).await;
    let lines = world.lines.iter().filter(|line| line.faults.is_some());
    let asked = join_all(lines.map(|line| rest(&world.bob, line))).await;
    for (channel, inside) in asked {
        println!("{channel:<10} requests inside the forbidden window: {inside}");
        assert_eq!(inside, 0, "{channel}");
    }
    assert_eq!(world.daemon.stop().await.code(), Some(0));
}

/// Requests to send that came in the time in which the provider had asked for none.
async fn rest(bob: &Session, line: &Line) -> (&'static str, usize) {
    let mut theirs = acquaintances(bob, line).await;
    if line.channel == ONE_CHAT {
        let one = theirs.keys().next().cloned().expect("people");
        theirs.retain(|person, _| *person == one);
    }
    let faults = line.faults.as_ref().expect("filtered");
    let headers = vec![("retry-after".to_owned(), REST.as_secs().to_string())];
    faults.arm(line.send_path, Fault::Answer { status: 429, headers, body: "{}".to_owned() }, 1);
    let mut conversations = theirs.iter();
    let (first, conversation) = conversations.next().expect("people");
    let message = answer(bob, conversation, "after a rest").await;
    // Until the refusal has come back nobody knows of it, and other sends may be under way.
    within(PATIENCE, "the refusal's record", async || {
        (delivery(bob, &message).await["history"][0]["outcome"] == "rate_limited").then_some(())
    })
    .await;
    let refused = within(PATIENCE, "the refusal", async || faults.seen(line.send_path).first().map(|seen| seen.at)).await;
    for (_, conversation) in conversations {
        answer(bob, conversation, "after a rest").await;
    }
    within(PATIENCE, line.channel, async || {
        let arrived = |person: &String| line.phone.shown(person).iter().any(|shown| shown.text.trim() == "after a rest");
        theirs.keys().all(arrived).then_some(())
    })
    .await;
    let inside = faults.seen(line.send_path).iter().skip(1).filter(|seen| seen.at < refused + REST).count();
    assert!(line.phone.shown(first).iter().filter(|shown| shown.text.trim() == "after a rest").count() == 1);
    (line.channel, inside)
}
