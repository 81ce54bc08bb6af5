//! `/api/live-chat/…`

use axum::extract::State;
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::words::{session, states_of};
use crate::access::{self, Caller, Principal, Visitor};
use crate::app::App;
use crate::contacts::{self, ContextView};
use crate::conversations::store::Order;
use crate::conversations::{
    self, Assign, HistoryQuery, ListQuery, MessageView, Priority, QueueStatistics, Scope, Transfer, statistics,
};
use crate::http::{ApiError, ClientAddress, Json, Page, Path, Query};
use crate::services::Services;
use crate::widget::{self, Start};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct StartBody {
    client_id: Option<String>,
    subject: Option<String>,
    priority: Option<String>,
    required_skills: Vec<String>,
    metadata: Option<Value>,
    #[serde(alias = "content", alias = "text")]
    message: Option<String>,
}

/// A customer starts; answered with the session, and what the customer may know of their own past.
pub async fn start(
    State(services): State<Services>,
    visitor: Visitor,
    ClientAddress(address): ClientAddress,
    Json(body): Json<StartBody>,
) -> Result<(StatusCode, Json<Value>), ApiError> {
    let StartBody { client_id, subject, priority, required_skills, metadata, message } = body;
    let new = Start { client_id, subject, priority, required_skills, metadata, text: message, ..Start::default() };
    let id = widget::start(&services, &visitor, address, new).await?.conversation_id;
    let view = session(&widget::own_session(&services, &visitor, &id).await?)?;
    let past = contacts::past(&services.app, &id).await?;
    Ok((StatusCode::CREATED, Json(json!({ "session_id": id, "session": view, "customer_context": past }))))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct SessionsQuery {
    status: Option<String>,
    channel: Option<String>,
    priority: Option<Priority>,
    #[serde(alias = "skills")]
    skill: Option<String>,
    agent_id: Option<String>,
    /// `priority`, `wait` or `recent`.
    #[serde(alias = "sort_by")]
    sort: Option<String>,
    limit: Option<i64>,
    cursor: Option<String>,
}

pub async fn sessions(
    State(app): State<App>,
    caller: Caller,
    Query(query): Query<SessionsQuery>,
) -> Result<Json<Value>, ApiError> {
    let sort = match query.sort.as_deref() {
        None => None,
        Some("priority") => Some(Order::Priority),
        Some("wait" | "wait_time" | "waiting") => Some(Order::Waiting),
        Some("recent" | "created_at") => Some(Order::Recent),
        Some(_) => return Err(ApiError::invalid("/sort", "must be priority, wait or recent")),
    };
    let list = ListQuery {
        state: query.status.as_deref().map(states_of).transpose()?,
        channel: query.channel,
        priority: query.priority,
        skill: query.skill,
        assignee: query.agent_id,
        sort,
        limit: query.limit,
        cursor: query.cursor,
        ..ListQuery::default()
    };
    let page = conversations::list(&app, &caller, &list).await?;
    let sessions = page.items.iter().map(session).collect::<Result<Vec<_>, _>>()?;
    Ok(Json(json!({ "sessions": sessions, "next_cursor": page.next_cursor })))
}

pub async fn queue_statistics(State(app): State<App>, _caller: Caller) -> Result<Json<QueueStatistics>, ApiError> {
    Ok(Json(statistics(&app).await?))
}

pub async fn messages(
    State(app): State<App>,
    who: Principal,
    Path(id): Path<String>,
    Query(query): Query<HistoryQuery>,
) -> Result<Json<Page<MessageView>>, ApiError> {
    let scope = match &who {
        Principal::Operator(caller) => Scope::Operator(caller),
        Principal::Visitor(visitor) => Scope::Visitor(visitor),
    };
    Ok(Json(conversations::history(&app, scope, &id, &query).await?))
}

pub async fn customer_context(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<ContextView>, ApiError> {
    Ok(Json(contacts::context(&app, &caller, &id).await?))
}

#[derive(Debug, Deserialize)]
pub struct TransferBody {
    #[serde(alias = "operator_id", alias = "to_agent_id", alias = "target_agent_id")]
    agent_id: Option<String>,
    team_id: Option<String>,
    #[serde(alias = "reason", alias = "note")]
    comment: Option<String>,
}

pub async fn transfer(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    Json(to): Json<TransferBody>,
) -> Result<Json<Value>, ApiError> {
    let transfer = Transfer { operator_id: to.agent_id, team_id: to.team_id, comment: to.comment };
    Ok(Json(session(&conversations::transfer(&app, &caller, &id, transfer).await?)?))
}

#[derive(Debug, Deserialize)]
pub struct AssignBody {
    #[serde(alias = "operator_id")]
    agent_id: Option<String>,
    team_id: Option<String>,
}

pub async fn assign(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    Json(to): Json<AssignBody>,
) -> Result<Json<Value>, ApiError> {
    let assign = Assign { operator_id: to.agent_id, team_id: to.team_id };
    Ok(Json(session(&conversations::assign(&app, &caller, &id, assign).await?)?))
}

pub async fn workload(State(app): State<App>, _caller: Caller, Path(agent_id): Path<String>) -> Result<Json<Value>, ApiError> {
    let load = access::workload(&app, &agent_id).await?;
    Ok(Json(json!({
        "agent_id": load.operator_id, "availability": load.availability, "active_sessions": load.active_conversations,
        "capacity": load.capacity, "free_slots": load.free_slots,
    })))
}
