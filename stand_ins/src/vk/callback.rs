//! The sender of callbacks: confirmation first, then every event until the other side says `ok`.
//!
//! One event at a time to each server; one that failed comes again later and does not hold up those behind it.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use super::state::Switches;
use super::{Community, GROUP_ID};

/// The other side has so long to answer.
pub const TIMEOUT: Duration = Duration::from_secs(10);
/// The longest time that `Retry-After` may ask for.
const LONGEST_ASKED: Duration = Duration::from_secs(3 * 3_600);
/// Waiting times between repetitions double from here … (VK tells no numbers; these are short for the sake of tests.)
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// … and after so many failures in a row the whole server is left alone for a while.
const FAILURES_IN_A_ROW: u32 = 10;
const LEFT_ALONE: Duration = Duration::from_secs(3);
const MAX_WAITING: usize = 100_000;
const MAX_SENT: usize = 10_000;

/// Where callbacks go, and how that works out.
#[derive(Debug, Clone)]
pub struct Server {
    pub id: i64,
    pub url: String,
    pub title: String,
    pub secret: String,
    /// VK's words: `unconfigured`, `failed`, `wait`, `ok`.
    pub status: &'static str,
    pub switches: Switches,
    pub queue: VecDeque<Parcel>,
    pub failures: u32,
    pub not_before: Option<Instant>,
    pub busy: bool,
    /// What was sent, oldest first, with the status of the answer.
    pub sent: VecDeque<(Value, Option<u16>)>,
}

#[derive(Debug, Clone)]
pub struct Parcel {
    pub body: Value,
    pub tries: u32,
    pub not_before: Option<Instant>,
}

impl Server {
    pub fn new(id: i64, url: &str, title: &str, secret: &str, switches: Switches) -> Self {
        Self {
            id,
            url: url.to_owned(),
            title: title.to_owned(),
            secret: secret.to_owned(),
            status: "wait",
            switches,
            queue: VecDeque::new(),
            failures: 0,
            not_before: None,
            busy: false,
            sent: VecDeque::new(),
        }
    }

    /// Queues an event if this server wants its kind. Events before the confirmation are lost, as at VK.
    pub fn offer(&mut self, kind: &str, body: &Value) {
        if self.status != "wait" && self.switches.events.contains(kind) && self.queue.len() < MAX_WAITING {
            self.queue.push_back(Parcel { body: body.clone(), tries: 0, not_before: None });
        }
    }

    /// What to send now, or when to look again.
    fn next(&mut self) -> Result<Parcel, Option<Instant>> {
        let now = Instant::now();
        if self.busy {
            return Err(None);
        }
        if let Some(later) = self.not_before.filter(|later| *later > now) {
            return Err(Some(later));
        }
        if self.status == "wait" {
            let body = json!({"type": "confirmation", "group_id": GROUP_ID});
            return Ok(Parcel { body, tries: self.failures, not_before: None });
        }
        match self.queue.iter().position(|parcel| parcel.not_before.is_none_or(|later| later <= now)) {
            Some(at) => self.queue.remove(at).ok_or(None),
            None => Err(self.queue.iter().filter_map(|parcel| parcel.not_before).min()),
        }
    }

    fn failed(&mut self, mut parcel: Parcel, asked: Option<Duration>) {
        let now = Instant::now();
        self.failures += 1;
        parcel.tries += 1;
        let pause = FIRST_PAUSE.saturating_mul(2_u32.saturating_pow(parcel.tries - 1)).min(LONGEST_PAUSE);
        parcel.not_before = Some(now + asked.unwrap_or(pause));
        if parcel.body["type"] == "confirmation" {
            self.not_before = parcel.not_before;
            return;
        }
        self.status = "failed";
        if self.failures.is_multiple_of(FAILURES_IN_A_ROW) {
            self.not_before = Some(now + LEFT_ALONE);
        }
        self.queue.push_back(parcel);
    }
}

/// What came back.
struct Answer {
    status: Option<u16>,
    body: String,
    retry_after: Option<Duration>,
}

/// Delivers until it is told to stop.
pub async fn deliver(community: Arc<Community>, stop: CancellationToken) {
    let mut under_way = JoinSet::new();
    loop {
        let news = community.news.notified();
        tokio::pin!(news);
        // Registered before looking, so that nothing is missed in between.
        news.as_mut().enable();
        let mut look_again: Option<Instant> = None;
        let mut parcels = Vec::new();
        for server in &mut community.lock().servers {
            match server.next() {
                Ok(parcel) => {
                    server.busy = true;
                    parcels.push((server.id, server.url.clone(), server.secret.clone(), parcel));
                }
                Err(Some(later)) => look_again = Some(look_again.map_or(later, |sooner| sooner.min(later))),
                Err(None) => {}
            }
        }
        for (id, url, secret, parcel) in parcels {
            let community = community.clone();
            under_way.spawn(async move {
                let answer = send(&community.client, &url, &secret, &parcel).await;
                conclude(&community, id, parcel, &answer);
            });
        }
        let later = async {
            match look_again {
                Some(at) => sleep_until(at).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = stop.cancelled() => return,
            () = news => {}
            () = later => {}
            Some(_) = under_way.join_next() => {}
        }
    }
}

async fn send(client: &reqwest::Client, url: &str, secret: &str, parcel: &Parcel) -> Answer {
    let mut body = parcel.body.clone();
    if !secret.is_empty() {
        body["secret"] = json!(secret);
    }
    let mut request = client.post(url).header("content-type", "application/json").body(body.to_string());
    if parcel.tries > 0 {
        request = request.header("X-Retry-Counter", parcel.tries);
    }
    let Ok(answer) = request.send().await else { return Answer { status: None, body: String::new(), retry_after: None } };
    let status = answer.status().as_u16();
    let seconds = answer.headers().get("retry-after").and_then(|value| value.to_str().ok()?.parse().ok());
    let retry_after = seconds.filter(|_| matches!(status, 410 | 429 | 503)).map(Duration::from_secs);
    let body = answer.text().await.unwrap_or_default();
    Answer { status: Some(status), body, retry_after: retry_after.map(|asked| asked.min(LONGEST_ASKED)) }
}

fn conclude(community: &Community, id: i64, parcel: Parcel, answer: &Answer) {
    let mut state = community.lock();
    let confirmation = state.confirmation.clone();
    if answer.body == "remove" {
        state.servers.retain(|server| server.id != id);
        return;
    }
    let Some(server) = state.servers.iter_mut().find(|server| server.id == id) else { return };
    server.busy = false;
    server.sent.push_back((parcel.body.clone(), answer.status));
    if server.sent.len() > MAX_SENT {
        server.sent.pop_front();
    }
    let right = if parcel.body["type"] == "confirmation" { confirmation.as_str() } else { "ok" };
    if answer.status == Some(200) && answer.body == right {
        server.failures = 0;
        server.status = "ok";
    } else {
        server.failed(parcel, answer.retry_after);
    }
    drop(state);
    community.news.notify_waiters();
}
