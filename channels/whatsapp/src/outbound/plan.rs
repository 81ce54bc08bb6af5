//! What goes out as which messages, in which order. Everything that can be wrong with it is found here, before the first call.

use serde_json::{Value, json};
use trunkline_channel::rich::{ContactCard, Location, TemplateUse};
use trunkline_channel::{CountBy, Kind, Outbound, SendError, TextLimit, text};

use super::{interactive, rejected};
use crate::connector::TEXT;
use crate::outbound::upload::File;

/// Under a picture, film or document.
pub(super) const CAPTION: TextLimit = TextLimit { max: 1_024, count_by: CountBy::Characters };

/// One message.
#[derive(Debug)]
pub(super) enum Step {
    Ready { kind: &'static str, content: Value },
    File { file: File, caption: Option<String> },
    Template { wanted: TemplateUse, header: Option<File> },
}

pub(super) fn plan(out: &Outbound, list_button: &str) -> Result<Vec<Step>, SendError> {
    let mut files = Vec::with_capacity(out.attachments.len());
    for (index, attachment) in out.attachments.iter().enumerate() {
        files.push(File::of(index, attachment, out.kind)?);
    }
    if out.kind == Kind::Template {
        return template(out, files);
    }
    let words = out.text.trim();
    let buttons = &out.rich.buttons;
    let mut steps = Vec::new();
    let captioned = files.len() == 1
        && buttons.is_empty()
        && !words.is_empty()
        && text::length(words, CAPTION.count_by) <= CAPTION.max
        && files.iter().all(|file| file.form.takes_caption());
    if !captioned && buttons.is_empty() {
        steps.extend(texts(words));
    }
    let caption = captioned.then(|| words.to_owned());
    steps.extend(files.into_iter().map(|file| Step::File { file, caption: caption.clone() }));
    steps.extend(out.rich.location.as_ref().map(located));
    if !out.rich.contacts.is_empty() {
        let cards = out.rich.contacts.iter().map(card).collect::<Result<Vec<Value>, SendError>>()?;
        steps.push(Step::Ready { kind: "contacts", content: json!(cards) });
    }
    if !buttons.is_empty() {
        steps.extend(interactive::steps(words, buttons, list_button)?);
    }
    if steps.is_empty() { Err(rejected("empty", "There is nothing to send.")) } else { Ok(steps) }
}

/// The messages for a text of any length.
pub(super) fn texts(whole: &str) -> Vec<Step> {
    let parts = text::split(whole, TEXT).into_iter().filter(|part| !part.trim().is_empty());
    parts.map(words).collect()
}

fn words(part: String) -> Step {
    // A preview is shown only where it is asked for, and only a link has one.
    let linked = part.contains("https://") || part.contains("http://");
    Step::Ready { kind: "text", content: json!({"body": part, "preview_url": linked}) }
}

fn template(out: &Outbound, mut files: Vec<File>) -> Result<Vec<Step>, SendError> {
    let Some(wanted) = &out.rich.template else { return Err(rejected("template", "No template was chosen.")) };
    if files.len() > 1 {
        return Err(rejected("template", "A template takes one file at most, in its header."));
    }
    Ok(vec![Step::Template { wanted: wanted.clone(), header: files.pop() }])
}

fn located(place: &Location) -> Step {
    let mut content = json!({"latitude": place.latitude, "longitude": place.longitude});
    for (key, value) in [("name", &place.name), ("address", &place.address)] {
        if let Some(value) = value {
            content[key] = json!(value);
        }
    }
    Step::Ready { kind: "location", content }
}

fn card(card: &ContactCard) -> Result<Value, SendError> {
    let name = if card.name.trim().is_empty() { card.phones.first() } else { Some(&card.name) };
    let name = name.ok_or_else(|| rejected("contact", "A contact card needs a name or a number."))?;
    let mut content = json!({"name": {"formatted_name": name, "first_name": name}});
    if !card.phones.is_empty() {
        content["phones"] = card.phones.iter().map(|phone| phone_entry(phone)).collect();
    }
    if !card.emails.is_empty() {
        content["emails"] = card.emails.iter().map(|email| json!({ "email": email })).collect();
    }
    if let Some(company) = &card.organization {
        content["org"] = json!({ "company": company });
    }
    Ok(content)
}

/// A number in international form can be written to from the card at once.
fn phone_entry(phone: &str) -> Value {
    let mut entry = json!({ "phone": phone });
    if phone.trim_start().starts_with('+') {
        entry["wa_id"] = json!(phone.chars().filter(char::is_ascii_digit).collect::<String>());
    }
    entry
}
