//! What an operator sees next to a conversation: who this is, what was before, what is open now, where they are.

use serde::Serialize;
use serde_json::Value;
use trunkline_channel::Micros;

use super::{ContactView, Error, store};
use crate::access::Caller;
use crate::app::App;
use crate::connectors::ChannelKind;
use crate::conversations::State;

/// Other conversations shown; the rest is a click away.
const SHOWN_CONVERSATIONS: i64 = 10;

#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct ContextView {
    pub contact: ContactView,
    /// All conversations of this contact, this one included.
    pub conversations: i64,
    /// Of them, those that are open now, this one included if it is.
    pub open_conversations: i64,
    /// Other conversations, the latest first; at most ten.
    pub earlier: Vec<EarlierConversation>,
    /// What the conversation was started with: page, referrer, browser, language, as far as the channel knows.
    #[schema(value_type = Object)]
    pub metadata: Value,
    /// When the contact first wrote.
    pub first_seen_at: Micros,
}

#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct EarlierConversation {
    pub id: String,
    #[schema(value_type = ChannelKind)]
    pub channel: String,
    pub inbox_id: String,
    pub state: State,
    pub subject: Option<String>,
    pub last_text: Option<String>,
    pub created_at: Micros,
    pub closed_at: Option<Micros>,
}

pub async fn context(app: &App, _caller: &Caller, conversation_id: &str) -> Result<ContextView, Error> {
    let (contact_id, metadata) = store::contact_of(&app.db, conversation_id).await?.ok_or(Error::NoConversation)?;
    let contact = super::view(&app.db, &contact_id).await?.ok_or(Error::NotFound)?;
    let (conversations, open_conversations) = store::count_conversations(&app.db, &contact_id).await?;
    let earlier = store::other_conversations(&app.db, &contact_id, conversation_id, SHOWN_CONVERSATIONS).await?;
    Ok(ContextView {
        first_seen_at: contact.created_at,
        contact,
        conversations,
        open_conversations,
        earlier: earlier.into_iter().map(EarlierConversation::from).collect(),
        metadata: serde_json::from_str(&metadata).unwrap_or_default(),
    })
}

/// What a customer may be told of their own past.
#[derive(Debug, Clone, Serialize)]
pub struct PastView {
    /// This conversation included.
    pub conversations: i64,
    pub open_conversations: i64,
    pub first_seen_at: Micros,
    /// What they brought along themselves: page, browser, language.
    pub metadata: Value,
}

/// The past of the customer of a conversation; whether it is theirs has been asked before.
pub async fn past(app: &App, conversation_id: &str) -> Result<PastView, Error> {
    let (contact_id, metadata) = store::contact_of(&app.db, conversation_id).await?.ok_or(Error::NoConversation)?;
    let contact = super::view(&app.db, &contact_id).await?.ok_or(Error::NotFound)?;
    let (conversations, open_conversations) = store::count_conversations(&app.db, &contact_id).await?;
    let metadata = serde_json::from_str(&metadata).unwrap_or_default();
    Ok(PastView { conversations, open_conversations, first_seen_at: contact.created_at, metadata })
}

impl From<store::OtherConversation> for EarlierConversation {
    fn from(row: store::OtherConversation) -> Self {
        Self {
            // The table holds no other words than those of the states.
            state: State::parse(&row.state).unwrap_or(State::Archived),
            id: row.id,
            channel: row.channel,
            inbox_id: row.inbox_id,
            subject: row.subject,
            last_text: row.last_text,
            created_at: row.created_at,
            closed_at: row.closed_at,
        }
    }
}
