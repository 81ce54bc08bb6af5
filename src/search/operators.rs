//! Operators are few: they are read and looked through here.

use serde::Serialize;

use super::{Snippet, snippet, store};
use crate::access::{Availability, Caller, Role};
use crate::app::App;
use crate::db::DbError;

/// Operators looked through.
const MAX_OPERATORS: i64 = 2000;

#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct OperatorHit {
    pub id: String,
    pub name: String,
    #[schema(value_type = Role)]
    pub role: String,
    #[schema(value_type = Availability)]
    pub availability: String,
    pub snippet: Snippet,
}

/// Operators whose name or address has all the words, the last as a beginning; by name.
pub async fn find(app: &App, _caller: &Caller, words: &[String], limit: i64) -> Result<Vec<OperatorHit>, DbError> {
    let all = store::operators(&app.db, MAX_OPERATORS).await?;
    let found = all.into_iter().filter(|operator| snippet::has_all(&format!("{} {}", operator.name, operator.email), words));
    let hit = |operator: store::Operator| {
        let by_name = snippet::cut(&operator.name, words);
        let snippet = if by_name.ranges.is_empty() { snippet::cut(&operator.email, words) } else { by_name };
        OperatorHit { id: operator.id, name: operator.name, role: operator.role, availability: operator.availability, snippet }
    };
    Ok(found.take(usize::try_from(limit).unwrap_or(0)).map(hit).collect())
}
