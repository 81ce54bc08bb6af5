//! Full-text search, the one question the two databases are asked in different words.

use super::Backend;

/// Longest query taken, in words; more are dropped.
const MAX_WORDS: usize = 16;

/// The condition that a row of `messages AS m` contains all words of what a person typed (the last one as a prefix),
/// with one `?` for the value that goes with it. `None` when there is no word in it.
#[must_use]
pub fn text_match(backend: Backend, typed: &str) -> Option<(&'static str, String)> {
    let words: Vec<String> = typed
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .take(MAX_WORDS)
        .map(str::to_lowercase)
        .collect();
    if words.is_empty() {
        return None;
    }
    // Words hold letters and digits only, so they need no escaping in either query language.
    Some(match backend {
        Backend::Sqlite => (
            "m.row_id IN (SELECT rowid FROM message_search WHERE message_search MATCH ?)",
            words.iter().map(|word| format!("\"{word}\"")).collect::<Vec<_>>().join(" ") + "*",
        ),
        Backend::Postgres => (
            "to_tsvector('simple', m.text) @@ to_tsquery('simple', ?)",
            words.iter().map(|word| format!("'{word}'")).collect::<Vec<_>>().join(" & ") + ":*",
        ),
    })
}

/// `LIKE` patterns (escaped by a backslash) for the words of what a person typed, in lower case: each is to be found
/// somewhere in a text that is stored in lower case too.
#[must_use]
pub fn words_like(typed: &str) -> Vec<String> {
    let escaped = |word: &str| word.to_lowercase().replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    typed.split_whitespace().take(MAX_WORDS).map(|word| format!("%{}%", escaped(word))).collect()
}

#[cfg(test)]
mod tests {
    use super::{text_match, words_like};
    use crate::db::Backend;

    #[test]
    fn operators_and_quotes_of_the_query_languages_do_not_get_through() {
        for typed in ["a' OR 'b", "\"x\" NEAR y", "a & !b :*", "col:x*"] {
            let (_, value) = text_match(Backend::Sqlite, typed).unwrap();
            assert!(!value.contains('\'') && !value.contains(':') && value.ends_with("\"*"), "{value}");
            let (_, value) = text_match(Backend::Postgres, typed).unwrap();
            assert!(!value.contains('"') && !value.contains('!') && value.ends_with("':*"), "{value}");
        }
        assert!(text_match(Backend::Sqlite, " ;-) ").is_none());
    }

    #[test]
    fn wildcards_in_what_a_person_typed_are_ordinary_characters() {
        assert_eq!(words_like(" 100%_A\\  Ё "), ["%100\\%\\_a\\\\%", "%ё%"]);
    }
}
