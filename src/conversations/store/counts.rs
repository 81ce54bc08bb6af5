//! How many conversations wait for one operator, in one statement.

use crate::db::{Db, DbError, sql};

/// Closed conversations are counted up to here: there are ever more of them, and nobody works through them.
pub const MAX_CLOSED: i64 = 10_000;

/// Words of the index `conversations_open`.
pub(super) const OPEN: &str = "c.state IN ('new', 'active', 'awaiting_response', 'transferred')";

/// The customer has written what the operators' side has not seen.
pub(super) const UNREAD: &str = "(c.last_number > c.operator_seen AND EXISTS (SELECT 1 FROM messages m WHERE \
    m.conversation_id = c.id AND m.number > c.operator_seen AND m.sender_type = 'customer' AND m.deleted_at IS NULL))";

/// An answer has failed, or it is not known whether it arrived.
pub(super) const TROUBLED: &str =
    "EXISTS (SELECT 1 FROM deliveries d WHERE d.conversation_id = c.id AND d.state IN ('failed', 'uncertain'))";

#[derive(Debug, Clone, sqlx::FromRow)]
pub struct CountsRow {
    pub queue: i64,
    pub mine: i64,
    pub mine_unread: i64,
    pub team: i64,
    pub unassigned: i64,
    pub all_open: i64,
    pub closed: i64,
    pub troubled: i64,
}

/// Conversations of any team of the operator that `operator` stands for.
pub(super) fn in_teams_of(operator: &str) -> String {
    format!("c.team_id IN (SELECT t.team_id FROM team_members t WHERE t.operator_id = {operator})")
}

/// What waits to be accepted by an operator: new, of no team or of theirs, or handed to them, to a team of theirs or,
/// for those who supervise, to any supervisor.
pub(super) fn in_queue_of(operator: &str, supervises: &str) -> String {
    let in_teams = in_teams_of(operator);
    format!(
        "((c.state = 'new' AND (c.team_id IS NULL OR {in_teams})) OR (c.state = 'transferred' AND (c.assignee_id = {operator} \
         OR (c.escalated AND {supervises}) OR (c.assignee_id IS NULL AND NOT c.escalated AND {in_teams}))))"
    )
}

pub async fn counts(db: &Db, operator_id: &str, supervises: bool) -> Result<CountsRow, DbError> {
    let sum = |condition: &str| format!("CAST(COALESCE(SUM(CASE WHEN {condition} THEN 1 ELSE 0 END), 0) AS BIGINT)");
    let queue = sum(&in_queue_of("$1", "$2"));
    let (mine, team, unassigned) = (sum("c.assignee_id = $1"), sum(&in_teams_of("$1")), sum("c.assignee_id IS NULL"));
    sql(format!(
        "SELECT {queue} AS queue, {mine} AS mine, {team} AS team, {unassigned} AS unassigned, CAST(COUNT(*) AS BIGINT) AS all_open, \
         CAST((SELECT COUNT(*) FROM conversations c WHERE c.assignee_id = $1 AND {OPEN} AND {UNREAD}) AS BIGINT) AS mine_unread, \
         CAST((SELECT COUNT(*) FROM (SELECT 1 FROM conversations c WHERE c.state = 'closed' LIMIT $3) AS closed) AS BIGINT) AS closed, \
         CAST((SELECT COUNT(*) FROM conversations c WHERE {OPEN} AND {TROUBLED}) AS BIGINT) AS troubled \
         FROM conversations c WHERE {OPEN}"
    ))
    .bind(operator_id)
    .bind(supervises)
    .bind(MAX_CLOSED)
    .one(db)
    .await
}
