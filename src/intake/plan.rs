//! What a run of inbound messages does to the store. [`decide`] is pure: the world as loaded goes in, rows come out.

use trunkline_channel::text::{clean_name, without_nul};
use trunkline_channel::{Direction, InboundMessage, Kind, Micros, Peer, StoredMessage};

use super::handed::{Handed, handed};
use super::prepare::Prepared;
use super::rows::{Described, NewContact, NewIdentity, NewRow, Rows, Touched};
use super::shape::{message_view, tell};
use super::store::{self, KnownMessage, Send, World};
use super::threads::{Thread, awaited, speaks, thread_of};
use super::writer::Made;
use super::{Job, Line, early, identities, reach};
use crate::app::App;
use crate::conversations::store::preview;
use crate::conversations::views::MessageView;
use crate::conversations::{Move, State};
use crate::db::{DbError, Tx};
use crate::deliveries::{self, Echo};
use crate::ids::Ids;

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
    let now = app.now();
    identities::recognise(app, tx, run.items.iter().map(|item| (item.inbox_id, &item.message.peer))).await?;
    let mut world = store::load_world(tx, &run, now).await?;
    let mut rows = Rows::default();
    let made = decide(&mut world, &run, &app.ids, now, &mut rows);
    let (echoes, unblocked) = (std::mem::take(&mut rows.echoes), std::mem::take(&mut rows.unblocked));
    let described = std::mem::take(&mut rows.described);
    store::write(tx, rows, now).await?;
    for person in &described {
        identities::describe_more(app, tx, person).await?;
    }
    for echo in &echoes {
        deliveries::echoed(tx, &app.ids, echo, now).await?;
    }
    for (inbox_id, peer) in unblocked {
        reach::changed(app, tx, &inbox_id, &peer, true, now).await?;
    }
    let amended = run.items.iter().zip(&made).filter(|(item, _)| item.line.amends);
    let amended: Vec<_> = amended.map(|(item, made)| (item.inbox_id, made)).collect();
    early::catch_up(app, tx, &amended).await?;
    Ok(made)
}

#[derive(Debug, Clone)]
pub struct Identity {
    pub id: String,
    pub contact_id: String,
    pub contact_name: Option<String>,
    /// The customer did not let us write before this run.
    pub blocked: bool,
    /// Not in the store yet.
    pub is_new: bool,
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
        if let Some(send) = echoed_send(world, item) {
            made.push(Made { raw_id: &item.raw.raw_id, stored: take_echo(item, &send, rows), view: None });
            continue;
        }
        let (identity, mut thread, home) = match handed(world, item, now) {
            Some((handed, thread)) => (handed.identity.clone(), thread, Some(handed)),
            None => {
                let identity = identity_of(world, item, ids, now, rows);
                let thread = thread_of(world, item, &identity, ids, now, rows);
                (identity, thread, None)
            }
        };
        let (stored, view) = add_message(world, item, home.as_ref(), &mut thread, ids, now, rows);
        for reference in awaited(world, item) {
            world.awaiting.entry((item.inbox_id.to_owned(), reference.clone())).or_default().push(thread.clone());
            rows.awaited.push((item.inbox_id.to_owned(), reference.clone(), stored.message_id.clone()));
        }
        let known = KnownMessage {
            message_id: stored.message_id.clone(),
            conversation_id: thread.id.clone(),
            number: stored.number,
            thread: thread.clone(),
        };
        world.known.insert(key, known);
        world.put_thread(&identity.id, thread);
        made.push(Made { raw_id: &item.raw.raw_id, stored, view: Some(view) });
    }
    made
}

/// The send that a message of the business is the echo of.
fn echoed_send(world: &World, item: &Item<'_>) -> Option<Send> {
    let tag = item.message.echo_tag.as_deref().filter(|_| item.message.direction == Direction::Outbound)?;
    let sends = world.sends.get(&(item.inbox_id.to_owned(), item.message.peer.external_id.clone()))?;
    sends.iter().find(|send| item.line.translator.is_echo_of(tag, &send.delivery_id)).cloned()
}

/// Such an echo is no message: it says that one of ours was taken, and under which id.
fn take_echo(item: &Item<'_>, send: &Send, rows: &mut Rows) -> StoredMessage {
    let external_id = item.message.external_id.clone();
    rows.echoes.push(Echo {
        inbox_id: item.inbox_id.to_owned(),
        external_id: external_id.clone(),
        delivery_id: send.delivery_id.clone(),
        message_id: send.message_id.clone(),
    });
    StoredMessage {
        message_id: send.message_id.clone(),
        conversation_id: send.conversation_id.clone(),
        external_id,
        number: send.number,
    }
}

