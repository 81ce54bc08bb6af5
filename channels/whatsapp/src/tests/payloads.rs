//! Every shape of event in tests/payloads, and what it means, one line for each in tests/expected.txt.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

use proptest::prelude::*;
use serde_json::Value;
use trunkline_channel::{Direction, Inbound, InboundMessage, Kind, Media, Peer, Translation, Translator};

use crate::inbound::{WebhookTranslator, numbers_in};

const NUMBER: &str = "100200300400500";
const BUSINESS: &str = "900800700600500";

fn translator() -> WebhookTranslator {
    WebhookTranslator { number: Some(NUMBER.to_owned()), business: Some(BUSINESS.to_owned()) }
}

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
        writeln!(lines, "{name}: fault at {:?}, {}", fault.at, fault.reason).unwrap();
    }
    lines
}

fn event_line(event: &Inbound) -> String {
    match event {
        Inbound::Message(message) => message_line(message),
        Inbound::Edited { external_id, text, .. } => format!("edited {external_id} {text:?}"),
        Inbound::Deleted { external_id, .. } => format!("deleted {external_id}"),
        Inbound::Reaction { external_id, peer, emoji, .. } => format!("reaction {external_id} {} {emoji:?}", person(peer)),
        Inbound::PeerChanged { before, peer, .. } => format!("peer changed {before} -> {}", person(peer)),
        Inbound::Notice { code, shown, severe, .. } => format!("notice {code} {shown:?} severe {severe}"),
        Inbound::Receipt { target, status, .. } => format!("receipt {target:?} {status:?}"),
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
        let Media::Remote { reference } = &file.media else { panic!("WhatsApp's files are elsewhere") };
        write!(line, " [{} {} {reference}]", file.name, file.claimed_type.as_deref().unwrap_or("?")).unwrap();
    }
    if let Some(target) = &message.reply_to {
        write!(line, " to {target}").unwrap();
    }
    if let Some(author) = message.hints.participants.first() {
        write!(line, " by {}", person(author)).unwrap();
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
    let aliases = if peer.aliases.is_empty() { String::new() } else { format!("= {}", peer.aliases.join(" = ")) };
    let parts = [aliases.as_str(), peer.name.as_deref().unwrap_or_default(), peer.handle.as_deref().unwrap_or_default()];
    let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    format!("<{} {}>", peer.external_id, parts.join(" "))
}

#[test]
fn every_shape_means_what_it_should() {
    let mut found = String::new();
    for (name, raw) in payloads() {
        found += &told(&name, &translator().translate(&raw));
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
fn a_file_of_the_customer_is_never_lost_from_sight() {
    let kinds = ["image", "video", "audio", "document", "sticker"];
    for (name, raw) in payloads() {
        let Ok(body) = serde_json::from_slice::<Value>(&raw) else { continue };
        let message = &body["entry"][0]["changes"][0]["value"]["messages"][0];
        if !message["type"].as_str().is_some_and(|kind| kinds.contains(&kind)) {
            continue;
        }
        let events = translator().translate(&raw).events;
        let Some(Inbound::Message(shown)) = events.first() else { panic!("{name}") };
        assert!(!shown.attachments.is_empty() || shown.text.is_some(), "{name}");
    }
}

#[test]
fn what_is_no_text_still_says_what_it_is() {
    for (name, raw) in payloads() {
        for event in translator().translate(&raw).events {
            let Inbound::Message(message) = event else { continue };
            let files =
                matches!(message.kind, Kind::Image | Kind::Video | Kind::Audio | Kind::Voice | Kind::File | Kind::Sticker);
            assert!(files || message.text.is_some_and(|text| !text.is_empty()), "{name}");
        }
    }
}

#[test]
fn one_broken_entry_of_a_hundred_costs_no_other() {
    let mut body: Value = serde_json::from_slice(&payloads()["text"]).unwrap();
    let entry = body["entry"][0].clone();
    let entries = (0..100).map(|at| {
        let mut entry = entry.clone();
        entry["changes"][0]["value"]["messages"][0]["id"] = format!("wamid.{at}").into();
        if at == 57 {
            entry["changes"][0]["value"]["messages"] = "broken".into();
        }
        entry
    });
    body["entry"] = entries.collect();
    let translation = translator().translate(body.to_string().as_bytes());
    assert_eq!((translation.events.len(), translation.faults.len()), (99, 1));
    assert_eq!(translation.faults[0].at, "/entry/57/changes/0/value/messages");
}

#[test]
fn a_body_names_its_numbers_once() {
    let of = |name: &str| numbers_in(&payloads()[name]);
    assert_eq!(of("batch_with_broken_parts"), [NUMBER]);
    assert_eq!(of("other_number"), ["100200300400501"]);
    assert!(of("account_review").is_empty() && of("broken_half").is_empty() && of("broken_array").is_empty());
}

proptest! {
    #[test]
    fn no_bytes_make_the_translator_panic(raw in proptest::collection::vec(any::<u8>(), 0..300)) {
        let translation = translator().translate(&raw);
        prop_assert!(translation.events.is_empty() && (!translation.faults.is_empty() || translation.ignored.is_some()));
        prop_assert!(numbers_in(&raw).is_empty());
    }

    /// A real body with one value put into the place of another: nothing may panic, and nothing may vanish without a word.
    #[test]
    fn no_mutated_body_makes_it_panic(which in any::<prop::sample::Index>(), at in any::<prop::sample::Index>(), with in 0..8_usize) {
        let all: Vec<Vec<u8>> = payloads().into_values().collect();
        let raw: &Vec<u8> = which.get(&all);
        let Ok(mut body) = serde_json::from_slice::<Value>(raw) else { return Ok(()) };
        let odd = [
            Value::Null, 0.into(), i64::MAX.into(), "\u{0}x".into(), "".into(), Value::Bool(true), serde_json::json!([]), serde_json::json!({}),
        ];
        let mut pointers = Vec::new();
        pointers_of(&body, String::new(), &mut pointers);
        let pointer: &String = at.get(&pointers);
        if let Some(place) = body.pointer_mut(pointer) {
            *place = odd[with].clone();
        }
        let translation = translator().translate(body.to_string().as_bytes());
        prop_assert!(!translation.events.is_empty() || !translation.faults.is_empty() || translation.ignored.is_some());
        numbers_in(body.to_string().as_bytes());
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
