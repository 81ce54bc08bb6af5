//! The way of a delivery: when it goes, how it is signed, and what happens when it is not taken.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use serde_json::json;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use super::{Hook, Patience, Sent, Signing};
use crate::graph::APP_SECRET;
use crate::graph::access::signature;

/// The other side has so long to answer.
pub(super) const TIMEOUT: Duration = Duration::from_secs(5);
const MAX_ON_THEIR_WAY: usize = 16;
/// After the first repetition, which comes at once, waiting times double from here …
const FIRST_PAUSE: Duration = Duration::from_secs(15);
const LONGEST_PAUSE: Duration = Duration::from_secs(3_600);
/// … and end here.
const WHATSAPP_PATIENCE: Duration = Duration::from_secs(7 * 24 * 3_600);
/// What was sent is remembered this far back.
const MAX_SENT: usize = 10_000;

/// Sends until it is stopped.
pub async fn run(hook: Arc<Hook>, stop: CancellationToken) {
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

impl Hook {
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

    use super::ascii;

    #[test]
    fn bodies_are_ascii_and_mean_the_same() {
        let body = json!({"text": "ä/👍 \"q\""}).to_string();
        let escaped = ascii(&body);
        assert_eq!(escaped, r#"{"text":"\u00e4\/\ud83d\udc4d \"q\""}"#);
        assert_eq!(serde_json::from_str::<Value>(&escaped).unwrap(), serde_json::from_str::<Value>(&body).unwrap());
    }
}
