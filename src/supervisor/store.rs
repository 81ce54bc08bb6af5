//! SQL of leases and cursors.

use trunkline_channel::{Cursor, Micros};

use crate::db::{Backend, Db, DbError, Tx, sql};
use crate::intake::Term;

/// The place among an inbox's cursors where the daemon itself notes what it has told; no connector has one of this name.
const TOLD: &str = "daemon:told";

/// Takes the lease if nobody holds it, and returns the new term. On SQLite there is one process: what stands in the row
/// is always a former one of itself.
pub async fn acquire(db: &Db, tx: &mut Tx, inbox_id: &str, holder: &str, ttl: Micros) -> Result<Option<i64>, DbError> {
    let now = db.now_expression();
    let row: Option<(i64,)> = sql(format!(
        "INSERT INTO leases (inbox_id, holder, term, expires_at) VALUES ($1, $2, 1, {now} + $3) \
         ON CONFLICT (inbox_id) DO UPDATE SET holder = $2, term = leases.term + 1, expires_at = {now} + $3 \
         WHERE leases.expires_at <= {now} OR leases.holder = $2 OR $4 RETURNING term"
    ))
    .bind(inbox_id)
    .bind(holder)
    .bind(ttl)
    .bind(db.backend() == Backend::Sqlite)
    .optional(tx)
    .await?;
    Ok(row.map(|(term,)| term))
}

/// Moves the end of exactly this term; `false` when it is over.
pub async fn renew(db: &Db, tx: &mut Tx, inbox_id: &str, term: &Term, ttl: Micros) -> Result<bool, DbError> {
    let now = db.now_expression();
    let renewed = sql(format!(
        "UPDATE leases SET expires_at = {now} + $1 WHERE inbox_id = $2 AND holder = $3 AND term = $4 AND expires_at > {now}"
    ))
    .bind(ttl)
    .bind(inbox_id)
    .bind(&term.holder)
    .bind(term.term)
    .execute(tx)
    .await?;
    Ok(renewed == 1)
}

/// Whether the term still stands; keeps it standing until the transaction ends.
pub async fn holds(tx: &mut Tx, inbox_id: &str, term: &Term) -> Result<bool, DbError> {
    let held = sql("UPDATE leases SET term = term WHERE inbox_id = $1 AND holder = $2 AND term = $3")
        .bind(inbox_id)
        .bind(&term.holder)
        .bind(term.term)
        .execute(tx)
        .await?;
    Ok(held == 1)
}

pub async fn cursor(db: &Db, inbox_id: &str, name: &str) -> Result<Option<String>, DbError> {
    let row: Option<(String,)> =
        sql("SELECT value FROM cursors WHERE inbox_id = $1 AND name = $2").bind(inbox_id).bind(name).optional(db).await?;
    Ok(row.map(|(value,)| value))
}

/// Notes what was told of an inbox last; `false` where it was told before, by any process. An inbox begins as well.
pub async fn set_told(tx: &mut Tx, inbox_id: &str, told: &str, well: bool, now: Micros) -> Result<bool, DbError> {
    let changed = sql("UPDATE cursors SET value = $3, updated_at = $4 WHERE inbox_id = $1 AND name = $2 AND value <> $3")
        .bind(inbox_id)
        .bind(TOLD)
        .bind(told)
        .bind(now)
        .execute(&mut *tx)
        .await?;
    if changed == 1 || well {
        return Ok(changed == 1);
    }
    let added = sql(
        "INSERT INTO cursors (inbox_id, name, value, updated_at) VALUES ($1, $2, $3, $4) ON CONFLICT (inbox_id, name) DO NOTHING",
    )
    .bind(inbox_id)
    .bind(TOLD)
    .bind(told)
    .bind(now)
    .execute(tx)
    .await?;
    Ok(added == 1)
}

pub async fn set_cursor(tx: &mut Tx, inbox_id: &str, cursor: &Cursor, now: Micros) -> Result<(), DbError> {
    sql("INSERT INTO cursors (inbox_id, name, value, updated_at) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (inbox_id, name) DO UPDATE SET value = $3, updated_at = $4")
    .bind(inbox_id)
    .bind(&cursor.name)
    .bind(&cursor.value)
    .bind(now)
    .execute(tx)
    .await
    .map(|_| ())
}
