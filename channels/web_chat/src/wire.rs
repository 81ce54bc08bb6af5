//! The raw events of web chat: JSON that the daemon makes of a visitor's socket events and HTTP calls.
//!
//! ```json
//! {"type": "message", "visitor": {"external_id": "visitor:6f…", "name": "Ann"}, "client_id": "c-1", "text": "Hello",
//!  "at": 1700000000000000}
//! ```
//!
//! `start` opens a conversation (with `subject`, `priority`, `required_skills`, `metadata`, the `answers` given before it,
//! and a first `text` where there is one), `message` says something, `end` is the customer leaving for good. Every event has a `client_id` made by the
//! visitor's program: sent again with the same one, it is the same event.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use thiserror::Error;
use trunkline_channel::rich::Choice;
use trunkline_channel::{Kind, Micros, RawEvent};

pub const MAX_TEXT_CHARS: usize = 16_000;
pub const MAX_ATTACHMENTS: usize = 10;
/// Of the id of a button.
pub const MAX_CHOICE_BYTES: usize = 200;
pub const MAX_METADATA_BYTES: usize = 8 * 1024;
const MAX_ID_CHARS: usize = 160;
const MAX_SUBJECT_CHARS: usize = 300;
const MAX_SKILLS: usize = 20;
const MAX_WORD_CHARS: usize = 60;
const MAX_HANDLE_CHARS: usize = 320;
const MAX_ANSWERS: usize = 20;
const MAX_ANSWER_CHARS: usize = 1_000;

/// One thing a visitor did.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Event {
    #[serde(rename = "type")]
    pub what: What,
    pub visitor: Visitor,
    /// Made by the visitor's program; graphic ASCII without `:`.
    pub client_id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    #[serde(default)]
    pub kind: Kind,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<Upload>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub priority: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub required_skills: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Value>,
    /// What was asked before the conversation, by the field's name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub answers: BTreeMap<String, Answer>,
    /// The button of one of our messages that was pressed, established by the daemon; the text is its title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub choice: Option<Choice>,
    /// When the daemon received it.
    pub at: Micros,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    Start,
    #[default]
    Message,
    End,
}

/// What a visitor filled in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Answer {
    Yes(bool),
    Text(String),
}

/// Who did it: established by the daemon, never taken from the visitor's own words.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Visitor {
    /// From [`crate::identity`].
    pub external_id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    #[serde(default)]
    pub verified: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
}

/// A file that is already in the daemon's store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Upload {
    pub upload_id: String,
    pub name: String,
    #[serde(default)]
    pub size: Option<u64>,
    #[serde(default)]
    pub content_type: Option<String>,
}

/// Which field of a visitor's event cannot be taken, and why.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{field} {problem}")]
pub struct WireError {
    pub field: &'static str,
    pub problem: String,
}

/// The raw event for intake; refuses what no visitor's program should have made.
pub fn encode(event: &Event) -> Result<RawEvent, WireError> {
    event.check()?;
    let body = serde_json::to_vec(event).map_err(|_| wrong("metadata", "is not JSON"))?;
    Ok(RawEvent { key: event.key(), body: body.into(), cursor: None })
}

impl Event {
    /// Id of the message this event makes; also tells a visitor's program which of its messages was stored.
    #[must_use]
    pub fn external_id(&self) -> String {
        format!("{}:{}", self.visitor.external_id, self.client_id)
    }

    /// Natural key of the raw event.
    #[must_use]
    pub fn key(&self) -> String {
        let what = match self.what {
            What::Start => "start",
            What::Message => "message",
            What::End => "end",
        };
        format!("{what}:{}", self.external_id())
    }

