//! What was said while nobody listened. VK keeps the history of every conversation, so a gap is filled from there; intake knows
//! what it has already.

use bytes::Bytes;
use serde_json::{Value, json};
use trunkline_channel::{Context, Cursor, CursorError, Micros, RawEvent, RunError};

use super::store;
use crate::address::MessageId;
use crate::api::{Api, ApiError};

/// When events last came in without fail: where a gap begins.
const SEEN: &str = "events_seen_at";
const SEEN_EVERY: Micros = 60 * 1_000_000;
/// Clocks differ, and events come a little late.
const OVERLAP: Micros = 2 * 60 * 1_000_000;
/// VK's most for one answer, of conversations and of messages.
const PAGE: usize = 200;
/// A gap with more than this is told of and not filled further.
const MAX_CONVERSATIONS: usize = 2_000;
const MAX_MESSAGES: usize = 2_000;

pub(crate) struct Gap<'a> {
    api: &'a Api,
    group_id: i64,
    cx: &'a Context,
    /// `None` for an inbox that has never listened: its past is not ours.
    seen_at: Option<Micros>,
}

/// A filled gap, or why it could not be filled for now; the outer failure ends the run.
type Filled = Result<Result<(), ApiError>, RunError>;

impl<'a> Gap<'a> {
    pub async fn new(api: &'a Api, group_id: i64, cx: &'a Context) -> Result<Self, RunError> {
        let seen_at = load(cx, SEEN).await?.and_then(|value| value.parse().ok());
        Ok(Self { api, group_id, cx, seen_at })
    }

    /// Notes that nothing is missing up to now.
    pub async fn note_seen(&mut self) -> Result<(), RunError> {
        let now = self.cx.clock.now();
        if self.seen_at.is_some_and(|at| now.saturating_sub(at) < SEEN_EVERY) {
            return Ok(());
        }
        match self.cx.cursors.store(&self.cx.inbox.id, Cursor { name: SEEN.to_owned(), value: now.to_string() }).await {
            Ok(()) => self.seen_at = Some(now),
            // Not worth stopping for: the next gap begins a little earlier.
            Err(CursorError::Unavailable) => {}
            Err(CursorError::LostLease) => return Err(RunError::Retry(CursorError::LostLease.to_string())),
        }
        Ok(())
    }

    /// Reads the history since the last event and stores it.
    pub async fn fill(&self) -> Filled {
        let Some(seen_at) = self.seen_at else { return Ok(Ok(())) };
        let since = seen_at.saturating_sub(OVERLAP);
        let mut offset = 0;
        while offset < MAX_CONVERSATIONS {
            let parameters =
                [("count", PAGE.to_string()), ("offset", offset.to_string()), ("group_id", self.group_id.to_string())];
            let page = match self.api.call("messages.getConversations", &parameters).await {
                Ok(page) => page,
                Err(error) => return Ok(Err(error)),
            };
            let items = items(&page);
            for item in items {
                // Newest first: everything behind is older still.
                let last = item.get("last_message").unwrap_or(&Value::Null);
                if written(last) < since && offset > 0 {
                    return Ok(Ok(()));
                }
                let peer = item.pointer("/conversation/peer/id").or_else(|| last.get("peer_id")).and_then(Value::as_i64);
                let Some(peer) = peer.filter(|_| written(last) >= since) else { continue };
                if let Err(error) = self.conversation(peer, since).await? {
                    return Ok(Err(error));
                }
            }
            if items.len() < PAGE {
                return Ok(Ok(()));
            }
            offset += items.len();
        }
        self.tell_of_rest();
        Ok(Ok(()))
    }

    async fn conversation(&self, peer: i64, since: Micros) -> Filled {
        let mut missed: Vec<RawEvent> = Vec::new();
        let mut offset = 0;
        loop {
            let parameters = [
                ("peer_id", peer.to_string()),
                ("count", PAGE.to_string()),
                ("offset", offset.to_string()),
                ("group_id", self.group_id.to_string()),
            ];
            let page = match self.api.call("messages.getHistory", &parameters).await {
                Ok(page) => page,
                Err(error) => return Ok(Err(error)),
            };
            let items = items(&page);
            let fresh = items.iter().take_while(|message| written(message) >= since);
            let before = missed.len();
            missed.extend(fresh.filter_map(|message| self.event(peer, message)));
            if items.len() < PAGE || missed.len() < before + items.len() {
                break;
            }
            offset += items.len();
            if offset >= MAX_MESSAGES {
                self.tell_of_rest();
                break;
            }
        }
        // Oldest first, as they were said.
        missed.reverse();
        store(self.cx, missed).await?;
        Ok(Ok(()))
    }

    /// The event that this message would have come with.
    fn event(&self, peer: i64, message: &Value) -> Option<RawEvent> {
        let cmid = message.get("conversation_message_id")?.as_i64()?;
        let ours = message.get("out").and_then(Value::as_i64) == Some(1);
        let (kind, object) =
            if ours { ("message_reply", message.clone()) } else { ("message_new", json!({ "message": message })) };
        let body = json!({"type": kind, "object": object, "group_id": self.group_id}).to_string();
        let key = format!("history:{}", MessageId { peer, cmid });
        Some(RawEvent { key, body: Bytes::from(body), cursor: None })
    }

    /// What was not read must not look like silence.
    fn tell_of_rest(&self) {
        self.cx.health.noticed(
            "More was written while this inbox was away than could be read back. Look through the older conversations in VK."
                .to_owned(),
        );
    }
}

pub(crate) async fn load(cx: &Context, name: &str) -> Result<Option<String>, RunError> {
    cx.cursors.load(&cx.inbox.id, name).await.map_err(|error| RunError::Retry(error.to_string()))
}

fn items(page: &Value) -> &[Value] {
    page.get("items").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

fn written(message: &Value) -> Micros {
    message.get("date").and_then(Value::as_i64).unwrap_or_default().saturating_mul(1_000_000)
}
