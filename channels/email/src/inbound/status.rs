//! Enhanced status codes (RFC 3463) in plain words.

use std::collections::HashMap;
use std::sync::LazyLock;

use regex::Regex;
use serde::Deserialize;

#[derive(Deserialize)]
struct Table {
    codes: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    code: String,
    meaning: String,
}

static MEANINGS: LazyLock<HashMap<String, String>> = LazyLock::new(|| {
    let table: Table =
        serde_json::from_str(include_str!("../../data/enhanced_status_codes.json")).expect("the embedded file is read by a test");
    table.codes.into_iter().map(|e| (e.code, e.meaning)).collect()
});
static CODE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?:^|[^\d.])([245]\.\d{1,3}\.\d{1,3})(?:[^\d.]|\.?\s|\.?$)").expect("a constant expression"));

/// The first enhanced code in a text, the more telling the better: `5.0.0` says nothing.
pub(crate) fn find(text: &str) -> Option<String> {
    let mut vague = None;
    for found in CODE.captures_iter(text).filter_map(|c| c.get(1)) {
        let code = found.as_str();
        if !code.ends_with(".0.0") {
            return Some(code.to_owned());
        }
        vague.get_or_insert_with(|| code.to_owned());
    }
    vague
}

/// What a code means, for an operator.
pub(crate) fn meaning(code: &str) -> String {
    let (first, rest) = code.split_once('.').unwrap_or((code, ""));
    if let Some(known) = MEANINGS.get(rest) {
        return known.clone();
    }
    let general = rest.split('.').next().and_then(|subject| MEANINGS.get(&format!("{subject}.0")));
    match (general, first) {
        (Some(general), _) => general.clone(),
        (None, "4") => "temporary problem".to_owned(),
        (None, _) => "refused".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{find, meaning};

    #[test]
    fn codes_are_found_and_told() {
        for (text, code) in [
            ("550 5.1.1 <x@example.com>: no such user", Some("5.1.1")),
            ("5.0.0 (550 5.7.26 unauthenticated)", Some("5.7.26")),
            ("#5.2.2.", Some("5.2.2")),
            ("5.0.0", Some("5.0.0")),
            ("host 10.5.1.1 said no", None),
            ("version 15.1.1", None),
        ] {
            assert_eq!(find(text).as_deref(), code, "{text}");
        }
        assert_eq!(meaning("5.1.1"), "mailbox does not exist");
        assert_eq!(meaning("4.2.2"), "mailbox full");
        assert_eq!(meaning("5.2.99"), "other mailbox problem");
        assert_eq!(meaning("4.9.9"), "temporary problem");
        assert_eq!(meaning("nonsense"), "refused");
    }
}
