//! What clients may send. Unknown fields are left alone, because front ends that exist send some of their own; every
//! known one is typed, and nothing of a client's JSON is ever passed on.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;
use trunkline_web_chat::wire::Answer;

use super::roles::ClientEvent;
use crate::conversations::mail::MailReply;
use crate::http::ApiError;
use crate::realtime::After;
use crate::widget::{LeftEmail, SeenPage};

/// A client event that was understood.
#[derive(Debug)]
pub enum Command {
    Start(Box<Start>),
    Join(Join),
    Leave(Of),
    SendMessage(Box<SendMessage>),
    Typing(Typing),
    Seen(Seen),
    Delivered(Seen),
    End(End),
    Page(Page),
    LeaveEmail(LeftEmail),
    Accept(Of),
    UseCannedResponse(UseCannedResponse),
    Transfer(Transfer),
    ActivityPing(ActivityPing),
    Watch(Watch),
    View(View),
}

/// Names a conversation.
#[derive(Debug, Deserialize)]
pub struct Of {
    pub session_id: String,
}

#[derive(Debug, Deserialize)]
pub struct Start {
    pub client_id: Option<String>,
    pub subject: Option<String>,
    pub priority: Option<String>,
    #[serde(default)]
    pub required_skills: Vec<String>,
    pub metadata: Option<Value>,
    /// What the visitor filled in before, by the field's name: texts, and yes or no.
    #[serde(default)]
    pub answers: BTreeMap<String, Answer>,
    pub language: Option<String>,
    /// Where on the site the conversation begins.
    pub page: Option<SeenPage>,
    /// The first words, where there are some already.
    #[serde(alias = "message", alias = "text")]
    pub content: Option<String>,
}

#[derive(Debug, Deserialize)]
pub struct Join {
    pub session_id: String,
    /// The last event number seen of this conversation.
    pub after: Option<After>,
}

#[derive(Debug, Deserialize)]
pub struct SendMessage {
    pub session_id: Option<String>,
    pub client_id: Option<String>,
    #[serde(rename = "type")]
    pub kind: Option<String>,
    #[serde(default, alias = "text")]
    pub content: String,
    /// Where an upload can be found; its last part is the upload's id.
    pub attachment_url: Option<String>,
    /// Ids of uploads.
    #[serde(default)]
    pub attachments: Vec<String>,
    #[serde(alias = "article_id")]
    pub kb_article_id: Option<String>,
    pub reply_to: Option<String>,
    /// Of a customer: the id of the button that was pressed under the message `reply_to`.
    pub choice: Option<String>,
    /// An answer's subject and copies, where it is a mail.
    pub mail: Option<MailReply>,
    /// A place, contact cards, a template or buttons, as the API takes them.
    #[serde(default)]
    pub extra: Value,
}

#[derive(Debug, Deserialize)]
pub struct Typing {
    pub session_id: String,
    #[serde(default = "yes", alias = "is_typing")]
    pub typing: bool,
    /// A note is being written: nobody but the staff is told. Of customers it means nothing.
    #[serde(default)]
    pub private: bool,
}

/// Everything up to that message; by its id, or by its number.
#[derive(Debug, Deserialize)]
pub struct Seen {
    pub session_id: String,
    #[serde(alias = "last_seen_message_id")]
    pub message_id: Option<String>,
    pub number: Option<i64>,
}

#[derive(Debug, Deserialize)]
pub struct End {
    pub session_id: String,
    pub reason: Option<String>,
    pub summary: Option<String>,
}

/// The page that a visitor looks at now.
#[derive(Debug, Deserialize)]
pub struct Page {
    /// Left out, the newest conversation.
    pub session_id: Option<String>,
    #[serde(flatten)]
    pub page: SeenPage,
}

#[derive(Debug, Deserialize)]
pub struct UseCannedResponse {
    pub session_id: String,
    pub client_id: Option<String>,
    #[serde(alias = "response_id", alias = "id")]
    pub canned_response_id: String,
}

