//! The columns of `identities` and `contacts` that a provider's profile fills.

use trunkline_channel::{Micros, Profile};

use crate::db::{Db, DbError, Tx, sql};

/// An identity whose name the provider is to be asked for.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Nameless {
    pub id: String,
    pub contact_id: String,
    pub inbox_id: String,
    pub external_id: String,
    pub handle: Option<String>,
    pub verified: bool,
    pub profile_at: Micros,
    pub profile_attempts: i64,
}

/// Identities whose turn has come, the longest waiting first.
pub async fn due(db: &Db, now: Micros, limit: i64) -> Result<Vec<Nameless>, DbError> {
    sql("SELECT id, contact_id, inbox_id, external_id, handle, verified, profile_at, profile_attempts FROM identities \
         WHERE profile_at IS NOT NULL AND profile_at <= $1 ORDER BY profile_at LIMIT $2")
    .bind(now)
    .bind(limit)
    .all(db)
    .await
}

/// Nobody else sees it as due until then. False when somebody else was quicker.
pub async fn claim(tx: &mut Tx, nameless: &Nameless, until: Micros) -> Result<bool, DbError> {
    sql("UPDATE identities SET profile_at = $1 WHERE id = $2 AND profile_at = $3")
        .bind(until)
        .bind(&nameless.id)
        .bind(nameless.profile_at)
        .execute(tx)
        .await
        .map(|changed| changed == 1)
}

/// When to ask again, or never.
pub async fn ask_again(tx: &mut Tx, id: &str, attempts: i64, at: Option<Micros>) -> Result<(), DbError> {
    sql("UPDATE identities SET profile_at = $1, profile_attempts = $2 WHERE id = $3")
        .bind(at)
        .bind(attempts)
        .bind(id)
        .execute(tx)
        .await
        .map(|_| ())
}

/// Fills in what is not known yet. The contact's name only where nobody has given it one: until then it shows the
/// handle. Returns the contact when it or the identity has changed.
pub async fn fill(tx: &mut Tx, id: &str, profile: &Profile, now: Micros) -> Result<Option<String>, DbError> {
    let before: Option<(String, Option<String>, Option<String>)> =
        sql("SELECT contact_id, name, handle FROM identities WHERE id = $1").bind(id).optional(&mut *tx).await?;
    // Fused with another one meanwhile.
    let Some((contact_id, name, handle)) = before else { return Ok(None) };
    let identity = sql("UPDATE identities SET name = COALESCE(name, $2), handle = COALESCE(handle, $3) WHERE id = $1 \
                        AND ((name IS NULL AND $2 IS NOT NULL) OR (handle IS NULL AND $3 IS NOT NULL))")
    .bind(id)
    .bind(profile.name.clone())
    .bind(profile.handle.clone())
    .execute(&mut *tx)
    .await?;
    let shown = name.or_else(|| profile.name.clone()).or_else(|| handle.clone()).or_else(|| profile.handle.clone());
    let named = sql("UPDATE contacts SET name = $2, updated_at = $4 WHERE id = $1 AND named_by IS NULL AND $2 IS NOT NULL \
                     AND (name IS NULL OR (name = $3 AND name <> $2))")
    .bind(&contact_id)
    .bind(shown)
    .bind(handle)
    .bind(now)
    .execute(&mut *tx)
    .await?;
    let spoken = sql("UPDATE contacts SET language = $2, updated_at = $3 WHERE id = $1 AND language IS NULL AND $2 IS NOT NULL")
        .bind(&contact_id)
        .bind(profile.language.clone())
        .bind(now)
        .execute(tx)
        .await?;
    Ok((identity + named + spoken > 0).then_some(contact_id))
}
