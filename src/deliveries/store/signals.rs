//! Whom a signal goes to.

use sqlx::FromRow;

use crate::db::{Db, DbError, sql};

#[derive(Debug, Clone, FromRow)]
pub struct TargetRow {
    pub inbox_id: String,
    pub peer: String,
    pub peer_name: Option<String>,
    pub peer_handle: Option<String>,
    pub peer_verified: bool,
    /// Provider id of the customer's last message.
    pub last_inbound: Option<String>,
}

/// `None` where the conversation is not this operator's: a colleague's glance is nothing to the customer.
pub async fn target(db: &Db, conversation_id: &str, operator_id: &str) -> Result<Option<TargetRow>, DbError> {
    sql("SELECT c.inbox_id, i.external_id AS peer, i.name AS peer_name, i.handle AS peer_handle, i.verified AS peer_verified, \
         (SELECT l.external_id FROM messages l WHERE l.conversation_id = c.id AND l.sender_type = 'customer' \
         AND l.external_id IS NOT NULL ORDER BY l.number DESC LIMIT 1) AS last_inbound \
         FROM conversations c JOIN identities i ON i.id = c.identity_id \
         WHERE c.id = $1 AND c.assignee_id = $2 AND c.state NOT IN ('closed', 'archived')")
    .bind(conversation_id)
    .bind(operator_id)
    .optional(db)
    .await
}
