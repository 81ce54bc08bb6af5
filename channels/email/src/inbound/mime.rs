//! The tree of MIME parts, found in one pass over the mail.
//!
//! The walk is ours because the library's nests without a bound (1.5 MB of nested `message/rfc822` overflow the stack
//! and end the process when its tree is dropped), lets one boundary match another that it begins, and
//! decodes before the charset rules can be asked. Here depth and number of parts are capped, boundaries match whole
//! lines, and whatever is missing (boundaries, ends, parts) is simply not there.

use super::headers::{Headers, Parameters};
use super::transfer;
use std::borrow::Cow;

/// Parts nested deeper are kept as one file.
pub(super) const MAX_DEPTH: usize = 100;
/// Parts beyond these are not looked at.
pub(super) const MAX_PARTS: usize = 20_000;

#[derive(Debug)]
pub(super) struct Part<'a> {
    pub headers: Headers<'a>,
    pub media: Parameters,
    /// Still transfer-encoded; empty for a multipart that has parts.
    pub body: &'a [u8],
    pub children: Vec<usize>,
    parent: Option<usize>,
}

#[derive(Debug)]
pub(super) struct Tree<'a> {
    /// The first is the mail itself.
    pub parts: Vec<Part<'a>>,
    /// The mail was nested too deeply or had too many parts: not all were looked at.
    pub cut: bool,
}

/// A multipart whose end has not been seen yet.
struct Open {
    boundary: Vec<u8>,
    part: usize,
    body_start: usize,
}

impl<'a> Tree<'a> {
    pub(super) fn parse(raw: &'a [u8]) -> Self {
        let mut tree = Self { parts: Vec::new(), cut: false };
        let mut open: Vec<Open> = Vec::new();
        let mut at = 0;
        loop {
            let (headers, length) = Headers::parse(raw.get(at..).unwrap_or_default());
            let body_start = at + length;
            let part = tree.add(headers, open.last().map(|o| o.part));
            let boundary = tree.boundary_of(part).filter(|_| open.len() < MAX_DEPTH);
            let is_multipart = boundary.is_some();
            if let Some(boundary) = boundary {
                open.push(Open { boundary, part, body_start });
            }
            let mut from = body_start;
            let next = loop {
                let line = next_delimiter(raw, from, &open);
                // A leaf ends at the first delimiter of any level above it; what follows a closing one is nobody's.
                if !is_multipart && from == body_start {
                    tree.set_body(part, raw.get(body_start..line.body_end).unwrap_or_default());
                }
                let Some((level, closes)) = line.delimits else { break None };
                for closed in open.drain(level + 1..) {
                    tree.close(&closed, raw, line.body_end);
                }
                if !closes {
                    break Some(line.next);
                }
                if let Some(closed) = open.pop() {
                    tree.close(&closed, raw, line.body_end);
                }
                if open.is_empty() {
                    break None;
                }
                from = line.next;
            };
            let Some(next) = next else { break };
            if tree.parts.len() >= MAX_PARTS {
                tree.cut = true;
                break;
            }
            at = next;
        }
        for left in open.drain(..) {
            tree.close(&left, raw, raw.len());
        }
        tree
    }

    /// All leaves in order of the mail.
    pub(super) fn leaves(&self) -> impl Iterator<Item = &Part<'a>> {
        self.parts.iter().filter(|p| p.children.is_empty())
    }

    fn add(&mut self, headers: Headers<'a>, parent: Option<usize>) -> usize {
        let default = match parent.and_then(|p| self.parts.get(p)) {
            Some(p) if p.media.value == "multipart/digest" => "message/rfc822",
            _ => "text/plain",
        };
        let media =
            headers.parameters("content-type").filter(|m| !m.value.is_empty()).unwrap_or_else(|| Parameters::new(default));
        let part = self.parts.len();
        self.parts.push(Part { headers, media, body: &[], children: Vec::new(), parent });
        if let Some(parent) = parent.and_then(|p| self.parts.get_mut(p)) {
            parent.children.push(part);
        }
        part
    }

    fn boundary_of(&mut self, part: usize) -> Option<Vec<u8>> {
        let media = &self.parts.get(part)?.media;
        if !media.value.starts_with("multipart") {
            return None;
        }
        let boundary = media.get("boundary").unwrap_or_default().trim_end().as_bytes().to_vec();
        if self.depth(part) >= MAX_DEPTH {
            self.cut = true;
        }
        (!boundary.is_empty()).then_some(boundary)
    }

    fn depth(&self, part: usize) -> usize {
        std::iter::successors(Some(part), |p| self.parts.get(*p).and_then(|p| p.parent)).take(MAX_DEPTH + 1).count() - 1
    }

    /// Too deep, it is kept as a mail in a file; without a boundary it is a text.
    fn set_body(&mut self, part: usize, body: &'a [u8]) {
        let instead = if self.depth(part) >= MAX_DEPTH { "message/rfc822" } else { "text/plain" };
        if let Some(part) = self.parts.get_mut(part) {
            part.body = body;
            if part.media.value.starts_with("multipart") {
                part.media = Parameters::new(instead);
            }
        }
    }

    /// A multipart in which no part was found is a text.
    fn close(&mut self, open: &Open, raw: &'a [u8], end: usize) {
        if let Some(part) = self.parts.get_mut(open.part).filter(|p| p.children.is_empty()) {
            part.body = raw.get(open.body_start..end.max(open.body_start)).unwrap_or_default();
            part.media = Parameters::new("text/plain");
        }
    }
}

