//! One listener's side: live events, and its own way through the log where live ones did not fit.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use tokio::sync::mpsc;

use super::event::{Event, Volatile};
use super::hub::{Hub, Mailbox};
use super::resume::{MAX_MISSED, Resume};
use crate::db::DbError;
use crate::events::{LoggedEvent, store};

/// What a listener is told.
#[derive(Debug, Clone)]
pub enum Push {
    Event(Arc<Event>),
    Volatile(Arc<Volatile>),
    /// Too much was missed to be told one by one: take a snapshot. Events after this number follow.
    Reset(i64),
}

/// Events in order, none missing, none twice. Dropping it ends it.
pub struct Subscription {
    hub: Hub,
    id: u64,
    mailbox: Arc<Mailbox>,
    queue: mpsc::Receiver<Push>,
    seen: Seen,
    backlog: VecDeque<Arc<Event>>,
    /// The log has to be read before the queue can be trusted.
    behind: bool,
}

/// Up to which number a listener has been told.
enum Seen {
    Staff(i64),
    Customer(HashMap<Arc<str>, i64>),
}

impl Subscription {
    pub(super) fn staff(hub: Hub, id: u64, mailbox: Arc<Mailbox>, queue: mpsc::Receiver<Push>, position: i64) -> Self {
        Self { hub, id, mailbox, queue, seen: Seen::Staff(position), backlog: VecDeque::new(), behind: false }
    }

    pub(super) fn customer(hub: Hub, id: u64, mailbox: Arc<Mailbox>, queue: mpsc::Receiver<Push>) -> Self {
        Self { hub, id, mailbox, queue, seen: Seen::Customer(HashMap::new()), backlog: VecDeque::new(), behind: false }
    }

    /// Names this subscription among all; given as the origin of what its owner does.
    #[must_use]
    pub fn id(&self) -> u64 {
        self.id
    }

    /// Goes back to where somebody was before: what they missed comes first.
    pub fn go_back(&mut self, to: Resume) {
        if let (Seen::Staff(seen), Resume::From(after)) = (&mut self.seen, to) {
            *seen = after.min(*seen);
            self.behind = true;
        }
    }

    /// Adds a conversation of the customer. Its events after the returned number will come.
    pub fn follow(&mut self, conversation_id: &str) -> i64 {
        let Seen::Customer(seen) = &mut self.seen else { return self.hub.position() };
        let conversation: Arc<str> = conversation_id.into();
        let position = self.hub.follow_conversation(self.id, &self.mailbox, &conversation);
        *seen.entry(conversation).or_insert(position)
    }

    /// The owner has learnt of a conversation's events up to `seq` in another way.
    pub fn told(&mut self, conversation_id: &str, seq: i64) {
        if let Seen::Customer(seen) = &mut self.seen
            && let Some(mark) = seen.get_mut(conversation_id)
        {
            *mark = seq.max(*mark);
        }
    }

    /// Ends following a conversation; the staff hears of all anyway.
    pub fn leave(&mut self, conversation_id: &str) {
        if let Seen::Customer(seen) = &mut self.seen
            && let Some((conversation, _)) = seen.remove_entry(conversation_id)
        {
            self.hub.forget(self.id, std::iter::once(&conversation));
        }
    }

    /// The next thing to tell. Safe to cancel; after an error it can be called again.
    pub async fn next(&mut self) -> Result<Push, DbError> {
        loop {
            if let Some(event) = self.backlog.pop_front() {
                if self.is_new(&event) {
                    return Ok(Push::Event(event));
                }
                continue;
            }
            if self.behind {
                if let Some(reset) = self.read_log().await? {
                    return Ok(reset);
                }
                continue;
            }
            if let Ok(push) = self.queue.try_recv() {
                if let Some(push) = self.fresh(push) {
                    return Ok(push);
                }
                continue;
            }
            // Cleared before the log is read: what is pushed from now on waits in the queue, what was dropped is in the log.
            if self.mailbox.lagging.swap(false, Ordering::SeqCst) {
                self.behind = true;
                continue;
            }
            let push = tokio::select! {
                push = self.queue.recv() => push,
                () = self.mailbox.wake.notified() => None,
            };
            if let Some(push) = push.and_then(|push| self.fresh(push)) {
                return Ok(push);
            }
        }
    }

    fn fresh(&mut self, push: Push) -> Option<Push> {
        match &push {
            Push::Event(event) => self.is_new(event).then_some(push),
            Push::Volatile(_) | Push::Reset(_) => Some(push),
        }
    }

    /// Whether it has not been told yet; notes that it is being told now.
    fn is_new(&mut self, event: &Event) -> bool {
        let mark = match &mut self.seen {
            Seen::Staff(seen) => Some(seen),
            Seen::Customer(seen) => event.conversation_id.as_ref().and_then(|conversation| seen.get_mut(conversation)),
        };
        match mark {
            Some(mark) if event.seq > *mark => {
                *mark = event.seq;
                true
            }
            _ => false,
        }
    }

    /// Reads what is missing; says where to start anew when it is too much.
    async fn read_log(&mut self) -> Result<Option<Push>, DbError> {
        let db = self.hub.db();
        let mut missed: Vec<LoggedEvent> = Vec::new();
        let mut too_many = false;
        match &self.seen {
            Seen::Staff(seen) => {
                missed = store::after(db, *seen, MAX_MISSED + 1).await?;
                too_many = exceeds(&missed);
            }
            Seen::Customer(seen) => {
                for (conversation, seen) in seen {
                    let events = store::of_conversation_after(db, conversation, *seen, false, MAX_MISSED + 1).await?;
                    too_many |= exceeds(&events);
                    missed.extend(events);
                }
                missed.sort_by_key(|event| event.seq);
            }
        }
        if !too_many {
            self.backlog = missed.into_iter().filter_map(Event::decode).map(Arc::new).collect();
            self.behind = false;
            return Ok(None);
        }
        let (newest, _) = store::bounds(db).await?;
        match &mut self.seen {
            Seen::Staff(seen) => *seen = newest.max(*seen),
            Seen::Customer(seen) => seen.values_mut().for_each(|seen| *seen = newest.max(*seen)),
        }
        self.behind = false;
        Ok(Some(Push::Reset(newest)))
    }
}

fn exceeds(events: &[LoggedEvent]) -> bool {
    i64::try_from(events.len()).is_ok_and(|read| read > MAX_MISSED)
}

impl Drop for Subscription {
    fn drop(&mut self) {
        match &self.seen {
            Seen::Staff(_) => self.hub.forget(self.id, std::iter::empty()),
            Seen::Customer(seen) => self.hub.forget(self.id, seen.keys()),
        }
    }
}
