//! Routes of the raw event inbox.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header;
use serde::Deserialize;
use trunkline_channel::Outcome;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Intake;
use super::raw::{self, RawEventView, RawState};
use crate::access::Caller;
use crate::app::App;
use crate::http::{ApiError, Json, Page, PageQuery, Path, Query};
use crate::services::Services;

pub fn routes() -> OpenApiRouter<Services> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(body)).routes(routes!(replay))
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct RawQuery {
    #[param(value_type = Option<RawState>, inline)]
    state: Option<String>,
    inbox_id: Option<String>,
    limit: Option<i64>,
    cursor: Option<String>,
}

/// Raw events, newest first, each with what became of it.
#[utoipa::path(get, path = "/api/v1/raw-events", tag = "raw events", params(RawQuery),
    responses((status = 200, body = Page<RawEventView>)))]
async fn list(
    State(app): State<App>,
    _caller: Caller,
    Query(query): Query<RawQuery>,
) -> Result<Json<Page<RawEventView>>, ApiError> {
    let page = PageQuery { limit: query.limit, cursor: query.cursor };
    Ok(Json(raw::list(&app, query.state.as_deref(), query.inbox_id.as_deref(), &page).await?))
}

/// The bytes of a raw event, as they arrived; always a download.
#[utoipa::path(get, path = "/api/v1/raw-events/{id}/body", tag = "raw events", params(("id" = String, Path)),
    responses((status = 200, content_type = "application/octet-stream")))]
async fn body(State(app): State<App>, _caller: Caller, Path(id): Path<String>) -> Result<Response, ApiError> {
    let body = raw::body(&app, &id).await?;
    let headers =
        [(header::CONTENT_TYPE, "application/octet-stream"), (header::CONTENT_DISPOSITION, "attachment; filename=\"raw-event\"")];
    Ok((headers, body).into_response())
}

#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
struct Replayed {
    #[schema(value_type = RawState)]
    outcome: &'static str,
    reason: Option<String>,
    /// Messages the event stands for: made now, or when it was applied before.
    messages: Vec<raw::RawMessageRef>,
}

/// Applies a stored raw event again; what it did before is not done twice.
#[utoipa::path(post, path = "/api/v1/raw-events/{id}/replay", tag = "raw events", params(("id" = String, Path)),
    responses((status = 200, body = Replayed)))]
async fn replay(State(intake): State<Intake>, _caller: Caller, Path(id): Path<String>) -> Result<Json<Replayed>, ApiError> {
    let (outcome, reason, messages) = match raw::replay(&intake, &id).await? {
        Outcome::Applied { messages } | Outcome::Duplicate { messages } => ("applied", None, messages),
        Outcome::Ignored { reason } => ("ignored", Some(reason), Vec::new()),
        Outcome::Quarantined { reason } => ("quarantined", Some(reason), Vec::new()),
    };
    let reference = |message: trunkline_channel::StoredMessage| raw::RawMessageRef {
        message_id: message.message_id,
        conversation_id: message.conversation_id,
        number: message.number,
    };
    Ok(Json(Replayed { outcome, reason, messages: messages.into_iter().map(reference).collect() }))
}
