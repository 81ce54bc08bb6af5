//! The images inside a mail, put into its HTML: a page for a sandboxed frame has no cookie to fetch them with.

use std::collections::HashMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::store;
use crate::app::App;
use crate::db::DbError;

/// Bytes of images put into one page; what is beyond stays a file below the message.
const MAX_INLINE_BYTES: i64 = 5 * 1024 * 1024;
const REFERENCE: &str = "src=\"cid:";
/// How the mail's reader puts an image aside that is elsewhere. No sender can write it as an attribute: the reader lets none of
/// that name through and escapes quotes inside the others; in a text it changes words, never tags.
const BLOCKED: &str = " data-blocked-src=\"";

/// The HTML with its `cid:` images (RFC 2392) as `data:` addresses.
pub async fn with_images(app: &App, message_id: &str, html: String) -> Result<String, DbError> {
    if !html.contains(REFERENCE) {
        return Ok(html);
    }
    let mut left = MAX_INLINE_BYTES;
    let mut images = HashMap::new();
    for image in store::inline_images(&app.db, message_id).await? {
        left -= image.size;
        // A file that cannot be read now is missing from the picture, not from the mail: it is listed below it.
        if let (true, Ok(bytes)) = (left >= 0, app.blobs.read(&image.hash).await) {
            let address = format!("data:{};base64,{}", image.content_type, STANDARD.encode(&bytes));
            images.insert(image.content_id.to_lowercase(), address);
        }
    }
    Ok(replace(&html, &images))
}

/// The HTML with the addresses of the images that are elsewhere, where a browser looks for them.
pub fn with_blocked_images(html: &str) -> String {
    html.replace(BLOCKED, " src=\"")
}

/// Content ids are compared without regard to case.
fn replace(html: &str, images: &HashMap<String, String>) -> String {
    let mut parts = html.split(REFERENCE);
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (id, rest) = part.split_once('"').unwrap_or((part, ""));
        match images.get(&id.to_lowercase()) {
            Some(address) => out.push_str(&format!("src=\"{address}\"{rest}")),
            None => out.push_str(&format!("{REFERENCE}{id}\"{rest}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::{replace, with_blocked_images};

    #[test]
    fn known_images_are_put_in_and_unknown_ones_stay_as_they_are() {
        let images = HashMap::from([("logo@x".to_owned(), "data:image/png;base64,AA==".to_owned())]);
        let html = r#"<p>a</p><img src="cid:LOGO@x"><img alt="b" src="cid:other"><img src="https://x/">"#;
        let expected = r#"<p>a</p><img src="data:image/png;base64,AA=="><img alt="b" src="cid:other"><img src="https://x/">"#;
        assert_eq!(replace(html, &images), expected);
        assert_eq!(replace("no images", &images), "no images");
    }

    #[test]
    fn images_elsewhere_come_back_and_nothing_else_becomes_one() {
        let html = r#"<img alt="a" data-blocked-src="https://example.com/p.gif?a=1&amp;b=2" width="3"><img src="cid:x">"#;
        let expected = r#"<img alt="a" src="https://example.com/p.gif?a=1&amp;b=2" width="3"><img src="cid:x">"#;
        assert_eq!(with_blocked_images(html), expected);
        let words = r#"<p title=" data-blocked-src=&quot;x">data-blocked-src=x</p>"#;
        assert_eq!(with_blocked_images(words), words);
    }
}
