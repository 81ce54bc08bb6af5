//! What a run of messages touches, loaded before anything is decided.

use std::collections::{HashMap, HashSet};

use serde_json::json;
use trunkline_channel::{Media, Micros, StoredMessage, Threads};

use super::{echoes, handed};
use crate::contacts::store::identities::identity_of;
use crate::conversations::{Priority, State};
use crate::db::{DbError, Tx, json_array, sql};
use crate::intake::handed::Handed;
use crate::intake::plan::{Identity, Run};
use crate::intake::threads::Thread;

/// As it stands in the store.
#[derive(Default)]
pub struct World {
    /// By (inbox, one of the peer's ids).
    pub identities: HashMap<(String, String), Identity>,
    /// The conversation an identity's next message may join, by the identity's id.
    pub threads: HashMap<String, Thread>,
    /// Messages already stored, by (inbox, external id).
    pub known: HashMap<(String, String), KnownMessage>,
    pub by_id: HashMap<String, Thread>,
    /// Conversations in which a message has been named before it came, by (inbox, external id), the oldest first.
    pub awaiting: HashMap<(String, String), Vec<Thread>>,
    /// Copied recipients: (conversation, external id).
    pub participants: HashSet<(String, String)>,
    /// Conversations that were handed over to mail, by id.
    pub handed: HashMap<String, Handed>,
    pub uploads: HashMap<String, Upload>,
    /// What an echo may be of, by (inbox, peer's external id), the latest first.
    pub sends: HashMap<(String, String), Vec<Send>>,
}

/// A delivery that was tried, and is not known to have ended long ago.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Send {
    pub inbox_id: String,
    pub peer: String,
    pub delivery_id: String,
    pub message_id: String,
    pub conversation_id: String,
    pub number: i64,
}

#[derive(Debug, Clone)]
pub struct KnownMessage {
    pub message_id: String,
    pub conversation_id: String,
    pub number: i64,
    pub thread: Thread,
}

impl KnownMessage {
    #[must_use]
    pub fn as_stored(&self, external_id: &str) -> StoredMessage {
        StoredMessage {
            message_id: self.message_id.clone(),
            conversation_id: self.conversation_id.clone(),
            external_id: external_id.to_owned(),
            number: self.number,
        }
    }
}

#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Upload {
    pub id: String,
    pub owner: String,
    pub content_type: String,
    pub size: i64,
    pub hash: String,
}

impl World {
    /// A thread as this run has left it.
    #[must_use]
    pub fn current(&self, thread: &Thread) -> Thread {
        self.by_id.get(&thread.id).unwrap_or(thread).clone()
    }

    pub fn put_thread(&mut self, identity_id: &str, thread: Thread) {
        self.by_id.insert(thread.id.clone(), thread.clone());
        self.threads.insert(identity_id.to_owned(), thread);
    }
}

/// A conversation's columns as every query here selects them, after the columns that say for whom.
pub(super) const THREAD: &str =
    "c.id, c.contact_id, c.state, c.last_number, c.waiting_since, c.closed_at, c.assignee_id, c.priority, c.subject";

#[derive(sqlx::FromRow)]
struct PeerRow {
    inbox_id: String,
    external_id: String,
    identity_id: String,
    identity_contact: String,
    blocked_at: Option<Micros>,
    contact_name: Option<String>,
    #[sqlx(flatten)]
    thread: MaybeThread,
}

#[derive(sqlx::FromRow)]
pub(super) struct MaybeThread {
    id: Option<String>,
    contact_id: Option<String>,
    state: Option<String>,
    last_number: Option<i64>,
    waiting_since: Option<Micros>,
    closed_at: Option<Micros>,
    assignee_id: Option<String>,
    priority: Option<i64>,
    subject: Option<String>,
}

impl MaybeThread {
    pub(super) fn into_thread(self, contact_name: Option<String>) -> Option<Thread> {
        Some(Thread {
            id: self.id?,
            contact_id: self.contact_id?,
            contact_name,
            state: State::parse(&self.state?)?,
            last_number: self.last_number?,
            waiting_since: self.waiting_since,
            closed_at: self.closed_at,
            assignee_id: self.assignee_id,
            priority: Priority::from_rank(self.priority.unwrap_or(1)),
            subject: self.subject,
            is_new: false,
        })
    }
}

#[derive(sqlx::FromRow)]
struct KnownRow {
    key_inbox: String,
    key_external: String,
    message_id: String,
    number: i64,
    contact_name: Option<String>,
    #[sqlx(flatten)]
    thread: MaybeThread,
}

