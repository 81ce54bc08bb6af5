//! Which calls a message becomes. Pure.

use serde_json::{Map, Value, json};
use trunkline_channel::rich::{Button, ContactCard, Location};
use trunkline_channel::{CountBy, Kind, Outbound, OutboundAttachment, SendError, text};

use super::rejected;
use crate::connector::{MAX_FILES, TEXT};

/// In UTF-16 units.
pub(super) const MAX_CAPTION: usize = 1_024;
const MAX_PHOTO_BYTES: u64 = 10_000_000;
const MAX_VCARD_BYTES: usize = 2_048;

/// One call.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Step {
    Plain { method: &'static str, parameters: Map<String, Value> },
    File { file: File, caption: String, markup: Option<Value> },
    Album { files: Vec<File>, caption: String },
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
    Video,
    Animation,
    Audio,
    Voice,
    Document,
}

impl Step {
    /// The same file without being shown, where it is a single picture.
    pub fn as_document(&self) -> Option<Self> {
        match self {
            Self::File { file: File { index, form: Form::Photo }, caption, markup } => {
                let file = File { index: *index, form: Form::Document };
                Some(Self::File { file, caption: caption.clone(), markup: markup.clone() })
            }
            _ => None,
        }
    }
}

impl File {
    /// The name of the parameter; also the type inside an album.
    pub fn key(self) -> &'static str {
        match self.form {
            Form::Photo => "photo",
            Form::Video => "video",
            Form::Animation => "animation",
            Form::Audio => "audio",
            Form::Voice => "voice",
            Form::Document => "document",
        }
    }

    pub fn method(self) -> &'static str {
        match self.form {
            Form::Photo => "sendPhoto",
            Form::Video => "sendVideo",
            Form::Animation => "sendAnimation",
            Form::Audio => "sendAudio",
            Form::Voice => "sendVoice",
            Form::Document => "sendDocument",
        }
    }

    /// Files that may stand in one album: pictures with films, documents and music among themselves.
    fn album(self) -> Option<u8> {
        match self.form {
            Form::Photo | Form::Video => Some(0),
            Form::Document => Some(1),
            Form::Audio => Some(2),
            Form::Animation | Form::Voice => None,
        }
    }
}

/// Text that belongs to one file, or one album, goes as its caption where it fits; else before the files, or behind them when
/// it carries buttons that an album cannot.
pub(super) fn plan(out: &Outbound) -> Result<Vec<Step>, SendError> {
    if out.kind == Kind::Template {
        return Err(rejected("template", "Telegram has no templates."));
    }
    let markup = keyboard(&out.rich.buttons);
    let groups = groups(&out.attachments, out.kind);
    let has_text = !out.text.trim().is_empty();
    let single = <&[Vec<File>; 1]>::try_from(groups.as_slice()).ok().map(|[group]| group.len());
    let fits = text::length(&out.text, CountBy::Utf16Units) <= MAX_CAPTION;
    let caption = match single {
        Some(1) => fits,
        Some(_) => fits && markup.is_none(),
        None => false,
    };
    let (mut before, mut after) = (Vec::new(), Vec::new());
    if has_text && !caption {
        let behind = markup.is_some() && !groups.is_empty();
        (if behind { &mut after } else { &mut before }).extend(texts(&out.text));
    }
    let mut steps = before;
    let captions = if caption { out.text.as_str() } else { "" };
    steps.extend(groups.into_iter().map(|group| match group.as_slice() {
        [file] => Step::File { file: *file, caption: captions.to_owned(), markup: None },
        _ => Step::Album { files: group, caption: captions.to_owned() },
    }));
    steps.extend(after);
    if let Some(place) = &out.rich.location {
        steps.push(located(place));
    }
    for card in &out.rich.contacts {
        steps.push(card_of(card)?);
    }
    match (markup, steps.last_mut()) {
        (_, None) => return Err(rejected("empty", "There is nothing to send.")),
        (None, Some(_)) => {}
        (Some(markup), Some(Step::File { markup: under, .. })) => *under = Some(markup),
        (Some(markup), Some(Step::Plain { parameters, .. })) => {
            parameters.insert("reply_markup".to_owned(), markup);
        }
        (Some(_), Some(Step::Album { .. })) => return Err(rejected("buttons", "Buttons under several files need a text.")),
    }
    Ok(steps)
}

