//! Files go to the platform before the messages that carry them: an upload that breaks has told the customer nothing and can
//! be made again without thought.

use reqwest::Body;
use reqwest::multipart::{Form, Part};
use serde::Deserialize;
use serde_json::json;
use trunkline_channel::{Outbound, OutboundAttachment, SendError};

use super::plan::Form as Kind;
use super::rejected;
use crate::connector::MAX_FILE_BYTES;
use crate::page::Page;

#[derive(Deserialize)]
struct Uploaded {
    attachment_id: String,
}

/// The platform's ids of the files, in order.
pub(super) async fn all(page: &Page, out: &Outbound) -> Result<Vec<String>, SendError> {
    if out.attachments.iter().any(|attachment| attachment.size > MAX_FILE_BYTES) {
        return Err(rejected("file_size", "Messenger takes files of up to 25 MB. Send a link instead."));
    }
    let mut ids = Vec::with_capacity(out.attachments.len());
    for attachment in &out.attachments {
        ids.push(one(page, attachment).await?);
    }
    Ok(ids)
}

async fn one(page: &Page, attachment: &OutboundAttachment) -> Result<String, SendError> {
    let bytes = attachment.blob.read().await;
    let bytes =
        bytes.map_err(|error| SendError::Retry { after: None, reason: format!("a file cannot be read: {}", error.kind()) })?;
    let kind = Kind::of(&attachment.content_type).as_str();
    let message = json!({"attachment": {"type": kind, "payload": {"is_reusable": true}}});
    let length = bytes.len() as u64;
    let part = || Part::stream_with_length(Body::from(bytes.clone()), length).file_name(attachment.name.clone());
    // A type that is no type is left to the platform to find out.
    let file = part().mime_str(&attachment.content_type).unwrap_or_else(|_| part());
    let form = Form::new().text("message", message.to_string()).part("filedata", file);
    let uploaded: Result<Uploaded, _> = page.upload(form).await;
    uploaded.map(|uploaded| uploaded.attachment_id).map_err(|error| match page.unsent(error) {
        // Nothing was said to anybody yet.
        SendError::MaybeDelivered { evidence } => {
            SendError::Retry { after: None, reason: format!("the upload broke: {evidence}") }
        }
        other => other,
    })
}
