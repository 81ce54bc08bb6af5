//! Mail in: the source of one message becomes what happened. Pure; no bytes can make it fail.
//!
//! `headers`, `words`, `charset`, `transfer` and `mime` read what is there; `content`, `html`, `quotes` and `attachments`
//! choose what is shown; `people`, `threading` and `automatic` tell who wrote and where it belongs; `report` and `bounce`
//! read news about mail we sent.

mod attachments;
mod automatic;
mod bounce;
mod calendar;
mod charset;
mod content;
mod flowed;
mod headers;
mod html;
mod mime;
mod people;
mod quotes;
pub(crate) mod received;
mod report;
pub(crate) mod status;
pub(crate) mod subject;
mod threading;
mod transfer;
mod words;

#[cfg(test)]
mod adversarial_tests;
#[cfg(test)]
mod fixture_tests;

use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use trunkline_channel::{Direction, Hints, Inbound, InboundMessage, Kind, Micros, Secret, Translation, Translator};

use self::automatic::Verdict;
use self::bounce::News;
use self::content::Content;
use self::headers::Headers;
use self::mime::Tree;
use self::received::{Missing, Received};
use self::threading::Thread;
use crate::outbound::message_id;

/// Marks every mail we send with the instance that sent it.
pub const LOOP_HEADER: &str = "X-Trunkline-Loop";

/// A Date this far after the reception is nonsense.
const MAX_DATE_AHEAD: Micros = 24 * 3600 * 1_000_000;
/// 1990-01-01: no mail of an earlier date is sent to us.
const EARLIEST_DATE: Micros = 631_152_000_000_000;
/// 2100-01-01.
const LATEST_DATE: Micros = 4_102_444_800_000_000;

/// Turns mail source into events.
#[derive(Debug, Clone)]
pub struct MailTranslator {
    /// Addresses of this inbox.
    pub own_addresses: Vec<String>,
    /// What our own mail carries in [`LOOP_HEADER`].
    pub instance_id: String,
    /// Signs our Message-IDs.
    pub signing_key: Secret,
}

impl Translator for MailTranslator {
    fn translate(&self, raw: &[u8]) -> Translation {
        let (received, mail) = Received::split(raw);
        let received_at = received.micros();
        let tree = Tree::parse(mail);
        let Some(root) = tree.parts.first() else { return Translation::ignored("nothing to read") };
        let headers = &root.headers;
        if self.is_our_own(headers) {
            return Translation::ignored("our own mail");
        }
        let subject = headers.text("subject").and_then(|s| subject::clean(&s));
        let content = content::read(&tree, subject.as_deref().is_some_and(subject::is_forward));
        let sent_at = sent_at(headers, received_at);
        let searched = content.full_text.as_deref().unwrap_or(&content.text);
        let news = bounce::read(&tree, searched, &self.signing_key, received_at.or(sent_at));
        let mut events = Vec::new();
        let mut news = news.unwrap_or_default();
        events.append(&mut news.receipts);
        if news.certain && !events.is_empty() {
            return Translation::of(events);
        }
        if news.is_read_receipt && events.is_empty() {
            return Translation::ignored("a read receipt that tells nothing");
        }
        if !news.is_read_receipt {
            let message =
                self.message(mail, &tree, headers, content, Found { subject, sent_at, missing: received.missing, news });
            events.push(Inbound::Message(Box::new(message)));
        }
        Translation::of(events)
    }
}

/// What was read before the message is put together.
struct Found {
    subject: Option<String>,
    sent_at: Option<Micros>,
    missing: Option<Missing>,
    news: News,
}

impl MailTranslator {
    /// Our mail comes back by a copy to ourselves, a list or a loop of forwards.
    fn is_our_own(&self, headers: &Headers<'_>) -> bool {
        let marked = headers.text("x-trunkline-loop").is_some_and(|by| !self.instance_id.is_empty() && by == self.instance_id);
        let from_us = people::is_own(&people::sender(headers).peer.external_id, &self.own_addresses);
        let signed = || threading::own_id(headers).is_some_and(|id| message_id::verify(&self.signing_key, &id).is_some());
        marked || (from_us && signed())
    }

