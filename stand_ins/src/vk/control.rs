//! What a test can make happen at VK. Over HTTP: `POST /_control/hook` `{"url"}`, `/_control/events` `{"type", "object"}`,
//! `/_control/refusals` `{"method", "code", "times"}`, `/_control/polls` `{"fail": [1, 2, 3]}`,
//! `/_control/customers/{id}/admin` `{"text"}`, and `/_control/long_poll` with an empty body to switch it on.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use axum::extract::{Path, State as Shared};
use axum::routing::post;
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use super::phone::new_message;
use super::state::{FIRST_CHAT, Permission};
use super::{Call, Community, GROUP_ID, Refusal};

/// An administrator who answers on vk.com.
const ADMIN: i64 = 1;

impl Community {
    /// The next `times` calls of methods whose name contains `method` end in this error; nothing is done.
    pub fn refuse(&self, method: &str, code: i64, times: usize) {
        let refusals = std::iter::repeat_n((method.to_owned(), Refusal::code(code)), times);
        self.change(|state| state.refusals.extend(refusals));
    }

    /// The next polls fail with these, one each: 1 lost history, 2 expired key, 3 everything anew.
    pub fn fail_polls(&self, failures: &[u8]) {
        self.change(|state| state.failures.extend(failures));
    }

    /// An answer that an administrator wrote on vk.com; its cmid.
    pub fn admin_reply(&self, peer: i64, text: &str) -> i64 {
        self.change(|state| {
            let message = state.keep(peer, -GROUP_ID, json!({"text": text, "admin_author_id": ADMIN}));
            let cmid = message["conversation_message_id"].as_i64().unwrap_or_default();
            state.push("message_reply", message);
            cmid
        })
    }

    /// A chat of many that the community was added to; its messages have no ids of their own.
    ///
    /// # Errors
    /// When the number is no chat's.
    pub fn add_chat(&self, peer: i64, title: &str) -> anyhow::Result<()> {
        anyhow::ensure!(peer > FIRST_CHAT, "a chat's number begins above 2000000000");
        self.change(|state| {
            title.clone_into(&mut state.peer(peer).first_name);
            let action = json!({"type": "chat_invite_user", "member_id": -GROUP_ID});
            new_message(state, peer, ADMIN, json!({ "action": action }));
        });
        Ok(())
    }

    /// Somebody's message with fields of our choice (`text`, `attachments`, `fwd_messages`, `payload`, …); its cmid.
    ///
    /// # Errors
    /// When there is no such chat.
    pub fn receive(&self, peer: i64, from: i64, fields: Value) -> anyhow::Result<i64> {
        self.change(|state| {
            anyhow::ensure!(peer < FIRST_CHAT || state.peers.contains_key(&peer), "there is no such chat");
            new_message(state, peer, from, fields).parse().context("a message has a number")
        })
    }

    /// Whether a user may be written to, without an event about it.
    pub fn set_permission(&self, user: i64, permission: Permission) {
        self.change(|state| state.peer(user).permission = permission);
    }

    /// From now on the token is dead, or alive again.
    pub fn set_revoked(&self, revoked: bool) {
        self.change(|state| state.revoked = revoked);
    }

    /// An administrator makes another access key; the one before is dead.
    pub fn set_token(&self, token: &str) {
        self.change(|state| {
            token.clone_into(&mut state.token);
            state.revoked = false;
        });
    }

    /// Moves VK's clock.
    pub fn advance(&self, by: Duration) {
        self.change(|state| state.ahead_s += i64::try_from(by.as_secs()).unwrap_or(i64::MAX / 2));
    }

    /// The calls of a method that were carried out, oldest first.
    #[must_use]
    pub fn calls(&self, method: &str) -> Vec<Call> {
        self.lock().calls.iter().filter(|call| call.method == method).cloned().collect()
    }

    /// Buttons that were pressed and still spin.
    #[must_use]
    pub fn spinning(&self) -> usize {
        self.lock().spinning.len()
    }

    /// What the customers saw after pressing buttons: the `event_data` of each answer.
    #[must_use]
    pub fn snackbars(&self) -> Vec<Value> {
        self.lock().snackbars.clone()
    }

    /// The community has read the conversation up to this cmid.
    #[must_use]
    pub fn read_up_to(&self, peer: i64) -> i64 {
        self.lock().peers.get(&peer).map_or(0, |peer| peer.read_by_us)
    }

    /// A message as histories show it.
    #[must_use]
    pub fn message(&self, peer: i64, cmid: i64) -> Option<Value> {
        self.lock().message(peer, cmid).map(|kept| kept.message.clone())
    }
}

#[derive(Deserialize)]
struct Hook {
    url: String,
}

#[derive(Deserialize)]
struct Event {
    #[serde(rename = "type")]
    kind: String,
    object: Value,
}

#[derive(Deserialize)]
struct Refused {
    method: String,
    code: i64,
    #[serde(default = "once")]
    times: usize,
}

fn once() -> usize {
    1
}

#[derive(Deserialize)]
struct Polls {
    fail: Vec<u8>,
}

#[derive(Deserialize)]
struct Reply {
    text: String,
}

type Us = Shared<Arc<Community>>;

pub(super) fn routes(community: &Arc<Community>) -> Router {
    let done = || Json(json!({"ok": true}));
    let hook = post(move |Shared(us): Us, Json(hook): Json<Hook>| async move {
        us.hook(&hook.url);
        done()
    });
    let events = post(|Shared(us): Us, Json(event): Json<Event>| async move { Json(us.push(&event.kind, event.object)) });
    let refusals = post(move |Shared(us): Us, Json(refused): Json<Refused>| async move {
        us.refuse(&refused.method, refused.code, refused.times);
        done()
    });
    let polls = post(move |Shared(us): Us, Json(polls): Json<Polls>| async move {
        us.fail_polls(&polls.fail);
        done()
    });
    let long_poll = post(move |Shared(us): Us| async move {
        us.enable_long_poll();
        done()
    });
    let admin = post(|Shared(us): Us, Path(peer): Path<i64>, Json(reply): Json<Reply>| async move {
        Json(json!({"conversation_message_id": us.admin_reply(peer, &reply.text)}))
    });
    Router::new()
        .route("/_control/hook", hook)
        .route("/_control/events", events)
        .route("/_control/refusals", refusals)
        .route("/_control/polls", polls)
        .route("/_control/long_poll", long_poll)
        .route("/_control/customers/{id}/admin", admin)
        .with_state(community.clone())
}
