//! Table `operators`.

use trunkline_channel::Micros;

use crate::db::{Conn, Db, DbError, Tx, sql};

#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Operator {
    pub id: String,
    pub email: String,
    pub name: String,
    pub role: String,
    pub password_hash: String,
    pub availability: String,
    pub capacity: i64,
    pub skills: String,
    pub last_active_at: Option<Micros>,
    pub disabled_at: Option<Micros>,
    pub created_at: Micros,
    pub updated_at: Micros,
}

const COLUMNS: &str = "id, email, name, role, password_hash, availability, capacity, skills, last_active_at, disabled_at, \
    created_at, updated_at";

pub async fn by_id<'c>(on: impl Into<Conn<'c>>, id: &str) -> Result<Option<Operator>, DbError> {
    sql(format!("SELECT {COLUMNS} FROM operators WHERE id = $1")).bind(id).optional(on).await
}

/// The same, kept from others' changes until the commit.
pub async fn for_change(tx: &mut Tx, id: &str) -> Result<Option<Operator>, DbError> {
    let lock = tx.row_lock().unwrap_or_default();
    sql(format!("SELECT {COLUMNS} FROM operators WHERE id = $1{lock}")).bind(id).optional(tx).await
}

/// `email` in its normal form.
pub async fn by_email<'c>(on: impl Into<Conn<'c>>, email: &str) -> Result<Option<Operator>, DbError> {
    sql(format!("SELECT {COLUMNS} FROM operators WHERE email = $1")).bind(email).optional(on).await
}

pub async fn any<'c>(on: impl Into<Conn<'c>>) -> Result<bool, DbError> {
    Ok(sql("SELECT CAST(COUNT(*) AS BIGINT) FROM operators").scalar::<i64>(on).await? > 0)
}

pub async fn insert(tx: &mut Tx, operator: &Operator) -> Result<(), DbError> {
    sql("INSERT INTO operators (id, email, name, role, password_hash, availability, capacity, skills, created_at, updated_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)")
    .bind(&operator.id)
    .bind(&operator.email)
    .bind(&operator.name)
    .bind(&operator.role)
    .bind(&operator.password_hash)
    .bind(&operator.availability)
    .bind(operator.capacity)
    .bind(&operator.skills)
    .bind(operator.created_at)
    .bind(operator.updated_at)
    .execute(tx)
    .await
    .map(|_| ())
}

/// False when it was so before.
pub async fn set_availability(tx: &mut Tx, id: &str, availability: &str, now: Micros) -> Result<bool, DbError> {
    let changed = sql("UPDATE operators SET availability = $2, updated_at = $3 WHERE id = $1 AND availability <> $2")
        .bind(id)
        .bind(availability)
        .bind(now)
        .execute(tx)
        .await?;
    Ok(changed == 1)
}

pub async fn note_activity(tx: &mut Tx, id: &str, now: Micros) -> Result<(), DbError> {
    sql("UPDATE operators SET last_active_at = $2 WHERE id = $1").bind(id).bind(now).execute(tx).await.map(|_| ())
}

/// Whether somebody can be given work now.
pub async fn any_online(db: &Db) -> Result<bool, DbError> {
    let online: Option<(String,)> =
        sql("SELECT id FROM operators WHERE availability = 'online' AND disabled_at IS NULL AND role <> 'auditor' LIMIT 1")
            .optional(db)
            .await?;
    Ok(online.is_some())
}

/// Oldest first, after an id.
pub async fn list(db: &Db, after: Option<&str>, limit: i64) -> Result<Vec<Operator>, DbError> {
    sql(format!("SELECT {COLUMNS} FROM operators WHERE id > $1 ORDER BY id LIMIT $2"))
        .bind(after.unwrap_or_default())
        .bind(limit)
        .all(db)
        .await
}

/// Ids of all admins who are not disabled, kept from others' changes until the commit.
pub async fn enabled_admins(tx: &mut Tx) -> Result<Vec<String>, DbError> {
    let lock = tx.row_lock().unwrap_or_default();
    let rows: Vec<(String,)> =
        sql("SELECT id FROM operators WHERE role = 'admin' AND disabled_at IS NULL ORDER BY id").push(lock).all(tx).await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

pub async fn update(tx: &mut Tx, operator: &Operator) -> Result<u64, DbError> {
    sql("UPDATE operators SET email = $2, name = $3, role = $4, password_hash = $5, availability = $6, capacity = $7, \
         skills = $8, disabled_at = $9, updated_at = $10 WHERE id = $1")
    .bind(&operator.id)
    .bind(&operator.email)
    .bind(&operator.name)
    .bind(&operator.role)
    .bind(&operator.password_hash)
    .bind(&operator.availability)
    .bind(operator.capacity)
    .bind(&operator.skills)
    .bind(operator.disabled_at)
    .bind(operator.updated_at)
    .execute(tx)
    .await
}

/// Conversations an operator has accepted and not closed.
pub async fn active_conversations(db: &Db, id: &str) -> Result<i64, DbError> {
    sql("SELECT CAST(COUNT(*) AS BIGINT) FROM conversations WHERE assignee_id = $1 AND state IN ('active', 'awaiting_response')")
        .bind(id)
        .scalar(db)
        .await
}
