//! What the rules must know: people with a browser, their teams, and where conversations stand.

use trunkline_channel::Micros;

use crate::db::{Db, DbError, json_array, sql};
use crate::push::rules::Standing;

/// An operator who can be told.
#[derive(Debug, sqlx::FromRow)]
pub struct Operator {
    pub id: String,
    pub role: String,
    pub availability: String,
    pub last_active_at: Option<Micros>,
    /// JSON.
    pub preferences: String,
}

/// One who has a browser for it.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Browser {
    pub id: String,
    pub operator_id: String,
    pub created_at: Micros,
}

#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Member {
    pub team_id: String,
    pub operator_id: String,
}

/// Everybody who has a browser, is signed in somewhere and not disabled.
pub async fn operators(db: &Db, now: Micros) -> Result<Vec<Operator>, DbError> {
    sql("SELECT o.id, o.role, o.availability, o.last_active_at, COALESCE(p.value, '{}') AS preferences \
         FROM operators o LEFT JOIN preferences p ON p.operator_id = o.id WHERE o.disabled_at IS NULL \
         AND EXISTS (SELECT 1 FROM push_subscriptions s WHERE s.operator_id = o.id) \
         AND EXISTS (SELECT 1 FROM sessions i WHERE i.operator_id = o.id AND i.expires_at > $1)")
    .bind(now)
    .all(db)
    .await
}

pub async fn browsers(db: &Db) -> Result<Vec<Browser>, DbError> {
    sql("SELECT id, operator_id, created_at FROM push_subscriptions").all(db).await
}

/// Members of all teams.
pub async fn members(db: &Db) -> Result<Vec<Member>, DbError> {
    sql("SELECT team_id, operator_id FROM team_members").all(db).await
}

pub async fn standings<'a>(db: &Db, ids: impl Iterator<Item = &'a str>) -> Result<Vec<Standing>, DbError> {
    sql("SELECT id, state, assignee_id, team_id, escalated FROM conversations WHERE id IN (SELECT value FROM each_text($1))")
        .bind(json_array(ids))
        .all(db)
        .await
}
