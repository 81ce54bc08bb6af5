//! Attachments: uploads, and addresses that end.

use bytes::Bytes;
use serde_json::{Value, json};

use super::Server;
use crate::graph::Refusal;
use crate::graph::access::signature;
use crate::graph::call::{Call, Upload};

/// An address lives so long.
const ADDRESS_S: i64 = 3 * 24 * 3_600;
const MAX_BYTES: usize = 25 * 1_024 * 1_024;

impl Server {
    /// An address of a file, which needs no token and ends.
    pub(super) fn address(&self, file: &str, name: &str) -> String {
        let until = format!("{:x}", self.app.now() + ADDRESS_S);
        let proof = signature("cdn", format!("{file} {until}").as_bytes());
        let name: String = url::form_urlencoded::byte_serialize(name.as_bytes()).collect();
        format!("{}/cdn/v/t59.3654-21/{file}/{name}?oe={until}&oh={proof}", self.app.url())
    }

    pub(super) fn fetch(&self, call: &Call) -> Result<(String, Bytes), Refusal> {
        let refused = || Refusal { message: "URL signature expired".to_owned(), ..Refusal::of(100, "") }.status(403);
        let file = call.path.iter().rev().nth(1).ok_or_else(refused)?;
        let (until, proof) = (call.text("oe").unwrap_or_default(), call.text("oh").unwrap_or_default());
        let alive = i64::from_str_radix(until, 16).is_ok_and(|until| until > self.app.now());
        if !alive || proof != signature("cdn", format!("{file} {until}").as_bytes()) {
            return Err(refused());
        }
        let found = self.lock().files.get(file).map(|file| (file.content_type.clone(), file.bytes.clone()));
        found.ok_or_else(refused)
    }

    /// A reusable attachment.
    pub(super) fn upload(&self, call: &Call) -> Result<Value, Refusal> {
        let request = call.parameters();
        super::send::hold("Upload", &request)?;
        let attachment = self.received(&request["message"]["attachment"], &call.uploads)?;
        Ok(json!({"attachment_id": attachment.id}))
    }

    /// Takes the file that an attachment means: uploaded with it, uploaded before, or at an address.
    pub(super) fn received(&self, attachment: &Value, uploads: &[Upload]) -> Result<Received, Refusal> {
        let kind = attachment["type"].as_str().unwrap_or_default();
        let payload = &attachment["payload"];
        let text = |name: &str| payload[name].as_str();
        let upload = uploads.iter().find(|upload| upload.field == "filedata");
        let (id, file, name) = match (text("attachment_id"), upload, text("url")) {
            (Some(id), None, None) => {
                let known = self.lock().attachments.get(id).cloned().filter(|(of, _)| of == kind);
                let (_, file) = known.ok_or_else(|| Refusal::of(100, "Invalid attachment_id: not found, or of another type"))?;
                let name = self.lock().files.get(&file).map(|file| file.name.clone()).unwrap_or_default();
                return Ok(Received { id: id.to_owned(), shown: self.shown(kind, &self.address(&file, &name)) });
            }
            (None, Some(upload), None) => {
                check(kind, upload)?;
                let mut state = self.lock();
                let file = state.add_file(&upload.file_name, &upload.content_type, upload.bytes.clone());
                (crate::graph::random_digits(16), file, upload.file_name.clone())
            }
            (None, None, Some(url)) => {
                // Nobody is asked for it: the network ends at the stand-in.
                let there = url::Url::parse(url)
                    .is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.host_str() != Some("404.example.com"));
                if !there {
                    return Err(Refusal::of(100, "Failed to fetch the file from the url").subcode(2_018_008));
                }
                let id = crate::graph::random_digits(16);
                return Ok(Received { id, shown: self.shown(kind, url) });
            }
            (None, None, None) => {
                return Err(Refusal::of(100, "Param attachment[payload] must have a url, an attachment_id or a file"));
            }
            _ => return Err(Refusal::of(100, "Param attachment[payload] must have one of url, attachment_id and a file")),
        };
        self.lock().attachments.insert(id.clone(), (kind.to_owned(), file.clone()));
        Ok(Received { id, shown: self.shown(kind, &self.address(&file, &name)) })
    }

    fn shown(&self, kind: &str, url: &str) -> Value {
        json!({"type": kind, "payload": {"url": url}})
    }
}

/// An attachment that was taken.
pub(super) struct Received {
    pub id: String,
    /// As it stands in messages.
    pub shown: Value,
}

fn check(kind: &str, upload: &Upload) -> Result<(), Refusal> {
    let fits = match kind {
        "image" | "audio" | "video" => upload.content_type.starts_with(&format!("{kind}/")),
        _ => true,
    };
    let why = match () {
        () if upload.bytes.is_empty() => "the file is empty",
        () if upload.bytes.len() > MAX_BYTES => "the file is larger than 25 MB",
        () if !fits => "the file is not of the type of the attachment",
        () => return Ok(()),
    };
    Err(Refusal::of(100, &format!("Upload attachment failure: {why}")).subcode(2_018_047))
}
