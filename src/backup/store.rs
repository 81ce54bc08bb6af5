//! What a restored database needs before anybody uses it.

use trunkline_channel::Micros;

use crate::db::{Db, DbError, Tx, sql};

const SHOWN: &str = "The data was restored from a backup; this reply may have been sent since. Send it again or cancel it.";

/// Whether SQLite finds its file consistent.
pub async fn is_whole(db: &Db) -> Result<bool, DbError> {
    sql("PRAGMA integrity_check").scalar::<String>(db).await.map(|verdict| verdict == "ok")
}

/// Replies that were on their way may have left after the backup was made: a person decides about each. Returns how many.
pub async fn hold_deliveries(tx: &mut Tx, now: Micros) -> Result<u64, DbError> {
    sql("UPDATE messages SET status = 'uncertain' WHERE id IN \
         (SELECT message_id FROM deliveries WHERE state IN ('queued', 'sending', 'retry_wait'))")
    .execute(&mut *tx)
    .await?;
    sql("UPDATE deliveries SET state = 'uncertain', lease_until = NULL, code = 'restored', shown = $1, updated_at = $2 \
         WHERE state IN ('queued', 'sending', 'retry_wait')")
    .bind(SHOWN)
    .bind(now)
    .execute(tx)
    .await
}
