//! What an operator has begun to write and not sent: kept here too, so that another browser goes on with it.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use trunkline_channel::Micros;

use super::store;
use crate::access::Caller;
use crate::app::App;
use crate::http::ApiError;

/// Of one draft, as JSON: the longest message fits, whatever it is written in.
pub const MAX_DRAFT_BYTES: usize = 256 * 1024;
/// A draft that nobody went on with is forgotten after 15 days.
const KEPT: Micros = 15 * 24 * 3_600 * 1_000_000;

/// What is being written: an answer and a note are apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DraftKind {
    Reply,
    Note,
}

impl DraftKind {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Reply => "reply",
            Self::Note => "note",
        }
    }
}

/// What a caller has begun to write in a conversation.
#[derive(Debug, Default, Serialize, utoipa::ToSchema)]
pub struct Drafts {
    pub reply: Option<Draft>,
    pub note: Option<Draft>,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Draft {
    /// An object that the daemon only keeps.
    #[schema(value_type = Object)]
    pub value: Map<String, Value>,
    /// Microseconds since 1970; another one stands for another text.
    pub updated_at: Micros,
}

/// The caller's own; an unknown conversation has none.
pub async fn drafts(app: &App, caller: &Caller, conversation_id: &str) -> Result<Drafts, ApiError> {
    let mut drafts = Drafts::default();
    for row in store::drafts(&app.db, &caller.operator_id, conversation_id, app.now() - KEPT).await? {
        let Ok(value) = serde_json::from_str(&row.value) else { continue };
        let place = if row.kind == DraftKind::Note.as_str() { &mut drafts.note } else { &mut drafts.reply };
        *place = Some(Draft { value, updated_at: row.updated_at });
    }
    Ok(drafts)
}

/// Replaces the caller's draft, and forgets those that nobody went on with.
pub async fn keep_draft(
    app: &App,
    caller: &Caller,
    conversation_id: &str,
    kind: DraftKind,
    value: Value,
) -> Result<Draft, ApiError> {
    let Value::Object(value) = value else { return Err(ApiError::invalid("", "must be a JSON object")) };
    let text = serde_json::to_string(&value).map_err(|_unwritable| ApiError::internal())?;
    if text.len() > MAX_DRAFT_BYTES {
        return Err(ApiError::invalid("", format!("must be at most {MAX_DRAFT_BYTES} bytes of JSON")));
    }
    let now = app.now();
    let mut tx = app.db.begin().await?;
    store::forget_drafts(&mut tx, &caller.operator_id, now - KEPT).await?;
    if !store::keep_draft(&mut tx, &caller.operator_id, conversation_id, kind.as_str(), &text, now).await? {
        return Err(ApiError::not_found("conversation"));
    }
    tx.commit().await?;
    Ok(Draft { value, updated_at: now })
}

/// Forgets the caller's draft; also where there is none.
pub async fn drop_draft(app: &App, caller: &Caller, conversation_id: &str, kind: DraftKind) -> Result<(), ApiError> {
    let mut tx = app.db.begin().await?;
    store::drop_draft(&mut tx, &caller.operator_id, conversation_id, kind.as_str()).await?;
    tx.commit().await?;
    Ok(())
}
