//! What a plan has decided to write.

use std::collections::HashMap;

use trunkline_channel::{Micros, Peer};

use crate::conversations::views::{AttachmentView, MessageView};
use crate::conversations::{Priority, State};
use crate::deliveries::Echo;
use crate::events::NewEvent;

/// Everything to be written.
#[derive(Default)]
pub struct Rows {
    pub contacts: Vec<NewContact>,
    pub identities: Vec<NewIdentity>,
    pub conversations: Vec<NewConversation>,
    pub participants: Vec<(String, &'static str, String, &'static str, Micros)>,
    pub messages: Vec<NewRow>,
    pub attachments: Vec<NewAttachment>,
    /// Last state of each conversation touched, by id.
    pub touched: HashMap<String, Touched>,
    pub events: Vec<NewEvent>,
    /// Further ids of identities: (inbox, id, identity).
    pub aliases: Vec<(String, String, String)>,
    /// What somebody we know says of themselves now; it fills gaps only.
    pub described: Vec<Described>,
    /// Echoes of our own sends: news, not messages.
    pub echoes: Vec<Echo>,
    /// Messages named and not there: (inbox, external id, message that names it).
    pub awaited: Vec<(String, String, String)>,
    /// Who wrote although they had blocked us: (inbox, external id).
    pub unblocked: Vec<(String, String)>,
}

pub struct NewContact {
    pub id: String,
    pub name: Option<String>,
    pub language: Option<String>,
    /// JSON.
    pub custom_fields: String,
    pub at: Micros,
}

pub struct NewIdentity {
    pub id: String,
    pub contact_id: String,
    pub inbox_id: String,
    pub channel: String,
    pub peer: Peer,
    /// As the customer says it.
    pub phone: Option<String>,
    /// When the provider is asked for the name, where it is worth asking.
    pub profile_at: Option<Micros>,
    pub at: Micros,
}

pub struct Described {
    pub identity_id: String,
    pub contact_id: String,
    pub peer: Peer,
    pub phone: Option<String>,
}

pub struct NewConversation {
    pub id: String,
    pub inbox_id: String,
    pub channel: String,
    pub contact_id: String,
    pub identity_id: String,
    pub thread_key: String,
    pub subject: Option<String>,
    pub priority: Priority,
    pub required_skills: String,
    pub metadata: String,
    /// JSON.
    pub custom_fields: String,
    pub flag: Option<String>,
    pub at: Micros,
}

/// A message row, and what its view needs beyond it.
pub struct NewRow {
    pub view: MessageView,
    pub inbox_id: String,
    pub full_text: Option<String>,
    pub html: Option<String>,
    pub external_id: String,
    pub raw_id: String,
}

pub struct NewAttachment {
    pub view: AttachmentView,
    pub message_id: String,
    pub position: i64,
    pub hash: Option<String>,
    pub reference: Option<String>,
    pub at: Micros,
}

#[derive(Debug, Clone)]
pub struct Touched {
    pub state: State,
    pub last_number: i64,
    pub last_text: String,
    pub last_sender: &'static str,
    pub last_kind: String,
    pub waiting_since: Option<Micros>,
    pub reopened: bool,
    pub inbound: bool,
    pub at: Micros,
}
