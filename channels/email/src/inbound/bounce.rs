//! News about mail we sent: which of our messages it is about and what is told to the operator.

use std::sync::LazyLock;

use regex::Regex;
use serde::Deserialize;
use trunkline_channel::{Inbound, Micros, ReceiptStatus, ReceiptTarget, Secret};

use super::headers::Headers;
use super::mime::Tree;
use super::report::{self, Kind, MAX_RECIPIENTS, Recipient, Report};
use super::{people, status, threading};
use crate::outbound::message_id;

/// Text of a bounce that is searched for phrases, addresses and ids, in characters.
const MAX_SEARCHED_CHARS: usize = 64 * 1024;
/// Longest answer of a server repeated to the operator, in characters.
const MAX_DIAGNOSTIC_CHARS: usize = 300;

#[derive(Deserialize)]
struct Phrases {
    failed: Vec<String>,
    delayed: Vec<String>,
    delay_subjects: Vec<String>,
    original_marks: Vec<String>,
}

static PHRASES: LazyLock<Phrases> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../../data/bounce_phrases.json")).expect("the embedded file is read by a test")
});
static ADDRESS: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"[A-Za-z0-9._%+=/&'*-]+@[A-Za-z0-9][A-Za-z0-9.-]*[A-Za-z0-9]").expect("a constant expression"));
static OUR_ID: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"c\.[\w-]+\.[\w-]+\.[0-9a-f]{32}@[\w.-]+").expect("a constant expression"));
static ID_LINE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?im)^[>\s]*message-id:\s*<([^>\s]+)>").expect("a constant expression"));

/// What a mail tells about one we sent.
#[derive(Debug, Default)]
pub(super) struct News {
    pub receipts: Vec<Inbound>,
    /// The receipts are surely about a message of ours: the mail itself need not be shown.
    pub certain: bool,
    pub is_bounce: bool,
    pub is_delay_notice: bool,
    pub is_complaint: bool,
    pub is_read_receipt: bool,
    /// Earlier messages that the mail is about, for a place in the thread.
    pub about: Option<String>,
}

/// `None` for a mail that tells no such thing.
pub(super) fn read(tree: &Tree<'_>, text: &str, key: &Secret, at: Option<Micros>) -> Option<News> {
    let headers = &tree.parts.first()?.headers;
    let report = match report::read(tree) {
        Some(report) if report.kind == Kind::Delivery && report.recipients.is_empty() => {
            Some(from_phrases(headers, text).unwrap_or(report))
        }
        Some(report) => Some(report),
        None => from_phrases(headers, text),
    }?;
    let (target, certain) = find_target(tree, &report, text, key);
    let mut news = News { certain, about: target.clone(), ..News::default() };
    let receipt = |status| target.clone().map(|id| Inbound::Receipt { target: ReceiptTarget::Message(id), status, at });
    match report.kind {
        Kind::Complaint => news.is_complaint = true,
        Kind::Displayed => {
            news.is_read_receipt = true;
            news.receipts.extend(receipt(ReceiptStatus::Read));
        }
        Kind::NotDisplayed => news.is_read_receipt = true,
        Kind::Delivery => {
            news.is_bounce = report.recipients.is_empty();
            for one in &report.recipients {
                news.is_bounce |= one.action == "failed";
                news.is_delay_notice |= one.action == "delayed";
                news.receipts.extend(status_of(one).and_then(&receipt));
            }
        }
    }
    Some(news)
}

fn status_of(one: &Recipient) -> Option<ReceiptStatus> {
    match one.action.as_str() {
        "failed" => Some(ReceiptStatus::Failed {
            code: one.status.clone().unwrap_or_else(|| "bounced".to_owned()),
            shown: format!("Not delivered{}", told(one)),
            recipient: one.address.clone(),
        }),
        "delayed" => Some(ReceiptStatus::Delayed { shown: format!("Not delivered yet, still being tried{}", told(one)) }),
        "delivered" => Some(ReceiptStatus::Delivered),
        "relayed" | "expanded" => Some(ReceiptStatus::Sent),
        _ => None,
    }
}

/// ` to ann@example.com: mailbox does not exist (550 5.1.1 no such user)`.
fn told(one: &Recipient) -> String {
    let to = one.address.as_ref().map(|a| format!(" to {a}")).unwrap_or_default();
    let meaning = one.status.as_deref().map(|s| format!(": {}", status::meaning(s))).unwrap_or_default();
    let said: String = one.diagnostic.as_deref().unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ");
    let said: String = said.chars().filter(|c| !c.is_control()).take(MAX_DIAGNOSTIC_CHARS).collect();
    let said = if said.is_empty() { said } else { format!(" ({said})") };
    format!("{to}{meaning}{said}")
}

