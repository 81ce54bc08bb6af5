//! One task follows the log and pushes every event to whoever listens.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::Value;
use tokio::sync::{Notify, mpsc};
use tokio::task::JoinHandle;
use tokio::time::{Instant, MissedTickBehavior};
use tokio_util::sync::CancellationToken;

use super::event::{Event, Volatile};
use super::subscription::{Push, Subscription};
use super::volatile::{Coalescer, INTERVAL};
use crate::app::App;
use crate::db::{Db, DbError};
use crate::events::store;

/// Events that may wait for one listener; more, and it goes on from the log when it has time.
pub const QUEUE: usize = 256;
/// Events read from the log at once.
const PAGE: i64 = 500;
/// The log is looked at this often even when nobody announces anything: another process may have written to it.
const POLL: Duration = Duration::from_secs(1);

/// Where everybody who wants to know subscribes; cheap to clone.
#[derive(Clone)]
pub struct Hub(Arc<Inner>);

struct Inner {
    db: Db,
    registry: Mutex<Registry>,
    coalescer: Mutex<Coalescer>,
}

/// Who listens, and how far the log has been pushed: one lock, so that whoever registers knows exactly what comes.
#[derive(Default)]
struct Registry {
    position: i64,
    next_id: u64,
    staff: HashMap<u64, Arc<Mailbox>>,
    /// Customers by conversation: those of other conversations cost nothing.
    customers: HashMap<Arc<str>, HashMap<u64, Arc<Mailbox>>>,
}

/// The bounded way to one listener.
pub(super) struct Mailbox {
    queue: mpsc::Sender<Push>,
    /// Something did not fit: the listener has to read the log.
    pub(super) lagging: AtomicBool,
    pub(super) wake: Notify,
}

/// Who types or looks: tellings of one person are thinned out.
#[derive(Debug, Clone, Copy)]
pub struct Person<'a> {
    pub id: &'a str,
    /// The subscription that is not to be told of itself.
    pub subscription: u64,
}

impl Hub {
    /// Starts following the log at its end. The task ends with `stop`.
    pub async fn start(app: &App, stop: CancellationToken) -> Result<(Self, JoinHandle<()>), DbError> {
        let (position, _) = store::bounds(&app.db).await?;
        let registry = Mutex::new(Registry { position, ..Registry::default() });
        let hub = Self(Arc::new(Inner { db: app.db.clone(), registry, coalescer: Mutex::default() }));
        let task = tokio::spawn(hub.clone().follow(stop));
        Ok((hub, task))
    }

    /// All events, from now on.
    #[must_use]
    pub fn subscribe_staff(&self) -> Subscription {
        let (mailbox, queue) = mailbox();
        let mut registry = self.registry();
        registry.next_id += 1;
        let id = registry.next_id;
        registry.staff.insert(id, mailbox.clone());
        Subscription::staff(self.clone(), id, mailbox, queue, registry.position)
    }

    /// Nothing until [`Subscription::follow`] names a conversation.
    #[must_use]
    pub fn subscribe_customer(&self) -> Subscription {
        let (mailbox, queue) = mailbox();
        let mut registry = self.registry();
        registry.next_id += 1;
        Subscription::customer(self.clone(), registry.next_id, mailbox, queue)
    }

    /// Tells something that is not worth keeping to the staff and to the conversation's customer, at most twice a second
    /// for one person and conversation.
    pub fn volatile(&self, conversation_id: &str, name: &'static str, body: Value, from: Person<'_>) {
        self.offer(Volatile { conversation_id: conversation_id.into(), name, body, staff_only: false }, from);
    }

    /// The same, to the staff alone.
    pub fn volatile_to_staff(&self, conversation_id: &str, name: &'static str, body: Value, from: Person<'_>) {
        self.offer(Volatile { conversation_id: conversation_id.into(), name, body, staff_only: true }, from);
    }

    fn offer(&self, volatile: Volatile, from: Person<'_>) {
        let now = self.coalescer().offer(from.id, volatile, from.subscription, Instant::now());
        if let Some((volatile, origin)) = now {
            self.tell(&Arc::new(volatile), origin);
        }
    }

    /// Number of the last event that has been pushed.
    #[must_use]
    pub fn position(&self) -> i64 {
        self.registry().position
    }

    pub(super) fn db(&self) -> &Db {
        &self.0.db
    }

