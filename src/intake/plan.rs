//! What a run of inbound messages does to the store. [`decide`] is pure: the world as loaded goes in, rows come out.

use serde_json::{Value, json};
use trunkline_channel::text::{clean_name, without_nul};
use trunkline_channel::{Direction, InboundMessage, Media, Micros, Peer, StoredMessage, Threads};

use super::prepare::Prepared;
use super::rows::{NewAttachment, NewContact, NewConversation, NewIdentity, NewRow, Rows, Touched};
use super::store::{self, KnownMessage, Upload, World};
use super::writer::Made;
use super::{Job, Line};
use crate::app::App;
use crate::config::OnClosed;
use crate::conversations::store::preview;
use crate::conversations::views::{AttachmentView, MessageView};
use crate::conversations::{Move, Priority, State};
use crate::db::{DbError, Tx};
use crate::events::{Audience, EventKind, NewEvent};
use crate::ids::Ids;

const DAY: Micros = 86_400_000_000;

/// Messages in the order in which they arrived.
#[derive(Default)]
pub struct Run<'j> {
    pub items: Vec<Item<'j>>,
}

pub struct Item<'j> {
    pub inbox_id: &'j str,
    pub line: &'j Line,
    pub raw: &'j Prepared,
    pub position: usize,
    pub message: &'j InboundMessage,
}

impl<'j> Run<'j> {
    pub(super) fn push(&mut self, job: &'j Job, raw: &'j Prepared, position: usize, message: &'j InboundMessage) {
        self.items.push(Item { inbox_id: &job.inbox_id, line: &job.line, raw, position, message });
    }

    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }
}

/// Loads what the run touches, decides, writes.
pub async fn apply<'j>(app: &App, tx: &mut Tx, run: Run<'j>) -> Result<Vec<Made<'j>>, DbError> {
    let mut world = store::load_world(tx, &run).await?;
    let mut rows = Rows::default();
    let made = decide(&mut world, &run, &app.ids, app.now(), &mut rows);
    store::write(tx, rows).await?;
    Ok(made)
}

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

#[derive(Debug, Clone)]
pub struct Identity {
    pub id: String,
    pub contact_id: String,
    pub contact_name: Option<String>,
}

/// Goes through the run in order; what one message changes, the next one sees.
fn decide<'j>(world: &mut World, run: &Run<'j>, ids: &Ids, now: Micros, rows: &mut Rows) -> Vec<Made<'j>> {
    let mut made = Vec::with_capacity(run.items.len());
    for item in &run.items {
        let key = (item.inbox_id.to_owned(), item.message.external_id.clone());
        if let Some(known) = world.known.get(&key) {
            let stored = known.as_stored(&item.message.external_id);
            made.push(Made { raw_id: &item.raw.raw_id, stored, view: None });
            continue;
        }
        let identity = identity_of(world, item, ids, now, rows);
        let mut thread = thread_of(world, item, &identity, ids, now, rows);
        let (stored, view) = add_message(world, item, &mut thread, ids, now, rows);
        let known = KnownMessage {
            message_id: stored.message_id.clone(),
            conversation_id: thread.id.clone(),
            number: stored.number,
            thread: thread.clone(),
        };
        world.known.insert(key, known);
        world.put_thread(item.inbox_id, &item.message.peer.external_id, thread);
        made.push(Made { raw_id: &item.raw.raw_id, stored, view: Some(view) });
    }
    made
}

fn identity_of(world: &mut World, item: &Item<'_>, ids: &Ids, now: Micros, rows: &mut Rows) -> Identity {
    let peer = &item.message.peer;
    let key = (item.inbox_id.to_owned(), peer.external_id.clone());
    if let Some(identity) = world.identities.get(&key) {
        return identity.clone();
    }
    let name = peer.name.as_deref().and_then(clean_name);
    let identity =
        Identity { id: ids.next(), contact_id: ids.next(), contact_name: name.clone().or_else(|| peer.handle.clone()) };
    let contact_name = identity.contact_name.clone();
    rows.contacts.push(NewContact {
        id: identity.contact_id.clone(),
        name: contact_name,
        language: peer.language.clone(),
        at: now,
    });
    rows.identities.push(NewIdentity {
        id: identity.id.clone(),
        contact_id: identity.contact_id.clone(),
        inbox_id: item.inbox_id.to_owned(),
        peer: Peer { name, handle: peer.handle.as_deref().map(without_nul), ..peer.clone() },
        at: now,
    });
    world.identities.insert(key, identity.clone());
    identity
}

