//! What people and the page do that has no gesture of its own on every phone.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use serde_json::{Value, json};

use super::state::Kept;
use super::{PAGE_ID, Server};
use crate::graph::APP_ID;

impl Server {
    /// A message of a person with anything in it (`text`, `attachments`, `referral`, `is_unsupported`, …), without its `mid`.
    ///
    /// # Errors
    /// When the person has blocked the page.
    pub fn say_anything(&self, psid: &str, content: Value) -> anyhow::Result<String> {
        self.hear(psid, None, content, None)
    }

    /// Any other event of a person under its key: `optin`, `account_linking`, …
    ///
    /// # Errors
    /// When the person has blocked the page.
    pub fn do_anything(&self, psid: &str, key: &str, content: Value) -> anyhow::Result<()> {
        self.heard(psid, None)?;
        self.tell(psid, key, content);
        Ok(())
    }

    /// A person comes by an m.me link, or by an ad when its id is given.
    ///
    /// # Errors
    /// When the person has blocked the page.
    pub fn refer(&self, psid: &str, reference: &str, ad: Option<&str>) -> anyhow::Result<()> {
        let mut referral = json!({"ref": reference, "source": "SHORTLINK", "type": "OPEN_THREAD"});
        if let Some(ad) = ad {
            referral["source"] = json!("ADS");
            referral["ad_id"] = json!(ad);
            referral["ads_context_data"] = json!({"ad_title": "Shoes", "photo_url": "https://example.com/shoes.png"});
        }
        self.do_anything(psid, "referral", referral)
    }

    /// Somebody of the business writes in the page's own inbox; the mid of the new message.
    pub fn write_from_inbox(&self, psid: &str, text: &str) -> String {
        let kept = Kept::new(false, self.app.now_ms(), json!({"text": text}));
        self.lock().person(psid).messages.push(kept.clone());
        self.tell_echo(psid, &kept, false, None);
        kept.mid
    }

    /// Another app takes the thread, or gives it back.
    pub fn set_elsewhere(&self, psid: &str, elsewhere: bool) {
        self.lock().person(psid).elsewhere = elsewhere;
        let app: u64 = APP_ID.parse().unwrap_or_default();
        match elsewhere {
            true => self.tell(psid, "take_thread_control", json!({"previous_owner_app_id": app, "metadata": ""})),
            false => self.tell(psid, "pass_thread_control", json!({"new_owner_app_id": app, "metadata": ""})),
        };
    }

    /// Meta acts against the page: `block`, `unblock`, `warning`.
    pub fn enforce(&self, action: &str, reason: &str) {
        let item = json!({"recipient": {"id": PAGE_ID}, "timestamp": self.app.now_ms(),
            "policy-enforcement": {"action": action, "reason": reason}});
        self.emit("the page", "policy-enforcement", item, Duration::ZERO);
    }

    /// The person's profile is told to nobody.
    pub fn hide_profile(&self, psid: &str) {
        self.lock().person(psid).private = true;
    }

    /// Whether the app may use the tag of human agents.
    pub fn set_human_agent(&self, approved: bool) {
        self.lock().human_agent = approved;
    }

    /// Whether the echo of a send is delivered before its answer.
    pub fn set_echo_first(&self, first: bool) {
        self.lock().echo_first = first;
    }

    /// Whether deliveries name the messages beside the watermark.
    pub fn set_delivery_mids(&self, named: bool) {
        self.lock().delivery_mids = named;
    }

    /// Whether the page said that it has seen the newest message of a person.
    #[must_use]
    pub fn has_seen(&self, psid: &str) -> bool {
        let state = self.lock();
        state.people.get(psid).is_some_and(|person| person.seen > 0 && person.seen >= person.last_heard)
    }
}

type Shared = State<Arc<Server>>;

/// The same over HTTP, for clients that are not written in Rust.
pub(super) fn routes(server: &Arc<Server>) -> Router {
    let at = |gesture: &str| format!("/_control/customers/{{id}}/{gesture}");
    Router::new()
        .route(
            &at("message"),
            post(|State(server): Shared, Path(id): Path<String>, Json(content): Json<Value>| async move {
                answered(server.say_anything(&id, content).map(|mid| json!({ "message_id": mid })))
            }),
        )
        .route(
            &at("event"),
            post(|State(server): Shared, Path(id): Path<String>, Json(body): Json<Value>| async move {
                let key = body["key"].as_str().unwrap_or_default();
                answered(server.do_anything(&id, key, body["content"].clone()).map(|()| json!({"ok": true})))
            }),
        )
        .route(
            &at("refer"),
            post(|State(server): Shared, Path(id): Path<String>, Json(body): Json<Value>| async move {
                let referred = server.refer(&id, body["ref"].as_str().unwrap_or_default(), body["ad_id"].as_str());
                answered(referred.map(|()| json!({"ok": true})))
            }),
        )
        .route(
            &at("elsewhere"),
            post(|State(server): Shared, Path(id): Path<String>, Json(body): Json<Value>| async move {
                server.set_elsewhere(&id, body["elsewhere"] == true);
                Json(json!({"ok": true}))
            }),
        )
        .route(
            &at("write_from_inbox"),
            post(|State(server): Shared, Path(id): Path<String>, Json(body): Json<Value>| async move {
                Json(json!({"message_id": server.write_from_inbox(&id, body["text"].as_str().unwrap_or_default())}))
            }),
        )
        .with_state(server.clone())
}

fn answered(outcome: anyhow::Result<Value>) -> Response {
    match outcome {
        Ok(answer) => Json(answer).into_response(),
        Err(error) => (StatusCode::BAD_REQUEST, Json(json!({ "error": error.to_string() }))).into_response(),
    }
}
