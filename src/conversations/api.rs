//! Routes of conversations and their messages.

use axum::extract::State;
use http::StatusCode;
use trunkline_channel::Signal;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{
    Assign, Change, Close, ConversationView, Counts, Edit, Error, Escalate, HistoryQuery, ListQuery, MessageView, NewReply,
    QueueStatistics, React, Scope, Seer, Transfer, Wish,
};
use crate::access::Caller;
use crate::app::App;
use crate::http::{ApiError, Json, Page, Path, Problem, Query};
use crate::services::Services;

pub fn routes() -> OpenApiRouter<Services> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(counts))
        .routes(routes!(get))
        .routes(routes!(update))
        .routes(routes!(accept))
        .routes(routes!(assign))
        .routes(routes!(transfer))
        .routes(routes!(escalate))
        .routes(routes!(close))
        .routes(routes!(reopen))
        .routes(routes!(archive))
        .routes(routes!(history, reply))
        .routes(routes!(edit_message, delete_message))
        .routes(routes!(react, take_reaction_back))
        .merge(super::long_forms::routes())
        .merge(super::evidence::routes())
        .routes(routes!(seen))
        .routes(routes!(unread))
        .routes(routes!(queue_statistics))
}

/// Conversations, filtered and sorted.
#[utoipa::path(get, path = "/api/v1/conversations", tag = "conversations", params(ListQuery),
    responses((status = 200, body = Page<ConversationView>)))]
async fn list(
    State(app): State<App>,
    caller: Caller,
    Query(query): Query<ListQuery>,
) -> Result<Json<Page<ConversationView>>, ApiError> {
    Ok(Json(super::list(&app, &caller, &query).await?))
}

/// How many conversations the caller's lists have, in one answer.
#[utoipa::path(get, path = "/api/v1/conversations/counts", tag = "conversations", responses((status = 200, body = Counts)))]
async fn counts(State(app): State<App>, caller: Caller) -> Result<Json<Counts>, ApiError> {
    Ok(Json(super::counts(&app, &caller).await?))
}

/// One conversation.
#[utoipa::path(get, path = "/api/v1/conversations/{id}", tag = "conversations", params(("id" = String, Path)),
    responses((status = 200, body = ConversationView)))]
async fn get(State(app): State<App>, caller: Caller, Path(id): Path<String>) -> Result<Json<ConversationView>, ApiError> {
    Ok(Json(super::view(&app, &caller, &id).await?))
}

/// Changes subject, priority, tags or custom fields.
#[utoipa::path(patch, path = "/api/v1/conversations/{id}", tag = "conversations", params(("id" = String, Path)),
    request_body = Change, responses((status = 200, body = ConversationView)))]
async fn update(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    Json(change): Json<Change>,
) -> Result<Json<ConversationView>, ApiError> {
    Ok(Json(super::update(&app, &caller, &id, change).await?))
}

/// Takes a waiting conversation; exactly one of many simultaneous calls succeeds, the others learn who did.
#[utoipa::path(post, path = "/api/v1/conversations/{id}/accept", tag = "conversations", params(("id" = String, Path)),
    responses((status = 200, body = ConversationView), (status = 409, description = "already_accepted or illegal_move")))]
async fn accept(State(app): State<App>, caller: Caller, Path(id): Path<String>) -> Result<Json<ConversationView>, ApiError> {
    Ok(Json(super::accept(&app, &caller, &id).await?))
}

/// Gives the conversation to an operator, or puts it into the queue of a team.
#[utoipa::path(post, path = "/api/v1/conversations/{id}/assign", tag = "conversations", params(("id" = String, Path)),
    request_body = Assign, responses((status = 200, body = ConversationView)))]
async fn assign(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    Json(to): Json<Assign>,
) -> Result<Json<ConversationView>, ApiError> {
    Ok(Json(super::assign(&app, &caller, &id, to).await?))
}

/// Hands the conversation to an operator or team, who has to accept it.
#[utoipa::path(post, path = "/api/v1/conversations/{id}/transfer", tag = "conversations", params(("id" = String, Path)),
    request_body = Transfer, responses((status = 200, body = ConversationView)))]
