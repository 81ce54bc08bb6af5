//! `trunkline translate`: what the daemon's own translators make of raw events, without a database.

use std::io::{Read, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::Args;
use serde_json::{Map, Value, json};
use trunkline_channel::{
    Attachment, Direction, Inbound, InboundMessage, Media, ReceiptStatus, ReceiptTarget, Translation, Translator,
};

use crate::connectors::ChannelKind;

/// Largest input taken; providers send far less.
const MAX_INPUT_BYTES: u64 = 64 * 1024 * 1024;
/// What a mail's line says beside what every line says; told by the translator in `extra`.
const MAIL_FLAGS: [&str; 4] = ["is_auto_reply", "is_bounce", "is_delay_notice", "is_list"];

#[derive(Debug, Args)]
pub struct Translate {
    /// web_chat, telegram, whatsapp, vk, email or messenger.
    #[arg(long, value_parser = parse_channel)]
    channel: ChannelKind,
    /// Files with one raw event each; standard input when there is none.
    files: Vec<PathBuf>,
}

fn parse_channel(name: &str) -> Result<ChannelKind, String> {
    let known = || ChannelKind::ALL.map(ChannelKind::as_str).join(", ");
    ChannelKind::parse(name).ok_or_else(|| format!("there is no such channel; known are {}", known()))
}

impl Translate {
    /// Prints a line for each thing that happened. What cannot be read is a line too, and the exit code tells.
    pub fn run(&self) -> anyhow::Result<ExitCode> {
        let translator = self.channel.offline_translator();
        let mut readable = true;
        let mut out = std::io::stdout().lock();
        let mut show = |raw: &[u8]| -> anyhow::Result<()> {
            for line in lines(self.channel, &*translator, raw) {
                readable &= line["kind"] != "unreadable";
                if let Err(error) = writeln!(out, "{line}") {
                    return if error.kind() == std::io::ErrorKind::BrokenPipe { Ok(()) } else { Err(error.into()) };
                }
            }
            Ok(())
        };
        if self.files.is_empty() {
            show(&read(std::io::stdin().lock()).context("cannot read standard input")?)?;
        }
        for path in &self.files {
            let file = std::fs::File::open(path).with_context(|| format!("cannot open {}", path.display()))?;
            show(&read(file).with_context(|| format!("cannot read {}", path.display()))?)?;
        }
        Ok(if readable { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

fn read(from: impl Read) -> anyhow::Result<Vec<u8>> {
    let mut raw = Vec::new();
    from.take(MAX_INPUT_BYTES + 1).read_to_end(&mut raw)?;
    anyhow::ensure!(raw.len() as u64 <= MAX_INPUT_BYTES, "the input is larger than {MAX_INPUT_BYTES} bytes");
    Ok(raw)
}

/// All lines of one input.
fn lines(channel: ChannelKind, translator: &dyn Translator, raw: &[u8]) -> Vec<Value> {
    let mut all = Vec::new();
    for event in translator.events_of(raw) {
        let translation = translator.translate(&event);
        let bounced = channel.is_mail().then(|| Bounced::of(&translation));
        let is_message = |event: &Inbound| matches!(event, Inbound::Message(_));
        let tells_by_message = bounced.is_some() && translation.events.iter().any(is_message);
        for event in &translation.events {
            match (event, &bounced) {
                (Inbound::Message(message), Some(bounced)) => all.push(mail(message, bounced)),
                // A mail is one line: its news stands in it.
                (Inbound::Receipt { .. }, Some(_)) if tells_by_message => {}
                _ => all.push(line(event)),
            }
        }
        for fault in &translation.faults {
            all.push(json!({ "kind": "unreadable", "text": fault.reason, "extra": { "at": fault.at } }));
        }
        if let Some(reason) = &translation.ignored {
            all.push(json!({ "kind": "ignored", "text": reason, "extra": {} }));
        }
    }
    all
}

fn line(event: &Inbound) -> Value {
    match event {
        Inbound::Message(message) => Value::Object(message_line(message)),
        Inbound::Edited { external_id, text, at, .. } => about("edit", None, external_id, text.as_deref(), json!({ "at": at })),
        Inbound::Deleted { external_id, at } => about("delete", None, external_id, None, json!({ "at": at })),
        Inbound::Reaction { external_id, peer, emoji, at } => {
            let extra = json!({ "at": at, "emoji": emoji, "removed": emoji.is_none() });
            about("reaction", Some(&peer.external_id), external_id, emoji.as_deref(), extra)
        }
        Inbound::Receipt { target, status, at } => receipt(target, status, json!({ "at": at })),
        Inbound::Ended { peer, at } => of_peer("ended", &peer.external_id, json!({ "at": at })),
        Inbound::Typing { peer } => of_peer("typing", &peer.external_id, json!({})),
        Inbound::Reachable { peer, reachable, at } => {
            of_peer(if *reachable { "unblocked" } else { "blocked" }, &peer.external_id, json!({ "at": at }))
        }
        Inbound::PeerChanged { before, peer, at } => {
            of_peer("peer_changed", &peer.external_id, json!({ "at": at, "before": before, "aliases": peer.aliases }))
        }
        Inbound::Notice { code, shown, severe, at } => {
            json!({ "kind": "notice", "text": shown, "extra": { "at": at, "code": code, "severe": severe } })
        }
    }
}

fn message_line(message: &InboundMessage) -> Map<String, Value> {
    let direction = if message.direction == Direction::Inbound { "in" } else { "out" };
    let line = json!({
        "kind": message.kind.as_str(),
        "text": message.text,
        "sender_id": message.peer.external_id,
        "external_id": message.external_id,
        "conversation_id": message.hints.thread.as_ref().unwrap_or(&message.peer.external_id),
        "attachments": message.attachments.iter().map(attachment).collect::<Vec<_>>(),
        "reply_to": message.reply_to,
        "target_id": null,
        "direction": direction,
        "extra": if message.extra.is_null() { json!({}) } else { message.extra.clone() },
    });
    match line {
        Value::Object(line) => line,
        _ => Map::new(),
    }
}

fn attachment(attachment: &Attachment) -> Value {
    let held = match &attachment.media {
        Media::Bytes(bytes) => u64::try_from(bytes.len()).ok(),
        Media::Stored { .. } | Media::Remote { .. } => None,
    };
    json!({
        "name": attachment.name,
        "type": attachment.claimed_type,
        "size": attachment.size.or(held),
        "inline": attachment.inline,
    })
}

fn about(kind: &str, sender: Option<&str>, target: &str, text: Option<&str>, extra: Value) -> Value {
    json!({ "kind": kind, "text": text, "sender_id": sender, "conversation_id": sender, "target_id": target, "direction": "in", "extra": extra })
}

fn of_peer(kind: &str, peer: &str, extra: Value) -> Value {
    json!({ "kind": kind, "text": null, "sender_id": peer, "conversation_id": peer, "direction": "in", "extra": extra })
}

fn receipt(target: &ReceiptTarget, status: &ReceiptStatus, mut extra: Value) -> Value {
    extra["status"] = json!(status);
    let (target_id, peer) = match target {
        ReceiptTarget::Message(id) => (Some(id), None),
        ReceiptTarget::Delivery(id) => {
            extra["delivery_id"] = json!(id);
            (None, None)
        }
        ReceiptTarget::UpTo { peer, at } => {
            extra["watermark"] = json!(at);
            (None, Some(peer))
        }
        ReceiptTarget::UpToMessage { peer, external_id } => {
            extra["watermark"] = json!(external_id);
            (Some(external_id), Some(peer))
        }
    };
    json!({ "kind": "receipt", "text": null, "sender_id": peer, "conversation_id": peer, "target_id": target_id, "direction": "in", "extra": extra })
}

/// What a mail tells of another that was sent before.
#[derive(Default)]
struct Bounced {
    failed: Vec<Value>,
    message_id: Option<String>,
}

impl Bounced {
    fn of(translation: &Translation) -> Self {
        let mut bounced = Self::default();
        for event in &translation.events {
            let Inbound::Receipt { target: ReceiptTarget::Message(id), status, .. } = event else { continue };
            bounced.message_id.get_or_insert_with(|| id.clone());
            if let ReceiptStatus::Failed { code, shown, recipient } = status {
                bounced.failed.push(json!({ "recipient": recipient, "code": code, "shown": shown }));
            }
        }
        bounced
    }
}

fn mail(message: &InboundMessage, bounced: &Bounced) -> Value {
    let mut line = message_line(message);
    line.insert("subject".to_owned(), json!(message.hints.subject));
    for flag in MAIL_FLAGS {
        line.insert(flag.to_owned(), json!(message.extra[flag].as_bool().unwrap_or(false)));
    }
    line.insert("failed".to_owned(), json!(bounced.failed));
    line.insert("bounced_message_id".to_owned(), json!(bounced.message_id));
    line.insert("in_reply_to".to_owned(), message.extra["in_reply_to"].clone());
    line.insert("references".to_owned(), message.extra.get("references").cloned().unwrap_or_else(|| json!([])));
    Value::Object(line)
}

#[cfg(test)]
mod tests {
    use super::lines;
    use crate::connectors::ChannelKind;

    fn translated(channel: ChannelKind, raw: &[u8]) -> Vec<serde_json::Value> {
        lines(channel, &*channel.offline_translator(), raw)
    }

    #[test]
    fn a_mail_is_one_line_with_its_own_facts() {
        let mail =
            b"From: Ann <ann@example.com>\r\nTo: shop@example.com\r\nSubject: Where is it?\r\nMessage-ID: <2@example.com>\r\n\
            In-Reply-To: <1@example.com>\r\nReferences: <0@example.com> <1@example.com>\r\n\r\nMy order\r\n";
        let lines = translated(ChannelKind::Email, mail);
        assert_eq!(lines.len(), 1);
        let line = &lines[0];
        assert_eq!(
            (&line["kind"], &line["text"], &line["subject"]),
            (&"text".into(), &"My order".into(), &"Where is it?".into())
        );
        assert_eq!((&line["sender_id"], &line["direction"]), (&"ann@example.com".into(), &"in".into()));
        assert_eq!(line["is_bounce"], false);
        assert!(line["references"].as_array().is_some_and(|list| list.len() == 2));
    }

    #[test]
    fn a_bounce_names_who_failed_and_which_mail() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/channels/email/fixtures");
        let bounces = std::fs::read_dir(path).unwrap().filter_map(|entry| {
            let path = entry.unwrap().path();
            path.to_string_lossy().ends_with(".eml").then(|| translated(ChannelKind::Email, &std::fs::read(path).unwrap()))
        });
        let told = bounces.flatten().filter(|line| line["is_bounce"] == true && line["failed"][0]["recipient"].is_string());
        assert!(told.count() > 0);
    }

    #[test]
    fn nothing_readable_is_a_line_too() {
        for kind in ChannelKind::ALL {
            for raw in [&b""[..], b"{", b"\xff\xfe\0", b"[]", b"{\"type\":1}"] {
                assert!(!translated(kind, raw).is_empty(), "{kind:?} {raw:?}");
            }
        }
    }
}
