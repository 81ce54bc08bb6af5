//! Every shape of event in tests/payloads, and what it means, one line for each event in tests/expected.txt.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

use proptest::prelude::*;
use serde_json::Value;
use trunkline_channel::{Direction, Inbound, InboundMessage, Media, Peer, Translation, Translator};

use crate::inbound::EventTranslator;

const TRANSLATOR: EventTranslator = EventTranslator { group_id: Some(123_456) };

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
        Inbound::Reaction { external_id, peer, emoji, .. } => format!("reaction {external_id} {} {emoji:?}", person(peer)),
        Inbound::Reachable { peer, reachable, .. } => format!("reachable {reachable} {}", person(peer)),
        Inbound::Notice { code, shown, severe, .. } => format!("notice {code} {shown:?} severe {severe}"),
        Inbound::Typing { peer } => format!("typing {}", person(peer)),
        other => format!("{other:?}"),
    }
}

fn message_line(message: &InboundMessage) -> String {
    let mut line = format!("{} {} {}", message.kind.as_str(), message.external_id, person(&message.peer));
    if message.direction == Direction::Outbound {
        line += " echo";
    }
    if let Some(tag) = &message.echo_tag {
        write!(line, " of {tag}").unwrap();
    }
    if let Some(text) = &message.text {
        write!(line, " {text:?}").unwrap();
    }
    for file in &message.attachments {
        let Media::Remote { reference } = &file.media else { panic!("VK's files are elsewhere") };
        write!(line, " [{} {} {:?} {reference}]", file.name, file.claimed_type.as_deref().unwrap_or("?"), file.size).unwrap();
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
    format!("<{} {}>", peer.external_id, peer.handle.as_deref().unwrap_or("-"))
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
fn a_long_polls_answer_is_cut_into_its_events() {
    let raw = br#"{"ts":"5","updates":[{"type":"message_deny","object":{"user_id":7}},{"type":"x"}]}"#;
    let events = TRANSLATOR.events_of(raw);
    assert_eq!(events.len(), 2);
    assert!(matches!(
        TRANSLATOR.translate(&events[0]).events.as_slice(),
        [Inbound::Reachable { peer, reachable: false, .. }] if peer.external_id == "7"
    ));
    assert_eq!(TRANSLATOR.events_of(b"\xff").len(), 1);
}

#[test]
fn an_echo_is_known_by_the_number_of_any_part() {
    for number in crate::outbound::random_ids("dlv_7") {
        assert!(TRANSLATOR.is_echo_of(&number.to_string(), "dlv_7"));
        assert!(!TRANSLATOR.is_echo_of(&number.to_string(), "dlv_8"));
    }
    assert!(!TRANSLATOR.is_echo_of("dlv_7", "dlv_7"));
}

proptest! {
    #[test]
    fn no_bytes_make_the_translator_panic(raw in proptest::collection::vec(any::<u8>(), 0..300)) {
        let translation = TRANSLATOR.translate(&raw);
        prop_assert!(translation.events.is_empty() && (!translation.faults.is_empty() || translation.ignored.is_some()));
    }

    #[test]
    fn no_text_makes_it_panic(text in "[\\[\\]|&<>a-z0-9;жéid\u{0}]{0,40}") {
        let event = serde_json::json!({"type": "message_new", "group_id": 123_456, "object": {"message":
            {"peer_id": 7, "from_id": 7, "conversation_message_id": 1, "text": text, "payload": text}}});
        prop_assert_eq!(TRANSLATOR.translate(event.to_string().as_bytes()).events.len(), 1);
    }

    /// A real event with one value put into the place of another: nothing may panic, and nothing may vanish without a word.
    #[test]
    fn no_mutated_event_makes_it_panic(which in any::<prop::sample::Index>(), at in any::<prop::sample::Index>(), with in 0..7_usize) {
        let all: Vec<Vec<u8>> = payloads().into_values().collect();
        let raw: &Vec<u8> = which.get(&all);
        let Ok(mut event) = serde_json::from_slice::<Value>(raw) else { return Ok(()) };
        let odd = [Value::Null, 0.into(), i64::MIN.into(), "\u{0}x".into(), Value::Bool(true), serde_json::json!([]), serde_json::json!({})];
        let mut pointers = Vec::new();
        pointers_of(&event, String::new(), &mut pointers);
        let pointer: &String = at.get(&pointers);
        if let Some(place) = event.pointer_mut(pointer) {
            *place = odd[with].clone();
        }
        let translation = TRANSLATOR.translate(event.to_string().as_bytes());
        prop_assert!(!translation.events.is_empty() || !translation.faults.is_empty() || translation.ignored.is_some());
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
