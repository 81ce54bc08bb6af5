//! SQL of hand-overs to mail.

use sqlx::FromRow;
use trunkline_channel::Micros;

use super::Handover;
use crate::db::{Conn, DbError, Tx, sql};

/// Where a conversation's answers go by mail, and who may be reading them in the chat.
#[derive(Debug, FromRow)]
pub struct Route {
    /// The mail inbox.
    pub inbox_id: String,
    pub home_inbox_id: String,
    pub visitor: String,
}

pub async fn of<'c>(on: impl Into<Conn<'c>>, conversation_id: &str) -> Result<Option<Handover>, DbError> {
    sql("SELECT conversation_id, inbox_id, email, name, footer, at FROM mail_handovers WHERE conversation_id = $1")
        .bind(conversation_id)
        .optional(on)
        .await
}

pub async fn insert(tx: &mut Tx, new: &Handover) -> Result<(), DbError> {
    sql("INSERT INTO mail_handovers (conversation_id, inbox_id, email, name, footer, at) VALUES ($1, $2, $3, $4, $5, $6)")
        .bind(&new.conversation_id)
        .bind(&new.inbox_id)
        .bind(&new.email)
        .bind(new.name.clone())
        .bind(&new.footer)
        .bind(new.at)
        .execute(tx)
        .await
        .map(|_| ())
}

/// `None` also where the mail inbox is gone.
pub async fn route(tx: &mut Tx, conversation_id: &str) -> Result<Option<Route>, DbError> {
    sql("SELECT h.inbox_id, i.inbox_id AS home_inbox_id, i.external_id AS visitor FROM mail_handovers h \
         JOIN inboxes b ON b.id = h.inbox_id AND b.state <> 'removed' JOIN conversations c ON c.id = h.conversation_id \
         JOIN identities i ON i.id = c.identity_id WHERE h.conversation_id = $1")
    .bind(conversation_id)
    .optional(tx)
    .await
}

/// Answers that still wait for the visitor to read them wait no longer than until `at`.
pub async fn bring_forward(tx: &mut Tx, conversation_id: &str, inbox_id: &str, at: Micros) -> Result<(), DbError> {
    sql("UPDATE deliveries SET next_at = $3 WHERE conversation_id = $1 AND inbox_id = $2 AND state = 'queued' AND next_at > $3")
        .bind(conversation_id)
        .bind(inbox_id)
        .bind(at)
        .execute(tx)
        .await
        .map(|_| ())
}
