//! HTML made safe to show: an allow-list, no scripts, no forms, no remote images until someone asks.

mod guard;
mod quote;
mod text;
mod tokens;

use std::borrow::Cow;
use std::collections::HashMap;

use ammonia::{Builder, UrlRelative, UrlRelativeEvaluate};

use self::tokens::{Token, Tokens};

/// Links may lead to these.
const SCHEMES: [&str; 5] = ["http", "https", "mailto", "tel", "cid"];
const TAGS: [&str; 49] = [
    "a",
    "abbr",
    "b",
    "big",
    "blockquote",
    "br",
    "caption",
    "center",
    "code",
    "col",
    "colgroup",
    "dd",
    "del",
    "div",
    "dl",
    "dt",
    "em",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "i",
    "img",
    "ins",
    "kbd",
    "li",
    "ol",
    "p",
    "pre",
    "q",
    "s",
    "small",
    "span",
    "strike",
    "strong",
    "sub",
    "sup",
    "table",
    "tbody",
    "td",
    "tfoot",
    "th",
    "thead",
    "tr",
    "tt",
    "ul",
];
/// Elements that go with all they hold.
const DROPPED: [&str; 10] = ["script", "style", "svg", "math", "title", "template", "noscript", "textarea", "iframe", "object"];
const ATTRIBUTES: [(&str, &[&str]); 5] = [
    ("a", &["href"]),
    ("img", &["src", "alt", "width", "height"]),
    ("td", &["colspan", "rowspan", "align"]),
    ("th", &["colspan", "rowspan", "align"]),
    ("ol", &["start"]),
];

/// HTML fit for display.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Safe {
    pub html: String,
    /// Images that are somewhere else; their address is in `data-blocked-src`.
    pub blocked_images: usize,
    /// Content ids that the HTML shows, in lower case.
    pub shown_ids: Vec<String>,
}

/// The two views of one HTML text: as sent, and without the quoted history.
#[derive(Debug)]
pub(super) struct View {
    pub safe: Option<Safe>,
    pub full_text: String,
    /// `None` when there was nothing to cut.
    pub own_text: Option<String>,
    /// Why there is only text.
    pub refused: Option<&'static str>,
}

/// Reads HTML. `locations` maps Content-Location of parts to their content id. Forwarded mail keeps its quotations.
pub(super) fn view(html: &str, locations: &HashMap<String, String>, keep_quotes: bool) -> View {
    if let Err(refused) = guard::check(html) {
        let refused = match refused {
            guard::Refused::TooDeep => "html_too_deep",
            guard::Refused::TooLarge => "html_too_large",
        };
        return View { safe: None, full_text: text::of(html), own_text: None, refused: Some(refused) };
    }
    let visible = quote::without_hidden(html).map_or(Cow::Borrowed(html), Cow::Owned);
    let own = if keep_quotes { None } else { quote::cut(&visible) };
    let full_text = text::of(&visible);
    // Nothing of the sender's own: then the quotation is the message.
    let own = own.filter(|own| has_content(own));
    let own_text = own.as_deref().map(text::of).filter(|own| *own != full_text);
    let safe = sanitise(own.as_deref().unwrap_or(&visible), locations);
    View { safe: Some(safe), full_text, own_text, refused: None }
}

/// Escapes text for a place among HTML, keeping its lines.
pub(super) fn from_text(text: &str) -> String {
    format!("<p>{}</p>", ammonia::clean_text(text).replace("&#10;", "<br>").replace('\n', "<br>"))
}

fn has_content(html: &str) -> bool {
    let has_image = || Tokens::new(html).any(|(t, _, _)| matches!(t, Token::Open(tag) if tag.name == "img"));
    !text::of(html).trim().is_empty() || has_image()
}

