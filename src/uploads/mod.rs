//! Files: uploads of operators and visitors, the attachments of messages, and the way back to whoever may see them.

pub mod api;
mod download;
mod fetch;
mod links;
mod receive;
pub mod store;
mod tidy;

use serde::Serialize;
use thiserror::Error;
use trunkline_channel::Micros;

use crate::access::{Caller, Visitor};
use crate::db::{DbError, Tx};
use crate::http::ApiError;
use crate::ids::Ids;

pub use crate::conversations::views::AttachmentView;
pub use download::{Reader, find as find_attachment};
pub use fetch::{FETCH_BELL, Fetch, Fetching, fetch_again};
pub use links::Link;
pub use receive::{Failure, check_quota, receive};
pub use tidy::{KEPT as UPLOADS_KEPT, run as run_tidying, tidy};

/// Attachments of one outgoing message; more are refused.
pub const MAX_ATTACHMENTS: usize = 50;

/// A file that is not part of a message yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct UploadView {
    pub id: String,
    pub name: String,
    pub content_type: String,
    pub size: i64,
    pub created_at: Micros,
}

#[derive(Debug, Error)]
pub enum Error {
    #[error("there is no such upload")]
    NoUpload,
    #[error("there is no such attachment")]
    NotFound,
    #[error("this link is wrong or has expired")]
    BadLink,
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
    let found = store::uploads(&mut *tx, owner, upload_ids).await?;
    let mut taken = Vec::with_capacity(upload_ids.len());
    for id in upload_ids {
        let upload = found.iter().find(|upload| upload.id == *id).ok_or(Error::NoUpload)?;
        taken.push((ids.next(), upload));
    }
    store::attach(tx, message_id, &taken).await?;
    let view = |(id, upload): (String, &store::Upload)| AttachmentView {
        url: AttachmentView::url_of(&id),
        id,
        name: upload.name.clone(),
        content_type: upload.content_type.clone(),
        size: upload.size,
        inline: false,
        content_id: None,
        state: "stored".to_owned(),
    };
    Ok(taken.into_iter().map(view).collect())
}

impl From<store::Attachment> for AttachmentView {
    fn from(row: store::Attachment) -> Self {
        Self {
            url: Self::url_of(&row.id),
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

impl From<Error> for ApiError {
    fn from(error: Error) -> Self {
        match error {
            Error::NoUpload => Self::invalid("/attachments", "one of these uploads does not exist"),
            Error::NotFound => Self::not_found("attachment"),
            Error::BadLink => Self::forbidden("this link is wrong or has expired"),
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
