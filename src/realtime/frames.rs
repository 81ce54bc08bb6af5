//! What each event of the log is called on the socket, and what operators and customers are told of it.

use serde_json::{Map, Value, json};
use trunkline_channel::Micros;

use super::event::Event;
use crate::conversations::State;
use crate::conversations::views::{PersonRef, customer_extra, is_for_customer};
use crate::events::EventKind;

/// One server event as it goes over the socket.
#[derive(Debug, Clone, PartialEq)]
pub struct Frame {
    pub name: &'static str,
    pub body: Value,
}

/// The one table of names; `None` for what only readers of the log itself are told.
#[must_use]
pub fn name(kind: EventKind) -> Option<&'static str> {
    Some(match kind {
        EventKind::ConversationCreated => "chat:new_session",
        EventKind::ConversationAccepted
        | EventKind::ConversationAssigned
        | EventKind::ConversationTransferred
        | EventKind::ConversationEscalated => "chat:session_assigned",
        EventKind::ConversationClosed => "chat:ended",
        EventKind::ConversationReopened | EventKind::ConversationArchived | EventKind::ConversationUpdated => {
            "chat:session_updated"
        }
        EventKind::ConversationSeen => "chat:seen",
        EventKind::MessageCreated => "chat:new_message",
        EventKind::MessageEdited | EventKind::MessageDeleted | EventKind::MessageReaction => "chat:message_edited",
        EventKind::DeliveryUpdated => "chat:delivery",
        EventKind::AmendmentUpdated => "chat:amendment",
        EventKind::OperatorUpdated => "agent:updated",
        EventKind::ContactUpdated | EventKind::ContactMerged | EventKind::ContactUnmerged => "contact:updated",
        EventKind::InboxHealth => "inbox:health",
        EventKind::RawEventQuarantined => return None,
    })
}

/// For an operator: the whole payload, with the names that socket clients know.
#[must_use]
pub fn for_staff(event: &Event) -> Option<Frame> {
    let mut body = event.payload.clone();
    if let Some(conversation) = &event.conversation_id {
        body.insert("session_id".into(), json!(conversation));
    }
    if let Some(session) = body.remove("conversation") {
        body.insert("assignee".into(), session.get("assignee").cloned().unwrap_or(Value::Null));
        body.insert("session".into(), session);
    }
    add_seer(event, &mut body);
    Some(Frame { name: name(event.kind)?, body: event.enveloped(body) })
}

/// For the conversation's customer: only what is theirs to know. `None`: nothing of it is.
#[must_use]
pub fn for_customer(event: &Event) -> Option<Frame> {
    let session_id = event.conversation_id.as_ref().filter(|_| event.everyone)?;
    let mut body = Map::new();
    body.insert("session_id".into(), json!(session_id));
    let session = event.payload.get("conversation");
    match event.kind {
        EventKind::MessageCreated | EventKind::MessageEdited | EventKind::MessageDeleted | EventKind::MessageReaction => {
            body.insert("message".into(), customer_message(event.payload.get("message")?)?);
        }
        EventKind::ConversationSeen => add_seer(event, &mut body),
        _ => {
            let session = customer_session(session?);
            body.insert("assignee".into(), session.get("assignee").cloned().unwrap_or(Value::Null));
            body.insert("state".into(), session.get("state").cloned().unwrap_or(Value::Null));
            body.insert("session".into(), session);
        }
    }
    Some(Frame { name: name(event.kind)?, body: event.enveloped(body) })
}

/// The shape of [`customer_session`].
#[derive(utoipa::ToSchema)]
pub struct SessionView {
    pub id: String,
    pub inbox_id: String,
    pub state: State,
    pub subject: Option<String>,
    pub assignee: Option<PersonRef>,
    pub created_at: Micros,
    pub closed_at: Option<Micros>,
    /// Number of the last message the operators have seen.
    pub operator_seen: i64,
    /// Set once they have left an address for answers by mail.
    pub mail_handover: Option<LeftAddress>,
}

#[derive(utoipa::ToSchema)]
pub struct LeftAddress {
    pub email: String,
}

/// What a customer may know of their conversation.
const SHOWN: [&str; 8] = ["id", "inbox_id", "state", "subject", "assignee", "created_at", "closed_at", "operator_seen"];

/// A conversation as its customer sees it: no tags, notes, flags or facts about themselves.
#[must_use]
pub fn customer_session(session: &Value) -> Value {
    let shown = SHOWN.iter().map(|key| ((*key).to_owned(), session.get(key).cloned().unwrap_or(Value::Null)));
    let mut shown: Map<String, Value> = shown.collect();
    // That something was read is never taken back from them.
    if let Some(read) = session.get("operator_read") {
        shown.insert("operator_seen".to_owned(), read.clone());
    }
    // Their own address, and nothing of where it is written to from.
    let email = session.pointer("/mail_handover/email").map_or(Value::Null, |email| json!({ "email": email }));
    shown.insert("mail_handover".to_owned(), email);
    Value::Object(shown)
}

