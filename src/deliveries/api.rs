//! Routes of deliveries.

use axum::extract::State as Shared;
use serde::{Deserialize, Serialize};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::State;
use super::actions::{self, Filter};
use super::store::{AttemptRow, DeliveryRow};
use crate::access::Caller;
use crate::app::App;
use crate::http::{ApiError, Json, Page, PageQuery, Path, Query};
use crate::services::Services;

pub fn routes() -> OpenApiRouter<Services> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(of_message))
        .routes(routes!(retry))
        .routes(routes!(settle))
        .routes(routes!(cancel))
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct DeliveryView {
    pub id: String,
    pub message_id: String,
    pub conversation_id: String,
    pub inbox_id: String,
    pub number: i64,
    #[schema(value_type = State)]
    pub state: String,
    pub attempts: i64,
    /// When the next attempt is due, for `queued` and `retry_wait`.
    pub next_at: Option<i64>,
    /// The provider's or our own word for what went wrong.
    pub code: Option<String>,
    /// The same for people, with the way out where there is one.
    pub shown: Option<String>,
    pub created_at: i64,
    pub updated_at: i64,
    pub sent_at: Option<i64>,
    pub delivered_at: Option<i64>,
    pub read_at: Option<i64>,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct DeliveryHistory {
    #[serde(flatten)]
    pub delivery: DeliveryView,
    pub history: Vec<AttemptView>,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct AttemptView {
    /// From 1, also over rounds that people asked for.
    pub attempt: i64,
    pub started_at: i64,
    /// Null while it is under way, and for ever where it was broken off.
    pub finished_at: Option<i64>,
    /// `sent`, `retry`, `rate_limited`, `maybe`, `rejected`, `peer_gone`, `window_closed` or `bad_credentials`.
    pub outcome: Option<String>,
    pub detail: Option<String>,
}

impl From<DeliveryRow> for DeliveryView {
    fn from(row: DeliveryRow) -> Self {
        let waits = [State::Queued, State::RetryWait].map(State::as_str).contains(&row.state.as_str());
        Self {
            next_at: waits.then_some(row.next_at),
            id: row.id,
            message_id: row.message_id,
            conversation_id: row.conversation_id,
            inbox_id: row.inbox_id,
            number: row.number,
            state: row.state,
            attempts: row.attempts,
            code: row.code,
            shown: row.shown,
            created_at: row.created_at,
            updated_at: row.updated_at,
            sent_at: row.sent_at,
            delivered_at: row.delivered_at,
            read_at: row.read_at,
        }
    }
}

impl From<AttemptRow> for AttemptView {
    fn from(row: AttemptRow) -> Self {
        Self {
            attempt: row.attempt,
            started_at: row.started_at,
            finished_at: row.finished_at,
            outcome: row.outcome,
            detail: row.detail,
        }
    }
}

/// Filters of the list.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct DeliveriesQuery {
    #[param(value_type = Option<State>, inline)]
    pub state: Option<String>,
    /// Id of an inbox.
    pub inbox: Option<String>,
    /// Items wanted, 1 to 200; 50 when left out.
    pub limit: Option<i64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// How a person settles a doubt.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Settlement {
    #[serde(rename = "as")]
    pub as_: SettledAs,
}

#[derive(Debug, Clone, Copy, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SettledAs {
    Sent,
}

/// Deliveries of all inboxes, newest first.
#[utoipa::path(get, path = "/api/v1/deliveries", tag = "deliveries", params(DeliveriesQuery), responses((status = 200, body = Page<DeliveryView>)))]
async fn list(
    Shared(app): Shared<App>,
    caller: Caller,
    Query(query): Query<DeliveriesQuery>,
) -> Result<Json<Page<DeliveryView>>, ApiError> {
    let page = PageQuery { limit: query.limit, cursor: query.cursor };
    let limit = page.limit()?;
    let state = match &query.state {
        None => None,
        Some(name) => Some(State::parse(name).ok_or_else(|| ApiError::invalid("/state", "is not a state of deliveries"))?),
    };
    let filter = Filter { state, inbox_id: query.inbox, before: page.position::<String>()? };
    let rows = actions::list(&app, &caller, &filter, limit + 1).await?;
    let views = rows.into_iter().map(DeliveryView::from).collect();
    Ok(Json(Page::cut(views, limit, |view: &DeliveryView| view.id.clone())))
}

/// How one message travelled: its delivery and every attempt.
#[utoipa::path(get, path = "/api/v1/messages/{id}/delivery", tag = "deliveries", params(("id" = String, Path)),
    responses((status = 200, body = DeliveryHistory), (status = 404, description = "not an outgoing message")))]
async fn of_message(Shared(app): Shared<App>, caller: Caller, Path(id): Path<String>) -> Result<Json<DeliveryHistory>, ApiError> {
    let (row, attempts) = actions::of_message(&app, &caller, &id).await?;
    Ok(Json(DeliveryHistory { delivery: row.into(), history: attempts.into_iter().map(AttemptView::from).collect() }))
}

/// Really sends again what failed or is in doubt. Asking twice is asking once.
#[utoipa::path(post, path = "/api/v1/deliveries/{id}/retry", tag = "deliveries", params(("id" = String, Path)),
    responses((status = 200, body = DeliveryView), (status = 409, description = "illegal_move")))]
async fn retry(Shared(app): Shared<App>, caller: Caller, Path(id): Path<String>) -> Result<Json<DeliveryView>, ApiError> {
    Ok(Json(actions::retry(&app, &caller, &id).await?.into()))
}

/// Settles a doubtful delivery: a person knows that it arrived.
#[utoipa::path(post, path = "/api/v1/deliveries/{id}/settle", tag = "deliveries", params(("id" = String, Path)),
    request_body = Settlement, responses((status = 200, body = DeliveryView), (status = 409, description = "illegal_move")))]
async fn settle(
    Shared(app): Shared<App>,
    caller: Caller,
    Path(id): Path<String>,
    Json(settlement): Json<Settlement>,
) -> Result<Json<DeliveryView>, ApiError> {
    let row = match settlement.as_ {
        SettledAs::Sent => actions::settle_as_sent(&app, &caller, &id).await?,
    };
    Ok(Json(row.into()))
}

/// Gives up on a waiting or doubtful delivery; the next reply of the conversation may then go.
#[utoipa::path(post, path = "/api/v1/deliveries/{id}/cancel", tag = "deliveries", params(("id" = String, Path)),
    responses((status = 200, body = DeliveryView), (status = 409, description = "illegal_move")))]
async fn cancel(Shared(app): Shared<App>, caller: Caller, Path(id): Path<String>) -> Result<Json<DeliveryView>, ApiError> {
    Ok(Json(actions::cancel(&app, &caller, &id).await?.into()))
}
