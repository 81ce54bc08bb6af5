//! Search across what was said, customers and operators.

pub mod api;
mod operators;
mod snippet;
pub mod store;

use serde::{Deserialize, Serialize};
use trunkline_channel::{Kind, Micros};

use crate::access::Caller;
use crate::app::App;
use crate::connectors::ChannelKind;
use crate::contacts::{self, ContactView};
use crate::conversations::State;
use crate::conversations::views::SenderType;
use crate::db::{Index, matching_rows, words};
use crate::http::{ApiError, Page, PageQuery, cursor};

pub use operators::OperatorHit;
pub use snippet::{Range, Snippet};

pub const MAX_QUERY_CHARS: usize = 200;
const MAX_LIMIT: i64 = 50;
const DEFAULT_LIMIT: i64 = 20;
/// Matching messages looked at, one step after the other, while filters drop most of them. After the last step a page
/// may be short, even empty, and still have a next one. Few steps, because each asks the index anew.
const STEPS: [i64; 2] = [1000, 9000];

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    Messages,
    Contacts,
    Operators,
    #[default]
    All,
}

#[derive(Debug, Clone, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct SearchQuery {
    /// Words; all must be there, the last may be a beginning.
    pub q: String,
    /// What to search; everything when left out.
    #[serde(rename = "in", default)]
    #[param(inline)]
    pub scope: Scope,
    /// Filters for messages, by their conversation.
    pub channel: Option<String>,
    pub inbox: Option<String>,
    #[param(inline)]
    pub state: Option<State>,
    /// An operator's id, `me` or `none`.
    pub assignee: Option<String>,
    /// Filters for messages, by their time: from this moment, up to but without that one.
    pub from: Option<Micros>,
    pub to: Option<Micros>,
    /// Of each kind, 1 to 50; 20 when left out.
    pub limit: Option<i64>,
    /// Where one kind is searched: `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// What was found, newest first; null where nothing was looked for.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct SearchView {
    pub messages: Option<Page<MessageHit>>,
    pub contacts: Option<Page<ContactHit>>,
    pub operators: Option<Vec<OperatorHit>>,
}

#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct MessageHit {
    pub message_id: String,
    pub conversation_id: String,
    /// The message's place in its conversation, for jumping there.
    pub number: i64,
    #[schema(value_type = Kind)]
    pub kind: String,
    #[schema(value_type = SenderType)]
    pub sender_type: String,
    pub sender_name: Option<String>,
    pub at: Micros,
    pub snippet: Snippet,
    #[schema(value_type = ChannelKind)]
    pub channel: String,
    pub inbox_id: String,
    #[schema(value_type = State)]
    pub state: String,
    pub subject: Option<String>,
    pub assignee_id: Option<String>,
    pub contact_name: Option<String>,
}

#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct ContactHit {
    pub contact: ContactView,
    /// The name or handle that was found.
    pub snippet: Snippet,
}

pub async fn search(app: &App, caller: &Caller, query: &SearchQuery) -> Result<SearchView, ApiError> {
    if query.q.chars().count() > MAX_QUERY_CHARS {
        return Err(ApiError::invalid("/q", format!("must have at most {MAX_QUERY_CHARS} characters")));
    }
    let words = words(&query.q);
    if words.is_empty() {
        return Err(ApiError::invalid("/q", "must have a word"));
    }
    let limit = query.limit.unwrap_or(DEFAULT_LIMIT);
    if !(1..=MAX_LIMIT).contains(&limit) {
        return Err(ApiError::invalid("/limit", format!("must be 1 to {MAX_LIMIT}")));
    }
    if query.cursor.is_some() && !matches!(query.scope, Scope::Messages | Scope::Contacts) {
        return Err(ApiError::invalid("/cursor", "goes with in=messages or in=contacts"));
    }
    let wants = |scope| query.scope == Scope::All || query.scope == scope;
    let page = PageQuery { limit: Some(limit), cursor: query.cursor.clone() };
    Ok(SearchView {
        messages: if wants(Scope::Messages) { Some(messages(app, caller, query, &words, &page).await?) } else { None },
        contacts: if wants(Scope::Contacts) { Some(contacts(app, caller, &query.q, &words, &page).await?) } else { None },
        operators: if wants(Scope::Operators) { Some(operators::find(app, caller, &words, limit).await?) } else { None },
    })
}