async fn transfer(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    Json(to): Json<Transfer>,
) -> Result<Json<ConversationView>, ApiError> {
    Ok(Json(super::transfer(&app, &caller, &id, to).await?))
}

/// Hands the conversation to a supervisor, or to the specialist or team named.
#[utoipa::path(post, path = "/api/v1/conversations/{id}/escalate", tag = "conversations", params(("id" = String, Path)),
    request_body = Escalate, responses((status = 200, body = ConversationView)))]
async fn escalate(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    Json(to): Json<Escalate>,
) -> Result<Json<ConversationView>, ApiError> {
    Ok(Json(super::escalate(&app, &caller, &id, to).await?))
}

/// Closes the conversation with a reason.
#[utoipa::path(post, path = "/api/v1/conversations/{id}/close", tag = "conversations", params(("id" = String, Path)),
    request_body = Close, responses((status = 200, body = ConversationView)))]
async fn close(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    Json(request): Json<Close>,
) -> Result<Json<ConversationView>, ApiError> {
    Ok(Json(super::close(&app, &caller, &id, request).await?))
}

/// Opens a closed conversation again.
#[utoipa::path(post, path = "/api/v1/conversations/{id}/reopen", tag = "conversations", params(("id" = String, Path)),
    responses((status = 200, body = ConversationView)))]
async fn reopen(State(app): State<App>, caller: Caller, Path(id): Path<String>) -> Result<Json<ConversationView>, ApiError> {
    Ok(Json(super::reopen(&app, &caller, &id).await?))
}

/// Makes a closed conversation read-only for ever.
#[utoipa::path(post, path = "/api/v1/conversations/{id}/archive", tag = "conversations", params(("id" = String, Path)),
    responses((status = 200, body = ConversationView)))]
async fn archive(State(app): State<App>, caller: Caller, Path(id): Path<String>) -> Result<Json<ConversationView>, ApiError> {
    Ok(Json(super::archive(&app, &caller, &id).await?))
}

/// Messages before (newest first) or after (oldest first) a number.
#[utoipa::path(get, path = "/api/v1/conversations/{id}/messages", tag = "messages", params(("id" = String, Path), HistoryQuery),
    responses((status = 200, body = Page<MessageView>)))]
async fn history(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    Query(query): Query<HistoryQuery>,
) -> Result<Json<Page<MessageView>>, ApiError> {
    Ok(Json(super::history(&app, Scope::Operator(&caller), &id, &query).await?))
}

/// Writes an answer (201: it will be delivered or shown as failed), a note, or shares an article.
#[utoipa::path(post, path = "/api/v1/conversations/{id}/messages", tag = "messages", params(("id" = String, Path)),
    request_body = NewReply, responses((status = 201, body = MessageView)))]
async fn reply(
    State(services): State<Services>,
    caller: Caller,
    Path(id): Path<String>,
    Json(new): Json<NewReply>,
) -> Result<(StatusCode, Json<MessageView>), ApiError> {
    let view = super::reply(&services.app, &caller, &id, new).await?;
    services.deliveries.wake();
    Ok((StatusCode::CREATED, Json(view)))
}

/// Asks for another text of a message that was sent (202: `amendment` says how it stands), or changes a note (202, too).
#[utoipa::path(patch, path = "/api/v1/conversations/{id}/messages/{message_id}", tag = "messages",
    params(("id" = String, Path), ("message_id" = String, Path)), request_body = Edit,
    responses((status = 202, body = MessageView), (status = 409, description = "not_sent, deleted or no_line"), (status = 422, description = "not_supported")))]
async fn edit_message(
    State(app): State<App>,
    caller: Caller,
    Path((id, message_id)): Path<(String, String)>,
    Json(edit): Json<Edit>,
) -> Result<(StatusCode, Json<MessageView>), ApiError> {
    Ok((StatusCode::ACCEPTED, Json(super::amend(&app, &caller, &id, &message_id, Wish::Edit(edit)).await?)))
}