    fn message(&self, mail: &[u8], tree: &Tree<'_>, headers: &Headers<'_>, content: Content<'_>, found: Found) -> InboundMessage {
        let Found { subject, sent_at, missing, news } = found;
        let sender = people::sender(headers);
        let verdict = automatic::judge(headers, &sender.peer.external_id, &self.own_addresses, &self.instance_id);
        let own_id = threading::own_id(headers);
        let repeated = ["from", "message-id"].into_iter().find(|name| headers.count(name) > 1);
        let mut thread = threading::read(headers, &self.signing_key);
        let suspicious = self.suspicion(repeated, &sender, &thread, own_id.as_deref());
        if repeated.is_some() {
            thread = Thread { in_reply_to: thread.in_reply_to, ..Thread::default() };
        } else if let Some(about) = &news.about {
            thread.references.insert(0, about.clone());
        }
        // An id we have signed cannot be that of someone else's mail.
        let external_id = own_id.clone().filter(|id| message_id::verify(&self.signing_key, id).is_none());
        let external_id = external_id.unwrap_or_else(|| format!("{}@generated.invalid", hex::encode(Sha256::digest(mail))));
        let files = attachments::collect(&content);
        let participants = people::recipients(headers);
        let is_other = |id: &str| id != sender.peer.external_id && !people::is_own(id, &self.own_addresses);
        let extra = extra(headers, &content, &verdict, &news, &files, &thread);
        let automatic = verdict.reason.is_some() || news.is_bounce || news.is_delay_notice || news.is_complaint;
        let mut attachments = files.kept;
        let text = match missing {
            Some(missing) => Some(missing.shown()),
            None => shown_text(&content, tree, !attachments.is_empty() || files.dropped > 0),
        };
        if text.as_deref() == Some(UNREADABLE) {
            attachments.push(attachments::whole_mail(mail));
        }
        InboundMessage {
            external_id: external_id.clone(),
            direction: Direction::Inbound,
            kind: Kind::Text,
            text,
            html: content.html,
            full_text: content.full_text,
            attachments,
            reply_to: thread.references.first().cloned(),
            sent_at,
            automatic,
            hints: Hints {
                subject,
                references: thread.references,
                conversation_id: thread.conversation_id,
                thread: Some(external_id),
                participants: participants.into_iter().filter(|p| is_other(&p.external_id)).collect(),
                suspicious,
                ..Hints::default()
            },
            extra,
            peer: sender.peer,
        }
    }

    fn suspicion(
        &self,
        repeated: Option<&str>,
        sender: &people::Sender,
        thread: &Thread,
        own_id: Option<&str>,
    ) -> Option<String> {
        let mut reasons = Vec::new();
        if let Some(name) = repeated {
            reasons.push(format!("the header {name} is repeated"));
        }
        if let Some(name) = &sender.poses_as {
            reasons.push(format!(
                "the sender's name is another address: {}",
                trunkline_channel::text::clean_name(name).unwrap_or_default()
            ));
        }
        if thread.forged {
            reasons.push("it refers to a message id that looks like ours and is not".to_owned());
        }
        if own_id.is_some_and(message_id::looks_like_ours) {
            reasons.push("its message id imitates ours".to_owned());
        }
        if people::is_own(&sender.peer.external_id, &self.own_addresses) {
            reasons.push("it claims to come from our own address".to_owned());
        }
        (!reasons.is_empty()).then(|| reasons.join("; "))
    }
}

const NO_TEXT: &str = "(no text)";
const UNREADABLE: &str = "(could not be read)";

/// A mail that shows nothing says so, and one of which too little could be read comes as a file.
fn shown_text(content: &Content<'_>, tree: &Tree<'_>, has_files: bool) -> Option<String> {
    if !content.text.trim().is_empty() {
        return Some(content.text.clone());
    }
    if let Some(invitation) = &content.invitation {
        return Some(invitation.line());
    }
    let has_picture = content.html.as_deref().is_some_and(|h| h.contains("<img"));
    match () {
        () if tree.cut => Some(UNREADABLE.to_owned()),
        () if has_files || has_picture => None,
        () => Some(NO_TEXT.to_owned()),
    }
}

/// The Date, unless it is missing or nonsense.
fn sent_at(headers: &Headers<'_>, received_at: Option<Micros>) -> Option<Micros> {
    let latest = received_at.map_or(LATEST_DATE, |at| at.saturating_add(MAX_DATE_AHEAD));
    headers.date("date").filter(|date| (EARLIEST_DATE..=latest).contains(date)).or(received_at)
}

fn extra(
    headers: &Headers<'_>,
    content: &Content<'_>,
    verdict: &Verdict,
    news: &News,
    files: &attachments::Files,
    thread: &Thread,
) -> Value {
    let mut extra = Map::new();
    let mut put = |name: &str, value: Value| {
        let is_empty = match &value {
            Value::Null | Value::Bool(false) => true,
            Value::Array(list) => list.is_empty(),
            Value::String(text) => text.is_empty(),
            Value::Number(number) => number.as_u64() == Some(0),
            Value::Bool(true) | Value::Object(_) => false,
        };
        if !is_empty {
            extra.insert(name.to_owned(), value);
        }
    };
    put("subject", json!(headers.text("subject").and_then(|s| subject::clean(&s))));
    put("message_id", json!(threading::own_id(headers)));
    put("in_reply_to", json!(thread.in_reply_to));
    put("references", json!(thread.references));
    put("from", json!(people::shown(headers, "from")));
    put("to", json!(people::shown(headers, "to")));
    put("cc", json!(people::shown(headers, "cc")));
    put("reply_to", json!(people::shown(headers, "reply-to")));
    put("auto_reason", json!(verdict.reason));
    put("is_auto_reply", json!(verdict.is_auto_reply));
    put("is_list", json!(verdict.is_list));
    put("subject_hint", json!(verdict.subject_hint));
    put("is_bounce", json!(news.is_bounce));
    put("is_delay_notice", json!(news.is_delay_notice));
    put("is_complaint", json!(news.is_complaint));
    put("blocked_images", json!(content.blocked_images));
    put("notes", json!(content.notes));
    put("invitation", json!(content.invitation));
    put("charset_trouble", json!(content.charset_trouble));
    put("dropped_attachments", json!(files.dropped_names));
    put("dropped_attachments_count", json!(files.dropped));
    put("thread_index", json!(headers.text("thread-index").map(|t| t.chars().take(30).collect::<String>())));
    Value::Object(extra)
}