pub async fn load_world(tx: &mut Tx, run: &Run<'_>, now: Micros) -> Result<World, DbError> {
    let mut world = World::default();
    load_peers(tx, run, &mut world, now).await?;
    load_known(tx, run, &mut world).await?;
    load_proved(tx, run, &mut world).await?;
    handed::load_handed(tx, run, &mut world).await?;
    load_awaiting(tx, run, &mut world).await?;
    hold_threads(tx, &mut world).await?;
    load_uploads(tx, run, &mut world).await?;
    echoes::load_sends(tx, run, &mut world, now).await?;
    Ok(world)
}

/// Where other transactions write at the same time, identities are kept from moving to another contact meanwhile.
async fn load_peers(tx: &mut Tx, run: &Run<'_>, world: &mut World, now: Micros) -> Result<(), DbError> {
    let peers: HashSet<(&str, &str)> =
        run.items.iter().map(|item| (item.inbox_id, item.message.peer.external_id.as_str())).collect();
    let peers: Vec<_> = peers.into_iter().map(|(inbox, peer)| json!({ "i": inbox, "e": peer })).collect();
    let lock = tx.row_lock().map(|_| " FOR KEY SHARE OF i").unwrap_or_default();
    let text = format!(
        "SELECT i.inbox_id, j.value->>'e' AS external_id, i.id AS identity_id, i.contact_id AS identity_contact, i.blocked_at, \
         ct.name AS contact_name, {THREAD} \
         FROM each($1) AS j JOIN identities i ON i.id = {} JOIN contacts ct ON ct.id = i.contact_id \
         LEFT JOIN conversations c ON c.id = (SELECT x.id FROM conversations x WHERE x.identity_id = i.id \
         AND x.state <> 'archived' ORDER BY x.state = 'closed', x.created_at DESC LIMIT 1){lock}",
        identity_of("j.value->>'i'", "j.value->>'e'", "$2")
    );
    for row in sql(text).bind(json!(peers).to_string()).bind(now).all::<PeerRow>(tx).await? {
        let identity = Identity {
            id: row.identity_id.clone(),
            contact_id: row.identity_contact,
            contact_name: row.contact_name.clone(),
            blocked: row.blocked_at.is_some(),
            is_new: false,
        };
        world.identities.insert((row.inbox_id, row.external_id), identity);
        if let Some(thread) = row.thread.into_thread(row.contact_name) {
            world.threads.insert(row.identity_id, thread);
        }
    }
    Ok(())
}

/// Which of the run's own ids, answered ids and references are stored already, as messages received or sent.
async fn load_known(tx: &mut Tx, run: &Run<'_>, world: &mut World) -> Result<(), DbError> {
    let mut wanted: HashSet<(&str, &str)> = HashSet::new();
    for item in &run.items {
        let message = item.message;
        wanted.insert((item.inbox_id, &message.external_id));
        wanted.extend(message.reply_to.iter().chain(&message.hints.references).map(|id| (item.inbox_id, id.as_str())));
    }
    let wanted: Vec<_> = wanted.into_iter().map(|(inbox, id)| json!({ "i": inbox, "e": id })).collect();
    let text = format!(
        "SELECT j.value->>'i' AS key_inbox, j.value->>'e' AS key_external, m.id AS message_id, m.number, ct.name AS contact_name, {THREAD} \
         FROM each($1) AS j \
         LEFT JOIN messages own ON own.inbox_id = j.value->>'i' AND own.external_id = j.value->>'e' \
         LEFT JOIN external_ids x ON x.inbox_id = j.value->>'i' AND x.external_id = j.value->>'e' \
         JOIN messages m ON m.id = COALESCE(own.id, x.message_id) \
         JOIN conversations c ON c.id = m.conversation_id JOIN contacts ct ON ct.id = c.contact_id"
    );
    for row in sql(text).bind(json!(wanted).to_string()).all::<KnownRow>(tx).await? {
        let Some(thread) = row.thread.into_thread(row.contact_name) else { continue };
        let known = KnownMessage { message_id: row.message_id, conversation_id: thread.id.clone(), number: row.number, thread };
        world.known.insert((row.key_inbox, row.key_external), known);
    }
    Ok(())
}

