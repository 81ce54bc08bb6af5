//! Content-Transfer-Encodings, decoded leniently: junk is skipped, missing padding forgiven, unknown names are identity.

use std::borrow::Cow;

/// Undoes a part's transfer encoding.
pub(super) fn decode<'a>(body: &'a [u8], encoding: Option<&str>) -> Cow<'a, [u8]> {
    match encoding.unwrap_or_default().trim().trim_matches('"').to_ascii_lowercase().as_str() {
        "base64" | "base-64" => Cow::Owned(base64(body)),
        "quoted-printable" | "quoted_printable" | "qp" => Cow::Owned(quoted_printable(body)),
        "x-uuencode" | "uuencode" | "x-uue" | "uue" => match uu_blocks(body).into_iter().next() {
            Some(block) => Cow::Owned(block.bytes),
            None => Cow::Borrowed(body),
        },
        _ => Cow::Borrowed(body),
    }
}

/// Base64 in which everything that is not base64 is skipped. Padding ends a group, not the text: some senders join
/// encoded pieces.
pub(super) fn base64(body: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len() / 4 * 3 + 3);
    let (mut bits, mut count) = (0u32, 0u32);
    for &byte in body {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            b'=' => {
                (bits, count) = (0, 0);
                continue;
            }
            _ => continue,
        };
        bits = (bits << 6) | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            out.push(u8::try_from((bits >> count) & 0xff).unwrap_or_default());
            bits &= (1 << count) - 1;
        }
    }
    out
}

/// Quoted-printable; an `=` that starts no code stands for itself.
pub(super) fn quoted_printable(body: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len());
    let mut rest = body;
    while let Some((&byte, tail)) = rest.split_first() {
        rest = tail;
        if byte != b'=' {
            out.push(byte);
            continue;
        }
        let blanks = tail.iter().take_while(|b| matches!(b, b' ' | b'\t' | b'\r')).count();
        match tail.get(blanks) {
            None => rest = &[],
            Some(b'\n') => rest = tail.get(blanks + 1..).unwrap_or_default(),
            Some(_) => match hex_pair(tail) {
                Some(value) => {
                    out.push(value);
                    rest = tail.get(2..).unwrap_or_default();
                }
                None => out.push(b'='),
            },
        }
    }
    out
}

/// The Q encoding of RFC 2047: quoted-printable with `_` for a space.
pub(super) fn q_word(text: &[u8]) -> Vec<u8> {
    let spaced: Vec<u8> = text.iter().map(|b| if *b == b'_' { b' ' } else { *b }).collect();
    quoted_printable(&spaced)
}

fn hex_pair(tail: &[u8]) -> Option<u8> {
    let digit = |b: u8| char::from(b).to_digit(16).and_then(|d| u8::try_from(d).ok());
    Some(digit(*tail.first()?)? << 4 | digit(*tail.get(1)?)?)
}

/// A file that stands uuencoded inside a text.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct UuBlock {
    pub name: String,
    pub bytes: Vec<u8>,
    /// Where it stands in the text, from `begin` to the line after `end`.
    pub range: std::ops::Range<usize>,
}

/// All complete `begin … end` blocks of a text.
pub(super) fn uu_blocks(text: &[u8]) -> Vec<UuBlock> {
    let mut found = Vec::new();
    let mut open: Option<UuBlock> = None;
    let mut at = 0;
    for line in text.split_inclusive(|b| *b == b'\n') {
        let start = at;
        at += line.len();
        let line = line.trim_ascii_end();
        match open.take() {
            None => open = uu_begin(line).map(|name| UuBlock { name, bytes: Vec::new(), range: start..start }),
            Some(mut block) if line == b"end" => {
                block.range.end = at;
                found.push(block);
            }
            // A line that is not uuencoded: it was only a sentence starting with "begin".
            Some(mut block) => {
                if uu_line(line, &mut block.bytes) {
                    open = Some(block);
                }
            }
        }
    }
    found
}

fn uu_begin(line: &[u8]) -> Option<String> {
    let rest = line.strip_prefix(b"begin ")?;
    let mode = rest.iter().take_while(|b| (b'0'..=b'7').contains(*b)).count();
    let name = rest.get(mode..)?.strip_prefix(b" ")?;
    ((3..=4).contains(&mode) && !name.is_empty()).then(|| String::from_utf8_lossy(name).into_owned())
}

/// Decodes one line into `out`; whether it was one.
fn uu_line(line: &[u8], out: &mut Vec<u8>) -> bool {
    let value = |b: u8| (0x20..=0x60).contains(&b).then(|| (b - 0x20) & 0x3f);
    let Some((&first, data)) = line.split_first() else { return true };
    let Some(length) = value(first).map(usize::from) else { return false };
    if data.len() > length.div_ceil(3) * 4 + 2 {
        return false;
    }
    let mut bytes = Vec::with_capacity(length + 3);
    for group in data.chunks(4) {
        let mut bits = 0u32;
        for i in 0..4 {
            let Some(v) = value(group.get(i).copied().unwrap_or(b' ')) else { return false };
            bits = (bits << 6) | u32::from(v);
        }
        bytes.extend_from_slice(bits.to_be_bytes().get(1..).unwrap_or_default());
    }
    bytes.resize(length, 0);
    out.extend_from_slice(&bytes);
    true
}

#[cfg(test)]
mod tests {
    use super::{base64, decode, quoted_printable, uu_blocks};

    #[test]
    fn junk_and_missing_padding_are_forgiven() {
        assert_eq!(base64(b"SGVs\r\n bG8*"), b"Hello");
        assert_eq!(base64(b"SGVsbG8"), b"Hello");
        assert_eq!(base64(b"SGk=SGk="), b"HiHi");
        assert_eq!(quoted_printable(b"a=3Db=\r\nc=  \nd=zz="), b"a=bcd=zz");
        assert_eq!(quoted_printable(b"=d0=9f"), "П".as_bytes());
    }

    #[test]
    fn wrong_names_are_identity() {
        for name in ["7-bit", "plain", "text/plain", "8bit", "binary", ""] {
            assert_eq!(&*decode(b"a=3D", Some(name)), b"a=3D", "{name}");
        }
        assert_eq!(&*decode(b"a=3D", Some(" Quoted-Printable ")), b"a=");
    }

    #[test]
    fn a_uuencoded_file_is_found_and_a_sentence_is_not() {
        let text = b"Hello\nbegin 644 cat.txt\n#0V%T\n`\nend\nBye\n";
        let blocks = uu_blocks(text);
        assert_eq!(blocks.len(), 1);
        assert_eq!((blocks[0].name.as_str(), &blocks[0].bytes[..]), ("cat.txt", &b"Cat"[..]));
        assert_eq!(&text[blocks[0].range.end..], b"Bye\n");
        assert!(uu_blocks(b"begin 644 cat\nthis is only a sentence of some length\nend\n").is_empty());
        assert!(uu_blocks(b"begin at once\nend\n").is_empty());
    }
}
