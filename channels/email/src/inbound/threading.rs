//! Which earlier messages a mail refers to.

use std::collections::HashSet;

use trunkline_channel::Secret;

use super::headers::{Headers, MAX_FIELD_BYTES};
use crate::outbound::message_id;

/// Most earlier messages kept, most trusted first.
pub(super) const MAX_REFERENCES: usize = 50;
/// Longest Message-ID believed.
const MAX_ID_BYTES: usize = 998;

#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Thread {
    pub in_reply_to: Vec<String>,
    /// In-Reply-To first, then References from the newest back.
    pub references: Vec<String>,
    pub conversation_id: Option<String>,
    /// A reference looks like one of ours, but we did not make it.
    pub forged: bool,
}

pub(super) fn read(headers: &Headers<'_>, key: &Secret) -> Thread {
    let in_reply_to = headers.all("in-reply-to").flat_map(ids).take(MAX_REFERENCES).collect();
    let mut thread = Thread { in_reply_to, ..Thread::default() };
    let mut earlier: Vec<String> = headers.all("references").flat_map(ids).collect();
    earlier.reverse();
    let mut seen = HashSet::new();
    for id in thread.in_reply_to.iter().chain(&earlier) {
        if thread.references.len() == MAX_REFERENCES {
            break;
        }
        if !seen.insert(id.clone()) {
            continue;
        }
        match message_id::verify(key, id) {
            Some(own) if thread.conversation_id.is_none() => thread.conversation_id = Some(own.conversation_id),
            Some(_) => {}
            None => thread.forged |= message_id::looks_like_ours(id),
        }
        thread.references.push(id.clone());
    }
    thread
}

/// Message ids of a header's last part: the text between angle brackets, or bare words with an @.
pub(super) fn ids(raw: &[u8]) -> Vec<String> {
    let tail = raw.get(raw.len().saturating_sub(MAX_FIELD_BYTES)..).unwrap_or_default();
    let text = String::from_utf8_lossy(tail);
    if text.contains('<') {
        let bracketed = text.split('<').skip(1).filter_map(|piece| piece.split_once('>'));
        return bracketed.filter_map(|(id, _)| normalise(id)).collect();
    }
    text.split_whitespace().filter(|word| word.contains('@')).filter_map(normalise).collect()
}

/// An id as it is compared: no brackets, no white space (folding puts it inside), never empty.
pub(super) fn normalise(id: &str) -> Option<String> {
    let bare: String = id.chars().filter(|c| !c.is_whitespace() && !c.is_control() && !matches!(c, '<' | '>')).collect();
    (!bare.is_empty() && bare.len() <= MAX_ID_BYTES).then_some(bare)
}

/// The mail's own id, when it has a usable one.
pub(super) fn own_id(headers: &Headers<'_>) -> Option<String> {
    let raw = headers.all("message-id").next()?;
    let text = super::headers::text_of(raw);
    match text.split_once('<').and_then(|(_, rest)| rest.rsplit_once('>')) {
        Some((id, _)) => normalise(id),
        None => normalise(&text),
    }
}

#[cfg(test)]
mod tests {
    use trunkline_channel::Secret;

    use super::{Headers, MAX_REFERENCES, own_id, read};
    use crate::outbound::message_id;

    fn refs(raw: &str) -> Vec<String> {
        read(&Headers::parse(raw.as_bytes()).0, &Secret::new("k")).references
    }

    #[test]
    fn references_are_ordered_by_trust() {
        let raw = "References: <1@x> <2@x>\r\n <3@x>\r\nIn-Reply-To: <3@x> <4@x>\r\nReferences: <5@x>\r\n";
        assert_eq!(refs(raw), ["3@x", "4@x", "5@x", "2@x", "1@x"]);
        assert_eq!(refs("In-Reply-To: your mail of Monday\n"), Vec::<String>::new());
        assert_eq!(refs("In-Reply-To: <> < >\nReferences: 1@x 2@@x\n"), ["2@@x", "1@x"]);
        assert_eq!(refs("References: <1@\r\n x> <cut@\n"), ["1@x"]);
    }

    #[test]
    fn two_hundred_thousand_references_give_the_last_fifty() {
        let raw = format!("References: {}\n", (0..200_000).map(|i| format!("<{i}@x> ")).collect::<String>());
        let found = refs(&raw);
        assert_eq!(found.len(), MAX_REFERENCES);
        assert_eq!(found[0], "199999@x");
    }

    #[test]
    fn only_our_own_signature_names_a_conversation() {
        let key = Secret::new("k");
        let ours = message_id::make(&key, "conv-1", "msg-1", "example.com").unwrap();
        let thread = read(&Headers::parse(format!("In-Reply-To: <{ours}>\n").as_bytes()).0, &key);
        assert_eq!((thread.conversation_id.as_deref(), thread.forged), (Some("conv-1"), false));
        let forged = ours.replace("conv-1", "conv-2");
        let thread = read(&Headers::parse(format!("References: <{forged}>\n").as_bytes()).0, &key);
        assert_eq!((thread.conversation_id, thread.forged), (None, true));
    }

    #[test]
    fn ids_are_opaque() {
        for (raw, id) in [("<a@b>", Some("a@b")), (" a@b ", Some("a@b")), ("<a b@@c>", Some("ab@@c")), ("<>", None), ("", None)] {
            let raw = format!("Message-ID: {raw}\n");
            assert_eq!(own_id(&Headers::parse(raw.as_bytes()).0).as_deref(), id, "{raw}");
        }
    }
}
