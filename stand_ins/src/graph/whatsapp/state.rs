//! What the server of WhatsApp remembers: people, their threads, media and templates.

use std::collections::{BTreeMap, HashMap};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::graph::{random_digits, random_text};
use crate::samples::Sample;

/// Inbound media ids live so long, uploaded ones …
const INBOUND_MEDIA_S: i64 = 7 * 24 * 3_600;
/// … so long.
const UPLOADED_MEDIA_S: i64 = 30 * 24 * 3_600;

#[derive(Default)]
pub(super) struct State {
    /// By the number of the business and the id that the phone goes by.
    pub people: BTreeMap<(String, String), Person>,
    pub media: HashMap<String, Media>,
    /// Addresses that were given out: the medium and when they end.
    pub grants: HashMap<String, (String, i64)>,
    pub templates: Vec<Value>,
    /// Accepted requests to send, oldest first.
    pub calls: Vec<Value>,
    /// Answer with an error at once where WhatsApp usually accepts and fails later.
    pub refuses_at_once: bool,
    /// The account's own address for webhooks, before the app's.
    pub override_url: Option<String>,
    /// Statuses arrive before the answer of the send.
    pub statuses_first: bool,
}

/// A user of WhatsApp as one number of the business knows them.
#[derive(Debug, Clone)]
pub(super) struct Person {
    /// The number; missing for those who never had it shown.
    pub wa_id: Option<String>,
    /// Per business portfolio.
    pub user_id: String,
    pub name: String,
    pub username: Option<String>,
    /// The number is kept from the business.
    pub hidden: bool,
    /// Until when anything may be sent.
    pub window_until: i64,
    pub blocked: bool,
    pub left: bool,
    /// The newest message that the business said it read.
    pub marked_read: Option<String>,
    pub typing_until: i64,
    pub messages: Vec<Kept>,
}

/// A message of a thread.
#[derive(Debug, Clone)]
pub(super) struct Kept {
    pub id: String,
    pub by_customer: bool,
    /// `type` and, under its name, what it says; as in webhooks and requests.
    pub content: Value,
    pub at: i64,
    pub reply_to: Option<String>,
    pub reaction: Option<String>,
    pub edited: bool,
    pub deleted: bool,
    /// Carried back in statuses.
    pub tag: Option<String>,
    /// The customer has it, and has not seen it.
    pub unread: bool,
}

#[derive(Debug, Clone)]
pub(super) struct Media {
    pub content_type: String,
    pub bytes: Bytes,
    /// By the business: only such can be sent.
    pub uploaded: bool,
    pub until: i64,
}

impl State {
    /// The person behind an id of the phone; a stranger becomes known.
    pub fn person(&mut self, number: &str, customer: &str) -> &mut Person {
        self.people.entry((number.to_owned(), customer.to_owned())).or_insert_with(|| Person::new(customer))
    }

    /// The id of the phone of whom a BSUID means.
    pub fn by_user_id(&self, number: &str, user_id: &str) -> Option<String> {
        let found = self.people.iter().find(|((of, _), person)| of == number && person.user_id == user_id);
        found.map(|((_, customer), _)| customer.clone())
    }

    /// The thread that a message stands in, and where.
    pub fn find(&self, number: &str, message: &str) -> Option<(String, usize)> {
        self.people.iter().filter(|((of, _), _)| of == number).find_map(|((_, customer), person)| {
            let at = person.messages.iter().position(|kept| kept.id == message)?;
            Some((customer.clone(), at))
        })
    }

    pub fn add_media(&mut self, now: i64, uploaded: bool, content_type: &str, bytes: Bytes) -> String {
        let id = random_digits(16);
        let until = now + if uploaded { UPLOADED_MEDIA_S } else { INBOUND_MEDIA_S };
        self.media.insert(id.clone(), Media { content_type: content_type.to_owned(), bytes, uploaded, until });
        id
    }

    /// A sample as it stands in a customer's message.
    pub fn received(&mut self, now: i64, sample: &Sample) -> Value {
        let sha256 = STANDARD.encode(Sha256::digest(&sample.bytes));
        let id = self.add_media(now, false, sample.content_type, sample.bytes.clone().into());
        let content_type = if sample.content_type == "audio/ogg" { "audio/ogg; codecs=opus" } else { sample.content_type };
        json!({"id": id, "mime_type": content_type, "sha256": sha256})
    }
}

impl Person {
    fn new(customer: &str) -> Self {
        let number = customer.chars().all(|c| c.is_ascii_digit()).then(|| customer.to_owned());
        // The same number always gets the same BSUID, so that tests can name it.
        let user_id = number.as_deref().map_or_else(|| customer.to_owned(), user_id_of);
        Self {
            hidden: number.is_none(),
            wa_id: number,
            user_id,
            name: "Ann".to_owned(),
            username: None,
            window_until: 0,
            blocked: false,
            left: false,
            marked_read: None,
            typing_until: 0,
            messages: Vec::new(),
        }
    }

    /// The number, where the business is shown it.
    pub fn shown_number(&self) -> Option<&str> {
        self.wa_id.as_deref().filter(|_| !self.hidden)
    }

    pub fn message(&mut self, id: &str) -> Option<&mut Kept> {
        self.messages.iter_mut().find(|kept| kept.id == id && !kept.deleted)
    }
}

impl Kept {
    pub fn new(by_customer: bool, at: i64, content: Value) -> Self {
        Self {
            id: wamid(),
            by_customer,
            content,
            at,
            reply_to: None,
            reaction: None,
            edited: false,
            deleted: false,
            tag: None,
            unread: !by_customer,
        }
    }
}

/// The BSUID of a number until it changes.
pub(super) fn user_id_of(number: &str) -> String {
    let digest = Sha256::digest(number.as_bytes());
    let digits: String = digest.iter().take(17).map(|byte| char::from(b'0' + byte % 10)).collect();
    format!("US.1{digits}")
}

pub(super) fn wamid() -> String {
    format!("wamid.HBgL{}==", random_text(44))
}
