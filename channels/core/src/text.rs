//! Text as people typed it: names for display, limits in the provider's own count.

use crate::capabilities::{CountBy, TextLimit};

/// Longest file name kept, in bytes of UTF-8.
pub const MAX_FILE_NAME_BYTES: usize = 200;
/// Longest personal name kept, in characters.
pub const MAX_NAME_CHARS: usize = 200;

/// Replaces U+0000, which PostgreSQL refuses and SQLite half understands.
#[must_use]
pub fn without_nul(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}

/// Length of a text in the unit a provider counts.
#[must_use]
pub fn length(text: &str, count_by: CountBy) -> usize {
    match count_by {
        CountBy::Utf16Units => text.encode_utf16().count(),
        CountBy::Characters => text.chars().count(),
        CountBy::Bytes => text.len(),
    }
}

/// Cuts a text into parts no longer than the limit: at a paragraph, line or word border where one is near the end,
/// never inside a character or before a combining mark, joiner or variation selector.
#[must_use]
pub fn split(text: &str, limit: TextLimit) -> Vec<String> {
    let mut parts = Vec::new();
    let mut rest: Vec<char> = text.chars().collect();
    let size = |c: &char| match limit.count_by {
        CountBy::Utf16Units => c.len_utf16(),
        CountBy::Characters => 1,
        CountBy::Bytes => c.len_utf8(),
    };
    loop {
        let mut used = 0;
        let fits = rest
            .iter()
            .take_while(|c| {
                used += size(c);
                used <= limit.max
            })
            .count();
        if fits == rest.len() {
            parts.push(rest.into_iter().collect());
            return parts;
        }
        let cut = border(&rest, fits.max(1));
        let tail = rest.split_off(cut);
        parts.push(rest.into_iter().collect::<String>().trim_end().to_owned());
        rest = tail.into_iter().skip_while(|c| *c == '\n' || *c == ' ').collect();
        if rest.is_empty() {
            return parts;
        }
    }
}

/// The best place to cut at or before `fits`: after white space in the last quarter, else between graphemes.
fn border(text: &[char], fits: usize) -> usize {
    let earliest = fits - fits / 4;
    for wanted in ['\n', ' '] {
        if let Some(at) = (earliest..=fits).rev().find(|&i| i > 0 && text[i - 1] == wanted) {
            return at;
        }
    }
    let joined = |c: char| matches!(c, '\u{200d}' | '\u{fe00}'..='\u{fe0f}' | '\u{300}'..='\u{36f}' | '\u{1f3fb}'..='\u{1f3ff}' | '\u{20e3}');
    let mut at = fits;
    while at > 1 && (joined(text[at]) || text[at - 1] == '\u{200d}') {
        at -= 1;
    }
    if at == 1 { fits } else { at }
}

/// A file name that is safe to show and to put into a header: the last path component, no control or direction
/// characters, no leading dots, not too long. Never used as a path.
#[must_use]
pub fn clean_file_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let visible: String = last.chars().filter(|c| !is_invisible(*c)).collect();
    let trimmed = visible.trim().trim_start_matches('.').trim();
    if trimmed.is_empty() { "file".to_owned() } else { cut_bytes(trimmed, MAX_FILE_NAME_BYTES) }
}

/// A person's name fit for display and for mail headers.
#[must_use]
pub fn clean_name(name: &str) -> Option<String> {
    let spaced: String = name.chars().map(|c| if c.is_control() { ' ' } else { c }).filter(|c| !is_invisible(*c)).collect();
    let joined = spaced.split_whitespace().collect::<Vec<_>>().join(" ");
    let cut: String = joined.chars().take(MAX_NAME_CHARS).collect();
    (!cut.is_empty()).then_some(cut)
}

/// Control characters, direction overrides and zero-width characters.
fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{ad}')
}

/// The longest prefix of at most `max` bytes that ends on a character border; keeps the file's ending.
fn cut_bytes(text: &str, max: usize) -> String {
    if text.len() <= max {
        return text.to_owned();
    }
    let ending = text
        .rsplit_once('.')
        .map(|(_, e)| e)
        .filter(|e| e.len() <= 10 && e.is_ascii())
        .map(|e| format!(".{e}"))
        .unwrap_or_default();
    let mut out = String::new();
    for c in text.chars() {
        if out.len() + c.len_utf8() + ending.len() > max {
            break;
        }
        out.push(c);
    }
    out + &ending
}

#[cfg(test)]
mod tests {
    use super::{clean_file_name, clean_name, length, split};
    use crate::capabilities::{CountBy, TextLimit};

    #[test]
    fn a_text_at_the_limit_is_one_part_and_one_more_makes_two() {
        let limit = TextLimit { max: 4096, count_by: CountBy::Utf16Units };
        assert_eq!(split(&"я".repeat(4096), limit).len(), 1);
        assert_eq!(split(&"я".repeat(4097), limit).len(), 2);
        let parts = split(&"👍🏽".repeat(1500), limit);
        assert!(parts.iter().all(|p| length(p, CountBy::Utf16Units) <= 4096 && !p.starts_with('\u{1f3fd}')));
        assert_eq!(parts.concat(), "👍🏽".repeat(1500));
    }

    #[test]
    fn a_split_prefers_lines_and_words() {
        let limit = TextLimit { max: 10, count_by: CountBy::Characters };
        assert_eq!(split("one two three", limit), ["one two", "three"]);
        assert_eq!(split("", limit), [""]);
    }

    #[test]
    fn file_names_are_only_names() {
        for (given, shown) in [
            ("../../etc/cron.d/x", "x"),
            ("..\\..\\x", "x"),
            ("C:\\x", "x"),
            ("\u{200b}.htaccess", "htaccess"),
            ("", "file"),
            ("...", "file"),
            ("   ", "file"),
            ("\u{202e}fdp.exe", "fdp.exe"),
            ("a\r\nb.txt", "ab.txt"),
        ] {
            assert_eq!(clean_file_name(given), shown, "{given:?}");
        }
        let long = clean_file_name(&format!("{}.pdf", "ж".repeat(5000)));
        assert!(long.len() <= super::MAX_FILE_NAME_BYTES && long.ends_with(".pdf"));
    }

    #[test]
    fn names_lose_control_characters_and_may_be_empty() {
        assert_eq!(clean_name(" Ann\r\nBcc: x ").as_deref(), Some("Ann Bcc: x"));
        assert_eq!(clean_name("\u{200b}\u{feff}"), None);
        assert_eq!(clean_name(&"n".repeat(5000)).map(|n| n.len()), Some(200));
    }
}