    /// Adds a customer's conversation; returns the number after which its events are pushed.
    pub(super) fn follow_conversation(&self, id: u64, mailbox: &Arc<Mailbox>, conversation_id: &Arc<str>) -> i64 {
        let mut registry = self.registry();
        registry.customers.entry(conversation_id.clone()).or_default().insert(id, mailbox.clone());
        registry.position
    }

    pub(super) fn forget<'a>(&self, id: u64, conversations: impl Iterator<Item = &'a Arc<str>>) {
        let mut registry = self.registry();
        registry.staff.remove(&id);
        for conversation in conversations {
            if let Some(listeners) = registry.customers.get_mut(conversation) {
                listeners.remove(&id);
                if listeners.is_empty() {
                    registry.customers.remove(conversation);
                }
            }
        }
    }

    async fn follow(self, stop: CancellationToken) {
        let mut head = self.0.db.head();
        let mut poll = tokio::time::interval(POLL);
        let mut typing = tokio::time::interval(INTERVAL / 2);
        poll.set_missed_tick_behavior(MissedTickBehavior::Delay);
        typing.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut healthy = true;
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                changed = head.changed() => if changed.is_err() { return },
                _ = poll.tick() => {}
                _ = typing.tick() => {
                    self.tell_due();
                    continue;
                }
            }
            match self.push_new().await {
                Ok(()) => healthy = true,
                // Said once for each time the store goes away; the next tick tries again.
                Err(error) if healthy => {
                    healthy = false;
                    tracing::error!(error = %error, "the event log cannot be read");
                }
                Err(_) => {}
            }
        }
    }

    /// Reads what is new and pushes it.
    async fn push_new(&self) -> Result<(), DbError> {
        loop {
            let page = store::after(&self.0.db, self.position(), PAGE).await?;
            let Some(last) = page.last().map(|event| event.seq) else { return Ok(()) };
            let full = i64::try_from(page.len()).is_ok_and(|read| read == PAGE);
            let events: Vec<Arc<Event>> = page.into_iter().filter_map(Event::decode).map(Arc::new).collect();
            let mut registry = self.registry();
            for event in &events {
                registry.push(event);
            }
            registry.position = last;
            drop(registry);
            if !full {
                return Ok(());
            }
        }
    }

    fn tell_due(&self) {
        let due = self.coalescer().due(Instant::now());
        for (volatile, origin) in due {
            self.tell(&Arc::new(volatile), origin);
        }
    }

    fn tell(&self, volatile: &Arc<Volatile>, origin: u64) {
        let registry = self.registry();
        let customers = registry.customers.get(&volatile.conversation_id).filter(|_| !volatile.staff_only).into_iter().flatten();
        for (_, mailbox) in registry.staff.iter().chain(customers).filter(|(id, _)| **id != origin) {
            mailbox.offer(volatile);
        }
    }

    fn registry(&self) -> MutexGuard<'_, Registry> {
        self.0.registry.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn coalescer(&self) -> MutexGuard<'_, Coalescer> {
        self.0.coalescer.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Registry {
    fn push(&self, event: &Arc<Event>) {
        for mailbox in self.staff.values() {
            mailbox.push(event);
        }
        let Some(conversation) = event.conversation_id.as_ref().filter(|_| event.everyone) else { return };
        for mailbox in self.customers.get(conversation).into_iter().flat_map(HashMap::values) {
            mailbox.push(event);
        }
    }
}

fn mailbox() -> (Arc<Mailbox>, mpsc::Receiver<Push>) {
    let (queue, receiver) = mpsc::channel(QUEUE);
    (Arc::new(Mailbox { queue, lagging: AtomicBool::new(false), wake: Notify::new() }), receiver)
}

impl Mailbox {
    fn push(&self, event: &Arc<Event>) {
        // Once something is missing, what comes after it must not overtake it.
        if self.lagging.load(Ordering::SeqCst) {
            return;
        }
        if self.queue.try_send(Push::Event(event.clone())).is_err() {
            self.lagging.store(true, Ordering::SeqCst);
            self.wake.notify_one();
        }
    }

    /// What may be lost leaves the room in the queue to what may not.
    fn offer(&self, volatile: &Arc<Volatile>) {
        if self.queue.capacity() > QUEUE / 2 {
            let _ = self.queue.try_send(Push::Volatile(volatile.clone()));
        }
    }
}
