//! Each mail in `fixtures/` against what is expected of it: `name.eml` and `name.json`. An expectation names only what
//! it is about; everything it names must be so, in mail with either form of line end.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use trunkline_channel::{Inbound, Media, Secret, Translation, Translator};

use super::MailTranslator;
use crate::outbound::message_id;

/// Stands in fixtures where a Message-ID of ours belongs; real ones are signed.
const OUR_ID: &str = "OUR-MESSAGE-ID";

fn key() -> Secret {
    Secret::new("fixture key")
}

fn our_id() -> String {
    message_id::make(&key(), "conv-1", "msg-1", "example.com").unwrap()
}

fn fixtures() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let mut found: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|f| f.unwrap().path()).collect();
    found.retain(|path| path.extension().is_some_and(|e| e == "eml"));
    found.sort();
    found
}

/// The translation as JSON, with attachments told by their content.
fn shown(translation: &Translation) -> Value {
    let events = translation.events.iter().map(|event| {
        let mut value = serde_json::to_value(without_bytes(event)).unwrap();
        if let Inbound::Message(message) = event {
            for (i, attachment) in message.attachments.iter().enumerate() {
                if let Media::Bytes(bytes) = &attachment.media {
                    value["attachments"][i]["content"] = json!(String::from_utf8_lossy(bytes));
                }
            }
        }
        value
    });
    json!({ "events": events.collect::<Vec<_>>(), "ignored": translation.ignored, "faults": translation.faults.len() })
}

/// Bytes are never serialised, so a reference stands in their place.
fn without_bytes(event: &Inbound) -> Inbound {
    let mut event = event.clone();
    if let Inbound::Message(message) = &mut event {
        for attachment in &mut message.attachments {
            attachment.media = Media::Remote { reference: String::new() };
        }
    }
    event
}

/// What differs, by path. Objects may have more than expected; lists and values must be equal.
fn differences(path: &str, expected: &Value, found: &Value, out: &mut Vec<String>) {
    match (expected, found) {
        (Value::Object(wanted), Value::Object(_)) => {
            wanted.iter().for_each(|(k, v)| differences(&format!("{path}/{k}"), v, found.get(k).unwrap_or(&Value::Null), out));
        }
        (Value::Array(wanted), Value::Array(list)) if wanted.len() == list.len() => {
            wanted.iter().zip(list).enumerate().for_each(|(i, (w, f))| differences(&format!("{path}/{i}"), w, f, out));
        }
        _ if expected == found => {}
        _ => out.push(format!("{path}: expected {expected}, found {found}")),
    }
}

#[test]
fn every_fixture_is_read_as_expected() {
    let translator = MailTranslator {
        own_addresses: vec!["support@example.com".into()],
        instance_id: "instance-1".into(),
        signing_key: key(),
    };
    let mut failures = Vec::new();
    let paths = fixtures();
    assert!(paths.len() >= 60, "only {} fixtures", paths.len());
    for path in paths {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let expectation = std::fs::read_to_string(path.with_extension("json")).unwrap_or_else(|e| panic!("{name}.json: {e}"));
        let expected: Value = serde_json::from_str(&expectation.replace(OUR_ID, &our_id())).unwrap();
        let unix = replaced(&std::fs::read(&path).unwrap(), OUR_ID.as_bytes(), our_id().as_bytes());
        let windows = replaced(&unix, b"\n", b"\r\n");
        for (form, raw) in [("LF", unix), ("CRLF", windows)] {
            let found = shown(&translator.translate(&raw));
            // Most expectations are about the one message.
            let found = if expected.get("events").is_some() || expected.get("ignored").is_some() {
                found
            } else {
                found["events"][0].clone()
            };
            let mut differing = Vec::new();
            differences("", &expected, &found, &mut differing);
            failures.extend(differing.into_iter().map(|d| format!("{name} ({form}) {d}")));
        }
    }
    assert!(failures.is_empty(), "\n{}", failures.join("\n"));
}

fn replaced(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix(from) {
            out.extend_from_slice(to);
            rest = after;
        } else {
            out.push(rest[0]);
            rest = &rest[1..];
        }
    }
    out
}
