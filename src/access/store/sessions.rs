//! Tables `sessions` and `api_tokens`, as far as they say who is calling.

use trunkline_channel::Micros;

use crate::db::{Conn, Db, DbError, Tx, sql};

/// A credential that is good now, with the operator it stands for.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Holder {
    pub operator_id: String,
    pub name: String,
    /// The operator's role.
    pub role: String,
    /// The role the token was made with; the operator's for sessions.
    pub granted_role: String,
    pub last_used_at: Option<Micros>,
}

pub async fn insert(tx: &mut Tx, token_hash: &str, operator_id: &str, now: Micros, expires_at: Micros) -> Result<(), DbError> {
    sql("INSERT INTO sessions (token_hash, operator_id, created_at, last_used_at, expires_at) VALUES ($1, $2, $3, $3, $4)")
        .bind(token_hash)
        .bind(operator_id)
        .bind(now)
        .bind(expires_at)
        .execute(tx)
        .await
        .map(|_| ())
}

/// Who holds a session that has not ended, unless disabled.
pub async fn holder(db: &Db, token_hash: &str, now: Micros) -> Result<Option<Holder>, DbError> {
    sql("SELECT o.id AS operator_id, o.name, o.role, o.role AS granted_role, s.last_used_at \
         FROM sessions s JOIN operators o ON o.id = s.operator_id \
         WHERE s.token_hash = $1 AND s.expires_at > $2 AND o.disabled_at IS NULL")
    .bind(token_hash)
    .bind(now)
    .optional(db)
    .await
}

/// Who holds an API token that is neither revoked nor too old, unless disabled.
pub async fn token_holder(db: &Db, token_hash: &str, now: Micros) -> Result<Option<Holder>, DbError> {
    sql("SELECT o.id AS operator_id, o.name, o.role, t.role AS granted_role, t.last_used_at \
         FROM api_tokens t JOIN operators o ON o.id = t.operator_id \
         WHERE t.token_hash = $1 AND t.revoked_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > $2) \
           AND o.disabled_at IS NULL")
    .bind(token_hash)
    .bind(now)
    .optional(db)
    .await
}

pub async fn touch(tx: &mut Tx, token_hash: &str, now: Micros, expires_at: Micros) -> Result<(), DbError> {
    sql("UPDATE sessions SET last_used_at = $2, expires_at = $3 WHERE token_hash = $1")
        .bind(token_hash)
        .bind(now)
        .bind(expires_at)
        .execute(tx)
        .await
        .map(|_| ())
}

pub async fn touch_token(tx: &mut Tx, token_hash: &str, now: Micros) -> Result<(), DbError> {
    sql("UPDATE api_tokens SET last_used_at = $2 WHERE token_hash = $1").bind(token_hash).bind(now).execute(tx).await.map(|_| ())
}

pub async fn end<'c>(on: impl Into<Conn<'c>>, token_hash: &str) -> Result<u64, DbError> {
    sql("DELETE FROM sessions WHERE token_hash = $1").bind(token_hash).execute(on).await
}

pub async fn end_all(tx: &mut Tx, operator_id: &str) -> Result<u64, DbError> {
    sql("DELETE FROM sessions WHERE operator_id = $1").bind(operator_id).execute(tx).await
}

/// Forgets sessions that have ended.
pub async fn delete_expired(tx: &mut Tx, now: Micros) -> Result<u64, DbError> {
    sql("DELETE FROM sessions WHERE expires_at <= $1").bind(now).execute(tx).await
}

/// Ends the sessions of an operator used longest ago, so that `keep` are left.
pub async fn end_oldest(tx: &mut Tx, operator_id: &str, keep: i64) -> Result<u64, DbError> {
    sql("DELETE FROM sessions WHERE operator_id = $1 AND token_hash NOT IN \
         (SELECT token_hash FROM sessions WHERE operator_id = $1 ORDER BY last_used_at DESC, created_at DESC LIMIT $2)")
    .bind(operator_id)
    .bind(keep)
    .execute(tx)
    .await
}