#[derive(Debug, Deserialize)]
pub struct Transfer {
    pub session_id: String,
    #[serde(alias = "agent_id", alias = "to_agent_id")]
    pub operator_id: Option<String>,
    pub team_id: Option<String>,
    #[serde(alias = "note", alias = "reason")]
    pub comment: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
pub struct ActivityPing {}

/// The conversations of which the client shows who types and looks, besides those it has entered.
#[derive(Debug, Deserialize)]
pub struct Watch {
    pub session_ids: Vec<String>,
}

/// The conversation on the screen; null for none.
#[derive(Debug, Deserialize)]
pub struct View {
    pub session_id: Option<String>,
}

fn yes() -> bool {
    true
}

impl Command {
    /// Types the payload of an event; a payload that does not fit names its field.
    pub fn parse(event: ClientEvent, payload: Value) -> Result<Self, ApiError> {
        Ok(match event {
            ClientEvent::Start => Self::Start(typed(payload)?),
            ClientEvent::Join => Self::Join(typed(payload)?),
            ClientEvent::Leave => Self::Leave(typed(payload)?),
            ClientEvent::SendMessage => Self::SendMessage(typed(payload)?),
            ClientEvent::Typing => Self::Typing(typed(payload)?),
            ClientEvent::Seen => Self::Seen(typed(payload)?),
            ClientEvent::Delivered => Self::Delivered(typed(payload)?),
            ClientEvent::End => Self::End(typed(payload)?),
            ClientEvent::Page => Self::Page(typed(payload)?),
            ClientEvent::LeaveEmail => Self::LeaveEmail(typed(payload)?),
            ClientEvent::Accept => Self::Accept(typed(payload)?),
            ClientEvent::UseCannedResponse => Self::UseCannedResponse(typed(payload)?),
            ClientEvent::Transfer => Self::Transfer(typed(payload)?),
            ClientEvent::Watch => Self::Watch(typed(payload)?),
            ClientEvent::View => Self::View(typed(payload)?),
            // A ping says nothing but that somebody is there.
            ClientEvent::ActivityPing => Self::ActivityPing(ActivityPing {}),
        })
    }
}

fn typed<T: serde::de::DeserializeOwned>(payload: Value) -> Result<T, ApiError> {
    if !payload.is_object() {
        return Err(ApiError::bad_request("send one object with the event"));
    }
    serde_json::from_value(payload).map_err(|error| ApiError::bad_request(error.to_string()))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{ClientEvent, Command};

    #[test]
    fn what_does_not_fit_is_a_problem_that_names_the_field() {
        let wrong = [
            (ClientEvent::Join, json!({}), "session_id"),
            (ClientEvent::Join, json!({"session_id": 7}), "string"),
            (ClientEvent::Join, json!({"session_id": "c", "after": "x"}), "number"),
            (ClientEvent::Join, Value::Null, "object"),
            (ClientEvent::Typing, json!("text"), "object"),
            (ClientEvent::SendMessage, json!({"attachments": "u"}), "sequence"),
            (ClientEvent::Watch, json!({}), "session_ids"),
            (ClientEvent::Watch, json!({"session_ids": "c"}), "sequence"),
            (ClientEvent::View, json!({"session_id": ["c"]}), "string"),
            (ClientEvent::Typing, json!({"session_id": "c", "private": "yes"}), "boolean"),
        ];
        for (event, payload, word) in wrong {
            let refused = Command::parse(event, payload.clone()).unwrap_err();
            assert!(refused.problem().detail.contains(word), "{payload}: {}", refused.problem().detail);
        }
    }

    #[test]
    fn names_that_other_front_ends_use_are_understood() {
        let transfer = Command::parse(ClientEvent::Transfer, json!({"session_id": "c", "agent_id": "o", "note": "n", "ts": 1}));
        assert!(matches!(transfer, Ok(Command::Transfer(t)) if t.operator_id.as_deref() == Some("o") && t.comment.is_some()));
        let typing = Command::parse(ClientEvent::Typing, json!({"session_id": "c", "is_typing": false}));
        assert!(matches!(typing, Ok(Command::Typing(t)) if !t.typing));
        assert!(matches!(Command::parse(ClientEvent::ActivityPing, Value::Null), Ok(Command::ActivityPing(_))));
    }
}
