//! Contacts: the people who write in, with the identities they are reached through and what is known of them.

pub mod api;
mod context;
pub mod marks;
mod merge;
mod profiles;
pub mod store;
mod suggestions;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use thiserror::Error;
use trunkline_channel::Micros;
use trunkline_channel::text::{clean_name, without_nul};

use crate::access::{Caller, Role};
use crate::app::App;
use crate::connectors::ChannelKind;
use crate::conversations::{self, ConversationView};
use crate::db::{Conn, DbError, Index, Tx, matching_rows, words};
use crate::events::{Audience, EventKind, NewEvent};
use crate::http::{ApiError, Page, PageQuery};

pub use context::{ContextView, EarlierConversation, PastView, context, past};
pub use merge::{MergeView, join_by_provider, merge, unmerge};
pub use profiles::{Asking, PROFILE_BELL, Profiles};
pub use suggestions::{Evidence, EvidenceKind, Suggestion, suggestions};

pub const MAX_CUSTOM_FIELDS: usize = 50;
pub const MAX_FIELD_NAME_CHARS: usize = 50;
/// Of all custom fields of a contact together, as JSON.
pub const MAX_CUSTOM_FIELDS_BYTES: usize = 16 * 1024;
/// Longest language tag (RFC 5646 §4.4.1 asks for room for 35 characters).
const MAX_LANGUAGE_CHARS: usize = 35;

#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct ContactView {
    pub id: String,
    pub name: Option<String>,
    /// A language tag such as `de` or `pt-BR`.
    pub language: Option<String>,
    #[schema(value_type = Object)]
    pub custom_fields: Value,
    pub identities: Vec<IdentityView>,
    /// The contact this one is part of since they were merged; its identities and conversations are there.
    pub merged_into: Option<String>,
    pub created_at: Micros,
    pub updated_at: Micros,
}

/// One account of a contact at one inbox.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct IdentityView {
    pub id: String,
    pub inbox_id: String,
    #[schema(value_type = ChannelKind)]
    pub channel: String,
    pub inbox_name: String,
    /// What people would call the address.
    pub handle: Option<String>,
    pub name: Option<String>,
    /// Whether it is proved, not just claimed.
    pub verified: bool,
    /// Since when the customer does not let us write there.
    pub blocked_at: Option<Micros>,
    pub created_at: Micros,
}

/// What is left out stays as it is; an empty text takes the value away.
#[derive(Debug, Clone, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ContactChange {
    pub name: Option<String>,
    pub language: Option<String>,
    /// Replaces all custom fields. Values are texts, numbers, booleans or null.
    #[schema(value_type = Option<Object>)]
    pub custom_fields: Option<Map<String, Value>>,
}

