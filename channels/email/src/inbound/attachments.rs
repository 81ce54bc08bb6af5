//! Files of a mail: named, limited, marked as inline where the HTML shows them.

use bytes::Bytes;
use trunkline_channel::text::clean_file_name;
use trunkline_channel::{Attachment, Media};

use super::content::{Content, File};
use super::headers::Headers;
use super::mime::Part;

/// Files kept of one mail; the rest are named only.
pub(super) const MAX_ATTACHMENTS: usize = 50;
/// Names kept of files that are not.
const MAX_DROPPED_NAMES: usize = 100;
/// Largest file kept, in bytes.
pub(super) const MAX_FILE_BYTES: usize = 50 * 1024 * 1024;
/// All files of one mail together, in bytes.
const MAX_TOTAL_BYTES: usize = 100 * 1024 * 1024;

#[derive(Debug, Default)]
pub(super) struct Files {
    pub kept: Vec<Attachment>,
    pub dropped_names: Vec<String>,
    pub dropped: usize,
}

pub(super) fn collect(content: &Content<'_>) -> Files {
    let mut files = Files::default();
    let mut total = 0;
    for file in &content.files {
        let name = name_of(file);
        let bytes = if files.kept.len() < MAX_ATTACHMENTS { Some(bytes_of(file)) } else { None };
        match bytes.filter(|b| b.len() <= MAX_FILE_BYTES && total + b.len() <= MAX_TOTAL_BYTES) {
            Some(bytes) => {
                total += bytes.len();
                files.kept.push(attachment(file, name, bytes, &content.shown_ids));
            }
            None => {
                files.dropped += 1;
                if files.dropped_names.len() < MAX_DROPPED_NAMES {
                    files.dropped_names.push(name);
                }
            }
        }
    }
    files
}

/// The mail itself as a file, for when it could not be read.
pub(super) fn whole_mail(raw: &[u8]) -> Attachment {
    Attachment {
        name: "message.eml".to_owned(),
        claimed_type: Some("message/rfc822".to_owned()),
        size: u64::try_from(raw.len()).ok(),
        inline: false,
        content_id: None,
        media: Media::Bytes(Bytes::copy_from_slice(raw)),
    }
}

fn attachment(file: &File<'_>, name: String, bytes: Vec<u8>, shown_ids: &[String]) -> Attachment {
    let (claimed_type, content_id) = match file {
        File::Part { part, content_id } => (Some(part.media.value.clone()), content_id.clone()),
        File::Embedded { .. } => (None, None),
    };
    Attachment {
        name,
        claimed_type,
        size: u64::try_from(bytes.len()).ok(),
        // What the HTML does not show must stand below the message, whatever its disposition says.
        inline: content_id.as_ref().is_some_and(|id| shown_ids.contains(&id.to_lowercase())),
        content_id,
        media: Media::Bytes(Bytes::from(bytes)),
    }
}

fn bytes_of(file: &File<'_>) -> Vec<u8> {
    match file {
        File::Part { part, .. } => part.decoded().into_owned(),
        File::Embedded { bytes, .. } => bytes.clone(),
    }
}

/// The name of the disposition before that of the type; made up by type where there is none.
fn name_of(file: &File<'_>) -> String {
    let part = match file {
        File::Part { part, .. } => part,
        File::Embedded { name, .. } => return name.clone(),
    };
    let disposition = part.headers.parameters("content-disposition");
    let given = disposition.as_ref().and_then(|d| d.get("filename")).or_else(|| part.media.get("name"));
    match given.map(clean_file_name) {
        Some(name) if name != "file" => name,
        _ => made_up_name(part),
    }
}

fn made_up_name(part: &Part<'_>) -> String {
    let (main, sub) = part.media.value.split_once('/').unwrap_or((part.media.value.as_str(), ""));
    let fixed = match part.media.value.as_str() {
        "message/rfc822" | "message/global" => {
            let subject = Headers::parse(&part.decoded()).0.text("subject");
            return clean_file_name(&format!(
                "{}.eml",
                subject.unwrap_or_else(|| "message".to_owned()).replace(['/', '\\'], " ")
            ));
        }
        "text/calendar" | "application/ics" => "invite.ics",
        "text/plain" => "text.txt",
        "text/html" => "page.html",
        "application/ms-tnef" | "application/vnd.ms-tnef" => "winmail.dat",
        "application/pkcs7-mime" | "application/x-pkcs7-mime" => "smime.p7m",
        "application/pkcs7-signature" | "application/x-pkcs7-signature" => "smime.p7s",
        "application/pgp-signature" => "signature.asc",
        "application/pdf" => "document.pdf",
        "image/jpeg" => "image.jpg",
        "image/svg+xml" => "image.svg",
        _ if main == "image" && !sub.is_empty() && sub.len() <= 8 => return clean_file_name(&format!("image.{sub}")),
        _ => "file",
    };
    fixed.to_owned()
}
