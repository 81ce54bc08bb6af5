//! What the server of a page remembers: people, their threads, and files.

use std::collections::{BTreeMap, HashMap};

use bytes::Bytes;
use serde_json::Value;

use crate::graph::random_text;

#[derive(Default)]
pub(super) struct State {
    /// By their PSID.
    pub people: BTreeMap<String, Person>,
    pub files: HashMap<String, File>,
    /// Reusable attachments: kind and file.
    pub attachments: HashMap<String, (String, String)>,
    /// What the page's subscription asks for.
    pub fields: Vec<String>,
    /// Requests to send that were accepted, oldest first.
    pub calls: Vec<Value>,
    /// The app may use the tag of human agents.
    pub human_agent: bool,
    /// The echo of a send arrives before its answer.
    pub echo_first: bool,
    /// Deliveries name the messages too.
    pub delivery_mids: bool,
}

/// A person as the page knows them.
#[derive(Debug, Clone)]
pub(super) struct Person {
    pub first_name: String,
    pub last_name: String,
    /// The profile is not told.
    pub private: bool,
    /// When the person last did something that opens the window, in milliseconds since 1970.
    pub last_heard: i64,
    pub blocked: bool,
    /// Another app has the thread.
    pub elsewhere: bool,
    pub typing_until: i64,
    /// The page has seen everything up to then.
    pub seen: i64,
    pub messages: Vec<Kept>,
}

/// A message of a thread.
#[derive(Debug, Clone)]
pub(super) struct Kept {
    pub mid: String,
    pub by_customer: bool,
    /// `text` and `attachments`, as in webhooks.
    pub content: Value,
    pub quick_replies: Vec<Value>,
    /// In milliseconds since 1970.
    pub at: i64,
    pub reply_to: Option<String>,
    pub reaction: Option<String>,
    pub edits: u32,
    pub deleted: bool,
}

#[derive(Debug, Clone)]
pub(super) struct File {
    pub name: String,
    pub content_type: String,
    pub bytes: Bytes,
}

impl State {
    /// The person behind a PSID; a stranger becomes known.
    pub fn person(&mut self, psid: &str) -> &mut Person {
        self.people.entry(psid.to_owned()).or_default()
    }

    pub fn add_file(&mut self, name: &str, content_type: &str, bytes: Bytes) -> String {
        let id = random_text(24);
        self.files.insert(id.clone(), File { name: name.to_owned(), content_type: content_type.to_owned(), bytes });
        id
    }
}

impl Default for Person {
    fn default() -> Self {
        Self {
            first_name: "Ann".to_owned(),
            last_name: "Lee".to_owned(),
            private: false,
            last_heard: 0,
            blocked: false,
            elsewhere: false,
            typing_until: 0,
            seen: 0,
            messages: Vec::new(),
        }
    }
}

impl Person {
    pub fn message(&mut self, mid: &str) -> Option<&mut Kept> {
        self.messages.iter_mut().find(|kept| kept.mid == mid && !kept.deleted)
    }
}

impl Kept {
    pub fn new(by_customer: bool, at: i64, content: Value) -> Self {
        let mid = format!("m_{}", random_text(60));
        Self {
            mid,
            by_customer,
            content,
            quick_replies: Vec::new(),
            at,
            reply_to: None,
            reaction: None,
            edits: 0,
            deleted: false,
        }
    }
}
