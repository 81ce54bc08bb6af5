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
mod extra;
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

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use trunkline_channel::{Direction, Hints, Inbound, InboundMessage, Kind, Micros, Peer, Secret, Translation, Translator};

use self::bounce::News;
use self::content::Content;
use self::headers::Headers;
use self::mime::Tree;
use self::received::Received;
use self::threading::Thread;
use crate::outbound::message_id;

/// Marks every mail we send with the instance that sent it.
pub const LOOP_HEADER: &str = "X-Trunkline-Loop";

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
        let tree = Tree::parse(mail);
        let Some(root) = tree.parts.first() else { return Translation::ignored("nothing to read") };
        let headers = &root.headers;
        if self.is_our_own(headers) {
            return Translation::ignored("our own mail");
        }
        let subject = headers.text("subject").and_then(|s| subject::clean(&s));
        let content = content::read(&tree, subject.as_deref().is_some_and(subject::is_forward));
        let sent_at = received.sent_at(headers.date("date"));
        let searched = content.full_text.as_deref().unwrap_or(&content.text);
        let news = bounce::read(&tree, searched, &self.signing_key, received.micros().or(sent_at));
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
            let message = self.message(&Source { raw, mail, received }, &tree, content, Found { subject, sent_at, news });
            events.push(Inbound::Message(Box::new(message)));
        }
        Translation::of(events)
    }
}

/// One mail as the transport handed it over.
struct Source<'a> {
    raw: &'a [u8],
    /// Without the transport's line.
    mail: &'a [u8],
    received: Received,
}

/// What was read before the message is put together.
struct Found {
    subject: Option<String>,
    sent_at: Option<Micros>,
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

    fn message(&self, source: &Source<'_>, tree: &Tree<'_>, content: Content<'_>, found: Found) -> InboundMessage {
        let none = Headers::default();
        let headers = tree.parts.first().map_or(&none, |root| &root.headers);
        let Found { subject, sent_at, news } = found;
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
        // What could not be fetched looks like every other mail that could not; the transport's line tells them apart.
        let told = if source.received.missing.is_some() { source.raw } else { source.mail };
        let external_id = external_id.unwrap_or_else(|| format!("{}@generated.invalid", hex::encode(Sha256::digest(told))));
        let files = attachments::collect(&content);
        let is_other =
            |p: &Peer| p.external_id != sender.peer.external_id && !people::is_own(&p.external_id, &self.own_addresses);
        let participants: Vec<Peer> = people::recipients(headers).into_iter().filter(is_other).collect();
        let mut extra = extra::read(headers, &content, &verdict, &news, &files, &thread);
        if !participants.is_empty() {
            // Whom an answer to all goes to beside the author.
            let copies: Vec<&str> = participants.iter().map(|peer| peer.external_id.as_str()).collect();
            extra.insert("copies".to_owned(), json!(copies));
        }
        if let Some(missing) = source.received.missing {
            extra.insert("notes".to_owned(), json!([missing.as_str()]));
        }
        let automatic = verdict.reason.is_some() || news.is_bounce || news.is_delay_notice || news.is_complaint;
        let mut attachments = files.kept;
        let text = match source.received.missing {
            Some(missing) => Some(missing.shown()),
            None => shown_text(&content, tree, !attachments.is_empty() || files.dropped > 0),
        };
        if text.as_deref() == Some(UNREADABLE) {
            attachments.push(attachments::whole_mail(source.mail));
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
            echo_tag: None,
            hints: Hints {
                subject,
                references: thread.references,
                conversation_id: thread.conversation_id,
                thread: Some(external_id),
                participants,
                suspicious,
                ..Hints::default()
            },
            extra: Value::Object(extra),
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
