//! The piece of a text around what was found, and where in it to highlight.

use serde::Serialize;

/// Characters shown.
const LENGTH: usize = 200;
/// Of them, before the first word found.
const LEAD: usize = 40;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Snippet {
    /// One line; begins or ends with an ellipsis where the text goes on.
    pub text: String,
    pub ranges: Vec<Range>,
}

/// A highlighted part of a snippet, in UTF-16 units as browsers count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Range {
    pub start: usize,
    pub length: usize,
}

/// Cuts out the surroundings of the first found word. Without one (found only after the database had folded accents)
/// it is the beginning of the text, without ranges.
#[must_use]
pub fn cut(text: &str, words: &[String]) -> Snippet {
    let chars: Vec<char> = text.chars().map(|c| if c.is_whitespace() || c.is_control() { ' ' } else { c }).collect();
    let found = matches(&chars, words);
    let first = found.first().map_or(0, |(start, _)| *start);
    let mut begin = first.saturating_sub(LEAD);
    if begin > 0 {
        // Not in the middle of a word, unless the word is longer than the lead.
        begin = (begin..first).find(|&i| chars.get(i) == Some(&' ')).map_or(begin, |space| space + 1);
    }
    let end = (begin + LENGTH).min(chars.len());
    let mut shown = String::new();
    if begin > 0 {
        shown.push('…');
    }
    let offset = shown.encode_utf16().count();
    shown.extend(chars.iter().take(end).skip(begin));
    if end < chars.len() {
        shown.push('…');
    }
    let units = |from: usize, to: usize| chars.iter().take(to).skip(from).map(|c| c.len_utf16()).sum::<usize>();
    let ranges = found
        .into_iter()
        .filter(|(start, stop)| *start >= begin && *stop <= end)
        .map(|(start, stop)| Range { start: offset + units(begin, start), length: units(start, stop) })
        .collect();
    Snippet { text: shown, ranges }
}

/// Whether every word is there, the last as a beginning.
#[must_use]
pub fn has_all(text: &str, words: &[String]) -> bool {
    let there = tokens(&text.chars().collect::<Vec<_>>());
    words.iter().enumerate().all(|(i, word)| {
        there.iter().any(|(_, token)| if i + 1 == words.len() { token.starts_with(word.as_str()) } else { token == word })
    })
}

/// Places (in characters) of the words found.
fn matches(chars: &[char], words: &[String]) -> Vec<(usize, usize)> {
    let Some((last, exact)) = words.split_last() else { return Vec::new() };
    tokens(chars)
        .into_iter()
        .filter_map(|(start, token)| {
            let length = token.chars().count();
            if exact.contains(&token) {
                Some((start, start + length))
            } else if token.starts_with(last.as_str()) {
                Some((start, start + last.chars().count()))
            } else {
                None
            }
        })
        .filter(|(_, stop)| *stop <= chars.len())
        .collect()
}

/// Words with the place of their first character, in lower case.
fn tokens(chars: &[char]) -> Vec<(usize, String)> {
    let mut tokens: Vec<(usize, String)> = Vec::new();
    let mut inside = false;
    for (i, c) in chars.iter().enumerate() {
        if c.is_alphanumeric() {
            if !inside {
                tokens.push((i, String::new()));
            }
            if let Some((_, token)) = tokens.last_mut() {
                token.extend(c.to_lowercase());
            }
        }
        inside = c.is_alphanumeric();
    }
    tokens
}

#[cfg(test)]
mod tests {
    use super::{LENGTH, cut, has_all};

    fn words(typed: &str) -> Vec<String> {
        crate::db::words(typed)
    }

    fn highlighted(text: &str, typed: &str) -> Vec<String> {
        let snippet = cut(text, &words(typed));
        let units: Vec<u16> = snippet.text.encode_utf16().collect();
        snippet.ranges.iter().map(|r| String::from_utf16(&units[r.start..r.start + r.length]).unwrap()).collect()
    }

    #[test]
    fn words_are_highlighted_whole_and_the_last_as_far_as_it_was_typed() {
        assert_eq!(highlighted("Refund for the refunded order", "refund"), ["Refund", "refund"]);
        assert_eq!(highlighted("the order, orders", "order the"), ["the", "order"]);
        assert_eq!(highlighted("👍👍 ПРИВЕТ, мир", "приве"), ["ПРИВЕ"]);
        assert_eq!(highlighted("nothing", "else"), Vec::<String>::new());
    }

    #[test]
    fn a_long_text_is_cut_around_the_first_word_found() {
        let text = format!("{} needle {}", "hay ".repeat(500), "straw\n".repeat(500));
        let snippet = cut(&text, &words("needle"));
        assert!(snippet.text.starts_with('…') && snippet.text.ends_with('…') && !snippet.text.contains('\n'));
        assert!(snippet.text.chars().count() <= LENGTH + 2);
        assert_eq!(highlighted(&text, "needle"), ["needle"]);
        assert_eq!(cut("", &words("x")).text, "");
    }

    #[test]
    fn any_text_and_any_words_are_cut_without_harm() {
        for text in ["İİİİ", "ﬁ", "e\u{301}", "\u{202e}abc", &"ß".repeat(300), &"a".repeat(1000)] {
            for typed in ["i", "i̇", "f", "e", "s", "a", "ß", "abc"] {
                highlighted(text, typed);
            }
        }
    }

    #[test]
    fn all_words_must_be_there() {
        assert!(has_all("Ann Smith ann@example.com", &words("smith exam")));
        assert!(!has_all("Ann Smith", &words("smi ann")));
    }
}
