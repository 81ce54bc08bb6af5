//! Files: uploads of operators and visitors, the attachments of messages, and the way back to whoever may see them.

mod receive;
pub mod store;

use serde::Serialize;
use thiserror::Error;
use trunkline_channel::Micros;

use crate::access::{Caller, Visitor};
use crate::db::{Conn, DbError, Tx};
use crate::http::ApiError;
use crate::ids::Ids;

pub use receive::{check_quota, receive};

/// Attachments of one message; more are refused.
pub const MAX_ATTACHMENTS: usize = 50;

/// A file of a message, as API, events and sockets show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct AttachmentView {
    pub id: String,
    /// The sender's name for it, cleaned; never a path.
    pub name: String,
    /// From the bytes; the sender's claim while the file is not here yet.
    pub content_type: String,
    pub size: i64,
    /// Belongs inside the message, not below it.
    pub inline: bool,
    /// `cid:` by which HTML of the message refers to it.
    pub content_id: Option<String>,
    /// `stored`, `waiting` (being fetched) or `failed`.
    pub state: String,
    pub url: String,
}

/// A file that is not part of a message yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct UploadView {
    pub id: String,
    pub name: String,
    pub content_type: String,
    pub size: i64,
    pub created_at: Micros,
}

/// A file that came with a customer's message.
#[derive(Debug, Clone)]
pub struct InboundAttachment {
    pub message_id: String,
    pub position: i64,
    pub name: String,
    /// For a file that is not here yet; stored ones were looked at.
    pub content_type: String,
    pub size: i64,
    pub inline: bool,
    pub content_id: Option<String>,
    pub source: Source,
}

/// Where the bytes of an inbound file are.
#[derive(Debug, Clone)]
pub enum Source {
    Stored {
        hash: String,
    },
    /// Fetched soon by the connector it came from.
    Remote {
        reference: String,
    },
}

#[derive(Debug, Error)]
pub enum Error {
    #[error("there is no such upload")]
    NoUpload,
    #[error("there is no such attachment")]
    NotFound,
    #[error("a message takes at most {MAX_ATTACHMENTS} attachments")]
    TooMany,
    #[error("at most {max} bytes are taken")]
    TooLarge { max: usize },
    /// The visitor's share of this hour is used up.
    #[error("too many uploads in the last hour")]
    Quota { retry_after_s: u64 },
    #[error("this attachment is {state}")]
    NotFailed { state: String },
    #[error("the file is not here: {state}")]
    NotHere { state: String },
    #[error("the folder of files does not work")]
    Files(#[source] std::io::Error),
    #[error(transparent)]
    Store(#[from] DbError),
}

/// Who owns an operator's uploads.
#[must_use]
pub fn operator_owner(caller: &Caller) -> String {
    format!("operator:{}", caller.operator_id)
}

/// Who owns a visitor's uploads.
#[must_use]
pub fn visitor_owner(inbox_id: &str, external_id: &str) -> String {
    format!("visitor:{inbox_id}:{external_id}")
}

impl Visitor {
    #[must_use]
    pub fn upload_owner(&self) -> String {
        visitor_owner(&self.inbox_id, &self.external_id)
    }
}

/// Makes uploads of `owner` attachments of a message, in the order given. An upload can be used again.
pub async fn take(
    tx: &mut Tx,
    owner: &str,
    upload_ids: &[String],
    message_id: &str,
    ids: &Ids,
) -> Result<Vec<AttachmentView>, Error> {
    if upload_ids.is_empty() {
        return Ok(Vec::new());
    }
    if upload_ids.len() > MAX_ATTACHMENTS {
        return Err(Error::TooMany);
    }
    let found = store::uploads(tx, owner, upload_ids).await?;
    let mut attachments = Vec::with_capacity(upload_ids.len());
    for (position, id) in (0_i64..).zip(upload_ids) {
        let upload = found.iter().find(|upload| upload.id == *id).ok_or(Error::NoUpload)?;
        attachments.push(InboundAttachment {
            message_id: message_id.to_owned(),
            position,
            name: upload.name.clone(),
            content_type: upload.content_type.clone(),
            size: upload.size,
            inline: false,
            content_id: None,
            source: Source::Stored { hash: upload.hash.clone() },
        });
    }
    attach_inbound(tx, ids, &attachments, 0).await
}

/// Writes attachments of any number of messages at once and returns them in the order given. Remote ones are fetched
/// from `now` on.
pub async fn attach_inbound(
    tx: &mut Tx,
    ids: &Ids,
    attachments: &[InboundAttachment],
    now: Micros,
) -> Result<Vec<AttachmentView>, Error> {
    let rows: Vec<store::NewAttachment<'_>> =
        attachments.iter().map(|attachment| store::NewAttachment { id: ids.next(), attachment, next_at: now }).collect();
    store::insert_attachments(tx, &rows).await?;
    Ok(rows.iter().map(view_of_new).collect())
}

/// The attachments of messages, in order, each with its message's id.
pub async fn of_messages<'c>(on: impl Into<Conn<'c>>, message_ids: &[String]) -> Result<Vec<(String, AttachmentView)>, DbError> {
    if message_ids.is_empty() {
        return Ok(Vec::new());
    }
    Ok(store::of_messages(on, message_ids).await?.into_iter().map(|row| (row.message_id.clone(), row.into())).collect())
}

fn view_of_new(new: &store::NewAttachment<'_>) -> AttachmentView {
    let attachment = new.attachment;
    AttachmentView {
        url: url_of(&new.id),
        id: new.id.clone(),
        name: attachment.name.clone(),
        content_type: attachment.content_type.clone(),
        size: attachment.size,
        inline: attachment.inline,
        content_id: attachment.content_id.clone(),
        state: attachment.source.state().to_owned(),
    }
}

impl Source {
    fn state(&self) -> &'static str {
        match self {
            Self::Stored { .. } => "stored",
            Self::Remote { .. } => "waiting",
        }
    }
}

impl From<store::Attachment> for AttachmentView {
    fn from(row: store::Attachment) -> Self {
        Self {
            url: url_of(&row.id),
            id: row.id,
            name: row.name,
            content_type: row.content_type,
            size: row.size,
            inline: row.inline,
            content_id: row.content_id,
            state: row.state,
        }
    }
}

fn url_of(id: &str) -> String {
    format!("/api/v1/attachments/{id}")
}

impl From<Error> for ApiError {
    fn from(error: Error) -> Self {
        match error {
            Error::NoUpload => Self::invalid("/attachments", "one of these uploads does not exist"),
            Error::NotFound => Self::not_found("attachment"),
            Error::TooMany => Self::invalid("/attachments", error.to_string()),
            Error::TooLarge { max } => Self::too_large(max),
            Error::Quota { retry_after_s } => Self::too_many(retry_after_s),
            Error::NotFailed { .. } => Self::conflict("not_failed", error.to_string()),
            Error::NotHere { state } => {
                Self::conflict("not_here", "the file has not been fetched").with(serde_json::json!({ "state": state }))
            }
            Error::Files(cause) => {
                tracing::error!(error = %cause, "the folder of files refuses work");
                Self::unavailable(5)
            }
            Error::Store(error) => error.into(),
        }
    }
}
