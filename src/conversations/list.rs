//! Lists of conversations: filters, order, pages.

use serde::Deserialize;
use trunkline_channel::Micros;

use super::store::{self, Filter, Order, Position, TeamIs};
use super::window;
use super::{ConversationView, Priority, State};
use crate::access::Caller;
use crate::app::App;
use crate::http::{ApiError, Page, PageQuery};

/// States that one filter may name.
const MAX_STATES: usize = 6;

/// Conditions are joined by "and".
#[derive(Debug, Default, Clone, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListQuery {
    /// One state or several, separated by commas; `open` stands for all open ones.
    pub state: Option<String>,
    pub channel: Option<String>,
    pub inbox_id: Option<String>,
    /// An operator's id, `me` or `none`.
    pub assignee: Option<String>,
    /// A team's id, `mine` for any of the caller's, or `none`.
    #[serde(alias = "team_id")]
    pub team: Option<String>,
    pub contact_id: Option<String>,
    pub tag: Option<String>,
    pub priority: Option<Priority>,
    pub skill: Option<String>,
    pub created_from: Option<Micros>,
    pub created_to: Option<Micros>,
    /// Changed from this moment on, up to but without that one.
    pub updated_from: Option<Micros>,
    pub updated_to: Option<Micros>,
    /// Whether the customer has written something that the operators' side has not seen.
    pub unread: Option<bool>,
    /// Whether an answer has failed, or may not have arrived.
    pub troubled: Option<bool>,
    /// Customers who have been waiting for an answer for this many seconds.
    pub waiting_over_s: Option<i64>,
    /// `true`: those that wait to be accepted by the caller, themselves or as one of a team.
    pub queue: Option<bool>,
    /// `recent` when left out.
    #[param(inline)]
    pub sort: Option<Order>,
    pub limit: Option<i64>,
    pub cursor: Option<String>,
}

pub async fn list(app: &App, caller: &Caller, query: &ListQuery) -> Result<Page<ConversationView>, ApiError> {
    let page = PageQuery { limit: query.limit, cursor: query.cursor.clone() };
    let limit = page.limit()?;
    let order = query.sort.unwrap_or(Order::Recent);
    let after: Option<Position> = page.position()?;
    if after.as_ref().is_some_and(|after| after.order != order) {
        return Err(ApiError::invalid("/cursor", "belongs to another order"));
    }
    let rows = store::list(&app.db, &filter(app.now(), caller, query)?, order, after.as_ref(), limit + 1).await?;
    let rows = Page::cut(rows, limit, |row| Position { order, priority: row.priority, at: row.at, id: row.id.clone() });
    let ids: Vec<String> = rows.items.into_iter().map(|row| row.id).collect();
    let views = store::views_of(&app.db, &ids).await?;
    Ok(Page { items: views.into_iter().map(|view| window::shown(app, view)).collect(), next_cursor: rows.next_cursor })
}

fn filter(now: Micros, caller: &Caller, query: &ListQuery) -> Result<Filter, ApiError> {
    let names: Vec<&str> = query.state.iter().flat_map(|names| names.split(',')).take(MAX_STATES + 1).collect();
    if names.len() > MAX_STATES {
        return Err(ApiError::invalid("/state", format!("at most {MAX_STATES} states")));
    }
    let mut states = Vec::new();
    for name in names {
        match (name, State::parse(name)) {
            ("open", _) => states.extend(State::ALL.into_iter().filter(|state| state.is_open())),
            (_, Some(state)) => states.push(state),
            _ => return Err(ApiError::invalid("/state", "is not a state")),
        }
    }
    let assignee_id = match query.assignee.as_deref() {
        None => None,
        Some("none") => Some(None),
        Some("me") => Some(Some(caller.operator_id.clone())),
        Some(id) => Some(Some(id.to_owned())),
    };
    let team = query.team.as_deref().map(|team| match team {
        "none" => TeamIs::None,
        "mine" => TeamIs::OneOf { operator_id: caller.operator_id.clone() },
        id => TeamIs::Id(id.to_owned()),
    });
    let waiting_before = match query.waiting_over_s {
        Some(seconds) if seconds < 0 => return Err(ApiError::invalid("/waiting_over_s", "must be 0 or more")),
        Some(seconds) => Some(now.saturating_sub(seconds.saturating_mul(1_000_000))),
        None => None,
    };
    let queue_of = match query.queue {
        Some(false) => return Err(ApiError::invalid("/queue", "must be true, or left out")),
        Some(true) => Some((caller.operator_id.clone(), caller.role.supervises())),
        None => None,
    };
    Ok(Filter {
        states,
        channel: query.channel.clone(),
        inbox_id: query.inbox_id.clone(),
        assignee_id,
        team,
        contact_id: query.contact_id.clone(),
        tag: query.tag.clone(),
        priority: query.priority.map(Priority::rank),
        skill: query.skill.clone(),
        created_from: query.created_from,
        created_to: query.created_to,
        updated_from: query.updated_from,
        updated_to: query.updated_to,
        unread: query.unread,
        troubled: query.troubled,
        waiting_before,
        queue_of,
    })
}
