//! Canned responses: ready answers with variables, personal, of a team, or shared by everybody.

pub mod api;
mod render;
pub mod store;

use serde::{Deserialize, Serialize};
use thiserror::Error;
use trunkline_channel::Micros;
use trunkline_channel::text::without_nul;

use crate::access::{Caller, Role};
use crate::app::App;
use crate::db::DbError;
use crate::http::{ApiError, Page, PageQuery};

pub use render::{Rendered, render, render_for};

pub const MAX_SHORTCUT_CHARS: usize = 50;
pub const MAX_TITLE_CHARS: usize = 200;
pub const MAX_CONTENT_CHARS: usize = 10_000;

/// Whose it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Sharing {
    Personal,
    Team,
    Shared,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct CannedResponseView {
    pub id: String,
    /// What an operator types to get it, in lower case.
    pub shortcut: String,
    pub title: String,
    pub content: String,
    pub sharing: Sharing,
    pub team_id: Option<String>,
    pub created_at: Micros,
    pub updated_at: Micros,
}

#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCannedResponse {
    pub shortcut: String,
    /// The shortcut when left out.
    pub title: Option<String>,
    /// May contain `{{customer_name}}`, `{{operator_name}}`, `{{conversation_subject}}` and `{{channel}}`.
    pub content: String,
    /// Personal when left out.
    pub sharing: Option<Sharing>,
    /// With `sharing: team`.
    pub team_id: Option<String>,
}

/// What is left out stays as it is.
#[derive(Debug, Clone, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CannedResponseChange {
    pub shortcut: Option<String>,
    pub title: Option<String>,
    pub content: Option<String>,
}

