//! Files: as what they are sent, and their uploads.

use reqwest::Body;
use reqwest::multipart::{Form, Part};
use serde::Deserialize;
use serde_json::{Value, json};
use trunkline_channel::{Kind, Outbound, OutboundAttachment, SendError};

use super::rejected;
use crate::errors::of_preparation;
use crate::number::Number;

const MB: u64 = 1_024 * 1_024;
pub(crate) const MAX_FILE_BYTES: u64 = 100 * MB;
const MAX_IMAGE_BYTES: u64 = 5 * MB;
const MAX_SOUND_AND_FILM_BYTES: u64 = 16 * MB;
const MAX_STICKER_BYTES: u64 = 500 * 1_024;

/// One attachment and how it is sent.
#[derive(Debug, Clone, Copy)]
pub(super) struct File {
    pub index: usize,
    pub form: FileForm,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FileForm {
    Image,
    Video,
    Audio,
    Voice,
    Sticker,
    Document,
}

impl FileForm {
    /// The message type.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Video => "video",
            Self::Audio | Self::Voice => "audio",
            Self::Sticker => "sticker",
            Self::Document => "document",
        }
    }

    pub fn takes_caption(self) -> bool {
        matches!(self, Self::Image | Self::Video | Self::Document)
    }
}

impl File {
    /// What WhatsApp does not show by itself, or not in this size, goes as a document.
    pub fn of(index: usize, attachment: &OutboundAttachment, kind: Kind) -> Result<Self, SendError> {
        let size = attachment.size;
        if size > MAX_FILE_BYTES {
            return Err(rejected("file_size", "WhatsApp takes files of up to 100 MB. Send a link instead."));
        }
        let form = match content_type(attachment) {
            _ if kind == Kind::File => FileForm::Document,
            "image/jpeg" | "image/png" if size <= MAX_IMAGE_BYTES => FileForm::Image,
            "image/webp" if size <= MAX_STICKER_BYTES => FileForm::Sticker,
            "video/mp4" | "video/3gpp" if size <= MAX_SOUND_AND_FILM_BYTES => FileForm::Video,
            "audio/ogg" if size <= MAX_SOUND_AND_FILM_BYTES => FileForm::Voice,
            "audio/aac" | "audio/amr" | "audio/mpeg" | "audio/mp4" if size <= MAX_SOUND_AND_FILM_BYTES => FileForm::Audio,
            _ => FileForm::Document,
        };
        Ok(Self { index, form })
    }

    /// The message's content.
    pub fn content(&self, media: &[String], caption: Option<&str>, out: &Outbound) -> Result<Value, SendError> {
        let mut content = self.named(media, out)?;
        if let Some(caption) = caption {
            content["caption"] = json!(caption);
        }
        if self.form == FileForm::Voice {
            content["voice"] = json!(true);
        }
        Ok(content)
    }

    /// The same as the header of a template.
    pub fn parameter(&self, media: &[String], out: &Outbound) -> Result<Value, SendError> {
        let kind = self.form.as_str();
        Ok(json!({"type": kind, kind: self.named(media, out)?}))
    }

    fn named(&self, media: &[String], out: &Outbound) -> Result<Value, SendError> {
        let missing = || rejected("file", "A file is missing.");
        let mut content = json!({ "id": media.get(self.index).ok_or_else(missing)? });
        if self.form == FileForm::Document {
            content["filename"] = json!(out.attachments.get(self.index).ok_or_else(missing)?.name);
        }
        Ok(content)
    }
}

/// Uploads everything, so that nothing but the sends themselves can leave half a message behind. The media's ids, in order.
pub(super) async fn all(number: &Number, out: &Outbound) -> Result<Vec<String>, SendError> {
    #[derive(Deserialize)]
    struct Uploaded {
        id: String,
    }
    let mut ids = Vec::with_capacity(out.attachments.len());
    for attachment in &out.attachments {
        let bytes = attachment.blob.read().await;
        let bytes = bytes
            .map_err(|error| SendError::Retry { after: None, reason: format!("a file cannot be read: {}", error.kind()) })?;
        let content_type = content_type(attachment);
        let length = bytes.len() as u64;
        let part = Part::stream_with_length(Body::from(bytes), length).file_name(attachment.name.clone());
        let part = part.mime_str(content_type).map_err(|_| rejected("file", "The file's type is none."))?;
        let form = Form::new().text("messaging_product", "whatsapp").text("type", content_type.to_owned()).part("file", part);
        let uploaded: Uploaded = number.graph.upload(&[&number.id, "media"], form).await.map_err(of_preparation)?;
        ids.push(uploaded.id);
    }
    Ok(ids)
}

/// The type under the name that WhatsApp knows.
fn content_type(attachment: &OutboundAttachment) -> &str {
    let told = attachment.content_type.split(';').next().unwrap_or_default().trim();
    match told {
        "audio/m4a" | "audio/x-m4a" => "audio/mp4",
        "application/ogg" | "audio/opus" => "audio/ogg",
        "audio/mp3" => "audio/mpeg",
        "image/jpg" => "image/jpeg",
        other => other,
    }
}
