//! Reading and adding rows of `messages`.

use std::collections::HashMap;

use serde_json::Value;
use trunkline_channel::Micros;

use crate::conversations::views::{AttachmentView, MessageView, ReactionView};
use crate::db::{Conn, DbError, Tx, json_array, sql};

/// A message as it is stored.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct MessageRow {
    pub id: String,
    pub conversation_id: String,
    pub number: i64,
    pub sender_type: String,
    pub sender_id: Option<String>,
    pub sender_name: Option<String>,
    pub kind: String,
    pub text: String,
    pub has_full_text: bool,
    pub has_html: bool,
    pub status: String,
    pub client_id: Option<String>,
    pub reply_to: Option<String>,
    pub automatic: bool,
    pub extra: String,
    pub sent_at: Option<Micros>,
    pub created_at: Micros,
    pub edited_at: Option<Micros>,
    pub deleted_at: Option<Micros>,
}

const ROW: &str = "SELECT id, conversation_id, number, sender_type, sender_id, sender_name, kind, text, full_text IS NOT NULL AS has_full_text, \
    html IS NOT NULL AS has_html, status, client_id, reply_to, automatic, extra, sent_at, created_at, edited_at, deleted_at FROM messages";

impl MessageRow {
    /// What a message shows; a deleted one shows that it was there, not what it said.
    #[must_use]
    pub fn into_view(self, attachments: Vec<AttachmentView>, reactions: Vec<ReactionView>) -> MessageView {
        let gone = self.deleted_at.is_some();
        MessageView {
            id: self.id,
            conversation_id: self.conversation_id,
            number: self.number,
            sender_type: self.sender_type,
            sender_id: self.sender_id,
            sender_name: self.sender_name,
            kind: self.kind,
            text: if gone { String::new() } else { self.text },
            has_html: self.has_html && !gone,
            has_full_text: self.has_full_text && !gone,
            attachments: if gone { Vec::new() } else { attachments },
            reactions,
            amendment: None,
            status: self.status,
            client_id: self.client_id,
            reply_to: self.reply_to,
            automatic: self.automatic,
            extra: serde_json::from_str(&self.extra).unwrap_or(Value::Null),
            sent_at: self.sent_at,
            at: self.created_at,
            edited_at: self.edited_at,
            deleted_at: self.deleted_at,
        }
    }
}

/// Messages of a conversation next to a number: before it (newest first) or after it (oldest first).
pub async fn messages<'c>(
    on: impl Into<Conn<'c>>,
    conversation_id: &str,
    edge: i64,
    backwards: bool,
    for_customer: bool,
    limit: i64,
) -> Result<Vec<MessageRow>, DbError> {
    let direction = if backwards { " AND number < ? ORDER BY number DESC" } else { " AND number > ? ORDER BY number" };
    // What the customer never sees: notes, and what the system writes for the staff. Inside a text of JSON, quotes are
    // escaped: nothing that anybody wrote looks like the mark.
    let visible = if for_customer {
        " AND (kind NOT IN ('note', 'system', 'action') OR (kind = 'system' AND sender_type = 'system' AND extra LIKE '%\"for_customer\":true%'))"
    } else {
        ""
    };
    sql(ROW)
        .push_bound(" WHERE conversation_id = ?", vec![conversation_id.into()])
        .push(visible)
        .push_bound(direction, vec![edge.into()])
        .push_bound(" LIMIT ?", vec![limit.into()])
        .all(on)
        .await
}

pub async fn messages_by_ids<'c>(on: impl Into<Conn<'c>>, ids: &[String]) -> Result<Vec<MessageRow>, DbError> {
    let ids = json_array(ids.iter().map(String::as_str));
    sql(ROW).push_bound(" WHERE id IN (SELECT value FROM each_text(?))", vec![ids.into()]).all(on).await
}

pub async fn by_client_id(tx: &mut Tx, conversation_id: &str, client_id: &str) -> Result<Option<MessageRow>, DbError> {
    sql(ROW)
        .push_bound(" WHERE conversation_id = ? AND client_id = ?", vec![conversation_id.into(), client_id.into()])
        .optional(tx)
        .await
}

/// Id of the message with that number in its conversation.
pub async fn id_of_number(tx: &mut Tx, conversation_id: &str, number: i64) -> Result<Option<String>, DbError> {
    let found: Option<(String,)> = sql("SELECT id FROM messages WHERE conversation_id = $1 AND number = $2")
        .bind(conversation_id)
        .bind(number)
        .optional(tx)
        .await?;
    Ok(found.map(|(id,)| id))
}

/// One message with everything that hangs on it.
pub async fn message_view<'c>(on: impl Into<Conn<'c>>, id: &str) -> Result<Option<MessageView>, DbError> {
    let mut conn = on.into();
    let rows = messages_by_ids(conn.again(), &[id.to_owned()]).await?;
    Ok(views_of_messages(conn, rows).await?.pop())
}

