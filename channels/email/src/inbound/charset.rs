//! Bytes in a declared, and often wrong, charset become text. Never fails: what cannot be told stays visible.

use encoding_rs::{Encoding, REPLACEMENT, UTF_8, WINDOWS_1251, WINDOWS_1252};
use mail_parser::decoders::charsets::map::charset_decoder;

/// Text and, where the declared charset could not be followed, why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Decoded {
    pub text: String,
    pub trouble: Option<String>,
}

/// Names seen in mail that the WHATWG table lacks.
const ALIASES: [(&str, &str); 12] = [
    ("cp936", "gb18030"),
    ("gb_2312-80", "gb18030"),
    ("cp949", "euc-kr"),
    ("ks_c_5601", "euc-kr"),
    ("cp932", "shift_jis"),
    ("win-1251", "windows-1251"),
    ("win1251", "windows-1251"),
    ("windows1251", "windows-1251"),
    ("utf-8mb4", "utf-8"),
    ("utf", "utf-8"),
    ("iso-2022-jp-ms", "iso-2022-jp"),
    ("cp50220", "iso-2022-jp"),
];
/// Names that say nothing.
const EMPTY_LABELS: [&str; 7] = ["", "x-unknown", "unknown-8bit", "unknown", "none", "us-ascii", "ascii"];
const UTF7_LABELS: [&str; 4] = ["utf-7", "utf7", "unicode-1-1-utf-7", "x-unicode-2-0-utf-7"];
/// Longest charset name repeated in a note.
const MAX_LABEL_CHARS: usize = 40;

/// Decodes with the declared charset, unless the bytes plainly are something else.
pub(super) fn decode(bytes: &[u8], label: Option<&str>) -> Decoded {
    let label = clean_label(label.unwrap_or_default());
    if EMPTY_LABELS.contains(&label.as_str()) {
        return Decoded { text: undeclared(bytes), trouble: None };
    }
    if is_utf7(&label) {
        let text = charset_decoder(b"utf-7").map_or_else(|| undeclared(bytes), |decoder| decoder(bytes));
        return Decoded { text, trouble: None };
    }
    let Some(encoding) = encoding_for(&label) else {
        if let Some(decoder) = charset_decoder(label.as_bytes()).filter(|_| label != "iso-2022-kr" && label != "hz-gb-2312") {
            return Decoded { text: decoder(bytes), trouble: None };
        }
        let shown: String = label.chars().take(MAX_LABEL_CHARS).collect();
        return Decoded { text: undeclared(bytes), trouble: Some(format!("unknown charset {shown}")) };
    };
    if encoding == UTF_8 {
        return match std::str::from_utf8(without_bom(bytes)) {
            Ok(text) => Decoded { text: text.to_owned(), trouble: None },
            Err(_) => Decoded { text: undeclared(bytes), trouble: Some("declared utf-8 is not valid".to_owned()) },
        };
    }
    if encoding.is_single_byte() && is_utf8_by_mistake(bytes, encoding) {
        return Decoded { text: undeclared(bytes), trouble: Some(format!("declared {label}, is utf-8")) };
    }
    let (text, had_errors) = encoding.decode_without_bom_handling(bytes);
    let trouble = had_errors.then(|| format!("not everything is valid {label}"));
    Decoded { text: text.into_owned(), trouble }
}

/// UTF-7 is decoded for display of a body only; in headers its text stays as it is.
pub(super) fn is_utf7(label: &str) -> bool {
    UTF7_LABELS.contains(&label.to_ascii_lowercase().as_str())
}

fn clean_label(label: &str) -> String {
    label.trim().trim_matches(['"', '\'']).trim().to_ascii_lowercase()
}

fn encoding_for(label: &str) -> Option<&'static Encoding> {
    let named = ALIASES.iter().find(|(alias, _)| *alias == label).map_or(label, |(_, name)| name);
    Encoding::for_label(named.as_bytes()).filter(|e| *e != REPLACEMENT)
}

fn without_bom(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)
}

/// No (usable) charset is declared: UTF-8 if it is, else the likelier of the eight-bit charsets.
fn undeclared(bytes: &[u8]) -> String {
    let bytes = without_bom(bytes);
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) if mostly_utf8(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        Err(_) => guess(bytes).decode_without_bom_handling(bytes).0.into_owned(),
    }
}

/// A few damaged bytes in an otherwise valid text (a cut at the end, one stray byte).
fn mostly_utf8(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    let foreign = text.chars().filter(|c| !c.is_ascii()).count();
    let broken = text.chars().filter(|c| *c == char::REPLACEMENT_CHARACTER).count();
    broken * 5 <= foreign
}

