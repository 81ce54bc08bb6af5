//! Buttons: up to three under a text, more as a list, or one that opens a page.

use serde_json::{Value, json};
use trunkline_channel::rich::Button;
use trunkline_channel::{CountBy, SendError, TextLimit, text};

use super::plan::{Step, texts};
use super::rejected;

/// The text above buttons.
const BODY: TextLimit = TextLimit { max: 1_024, count_by: CountBy::Characters };
const MAX_BUTTONS: usize = 3;
pub(crate) const MAX_CHOICES: usize = 10;
pub(crate) const MAX_TITLE_CHARS: usize = 20;
pub(crate) const MAX_ID_BYTES: usize = 200;

/// A text that is too long goes before, except its end, under which the buttons stand.
pub(super) fn steps(words: &str, buttons: &[Button], list_button: &str) -> Result<Vec<Step>, SendError> {
    if words.is_empty() {
        return Err(rejected("buttons", "Buttons need a text above them."));
    }
    let mut parts = text::split(words, BODY);
    let body = parts.pop().unwrap_or_default();
    let mut steps = texts(&parts.join("\n"));
    let content = content(&body, buttons, list_button)?;
    steps.push(Step::Ready { kind: "interactive", content });
    Ok(steps)
}

fn content(body: &str, buttons: &[Button], list_button: &str) -> Result<Value, SendError> {
    let links: Vec<(&Button, &str)> = buttons.iter().filter_map(|button| Some((button, button.url.as_deref()?))).collect();
    let body = json!({ "text": body });
    match (links.as_slice(), buttons.len()) {
        ([(button, url)], 1) => {
            let parameters = json!({"display_text": button.title, "url": url});
            Ok(json!({"type": "cta_url", "body": body, "action": {"name": "cta_url", "parameters": parameters}}))
        }
        ([_, ..], _) => {
            Err(rejected("buttons", "On WhatsApp a button that opens a page must be the only one. Write the link into the text."))
        }
        ([], ..=MAX_BUTTONS) => {
            let buttons: Vec<Value> = buttons
                .iter()
                .map(|button| json!({"type": "reply", "reply": {"id": id(button), "title": button.title}}))
                .collect();
            Ok(json!({"type": "button", "body": body, "action": {"buttons": buttons}}))
        }
        ([], ..=MAX_CHOICES) => {
            let rows: Vec<Value> = buttons.iter().map(|button| json!({"id": id(button), "title": button.title})).collect();
            let action = json!({"button": list_button, "sections": [{"rows": rows}]});
            Ok(json!({"type": "list", "body": body, "action": action}))
        }
        ([], _) => Err(rejected("buttons", "WhatsApp shows ten choices at most.")),
    }
}

/// Comes back when it is chosen; the title where it was given none.
fn id(button: &Button) -> &str {
    if button.id.is_empty() { &button.title } else { &button.id }
}
