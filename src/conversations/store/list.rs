//! Lists, the queue, and their counts.

use serde::{Deserialize, Serialize};
use trunkline_channel::Micros;

use super::counts::{TROUBLED, UNREAD, in_queue_of, in_teams_of};
use crate::conversations::State;
use crate::db::{Arg, Db, DbError, Query, json_array, sql};

/// What a list is narrowed to; all conditions must hold.
#[derive(Debug, Default, Clone)]
pub struct Filter {
    pub states: Vec<State>,
    pub channel: Option<String>,
    pub inbox_id: Option<String>,
    /// `Some(None)` means nobody.
    pub assignee_id: Option<Option<String>>,
    pub team: Option<TeamIs>,
    pub contact_id: Option<String>,
    pub tag: Option<String>,
    pub priority: Option<i64>,
    pub skill: Option<String>,
    pub created_from: Option<Micros>,
    pub created_to: Option<Micros>,
    pub updated_from: Option<Micros>,
    pub updated_to: Option<Micros>,
    pub unread: Option<bool>,
    pub troubled: Option<bool>,
    /// The customer waits since this moment or longer.
    pub waiting_before: Option<Micros>,
    /// Waits to be accepted by this operator, who may be one that supervises.
    pub queue_of: Option<(String, bool)>,
}

/// Whose conversations, of all teams.
#[derive(Debug, Clone)]
pub enum TeamIs {
    Id(String),
    /// One of this operator's teams.
    OneOf {
        operator_id: String,
    },
    None,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// Last changed first.
    Recent,
    /// Most pressing first, then longest waiting.
    Priority,
    /// Longest waiting first.
    Waiting,
}

/// Where a page starts: after this row.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Position {
    pub order: Order,
    pub priority: i64,
    pub at: Micros,
    pub id: String,
}

#[derive(Debug, sqlx::FromRow)]
pub struct ListRow {
    pub id: String,
    pub priority: i64,
    pub at: Micros,
}

/// Ids of one page, in order, each with what its position is made of.
pub async fn list(db: &Db, filter: &Filter, order: Order, after: Option<&Position>, limit: i64) -> Result<Vec<ListRow>, DbError> {
    page_query(filter, order, after, limit).all(db).await
}

#[must_use]
pub fn page_query(filter: &Filter, order: Order, after: Option<&Position>, limit: i64) -> Query {
    // Conversations in which nobody waits come last when sorting by waiting time.
    const WAITING: &str = "COALESCE(c.waiting_since, 9223372036854775807)";
    let at = if order == Order::Recent { "c.updated_at" } else { WAITING };
    let mut query = sql(format!("SELECT c.id, c.priority, {at} AS at FROM conversations c WHERE TRUE"));
    query = conditions(query, filter);
    if let Some(after) = after {
        query = match order {
            Order::Recent => {
                query.push_bound(" AND (c.updated_at, c.id) < (?, ?)", vec![after.at.into(), after.id.as_str().into()])
            }
            Order::Waiting => {
                query.push_bound(&format!(" AND ({WAITING}, c.id) > (?, ?)"), vec![after.at.into(), after.id.as_str().into()])
            }
            Order::Priority => query.push_bound(
                &format!(" AND (-c.priority, {WAITING}, c.id) > (?, ?, ?)"),
                vec![(-after.priority).into(), after.at.into(), after.id.as_str().into()],
            ),
        };
    }
    let sorted = match order {
        Order::Recent => " ORDER BY c.updated_at DESC, c.id DESC".to_owned(),
        Order::Waiting => format!(" ORDER BY {WAITING}, c.id"),
        Order::Priority => format!(" ORDER BY -c.priority, {WAITING}, c.id"),
    };
    query.push(&sorted).push_bound(" LIMIT ?", vec![limit.into()])
}