/// Asks for a message that was sent to be taken back, or deletes a note.
#[utoipa::path(delete, path = "/api/v1/conversations/{id}/messages/{message_id}", tag = "messages",
    params(("id" = String, Path), ("message_id" = String, Path)),
    responses((status = 202, body = MessageView), (status = 409, description = "not_sent, deleted or no_line"), (status = 422, description = "not_supported")))]
async fn delete_message(
    State(app): State<App>,
    caller: Caller,
    Path((id, message_id)): Path<(String, String)>,
) -> Result<(StatusCode, Json<MessageView>), ApiError> {
    Ok((StatusCode::ACCEPTED, Json(super::amend(&app, &caller, &id, &message_id, Wish::Delete).await?)))
}

/// Reacts to a message; the business shows one reaction, the last.
#[utoipa::path(put, path = "/api/v1/conversations/{id}/messages/{message_id}/reaction", tag = "messages",
    params(("id" = String, Path), ("message_id" = String, Path)), request_body = React,
    responses((status = 202, body = MessageView), (status = 409, description = "not_sent, deleted or no_line"), (status = 422, description = "not_supported")))]
async fn react(
    State(app): State<App>,
    caller: Caller,
    Path((id, message_id)): Path<(String, String)>,
    Json(reaction): Json<React>,
) -> Result<(StatusCode, Json<MessageView>), ApiError> {
    Ok((StatusCode::ACCEPTED, Json(super::amend(&app, &caller, &id, &message_id, Wish::React(Some(reaction))).await?)))
}

/// Takes the operator's reaction back.
#[utoipa::path(delete, path = "/api/v1/conversations/{id}/messages/{message_id}/reaction", tag = "messages",
    params(("id" = String, Path), ("message_id" = String, Path)),
    responses((status = 202, body = MessageView), (status = 409, description = "not_sent, deleted or no_line"), (status = 422, description = "not_supported")))]
async fn take_reaction_back(
    State(app): State<App>,
    caller: Caller,
    Path((id, message_id)): Path<(String, String)>,
) -> Result<(StatusCode, Json<MessageView>), ApiError> {
    Ok((StatusCode::ACCEPTED, Json(super::amend(&app, &caller, &id, &message_id, Wish::React(None)).await?)))
}

#[derive(Debug, serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct Seen {
    /// Number of the last message seen.
    number: i64,
}

/// Notes that the holder of the conversation has seen everything up to a message.
#[utoipa::path(post, path = "/api/v1/conversations/{id}/seen", tag = "messages", params(("id" = String, Path)),
    request_body = Seen, responses((status = 204)))]
async fn seen(
    State(services): State<Services>,
    caller: Caller,
    Path(id): Path<String>,
    Json(seen): Json<Seen>,
) -> Result<StatusCode, ApiError> {
    if super::seen(&services.app, Seer::Operator(&caller), &id, seen.number).await? {
        services.deliveries.signal(&id, &caller.operator_id, Signal::Seen);
    }
    Ok(StatusCode::NO_CONTENT)
}

/// Takes what the operators have seen back to before the customer's last message, so that it is read again.
#[utoipa::path(post, path = "/api/v1/conversations/{id}/unread", tag = "messages", params(("id" = String, Path)),
    responses((status = 200, body = ConversationView), (status = 403, body = Problem), (status = 409, description = "illegal_move")))]
async fn unread(State(app): State<App>, caller: Caller, Path(id): Path<String>) -> Result<Json<ConversationView>, ApiError> {
    Ok(Json(super::unread(&app, &caller, &id).await?))
}

/// Waiting conversations by priority and channel, and how long they wait.
#[utoipa::path(get, path = "/api/v1/queue/statistics", tag = "conversations", responses((status = 200, body = QueueStatistics)))]
async fn queue_statistics(State(app): State<App>, _caller: Caller) -> Result<Json<QueueStatistics>, ApiError> {
    Ok(Json(super::statistics(&app).await.map_err(|error: Error| ApiError::from(error))?))
}
