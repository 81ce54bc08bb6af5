//! Which page of the site a visitor looks at, as their browser says.

use serde::Deserialize;
use serde_json::{Value, json};
use trunkline_channel::Micros;
use url::Url;

use crate::http::ApiError;

/// Longer addresses are cut off at their query.
const MAX_URL_BYTES: usize = 2_000;
const MAX_TITLE_CHARS: usize = 300;

/// A page; unknown fields are left alone.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct SeenPage {
    #[serde(default)]
    pub url: String,
    pub title: Option<String>,
    /// Where the visitor came from.
    pub referrer: Option<String>,
}

impl SeenPage {
    /// As it is kept with a conversation, under `page`.
    pub fn kept(&self, now: Micros) -> Result<Value, ApiError> {
        let url = address(&self.url).ok_or_else(|| ApiError::invalid("/url", "is not the address of a page"))?;
        let mut page = json!({ "url": url, "at": now });
        if let Some(title) = self.title.as_deref().map(title).filter(|title| !title.is_empty()) {
            page["title"] = json!(title);
        }
        if let Some(referrer) = self.referrer.as_deref().and_then(address) {
            page["referrer"] = json!(referrer);
        }
        Ok(page)
    }
}

/// Operators follow these links: only addresses of the web, without passwords, and not longer than people can make use of.
fn address(text: &str) -> Option<String> {
    let mut url = Url::parse(text.trim()).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
    url.set_username("").ok()?;
    url.set_password(None).ok()?;
    if url.as_str().len() > MAX_URL_BYTES {
        url.set_query(None);
        url.set_fragment(None);
    }
    (url.as_str().len() <= MAX_URL_BYTES).then(|| url.into())
}

fn title(text: &str) -> String {
    let visible = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    visible.take(MAX_TITLE_CHARS).collect::<String>().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{SeenPage, address};

    #[test]
    fn pages_are_kept_as_links_that_can_be_followed() {
        let page = SeenPage {
            url: "https://ann:secret@shop.example/cart?id=1#pay".into(),
            title: Some(" The\ncart ".into()),
            referrer: Some("javascript:alert(1)".into()),
        };
        let kept = json!({"url": "https://shop.example/cart?id=1#pay", "title": "The cart", "at": 7});
        assert_eq!(page.kept(7).unwrap(), kept);
        for url in ["", "/cart", "javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "https://"] {
            assert!(SeenPage { url: url.into(), ..SeenPage::default() }.kept(7).is_err(), "{url}");
        }
        let long = format!("https://shop.example/cart?q={}", "x".repeat(3_000));
        assert_eq!(address(&long).as_deref(), Some("https://shop.example/cart"));
        assert_eq!(address(&format!("https://shop.example/{}", "x".repeat(3_000))), None);
    }
}