/// The calls for a text of any length.
pub(super) fn texts(whole: &str) -> Vec<Step> {
    let parts = text::split(whole, TEXT).into_iter().filter(|part| !part.trim().is_empty());
    parts.map(|part| plain("sendMessage", json!({ "text": part }))).collect()
}

fn plain(method: &'static str, parameters: Value) -> Step {
    let parameters = match parameters {
        Value::Object(parameters) => parameters,
        _ => Map::new(),
    };
    Step::Plain { method, parameters }
}

/// One button in a row: titles are not cut on small screens then.
fn keyboard(buttons: &[Button]) -> Option<Value> {
    let row = |button: &Button| match &button.url {
        Some(url) => json!([{"text": button.title, "url": url}]),
        None => json!([{"text": button.title, "callback_data": button.id}]),
    };
    (!buttons.is_empty()).then(|| json!({"inline_keyboard": buttons.iter().map(row).collect::<Vec<_>>()}))
}

/// Neighbours that may stand in one album, no more than it holds.
fn groups(attachments: &[OutboundAttachment], kind: Kind) -> Vec<Vec<File>> {
    let mut groups: Vec<Vec<File>> = Vec::new();
    for (index, attachment) in attachments.iter().enumerate() {
        let file = File { index, form: form(attachment, kind) };
        match groups.last_mut() {
            Some(group)
                if group.len() < MAX_FILES
                    && file.album().is_some()
                    && group.first().is_some_and(|first| first.album() == file.album()) =>
            {
                group.push(file);
            }
            _ => groups.push(vec![file]),
        }
    }
    groups
}

fn form(attachment: &OutboundAttachment, kind: Kind) -> Form {
    match attachment.content_type.as_str() {
        "image/jpeg" | "image/png" | "image/webp" if attachment.size <= MAX_PHOTO_BYTES && kind != Kind::File => Form::Photo,
        "image/gif" => Form::Animation,
        "video/mp4" if kind == Kind::Animation => Form::Animation,
        "video/mp4" => Form::Video,
        "audio/ogg" | "audio/opus" | "application/ogg" => Form::Voice,
        "audio/mpeg" | "audio/mp4" | "audio/m4a" | "audio/x-m4a" if kind == Kind::Voice => Form::Voice,
        "audio/mpeg" | "audio/mp4" | "audio/m4a" | "audio/x-m4a" => Form::Audio,
        _ => Form::Document,
    }
}

fn located(place: &Location) -> Step {
    let mut parameters = json!({"latitude": place.latitude, "longitude": place.longitude});
    match (&place.name, &place.address) {
        (None, None) => plain("sendLocation", parameters),
        (name, address) => {
            parameters["title"] = json!(name.as_ref().or(address.as_ref()));
            parameters["address"] = json!(address.as_ref().or(name.as_ref()));
            plain("sendVenue", parameters)
        }
    }
}

fn card_of(card: &ContactCard) -> Result<Step, SendError> {
    let Some(phone) = card.phones.first() else {
        return Err(rejected("contact", "Telegram takes contact cards with a telephone number only."));
    };
    let name = if card.name.trim().is_empty() { phone } else { &card.name };
    let mut parameters = json!({"phone_number": phone, "first_name": name});
    let more = card.phones.len() > 1 || !card.emails.is_empty() || card.organization.is_some();
    let vcard = vcard(card);
    if more && vcard.len() <= MAX_VCARD_BYTES {
        parameters["vcard"] = json!(vcard);
    }
    Ok(plain("sendContact", parameters))
}

/// What a card has beyond its first number, as a vCard 3.0 (RFC 2426).
fn vcard(card: &ContactCard) -> String {
    let escaped = |text: &str| text.replace('\\', "\\\\").replace(['\r', '\n'], " ").replace(',', "\\,").replace(';', "\\;");
    let name = escaped(&card.name);
    let mut lines = vec!["BEGIN:VCARD".to_owned(), "VERSION:3.0".to_owned(), format!("N:{name};;;;"), format!("FN:{name}")];
    lines.extend(card.organization.iter().map(|organization| format!("ORG:{}", escaped(organization))));
    lines.extend(card.phones.iter().map(|phone| format!("TEL:{}", escaped(phone))));
    lines.extend(card.emails.iter().map(|email| format!("EMAIL:{}", escaped(email))));
    lines.push("END:VCARD".to_owned());
    lines.join("\r\n")
}
