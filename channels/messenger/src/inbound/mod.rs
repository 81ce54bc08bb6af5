//! From a webhook's body to what happened. Everything is read from raw JSON: what we do not know must stay visible, and one
//! odd event must not hide the others of its batch.

mod attachments;
mod events;
mod message;
mod value;

use serde_json::Value;
use trunkline_channel::{Fault, Inbound, Micros, Peer, Translation, Translator};

use value::{flag, id, moment, person, string};

pub(crate) use value::USER_REF;

/// Parts of a messaging item that say around what something happened, not what.
const AROUND: [&str; 5] = ["sender", "recipient", "timestamp", "prior_message", "hop_context"];

/// Translates the events of one page, or of any where `page` is unknown.
#[derive(Debug, Clone, Default)]
pub struct EventTranslator {
    /// A body may carry events of several pages; those of others are for their own inboxes.
    pub page: Option<String>,
    /// Ours among the apps that may write in the page's name.
    pub app: Option<String>,
}

/// One messaging item and what is known around it.
struct Item<'v> {
    value: &'v Value,
    app: Option<&'v str>,
    /// The customer, whichever side of the item they stand on; news about the page have none.
    peer: Option<Peer>,
    /// Written by the page's side.
    outgoing: bool,
    /// Another app has the conversation and we only look on.
    standby: bool,
    at: Option<Micros>,
}

/// What came of a part.
enum Told {
    Events(Vec<Inbound>),
    Ignored(String),
    /// A field that every such event has is missing.
    Broken(&'static str),
}

impl Translator for EventTranslator {
    fn translate(&self, raw: &[u8]) -> Translation {
        let body: Value = match serde_json::from_slice(raw) {
            Ok(body) => body,
            Err(error) => return Translation::unreadable(format!("not JSON (column {})", error.column())),
        };
        match string(&body, "object") {
            Some("page") => {}
            Some(object) => return Translation::ignored(format!("not of a page but of: {object}")),
            None => return Translation::unreadable("not an event of the platform"),
        }
        let Some(entries) = body.get("entry").and_then(Value::as_array) else {
            return Translation::unreadable("an event without entries");
        };
        let mut whole = Translation::default();
        for (at, entry) in entries.iter().enumerate() {
            self.entry(entry, &format!("/entry/{at}"), &mut whole);
        }
        if whole.events.is_empty() && whole.faults.is_empty() && whole.ignored.is_none() {
            whole.ignored = Some("nothing in it".to_owned());
        }
        whole
    }
}

impl EventTranslator {
    fn entry(&self, entry: &Value, at: &str, whole: &mut Translation) {
        let Some(page) = id(entry, "id") else {
            let absent = "an entry without the page's id".to_owned();
            return whole.faults.push(Fault { at: at.to_owned(), reason: absent });
        };
        if self.page.as_ref().is_some_and(|ours| *ours != page) {
            return ignore(whole, "for another page".to_owned());
        }
        for (list, standby) in [("messaging", false), ("standby", true)] {
            let Some(items) = entry.get(list) else { continue };
            let Some(items) = items.as_array() else {
                whole.faults.push(Fault { at: format!("{at}/{list}"), reason: "not a list".to_owned() });
                continue;
            };
            for (number, value) in items.iter().enumerate() {
                let item = Item::of(value, entry, &page, self.app.as_deref(), standby);
                item.translate(&format!("{at}/{list}/{number}"), whole);
            }
        }
        if let Some(changes) = entry.get("changes").and_then(Value::as_array) {
            let fields: Vec<&str> = changes.iter().filter_map(|change| string(change, "field")).collect();
            ignore(whole, format!("a change of the page, not a message: {}", fields.join(", ")));
        }
    }
}

impl<'v> Item<'v> {
    fn of(value: &'v Value, entry: &Value, page: &str, app: Option<&'v str>, standby: bool) -> Self {
        let side = |key: &str| value.get(key).and_then(person);
        let (sender, recipient) = (side("sender"), side("recipient"));
        let echo = value.get("message").is_some_and(|message| flag(message, "is_echo"));
        let outgoing = echo || sender.as_ref().is_some_and(|sender| sender.external_id == page);
        let peer = if outgoing { recipient } else { sender }.filter(|peer| peer.external_id != page);
        let at = moment(value, "timestamp").or_else(|| moment(entry, "time"));
        Self { value, app, peer, outgoing, standby, at }
    }

    fn translate(&self, at: &str, whole: &mut Translation) {
        let Some(fields) = self.value.as_object() else {
            return whole.faults.push(Fault { at: at.to_owned(), reason: "not an event".to_owned() });
        };
        whole.events.extend(self.known_before());
        let mut contents = fields.iter().filter(|(key, _)| !AROUND.contains(&key.as_str())).peekable();
        if contents.peek().is_none() {
            return ignore(whole, "an event without content".to_owned());
        }
        for (key, content) in contents {
            match self.one(key, content) {
                Told::Events(events) => whole.events.extend(events),
                Told::Ignored(reason) => ignore(whole, reason),
                Told::Broken(missing) => {
                    let reason = format!("a {} without {missing}", value::readable(key));
                    whole.faults.push(Fault { at: format!("{at}/{key}"), reason });
                }
            }
        }
    }

    fn one(&self, key: &str, content: &Value) -> Told {
        match key {
            "message" => message::received(self, content),
            "message_edit" => message::edited(self, content),
            "reaction" => message::reaction(self, content),
            "postback" => events::postback(self, content),
            "referral" => events::referral(self, content),
            "optin" => events::optin(self, content),
            "delivery" => events::delivery(self, content),
            "read" => events::read(self, content),
            "account_linking" => events::account_linking(self, content),
            "pass_thread_control" | "take_thread_control" | "request_thread_control" | "app_roles" => {
                events::handover(self, key, content)
            }
            "policy-enforcement" | "policy_enforcement" => events::policy(self, content),
            _ => events::other(self, key, content),
        }
    }

    /// Somebody known by a plugin's reference has now written and has a proper id.
    fn known_before(&self) -> Option<Inbound> {
        let before = id(self.value.get("prior_message")?, "identifier").map(|reference| format!("{USER_REF}{reference}"))?;
        let peer = self.peer.clone().filter(|peer| !peer.external_id.starts_with(USER_REF))?;
        Some(Inbound::PeerChanged { before, peer, at: self.at })
    }
}

/// The first reason is the one that is shown.
fn ignore(whole: &mut Translation, reason: String) {
    whole.ignored.get_or_insert(reason);
}

/// The pages that a webhook's body is about, for the door that several share.
pub(crate) fn pages_of(raw: &[u8]) -> Vec<String> {
    let body: Value = serde_json::from_slice(raw).unwrap_or_default();
    let entries = body.get("entry").and_then(Value::as_array).into_iter().flatten();
    entries.filter_map(|entry| id(entry, "id")).collect()
}