/// Cyrillic words are runs of high bytes, western ones have them one by one. In windows-1251 small letters are
/// 0xE0 and above, in KOI8-R below.
fn guess(bytes: &[u8]) -> &'static Encoding {
    let high = bytes.iter().filter(|b| **b >= 0x80).count();
    let in_runs = bytes.windows(2).filter(|w| w.iter().all(|b| *b >= 0xc0)).count();
    if in_runs * 2 < high {
        return WINDOWS_1252;
    }
    let upper_half = bytes.iter().filter(|b| **b >= 0xe0).count();
    let lower_half = bytes.iter().filter(|b| (0xc0..0xe0).contains(*b)).count();
    if lower_half > upper_half { encoding_rs::KOI8_R } else { WINDOWS_1251 }
}

/// Valid UTF-8 with several foreign characters is hardly ever anything else; with a single one only where the
/// declared western charset would show the well-known `Ã©`.
fn is_utf8_by_mistake(bytes: &[u8], declared: &'static Encoding) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else { return false };
    let foreign = text.chars().filter(|c| !c.is_ascii()).count();
    let long = text.chars().any(|c| c.len_utf8() > 2);
    let western = declared == WINDOWS_1252 && bytes.iter().any(|b| matches!(b, 0xc2 | 0xc3));
    foreign >= 2 || (foreign == 1 && (long || western))
}

#[cfg(test)]
mod tests {
    use super::decode;

    #[test]
    fn declared_charsets_are_followed_under_any_name() {
        for (label, bytes, text) in [
            ("windows-1251", &b"\xcf\xf0\xe8\xe2\xe5\xf2"[..], "Привет"),
            ("\"CP1251\"", b"\xcf\xf0\xe8\xe2\xe5\xf2", "Привет"),
            ("win-1251", b"\xcf\xf0\xe8\xe2\xe5\xf2", "Привет"),
            ("koi8-r", b"\xf0\xd2\xc9\xd7\xc5\xd4", "Привет"),
            ("koi8-ru", b"\xf0\xd2\xc9\xd7\xa6\xd4", "Привіт"),
            ("x-mac-cyrillic", b"\x8f\xf0\xe8\xe2\xe5\xf2", "Привет"),
            ("iso-8859-1", b"caf\xe9 \x80", "café €"),
            ("gb2312", b"\xc4\xe3\xba\xc3", "你好"),
            ("x-gbk", b"\xc4\xe3\xba\xc3", "你好"),
            ("ks_c_5601-1987", b"\xbe\xc8\xb3\xe7", "안녕"),
            ("cp949", b"\xbe\xc8\xb3\xe7", "안녕"),
            ("shift_jis", b"\x83n\x83\x8d\x81[", "ハロー"),
            ("iso-2022-jp-ms", b"\x1b$B%O%m!<\x1b(B", "ハロー"),
            ("iso-8859-8-i", b"\xf9\xec\xe5\xed", "שלום"),
            ("unicode-1-1-utf-7", b"+ZYeB9FH6-!", "文致出!"),
            ("utf-16le", b"\x1f\x04@\x04", "Пр"),
        ] {
            assert_eq!(decode(bytes, Some(label)).text, text, "{label}");
        }
    }

    #[test]
    fn a_wrong_or_missing_declaration_does_not_garble() {
        let hello = "Привет, мир";
        assert_eq!(decode(hello.as_bytes(), Some("windows-1251")).text, hello);
        assert_eq!(decode("café".as_bytes(), Some("iso-8859-1")).text, "café");
        assert_eq!(decode(b"\xc5\xb8", Some("windows-1251")).text, "Её", "two letters are not taken for UTF-8");
        assert_eq!(decode(b"\xcf\xf0\xe8\xe2\xe5\xf2", Some("utf-8")).text, "Привет");
        assert_eq!(decode(b"\xcf\xf0\xe8\xe2\xe5\xf2", Some("us-ascii")).text, "Привет");
        assert_eq!(decode(b"\xf0\xd2\xc9\xd7\xc5\xd4", None).text, "Привет");
        assert_eq!(decode(b"caf\xe9 au lait", None).text, "café au lait");
        assert_eq!(decode(hello.as_bytes(), Some("x-nonsense")).text, hello);
        assert_eq!(decode(b"abc", Some("x-nonsense")).trouble.as_deref(), Some("unknown charset x-nonsense"));
        let mut cut = hello.as_bytes().to_vec();
        cut.pop();
        assert!(decode(&cut, Some("utf-8")).text.starts_with("Привет, ми"));
    }
}
