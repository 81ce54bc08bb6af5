//! Table `push_subscriptions`.

use trunkline_channel::Micros;

use crate::db::{Db, DbError, Tx, sql};

#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Subscription {
    pub id: String,
    pub operator_id: String,
    pub endpoint: String,
    /// Public key and shared secret of the browser (RFC 8291 §2), base64url.
    pub p256dh: String,
    pub auth: String,
    pub created_at: Micros,
    pub last_ok_at: Option<Micros>,
    pub failures: i64,
}

const COLUMNS: &str = "id, operator_id, endpoint, p256dh, auth, created_at, last_ok_at, failures";

/// Oldest first.
pub async fn of_operator(db: &Db, operator_id: &str) -> Result<Vec<Subscription>, DbError> {
    sql(format!("SELECT {COLUMNS} FROM push_subscriptions WHERE operator_id = $1 ORDER BY id")).bind(operator_id).all(db).await
}

/// One of this operator's own.
pub async fn get(db: &Db, id: &str, operator_id: &str) -> Result<Option<Subscription>, DbError> {
    sql(format!("SELECT {COLUMNS} FROM push_subscriptions WHERE id = $1 AND operator_id = $2"))
        .bind(id)
        .bind(operator_id)
        .optional(db)
        .await
}

pub async fn by_id(db: &Db, id: &str) -> Result<Option<Subscription>, DbError> {
    sql(format!("SELECT {COLUMNS} FROM push_subscriptions WHERE id = $1")).bind(id).optional(db).await
}

pub async fn any(db: &Db) -> Result<bool, DbError> {
    sql("SELECT EXISTS (SELECT 1 FROM push_subscriptions) AS found").scalar(db).await
}

/// How many an operator has besides the one with this endpoint; held until the commit.
pub async fn others(tx: &mut Tx, operator_id: &str, endpoint: &str) -> Result<i64, DbError> {
    let lock = tx.row_lock().unwrap_or_default();
    sql("SELECT id FROM operators WHERE id = $1").push(lock).bind(operator_id).all::<(String,)>(&mut *tx).await?;
    sql("SELECT CAST(COUNT(*) AS BIGINT) FROM push_subscriptions WHERE operator_id = $1 AND endpoint <> $2")
        .bind(operator_id)
        .bind(endpoint)
        .scalar(tx)
        .await
}

/// Adds it; where the endpoint is known already, the browser is whoever's uses it now, and nothing that waited for
/// somebody else is told there. Returns it as it stands.
pub async fn put(tx: &mut Tx, new: &Subscription) -> Result<Subscription, DbError> {
    sql("DELETE FROM push_notices WHERE subscription_id IN \
         (SELECT id FROM push_subscriptions WHERE endpoint = $1 AND operator_id <> $2)")
    .bind(&new.endpoint)
    .bind(&new.operator_id)
    .execute(&mut *tx)
    .await?;
    sql(format!(
        "INSERT INTO push_subscriptions ({COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, NULL, 0) \
         ON CONFLICT (endpoint) DO UPDATE SET operator_id = excluded.operator_id, p256dh = excluded.p256dh, \
         auth = excluded.auth RETURNING {COLUMNS}"
    ))
    .bind(&new.id)
    .bind(&new.operator_id)
    .bind(&new.endpoint)
    .bind(&new.p256dh)
    .bind(&new.auth)
    .bind(new.created_at)
    .one(tx)
    .await
}

/// Removes it with what waits for it. False when there is none.
pub async fn remove(tx: &mut Tx, id: &str) -> Result<bool, DbError> {
    sql("DELETE FROM push_notices WHERE subscription_id = $1").bind(id).execute(&mut *tx).await?;
    Ok(sql("DELETE FROM push_subscriptions WHERE id = $1").bind(id).execute(tx).await? == 1)
}

/// All of an operator's, with what waits for them.
pub async fn remove_all(tx: &mut Tx, operator_id: &str) -> Result<(), DbError> {
    sql("DELETE FROM push_notices WHERE subscription_id IN (SELECT id FROM push_subscriptions WHERE operator_id = $1)")
        .bind(operator_id)
        .execute(&mut *tx)
        .await?;
    sql("DELETE FROM push_subscriptions WHERE operator_id = $1").bind(operator_id).execute(tx).await.map(|_| ())
}

pub async fn mark_ok(tx: &mut Tx, id: &str, now: Micros) -> Result<(), DbError> {
    sql("UPDATE push_subscriptions SET last_ok_at = $2, failures = 0 WHERE id = $1")
        .bind(id)
        .bind(now)
        .execute(tx)
        .await
        .map(|_| ())
}

pub async fn mark_failed(tx: &mut Tx, id: &str) -> Result<(), DbError> {
    sql("UPDATE push_subscriptions SET failures = failures + 1 WHERE id = $1").bind(id).execute(tx).await.map(|_| ())
}
