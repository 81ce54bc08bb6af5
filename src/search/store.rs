//! Rows behind what the search indexes found.

use trunkline_channel::Micros;

use crate::conversations::State;
use crate::db::{Db, DbError, sql};

#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Hit {
    pub row_id: i64,
    pub id: String,
    pub conversation_id: String,
    pub number: i64,
    pub kind: String,
    pub sender_type: String,
    pub sender_name: Option<String>,
    pub text: String,
    pub created_at: Micros,
    pub channel: String,
    pub inbox_id: String,
    pub state: String,
    pub subject: Option<String>,
    pub assignee_id: Option<String>,
    pub contact_name: Option<String>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    pub channel: Option<String>,
    pub inbox_id: Option<String>,
    pub state: Option<State>,
    /// `Some(None)`: held by nobody.
    pub assignee: Option<Option<String>>,
    pub from: Option<Micros>,
    pub to: Option<Micros>,
}

impl Filter {
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Operator {
    pub id: String,
    pub name: String,
    pub email: String,
    pub role: String,
    pub availability: String,
}

/// Those of `rows` that pass the filter and still stand, newest first.
pub async fn hits(db: &Db, rows: &[i64], filter: &Filter, limit: i64) -> Result<Vec<Hit>, DbError> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let mut query =
        sql("SELECT m.row_id, m.id, m.conversation_id, m.number, m.kind, m.sender_type, m.sender_name, m.text, m.created_at, \
                c.channel, c.inbox_id, c.state, c.subject, c.assignee_id, t.name AS contact_name \
         FROM messages m JOIN conversations c ON c.id = m.conversation_id JOIN contacts t ON t.id = c.contact_id \
         WHERE m.row_id IN (SELECT CAST(value AS BIGINT) FROM each_text($1)) AND m.deleted_at IS NULL")
        .bind(serde_json::Value::from(rows).to_string());
    if let Some(channel) = &filter.channel {
        query = query.push_bound(" AND c.channel = ?", vec![channel.into()]);
    }
    if let Some(inbox_id) = &filter.inbox_id {
        query = query.push_bound(" AND c.inbox_id = ?", vec![inbox_id.into()]);
    }
    if let Some(state) = filter.state {
        query = query.push_bound(" AND c.state = ?", vec![state.as_str().into()]);
    }
    match &filter.assignee {
        Some(Some(id)) => query = query.push_bound(" AND c.assignee_id = ?", vec![id.into()]),
        Some(None) => query = query.push(" AND c.assignee_id IS NULL"),
        None => {}
    }
    if let Some(from) = filter.from {
        query = query.push_bound(" AND m.created_at >= ?", vec![from.into()]);
    }
    if let Some(to) = filter.to {
        query = query.push_bound(" AND m.created_at < ?", vec![to.into()]);
    }
    query.push_bound(" ORDER BY m.row_id DESC LIMIT ?", vec![limit.into()]).all(db).await
}

/// All operators who are not switched off.
pub async fn operators(db: &Db, limit: i64) -> Result<Vec<Operator>, DbError> {
    sql("SELECT id, name, email, role, availability FROM operators WHERE disabled_at IS NULL ORDER BY name, id LIMIT $1")
        .bind(limit)
        .all(db)
        .await
}
