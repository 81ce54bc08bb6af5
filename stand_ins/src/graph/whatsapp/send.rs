//! `POST /{Phone-Number-ID}/messages`: sends, and the marks that a message was read.

use std::time::Duration;

use serde_json::{Map, Value, json};

use super::media::fits;
use super::state::{Kept, Person, State};
use super::{Server, templates};
use crate::graph::Refusal;
use crate::graph::call::Call;

/// Typing ends by itself.
const TYPING_S: i64 = 25;
const MAX_TEXT: usize = 4_096;
const MAX_CAPTION: usize = 1_024;
const MAX_TAG: usize = 512;
/// In a list, over all sections.
const MAX_ROWS: usize = 10;
/// A status that shall come before the answer is waited for so long.
const STATUS_FIRST: Duration = Duration::from_secs(2);

const WINDOW: (i64, &str, &str) = (
    131_047,
    "Re-engagement message",
    "Message failed to send because more than 24 hours have passed since the customer last replied to this number.",
);
const UNDELIVERABLE: (i64, &str, &str) = (131_026, "Message undeliverable", "Message Undeliverable.");

impl Server {
    pub(super) async fn send(&self, number: &str, call: &Call) -> Result<Value, Refusal> {
        let request = call.parameters();
        if request.get("messaging_product").and_then(Value::as_str) != Some("whatsapp") {
            return Err(Refusal::of(100, "The parameter messaging_product is required."));
        }
        if request.contains_key("status") {
            return self.mark_read(number, &request);
        }
        super::spec::check(&request)?;
        check_lengths(&request)?;
        let kind = request.get("type").and_then(Value::as_str).unwrap_or("text").to_owned();
        let (customer, kept, person, outcome) = {
            let mut state = self.lock();
            check_media(&state, self.app.now(), &kind, &request[&kind])?;
            let content = content(&state, &kind, &request)?;
            let customer = recipient(&mut state, number, &request)?;
            let at_once = state.refuses_at_once;
            let person = state.person(number, &customer);
            let mut kept = Kept::new(false, self.app.now(), content);
            kept.tag = request.get("biz_opaque_callback_data").and_then(Value::as_str).map(str::to_owned);
            kept.reply_to = request.get("context").and_then(|context| context["message_id"].as_str()).map(str::to_owned);
            let outcome = outcome(person, &kind, self.app.now());
            if let (Err((code, title, details)), true) = (outcome, at_once) {
                return Err(Refusal::of(code, title).details(details));
            }
            if outcome.is_ok() {
                arrive(person, &kind, &kept);
            }
            let person = person.clone();
            state.calls.push(Value::Object(request.clone()));
            (customer, kept, person, outcome)
        };
        let first = match outcome {
            Ok(()) => self.tell_status(number, &customer, &person, &kept, "sent"),
            Err(error) => self.tell_failed(number, &customer, &person, &kept, error),
        };
        // Reactions are only ever sent.
        if outcome.is_ok() && kind != "reaction" {
            self.tell_status(number, &customer, &person, &kept, "delivered");
        }
        if self.lock().statuses_first {
            self.app.hook.taken(first, STATUS_FIRST).await;
        }
        Ok(answer(&request, &person, &kept, &kind))
    }

    /// Reads everything up to a message, and may show that somebody types.
    fn mark_read(&self, number: &str, request: &Map<String, Value>) -> Result<Value, Refusal> {
        super::spec::check_mark(request)?;
        let id = request.get("message_id").and_then(Value::as_str).unwrap_or_default();
        let mut state = self.lock();
        let (customer, at) = state.find(number, id).ok_or_else(|| {
            Refusal::of(100, "Invalid parameter")
                .details("Last message ID does not exist or is not from this user")
                .subcode(2_494_010)
        })?;
        let person = state.person(number, &customer);
        if !person.messages.get(at).is_some_and(|kept| kept.by_customer) {
            return Err(Refusal::of(100, "Invalid parameter").details("Only messages of customers can be marked as read"));
        }
        person.messages.iter_mut().take(at + 1).filter(|kept| kept.by_customer).for_each(|kept| kept.unread = false);
        if request.contains_key("typing_indicator") {
            person.typing_until = self.app.now() + TYPING_S;
        }
        person.marked_read = Some(id.to_owned());
        Ok(json!({"success": true}))
    }
}

fn answer(request: &Map<String, Value>, person: &Person, kept: &Kept, kind: &str) -> Value {
    let input = request.get("to").or_else(|| request.get("recipient")).cloned().unwrap_or_default();
    let mut contact = json!({"input": input, "user_id": person.user_id});
    if let (Some(number), true) = (&person.wa_id, request.contains_key("to")) {
        contact["wa_id"] = json!(number);
    }
    let mut message = json!({"id": kept.id});
    if kind == "template" {
        message["message_status"] = json!("accepted");
    }
    json!({"messaging_product": "whatsapp", "contacts": [contact], "messages": [message]})
}

/// What the customer gets to see.
fn arrive(person: &mut Person, kind: &str, kept: &Kept) {
    person.typing_until = 0;
    match kind {
        "reaction" => {
            let target = kept.content["reaction"]["message_id"].as_str().unwrap_or_default();
            let emoji = kept.content["reaction"]["emoji"].as_str().filter(|emoji| !emoji.is_empty()).map(str::to_owned);
            if let Some(target) = person.message(target) {
                target.reaction = emoji;
            }
        }
        _ => person.messages.push(kept.clone()),
    }
}

