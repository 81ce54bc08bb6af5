//! Every shape of event in tests/payloads, and what it means, one line for each event in tests/expected.txt.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

use proptest::prelude::*;
use serde_json::{Value, json};
use trunkline_channel::{Direction, Inbound, InboundMessage, Media, Micros, ReceiptTarget, Translation, Translator};

use crate::inbound::EventTranslator;

/// When the events of the payloads happened.
const THEN: Micros = 1_795_000_000_100_000;

fn translator() -> EventTranslator {
    EventTranslator { page: Some("1042000000000017".into()), app: Some("880000000000001".into()) }
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
        Inbound::Edited { external_id, text, at, .. } => format!("edited {external_id} {text:?}{}", when(*at)),
        Inbound::Deleted { external_id, at } => format!("deleted {external_id}{}", when(*at)),
        Inbound::Reaction { external_id, peer, emoji, at } => {
            format!("reaction {external_id} <{}> {emoji:?}{}", peer.external_id, when(*at))
        }
        Inbound::Receipt { target: ReceiptTarget::UpTo { peer, at }, status, .. } => format!("{status:?} <{peer}> up to {at}"),
        Inbound::Receipt { target: ReceiptTarget::Message(id), status, .. } => format!("{status:?} {id}"),
        Inbound::PeerChanged { before, peer, .. } => format!("peer changed {before} -> {}", peer.external_id),
        Inbound::Notice { code, shown, severe, .. } => format!("notice {code} {shown:?} severe {severe}"),
        other => format!("{other:?}"),
    }
}

fn message_line(message: &InboundMessage) -> String {
    let mut line = format!("{} {} <{}>", message.kind.as_str(), message.external_id, message.peer.external_id);
    if message.direction == Direction::Outbound {
        write!(line, " echo {}", message.echo_tag.as_deref().unwrap_or("of others")).unwrap();
    }
    if let Some(text) = &message.text {
        write!(line, " {text:?}").unwrap();
    }
    for file in &message.attachments {
        let Media::Remote { reference } = &file.media else { panic!("Messenger's files are elsewhere") };
        write!(line, " [{} {reference}]", file.name).unwrap();
    }
    if let Some(target) = &message.reply_to {
        write!(line, " to {target}").unwrap();
    }
    if message.automatic {
        line += " automatic";
    }
    match &message.extra {
        Value::Null => {}
        extra => write!(line, " {extra}").unwrap(),
    }
    line + &when(message.sent_at)
}

fn when(at: Option<Micros>) -> String {
    if at == Some(THEN) { String::new() } else { format!(" at {at:?}") }
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
fn a_broken_one_among_a_hundred_takes_none_with_it() {
    let item = |number: usize| {
        let content = if number == 57 { json!(["?"]) } else { json!({"mid": format!("m_{number}"), "text": "x"}) };
        json!({"sender": {"id": "5"}, "recipient": {"id": "1042000000000017"}, "timestamp": 1, "message": content})
    };
    let entries: Vec<Value> = (0..100).map(|number| json!({"id": "1042000000000017", "messaging": [item(number)]})).collect();
    let translation = translator().translate(json!({"object": "page", "entry": entries}).to_string().as_bytes());
    assert_eq!(translation.events.len(), 99);
    assert_eq!(translation.faults.iter().map(|fault| fault.at.as_str()).collect::<Vec<_>>(), ["/entry/57/messaging/0/message"]);
}

#[test]
fn no_secret_of_an_event_is_shown() {
    for (name, raw) in payloads() {
        let shown = serde_json::to_string(&translator().translate(&raw)).unwrap();
        assert!(!shown.contains("not-to-be-shown"), "{name}: {shown}");
    }
}

#[test]
fn without_an_account_every_page_is_translated() {
    let raw = &payloads()["batch_two_pages"];
    assert_eq!(translator().translate(raw).events.len(), 1);
    assert_eq!(crate::offline_translator().translate(raw).events.len(), 2);
}

proptest! {
    #[test]
    fn no_bytes_make_the_translator_panic(raw in proptest::collection::vec(any::<u8>(), 0..300)) {
        let translation = translator().translate(&raw);
        prop_assert!(translation.events.is_empty() && (!translation.faults.is_empty() || translation.ignored.is_some()));
    }

    /// A real event with one value put into the place of another: nothing may panic, and nothing may vanish without a word.
    #[test]
    fn no_mutated_event_makes_it_panic(which in any::<prop::sample::Index>(), at in any::<prop::sample::Index>(), with in 0..8_usize) {
        let all: Vec<Vec<u8>> = payloads().into_values().collect();
        let raw: &Vec<u8> = which.get(&all);
        let Ok(mut event) = serde_json::from_slice::<Value>(raw) else { return Ok(()) };
        let odd = [Value::Null, 0.into(), i64::MAX.into(), i64::MIN.into(), "\u{0}x".into(), Value::Bool(true), json!([]), json!({})];
        let mut pointers = Vec::new();
        pointers_of(&event, String::new(), &mut pointers);
        let pointer: &String = at.get(&pointers);
        if let Some(place) = event.pointer_mut(pointer) {
            *place = odd[with].clone();
        }
        let translation = translator().translate(event.to_string().as_bytes());
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
