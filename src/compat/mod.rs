//! Routes that other front ends speak already: thin aliases of our own operations, with their names for the same things.
//!
//! | here | there |
//! |---|---|
//! | conversation | session, conversation |
//! | state `new` | status `pending` |
//! | operator | agent |

mod chat;
mod live_chat;
mod words;

use axum::routing::{get, post, put};
use utoipa_axum::router::OpenApiRouter;

use crate::http::roles::{ACTING, For, OVERSEEING, READING, SUPERVISING};
use crate::services::Services;

use For::{AnySite, Operators, Visitors, VisitorsAnd};

/// Method, path as below, and whom it is for: as the operations of `/api/v1` behind them.
pub const TABLE: &[(&str, &str, For)] = &[
    ("POST", "/api/live-chat/start", Visitors),
    ("GET", "/api/live-chat/agent/sessions", Operators(READING)),
    ("GET", "/api/live-chat/admin/all-sessions", Operators(OVERSEEING)),
    ("GET", "/api/live-chat/agent/{agent_id}/workload", Operators(READING)),
    ("GET", "/api/live-chat/queue/stats", Operators(READING)),
    ("GET", "/api/live-chat/{id}/messages", VisitorsAnd(READING)),
    ("GET", "/api/live-chat/{id}/customer-context", Operators(READING)),
    ("POST", "/api/live-chat/{id}/transfer", Operators(ACTING)),
    ("POST", "/api/live-chat/{id}/assign", Operators(SUPERVISING)),
    ("POST", "/api/chat-upload/upload", VisitorsAnd(ACTING)),
    ("POST", "/api/chat/initialize", AnySite),
    ("POST", "/api/chat/message", VisitorsAnd(ACTING)),
    ("GET", "/api/chat/history/{conversation_id}", VisitorsAnd(READING)),
    ("PUT", "/api/chat/status/{message_id}", VisitorsAnd(ACTING)),
];

/// Not part of the API's document: whoever writes something new speaks `/api/v1`.
pub fn routes() -> OpenApiRouter<Services> {
    OpenApiRouter::new()
        .route("/api/live-chat/start", post(live_chat::start))
        .route("/api/live-chat/agent/sessions", get(live_chat::sessions))
        .route("/api/live-chat/admin/all-sessions", get(live_chat::sessions))
        .route("/api/live-chat/agent/{agent_id}/workload", get(live_chat::workload))
        .route("/api/live-chat/queue/stats", get(live_chat::queue_statistics))
        .route("/api/live-chat/{id}/messages", get(live_chat::messages))
        .route("/api/live-chat/{id}/customer-context", get(live_chat::customer_context))
        .route("/api/live-chat/{id}/transfer", post(live_chat::transfer))
        .route("/api/live-chat/{id}/assign", post(live_chat::assign))
        .route("/api/chat-upload/upload", post(chat::upload))
        .route("/api/chat/initialize", post(chat::initialize))
        .route("/api/chat/message", post(chat::message))
        .route("/api/chat/history/{conversation_id}", get(live_chat::messages))
        .route("/api/chat/status/{message_id}", put(chat::status))
}
