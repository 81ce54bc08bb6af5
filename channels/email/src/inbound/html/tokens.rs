//! A tokenizer of HTML as browsers see it (WHATWG, section 13.2.5): enough to measure, cut and read a mail, not to build
//! a tree. One pass, never looks back.

/// Elements whose content is text whatever it looks like.
const RAW_TEXT: [&str; 9] = ["script", "style", "title", "textarea", "xmp", "iframe", "noembed", "noframes", "noscript"];
/// Attributes kept of one tag.
const MAX_KEPT_ATTRIBUTES: usize = 64;

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Token<'a> {
    Open(Tag<'a>),
    Close {
        name: String,
    },
    Text(&'a str),
    /// Content of an element that holds only text, such as a script.
    RawText,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Tag<'a> {
    /// Lower case.
    pub name: String,
    /// Names as written, values without quotes, entities not decoded.
    pub attributes: Vec<(&'a str, &'a str)>,
}

/// Tokens with where they stand: start and end, in bytes.
pub(super) struct Tokens<'a> {
    html: &'a str,
    at: usize,
    raw_text: Option<String>,
    /// The most attributes of one tag so far, of end tags and unfinished ones too.
    most_attributes: usize,
}

impl<'a> Tokens<'a> {
    pub(super) fn new(html: &'a str) -> Self {
        Self { html, at: 0, raw_text: None, most_attributes: 0 }
    }

    pub(super) fn most_attributes(&self) -> usize {
        self.most_attributes
    }

    fn slice(&self, from: usize, to: usize) -> &'a str {
        self.html.get(from..to).unwrap_or_default()
    }

    fn byte(&self, at: usize) -> Option<u8> {
        self.html.as_bytes().get(at).copied()
    }

    fn next_byte(&self, from: usize, wanted: u8) -> Option<usize> {
        self.html.as_bytes().get(from..)?.iter().position(|b| *b == wanted).map(|p| from + p)
    }

    /// Where the end tag of a raw-text element starts, or the end of all.
    fn raw_text_end(&self, from: usize, name: &str) -> usize {
        let mut at = from;
        while let Some(open) = self.next_byte(at, b'<') {
            let after = open + 2 + name.len();
            let is_end = self.byte(open + 1) == Some(b'/')
                && self.html.as_bytes().get(open + 2..after).is_some_and(|n| n.eq_ignore_ascii_case(name.as_bytes()))
                && self.byte(after).is_none_or(|b| b.is_ascii_whitespace() || b == b'>' || b == b'/');
            if is_end {
                return open;
            }
            at = open + 1;
        }
        self.html.len()
    }

    /// Where a text ends: at a `<` that starts something.
    fn text_end(&self, from: usize) -> usize {
        let mut at = from;
        while let Some(open) = self.next_byte(at, b'<') {
            if self.byte(open + 1).is_some_and(|b| b.is_ascii_alphabetic() || matches!(b, b'!' | b'?' | b'/')) {
                return open;
            }
            at = open + 1;
        }
        self.html.len()
    }

    /// The end of `<!…>`, `<?…>` and `</…>` that are no tags.
    fn comment_end(&self, from: usize) -> usize {
        let rest = self.slice(from, self.html.len());
        let Some(body) = rest.strip_prefix("<!--") else {
            return self.next_byte(from, b'>').map_or(self.html.len(), |p| p + 1);
        };
        if body.starts_with('>') {
            return from + 5;
        }
        if body.starts_with("->") {
            return from + 6;
        }
        let ends = ["-->", "--!>"].iter().filter_map(|end| body.find(end).map(|p| from + 4 + p + end.len()));
        ends.min().unwrap_or(self.html.len())
    }

    fn run_end(&self, mut at: usize, wanted: impl Fn(u8) -> bool) -> usize {
        while self.byte(at).is_some_and(&wanted) {
            at += 1;
        }
        at
    }

    /// Reads attributes from `at`, after the name, into the tag; gives the position after `>`.
    fn attributes(&mut self, mut at: usize, tag: &mut Tag<'a>) -> Option<usize> {
        let mut count = 0;
        loop {
            at = self.run_end(at, |b| b.is_ascii_whitespace() || b == b'/');
            if self.byte(at)? == b'>' {
                return Some(at + 1);
            }
            // An equals sign in first place belongs to the name.
            let name_end = self.run_end(at + 1, |b| !b.is_ascii_whitespace() && !matches!(b, b'/' | b'>' | b'='));
            let name = self.slice(at, name_end);
            let equals = self.run_end(name_end, |b| b.is_ascii_whitespace());
            let mut value = "";
            at = name_end;
            if self.byte(equals) == Some(b'=') {
                let start = self.run_end(equals + 1, |b| b.is_ascii_whitespace());
                match self.byte(start)? {
                    quote @ (b'"' | b'\'') => {
                        let end = self.next_byte(start + 1, quote)?;
                        value = self.slice(start + 1, end);
                        at = end + 1;
                    }
                    _ => {
                        at = self.run_end(start, |b| !b.is_ascii_whitespace() && b != b'>');
                        value = self.slice(start, at);
                    }
                }
            }
            count += 1;
            self.most_attributes = self.most_attributes.max(count);
            if tag.attributes.len() < MAX_KEPT_ATTRIBUTES {
                tag.attributes.push((name, value));
            }
        }
    }

    fn tag(&mut self, start: usize) -> Option<Token<'a>> {
        let closes = self.byte(start + 1) == Some(b'/');
        let name_start = start + 1 + usize::from(closes);
        let name_end = self.run_end(name_start, |b| !b.is_ascii_whitespace() && !matches!(b, b'/' | b'>'));
        let name = self.slice(name_start, name_end).to_ascii_lowercase();
        // A tag that never ends is dropped, with all that follows.
        let mut tag = Tag { name, attributes: Vec::new() };
        let Some(end) = self.attributes(name_end, &mut tag) else {
            self.at = self.html.len();
            return None;
        };
        self.at = end;
        if closes {
            return Some(Token::Close { name: tag.name });
        }
        if RAW_TEXT.contains(&tag.name.as_str()) {
            self.raw_text = Some(tag.name.clone());
        }
        Some(Token::Open(tag))
    }
}

