//! What a customer does with a messenger in the hand: the same few gestures on every stand-in, for tests and for the demo's
//! page of phones. Over HTTP they are under `/_control/customers/{id}/…`, beside the stand-in's provider.

use std::sync::Arc;

use async_trait::async_trait;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// Something a customer says.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Said {
    /// The customer's name, where this is the first word of a new customer.
    pub name: Option<String>,
    /// Also the caption of a file.
    pub text: String,
    pub kind: SaidKind,
    /// The stand-in's id of the message that this one answers.
    pub reply_to: Option<String>,
    /// Mails only: how the text looks to programs that show HTML.
    pub html: Option<String>,
    /// Mails only: who gets a copy.
    pub cc: Vec<String>,
}

/// What is said; files are small real ones that the stand-in makes up.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SaidKind {
    #[default]
    Text,
    Photo,
    Voice,
    Video,
    Document,
    Sticker,
    Location,
    Contact,
}

/// A message as the customer sees it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Shown {
    pub id: String,
    /// Written by the customer, not by the business.
    pub mine: bool,
    /// `text`, `photo`, `voice`, `video`, `document`, `sticker`, `location`, `contact`, `template`, …
    pub kind: String,
    pub text: String,
    pub file_name: Option<String>,
    pub reply_to: Option<String>,
    /// Titles, in order.
    pub buttons: Vec<String>,
    /// The business's reaction to a message of the customer, and the other way round.
    pub reaction: Option<String>,
    pub edited: bool,
    pub deleted: bool,
    /// Seconds since 1970.
    pub at: i64,
}

/// The customers' side of a messenger.
#[async_trait]
pub trait Phone: Send + Sync + 'static {
    /// Says something; the id of the new message.
    async fn say(&self, customer: &str, said: Said) -> anyhow::Result<String>;
    async fn edit(&self, customer: &str, message: &str, text: &str) -> anyhow::Result<()>;
    /// Takes a message back, where the messenger tells the business.
    async fn delete(&self, customer: &str, message: &str) -> anyhow::Result<()>;
    /// `None` takes the reaction back.
    async fn react(&self, customer: &str, message: &str, emoji: Option<&str>) -> anyhow::Result<()>;
    /// Presses the button at `index` of a message from the business.
    async fn press(&self, customer: &str, message: &str, index: usize) -> anyhow::Result<()>;
    async fn typing(&self, customer: &str) -> anyhow::Result<()>;
    /// Has read everything.
    async fn read(&self, customer: &str) -> anyhow::Result<()>;
    async fn block(&self, customer: &str, blocked: bool) -> anyhow::Result<()>;
    /// The whole thread, oldest first.
    fn shown(&self, customer: &str) -> Vec<Shown>;
    /// Whether the business is typing to this customer right now.
    fn sees_typing(&self, customer: &str) -> bool;
    /// Whether the phone shows that the business has read the customer's last message; never, where it shows no such thing.
    fn sees_seen(&self, _customer: &str) -> bool {
        false
    }
}

#[derive(Deserialize)]
struct Edit {
    message_id: String,
    text: String,
}

#[derive(Deserialize)]
struct Reaction {
    message_id: String,
    emoji: Option<String>,
}

#[derive(Deserialize)]
struct Press {
    message_id: String,
    button: usize,
}

#[derive(Deserialize)]
struct Message {
    message_id: String,
}

#[derive(Deserialize)]
struct Blocked {
    blocked: bool,
}

type Shared = State<Arc<dyn Phone>>;

/// The gestures over HTTP.
pub fn control(phone: Arc<dyn Phone>) -> Router {
    let at = |gesture: &str| format!("/_control/customers/{{id}}/{gesture}");
    Router::new()
        .route(
            &at("say"),
            post(|State(phone): Shared, Path(id): Path<String>, Json(said): Json<Said>| async move {
                match phone.say(&id, said).await {
                    Ok(message_id) => Json(json!({ "message_id": message_id })).into_response(),
                    Err(error) => refused(&error),
                }
            }),
        )
        .route(
            &at("edit"),
            post(|State(phone): Shared, Path(id): Path<String>, Json(edit): Json<Edit>| async move {
                done(phone.edit(&id, &edit.message_id, &edit.text).await)
            }),
        )
        .route(
            &at("delete"),
            post(|State(phone): Shared, Path(id): Path<String>, Json(message): Json<Message>| async move {
                done(phone.delete(&id, &message.message_id).await)
            }),
        )
        .route(
            &at("react"),
            post(|State(phone): Shared, Path(id): Path<String>, Json(reaction): Json<Reaction>| async move {
                done(phone.react(&id, &reaction.message_id, reaction.emoji.as_deref()).await)
            }),
        )
        .route(
            &at("press"),
            post(|State(phone): Shared, Path(id): Path<String>, Json(press): Json<Press>| async move {
                done(phone.press(&id, &press.message_id, press.button).await)
            }),
        )
        .route(&at("typing"), post(|State(phone): Shared, Path(id): Path<String>| async move { done(phone.typing(&id).await) }))
        .route(&at("read"), post(|State(phone): Shared, Path(id): Path<String>| async move { done(phone.read(&id).await) }))
        .route(
            &at("block"),
            post(|State(phone): Shared, Path(id): Path<String>, Json(blocked): Json<Blocked>| async move {
                done(phone.block(&id, blocked.blocked).await)
            }),
        )
        .route(
            &at("messages"),
            get(|State(phone): Shared, Path(id): Path<String>| async move {
                Json(json!({ "messages": phone.shown(&id), "typing": phone.sees_typing(&id) }))
            }),
        )
        .with_state(phone)
}

fn done(outcome: anyhow::Result<()>) -> Response {
    match outcome {
        Ok(()) => Json(json!({ "ok": true })).into_response(),
        Err(error) => refused(&error),
    }
}

fn refused(error: &anyhow::Error) -> Response {
    (StatusCode::BAD_REQUEST, Json(json!({ "error": error.to_string() }))).into_response()
}
