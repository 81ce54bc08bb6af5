//! Tables `teams` and `team_members`.

use trunkline_channel::Micros;

use crate::db::{Conn, Db, DbError, Tx, sql};

#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Team {
    pub id: String,
    pub name: String,
    pub created_at: Micros,
}

#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Member {
    pub team_id: String,
    pub operator_id: String,
    pub name: String,
}

pub async fn list(db: &Db, limit: i64) -> Result<Vec<Team>, DbError> {
    sql("SELECT id, name, created_at FROM teams ORDER BY name LIMIT $1").bind(limit).all(db).await
}

pub async fn by_id<'c>(on: impl Into<Conn<'c>>, id: &str) -> Result<Option<Team>, DbError> {
    sql("SELECT id, name, created_at FROM teams WHERE id = $1").bind(id).optional(on).await
}

pub async fn count(tx: &mut Tx) -> Result<i64, DbError> {
    sql("SELECT CAST(COUNT(*) AS BIGINT) FROM teams").scalar(tx).await
}

/// Members of all teams.
pub async fn members(db: &Db) -> Result<Vec<Member>, DbError> {
    sql("SELECT m.team_id, m.operator_id, o.name FROM team_members m JOIN operators o ON o.id = m.operator_id ORDER BY o.name, o.id")
        .all(db)
        .await
}

pub async fn members_of(tx: &mut Tx, team_id: &str) -> Result<Vec<Member>, DbError> {
    sql("SELECT m.team_id, m.operator_id, o.name FROM team_members m JOIN operators o ON o.id = m.operator_id \
         WHERE m.team_id = $1 ORDER BY o.name, o.id")
    .bind(team_id)
    .all(tx)
    .await
}

pub async fn insert(tx: &mut Tx, team: &Team) -> Result<u64, DbError> {
    sql("INSERT INTO teams (id, name, created_at) VALUES ($1, $2, $3)")
        .bind(&team.id)
        .bind(&team.name)
        .bind(team.created_at)
        .execute(tx)
        .await
}

pub async fn rename(tx: &mut Tx, id: &str, name: &str) -> Result<u64, DbError> {
    sql("UPDATE teams SET name = $2 WHERE id = $1").bind(id).bind(name).execute(tx).await
}

/// Whether a conversation or a canned response refers to it.
pub async fn is_used(tx: &mut Tx, id: &str) -> Result<bool, DbError> {
    let uses: i64 = sql("SELECT CAST((SELECT COUNT(*) FROM conversations WHERE team_id = $1) \
             + (SELECT COUNT(*) FROM canned_responses WHERE team_id = $1) AS BIGINT)")
    .bind(id)
    .scalar(tx)
    .await?;
    Ok(uses > 0)
}

pub async fn delete(tx: &mut Tx, id: &str) -> Result<(), DbError> {
    sql("DELETE FROM team_members WHERE team_id = $1").bind(id).execute(&mut *tx).await?;
    sql("DELETE FROM teams WHERE id = $1").bind(id).execute(tx).await.map(|_| ())
}

pub async fn add_member(tx: &mut Tx, team_id: &str, operator_id: &str) -> Result<u64, DbError> {
    sql("INSERT INTO team_members (team_id, operator_id) VALUES ($1, $2) ON CONFLICT DO NOTHING")
        .bind(team_id)
        .bind(operator_id)
        .execute(tx)
        .await
}

pub async fn remove_member(tx: &mut Tx, team_id: &str, operator_id: &str) -> Result<u64, DbError> {
    sql("DELETE FROM team_members WHERE team_id = $1 AND operator_id = $2").bind(team_id).bind(operator_id).execute(tx).await
}