/// A message as the customer sees it; `None` for notes and what the system writes for the staff.
#[must_use]
pub fn customer_message(message: &Value) -> Option<Value> {
    let extra = message.get("extra").unwrap_or(&Value::Null);
    let by_system = message.get("sender_type").is_some_and(|sender| sender == "system");
    let shown = match message.get("kind")?.as_str()? {
        "note" | "action" => false,
        "system" => by_system && is_for_customer(extra),
        _ => true,
    };
    let extra = customer_extra(extra);
    let mut message = shown.then(|| message.clone())?;
    message.as_object_mut()?.insert("extra".into(), extra);
    Some(message)
}

fn add_seer(event: &Event, body: &mut Map<String, Value>) {
    if event.kind == EventKind::ConversationSeen {
        for (name, key) in [("sender_type", "by"), ("number", "number"), ("message_id", "message_id")] {
            body.insert(name.into(), event.payload.get(key).cloned().unwrap_or(Value::Null));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::{Value, json};
    use utoipa::PartialSchema;

    use super::{SessionView, customer_session, for_customer, for_staff, name};
    use crate::events::{EventKind, LoggedEvent};
    use crate::realtime::Event;

    fn event(kind: EventKind, audience: &str, payload: &Value) -> Event {
        Event::decode(LoggedEvent {
            seq: 7,
            id: "e".into(),
            stream: "conversation:c".into(),
            kind: kind.as_str().into(),
            audience: audience.into(),
            conversation_id: Some("c".into()),
            payload: payload.to_string(),
            at: 9,
        })
        .unwrap()
    }

    #[test]
    fn the_described_session_is_the_one_that_is_shown() {
        let described = serde_json::to_value(SessionView::schema()).unwrap();
        let keys = |object: &Value| object.as_object().unwrap().keys().cloned().collect::<BTreeSet<String>>();
        assert_eq!(keys(&described["properties"]), keys(&customer_session(&json!({}))));
    }

    #[test]
    fn every_event_is_described() {
        let manual = include_str!("../../docs/realtime.md");
        for kind in EventKind::ALL {
            assert!(manual.contains(&format!("`{}`", kind.as_str())), "{}", kind.as_str());
            assert!(name(*kind).is_none_or(|name| manual.contains(&format!("| `{name}` |"))), "{}", kind.as_str());
        }
    }

    #[test]
    fn what_was_read_stays_read_for_the_customer() {
        let unread = json!({"id": "c", "operator_seen": 2, "operator_read": 5});
        assert_eq!(customer_session(&unread)["operator_seen"], 5);
    }

    #[test]
    fn every_frame_tells_its_place_in_the_log() {
        let payload = json!({"conversation": {"id": "c", "state": "active", "assignee": {"id": "o", "name": "Bob"}}, "by": null});
        let accepted = event(EventKind::ConversationAccepted, "everyone", &payload);
        for frame in [for_staff(&accepted).unwrap(), for_customer(&accepted).unwrap()] {
            assert_eq!(frame.name, "chat:session_assigned");
            assert_eq!(frame.body["assignee"]["name"], "Bob");
            assert_eq!(frame.body["session_id"], "c");
            assert_eq!((&frame.body["seq"], &frame.body["at"]), (&json!(7), &json!(9)));
            assert_eq!((&frame.body["stream"], &frame.body["id"]), (&json!("conversation:c"), &json!("e")));
        }
    }

    #[test]
    fn customers_are_told_nothing_of_the_staffs_own() {
        let secret = json!({"id": "c", "state": "active", "tags": ["rude"], "flag": "fraud", "custom_fields": {"worth": 1},
            "metadata": {"ip": "192.0.2.1"}, "contact": {"id": "x"}, "close_summary": "a bore"});
        let closed = for_customer(&event(EventKind::ConversationClosed, "everyone", &json!({"conversation": secret}))).unwrap();
        let told = closed.body.to_string();
        for word in ["rude", "fraud", "worth", "192.0.2.1", "a bore"] {
            assert!(!told.contains(word), "{word}");
        }
        let note = json!({"message": {"id": "m", "kind": "note", "text": "careful"}});
        for (kind, audience) in [(EventKind::MessageCreated, "everyone"), (EventKind::MessageEdited, "everyone")] {
            assert_eq!(for_customer(&event(kind, audience, &note)), None, "a note never leaves, whatever the log says");
        }
        let said = json!({"message": {"id": "m", "kind": "text", "text": "hi", "extra": {"trace": 1}}});
        assert_eq!(for_customer(&event(EventKind::MessageCreated, "staff", &said)), None);
        let frame = for_customer(&event(EventKind::MessageCreated, "everyone", &said)).unwrap();
        assert_eq!((&frame.body["message"]["text"], &frame.body["message"]["extra"]), (&json!("hi"), &json!({})));
    }
}
