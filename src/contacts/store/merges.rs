//! Tables `contact_merges` and `contact_merge_moves`.

use trunkline_channel::Micros;

use crate::db::{DbError, Tx, bulk, sql};

/// One merge, as it was made.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Merge {
    pub id: String,
    pub into_id: String,
    pub from_id: String,
    /// `operator` or `provider`.
    pub reason: String,
    /// JSON of what the one took over from the other.
    pub filled: String,
}

/// What moved: (`identity` or `conversation`, its id).
pub type Moved = (&'static str, String);

/// Keeps identities from being given new conversations while they move.
pub async fn hold_identities(tx: &mut Tx, contact_id: &str) -> Result<(), DbError> {
    let Some(lock) = tx.row_lock() else { return Ok(()) };
    sql(format!("SELECT id FROM identities WHERE contact_id = $1 ORDER BY id{lock}"))
        .bind(contact_id)
        .all::<(String,)>(tx)
        .await
        .map(|_| ())
}

/// Moves everything of one contact to another.
pub async fn move_all(tx: &mut Tx, from: &str, into: &str) -> Result<Vec<Moved>, DbError> {
    let mut moved: Vec<Moved> = Vec::new();
    for (kind, text) in [
        ("identity", "UPDATE identities SET contact_id = $1 WHERE contact_id = $2 RETURNING id"),
        ("conversation", "UPDATE conversations SET contact_id = $1 WHERE contact_id = $2 RETURNING id"),
    ] {
        let rows: Vec<(String,)> = sql(text).bind(into).bind(from).all(&mut *tx).await?;
        moved.extend(rows.into_iter().map(|(id,)| (kind, id)));
    }
    Ok(moved)
}

pub async fn insert(tx: &mut Tx, merge: &Merge, moved: &[Moved], by: Option<&str>, at: Micros) -> Result<(), DbError> {
    sql("INSERT INTO contact_merges (id, into_id, from_id, reason, by_id, filled, at) VALUES ($1, $2, $3, $4, $5, $6, $7)")
        .bind(&merge.id)
        .bind(&merge.into_id)
        .bind(&merge.from_id)
        .bind(&merge.reason)
        .bind(by)
        .bind(&merge.filled)
        .bind(at)
        .execute(&mut *tx)
        .await?;
    let mut rows = bulk("INSERT INTO contact_merge_moves (merge_id, kind, ref)", 3, "");
    for (kind, id) in moved {
        rows.row([(&merge.id).into(), (*kind).into(), id.into()]);
    }
    rows.execute(tx).await.map(|_| ())
}

/// The merge in which a contact became part of another, or else the last one in which another became part of it.
pub async fn last_of(tx: &mut Tx, contact_id: &str) -> Result<Option<Merge>, DbError> {
    sql("SELECT id, into_id, from_id, reason, filled FROM contact_merges WHERE undone_at IS NULL AND (from_id = $1 OR into_id = $1) \
         ORDER BY from_id = $1 DESC, id DESC LIMIT 1")
    .bind(contact_id)
    .optional(tx)
    .await
}

/// Moves back what a merge moved and what has been begun since with an identity that it moved. Returns the conversations.
pub async fn move_back(tx: &mut Tx, merge: &Merge) -> Result<Vec<String>, DbError> {
    sql("UPDATE identities SET contact_id = $1 WHERE contact_id = $2 \
         AND id IN (SELECT ref FROM contact_merge_moves WHERE merge_id = $3 AND kind = 'identity')")
    .bind(&merge.from_id)
    .bind(&merge.into_id)
    .bind(&merge.id)
    .execute(&mut *tx)
    .await?;
    let rows: Vec<(String,)> = sql("UPDATE conversations SET contact_id = $1 WHERE contact_id = $2 \
         AND (id IN (SELECT ref FROM contact_merge_moves WHERE merge_id = $3 AND kind = 'conversation') \
         OR identity_id IN (SELECT ref FROM contact_merge_moves WHERE merge_id = $3 AND kind = 'identity')) RETURNING id")
    .bind(&merge.from_id)
    .bind(&merge.into_id)
    .bind(&merge.id)
    .all(tx)
    .await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// `false` when somebody has undone it meanwhile.
pub async fn set_undone(tx: &mut Tx, merge_id: &str, by: &str, at: Micros) -> Result<bool, DbError> {
    sql("UPDATE contact_merges SET undone_at = $2, undone_by = $3 WHERE id = $1 AND undone_at IS NULL")
        .bind(merge_id)
        .bind(at)
        .bind(by)
        .execute(tx)
        .await
        .map(|changed| changed == 1)
}

/// Those of a contact's conversations that people have before them, the latest first.
pub async fn open_conversations(tx: &mut Tx, contact_id: &str, limit: i64) -> Result<Vec<String>, DbError> {
    let rows: Vec<(String,)> = sql("SELECT id FROM conversations WHERE contact_id = $1 AND state NOT IN ('closed', 'archived') \
         ORDER BY updated_at DESC, id LIMIT $2")
    .bind(contact_id)
    .bind(limit)
    .all(tx)
    .await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}