/// Our message, and whether the id proves that it is ours. Ids we signed come first, wherever they stand.
fn find_target(tree: &Tree<'_>, report: &Report, text: &str, key: &Secret) -> (Option<String>, bool) {
    let headers = tree.parts.first().map(|p| &p.headers);
    let returned = report::returned_ids(tree);
    let named: Vec<String> = report.original_ids.iter().filter_map(|id| threading::normalise(id)).collect();
    let referred: Vec<String> = headers.into_iter().flat_map(|h| threading::read(h, key).references).collect();
    let searched: String = text.chars().take(MAX_SEARCHED_CHARS).collect();
    let quoted = OUR_ID.find_iter(&searched).map(|m| m.as_str().to_owned());
    let written: Vec<String> =
        ID_LINE.captures_iter(after_mark(&searched)).filter_map(|c| threading::normalise(c.get(1)?.as_str())).collect();
    let all: Vec<String> = returned.iter().chain(&named).chain(&referred).cloned().chain(quoted).collect();
    if let Some(ours) = all.iter().find(|id| message_id::verify(key, id).is_some()) {
        return (Some(ours.clone()), true);
    }
    // Not signed by us: perhaps sent by another program from this mailbox. Never one that pretends to be signed.
    let unsigned = returned.into_iter().chain(named).chain(written);
    (unsigned.into_iter().find(|id| id.contains('@') && !message_id::looks_like_ours(id)), false)
}

/// Bounces in prose: a machine's sender together with a phrase that only bounces have.
fn from_phrases(headers: &Headers<'_>, text: &str) -> Option<Report> {
    let sender = people::sender(headers).peer.external_id;
    let null_sender = headers.text("return-path").is_some_and(|path| path == "<>");
    let daemon = ["mailer-daemon", "postmaster", "mailerdaemon", "mail-daemon"].contains(&people::local_part(&sender).as_str());
    let failed_recipients = headers.mailboxes("x-failed-recipients");
    if !(null_sender || daemon || !failed_recipients.is_empty()) {
        return None;
    }
    let searched: String = text.chars().take(MAX_SEARCHED_CHARS).collect();
    let subject = headers.text("subject").unwrap_or_default().to_lowercase();
    let flat = searched.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
    let has = |phrases: &[String]| phrases.iter().any(|p| flat.contains(p.as_str()));
    let delayed = has(&PHRASES.delayed) || PHRASES.delay_subjects.iter().any(|s| subject.starts_with(s.as_str()));
    if !delayed && failed_recipients.is_empty() && !has(&PHRASES.failed) {
        return None;
    }
    let told = before_mark(&searched);
    let code = status::find(told);
    let own_host = people::shown(headers, "to");
    let mut addresses: Vec<String> = failed_recipients.iter().map(|m| m.address.to_lowercase()).collect();
    if addresses.is_empty() {
        let named = ADDRESS.find_iter(told).map(|m| m.as_str().to_lowercase());
        addresses = named.filter(|a| *a != sender && !own_host.contains(a)).take(1).collect();
    }
    let action = if delayed { "delayed" } else { "failed" };
    let diagnostic = told.lines().find(|l| code.as_ref().is_some_and(|c| l.contains(c.as_str()))).map(|l| l.trim().to_owned());
    let one = |address| Recipient { address, action: action.to_owned(), status: code.clone(), diagnostic: diagnostic.clone() };
    let recipients = if addresses.is_empty() {
        vec![one(None)]
    } else {
        addresses.into_iter().map(|a| one(Some(a))).take(MAX_RECIPIENTS).collect()
    };
    Some(Report { kind: Kind::Delivery, recipients, original_ids: Vec::new() })
}

/// Where the returned mail begins in a bounce in prose.
fn mark_at(text: &str) -> Option<usize> {
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let lower = line.trim().to_lowercase();
        if PHRASES.original_marks.iter().any(|mark| lower.starts_with(mark.as_str())) {
            return Some(at);
        }
        at += line.len();
    }
    None
}

fn before_mark(text: &str) -> &str {
    mark_at(text).and_then(|at| text.get(..at)).unwrap_or(text)
}

fn after_mark(text: &str) -> &str {
    mark_at(text).and_then(|at| text.get(at..)).unwrap_or(text)
}
