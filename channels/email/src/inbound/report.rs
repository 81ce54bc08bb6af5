//! Delivery reports (RFC 3464), read receipts (RFC 8098) and complaints (RFC 5965).

use super::headers::{Headers, Mailbox, mailboxes_of};
use super::mime::Tree;
use super::status;

/// Recipients of one report that are looked at.
pub(super) const MAX_RECIPIENTS: usize = 50;

/// What a machine tells about a mail we sent.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Report {
    pub kind: Kind,
    pub recipients: Vec<Recipient>,
    /// `Original-Message-ID` or `Original-Envelope-Id`.
    pub original_ids: Vec<String>,
}

#[derive(Debug, Default, PartialEq, Eq)]
pub(super) enum Kind {
    #[default]
    Delivery,
    /// The recipient opened it.
    Displayed,
    /// A read receipt that does not say so (deleted unread, …).
    NotDisplayed,
    Complaint,
}

#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Recipient {
    pub address: Option<String>,
    /// `failed`, `delayed`, `delivered`, `relayed`, `expanded`.
    pub action: String,
    pub status: Option<String>,
    pub diagnostic: Option<String>,
}

/// The report a mail carries, wherever in it and under whatever label.
pub(super) fn read(tree: &Tree<'_>) -> Option<Report> {
    let is = |media: &str, names: &[&str]| names.contains(&media);
    let mut report: Option<Report> = None;
    for part in tree.leaves() {
        let media = part.media.value.as_str();
        let delivery = is(media, &["message/delivery-status", "message/global-delivery-status"]);
        let receipt = is(media, &["message/disposition-notification", "message/global-disposition-notification"]);
        let complaint = media == "message/feedback-report";
        if !(delivery || receipt || complaint) {
            continue;
        }
        let body = part.text().text;
        let groups = groups(&body);
        let found = report.get_or_insert_with(Report::default);
        if delivery {
            add_recipients(found, &groups);
        } else if complaint {
            found.kind = Kind::Complaint;
        } else {
            let disposition = groups.iter().find_map(|g| g.get("disposition")).unwrap_or_default().to_lowercase();
            found.kind = if disposition.contains("displayed") { Kind::Displayed } else { Kind::NotDisplayed };
        }
        for name in ["original-message-id", "original-envelope-id"] {
            found.original_ids.extend(groups.iter().filter_map(|g| g.get(name)));
        }
    }
    report
}

fn add_recipients(report: &mut Report, groups: &[Group]) {
    for group in groups {
        let Some(action) = group.get("action") else { continue };
        let action = action.split([' ', '(', ';']).next().unwrap_or_default().to_lowercase();
        let diagnostic = group.get("diagnostic-code").map(|d| after_type(&d).to_owned());
        let declared = group.get("status").and_then(|s| status::find(&s));
        // The server's own words often know more than the code of the reporting one.
        let precise =
            diagnostic.as_deref().and_then(status::find).filter(|_| declared.as_ref().is_none_or(|d| d.ends_with(".0.0")));
        let address = group.get("original-recipient").or_else(|| group.get("final-recipient"));
        if report.recipients.len() < MAX_RECIPIENTS {
            report.recipients.push(Recipient {
                address: address.and_then(|a| address_of(after_type(&a))),
                action,
                status: precise.or(declared),
                diagnostic,
            });
        }
    }
}

/// Fields of one group; the first of a name counts.
#[derive(Debug, Default)]
struct Group(Vec<(String, String)>);

impl Group {
    fn get(&self, name: &str) -> Option<String> {
        self.0.iter().find(|(n, _)| n == name).map(|(_, v)| v.clone()).filter(|v| !v.is_empty())
    }
}

/// Groups are parted by empty lines, or start anew where a field of a recipient comes again.
fn groups(body: &str) -> Vec<Group> {
    let mut groups = vec![Group::default()];
    for line in body.lines() {
        let Some(group) = groups.last_mut() else { break };
        if line.trim().is_empty() {
            if !group.0.is_empty() {
                groups.push(Group::default());
            }
            continue;
        }
        if line.starts_with([' ', '\t']) {
            if let Some((_, value)) = group.0.last_mut() {
                value.push(' ');
                value.push_str(line.trim());
            }
            continue;
        }
        let Some((name, value)) = line.split_once(':') else { continue };
        let field = (name.trim().to_lowercase(), value.trim().to_owned());
        let starts_anew = matches!(field.0.as_str(), "final-recipient" | "action") && group.get(&field.0).is_some();
        if starts_anew {
            groups.push(Group(vec![field]));
        } else {
            group.0.push(field);
        }
    }
    join_torn(groups)
}

