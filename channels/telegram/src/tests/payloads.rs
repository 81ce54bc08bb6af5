//! Every shape of update in tests/payloads, and what it means, one line for each event in tests/expected.txt.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

use proptest::prelude::*;
use serde_json::Value;
use trunkline_channel::{Direction, Inbound, InboundMessage, Kind, Media, Peer, Translation, Translator};
use trunkline_stand_ins::telegram::spec;

use crate::inbound::{UpdateTranslator, WANTED};

/// Fields with a reader of their own, which a mere text does not satisfy.
const STRUCTURED: [&str; 10] =
    ["venue", "location", "contact", "poll", "dice", "checklist", "web_app_data", "paid_media", "game", "invoice"];

const TRANSLATOR: UpdateTranslator = UpdateTranslator { bot_id: Some(7_100_001) };

fn folder() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests"))
}

fn payloads() -> BTreeMap<String, Vec<u8>> {
    let files = std::fs::read_dir(folder().join("payloads")).unwrap().map(|entry| entry.unwrap().path());
    files.map(|path| (path.file_stem().unwrap().to_str().unwrap().to_owned(), std::fs::read(path).unwrap())).collect()
}

/// `name: what happened`, one line for each event.
fn told(name: &str, translation: &Translation) -> String {
    let mut lines = String::new();
    for event in &translation.events {
        writeln!(lines, "{name}: {}", event_line(event)).unwrap();
    }
    if let Some(reason) = &translation.ignored {
        writeln!(lines, "{name}: ignored, {reason}").unwrap();
    }
    for fault in &translation.faults {
        writeln!(lines, "{name}: fault, {}", fault.reason).unwrap();
    }
    lines
}

fn event_line(event: &Inbound) -> String {
    match event {
        Inbound::Message(message) => message_line(message),
        Inbound::Edited { external_id, text, at, .. } => format!("edited {external_id} {text:?} at {at:?}"),
        Inbound::Deleted { external_id, .. } => format!("deleted {external_id}"),
        Inbound::Reaction { external_id, peer, emoji, .. } => format!("reaction {external_id} {} {emoji:?}", person(peer)),
        Inbound::Reachable { peer, reachable, .. } => format!("reachable {reachable} {}", person(peer)),
        Inbound::PeerChanged { before, peer, .. } => format!("peer changed {before} -> {}", person(peer)),
        Inbound::Notice { code, shown, severe, .. } => format!("notice {code} {shown:?} severe {severe}"),
        other => format!("{other:?}"),
    }
}

fn message_line(message: &InboundMessage) -> String {
    let mut line = format!("{} {} {}", message.kind.as_str(), message.external_id, person(&message.peer));
    if message.direction == Direction::Outbound {
        line += " echo";
    }
    if let Some(text) = &message.text {
        write!(line, " {text:?}").unwrap();
    }
    for file in &message.attachments {
        let Media::Remote { reference } = &file.media else { panic!("Telegram's files are elsewhere") };
        write!(line, " [{} {} {:?} {reference}]", file.name, file.claimed_type.as_deref().unwrap_or("?"), file.size).unwrap();
    }
    if let Some(target) = &message.reply_to {
        write!(line, " to {target}").unwrap();
    }
    if let Some(author) = message.hints.participants.first() {
        write!(line, " by {}", person(author)).unwrap();
    }
    if message.automatic {
        line += " automatic";
    }
    match &message.extra {
        Value::Null => {}
        extra => write!(line, " {extra}").unwrap(),
    }
    match message.sent_at {
        Some(1_795_000_000_000_000) => {}
        other => write!(line, " at {other:?}").unwrap(),
    }
    line
}

fn person(peer: &Peer) -> String {
    let parts = [peer.name.as_deref(), peer.handle.as_deref(), peer.language.as_deref()];
    let parts: Vec<&str> = parts.into_iter().flatten().collect();
    format!("<{} {}>", peer.external_id, parts.join(" "))
}

#[test]
fn every_shape_means_what_it_should() {
    let mut found = String::new();
    for (name, raw) in payloads() {
        found += &told(&name, &TRANSLATOR.translate(&raw));
    }
    let expected = std::fs::read_to_string(folder().join("expected.txt")).unwrap_or_default();
    let mut differences = String::new();
    for line in found.lines().filter(|line| !expected.lines().any(|known| known == *line)) {
        writeln!(differences, "+ {line}").unwrap();
    }
    for line in expected.lines().filter(|line| !found.lines().any(|known| known == *line)) {
        writeln!(differences, "- {line}").unwrap();
    }
    assert!(differences.is_empty(), "\n{differences}");
}

