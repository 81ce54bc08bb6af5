//! What is written about a conversation: its subject, priority, tags and the business's own fields.

use serde::Deserialize;
use serde_json::Value;
use trunkline_channel::text::without_nul;

use super::moves::{change, finish, illegal};
use super::store::{self, Patch};
use super::{ConversationView, Error, Priority, State};
use crate::access::Caller;
use crate::app::App;
use crate::events::{Audience, EventKind};

pub const MAX_TAGS: usize = 50;
const MAX_TAG_CHARS: usize = 64;
pub(super) const MAX_SUBJECT_CHARS: usize = 500;
const MAX_CUSTOM_FIELDS_BYTES: usize = 16_384;

/// Changes of a conversation's own facts; what is left out stays.
#[derive(Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Change {
    pub subject: Option<String>,
    pub priority: Option<Priority>,
    pub tags: Option<Vec<String>>,
    #[schema(value_type = Option<Object>)]
    pub custom_fields: Option<serde_json::Map<String, Value>>,
}

pub async fn update(app: &App, caller: &Caller, id: &str, request: Change) -> Result<ConversationView, Error> {
    let mut patch = Patch::default();
    if let Some(subject) = &request.subject {
        patch = patch.set("subject", bounded("/subject", subject, MAX_SUBJECT_CHARS)?);
    }
    if let Some(priority) = request.priority {
        patch = patch.set("priority", priority.rank());
    }
    if let Some(fields) = &request.custom_fields {
        let text = without_nul(&serde_json::to_string(fields).unwrap_or_default());
        if text.len() > MAX_CUSTOM_FIELDS_BYTES {
            return Err(Error::invalid("/custom_fields", format!("at most {MAX_CUSTOM_FIELDS_BYTES} bytes")));
        }
        patch = patch.set("custom_fields", text);
    }
    let tags = request.tags.as_deref().map(clean_tags).transpose()?;
    let mut tx = app.db.begin().await?;
    let facts = store::hold(&mut tx, id).await?.ok_or(Error::NotFound)?;
    if facts.state() == State::Archived {
        return Err(illegal(&facts, "changing"));
    }
    let now = app.now();
    change(&mut tx, patch, &facts, now, "changing").await?;
    if let Some(tags) = tags {
        store::set_tags(&mut tx, id, &tags).await?;
    }
    finish(app, tx, id, EventKind::ConversationUpdated, Audience::Staff, Some(caller), Value::Null).await
}

/// A text of the business's own, as it is stored.
pub(super) fn bounded(pointer: &'static str, text: &str, max_chars: usize) -> Result<String, Error> {
    if text.chars().count() > max_chars {
        return Err(Error::invalid(pointer, format!("at most {max_chars} characters")));
    }
    Ok(without_nul(text))
}

fn clean_tags(tags: &[String]) -> Result<Vec<String>, Error> {
    if tags.len() > MAX_TAGS {
        return Err(Error::invalid("/tags", format!("at most {MAX_TAGS} tags")));
    }
    let mut clean = Vec::with_capacity(tags.len());
    for tag in tags {
        let tag = bounded("/tags", tag.trim(), MAX_TAG_CHARS)?;
        if tag.is_empty() {
            return Err(Error::invalid("/tags", "a tag must not be empty"));
        }
        clean.push(tag);
    }
    clean.sort();
    clean.dedup();
    Ok(clean)
}
