//! Subjects: which prefixes mean a reply or a forward, in the languages mail programs speak.

use std::sync::LazyLock;

use serde::Deserialize;

#[derive(Deserialize)]
struct Prefixes {
    reply: Vec<String>,
    forward: Vec<String>,
}

static PREFIXES: LazyLock<Prefixes> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../../data/subject_prefixes.json")).expect("the embedded file is read by a test")
});

/// Longest subject kept, in characters.
pub(crate) const MAX_SUBJECT_CHARS: usize = 500;
/// Most prefixes taken off one subject.
const MAX_PREFIXES: usize = 50;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Prefix {
    Reply,
    Forward,
}

/// Whether the mail is a forwarded one: then what looks like a quotation is its content.
pub(super) fn is_forward(subject: &str) -> bool {
    matches!(first_prefix(subject), Some((Prefix::Forward, _)))
}

/// The subject without the reply prefixes it starts with; forward prefixes stay.
pub(crate) fn without_reply_prefixes(subject: &str) -> &str {
    let mut rest = subject.trim();
    for _ in 0..MAX_PREFIXES {
        match first_prefix(rest) {
            Some((Prefix::Reply, tail)) => rest = tail,
            _ => break,
        }
    }
    rest
}

/// One prefix at the start: a word, perhaps a number in brackets, a colon.
fn first_prefix(subject: &str) -> Option<(Prefix, &str)> {
    let subject = subject.trim_start();
    let (head, tail) = subject.split_once([':', '：'])?;
    let word = head.trim_end().trim_end_matches([']', ')']);
    let word = word.trim_end_matches(|c: char| c.is_ascii_digit()).trim_end_matches(['[', '(', '*']).trim().to_lowercase();
    let listed = |list: &[String]| list.contains(&word);
    let kind = if listed(&PREFIXES.reply) {
        Prefix::Reply
    } else if listed(&PREFIXES.forward) {
        Prefix::Forward
    } else {
        return None;
    };
    Some((kind, tail.trim_start()))
}

/// A subject fit to be shown and stored.
pub(super) fn clean(subject: &str) -> Option<String> {
    let joined = subject.split_whitespace().collect::<Vec<_>>().join(" ");
    let cut: String = joined.chars().take(MAX_SUBJECT_CHARS).collect();
    (!cut.is_empty()).then_some(cut)
}

#[cfg(test)]
mod tests {
    use super::{is_forward, without_reply_prefixes};

    #[test]
    fn prefixes_of_many_languages_are_known() {
        for (subject, base) in [
            ("Re: Order", "Order"),
            ("RE[2]: re: AW: Order", "Order"),
            ("Re(3): Order", "Order"),
            ("Ответ: Отв: Заказ", "Заказ"),
            ("回复：订单", "订单"),
            ("Re: Fwd: Order", "Fwd: Order"),
            ("Order: 15", "Order: 15"),
            ("Re:", ""),
            ("Reminder: x", "Reminder: x"),
        ] {
            assert_eq!(without_reply_prefixes(subject), base, "{subject}");
        }
        assert!(is_forward("Fwd: x") && is_forward("Пересл: x") && is_forward("WG: x") && !is_forward("Re: Fwd: x"));
    }
}
