//! Which messages of VK's a message becomes. Pure.

use serde_json::{Value, json};
use trunkline_channel::rich::{Button, ContactCard, Location};
use trunkline_channel::{Kind, Outbound, OutboundAttachment, SendError, text};

use super::{MAX_PARTS, rejected};
use crate::connector::{MAX_FILES, TEXT};
use crate::inbound::BUTTON_KEY;

const MAX_PHOTO_BYTES: u64 = 50_000_000;
/// Of a button's payload, in characters; VK counts the JSON.
const MAX_PAYLOAD: usize = 255;
/// Inline keyboards have no more rows; with more buttons than that, two stand in a row.
const MAX_ROWS: usize = 6;

/// One message of VK's.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Step {
    pub text: String,
    pub files: Vec<File>,
    pub place: Option<(f64, f64)>,
    pub keyboard: Option<Value>,
}

/// One of the message's files, and as what it goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct File {
    /// Its place among the attachments.
    pub index: usize,
    pub form: Form,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Photo,
    Document,
    Voice,
}

/// A long text goes in parts; files, place and buttons stand under the last. Voices go alone, as everybody's do.
pub(super) fn plan(out: &Outbound) -> Result<Vec<Step>, SendError> {
    if out.kind == Kind::Template {
        return Err(rejected("template", "VK has no templates."));
    }
    let files = out.attachments.iter().enumerate().map(|(index, file)| Ok(File { index, form: form(file, out.kind)? }));
    let files = files.collect::<Result<Vec<File>, SendError>>()?;
    let (voices, under): (Vec<File>, Vec<File>) = files.into_iter().partition(|file| file.form == Form::Voice);
    let mut steps: Vec<Step> = texts(&words(out)).into_iter().map(|text| Step { text, ..Step::default() }).collect();
    for group in under.chunks(MAX_FILES) {
        match steps.last_mut().filter(|step| step.files.is_empty()) {
            Some(step) => step.files = group.to_vec(),
            None => steps.push(Step { files: group.to_vec(), ..Step::default() }),
        }
    }
    if let Some(place) = &out.rich.location {
        let place = Some((place.latitude, place.longitude));
        match steps.last_mut() {
            Some(step) => step.place = place,
            None => steps.push(Step { place, ..Step::default() }),
        }
    }
    steps.extend(voices.into_iter().map(|file| Step { files: vec![file], ..Step::default() }));
    if steps.len() > MAX_PARTS {
        return Err(rejected("too_long", "The text is too long."));
    }
    let keyboard = keyboard(&out.rich.buttons)?;
    match steps.last_mut() {
        None => Err(rejected("empty", "There is nothing to send.")),
        Some(last) => {
            last.keyboard = keyboard;
            Ok(steps)
        }
    }
}

/// The parts of a text of any length.
pub(super) fn texts(whole: &str) -> Vec<String> {
    text::split(whole, TEXT).into_iter().filter(|part| !part.trim().is_empty()).collect()
}

/// The text, with what VK has no form for told in it.
fn words(out: &Outbound) -> String {
    let named = out.rich.location.as_ref().and_then(place_name);
    let cards = out.rich.contacts.iter().map(card);
    let text = Some(out.text.clone()).filter(|text| !text.trim().is_empty());
    text.into_iter().chain(named).chain(cards).collect::<Vec<_>>().join("\n")
}

fn place_name(place: &Location) -> Option<String> {
    let words: Vec<&str> = [place.name.as_deref(), place.address.as_deref()].into_iter().flatten().collect();
    (!words.is_empty()).then(|| format!("📍 {}", words.join(", ")))
}

fn card(card: &ContactCard) -> String {
    let name = Some(card.name.as_str()).filter(|name| !name.is_empty());
    let more = card.phones.iter().chain(&card.emails).map(String::as_str).chain(card.organization.as_deref());
    format!("👤 {}", name.into_iter().chain(more).collect::<Vec<_>>().join(", "))
}

fn form(file: &OutboundAttachment, kind: Kind) -> Result<Form, SendError> {
    let picture = kind != Kind::File && file.size <= MAX_PHOTO_BYTES;
    match file.content_type.as_str() {
        "image/jpeg" | "image/png" if picture => Ok(Form::Photo),
        "audio/ogg" | "audio/opus" | "application/ogg" if kind != Kind::File => Ok(Form::Voice),
        "audio/mpeg" | "audio/mp3" => Err(rejected("mp3", "VK takes no MP3 files from communities. Send OGG, or a link.")),
        _ => Ok(Form::Document),
    }
}

/// Buttons inside the message. Pressing one sends its title as a message of the customer's, with the payload.
fn keyboard(buttons: &[Button]) -> Result<Option<Value>, SendError> {
    if buttons.is_empty() {
        return Ok(None);
    }
    let in_row = if buttons.len() > MAX_ROWS { 2 } else { 1 };
    let mut rows = Vec::new();
    for row in buttons.chunks(in_row) {
        rows.push(row.iter().map(button).collect::<Result<Vec<Value>, SendError>>()?);
    }
    Ok(Some(json!({"inline": true, "buttons": rows})))
}

fn button(button: &Button) -> Result<Value, SendError> {
    if let Some(url) = &button.url {
        return Ok(json!({"action": {"type": "open_link", "label": button.title, "link": url}}));
    }
    let payload = json!({ BUTTON_KEY: button.id }).to_string();
    if payload.chars().count() > MAX_PAYLOAD {
        return Err(rejected("buttons", "What stands behind a button is too long for VK."));
    }
    Ok(json!({"action": {"type": "text", "label": button.title, "payload": payload}, "color": "secondary"}))
}
