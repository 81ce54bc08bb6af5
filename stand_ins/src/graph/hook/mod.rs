//! Webhooks of the Graph API: signed, tried again until they are taken, in no promised order.
//!
//! Events of one customer leave one after another; one that failed does not hold up those behind it, and so comes late.

mod batch;
mod courier;

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use serde::Deserialize;
use serde_json::Value;
use tokio::sync::Notify;
use tokio::time::{Instant, timeout};

use batch::joined;
pub(super) use courier::run;

/// So much faster than Meta's is a stand-in's clock of repetitions.
const SCALE: u32 = 100;
/// How a delivery is signed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Signing {
    #[default]
    Right,
    Wrong,
    Missing,
}

/// In which shape events leave that were held back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Release {
    /// As they would have gone.
    Apart,
    /// In one POST.
    Together,
    /// The last one first.
    Backwards,
    /// Every one twice.
    Twice,
}

/// What happens when deliveries fail for long.
#[derive(Debug, Clone, Copy)]
pub(super) enum Patience {
    /// They are lost after a week.
    AWeek,
    /// The subscription is switched off after this time of failures.
    SwitchesOff(Duration),
}

/// A delivery as it left.
#[derive(Debug, Clone)]
pub struct Sent {
    pub body: Bytes,
    /// `None` when no answer came.
    pub status: Option<u16>,
}

/// The sender of webhooks.
pub struct Hook {
    object: &'static str,
    patience: Patience,
    client: reqwest::Client,
    inner: Mutex<Inner>,
    news: Notify,
}

struct Inner {
    url: Option<String>,
    /// Whether the account's events go to the app at all.
    subscribed: bool,
    signing: Signing,
    escaped: bool,
    held: bool,
    copies: usize,
    scale: u32,
    queue: VecDeque<Parcel>,
    next: u64,
    failing_since: Option<Instant>,
    sent: VecDeque<Sent>,
}

struct Parcel {
    id: u64,
    /// Whose events stay in order among each other.
    lane: String,
    entries: Vec<Value>,
    since: Instant,
    tries: u32,
    not_before: Option<Instant>,
    on_its_way: bool,
}

