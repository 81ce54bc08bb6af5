//! Figures that only the store knows.

use crate::db::{Db, DbError, sql};

/// What waits, by one label.
#[derive(Debug, sqlx::FromRow)]
pub struct Waiting {
    pub label: String,
    pub count: i64,
    /// When the oldest of them began to wait.
    pub oldest_at: Option<i64>,
}

/// Conversations that nobody has accepted yet, by channel.
pub async fn queue(db: &Db) -> Result<Vec<Waiting>, DbError> {
    sql("SELECT channel AS label, CAST(COUNT(*) AS BIGINT) AS count, MIN(waiting_since) AS oldest_at FROM conversations \
         WHERE state IN ('new', 'transferred') GROUP BY channel")
    .all(db)
    .await
}

/// Deliveries that have not come to an end, by state.
pub async fn outbox(db: &Db) -> Result<Vec<Waiting>, DbError> {
    sql("SELECT state AS label, CAST(COUNT(*) AS BIGINT) AS count, MIN(created_at) AS oldest_at FROM deliveries \
         WHERE state IN ('queued', 'sending', 'retry_wait', 'uncertain') GROUP BY state")
    .all(db)
    .await
}

/// Raw events that did not become effects, by state.
pub async fn set_aside(db: &Db) -> Result<Vec<Waiting>, DbError> {
    sql("SELECT state AS label, CAST(COUNT(*) AS BIGINT) AS count, MIN(received_at) AS oldest_at FROM raw_events \
         WHERE state <> 'applied' GROUP BY state")
    .all(db)
    .await
}

/// Raw events that should long be applied, ignored or quarantined and are none of these, and unsettled deliveries that
/// nothing will ever move: a state without a next moment and without a person's question. Must be zero.
pub async fn unaccounted(db: &Db, overdue_before: i64) -> Result<i64, DbError> {
    sql("SELECT (SELECT CAST(COUNT(*) AS BIGINT) FROM raw_events \
         WHERE state <> 'applied' AND state NOT IN ('ignored', 'quarantined') AND received_at < $1) + \
         (SELECT CAST(COUNT(*) AS BIGINT) FROM deliveries \
         WHERE state = 'sending' AND (lease_until IS NULL OR lease_until < $1))")
    .bind(overdue_before)
    .scalar(db)
    .await
}

/// Number of the last event of the log.
pub async fn last_event(db: &Db) -> Result<i64, DbError> {
    sql("SELECT COALESCE(MAX(seq), 0) FROM events").scalar(db).await
}
