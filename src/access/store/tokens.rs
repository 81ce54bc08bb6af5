//! Table `api_tokens`, as far as people manage it.

use trunkline_channel::Micros;

use crate::db::{Db, DbError, Tx, sql};

/// A token that is not revoked, without its hash.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct ApiToken {
    pub id: String,
    pub operator_id: String,
    pub name: String,
    pub role: String,
    pub created_at: Micros,
    pub last_used_at: Option<Micros>,
    pub expires_at: Option<Micros>,
}

/// Tokens that can be used now, of one operator or of all, newest first.
pub async fn usable(db: &Db, operator_id: Option<&str>, now: Micros) -> Result<Vec<ApiToken>, DbError> {
    sql("SELECT id, operator_id, name, role, created_at, last_used_at, expires_at FROM api_tokens \
         WHERE revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $1)")
    .bind(now)
    .push_bound(
        if operator_id.is_some() { " AND operator_id = ?" } else { "" },
        operator_id.map(Into::into).into_iter().collect(),
    )
    .push(" ORDER BY id DESC")
    .all(db)
    .await
}

pub async fn count_usable(tx: &mut Tx, operator_id: &str, now: Micros) -> Result<i64, DbError> {
    sql("SELECT CAST(COUNT(*) AS BIGINT) FROM api_tokens \
         WHERE operator_id = $1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $2)")
    .bind(operator_id)
    .bind(now)
    .scalar(tx)
    .await
}

pub async fn insert(tx: &mut Tx, token: &ApiToken, token_hash: &str) -> Result<u64, DbError> {
    sql("INSERT INTO api_tokens (id, operator_id, name, role, token_hash, created_at, expires_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)")
    .bind(&token.id)
    .bind(&token.operator_id)
    .bind(&token.name)
    .bind(&token.role)
    .bind(token_hash)
    .bind(token.created_at)
    .bind(token.expires_at)
    .execute(tx)
    .await
}

/// Revokes a token, of one operator or of anybody; 0 when there is no such token.
pub async fn revoke(tx: &mut Tx, id: &str, operator_id: Option<&str>, now: Micros) -> Result<u64, DbError> {
    sql("UPDATE api_tokens SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL")
        .bind(id)
        .bind(now)
        .push_bound(
            if operator_id.is_some() { " AND operator_id = ?" } else { "" },
            operator_id.map(Into::into).into_iter().collect(),
        )
        .execute(tx)
        .await
}

pub async fn revoke_all(tx: &mut Tx, operator_id: &str, now: Micros) -> Result<u64, DbError> {
    sql("UPDATE api_tokens SET revoked_at = $2 WHERE operator_id = $1 AND revoked_at IS NULL")
        .bind(operator_id)
        .bind(now)
        .execute(tx)
        .await
}
