//! Whether HTML is safe to give to the parser at all: its cost is quadratic in nesting, so a small mail could hold a
//! thread for minutes. The depth found here is never below what the parser would build.

use super::tokens::{Tag, Token, Tokens, is_void};

/// Deepest nesting parsed; browsers stop at 512.
pub(super) const MAX_DEPTH: usize = 256;
/// Largest HTML parsed, in bytes.
pub(super) const MAX_HTML_BYTES: usize = 2 * 1024 * 1024;
/// Most attributes of one tag: the parser compares each with all others.
const MAX_ATTRIBUTES: usize = 200;
/// So few tags are cheap however they nest.
const ALWAYS_CHEAP_TAGS: usize = 2_000;
/// Formatting elements left open are opened again in every later block; this many such copies are allowed.
const MAX_REOPENED: usize = 200_000;

/// Elements in which the parser follows rules that this estimate does not know.
const ODD: [&str; 12] = [
    "svg",
    "math",
    "noscript",
    "select",
    "template",
    "frameset",
    "plaintext",
    "xmp",
    "iframe",
    "noembed",
    "noframes",
    "textarea",
];
const FORMATTING: [&str; 15] =
    ["a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u", "button"];
const CELLS: [&str; 8] = ["td", "th", "tr", "tbody", "thead", "tfoot", "caption", "colgroup"];
/// An end tag does not reach beyond these.
const BARRIERS: [&str; 9] = ["td", "th", "table", "caption", "html", "applet", "marquee", "object", "template"];

/// Why HTML was not parsed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refused {
    TooLarge,
    TooDeep,
}

/// Measures HTML without building anything. Linear.
pub(super) fn check(html: &str) -> Result<(), Refused> {
    if html.len() > MAX_HTML_BYTES {
        return Err(Refused::TooLarge);
    }
    let mut stack = Stack::default();
    let mut tags = 0;
    let mut too_deep = false;
    let mut odd = false;
    let mut tokens = Tokens::new(html);
    for (token, _, _) in &mut tokens {
        match token {
            Token::Open(tag) => {
                tags += 1;
                odd |= ODD.contains(&tag.name.as_str());
                stack.open(&tag);
                too_deep |= stack.elements.len() > MAX_DEPTH || stack.reopened > MAX_REOPENED;
            }
            Token::Close { name } => stack.close(&name),
            Token::Text(_) | Token::RawText => {}
        }
    }
    // Odd elements may hide tags from the estimate, so then every "<x" counts.
    if odd {
        tags = html.as_bytes().windows(2).filter(|w| matches!(w, [b'<', b] if b.is_ascii_alphabetic())).count();
    }
    too_deep |= tokens.most_attributes() > MAX_ATTRIBUTES;
    if too_deep || (odd && tags > ALWAYS_CHEAP_TAGS) { Err(Refused::TooDeep) } else { Ok(()) }
}

/// The elements that may be open.
#[derive(Default)]
struct Stack {
    elements: Vec<String>,
    /// Formatting elements whose block has ended.
    orphans: usize,
    reopened: usize,
}

impl Stack {
    fn open(&mut self, tag: &Tag<'_>) {
        let name = tag.name.as_str();
        self.reopened = self.reopened.saturating_add(self.orphans);
        if is_void(name) {
            return;
        }
        let top = self.elements.last().map(String::as_str);
        let ends_previous = match name {
            "p" | "li" | "option" => top == Some(name),
            "td" | "th" => matches!(top, Some("td" | "th")),
            "tr" => top == Some("tr"),
            _ => false,
        };
        if ends_previous {
            self.elements.pop();
        }
        if self.elements.len() <= MAX_DEPTH {
            self.elements.push(tag.name.clone());
        }
    }

    /// Takes away what this end tag surely closes, and nothing else.
    fn close(&mut self, name: &str) {
        let Some(at) = self.elements.iter().rposition(|e| e == name) else { return };
        let above = self.elements.get(at + 1..).unwrap_or_default();
        if FORMATTING.contains(&name) && !above.is_empty() {
            return;
        }
        let in_table = name == "table" || CELLS.contains(&name);
        let reaches = above.iter().all(|e| {
            let e = e.as_str();
            if in_table { CELLS.contains(&e) || !BARRIERS.contains(&e) } else { !BARRIERS.contains(&e) }
        });
        if !reaches {
            return;
        }
        let left: Vec<String> = above.iter().filter(|e| FORMATTING.contains(&e.as_str())).cloned().collect();
        self.orphans += left.len();
        self.elements.truncate(at);
        self.elements.extend(left);
    }
}

#[cfg(test)]
mod tests {
    use super::{Refused, check};

    #[test]
    fn ordinary_mail_passes_however_sloppy() {
        for html in [
            "<p>one<p>two<br><img src=x>".repeat(2_000),
            "<ul><li>a<li>b</ul>".repeat(2_000),
            "<table><tr><td>a<td>b<tr><td><p>c</table>".repeat(2_000),
            "<div><span><b>x</b></div>".repeat(2_000),
            format!("<style>{}</style><p>x", "<div>".repeat(5_000)),
            "<div>".repeat(250) + "x" + &"</div>".repeat(250),
            "<b><i>x</b></i>".repeat(100),
        ] {
            assert_eq!(check(&html), Ok(()), "{}", html.chars().take(60).collect::<String>());
        }
    }

    #[test]
    fn what_would_cost_much_is_refused() {
        let many = 50_000;
        for html in [
            "<div>".repeat(many),
            "<div></span>".repeat(many),
            "<div><table></div>".repeat(many),
            "<!--><div>".repeat(many),
            "<p><b></p>".repeat(many),
            "<b><i>".repeat(many),
            format!("<svg><style>{}", "<g>".repeat(many)),
            format!("<noscript><!--</noscript>{}", "<div>".repeat(many)),
            format!("<select><style></select>{}", "<div>".repeat(many)),
            format!("<a {}>", "x=1 ".repeat(many)),
            "</div".repeat(many),
            format!(
                "{}{}",
                "<p>".to_owned() + &(0..200).map(|i| format!("<b id={i}>")).collect::<String>(),
                "</p><p>x".repeat(many)
            ),
        ] {
            assert_eq!(check(&html), Err(Refused::TooDeep), "{}", html.chars().take(60).collect::<String>());
        }
        assert_eq!(check(&"x".repeat(super::MAX_HTML_BYTES + 1)), Err(Refused::TooLarge));
    }
}
