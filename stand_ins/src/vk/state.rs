//! What the community's server remembers: conversations, files, servers and the history of events.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};

use bytes::Bytes;
use serde_json::{Value, json};

use super::callback::Server;
use super::{GROUP_ID, LATEST};

/// Conversations of many have ids from here.
pub const FIRST_CHAT: i64 = 2_000_000_000;
/// VK shows "typing" for so long.
const TYPING_S: i64 = 10;
/// So many events can be asked for again by long poll.
const MAX_HISTORY: usize = 100_000;
const FIRST_TS: u64 = 1;

#[derive(Default)]
pub struct State {
    /// Seconds that the clock is ahead of the machine's.
    pub ahead_s: i64,
    pub token: String,
    pub revoked: bool,
    pub peers: BTreeMap<i64, Peer>,
    /// By the name in their address.
    pub files: HashMap<String, File>,
    /// What `attachment` may name: `photo-1_2` to the access key and the attachment as it stands in messages.
    pub attachments: HashMap<String, (String, Value)>,
    /// Uploads that wait to be saved, by what the upload server said of them.
    pub uploads: HashMap<String, File>,
    /// What each (peer, random id) became.
    pub sent: HashMap<(i64, i64), (i64, i64)>,
    pub next_id: i64,
    pub next_media: i64,
    pub history: VecDeque<Event>,
    pub key: String,
    pub long_poll: Switches,
    pub servers: Vec<Server>,
    pub next_server: i64,
    pub confirmation: String,
    /// Buttons that were pressed and still spin: event id to user.
    pub spinning: HashMap<String, i64>,
    /// Answers to pressed buttons.
    pub snackbars: Vec<Value>,
    /// The next calls of a method that end in an error of our choice.
    pub refusals: Vec<(String, super::Refusal)>,
    /// What the next long polls fail with.
    pub failures: VecDeque<u8>,
    /// Every call that was carried out, oldest first.
    pub calls: Vec<super::Call>,
}

/// Which events somebody gets.
#[derive(Debug, Clone, Default)]
pub struct Switches {
    pub enabled: bool,
    pub events: HashSet<String>,
    pub api_version: String,
}

/// An event in the history of long poll.
#[derive(Debug, Clone)]
pub struct Event {
    pub ts: u64,
    pub body: Value,
}

/// Whether a user may be written to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Permission {
    #[default]
    Given,
    /// Error 901.
    Taken,
    /// Error 902.
    Private,
    /// Error 900: the community itself blocked the user.
    Blacklisted,
}

/// A conversation: with a user, or a chat of many.
#[derive(Default)]
pub struct Peer {
    pub first_name: String,
    pub last_name: String,
    pub permission: Permission,
    pub messages: Vec<Kept>,
    pub last_cmid: i64,
    pub typing_until: i64,
    /// The community has read up to this cmid.
    pub read_by_us: i64,
}

/// A message and what became of it.
pub struct Kept {
    /// As it stands in events and histories.
    pub message: Value,
    pub by_customer: bool,
    pub edited: bool,
    pub deleted: bool,
    /// Of the other side, by VK's number.
    pub reaction: Option<i64>,
}

#[derive(Debug, Clone)]
pub struct File {
    pub name: String,
    pub content_type: String,
    pub bytes: Bytes,
    /// The address ends then, in seconds since 1970.
    pub until: i64,
    /// What an upload was made for: `photo`, `doc`, `audio_message`, `graffiti`.
    pub purpose: String,
}

impl State {
    pub fn new() -> Self {
        let long_poll = Switches { api_version: LATEST.to_owned(), ..Switches::default() };
        Self {
            next_id: 4_710,
            next_media: 457_239_000,
            next_server: 1,
            key: new_key(),
            confirmation: super::CONFIRMATION.to_owned(),
            token: super::TOKEN.to_owned(),
            long_poll,
            ..Self::default()
        }
    }

    #[must_use]
    pub fn now(&self) -> i64 {
        // A stand-in plays the world outside, whose clock is nobody's to set; `ahead_s` moves it for tests.
        let since = std::time::UNIX_EPOCH.elapsed().unwrap_or_default();
        i64::try_from(since.as_secs()).unwrap_or(i64::MAX) + self.ahead_s
    }

    pub fn peer(&mut self, id: i64) -> &mut Peer {
        self.peers.entry(id).or_insert_with(|| Peer { first_name: "Ann".to_owned(), ..Peer::default() })
    }

    pub fn message(&mut self, peer: i64, cmid: i64) -> Option<&mut Kept> {
        let found = |kept: &&mut Kept| kept.message["conversation_message_id"] == cmid && !kept.deleted;
        self.peers.get_mut(&peer)?.messages.iter_mut().find(found)
    }

    /// The cmid of a message by its id, which chats of many do not have.
    #[must_use]
    pub fn cmid_of(&self, peer: i64, id: i64) -> Option<i64> {
        let kept = self.peers.get(&peer)?.messages.iter().find(|kept| id > 0 && kept.message["id"] == id)?;
        kept.message["conversation_message_id"].as_i64()
    }

    /// Adds a message to a conversation, with ids, date and the fields that every one has.
    pub fn keep(&mut self, peer: i64, from: i64, fields: Value) -> Value {
        self.next_id += 1;
        let id = if peer >= FIRST_CHAT { 0 } else { self.next_id };
        let (date, version) = (self.now(), 10_000_000 + self.next_id);
        let held = self.peer(peer);
        held.last_cmid += 1;
        let out = i64::from(from == -GROUP_ID);
        let mut message = json!({"id": id, "conversation_message_id": held.last_cmid, "date": date, "peer_id": peer, "from_id": from,
            "out": out, "version": version, "text": "", "attachments": [], "fwd_messages": [], "important": false,
            "is_hidden": false, "random_id": 0});
        merge(&mut message, fields);
        held.messages.push(Kept {
            message: message.clone(),
            by_customer: out == 0,
            edited: false,
            deleted: false,
            reaction: None,
        });
        message
    }

    /// An event for everybody who wants this kind.
    pub fn push(&mut self, kind: &str, object: Value) -> Value {
        let body = json!({"group_id": GROUP_ID, "type": kind, "event_id": new_key(), "v": LATEST, "object": object});
        self.push_raw(&body);
        body
    }

    /// An event as it stands.
    pub fn push_raw(&mut self, body: &Value) {
        let kind = body["type"].as_str().unwrap_or_default();
        if self.long_poll.enabled && self.long_poll.events.contains(kind) {
            let ts = self.next_ts();
            self.history.push_back(Event { ts, body: body.clone() });
            if self.history.len() > MAX_HISTORY {
                self.history.pop_front();
            }
        }
        for server in &mut self.servers {
            server.offer(kind, body);
        }
    }

    /// What a poll that has seen everything asks with.
    #[must_use]
    pub fn next_ts(&self) -> u64 {
        self.history.back().map_or(FIRST_TS, |event| event.ts + 1)
    }

    pub fn type_to(&mut self, peer: i64) {
        let until = self.now() + TYPING_S;
        self.peer(peer).typing_until = until;
    }

    pub fn next_media(&mut self) -> i64 {
        self.next_media += 1;
        self.next_media
    }
}

/// 40 hexadecimal digits.
#[must_use]
pub fn new_key() -> String {
    hex::encode(rand::random::<[u8; 20]>())
}

pub fn merge(into: &mut Value, fields: Value) {
    if let (Some(into), Value::Object(fields)) = (into.as_object_mut(), fields) {
        into.extend(fields);
    }
}
