//! Files of customers. An event names them; where they are has to be asked, and holds for five minutes.

use reqwest::Url;
use serde::Deserialize;
use serde_json::Value;
use trunkline_channel::{FetchError, Fetched, Kind, MediaRef};
use trunkline_meta::{Class, Graph, GraphError};

use crate::errors::RULES;

/// WhatsApp hands over no larger ones.
pub(crate) const MAX_FILE_BYTES: u64 = 100 * 1_024 * 1_024;
/// Before an address that came with the event itself, where the file has no id.
const BY_ADDRESS: &str = "url:";

#[derive(Deserialize)]
struct Found {
    url: String,
    mime_type: Option<String>,
    #[serde(default)]
    file_size: Value,
}

/// Our name for the file: its id, else the address that came along.
pub(crate) fn reference(media: &Value) -> Option<String> {
    let id = media.get("id").and_then(Value::as_str);
    let id = id.filter(|id| !id.is_empty() && id.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-'));
    let address = || media.get("url").and_then(Value::as_str).filter(|url| url.starts_with("http"));
    id.map(str::to_owned).or_else(|| address().map(|url| format!("{BY_ADDRESS}{url}")))
}

/// For files without a name of their own.
pub(crate) fn file_name(kind: Kind, claimed_type: Option<&str>) -> String {
    let ending = match claimed_type.unwrap_or_default() {
        "image/jpeg" => "jpg",
        "image/png" => "png",
        "image/webp" => "webp",
        "video/mp4" => "mp4",
        "video/3gpp" => "3gp",
        "audio/ogg" => "ogg",
        "audio/mpeg" => "mp3",
        "audio/mp4" => "m4a",
        "audio/aac" => "aac",
        "audio/amr" => "amr",
        "application/pdf" => "pdf",
        _ => return kind.as_str().to_owned(),
    };
    format!("{}.{ending}", kind.as_str())
}

pub(crate) async fn fetch(graph: &Graph, number: &str, media: &MediaRef) -> Result<Fetched, FetchError> {
    if let Some(address) = media.0.strip_prefix(BY_ADDRESS) {
        let url = Url::parse(address).map_err(|_| FetchError::Gone)?;
        return graph.download(&url, true, MAX_FILE_BYTES).await;
    }
    match once(graph, number, &media.0).await {
        // The address ended between the two calls: a new one is given.
        Err(FetchError::Gone) => once(graph, number, &media.0).await,
        done => done,
    }
}

async fn once(graph: &Graph, number: &str, id: &str) -> Result<Fetched, FetchError> {
    let found: Found = graph.get(&[id], &[("phone_number_id", number)]).await.map_err(lookup_failed)?;
    let size = found.file_size.as_u64().or_else(|| found.file_size.as_str()?.parse().ok());
    if let Some(size) = size.filter(|size| *size > MAX_FILE_BYTES) {
        return Err(FetchError::TooLarge(size));
    }
    let url = Url::parse(&found.url).map_err(|_| FetchError::Retry("the address of the file is none".to_owned()))?;
    let fetched = graph.download(&url, true, MAX_FILE_BYTES).await?;
    Ok(Fetched { claimed_type: found.mime_type.or(fetched.claimed_type), bytes: fetched.bytes })
}

/// An id that Meta does not know any more is older than a week.
fn lookup_failed(error: GraphError) -> FetchError {
    let known = error.refusal().is_some_and(|refusal| refusal.code.is_some());
    if known && error.class(RULES) == Class::Content { FetchError::Gone } else { FetchError::Retry(error.to_string()) }
}