impl Part<'_> {
    pub(super) fn decoded(&self) -> Cow<'_, [u8]> {
        transfer::decode(self.body, self.headers.text("content-transfer-encoding").as_deref())
    }

    /// Decoded text in the part's own charset, with what was wrong about it.
    pub(super) fn text(&self) -> super::charset::Decoded {
        super::charset::decode(&self.decoded(), self.media.get("charset"))
    }

    pub(super) fn is(&self, media: &str) -> bool {
        self.media.value == media
    }
}

struct Delimiter {
    /// End of what stands before, without the line break that belongs to the delimiter.
    body_end: usize,
    /// Start of the line after.
    next: usize,
    /// Index of the open multipart and whether this is its end; `None` at the end of the mail.
    delimits: Option<(usize, bool)>,
}

fn next_delimiter(raw: &[u8], from: usize, open: &[Open]) -> Delimiter {
    let mut at = from;
    while let Some(rest) = raw.get(at..).filter(|r| !r.is_empty()) {
        let length = rest.iter().position(|b| *b == b'\n').map_or(rest.len(), |p| p + 1);
        let line = rest.get(..length).unwrap_or_default();
        if let Some(delimits) = line.strip_prefix(b"--").and_then(|line| matching(line.trim_ascii_end(), open)) {
            return Delimiter { body_end: before_break(raw, from, at), next: at + length, delimits: Some(delimits) };
        }
        at += length;
    }
    Delimiter { body_end: raw.len(), next: raw.len(), delimits: None }
}

fn matching(line: &[u8], open: &[Open]) -> Option<(usize, bool)> {
    open.iter().enumerate().rev().find_map(|(level, o)| match line.strip_prefix(o.boundary.as_slice()) {
        Some(b"") => Some((level, false)),
        Some(b"--") => Some((level, true)),
        _ => None,
    })
}

fn before_break(raw: &[u8], from: usize, at: usize) -> usize {
    let before = raw.get(from..at).unwrap_or_default();
    let cut = if before.ends_with(b"\r\n") { 2 } else { usize::from(before.ends_with(b"\n")) };
    at - cut
}

#[cfg(test)]
mod tests {
    use super::{MAX_DEPTH, MAX_PARTS, Tree};

    fn leaves(raw: &str) -> Vec<(String, String)> {
        let tree = Tree::parse(raw.as_bytes());
        tree.leaves().map(|p| (p.media.value.clone(), String::from_utf8_lossy(p.body).into_owned())).collect()
    }

    fn mail(boundary: &str, rest: &str) -> String {
        format!("Content-Type: multipart/mixed; boundary=\"{boundary}\"\n\npreamble\n{rest}")
    }

    #[test]
    fn parts_end_where_their_boundary_says() {
        let raw = mail("b", "--b\n\none\n--b\nContent-Type: text/html\n\ntwo\n--b--\nepilogue\n");
        assert_eq!(leaves(&raw), [("text/plain".into(), "one".into()), ("text/html".to_owned(), "two".to_owned())]);
        assert_eq!(leaves(&raw.replace('\n', "\r\n")), leaves(&raw));
    }

    #[test]
    fn broken_boundaries_lose_no_text() {
        let one = |text: &str| vec![("text/plain".to_owned(), text.to_owned())];
        assert_eq!(leaves(&mail("b", "--b\n\nnever closed")), one("never closed"));
        assert_eq!(leaves(&mail("missing", "text")), one("preamble\ntext"));
        assert_eq!(leaves("Content-Type: multipart/mixed\n\nno boundary"), one("no boundary"));
        assert_eq!(leaves(&mail("b", "--b-longer\n\nx\n--b\n\none\n--b--")), one("one"));
        let same = mail("b", "--b\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\ninner\n--b--\n");
        assert!(leaves(&same).iter().any(|(_, text)| text == "inner"));
        let prefix =
            mail("b1", "--b1\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\ninner\n--b--\n--b1\n\nouter\n--b1--\n");
        assert_eq!(leaves(&prefix).iter().map(|l| l.1.as_str()).collect::<Vec<_>>(), ["inner", "outer"]);
    }

    #[test]
    fn nesting_and_number_of_parts_are_capped() {
        let deep: String = (0..50_000).map(|i| format!("Content-Type: multipart/mixed; boundary=b{i}\n\n--b{i}\n")).collect();
        let tree = Tree::parse(deep.as_bytes());
        assert!(tree.cut && tree.parts.len() <= MAX_DEPTH + 1, "{}", tree.parts.len());
        let many = mail("b", &"--b\n\nx\n".repeat(MAX_PARTS + 10));
        let tree = Tree::parse(many.as_bytes());
        assert!(tree.cut && tree.parts.len() == MAX_PARTS);
    }
}
