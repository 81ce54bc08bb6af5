//! The key pair in table `meta`.

use crate::db::{Db, DbError, Tx, sql};

pub async fn get(db: &Db, name: &str) -> Result<Option<String>, DbError> {
    let row: Option<(String,)> = sql("SELECT value FROM meta WHERE key = $1").bind(name).optional(db).await?;
    Ok(row.map(|(value,)| value))
}

/// Stores a value unless somebody else was quicker; returns the one that stands.
pub async fn put_first(tx: &mut Tx, name: &str, value: &str) -> Result<String, DbError> {
    sql("INSERT INTO meta (key, value) VALUES ($1, $2) ON CONFLICT (key) DO NOTHING")
        .bind(name)
        .bind(value)
        .execute(&mut *tx)
        .await?;
    sql("SELECT value FROM meta WHERE key = $1").bind(name).scalar(tx).await
}