fn sanitise(html: &str, locations: &HashMap<String, String>) -> Safe {
    let locations = locations.clone();
    let mut cleaner = Builder::empty();
    cleaner
        .tags(TAGS.into())
        .clean_content_tags(DROPPED.into())
        .tag_attributes(ATTRIBUTES.iter().map(|(tag, names)| (*tag, names.iter().copied().collect())).collect())
        // Without this every element may have a title as well.
        .generic_attributes(["lang"].into())
        .url_schemes(SCHEMES.into())
        .url_relative(UrlRelative::Custom(Box::new(Locations(locations))))
        .link_rel(Some("noopener noreferrer"))
        .set_tag_attribute_value("a", "target", "_blank")
        .attribute_filter(|_, attribute, value| {
            (attribute != "href" || !has_hidden_characters(value)).then_some(Cow::Borrowed(value))
        });
    finish(&cleaner.clean(html).to_string())
}

/// A mail has no address of its own, so relative links lead nowhere, except to parts of the mail.
struct Locations(HashMap<String, String>);

impl UrlRelativeEvaluate<'static> for Locations {
    fn evaluate<'url>(&self, url: &'url str) -> Option<Cow<'url, str>> {
        let part = self.0.get(url).map(|id| format!("cid:{id}"));
        part.or_else(|| url.starts_with("//").then(|| format!("https:{url}"))).map(Cow::Owned)
    }
}

/// Direction marks make an address look like another.
fn has_hidden_characters(value: &str) -> bool {
    value
        .chars()
        .any(|c| c.is_control() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}'))
}

