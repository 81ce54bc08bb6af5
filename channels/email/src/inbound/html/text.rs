//! HTML read as plain text: blocks become lines, quotations get their `>`, links show where they lead.

use mail_parser::decoders::html::add_html_token;

use super::tokens::{Token, Tokens};

const BLOCKS: [&str; 24] = [
    "p",
    "div",
    "table",
    "tr",
    "ul",
    "ol",
    "li",
    "dl",
    "dt",
    "dd",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "pre",
    "blockquote",
    "hr",
    "center",
    "section",
    "article",
    "header",
    "footer",
];
/// Deepest quotation marked.
const MAX_QUOTE_DEPTH: usize = 5;
/// Longest address of a link shown in text.
const MAX_SHOWN_URL_CHARS: usize = 300;
/// Longest name of an entity (`&CounterClockwiseContourIntegral;`).
const MAX_ENTITY_BYTES: usize = 33;

/// The plain text of HTML. Linear, for any input.
pub(super) fn of(html: &str) -> String {
    let mut out = Lines::default();
    let mut pre = 0usize;
    let mut link: Option<(String, usize)> = None;
    for (token, _, _) in Tokens::new(html) {
        match token {
            Token::Text(text) => out.text(&decode_entities(text), pre > 0),
            Token::RawText => {}
            Token::Open(tag) => match tag.name.as_str() {
                "br" => out.newline(),
                "td" | "th" => out.cell(),
                "a" => link = tag.get("href").map(|href| (decode_entities(href.trim()), out.length())),
                name => {
                    if BLOCKS.contains(&name) {
                        out.block(matches!(name, "p" | "blockquote" | "h1" | "h2" | "h3" | "table" | "ul" | "ol"));
                    }
                    match name {
                        "blockquote" => out.depth += 1,
                        "pre" => pre += 1,
                        "li" => out.text("* ", true),
                        _ => {}
                    }
                }
            },
            Token::Close { name } => {
                if name == "a" {
                    if let Some((href, from)) = link.take() {
                        out.link(&href, from);
                    }
                } else if BLOCKS.contains(&name.as_str()) {
                    out.block(matches!(name.as_str(), "p" | "blockquote" | "table"));
                    match name.as_str() {
                        "blockquote" => out.depth = out.depth.saturating_sub(1),
                        "pre" => pre = pre.saturating_sub(1),
                        _ => {}
                    }
                }
            }
        }
    }
    out.finish()
}

/// Replaces character references; what is none stays.
pub(super) fn decode_entities(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        out.push_str(before);
        let name_end = after.bytes().take(MAX_ENTITY_BYTES).position(|b| !b.is_ascii_alphanumeric() && b != b'#');
        let entity = name_end.filter(|end| after.as_bytes().get(*end) == Some(&b';')).and_then(|end| after.get(..end));
        match entity {
            Some(entity) if !entity.is_empty() => {
                add_html_token(&mut out, format!("&{entity};").as_bytes(), false);
                rest = after.get(entity.len() + 1..).unwrap_or_default();
            }
            _ => {
                out.push('&');
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}

/// Lines being written, each with the depth of quotation it stands in.
#[derive(Default)]
struct Lines {
    done: String,
    line: String,
    depth: usize,
    blank_wanted: bool,
}

impl Lines {
    fn length(&self) -> usize {
        self.done.len() + self.line.len()
    }

    fn text(&mut self, text: &str, keep_space: bool) {
        if keep_space {
            let mut lines = text.split('\n');
            self.line.push_str(lines.next().unwrap_or_default());
            for line in lines {
                self.newline();
                self.line.push_str(line);
            }
            return;
        }
        for c in text.chars() {
            if !matches!(c, ' ' | '\t' | '\r' | '\n') {
                self.line.push(c);
            } else if !self.line.is_empty() && !self.line.ends_with(' ') {
                self.line.push(' ');
            }
        }
    }

    fn cell(&mut self) {
        if !self.line.trim().is_empty() {
            self.line.push_str("  ");
        }
    }

    fn newline(&mut self) {
        if self.blank_wanted && !self.done.is_empty() {
            self.done.push('\n');
        }
        self.blank_wanted = false;
        let line = std::mem::take(&mut self.line);
        let marks = ">".repeat(self.depth.min(MAX_QUOTE_DEPTH));
        let space = if marks.is_empty() || line.trim().is_empty() { "" } else { " " };
        self.done.push_str(&format!("{marks}{space}{}\n", line.trim_end()));
    }

    fn block(&mut self, apart: bool) {
        if !self.line.trim().is_empty() {
            self.newline();
        }
        self.line.clear();
        self.blank_wanted |= apart;
    }

    fn link(&mut self, href: &str, from: usize) {
        let leads_out = href.starts_with("http://") || href.starts_with("https://");
        let shown = self.line.get(from.saturating_sub(self.done.len())..).unwrap_or_default().trim();
        let bare = href.trim_end_matches('/').trim_start_matches("https://").trim_start_matches("http://");
        if leads_out && !shown.is_empty() && !shown.contains(bare) && href.chars().count() <= MAX_SHOWN_URL_CHARS {
            self.line.push_str(&format!(" <{href}>"));
        }
    }

    fn finish(mut self) -> String {
        self.block(false);
        self.done.trim_matches('\n').to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::of;

    #[test]
    fn html_reads_like_a_letter() {
        for (html, text) in [
            ("<p>Hello&nbsp;Ann,</p>\n<p>a &lt; b &amp; c&#33; &unknown; &</p>", "Hello\u{a0}Ann,\n\na < b & c! &unknown; &"),
            ("<div>one</div><div>two<br>three</div>", "one\ntwo\nthree"),
            ("a<script>x()</script><style>p{}</style><title>t</title>b", "ab"),
            ("Yes<blockquote>one<br><blockquote>two</blockquote></blockquote>", "Yes\n\n> one\n\n>> two"),
            ("<a href='https://example.com/x'>our shop</a>", "our shop <https://example.com/x>"),
            ("<a href='https://example.com/'>example.com</a>", "example.com"),
            ("<a href='javascript:x'>a</a>", "a"),
            ("<ul><li>a<li>b</ul>", "* a\n* b"),
            ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a  b\nc"),
            ("<pre>a\n  b</pre>", "a\n  b"),
            ("<!-- only a comment -->", ""),
        ] {
            assert_eq!(of(html), text, "{html}");
        }
    }
}
