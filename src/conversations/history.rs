//! The messages of a conversation, read both ways.

use serde::Deserialize;

use super::{Error, MessageView, store};
use crate::access::{Caller, Visitor};
use crate::app::App;
use crate::http::{ApiError, Page};

/// Who reads: operators see everything, visitors what was meant for them.
#[derive(Debug, Clone, Copy)]
pub enum Scope<'a> {
    Operator(&'a Caller),
    Visitor(&'a Visitor),
}

/// `before` walks back from a number (the newest when left out), `after` forward.
#[derive(Debug, Default, Clone, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct HistoryQuery {
    /// Messages with a lower number, newest first.
    pub before: Option<i64>,
    /// Messages with a higher number, oldest first.
    pub after: Option<i64>,
    /// 1 to 200; 50 when left out.
    pub limit: Option<i64>,
}

/// One page. `next_cursor` is the number to go on from in the same direction.
pub async fn history(app: &App, scope: Scope<'_>, id: &str, query: &HistoryQuery) -> Result<Page<MessageView>, ApiError> {
    let limit = crate::http::PageQuery { limit: query.limit, cursor: None }.limit()?;
    if query.before.is_some() && query.after.is_some() {
        return Err(ApiError::invalid("/after", "give before or after, not both"));
    }
    let facts = store::facts(&app.db, id).await?.ok_or(Error::NotFound)?;
    let for_customer = match scope {
        Scope::Operator(_) => false,
        Scope::Visitor(visitor) if store::belongs_to(&app.db, &facts, visitor).await? => true,
        Scope::Visitor(_) => return Err(Error::NotFound.into()),
    };
    let backwards = query.after.is_none();
    let edge = query.after.or(query.before).unwrap_or(i64::MAX);
    let mut rows = store::messages(&app.db, id, edge, backwards, for_customer, limit + 1).await?;
    let wanted = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = rows.len() > wanted;
    rows.truncate(wanted);
    let next_cursor = rows.last().filter(|_| more).map(|row| row.number.to_string());
    let mut items = store::views_of_messages((&app.db).into(), rows).await?;
    if for_customer {
        for item in &mut items {
            item.extra = super::views::customer_extra(&item.extra);
        }
    } else {
        super::amend::with_amendments(app, &mut items).await?;
    }
    Ok(Page { items, next_cursor })
}
