//! Files on their way to VK: an address is asked for, the file goes there, and what came back is saved.

use bytes::Bytes;
use serde_json::Value;
use trunkline_channel::{OutboundAttachment, SendError};

use super::plan::Form;
use crate::api::{Api, ApiError};

/// The name by which a message refers to the file. Nothing has been sent when it fails.
pub(super) async fn upload(
    api: &Api,
    peer: i64,
    form: Form,
    file: &OutboundAttachment,
    bytes: Bytes,
) -> Result<String, SendError> {
    let uploaded = match form {
        Form::Photo => photo(api, peer, file, bytes).await,
        Form::Document => document(api, peer, "doc", file, bytes).await,
        Form::Voice => document(api, peer, "audio_message", file, bytes).await,
    };
    uploaded.map_err(|error| match error.into() {
        SendError::MaybeDelivered { evidence } => {
            SendError::Retry { after: None, reason: format!("the upload broke: {evidence}") }
        }
        other => other,
    })
}

async fn photo(api: &Api, peer: i64, file: &OutboundAttachment, bytes: Bytes) -> Result<String, ApiError> {
    let server = api.call("photos.getMessagesUploadServer", &[("peer_id", peer.to_string())]).await?;
    let stored = api.upload(&address(&server)?, "photo", &file.name, &file.content_type, bytes).await?;
    let parameters = ["server", "photo", "hash"].map(|key| (key, plain(stored.get(key))));
    let saved = api.call("photos.saveMessagesPhoto", &parameters).await?;
    saved.get(0).and_then(|photo| name("photo", photo)).ok_or(ApiError::Garbled { status: 200 })
}

async fn document(api: &Api, peer: i64, kind: &'static str, file: &OutboundAttachment, bytes: Bytes) -> Result<String, ApiError> {
    let parameters = [("type", kind.to_owned()), ("peer_id", peer.to_string())];
    let server = api.call("docs.getMessagesUploadServer", &parameters).await?;
    let stored = api.upload(&address(&server)?, "file", &file.name, &file.content_type, bytes).await?;
    let parameters = [("file", plain(stored.get("file"))), ("title", file.name.clone())];
    let saved = api.call("docs.save", &parameters).await?;
    let document = saved.get(kind).or_else(|| saved.get("doc"));
    document.and_then(|document| name("doc", document)).ok_or(ApiError::Garbled { status: 200 })
}

/// `photo-123_456_key`; `None` where a number is missing.
pub(super) fn name(kind: &str, object: &Value) -> Option<String> {
    let (owner, id) = (object.get("owner_id")?.as_i64()?, object.get("id")?.as_i64()?);
    let key = object.get("access_key").and_then(Value::as_str).filter(|key| !key.is_empty());
    Some(key.map_or_else(|| format!("{kind}{owner}_{id}"), |key| format!("{kind}{owner}_{id}_{key}")))
}

fn address(server: &Value) -> Result<String, ApiError> {
    server.get("upload_url").and_then(Value::as_str).map(str::to_owned).ok_or(ApiError::Garbled { status: 200 })
}

/// What an upload server answered is handed back as it came, numbers and texts alike.
fn plain(value: Option<&Value>) -> String {
    match value {
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
        None => String::new(),
    }
}
