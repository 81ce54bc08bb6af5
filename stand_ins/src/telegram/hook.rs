//! Deliveries to the webhook: one after another inside a chat, chats side by side, again until they are taken.

use std::sync::Arc;
use std::time::Duration;

use rand::RngExt;
use serde_json::{Map, Value};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use super::Bot;
use super::request::Call;

pub(super) const TIMEOUT: Duration = Duration::from_secs(60);
/// Waiting times double from the second repetition on.
const FIRST_PAUSE: Duration = Duration::from_secs(2);
const LONGEST_PAUSE_S: std::ops::RangeInclusive<u64> = 60..=120;
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(3_600);
/// An address that says for so long that it is gone is believed.
const GONE_AFTER_S: i64 = 23 * 3_600;

/// One update on its way.
struct Parcel {
    update_id: i64,
    update: Value,
    url: String,
    secret: Option<String>,
}

/// What the other side made of it.
struct Reply {
    update_id: i64,
    status: Option<u16>,
    retry_after: Option<Duration>,
    body: Option<Map<String, Value>>,
}

pub(super) async fn deliver(bot: Arc<Bot>, stop: CancellationToken) {
    let mut on_their_way: JoinSet<Reply> = JoinSet::new();
    loop {
        let news = bot.news.notified();
        tokio::pin!(news);
        news.as_mut().enable();
        let (parcels, next) = pick(&bot);
        for parcel in parcels {
            on_their_way.spawn(carry(bot.clone(), parcel));
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = news => {}
            Some(Ok(reply)) = on_their_way.join_next() => arrived(&bot, reply).await,
            () = sleep_until(next.unwrap_or_else(Instant::now)), if next.is_some() => {}
        }
    }
}

/// The chat, or the person, that an update is about.
fn chat_of(update: &Value) -> i64 {
    let content =
        update.as_object().and_then(|update| update.iter().find(|(key, _)| *key != "update_id")).map(|(_, content)| content);
    let content = content.unwrap_or(&Value::Null);
    let message_chat = content["message"]["chat"]["id"].as_i64();
    content["chat"]["id"].as_i64().or(message_chat).or_else(|| content["from"]["id"].as_i64()).unwrap_or_default()
}

/// What may go now, and when to look again.
fn pick(bot: &Bot) -> (Vec<Parcel>, Option<Instant>) {
    let mut state = bot.lock();
    state.forget_old_updates();
    let Some(webhook) = state.webhook.clone() else { return (Vec::new(), None) };
    let now = Instant::now();
    let (mut parcels, mut busy, mut next) = (Vec::new(), Vec::new(), None::<Instant>);
    let mut room = usize::try_from(webhook.max_connections).unwrap_or(1);
    for queued in &mut state.queue {
        let chat = chat_of(&queued.update);
        if busy.contains(&chat) {
            continue;
        }
        // Whatever comes first in a chat holds up the rest of it.
        busy.push(chat);
        if queued.on_its_way {
            room = room.saturating_sub(1);
            continue;
        }
        match queued.not_before.filter(|at| *at > now) {
            Some(at) => next = Some(next.map_or(at, |before| before.min(at))),
            None if room > 0 => {
                room -= 1;
                queued.on_its_way = true;
                let (url, secret) = (webhook.url.clone(), webhook.secret.clone());
                parcels.push(Parcel { update_id: queued.update_id, update: queued.update.clone(), url, secret });
            }
            None => {}
        }
    }
    (parcels, next)
}

async fn carry(bot: Arc<Bot>, parcel: Parcel) -> Reply {
    let Parcel { update_id, update, url, secret } = parcel;
    let mut request = bot.client.post(url).json(&update);
    if let Some(secret) = secret {
        request = request.header("X-Telegram-Bot-Api-Secret-Token", secret);
    }
    let Ok(answer) = request.send().await else {
        return Reply { update_id, status: None, retry_after: None, body: None };
    };
    let status = Some(answer.status().as_u16());
    let retry_after = answer.headers().get("retry-after").and_then(|value| value.to_str().ok()?.parse().ok());
    let body = answer.bytes().await.ok().and_then(|body| serde_json::from_slice(&body).ok());
    Reply { update_id, status, retry_after: retry_after.map(Duration::from_secs), body }
}

async fn arrived(bot: &Arc<Bot>, reply: Reply) {
    let taken = reply.status.is_some_and(|status| (200..300).contains(&status));
    let command = {
        let mut state = bot.lock();
        let now = state.now();
        if taken {
            state.queue.retain(|queued| queued.update_id != reply.update_id);
        } else if let Some(queued) = state.queue.iter_mut().find(|queued| queued.update_id == reply.update_id) {
            queued.on_its_way = false;
            queued.not_before =
                Some(Instant::now() + reply.retry_after.map_or_else(|| pause(queued.tries), |at| at.min(LONGEST_RETRY_AFTER)));
            queued.tries += 1;
        }
        let mut over = false;
        if let Some(webhook) = state.webhook.as_mut() {
            if !taken {
                let why = reply.status.map_or_else(
                    || "Connection failed".to_owned(),
                    |status| format!("Wrong response from the webhook: {status}"),
                );
                webhook.last_error = Some((now, why));
            }
            webhook.gone_since = (reply.status == Some(410)).then(|| webhook.gone_since.unwrap_or(now));
            over = webhook.gone_since.is_some_and(|since| now - since >= GONE_AFTER_S);
        }
        if over {
            state.webhook = None;
        }
        reply.body.filter(|body| taken && body.contains_key("method"))
    };
    // Its result is told to nobody.
    if let Some(call) = command.as_ref().and_then(|command| Call::of_json(command).ok())
        && !call.method.starts_with("get")
        && !call.method.ends_with("Webhook")
    {
        let _ = bot.act(&call).await;
    }
}

fn pause(tries: u32) -> Duration {
    if tries == 0 {
        return Duration::ZERO;
    }
    let longest = Duration::from_secs(rand::rng().random_range(LONGEST_PAUSE_S));
    FIRST_PAUSE.saturating_mul(2_u32.saturating_pow(tries - 1)).min(longest)
}