impl Hook {
    pub(super) fn new(object: &'static str, patience: Patience) -> anyhow::Result<Self> {
        let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).timeout(courier::TIMEOUT).build()?;
        let inner = Inner {
            url: None,
            subscribed: true,
            signing: Signing::Right,
            escaped: true,
            held: false,
            copies: 1,
            scale: SCALE,
            queue: VecDeque::new(),
            next: 0,
            failing_since: None,
            sent: VecDeque::new(),
        };
        Ok(Self { object, patience, client, inner: Mutex::new(inner), news: Notify::new() })
    }

    /// Where webhooks go from now on, without asking whether anybody is there.
    pub fn set_url(&self, url: &str) {
        self.change(|inner| inner.url = Some(url.to_owned()));
    }

    #[must_use]
    pub fn url(&self) -> Option<String> {
        self.lock().url.clone()
    }

    /// Sets the address as the app's dashboard does: only when the other side gives the challenge back.
    ///
    /// # Errors
    /// What the other side did instead.
    pub async fn shake_hands(&self, url: &str, verify_token: Option<&str>) -> anyhow::Result<()> {
        let challenge = format!("{:010}", rand::random::<u32>());
        let mut address = url::Url::parse(url)?;
        address.query_pairs_mut().append_pair("hub.mode", "subscribe").append_pair("hub.challenge", &challenge);
        if let Some(token) = verify_token {
            address.query_pairs_mut().append_pair("hub.verify_token", token);
        }
        let answer = self.client.get(address).send().await?;
        let status = answer.status();
        let body = answer.text().await?;
        anyhow::ensure!(status.is_success(), "the callback address answered {status}");
        anyhow::ensure!(body == challenge, "the callback address did not give the challenge back");
        self.set_url(url);
        Ok(())
    }

    /// Events pile up until [`Hook::release`].
    pub fn hold(&self) {
        self.change(|inner| inner.held = true);
    }

    /// Lets go what was held back.
    pub fn release(&self, how: Release) {
        self.change(|inner| {
            inner.held = false;
            match how {
                Release::Apart => {}
                Release::Backwards => {
                    inner.queue.make_contiguous().reverse();
                }
                Release::Twice => {
                    let again: Vec<_> = inner.queue.iter().map(|parcel| (parcel.lane.clone(), parcel.entries.clone())).collect();
                    again.into_iter().for_each(|(lane, entries)| {
                        inner.add(lane, entries, Duration::ZERO);
                    });
                }
                Release::Together => {
                    let entries: Vec<Value> = inner.queue.drain(..).flat_map(|parcel| parcel.entries).collect();
                    if !entries.is_empty() {
                        inner.add("together".to_owned(), joined(entries), Duration::ZERO);
                    }
                }
            }
        });
    }

    /// How many apps there seem to be: every event comes so often.
    pub fn set_copies(&self, copies: usize) {
        self.change(|inner| inner.copies = copies.max(1));
    }

    pub fn set_signing(&self, signing: Signing) {
        self.change(|inner| inner.signing = signing);
    }

    /// Whether bodies are ASCII with `\u` and `\/`, as Meta writes them, or plain UTF-8.
    pub fn set_escaped(&self, escaped: bool) {
        self.change(|inner| inner.escaped = escaped);
    }

    /// How many of Meta's seconds fit into one of ours between repetitions.
    pub fn set_scale(&self, scale: u32) {
        self.change(|inner| inner.scale = scale.max(1));
    }

    /// Deliveries that nobody has taken yet.
    #[must_use]
    pub fn pending(&self) -> usize {
        self.lock().queue.len()
    }

    /// What left, oldest first.
    #[must_use]
    pub fn sent(&self) -> Vec<Sent> {
        self.lock().sent.iter().cloned().collect()
    }

    /// Sends any entries as they stand, in one POST.
    pub fn deliver(&self, entries: Vec<Value>) {
        self.push("as it stands", entries, Duration::ZERO);
    }

    pub(super) fn object(&self) -> &'static str {
        self.object
    }

    pub(super) fn subscribed(&self) -> bool {
        self.lock().subscribed
    }

    pub(super) fn set_subscribed(&self, subscribed: bool) {
        self.change(|inner| {
            inner.subscribed = subscribed;
            inner.failing_since = None;
        });
    }

    /// Queues a POST; its number, to wait for.
    pub(super) fn push(&self, lane: &str, entries: Vec<Value>, after: Duration) -> u64 {
        let mut inner = self.lock();
        if !inner.subscribed {
            return 0;
        }
        let copies = inner.copies;
        let first = inner.add(lane.to_owned(), entries.clone(), after);
        for _ in 1..copies {
            inner.add(lane.to_owned(), entries.clone(), after);
        }
        drop(inner);
        self.news.notify_waiters();
        first
    }

    /// Waits until a POST was taken, or for a while.
    pub(super) async fn taken(&self, number: u64, patience: Duration) {
        let taken = async {
            loop {
                let news = self.news.notified();
                tokio::pin!(news);
                news.as_mut().enable();
                if self.lock().queue.iter().all(|parcel| parcel.id != number) {
                    return;
                }
                news.await;
            }
        };
        // The caller goes on either way.
        let _ = timeout(patience, taken).await;
    }

    fn change(&self, change: impl FnOnce(&mut Inner)) {
        change(&mut self.lock());
        self.news.notify_waiters();
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn add(&mut self, lane: String, entries: Vec<Value>, after: Duration) -> u64 {
        self.next += 1;
        let since = Instant::now();
        let not_before = (!after.is_zero()).then(|| since + after);
        self.queue.push_back(Parcel { id: self.next, lane, entries, since, tries: 0, not_before, on_its_way: false });
        self.next
    }
}
