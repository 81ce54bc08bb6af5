//! Tables `push_notices` and `log_positions`.

use trunkline_channel::Micros;

use crate::db::{Db, DbError, Tx, bulk, sql};

/// Names this reader of the log.
const READER: &str = "push";

/// Something to tell a browser; it replaces what still waits for the same browser and conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewNotice {
    pub subscription_id: String,
    pub conversation_id: String,
    pub reason: &'static str,
    pub message_id: Option<String>,
    /// The event it tells of.
    pub seq: i64,
    pub expires_at: Micros,
}

/// One whose turn has come.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Notice {
    pub subscription_id: String,
    pub conversation_id: String,
    pub reason: String,
    pub message_id: Option<String>,
    pub seq: i64,
    pub attempts: i64,
    pub next_at: Micros,
    pub expires_at: Micros,
}

/// What a notification shows.
#[derive(Debug, Clone, Default, sqlx::FromRow)]
pub struct Shown {
    pub state: String,
    pub assignee_id: Option<String>,
    pub contact_name: Option<String>,
    pub handle: Option<String>,
    pub subject: Option<String>,
    pub text: Option<String>,
    pub kind: Option<String>,
    pub deleted_at: Option<Micros>,
    /// JSON of whoever is told.
    pub preferences: String,
}

pub async fn position(db: &Db) -> Result<Option<i64>, DbError> {
    let row: Option<(i64,)> = sql("SELECT seq FROM log_positions WHERE reader = $1").bind(READER).optional(db).await?;
    Ok(row.map(|(seq,)| seq))
}

/// The place in the log, kept from other daemons until the commit.
pub async fn hold_position(tx: &mut Tx) -> Result<i64, DbError> {
    let lock = tx.row_lock().unwrap_or_default();
    sql("SELECT seq FROM log_positions WHERE reader = $1").push(lock).bind(READER).scalar(tx).await
}

/// Moves the place; never back.
pub async fn set_position(tx: &mut Tx, seq: i64) -> Result<(), DbError> {
    sql("INSERT INTO log_positions (reader, seq) VALUES ($1, $2) \
         ON CONFLICT (reader) DO UPDATE SET seq = excluded.seq WHERE log_positions.seq < excluded.seq")
    .bind(READER)
    .bind(seq)
    .execute(tx)
    .await
    .map(|_| ())
}

pub async fn waiting(tx: &mut Tx) -> Result<i64, DbError> {
    sql("SELECT CAST(COUNT(*) AS BIGINT) FROM push_notices").scalar(tx).await
}

/// No browser and conversation twice. What waits already keeps its time: its service may have asked for a pause.
pub async fn put(tx: &mut Tx, notices: Vec<NewNotice>, now: Micros) -> Result<(), DbError> {
    let mut rows = bulk(
        "INSERT INTO push_notices (subscription_id, conversation_id, reason, message_id, seq, next_at, expires_at)",
        7,
        "ON CONFLICT (subscription_id, conversation_id) DO UPDATE SET reason = excluded.reason, \
         message_id = excluded.message_id, seq = excluded.seq, expires_at = excluded.expires_at",
    );
    for notice in notices {
        rows.row([
            notice.subscription_id.into(),
            notice.conversation_id.into(),
            notice.reason.into(),
            notice.message_id.into(),
            notice.seq.into(),
            now.into(),
            notice.expires_at.into(),
        ]);
    }
    rows.execute(tx).await.map(|_| ())
}

/// The longest waiting first.
pub async fn due(db: &Db, now: Micros, limit: i64) -> Result<Vec<Notice>, DbError> {
    sql("SELECT subscription_id, conversation_id, reason, message_id, seq, attempts, next_at, expires_at FROM push_notices \
         WHERE next_at <= $1 ORDER BY next_at LIMIT $2")
    .bind(now)
    .bind(limit)
    .all(db)
    .await
}

/// Takes a due notice: nobody else sees it as due until `until`. False when somebody else was quicker.
pub async fn claim(tx: &mut Tx, notice: &Notice, until: Micros) -> Result<bool, DbError> {
    sql("UPDATE push_notices SET next_at = $1 WHERE subscription_id = $2 AND conversation_id = $3 AND next_at = $4 AND seq = $5")
        .bind(until)
        .bind(&notice.subscription_id)
        .bind(&notice.conversation_id)
        .bind(notice.next_at)
        .bind(notice.seq)
        .execute(tx)
        .await
        .map(|changed| changed == 1)
}

/// What there is to show; `None` when the operator or the conversation is gone.
pub async fn shown(db: &Db, notice: &Notice) -> Result<Option<Shown>, DbError> {
    sql("SELECT c.state, c.assignee_id, ct.name AS contact_name, i.handle, c.subject, m.text, m.kind, m.deleted_at, \
         COALESCE(p.value, '{}') AS preferences \
         FROM push_subscriptions s JOIN operators o ON o.id = s.operator_id LEFT JOIN preferences p ON p.operator_id = o.id \
         JOIN conversations c ON c.id = $2 JOIN contacts ct ON ct.id = c.contact_id JOIN identities i ON i.id = c.identity_id \
         LEFT JOIN messages m ON m.id = $3 WHERE s.id = $1 AND o.disabled_at IS NULL")
    .bind(&notice.subscription_id)
    .bind(&notice.conversation_id)
    .bind(notice.message_id.as_deref())
    .optional(db)
    .await
}

/// It needs no more sending; what has replaced it meanwhile is due now.
pub async fn finish(tx: &mut Tx, notice: &Notice, now: Micros) -> Result<(), DbError> {
    let gone = sql("DELETE FROM push_notices WHERE subscription_id = $1 AND conversation_id = $2 AND seq = $3")
        .bind(&notice.subscription_id)
        .bind(&notice.conversation_id)
        .bind(notice.seq)
        .execute(&mut *tx)
        .await?;
    if gone == 0 { put_off(tx, notice, 0, now).await } else { Ok(()) }
}

/// Another attempt later, at whatever waits then.
pub async fn put_off(tx: &mut Tx, notice: &Notice, attempts: i64, next_at: Micros) -> Result<(), DbError> {
    sql("UPDATE push_notices SET attempts = $3, next_at = $4 WHERE subscription_id = $1 AND conversation_id = $2")
        .bind(&notice.subscription_id)
        .bind(&notice.conversation_id)
        .bind(attempts)
        .bind(next_at)
        .execute(tx)
        .await
        .map(|_| ())
}
