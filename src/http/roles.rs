//! Who may call which route: one table, looked up for every request. A route that is not in it is refused.

use http::Method;

use super::ApiError;
use crate::access::{Principal, Role};
use crate::compat;

/// Whom a route is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum For {
    Anybody,
    /// Anybody, also from pages of other sites: the route itself decides which of them.
    AnySite,
    Visitors,
    Operators(&'static [Role]),
    /// Visitors, and operators of these roles.
    VisitorsAnd(&'static [Role]),
    /// The same, and whoever holds a signed link: the route itself checks its `signature`.
    LinksAnd(&'static [Role]),
}

/// Everybody who can sign in. Also for what people do to their own account.
pub(crate) const READING: &[Role] = &[Role::Operator, Role::Supervisor, Role::Admin, Role::Auditor];
pub(crate) const ACTING: &[Role] = &[Role::Operator, Role::Supervisor, Role::Admin];
pub(crate) const SUPERVISING: &[Role] = &[Role::Supervisor, Role::Admin];
pub(crate) const OVERSEEING: &[Role] = &[Role::Supervisor, Role::Admin, Role::Auditor];
const ADMINS: &[Role] = &[Role::Admin];

use For::{AnySite, Anybody, LinksAnd, Operators, Visitors, VisitorsAnd};

/// Method (`*` for all), path as in the router, and whom it is for.
pub const TABLE: &[(&str, &str, For)] = &[
    ("GET", "/api/v1/setup", Anybody),
    ("POST", "/api/v1/setup", Anybody),
    ("POST", "/api/v1/sessions", Anybody),
    ("DELETE", "/api/v1/sessions", Operators(READING)),
    ("DELETE", "/api/v1/sessions/current", Operators(READING)),
    ("GET", "/api/v1/me", Operators(READING)),
    ("PATCH", "/api/v1/me", Operators(READING)),
    ("GET", "/api/v1/me/preferences", Operators(READING)),
    ("PUT", "/api/v1/me/preferences", Operators(READING)),
    ("GET", "/api/v1/settings", Operators(READING)),
    ("PUT", "/api/v1/me/availability", Operators(ACTING)),
    ("POST", "/api/v1/me/activity", Operators(ACTING)),
    ("PUT", "/api/v1/me/password", Operators(READING)),
    ("GET", "/api/v1/push/key", Operators(READING)),
    ("GET", "/api/v1/me/push-subscriptions", Operators(READING)),
    ("POST", "/api/v1/me/push-subscriptions", Operators(READING)),
    ("DELETE", "/api/v1/me/push-subscriptions/{id}", Operators(READING)),
    ("POST", "/api/v1/me/push-subscriptions/{id}/test", Operators(READING)),
    ("POST", "/api/v1/socket-tokens", Operators(READING)),
    ("GET", "/api/v1/tokens", Operators(READING)),
    ("POST", "/api/v1/tokens", Operators(READING)),
    ("DELETE", "/api/v1/tokens/{id}", Operators(READING)),
    ("GET", "/api/v1/operators", Operators(READING)),
    ("POST", "/api/v1/operators", Operators(ADMINS)),
    ("GET", "/api/v1/operators/{id}", Operators(READING)),
    ("PATCH", "/api/v1/operators/{id}", Operators(ADMINS)),
    ("GET", "/api/v1/operators/{id}/workload", Operators(READING)),
    ("GET", "/api/v1/teams", Operators(READING)),
    ("POST", "/api/v1/teams", Operators(ADMINS)),
    ("PATCH", "/api/v1/teams/{id}", Operators(ADMINS)),
    ("DELETE", "/api/v1/teams/{id}", Operators(ADMINS)),
    ("PUT", "/api/v1/teams/{id}/members/{operator_id}", Operators(ADMINS)),
    ("DELETE", "/api/v1/teams/{id}/members/{operator_id}", Operators(ADMINS)),
    ("GET", "/api/v1/conversations", Operators(READING)),
    ("GET", "/api/v1/conversations/counts", Operators(READING)),
    ("GET", "/api/v1/conversations/{id}", Operators(READING)),
    ("PATCH", "/api/v1/conversations/{id}", Operators(ACTING)),
    ("POST", "/api/v1/conversations/{id}/accept", Operators(ACTING)),
    ("POST", "/api/v1/conversations/{id}/assign", Operators(SUPERVISING)),
    ("POST", "/api/v1/conversations/{id}/transfer", Operators(ACTING)),
    ("POST", "/api/v1/conversations/{id}/escalate", Operators(ACTING)),
    ("POST", "/api/v1/conversations/{id}/close", Operators(ACTING)),
    ("POST", "/api/v1/conversations/{id}/reopen", Operators(ACTING)),
    ("POST", "/api/v1/conversations/{id}/archive", Operators(ACTING)),
    ("GET", "/api/v1/conversations/{id}/messages", Operators(READING)),
    ("POST", "/api/v1/conversations/{id}/messages", Operators(ACTING)),
    ("PATCH", "/api/v1/conversations/{id}/messages/{message_id}", Operators(ACTING)),
    ("DELETE", "/api/v1/conversations/{id}/messages/{message_id}", Operators(ACTING)),
    ("PUT", "/api/v1/conversations/{id}/messages/{message_id}/reaction", Operators(ACTING)),
    ("DELETE", "/api/v1/conversations/{id}/messages/{message_id}/reaction", Operators(ACTING)),
    ("GET", "/api/v1/conversations/{id}/messages/{message_id}/full", Operators(READING)),
    ("GET", "/api/v1/conversations/{id}/messages/{message_id}/html", Operators(READING)),
    ("GET", "/api/v1/conversations/{id}/messages/{message_id}/revisions", Operators(READING)),
    ("GET", "/api/v1/conversations/{id}/messages/{message_id}/raw", Operators(READING)),
    ("POST", "/api/v1/conversations/{id}/seen", Operators(ACTING)),
    ("POST", "/api/v1/conversations/{id}/unread", Operators(ACTING)),
    ("GET", "/api/v1/conversations/{id}/drafts", Operators(READING)),
    ("PUT", "/api/v1/conversations/{id}/drafts/{kind}", Operators(ACTING)),
    ("DELETE", "/api/v1/conversations/{id}/drafts/{kind}", Operators(ACTING)),
    ("GET", "/api/v1/conversations/{id}/context", Operators(READING)),
    ("GET", "/api/v1/contacts", Operators(READING)),
    ("GET", "/api/v1/contacts/{id}", Operators(READING)),
    ("PATCH", "/api/v1/contacts/{id}", Operators(ACTING)),
    ("GET", "/api/v1/contacts/{id}/conversations", Operators(READING)),
    ("POST", "/api/v1/contacts/{id}/conversations", Operators(ACTING)),
    ("GET", "/api/v1/contacts/{id}/merge-suggestions", Operators(READING)),
    ("POST", "/api/v1/contacts/{id}/merge", Operators(ACTING)),
    ("POST", "/api/v1/contacts/{id}/unmerge", Operators(ACTING)),
    ("GET", "/api/v1/search", Operators(READING)),
    ("GET", "/api/v1/queue/statistics", Operators(READING)),
    ("GET", "/api/v1/deliveries", Operators(READING)),
    ("GET", "/api/v1/messages/{id}/delivery", Operators(READING)),
    ("POST", "/api/v1/deliveries/{id}/retry", Operators(ACTING)),
    ("POST", "/api/v1/deliveries/{id}/settle", Operators(ACTING)),
    ("POST", "/api/v1/deliveries/{id}/cancel", Operators(ACTING)),
    ("GET", "/api/v1/inboxes", Operators(READING)),
    ("GET", "/api/v1/inboxes/{id}", Operators(READING)),
    ("POST", "/api/v1/inboxes", Operators(ADMINS)),
    ("PATCH", "/api/v1/inboxes/{id}", Operators(ADMINS)),
    ("DELETE", "/api/v1/inboxes/{id}", Operators(ADMINS)),
    ("POST", "/api/v1/inboxes/{id}/pause", Operators(ADMINS)),
    ("POST", "/api/v1/inboxes/{id}/resume", Operators(ADMINS)),
    ("POST", "/api/v1/inboxes/{id}/diagnose", Operators(SUPERVISING)),
    ("GET", "/api/v1/inboxes/{id}/templates", Operators(READING)),
    ("GET", "/api/v1/raw-events", Operators(OVERSEEING)),
    ("GET", "/api/v1/raw-events/{id}/body", Operators(OVERSEEING)),
    ("POST", "/api/v1/raw-events/{id}/replay", Operators(SUPERVISING)),
    ("POST", "/api/v1/uploads", VisitorsAnd(ACTING)),
    ("GET", "/api/v1/attachments/{id}", LinksAnd(READING)),
    ("GET", "/api/v1/attachments/{id}/link", VisitorsAnd(READING)),
    ("POST", "/api/v1/attachments/{id}/fetch", Operators(ACTING)),
    ("GET", "/api/v1/canned-responses", Operators(READING)),
    ("GET", "/api/v1/canned-responses/{id}", Operators(READING)),
    ("POST", "/api/v1/canned-responses", Operators(ACTING)),
    ("PATCH", "/api/v1/canned-responses/{id}", Operators(ACTING)),
    ("DELETE", "/api/v1/canned-responses/{id}", Operators(ACTING)),
    ("POST", "/api/v1/canned-responses/{id}/render", Operators(ACTING)),
    ("GET", "/api/v1/articles", Operators(READING)),
    ("GET", "/api/v1/articles/{id}", Operators(READING)),
    ("POST", "/api/v1/articles", Operators(ACTING)),
    ("PATCH", "/api/v1/articles/{id}", Operators(ACTING)),
    ("GET", "/api/v1/events", Operators(READING)),
    ("GET", "/api/v1/widget/default", AnySite),
    ("GET", "/api/v1/widget/{inbox_id}", AnySite),
    ("POST", "/api/v1/widget/{inbox_id}/visitors", AnySite),
    ("GET", "/api/v1/widget/sessions/{id}/messages", Visitors),
    // Providers call here; each connector checks its own signatures.
    ("*", "/in/{inbox_id}", AnySite),
    ("*", "/in/{inbox_id}/{*rest}", AnySite),
];

/// Whom a route is for; `None` when nobody has decided.
#[must_use]
pub fn find(method: &Method, path: &str) -> Option<For> {
    let method = if method == Method::HEAD { &Method::GET } else { method };
    TABLE
        .iter()
        .chain(compat::TABLE)
        .find(|(m, p, _)| (*m == "*" || *m == method.as_str()) && *p == path)
        .map(|(_, _, rule)| *rule)
}

impl For {
    /// Refuses whoever the route is not for.
    pub fn check(self, asking: Option<&Principal>) -> Result<(), ApiError> {
        let (visitors, roles): (bool, &[Role]) = match self {
            Self::Anybody | Self::AnySite => return Ok(()),
            Self::Visitors => (true, &[]),
            Self::Operators(roles) => (false, roles),
            Self::VisitorsAnd(roles) | Self::LinksAnd(roles) => (true, roles),
        };
        match asking {
            None => Err(ApiError::unauthorized()),
            Some(Principal::Visitor(_)) if visitors => Ok(()),
            Some(Principal::Operator(caller)) if roles.contains(&caller.role) => Ok(()),
            Some(Principal::Visitor(_)) => Err(ApiError::forbidden("this is for operators")),
            Some(Principal::Operator(_)) if roles.is_empty() => Err(ApiError::forbidden("this is for customers")),
            Some(Principal::Operator(_)) => Err(ApiError::forbidden("your role does not allow this")),
        }
    }
}
