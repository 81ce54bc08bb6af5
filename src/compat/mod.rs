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

use crate::services::Services;

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
