//! The SQL of conversations that operators begin.

use trunkline_channel::Micros;

use crate::conversations::State;
use crate::db::{DbError, Tx, sql};

/// A conversation that begins in the hands of whoever writes first.
#[derive(Debug)]
pub struct NewConversation<'a> {
    pub id: &'a str,
    pub inbox_id: &'a str,
    pub contact_id: &'a str,
    pub identity_id: &'a str,
    /// Empty where a contact has one line only.
    pub thread_key: &'a str,
    pub subject: Option<&'a str>,
    pub operator_id: &'a str,
    /// What windows for free messages are counted from.
    pub last_inbound_at: Option<Micros>,
    pub at: Micros,
}

/// Stores it with both its participants.
pub async fn insert(tx: &mut Tx, new: &NewConversation<'_>) -> Result<(), DbError> {
    sql("INSERT INTO conversations (id, inbox_id, channel, contact_id, identity_id, thread_key, state, subject, assignee_id, \
         last_inbound_at, created_at, updated_at, accepted_at) \
         VALUES ($1, $2, (SELECT channel FROM inboxes WHERE id = $2), $3, $4, $5, $6, $7, $8, $9, $10, $10, $10)")
    .bind(new.id)
    .bind(new.inbox_id)
    .bind(new.contact_id)
    .bind(new.identity_id)
    .bind(new.thread_key)
    .bind(State::AwaitingResponse.as_str())
    .bind(new.subject)
    .bind(new.operator_id)
    .bind(new.last_inbound_at)
    .bind(new.at)
    .execute(&mut *tx)
    .await?;
    super::add_participant(tx, new.id, "identity", new.identity_id, "customer", new.at).await?;
    super::add_participant(tx, new.id, "operator", new.operator_id, "assignee", new.at).await
}

/// The open conversation with an identity.
pub async fn open_with(tx: &mut Tx, identity_id: &str) -> Result<Option<String>, DbError> {
    let found: Option<(String,)> =
        sql("SELECT id FROM conversations WHERE identity_id = $1 AND state NOT IN ('closed', 'archived') \
         ORDER BY created_at DESC LIMIT 1")
        .bind(identity_id)
        .optional(tx)
        .await?;
    Ok(found.map(|(id,)| id))
}

/// The conversation with a contact that began with this message of an operator's: (conversation, identity, first message).
pub async fn begun(
    tx: &mut Tx,
    contact_id: &str,
    operator_id: &str,
    client_id: &str,
) -> Result<Option<(String, String, String)>, DbError> {
    sql("SELECT c.id, c.identity_id, m.id FROM conversations c \
         JOIN messages m ON m.conversation_id = c.id AND m.client_id = $3 AND m.number = 1 \
         WHERE c.contact_id = $1 AND m.sender_id = $2 ORDER BY c.created_at LIMIT 1")
    .bind(contact_id)
    .bind(operator_id)
    .bind(client_id)
    .optional(tx)
    .await
}

/// When somebody wrote last under this identity, in whichever conversation.
pub async fn last_inbound_of(tx: &mut Tx, identity_id: &str) -> Result<Option<Micros>, DbError> {
    sql("SELECT MAX(last_inbound_at) FROM conversations WHERE identity_id = $1")
        .bind(identity_id)
        .one::<(Option<i64>,)>(tx)
        .await
        .map(|(at,)| at)
}
