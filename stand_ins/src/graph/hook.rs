//! Webhooks of the Graph API: signed, tried again until they are taken, in no promised order.
//!
//! Events of one customer leave one after another; one that failed does not hold up those behind it, and so comes late.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_util::sync::CancellationToken;

use super::APP_SECRET;
use super::access::signature;

/// The other side has so long to answer.
const TIMEOUT: Duration = Duration::from_secs(5);
const MAX_ON_THEIR_WAY: usize = 16;
/// After the first repetition, which comes at once, waiting times double from here …
const FIRST_PAUSE: Duration = Duration::from_secs(15);
const LONGEST_PAUSE: Duration = Duration::from_secs(3_600);
/// … and end here.
const WHATSAPP_PATIENCE: Duration = Duration::from_secs(7 * 24 * 3_600);
/// So much faster than Meta's is a stand-in's clock of repetitions.
const SCALE: u32 = 100;
/// What was sent is remembered this far back.
const MAX_SENT: usize = 10_000;

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
        let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).timeout(TIMEOUT).build()?;
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

    /// What may go now, and when to look again.
    fn pick(&self) -> (Vec<(u64, Bytes, String)>, Option<Instant>) {
        let mut inner = self.lock();
        let Some(url) = inner.url.clone().filter(|_| !inner.held) else { return (Vec::new(), None) };
        let (now, escaped) = (Instant::now(), inner.escaped);
        let (mut picked, mut busy, mut next) = (Vec::new(), Vec::new(), None::<Instant>);
        let mut room = MAX_ON_THEIR_WAY.saturating_sub(inner.queue.iter().filter(|parcel| parcel.on_its_way).count());
        for parcel in &mut inner.queue {
            if busy.contains(&parcel.lane) {
                continue;
            }
            if parcel.on_its_way {
                busy.push(parcel.lane.clone());
                continue;
            }
            match parcel.not_before.filter(|at| *at > now) {
                Some(at) => {
                    next = Some(next.map_or(at, |before| before.min(at)));
                    // One that failed is overtaken; one that only waits for its time is not.
                    if parcel.tries == 0 {
                        busy.push(parcel.lane.clone());
                    }
                }
                None if room > 0 => {
                    room -= 1;
                    parcel.on_its_way = true;
                    busy.push(parcel.lane.clone());
                    let body = json!({"object": self.object, "entry": parcel.entries}).to_string();
                    let body = if escaped { ascii(&body) } else { body };
                    picked.push((parcel.id, Bytes::from(body), url.clone()));
                }
                None => {}
            }
        }
        (picked, next)
    }

    async fn carry(self: Arc<Self>, id: u64, body: Bytes, url: String) -> (u64, Sent) {
        let signing = self.lock().signing;
        let mut request = self.client.post(url).header("content-type", "application/json");
        request = match signing {
            Signing::Right => request.header("X-Hub-Signature-256", format!("sha256={}", signature(APP_SECRET, &body))),
            Signing::Wrong => request.header("X-Hub-Signature-256", format!("sha256={}", signature("another secret", &body))),
            Signing::Missing => request,
        };
        let status = request.body(body.clone()).send().await.ok().map(|answer| answer.status().as_u16());
        (id, Sent { body, status })
    }

    fn arrived(&self, id: u64, sent: Sent) {
        self.change(|inner| {
            let (now, scale) = (Instant::now(), inner.scale);
            let taken = sent.status == Some(200);
            if inner.sent.len() == MAX_SENT {
                inner.sent.pop_front();
            }
            inner.sent.push_back(sent);
            if taken {
                inner.failing_since = None;
                inner.queue.retain(|parcel| parcel.id != id);
                return;
            }
            let since = *inner.failing_since.get_or_insert(now);
            if let Some(parcel) = inner.queue.iter_mut().find(|parcel| parcel.id == id) {
                parcel.on_its_way = false;
                parcel.not_before = Some(now + pause(parcel.tries) / scale);
                parcel.tries += 1;
            }
            match self.patience {
                Patience::AWeek => inner.queue.retain(|parcel| now.duration_since(parcel.since) < WHATSAPP_PATIENCE / scale),
                Patience::SwitchesOff(after) if now.duration_since(since) >= after / scale => {
                    inner.subscribed = false;
                    inner.queue.clear();
                }
                Patience::SwitchesOff(_) => {}
            }
        });
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

/// Sends until it is stopped.
pub(super) async fn run(hook: Arc<Hook>, stop: CancellationToken) {
    let mut on_their_way = JoinSet::new();
    loop {
        let news = hook.news.notified();
        tokio::pin!(news);
        news.as_mut().enable();
        let (picked, next) = hook.pick();
        for (id, body, url) in picked {
            on_their_way.spawn(hook.clone().carry(id, body, url));
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = news => {}
            Some(Ok((id, sent))) = on_their_way.join_next() => hook.arrived(id, sent),
            () = sleep_until(next.unwrap_or_else(Instant::now)), if next.is_some() => {}
        }
    }
}

/// Entries of one account become one entry where they hold changes; conversations keep an entry for each event.
fn joined(entries: Vec<Value>) -> Vec<Value> {
    let (mut changes, mut others): (BTreeMap<String, Vec<Value>>, _) = (BTreeMap::new(), Vec::new());
    for entry in entries {
        match (entry["id"].as_str(), entry["changes"].as_array()) {
            (Some(id), Some(list)) => changes.entry(id.to_owned()).or_default().extend(list.iter().cloned()),
            _ => others.push(entry),
        }
    }
    others.extend(changes.into_iter().map(|(id, changes)| json!({"id": id, "changes": changes})));
    others
}

fn pause(tries: u32) -> Duration {
    match tries.checked_sub(1) {
        None => Duration::ZERO,
        Some(doublings) => FIRST_PAUSE.saturating_mul(2_u32.saturating_pow(doublings)).min(LONGEST_PAUSE),
    }
}

/// JSON as Meta writes it: ASCII alone, slashes escaped.
fn ascii(json: &str) -> String {
    let mut escaped = String::with_capacity(json.len());
    for c in json.chars() {
        match c {
            '/' => escaped.push_str("\\/"),
            _ if c.is_ascii() => escaped.push(c),
            _ => c.encode_utf16(&mut [0; 2]).iter().for_each(|unit| escaped.push_str(&format!("\\u{unit:04x}"))),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{ascii, joined};

    #[test]
    fn bodies_are_ascii_and_mean_the_same() {
        let body = json!({"text": "ä/👍 \"q\""}).to_string();
        let escaped = ascii(&body);
        assert_eq!(escaped, r#"{"text":"\u00e4\/\ud83d\udc4d \"q\""}"#);
        assert_eq!(serde_json::from_str::<Value>(&escaped).unwrap(), serde_json::from_str::<Value>(&body).unwrap());
    }

    #[test]
    fn changes_of_an_account_are_joined() {
        let entries =
            vec![json!({"id": "1", "changes": [1]}), json!({"id": "2", "changes": [2]}), json!({"id": "1", "changes": [3]})];
        assert_eq!(joined(entries), [json!({"id": "1", "changes": [1, 3]}), json!({"id": "2", "changes": [2]})]);
        let conversations = vec![json!({"id": "1", "messaging": [1]}), json!({"id": "1", "messaging": [2]})];
        assert_eq!(joined(conversations).len(), 2);
    }
}
