//! Which request goes where.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{DefaultBodyLimit, Path, Query, Request, State as Shared};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get};
use axum::{Json, Router};
use serde_json::Value;

use super::refusal::success;
use super::{Call, Community, GROUP_ID, Refusal, answers, control, spec};
use crate::phone::Phone;

/// Versions of the API that are still answered: 5.131 and later.
const OLDEST_MINOR: u32 = 131;

pub(super) fn routes(community: &Arc<Community>) -> Router {
    let phones: Arc<dyn Phone> = community.clone();
    Router::new()
        .route("/method/{name}", any(method))
        .route(&format!("/wh{GROUP_ID}"), get(poll))
        .layer(DefaultBodyLimit::disable())
        .with_state(community.clone())
        .merge(control::routes(community))
        .merge(crate::phone::control(phones))
}

async fn method(Shared(community): Shared<Arc<Community>>, Path(name): Path<String>, request: Request<Body>) -> Response {
    let call = match Call::read(&name, request).await {
        Ok(call) => call,
        Err(refusal) => return Json(refusal.body(&name, &[])).into_response(),
    };
    match community.act(&call) {
        Ok(result) => success(&result),
        Err(refusal) => Json(refusal.body(&name, &call.parameters)).into_response(),
    }
}

async fn poll(Shared(community): Shared<Arc<Community>>, Query(query): Query<BTreeMap<String, String>>) -> Response {
    Json(community.check(&query).await).into_response()
}

impl Community {
    /// Carries a call out.
    fn act(&self, call: &Call) -> Result<Value, Refusal> {
        self.admit(call)?;
        spec::check(call)?;
        let result = self.carry_out(call)?;
        if let Err(problem) = answers::check(&call.method, &result) {
            return Err(Refusal::of(10, &format!("Internal server error: the stand-in's own answer: {problem}")));
        }
        self.lock().calls.push(call.clone());
        Ok(result)
    }

    /// What is the same for every method: version, token, and errors that were asked for.
    fn admit(&self, call: &Call) -> Result<(), Refusal> {
        let version = call.text("v").ok_or_else(|| Refusal::of(8, "Invalid request: v (version) is required"))?;
        let minor = version.strip_prefix("5.").and_then(|minor| minor.parse::<u32>().ok());
        if minor.is_none_or(|minor| minor < OLDEST_MINOR) {
            return Err(Refusal::of(8, "Invalid request: versions below 5.131 are deprecated"));
        }
        let mut state = self.lock();
        if call.text("access_token") != Some(&state.token) || state.revoked {
            return Err(Refusal::code(5));
        }
        match state.refusals.iter().position(|(method, _)| call.method.contains(method.as_str())) {
            Some(at) => Err(state.refusals.remove(at).1),
            None => Ok(()),
        }
    }

    fn carry_out(&self, call: &Call) -> Result<Value, Refusal> {
        match call.method.as_str() {
            "messages.send" => self.send(call),
            "messages.edit" => self.edit_message(call),
            "messages.delete" => self.delete_messages(call),
            "messages.markAsRead" => self.mark_as_read(call),
            "messages.setActivity" => self.set_activity(call),
            "messages.sendReaction" => self.set_reaction(call, Some(call.required("reaction_id")?)),
            "messages.deleteReaction" => self.set_reaction(call, None),
            "messages.sendMessageEventAnswer" => self.answer_button(call),
            "messages.getHistory" => self.history(call),
            "messages.getConversations" => self.conversations(call),
            "messages.getByConversationMessageId" => self.by_cmid(call),
            "messages.isMessagesFromGroupAllowed" => self.is_allowed(call),
            "photos.getMessagesUploadServer" => self.photo_server(call),
            "photos.saveMessagesPhoto" => self.save_photo(call),
            "docs.getMessagesUploadServer" => self.doc_server(call),
            "docs.save" => self.save_doc(call),
            "users.get" => self.users(call),
            "groups.getById" => self.groups(call),
            "groups.getLongPollServer" => self.long_poll_server(call),
            "groups.getLongPollSettings" => self.long_poll_settings(call),
            "groups.setLongPollSettings" => self.set_long_poll_settings(call),
            "groups.getCallbackConfirmationCode" => self.confirmation_code(call),
            "groups.getCallbackServers" => self.callback_servers(call),
            "groups.addCallbackServer" => self.add_callback_server(call),
            "groups.editCallbackServer" => self.edit_callback_server(call),
            "groups.deleteCallbackServer" => self.delete_callback_server(call),
            "groups.getCallbackSettings" => self.callback_settings(call),
            "groups.setCallbackSettings" => self.set_callback_settings(call),
            "groups.getTokenPermissions" => Ok(super::settings::permissions()),
            _ => Err(Refusal::code(3)),
        }
    }
}
