//! Table `setup_links`.

use trunkline_channel::Micros;

use crate::db::{Db, DbError, Tx, sql};

pub async fn insert(tx: &mut Tx, token_hash: &str, expires_at: Micros) -> Result<(), DbError> {
    sql("INSERT INTO setup_links (token_hash, expires_at) VALUES ($1, $2)")
        .bind(token_hash)
        .bind(expires_at)
        .execute(tx)
        .await
        .map(|_| ())
}

/// Uses a link up; false when it was never given out, is too old, or was used.
pub async fn consume(tx: &mut Tx, token_hash: &str, now: Micros) -> Result<bool, DbError> {
    let consumed = sql("UPDATE setup_links SET used_at = $2 WHERE token_hash = $1 AND used_at IS NULL AND expires_at > $2")
        .bind(token_hash)
        .bind(now)
        .execute(tx)
        .await?;
    Ok(consumed == 1)
}

/// Makes all links worthless, those of other daemons as well.
pub async fn delete_all(tx: &mut Tx) -> Result<u64, DbError> {
    sql("DELETE FROM setup_links").execute(tx).await
}

/// Whether [`consume`] would succeed.
pub async fn is_good(db: &Db, token_hash: &str, now: Micros) -> Result<bool, DbError> {
    let found: i64 =
        sql("SELECT CAST(COUNT(*) AS BIGINT) FROM setup_links WHERE token_hash = $1 AND used_at IS NULL AND expires_at > $2")
            .bind(token_hash)
            .bind(now)
            .scalar(db)
            .await?;
    Ok(found == 1)
}
