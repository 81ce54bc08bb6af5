//! Articles of the knowledge base: drafts become published, published ones can be shared into a conversation.

pub mod api;
pub mod store;

use serde::{Deserialize, Serialize};
use thiserror::Error;
use trunkline_channel::Micros;
use trunkline_channel::text::without_nul;

use crate::access::{Caller, Role};
use crate::app::App;
use crate::db::{Conn, DbError};
use crate::http::{ApiError, Page, PageQuery};

pub const MAX_TITLE_CHARS: usize = 200;
pub const MAX_BODY_CHARS: usize = 100_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ArticleState)]
pub enum State {
    Draft,
    /// Can be shared with customers.
    Published,
    /// Kept for those who look for it.
    Archived,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct ArticleView {
    pub id: String,
    pub title: String,
    pub body: String,
    pub state: State,
    /// Grows with every change of title or body.
    pub version: i64,
    pub author_id: Option<String>,
    pub created_at: Micros,
    pub updated_at: Micros,
}

#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewArticle {
    pub title: String,
    pub body: String,
    /// A draft when left out.
    pub state: Option<State>,
}

/// What is left out stays as it is.
#[derive(Debug, Clone, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ArticleChange {
    pub title: Option<String>,
    pub body: Option<String>,
    pub state: Option<State>,
    /// The version the change was made from; refused when there is a newer one.
    pub version: Option<i64>,
}

#[derive(Debug, Clone, Default)]
pub struct Filter {
    pub state: Option<State>,
    /// Words of title or body.
    pub words: Option<String>,
}

#[derive(Debug, Error)]
pub enum Error {
    #[error("there is no such article")]
    NotFound,
    #[error("{0}")]
    Forbidden(&'static str),
    #[error("{pointer}: {problem}")]
    Invalid { pointer: &'static str, problem: String },
    /// Somebody else changed it meanwhile.
    #[error("there is a newer version")]
    Changed { version: i64 },
    #[error(transparent)]
    Store(#[from] DbError),
}

impl State {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Published => "published",
            Self::Archived => "archived",
        }
    }

    fn parse(name: &str) -> Self {
        [Self::Published, Self::Archived].into_iter().find(|state| state.as_str() == name).unwrap_or(Self::Draft)
    }
}

/// The article in its present version, when customers may see it.
pub async fn for_sharing<'c>(on: impl Into<Conn<'c>>, id: &str) -> Result<Option<ArticleView>, DbError> {
    let found = store::get(on, id).await?.map(ArticleView::from);
    Ok(found.filter(|article| article.state == State::Published))
}

/// Latest change first.
pub async fn list(app: &App, _caller: &Caller, filter: &Filter, page: &PageQuery) -> Result<Page<ArticleView>, ApiError> {
    let limit = page.limit()?;
    let rows = store::list(&app.db, filter, page.position()?, limit + 1).await?;
    let items = rows.into_iter().map(ArticleView::from).collect();
    Ok(Page::cut(items, limit, |article| (article.updated_at, article.id.clone())))
}

pub async fn get(app: &App, _caller: &Caller, id: &str) -> Result<ArticleView, Error> {
    store::get(&app.db, id).await?.map(ArticleView::from).ok_or(Error::NotFound)
}

/// Every operator may write drafts; publishing takes a supervisor.
pub async fn create(app: &App, caller: &Caller, new: &NewArticle) -> Result<ArticleView, Error> {
    let state = new.state.unwrap_or(State::Draft);
    may_write(caller, None, state, &caller.operator_id)?;
    let now = app.now();
    let article = ArticleView {
        id: app.ids.next(),
        title: title(&new.title)?,
        body: body(&new.body)?,
        state,
        version: 1,
        author_id: Some(caller.operator_id.clone()),
        created_at: now,
        updated_at: now,
    };
    let mut tx = app.db.begin().await?;
    store::insert(&mut tx, &article).await?;
    tx.commit().await?;
    Ok(article)
}

