//! The page that a conversation's customer looks at.

use serde_json::{Value, json};

use super::moves::finish;
use super::store::{self, Patch};
use super::{ConversationView, Error};
use crate::access::Visitor;
use crate::app::App;
use crate::db::DbError;
use crate::events::{Audience, EventKind};

/// Bytes of all metadata together.
const MAX_METADATA_BYTES: usize = 16 * 1024;

/// Keeps `page` with the conversation in place of the one before; where the visitor came from stays known. Not of a
/// conversation that is over.
pub async fn visit(app: &App, visitor: &Visitor, id: &str, page: Value) -> Result<Option<ConversationView>, Error> {
    let mut tx = app.db.begin().await?;
    let facts = store::hold(&mut tx, id).await?.ok_or(Error::NotFound)?;
    if !store::belongs_to(&mut tx, &facts, visitor).await? {
        return Err(Error::NotFound);
    }
    if !facts.state().is_open() {
        return Ok(None);
    }
    let view = store::view(&mut tx, id).await?.ok_or(Error::NotFound)?;
    let mut metadata = if view.metadata.is_object() { view.metadata } else { json!({}) };
    let before = metadata["page"].take();
    metadata["page"] = page;
    if metadata["page"]["referrer"].is_null() && !before["referrer"].is_null() {
        metadata["page"]["referrer"] = before["referrer"].clone();
    }
    let text = metadata.to_string();
    if text.len() > MAX_METADATA_BYTES {
        return Ok(None);
    }
    let now = app.now();
    if !Patch::default().set("metadata", text).apply(&mut tx, &facts, now).await? {
        return Err(Error::Store(DbError::Conflict));
    }
    finish(app, tx, id, EventKind::ConversationUpdated, Audience::Staff, None, Value::Null).await.map(Some)
}
