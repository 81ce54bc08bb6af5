//! Who wrote a mail, and who else is in it.

use trunkline_channel::{Peer, text};

use super::headers::{Headers, Mailbox, mailboxes_of};

/// Most copied recipients kept as participants.
const MAX_PARTICIPANTS: usize = 50;
/// Longest address kept; RFC 5321 allows 254 bytes.
const MAX_ADDRESS_CHARS: usize = 320;
/// The identity of a mail that names nobody.
pub(super) const UNKNOWN_SENDER: &str = "unknown";

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Sender {
    pub peer: Peer,
    /// The display name is an address, and not the real one.
    pub poses_as: Option<String>,
}

/// The author: the first From; of several authors the one that Sender names; without From the envelope's sender.
pub(super) fn sender(headers: &Headers<'_>) -> Sender {
    let authors = headers.all("from").map(mailboxes_of).find(|list| !list.is_empty()).unwrap_or_default();
    let declared = headers.mailboxes("sender");
    let of_several = authors.iter().find(|a| authors.len() > 1 && declared.iter().any(|s| key(s) == key(a)));
    let usable = |m: &&Mailbox| key(m).is_some();
    let return_path = headers.mailboxes("return-path");
    let chosen = of_several
        .or_else(|| authors.iter().find(usable))
        .or_else(|| return_path.iter().find(usable))
        .or_else(|| declared.iter().find(usable))
        .or_else(|| authors.first());
    let Some(chosen) = chosen else {
        return Sender { peer: Peer { external_id: UNKNOWN_SENDER.to_owned(), ..Peer::default() }, poses_as: None };
    };
    let poses_as =
        chosen.name.as_deref().filter(|n| n.contains('@') && !n.to_lowercase().contains(&chosen.address.to_lowercase()));
    let mut peer = peer(chosen);
    peer.language = headers.text("content-language").and_then(|l| language(&l));
    Sender { peer, poses_as: poses_as.map(str::to_owned) }
}

/// Everyone in To and Cc, once each.
pub(super) fn recipients(headers: &Headers<'_>) -> Vec<Peer> {
    let mut seen: Vec<Peer> = Vec::new();
    for mailbox in headers.mailboxes("to").iter().chain(&headers.mailboxes("cc")) {
        if seen.len() < MAX_PARTICIPANTS && key(mailbox).is_some_and(|k| !seen.iter().any(|p| p.external_id == k)) {
            seen.push(peer(mailbox));
        }
    }
    seen
}

/// Addresses of a header, as people would write them.
pub(super) fn shown(headers: &Headers<'_>, name: &str) -> Vec<String> {
    headers.mailboxes(name).iter().filter_map(key).take(MAX_PARTICIPANTS).collect()
}

/// Whether an address is one of ours; `support+token@…` is `support@…`.
pub(super) fn is_own(address: &str, own: &[String]) -> bool {
    let plain = without_detail(address);
    own.iter().any(|o| o.eq_ignore_ascii_case(address) || without_detail(o) == plain)
}

/// The part before the @, in lower case.
pub(super) fn local_part(address: &str) -> String {
    address.rsplit_once('@').map_or(address, |(local, _)| local).to_lowercase()
}

fn without_detail(address: &str) -> String {
    let address = address.to_lowercase();
    match address.rsplit_once('@') {
        Some((local, host)) => format!("{}@{host}", local.split('+').next().unwrap_or_default()),
        None => address,
    }
}

fn peer(mailbox: &Mailbox) -> Peer {
    let id = key(mailbox).unwrap_or_else(|| UNKNOWN_SENDER.to_owned());
    let is_address = |name: &str| name.contains('@');
    let name = mailbox.name.as_deref().and_then(text::clean_name).filter(|n| !is_address(n));
    Peer { handle: Some(id.clone()).filter(|h| h != UNKNOWN_SENDER), external_id: id, name, ..Peer::default() }
}

/// The identity: the address in lower case, or the bare name of a machine (`MAILER-DAEMON <>`).
fn key(mailbox: &Mailbox) -> Option<String> {
    let given = if mailbox.address.is_empty() { mailbox.name.as_deref().unwrap_or_default() } else { &mailbox.address };
    let visible: String = given.chars().filter(|c| !c.is_control() && !c.is_whitespace()).take(MAX_ADDRESS_CHARS).collect();
    (!visible.is_empty()).then(|| visible.to_lowercase())
}

/// A language tag such as `ru` or `pt-BR`.
fn language(header: &str) -> Option<String> {
    let first = header.split(',').next().unwrap_or_default().trim();
    let plausible = (2..=12).contains(&first.len()) && first.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    plausible.then(|| first.to_owned())
}

#[cfg(test)]
mod tests {
    use super::{Headers, is_own, sender};

    fn who(raw: &str) -> (String, Option<String>) {
        let peer = sender(&Headers::parse(raw.as_bytes()).0).peer;
        (peer.external_id, peer.name)
    }

    #[test]
    fn the_author_is_found_in_every_form() {
        for (raw, id, name) in [
            ("From: Ann <Ann@Example.COM>\n", "ann@example.com", Some("Ann")),
            ("From: \"boss@example.org\" <ann@example.com>\n", "ann@example.com", None),
            ("From: Ann <ann@example.com>\nFrom: Bob <bob@example.com>\n", "ann@example.com", Some("Ann")),
            ("From: Ann <ann@example.com>, Bob <bob@example.com>\nSender: bob@example.com\n", "bob@example.com", Some("Bob")),
            ("From: Ann <ann@example.com>, Bob <bob@example.com>\n", "ann@example.com", Some("Ann")),
            ("Return-Path: <ann@example.com>\n", "ann@example.com", None),
            ("From: MAILER-DAEMON <>\n", "mailer-daemon", Some("MAILER-DAEMON")),
            ("From:\nReturn-Path: <>\n", "unknown", None),
            ("Subject: x\n", "unknown", None),
            ("From: \"\u{202e}Ann\r\n Bcc: x\" <ann@example.com>\n", "ann@example.com", Some("Ann Bcc: x")),
            ("From: Анна <почта@пример.рф>\n", "почта@пример.рф", Some("Анна")),
            ("From: \"ann b\"@example.com\n", "annb@example.com", None),
        ] {
            assert_eq!(who(raw), (id.to_owned(), name.map(str::to_owned)), "{raw:?}");
        }
        let posing = sender(&Headers::parse(b"From: \"boss@example.org\" <ann@example.com>\n").0);
        assert_eq!(posing.poses_as.as_deref(), Some("boss@example.org"));
    }

    #[test]
    fn own_addresses_are_known_with_a_detail() {
        let own = vec!["Support@example.com".to_owned()];
        assert!(is_own("support@example.com", &own) && is_own("support+c_x@Example.com", &own));
        assert!(!is_own("support@example.org", &own) && !is_own("supporter@example.com", &own));
    }
}
