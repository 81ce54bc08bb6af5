//! What the bot's server remembers: chats, messages, files and the updates that wait.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};

use bytes::Bytes;
use serde_json::{Map, Value, json};

/// Updates are kept this long, then lost.
const UPDATE_LIFE_S: i64 = 24 * 3_600;
/// Kinds that come only when they are asked for.
const ON_REQUEST: [&str; 3] = ["chat_member", "message_reaction", "message_reaction_count"];
/// Telegram shows "typing" for so long.
const TYPING_S: i64 = 5;

#[derive(Default)]
pub struct State {
    /// Seconds that the clock is ahead of the machine's.
    pub ahead_s: i64,
    pub chats: BTreeMap<i64, Chat>,
    pub files: HashMap<String, File>,
    pub queue: VecDeque<Queued>,
    pub next_update_id: i64,
    /// `None` until somebody sets it: the default set.
    pub allowed: Option<Vec<String>>,
    pub webhook: Option<Webhook>,
    /// Counts calls of getUpdates: a newer one ends an older.
    pub polls: u64,
    /// Why polls that wait must end.
    pub poll_conflict: &'static str,
    pub token: String,
    pub revoked: bool,
    /// Buttons that still spin.
    pub spinning: HashSet<String>,
    /// Every call that was carried out, oldest first.
    pub calls: Vec<(String, Map<String, Value>)>,
    pub next_file: u64,
    pub next_query: u64,
}

#[derive(Default)]
pub struct Chat {
    /// As in a message's `chat`.
    pub about: Value,
    pub messages: Vec<Kept>,
    pub last_id: i64,
    pub blocked: bool,
    pub migrated_to: Option<i64>,
    pub typing_until: i64,
}

/// A message of a chat.
#[derive(Clone)]
pub struct Kept {
    /// As the Bot API shows it.
    pub message: Value,
    /// From a customer, not from the bot.
    pub by_customer: bool,
    pub edited: bool,
    pub deleted: bool,
    pub reaction: Option<String>,
}

#[derive(Clone)]
pub struct File {
    pub path: String,
    pub content_type: String,
    pub bytes: Bytes,
    /// What the file claims to be in size: large ones need no bytes.
    pub size: u64,
}

pub struct Queued {
    pub update_id: i64,
    pub update: Value,
    pub at: i64,
    /// Deliveries to the webhook that failed.
    pub tries: u32,
    pub not_before: Option<tokio::time::Instant>,
    pub on_its_way: bool,
}

#[derive(Clone)]
pub struct Webhook {
    pub url: String,
    pub secret: Option<String>,
    pub max_connections: i64,
    pub last_error: Option<(i64, String)>,
    /// Since when every delivery was answered with 410.
    pub gone_since: Option<i64>,
}

impl State {
    pub fn now(&self) -> i64 {
        // A stand-in plays the world outside, whose clock is nobody's to set; `ahead_s` moves it for tests.
        let since = std::time::UNIX_EPOCH.elapsed().unwrap_or_default();
        i64::try_from(since.as_secs()).unwrap_or(i64::MAX) + self.ahead_s
    }

    /// Puts an update into the queue, unless its kind was not asked for.
    pub fn push(&mut self, kind: &str, content: Value) {
        let wanted = match self.allowed.as_deref() {
            None | Some([]) => !ON_REQUEST.contains(&kind),
            Some(kinds) => kinds.iter().any(|allowed| allowed == kind),
        };
        if wanted {
            let update_id = self.next_update_id;
            self.next_update_id += 1;
            self.push_numbered(update_id, &json!({ kind: content }));
        }
    }

    /// Puts an update into the queue whatever it is.
    pub fn push_numbered(&mut self, update_id: i64, content: &Value) {
        let mut update = content.clone();
        update["update_id"] = json!(update_id);
        let at = self.now();
        self.queue.push_back(Queued { update_id, update, at, tries: 0, not_before: None, on_its_way: false });
    }

    pub fn forget_old_updates(&mut self) {
        let oldest = self.now() - UPDATE_LIFE_S;
        self.queue.retain(|queued| queued.at >= oldest);
    }

    /// The message that stays in a chat: with an id, a date and the chat filled in.
    pub fn keep(&mut self, chat: i64, by_customer: bool, mut message: Value) -> Value {
        let now = self.now();
        let chat = self.chats.entry(chat).or_default();
        chat.last_id += 1;
        message["message_id"] = json!(chat.last_id);
        message["date"] = json!(now);
        message["chat"] = chat.about.clone();
        if !by_customer {
            chat.typing_until = 0;
        }
        chat.messages.push(Kept { message: message.clone(), by_customer, edited: false, deleted: false, reaction: None });
        message
    }

    pub fn message(&mut self, chat: i64, id: i64) -> Option<&mut Kept> {
        let messages = &mut self.chats.get_mut(&chat)?.messages;
        messages.iter_mut().find(|kept| kept.message["message_id"] == id && !kept.deleted)
    }

    pub fn is_typing(&mut self, chat: i64) {
        let until = self.now() + TYPING_S;
        if let Some(chat) = self.chats.get_mut(&chat) {
            chat.typing_until = until;
        }
    }

    /// Keeps a file and returns its object, as it stands in messages.
    pub fn add_file(&mut self, name: &str, content_type: &str, bytes: Bytes) -> Value {
        self.next_file += 1;
        let (file_id, number) = (format!("BQACAgIAAx{:012}", self.next_file), self.next_file);
        let ending = name.rsplit_once('.').map_or("bin", |(_, ending)| ending);
        let size = bytes.len() as u64;
        let file = File { path: format!("files/file_{number}.{ending}"), content_type: content_type.to_owned(), bytes, size };
        self.files.insert(file_id.clone(), file);
        json!({"file_id": file_id, "file_unique_id": format!("AgAD{number:08}"), "file_size": size})
    }
}
