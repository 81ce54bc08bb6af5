//! What API, events and sockets show of conversations and messages: one shape each.

use serde::Serialize;
use serde_json::{Value, json};
use trunkline_channel::{Kind, Micros};

use super::{Priority, State};
use crate::connectors::ChannelKind;
use crate::deliveries::amendments::AmendmentView;

/// A conversation as operators see it.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct ConversationView {
    pub id: String,
    pub inbox_id: String,
    #[schema(value_type = ChannelKind)]
    pub channel: String,
    pub state: State,
    pub subject: Option<String>,
    pub priority: Priority,
    #[schema(value_type = Vec<String>)]
    pub required_skills: Value,
    pub tags: Vec<String>,
    #[schema(value_type = Object)]
    pub custom_fields: Value,
    #[schema(value_type = Object)]
    pub metadata: Value,
    pub contact: ContactRef,
    pub assignee: Option<PersonRef>,
    pub team: Option<PersonRef>,
    /// Set while the conversation waits for the receiver of a transfer.
    pub transfer: Option<TransferView>,
    pub last_message: Option<LastMessage>,
    /// Number of the last message.
    pub last_number: i64,
    pub last_inbound_at: Option<Micros>,
    /// Set where the customer goes on by mail while nobody reads in the chat.
    pub mail_handover: Option<MailHandover>,
    /// Until when free messages may be written; null where the channel sets no limit.
    pub reply_window: Option<ReplyWindow>,
    /// Since when the customer waits for an answer.
    pub waiting_since: Option<Micros>,
    /// Number of the last message each side has seen; the operators' goes back where one of them marks it unread.
    pub customer_seen: i64,
    pub operator_seen: i64,
    /// Number of the last message that the operators have ever seen: what the customer is told.
    pub operator_read: i64,
    pub close_reason: Option<String>,
    pub close_summary: Option<String>,
    /// Why to be careful with it.
    pub flag: Option<String>,
    pub created_at: Micros,
    pub updated_at: Micros,
    pub accepted_at: Option<Micros>,
    pub closed_at: Option<Micros>,
    pub archived_at: Option<Micros>,
}

/// Where answers go by mail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct MailHandover {
    pub email: String,
    /// The mail inbox through which they leave.
    pub inbox_id: String,
    pub at: Micros,
}

/// The time after the customer's last message in which free messages may be sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct ReplyWindow {
    pub free_until: Micros,
    /// Longer, for answers that a person writes.
    pub human_until: Option<Micros>,
    /// What can still be done afterwards, in plain words.
    pub way_out: String,
}

#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct ContactRef {
    pub id: String,
    pub name: Option<String>,
    pub handle: Option<String>,
    pub verified: bool,
    /// Since when the customer cannot be reached in this inbox: they block us, or are gone.
    pub blocked_at: Option<Micros>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct PersonRef {
    pub id: String,
    pub name: String,
}

#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct TransferView {
    pub from: Option<PersonRef>,
    pub comment: Option<String>,
    /// Waits for any supervisor.
    pub escalated: bool,
}

/// What lists show of a conversation: its last message that is neither a note nor a line of the daemon's own.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct LastMessage {
    pub number: i64,
    #[schema(value_type = Kind)]
    pub kind: String,
    /// Its beginning; empty where it has no words.
    pub text: String,
    #[schema(value_type = SenderType)]
    pub sender_type: String,
    pub at: Micros,
}

/// One entry of a conversation.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct MessageView {
    pub id: String,
    pub conversation_id: String,
    /// Place in the conversation, from 1, without regard to provider time.
    pub number: i64,
    #[schema(value_type = SenderType)]
    pub sender_type: String,
    pub sender_id: Option<String>,
    pub sender_name: Option<String>,
    #[schema(value_type = Kind)]
    pub kind: String,
    pub text: String,
    /// Whether there is sanitised HTML to show (`GET …/messages/{id}/html`).
    pub has_html: bool,
    /// Whether text was trimmed (quotations) and the whole can be asked for.
    pub has_full_text: bool,
    pub attachments: Vec<AttachmentView>,
    pub reactions: Vec<ReactionView>,
    /// A change that its provider has not taken yet, or has refused; for operators, and left out otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amendment: Option<AmendmentView>,
    #[schema(value_type = MessageStatus)]
    pub status: String,
    pub client_id: Option<String>,
    /// Id of the message this one answers.
    pub reply_to: Option<String>,
    /// Written by a machine.
    pub automatic: bool,
    #[schema(value_type = Object)]
    pub extra: Value,
    /// The provider's time.
    pub sent_at: Option<Micros>,
    /// When it was stored here.
    pub at: Micros,
    pub edited_at: Option<Micros>,
    pub deleted_at: Option<Micros>,
}

/// Who wrote a message, by the names that are stored.
#[derive(utoipa::ToSchema)]
#[schema(rename_all = "snake_case")]
pub enum SenderType {
    Customer,
    Operator,
    Assistant,
    System,
}

/// How far a message has come, by the names that are stored.
#[derive(utoipa::ToSchema)]
#[schema(rename_all = "snake_case")]
pub enum MessageStatus {
    Received,
    Queued,
    Sent,
    Delivered,
    Read,
    Failed,
    /// It may have arrived; a person decides.
    Uncertain,
    Cancelled,
    /// It goes nowhere: a note, or what the system writes.
    None,
}

/// Where a file is, by the names that are stored.
#[derive(utoipa::ToSchema)]
#[schema(rename_all = "snake_case")]
pub enum AttachmentState {
    Stored,
    /// It is being fetched.
    Waiting,
    Failed,
}

#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct AttachmentView {
    pub id: String,
    pub name: String,
    pub content_type: String,
    pub size: i64,
    pub inline: bool,
    pub content_id: Option<String>,
    #[schema(value_type = AttachmentState)]
    pub state: String,
    pub url: String,
}

impl AttachmentView {
    #[must_use]
    pub fn url_of(id: &str) -> String {
        format!("/api/v1/attachments/{id}")
    }
}

#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct ReactionView {
    pub actor: String,
    pub emoji: String,
}

/// Payload of `message.created`: the message, and what a list needs to show of its conversation.
#[must_use]
pub fn message_payload(message: &MessageView, conversation: &Value) -> Value {
    json!({ "message": message, "conversation": conversation })
}

/// What customers are told of a message beside its words: how it came, the buttons under it, and of a line of the system what it
/// says.
#[must_use]
pub fn customer_extra(extra: &Value) -> Value {
    let keys: &[&str] = if is_for_customer(extra) { &["action", "email"] } else { &["via", "buttons"] };
    let shown = keys.iter().filter_map(|key| Some(((*key).to_owned(), extra.get(key)?.clone())));
    Value::Object(shown.collect())
}

/// A line of the system that is meant for the customer as well.
#[must_use]
pub fn is_for_customer(extra: &Value) -> bool {
    extra.get("for_customer") == Some(&Value::Bool(true))
}

/// The short form of a conversation that goes with each of its messages.
#[must_use]
pub fn brief(view: &ConversationView) -> Value {
    json!({
        "id": view.id, "state": view.state, "contact_name": view.contact.name, "channel": view.channel, "inbox_id": view.inbox_id,
        "assignee_id": view.assignee.as_ref().map(|a| &a.id), "priority": view.priority, "waiting_since": view.waiting_since,
        "subject": view.subject,
    })
}
