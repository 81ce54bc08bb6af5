//! Typing and seen marks of operators on their way to the customer. Best effort: nothing waits for them, nothing is
//! kept, and what comes too often or at a bad moment is dropped.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use trunkline_channel::{Micros, Peer, Signal};

use super::dispatcher::OutgoingLines;
use super::store::signals as store;
use super::verdict::micros;
use crate::app::App;

/// Signals that wait for their turn; more are dropped.
const MAX_WAITING: usize = 256;
/// Signals under way at once, of all inboxes.
const MAX_UNDER_WAY: usize = 16;
/// A signal that takes longer is late anyway.
const PATIENCE: Duration = Duration::from_secs(10);
/// Conversations whose last typing is remembered; beyond, typing is not told.
const MAX_REMEMBERED: usize = 4096;
/// Who cannot be told, or not by this operator, is not looked up again for so long.
const SILENCE: Duration = Duration::from_secs(5);

/// Hands signals to their task; cheap to clone.
#[derive(Debug, Clone)]
pub struct Signals(mpsc::Sender<Wanted>);

#[derive(Debug)]
struct Wanted {
    conversation_id: String,
    operator_id: String,
    signal: Signal,
}

impl Signals {
    pub fn start(app: App, lines: Arc<dyn OutgoingLines>, stop: CancellationToken, tasks: &mut JoinSet<()>) -> Self {
        let (sender, wanted) = mpsc::channel(MAX_WAITING);
        tasks.spawn(run(app, lines, wanted, stop));
        Self(sender)
    }

    /// Never waits.
    pub fn offer(&self, conversation_id: &str, operator_id: &str, signal: Signal) {
        let wanted = Wanted { conversation_id: conversation_id.to_owned(), operator_id: operator_id.to_owned(), signal };
        // A full queue means that providers are slow: the customer misses a sign of typing.
        let _ = self.0.try_send(wanted);
    }
}

async fn run(app: App, lines: Arc<dyn OutgoingLines>, mut wanted: mpsc::Receiver<Wanted>, stop: CancellationToken) {
    let mut quiet = Quiet::default();
    let mut under_way: JoinSet<()> = JoinSet::new();
    loop {
        let next = tokio::select! {
            () = stop.cancelled() => return,
            Some(_) = under_way.join_next(), if !under_way.is_empty() => continue,
            next = wanted.recv(), if under_way.len() < MAX_UNDER_WAY => next,
        };
        let Some(next) = next else { return };
        let now = app.now();
        if next.signal == Signal::Typing && !quiet.lets_through(&next.conversation_id, now) {
            continue;
        }
        let target = match store::target(&app.db, &next.conversation_id, &next.operator_id).await {
            Ok(target) => target,
            Err(error) => {
                tracing::debug!(%error, "a signal was dropped");
                continue;
            }
        };
        let line = target.as_ref().and_then(|target| lines.outgoing(&target.inbox_id));
        let (Some(target), Some(line)) = (target, line) else {
            quiet.until(next.conversation_id, now, SILENCE);
            continue;
        };
        let capabilities = line.connector.capabilities();
        if next.signal == Signal::Typing {
            quiet.until(next.conversation_id, now, capabilities.typing_interval.unwrap_or(SILENCE));
        }
        // Visitors of our own wire are told by the hub.
        let told_otherwise = capabilities.realtime || (next.signal == Signal::Typing && capabilities.typing_interval.is_none());
        if told_otherwise {
            continue;
        }
        under_way.spawn(async move {
            let peer = Peer {
                external_id: target.peer,
                aliases: Vec::new(),
                name: target.peer_name,
                handle: target.peer_handle,
                language: None,
                verified: target.peer_verified,
            };
            let done = timeout(PATIENCE, line.connector.signal(&peer, next.signal, target.last_inbound.as_deref())).await;
            if !matches!(done, Ok(Ok(()))) {
                tracing::debug!(inbox = target.inbox_id, "a signal did not reach the provider");
            }
        });
    }
}

/// Until when a conversation's typing is not told again.
#[derive(Default)]
struct Quiet(HashMap<String, Micros>);

impl Quiet {
    fn lets_through(&mut self, conversation_id: &str, now: Micros) -> bool {
        if self.0.len() >= MAX_REMEMBERED {
            self.0.retain(|_, until| *until > now);
        }
        self.0.get(conversation_id).map_or(self.0.len() < MAX_REMEMBERED, |until| *until <= now)
    }

    fn until(&mut self, conversation_id: String, now: Micros, span: Duration) {
        self.0.insert(conversation_id, now.saturating_add(micros(span)));
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{MAX_REMEMBERED, Quiet};

    #[test]
    fn typing_is_told_once_in_a_while_and_memory_is_bounded() {
        let mut quiet = Quiet::default();
        assert!(quiet.lets_through("c", 1));
        quiet.until("c".into(), 1, Duration::from_micros(10));
        assert!(!quiet.lets_through("c", 10) && quiet.lets_through("d", 10) && quiet.lets_through("c", 11));
        for n in 0..MAX_REMEMBERED {
            quiet.until(n.to_string(), 20, Duration::from_micros(10));
        }
        assert!(!quiet.lets_through("one more", 20));
        assert!(quiet.lets_through("one more", 30), "what is over is forgotten");
    }
}