#[test]
fn every_field_of_a_message_in_the_documentation_is_known() {
    /// Contents that are shown by their name only, whatever is inside.
    const BY_NAME: [&str; 1] = ["rich_message"];
    let documented: Value = serde_json::from_str(include_str!("../../../../stand_ins/specs/telegram/bot-api.json")).unwrap();
    // The two of a migration are no content of a message.
    let fields = documented["types"]["Message"]["fields"].as_array().unwrap();
    assert!(fields.len() > 100);
    let names = fields.iter().map(|field| field["name"].as_str().unwrap()).filter(|name| !name.starts_with("migrate_"));
    for field in names {
        let mut message = serde_json::json!({"chat": {"id": 5, "type": "private"}, "message_id": 1, "date": 1});
        if message.get(field).is_none() {
            message[field] = Value::String("?".to_owned());
        }
        let update = serde_json::json!({"update_id": 1, "message": message});
        let translation = TRANSLATOR.translate(update.to_string().as_bytes());
        let Some(Inbound::Message(message)) = translation.events.first() else { panic!("{field}: {translation:?}") };
        let only_named =
            message.extra["unsupported"] == field && message.text.as_deref().is_some_and(|text| text.starts_with("Something"));
        let structured = STRUCTURED.contains(&field);
        assert_eq!(only_named && !structured, BY_NAME.contains(&field), "{field}: {message:?}");
    }
}

#[test]
fn nothing_that_is_asked_for_is_unknown_to_the_documentation() {
    for kind in WANTED {
        let update = serde_json::json!({"update_id": 1, *kind: {}});
        let problem = spec().check("Update", &update).unwrap_err();
        assert!(!problem.contains("is unknown"), "{kind}: {problem}");
    }
}

#[test]
fn a_file_of_the_customer_is_never_lost_from_sight() {
    for (name, raw) in payloads() {
        let Ok(update) = serde_json::from_slice::<Value>(&raw) else { continue };
        let has_file = update["message"].to_string().contains("file_id") && !name.starts_with("service_");
        let events = TRANSLATOR.translate(&raw).events;
        let shown = events.iter().any(|event| match event {
            Inbound::Message(message) => !message.attachments.is_empty() || message.kind == Kind::Unsupported,
            _ => false,
        });
        assert!(shown || !has_file, "{name}");
    }
}

proptest! {
    #[test]
    fn no_bytes_make_the_translator_panic(raw in proptest::collection::vec(any::<u8>(), 0..300)) {
        let translation = TRANSLATOR.translate(&raw);
        prop_assert!(translation.events.is_empty() && (!translation.faults.is_empty() || translation.ignored.is_some()));
    }

    /// A real update with one value put into the place of another: nothing may panic, and nothing may vanish without a word.
    #[test]
    fn no_mutated_update_makes_it_panic(which in any::<prop::sample::Index>(), at in any::<prop::sample::Index>(), with in 0..7_usize) {
        let all: Vec<Vec<u8>> = payloads().into_values().collect();
        let raw: &Vec<u8> = which.get(&all);
        let Ok(mut update) = serde_json::from_slice::<Value>(raw) else { return Ok(()) };
        let odd = [Value::Null, 0.into(), i64::MAX.into(), "\u{0}x".into(), Value::Bool(true), serde_json::json!([]), serde_json::json!({})];
        let mut pointers = Vec::new();
        pointers_of(&update, String::new(), &mut pointers);
        let pointer: &String = at.get(&pointers);
        if let Some(place) = update.pointer_mut(pointer) {
            *place = odd[with].clone();
        }
        let translation = TRANSLATOR.translate(update.to_string().as_bytes());
        let silent = translation.events.is_empty() && translation.faults.is_empty() && translation.ignored.is_none();
        prop_assert!(!silent || update.to_string().contains("deleted_business_messages"));
    }
}

fn pointers_of(value: &Value, here: String, all: &mut Vec<String>) {
    match value {
        Value::Object(fields) => fields.iter().for_each(|(key, inner)| pointers_of(inner, format!("{here}/{key}"), all)),
        Value::Array(items) => items.iter().enumerate().for_each(|(at, inner)| pointers_of(inner, format!("{here}/{at}"), all)),
        _ => {}
    }
    all.push(here);
}
