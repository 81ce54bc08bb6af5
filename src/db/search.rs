//! Full-text search, the one question the two databases are asked in different words.

use super::{Backend, Query, sql};

/// Longest query taken, in words; more are dropped.
const MAX_WORDS: usize = 16;

/// What is searched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Index {
    /// Texts of messages.
    Messages,
    /// Names and handles of contacts, all their identities included.
    Contacts,
}

/// The words of what a person typed, in lower case. Letters and digits only, so that nothing in them can mean
/// anything in a query language.
#[must_use]
pub fn words(typed: &str) -> Vec<String> {
    let words = typed.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.take(MAX_WORDS).map(str::to_lowercase).collect()
}

/// Asks for the `row_id`s of rows that contain all of [`words`] (the last one as a beginning) before a row, newest
/// first. Both databases can stop after `limit` rows without looking at the rest.
#[must_use]
pub fn matching_rows(backend: Backend, index: Index, words: &[String], before: i64, limit: i64) -> Query {
    let text = match (backend, index) {
        (Backend::Sqlite, Index::Messages) => {
            "SELECT rowid FROM message_search WHERE message_search MATCH $1 AND rowid < $2 ORDER BY rowid DESC LIMIT $3"
        }
        (Backend::Sqlite, Index::Contacts) => {
            "SELECT rowid FROM contact_search WHERE contact_search MATCH $1 AND rowid < $2 ORDER BY rowid DESC LIMIT $3"
        }
        // Word for word the expressions of the indexes.
        (Backend::Postgres, Index::Messages) => {
            "SELECT row_id FROM messages WHERE to_tsvector('simple', translate(lower(text COLLATE \"und-x-icu\"), '@.-_+/:', '       ')) \
             @@ to_tsquery('simple', $1) AND row_id < $2 ORDER BY row_id DESC LIMIT $3"
        }
        (Backend::Postgres, Index::Contacts) => {
            "SELECT row_id FROM contacts WHERE to_tsvector('simple', search_text) \
             @@ to_tsquery('simple', $1) AND row_id < $2 ORDER BY row_id DESC LIMIT $3"
        }
    };
    sql(text).bind(expression(backend, words)).bind(before).bind(limit)
}

/// `LIKE` patterns (escaped by a backslash) for the words of what a person typed, in lower case: each is to be found
/// somewhere in a text that is stored in lower case too.
#[must_use]
pub fn words_like(typed: &str) -> Vec<String> {
    let escaped = |word: &str| word.to_lowercase().replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    typed.split_whitespace().take(MAX_WORDS).map(|word| format!("%{}%", escaped(word))).collect()
}

fn expression(backend: Backend, words: &[String]) -> String {
    match backend {
        Backend::Sqlite => words.iter().map(|word| format!("\"{word}\"")).collect::<Vec<_>>().join(" ") + "*",
        Backend::Postgres => words.iter().map(|word| format!("'{word}'")).collect::<Vec<_>>().join(" & ") + ":*",
    }
}

#[cfg(test)]
mod tests {
    use super::{expression, words, words_like};
    use crate::db::Backend;

    #[test]
    fn operators_and_quotes_of_the_query_languages_do_not_get_through() {
        for typed in ["a' OR 'b", "\"x\" NEAR y", "a & !b :*", "col:x*", "a\\' b"] {
            let value = expression(Backend::Sqlite, &words(typed));
            assert!(!value.contains(['\'', ':', '\\']) && value.ends_with("\"*"), "{value}");
            let value = expression(Backend::Postgres, &words(typed));
            assert!(!value.contains(['"', '!', '\\']) && value.ends_with("':*"), "{value}");
        }
        assert!(words(" ;-) ").is_empty());
        assert_eq!(words(&"w ".repeat(100)).len(), super::MAX_WORDS);
    }

    #[test]
    fn wildcards_in_what_a_person_typed_are_ordinary_characters() {
        assert_eq!(words_like(" 100%_A\\  Ё "), ["%100\\%\\_a\\\\%", "%ё%"]);
    }
}