#[derive(Debug, Error)]
pub enum Error {
    #[error("there is no such contact")]
    NotFound,
    #[error("there is no such conversation")]
    NoConversation,
    #[error("{0}")]
    Forbidden(&'static str),
    #[error("a contact is not merged with itself")]
    Itself,
    /// One of two that are to be merged is part of another contact already.
    #[error("this contact is part of another one")]
    AlreadyMerged,
    /// Why a merge cannot be undone.
    #[error("{0}")]
    NotUndone(&'static str),
    #[error("{pointer}: {problem}")]
    Invalid { pointer: &'static str, problem: String },
    #[error(transparent)]
    Store(#[from] DbError),
}

/// Newest contact first; with `typed`, only those whose names or handles have all these words (the last may be a beginning).
pub async fn list(app: &App, _caller: &Caller, typed: Option<&str>, page: &PageQuery) -> Result<Page<ContactView>, ApiError> {
    let limit = page.limit()?;
    let before: i64 = page.position()?.unwrap_or(i64::MAX);
    let rows: Vec<i64> = match typed.map(words) {
        None => store::newest(&app.db, before, limit + 1).await?,
        Some(words) if words.is_empty() => Vec::new(),
        Some(words) => {
            let query = matching_rows(app.db.backend(), Index::Contacts, &words, before, limit + 1);
            query.all::<(i64,)>(&app.db).await?.into_iter().map(|(row,)| row).collect()
        }
    };
    let rows = Page::cut(rows, limit, |row| *row);
    let found = store::by_rows(&app.db, &rows.items).await?;
    Ok(Page { items: with_identities(app, found).await?, next_cursor: rows.next_cursor })
}

pub async fn get(app: &App, _caller: &Caller, id: &str) -> Result<ContactView, Error> {
    view(&app.db, id).await?.ok_or(Error::NotFound)
}

/// One contact with its identities.
pub async fn view<'c>(on: impl Into<Conn<'c>>, id: &str) -> Result<Option<ContactView>, DbError> {
    let mut conn = on.into();
    let Some(row) = store::get(conn.again(), id).await? else { return Ok(None) };
    let identities = store::identities(conn, &[id.to_owned()]).await?;
    Ok(Some(assemble(row, identities)))
}

pub async fn change(app: &App, caller: &Caller, id: &str, change: &ContactChange) -> Result<ContactView, Error> {
    if caller.role == Role::Auditor {
        return Err(Error::Forbidden("auditors change nothing"));
    }
    let mut tx = app.db.begin().await?;
    let mut row = store::get(&mut tx, id).await?.ok_or(Error::NotFound)?;
    if let Some(name) = &change.name {
        row.name = clean_name(name);
        row.named_by = row.name.is_some().then(|| caller.operator_id.clone());
    }
    if let Some(language) = &change.language {
        row.language = language_tag(language)?;
    }
    if let Some(fields) = &change.custom_fields {
        row.custom_fields = custom_fields(fields)?;
    }
    row.updated_at = app.now();
    store::update(&mut tx, &row).await?;
    let contact = tell_updated(app, &mut tx, id, Some(caller)).await?.ok_or(Error::NotFound)?;
    tx.commit().await?;
    Ok(contact)
}

/// Tells operators how a contact looks now, in the transaction that changed it.
pub(crate) async fn tell_updated(app: &App, tx: &mut Tx, id: &str, by: Option<&Caller>) -> Result<Option<ContactView>, DbError> {
    let contact = view(&mut *tx, id).await?;
    tell(app, tx, EventKind::ContactUpdated, id, serde_json::json!({ "contact": contact, "by": by.map(person) }));
    Ok(contact)
}

fn tell(app: &App, tx: &mut Tx, kind: EventKind, id: &str, payload: Value) {
    tx.emit(NewEvent {
        id: app.ids.next(),
        stream: format!("contact:{id}"),
        kind,
        audience: Audience::Staff,
        conversation_id: None,
        payload,
        at: app.now(),
    });
}

fn person(caller: &Caller) -> Value {
    serde_json::json!({ "id": caller.operator_id, "name": caller.name })
}

/// All conversations of a contact, the latest first.
pub async fn conversations(app: &App, caller: &Caller, id: &str, page: &PageQuery) -> Result<Page<ConversationView>, ApiError> {
    store::get(&app.db, id).await?.ok_or(Error::NotFound)?;
    let query = conversations::ListQuery {
        contact_id: Some(id.to_owned()),
        limit: page.limit,
        cursor: page.cursor.clone(),
        ..Default::default()
    };
    conversations::list(app, caller, &query).await
}

async fn with_identities(app: &App, rows: Vec<store::Contact>) -> Result<Vec<ContactView>, DbError> {
    let ids: Vec<String> = rows.iter().map(|row| row.id.clone()).collect();
    let mut identities = store::identities(&app.db, &ids).await?;
    let mut views = Vec::with_capacity(rows.len());
    for row in rows {
        let (own, others) = identities.into_iter().partition(|identity| identity.contact_id == row.id);
        identities = others;
        views.push(assemble(row, own));
    }
    Ok(views)
}

fn assemble(row: store::Contact, identities: Vec<store::Identity>) -> ContactView {
    ContactView {
        id: row.id,
        name: row.name,
        language: row.language,
        custom_fields: serde_json::from_str(&row.custom_fields).unwrap_or_default(),
        identities: identities.into_iter().map(IdentityView::from).collect(),
        merged_into: row.merged_into,
        created_at: row.created_at,
        updated_at: row.updated_at,
    }
}

fn language_tag(text: &str) -> Result<Option<String>, Error> {
    let text = text.trim();
    let well_formed = text.len() <= MAX_LANGUAGE_CHARS && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    if !well_formed {
        return Err(Error::Invalid { pointer: "/language", problem: "must be a language tag such as de or pt-BR".to_owned() });
    }
    Ok((!text.is_empty()).then(|| text.to_owned()))
}

fn custom_fields(fields: &Map<String, Value>) -> Result<String, Error> {
    let refuse = |problem: String| Err(Error::Invalid { pointer: "/custom_fields", problem });
    if fields.len() > MAX_CUSTOM_FIELDS {
        return refuse(format!("at most {MAX_CUSTOM_FIELDS} fields"));
    }
    for (name, value) in fields {
        if !(1..=MAX_FIELD_NAME_CHARS).contains(&name.chars().count()) {
            return refuse(format!("names of fields have 1 to {MAX_FIELD_NAME_CHARS} characters"));
        }
        if value.is_array() || value.is_object() {
            return refuse("values are texts, numbers, booleans or null".to_owned());
        }
    }
    let kept: Map<String, Value> = fields
        .iter()
        .map(|(name, value)| (without_nul(name), value.as_str().map_or_else(|| value.clone(), |text| without_nul(text).into())))
        .collect();
    let json = Value::Object(kept).to_string();
    if json.len() > MAX_CUSTOM_FIELDS_BYTES {
        refuse(format!("at most {MAX_CUSTOM_FIELDS_BYTES} bytes in all"))
    } else {
        Ok(json)
    }
}

impl From<store::Identity> for IdentityView {
    fn from(row: store::Identity) -> Self {
        Self {
            id: row.id,
            inbox_id: row.inbox_id,
            channel: row.channel,
            inbox_name: row.inbox_name,
            handle: row.handle,
            name: row.name,
            verified: row.verified,
            blocked_at: row.blocked_at,
            created_at: row.created_at,
        }
    }
}

impl From<Error> for ApiError {
    fn from(error: Error) -> Self {
        match error {
            Error::NotFound => Self::not_found("contact"),
            Error::NoConversation => Self::not_found("conversation"),
            Error::Forbidden(why) => Self::forbidden(why),
            Error::Itself => Self::invalid("/contact_id", error.to_string()),
            Error::AlreadyMerged => Self::conflict("already_merged", error.to_string()),
            Error::NotUndone(_) => Self::conflict("not_undone", error.to_string()),
            Error::Invalid { pointer, problem } => Self::invalid(pointer, problem),
            Error::Store(error) => error.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{custom_fields, language_tag};
    use serde_json::json;

    #[test]
    fn custom_fields_are_flat_few_and_small() {
        let check = |value: serde_json::Value| custom_fields(value.as_object().unwrap());
        assert_eq!(
            check(json!({"vip": true, "n": 1, "x\0": "a\0b"})).unwrap(),
            "{\"n\":1,\"vip\":true,\"x\u{fffd}\":\"a\u{fffd}b\"}"
        );
        assert!(check(json!({"a": {}})).is_err());
        assert!(check(json!({"": 1})).is_err());
        assert!(check(json!({"a": "x".repeat(20_000)})).is_err());
        let many: serde_json::Map<_, _> = (0..51).map(|i| (i.to_string(), json!(1))).collect();
        assert!(custom_fields(&many).is_err());
    }

    #[test]
    fn languages_are_tags_and_an_empty_one_takes_it_away() {
        assert_eq!(language_tag("pt-BR").unwrap().as_deref(), Some("pt-BR"));
        assert_eq!(language_tag(" ").unwrap(), None);
        assert!(language_tag("Português").is_err());
    }
}