    /// Whether the event keeps to the limits of this channel.
    pub fn check(&self) -> Result<(), WireError> {
        let visitor = &self.visitor;
        if visitor.external_id.is_empty() || visitor.external_id.chars().any(char::is_control) {
            return Err(wrong("visitor", "has no usable id"));
        }
        // Without a colon of its own, the client id is always what follows the last colon of an external id.
        if self.client_id.is_empty() || self.client_id.chars().any(|c| !c.is_ascii_graphic() || c == ':') {
            return Err(wrong("client_id", "must be graphic ASCII without a colon"));
        }
        let lengths = [
            ("visitor", Some(&visitor.external_id), MAX_ID_CHARS),
            ("email", visitor.email.as_ref(), MAX_HANDLE_CHARS),
            ("language", visitor.language.as_ref(), MAX_WORD_CHARS),
            ("client_id", Some(&self.client_id), MAX_ID_CHARS),
            ("text", self.text.as_ref(), MAX_TEXT_CHARS),
            ("subject", self.subject.as_ref(), MAX_SUBJECT_CHARS),
            ("priority", self.priority.as_ref(), MAX_WORD_CHARS),
        ];
        let skills = self.required_skills.iter().map(|skill| ("required_skills", Some(skill), MAX_WORD_CHARS));
        for (field, value, max) in lengths.into_iter().chain(skills) {
            if value.is_some_and(|value| value.chars().nth(max).is_some()) {
                return Err(wrong(field, format!("is longer than {max} characters")));
            }
        }
        if self.required_skills.len() > MAX_SKILLS {
            return Err(wrong("required_skills", format!("has more than {MAX_SKILLS} entries")));
        }
        if self.attachments.len() > MAX_ATTACHMENTS {
            return Err(wrong("attachments", format!("has more than {MAX_ATTACHMENTS} files")));
        }
        if self.answers.len() > MAX_ANSWERS {
            return Err(wrong("answers", format!("has more than {MAX_ANSWERS} fields")));
        }
        for (name, answer) in &self.answers {
            if name.is_empty() || name.chars().nth(MAX_WORD_CHARS).is_some() || name.chars().any(char::is_control) {
                return Err(wrong("answers", format!("has a field whose name is not 1 to {MAX_WORD_CHARS} characters")));
            }
            if matches!(answer, Answer::Text(text) if text.chars().nth(MAX_ANSWER_CHARS).is_some()) {
                return Err(wrong("answers", format!("has a text longer than {MAX_ANSWER_CHARS} characters")));
            }
        }
        if self.metadata.as_ref().is_some_and(|m| !m.is_object() || m.to_string().len() > MAX_METADATA_BYTES) {
            return Err(wrong("metadata", format!("must be an object of at most {MAX_METADATA_BYTES} bytes")));
        }
        if self.choice.as_ref().is_some_and(|choice| choice.id.is_empty() || choice.id.len() > MAX_CHOICE_BYTES) {
            return Err(wrong("choice", format!("has an id that is not 1 to {MAX_CHOICE_BYTES} bytes")));
        }
        let says_nothing = self.text.as_ref().is_none_or(|text| text.trim().is_empty()) && self.attachments.is_empty();
        if self.what == What::Message && says_nothing {
            return Err(wrong("text", "is empty"));
        }
        Ok(())
    }
}

fn wrong(field: &'static str, problem: impl Into<String>) -> WireError {
    WireError { field, problem: problem.into() }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use trunkline_channel::rich::Choice;

    use super::{Answer, Event, Upload, Visitor, What, encode};

    fn hello() -> Event {
        let visitor = Visitor { external_id: "visitor:1".into(), ..Visitor::default() };
        Event { visitor, client_id: "c1".into(), text: Some("Hello".into()), ..Event::default() }
    }

    #[test]
    fn the_key_is_made_of_visitor_and_client_id() {
        let raw = encode(&hello()).unwrap();
        assert_eq!(raw.key, "message:visitor:1:c1");
        assert_eq!(serde_json::from_slice::<Event>(&raw.body).unwrap(), hello());
        assert_eq!(encode(&Event { what: What::End, text: None, ..hello() }).unwrap().key, "end:visitor:1:c1");
    }

    #[test]
    fn events_beyond_the_limits_are_refused_by_field() {
        let file = Upload { upload_id: "u".into(), name: "a".into(), size: None, content_type: None };
        let answer = |name: &str, text: &str| [(name.to_owned(), Answer::Text(text.to_owned()))].into();
        let choice = |id: &str| Some(Choice { id: id.to_owned(), title: "Yes".to_owned(), data: Value::Null });
        let many = (0..21).map(|n| (n.to_string(), Answer::Yes(true))).collect();
        let cases = [
            (Event { answers: answer("", "x"), ..hello() }, "answers"),
            (Event { answers: answer("order", &"x".repeat(1_001)), ..hello() }, "answers"),
            (Event { answers: many, ..hello() }, "answers"),
            (Event { choice: choice(""), ..hello() }, "choice"),
            (Event { choice: choice(&"x".repeat(201)), ..hello() }, "choice"),
            (Event { client_id: String::new(), ..hello() }, "client_id"),
            (Event { client_id: "a:b".into(), ..hello() }, "client_id"),
            (Event { client_id: "a b".into(), ..hello() }, "client_id"),
            (Event { client_id: "c".repeat(161), ..hello() }, "client_id"),
            (Event { visitor: Visitor::default(), ..hello() }, "visitor"),
            (Event { text: Some("я".repeat(16_001)), ..hello() }, "text"),
            (Event { text: Some(" \n".into()), ..hello() }, "text"),
            (Event { text: None, ..hello() }, "text"),
            (Event { attachments: vec![file; 11], ..hello() }, "attachments"),
            (Event { metadata: Some(json!([1])), ..hello() }, "metadata"),
            (Event { metadata: Some(json!({"a": "x".repeat(9000)})), ..hello() }, "metadata"),
            (Event { required_skills: vec!["s".into(); 21], ..hello() }, "required_skills"),
        ];
        for (event, field) in cases {
            assert_eq!(encode(&event).map(|_| ()).map_err(|e| e.field), Err(field));
        }
        assert!(encode(&Event { text: Some("я".repeat(16_000)), ..hello() }).is_ok());
    }
}
