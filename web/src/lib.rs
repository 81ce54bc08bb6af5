//! The built pages, embedded: the operators' at `/` and `/setup`, the customers' at `/chat`.
//!
//! This crate compiles whether or not the pages were built (`make web`); [`is_built`] tells which.
//! Debug builds read `web/dist` from the disk at each call, release builds carry it.

use std::borrow::Cow;
use std::fmt::Write as _;

use rust_embed::{EmbeddedFile, RustEmbed};

#[derive(RustEmbed)]
#[folder = "dist/"]
#[allow_missing = true]
struct Dist;

/// A file as it is to be served.
#[derive(Debug, Clone)]
pub struct Asset {
    pub bytes: Cow<'static, [u8]>,
    /// The value of `Content-Type`, charset included.
    pub content_type: &'static str,
    /// The value of `ETag`, quotes included: a strong validator made from the content (RFC 9110, 8.8.3).
    pub etag: String,
    /// The name holds a hash of the content, so that a browser may keep the file for ever; pages must be revalidated.
    pub immutable: bool,
}

/// Finds what answers a request path, with or without its leading slash: a page by its short name (`/`, `/setup`, `/chat`) or a file.
/// `None` for everything else, and for everything while the pages are not built.
#[must_use]
pub fn asset(path: &str) -> Option<Asset> {
    let path = path.trim_start_matches('/');
    let name = page(path).unwrap_or(path);
    let content_type = content_type(name)?;
    let file = Dist::get(name)?;
    Some(Asset { etag: etag(&file), bytes: file.data, content_type, immutable: name.starts_with("assets/") })
}

/// Whether the pages were built before the daemon was.
#[must_use]
pub fn is_built() -> bool {
    Dist::get("index.html").is_some()
}

fn page(path: &str) -> Option<&'static str> {
    match path {
        "" | "setup" => Some("index.html"),
        "chat" => Some("chat.html"),
        _ => None,
    }
}

/// Only what the build produces is served: a stray file in `web/dist` is not.
fn content_type(name: &str) -> Option<&'static str> {
    let (_, extension) = name.rsplit_once('.')?;
    Some(match extension {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "woff2" => "font/woff2",
        _ => return None,
    })
}

fn etag(file: &EmbeddedFile) -> String {
    let hash = file.metadata.sha256_hash();
    let mut tag = String::with_capacity(2 + 2 * hash.len());
    tag.push('"');
    for byte in hash {
        let _ = write!(tag, "{byte:02x}");
    }
    tag.push('"');
    tag
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_names_and_file_names_reach_the_same_page() {
        assert_eq!(page(""), page("setup"));
        assert_eq!(page("chat"), Some("chat.html"));
        assert_eq!(page("chat.html"), None);
        assert_eq!(asset("/chat").map(|page| page.etag), asset("chat.html").map(|page| page.etag));
    }

    #[test]
    fn either_every_page_is_there_or_none_is() {
        for path in ["/", "/setup", "/chat"] {
            assert_eq!(asset(path).is_some(), is_built(), "{path}");
        }
    }

    #[test]
    fn nothing_outside_the_build_is_served() {
        for path in
            ["../Cargo.toml", "/../src/lib.rs", "//etc/passwd", "assets/", "assets/../../package.json", "no.html", "chat/"]
        {
            assert!(asset(path).is_none(), "{path}");
        }
    }

    #[test]
    fn only_types_that_the_build_produces_are_known() {
        assert_eq!(content_type("assets/chat-1a2b.js"), Some("text/javascript; charset=utf-8"));
        assert_eq!(content_type("assets/chat-1a2b.js.map"), None);
        assert_eq!(content_type("LICENSE"), None);
    }
}