/// A stray empty line tears a recipient in two: a group that has an address but no action goes with the next.
fn join_torn(groups: Vec<Group>) -> Vec<Group> {
    let mut out: Vec<Group> = Vec::new();
    for group in groups {
        match out.last_mut() {
            Some(last)
                if last.get("final-recipient").is_some()
                    && last.get("action").is_none()
                    && group.get("final-recipient").is_none() =>
            {
                last.0.extend(group.0);
            }
            _ => out.push(group),
        }
    }
    out
}

/// `rfc822; ann@example.com` without its type.
fn after_type(value: &str) -> &str {
    match value.split_once(';') {
        Some((kind, rest)) if kind.trim().chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | ' ')) => rest.trim(),
        _ => value.trim(),
    }
}

fn address_of(value: &str) -> Option<String> {
    let parsed: Option<Mailbox> = mailboxes_of(value.as_bytes()).into_iter().find(|m| m.address.contains('@'));
    parsed.map(|m| m.address.to_lowercase())
}

/// The headers of the mail that came back.
pub(super) fn returned_ids(tree: &Tree<'_>) -> Vec<String> {
    const RETURNED: [&str; 6] = [
        "message/rfc822",
        "text/rfc822-headers",
        "message/rfc822-headers",
        "message/global",
        "message/global-headers",
        "text/rfc822-header",
    ];
    let returned = tree.leaves().filter(|p| RETURNED.contains(&p.media.value.as_str()));
    returned
        .filter_map(|p| {
            let body = p.decoded();
            let start = body.iter().position(|b| !b.is_ascii_whitespace()).unwrap_or_default();
            super::threading::own_id(&Headers::parse(body.get(start..).unwrap_or_default()).0)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{Kind, Tree, read};

    fn delivery(groups: &str) -> Vec<super::Recipient> {
        let raw = format!(
            "Content-Type: multipart/report; boundary=b\n\n--b\nContent-Type: message/delivery-status\n\n{groups}\n--b--\n"
        );
        read(&Tree::parse(raw.as_bytes())).unwrap().recipients
    }

    #[test]
    fn groups_are_read_however_they_are_parted() {
        for groups in [
            "Reporting-MTA: dns; x\n\nFinal-Recipient: rfc822; Ann@example.com\nAction: Failed\nStatus: 5.1.1 (bad)\n\nFinal-Recipient: rfc822;bob@example.com\nAction: delayed\nStatus: 4.2.2",
            "Reporting-MTA: dns; x\nFinal-Recipient: RFC822; <ann@example.com>\nAction: failed\nStatus: 5.1.1\nFinal-Recipient: rfc822; bob@example.com\nAction: delayed (soon)\nStatus: 4.2.2",
            "\n\nReporting-MTA: dns; x\n\n\nFinal-Recipient: rfc822; ann@example.com\n\nAction: failed\nStatus: 5.1.1\n\n\n\nFinal-Recipient: rfc822; bob@example.com\nAction: delayed\nStatus: 4.2.2\n\n",
        ] {
            let found = delivery(groups);
            let shown: Vec<_> = found.iter().map(|r| (r.address.as_deref(), r.action.as_str(), r.status.as_deref())).collect();
            assert_eq!(
                shown,
                [(Some("ann@example.com"), "failed", Some("5.1.1")), (Some("bob@example.com"), "delayed", Some("4.2.2"))],
                "{groups}"
            );
        }
    }

    #[test]
    fn the_diagnostic_may_know_more() {
        let found = delivery(
            "Final-Recipient: rfc822; ann@example.com\nAction: failed\nStatus: 5.0.0\nDiagnostic-Code: smtp; 552 5.2.2\n over quota",
        );
        assert_eq!(found[0].status.as_deref(), Some("5.2.2"));
        assert_eq!(found[0].diagnostic.as_deref(), Some("552 5.2.2 over quota"));
    }

    #[test]
    fn receipts_and_complaints_are_told_apart() {
        for (media, body, kind) in [
            ("message/disposition-notification", "Disposition: manual-action/MDN-sent-manually; displayed", Kind::Displayed),
            (
                "message/disposition-notification",
                "Disposition: automatic-action/MDN-sent-automatically; deleted",
                Kind::NotDisplayed,
            ),
            ("message/feedback-report", "Feedback-Type: abuse", Kind::Complaint),
        ] {
            let raw = format!("Content-Type: {media}\n\n{body}\n");
            assert_eq!(read(&Tree::parse(raw.as_bytes())).unwrap().kind, kind, "{body}");
        }
        assert_eq!(read(&Tree::parse(b"Subject: x\n\ntext")), None);
    }
}
