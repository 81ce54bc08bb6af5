//! Upload servers of photos and documents, and saving what was uploaded.

use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::{FromRequest, Multipart, Path, Request, State as Shared};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use serde_json::{Value, json};

use super::state::{File, new_key};
use super::{Call, Community, GROUP_ID, Refusal};

const MAX_PHOTO_BYTES: usize = 50 * 1_024 * 1_024;
const MAX_DOC_BYTES: usize = 200 * 1_024 * 1_024;
const PURPOSES: [&str; 3] = ["doc", "audio_message", "graffiti"];
/// What VK does not take as a document.
const FORBIDDEN: [&str; 4] = ["exe", "mp3", "bat", "apk"];

impl Community {
    pub(super) fn photo_server(&self, call: &Call) -> Result<Value, Refusal> {
        call.number("peer_id")?;
        let url = format!("{}/upload/photo?act=do_add&mid={GROUP_ID}", self.media_url());
        Ok(json!({"upload_url": url, "album_id": -64, "group_id": GROUP_ID, "user_id": 0}))
    }

    pub(super) fn doc_server(&self, call: &Call) -> Result<Value, Refusal> {
        let purpose = call.text("type").unwrap_or("doc");
        if !PURPOSES.contains(&purpose) {
            return Err(Refusal::parameter("type should be one of doc, audio_message, graffiti"));
        }
        let peer = call.required("peer_id")?;
        if !self.lock().peers.contains_key(&peer) {
            return Err(Refusal::code(901));
        }
        Ok(json!({"upload_url": format!("{}/upload/{purpose}?act=add_doc", self.media_url())}))
    }

    pub(super) fn save_photo(&self, call: &Call) -> Result<Value, Refusal> {
        let (photo, hash) = (call.text("photo").unwrap_or_default(), call.text("hash").unwrap_or_default());
        call.required("server")?;
        let proper = serde_json::from_str::<Vec<Value>>(photo).is_ok_and(|photos| !photos.is_empty());
        let attachment = proper.then(|| self.save(hash, None)).flatten().ok_or_else(|| Refusal::code(129))?;
        Ok(json!([attachment["photo"]]))
    }

    pub(super) fn save_doc(&self, call: &Call) -> Result<Value, Refusal> {
        let file = call.text("file").ok_or_else(|| Refusal::parameter("file is undefined"))?;
        self.save(file, call.text("title")).ok_or_else(|| Refusal::parameter("file is invalid"))
    }

    /// Makes an attachment of the community's out of an upload, which is used up.
    fn save(&self, ticket: &str, title: Option<&str>) -> Option<Value> {
        let mut state = self.lock();
        let file = state.uploads.remove(ticket)?;
        let name = title.unwrap_or(&file.name);
        Some(state.attach(self.media_url(), -GROUP_ID, &file.purpose, name, &file.content_type, file.bytes))
    }

    /// Keeps an upload until it is saved, under the ticket it is saved with.
    fn take_upload(&self, purpose: &str, part: Part) -> Result<String, &'static str> {
        let extension = part.name.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase()).unwrap_or_default();
        match purpose {
            _ if part.bytes.is_empty() => return Err("ERR_UPLOAD_BAD_FILE_SIZE"),
            "photo" if part.bytes.len() > MAX_PHOTO_BYTES => return Err("ERR_UPLOAD_BAD_FILE_SIZE"),
            "photo" if !is_image(&part.bytes) => return Err("ERR_UPLOAD_BAD_IMAGE"),
            "graffiti" if !part.bytes.starts_with(b"\x89PNG") => return Err("bad graffiti"),
            "audio_message" if !part.bytes.starts_with(b"OggS") => return Err("bad audio message"),
            "doc" if FORBIDDEN.contains(&extension.as_str()) => return Err("forbidden extension"),
            _ if part.bytes.len() > MAX_DOC_BYTES => return Err("ERR_UPLOAD_BAD_FILE_SIZE"),
            _ => {}
        }
        let (ticket, purpose) = (new_key(), purpose.to_owned());
        let file = File { name: part.name, content_type: part.content_type, bytes: part.bytes, until: i64::MAX, purpose };
        self.lock().uploads.insert(ticket.clone(), file);
        Ok(ticket)
    }
}

fn is_image(bytes: &[u8]) -> bool {
    [b"\x89PNG".as_slice(), b"\xff\xd8", b"GIF8"].iter().any(|magic| bytes.starts_with(magic))
}

struct Part {
    name: String,
    content_type: String,
    bytes: Bytes,
}

/// Takes a multipart body with the one field that the purpose asks for.
pub(super) async fn upload(Shared(us): Shared<Arc<Community>>, Path(purpose): Path<String>, request: Request<Body>) -> Response {
    let Some(part) = part(&purpose, request).await else {
        return Json(json!({"error": "no_file", "error_descr": "no file in the request"})).into_response();
    };
    let name = part.name.clone();
    match (us.take_upload(&purpose, part), purpose.as_str()) {
        (Ok(ticket), "photo") => {
            let photos = json!([{"markers_restarted": true, "photo": name}]);
            Json(json!({"server": 821_734, "photo": photos.to_string(), "hash": ticket})).into_response()
        }
        (Ok(ticket), _) => Json(json!({ "file": ticket })).into_response(),
        // Photos that cannot be read come back as none; everything else says what is wrong.
        (Err("ERR_UPLOAD_BAD_IMAGE"), _) => Json(json!({"server": 821_734, "photo": "[]", "hash": ""})).into_response(),
        (Err(why), _) => Json(json!({"error": "unknown error", "error_descr": why})).into_response(),
    }
}

async fn part(purpose: &str, request: Request<Body>) -> Option<Part> {
    let mut parts = Multipart::from_request(request, &()).await.ok()?;
    while let Some(part) = parts.next_field().await.ok()? {
        let field = part.name().unwrap_or_default();
        // Clients that can upload several photos at once number them: `file0`, `file1`, …
        let numbered = || field.strip_prefix("file").is_some_and(|number| number.parse::<u8>().is_ok());
        let meant = if purpose == "photo" { field == "photo" || numbered() } else { field == "file" };
        if meant {
            let name = part.file_name()?.to_owned();
            let content_type = part.content_type().unwrap_or("application/octet-stream").to_owned();
            return Some(Part { name, content_type, bytes: part.bytes().await.ok()? });
        }
    }
    None
}