/// Adds attachments and reactions to rows, in two statements for all of them.
pub async fn views_of_messages(mut conn: Conn<'_>, rows: Vec<MessageRow>) -> Result<Vec<MessageView>, DbError> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let ids = json_array(rows.iter().map(|row| row.id.as_str()));
    let attachments: Vec<AttachmentRow> =
        sql("SELECT id, message_id, name, content_type, size, inline, content_id, state FROM attachments \
         WHERE message_id IN (SELECT value FROM each_text($1)) ORDER BY message_id, position")
        .bind(ids.as_str())
        .all(conn.again())
        .await?;
    let reactions: Vec<(String, String, String)> = sql(
        "SELECT message_id, actor, emoji FROM reactions WHERE message_id IN (SELECT value FROM each_text($1)) ORDER BY message_id, at",
    )
    .bind(ids)
    .all(conn)
    .await?;
    let mut files: HashMap<String, Vec<AttachmentView>> = HashMap::new();
    for row in attachments {
        files.entry(row.message_id.clone()).or_default().push(row.into_view());
    }
    let mut marks: HashMap<String, Vec<ReactionView>> = HashMap::new();
    for (message_id, actor, emoji) in reactions {
        marks.entry(message_id).or_default().push(ReactionView { actor, emoji });
    }
    let view = |row: MessageRow| {
        let (files, marks) = (files.remove(&row.id).unwrap_or_default(), marks.remove(&row.id).unwrap_or_default());
        row.into_view(files, marks)
    };
    Ok(rows.into_iter().map(view).collect())
}

#[derive(Debug, sqlx::FromRow)]
struct AttachmentRow {
    id: String,
    message_id: String,
    name: String,
    content_type: String,
    size: i64,
    inline: bool,
    content_id: Option<String>,
    state: String,
}

impl AttachmentRow {
    fn into_view(self) -> AttachmentView {
        let url = AttachmentView::url_of(&self.id);
        AttachmentView {
            url,
            id: self.id,
            name: self.name,
            content_type: self.content_type,
            size: self.size,
            inline: self.inline,
            content_id: self.content_id,
            state: self.state,
        }
    }
}

/// A message that people or the daemon write (what customers write comes through intake).
#[derive(Debug)]
pub struct NewMessage<'a> {
    pub id: &'a str,
    pub conversation_id: &'a str,
    pub inbox_id: &'a str,
    pub sender_type: &'a str,
    pub sender_id: Option<&'a str>,
    pub sender_name: Option<&'a str>,
    pub kind: &'a str,
    pub text: &'a str,
    pub status: &'a str,
    pub client_id: Option<&'a str>,
    pub reply_to: Option<&'a str>,
    pub extra: &'a Value,
    pub at: Micros,
}

/// Gives the message the next number of its conversation and stores it. `shown` makes it the last message of lists.
pub async fn append(tx: &mut Tx, message: &NewMessage<'_>, shown: bool) -> Result<i64, DbError> {
    let number: i64 = if shown {
        sql("UPDATE conversations SET last_number = last_number + 1, updated_at = $2, last_text = $3, last_sender = $4, last_kind = $5, \
             last_shown = last_number + 1, last_message_at = $2 WHERE id = $1 RETURNING last_number")
            .bind(message.conversation_id)
            .bind(message.at)
            .bind(preview(message.text))
            .bind(message.sender_type)
            .bind(message.kind)
            .scalar(&mut *tx)
            .await?
    } else {
        sql("UPDATE conversations SET last_number = last_number + 1 WHERE id = $1 RETURNING last_number")
            .bind(message.conversation_id)
            .scalar(&mut *tx)
            .await?
    };
    sql("INSERT INTO messages (id, conversation_id, number, inbox_id, sender_type, sender_id, sender_name, kind, text, status, client_id, \
         reply_to, extra, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)")
        .bind(message.id)
        .bind(message.conversation_id)
        .bind(number)
        .bind(message.inbox_id)
        .bind(message.sender_type)
        .bind(message.sender_id)
        .bind(message.sender_name)
        .bind(message.kind)
        .bind(message.text)
        .bind(message.status)
        .bind(message.client_id)
        .bind(message.reply_to)
        .bind(message.extra.to_string())
        .bind(message.at)
        .execute(tx)
        .await?;
    Ok(number)
}

/// The beginning of a text, for lists.
#[must_use]
pub fn preview(text: &str) -> String {
    const CHARS: usize = 160;
    text.chars().take(CHARS).collect()
}

pub async fn is_message_of<'c>(on: impl Into<Conn<'c>>, conversation_id: &str, message_id: &str) -> Result<bool, DbError> {
    Ok(sql("SELECT id FROM messages WHERE id = $1 AND conversation_id = $2")
        .bind(message_id)
        .bind(conversation_id)
        .optional::<(String,)>(on)
        .await?
        .is_some())
}

/// The longer or safer forms of a message: full text and HTML.
pub async fn long_forms<'c>(
    on: impl Into<Conn<'c>>,
    conversation_id: &str,
    message_id: &str,
) -> Result<Option<(Option<String>, Option<String>)>, DbError> {
    sql("SELECT full_text, html FROM messages WHERE id = $1 AND conversation_id = $2 AND deleted_at IS NULL")
        .bind(message_id)
        .bind(conversation_id)
        .optional(on)
        .await
}

/// Stored images that a message's HTML may show inside itself.
#[derive(Debug, sqlx::FromRow)]
pub struct InlineImage {
    pub content_id: String,
    pub content_type: String,
    pub size: i64,
    pub hash: String,
}

pub async fn inline_images<'c>(on: impl Into<Conn<'c>>, message_id: &str) -> Result<Vec<InlineImage>, DbError> {
    sql("SELECT content_id, content_type, size, hash FROM attachments WHERE message_id = $1 AND content_id IS NOT NULL \
         AND hash IS NOT NULL AND content_type LIKE 'image/%' ORDER BY position")
    .bind(message_id)
    .all(on)
    .await
}
