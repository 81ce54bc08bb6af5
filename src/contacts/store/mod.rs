//! Tables `contacts` and `identities`, and what conversations say of a contact.

pub mod identities;
pub mod marks;
pub mod merges;
pub mod profiles;

use trunkline_channel::Micros;

use crate::db::{Conn, Db, DbError, Tx, json_array, sql};

const CONTACT: &str = "SELECT id, name, language, custom_fields, named_by, merged_into, created_at, updated_at FROM contacts";

#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Contact {
    pub id: String,
    pub name: Option<String>,
    pub language: Option<String>,
    pub custom_fields: String,
    /// The operator who wrote the name.
    pub named_by: Option<String>,
    /// Whose contact this one is now.
    pub merged_into: Option<String>,
    pub created_at: Micros,
    pub updated_at: Micros,
}

#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Identity {
    pub id: String,
    pub contact_id: String,
    pub inbox_id: String,
    pub channel: String,
    pub inbox_name: String,
    pub handle: Option<String>,
    pub name: Option<String>,
    pub verified: bool,
    pub blocked_at: Option<Micros>,
    pub created_at: Micros,
}

#[derive(Debug, Clone, sqlx::FromRow)]
pub struct OtherConversation {
    pub id: String,
    pub channel: String,
    pub inbox_id: String,
    pub state: String,
    pub subject: Option<String>,
    pub last_text: Option<String>,
    pub created_at: Micros,
    pub closed_at: Option<Micros>,
}

pub async fn get<'c>(on: impl Into<Conn<'c>>, id: &str) -> Result<Option<Contact>, DbError> {
    sql(CONTACT).push(" WHERE id = $1").bind(id).optional(on).await
}

/// The contacts among `ids` that are about to be changed, in the order of their ids: others who want to wait.
pub async fn hold(tx: &mut Tx, ids: &[&str]) -> Result<Vec<Contact>, DbError> {
    let lock = tx.row_lock().unwrap_or_default();
    sql(CONTACT)
        .push(" WHERE id IN (SELECT value FROM each_text($1)) ORDER BY id")
        .push(lock)
        .bind(json_array(ids.iter().copied()))
        .all(tx)
        .await
}

/// Row numbers before `before`, newest first; contacts that are part of another are found under that one.
pub async fn newest(db: &Db, before: i64, limit: i64) -> Result<Vec<i64>, DbError> {
    let rows = sql("SELECT row_id FROM contacts WHERE row_id < $1 AND merged_into IS NULL ORDER BY row_id DESC LIMIT $2")
        .bind(before)
        .bind(limit);
    Ok(rows.all::<(i64,)>(db).await?.into_iter().map(|(row,)| row).collect())
}

/// Contacts by row numbers, newest first.
pub async fn by_rows(db: &Db, rows: &[i64]) -> Result<Vec<Contact>, DbError> {
    sql(CONTACT)
        .push(" WHERE row_id IN (SELECT CAST(value AS BIGINT) FROM each_text($1)) AND merged_into IS NULL ORDER BY row_id DESC")
        .bind(serde_json::Value::from(rows).to_string())
        .all(db)
        .await
}

/// Identities of contacts, oldest first.
pub async fn identities<'c>(on: impl Into<Conn<'c>>, contact_ids: &[String]) -> Result<Vec<Identity>, DbError> {
    sql("SELECT i.id, i.contact_id, i.inbox_id, b.channel, b.name AS inbox_name, i.handle, i.name, i.verified, i.blocked_at, i.created_at \
         FROM identities i JOIN inboxes b ON b.id = i.inbox_id \
         WHERE i.contact_id IN (SELECT value FROM each_text($1)) ORDER BY i.id")
    .bind(json_array(contact_ids.iter().map(String::as_str)))
    .all(on)
    .await
}

pub async fn update(tx: &mut Tx, contact: &Contact) -> Result<(), DbError> {
    sql("UPDATE contacts SET name = $1, language = $2, custom_fields = $3, named_by = $4, merged_into = $5, updated_at = $6 WHERE id = $7")
        .bind(contact.name.clone())
        .bind(contact.language.clone())
        .bind(&contact.custom_fields)
        .bind(contact.named_by.clone())
        .bind(contact.merged_into.clone())
        .bind(contact.updated_at)
        .bind(&contact.id)
        .execute(tx)
        .await
        .map(|_| ())
}

/// Contact and metadata of a conversation.
pub async fn contact_of(db: &Db, conversation_id: &str) -> Result<Option<(String, String)>, DbError> {
    sql("SELECT contact_id, metadata FROM conversations WHERE id = $1").bind(conversation_id).optional(db).await
}

/// How many conversations a contact has had, and how many are open.
pub async fn count_conversations(db: &Db, contact_id: &str) -> Result<(i64, i64), DbError> {
    sql("SELECT CAST(COUNT(*) AS BIGINT), \
                CAST(COALESCE(SUM(CASE WHEN state IN ('new', 'active', 'awaiting_response', 'transferred') THEN 1 ELSE 0 END), 0) AS BIGINT) \
         FROM conversations WHERE contact_id = $1")
    .bind(contact_id)
    .one(db)
    .await
}

/// Conversations of a contact other than this one, the latest first.
pub async fn other_conversations(db: &Db, contact_id: &str, but: &str, limit: i64) -> Result<Vec<OtherConversation>, DbError> {
    sql("SELECT id, channel, inbox_id, state, subject, last_text, created_at, closed_at FROM conversations \
         WHERE contact_id = $1 AND id <> $2 ORDER BY created_at DESC, id DESC LIMIT $3")
    .bind(contact_id)
    .bind(but)
    .bind(limit)
    .all(db)
    .await
}
