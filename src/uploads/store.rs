//! Tables `uploads` and `attachments`.

use trunkline_channel::Micros;

use crate::access::Visitor;
use crate::db::{Conn, Db, DbError, Tx, bulk, json_array, sql};

#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Upload {
    pub id: String,
    pub owner: String,
    pub name: String,
    pub content_type: String,
    pub size: i64,
    pub hash: String,
    pub created_at: Micros,
}

#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Attachment {
    pub id: String,
    pub message_id: String,
    pub name: String,
    pub content_type: String,
    pub size: i64,
    pub hash: Option<String>,
    pub inline: bool,
    pub content_id: Option<String>,
    pub state: String,
}

/// A file to fetch.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Waiting {
    pub id: String,
    pub message_id: String,
    pub conversation_id: String,
    pub inbox_id: String,
    pub reference: String,
    pub attempts: i64,
    pub next_at: Micros,
    /// The message was deleted meanwhile.
    pub deleted: bool,
}

pub async fn insert_upload(tx: &mut Tx, upload: &Upload) -> Result<(), DbError> {
    sql("INSERT INTO uploads (id, owner, name, content_type, size, hash, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)")
        .bind(&upload.id)
        .bind(&upload.owner)
        .bind(&upload.name)
        .bind(&upload.content_type)
        .bind(upload.size)
        .bind(&upload.hash)
        .bind(upload.created_at)
        .execute(tx)
        .await
        .map(|_| ())
}

/// Uploads of one owner among `ids`.
pub async fn uploads<'c>(on: impl Into<Conn<'c>>, owner: &str, ids: &[String]) -> Result<Vec<Upload>, DbError> {
    sql("SELECT id, owner, name, content_type, size, hash, created_at FROM uploads \
         WHERE owner = $1 AND id IN (SELECT value FROM each_text($2))")
    .bind(owner)
    .bind(json_array(ids.iter().map(String::as_str)))
    .all(on)
    .await
}

/// Drops up to `limit` of the uploads older than a moment, the oldest first; the hashes of their files. Messages have
/// copies of what they took.
pub async fn forget_uploads(tx: &mut Tx, before: Micros, limit: i64) -> Result<Vec<String>, DbError> {
    let rows: Vec<(String, String)> = sql("SELECT id, hash FROM uploads WHERE created_at < $1 ORDER BY created_at LIMIT $2")
        .bind(before)
        .bind(limit)
        .all(&mut *tx)
        .await?;
    sql("DELETE FROM uploads WHERE id IN (SELECT value FROM each_text($1))")
        .bind(json_array(rows.iter().map(|(id, _)| id.as_str())))
        .execute(tx)
        .await?;
    Ok(rows.into_iter().map(|(_, hash)| hash).collect())
}

/// Those of the files that neither a message nor an upload refers to, each once.
pub async fn unused(db: &Db, hashes: &[String]) -> Result<Vec<String>, DbError> {
    let rows: Vec<(String,)> = sql("SELECT DISTINCT value FROM each_text($1) \
         WHERE NOT EXISTS (SELECT 1 FROM attachments a WHERE a.hash = value) \
         AND NOT EXISTS (SELECT 1 FROM uploads u WHERE u.hash = value)")
    .bind(json_array(hashes.iter().map(String::as_str)))
    .all(db)
    .await?;
    Ok(rows.into_iter().map(|(hash,)| hash).collect())
}

/// How many files and bytes an owner has sent since a moment, and when the first of them came.
pub async fn used<'c>(on: impl Into<Conn<'c>>, owner: &str, since: Micros) -> Result<(i64, i64, Option<Micros>), DbError> {
    sql("SELECT CAST(COUNT(*) AS BIGINT), CAST(COALESCE(SUM(size), 0) AS BIGINT), MIN(created_at) FROM uploads \
         WHERE owner = $1 AND created_at > $2")
    .bind(owner)
    .bind(since)
    .one(on)
    .await
}

/// Copies uploads into attachments of a message, in this order; each comes with its new id.
pub async fn attach(tx: &mut Tx, message_id: &str, taken: &[(String, &Upload)]) -> Result<(), DbError> {
    let mut rows = bulk("INSERT INTO attachments (id, message_id, position, name, content_type, size, hash, state)", 8, "");
    for (position, (id, upload)) in (0_i64..).zip(taken) {
        rows.row([
            id.into(),
            message_id.into(),
            position.into(),
            (&upload.name).into(),
            (&upload.content_type).into(),
            upload.size.into(),
            (&upload.hash).into(),
            "stored".into(),
        ]);
    }
    rows.execute(tx).await.map(|_| ())
}

