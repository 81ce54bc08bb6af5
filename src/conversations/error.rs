//! Why something could not be done with a conversation.

use serde_json::json;
use thiserror::Error;
use trunkline_channel::Micros;

use super::State;
use crate::db::DbError;
use crate::http::ApiError;
use crate::uploads;

#[derive(Debug, Error)]
pub enum Error {
    #[error("no such conversation")]
    NotFound,
    #[error("{what} is not possible while the conversation is {}", state.as_str())]
    IllegalMove { what: &'static str, state: State },
    /// Somebody else was quicker.
    #[error("somebody else has accepted it")]
    AlreadyAccepted { operator_id: String, name: String },
    #[error("the conversation belongs to somebody else")]
    NotYours,
    #[error("no such {0}")]
    NoSuch(&'static str),
    #[error("{pointer}: {problem}")]
    Invalid { pointer: &'static str, problem: String },
    /// The same client id was used for another message.
    #[error("the client id was used for another message")]
    ClientIdReused,
    /// The content is not as it has to be, on any channel.
    #[error("{pointer}: {problem}")]
    Content { pointer: String, problem: String },
    /// This channel cannot do it.
    #[error("{pointer}: {problem}")]
    Unsupported { pointer: String, problem: String },
    /// The customer wrote too long ago for this channel.
    #[error("the time for free messages is over")]
    WindowClosed { way_out: &'static str, since: Micros },
    /// The inbox is removed, or its settings do not work.
    #[error("nobody knows what the inbox can carry")]
    NoLine,
    #[error("the message was deleted")]
    Deleted,
    /// On this channel an account has one open conversation, and this is it.
    #[error("this customer has an open conversation there already")]
    AlreadyOpen { conversation_id: String },
    #[error("the customer does not let us write there")]
    Blocked,
    #[error("the inbox is paused")]
    Paused,
    /// It has not reached the customer, so there is nothing to react to.
    #[error("the message has not been sent")]
    NotSent,
    #[error("uploads cannot be used")]
    Uploads(#[from] uploads::Error),
    #[error(transparent)]
    Store(#[from] DbError),
}

impl Error {
    pub(super) fn content(pointer: impl Into<String>, problem: impl Into<String>) -> Self {
        Self::Content { pointer: pointer.into(), problem: problem.into() }
    }

    pub(super) fn unsupported(pointer: impl Into<String>, problem: impl Into<String>) -> Self {
        Self::Unsupported { pointer: pointer.into(), problem: problem.into() }
    }

    pub(super) fn invalid(pointer: &'static str, problem: impl Into<String>) -> Self {
        Self::Invalid { pointer, problem: problem.into() }
    }
}

impl From<Error> for ApiError {
    fn from(error: Error) -> Self {
        let text = error.to_string();
        match error {
            Error::NotFound => Self::not_found("conversation"),
            Error::IllegalMove { state, .. } => Self::conflict("illegal_move", text).with(json!({ "state": state })),
            Error::AlreadyAccepted { operator_id, name } => {
                Self::conflict("already_accepted", format!("{name} has accepted this conversation"))
                    .with(json!({ "assignee": { "id": operator_id, "name": name } }))
            }
            Error::NotYours => Self::forbidden("the conversation belongs to another operator"),
            Error::NoSuch(what) => Self::not_found(what),
            Error::Invalid { pointer, problem } => Self::invalid(pointer, problem),
            Error::ClientIdReused => Self::new(
                http::StatusCode::UNPROCESSABLE_ENTITY,
                "client_id_reused",
                "this client_id was used for another message",
            ),
            Error::Content { pointer, problem } => Self::unprocessable("invalid_content", &pointer, problem),
            Error::Unsupported { pointer, problem } => Self::unprocessable("not_supported", &pointer, problem),
            Error::WindowClosed { way_out, since } => {
                Self::conflict("window_closed", format!("the time for free messages is over. {way_out}"))
                    .with(json!({ "way_out": way_out, "since": since }))
            }
            Error::NoLine => Self::conflict("no_line", "the inbox is removed, or its settings do not work"),
            Error::Deleted => Self::conflict("deleted", text),
            Error::AlreadyOpen { conversation_id } => {
                Self::conflict("already_open", text).with(json!({ "conversation_id": conversation_id }))
            }
            Error::Blocked => Self::conflict("blocked", text),
            Error::Paused => Self::conflict("inbox_paused", text),
            Error::NotSent => Self::conflict("not_sent", text),
            Error::Uploads(error) => error.into(),
            Error::Store(error) => error.into(),
        }
    }
}
