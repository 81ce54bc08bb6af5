//! An event of the log, decoded once for all who listen.

use std::sync::Arc;

use serde_json::{Map, Value};
use trunkline_channel::Micros;

use crate::access::Caller;
use crate::events::{EventKind, LoggedEvent};

/// What happened, with its place in the log.
#[derive(Debug)]
pub struct Event {
    pub seq: i64,
    pub kind: EventKind,
    /// Whether the conversation's customer may know of it.
    pub everyone: bool,
    pub conversation_id: Option<Arc<str>>,
    pub stream: String,
    pub id: String,
    pub at: Micros,
    pub payload: Map<String, Value>,
}

/// Something that is not in the log and may be lost, such as typing, or who looks at a conversation.
#[derive(Debug, Clone, PartialEq)]
pub struct Volatile {
    pub conversation_id: Arc<str>,
    /// Name of the socket event.
    pub name: &'static str,
    pub body: Value,
    /// Customers must not know of it.
    pub staff_only: bool,
}

impl Event {
    /// `None` for a kind that this version does not know (written by a newer one beside it).
    #[must_use]
    pub fn decode(logged: LoggedEvent) -> Option<Self> {
        let kind = EventKind::parse(&logged.kind)?;
        let payload = match serde_json::from_str(&logged.payload) {
            Ok(Value::Object(payload)) => payload,
            _ => Map::new(),
        };
        Some(Self {
            seq: logged.seq,
            kind,
            everyone: logged.audience == "everyone",
            conversation_id: logged.conversation_id.map(Arc::from),
            stream: logged.stream,
            id: logged.id,
            at: logged.at,
            payload,
        })
    }

    /// `body` with the place in the log that every server event carries.
    #[must_use]
    pub fn enveloped(&self, mut body: Map<String, Value>) -> Value {
        body.insert("seq".into(), self.seq.into());
        body.insert("stream".into(), self.stream.clone().into());
        body.insert("id".into(), self.id.clone().into());
        body.insert("at".into(), self.at.into());
        Value::Object(body)
    }

    /// The payload as the API shows it.
    #[must_use]
    pub fn body(&self) -> Value {
        self.enveloped(self.payload.clone())
    }

    /// Whether it takes away what a socket or stream of this operator was opened with: disabled, or another role.
    #[must_use]
    pub fn signs_out(&self, caller: &Caller) -> bool {
        let Some(operator) = self.payload.get("operator").filter(|_| self.kind == EventKind::OperatorUpdated) else {
            return false;
        };
        let text = |key: &str| operator.get(key).and_then(Value::as_str);
        let disabled = operator.get("disabled_at").is_some_and(|at| !at.is_null());
        text("id") == Some(caller.operator_id.as_str())
            && (disabled || text("role").is_some_and(|role| role != caller.role.as_str()))
    }
}