/// An attachment of a message that still stands, for operators.
pub async fn attachment_for_staff(db: &Db, id: &str) -> Result<Option<Attachment>, DbError> {
    sql("SELECT a.id, a.message_id, a.name, a.content_type, a.size, a.hash, a.inline, a.content_id, a.state \
         FROM attachments a JOIN messages m ON m.id = a.message_id WHERE a.id = $1 AND m.deleted_at IS NULL")
    .bind(id)
    .optional(db)
    .await
}

/// The same for a visitor: only in conversations of their own, and never of a private note.
pub async fn attachment_for_visitor(db: &Db, id: &str, visitor: &Visitor) -> Result<Option<Attachment>, DbError> {
    sql("SELECT a.id, a.message_id, a.name, a.content_type, a.size, a.hash, a.inline, a.content_id, a.state \
         FROM attachments a JOIN messages m ON m.id = a.message_id \
         JOIN conversations c ON c.id = m.conversation_id JOIN identities i ON i.id = c.identity_id \
         WHERE a.id = $1 AND m.deleted_at IS NULL AND m.kind <> 'note' AND i.inbox_id = $2 AND i.external_id = $3")
    .bind(id)
    .bind(&visitor.inbox_id)
    .bind(&visitor.external_id)
    .optional(db)
    .await
}

/// Files whose turn has come, the longest waiting first.
pub async fn due(db: &Db, now: Micros, limit: i64) -> Result<Vec<Waiting>, DbError> {
    sql("SELECT a.id, a.message_id, m.conversation_id, m.inbox_id, a.reference, a.attempts, a.next_at, \
         m.deleted_at IS NOT NULL AS deleted \
         FROM attachments a JOIN messages m ON m.id = a.message_id \
         WHERE a.state = 'waiting' AND a.reference IS NOT NULL AND a.next_at <= $1 ORDER BY a.next_at LIMIT $2")
    .bind(now)
    .bind(limit)
    .all(db)
    .await
}

/// Takes a due file: nobody else sees it as due until `until`. False when somebody else was quicker.
pub async fn claim(tx: &mut Tx, waiting: &Waiting, until: Micros) -> Result<bool, DbError> {
    sql("UPDATE attachments SET next_at = $1 WHERE id = $2 AND state = 'waiting' AND next_at = $3")
        .bind(until)
        .bind(&waiting.id)
        .bind(waiting.next_at)
        .execute(tx)
        .await
        .map(|changed| changed == 1)
}

/// The file is here. False when it was settled by somebody else meanwhile.
pub async fn mark_stored(tx: &mut Tx, id: &str, stored: &crate::blobs::Stored) -> Result<bool, DbError> {
    sql("UPDATE attachments SET state = 'stored', hash = $1, size = $2, content_type = $3, error = NULL, next_at = NULL \
         WHERE id = $4 AND state = 'waiting'")
    .bind(&stored.hash)
    .bind(stored.size)
    .bind(stored.content_type)
    .bind(id)
    .execute(tx)
    .await
    .map(|changed| changed == 1)
}

/// Not fetched: another try at `next_at`, or none when it is `None`.
pub async fn mark_unfetched(
    tx: &mut Tx,
    id: &str,
    attempts: i64,
    error: Option<&str>,
    next_at: Option<Micros>,
) -> Result<bool, DbError> {
    sql("UPDATE attachments SET state = $1, attempts = $2, error = $3, next_at = $4 WHERE id = $5 AND state = 'waiting'")
        .bind(if next_at.is_some() { "waiting" } else { "failed" })
        .bind(attempts)
        .bind(error)
        .bind(next_at)
        .bind(id)
        .execute(tx)
        .await
        .map(|changed| changed == 1)
}

/// Starts a failed file's tries again. False when it is not a failed one.
pub async fn mark_waiting_again(tx: &mut Tx, id: &str, now: Micros) -> Result<bool, DbError> {
    sql("UPDATE attachments SET state = 'waiting', attempts = 0, error = NULL, next_at = $1 WHERE id = $2 AND state = 'failed' AND reference IS NOT NULL")
        .bind(now)
        .bind(id)
        .execute(tx)
        .await
        .map(|changed| changed == 1)
}

/// The conversation a message is in.
pub async fn conversation_of(tx: &mut Tx, message_id: &str) -> Result<String, DbError> {
    sql("SELECT conversation_id FROM messages WHERE id = $1").bind(message_id).scalar(tx).await
}
