//! Media: uploads, and the two steps of a download.

use bytes::Bytes;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::Server;
use crate::graph::call::{Call, Upload};
use crate::graph::{Refusal, random_text};

/// An address lives so long.
const ADDRESS_S: i64 = 300;
const MB: usize = 1_024 * 1_024;
const KB: usize = 1_024;
/// Types that can be sent, by their kind, and the most bytes of each.
const TYPES: [(&str, &[&str], usize); 5] = [
    ("audio", &["audio/aac", "audio/amr", "audio/mpeg", "audio/mp4", "audio/ogg"], 16 * MB),
    ("image", &["image/jpeg", "image/png"], 5 * MB),
    ("video", &["video/mp4", "video/3gpp"], 16 * MB),
    ("sticker", &["image/webp"], 500 * KB),
    (
        "document",
        &[
            "text/plain",
            "text/csv",
            "application/pdf",
            "application/msword",
            "application/vnd.ms-excel",
            "application/vnd.ms-powerpoint",
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        ],
        100 * MB,
    ),
];

impl Server {
    pub(super) fn upload(&self, call: &Call) -> Result<Value, Refusal> {
        if call.text("messaging_product") != Some("whatsapp") {
            return Err(Refusal::of(100, "The parameter messaging_product is required."));
        }
        let upload = call.uploads.iter().find(|upload| upload.field == "file");
        let upload = upload.ok_or_else(|| Refusal::of(131_008, "Required parameter is missing").details("file"))?;
        let declared = call.text("type").unwrap_or(&upload.content_type);
        let kind = essence(declared);
        check(upload, kind)?;
        let id = self.lock().add_media(self.app.now(), true, kind, upload.bytes.clone());
        Ok(json!({ "id": id }))
    }

    /// First step: an address for a while.
    pub(super) fn look_up(&self, id: &str) -> Result<Value, Refusal> {
        let (now, url) = (self.app.now(), self.app.url());
        let mut state = self.lock();
        let found = state.media.get(id).filter(|media| media.until > now).cloned();
        let media = found.ok_or_else(|| Refusal::no_such_object(id))?;
        let grant = random_text(32);
        state.grants.insert(grant.clone(), (id.to_owned(), now + ADDRESS_S));
        let sha256 = hex::encode(Sha256::digest(&media.bytes));
        let address = format!("{url}/cdn/whatsapp_business/attachments/?mid={id}&ext={}&hash={grant}", now + ADDRESS_S);
        Ok(json!({"messaging_product": "whatsapp", "url": address, "mime_type": media.content_type, "sha256": sha256,
            "file_size": media.bytes.len(), "id": id}))
    }

    /// Second step: the bytes, for the token's owner.
    pub(super) fn download(&self, call: &Call) -> Result<(String, Bytes), Refusal> {
        let gone = || Refusal::of(100, "The media is not there, or its address has expired").status(404);
        if call.header("user-agent").is_none_or(str::is_empty) {
            return Err(Refusal::of(100, "A User-Agent is required").status(403));
        }
        let (now, state) = (self.app.now(), self.lock());
        let grant = call.text("hash").and_then(|hash| state.grants.get(hash)).filter(|(_, until)| *until > now);
        let media = grant.and_then(|(id, _)| state.media.get(id)).ok_or_else(gone)?;
        Ok((media.content_type.clone(), media.bytes.clone()))
    }

    pub(super) fn forget(&self, id: &str) -> Result<Value, Refusal> {
        let removed = self.lock().media.remove(id);
        removed.map(|_| json!({"success": true})).ok_or_else(|| Refusal::no_such_object(id))
    }
}

/// Whether an uploaded medium can be sent as this kind of message.
pub(super) fn fits(kind: &str, content_type: &str, bytes: usize) -> Result<(), Refusal> {
    let Some((_, types, most)) = TYPES.iter().find(|(name, _, _)| *name == kind) else { return Ok(()) };
    // Anything that can be uploaded can be sent as a document.
    if kind != "document" && !types.contains(&content_type) {
        return Err(unfit(&format!("{content_type} cannot be sent as {kind}")));
    }
    if bytes > *most { Err(unfit(&format!("{kind} of {bytes} bytes is larger than {most}"))) } else { Ok(()) }
}

fn check(upload: &Upload, kind: &str) -> Result<(), Refusal> {
    let known = TYPES.iter().find(|(_, types, _)| types.contains(&kind));
    let (_, _, most) = known.ok_or_else(|| {
        Refusal::of(100, &format!("Param file must be a file with one of the supported types. Received file of type '{kind}'."))
    })?;
    if upload.bytes.len() > *most {
        return Err(unfit("the file is larger than its kind may be"));
    }
    if upload.bytes.is_empty() {
        return Err(unfit("the file is empty"));
    }
    let begins = |magic: &[u8]| upload.bytes.starts_with(magic);
    let box_type = upload.bytes.get(4..8) == Some(b"ftyp");
    let honest = match kind {
        "image/png" => begins(b"\x89PNG"),
        "image/jpeg" => begins(b"\xff\xd8\xff"),
        "image/webp" => begins(b"RIFF"),
        "audio/ogg" => begins(b"OggS"),
        "audio/amr" => begins(b"#!AMR"),
        "audio/mp4" | "video/mp4" | "video/3gpp" => box_type,
        "application/pdf" => begins(b"%PDF"),
        _ => true,
    };
    if honest { Ok(()) } else { Err(unfit(&format!("the bytes are no {kind}"))) }
}

fn unfit(why: &str) -> Refusal {
    Refusal::of(131_053, "Media upload error").details(why)
}

fn essence(content_type: &str) -> &str {
    content_type.split(';').next().unwrap_or_default().trim()
}