pub async fn change(app: &App, caller: &Caller, id: &str, change: &ArticleChange) -> Result<ArticleView, Error> {
    let mut tx = app.db.begin().await?;
    let before = store::get(&mut tx, id).await?.map(ArticleView::from).ok_or(Error::NotFound)?;
    let state = change.state.unwrap_or(before.state);
    may_write(caller, Some(before.state), state, before.author_id.as_deref().unwrap_or_default())?;
    if change.version.is_some_and(|seen| seen != before.version) {
        return Err(Error::Changed { version: before.version });
    }
    let title = change.title.as_deref().map_or_else(|| Ok(before.title.clone()), title)?;
    let body = change.body.as_deref().map_or_else(|| Ok(before.body.clone()), body)?;
    let rewritten = title != before.title || body != before.body;
    let seen = before.version;
    let after = ArticleView { title, body, state, version: seen + i64::from(rewritten), updated_at: app.now(), ..before };
    if !store::update(&mut tx, &after, seen).await? {
        return Err(Error::Store(DbError::Conflict));
    }
    tx.commit().await?;
    Ok(after)
}

/// Authors work on their own drafts; what customers can see, or could, is changed by supervisors.
fn may_write(caller: &Caller, before: Option<State>, after: State, author_id: &str) -> Result<(), Error> {
    let draft_stays_draft = before.unwrap_or(State::Draft) == State::Draft && after == State::Draft;
    match caller.role {
        Role::Supervisor | Role::Admin => Ok(()),
        Role::Auditor => Err(Error::Forbidden("auditors change nothing")),
        Role::Operator if !draft_stays_draft => Err(Error::Forbidden("supervisors publish and archive articles")),
        Role::Operator if author_id != caller.operator_id => Err(Error::Forbidden("the draft is somebody else's")),
        Role::Operator => Ok(()),
    }
}

fn title(text: &str) -> Result<String, Error> {
    let text = without_nul(text.trim());
    match text.chars().count() {
        1..=MAX_TITLE_CHARS => Ok(text),
        _ => Err(Error::Invalid { pointer: "/title", problem: format!("must have 1 to {MAX_TITLE_CHARS} characters") }),
    }
}

fn body(text: &str) -> Result<String, Error> {
    if text.chars().count() > MAX_BODY_CHARS {
        return Err(Error::Invalid { pointer: "/body", problem: format!("must have at most {MAX_BODY_CHARS} characters") });
    }
    Ok(without_nul(text))
}

impl From<store::Article> for ArticleView {
    fn from(row: store::Article) -> Self {
        Self {
            id: row.id,
            title: row.title,
            body: row.body,
            state: State::parse(&row.state),
            version: row.version,
            author_id: row.author_id,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

impl From<Error> for ApiError {
    fn from(error: Error) -> Self {
        match error {
            Error::NotFound => Self::not_found("article"),
            Error::Forbidden(why) => Self::forbidden(why),
            Error::Invalid { pointer, problem } => Self::invalid(pointer, problem),
            Error::Changed { version } => {
                Self::conflict("newer_version", "somebody else has changed it").with(serde_json::json!({ "version": version }))
            }
            Error::Store(error) => error.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Caller, Role, State, may_write};

    #[test]
    fn operators_write_their_own_drafts_and_supervisors_publish() {
        let caller = |role| Caller { operator_id: "ann".into(), name: "Ann".into(), role };
        let (draft, published) = (State::Draft, State::Published);
        for (role, before, after, author, allowed) in [
            (Role::Operator, None, draft, "ann", true),
            (Role::Operator, None, published, "ann", false),
            (Role::Operator, Some(draft), draft, "bob", false),
            (Role::Operator, Some(draft), published, "ann", false),
            (Role::Operator, Some(published), draft, "ann", false),
            (Role::Supervisor, Some(draft), published, "bob", true),
            (Role::Admin, Some(published), State::Archived, "bob", true),
            (Role::Auditor, None, draft, "ann", false),
        ] {
            assert_eq!(
                may_write(&caller(role), before, after, author).is_ok(),
                allowed,
                "{role:?} {before:?} {after:?} {author}"
            );
        }
    }
}