/// Where the message belongs.
fn thread_of(world: &World, item: &Item<'_>, identity: &Identity, ids: &Ids, now: Micros, rows: &mut Rows) -> Thread {
    let hints = &item.message.hints;
    let mut flag = hints.suspicious.clone();
    let candidate = match item.line.threads {
        Threads::Single => world.threads.get(&(item.inbox_id.to_owned(), item.message.peer.external_id.clone())).cloned(),
        Threads::Many => {
            let referred = referred_thread(world, item);
            // A reference alone, sent by a stranger, opens nobody's conversation to him.
            match referred {
                Some(thread) if may_join(world, item, &thread, identity) => Some(thread),
                Some(thread) => {
                    flag = Some(format!("refers to conversation {} of somebody else", thread.id));
                    None
                }
                None => None,
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

fn may_join(world: &World, item: &Item<'_>, thread: &Thread, identity: &Identity) -> bool {
    thread.contact_id == identity.contact_id
        || world.participants.contains(&(thread.id.clone(), item.message.peer.external_id.clone()))
        // An echo of the business's own message belongs where it was written.
        || item.message.direction == Direction::Outbound
}

/// Whether a message may be added to an existing thread, given its state and the inbox's setting.
fn joins(thread: &Thread, item: &Item<'_>, now: Micros) -> bool {
    match thread.state {
        State::Archived => false,
        State::Closed => {
            let options = &item.line.options;
            let age = now - thread.closed_at.unwrap_or(now);
            item.message.automatic || (options.on_closed == OnClosed::Reopen && age <= Micros::from(options.reopen_days) * DAY)
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
        flag,
        at: now,
    });
    rows.participants.push((thread.id.clone(), "identity", identity.id.clone(), "customer", now));
    for copy in &hints.participants {
        rows.participants.push((thread.id.clone(), "copy", copy.external_id.clone(), "copy", now));
    }
    thread
}

fn add_message(
    world: &World,
    item: &Item<'_>,
    thread: &mut Thread,
    ids: &Ids,
    now: Micros,
    rows: &mut Rows,
) -> (StoredMessage, Box<MessageView>) {
    let message = item.message;
    let inbound = message.direction == Direction::Inbound;
    let reopened = thread.state == State::Closed && inbound && !message.automatic;
    if inbound && !message.automatic {
        thread.state = thread.state.after(Move::CustomerWrites).unwrap_or(thread.state);
        thread.waiting_since = thread.waiting_since.or(Some(now));
    } else if !inbound {
        thread.state = thread.state.after(Move::Answer).unwrap_or(thread.state);
        thread.waiting_since = None;
    }
    if reopened {
        thread.assignee_id = None;
        thread.closed_at = None;
    }
    thread.last_number += 1;
    let view = message_view(world, item, thread, ids, now, rows);
    let sender = if inbound { "customer" } else { "operator" };
    let touched = rows.touched.entry(thread.id.clone()).or_insert_with(|| Touched {
        state: thread.state,
        last_number: 0,
        last_text: String::new(),
        last_sender: sender,
        waiting_since: None,
        reopened: false,
        inbound: false,
        at: now,
    });
    touched.state = thread.state;
    touched.last_number = thread.last_number;
    touched.last_text = preview(&view.text);
    touched.last_sender = sender;
    touched.waiting_since = thread.waiting_since;
    touched.reopened |= reopened;
    touched.inbound |= inbound;
    tell(item, thread, &view, reopened, ids, now, rows);
    let stored = StoredMessage {
        message_id: view.id.clone(),
        conversation_id: thread.id.clone(),
        external_id: message.external_id.clone(),
        number: view.number,
    };
    let shown = Box::new(view.clone());
    rows.messages.push(NewRow {
        view,
        inbox_id: item.inbox_id.to_owned(),
        full_text: message.full_text.as_deref().map(without_nul),
        html: message.html.as_deref().map(without_nul),
        external_id: message.external_id.clone(),
        raw_id: item.raw.raw_id.clone(),
    });
    thread.is_new = false;
    (stored, shown)
}

fn message_view(world: &World, item: &Item<'_>, thread: &Thread, ids: &Ids, now: Micros, rows: &mut Rows) -> MessageView {
    let message = item.message;
    let id = ids.next();
    let inbound = message.direction == Direction::Inbound;
    let known = |external_id: &String| world.known.get(&(item.inbox_id.to_owned(), external_id.clone()));
    let reply_to = message.reply_to.as_ref().and_then(known).filter(|target| target.conversation_id == thread.id);
    let mut extra = if message.extra.is_null() { json!({}) } else { message.extra.clone() };
    if let (Some(subject), Value::Object(extra)) = (&message.hints.subject, &mut extra) {
        extra.entry("subject").or_insert_with(|| json!(subject));
    }
    MessageView {
        attachments: attachments(world, item, &id, ids, now, rows),
        reactions: Vec::new(),
        conversation_id: thread.id.clone(),
        number: thread.last_number,
        sender_type: if inbound { "customer" } else { "operator" }.to_owned(),
        sender_id: inbound.then(|| thread.contact_id.clone()),
        sender_name: if inbound {
            message.peer.name.as_deref().and_then(clean_name).or_else(|| thread.contact_name.clone())
        } else {
            None
        },
        kind: message.kind.as_str().to_owned(),
        text: message.text.as_deref().map(without_nul).unwrap_or_default(),
        has_html: message.html.is_some(),
        has_full_text: message.full_text.is_some(),
        status: if inbound { "received" } else { "sent" }.to_owned(),
        client_id: None,
        reply_to: reply_to.map(|target| target.message_id.clone()),
        automatic: message.automatic,
        extra: serde_json::from_str(&without_nul(&extra.to_string()).replace("\\u0000", "\u{fffd}"))
            .unwrap_or_else(|_| json!({})),
        sent_at: message.sent_at,
        at: now,
        edited_at: None,
        deleted_at: None,
        id,
    }
}

fn attachments(world: &World, item: &Item<'_>, message_id: &str, ids: &Ids, now: Micros, rows: &mut Rows) -> Vec<AttachmentView> {
    let mut views = Vec::with_capacity(item.message.attachments.len());
    for (position, attachment) in item.message.attachments.iter().enumerate() {
        let id = ids.next();
        let claimed = attachment.claimed_type.as_deref().unwrap_or("application/octet-stream");
        let (content_type, size, hash, reference) = match &attachment.media {
            Media::Bytes(_) => {
                let Some(stored) = item.raw.file(item.position, position) else { continue };
                (stored.content_type.to_owned(), stored.size, Some(stored.hash.clone()), None)
            }
            Media::Stored { upload_id } => {
                let owner = format!("visitor:{}:{}", item.inbox_id, item.message.peer.external_id);
                let Some(Upload { content_type, size, hash, .. }) =
                    world.uploads.get(upload_id).filter(|upload| upload.owner == owner)
                else {
                    continue;
                };
                (content_type.clone(), *size, Some(hash.clone()), None)
            }
            Media::Remote { reference } => {
                let size = attachment.size.and_then(|size| i64::try_from(size).ok()).unwrap_or(0);
                (without_nul(claimed), size, None, Some(reference.clone()))
            }
        };
        let view = AttachmentView {
            url: AttachmentView::url_of(&id),
            id,
            name: trunkline_channel::text::clean_file_name(&attachment.name),
            content_type,
            size,
            inline: attachment.inline,
            content_id: attachment.content_id.as_deref().map(without_nul),
            state: if hash.is_some() { "stored" } else { "waiting" }.to_owned(),
        };
        views.push(view.clone());
        let position = i64::try_from(position).unwrap_or(i64::MAX);
        rows.attachments.push(NewAttachment { view, message_id: message_id.to_owned(), position, hash, reference, at: now });
    }
    views
}

/// The events of one message: of its conversation first, then its own.
fn tell(item: &Item<'_>, thread: &Thread, view: &MessageView, reopened: bool, ids: &Ids, now: Micros, rows: &mut Rows) {
    let brief = json!({
        "id": thread.id, "state": thread.state, "contact_name": thread.contact_name, "channel": item.line.channel,
        "inbox_id": item.inbox_id, "assignee_id": thread.assignee_id, "priority": thread.priority,
        "waiting_since": thread.waiting_since, "subject": thread.subject,
    });
    let mut event = |kind, payload| {
        rows.events.push(NewEvent::of_conversation(ids.next(), &thread.id, kind, Audience::Everyone, payload, now))
    };
    if thread.is_new {
        event(EventKind::ConversationCreated, json!({ "conversation": brief, "by": null }));
    } else if reopened {
        event(EventKind::ConversationReopened, json!({ "conversation": brief, "by": null }));
    }
    event(EventKind::MessageCreated, json!({ "message": view, "conversation": brief }));
}