/// Whether WhatsApp will deliver it.
fn outcome(person: &Person, kind: &str, now: i64) -> Result<(), (i64, &'static str, &'static str)> {
    match () {
        () if person.blocked || person.left => Err(UNDELIVERABLE),
        () if kind != "template" && person.window_until <= now => Err(WINDOW),
        () => Ok(()),
    }
}

/// The id of the phone that a request means.
fn recipient(state: &mut State, number: &str, request: &Map<String, Value>) -> Result<String, Refusal> {
    let text = |name: &str| request.get(name).and_then(Value::as_str);
    match (text("to"), text("recipient")) {
        (Some(to), _) => {
            let digits: String = to.chars().filter(char::is_ascii_digit).collect();
            let formatting = to.chars().all(|c| c.is_ascii_digit() || " +-()".contains(c));
            if !formatting || !(7..=15).contains(&digits.len()) {
                return Err(Refusal::of(131_009, "Parameter value is not valid").details("Invalid phone number in 'to'"));
            }
            if digits == super::digits_of(number) {
                return Err(
                    Refusal::of(131_021, "Recipient cannot be sender").details("Recipient and sender phone number is same")
                );
            }
            // Somebody who hid the number later still has it.
            let known = state.people.iter().find(|((of, _), person)| of == number && person.wa_id.as_ref() == Some(&digits));
            Ok(known.map_or(digits, |((_, customer), _)| customer.clone()))
        }
        (None, Some(user_id)) => {
            let customer = state.by_user_id(number, user_id);
            let customer = customer.ok_or_else(|| Refusal::of(131_026, "Message undeliverable").details("Unknown user id"))?;
            let template = request.get("template").and_then(|template| template["name"].as_str()).unwrap_or_default();
            if templates::is_authentication(&state.templates, template) {
                let details = "Authentication templates cannot be sent to a business-scoped user ID";
                return Err(Refusal::of(131_062, "Business-scoped user IDs are not supported for this message").details(details));
            }
            Ok(customer)
        }
        (None, None) => Err(Refusal::of(131_008, "Required parameter is missing").details("to")),
    }
}

/// The message as it is kept; a template is filled in.
fn content(state: &State, kind: &str, request: &Map<String, Value>) -> Result<Value, Refusal> {
    let said = request.get(kind).cloned().unwrap_or_default();
    let mut content = json!({"type": kind, kind: said});
    if kind == "template" {
        let filled = templates::fill(&state.templates, &said)?;
        content["rendered"] = json!(filled.text);
        content["rendered_buttons"] = json!(filled.buttons);
    }
    Ok(content)
}

fn check_media(state: &State, now: i64, kind: &str, said: &Value) -> Result<(), Refusal> {
    if !matches!(kind, "image" | "video" | "audio" | "document" | "sticker") {
        return Ok(());
    }
    match (said["id"].as_str(), said["link"].as_str()) {
        (Some(id), _) => {
            let media = state.media.get(id).filter(|media| media.uploaded && media.until > now);
            let media =
                media.ok_or_else(|| Refusal::of(131_009, "Parameter value is not valid").details("Media ID is not found"))?;
            fits(kind, &media.content_type, media.bytes.len())
        }
        (None, Some(link)) => match url::Url::parse(link) {
            Ok(url) if matches!(url.scheme(), "http" | "https") => Ok(()),
            _ => Err(Refusal::of(131_009, "Parameter value is not valid").details(format!("{kind}.link is no URL"))),
        },
        (None, None) => Err(Refusal::of(131_008, "Required parameter is missing").details(format!("{kind}.id or {kind}.link"))),
    }
}

/// Limits that the specification does not state.
fn check_lengths(request: &Map<String, Value>) -> Result<(), Refusal> {
    let too_long = |what: &str, most: usize| {
        Refusal::of(100, "Invalid parameter").details(format!("Param {what} must be at most {most} characters long."))
    };
    let kind = request.get("type").and_then(Value::as_str).unwrap_or("text");
    let said = request.get(kind).unwrap_or(&Value::Null);
    let length = |value: &Value| value.as_str().unwrap_or_default().chars().count();
    if kind == "text" {
        match length(&said["body"]) {
            0 => return Err(Refusal::of(100, "The parameter text['body'] is required.")),
            1..=MAX_TEXT => {}
            _ => return Err(too_long("text['body']", MAX_TEXT)),
        }
    }
    if length(&said["caption"]) > MAX_CAPTION {
        return Err(too_long(&format!("{kind}['caption']"), MAX_CAPTION));
    }
    if request.get("biz_opaque_callback_data").is_some_and(|tag| length(tag) > MAX_TAG) {
        return Err(too_long("biz_opaque_callback_data", MAX_TAG));
    }
    let sections = said["action"]["sections"].as_array().map(Vec::as_slice).unwrap_or_default();
    let rows: usize = sections.iter().filter_map(|section| Some(section["rows"].as_array()?.len())).sum();
    if rows > MAX_ROWS {
        return Err(Refusal::of(131_009, "Parameter value is not valid").details("Total row count exceed max allowed count: 10"));
    }
    Ok(())
}
