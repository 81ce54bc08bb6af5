//! Whether a machine wrote a mail. Such mail is shown, but never answered automatically (RFC 3834).

use std::sync::LazyLock;

use serde::Deserialize;

use super::headers::Headers;
use super::people;

#[derive(Deserialize)]
struct Rules {
    headers: Vec<Rule>,
    auto_reply_headers: Vec<String>,
    auto_reply_values: std::collections::BTreeMap<String, Vec<String>>,
    local_parts: Vec<String>,
    subject_hints: Vec<String>,
}

#[derive(Deserialize)]
struct Rule {
    name: String,
    test: Test,
    values: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Test {
    Present,
    Is,
    IsNot,
    ContainsWord,
}

static RULES: LazyLock<Rules> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../../data/auto_reply_rules.json")).expect("the embedded file is read by a test")
});

/// Why a mail is automatic and what kind it is.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Verdict {
    /// The rule that holds; `None` for a person's mail.
    pub reason: Option<String>,
    pub is_auto_reply: bool,
    pub is_list: bool,
    /// The subject has the words of an automatic answer: shown, but no proof.
    pub subject_hint: bool,
}

pub(super) fn judge(headers: &Headers<'_>, sender: &str, own: &[String], instance_id: &str) -> Verdict {
    let subject = headers.text("subject").unwrap_or_default().to_lowercase();
    let mut verdict = Verdict {
        is_list: headers.has("list-id") || headers.has("list-post") || value(headers, "precedence") == "list",
        subject_hint: RULES.subject_hints.iter().any(|hint| subject.starts_with(&hint.to_lowercase())),
        ..Verdict::default()
    };
    let local = people::local_part(sender);
    verdict.reason = if let Some(rule) = RULES.headers.iter().find(|rule| holds(rule, headers)) {
        Some(rule.name.clone())
    } else if headers.parameters("content-type").is_some_and(|m| m.value == "multipart/report") {
        Some("multipart/report".to_owned())
    } else if names_us(headers, own, instance_id) {
        Some("x-loop".to_owned())
    } else if people::is_own(sender, own) {
        Some("our own address".to_owned())
    } else {
        RULES.local_parts.contains(&local).then(|| format!("from {local}"))
    };
    let says_reply =
        RULES.auto_reply_headers.iter().any(|name| RULES.headers.iter().any(|rule| rule.name == *name && holds(rule, headers)))
            || RULES.auto_reply_values.iter().any(|(name, values)| values.contains(&value(headers, name)));
    verdict.is_auto_reply = says_reply || (verdict.reason.is_some() && verdict.subject_hint);
    verdict
}

fn holds(rule: &Rule, headers: &Headers<'_>) -> bool {
    if !headers.has(&rule.name) {
        return false;
    }
    let value = value(headers, &rule.name);
    match rule.test {
        Test::Present => true,
        Test::Is => rule.values.contains(&value),
        Test::IsNot => !value.is_empty() && !rule.values.contains(&value),
        Test::ContainsWord => value.split([',', ' ', ';']).any(|word| rule.values.iter().any(|v| v == word)),
    }
}

/// The value in lower case, without parameters and comments.
fn value(headers: &Headers<'_>, name: &str) -> String {
    let text = headers.text(name).unwrap_or_default().to_lowercase();
    let bare = if name == "x-auto-response-suppress" { text.as_str() } else { text.split([';', '(']).next().unwrap_or_default() };
    bare.trim().to_owned()
}

fn names_us(headers: &Headers<'_>, own: &[String], instance_id: &str) -> bool {
    let loops = headers.all("x-loop").map(super::headers::text_of).collect::<Vec<_>>();
    loops.iter().any(|text| text.trim() == instance_id || people::is_own(text.trim(), own))
}

#[cfg(test)]
mod tests {
    use super::{Headers, Verdict, judge};

    fn verdict(raw: &str) -> Verdict {
        let raw = format!("{raw}\n");
        let headers = Headers::parse(raw.as_bytes()).0;
        let sender = crate::inbound::people::sender(&headers).peer.external_id;
        judge(&headers, &sender, &["support@example.com".to_owned()], "instance-1")
    }

    #[test]
    fn machines_are_recognised() {
        for raw in [
            "Auto-Submitted: auto-generated",
            "Auto-Submitted: auto-replied; owner-email=\"a@b\"",
            "auto-submitted: Auto-Notified (by cron)",
            "Return-Path: <>",
            "Precedence: bulk",
            "Precedence: Junk",
            "List-Id: <x.example.com>",
            "List-Post: <mailto:x@example.com>",
            "X-Auto-Response-Suppress: OOF, AutoReply",
            "X-Auto-Response-Suppress: All",
            "X-Autoreply: yes",
            "X-Autorespond: x",
            "Delivered-To: Autoresponder",
            "X-Failed-Recipients: ann@example.com",
            "X-FC-MachineGenerated: true",
            "X-Loop: support@example.com",
            "X-Loop: instance-1",
            "From: MAILER-DAEMON@example.com",
            "From: Shop <no-reply@example.com>",
            "From: DoNotReply@example.com",
            "From: support@example.com",
            "Content-Type: multipart/report; boundary=b",
        ] {
            assert!(verdict(raw).reason.is_some(), "{raw}");
        }
    }

    #[test]
    fn people_are_not_machines() {
        for raw in [
            "From: ann@example.com",
            "Auto-Submitted: no",
            "Auto-Submitted:",
            "Precedence: first-class",
            "List-Unsubscribe: <mailto:x@example.com>",
            "X-Auto-Response-Suppress: None",
            "Subject: Out of Office furniture",
            "X-Loop: someone@example.org",
            "From: noreplies@example.com",
        ] {
            assert_eq!(verdict(raw).reason, None, "{raw}");
        }
    }

    #[test]
    fn an_absence_note_is_an_automatic_reply() {
        let note = verdict("Auto-Submitted: auto-generated\nSubject: Автоответ: отпуск");
        assert!(note.is_auto_reply && note.subject_hint);
        assert!(verdict("X-Autoreply: yes").is_auto_reply);
        assert!(verdict("Auto-Submitted: auto-replied").is_auto_reply);
        assert!(!verdict("Auto-Submitted: auto-generated").is_auto_reply);
        assert!(!verdict("Subject: Automatic reply: x").is_auto_reply);
        assert!(verdict("List-Id: x").is_list);
    }
}
