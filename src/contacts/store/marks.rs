//! Table `identity_marks`: what identities of one person have in common.

use crate::db::{Db, DbError, Tx, bulk, json_array, sql};

/// (identity, kind, value).
pub type Mark = (String, &'static str, String);

/// Adds marks; those that are there already stay.
pub async fn insert(tx: &mut Tx, marks: &[Mark]) -> Result<(), DbError> {
    let mut rows = bulk("INSERT INTO identity_marks (identity_id, kind, value)", 3, "ON CONFLICT DO NOTHING");
    for (identity_id, kind, value) in marks {
        rows.row([identity_id.into(), (*kind).into(), value.into()]);
    }
    rows.execute(tx).await.map(|_| ())
}

/// Takes an identity's marks away, for those that are true now.
pub async fn clear(tx: &mut Tx, identity_id: &str) -> Result<(), DbError> {
    sql("DELETE FROM identity_marks WHERE identity_id = $1").bind(identity_id).execute(tx).await.map(|_| ())
}

/// What marks are made from.
#[derive(Debug, sqlx::FromRow)]
pub struct Facts {
    pub channel: String,
    pub external_id: String,
    pub handle: Option<String>,
    /// As the customer gave it.
    pub phone: Option<String>,
    pub verified: bool,
}

pub async fn facts(tx: &mut Tx, identity_id: &str) -> Result<Option<Facts>, DbError> {
    sql("SELECT b.channel, i.external_id, i.handle, i.phone, i.verified FROM identities i JOIN inboxes b ON b.id = i.inbox_id WHERE i.id = $1")
        .bind(identity_id)
        .optional(tx)
        .await
}

/// Ids of a person that are good for ever.
pub async fn aliases(tx: &mut Tx, identity_id: &str) -> Result<Vec<String>, DbError> {
    let rows: Vec<(String,)> = sql("SELECT external_id FROM identity_aliases WHERE identity_id = $1 AND until IS NULL")
        .bind(identity_id)
        .all(tx)
        .await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// What a contact shares with others: (other contact, kind, value), at most `limit`.
pub async fn shared(db: &Db, contact_id: &str, limit: i64) -> Result<Vec<(String, String, String)>, DbError> {
    sql("SELECT DISTINCT other.contact_id, mine.kind, mine.value FROM identities i JOIN identity_marks mine ON mine.identity_id = i.id \
         JOIN identity_marks theirs ON theirs.kind = mine.kind AND theirs.value = mine.value \
         JOIN identities other ON other.id = theirs.identity_id \
         WHERE i.contact_id = $1 AND other.contact_id <> $1 ORDER BY 1, 2, 3 LIMIT $2")
    .bind(contact_id)
    .bind(limit)
    .all(db)
    .await
}

/// Contacts by ids, in their order.
pub async fn contacts(db: &Db, ids: &[&str]) -> Result<Vec<super::Contact>, DbError> {
    sql(super::CONTACT)
        .push(" WHERE merged_into IS NULL AND id IN (SELECT value FROM each_text($1)) ORDER BY id")
        .bind(json_array(ids.iter().copied()))
        .all(db)
        .await
}
