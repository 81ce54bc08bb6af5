//! Routes of inboxes.

use axum::extract::State;
use http::StatusCode;
use serde::Serialize;
use serde_json::Value;
use trunkline_channel::rich::Template;
use trunkline_channel::{Capabilities, Check, HealthReport};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{InboxChange, InboxRow, NewInbox, Supervisor, secrets};
use crate::access::{Caller, Role};
use crate::app::App;
use crate::config::InboxOptions;
use crate::connectors::ChannelKind;
use crate::http::{ApiError, Json, Path};
use crate::services::Services;

pub fn routes() -> OpenApiRouter<Services> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(get, update, remove))
        .routes(routes!(pause))
        .routes(routes!(resume))
        .routes(routes!(diagnose))
        .routes(routes!(templates))
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct InboxView {
    pub id: String,
    pub name: String,
    #[schema(value_type = ChannelKind)]
    pub channel: String,
    /// Where it is changed.
    #[schema(value_type = InboxSource)]
    pub source: String,
    #[schema(value_type = InboxState)]
    pub state: String,
    pub options: InboxOptions,
    /// State of the line, when it entered it, and what was seen last.
    pub health: HealthReport,
    /// What the channel can do; null where the settings do not work.
    pub capabilities: Option<Capabilities>,
    /// The channel's settings, secrets hidden; for admins only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub settings: Option<Value>,
    /// Where the provider delivers, for channels with webhooks.
    pub webhook_url: String,
    pub created_at: i64,
    pub updated_at: i64,
}

/// Where an inbox comes from, by the names that are stored.
#[derive(utoipa::ToSchema)]
#[schema(rename_all = "snake_case")]
pub enum InboxSource {
    File,
    Api,
}

/// Whether an inbox works, by the names that are stored.
#[derive(utoipa::ToSchema)]
#[schema(rename_all = "snake_case")]
pub enum InboxState {
    Running,
    Paused,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Inboxes {
    pub items: Vec<InboxView>,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Diagnosis {
    /// The channel doctor's list.
    pub checks: Vec<Check>,
}

fn view(app: &App, supervisor: &Supervisor, caller: &Caller, row: InboxRow) -> InboxView {
    let settings = (caller.role == Role::Admin).then(|| super::settings(app, &row).map_or(Value::Null, |s| secrets::hidden(&s)));
    InboxView {
        options: super::options(&row),
        health: supervisor.health(&row.id),
        capabilities: supervisor.connector(&row.id).map(|connector| connector.capabilities().clone()),
        settings,
        webhook_url: format!("{}/in/{}", app.config.server.public_url.trim_end_matches('/'), row.id),
        id: row.id,
        name: row.name,
        channel: row.channel,
        source: row.source,
        state: row.state,
        created_at: row.created_at,
        updated_at: row.updated_at,
    }
}

/// All inboxes with their health.
#[utoipa::path(get, path = "/api/v1/inboxes", tag = "inboxes", responses((status = 200, body = Inboxes)))]
async fn list(State(app): State<App>, State(supervisor): State<Supervisor>, caller: Caller) -> Result<Json<Inboxes>, ApiError> {
    let rows = super::all(&app.db).await?;
    Ok(Json(Inboxes { items: rows.into_iter().map(|row| view(&app, &supervisor, &caller, row)).collect() }))
}

/// Connects a new inbox; its settings are checked by the channel, sealed, and never shown again.
#[utoipa::path(post, path = "/api/v1/inboxes", tag = "inboxes", request_body = NewInbox,
    responses((status = 201, body = InboxView), (status = 400, description = "the settings cannot work"), (status = 409, description = "name_taken")))]
async fn create(
    State(app): State<App>,
    State(supervisor): State<Supervisor>,
    caller: Caller,
    Json(new): Json<NewInbox>,
) -> Result<(StatusCode, Json<InboxView>), ApiError> {
    let row = super::create(&app, &caller, new).await?;
    supervisor.look().await;
    Ok((StatusCode::CREATED, Json(view(&app, &supervisor, &caller, row))))
}