/// Conversations proved by our own signature, and who is a participant of those a message may join.
async fn load_proved(tx: &mut Tx, run: &Run<'_>, world: &mut World) -> Result<(), DbError> {
    if run.items.iter().all(|item| item.line.threads == Threads::Single) {
        return Ok(());
    }
    let proved: HashSet<&str> = run.items.iter().filter_map(|item| item.message.hints.conversation_id.as_deref()).collect();
    if !proved.is_empty() {
        let text = format!(
            "SELECT c.inbox_id AS key_inbox, c.id AS key_external, '' AS message_id, c.last_number AS number, ct.name AS contact_name, {THREAD} \
             FROM conversations c JOIN contacts ct ON ct.id = c.contact_id WHERE c.id IN (SELECT value FROM each_text($1))"
        );
        for row in sql(text).bind(json_array(proved)).all::<KnownRow>(&mut *tx).await? {
            // A token of one inbox proves nothing in another.
            let inbox_matches = run.items.iter().any(|item| item.inbox_id == row.key_inbox);
            if let (true, Some(thread)) = (inbox_matches, row.thread.into_thread(row.contact_name)) {
                world.by_id.insert(row.key_external, thread);
            }
        }
    }
    let threads: HashSet<&str> =
        world.known.values().map(|known| known.conversation_id.as_str()).chain(world.by_id.keys().map(String::as_str)).collect();
    let rows: Vec<(String, String)> =
        sql("SELECT conversation_id, ref FROM participants WHERE kind = 'copy' AND left_at IS NULL \
         AND conversation_id IN (SELECT value FROM each_text($1))")
        .bind(json_array(threads))
        .all(tx)
        .await?;
    world.participants.extend(rows);
    Ok(())
}

/// Where messages of this run have been named before they came.
async fn load_awaiting(tx: &mut Tx, run: &Run<'_>, world: &mut World) -> Result<(), DbError> {
    let threaded = run.items.iter().filter(|item| item.line.threads == Threads::Many);
    let wanted: Vec<_> = threaded.map(|item| json!({ "i": item.inbox_id, "e": item.message.external_id })).collect();
    if wanted.is_empty() {
        return Ok(());
    }
    let text = format!(
        "SELECT w.inbox_id AS key_inbox, w.external_id AS key_external, m.id AS message_id, m.number, ct.name AS contact_name, {THREAD} \
         FROM each($1) AS j JOIN awaited_messages w ON w.inbox_id = j.value->>'i' AND w.external_id = j.value->>'e' \
         JOIN messages m ON m.id = w.message_id JOIN conversations c ON c.id = m.conversation_id \
         JOIN contacts ct ON ct.id = c.contact_id ORDER BY c.created_at, c.id, m.number"
    );
    for row in sql(text).bind(json!(wanted).to_string()).all::<KnownRow>(tx).await? {
        let Some(thread) = row.thread.into_thread(row.contact_name) else { continue };
        world.awaiting.entry((row.key_inbox, row.key_external)).or_default().push(thread);
    }
    Ok(())
}

/// Where other transactions write at the same time: takes the conversations for this one, in the order of their ids so
/// that two writers never wait for each other, and looks at them again as they are now.
async fn hold_threads(tx: &mut Tx, world: &mut World) -> Result<(), DbError> {
    let Some(lock) = tx.row_lock() else { return Ok(()) };
    let known = world.known.values_mut().map(|known| &mut known.thread);
    let awaiting = world.awaiting.values_mut().flatten();
    let mut threads: Vec<&mut Thread> =
        world.threads.values_mut().chain(world.by_id.values_mut()).chain(known).chain(awaiting).collect();
    let ids: HashSet<&str> = threads.iter().map(|thread| thread.id.as_str()).collect();
    if ids.is_empty() {
        return Ok(());
    }
    let text =
        format!("SELECT {THREAD} FROM conversations c WHERE c.id IN (SELECT value FROM each_text($1)) ORDER BY c.id{lock}");
    let rows = sql(text).bind(json_array(ids)).all::<MaybeThread>(tx).await?;
    let now: HashMap<String, Thread> =
        rows.into_iter().filter_map(|row| row.into_thread(None)).map(|thread| (thread.id.clone(), thread)).collect();
    for thread in &mut threads {
        if let Some(fresh) = now.get(&thread.id) {
            **thread = Thread { contact_name: thread.contact_name.take(), ..fresh.clone() };
        }
    }
    Ok(())
}

async fn load_uploads(tx: &mut Tx, run: &Run<'_>, world: &mut World) -> Result<(), DbError> {
    let attachments = run.items.iter().flat_map(|item| &item.message.attachments);
    let ids: Vec<&str> = attachments
        .filter_map(|attachment| match &attachment.media {
            Media::Stored { upload_id } => Some(upload_id.as_str()),
            _ => None,
        })
        .collect();
    if ids.is_empty() {
        return Ok(());
    }
    let rows: Vec<Upload> =
        sql("SELECT id, owner, content_type, size, hash FROM uploads WHERE id IN (SELECT value FROM each_text($1))")
            .bind(json_array(ids))
            .all(tx)
            .await?;
    world.uploads.extend(rows.into_iter().map(|upload| (upload.id.clone(), upload)));
    Ok(())
}
