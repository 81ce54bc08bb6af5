//! Calls that carry files.

use bytes::Bytes;
use reqwest::Body;
use reqwest::multipart::{Form, Part};
use serde_json::{Map, Value, json};
use trunkline_channel::http::CallError;
use trunkline_channel::{Outbound, OutboundAttachment};

use super::plan::File;
use crate::api::ApiError;

pub(super) fn single(
    mut parameters: Map<String, Value>,
    file: File,
    caption: &str,
    markup: Option<&Value>,
    out: &Outbound,
    files: &[Bytes],
) -> Result<Form, ApiError> {
    if !caption.is_empty() {
        parameters.insert("caption".to_owned(), json!(caption));
    }
    if let Some(markup) = markup {
        parameters.insert("reply_markup".to_owned(), markup.clone());
    }
    Ok(form(&parameters).part(file.key(), part(file, out, files)?))
}

/// The text stands under the first file and is shown for the whole album.
pub(super) fn album(
    mut parameters: Map<String, Value>,
    album: &[File],
    caption: &str,
    out: &Outbound,
    files: &[Bytes],
) -> Result<Form, ApiError> {
    let name = |file: &File| format!("file{}", file.index);
    let items = album.iter().enumerate().map(|(at, file)| {
        let mut item = json!({"type": file.key(), "media": format!("attach://{}", name(file))});
        if at == 0 && !caption.is_empty() {
            item["caption"] = json!(caption);
        }
        item
    });
    parameters.insert("media".to_owned(), Value::Array(items.collect()));
    let mut form = form(&parameters);
    for file in album {
        form = form.part(name(file), part(*file, out, files)?);
    }
    Ok(form)
}

/// Structured parameters go as JSON text.
fn form(parameters: &Map<String, Value>) -> Form {
    parameters.iter().fold(Form::new(), |form, (name, value)| {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        form.text(name.clone(), text)
    })
}

fn part(file: File, out: &Outbound, files: &[Bytes]) -> Result<Part, ApiError> {
    let missing = || ApiError::Call(CallError::NotSent("a file is missing".to_owned()));
    let bytes = files.get(file.index).ok_or_else(missing)?.clone();
    let OutboundAttachment { name, content_type, .. } = out.attachments.get(file.index).ok_or_else(missing)?;
    let length = bytes.len() as u64;
    let part = || Part::stream_with_length(Body::from(bytes.clone()), length).file_name(name.clone());
    // A type that is no type is left to Telegram to find out.
    Ok(part().mime_str(content_type).unwrap_or_else(|_| part()))
}