fn conditions(mut query: Query, filter: &Filter) -> Query {
    if let [state] = filter.states.as_slice() {
        query = query.push_bound(" AND c.state = ?", vec![state.as_str().into()]);
    } else if !filter.states.is_empty() {
        let states = json_array(filter.states.iter().map(|state| state.as_str()));
        query = query.push_bound(" AND c.state IN (SELECT value FROM each_text(?))", vec![states.into()]);
    }
    let bound: [(&str, Option<Arg>); 10] = [
        (" AND c.channel = ?", filter.channel.as_deref().map(Arg::from)),
        (" AND c.inbox_id = ?", filter.inbox_id.as_deref().map(Arg::from)),
        (" AND c.contact_id = ?", filter.contact_id.as_deref().map(Arg::from)),
        (" AND c.priority = ?", filter.priority.map(Arg::from)),
        (" AND c.created_at >= ?", filter.created_from.map(Arg::from)),
        (" AND c.created_at < ?", filter.created_to.map(Arg::from)),
        (" AND c.updated_at >= ?", filter.updated_from.map(Arg::from)),
        (" AND c.updated_at < ?", filter.updated_to.map(Arg::from)),
        (" AND c.waiting_since <= ?", filter.waiting_before.map(Arg::from)),
        (
            " AND EXISTS (SELECT 1 FROM conversation_tags g WHERE g.conversation_id = c.id AND g.tag = ?)",
            filter.tag.as_deref().map(Arg::from),
        ),
    ];
    for (condition, value) in bound {
        if let Some(value) = value {
            query = query.push_bound(condition, vec![value]);
        }
    }
    if let Some(skill) = &filter.skill {
        query = query.push_bound(" AND ? IN (SELECT value FROM each_text(c.required_skills))", vec![skill.into()]);
    }
    for (condition, wanted) in [(UNREAD, filter.unread), (TROUBLED, filter.troubled)] {
        query = match wanted {
            Some(true) => query.push(&format!(" AND {condition}")),
            Some(false) => query.push(&format!(" AND NOT {condition}")),
            None => query,
        };
    }
    if let Some((operator, supervises)) = &filter.queue_of {
        let text = format!(" AND {}", in_queue_of("?", "?"));
        query = query.push_bound(&text, vec![operator.into(), operator.into(), (*supervises).into(), operator.into()]);
    }
    query = match &filter.team {
        Some(TeamIs::Id(id)) => query.push_bound(" AND c.team_id = ?", vec![id.into()]),
        Some(TeamIs::OneOf { operator_id }) => query.push_bound(&format!(" AND {}", in_teams_of("?")), vec![operator_id.into()]),
        Some(TeamIs::None) => query.push(" AND c.team_id IS NULL"),
        None => query,
    };
    match &filter.assignee_id {
        Some(Some(id)) => query.push_bound(" AND c.assignee_id = ?", vec![id.into()]),
        Some(None) => query.push(" AND c.assignee_id IS NULL"),
        None => query,
    }
}

/// How many conversations are in each state.
pub async fn count_by_state(db: &Db) -> Result<Vec<(String, i64)>, DbError> {
    sql("SELECT state, CAST(COUNT(*) AS BIGINT) FROM conversations GROUP BY state").all(db).await
}

/// What the statistics of the queue are made of: one row for each priority and channel.
#[derive(Debug, sqlx::FromRow)]
pub struct QueueRow {
    pub priority: i64,
    pub channel: String,
    pub waiting: i64,
    pub oldest: Option<Micros>,
    /// Sum of the moments since which they wait, for the mean.
    pub since_sum: i64,
}

pub async fn queue_rows(db: &Db) -> Result<Vec<QueueRow>, DbError> {
    sql("SELECT priority, channel, CAST(COUNT(*) AS BIGINT) AS waiting, MIN(COALESCE(waiting_since, created_at)) AS oldest, \
         CAST(SUM(COALESCE(waiting_since, created_at) / 1000) AS BIGINT) AS since_sum \
         FROM conversations WHERE state IN ('new', 'transferred') GROUP BY priority, channel ORDER BY priority DESC, channel")
    .all(db)
    .await
}