#[utoipa::path(get, path = "/api/v1/inboxes/{id}", tag = "inboxes", params(("id" = String, Path)), responses((status = 200, body = InboxView)))]
async fn get(
    State(app): State<App>,
    State(supervisor): State<Supervisor>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<InboxView>, ApiError> {
    let row = super::get(&app, &id).await?;
    Ok(Json(view(&app, &supervisor, &caller, row)))
}

/// Changes name, options or settings; the connector is replaced while the daemon runs.
#[utoipa::path(patch, path = "/api/v1/inboxes/{id}", tag = "inboxes", params(("id" = String, Path)), request_body = InboxChange,
    responses((status = 200, body = InboxView), (status = 409, description = "from_file or name_taken")))]
async fn update(
    State(app): State<App>,
    State(supervisor): State<Supervisor>,
    caller: Caller,
    Path(id): Path<String>,
    Json(change): Json<InboxChange>,
) -> Result<Json<InboxView>, ApiError> {
    let row = super::update(&app, &caller, &id, change).await?;
    supervisor.look().await;
    Ok(Json(view(&app, &supervisor, &caller, row)))
}

/// Takes an inbox out of use; its conversations stay.
#[utoipa::path(delete, path = "/api/v1/inboxes/{id}", tag = "inboxes", params(("id" = String, Path)),
    responses((status = 204), (status = 409, description = "from_file")))]
async fn remove(
    State(app): State<App>,
    State(supervisor): State<Supervisor>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<StatusCode, ApiError> {
    super::remove(&app, &caller, &id).await?;
    supervisor.look().await;
    Ok(StatusCode::NO_CONTENT)
}

/// Stops the line until it is resumed.
#[utoipa::path(post, path = "/api/v1/inboxes/{id}/pause", tag = "inboxes", params(("id" = String, Path)), responses((status = 200, body = InboxView)))]
async fn pause(
    State(app): State<App>,
    State(supervisor): State<Supervisor>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<InboxView>, ApiError> {
    let row = super::pause(&app, &caller, &id).await?;
    supervisor.look().await;
    Ok(Json(view(&app, &supervisor, &caller, row)))
}

#[utoipa::path(post, path = "/api/v1/inboxes/{id}/resume", tag = "inboxes", params(("id" = String, Path)), responses((status = 200, body = InboxView)))]
async fn resume(
    State(app): State<App>,
    State(supervisor): State<Supervisor>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<InboxView>, ApiError> {
    let row = super::resume(&app, &caller, &id).await?;
    supervisor.look().await;
    Ok(Json(view(&app, &supervisor, &caller, row)))
}

/// Makes every check of this line that a person would make by hand.
#[utoipa::path(post, path = "/api/v1/inboxes/{id}/diagnose", tag = "inboxes", params(("id" = String, Path)), responses((status = 200, body = Diagnosis)))]
async fn diagnose(
    State(app): State<App>,
    State(supervisor): State<Supervisor>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<Diagnosis>, ApiError> {
    if !caller.role.supervises() {
        return Err(ApiError::forbidden("only supervisors and admins test inboxes"));
    }
    super::get(&app, &id).await?;
    Ok(Json(Diagnosis { checks: supervisor.diagnose(&id).await }))
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Templates {
    /// As the provider knows them, all states.
    pub items: Vec<Template>,
}

/// The templates of this account; only approved ones can be sent.
#[utoipa::path(get, path = "/api/v1/inboxes/{id}/templates", tag = "inboxes", params(("id" = String, Path)),
    responses((status = 200, body = Templates), (status = 409, description = "not_supported or no_line"), (status = 502, description = "provider_refused"),
    (status = 504, description = "provider_silent")))]
async fn templates(
    State(app): State<App>,
    State(supervisor): State<Supervisor>,
    _caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<Templates>, ApiError> {
    super::get(&app, &id).await?;
    let templates = super::templates::list(supervisor.connector(&id)).await?;
    Ok(Json(Templates { items: templates }))
}
