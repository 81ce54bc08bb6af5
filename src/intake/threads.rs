//! Which conversation a message joins, and new conversations.

use serde_json::json;
use trunkline_channel::text::without_nul;
use trunkline_channel::{Direction, InboundMessage, Kind, Micros, Threads};

use super::plan::{Identity, Item, fields_of};
use super::rows::{NewConversation, Rows};
use super::store::World;
use crate::config::OnClosed;
use crate::conversations::{Priority, State};
use crate::ids::Ids;

const DAY: Micros = 86_400_000_000;
/// Missing messages that one message is remembered for; a long thread of others names more than will ever come.
const MAX_AWAITED: usize = 20;

/// The only conversation of an identity that a new message may join, as loaded or as changed by this run.
#[derive(Debug, Clone)]
pub struct Thread {
    pub id: String,
    pub contact_id: String,
    pub contact_name: Option<String>,
    pub state: State,
    pub last_number: i64,
    pub waiting_since: Option<Micros>,
    pub closed_at: Option<Micros>,
    pub assignee_id: Option<String>,
    pub priority: Priority,
    pub subject: Option<String>,
    /// Not in the store yet.
    pub is_new: bool,
}

/// Where the message belongs.
pub(super) fn thread_of(world: &World, item: &Item<'_>, identity: &Identity, ids: &Ids, now: Micros, rows: &mut Rows) -> Thread {
    let hints = &item.message.hints;
    let mut flag = hints.suspicious.clone();
    let candidate = match item.line.threads {
        Threads::Single => world.threads.get(&identity.id).cloned(),
        Threads::Many => {
            let referred = referred_thread(world, item);
            // A reference alone, sent by a stranger, opens nobody's conversation to him.
            match referred {
                Some(thread) if may_join(world, item, &thread, identity) => Some(thread),
                Some(thread) => {
                    flag = Some(format!("refers to conversation {} of somebody else", thread.id));
                    None
                }
                None => awaiting_thread(world, item, identity, now),
            }
        }
    };
    match candidate {
        Some(thread) if joins(&thread, item, now) => thread,
        _ => new_thread(item, identity, flag, ids, now, rows),
    }
}

fn referred_thread(world: &World, item: &Item<'_>) -> Option<Thread> {
    let hints = &item.message.hints;
    let proved = hints.conversation_id.as_ref().and_then(|id| world.by_id.get(id));
    let known = |reference: &String| world.known.get(&(item.inbox_id.to_owned(), reference.clone())).map(|known| &known.thread);
    proved.or_else(|| hints.references.iter().find_map(known)).map(|thread| world.current(thread))
}

/// Where the same customer has named this message before it came: a parent that is slower than the answer to it.
fn awaiting_thread(world: &World, item: &Item<'_>, identity: &Identity, now: Micros) -> Option<Thread> {
    let threads = world.awaiting.get(&(item.inbox_id.to_owned(), item.message.external_id.clone()))?;
    let mut own = threads.iter().filter(|thread| thread.contact_id == identity.contact_id).map(|thread| world.current(thread));
    own.find(|thread| joins(thread, item, now))
}

/// Earlier messages that this one names and that are not here (yet), the most trusted first.
pub(super) fn awaited<'i>(world: &World, item: &'i Item<'_>) -> Vec<&'i String> {
    if item.line.threads == Threads::Single {
        return Vec::new();
    }
    let mut missing = Vec::new();
    for reference in &item.message.hints.references {
        let here =
            *reference == item.message.external_id || world.known.contains_key(&(item.inbox_id.to_owned(), reference.clone()));
        if !here && !missing.contains(&reference) && missing.len() < MAX_AWAITED {
            missing.push(reference);
        }
    }
    missing
}

fn may_join(world: &World, item: &Item<'_>, thread: &Thread, identity: &Identity) -> bool {
    thread.contact_id == identity.contact_id
        || world.participants.contains(&(thread.id.clone(), item.message.peer.external_id.clone()))
        // An echo of the business's own message belongs where it was written.
        || item.message.direction == Direction::Outbound
}

/// Whether a customer has said something that wants an answer. What machines send, what the business wrote elsewhere and
/// what is only about the customer (a link followed, a permission given) reopens nothing and makes nobody wait.
pub(super) fn speaks(message: &InboundMessage) -> bool {
    message.direction == Direction::Inbound && !message.automatic && message.kind != Kind::System
}

/// Whether a message may be added to an existing thread, given its state and the inbox's setting.
pub(super) fn joins(thread: &Thread, item: &Item<'_>, now: Micros) -> bool {
    match thread.state {
        State::Archived => false,
        State::Closed => {
            let options = &item.line.options;
            let age = now - thread.closed_at.unwrap_or(now);
            !speaks(item.message) || (options.on_closed == OnClosed::Reopen && age <= Micros::from(options.reopen_days) * DAY)
        }
        _ => true,
    }
}

fn new_thread(item: &Item<'_>, identity: &Identity, flag: Option<String>, ids: &Ids, now: Micros, rows: &mut Rows) -> Thread {
    let hints = &item.message.hints;
    let priority = hints.priority.as_deref().and_then(Priority::parse).unwrap_or(Priority::Medium);
    let subject = hints.subject.as_deref().map(without_nul);
    let thread_key = match item.line.threads {
        Threads::Single => String::new(),
        Threads::Many => hints.thread.clone().unwrap_or_else(|| item.message.external_id.clone()),
    };
    let thread = Thread {
        id: ids.next(),
        contact_id: identity.contact_id.clone(),
        contact_name: identity.contact_name.clone(),
        state: State::New,
        last_number: 0,
        waiting_since: None,
        closed_at: None,
        assignee_id: None,
        priority,
        subject: subject.clone(),
        is_new: true,
    };
    rows.conversations.push(NewConversation {
        id: thread.id.clone(),
        inbox_id: item.inbox_id.to_owned(),
        channel: item.line.channel.clone(),
        contact_id: identity.contact_id.clone(),
        identity_id: identity.id.clone(),
        thread_key: without_nul(&thread_key),
        subject,
        priority,
        required_skills: without_nul(&json!(hints.required_skills).to_string()),
        metadata: without_nul(&hints.metadata.clone().unwrap_or_else(|| json!({})).to_string()),
        custom_fields: fields_of(item),
        flag,
        at: now,
    });
    rows.participants.push((thread.id.clone(), "identity", identity.id.clone(), "customer", now));
    for copy in &hints.participants {
        rows.participants.push((thread.id.clone(), "copy", copy.external_id.clone(), "copy", now));
    }
    thread
}
