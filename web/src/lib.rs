//! The built pages, embedded: the operators' console, the customers' widget and chat page, and the widget's loader.
//!
//! This crate compiles whether or not the pages were built (`make web`); [`is_built`] tells which.
//! Debug builds read `web/dist` from the disk at each call, release builds carry it.

mod encoding;

use std::borrow::Cow;
use std::fmt::Write as _;

use rust_embed::{EmbeddedFile, RustEmbed};

use encoding::Encoding;

#[derive(RustEmbed)]
#[folder = "dist/"]
#[allow_missing = true]
struct Dist;

/// A file as it is to be served. Which form of it that is hangs on `Accept-Encoding`: answers need a `Vary`.
#[derive(Debug, Clone)]
pub struct Asset {
    pub bytes: Cow<'static, [u8]>,
    /// The value of `Content-Type`, charset included.
    pub content_type: &'static str,
    /// The value of `Content-Encoding`, where the build made the file smaller and the browser takes it so.
    pub encoding: Option<&'static str>,
    /// The value of `ETag`, quotes included: a strong validator made from the bytes served (RFC 9110, 8.8.3).
    pub etag: String,
    /// The name holds a hash of the content, so that a browser may keep the file for ever; pages must be revalidated.
    pub immutable: bool,
}

/// Finds what answers a request path, with or without its leading slash: a page by its address (`/`, `/c/17`, `/chat`) or a
/// file. `accept` is the request's `Accept-Encoding`, empty where there is none.
/// `None` for everything else, and for everything while the pages are not built.
#[must_use]
pub fn asset(path: &str, accept: &str) -> Option<Asset> {
    found(path, accept, Dist::get)
}

/// Whether the pages were built before the daemon was.
#[must_use]
pub fn is_built() -> bool {
    Dist::get("index.html").is_some()
}

fn found(path: &str, accept: &str, get: impl Fn(&str) -> Option<EmbeddedFile>) -> Option<Asset> {
    let path = path.trim_start_matches('/');
    let name = page(path).unwrap_or(path);
    let content_type = content_type(name)?;
    let smaller = encoding::accepted(accept).into_iter().find_map(|form| Some((get(&form.name_of(name))?, Some(form))));
    let (file, form) = match smaller {
        // A form without its file is left over from another build.
        Some(smaller) if get(name).is_some() => smaller,
        _ => (get(name)?, None),
    };
    Some(Asset {
        etag: etag(&file),
        bytes: file.data,
        content_type,
        encoding: form.map(Encoding::as_str),
        immutable: name.starts_with("assets/"),
    })
}

/// The one table of pages. The console finds its own way from the address.
fn page(path: &str) -> Option<&'static str> {
    let (first, rest) = path.split_once('/').map_or((path, None), |(first, rest)| (first, Some(rest)));
    let one = rest.is_some_and(|rest| !rest.is_empty() && !rest.contains('/'));
    Some(match (first, rest) {
        ("" | "setup" | "search", None) => "index.html",
        ("contacts" | "admin" | "me", None) => "index.html",
        ("list" | "c" | "contacts", Some(_)) if one => "index.html",
        ("admin" | "me", Some(rest)) if !rest.is_empty() => "index.html",
        ("chat", None) => "chat.html",
        ("chat", Some(_)) if one => "chat.html",
        ("widget", Some(_)) if one => "widget.html",
        _ => return None,
    })
}

/// Only what the build produces is served: a stray file in `web/dist` is not, and neither is a smaller form by its own name.
fn content_type(name: &str) -> Option<&'static str> {
    let (_, extension) = name.rsplit_once('.')?;
    Some(match extension {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" => "application/json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "mp3" => "audio/mpeg",
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
    use rust_embed::{EmbeddedFile, Metadata};

    use super::*;

    fn file(text: &'static str) -> EmbeddedFile {
        let mut hash = [0; 32];
        for (byte, given) in hash.iter_mut().zip(text.bytes()) {
            *byte = given;
        }
        let metadata = Metadata::__rust_embed_new(hash, None, None);
        EmbeddedFile { data: Cow::Borrowed(text.as_bytes()), metadata }
    }

    /// A build of a page with both smaller forms, and of a script with one.
    fn built(name: &str) -> Option<EmbeddedFile> {
        Some(file(match name {
            "index.html" => "page",
            "index.html.br" => "page in brotli",
            "index.html.gz" => "page in gzip",
            "widget.js" => "script",
            "widget.js.gz" => "script in gzip",
            "assets/gone.js.br" => "left over",
            _ => return None,
        }))
    }

    #[test]
    fn the_smallest_form_is_served_that_the_browser_takes() {
        for (path, accept, bytes, encoding) in [
            ("/", "", "page", None),
            ("/", "gzip, deflate, br, zstd", "page in brotli", Some("br")),
            ("/c/17", "gzip, deflate", "page in gzip", Some("gzip")),
            ("/", "br;q=0, gzip;q=0.5", "page in gzip", Some("gzip")),
            ("/", "identity, BR ; q=1", "page in brotli", Some("br")),
            ("/widget.js", "br", "script", None),
            ("/widget.js", "br, gzip", "script in gzip", Some("gzip")),
        ] {
            let asset = found(path, accept, built).unwrap();
            assert_eq!((&*asset.bytes, asset.encoding), (bytes.as_bytes(), encoding), "{path} {accept}");
        }
        let tags: Vec<String> = ["", "br", "gzip"].map(|accept| found("/", accept, built).unwrap().etag).into();
        assert!(tags[0] != tags[1] && tags[1] != tags[2], "each form has a tag of its own");
    }

    #[test]
    fn no_form_is_served_by_its_own_name_or_alone() {
        for path in ["/index.html.br", "/widget.js.gz", "/assets/gone.js", "/assets/gone.js.br"] {
            assert!(found(path, "br, gzip", built).is_none(), "{path}");
        }
    }

    #[test]
    fn every_address_of_the_console_leads_to_its_page() {
        for path in ["", "setup", "list/mine", "c/17", "search", "contacts", "contacts/3", "admin", "admin/a/b", "me", "me/keys"]
        {
            assert_eq!(page(path), Some("index.html"), "{path}");
        }
        assert_eq!(
            (page("chat"), page("chat/i1"), page("widget/i1")),
            (Some("chat.html"), Some("chat.html"), Some("widget.html"))
        );
        for path in [
            "chat.html",
            "chat/",
            "chat/a/b",
            "widget",
            "widget/",
            "widget/a/b",
            "c",
            "c/",
            "c/1/2",
            "list",
            "list/a/b",
            "admin/",
            "x",
        ] {
            assert_eq!(page(path), None, "{path}");
        }
    }

    #[test]
    fn either_every_page_is_there_or_none_is() {
        for path in ["/", "/setup", "/chat"] {
            assert_eq!(asset(path, "").is_some(), is_built(), "{path}");
        }
    }

    #[test]
    fn nothing_outside_the_build_is_served() {
        for path in
            ["../Cargo.toml", "/../src/lib.rs", "//etc/passwd", "assets/", "assets/../../package.json", "no.html", "chat/"]
        {
            assert!(asset(path, "br").is_none(), "{path}");
        }
    }

    #[test]
    fn only_types_that_the_build_produces_are_known() {
        assert_eq!(content_type("assets/chat-1a2b.js"), Some("text/javascript; charset=utf-8"));
        assert_eq!(content_type("manifest.webmanifest"), Some("application/manifest+json"));
        assert_eq!(content_type("assets/chat-1a2b.js.map"), None);
        assert_eq!(content_type("LICENSE"), None);
    }
}
