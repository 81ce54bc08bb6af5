//! Table `idempotency_keys`.

use trunkline_channel::Micros;

use super::Claim;
use crate::app::App;
use crate::db::{DbError, Tx, sql};

#[derive(Debug, sqlx::FromRow)]
pub struct Used {
    pub request_hash: String,
    /// Null while the first request runs.
    pub status: Option<i64>,
    pub body: Option<String>,
    pub created_at: Micros,
}

/// False when the key is in use.
pub async fn insert(tx: &mut Tx, claim: &Claim) -> Result<bool, DbError> {
    let inserted = sql("INSERT INTO idempotency_keys (scope, key, request_hash, created_at) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (scope, key) DO NOTHING")
    .bind(&claim.scope)
    .bind(&claim.key)
    .bind(&claim.request_hash)
    .bind(claim.at)
    .execute(tx)
    .await?;
    Ok(inserted == 1)
}

pub async fn find(tx: &mut Tx, scope: &str, key: &str) -> Result<Option<Used>, DbError> {
    sql("SELECT request_hash, status, body, created_at FROM idempotency_keys WHERE scope = $1 AND key = $2")
        .bind(scope)
        .bind(key)
        .optional(tx)
        .await
}

/// False when somebody else did, or the first request has ended after all.
pub async fn take_over(tx: &mut Tx, claim: &Claim, from: Micros) -> Result<bool, DbError> {
    let taken =
        sql("UPDATE idempotency_keys SET created_at = $4 WHERE scope = $1 AND key = $2 AND created_at = $3 AND status IS NULL")
            .bind(&claim.scope)
            .bind(&claim.key)
            .bind(from)
            .bind(claim.at)
            .execute(tx)
            .await?;
    Ok(taken == 1)
}

/// Keeps the answer, unless the claim was lost meanwhile.
pub async fn finish(app: &App, claim: &Claim, status: u16, body: &str) -> Result<(), DbError> {
    let mut tx = app.db.begin().await?;
    sql("UPDATE idempotency_keys SET status = $4, body = $5 WHERE scope = $1 AND key = $2 AND created_at = $3")
        .bind(&claim.scope)
        .bind(&claim.key)
        .bind(claim.at)
        .bind(i64::from(status))
        .bind(body)
        .execute(&mut tx)
        .await?;
    tx.commit().await.map(|_| ())
}

/// Sets the key free, unless the claim was lost meanwhile.
pub async fn release(app: &App, claim: &Claim) -> Result<(), DbError> {
    let mut tx = app.db.begin().await?;
    sql("DELETE FROM idempotency_keys WHERE scope = $1 AND key = $2 AND created_at = $3 AND status IS NULL")
        .bind(&claim.scope)
        .bind(&claim.key)
        .bind(claim.at)
        .execute(&mut tx)
        .await?;
    tx.commit().await.map(|_| ())
}

pub async fn forget(tx: &mut Tx, older_than: Micros) -> Result<u64, DbError> {
    sql("DELETE FROM idempotency_keys WHERE created_at <= $1").bind(older_than).execute(tx).await
}
