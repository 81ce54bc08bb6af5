//! The raw event inbox as people see it: what arrived, what became of it, and doing it again.

use serde::Serialize;
use trunkline_channel::{IntakeError, Micros, Outcome};

use super::prepare::{self, Prepared};
use super::store::raw::{self, RawOfMessage, RawPosition, RawRow};
use super::{Intake, RETRY_AFTER};
use crate::app::App;
use crate::db::DbError;
use crate::http::{ApiError, Page, PageQuery};

/// A raw event and its fate.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct RawEventView {
    pub id: String,
    pub inbox_id: String,
    /// The provider's own key of the event.
    pub key: String,
    #[schema(value_type = RawState)]
    pub state: String,
    /// Why it was ignored or quarantined.
    pub reason: Option<String>,
    /// Messages it made.
    pub messages: Vec<RawMessageRef>,
    pub replays: i64,
    pub size_bytes: i64,
    pub received_at: Micros,
}

/// What became of a raw event, by the names that are stored.
#[derive(utoipa::ToSchema)]
#[schema(rename_all = "snake_case")]
pub enum RawState {
    Applied,
    Ignored,
    Quarantined,
}

#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct RawMessageRef {
    pub message_id: String,
    pub conversation_id: String,
    pub number: i64,
}

pub async fn list(
    app: &App,
    state: Option<&str>,
    inbox_id: Option<&str>,
    page: &PageQuery,
) -> Result<Page<RawEventView>, ApiError> {
    if state.is_some_and(|state| !matches!(state, "applied" | "ignored" | "quarantined")) {
        return Err(ApiError::invalid("/state", "must be applied, ignored or quarantined"));
    }
    let limit = page.limit()?;
    let after: Option<RawPosition> = page.position()?;
    let rows = raw::list(&app.db, state, inbox_id, after.as_ref(), limit + 1).await?;
    let page = Page::cut(rows, limit, |row| RawPosition { id: row.id.clone() });
    Ok(Page { items: with_messages(app, page.items).await?, next_cursor: page.next_cursor })
}

/// The bytes as they arrived.
pub async fn body(app: &App, id: &str) -> Result<Vec<u8>, ApiError> {
    let found = raw::body(&app.db, id).await?;
    found.map(|(_, _, body)| body).ok_or_else(|| ApiError::not_found("raw event"))
}

/// The raw event that made a message, where one did.
pub async fn of_message(app: &App, message_id: &str) -> Result<Option<RawOfMessage>, DbError> {
    raw::of_message(&app.db, message_id).await
}

/// Translates and applies a stored raw event again. What it did before is not done twice: messages keep their keys.
pub async fn replay(intake: &Intake, id: &str) -> Result<Outcome, ApiError> {
    let app = &intake.app;
    let (inbox_id, key, body) = raw::body(&app.db, id).await?.ok_or_else(|| ApiError::not_found("raw event"))?;
    let line = intake
        .lines
        .line(&inbox_id)
        .ok_or_else(|| ApiError::conflict("no_inbox", "the inbox of this event is not there any more"))?;
    let body = bytes::Bytes::from(body);
    let translation = prepare::translate(line.translator.clone(), body.clone()).await;
    let files = prepare::store_files(app, &translation).await.map_err(refused)?;
    let event = Prepared { raw_id: id.to_owned(), key, body, cursor: None, translation, files, received_at: app.now() };
    let receipts = intake.submit(&inbox_id, line, vec![event], None, true).await.map_err(refused)?;
    receipts.into_iter().next().map(|settled| settled.receipt.outcome).ok_or_else(ApiError::internal)
}

fn refused(error: IntakeError) -> ApiError {
    match error {
        IntakeError::Overloaded { retry_after } | IntakeError::Unavailable { retry_after } => {
            ApiError::unavailable(retry_after.as_secs())
        }
        IntakeError::NoInbox => ApiError::not_found("inbox"),
        IntakeError::LostLease => ApiError::unavailable(RETRY_AFTER.as_secs()),
    }
}

impl From<IntakeError> for ApiError {
    fn from(error: IntakeError) -> Self {
        refused(error)
    }
}

async fn with_messages(app: &App, rows: Vec<RawRow>) -> Result<Vec<RawEventView>, DbError> {
    let ids: Vec<&str> = rows.iter().map(|row| row.id.as_str()).collect();
    let messages = raw::messages_of(&app.db, &ids).await?;
    let of = |id: &str| {
        let mine = messages.iter().filter(|(raw_id, ..)| raw_id == id);
        mine.map(|(_, message_id, conversation_id, number)| RawMessageRef {
            message_id: message_id.clone(),
            conversation_id: conversation_id.clone(),
            number: *number,
        })
        .collect()
    };
    Ok(rows
        .into_iter()
        .map(|row| RawEventView {
            messages: of(&row.id),
            id: row.id,
            inbox_id: row.inbox_id,
            key: row.event_key,
            state: row.state,
            reason: row.reason,
            replays: row.replays,
            size_bytes: row.size,
            received_at: row.received_at,
        })
        .collect())
}
