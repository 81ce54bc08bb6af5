//! From a webhook body to what happened. Everything is read from raw JSON: the live API is ahead of every published schema, and
//! what we do not know must stay visible. A body may hold hundreds of events; one that cannot be read costs no other.

mod content;
mod message;
mod notices;
mod people;
mod statuses;
mod value;

use serde_json::Value;
use trunkline_channel::{Direction, Fault, Inbound, Translation, Translator};

use people::People;
use value::{items, string};

pub(crate) use message::is_message_id;
pub(crate) use people::{GROUP, phone_of};

/// What is readable and not for us, with the reason that is shown.
const IGNORED: &[(&str, &str)] = &[
    ("history", "the history of the phone app"),
    ("smb_app_state_sync", "the address book of the phone app"),
    ("group_lifecycle_update", "the founding or end of a group"),
    ("group_settings_update", "the settings of a group"),
    ("group_participants_update", "the members of a group"),
    ("group_participant_update", "the members of a group"),
    ("group_status_update", "the state of a group"),
    ("message_echoes", "echoes of another product"),
    ("account_settings_update", "the settings of a number"),
    ("template_correct_category_detection", "the category of a template"),
    ("payment_configuration_update", "payments"),
    ("partner_solutions", "a partner"),
    ("automatic_events", "advertising"),
    ("tracking_events", "advertising"),
];

/// Translates the events of one number, or of any where none is named.
#[derive(Debug, Clone, Default)]
pub struct WebhookTranslator {
    /// The Phone-Number-ID.
    pub number: Option<String>,
    /// The business account, whose notices are ours.
    pub business: Option<String>,
}

/// What is found in one body.
#[derive(Default)]
struct Found {
    events: Vec<Inbound>,
    faults: Vec<Fault>,
    ignored: Vec<String>,
}

impl Translator for WebhookTranslator {
    fn translate(&self, raw: &[u8]) -> Translation {
        let body: Value = match serde_json::from_slice(raw) {
            Ok(body) => body,
            Err(error) => return Translation::unreadable(format!("not JSON (column {})", error.column())),
        };
        match string(&body, "object") {
            Some("whatsapp_business_account") => {}
            Some(_) => return Translation::ignored("an event of another product of Meta"),
            None => return Translation::unreadable("not a body of WhatsApp"),
        }
        let Some(entries) = body.get("entry").and_then(Value::as_array) else {
            return Translation::unreadable("a body without entries");
        };
        let mut found = Found::default();
        for (at, entry) in entries.iter().enumerate() {
            let Some(changes) = entry.get("changes").and_then(Value::as_array) else {
                found.fault(format!("/entry/{at}"), "an entry without changes");
                continue;
            };
            for (which, change) in changes.iter().enumerate() {
                self.change(entry, change, &format!("/entry/{at}/changes/{which}"), &mut found);
            }
        }
        found.into()
    }
}

impl WebhookTranslator {
    fn change(&self, entry: &Value, change: &Value, at: &str, found: &mut Found) {
        let (Some(field), Some(value)) = (string(change, "field"), change.get("value").filter(|value| value.is_object())) else {
            return found.fault(at.to_owned(), "a change without a field or a value");
        };
        match (number_of(change), &self.number) {
            (Some(told), Some(ours)) if told != ours => return found.ignore("an event of another number"),
            (None, Some(_)) if !self.is_ours(entry) => return found.ignore("an event of another business account"),
            _ => {}
        }
        let at = format!("{at}/value");
        match field {
            "messages" => self.messages(value, &at, found),
            "smb_message_echoes" => {
                let people = People::of(value);
                found.each(value, "message_echoes", &at, |echo| message::received(echo, &people, Direction::Outbound));
            }
            "calls" => {
                let people = People::of(value);
                found.each(value, "calls", &at, |call| message::called(call, &people));
            }
            "user_id_update" => found.each(value, field, &at, |item| people::changed(item).into()),
            "user_preferences" => found.each(value, field, &at, |item| message::preference(item, &People::of(value))),
            _ => match (notices::of(field, value), IGNORED.iter().find(|(known, _)| *known == field)) {
                (Some(notice), _) => found.events.push(notice),
                (None, Some((_, why))) => found.ignore(why),
                (None, None) => found.ignored.push(format!("an unknown kind of event: {}", value::readable(field))),
            },
        }
    }

    /// All three lists may come, even together.
    fn messages(&self, value: &Value, at: &str, found: &mut Found) {
        let people = People::of(value);
        let before = (found.events.len(), found.faults.len(), found.ignored.len());
        found.each(value, "messages", at, |message| message::received(message, &people, Direction::Inbound));
        found.each(value, "statuses", at, statuses::receipt);
        found.each(value, "errors", at, |error| Some(vec![notices::error(error)]).into());
        if before == (found.events.len(), found.faults.len(), found.ignored.len()) {
            found.ignore("an event without content");
        }
    }

    fn is_ours(&self, entry: &Value) -> bool {
        self.business.as_deref().is_none_or(|ours| string(entry, "id").is_none_or(|told| told == ours))
    }
}

/// What became of one item of a list.
enum Item {
    Events(Vec<Inbound>),
    Ignored(&'static str),
    Fault(&'static str),
}

impl From<Option<Vec<Inbound>>> for Item {
    fn from(events: Option<Vec<Inbound>>) -> Self {
        events.map_or(Self::Fault("without the fields that every one has"), Self::Events)
    }
}

impl Found {
    fn each(&mut self, value: &Value, list: &str, at: &str, read: impl Fn(&Value) -> Item) {
        match value.get(list) {
            None | Some(Value::Null | Value::Array(_)) => {}
            Some(_) => self.fault(format!("{at}/{list}"), "not a list"),
        }
        for (index, item) in items(value, list).enumerate() {
            let here = format!("{at}/{list}/{index}");
            match read(item) {
                Item::Events(events) => self.events.extend(events),
                Item::Ignored(why) => self.ignore(why),
                Item::Fault(why) => self.fault(here, why),
            }
        }
    }

    fn fault(&mut self, at: String, reason: &str) {
        self.faults.push(Fault { at, reason: reason.to_owned() });
    }

    fn ignore(&mut self, why: &str) {
        if !self.ignored.iter().any(|known| known == why) {
            self.ignored.push(why.to_owned());
        }
    }
}

impl From<Found> for Translation {
    fn from(mut found: Found) -> Self {
        let silent = found.events.is_empty() && found.faults.is_empty();
        if silent && found.ignored.is_empty() {
            found.ignore("an event without content");
        }
        let ignored = silent.then(|| found.ignored.join("; "));
        Self { events: found.events, faults: found.faults, ignored }
    }
}

/// The numbers that a body is about, each once.
pub(crate) fn numbers_in(raw: &[u8]) -> Vec<String> {
    let body: Value = serde_json::from_slice(raw).unwrap_or_default();
    let changes = items(&body, "entry").flat_map(|entry| items(entry, "changes"));
    let mut numbers: Vec<String> = changes.filter_map(number_of).map(str::to_owned).collect();
    numbers.sort_unstable();
    numbers.dedup();
    numbers
}

fn number_of(change: &Value) -> Option<&str> {
    string(change.get("value")?.get("metadata")?, "phone_number_id")
}