fn identity_of(world: &mut World, item: &Item<'_>, ids: &Ids, now: Micros, rows: &mut Rows) -> Identity {
    let peer = &item.message.peer;
    let key = |id: &str| (item.inbox_id.to_owned(), id.to_owned());
    let known = identities::ids_of(peer).find_map(|id| world.identities.get(&key(id))).cloned();
    if let Some(mut identity) = known {
        // Somebody who came with another id earlier in this run.
        for id in identities::ids_of(peer).filter(|id| !world.identities.contains_key(&key(id))) {
            if identity.is_new {
                rows.aliases.push((item.inbox_id.to_owned(), id.to_owned(), identity.id.clone()));
            }
        }
        if identity.blocked && item.message.direction == Direction::Inbound {
            rows.unblocked.push(key(&peer.external_id));
            identity.blocked = false;
        }
        if !identity.is_new && item.message.hints.custom_fields.is_some() {
            rows.described.push(Described {
                identity_id: identity.id.clone(),
                contact_id: identity.contact_id.clone(),
                peer: identities::cleaned(peer),
                phone: phone_of(item),
            });
        }
        remember(world, item, &identity);
        return identity;
    }
    let name = peer.name.as_deref().and_then(clean_name);
    let identity = Identity {
        id: ids.next(),
        contact_id: ids.next(),
        contact_name: name.clone().or_else(|| peer.handle.clone()),
        blocked: false,
        is_new: true,
    };
    let contact_name = identity.contact_name.clone();
    rows.contacts.push(NewContact {
        id: identity.contact_id.clone(),
        name: contact_name,
        language: peer.language.clone(),
        custom_fields: fields_of(item),
        at: now,
    });
    let aliases = identities::ids_of(peer).skip(1).map(str::to_owned).collect::<Vec<_>>();
    rows.aliases.extend(aliases.iter().map(|alias| (item.inbox_id.to_owned(), alias.clone(), identity.id.clone())));
    rows.identities.push(NewIdentity {
        id: identity.id.clone(),
        contact_id: identity.contact_id.clone(),
        inbox_id: item.inbox_id.to_owned(),
        channel: item.line.channel.clone(),
        phone: phone_of(item),
        profile_at: (name.is_none() && item.line.profiles).then_some(now),
        peer: Peer { aliases, ..identities::cleaned(peer) },
        at: now,
    });
    remember(world, item, &identity);
    identity
}

/// What was answered before the conversation, as it is stored.
pub(super) fn fields_of(item: &Item<'_>) -> String {
    let fields = item.message.hints.custom_fields.as_ref();
    fields.map_or_else(|| "{}".to_owned(), |fields| without_nul(&fields.to_string()).replace("\\u0000", "\u{fffd}"))
}

fn phone_of(item: &Item<'_>) -> Option<String> {
    item.message.hints.phone.as_deref().map(without_nul)
}

/// For the rest of the run, whoever comes with any of these ids is this one.
fn remember(world: &mut World, item: &Item<'_>, identity: &Identity) {
    for id in identities::ids_of(&item.message.peer) {
        world.identities.insert((item.inbox_id.to_owned(), id.to_owned()), identity.clone());
    }
}

fn add_message(
    world: &World,
    item: &Item<'_>,
    home: Option<&Handed>,
    thread: &mut Thread,
    ids: &Ids,
    now: Micros,
    rows: &mut Rows,
) -> (StoredMessage, Box<MessageView>) {
    let message = item.message;
    let inbound = message.direction == Direction::Inbound;
    let reopened = thread.state == State::Closed && speaks(message);
    if speaks(message) {
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
    let view = message_view(world, item, home, thread, ids, now, rows);
    let sender = if inbound { "customer" } else { "operator" };
    let touched = rows.touched.entry(thread.id.clone()).or_insert_with(|| Touched {
        state: thread.state,
        last_number: 0,
        last_text: String::new(),
        last_sender: sender,
        last_kind: String::new(),
        waiting_since: None,
        reopened: false,
        inbound: false,
        at: now,
    });
    touched.state = thread.state;
    touched.last_number = thread.last_number;
    touched.last_text = preview(&view.text);
    touched.last_sender = sender;
    touched.last_kind.clone_from(&view.kind);
    touched.waiting_since = thread.waiting_since;
    touched.reopened |= reopened;
    // What windows for free messages are counted from.
    touched.inbound |= inbound && message.kind != Kind::System;
    tell(item, home, thread, &view, reopened, ids, now, rows);
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
