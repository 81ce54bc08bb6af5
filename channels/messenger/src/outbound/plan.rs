//! Which messages of the platform a message of ours becomes. Pure.

use serde_json::{Map, Value, json};
use trunkline_channel::rich::{Button, ContactCard, Location};
use trunkline_channel::{CountBy, Kind, Outbound, SendError, TextLimit, text};

use super::rejected;
use crate::connector::TEXT;

/// The platform's limit of quick replies in one message.
pub(crate) const MAX_QUICK_REPLIES: usize = 13;
/// Buttons that open pages stand in a template, which takes no more.
const MAX_TEMPLATE_BUTTONS: usize = 3;
/// The text of a template with buttons.
const TEMPLATE_TEXT: TextLimit = TextLimit { max: 640, count_by: CountBy::Characters };

/// The content of one message.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Step {
    Text(String),
    /// One of the message's files, by its place among the attachments.
    File {
        index: usize,
        form: Form,
    },
    /// A text above buttons that stay.
    Template {
        text: String,
        buttons: Vec<Value>,
    },
}

/// As what a file goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Image,
    Audio,
    Video,
    File,
}

/// The messages in order, and the quick replies below the last of them.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Plan {
    pub steps: Vec<Step>,
    pub quick_replies: Vec<Value>,
}

impl Form {
    pub fn of(content_type: &str) -> Self {
        let essence = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        match essence.as_str() {
            "image/png" | "image/jpeg" | "image/gif" => Self::Image,
            other if other.starts_with("audio/") => Self::Audio,
            other if other.starts_with("video/") => Self::Video,
            _ => Self::File,
        }
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Audio => "audio",
            Self::Video => "video",
            Self::File => "file",
        }
    }
}

impl Plan {
    /// Words first, then files; with buttons the other way round, for those must come last to be seen.
    pub fn of(out: &Outbound) -> Result<Self, SendError> {
        if out.kind == Kind::Template || out.rich.template.is_some() {
            return Err(rejected("template", "Templates cannot be sent on Messenger."));
        }
        let files = out.attachments.iter().enumerate();
        let files = files.map(|(index, file)| Step::File { index, form: Form::of(&file.content_type) });
        let mut words = texts(&out.text);
        words.extend(out.rich.location.as_ref().map(located));
        words.extend(out.rich.contacts.iter().map(card));
        let mut plan = Self::default();
        let links = out.rich.buttons.iter().any(|button| button.url.is_some());
        if out.rich.buttons.is_empty() {
            plan.steps = words.into_iter().flat_map(|text| parts(&text)).map(Step::Text).chain(files).collect();
        } else {
            plan.steps = files.chain(words.into_iter().flat_map(|text| parts(&text)).map(Step::Text)).collect();
            if links { plan.end_in_template(&out.rich.buttons)? } else { plan.end_in_replies(&out.rich.buttons)? }
        }
        if plan.steps.is_empty() {
            return Err(rejected("empty", "There is nothing to send."));
        }
        Ok(plan)
    }

    fn end_in_replies(&mut self, buttons: &[Button]) -> Result<(), SendError> {
        if buttons.len() > MAX_QUICK_REPLIES {
            return Err(rejected("too_many_buttons", "Messenger shows no more than 13 buttons."));
        }
        let reply = |button: &Button| json!({"content_type": "text", "title": button.title, "payload": button.id});
        self.quick_replies = buttons.iter().map(reply).collect();
        Ok(())
    }

    fn end_in_template(&mut self, buttons: &[Button]) -> Result<(), SendError> {
        if buttons.len() > MAX_TEMPLATE_BUTTONS {
            let shown = "Messenger shows no more than 3 buttons where one of them opens a page.";
            return Err(rejected("too_many_buttons", shown));
        }
        let Some(Step::Text(last)) = self.steps.pop_if(|step| matches!(step, Step::Text(_))) else {
            return Err(rejected("no_text", "Buttons that open a page need a text above them."));
        };
        let mut pieces = text::split(&last, TEMPLATE_TEXT);
        let text = pieces.pop().unwrap_or_default();
        self.steps.extend(pieces.into_iter().map(Step::Text));
        let button = |button: &Button| match &button.url {
            Some(url) => json!({"type": "web_url", "title": button.title, "url": url}),
            None => json!({"type": "postback", "title": button.title, "payload": button.id}),
        };
        self.steps.push(Step::Template { text, buttons: buttons.iter().map(button).collect() });
        Ok(())
    }

    /// The message at `at` with everything that belongs to it; `uploaded` has the platform's ids of the files.
    pub fn message(&self, at: usize, metadata: &str, uploaded: &[String]) -> Map<String, Value> {
        let mut message = Map::new();
        match self.steps.get(at) {
            Some(Step::Text(text)) => {
                message.insert("text".to_owned(), json!(text));
            }
            Some(Step::File { index, form }) => {
                let payload = json!({"attachment_id": uploaded.get(*index)});
                message.insert("attachment".to_owned(), json!({"type": form.as_str(), "payload": payload}));
            }
            Some(Step::Template { text, buttons }) => {
                let payload = json!({"template_type": "button", "text": text, "buttons": buttons});
                message.insert("attachment".to_owned(), json!({"type": "template", "payload": payload}));
            }
            None => {}
        }
        if at + 1 == self.steps.len() && !self.quick_replies.is_empty() {
            message.insert("quick_replies".to_owned(), json!(self.quick_replies));
        }
        message.insert("metadata".to_owned(), json!(metadata));
        message
    }
}

fn texts(said: &str) -> Vec<String> {
    if said.trim().is_empty() { Vec::new() } else { vec![said.to_owned()] }
}

fn parts(said: &str) -> Vec<String> {
    text::split(said, TEXT).into_iter().filter(|part| !part.trim().is_empty()).collect()
}

/// Messenger takes no places from a page: a line that opens a map says the same.
fn located(place: &Location) -> String {
    let Location { latitude, longitude, name, address } = place;
    let map = format!("https://www.openstreetmap.org/?mlat={latitude}&mlon={longitude}#map=17/{latitude}/{longitude}");
    let lines: Vec<&str> = [name.as_deref(), address.as_deref(), Some(&map)].into_iter().flatten().collect();
    lines.join("\n")
}

fn card(card: &ContactCard) -> String {
    let lines = std::iter::once(&card.name).chain(&card.organization).chain(&card.phones).chain(&card.emails);
    lines.map(String::as_str).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
#[path = "plan_tests.rs"]
mod tests;