/// Takes remote images out of sanitised HTML, because the browser must not fetch what tells the sender that he is read, and lets
/// every link say where it leads, whatever its words pretend.
fn finish(html: &str) -> Safe {
    let mut out = Safe { html: String::with_capacity(html.len()), blocked_images: 0, shown_ids: Vec::new() };
    for (token, start, end) in Tokens::new(html) {
        let source = html.get(start..end).unwrap_or_default();
        let Token::Open(tag) = token else {
            out.html.push_str(source);
            continue;
        };
        match (tag.name.as_str(), tag.get("src"), tag.get("href")) {
            ("a", _, Some(href)) => {
                out.html.push_str(source.strip_suffix('>').unwrap_or(source));
                out.html.push_str(&format!(" title=\"{href}\">"));
            }
            ("img", Some(src), _) if src.to_ascii_lowercase().starts_with("cid:") => {
                out.shown_ids.push(text::decode_entities(src.get(4..).unwrap_or_default()).to_lowercase());
                out.html.push_str(source);
            }
            ("img", Some(_), _) => {
                out.blocked_images += 1;
                out.html.push_str("<img");
                for (name, value) in &tag.attributes {
                    let name = if *name == "src" { "data-blocked-src" } else { name };
                    out.html.push_str(&format!(" {name}=\"{value}\""));
                }
                out.html.push('>');
            }
            _ => out.html.push_str(source),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;
    use std::time::{Duration, Instant};

    use super::view;

    fn safe(html: &str) -> String {
        view(html, &HashMap::new(), false).safe.map(|s| s.html).unwrap_or_default()
    }

    fn without_titles(html: &str) -> String {
        let mut parts = html.split(" title=\"");
        let first = parts.next().unwrap().to_owned();
        parts.fold(first, |kept, part| kept + part.split_once('"').unwrap().1)
    }

    #[test]
    fn links_say_where_they_lead_and_senders_do_not() {
        let shown = safe("<a href='https://evil.example/?a=1&b=\"2' title='https://bank.example'>https://bank.example</a>");
        assert_eq!(shown.matches("title=").count(), 1);
        assert!(shown.contains("title=\"https://evil.example/?a=1&amp;b=&quot;2\""), "{shown}");
        assert!(!safe("<a title=x>a</a>").contains("title"));
    }

    #[test]
    fn nothing_that_acts_is_left() {
        for (html, shown) in [
            ("<img src=x onerror=alert(1)>", "<img>"),
            ("<svg><a><set attributeName=href to=javascript:alert(1)></a></svg>x", "x"),
            ("<math><mtext><script>alert(1)</script></mtext></math>x", "x"),
            ("<a href=\" java\nscript:alert(1)\">a</a>", "<a>a</a>"),
            ("<a href='vbscript:x'>a</a>", "<a>a</a>"),
            ("<a href='data:text/html,x'>a</a>", "<a>a</a>"),
            ("<a href='//evil.example/x'>a</a>", "<a href=\"https://evil.example/x\">a</a>"),
            ("<a href='https://example.com/\u{202e}moc'>a</a>", "<a>a</a>"),
            ("<p id=app class=modal name=cookie style='position:fixed'>a</p>", "<p>a</p>"),
            ("<form action=x><input name=a><button>b</button></form>", "b"),
            ("<base href='https://evil.example/'><meta http-equiv=refresh content=0><iframe src=x>y</iframe>z", "z"),
            ("<style>*{display:none}</style><title>t</title>a", "a"),
            (
                "<img data-blocked-src=x src=\"cid:Logo@1\" alt=\"<img src=https://example.com/a>\">",
                "<img src=\"cid:Logo@1\" alt=\"<img src=https://example.com/a>\">",
            ),
        ] {
            let given = safe(html);
            assert_eq!(
                given.contains("<a"),
                given.contains("target=\"_blank\"") && given.contains("rel=\"noopener noreferrer\""),
                "{given}"
            );
            let given = without_titles(&given).replace(" target=\"_blank\"", "").replace(" rel=\"noopener noreferrer\"", "");
            let shown_now = given.replace("&lt;", "<").replace("&gt;", ">");
            assert_eq!(shown_now, shown, "{html}");
        }
    }

    #[test]
    fn remote_images_are_blocked_and_counted() {
        let html = "<img src='https://example.com/p.gif?a=1&b=2' width=1><img src='//example.com/b'><img src='cid:Logo'>";
        let shown = view(html, &HashMap::new(), false).safe.unwrap();
        assert_eq!(shown.blocked_images, 2);
        assert_eq!(shown.shown_ids, ["logo"]);
        assert!(shown.html.contains("data-blocked-src=\"https://example.com/p.gif?a=1&amp;b=2\""), "{}", shown.html);
        assert!(!shown.html.contains(" src=\"http"));
        let located = HashMap::from([("image1.png".to_owned(), "part1".to_owned())]);
        assert_eq!(view("<img src=image1.png>", &located, false).safe.unwrap().html, "<img src=\"cid:part1\">");
    }

    #[test]
    fn deep_html_becomes_text_in_time() {
        let html = format!("{}deep", "<div>".repeat(50_000));
        let started = Instant::now();
        let shown = view(&html, &HashMap::new(), false);
        assert_eq!((shown.refused, shown.full_text.as_str()), (Some("html_too_deep"), "deep"));
        assert!(started.elapsed() < Duration::from_secs(2), "{:?}", started.elapsed());
    }

    #[test]
    fn misnested_html_is_parsed_in_time() {
        let html = "<b><i>x</b></i>".repeat(5_000);
        let started = Instant::now();
        let shown = view(&html, &HashMap::new(), false);
        assert!(shown.full_text.starts_with("xx"));
        assert!(started.elapsed() < Duration::from_secs(2), "{:?}", started.elapsed());
    }

    #[test]
    fn a_quotation_alone_is_kept() {
        let only = view("<blockquote type=cite>Q</blockquote>", &HashMap::new(), false);
        assert_eq!((only.full_text.as_str(), only.own_text), ("> Q", None));
        let answered = view("<p>A</p><blockquote type=cite>Q</blockquote>", &HashMap::new(), false);
        assert_eq!(answered.own_text.as_deref(), Some("A"));
        assert_eq!(answered.safe.unwrap().html, "<p>A</p>");
    }
}
