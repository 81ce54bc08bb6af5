//! Encoded words in headers (RFC 2047), as lenient as mail needs: neighbours of one charset are joined before they are
//! decoded, because senders cut characters in two.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::{charset, transfer};

/// Longest encoded word looked at; RFC 2047 allows 75 bytes, senders make longer ones.
const MAX_WORD_BYTES: usize = 8_192;
const MAX_CHARSET_BYTES: usize = 60;

/// The text of an unstructured header.
pub(super) fn decode(raw: &[u8], fallback: Option<&str>) -> String {
    let mut text = String::new();
    for piece in pieces(raw) {
        match piece {
            Piece::Plain(bytes) => text.push_str(&charset::decode(bytes, fallback).text),
            Piece::Word { charset, bytes } => text.push_str(&charset::decode(&bytes, Some(&charset)).text),
        }
    }
    let flat: String = text.chars().filter(|c| !matches!(c, '\r' | '\n')).map(|c| if c.is_control() { ' ' } else { c }).collect();
    flat.trim().to_owned()
}

/// A structured header in which every run of encoded words has become one whole UTF-8 word and every raw eight-bit
/// text has become UTF-8, so that a parser of addresses or parameters cannot cut characters.
pub(super) fn normalise(raw: &[u8], fallback: Option<&str>) -> Vec<u8> {
    let mut out = Vec::with_capacity(raw.len() + 2);
    for piece in pieces(raw) {
        match piece {
            Piece::Plain(bytes) => out.extend_from_slice(charset::decode(bytes, fallback).text.as_bytes()),
            Piece::Word { charset, bytes } => {
                let text = charset::decode(&bytes, Some(&charset)).text;
                let visible: String = text.chars().filter(|c| !c.is_control()).collect();
                out.extend_from_slice(b"=?utf-8?B?");
                out.extend_from_slice(STANDARD.encode(visible).as_bytes());
                out.extend_from_slice(b"?=");
            }
        }
    }
    out
}

enum Piece<'a> {
    Plain(&'a [u8]),
    Word { charset: String, bytes: Vec<u8> },
}

fn pieces(raw: &[u8]) -> Vec<Piece<'_>> {
    let mut out: Vec<Piece<'_>> = Vec::new();
    let mut plain_from = 0;
    let mut at = 0;
    while at < raw.len() {
        let Some((charset, bytes, end)) = word_at(raw, at) else {
            at += 1;
            continue;
        };
        let between = raw.get(plain_from..at).unwrap_or_default();
        let adjacent = matches!(out.last(), Some(Piece::Word { .. })) && between.iter().all(u8::is_ascii_whitespace);
        if !between.is_empty() && !adjacent {
            out.push(Piece::Plain(between));
        }
        match out.last_mut() {
            Some(Piece::Word { charset: last, bytes: joined }) if *last == charset => joined.extend_from_slice(&bytes),
            _ => out.push(Piece::Word { charset, bytes }),
        }
        at = end;
        plain_from = end;
    }
    match raw.get(plain_from..) {
        Some(rest) if !rest.is_empty() => out.push(Piece::Plain(rest)),
        _ => {}
    }
    out
}

/// The encoded word that starts at `at`: its charset, its bytes and where it ends.
fn word_at(raw: &[u8], at: usize) -> Option<(String, Vec<u8>, usize)> {
    let window = raw.get(at..raw.len().min(at + MAX_WORD_BYTES))?;
    let inner = window.strip_prefix(b"=?")?;
    let charset_end = inner.iter().take(MAX_CHARSET_BYTES).position(|b| *b == b'?')?;
    let declared = inner.get(..charset_end)?;
    if declared.iter().any(|b| b.is_ascii_whitespace() || !b.is_ascii()) {
        return None;
    }
    let encoding = inner.get(charset_end + 1)?.to_ascii_lowercase();
    let text = inner.get(charset_end + 2..)?.strip_prefix(b"?")?;
    let text_end = text.windows(2).position(|w| w == b"?=")?;
    let text = text.get(..text_end)?;
    let bytes = match encoding {
        b'b' => transfer::base64(text),
        b'q' => transfer::q_word(text),
        _ => return None,
    };
    let label = String::from_utf8_lossy(declared).to_ascii_lowercase();
    let label = label.split('*').next().unwrap_or_default().to_owned();
    if charset::is_utf7(&label) {
        return None;
    }
    Some((label, bytes, at + 2 + charset_end + 3 + text_end + 2))
}

#[cfg(test)]
mod tests {
    use super::{decode, normalise};

    #[test]
    fn words_are_joined_before_they_are_decoded() {
        for (raw, text) in [
            ("=?utf-8?B?0J/RgNC40LI=?= =?utf-8?B?0LXRgg==?=", "Привет"),
            ("=?UTF-8?Q?=D0=9F=D1?=\r\n =?UTF-8?Q?=80=D0=B8?=", "При"),
            ("=?koi8-r?Q?=F0=D2=C9=D7=C5=D4?= you", "Привет you"),
            ("=?windows-1251?Q?=CF=F0?= =?koi8-r?Q?=C9?=", "При"),
            ("Re: =?iso-8859-1*en?q?caf=E9_au lait?=", "Re: café au lait"),
            ("=?utf-8?B?0J/RgNC40LI?=", "Прив"),
            ("\"=?utf-8?B?0J8=?=\"", "\"П\""),
            ("=?x-none?Q?abc?=", "abc"),
            ("=?utf-7?Q?+BB8-?=", "=?utf-7?Q?+BB8-?="),
            ("=?utf-8?X?abc?= =? ?=", "=?utf-8?X?abc?= =? ?="),
            ("a =?utf-8?Q?=0D=0ABcc:?= b", "a Bcc: b"),
        ] {
            assert_eq!(decode(raw.as_bytes(), None), text, "{raw}");
        }
        assert_eq!(decode(b"\xcf\xf0\xe8\xe2\xe5\xf2", None), "Привет");
    }

    #[test]
    fn structure_survives_words_that_decode_to_commas() {
        let out = normalise(b"=?utf-8?Q?Ann=2C_Bob?= <ann@example.com>", None);
        assert_eq!(out, b"=?utf-8?B?QW5uLCBCb2I=?= <ann@example.com>");
    }
}