/// The index gives matching rows newest first; filters are applied to them step by step, so that a common word costs
/// no more than the rows looked at.
async fn messages(
    app: &App,
    caller: &Caller,
    query: &SearchQuery,
    words: &[String],
    page: &PageQuery,
) -> Result<Page<MessageHit>, ApiError> {
    let limit = page.limit()?;
    let filter = filter(caller, query);
    let wanted = usize::try_from(limit).unwrap_or(usize::MAX);
    let plain = [limit + 1];
    let steps: &[i64] = if filter.is_empty() { &plain } else { &STEPS };
    let mut before: i64 = page.position()?.unwrap_or(i64::MAX);
    let mut found: Vec<store::Hit> = Vec::new();
    let mut more = true;
    for step in steps {
        let rows = matching_rows(app.db.backend(), Index::Messages, words, before, *step).all::<(i64,)>(&app.db).await?;
        let rows: Vec<i64> = rows.into_iter().map(|(row,)| row).collect();
        more = i64::try_from(rows.len()) == Ok(*step);
        before = rows.last().copied().unwrap_or(before);
        found.extend(store::hits(&app.db, &rows, &filter, limit + 1).await?);
        if !more || found.len() > wanted {
            break;
        }
    }
    let next = if found.len() > wanted {
        found.truncate(wanted);
        found.last().map(|hit| hit.row_id)
    } else {
        more.then_some(before)
    };
    let items = found.into_iter().map(|hit| MessageHit::of(hit, words)).collect();
    Ok(Page { items, next_cursor: next.map(|row| cursor(&row)) })
}

async fn contacts(
    app: &App,
    caller: &Caller,
    typed: &str,
    words: &[String],
    page: &PageQuery,
) -> Result<Page<ContactHit>, ApiError> {
    let found = contacts::list(app, caller, Some(typed), page).await?;
    let hit = |contact: ContactView| {
        let texts = contact.name.iter().chain(contact.identities.iter().flat_map(|i| i.handle.iter().chain(&i.name)));
        let snippets: Vec<Snippet> = texts.map(|text| snippet::cut(text, words)).collect();
        let best = snippets.into_iter().rev().max_by_key(|snippet| snippet.ranges.len());
        ContactHit { snippet: best.unwrap_or_else(|| snippet::cut("", words)), contact }
    };
    Ok(Page { items: found.items.into_iter().map(hit).collect(), next_cursor: found.next_cursor })
}

fn filter(caller: &Caller, query: &SearchQuery) -> store::Filter {
    let assignee = match query.assignee.as_deref() {
        None => None,
        Some("none") => Some(None),
        Some("me") => Some(Some(caller.operator_id.clone())),
        Some(id) => Some(Some(id.to_owned())),
    };
    store::Filter {
        channel: query.channel.clone(),
        inbox_id: query.inbox.clone(),
        state: query.state,
        assignee,
        from: query.from,
        to: query.to,
    }
}

impl MessageHit {
    fn of(hit: store::Hit, words: &[String]) -> Self {
        Self {
            message_id: hit.id,
            conversation_id: hit.conversation_id,
            number: hit.number,
            kind: hit.kind,
            sender_type: hit.sender_type,
            sender_name: hit.sender_name,
            at: hit.created_at,
            snippet: snippet::cut(&hit.text, words),
            channel: hit.channel,
            inbox_id: hit.inbox_id,
            state: hit.state,
            subject: hit.subject,
            assignee_id: hit.assignee_id,
            contact_name: hit.contact_name,
        }
    }
}
