//! Cuts the quoted history out of HTML by the containers that mail programs put around it, and what the sender hid.

use super::tokens::{Tag, Token, Tokens, is_void};

/// HTML without the quotation; `None` when there was none.
pub(super) fn cut(html: &str) -> Option<String> {
    remove(html, |tag| match tag.name.as_str() {
        "div" if tag.has_class("gmail_attr") => Some(Extent::Element),
        "div" if is_rest(tag) => Some(Extent::Rest),
        "div" if is_container(tag) => Some(Extent::Element),
        "hr" if tag.get("id") == Some("stopSpelling") => Some(Extent::Rest),
        "blockquote" if is_quote(tag) => Some(Extent::Element),
        _ => None,
    })
}

/// HTML without elements that are not displayed (preview texts of newsletters, texts meant for machines).
pub(super) fn without_hidden(html: &str) -> Option<String> {
    remove(html, |tag| {
        let style: String = tag.get("style").unwrap_or_default().chars().filter(|c| !c.is_whitespace()).collect();
        style.to_ascii_lowercase().contains("display:none").then_some(Extent::Element)
    })
}

enum Extent {
    Element,
    /// Everything that follows too: the program marks only where the quotation begins.
    Rest,
}

/// Outlook's marks, and the line above its quotation.
fn is_rest(tag: &Tag<'_>) -> bool {
    let style: String = tag.get("style").unwrap_or_default().chars().filter(|c| !c.is_whitespace()).collect();
    matches!(tag.get("id"), Some("appendonsend" | "divRplyFwdMsg"))
        || style.to_ascii_lowercase().contains("border-top:solid#e1e1e1")
}

fn is_container(tag: &Tag<'_>) -> bool {
    const CLASSES: [&str; 5] = ["yahoo_quoted", "moz-cite-prefix", "protonmail_quote", "zmail_extra", "tutanota_quote"];
    CLASSES.iter().any(|class| tag.has_class(class))
        || tag.get("id") == Some("mail-editor-reference-message-container")
        || tag.get("name") == Some("quote")
}

/// Gmail's answers between quotations stand inside its container, so not the container is cut but the quotations in it.
fn is_quote(tag: &Tag<'_>) -> bool {
    tag.get("type").is_some_and(|t| t.eq_ignore_ascii_case("cite"))
        || ["gmail_quote", "tutanota_quote", "protonmail_quote"].iter().any(|class| tag.has_class(class))
}

fn remove(html: &str, wanted: impl Fn(&Tag<'_>) -> Option<Extent>) -> Option<String> {
    let mut kept = String::with_capacity(html.len());
    let mut kept_to = 0;
    let mut cut_any = false;
    // The element being left out: its name and how many of that name are open in it.
    let mut leaving: Option<(String, usize)> = None;
    for (token, start, end) in Tokens::new(html) {
        match (&mut leaving, token) {
            (Some((name, depth)), Token::Open(tag)) => *depth += usize::from(tag.name == *name),
            (Some((name, depth)), Token::Close { name: closed }) if closed == *name => {
                *depth -= 1;
                if *depth == 0 {
                    leaving = None;
                    kept_to = end;
                }
            }
            (None, Token::Open(tag)) => {
                let Some(extent) = wanted(&tag) else { continue };
                cut_any = true;
                kept.push_str(html.get(kept_to..start).unwrap_or_default());
                kept_to = end;
                match extent {
                    Extent::Rest => return Some(kept),
                    Extent::Element if is_void(&tag.name) => {}
                    Extent::Element => leaving = Some((tag.name, 1)),
                }
            }
            _ => {}
        }
    }
    if leaving.is_none() {
        kept.push_str(html.get(kept_to..).unwrap_or_default());
    }
    cut_any.then_some(kept)
}

#[cfg(test)]
mod tests {
    use super::{cut, without_hidden};

    #[test]
    fn containers_of_the_main_programs_are_cut() {
        for (html, left) in [
            (
                "<div>Yes</div><div class=\"gmail_quote\"><div class=gmail_attr>On … wrote:</div><blockquote class=gmail_quote>Q</blockquote></div>",
                "<div>Yes</div><div class=\"gmail_quote\"></div>",
            ),
            ("Yes<blockquote type=\"cite\"><blockquote>deep</blockquote>Q</blockquote>after", "Yesafter"),
            ("Yes<div id=appendonsend></div><hr><div>Q</div>", "Yes"),
            ("Yes<div id=divRplyFwdMsg>From: Bob</div><div>Q</div>", "Yes"),
            ("Yes<div><div style='border:none; border-top:solid #E1E1E1 1.0pt'>From: Bob</div></div>Q", "Yes<div>"),
            ("Yes<div class=\"moz-cite-prefix\">On …</div><blockquote type=cite>Q</blockquote>", "Yes"),
            ("Yes<div name=quote><div>Q</div></div>", "Yes"),
            ("Yes<div class='yahoo_quoted x'>Q", "Yes"),
            ("Yes<hr id=stopSpelling>Q", "Yes"),
        ] {
            assert_eq!(cut(html).as_deref(), Some(left), "{html}");
        }
        assert_eq!(cut("<blockquote>a citation of the writer</blockquote>"), None);
    }

    #[test]
    fn hidden_elements_go() {
        assert_eq!(without_hidden("a<div style='DISPLAY: none'>x<div>y</div></div>b").as_deref(), Some("ab"));
        assert_eq!(without_hidden("a<div style='color:red'>x</div>"), None);
    }
}
