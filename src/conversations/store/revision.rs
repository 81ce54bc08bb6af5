//! Table `message_revisions`: what messages said before they were edited or deleted.

use trunkline_channel::Micros;

use crate::db::{Conn, DbError, Tx, sql};

/// An earlier text, and what ended it.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct RevisionRow {
    pub text: String,
    /// Until then the message said this.
    pub at: Micros,
    /// `edit` or `delete`.
    pub what: String,
}

/// Earlier texts of a message, oldest first.
pub async fn revisions<'c>(on: impl Into<Conn<'c>>, message_id: &str, limit: i64) -> Result<Vec<RevisionRow>, DbError> {
    sql("SELECT text, at, what FROM message_revisions WHERE message_id = $1 ORDER BY at, number LIMIT $2")
        .bind(message_id)
        .bind(limit)
        .all(on)
        .await
}

/// Keeps what a message says, before it is changed. False when it is deleted already, and says nothing.
pub async fn keep(tx: &mut Tx, message_id: &str, at: Micros, what: &'static str) -> Result<bool, DbError> {
    Ok(sql("INSERT INTO message_revisions (message_id, number, text, at, what) \
            SELECT id, (SELECT CAST(COUNT(*) + 1 AS BIGINT) FROM message_revisions WHERE message_id = $1), text, \
            CAST($2 AS BIGINT), CAST($3 AS TEXT) FROM messages WHERE id = $1 AND deleted_at IS NULL")
    .bind(message_id)
    .bind(at)
    .bind(what)
    .execute(tx)
    .await?
        == 1)
}

/// Keeps the text of an edit that came after a later change: between `at` and that change the message said this.
pub async fn keep_late(tx: &mut Tx, message_id: &str, text: &str, at: Micros) -> Result<(), DbError> {
    let next: Option<(i64, Micros, String, bool)> = sql(
        "SELECT r.number, r.at, r.what, EXISTS (SELECT 1 FROM message_revisions k WHERE k.message_id = $1 AND k.at = $2) AS known \
         FROM message_revisions r WHERE r.message_id = $1 AND r.at > $2 ORDER BY r.at, r.number LIMIT 1",
    )
    .bind(message_id)
    .bind(at)
    .optional(&mut *tx)
    .await?;
    // The same edit once more, or one from which nothing dates.
    let Some((number, until, what, false)) = next else { return Ok(()) };
    sql("UPDATE message_revisions SET at = $3, what = 'edit' WHERE message_id = $1 AND number = $2")
        .bind(message_id)
        .bind(number)
        .bind(at)
        .execute(&mut *tx)
        .await?;
    sql("INSERT INTO message_revisions (message_id, number, text, at, what) \
         SELECT CAST($1 AS TEXT), CAST(COUNT(*) + 1 AS BIGINT), CAST($2 AS TEXT), CAST($3 AS BIGINT), CAST($4 AS TEXT) \
         FROM message_revisions WHERE message_id = $1")
    .bind(message_id)
    .bind(text)
    .bind(until)
    .bind(what)
    .execute(tx)
    .await
    .map(|_| ())
}
