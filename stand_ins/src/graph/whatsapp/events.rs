//! What WhatsApp tells the business: messages of customers, statuses, echoes.

use std::time::Duration;

use serde_json::{Value, json};

use super::Server;
use super::state::{Kept, Person};

/// So long after a send its statuses leave; usually the answer is there by then.
const STATUS_DELAY: Duration = Duration::from_millis(40);

impl Server {
    /// A customer's message, or another event that stands among messages.
    pub(super) fn tell(&self, number: &str, customer: &str, person: &Person, message: Value) {
        let value = self.value(number, json!({"contacts": [contact(person)], "messages": [message]}));
        self.emit(number, customer, "messages", value, Duration::ZERO);
    }

    /// A status of one of the business's messages; the number of the delivery.
    pub(super) fn tell_status(&self, number: &str, customer: &str, person: &Person, kept: &Kept, status: &str) -> u64 {
        let value =
            self.value(number, json!({"contacts": [contact(person)], "statuses": [self.status(person, kept, status, None)]}));
        self.emit(number, customer, "messages", value, STATUS_DELAY)
    }

    /// That one of the business's messages will not arrive.
    pub(super) fn tell_failed(
        &self,
        number: &str,
        customer: &str,
        person: &Person,
        kept: &Kept,
        error: (i64, &str, &str),
    ) -> u64 {
        let value = self.value(
            number,
            json!({"contacts": [contact(person)], "statuses": [self.status(person, kept, "failed", Some(error))]}),
        );
        self.emit(number, customer, "messages", value, STATUS_DELAY)
    }

    /// Any field of the account.
    pub(super) fn emit(&self, number: &str, customer: &str, field: &str, value: Value, after: Duration) -> u64 {
        let entry = json!({"id": super::WABA_ID, "time": self.app.now(), "changes": [{"field": field, "value": value}]});
        self.app.hook.push(&format!("{number} {customer}"), vec![entry], after)
    }

    /// A value with what stands in all of them.
    pub(super) fn value(&self, number: &str, more: Value) -> Value {
        let mut value = json!({"messaging_product": "whatsapp",
            "metadata": {"display_phone_number": super::display(number), "phone_number_id": number}});
        if let (Some(value), Value::Object(more)) = (value.as_object_mut(), more) {
            value.extend(more);
        }
        value
    }

    fn status(&self, person: &Person, kept: &Kept, status: &str, error: Option<(i64, &str, &str)>) -> Value {
        let mut event = json!({"id": kept.id, "status": status, "timestamp": self.app.now().to_string(),
            "recipient_user_id": person.user_id});
        if let Some(number) = person.shown_number() {
            event["recipient_id"] = json!(number);
        }
        if let Some(tag) = &kept.tag {
            event["biz_opaque_callback_data"] = json!(tag);
        }
        if status == "sent" || status == "delivered" {
            event["pricing"] = match kept.content["type"] == "template" {
                true => json!({"billable": true, "pricing_model": "PMP", "type": "regular", "category": "utility"}),
                false => {
                    json!({"billable": false, "pricing_model": "PMP", "type": "free_customer_service", "category": "service"})
                }
            };
        }
        if let Some((code, title, details)) = error {
            event["errors"] = json!([{"code": code, "title": title, "message": title, "error_data": {"details": details},
                "href": "https://developers.facebook.com/documentation/business-messaging/whatsapp/support/error-codes"}]);
        }
        event
    }
}

/// Who wrote, as it stands beside the message.
pub(super) fn contact(person: &Person) -> Value {
    let mut contact = json!({"profile": {"name": person.name}, "user_id": person.user_id});
    if let Some(username) = &person.username {
        contact["profile"]["username"] = json!(username);
    }
    if let Some(number) = person.shown_number() {
        contact["wa_id"] = json!(number);
    }
    contact
}

/// A customer's message as it stands in `messages`.
pub(super) fn message(person: &Person, kept: &Kept) -> Value {
    let mut message = kept.content.clone();
    message["id"] = json!(kept.id);
    message["timestamp"] = json!(kept.at.to_string());
    message["from_user_id"] = json!(person.user_id);
    if let Some(number) = person.shown_number() {
        message["from"] = json!(number);
    }
    message
}