impl<'a> Iterator for Tokens<'a> {
    type Item = (Token<'a>, usize, usize);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let start = self.at;
            if let Some(name) = self.raw_text.take() {
                self.at = self.raw_text_end(start, &name);
                if self.at > start {
                    return Some((Token::RawText, start, self.at));
                }
            }
            let first = self.byte(start)?;
            let second = self.byte(start + 1);
            let third = self.byte(start + 2);
            let is_letter = |b: Option<u8>| b.is_some_and(|b| b.is_ascii_alphabetic());
            if first == b'<' && (is_letter(second) || (second == Some(b'/') && is_letter(third))) {
                let token = self.tag(start)?;
                return Some((token, start, self.at));
            }
            if first == b'<' && matches!(second, Some(b'!' | b'?' | b'/')) {
                self.at = self.comment_end(start);
                continue;
            }
            self.at = self.text_end(start + 1);
            return Some((Token::Text(self.slice(start, self.at)), start, self.at));
        }
    }
}

impl<'a> Tag<'a> {
    pub(super) fn get(&self, name: &str) -> Option<&'a str> {
        self.attributes.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| *v)
    }

    pub(super) fn has_class(&self, class: &str) -> bool {
        self.get("class").is_some_and(|c| c.split_ascii_whitespace().any(|one| one == class))
    }
}

/// Elements that hold nothing.
pub(super) fn is_void(name: &str) -> bool {
    const VOID: [&str; 15] = [
        "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr", "bgsound",
    ];
    VOID.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::{Token, Tokens};

    fn shown(html: &str) -> String {
        let one = |token: Token<'_>| match token {
            Token::Open(tag) => {
                format!("<{}{}>", tag.name, tag.attributes.iter().map(|(n, v)| format!(" {n}={v}")).collect::<String>())
            }
            Token::Close { name } => format!("</{name}>"),
            Token::Text(text) => text.to_owned(),
            Token::RawText => "#".to_owned(),
        };
        Tokens::new(html).map(|(token, _, _)| one(token)).collect()
    }

    #[test]
    fn tokens_are_what_a_browser_sees() {
        for (html, expected) in [
            ("a<B C=1 d='>' e>x</b >", "a<b C=1 d=> e=>x</b>"),
            ("<!-- <i> --><u>", "<u>"),
            ("<!--><u>", "<u>"),
            ("<!---><u>", "<u>"),
            ("<!-- --!><u>", "<u>"),
            ("<![CDATA[<u>]]>", "]]>"),
            ("</ x><?php <u>", ""),
            ("1 < 2 <3", "1 < 2 <3"),
            ("<style><u></style ><u>", "<style>#</style><u>"),
            ("<div \"><u>", "<div \"=><u>"),
            ("<img src=a/b>", "<img src=a/b>"),
            ("text<a href='never closed>", "text"),
        ] {
            assert_eq!(shown(html), expected, "{html}");
        }
    }
}
