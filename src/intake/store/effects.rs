//! The SQL of effects on stored messages.

use trunkline_channel::Micros;

use crate::contacts::store::identities::identity_of;
use crate::conversations::store::revision;
use crate::db::{DbError, Tx, sql};

/// The message an effect is about.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Target {
    pub id: String,
    pub conversation_id: String,
    pub text: String,
    pub edited_at: Option<Micros>,
    pub deleted_at: Option<Micros>,
}

/// By the provider's id, of messages received and of messages sent.
pub async fn message_by_external_id(tx: &mut Tx, inbox_id: &str, external_id: &str) -> Result<Option<Target>, DbError> {
    sql("SELECT id, conversation_id, text, edited_at, deleted_at FROM messages WHERE inbox_id = $1 AND external_id = $2 \
         UNION ALL SELECT m.id, m.conversation_id, m.text, m.edited_at, m.deleted_at FROM external_ids x JOIN messages m ON m.id = x.message_id \
         WHERE x.inbox_id = $1 AND x.external_id = $2")
        .bind(inbox_id)
        .bind(external_id)
        .optional(tx)
        .await
}

pub async fn message_by_id(tx: &mut Tx, id: &str) -> Result<Option<Target>, DbError> {
    sql("SELECT id, conversation_id, text, edited_at, deleted_at FROM messages WHERE id = $1").bind(id).optional(tx).await
}

/// Keeps a message from others until the commit; as it is now.
pub async fn hold_message(tx: &mut Tx, target: &Target) -> Result<Target, DbError> {
    let Some(lock) = tx.row_lock() else { return Ok(target.clone()) };
    let text = format!("SELECT id, conversation_id, text, edited_at, deleted_at FROM messages WHERE id = $1{lock}");
    Ok(sql(text).bind(&target.id).optional(tx).await?.unwrap_or_else(|| target.clone()))
}

/// What was there before is kept.
pub async fn edit_message(tx: &mut Tx, target: &Target, text: &str, html: Option<&str>, at: Micros) -> Result<(), DbError> {
    revision::keep(tx, &target.id, at, "edit").await?;
    sql("UPDATE messages SET text = $2, html = $3, full_text = NULL, edited_at = $4 WHERE id = $1")
        .bind(&target.id)
        .bind(text)
        .bind(html)
        .bind(at)
        .execute(tx)
        .await
        .map(|_| ())
}

/// What lists show of a conversation, when the message is the one they show.
pub async fn renew_preview(tx: &mut Tx, target: &Target, preview: &str) -> Result<(), DbError> {
    sql("UPDATE conversations SET last_text = $3 WHERE id = $1 AND last_shown = (SELECT number FROM messages WHERE id = $2)")
        .bind(&target.conversation_id)
        .bind(&target.id)
        .bind(preview)
        .execute(tx)
        .await
        .map(|_| ())
}

/// The message says nothing any more, to nobody; what it said is kept. False when it was deleted before.
pub async fn delete_message(tx: &mut Tx, message_id: &str, at: Micros) -> Result<bool, DbError> {
    if !revision::keep(tx, message_id, at, "delete").await? {
        return Ok(false);
    }
    sql("UPDATE messages SET deleted_at = $2, text = '', full_text = NULL, html = NULL WHERE id = $1")
        .bind(message_id)
        .bind(at)
        .execute(tx)
        .await
        .map(|changed| changed == 1)
}

/// False when nothing changed, or when a later reaction is already there.
pub async fn set_reaction(tx: &mut Tx, message_id: &str, actor: &str, emoji: &str, at: Micros) -> Result<bool, DbError> {
    Ok(sql("INSERT INTO reactions (message_id, actor, emoji, at) VALUES ($1, $2, $3, $4) \
            ON CONFLICT (message_id, actor) DO UPDATE SET emoji = excluded.emoji, at = excluded.at \
            WHERE reactions.emoji <> excluded.emoji AND reactions.at <= excluded.at")
    .bind(message_id)
    .bind(actor)
    .bind(emoji)
    .bind(at)
    .execute(tx)
    .await?
        == 1)
}

pub async fn clear_reaction(tx: &mut Tx, message_id: &str, actor: &str) -> Result<bool, DbError> {
    Ok(sql("DELETE FROM reactions WHERE message_id = $1 AND actor = $2").bind(message_id).bind(actor).execute(tx).await? == 1)
}

/// The open conversation of whoever goes by this id.
pub async fn open_conversation_of(
    tx: &mut Tx,
    inbox_id: &str,
    external_id: &str,
    now: Micros,
) -> Result<Option<String>, DbError> {
    let text = format!(
        "SELECT c.id FROM conversations c WHERE c.identity_id = {} AND c.state NOT IN ('closed', 'archived') \
         ORDER BY c.created_at DESC LIMIT 1",
        identity_of("$1", "$2", "$3")
    );
    let found: Option<(String,)> = sql(text).bind(inbox_id).bind(external_id).bind(now).optional(tx).await?;
    Ok(found.map(|(id,)| id))
}
