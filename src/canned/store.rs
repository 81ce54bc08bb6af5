//! Table `canned_responses`.

use trunkline_channel::Micros;

use super::Sharing;
use crate::access::{Caller, Role};
use crate::db::{Conn, Db, DbError, Tx, sql};

#[derive(Debug, Clone, sqlx::FromRow)]
pub struct CannedResponse {
    pub id: String,
    pub shortcut: String,
    pub title: String,
    pub content: String,
    pub owner_id: Option<String>,
    pub team_id: Option<String>,
    pub created_at: Micros,
    pub updated_at: Micros,
}

impl CannedResponse {
    #[must_use]
    pub fn sharing(&self) -> Sharing {
        match (&self.owner_id, &self.team_id) {
            (Some(_), _) => Sharing::Personal,
            (None, Some(_)) => Sharing::Team,
            (None, None) => Sharing::Shared,
        }
    }
}

/// What variables stand for in a conversation.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Facts {
    pub customer_name: Option<String>,
    pub subject: Option<String>,
    pub channel: String,
}

/// Own ones, shared ones, and those of one's teams (of all teams for those who look after them), by shortcut.
pub async fn list(
    db: &Db,
    caller: &Caller,
    prefix: &str,
    after: Option<(String, String)>,
    limit: i64,
) -> Result<Vec<CannedResponse>, DbError> {
    let (shortcut, id) = after.unwrap_or_default();
    sql("SELECT id, shortcut, title, content, owner_id, team_id, created_at, updated_at FROM canned_responses \
         WHERE (owner_id = $1 OR (owner_id IS NULL AND (team_id IS NULL OR $2 \
                OR team_id IN (SELECT team_id FROM team_members WHERE operator_id = $1)))) \
           AND shortcut >= $3 AND shortcut < $4 AND (shortcut, id) > ($5, $6) ORDER BY shortcut, id LIMIT $7")
    .bind(&caller.operator_id)
    .bind(caller.role != Role::Operator)
    .bind(prefix)
    // The last character there is: everything that begins with the prefix sorts before it.
    .bind(format!("{prefix}\u{10ffff}"))
    .bind(shortcut)
    .bind(id)
    .bind(limit)
    .all(db)
    .await
}

/// One that the caller can use.
pub async fn get<'c>(on: impl Into<Conn<'c>>, caller: &Caller, id: &str) -> Result<Option<CannedResponse>, DbError> {
    sql("SELECT id, shortcut, title, content, owner_id, team_id, created_at, updated_at FROM canned_responses \
         WHERE id = $3 AND (owner_id = $1 OR (owner_id IS NULL AND (team_id IS NULL OR $2 \
                OR team_id IN (SELECT team_id FROM team_members WHERE operator_id = $1))))")
    .bind(&caller.operator_id)
    .bind(caller.role != Role::Operator)
    .bind(id)
    .optional(on)
    .await
}

pub async fn insert(tx: &mut Tx, row: &CannedResponse) -> Result<(), DbError> {
    sql("INSERT INTO canned_responses (id, shortcut, title, content, owner_id, team_id, created_at, updated_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)")
    .bind(&row.id)
    .bind(&row.shortcut)
    .bind(&row.title)
    .bind(&row.content)
    .bind(row.owner_id.clone())
    .bind(row.team_id.clone())
    .bind(row.created_at)
    .bind(row.updated_at)
    .execute(tx)
    .await
    .map(|_| ())
}

pub async fn update(tx: &mut Tx, row: &CannedResponse) -> Result<(), DbError> {
    sql("UPDATE canned_responses SET shortcut = $1, title = $2, content = $3, updated_at = $4 WHERE id = $5")
        .bind(&row.shortcut)
        .bind(&row.title)
        .bind(&row.content)
        .bind(row.updated_at)
        .bind(&row.id)
        .execute(tx)
        .await
        .map(|_| ())
}

pub async fn delete(tx: &mut Tx, id: &str) -> Result<(), DbError> {
    sql("DELETE FROM canned_responses WHERE id = $1").bind(id).execute(tx).await.map(|_| ())
}

pub async fn team_exists(tx: &mut Tx, id: &str) -> Result<bool, DbError> {
    Ok(sql("SELECT id FROM teams WHERE id = $1").bind(id).optional::<(String,)>(tx).await?.is_some())
}

pub async fn facts_of(db: &Db, conversation_id: &str) -> Result<Option<Facts>, DbError> {
    sql("SELECT COALESCE(c.name, i.name) AS customer_name, v.subject, v.channel FROM conversations v \
         JOIN contacts c ON c.id = v.contact_id JOIN identities i ON i.id = v.identity_id WHERE v.id = $1")
    .bind(conversation_id)
    .optional(db)
    .await
}
