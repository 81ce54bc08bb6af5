//! Files: what messages point to and how they are fetched.

use serde_json::{Value, json};

use super::Bot;
use super::answer::Refusal;
use super::request::{Call, Upload};
use super::state::State;

/// What getFile gives out.
const MAX_DOWNLOAD_BYTES: u64 = 20 * 1_024 * 1_024;
const MAX_PHOTO_BYTES: usize = 10 * 1_024 * 1_024;

impl Bot {
    pub(super) fn get_file(&self, call: &Call) -> Result<Value, Refusal> {
        let id = call.text("file_id").unwrap_or_default();
        let state = self.lock();
        let file =
            state.files.get(id).ok_or_else(|| Refusal::bad_request("wrong file_id or the file is temporarily unavailable"))?;
        if file.size > MAX_DOWNLOAD_BYTES {
            return Err(Refusal::bad_request("file is too big"));
        }
        let unique = format!("u{id}");
        Ok(json!({"file_id": id, "file_unique_id": unique, "file_size": file.size, "file_path": file.path}))
    }
}

/// The part of a message that shows a file sent by the bot: under the key of its kind.
pub(super) fn attached(state: &mut State, kind: &str, call: &Call, reference: &str) -> Result<(String, Value), Refusal> {
    let upload = if reference.starts_with("attach://") {
        call.upload(reference).cloned().ok_or_else(|| Refusal::bad_request("file attach name not found"))?
    } else {
        known(state, reference)?
    };
    if kind == "photo" {
        if upload.bytes.len() > MAX_PHOTO_BYTES {
            return Err(Refusal::bad_request("file is too big"));
        }
        if !upload.bytes.starts_with(b"\x89PNG") && !upload.bytes.starts_with(b"\xff\xd8") && !upload.bytes.starts_with(b"RIFF") {
            return Err(Refusal::bad_request("IMAGE_PROCESS_FAILED"));
        }
    }
    if upload.bytes.is_empty() {
        return Err(Refusal::bad_request("file must be non-empty"));
    }
    let content_type = upload.content_type.clone().unwrap_or_else(|| "application/octet-stream".to_owned());
    let file = state.add_file(&upload.file_name, &content_type, upload.bytes);
    Ok((kind.to_owned(), described(kind, file, &upload.file_name, &content_type)))
}

/// A file that the server has already, by its id.
fn known(state: &State, file_id: &str) -> Result<Upload, Refusal> {
    let file = state.files.get(file_id);
    let file = file.ok_or_else(|| Refusal::bad_request("wrong file identifier/HTTP URL specified"))?;
    let file_name = file.path.rsplit('/').next().unwrap_or_default().to_owned();
    Ok(Upload { file_name, content_type: Some(file.content_type.clone()), bytes: file.bytes.clone() })
}

/// A file object with the fields of its kind.
pub(super) fn described(kind: &str, mut file: Value, name: &str, content_type: &str) -> Value {
    let mut add = |fields: Value| {
        if let (Some(file), Value::Object(fields)) = (file.as_object_mut(), fields) {
            file.extend(fields);
        }
    };
    match kind {
        "photo" => {
            add(json!({"width": 640, "height": 480}));
            let mut small = file.clone();
            small["width"] = json!(90);
            small["height"] = json!(67);
            return json!([small, file]);
        }
        "video" | "animation" => {
            add(json!({"width": 640, "height": 480, "duration": 3, "file_name": name, "mime_type": content_type}));
        }
        "voice" => add(json!({"duration": 3, "mime_type": content_type})),
        "audio" => add(json!({"duration": 3, "file_name": name, "mime_type": content_type})),
        "sticker" => {
            add(json!({"type": "regular", "width": 512, "height": 512, "is_animated": false, "is_video": false, "emoji": "👋"}))
        }
        _ => add(json!({"file_name": name, "mime_type": content_type})),
    }
    file
}
