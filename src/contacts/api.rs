//! `/api/v1/contacts`, and the context of a conversation.

use axum::extract::State;
use http::StatusCode;
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{ContactChange, ContactView, ContextView, MergeView, Suggestion};
use crate::access::Caller;
use crate::app::App;
use crate::conversations::{self, ConversationView, NewConversation, Started};
use crate::http::{ApiError, Json, Page, PageQuery, Path, Problem, Query};
use crate::services::Services;

pub fn routes() -> OpenApiRouter<Services> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(get, change))
        .routes(routes!(list_conversations, start))
        .routes(routes!(merge_suggestions))
        .routes(routes!(merge))
        .routes(routes!(unmerge))
        .routes(routes!(context))
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct ListQuery {
    /// Words of names and handles; the last may be a beginning.
    q: Option<String>,
    limit: Option<i64>,
    cursor: Option<String>,
}

/// Contacts, newest first.
#[utoipa::path(get, path = "/api/v1/contacts", tag = "contacts", operation_id = "list_contacts", params(ListQuery),
    responses((status = 200, body = Page<ContactView>)))]
async fn list(
    State(app): State<App>,
    caller: Caller,
    Query(query): Query<ListQuery>,
) -> Result<Json<Page<ContactView>>, ApiError> {
    let page = PageQuery { limit: query.limit, cursor: query.cursor };
    Ok(Json(super::list(&app, &caller, query.q.as_deref(), &page).await?))
}

#[utoipa::path(get, path = "/api/v1/contacts/{id}", tag = "contacts", operation_id = "get_contact", params(("id" = String, Path)),
    responses((status = 200, body = ContactView), (status = 404, body = Problem)))]
async fn get(State(app): State<App>, caller: Caller, Path(id): Path<String>) -> Result<Json<ContactView>, ApiError> {
    Ok(Json(super::get(&app, &caller, &id).await?))
}

#[utoipa::path(patch, path = "/api/v1/contacts/{id}", tag = "contacts", operation_id = "change_contact", params(("id" = String, Path)),
    request_body = ContactChange,
    responses((status = 200, body = ContactView), (status = 400, body = Problem), (status = 404, body = Problem)))]
async fn change(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    Json(change): Json<ContactChange>,
) -> Result<Json<ContactView>, ApiError> {
    Ok(Json(super::change(&app, &caller, &id, &change).await?))
}

/// Conversations of a contact, the latest first.
#[utoipa::path(get, path = "/api/v1/contacts/{id}/conversations", tag = "contacts", operation_id = "list_conversations_of_contact",
    params(("id" = String, Path), PageQuery),
    responses((status = 200, body = Page<ConversationView>), (status = 404, body = Problem)))]
async fn list_conversations(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<ConversationView>>, ApiError> {
    Ok(Json(super::conversations(&app, &caller, &id, &page).await?))
}

/// Writes first: begins a conversation with a contact, assigned to whoever asks, and sends its first message. The customer's
/// answer comes into it.
#[utoipa::path(post, path = "/api/v1/contacts/{id}/conversations", tag = "contacts", operation_id = "start_conversation",
    params(("id" = String, Path)), request_body = NewConversation,
    responses((status = 201, body = Started), (status = 400, body = Problem), (status = 404, body = Problem),
    (status = 409, body = Problem, description = "already_open (with its conversation_id), blocked, inbox_paused, no_line or window_closed"),
    (status = 422, body = Problem, description = "invalid_content, not_supported or client_id_reused")))]
async fn start(
    State(services): State<Services>,
    caller: Caller,
    Path(id): Path<String>,
    Json(new): Json<NewConversation>,
) -> Result<(StatusCode, Json<Started>), ApiError> {
    let started = conversations::start(&services.app, &caller, &id, new).await?;
    services.deliveries.wake();
    Ok((StatusCode::CREATED, Json(started)))
}

/// What is known of a conversation's customer.
#[utoipa::path(get, path = "/api/v1/conversations/{id}/context", tag = "contacts", operation_id = "get_conversation_context",
    params(("id" = String, Path)), responses((status = 200, body = ContextView), (status = 404, body = Problem)))]
async fn context(State(app): State<App>, caller: Caller, Path(id): Path<String>) -> Result<Json<ContextView>, ApiError> {
    Ok(Json(super::context(&app, &caller, &id).await?))
}

/// Contacts that may be the same person, each with the evidence.
#[utoipa::path(get, path = "/api/v1/contacts/{id}/merge-suggestions", tag = "contacts", operation_id = "list_merge_suggestions",
    params(("id" = String, Path)), responses((status = 200, body = Vec<Suggestion>), (status = 404, body = Problem)))]
async fn merge_suggestions(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<Vec<Suggestion>>, ApiError> {
    Ok(Json(super::suggestions(&app, &caller, &id).await?))
}

#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct Merge {
    /// The contact that becomes part of this one.
    contact_id: String,
}

/// Makes another contact part of this one: its identities and conversations are here from now on.
#[utoipa::path(post, path = "/api/v1/contacts/{id}/merge", tag = "contacts", operation_id = "merge_contacts",
    params(("id" = String, Path)), request_body = Merge,
    responses((status = 200, body = MergeView), (status = 400, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem)))]
async fn merge(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    Json(merge): Json<Merge>,
) -> Result<Json<MergeView>, ApiError> {
    Ok(Json(super::merge(&app, &caller, &id, &merge.contact_id).await?))
}

/// Undoes a merge: what moved moves back.
#[utoipa::path(post, path = "/api/v1/contacts/{id}/unmerge", tag = "contacts", operation_id = "unmerge_contacts",
    params(("id" = String, Path)), responses((status = 200, body = MergeView), (status = 404, body = Problem), (status = 409, body = Problem)))]
async fn unmerge(State(app): State<App>, caller: Caller, Path(id): Path<String>) -> Result<Json<MergeView>, ApiError> {
    Ok(Json(super::unmerge(&app, &caller, &id).await?))
}
