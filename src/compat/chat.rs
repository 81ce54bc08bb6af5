//! `/api/chat/…` and `/api/chat-upload/…`

use axum::extract::{Request, State};
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::words::session;
use crate::access::Principal;
use crate::conversations::{self, NewReply, Seer, store};
use crate::http::{ApiError, ClientAddress, Json, Path};
use crate::services::Services;
use crate::uploads;
use crate::widget::{self, Identify, Saying, Start};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Initialize {
    /// The first running web chat where none is named.
    inbox_id: Option<String>,
    token: Option<String>,
    #[serde(alias = "userId")]
    user_id: Option<String>,
    hmac: Option<String>,
    jwt: Option<String>,
    name: Option<String>,
    email: Option<String>,
    #[serde(alias = "clientId")]
    client_id: Option<String>,
    subject: Option<String>,
    metadata: Option<Value>,
}

/// A visitor is let in and a conversation started at once.
pub async fn initialize(
    State(services): State<Services>,
    ClientAddress(address): ClientAddress,
    headers: http::HeaderMap,
    Json(body): Json<Initialize>,
) -> Result<(StatusCode, Json<Value>), ApiError> {
    let inbox_id =
        body.inbox_id.or_else(|| widget::default_inbox(&services)).ok_or_else(|| ApiError::not_found("running web chat"))?;
    widget::check_origin(&services, &inbox_id, &headers)?;
    let who = Identify {
        token: body.token,
        user_id: body.user_id,
        hmac: body.hmac,
        jwt: body.jwt,
        name: body.name,
        email: body.email,
        language: None,
    };
    let (visitor, entered) = widget::enter(&services, &inbox_id, address, who).await?;
    let new = Start { client_id: body.client_id, subject: body.subject, metadata: body.metadata, ..Start::default() };
    let id = widget::start(&services, &visitor, address, new).await?.conversation_id;
    let view = session(&widget::own_session(&services, &visitor, &id).await?)?;
    let answer =
        json!({ "token": entered.token, "conversationId": id, "session_id": id, "session": view, "visitor": entered.visitor });
    Ok((StatusCode::CREATED, Json(answer)))
}

#[derive(Debug, Deserialize)]
pub struct Message {
    #[serde(alias = "conversation_id", alias = "session_id")]
    #[serde(rename = "conversationId")]
    conversation_id: String,
    #[serde(alias = "clientId")]
    client_id: Option<String>,
    #[serde(default, alias = "message", alias = "text")]
    content: String,
    /// Ids of uploads.
    #[serde(default)]
    attachments: Vec<String>,
}

pub async fn message(
    State(services): State<Services>,
    who: Principal,
    ClientAddress(address): ClientAddress,
    Json(body): Json<Message>,
) -> Result<(StatusCode, Json<Value>), ApiError> {
    let answer = match &who {
        Principal::Visitor(visitor) => {
            let saying = Saying {
                session_id: Some(body.conversation_id),
                client_id: body.client_id,
                text: body.content,
                uploads: body.attachments,
                joined: false,
                pressed: None,
            };
            let said = widget::say(&services, visitor, address, saying).await?;
            json!({ "conversationId": said.session_id, "message": said.message })
        }
        Principal::Operator(caller) => {
            let client_id = body.client_id.unwrap_or_else(|| services.app.ids.next());
            let new = NewReply { client_id, text: body.content, attachments: body.attachments, ..NewReply::default() };
            let view = conversations::reply(&services.app, caller, &body.conversation_id, new).await?;
            services.deliveries.wake();
            json!({ "conversationId": body.conversation_id, "message": view })
        }
    };
    Ok((StatusCode::CREATED, Json(answer)))
}

#[derive(Debug, Deserialize)]
pub struct Status {
    status: Reached,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Reached {
    Delivered,
    Read,
}

/// Everything up to a message has arrived, or was read.
pub async fn status(
    State(services): State<Services>,
    who: Principal,
    Path(message_id): Path<String>,
    Json(Status { status }): Json<Status>,
) -> Result<StatusCode, ApiError> {
    let not_there = || ApiError::not_found("message");
    let message = store::message_view(&services.app.db, &message_id).await?.ok_or_else(not_there)?;
    let id = &message.conversation_id;
    let done = match (&who, status) {
        (Principal::Visitor(visitor), Reached::Delivered) => widget::delivered(&services, visitor, id, &message_id).await,
        (Principal::Visitor(visitor), Reached::Read) => widget::seen(&services, visitor, id, message.number).await,
        (Principal::Operator(caller), Reached::Read) => {
            conversations::seen(&services.app, Seer::Operator(caller), id, message.number)
                .await
                .map(|_| ())
                .map_err(ApiError::from)
        }
        // What customers write has arrived when it is stored.
        (Principal::Operator(_), Reached::Delivered) => Ok(()),
    };
    // A message of somebody else's conversation is not there.
    done.map_err(|error| if error.status() == StatusCode::NOT_FOUND { not_there() } else { error })?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes a file; its `attachment_url` goes with `chat:send_message`.
pub async fn upload(
    State(services): State<Services>,
    person: uploads::api::Person,
    request: Request,
) -> Result<(StatusCode, Json<Value>), ApiError> {
    let (status, Json(view)) = uploads::api::upload(State(services), person, request).await?;
    let url = format!("/api/v1/uploads/{}", view.id);
    Ok((status, Json(json!({ "id": view.id, "attachment_url": url, "url": url, "upload": view }))))
}
