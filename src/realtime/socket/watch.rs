//! What operators say of their screens: which conversations are in their lists, and which one is open.

use std::collections::HashSet;

use serde_json::{Map, Value, json};

use super::commands::{View, Watch};
use super::session::Session;
use crate::access::Caller;
use crate::conversations::store;
use crate::http::ApiError;

/// Conversations one socket is told of without having entered them: a list on a screen.
pub(super) const MAX_WATCHED: usize = 200;
/// An id is shorter.
const MAX_ID_BYTES: usize = 64;

/// Replaces what was watched before. Answers who looks at each of them now.
pub(super) fn watch(session: &mut Session, watch: Watch) -> Result<Value, ApiError> {
    if watch.session_ids.len() > MAX_WATCHED {
        return Err(ApiError::invalid("/session_ids", format!("at most {MAX_WATCHED}")));
    }
    if let Some(at) = watch.session_ids.iter().position(|id| id.len() > MAX_ID_BYTES) {
        return Err(ApiError::invalid(&format!("/session_ids/{at}"), "is not an id"));
    }
    session.watched = watch.session_ids.into_iter().collect::<HashSet<String>>();
    let viewers = &session.shared.viewers;
    let now: Map<String, Value> = session.watched.iter().map(|id| (id.clone(), json!(viewers.of(id)))).collect();
    Ok(json!({ "viewers": now }))
}

/// Notes what is on the screen now, instead of what was there before. Answers who looks at it, the caller included.
pub(super) async fn view(session: &mut Session, caller: &Caller, view: View) -> Result<Value, ApiError> {
    let Some(id) = view.session_id else {
        session.viewing = None;
        return Ok(json!({ "session_id": null, "viewers": [] }));
    };
    if session.viewing.as_ref().is_none_or(|viewing| viewing.conversation_id() != id) {
        store::facts(&session.shared.services.app.db, &id).await?.ok_or_else(|| ApiError::not_found("conversation"))?;
        session.viewing = Some(session.shared.viewers.enter(&id, caller));
    }
    let viewers = session.shared.viewers.of(&id);
    Ok(json!({ "session_id": id, "viewers": viewers }))
}
