//! Table `preferences`.

use trunkline_channel::Micros;

use crate::db::{Db, DbError, Tx, sql};

pub async fn preferences(db: &Db, operator_id: &str) -> Result<Option<String>, DbError> {
    let row: Option<(String,)> =
        sql("SELECT value FROM preferences WHERE operator_id = $1").bind(operator_id).optional(db).await?;
    Ok(row.map(|(value,)| value))
}

pub async fn set_preferences(tx: &mut Tx, operator_id: &str, value: &str, now: Micros) -> Result<(), DbError> {
    sql("INSERT INTO preferences (operator_id, value, updated_at) VALUES ($1, $2, $3) \
         ON CONFLICT (operator_id) DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at")
    .bind(operator_id)
    .bind(value)
    .bind(now)
    .execute(tx)
    .await
    .map(|_| ())
}
