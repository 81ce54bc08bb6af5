//! What people and the account do that has no gesture of its own on every phone.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use serde_json::{Value, json};

use super::events::contact;
use super::phone::Customers;
use super::state::{Kept, user_id_of};
use super::{PHONE_NUMBER_ID, Server, WABA_ID};

impl Server {
    /// From now on the customer's number is kept from the business, which is told a user name.
    pub fn hide_number(&self, customer: &str, username: &str) {
        let mut state = self.lock();
        let person = state.person(PHONE_NUMBER_ID, customer);
        person.hidden = true;
        person.username = Some(username.to_owned());
    }

    /// The customer takes another number, which changes the BSUID too; the new BSUID.
    pub fn change_number(&self, customer: &str, to: &str) -> String {
        let person = {
            let mut state = self.lock();
            let person = state.person(PHONE_NUMBER_ID, customer);
            let before = person.clone();
            person.wa_id = Some(to.to_owned());
            person.user_id = user_id_of(to);
            (before, person.clone())
        };
        let (before, after) = person;
        let body = format!("User {} changed from {customer} to {to}", after.name);
        let mut system = json!({"type": "user_changed_number", "body": body, "user_id": after.user_id});
        if let Some(number) = after.shown_number() {
            system["wa_id"] = json!(number);
        }
        self.tell_system(customer, &before, system);
        let ids = json!({"type": "user_changed_user_id", "body": "The user's ID changed", "user_id": after.user_id});
        self.tell_system(customer, &before, ids);
        after.user_id
    }

    /// The customer has no WhatsApp any more.
    pub fn leave(&self, customer: &str) {
        self.lock().person(PHONE_NUMBER_ID, customer).left = true;
    }

    /// What the phone of the business shows of a customer: the id of the last message that it marked as read.
    #[must_use]
    pub fn marked_read(&self, customer: &str) -> Option<String> {
        self.lock().person(PHONE_NUMBER_ID, customer).marked_read.clone()
    }

    /// Somebody of the business writes to a customer in the phone app; the id of the new message.
    pub fn write_from_app(&self, customer: &str, text: &str) -> String {
        let (person, kept) = {
            let mut state = self.lock();
            let person = state.person(PHONE_NUMBER_ID, customer);
            let mut kept = Kept::new(false, self.app.now(), json!({"type": "text", "text": {"body": text}}));
            // The API hears no statuses of what it did not send.
            kept.unread = false;
            person.messages.push(kept.clone());
            (person.clone(), kept)
        };
        let mut echo = json!({"from": super::digits_of(PHONE_NUMBER_ID), "id": kept.id, "timestamp": kept.at.to_string(),
            "type": "text", "text": {"body": text}, "to_user_id": person.user_id});
        if let Some(number) = person.shown_number() {
            echo["to"] = json!(number);
        }
        let value = self.value(PHONE_NUMBER_ID, json!({"contacts": [contact(&person)], "message_echoes": [echo]}));
        self.emit(PHONE_NUMBER_ID, customer, "smb_message_echoes", value, Duration::ZERO);
        kept.id
    }

    /// Anything under any `field` of the account.
    pub fn tell_field(&self, field: &str, value: &Value) {
        let entry = json!({"id": WABA_ID, "time": self.app.now(), "changes": [{"field": field, "value": value}]});
        self.app.hook.deliver(vec![entry]);
    }

    /// Whether sends that cannot arrive are refused at once, or accepted and failed later as usual.
    pub fn set_refuses_at_once(&self, at_once: bool) {
        self.lock().refuses_at_once = at_once;
    }

    /// Whether the first status of a send is delivered before its answer.
    pub fn set_statuses_first(&self, first: bool) {
        self.lock().statuses_first = first;
    }

    /// The voice message was heard, or anything else that a status can say.
    pub fn tell_any_status(&self, customer: &str, message: &str, status: &str) {
        let found = {
            let mut state = self.lock();
            let person = state.person(PHONE_NUMBER_ID, customer);
            let kept = person.messages.iter().find(|kept| kept.id == message).cloned();
            kept.map(|kept| (person.clone(), kept))
        };
        if let Some((person, kept)) = found {
            self.tell_status(PHONE_NUMBER_ID, customer, &person, &kept, status);
        }
    }

    fn tell_system(&self, customer: &str, before: &super::state::Person, system: Value) {
        let kept = Kept::new(true, self.app.now(), json!({"type": "system", "system": system}));
        let message = super::events::message(before, &kept);
        // Such messages have no contacts.
        let value = self.value(PHONE_NUMBER_ID, json!({"messages": [message]}));
        self.emit(PHONE_NUMBER_ID, customer, "messages", value, Duration::ZERO);
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
                let customers = Customers { server, number: PHONE_NUMBER_ID.to_owned() };
                answered(customers.send(&id, None, content, None))
            }),
        )
        .route(
            &at("hide_number"),
            post(|State(server): Shared, Path(id): Path<String>, Json(body): Json<Value>| async move {
                server.hide_number(&id, body["username"].as_str().unwrap_or("@ann"));
                Json(json!({"ok": true}))
            }),
        )
        .route(
            &at("change_number"),
            post(|State(server): Shared, Path(id): Path<String>, Json(body): Json<Value>| async move {
                Json(json!({"user_id": server.change_number(&id, body["to"].as_str().unwrap_or_default())}))
            }),
        )
        .route(
            &at("write_from_app"),
            post(|State(server): Shared, Path(id): Path<String>, Json(body): Json<Value>| async move {
                Json(json!({"message_id": server.write_from_app(&id, body["text"].as_str().unwrap_or_default())}))
            }),
        )
        .with_state(server.clone())
}

fn answered(outcome: anyhow::Result<String>) -> Response {
    match outcome {
        Ok(message_id) => Json(json!({ "message_id": message_id })).into_response(),
        Err(error) => (StatusCode::BAD_REQUEST, Json(json!({ "error": error.to_string() }))).into_response(),
    }
}