#[derive(Debug, Error)]
pub enum Error {
    #[error("there is no such canned response")]
    NotFound,
    #[error("there is no such conversation")]
    NoConversation,
    #[error("{0}")]
    Forbidden(&'static str),
    #[error("{pointer}: {problem}")]
    Invalid { pointer: &'static str, problem: String },
    #[error(transparent)]
    Store(#[from] DbError),
}

/// Those the caller can use, by shortcut; only shortcuts that begin with `prefix`.
pub async fn list(app: &App, caller: &Caller, prefix: &str, page: &PageQuery) -> Result<Page<CannedResponseView>, ApiError> {
    let limit = page.limit()?;
    let rows = store::list(&app.db, caller, &prefix.to_lowercase(), page.position()?, limit + 1).await?;
    let items = rows.into_iter().map(CannedResponseView::from).collect();
    Ok(Page::cut(items, limit, |item| (item.shortcut.clone(), item.id.clone())))
}

pub async fn get(app: &App, caller: &Caller, id: &str) -> Result<CannedResponseView, Error> {
    store::get(&app.db, caller, id).await?.map(CannedResponseView::from).ok_or(Error::NotFound)
}

pub async fn create(app: &App, caller: &Caller, new: &NewCannedResponse) -> Result<CannedResponseView, Error> {
    let sharing = new.sharing.unwrap_or(Sharing::Personal);
    may_write(caller, sharing)?;
    if (sharing == Sharing::Team) != new.team_id.is_some() {
        return Err(Error::Invalid { pointer: "/team_id", problem: "goes with sharing: team, and only with it".to_owned() });
    }
    let now = app.now();
    let shortcut = shortcut(&new.shortcut)?;
    let row = store::CannedResponse {
        id: app.ids.next(),
        title: new.title.as_deref().map_or_else(|| Ok(shortcut.clone()), title)?,
        shortcut,
        content: content(&new.content)?,
        owner_id: (sharing == Sharing::Personal).then(|| caller.operator_id.clone()),
        team_id: new.team_id.clone(),
        created_at: now,
        updated_at: now,
    };
    let mut tx = app.db.begin().await?;
    if let Some(team_id) = &row.team_id
        && !store::team_exists(&mut tx, team_id).await?
    {
        return Err(Error::Invalid { pointer: "/team_id", problem: "there is no such team".to_owned() });
    }
    store::insert(&mut tx, &row).await?;
    tx.commit().await?;
    Ok(row.into())
}

pub async fn change(app: &App, caller: &Caller, id: &str, change: &CannedResponseChange) -> Result<CannedResponseView, Error> {
    let mut tx = app.db.begin().await?;
    let mut row = store::get(&mut tx, caller, id).await?.ok_or(Error::NotFound)?;
    may_write(caller, row.sharing())?;
    if let Some(text) = &change.shortcut {
        row.shortcut = shortcut(text)?;
    }
    if let Some(text) = &change.title {
        row.title = title(text)?;
    }
    if let Some(text) = &change.content {
        row.content = content(text)?;
    }
    row.updated_at = app.now();
    store::update(&mut tx, &row).await?;
    tx.commit().await?;
    Ok(row.into())
}

pub async fn delete(app: &App, caller: &Caller, id: &str) -> Result<(), Error> {
    let mut tx = app.db.begin().await?;
    let row = store::get(&mut tx, caller, id).await?.ok_or(Error::NotFound)?;
    may_write(caller, row.sharing())?;
    store::delete(&mut tx, id).await?;
    tx.commit().await?;
    Ok(())
}

/// One's own is one's own affair (others do not even see it); what others use is changed by supervisors.
fn may_write(caller: &Caller, sharing: Sharing) -> Result<(), Error> {
    match (caller.role, sharing) {
        (Role::Auditor, _) => Err(Error::Forbidden("auditors change nothing")),
        (Role::Operator, Sharing::Team | Sharing::Shared) => {
            Err(Error::Forbidden("supervisors change what is shared with others"))
        }
        _ => Ok(()),
    }
}

fn shortcut(text: &str) -> Result<String, Error> {
    let text = without_nul(text.trim()).to_lowercase();
    let fits = (1..=MAX_SHORTCUT_CHARS).contains(&text.chars().count());
    if !fits || text.contains(|c: char| c.is_whitespace() || c.is_control()) {
        let problem = format!("must have 1 to {MAX_SHORTCUT_CHARS} characters and no spaces");
        return Err(Error::Invalid { pointer: "/shortcut", problem });
    }
    Ok(text)
}

fn title(text: &str) -> Result<String, Error> {
    bounded("/title", text.trim(), MAX_TITLE_CHARS)
}

fn content(text: &str) -> Result<String, Error> {
    bounded("/content", text, MAX_CONTENT_CHARS)
}

fn bounded(pointer: &'static str, text: &str, max: usize) -> Result<String, Error> {
    let text = without_nul(text);
    if text.trim().is_empty() || text.chars().count() > max {
        return Err(Error::Invalid { pointer, problem: format!("must have 1 to {max} characters") });
    }
    Ok(text)
}

impl From<store::CannedResponse> for CannedResponseView {
    fn from(row: store::CannedResponse) -> Self {
        Self {
            sharing: row.sharing(),
            id: row.id,
            shortcut: row.shortcut,
            title: row.title,
            content: row.content,
            team_id: row.team_id,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

impl From<Error> for ApiError {
    fn from(error: Error) -> Self {
        match error {
            Error::NotFound => Self::not_found("canned response"),
            Error::NoConversation => Self::not_found("conversation"),
            Error::Forbidden(why) => Self::forbidden(why),
            Error::Invalid { pointer, problem } => Self::invalid(pointer, problem),
            Error::Store(error) => error.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Caller, Role, Sharing, may_write, shortcut};

    #[test]
    fn what_others_use_is_changed_by_supervisors_only() {
        let caller = |role| Caller { operator_id: "ann".into(), name: "Ann".into(), role };
        for (role, personal, shared) in [
            (Role::Operator, true, false),
            (Role::Supervisor, true, true),
            (Role::Admin, true, true),
            (Role::Auditor, false, false),
        ] {
            assert_eq!(may_write(&caller(role), Sharing::Personal).is_ok(), personal, "{role:?}");
            assert_eq!(may_write(&caller(role), Sharing::Shared).is_ok(), shared, "{role:?}");
            assert_eq!(may_write(&caller(role), Sharing::Team).is_ok(), shared, "{role:?}");
        }
    }

    #[test]
    fn shortcuts_are_one_word_in_lower_case() {
        assert_eq!(shortcut(" Привет ").unwrap(), "привет");
        for bad in ["", "two words", "a\tb", &"x".repeat(51)] {
            assert!(shortcut(bad).is_err(), "{bad:?}");
        }
    }
}
